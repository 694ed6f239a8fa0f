"""Whether an indicator fits the surveys it names: checked when it is imported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from surveyapp.domain.errors import Conflict
from surveyapp.domain.indicator import (
    Coefficients,
    FigureKind,
    Indicator,
    IndicatorPart,
    RelevanceRule,
)
from surveyapp.domain.indicator_reading import parse_indicator
from surveyapp.domain.messages import Message, message
from surveyapp.domain.reading import Path
from surveyapp.domain.scales import Level
from surveyapp.domain.survey import UNKNOWN, Definition, Kind, choices_of
from surveyapp.domain.tallying import MODE
from surveyapp.services.definitions import DefinitionCache
from surveyapp.services.indicators.reviews import rate_named
from surveyapp.storage.database import Work
from surveyapp.storage.evaluations import EvaluationRepository
from surveyapp.storage.indicators import IndicatorRepository
from surveyapp.storage.records import SurveyRecord
from surveyapp.storage.surveys import SurveyRepository
from surveyapp.storage.units import UnitRepository


@dataclass(frozen=True, slots=True)
class Misfit:
    """Something an indicator asks for that is not there."""

    path: Path
    reason: Message


class Fitting:
    """Looks an indicator's surveys up in one transaction."""

    def __init__(self, work: Work, definitions: DefinitionCache) -> None:
        self._work = work
        self._definitions = definitions
        self._surveys = SurveyRepository(work)

    def misfits(self, indicator: Indicator) -> Iterator[Misfit]:
        """Yield everything that does not fit."""
        if self._surveys.find(indicator.key) is not None:
            yield Misfit(
                ("key",),
                message(
                    "A survey has the key “%(key)s”; an indicator needs one of its own.",
                    key=indicator.key,
                ),
            )
        for number, part in enumerate(indicator.parts):
            path: Path = ("parts", number)
            survey = self._surveys.find(part.survey)
            if survey is not None:
                definition = self._definition(survey)
                yield from self._part(path, part, definition)
            elif EvaluationRepository(self._work).find(part.survey) is None:
                yield Misfit(
                    (*path, "survey"),
                    message("There is no survey “%(key)s”.", key=part.survey),
                )
            elif part.figure.kind is not FigureKind.BALLOT:
                yield Misfit((*path, "figure"), _no_figure(part))
            yield from self._units(path, part)
        if indicator.relevance is not None:
            yield from self._relevance(indicator, indicator.relevance)

    def labels(self, indicator: Indicator) -> dict[str, tuple[Level, ...]]:
        """Return the answers of the questions that the weighting by relevance asks."""
        if indicator.relevance is None:
            raise Conflict(
                message(
                    "“%(key)s” names no question of knowledge or relation: declare “relevance” in"
                    " its file first.",
                    key=indicator.key,
                )
            )
        surveys = [self._surveys.find(part.survey) for part in indicator.parts]
        definitions = [self._definition(survey) for survey in surveys if survey is not None]
        return {
            factor.question: next(
                (levels for one in definitions if (levels := _levels(one, factor.question))), ()
            )
            for factor in indicator.relevance.factors
        }

    def _definition(self, survey: SurveyRecord) -> Definition:
        return self._definitions.read(self._surveys.shown(survey))

    def _part(self, path: Path, part: IndicatorPart, definition: Definition) -> Iterator[Misfit]:
        yield from _figure(path, part, definition)
        for key, levels in part.where.items():
            if key == MODE:
                continue
            attribute = definition.attribute(key)
            if attribute is None:
                yield Misfit(
                    (*path, "where"),
                    message(
                        "“%(survey)s” has no attribute “%(name)s”.", survey=part.survey, name=key
                    ),
                )
                continue
            for level in levels:
                if level != UNKNOWN and attribute.find(level) is None:
                    yield Misfit(
                        (*path, "where", key),
                        message(
                            "“%(name)s” has no level “%(level)s”.",
                            name=attribute.heading,
                            level=level,
                        ),
                    )

    def _units(self, path: Path, part: IndicatorPart) -> Iterator[Misfit]:
        units = UnitRepository(self._work)
        for code in dict.fromkeys(part.units.values()):
            if units.find(code) is None:
                yield Misfit((*path, "units"), message("No unit has the code %(code)s.", code=code))

    def _relevance(self, indicator: Indicator, rule: RelevanceRule) -> Iterator[Misfit]:
        path: Path = ("relevance",)
        for part in indicator.parts:
            if rule.apply and part.figure.kind is not FigureKind.INDEX:
                yield Misfit(
                    path,
                    message(
                        "Relevance weighs answers to an index: “%(figure)s” is none.",
                        figure=str(part.figure),
                    ),
                )
            survey = self._surveys.find(part.survey)
            if survey is None:
                continue
            definition = self._definition(survey)
            for factor in rule.factors:
                yield from _factor(path, factor, definition)
            if rule.apply and survey.opened_at is not None and self._is_late(indicator, survey):
                yield Misfit(
                    path,
                    message(
                        "Relevance is declared before answers come in: “%(survey)s” is in use"
                        " already, and no version of this indicator from before says the same.",
                        survey=part.survey,
                    ),
                )

    def _is_late(self, indicator: Indicator, survey: SurveyRecord) -> bool:
        """Whether the coefficients were fixed only after a survey had opened."""
        return not any(
            parse_indicator(one.document).relevance == indicator.relevance
            for one in IndicatorRepository(self._work).versions(indicator.key)
            if survey.opened_at is not None and one.created_at <= survey.opened_at
        )


def _figure(path: Path, part: IndicatorPart, definition: Definition) -> Iterator[Misfit]:
    kind, key = part.figure.kind, part.figure.key
    indices = [one.key for one in definition.indices]
    if (kind is FigureKind.BALLOT) != (definition.kind is Kind.BALLOT):
        yield Misfit((*path, "figure"), _no_figure(part))
    elif kind is FigureKind.BALLOT:
        groups = [] if definition.ballot is None else [one.key for one in definition.ballot.groups]
        if key and key not in groups:
            yield Misfit((*path, "figure"), _no_figure(part))
    elif kind is FigureKind.RATE and definition.kind is Kind.REVIEW:
        try:
            rate_named(part.figure)
        except Conflict as error:
            yield Misfit((*path, "figure"), error.message)
    elif part.figure.identity is not None or not (
        key in indices or (not key and len(indices) == 1)
    ):
        yield Misfit((*path, "figure"), _no_figure(part))


def _no_figure(part: IndicatorPart) -> Message:
    return message(
        "“%(survey)s” has no figure “%(figure)s”: ballots have “ballot”, other surveys index.KEY"
        " and rate.KEY.",
        survey=part.survey,
        figure=str(part.figure),
    )


def _levels(definition: Definition, key: str) -> tuple[Level, ...]:
    attribute = definition.attribute(key)
    if attribute is not None:
        return attribute.levels
    for question in definition.questions:
        if question.key == key:
            return choices_of(question)
    return ()


def _factor(path: Path, factor: Coefficients, definition: Definition) -> Iterator[Misfit]:
    levels = _levels(definition, factor.question)
    if not levels:
        yield Misfit(
            path,
            message(
                "“%(survey)s” asks no question “%(question)s” with answers to choose from.",
                survey=definition.key,
                question=factor.question,
            ),
        )
        return
    known = {level.key for level in levels}
    unknown = [level for level in factor.weights if level not in known]
    if unknown:
        yield Misfit(
            path,
            message(
                "“%(question)s” has no answer “%(level)s”; it has: %(known)s.",
                question=factor.question,
                level=unknown[0],
                known=", ".join(level.key for level in levels),
            ),
        )
    missing = [level.key for level in levels if level.key not in factor.weights]
    if missing and factor.weights:
        yield Misfit(
            path,
            message(
                "Say what each answer to “%(question)s” weighs; missing: %(missing)s.",
                question=factor.question,
                missing=", ".join(missing),
            ),
        )

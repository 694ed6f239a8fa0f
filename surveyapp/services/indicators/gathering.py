"""Gathering the input of a snapshot: everything its figures are computed from, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from surveyapp import __version__
from surveyapp.domain.errors import Conflict, NotFound
from surveyapp.domain.indicator import During, FigureKind, Indicator
from surveyapp.domain.messages import message
from surveyapp.domain.organisation import Unit
from surveyapp.domain.periods import Period
from surveyapp.domain.snapshot import DECIMALS, FORMAT
from surveyapp.domain.survey import Kind
from surveyapp.services.ballots.results import BallotResults
from surveyapp.services.definitions import DefinitionCache
from surveyapp.services.indicators.ballots import ballot_document
from surveyapp.services.indicators.survey_input import SurveyReader, Wanted
from surveyapp.services.results.counting import Counting
from surveyapp.storage.database import Database, Work
from surveyapp.storage.evaluations import EvaluationRepository
from surveyapp.storage.records import SurveyRecord
from surveyapp.storage.surveys import SurveyRepository
from surveyapp.storage.units import UnitRepository


@dataclass(frozen=True, slots=True)
class Source:
    """What a snapshot is of: an indicator, or a survey of its own.

    Attributes
    ----------
    declared_at : datetime or None
        When the indicator first chose the answers it chooses now.
    """

    kind: str
    key: str
    version: int | None
    indicator: Indicator | None
    declared_at: datetime | None = None


def entry_name(survey: str, during: During) -> str:
    """Return the name of a survey inside an input; the same survey may be there in two ways."""
    return f"{survey}|{during}"


def default_during(kind: str) -> During:
    """Return which answers count where nobody says: reviews go on, other surveys are waves."""
    return During.PERIOD if kind == Kind.REVIEW else During.SURVEY


class Gathering:
    """Reads the input of a snapshot."""

    def __init__(
        self,
        database: Database,
        definitions: DefinitionCache,
        counting: Counting,
        ballots: BallotResults,
        *,
        timezone: tzinfo,
    ) -> None:
        self._database = database
        self._definitions = definitions
        self._counting = counting
        self._ballots = ballots
        self._timezone = timezone

    def gather(self, source: Source, period: Period, *, seed: int, now: datetime) -> dict[str, Any]:
        """Return everything the figures of a snapshot are computed from.

        Raises
        ------
        NotFound
            No such survey.
        Conflict
            The period has not begun, a survey was never in use, or its urn is not open.
        """
        if period.first_day > now.astimezone(self._timezone).date():
            raise Conflict(
                message(
                    "%(period)s has not begun: there is nothing to freeze.", period=period.title
                )
            )
        simulated = self._database.is_simulated()
        found, evaluations = self._surveys(source)
        kinds = {key: one.kind for key, one in found.items()}
        for key, kind in kinds.items():
            if kind != Kind.BALLOT:
                self._counting.fold(key)
        opened = {
            key: self._ballots.opened(key) for key, kind in kinds.items() if kind == Kind.BALLOT
        }
        with self._database.reading() as work:
            units = {one.code: one for one in UnitRepository(work).all()}
            surveys = {}
            for name, key, wanted in _wanted(source, kinds, evaluations):
                if key in opened:
                    linked = _linked(work, found[key])
                    surveys[name] = ballot_document(opened[key], *linked)
                else:
                    reader = SurveyReader(
                        work,
                        self._definitions,
                        found[key],
                        period,
                        now=now,
                        timezone=self._timezone,
                    )
                    surveys[name] = reader.document(wanted, source.indicator)
        used = _used(surveys.values(), source.indicator, units)
        return {
            "format": FORMAT,
            "program": __version__,
            "source": {"kind": source.kind, "key": source.key, "version": source.version},
            "period": str(period),
            "as_of": now.isoformat(),
            "seed": seed,
            "decimals": DECIMALS,
            "simulated": simulated,
            "declared_at": None if source.declared_at is None else source.declared_at.isoformat(),
            "indicator": None if source.indicator is None else source.indicator.document,
            "evaluations": {key: list(keys) for key, keys in evaluations.items()},
            "surveys": surveys,
            "units": {
                code: {"name": one.name, "parent": one.parent_code, "category": one.category}
                for code, one in units.items()
                if code in used
            },
        }

    def _surveys(self, source: Source) -> tuple[dict[str, SurveyRecord], dict[str, list[str]]]:
        """Return every survey, and the keys of the meetings of every evaluation that is named."""
        keys = source.indicator.surveys if source.indicator is not None else (source.key,)
        surveys: dict[str, SurveyRecord] = {}
        evaluations: dict[str, list[str]] = {}
        with self._database.reading() as work:
            for key in keys:
                found = SurveyRepository(work).find(key)
                if found is None:
                    meetings = _meetings(work, key)
                    evaluations[key] = [one.key for one in meetings]
                    surveys |= {one.key: one for one in meetings}
                elif found.current_revision_id is None:
                    raise Conflict(
                        message("“%(key)s” was never in use: there is nothing to freeze.", key=key)
                    )
                else:
                    surveys[key] = found
        return surveys, evaluations


def _meetings(work: Work, key: str) -> list[SurveyRecord]:
    """Return the surveys of all meetings of an evaluation."""
    evaluations = EvaluationRepository(work)
    evaluation = evaluations.find(key)
    if evaluation is None:
        raise NotFound(message("There is no survey, indicator or evaluation “%(key)s”.", key=key))
    return [row.survey for row in evaluations.meetings(evaluation.id)]


def _linked(work: Work, survey: SurveyRecord) -> tuple[dict[str, str], str | None]:
    """Return the units of what a ballot rates, and the unit of its meeting."""
    subjects = SurveyRepository(work).subjects(survey.id)
    meeting = EvaluationRepository(work).meeting_of(survey.key)
    units = {one.key: one.unit_code for one in subjects if one.unit_code}
    return units, None if meeting is None else meeting[0].unit_code


def _wanted(
    source: Source, kinds: Mapping[str, str], evaluations: Mapping[str, Sequence[str]]
) -> list[tuple[str, str, Wanted]]:
    """Return (name of the entry, survey, what is asked of it) of everything to be read."""
    if source.indicator is None:
        found = []
        for key, kind in kinds.items():
            during = default_during(kind)
            wanted = Wanted(during, rates_only=kind == Kind.REVIEW)
            found.append((entry_name(key, during), key, wanted))
        return found
    entries: dict[str, tuple[str, Wanted]] = {}
    rule = source.indicator.relevance
    for part in source.indicator.parts:
        for key in evaluations.get(part.survey, [part.survey]):
            during = part.during or default_during(kinds[key])
            name = entry_name(key, during)
            before = entries[name][1] if name in entries else Wanted(during, rates_only=True)
            is_rate = part.figure.kind is FigureKind.RATE and kinds[key] == Kind.REVIEW
            concerned = rule is not None and rule.apply and part.figure.kind is FigureKind.INDEX
            entries[name] = (
                key,
                Wanted(
                    during,
                    rates_only=before.rates_only and is_rate,
                    indices=before.indices | ({part.figure.key} if concerned else frozenset()),
                ),
            )
    return [(name, key, wanted) for name, (key, wanted) in entries.items()]


def _used(
    surveys: Iterable[Mapping[str, Any]], indicator: Indicator | None, units: Mapping[str, Any]
) -> set[str]:
    """Return the units that anything is linked to, and all above them."""
    codes = {one["unit"] for survey in surveys for one in survey["subjects"] if one["unit"]}
    if indicator is not None:
        codes |= {code for part in indicator.parts for code in part.units.values()}
    found: set[str] = set()
    for code in codes & set(units):
        above: str | None = code
        while above is not None and above in units and above not in found:
            found.add(above)
            above = units[above].parent_code
    return found


def units_of(document: Mapping[str, Any]) -> dict[str, Unit]:
    """Read the units of an input."""
    return {
        code: Unit(code, one["name"], one["parent"], one["category"])
        for code, one in document["units"].items()
    }

"""From the input of a snapshot to its figures: the input alone, years later too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from surveyapp.domain.errors import Conflict
from surveyapp.domain.indicator import (
    During,
    FigureKind,
    FigureName,
    Indicator,
    IndicatorPart,
    Population,
)
from surveyapp.domain.indicator_reading import parse_indicator
from surveyapp.domain.messages import Message, message
from surveyapp.domain.organisation import Unit
from surveyapp.domain.periods import Period
from surveyapp.domain.snapshot import Measure, SnapshotValue
from surveyapp.domain.survey import Kind, Standing
from surveyapp.domain.text import Text
from surveyapp.services.indicators.ballots import BallotSource
from surveyapp.services.indicators.combining import POPULATIONS, AnySource, combine
from surveyapp.services.indicators.estimated import Estimated
from surveyapp.services.indicators.gathering import default_during, entry_name, units_of
from surveyapp.services.indicators.reviews import ReviewSource, rate_named, rate_names
from surveyapp.services.indicators.samples import SampleSource
from surveyapp.services.indicators.words import both_of
from surveyapp.services.results.reporting import SIMULATED

_ONE = Fraction(1)
_BALLOT = FigureName(FigureKind.BALLOT)


@dataclass(frozen=True, slots=True)
class Computed:
    """The figures of a snapshot, and what to know about them.

    Attributes
    ----------
    minimum : int
        Answers that a figure has to rest on to be told outside the office.
    whole_waves : bool
        Whether all answers of a survey count, whatever the period.
    """

    title: Text
    values: tuple[SnapshotValue, ...]
    notes: tuple[Text, ...]
    minimum: int
    whole_waves: bool


def compute(document: Mapping[str, Any]) -> Computed:
    """Compute the figures of a snapshot from its input.

    Raises
    ------
    Conflict
        There is nothing to freeze, or a figure that is asked for does not exist.
    """
    stored = document["indicator"]
    inside = _Input(document)
    values: Sequence[SnapshotValue]
    if stored is None:
        title, values, notes = inside.of_survey()
    else:
        indicator = parse_indicator(stored)
        found = combine(indicator, inside.parts(indicator), units=inside.units)
        title, values, notes = indicator.title, found.values, [*found.notes]
        if indicator.note is not None:
            notes.append(Message("%(note)s", {"note": indicator.note}))
    if not any(one.value is not None for one in values):
        raise Conflict(
            message(
                "There is nothing to freeze for %(period)s: no counted answers give a figure.",
                period=document["period"],
            )
        )
    said = [*([SIMULATED] if document["simulated"] else []), *inside.notes(), *notes]
    texts = [both_of(one) for one in said]
    return Computed(
        title, tuple(values), tuple(dict.fromkeys(texts)), inside.minimum, inside.whole_waves
    )


class _Input:
    """The input of a snapshot with its surveys read."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self.units: Mapping[str, Unit] = units_of(document)
        self._period = Period.parse(document["period"])

    @property
    def minimum(self) -> int:
        """The largest of the smallest groups of the surveys."""
        return max(
            survey["minimum"]
            if survey["kind"] == Kind.BALLOT
            else SampleSource(survey, self.units).definition.minimum_group
            for survey in self._document["surveys"].values()
        )

    @property
    def whole_waves(self) -> bool:
        """Whether all answers of a survey count, whatever the period."""
        return any(
            survey.get("during") == During.SURVEY for survey in self._document["surveys"].values()
        )

    def source(self, part: IndicatorPart) -> AnySource:
        """Return what a part is estimated from."""
        meetings = self._document["evaluations"].get(part.survey)
        keys = [part.survey] if meetings is None else meetings
        entries = [self._entry(key, part) for key in keys]
        if entries[0]["kind"] == Kind.BALLOT:
            return BallotSource(entries)
        if entries[0]["kind"] == Kind.REVIEW and part.figure.kind is FigureKind.RATE:
            return ReviewSource(entries[0], self.units)
        return SampleSource(entries[0], self.units)

    def _entry(self, key: str, part: IndicatorPart) -> Mapping[str, Any]:
        surveys = self._document["surveys"]
        if part.during is not None:
            found: Mapping[str, Any] = surveys[entry_name(key, part.during)]
            return found
        return next(
            one
            for name, one in surveys.items()
            if name == entry_name(key, default_during(one["kind"]))
        )

    def parts(self, indicator: Indicator) -> list[tuple[IndicatorPart, AnySource]]:
        """Return the parts of an indicator with their sources.

        Raises
        ------
        Conflict
            A part asks for a figure that its survey has not, or does not say whether it wants the
            sample or the crowd of a survey that has both.
        """
        found = [(part, self.source(part)) for part in indicator.parts]
        for part, source in found:
            if isinstance(source, BallotSource) != (part.figure.kind is FigureKind.BALLOT):
                raise Conflict(
                    message(
                        "“%(survey)s” has no figure “%(figure)s”: ballots have “ballot”, other"
                        " surveys index.KEY and rate.KEY.",
                        survey=part.survey,
                        figure=str(part.figure),
                    )
                )
            if isinstance(source, SampleSource):
                _require_one_population(part, source)
        measures = {measure_of(part, source) for part, source in found}
        if len(measures) > 1:
            raise Conflict(
                message(
                    "“%(key)s” mixes points (满意度) and percent (满意率): its parts must be of one"
                    " kind.",
                    key=indicator.key,
                )
            )
        return found

    def of_survey(self) -> tuple[Text, list[SnapshotValue], list[Message]]:
        """Return every figure of a survey that is its own indicator."""
        (first, *_) = self._document["surveys"].values()
        key = self._document["source"]["key"]
        if first["kind"] == Kind.BALLOT:
            return self._of_ballots(list(self._document["surveys"].values()))
        sample = SampleSource(first, self.units)
        title = sample.definition.title
        values: list[SnapshotValue] = []
        notes: list[Message] = []
        if first["kind"] == Kind.REVIEW:
            reviews = ReviewSource(first, self.units)
            for name in rate_names():
                part = IndicatorPart(key, name, _ONE)
                values += _values(reviews, part, str(name), reviews.figure_title(name))
            return title, values, notes
        populations: list[Population | None] = [None]
        if sample.mixes:
            populations += [Population.INVITED, Population.OPEN]
            notes.append(
                message(
                    "Both invited people and a crowd that came by itself have answered. The figures"
                    " without @ hold both together; those with @invited and @open keep them apart."
                )
            )
        for population in populations:
            for name in _names(sample):
                label = sample.figure_title(name)
                part = IndicatorPart(key, name, _ONE, population=population)
                suffix = "" if population is None else f"@{population}"
                values += _values(sample, part, f"{name}{suffix}", _among(label, population))
        notes += sample.notes(sample.modes)
        return title, values, notes

    def _of_ballots(
        self, entries: Sequence[Mapping[str, Any]]
    ) -> tuple[Text, list[SnapshotValue], list[Message]]:
        source = BallotSource(entries)
        key = self._document["source"]["key"]
        values = list(
            _values(
                source,
                IndicatorPart(key, _BALLOT, _ONE),
                str(_BALLOT),
                source.figure_title(_BALLOT),
            )
        )
        for subject, entry in source.subjects:
            score = source.score(subject, entry)
            if score is not None:
                prefix = "" if len(entries) == 1 else f"{entry['key']}."
                label = Text(subject["title"]["zh"], subject["title"]["en"])
                figure = f"{_BALLOT}.{prefix}{subject['key']}"
                values.append(score.snapshot_value(figure, None, Measure.POINTS, label))
        return source.title if len(entries) == 1 else Text.same(key), values, []

    def notes(self) -> Iterable[Message]:
        """Say what the figures rest on, survey by survey."""
        for survey in self._document["surveys"].values():
            if survey["kind"] == Kind.BALLOT:
                continue
            if self._is_chosen_late(survey):
                yield message(
                    "Whose answers to “%(survey)s” count was declared after it had opened: say so"
                    " where the figure is used.",
                    survey=SampleSource(survey, self.units).title,
                )
            key = SampleSource(survey, self.units).title
            numbers = survey["standings"]
            flagged, excluded = (
                numbers.get(one, 0) for one in (Standing.FLAGGED, Standing.EXCLUDED)
            )
            if flagged or excluded:
                yield message(
                    "“%(survey)s”: %(flagged)s flagged and %(excluded)s excluded answers are kept"
                    " in the input and are in no figure.",
                    survey=key,
                    flagged=flagged,
                    excluded=excluded,
                )
            if survey["first_day"] is not None and self._is_elsewhere(survey):
                yield message(
                    "The answers to “%(survey)s” carry days from %(first)s to %(last)s; the whole"
                    " wave stands for %(period)s.",
                    survey=key,
                    first=date.fromisoformat(survey["first_day"]),
                    last=date.fromisoformat(survey["last_day"]),
                    period=self._period.title,
                )

    def _is_chosen_late(self, survey: Mapping[str, Any]) -> bool:
        """Whether an indicator chose respondents only when answers could be seen already."""
        stored, declared = self._document["indicator"], self._document["declared_at"]
        if stored is None or survey["opened_at"] is None:
            return False
        key = SampleSource(survey, self.units).definition.key
        chosen = {name for name, _ in parse_indicator(stored).selections}
        opened = datetime.fromisoformat(survey["opened_at"])
        return key in chosen and datetime.fromisoformat(declared) > opened

    def _is_elsewhere(self, survey: Mapping[str, Any]) -> bool:
        first, last = (date.fromisoformat(survey[key]) for key in ("first_day", "last_day"))
        return first < self._period.first_day or last > self._period.last_day


def measure_of(part: IndicatorPart, source: AnySource) -> Measure:
    """Return what a part is counted in."""
    is_review = isinstance(source, ReviewSource)
    if is_review:
        rate_named(part.figure)
    return part.figure.measure(is_review=is_review)


def _require_one_population(part: IndicatorPart, source: SampleSource) -> None:
    if source.mixes and part.population is None and "mode" not in part.where:
        raise Conflict(
            message(
                "“%(survey)s” was answered by invited people and by a crowd that came by itself:"
                " say “population: invited” or “population: open” in each part.",
                survey=part.survey,
            )
        )


def _names(sample: SampleSource) -> Iterator[FigureName]:
    for index in sample.indices:
        yield FigureName(FigureKind.INDEX, index.definition.key)
        if index.definition.has_favourable:
            yield FigureName(FigureKind.RATE, index.definition.key)


def _among(label: Text, population: Population | None) -> Text:
    if population is None:
        return label
    who = POPULATIONS[population]
    return Text(f"{label.zh}（{who.zh}）", f"{label.en} ({who.en})")


def _values(
    source: AnySource, part: IndicatorPart, figure: str, label: Text
) -> list[SnapshotValue]:
    unit = measure_of(part, source)
    found: Mapping[str | None, Estimated] = source.figures(part, by_unit=True)
    return [one.snapshot_value(figure, code, unit, label) for code, one in found.items()]

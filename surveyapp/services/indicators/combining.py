"""An indicator from its parts, by the rules it declared."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from surveyapp.domain.errors import Conflict
from surveyapp.domain.indicator import (
    EXAMPLE_NOTE,
    GAP_TO_REVIEW,
    Breakdown,
    Indicator,
    IndicatorPart,
    MissingPart,
    Population,
    RelevanceRule,
)
from surveyapp.domain.messages import Message, message
from surveyapp.domain.organisation import Unit
from surveyapp.domain.snapshot import VALUE, Measure, SnapshotValue
from surveyapp.domain.tallying import MODE
from surveyapp.domain.text import Text
from surveyapp.services.indicators.ballots import BallotSource
from surveyapp.services.indicators.estimated import Estimated, Figures, combined
from surveyapp.services.indicators.relevance import GAP, RELEVANCE, by_relevance, needs_review
from surveyapp.services.indicators.reviews import ReviewSource
from surveyapp.services.indicators.samples import SampleSource
from surveyapp.services.indicators.words import both_of
from surveyapp.services.results.sample import mode_title
from surveyapp.services.results.sample_weights import listed

PART: Final = "part"
INCOMPLETE: Final = "incomplete"
AnySource: TypeAlias = SampleSource | ReviewSource | BallotSource
Part: TypeAlias = tuple[IndicatorPart, AnySource]
POPULATIONS: Final[Mapping[Population, Text]] = {
    Population.INVITED: Text("邀请样本", "invited"),
    Population.OPEN: Text("自愿参与", "open"),
}
_BY_RELEVANCE = Text("按知情度、关联度加权", "weighted by relevance")
_GAP = Text("加权与主指标之差", "difference from the headline")


@dataclass(frozen=True, slots=True)
class Combined:
    """The values of an indicator, and what to know about them."""

    values: tuple[SnapshotValue, ...]
    notes: tuple[Message, ...]


def combine(indicator: Indicator, parts: Sequence[Part], units: Mapping[str, Unit]) -> Combined:
    """Compute an indicator.

    Parameters
    ----------
    parts : sequence of (IndicatorPart, source)
        All of one measure.
    units : mapping of str to Unit
        For the names of units in sentences.

    Returns
    -------
    Combined
        ``value`` for everything together and for each unit, then the same by relevance where it is
        applied, then the parts where there are several.

    Raises
    ------
    Conflict
        A part is missing and the rule is ``block``.
    """
    by_unit = indicator.by is Breakdown.SUBJECT
    figures = [source.figures(part, by_unit=by_unit) for part, source in parts]
    is_review = any(isinstance(source, ReviewSource) for _, source in parts)
    measure = parts[0][0].figure.measure(is_review=is_review)
    independent = not _share_respondents(parts)
    _refuse_missing(indicator, parts, figures, units)
    notes = list(_notes(parts, independent=independent))
    values = [
        one.snapshot_value(VALUE, code, measure, indicator.title)
        for code, one in _whole(indicator, figures, measure, independent=independent).items()
    ]
    rule = indicator.relevance
    if rule is not None and rule.apply:
        beside = _relevance(indicator, rule, parts, measure, independent=independent)
        values += beside.values
        notes += beside.notes
    if len(parts) > 1:
        for number, ((part, source), found) in enumerate(zip(parts, figures, strict=True), start=1):
            label = _part_label(part, source)
            values += [
                one.snapshot_value(f"{PART}.{number}", code, measure, label)
                for code, one in found.items()
            ]
    return Combined(tuple(values), tuple(notes))


def _part_label(part: IndicatorPart, source: AnySource) -> Text:
    """Name a part: what it is of, whose answers, and what it weighs."""
    said = [
        both_of(mode_title(level)) if key == MODE else _level_title(source, key, level)
        for key, levels in part.where.items()
        for level in levels
    ]
    if part.population is not None:
        said.append(POPULATIONS[part.population])
    named = message(
        "%(survey)s, %(figure)s × %(weight)s",
        survey=source.title,
        figure=source.figure_title(part.figure),
        weight=_written(part),
    )
    if said:
        named = message("%(part)s (%(whose)s)", part=named, whose=listed(said))
    return both_of(named)


def _level_title(source: AnySource, key: str, level: str) -> Text:
    attribute = source.definition.attribute(key) if isinstance(source, SampleSource) else None
    found = None if attribute is None else attribute.find(level)
    return Text.same(level) if found is None else found.label


def _written(part: IndicatorPart) -> str:
    weight = part.weight
    return str(weight) if weight.denominator == 1 else str(float(weight))


def _share_respondents(parts: Sequence[Part]) -> bool:
    """Whether any two parts may rest on answers of the same people."""
    for number, (part, source) in enumerate(parts):
        for other, second in parts[number + 1 :]:
            if isinstance(source, SampleSource) and isinstance(second, SampleSource):
                if source.overlaps(part, second, other):
                    return True
            elif part.survey == other.survey:
                return True
    return False


def _refuse_missing(
    indicator: Indicator,
    parts: Sequence[Part],
    figures: Sequence[Figures],
    units: Mapping[str, Unit],
) -> None:
    """Wait for the parts of every unit that something is linked to.

    Units above them, and everything together, have a value where all parts have one: a vote on
    people is not added up along the tree as answers are.
    """
    if indicator.missing is not MissingPart.BLOCK:
        return
    codes = _codes(figures)
    linked = frozenset[str]().union(*(source.linked(part) for part, source in parts))
    asked = [code for code in codes if code in linked] or codes
    missing = [code for code in asked if any(code not in found for found in figures)]
    if missing:
        raise Conflict(
            message(
                "“%(key)s” is blocked: a part has no value for %(units)s. Wait for its answers, or"
                " declare “missing: renormalise” or “missing: incomplete”.",
                key=indicator.key,
                units="、".join(_name(code, units) for code in missing[:10]),
            )
        )


def _name(code: str | None, units: Mapping[str, Unit]) -> str:
    if code is None:
        return "—"
    return units[code].name if code in units else code


def _codes(figures: Sequence[Figures]) -> list[str | None]:
    codes = dict.fromkeys(code for found in figures for code in found)
    return sorted(codes, key=lambda code: (code is not None, code or ""))


def _whole(
    indicator: Indicator, figures: Sequence[Figures], measure: Measure, *, independent: bool
) -> dict[str | None, Estimated]:
    found = {}
    for code in _codes(figures):
        given = [
            (part.weight, one[code])
            for part, one in zip(indicator.parts, figures, strict=True)
            if code in one
        ]
        if len(given) == len(figures) or indicator.missing is MissingPart.RENORMALISE:
            found[code] = combined(given, measure, independent=independent)
        elif indicator.missing is MissingPart.INCOMPLETE:
            found[code] = _incomplete([one for _, one in given])
    return found


def _incomplete(given: Sequence[Estimated]) -> Estimated:
    return Estimated(
        value=None,
        se=None,
        low=None,
        high=None,
        n=sum(one.n for one in given),
        effective_n=0.0,
        df=math.inf,
        method=INCOMPLETE,
        suppressed=any(one.suppressed for one in given),
    )


def _relevance(
    indicator: Indicator,
    rule: RelevanceRule,
    parts: Sequence[Part],
    measure: Measure,
    *,
    independent: bool,
) -> Combined:
    """Compute the value by relevance and its distance from the headline."""
    by_unit = indicator.by is Breakdown.SUBJECT
    found = [
        by_relevance(source, part, rule, by_unit=by_unit)
        for part, source in parts
        if isinstance(source, SampleSource)  # the only ones that have indices
    ]
    weighted: list[Figures] = [value for value, _ in found]
    gaps: list[Figures] = [gap for _, gap in found]
    complete = replace(indicator, missing=MissingPart.RENORMALISE)
    codes = [code for code in _codes(weighted) if all(code in one for one in weighted)]

    def whole(figures: Sequence[Figures]) -> dict[str | None, Estimated]:
        kept = [{code: one[code] for code in codes} for one in figures]
        return _whole(complete, kept, measure, independent=independent)

    gap = whole(gaps)
    title = indicator.title
    values = [
        one.snapshot_value(
            f"{VALUE}@{name}",
            code,
            measure,
            Text(f"{title.zh}：{said.zh}", f"{title.en}: {said.en}"),
        )
        for name, said, found in (
            (RELEVANCE, _BY_RELEVANCE, whole(weighted)),
            (GAP, _GAP, gap),
        )
        for code, one in found.items()
    ]
    notes = [
        message(
            "The value by relevance (K × R × class) stands beside the headline and is not in it."
        )
    ]
    if rule.example:
        notes.append(
            message("The coefficients of relevance are %(example)s.", example=EXAMPLE_NOTE)
        )
    apart = needs_review(gap, GAP_TO_REVIEW)
    if apart:
        notes.append(
            message(
                "Look at it: the value by relevance differs from the headline by more than"
                " %(limit)s points for %(n)s of %(all)s.",
                limit=GAP_TO_REVIEW,
                n=len(apart),
                all=len(gap),
            )
        )
    return Combined(tuple(values), tuple(notes))


def _notes(parts: Sequence[Part], *, independent: bool) -> list[Message]:
    notes = []
    if len(parts) > 1:
        notes.append(
            message(
                "The parts are combined by fixed weights (%(weights)s); each is estimated from its"
                " own sample, and answers of different samples are never pooled.",
                weights=" : ".join(_written(part) for part, _ in parts),
            )
        )
    if not independent:
        notes.append(
            message(
                "Some parts may rest on the same respondents: the margin of error is an upper"
                " bound."
            )
        )
    for part, source in parts:
        if isinstance(source, SampleSource):
            notes += source.notes(source.modes_of(part))
    return notes

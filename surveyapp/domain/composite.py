"""The composite score (综合得分): groups of weighted indicators, additions and deductions, grades.

Everything here is exact and needs no database: a scheme and its inputs go in, every term of every
unit comes out. What is random (survey error) is added by `surveyapp.stats.composites`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from uuid import UUID

from surveyapp.domain.accumulating import Accumulated, Occurrence, PartValue, accumulate
from surveyapp.domain.grading import GradeStep, Override, suggest
from surveyapp.domain.normalising import pace_of, ranks_of, shares_of
from surveyapp.domain.periods import Period
from surveyapp.domain.scheme import AdjustmentRule, Below, Missing, Scheme, SchemeIndicator
from surveyapp.domain.scheme_weights import due_lines, effective_weights, weight_of

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class RatedUnit:
    """A unit of the category."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Before:
    """How a unit stood in the run this one is compared with.

    Attributes
    ----------
    score : Fraction or None
        Out of 100, so that schemes with other totals can be compared.
    """

    score: Fraction | None
    rank: int | None
    grade: str | None


@dataclass(frozen=True, slots=True)
class CompositeInputs:
    """Everything a score follows from.

    Attributes
    ----------
    units : tuple of RatedUnit
        All units of the category, by code.
    values : tuple of PartValue
        Verified values and figures of snapshots.
    before : mapping of str to Before
        By unit; empty where there is no run to compare with.
    before_run : UUID or None
        Which run that is.
    """

    scheme: Scheme
    period: Period
    units: tuple[RatedUnit, ...]
    values: tuple[PartValue, ...]
    adjustments: tuple[Occurrence, ...]
    overrides: tuple[Occurrence, ...]
    before: Mapping[str, Before]
    before_run: UUID | None


@dataclass(frozen=True, slots=True)
class Term:
    """What one indicator gives one unit.

    Attributes
    ----------
    weight : Fraction
        The points that it can give: of the scheme, scaled where others are missing or not due.
    value : Accumulated
        Where it comes from.
    share : Fraction or None
        Of the weight; None where the value is missing.
    limited : bool
        Whether a second value took some of it.
    points : Fraction
        weight × share.
    """

    indicator: str
    weight: Fraction
    value: Accumulated
    share: Fraction | None
    limited: bool
    points: Fraction


@dataclass(frozen=True, slots=True)
class Adjusted:
    """What a rule adds to or takes from a unit.

    Attributes
    ----------
    points : Fraction
        After the cap.
    capped : bool
        Whether the cap took some of it.
    """

    rule: str
    times: int
    points: Fraction
    capped: bool
    occurrences: tuple[Occurrence, ...]


@dataclass(frozen=True, slots=True)
class UnitScore:
    """The score of one unit with everything it is made of.

    Attributes
    ----------
    terms : tuple of Term
        In the order of the scheme; indicators that are not due yet are not there.
    groups : mapping of str to Fraction
        Points by group.
    base : Fraction or None
        The points of all terms; None where a missing value blocks the score.
    score : Fraction or None
        base + additions - deductions.
    incomplete : bool
        Whether values are missing that the score leaves out; such a unit has no rank.
    rank : int or None
        Inside the category; equal scores share the better one (1, 1, 3).
    steps : tuple of GradeStep
        The way to the suggested grade; empty without one.
    missing : tuple of str
        Indicators whose value is missing or lacks a part.
    """

    unit: RatedUnit
    terms: tuple[Term, ...]
    groups: Mapping[str, Fraction]
    base: Fraction | None
    adjusted: tuple[Adjusted, ...]
    score: Fraction | None
    incomplete: bool
    rank: int | None
    steps: tuple[GradeStep, ...]
    missing: tuple[str, ...]

    @property
    def grade(self) -> int | None:
        """Place of the suggested grade, 0 the best."""
        return self.steps[-1].grade if self.steps else None


@dataclass(frozen=True, slots=True)
class Composite:
    """The scores of a category.

    Attributes
    ----------
    due : Fraction
        Points of the indicators that are due by the end of the period; scores are brought to the
        scheme's total, so that months and years read alike.
    units : tuple of UnitScore
        By rank, those without one last, by code.
    """

    due: Fraction
    units: tuple[UnitScore, ...]

    def of(self, code: str) -> UnitScore | None:
        """Return the score of one unit."""
        return next((one for one in self.units if one.unit.code == code), None)


def compose(inputs: CompositeInputs) -> Composite:
    """Compute the scores of all units of a category.

    Parameters
    ----------
    inputs : CompositeInputs
        With a scheme whose numbers are all filled in.

    Returns
    -------
    Composite

    Notes
    -----
    With the weights w of the indicators that are due, in groups of the weight W (the sum of the due
    weights in it), and shares s, the base score is

        total × Σ_groups W (Σ w·s / Σ w) / Σ_groups W

    where, by the rule ``renormalise``, the inner sums run over the values that are there and
    groups without any leave the outer sums. Without missing values this is Σ w·s, scaled by the
    total over the points that are due.
    """
    lines = due_lines(inputs.scheme, inputs.period)
    values = accumulated(inputs, lines)
    shares = shares_by_line(lines, values, inputs.period)
    units = tuple(_unit_score(inputs, lines, values, shares, unit) for unit in inputs.units)
    return Composite(sum((weight_of(line) for line in lines), ZERO), _ranked(inputs, values, units))


def accumulated(
    inputs: CompositeInputs, lines: Sequence[SchemeIndicator]
) -> dict[str, dict[str, Accumulated]]:
    """Return what has accumulated, by indicator and unit."""
    given: dict[tuple[str, str], dict[Period, PartValue]] = defaultdict(dict)
    for one in inputs.values:
        given[one.indicator, one.unit][one.period] = one
    return {
        line.key: {
            unit.code: accumulate(
                line,
                inputs.period.up_to(line.every),
                given.get((line.key, unit.code), {}),
                inputs.scheme.missing,
            )
            for unit in inputs.units
        }
        for line in lines
    }


def shares_by_line(
    lines: Sequence[SchemeIndicator],
    values: Mapping[str, Mapping[str, Accumulated]],
    period: Period,
) -> dict[str, dict[str, Fraction]]:
    """Return the share of each unit that has a value, by indicator, before limits."""
    return {
        line.key: shares_of(
            line, _present(values[line.key]), pace_of(line, len(period.up_to(line.every)))
        )
        for line in lines
    }


def adjusted_by(rule: AdjustmentRule, occurrences: Sequence[Occurrence]) -> Adjusted:
    """Return what a rule adds or takes for all that occurred."""
    times = sum(one.times for one in occurrences)
    points = (rule.points or ZERO) * times
    bounded = points if rule.cap is None else min(max(points, -rule.cap), rule.cap)
    return Adjusted(rule.key, times, bounded, bounded != points, tuple(occurrences))


def _present(values: Mapping[str, Accumulated]) -> dict[str, Fraction]:
    return {unit: one.value for unit, one in values.items() if one.value is not None}


def _unit_score(
    inputs: CompositeInputs,
    lines: Sequence[SchemeIndicator],
    values: Mapping[str, Mapping[str, Accumulated]],
    shares: Mapping[str, Mapping[str, Fraction]],
    unit: RatedUnit,
) -> UnitScore:
    scheme, code = inputs.scheme, unit.code
    missing = tuple(line.key for line in lines if values[line.key][code].missing)
    absent = frozenset(line.key for line in lines if values[line.key][code].value is None)
    weights = effective_weights(scheme, lines, absent)
    terms = []
    groups: dict[str, Fraction] = {group.key: ZERO for group in scheme.groups}
    for line in lines:
        before = shares[line.key].get(code)
        share = None if before is None else limited(line, before, values, code)
        weight = weights.get(line.key, ZERO)
        points = ZERO if share is None else weight * share
        groups[line.group] += points
        terms.append(Term(line.key, weight, values[line.key][code], share, share != before, points))
    adjusted = tuple(
        adjusted_by(rule, mine)
        for rule in scheme.adjustments
        if (mine := [one for one in inputs.adjustments if (one.rule, one.unit) == (rule.key, code)])
    )
    is_blocked = not weights or (scheme.missing is Missing.BLOCK and bool(absent))
    base = None if is_blocked else sum((term.points for term in terms), ZERO)
    extra = sum((one.points for one in adjusted), ZERO)
    return UnitScore(
        unit=unit,
        terms=tuple(terms),
        groups=groups,
        base=base,
        adjusted=adjusted,
        score=None if base is None else base + extra,
        incomplete=scheme.missing is Missing.INCOMPLETE and bool(missing),
        rank=None,
        steps=(),
        missing=missing,
    )


def limited(
    line: SchemeIndicator,
    share: Fraction,
    values: Mapping[str, Mapping[str, Accumulated]],
    code: str,
) -> Fraction:
    """Return the share that a second value leaves."""
    limit = line.limit
    if limit is None or limit.least is None or limit.share is None:
        return share
    other = values.get(limit.indicator, {}).get(code)
    is_reached = other is not None and other.value is not None and other.value >= limit.least
    return min(share, limit.share) if is_reached else share


def holding(
    inputs: CompositeInputs, values: Mapping[str, Mapping[str, Accumulated]], code: str
) -> list[Override]:
    """Return the overrides that hold for a unit: entered ones, and those a value brings about."""
    found = []
    for rule in inputs.scheme.overrides:
        found += [
            Override(rule.key, rule.effect, rule.grade, one.reason, one.document)
            for one in inputs.overrides
            if (one.rule, one.unit) == (rule.key, code)
        ]
        if rule.when is not None and _is_below(rule.when, values, code):
            found.append(Override(rule.key, rule.effect, rule.grade))
    return found


def _is_below(when: Below, values: Mapping[str, Mapping[str, Accumulated]], code: str) -> bool:
    found = values.get(when.indicator, {}).get(code)
    value = None if found is None else found.value
    return value is not None and when.value is not None and value < when.value


def _ranked(
    inputs: CompositeInputs,
    values: Mapping[str, Mapping[str, Accumulated]],
    units: Sequence[UnitScore],
) -> tuple[UnitScore, ...]:
    scores = {
        one.unit.code: one.score for one in units if one.score is not None and not one.incomplete
    }
    ranks = ranks_of(scores)
    overrides = {code: holding(inputs, values, code) for code in scores}
    grades = suggest(inputs.scheme.grades, scores, overrides, len(inputs.units))
    ranked = [
        replace(one, rank=ranks.get(one.unit.code), steps=grades.get(one.unit.code, ()))
        for one in units
    ]
    return tuple(sorted(ranked, key=lambda one: (one.rank or len(ranked) + 1, one.unit.code)))

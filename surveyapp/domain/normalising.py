"""From values to shares of a weight: one function for each declared normalisation.

All of them are exact. The formulas stand in docs/assessment.md; what a share is multiplied by is
the weight of the indicator. Whatever comes out lies between 0 and 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import Final

from surveyapp.domain.scheme import Accumulation, Direction, Normalisation, SchemeIndicator

_ROOT_SCALE: Final = 10**12
"""Square roots are cut after twelve decimals: the same on every machine."""


@dataclass(frozen=True, slots=True)
class Marks:
    """The fixed marks a value is measured against, brought to the part of the year that is over.

    Attributes
    ----------
    best, worst : Fraction or None
    bands : tuple of (Fraction, Fraction)
        (bound, share), the best first.
    """

    best: Fraction | None
    worst: Fraction | None
    bands: tuple[tuple[Fraction, Fraction], ...]


def pace_of(indicator: SchemeIndicator, parts: int) -> Fraction:
    """Return which share of the yearly marks is expected after so many parts of the year.

    Parameters
    ----------
    parts : int
        Months, quarters or halves that are over, as the indicator counts them; at least 1.
    """
    if indicator.pace:
        return indicator.pace[parts - 1]
    if indicator.accumulation is Accumulation.SUM:
        return Fraction(parts * indicator.every, 12)
    return Fraction(1)


def marks_of(indicator: SchemeIndicator, pace: Fraction) -> Marks:
    """Return the marks of an indicator at a pace."""
    return Marks(
        None if indicator.best is None else indicator.best * pace,
        None if indicator.worst is None else indicator.worst * pace,
        tuple((bound * pace, share) for bound, share in indicator.bands),
    )


def shares_of(
    indicator: SchemeIndicator, values: Mapping[str, Fraction], pace: Fraction
) -> dict[str, Fraction]:
    """Return the share of the weight that each unit of a category gets.

    Parameters
    ----------
    indicator : SchemeIndicator
        With a normalisation and all numbers that it needs.
    values : mapping of str to Fraction
        By unit; units without a value are not there.
    pace : Fraction
        See `pace_of`.

    Returns
    -------
    dict of str to Fraction
        Between 0 and 1.
    """
    if not values:
        return {}
    measure = _MEASURES[way_of(indicator)](indicator, values, marks_of(indicator, pace))
    return {unit: _within(measure(value)) for unit, value in values.items()}


def way_of(indicator: SchemeIndicator) -> Normalisation:
    """Return the normalisation of a line of a scheme in use."""
    if indicator.normalisation is None:
        raise ValueError(f"{indicator.key} has no normalisation")
    return indicator.normalisation


Measure = Callable[[Fraction], Fraction]
_Making = Callable[[SchemeIndicator, Mapping[str, Fraction], Marks], Measure]


def _within(share: Fraction) -> Fraction:
    return min(max(share, Fraction(0)), Fraction(1))


def _is_higher(indicator: SchemeIndicator) -> bool:
    return indicator.direction is Direction.HIGHER


def _direct(indicator: SchemeIndicator, _values: Mapping[str, Fraction], marks: Marks) -> Measure:
    """Own value over the full mark; what is left of it where lower is better."""
    full = _known(marks.best)
    if _is_higher(indicator):
        return lambda value: value / full
    return lambda value: 1 - value / full


def _own_best(indicator: SchemeIndicator, values: Mapping[str, Fraction], _marks: Marks) -> Measure:
    """Own value over the best of the category; the other way round where lower is better."""
    if _is_higher(indicator):
        best = max(values.values())
        return lambda value: value / best if best > 0 else Fraction(0)
    best = min(values.values())
    # Nobody does better than 0: those who are there get all, the others a share of nothing.
    return lambda value: Fraction(1) if value <= best else max(best, Fraction(0)) / value


def _min_max(indicator: SchemeIndicator, values: Mapping[str, Fraction], marks: Marks) -> Measure:
    """Measure the way from the worst to the best value, the category's where none is fixed."""
    ends = [min(values.values()), max(values.values())]
    worst, best = ends if _is_higher(indicator) else reversed(ends)
    worst = worst if marks.worst is None else marks.worst
    best = best if marks.best is None else marks.best
    if best == worst:
        # Nobody is behind anybody.
        return lambda _value: Fraction(1)
    if (best > worst) is not _is_higher(indicator):
        # A fixed end that even the best of the category does not reach.
        return lambda _value: Fraction(0)
    return lambda value: (value - worst) / (best - worst)


def _rank(indicator: SchemeIndicator, values: Mapping[str, Fraction], _marks: Marks) -> Measure:
    """Give the first all; each place below costs the step, equal values share a place."""
    step = _known(indicator.step)
    ranks = ranks_of(values, is_higher=_is_higher(indicator))
    by_value = {value: ranks[unit] for unit, value in values.items()}
    return lambda value: 1 - step * (by_value[value] - 1)


def _z(indicator: SchemeIndicator, values: Mapping[str, Fraction], _marks: Marks) -> Measure:
    """Give the declared centre, and so much more for each standard deviation above the mean."""
    centre, spread = _known(indicator.centre), _known(indicator.spread)
    mean = sum(values.values(), Fraction(0)) / len(values)
    variance = sum(((value - mean) ** 2 for value in values.values()), Fraction(0)) / len(values)
    deviation = root(variance)
    sign = 1 if _is_higher(indicator) else -1
    if deviation == 0:
        return lambda _value: centre
    return lambda value: centre + spread * sign * (value - mean) / deviation


def _target(indicator: SchemeIndicator, _values: Mapping[str, Fraction], marks: Marks) -> Measure:
    """How much of the way to the target is done."""
    target = _known(marks.best)
    if not _is_higher(indicator) and marks.worst is None:
        return lambda value: target / value if value > target else Fraction(1)
    worst = marks.worst or Fraction(0)
    return lambda value: (value - worst) / (target - worst)


def _bands(indicator: SchemeIndicator, _values: Mapping[str, Fraction], marks: Marks) -> Measure:
    """Give the share of the first band that the value reaches; none below the last."""

    def measure(value: Fraction) -> Fraction:
        for bound, share in marks.bands:
            if value >= bound if _is_higher(indicator) else value <= bound:
                return share
        return Fraction(0)

    return measure


_MEASURES: Final[Mapping[Normalisation, _Making]] = {
    Normalisation.DIRECT: _direct,
    Normalisation.OWN_BEST: _own_best,
    Normalisation.MIN_MAX: _min_max,
    Normalisation.RANK: _rank,
    Normalisation.Z: _z,
    Normalisation.TARGET: _target,
    Normalisation.BANDS: _bands,
}


def ranks_of(values: Mapping[str, Fraction], *, is_higher: bool = True) -> dict[str, int]:
    """Return the rank of each unit; equal values share the better one (1, 1, 3)."""
    ordered = sorted(values.values(), reverse=is_higher)
    first: dict[Fraction, int] = {}
    for place, value in enumerate(ordered, start=1):
        first.setdefault(value, place)
    return {unit: first[value] for unit, value in values.items()}


def root(number: Fraction) -> Fraction:
    """Return the square root, cut after twelve decimals."""
    scaled = number * _ROOT_SCALE**2
    return Fraction(isqrt(scaled.numerator // scaled.denominator), _ROOT_SCALE)


def _known(number: Fraction | None) -> Fraction:
    if number is None:
        raise ValueError("a number of this indicator is not filled in")
    return number

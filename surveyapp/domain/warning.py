"""Early warning (预警): what is near its deadline, behind its trajectory, or overdue.

Three things are watched: values that are due, indicators that have a target for the part of the
year that is over, and matters being put right. A warning is a reason to send a slip; nothing
follows from it by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final

from surveyapp.domain.normalising import marks_of, pace_of
from surveyapp.domain.periods import Period
from surveyapp.domain.scheme import Direction, Normalisation, Scheme, SchemeIndicator
from surveyapp.domain.slips import Colour
from surveyapp.domain.text import Text

GRACE: Final = timedelta(days=10)
"""How long after the end of a period its values may come."""


class Urgency(StrEnum):
    """How pressing it is, the mildest first."""

    NEAR = "near"
    BEHIND = "behind"
    OVERDUE = "overdue"


URGENCY_NAMES: Mapping[Urgency, Text] = {
    Urgency.NEAR: Text("临期", "Near its deadline"),
    Urgency.BEHIND: Text("滞后", "Behind"),
    Urgency.OVERDUE: Text("逾期", "Overdue"),
}

COLOURS: Mapping[Urgency, Colour] = {
    Urgency.NEAR: Colour.BLUE,
    Urgency.BEHIND: Colour.YELLOW,
    Urgency.OVERDUE: Colour.RED,
}
"""The slip each of them calls for."""


@dataclass(frozen=True, slots=True)
class Reporting:
    """How far the reporting of an indicator for a period is: the units still missing."""

    indicator: SchemeIndicator
    period: Period
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ValueWarning:
    """A value that is due and has not come.

    Attributes
    ----------
    due_on : date
        Until when it may come.
    units : tuple of str
        For which units it is missing.
    """

    urgency: Urgency
    indicator: SchemeIndicator
    period: Period
    due_on: date
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PaceWarning:
    """An indicator of a unit that is behind its target for the part of the year that is over.

    Attributes
    ----------
    value, expected : Fraction
        What has accumulated, and what should have by now.
    """

    indicator: SchemeIndicator
    unit: str
    name: str
    value: Fraction
    expected: Fraction


def value_warnings(progress: Iterable[Reporting], today: date) -> list[ValueWarning]:
    """Return the values of periods that are over and have not come, the longest missing first."""
    found = []
    for one in progress:
        due_on = one.period.last_day + GRACE
        if one.missing and today > one.period.last_day:
            urgency = Urgency.OVERDUE if today > due_on else Urgency.NEAR
            found.append(ValueWarning(urgency, one.indicator, one.period, due_on, one.missing))
    return sorted(found, key=lambda one: (one.due_on, one.indicator.key))


def pace_warnings(
    scheme: Scheme, period: Period, units: Sequence[Mapping[str, Any]]
) -> list[PaceWarning]:
    """Return who is behind its targets, the furthest behind first.

    Parameters
    ----------
    units : sequence of mapping
        Of the result of a run, see `surveyapp.domain.score_document`.

    Notes
    -----
    Only indicators that are measured against a target (``target``) have a trajectory: best × pace,
    where pace is the declared one, else the share of the year that is over for what is summed up.
    """
    found = []
    for unit in units:
        for term in unit["terms"]:
            indicator = scheme.indicator(term["indicator"])
            expected = _expected(indicator, period)
            if expected is None or term["value"] is None:
                continue
            value = Fraction(term["value"])
            if _is_behind(indicator, value, expected):
                found.append(PaceWarning(indicator, unit["unit"], unit["name"], value, expected))
    return sorted(found, key=_distance, reverse=True)


def _expected(indicator: SchemeIndicator, period: Period) -> Fraction | None:
    if indicator.normalisation is not Normalisation.TARGET:
        return None
    parts = len(period.up_to(indicator.every))
    return marks_of(indicator, pace_of(indicator, parts)).best if parts else None


def _is_behind(indicator: SchemeIndicator, value: Fraction, expected: Fraction) -> bool:
    return value < expected if indicator.direction is Direction.HIGHER else value > expected


def _distance(one: PaceWarning) -> Fraction:
    """Return how far behind it is, as a share of what is expected."""
    return abs(one.value - one.expected) / abs(one.expected) if one.expected else Fraction(1)

"""Rates from month to month or day to day, with control limits and alerts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from surveyapp.domain.messages import Message, message
from surveyapp.domain.rates import Quantity
from surveyapp.domain.review_counts import ReviewCount, Volume, count
from surveyapp.services.reviews.groups import Group, Rating
from surveyapp.stats.control import IMPLAUSIBLE, Signal, is_implausibly_good, share_chart

LEAST_POINTS = 3
"""Limits made from fewer points say nothing."""

DAYS_SHOWN_SINGLY = 62


class Step(StrEnum):
    """What one point of a trend stands for."""

    MONTH = "month"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Point:
    """One month or day.

    Attributes
    ----------
    begins : date
        First day of it.
    good, n : int
        Good ones among the first reviews given.
    value, low, high : float
        Share, and its control limits; limits are None where there are too few points.
    signal : Signal or None
        On which side of its limits it lies.
    """

    begins: date
    good: int
    n: int
    value: float
    low: float | None
    high: float | None
    signal: Signal | None


@dataclass(frozen=True, slots=True)
class Trend:
    """The rate of good reviews over time, beside its usual value."""

    step: Step
    centre: float | None
    points: tuple[Point, ...]

    @property
    def has_limits(self) -> bool:
        """Whether there are enough points for control limits."""
        return len(self.points) >= LEAST_POINTS


def trend_of(rating: Rating, by_day: Iterable[ReviewCount], step: Step | None = None) -> Trend:
    """Make a p-chart of the good ones among the reviews given.

    Parameters
    ----------
    by_day : iterable of ReviewCount
        Counted by day.
    step : Step, optional
        Default: days for up to two months, otherwise months.
    """
    rows = [(row.day, row) for row in by_day if row.day is not None]
    if step is None:
        days = [day for day, _ in rows]
        is_long = bool(days) and (max(days) - min(days)).days >= DAYS_SHOWN_SINGLY
        step = Step.MONTH if is_long else Step.DAY
    begins = _beginning(step)
    parts: defaultdict[date, list[ReviewCount]] = defaultdict(list)
    for day, row in rows:
        parts[begins(day)].append(row)
    counts = []
    for first in sorted(parts):
        counted = count(rating.scale, rating.bad, parts[first], (), Volume()).quantities
        if counted[Quantity.ACTIVE]:
            counts.append(
                (first, int(counted[Quantity.ACTIVE_GOOD]), int(counted[Quantity.ACTIVE]))
            )
    return _chart(step, counts)


def _beginning(step: Step) -> Callable[[date], date]:
    return (lambda day: day.replace(day=1)) if step is Step.MONTH else (lambda day: day)


def _chart(step: Step, counts: Sequence[tuple[date, int, int]]) -> Trend:
    if len(counts) < LEAST_POINTS:
        points = [Point(first, good, n, good / n, None, None, None) for first, good, n in counts]
        return Trend(step, None, tuple(points))
    chart = share_chart([good for _, good, _ in counts], [n for _, _, n in counts])
    return Trend(
        step,
        chart.centre,
        tuple(
            Point(first, good, n, point.value, point.low, point.high, point.signal)
            for (first, good, n), point in zip(counts, chart.points, strict=True)
        ),
    )


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that wants a look: a figure outside its limits, up or down."""

    text: Message
    is_good: bool


def alerts_of(trend: Trend, whole: Group, parts: Iterable[Group]) -> tuple[Alert, ...]:
    """Name points outside their limits, and rates too good to be believed.

    Parameters
    ----------
    parts : iterable of Group
        Units or what else is compared.
    """
    found = []
    for point in trend.points:
        if point.signal is Signal.LOW:
            found.append(
                Alert(
                    message(
                        "%(when)s: %(percent)s %% good, below the control limit of %(limit)s %%.",
                        when=_when(trend.step, point.begins),
                        percent=f"{100 * point.value:.1f}",
                        limit=f"{100 * (point.low or 0):.1f}",
                    ),
                    is_good=False,
                )
            )
        elif point.signal is Signal.HIGH:
            found.append(
                Alert(
                    message(
                        "%(when)s: %(percent)s %% good, above the control limit of %(limit)s %%:"
                        " look whether anybody was prompted.",
                        when=_when(trend.step, point.begins),
                        percent=f"{100 * point.value:.1f}",
                        limit=f"{100 * (point.high or 0):.1f}",
                    ),
                    is_good=True,
                )
            )
    found += [_implausible(group) for group in (whole, *parts) if _is_implausible(group)]
    return tuple(found)


def _when(step: Step, begins: date) -> str:
    return f"{begins:%Y-%m}" if step is Step.MONTH else begins.isoformat()


def _good(group: Group) -> int:
    return int(group.rate("active_good").numerator or 0)


def _is_implausible(group: Group) -> bool:
    return is_implausibly_good(_good(group), group.n)


def _implausible(group: Group) -> Alert:
    return Alert(
        message(
            "%(what)s: %(good)s of %(n)s reviews are good, surely more than %(limit)s %%."
            " So good a rate is not believed unseen: look whether anybody was prompted.",
            what=group.label,
            good=_good(group),
            n=group.n,
            limit=f"{100 * IMPLAUSIBLE:.1f}",
        ),
        is_good=True,
    )

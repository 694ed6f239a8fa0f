"""Working days as Chinese offices count them: weekends, holidays and shifted working weekends.

A period of n working days begins with the working day after the day it runs from and ends at 24:00
of its last one. Holidays of a coming year are announced each November; a day that reaches into a
year nobody has entered yet is counted on weekends alone and is provisional.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class DueDay:
    """The last day of a period; provisional where it reaches into a year not known yet."""

    day: date
    is_provisional: bool


@dataclass(frozen=True, slots=True)
class Calendar:
    """What is known of working days.

    Attributes
    ----------
    years : frozenset of int
        Years whose holidays are known.
    special : mapping of date to bool
        Days that are not what their weekday says: False for a holiday (节假日), True for a working
        weekend (调休上班).
    """

    years: frozenset[int]
    special: Mapping[date, bool]

    def is_working(self, day: date) -> bool:
        """Whether offices work on a day; by weekday alone in a year not known."""
        return self.special.get(day, day.weekday() < _SATURDAY)

    def after(self, day: date, n: int) -> DueDay:
        """Return the n-th working day after `day`.

        Parameters
        ----------
        n : int
            At least 0; with 0 the period ends on `day` itself.
        """
        known = True
        left = n
        while left > 0:
            day += _DAY
            known = known and day.year in self.years
            left -= self.is_working(day)
        return DueDay(day, not known)

    def between(self, start: date, end: date) -> int:
        """Return how many working days there are after `start` up to and including `end`."""
        days = (start + _DAY * n for n in range(1, (end - start).days + 1))
        return sum(map(self.is_working, days))

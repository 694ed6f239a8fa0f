"""What the calendar of working days means to cases: days left, and what a new year moves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from surveyapp.domain.case import Clock
from surveyapp.domain.workdays import Calendar
from surveyapp.services.cases.calendar import SpecialDay, WorkCalendar, require_days
from surveyapp.storage.case_lists import CaseLists, CaseQuery
from surveyapp.storage.database import Database

NOTICE_MONTH = 11
"""In November the State Council announces the holidays of the coming year."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A provisional deadline, and what it becomes."""

    number: str
    due_on: date
    becomes: date
    is_provisional: bool


@dataclass(frozen=True, slots=True)
class YearPreview:
    """What entering a year would do; nothing is stored yet.

    Attributes
    ----------
    days : tuple of SpecialDay
        In order.
    replaces : bool
        The year is known already.
    moved, settled : tuple of Moved
        Provisional deadlines that change, and those that stay on their day and become certain.
    """

    year: int
    days: tuple[SpecialDay, ...]
    replaces: bool
    moved: tuple[Moved, ...]
    settled: tuple[Moved, ...]


class CaseCalendar:
    """Use cases of the page about the calendar."""

    def __init__(
        self,
        database: Database,
        calendar: WorkCalendar,
        now: Callable[[], datetime],
        timezone: tzinfo,
    ) -> None:
        self._database = database
        self._calendar = calendar
        self._now = now
        self._timezone = timezone

    def today(self) -> date:
        """Return the office's day."""
        return self._now().astimezone(self._timezone).date()

    def left(self, days: Iterable[date]) -> dict[date, int]:
        """Return how many working days are left until the end of each day.

        0 for today and for a day with only days off before it; negative for days that are past.
        """
        today = self.today()
        with self._database.reading() as work:
            calendar = self._calendar.calendar(work)
        return {
            day: calendar.between(today, day) if day >= today else -calendar.between(day, today)
            for day in days
        }

    def missing_year(self) -> int | None:
        """Return the coming year when its holidays are announced and nobody has entered them."""
        today = self.today()
        with self._database.reading() as work:
            years = self._calendar.calendar(work).years
        if today.year not in years:
            return today.year
        coming = today.year + 1
        return coming if today.month >= NOTICE_MONTH and coming not in years else None

    def preview(self, year: int, days: Sequence[SpecialDay]) -> YearPreview:
        """Say what entering a year would do.

        Raises
        ------
        BadInput
            The days cannot be those of the year.
        """
        require_days(year, days)
        with self._database.reading() as work:
            known = self._calendar.calendar(work)
            special = _without(known.special, year) | {one.day: one.is_working for one in days}
            fresh = Calendar(known.years | {year}, special)
            provisional = CaseLists(work).all(CaseQuery(is_provisional=True))
            moves = [
                (
                    record.number,
                    record.due_on,
                    Clock(record.clock_since, record.clock_days, record.due_on, True).again(fresh),
                )
                for record in provisional
                if record.due_on is not None and record.clock_since is not None
            ]
        changed = [
            Moved(number, before, after.due_on, after.is_provisional)
            for number, before, after in moves
        ]
        return YearPreview(
            year=year,
            days=tuple(sorted(days, key=lambda one: one.day)),
            replaces=year in known.years,
            moved=tuple(one for one in changed if one.becomes != one.due_on),
            settled=tuple(
                one for one in changed if one.becomes == one.due_on and not one.is_provisional
            ),
        )


def _without(special: Mapping[date, bool], year: int) -> dict[date, bool]:
    return {day: working for day, working in special.items() if day.year != year}

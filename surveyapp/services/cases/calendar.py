"""The calendar of working days: what the package knows, and what the office entered itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

import chinese_calendar

from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Actor
from surveyapp.domain.workdays import Calendar, DueDay
from surveyapp.services.auditing import record_event
from surveyapp.services.cases.calendar_files import read_days
from surveyapp.storage.calendar import CalendarRepository
from surveyapp.storage.case_records import CalendarDayRecord, CalendarYearRecord
from surveyapp.storage.database import Database, Work

PACKAGE_SOURCE = f"chinesecalendar {chinese_calendar.__version__}"
FIRST_YEAR = 2004
LAST_YEAR = 2100
SOURCE_LENGTH = 200
NAME_LENGTH = 64
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that is not what its weekday says: a holiday, or a shifted working weekend (调休)."""

    day: date
    is_working: bool
    name: str


@dataclass(frozen=True, slots=True)
class KnownYear:
    """A year of the calendar.

    Attributes
    ----------
    source : str
        The package, or what the office named.
    entered_by : str or None
        None for the package.
    """

    year: int
    source: str
    entered_by: str | None
    entered_at: datetime | None
    days: tuple[SpecialDay, ...]


class WorkCalendar:
    """Use cases around working days.

    Parameters
    ----------
    package : Calendar, optional
        What is known without the office; the data of `chinesecalendar` where none is given.
    """

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime],
        *,
        package: Calendar | None = None,
    ) -> None:
        self._database = database
        self._now = now
        self._package = package or package_calendar()

    def calendar(self, work: Work) -> Calendar:
        """Return everything known, in the transaction of a larger change.

        A year that the office entered replaces the package's.
        """
        repository = CalendarRepository(work)
        entered = frozenset(record.year for record in repository.years())
        special = {
            day: working
            for day, working in self._package.special.items()
            if day.year not in entered
        }
        special |= {record.day: record.is_working for record in repository.days()}
        return Calendar(self._package.years | entered, special)

    def after(self, day: date, n: int) -> DueDay:
        """Return the n-th working day after a day; provisional in a year not known."""
        with self._database.reading() as work:
            return self.calendar(work).after(day, n)

    def is_working(self, day: date) -> bool:
        """Whether offices work on a day."""
        with self._database.reading() as work:
            return self.calendar(work).is_working(day)

    def years(self) -> list[KnownYear]:
        """Return every year that is known, the newest first."""
        with self._database.reading() as work:
            repository = CalendarRepository(work)
            entered = {record.year: record for record in repository.years()}
            days: dict[int, list[SpecialDay]] = {}
            for record in repository.days():
                days.setdefault(record.day.year, []).append(
                    SpecialDay(record.day, record.is_working, record.name)
                )
        known = {
            year: KnownYear(
                year, record.source, record.entered_by, record.entered_at, tuple(days.get(year, ()))
            )
            for year, record in entered.items()
        }
        for year in self._package.years - known.keys():
            known[year] = KnownYear(year, PACKAGE_SOURCE, None, None, self._of_package(year))
        return [known[year] for year in sorted(known, reverse=True)]

    def put_year(
        self, year: int, days: Sequence[SpecialDay], source: str, actor: Actor
    ) -> KnownYear:
        """Enter a year's holidays and shifted working weekends; an earlier entry gives way.

        Deadlines that were provisional are computed anew by the next ``cases tick``.

        Parameters
        ----------
        source : str
            The notice the days were taken from.

        Raises
        ------
        BadInput
            A day of another year, twice, or one that is what its weekday says anyway; no day or
            no source at all.
        """
        source = " ".join(source.split())
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise BadInput(
                message(
                    "Enter a year from %(first)s to %(last)s.", first=FIRST_YEAR, last=LAST_YEAR
                )
            )
        if not 1 <= len(source) <= SOURCE_LENGTH:
            raise BadInput(message("Name the notice that the days were taken from."))
        require_days(year, days)
        now = self._now()
        with self._database.writing() as work:
            CalendarRepository(work).put_year(
                CalendarYearRecord(year=year, source=source, entered_by=actor.name, entered_at=now),
                [
                    CalendarDayRecord(day=one.day, is_working=one.is_working, name=one.name)
                    for one in days
                ],
            )
            detail = {"source": source, "days": len(days)}
            record_event(work, actor, "calendar.put", str(year), detail, now=now)
        ordered = tuple(sorted(days, key=lambda one: one.day))
        return KnownYear(year, source, actor.name, now, ordered)

    def import_year(self, path: Path, year: int, source: str, actor: Actor) -> KnownYear:
        """Enter a year from a table with the columns day, kind (holiday or workday) and name.

        Raises
        ------
        BadInput
            The file or one of its rows cannot be used; the sentence names the line.
        """
        days = [SpecialDay(*row) for row in read_days(path)]
        return self.put_year(year, days, source, actor)

    def _of_package(self, year: int) -> tuple[SpecialDay, ...]:
        names = package_names()
        return tuple(
            SpecialDay(day, working, names.get(day, ""))
            for day, working in sorted(self._package.special.items())
            if day.year == year
        )


def require_days(year: int, days: Sequence[SpecialDay]) -> None:
    """Refuse days that cannot be the special days of a year; see `WorkCalendar.put_year`.

    Raises
    ------
    BadInput
    """
    if not days:
        raise BadInput(message("Enter at least one holiday of the year."))
    seen: set[date] = set()
    for one in days:
        if one.day.year != year:
            raise BadInput(message("%(day)s is no day of %(year)s.", day=one.day, year=year))
        if one.day in seen:
            raise BadInput(message("%(day)s is named twice.", day=one.day))
        if one.is_working and one.day.weekday() < _SATURDAY:
            raise BadInput(
                message("%(day)s is no weekend: only a weekend becomes a working day.", day=one.day)
            )
        if len(one.name) > NAME_LENGTH:
            raise BadInput(message("The name of %(day)s is too long.", day=one.day))
        seen.add(one.day)


@cache
def package_calendar() -> Calendar:
    """Return what the package knows."""
    special = dict.fromkeys(chinese_calendar.holidays, False)
    special |= dict.fromkeys(chinese_calendar.workdays, True)
    return Calendar(frozenset(day.year for day in special), special)


@cache
def package_names() -> Mapping[date, str]:
    """Return the Chinese names of the package's holidays and of what working days make up for."""
    names = {str(holiday.value): str(holiday.chinese) for holiday in chinese_calendar.Holiday}
    known = dict(chinese_calendar.holidays) | dict(chinese_calendar.workdays)
    return {day: str(names.get(name, name)) for day, name in known.items()}

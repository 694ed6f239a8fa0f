"""Years of the working calendar that the office entered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select

from surveyapp.storage.case_records import CalendarDayRecord, CalendarYearRecord
from surveyapp.storage.database import Work


@dataclass(frozen=True, slots=True)
class CalendarRepository:
    """The calendar in one transaction."""

    work: Work

    def years(self) -> Sequence[CalendarYearRecord]:
        """Return the years that were entered."""
        return self.work.session.scalars(select(CalendarYearRecord)).all()

    def days(self) -> Sequence[CalendarDayRecord]:
        """Return their special days in order."""
        query = select(CalendarDayRecord).order_by(CalendarDayRecord.day)
        return self.work.session.scalars(query).all()

    def put_year(self, year: CalendarYearRecord, days: Sequence[CalendarDayRecord]) -> None:
        """Store a year; what was entered for it before goes."""
        first, last = date(year.year, 1, 1), date(year.year, 12, 31)
        session = self.work.session
        session.execute(delete(CalendarDayRecord).where(CalendarDayRecord.day.between(first, last)))
        session.merge(year)
        session.add_all(days)

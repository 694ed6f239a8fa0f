"""Periods of an assessment: a month (2026-03), a quarter (2026Q1), a half (2026H1), a year."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Final

from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message
from surveyapp.domain.text import Text

_WRITTEN: Final = re.compile(r"(\d{4})(?:-(\d{2})|([QH])(\d))?", re.ASCII)
_YEARS: Final = range(1949, 2200)


class Length(IntEnum):
    """How many months a period has."""

    MONTH = 1
    QUARTER = 3
    HALF = 6
    YEAR = 12


@dataclass(frozen=True, slots=True)
class Period:
    """A month, quarter, half or year.

    Attributes
    ----------
    number : int
        From 1 on inside the year: the month, the quarter, the half; 1 for a year.
    """

    year: int
    length: Length
    number: int

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read a period.

        Raises
        ------
        BadInput
        """
        found = _WRITTEN.fullmatch(text.strip().upper())
        if found is not None and int(found[1]) in _YEARS:
            year, month, letter, part = found.groups()
            length = {None: Length.YEAR, "Q": Length.QUARTER, "H": Length.HALF}[letter]
            length = Length.MONTH if month else length
            number = int(month or part or 1)
            if 1 <= number <= Length.YEAR // length:
                return cls(int(year), length, number)
        raise BadInput(
            message(
                "“%(text)s” is no period: write a month as 2026-03, a quarter as 2026Q1, a half"
                " year as 2026H1, a year as 2026.",
                text=text[:40],
            )
        )

    def __str__(self) -> str:
        """Write it the way `parse` reads it."""
        match self.length:
            case Length.MONTH:
                return f"{self.year}-{self.number:02d}"
            case Length.YEAR:
                return str(self.year)
            case _:
                return f"{self.year}{'Q' if self.length is Length.QUARTER else 'H'}{self.number}"

    @property
    def title(self) -> Text:
        """Return what people call it."""
        match self.length:
            case Length.MONTH:
                return Text(
                    f"{self.year}年{self.number}月",
                    f"{calendar.month_name[self.number]} {self.year}",
                )
            case Length.QUARTER:
                return Text(
                    f"{self.year}年第{'一二三四'[self.number - 1]}季度",
                    f"Quarter {self.number} of {self.year}",
                )
            case Length.HALF:
                return Text(
                    f"{self.year}年{'上下'[self.number - 1]}半年",
                    f"Half {self.number} of {self.year}",
                )
            case _:
                return Text(f"{self.year}年度", f"Year {self.year}")

    @property
    def first_month(self) -> int:
        """Its first month, 1 to 12."""
        return (self.number - 1) * self.length + 1

    @property
    def last_month(self) -> int:
        """Its last month, 1 to 12."""
        return self.number * self.length

    @property
    def first_day(self) -> date:
        """Its first day."""
        return date(self.year, self.first_month, 1)

    @property
    def last_day(self) -> date:
        """Its last day."""
        month = self.last_month
        return date(self.year, month, calendar.monthrange(self.year, month)[1])

    def covers(self, other: Period) -> bool:
        """Whether all of another period lies inside this one."""
        return (
            self.year == other.year
            and self.first_month <= other.first_month
            and other.last_month <= self.last_month
        )

    def before(self) -> Period:
        """Return the period of the same length before this one."""
        if self.number > 1:
            return Period(self.year, self.length, self.number - 1)
        return Period(self.year - 1, self.length, Length.YEAR // self.length)

    def parts(self, length: Length) -> tuple[Period, ...]:
        """Return the shorter periods it consists of, in order; itself where they are as long.

        Raises
        ------
        ValueError
            They are longer than this one.
        """
        if length > self.length:
            raise ValueError(f"{self} is shorter than {length.name}")
        first = (self.first_month - 1) // length
        return tuple(Period(self.year, length, first + n + 1) for n in range(self.length // length))

    def up_to(self, length: Length) -> tuple[Period, ...]:
        """Return the shorter periods of the year up to its end: what has accumulated (动态累积)."""
        return tuple(Period(self.year, length, n + 1) for n in range(self.last_month // length))

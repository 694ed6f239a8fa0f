"""Written orders about a case (交办单、督办单): one for one matter (一事一单).

White hands a case over; blue reminds at 80 % of the time; yellow warns on expiry; red supervises
when further working days have passed. The colour always stands there in words too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from surveyapp.domain.case import Clock
from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message
from surveyapp.domain.text import Text
from surveyapp.domain.workdays import Calendar

MAXIMUM_PEOPLE = 999
NOTE_LENGTH = 500
_DAY = timedelta(days=1)


class Colour(StrEnum):
    """Kinds of slips, the mildest first."""

    WHITE = "white"
    BLUE = "blue"
    YELLOW = "yellow"
    RED = "red"


class Conclusion(StrEnum):
    """What becomes of a slip (结论)."""

    SETTLED = "settled"
    RETURNED = "returned"


COLOUR_NAMES: Mapping[Colour, Text] = {
    Colour.WHITE: Text("交办单", "Order"),
    Colour.BLUE: Text("蓝色提醒", "Blue reminder"),
    Colour.YELLOW: Text("黄色预警", "Yellow warning"),
    Colour.RED: Text("红色督办", "Red supervision"),
}

CONCLUSION_NAMES: Mapping[Conclusion, Text] = {
    Conclusion.SETTLED: Text("销号", "Settled"),
    Conclusion.RETURNED: Text("退回", "Returned"),
}


def number_of(year: int, serial: int) -> str:
    """Return the number as it is printed, for example 督办〔2026〕1号."""
    return f"督办〔{year}〕{serial}号"


@dataclass(frozen=True, slots=True)
class Mark:
    """From which day on a colour is due."""

    colour: Colour
    day: date


def marks(clock: Clock, calendar: Calendar, red_days: int) -> tuple[Mark, ...]:
    """Return when a clock brings which slip, the earliest first.

    Parameters
    ----------
    red_days : int
        Working days after expiry until the red slip.

    Notes
    -----
    Blue is due on the working day by whose end four fifths of the time have passed: day
    ``ceil(0.8 n)`` of n; of one day that is this day itself.
    """
    days = calendar.between(clock.since, clock.due_on)
    return (
        Mark(Colour.BLUE, min(calendar.after(clock.since, -(-4 * days // 5)).day, clock.due_on)),
        Mark(Colour.YELLOW, clock.due_on + _DAY),
        Mark(Colour.RED, calendar.after(clock.due_on, red_days).day + _DAY),
    )


def due_colours(clock: Clock, calendar: Calendar, red_days: int, today: date) -> Iterator[Colour]:
    """Yield the slips due on a day; a reminder comes too late once the time has expired."""
    for mark in marks(clock, calendar, red_days):
        if mark.day <= today and not (mark.colour is Colour.BLUE and today > clock.due_on):
            yield mark.colour


def next_mark(clock: Clock, calendar: Calendar, red_days: int, today: date) -> date | None:
    """Return the next day after `today` on which a slip becomes due."""
    days = (mark.day for mark in marks(clock, calendar, red_days))
    return min((day for day in days if day > today), default=None)


@dataclass(frozen=True, slots=True)
class Consequences:
    """What a slip led to: people talked to (约谈) and dealt with (组织处理)."""

    talks: int
    sanctions: int
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse numbers and notes that cannot be."""
        if not (0 <= self.talks <= MAXIMUM_PEOPLE and 0 <= self.sanctions <= MAXIMUM_PEOPLE):
            raise BadInput(message("Enter whole numbers of people from 0 to 999."))
        if len(self.note) > NOTE_LENGTH:
            raise BadInput(message("The note may have at most %(n)s characters.", n=NOTE_LENGTH))

"""Slips: which colour is due when, and what may be recorded with one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from surveyapp.domain.case import Clock
from surveyapp.domain.errors import BadInput
from surveyapp.domain.slips import (
    COLOUR_NAMES,
    CONCLUSION_NAMES,
    Colour,
    Conclusion,
    Consequences,
    Mark,
    due_colours,
    marks,
    next_mark,
    number_of,
)
from surveyapp.services.cases.calendar import package_calendar

CALENDAR = package_calendar()
MONDAY = date(2026, 11, 9)
FIVE = Clock.start(CALENDAR, MONDAY, 5)


def test_five_working_days_remind_on_the_fourth_warn_after_and_supervise_five_days_later() -> None:
    assert marks(FIVE, CALENDAR, 5) == (
        Mark(Colour.BLUE, date(2026, 11, 13)),
        Mark(Colour.YELLOW, date(2026, 11, 17)),
        Mark(Colour.RED, date(2026, 11, 24)),
    )


@pytest.mark.parametrize(("days", "blue"), [(1, 1), (2, 2), (3, 3), (4, 4), (5, 4), (15, 12)])
def test_the_reminder_is_due_when_four_fifths_of_the_time_have_passed(days: int, blue: int) -> None:
    clock = Clock.start(CALENDAR, MONDAY, days)
    assert marks(clock, CALENDAR, 5)[0].day == CALENDAR.after(MONDAY, blue).day


def test_a_named_day_on_a_weekend_has_its_reminder_no_later_than_itself() -> None:
    clock = Clock.until(date(2026, 11, 13), date(2026, 11, 14))
    assert marks(clock, CALENDAR, 5)[0] == Mark(Colour.BLUE, date(2026, 11, 13))


@pytest.mark.parametrize(
    ("today", "colours"),
    [
        (date(2026, 11, 12), []),
        (date(2026, 11, 13), [Colour.BLUE]),
        (date(2026, 11, 16), [Colour.BLUE]),
        (date(2026, 11, 17), [Colour.YELLOW]),
        (date(2026, 11, 23), [Colour.YELLOW]),
        (date(2026, 11, 24), [Colour.YELLOW, Colour.RED]),
    ],
)
def test_what_is_due_on_a_day(today: date, colours: list[Colour]) -> None:
    assert list(due_colours(FIVE, CALENDAR, 5, today)) == colours


def test_the_next_mark_lies_after_today_and_ends() -> None:
    days, today = [], MONDAY
    while (day := next_mark(FIVE, CALENDAR, 5, today)) is not None:
        days.append(day)
        today = day
    assert days == [mark.day for mark in marks(FIVE, CALENDAR, 5)]
    assert next_mark(FIVE, CALENDAR, 5, today + timedelta(days=400)) is None


def test_colours_and_conclusions_have_words() -> None:
    assert set(COLOUR_NAMES) == set(Colour)
    assert set(CONCLUSION_NAMES) == set(Conclusion)
    assert number_of(2026, 1) == "督办〔2026〕1号"


@pytest.mark.parametrize(("talks", "sanctions"), [(-1, 0), (0, -1), (1000, 0), (0, 1000)])
def test_impossible_numbers_of_people_are_refused(talks: int, sanctions: int) -> None:
    with pytest.raises(BadInput, match="from 0 to 999"):
        Consequences(talks, sanctions)


def test_a_long_note_is_refused() -> None:
    assert Consequences(1, 0, "约谈").note == "约谈"
    with pytest.raises(BadInput, match="at most 500"):
        Consequences(1, 0, "长" * 501)

"""Working days: weekends, holidays, shifted working weekends, and years nobody knows yet."""

from __future__ import annotations

from datetime import date

import pytest

from surveyapp.domain.workdays import Calendar, DueDay
from surveyapp.services.cases.calendar import package_calendar

EMPTY = Calendar(frozenset({2026}), {})


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2025, 9, 28), True),  # a Sunday worked for the National Day
        (date(2025, 10, 1), False),
        (date(2025, 10, 6), False),  # Mid-Autumn, a Monday
        (date(2025, 10, 8), False),
        (date(2025, 10, 9), True),
        (date(2025, 10, 11), True),  # a Saturday worked for the National Day
        (date(2025, 10, 12), False),
        (date(2026, 2, 14), True),  # a Saturday worked for the Spring Festival
        (date(2026, 2, 16), False),
        (date(2026, 2, 23), False),
        (date(2026, 2, 24), True),
        (date(2026, 2, 28), True),  # a Saturday worked for the Spring Festival
        (date(2026, 9, 20), True),
        (date(2026, 10, 7), False),
        (date(2026, 10, 8), True),
        (date(2026, 10, 10), True),
    ],
)
def test_the_package_knows_holidays_and_shifted_weekends(day: date, working: bool) -> None:
    assert package_calendar().is_working(day) is working


@pytest.mark.parametrize(
    ("received", "n", "due"),
    [
        (date(2025, 9, 30), 1, date(2025, 10, 9)),  # over the whole National Day of 2025
        (date(2025, 9, 30), 5, date(2025, 10, 14)),  # 9, 10, Saturday 11, 13, 14
        (date(2025, 9, 27), 1, date(2025, 9, 28)),  # the working Sunday counts
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 9, 30), 5, date(2026, 10, 13)),  # 8, 9, Saturday 10, 12, 13
        (date(2026, 2, 13), 1, date(2026, 2, 14)),  # Friday; the Saturday is worked
        (date(2026, 2, 13), 5, date(2026, 2, 27)),  # 14, then 24 to 27
        (date(2026, 2, 13), 6, date(2026, 2, 28)),  # the second working Saturday
        (date(2026, 11, 13), 1, date(2026, 11, 16)),  # an ordinary Friday
        (date(2026, 11, 14), 1, date(2026, 11, 16)),  # received on a Saturday
    ],
)
def test_a_period_begins_after_the_day_and_counts_real_working_days(
    received: date, n: int, due: date
) -> None:
    assert package_calendar().after(received, n) == DueDay(due, is_provisional=False)


def test_a_period_of_no_days_ends_on_its_day() -> None:
    assert EMPTY.after(date(2026, 11, 14), 0) == DueDay(date(2026, 11, 14), is_provisional=False)


def test_a_period_that_reaches_into_an_unknown_year_is_provisional_and_skips_weekends() -> None:
    assert EMPTY.after(date(2026, 12, 30), 1) == DueDay(date(2026, 12, 31), is_provisional=False)
    assert EMPTY.after(date(2026, 12, 30), 2) == DueDay(date(2027, 1, 1), is_provisional=True)
    assert EMPTY.after(date(2026, 12, 30), 3) == DueDay(date(2027, 1, 4), is_provisional=True)


def test_a_year_that_becomes_known_moves_the_deadline() -> None:
    known = Calendar(frozenset({2026, 2027}), {date(2027, 1, 1): False, date(2027, 1, 2): True})
    assert known.after(date(2026, 12, 30), 3) == DueDay(date(2027, 1, 4), is_provisional=False)
    assert known.after(date(2026, 12, 30), 2) == DueDay(date(2027, 1, 2), is_provisional=False)


@pytest.mark.parametrize("n", range(30))
def test_between_counts_what_after_goes_forward(n: int) -> None:
    calendar = package_calendar()
    start = date(2026, 9, 15)
    assert calendar.between(start, calendar.after(start, n).day) == n


def test_between_a_day_and_an_earlier_one_is_nothing() -> None:
    assert EMPTY.between(date(2026, 11, 12), date(2026, 11, 9)) == 0

"""Months, quarters, halves and years."""

from __future__ import annotations

from datetime import date

import pytest

from surveyapp.domain.errors import BadInput
from surveyapp.domain.periods import Length, Period


@pytest.mark.parametrize(
    ("text", "zh", "en", "first", "last"),
    [
        ("2026-02", "2026年2月", "February 2026", date(2026, 2, 1), date(2026, 2, 28)),
        ("2026Q3", "2026年第三季度", "Quarter 3 of 2026", date(2026, 7, 1), date(2026, 9, 30)),
        ("2026H2", "2026年下半年", "Half 2 of 2026", date(2026, 7, 1), date(2026, 12, 31)),
        ("2024", "2024年度", "Year 2024", date(2024, 1, 1), date(2024, 12, 31)),
    ],
)
def test_a_period_is_read_and_written(text: str, zh: str, en: str, first: date, last: date) -> None:
    period = Period.parse(f" {text.lower()} ")
    assert str(period) == text
    assert (period.title.zh, period.title.en) == (zh, en)
    assert (period.first_day, period.last_day) == (first, last)


@pytest.mark.parametrize(
    "text",
    ["", "26", "2026-13", "2026-00", "2026Q5", "2026H3", "2026Q0", "0001", "2026-1", "２０２６"],
)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="is no period"):
        Period.parse(text)


def test_periods_lie_inside_each_other() -> None:
    quarter = Period.parse("2026Q2")
    assert quarter.parts(Length.MONTH) == tuple(Period.parse(f"2026-0{n}") for n in (4, 5, 6))
    assert quarter.parts(Length.QUARTER) == (quarter,)
    assert all(quarter.covers(month) for month in quarter.parts(Length.MONTH))
    assert Period.parse("2026").covers(quarter)
    assert not quarter.covers(Period.parse("2026"))
    assert not quarter.covers(Period.parse("2025-04"))
    with pytest.raises(ValueError, match="shorter"):
        quarter.parts(Length.YEAR)


def test_what_came_before_and_what_has_accumulated() -> None:
    assert str(Period.parse("2026Q1").before()) == "2025Q4"
    assert str(Period.parse("2026-03").before()) == "2026-02"
    assert str(Period.parse("2026").before()) == "2025"
    assert [str(one) for one in Period.parse("2026Q2").up_to(Length.QUARTER)] == [
        "2026Q1",
        "2026Q2",
    ]
    assert len(Period.parse("2026-05").up_to(Length.MONTH)) == 5
    assert Period.parse("2026-05").up_to(Length.QUARTER) == (Period.parse("2026Q1"),)

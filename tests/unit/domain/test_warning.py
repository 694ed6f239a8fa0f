"""Early warning: what is near, behind and overdue, by hand."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from surveyapp.domain.periods import Period
from surveyapp.domain.warning import (
    COLOURS,
    URGENCY_NAMES,
    Reporting,
    Urgency,
    pace_warnings,
    value_warnings,
)
from tests.support.schemes import a_scheme, line

SCHEME = a_scheme(
    line("output", 40, normalisation="target", best=120, every="month", accumulation="sum"),
    line("waste", 30, normalisation="target", best=10, worst=20, direction="lower", every="year"),
    line("roads", 30),
)
OUTPUT, WASTE, _ROADS = SCHEME.indicators
MARCH = Period.parse("2026-03")


@pytest.mark.parametrize(
    ("today", "urgency"),
    [
        (date(2026, 3, 31), None),
        (date(2026, 4, 1), Urgency.NEAR),
        (date(2026, 4, 10), Urgency.NEAR),
        (date(2026, 4, 11), Urgency.OVERDUE),
    ],
)
def test_a_value_may_come_for_ten_days(today: date, urgency: Urgency | None) -> None:
    found = value_warnings([Reporting(OUTPUT, MARCH, ("a",))], today)
    assert [one.urgency for one in found] == ([urgency] if urgency else [])


def test_what_has_come_warns_of_nothing_and_the_longest_missing_comes_first() -> None:
    april = Period.parse("2026-04")
    progress = [
        Reporting(OUTPUT, april, ("a", "b")),
        Reporting(OUTPUT, MARCH, ("a",)),
        Reporting(WASTE, MARCH, ()),
    ]
    found = value_warnings(progress, date(2026, 5, 3))
    assert [(one.urgency, str(one.period), one.units) for one in found] == [
        (Urgency.OVERDUE, "2026-03", ("a",)),
        (Urgency.NEAR, "2026-04", ("a", "b")),
    ]


def unit(code: str, **values: str | None) -> dict[str, Any]:
    terms = [{"indicator": key, "value": value} for key, value in values.items()]
    return {"unit": code, "name": f"单位{code}", "terms": terms}


def test_behind_is_measured_against_the_part_of_the_year_that_is_over() -> None:
    units = [
        unit("a", output="29", roads="0"),
        unit("b", output="30"),
        unit("c", output="15"),
        unit("d", output=None),
    ]
    found = pace_warnings(SCHEME, MARCH, units)
    # Ten a month are expected: thirty by the end of March; the furthest behind comes first.
    assert [(one.unit, one.value, one.expected) for one in found] == [
        ("c", Fraction(15), Fraction(30)),
        ("a", Fraction(29), Fraction(30)),
    ]


def test_a_target_that_is_an_upper_limit_is_missed_from_above() -> None:
    units = [unit("a", waste="11"), unit("b", waste="10")]
    found = pace_warnings(SCHEME, Period.parse("2026"), units)
    assert [one.unit for one in found] == ["a"]
    # A yearly value has no trajectory in March.
    assert pace_warnings(SCHEME, MARCH, units) == []


def test_a_target_of_nothing_can_be_missed() -> None:
    scheme = a_scheme(line("accidents", 100, normalisation="target", best=0, worst=5,
                           direction="lower", every="year"))  # fmt: skip
    found = pace_warnings(scheme, Period.parse("2026"), [unit("a", accidents="1")])
    assert [one.expected for one in found] == [0]


def test_every_urgency_has_its_words_and_its_slip() -> None:
    assert set(COLOURS) == set(URGENCY_NAMES) == set(Urgency)

"""What a feedback sheet says of a unit, by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from surveyapp.domain.feedback import (
    CommonProblem,
    SheetLine,
    common_problems,
    shares_by_indicator,
    sheet_lines,
    strengths,
    weaknesses,
)
from tests.support.schemes import a_scheme, line

SCHEME = a_scheme(line("roads", 40), line("air", 30), line("hall", 20), line("late", 10))


def unit(code: str, **shares: str | None) -> dict[str, Any]:
    """A unit as the result of a run has it; the weights are those of the scheme."""
    weights = {"roads": 40, "air": 30, "hall": 20, "late": 10}
    return {
        "unit": code,
        "name": f"单位{code}",
        "terms": [
            {
                "indicator": key,
                "value": share,
                "share": share,
                "weight": str(weights[key]),
                "points": "0" if share is None else str(Fraction(share) * weights[key]),
            }
            for key, share in shares.items()
        ],
    }


UNITS = [
    unit("a", roads="1", air="0.5", hall="0.9", late="0.8"),
    unit("b", roads="0.8", air="0.55", hall="0.7", late=None),
    unit("c", roads="0.6", air="0.4", hall="0.7", late="0.8"),
    unit("d", roads="0.6", air="0.95", hall="0.7", late="0.8"),
]


def lines_of(code: str) -> list[SheetLine]:
    """The lines of one of the units above."""
    found = next(one for one in UNITS if one["unit"] == code)
    return sheet_lines(SCHEME, found, shares_by_indicator(UNITS))


def test_each_indicator_stands_beside_its_peers() -> None:
    roads, air, hall, late = lines_of("a")
    assert (roads.mean, roads.best, roads.place, roads.of) == (Fraction(3, 4), Fraction(1), 1, 4)
    assert roads.gap == Fraction(1, 4)
    assert (air.mean, air.place) == (Fraction(3, 5), 3)
    assert (hall.points, hall.weight) == (Fraction(18), Fraction(20))
    # Of three values the two others could be told from their mean.
    assert (late.mean, late.best, late.gap, late.place, late.of) == (None, None, None, 1, 3)


def test_equal_shares_share_a_place() -> None:
    assert [lines_of(code)[0].place for code in "abcd"] == [1, 2, 3, 3]


def test_what_is_strong_and_what_needs_work() -> None:
    lines = lines_of("a")
    assert [one.indicator.key for one in strengths(lines)] == ["roads", "hall"]
    assert [one.indicator.key for one in weaknesses(lines)] == ["air"]
    lines = lines_of("c")
    assert strengths(lines) == []
    # What costs most points comes first: 18 of 30, 16 of 40, then 6 of 20.
    assert [one.indicator.key for one in weaknesses(lines)] == ["air", "roads", "hall"]


def test_a_missing_value_is_neither_strong_nor_weak() -> None:
    late = lines_of("b")[3]
    assert (late.value, late.share, late.place, late.gap) == (None, None, None, None)
    assert not late.is_strong
    assert not late.is_weak


def test_above_a_poor_mean_is_no_strength() -> None:
    poor = [
        unit(code, roads=share)
        for code, share in zip("abcd", ("0.5", "0.1", "0.1", "0.1"), strict=True)
    ]
    (roads,) = sheet_lines(a_scheme(line("roads", 100)), poor[0], shares_by_indicator(poor))
    assert (roads.is_strong, roads.is_weak) == (False, True)


@pytest.mark.parametrize(
    ("least", "weak", "found"),
    [
        (3, "0.6", {"air": ["c", "a", "b"]}),
        (2, "0.7", {"air": ["c", "a", "b"], "roads": ["c", "d"]}),
        (4, "0.75", {}),
        (4, "1", {"air": ["c", "a", "b", "d"], "hall": ["b", "c", "d", "a"]}),
    ],
)
def test_what_is_weak_in_several_units_is_common(
    least: int, weak: str, found: dict[str, list[str]]
) -> None:
    problems = common_problems(SCHEME, UNITS, least, Fraction(weak))
    assert _codes(problems) == found


def _codes(problems: list[CommonProblem]) -> dict[str, list[str]]:
    return {one.indicator.key: [code for code, _name, _share in one.units] for one in problems}

"""Values to shares, each way by hand, in both directions."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from surveyapp.domain.decimals import exact_text, fixed_text, number_text
from surveyapp.domain.normalising import pace_of, ranks_of, root, shares_of
from surveyapp.domain.scheme import SchemeIndicator
from tests.support.schemes import a_scheme, line

ONE = Fraction(1)
HALF = Fraction(1, 2)


def _line(**more: Any) -> SchemeIndicator:
    return a_scheme(line("a", **more)).indicators[0]


def _shares(*values: object, pace: Fraction = ONE, **more: Any) -> list[Fraction]:
    given = {str(n): Fraction(str(value)) for n, value in enumerate(values)}
    return list(shares_of(_line(**more), given, pace).values())


@pytest.mark.parametrize(
    ("more", "values", "shares"),
    [
        ({"normalisation": "direct", "best": 50}, (25, 60, -1), (HALF, 1, 0)),
        ({"normalisation": "direct", "best": 50, "direction": "lower"}, (25, 60, 0), (HALF, 0, 1)),
        ({"normalisation": "own_best"}, (20, 40, -2), (HALF, 1, 0)),
        ({"normalisation": "own_best"}, (0, 0), (0, 0)),
        ({"normalisation": "own_best", "direction": "lower"}, (20, 40), (1, HALF)),
        ({"normalisation": "own_best", "direction": "lower"}, (0, 40), (1, 0)),
        ({"normalisation": "own_best", "direction": "lower"}, (-1, 40), (1, 0)),
        ({"normalisation": "min_max", "best": None} | {}, (10, 15, 20), (0, HALF, 1)),
        (
            {"normalisation": "min_max", "best": None, "direction": "lower"},
            (10, 15, 20),
            (1, HALF, 0),
        ),
        ({"normalisation": "min_max", "best": None}, (7, 7), (1, 1)),
        ({"normalisation": "min_max", "best": 30, "worst": 10}, (20, 5, 40), (HALF, 0, 1)),
        ({"normalisation": "min_max", "best": None, "worst": 50}, (20, 40), (0, 0)),
        (
            {"normalisation": "rank", "step": "5%"},
            (9, 9, 8, 1),
            (1, 1, Fraction(9, 10), Fraction(17, 20)),
        ),
        ({"normalisation": "rank", "step": "60%"}, (9, 8, 7), (1, Fraction(2, 5), 0)),
        (
            {"normalisation": "rank", "step": "5%", "direction": "lower"},
            (9, 8),
            (Fraction(19, 20), 1),
        ),
        (
            {"normalisation": "z", "centre": "70%", "spread": "0.1"},
            (10, 30),
            (Fraction(3, 5), Fraction(4, 5)),
        ),
        (
            {"normalisation": "z", "centre": "70%", "spread": "0.1", "direction": "lower"},
            (10, 30),
            (Fraction(4, 5), Fraction(3, 5)),
        ),
        ({"normalisation": "z", "centre": "70%", "spread": "0.1"}, (5, 5), (Fraction(7, 10),) * 2),
        ({"normalisation": "target", "best": 8}, (4, 9), (HALF, 1)),
        ({"normalisation": "target", "best": 8, "worst": 4}, (6, 3), (HALF, 0)),
        ({"normalisation": "target", "best": 4, "direction": "lower"}, (8, 3, 4), (HALF, 1, 1)),
        (
            {"normalisation": "target", "best": 4, "worst": 8, "direction": "lower"},
            (6, 9, 2),
            (HALF, 0, 1),
        ),
        (
            {
                "normalisation": "bands",
                "bands": [{"from": 90, "share": 1}, {"from": 60, "share": "50%"}],
            },
            (90, "89.99", 59),
            (1, HALF, 0),
        ),
        (
            {
                "normalisation": "bands",
                "direction": "lower",
                "bands": [{"from": 0, "share": 1}, {"from": 2, "share": "50%"}],
            },
            (0, 1, 2, 3),
            (1, HALF, HALF, 0),
        ),
    ],
)
def test_shares_by_hand(
    more: dict[str, Any], values: tuple[Any, ...], shares: tuple[Any, ...]
) -> None:
    usual = {"best": more.get("best")} if "best" in more else {"best": 100}
    assert _shares(*values, **(usual | more)) == list(shares)


def test_fixed_marks_move_with_the_pace_of_the_year() -> None:
    assert _shares(3, normalisation="target", best=12, pace=Fraction(1, 4)) == [1]
    assert _shares(3, normalisation="target", best=12, worst=0, pace=HALF) == [HALF]
    bands = [{"from": 12, "share": 1}, {"from": 6, "share": "50%"}]
    assert _shares(3, normalisation="bands", bands=bands, pace=Fraction(1, 4)) == [1]


def test_the_pace_is_even_for_sums_and_whole_for_the_rest_unless_it_is_declared() -> None:
    assert pace_of(_line(every="month", accumulation="sum"), 3) == Fraction(1, 4)
    assert pace_of(_line(every="quarter", accumulation="mean"), 1) == 1
    declared = _line(every="quarter", pace=["10%", "30%", "60%", "100%"])
    assert pace_of(declared, 3) == Fraction(3, 5)


def test_nothing_is_measured_where_there_is_nothing() -> None:
    assert shares_of(_line(), {}, ONE) == {}
    with pytest.raises(ValueError, match="no normalisation"):
        _shares(1, normalisation=None)
    with pytest.raises(ValueError, match="not filled in"):
        _shares(1, normalisation="direct", best=None)


def test_equal_values_share_the_better_rank() -> None:
    values = {"a": Fraction(3), "b": Fraction(5), "c": Fraction(5), "d": Fraction(1)}
    assert ranks_of(values) == {"b": 1, "c": 1, "a": 3, "d": 4}
    assert ranks_of(values, is_higher=False) == {"d": 1, "a": 2, "b": 3, "c": 3}


def test_roots_are_cut_after_twelve_decimals() -> None:
    assert root(Fraction(9, 4)) == Fraction(3, 2)
    assert root(Fraction(2)) == Fraction(1_414_213_562_373, 10**12)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Fraction(5, 2), "2.5"),
        (Fraction(-1, 3), "-0.333333"),
        (Fraction(-1, 10**9), "0"),
        (Fraction(7), "7"),
    ],
)
def test_numbers_are_written_as_far_as_they_have_decimals(number: Fraction, text: str) -> None:
    assert number_text(number) == text


def test_numbers_are_rounded_half_up_and_written_exactly_where_asked() -> None:
    assert fixed_text(Fraction(5, 8), 2) == "0.63"
    assert fixed_text(Fraction(-5, 8), 2) == "-0.63"
    assert fixed_text(Fraction(3), 2) == "3.00"
    assert fixed_text(Fraction(5, 2), 0) == "3"
    for number in (Fraction(1, 3), Fraction(1, 1024), Fraction(-87, 20), Fraction(1, 2**300)):
        assert Fraction(exact_text(number)) == number
    assert exact_text(Fraction(-87, 20)) == "-4.35"
    assert exact_text(Fraction(1, 3)) == "1/3"

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import ArrayLike

from surveyapp.stats.cells import Cells, FractionSums, Moments
from surveyapp.stats.design import Design


def test_levels_give_count_mean_and_scatter() -> None:
    # By hand: 2 at 100 and 2 at 50: mean 75, scatter 4 * 25^2. Nobody in the second cell.
    got = Moments.from_levels([[2, 2, 0], [0, 0, 0]], [100, 50, 0])
    assert got.m.tolist() == [4, 0]
    assert got.mean.tolist() == [75, 0]
    assert got.scatter.tolist() == [2500, 0]
    assert got.s1.tolist() == [300, 0]
    assert got.s2.tolist() == [25000, 0]


def test_levels_do_not_cancel_where_raw_sums_do() -> None:
    counts, points = np.array([[1.0, 1.0]]), np.array([1e9, 1e9 + 1])
    assert Moments.from_levels(counts, points).scatter.tolist() == [0.5]


def test_hits_are_the_moments_of_zeros_and_ones() -> None:
    got = Moments.from_hits([3, 0], [4, 0])
    assert got.mean.tolist() == [0.75, 0]
    assert got.scatter.tolist() == [0.75, 0]


def test_more_hits_than_answers_are_refused() -> None:
    with pytest.raises(ValueError, match="more hits than answers"):
        Moments.from_hits([5], [4])


def test_sums_give_the_moments_of_the_rows() -> None:
    got = Moments.from_sums([3, 0], [6, 0], [14, 0])
    assert got.mean.tolist() == [2, 0]
    assert got.scatter.tolist() == [2, 0]


def test_rounding_never_makes_a_scatter_negative() -> None:
    value = 0.1
    assert Moments.from_sums([3], [value + value + value], [3 * value**2]).scatter[0] >= 0


@pytest.mark.parametrize(
    ("m", "s1", "s2", "reason"),
    [
        (2, 4, 1, "s2 is smaller than s1 squared over m"),
        (0, 0, 1, "a cell without answers has a sum"),
        (-1, 0, 0, "m has a negative count"),
    ],
)
def test_sums_that_no_rows_can_have_are_refused(m: int, s1: int, s2: int, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Moments.from_sums([m], [s1], [s2])


def test_fractions_are_the_moments_of_a_over_b_times_the_unit() -> None:
    # Cell 0: 80/2 and 100/2 with b = 1, 300/(2*3) with b = 3; cell 1 has no answers.
    parts = [FractionSums(0, 1, 2, 180, 80**2 + 100**2), FractionSums(0, 3, 1, 300, 300**2)]
    got = Moments.from_fractions(parts, 2, unit=2)
    rows = np.array([40.0, 50.0, 50.0])
    assert got.m.tolist() == [3, 0]
    assert got.mean[0] == pytest.approx(rows.mean())
    assert got.scatter[0] == pytest.approx(((rows - rows.mean()) ** 2).sum())
    assert (got.mean[1], got.scatter[1]) == (0, 0)


def test_fractions_stay_exact_beyond_the_precision_of_floats() -> None:
    a = 10**12
    parts = [FractionSums(0, 1, 2, 2 * a + 1, a**2 + (a + 1) ** 2)]
    assert Moments.from_fractions(parts, 1).scatter.tolist() == [0.5]


def test_no_fractions_at_all_are_cells_without_answers() -> None:
    assert Moments.from_fractions([], 2).m.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (FractionSums(2, 1, 1, 1, 1), "cell 2 is unknown, there are 2"),
        (FractionSums(-1, 1, 1, 1, 1), "cell -1 is unknown"),
        (FractionSums(0, 0, 1, 1, 1), "at least 1"),
        (FractionSums(0, 1, 0, 0, 0), "at least 1"),
        (FractionSums(0, 1, 2, 4, 1), "sum_a2 is smaller"),
    ],
)
def test_fractions_that_cannot_be_are_refused(part: FractionSums, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Moments.from_fractions([part], 2)


def test_a_unit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="unit must be at least 1"):
        Moments.from_fractions([], 1, unit=0)


def test_rows_are_grouped_and_a_missing_answer_does_not_count() -> None:
    got = Moments.from_rows([1, 0, 1, 1], [2.0, 5.0, 4.0, np.nan], 3)
    assert got.m.tolist() == [1, 2, 0]
    assert got.mean.tolist() == [5, 3, 0]
    assert got.scatter.tolist() == [0, 2, 0]


@pytest.mark.parametrize(
    ("cell", "values", "reason"),
    [
        ([0, 1], [1.0], "two vectors of one length"),
        ([[0]], [[1.0]], "two vectors of one length"),
        ([2], [1.0], "unknown cell"),
        ([-1], [1.0], "unknown cell"),
        ([0], [np.inf], "not finite"),
    ],
)
def test_rows_that_do_not_fit_are_refused(cell: ArrayLike, values: ArrayLike, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Moments.from_rows(cell, values, 2)


def test_cells_have_weight_one_unless_told_otherwise() -> None:
    cells = Cells([2, 3])
    assert cells.base_weight.tolist() == [1, 1]
    assert cells.size == 2


def test_a_variable_is_found_by_name_or_taken_as_given() -> None:
    moments = Moments.from_hits([1], [2])
    cells = Cells([2], variables={"used": moments})
    assert cells.moments("used") is moments
    assert cells.moments(moments) is moments
    with pytest.raises(ValueError, match="the cells have no variable 'other'"):
        cells.moments("other")


def test_cells_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(ValueError, match="a base weight is not positive"):
        Cells([1, 1], [1, 0])
    with pytest.raises(ValueError, match="more answers than respondents"):
        Cells([1], variables={"x": Moments.from_hits([1], [2])})
    with pytest.raises(ValueError, match="the variable has 1 cells, 2 expected"):
        Cells([1, 1]).moments(Moments.from_hits([1], [1]))
    with pytest.raises(ValueError, match="stratum has 1 entries, 2 cells expected"):
        Cells([1, 1], design=Design(stratum=["a"]))

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import ArrayLike

from surveyapp.stats.cells import Cells, Moments
from surveyapp.stats.estimates import Estimate, weighted_mean
from surveyapp.stats.totals import (
    Pairs,
    PairSums,
    ratio,
    ratios,
    weighted_total,
    weighted_totals,
)

ROWS = np.array([0, 0, 1, 1])
TOP = np.array([2.0, 4.0, 9.0, 5.0])
BOTTOM = np.array([1.0, 2.0, 3.0, 2.0])


def test_a_total_worked_by_hand() -> None:
    # Weights 10: values 1, 3 sum to 40; V = 2/1 * 10^2 * ((1-2)^2 + (3-2)^2) = 400.
    cells = Cells([2], [10], {"visits": Moments.from_rows([0, 0], [1.0, 3.0], 1)}, grossing=True)
    got = weighted_total(cells, "visits")
    assert (got.value, got.se, got.n, got.df) == (40, 20, 2, 1)
    # s^2 = 2, N = 20: V_srs = 20^2 * 2 * 18 / (20 * 2).
    assert got.deff == pytest.approx(400 / 360)


def test_a_total_of_a_group_counts_everybody_else_as_zero() -> None:
    moments = Moments.from_rows([0, 0], [1.0, 3.0], 2)
    got = weighted_total(Cells([2, 2]), moments, domain=[True, False])
    # Values 1, 3, 0, 0 around 1: 4/3 * (0 + 4 + 1 + 1).
    assert (got.value, got.se) == pytest.approx((4, (4 / 3 * 6) ** 0.5))


def test_a_group_without_answers_has_no_total() -> None:
    moments = Moments.from_rows([0, 0], [1.0, 3.0], 2)
    domains = np.array([[False, True], [True, True]])
    empty, whole = weighted_totals(Cells([2, 2]), moments, domains=domains)
    assert empty == Estimate(None, None, None, None, 0, 0.0, None, 0)
    assert whole.value == 4


def test_a_ratio_worked_by_hand() -> None:
    # R = 20 / 8 = 2.5; y - 2.5 x = -0.5, -1, 1.5, 0: squares 3.5; V = 4/3 * 3.5 / 8^2.
    got = ratio(Cells([2, 2]), Pairs.from_rows(ROWS, TOP, BOTTOM, 2))
    assert (got.value, got.n, got.df) == (2.5, 4, 3)
    assert got.se == pytest.approx((4 / 3 * 3.5 / 64) ** 0.5)
    assert got.deff == pytest.approx(1)


def test_the_size_of_a_mean_by_relevance_counts_respondents_by_their_part() -> None:
    # w x: 1·1, 1·0.5 and 2·1, 2·0.5; nobody of the third cell has an answer.
    weights, relevance = [1.0, 2.0, 5.0], [1.0, 0.5, 1.0, 0.5]
    pairs = Pairs.from_rows([0, 0, 1, 1], np.array(relevance) * [100, 0, 60, 20], relevance, 3)
    domains = np.array([[True, True, True], [False, False, True]])
    cells = Cells([2, 2, 1])
    whole, nobody = ratios(cells, pairs, weights=weights, domains=domains, size_by_denominator=True)
    assert whole.effective_n == pytest.approx((1 + 0.5 + 2 + 1) ** 2 / (1 + 0.25 + 4 + 1))
    assert (nobody.value, nobody.effective_n) == (None, 0)
    plain = ratios(cells, pairs, weights=weights)[0]
    assert plain.effective_n == pytest.approx(6**2 / 10)
    assert (plain.value, plain.se, plain.low) == (whole.value, whole.se, whole.low)


def test_a_ratio_over_ones_is_the_mean() -> None:
    cells = Cells([2, 2], [1, 3])
    mean = weighted_mean(cells, Moments.from_rows(ROWS, TOP, 2), domain=[True, True])
    got = ratio(cells, Pairs.from_rows(ROWS, TOP, np.ones(4), 2), domain=[True, True])
    assert (got.value, got.se, got.low, got.high, got.deff) == pytest.approx(
        (mean.value, mean.se, mean.low, mean.high, mean.deff)
    )


def test_integer_sums_are_the_pairs_of_the_rows() -> None:
    # Numerators in halves (unit 2): a = 2 y.
    sums = []
    for cell in (0, 1):
        a, b = (2 * TOP[cell == ROWS]).astype(int), BOTTOM[cell == ROWS].astype(int)
        sums.append(PairSums(cell, 2, *(int(x) for x in (a.sum(), b.sum(), a @ a, b @ b, a @ b))))
    got, expected = Pairs.from_sums(sums, 3, unit=2), Pairs.from_rows(ROWS, TOP, BOTTOM, 3)
    for name in ("m", "y", "x", "yy", "xx", "xy"):
        assert getattr(got, name) == pytest.approx(getattr(expected, name)), name


def test_who_lacks_one_of_the_pair_does_not_take_part() -> None:
    top, bottom = np.array([2.0, np.nan, 9.0]), np.array([1.0, 2.0, np.nan])
    assert Pairs.from_rows([0, 0, 0], top, bottom, 1).m.tolist() == [1]


def test_a_ratio_over_nothing_does_not_exist() -> None:
    got = ratios(Cells([2]), Pairs.from_rows([0, 0], [1.0, 2.0], [0.0, 0.0], 1))[0]
    assert (got.value, got.se, got.low) == (None, None, None)


def test_respondents_whose_weights_cancel_have_no_design_effect() -> None:
    pairs = Pairs.from_rows([0, 1], [1.0, 2.0], [1.0, 3.0], 2)
    got = ratio(Cells([1, 1]), pairs, weights=[1.0, -1.0])
    assert got.value == pytest.approx(0.5)
    assert got.deff is None


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (PairSums(1, 1, 1, 1, 1, 1, 1), "cell 1 is unknown or given twice"),
        (PairSums(0, 0, 0, 0, 0, 0, 0), "no respondents can have the sums"),
        (PairSums(0, 2, 4, 1, 1, 1, 1), "no respondents can have the sums"),
        (PairSums(0, 2, 1, 4, 1, 1, 1), "no respondents can have the sums"),
    ],
)
def test_sums_that_cannot_be_are_refused(part: PairSums, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Pairs.from_sums([part], 1)


def test_a_cell_given_twice_and_a_unit_below_one_are_refused() -> None:
    part = PairSums(0, 1, 1, 1, 1, 1, 1)
    with pytest.raises(ValueError, match="given twice"):
        Pairs.from_sums([part, part], 1)
    with pytest.raises(ValueError, match="unit must be at least 1"):
        Pairs.from_sums([part], 1, unit=0)


@pytest.mark.parametrize(
    ("y", "x", "reason"),
    [
        ([1.0], [1.0, 2.0], "must have one length"),
        ([1.0, 1.0, 1.0], [1.0, 1.0, 1.0], "more answers than respondents"),
    ],
)
def test_pairs_that_do_not_fit_are_refused(y: ArrayLike, x: ArrayLike, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        ratio(Cells([2]), Pairs.from_rows(np.zeros(len(np.atleast_1d(y)), int), y, x, 1))


def test_a_ratio_that_is_a_share_has_wilsons_interval() -> None:
    """Two items each: 30 of 50 people like both, 20 like one of them."""
    liked = np.array([2.0] * 30 + [1.0] * 20)
    pairs = Pairs.from_rows(np.zeros(50, int), liked, np.full(50, 2.0), cells=1)
    (found,) = ratios(Cells([50]), pairs, interval="wilson")
    (plain,) = ratios(Cells([50]), pairs)
    assert (found.value, found.se) == (plain.value, plain.se)
    # By hand: the shares of the people are 1 (30 times) and ½ (20 times).
    assert found.value == pytest.approx(0.8)
    assert found.se == pytest.approx(np.sqrt(12 * 0.25 / (50 * 49)))
    assert found.low is not None
    assert found.high is not None
    assert plain.low is not None
    assert 0 < found.low < 0.8 < found.high < 1
    assert found.low < plain.low

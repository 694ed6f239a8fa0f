from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import ArrayLike

from surveyapp.stats.cells import Cells
from surveyapp.stats.estimates import Estimate
from surveyapp.stats.intervals import quantile
from surveyapp.stats.quantiles import Histogram, weighted_quantile

ROWS = np.arange(1.0, 101.0)
HUNDRED = Histogram.from_rows(np.zeros(100, int), ROWS, 1)
SAMPLE = Cells([100])


def test_the_median_is_the_smallest_value_that_half_do_not_exceed() -> None:
    got = weighted_quantile(SAMPLE, HUNDRED, 0.5)
    assert (got.value, got.n, got.df, got.deff) == (50, 100, 99, None)


def test_the_interval_carries_that_of_the_share_back_to_the_values() -> None:
    # Share 0.5 with se sqrt(0.25 / 99): 0.4003 and 0.5997 are reached at 41 and 60.
    got = weighted_quantile(SAMPLE, HUNDRED, 0.5)
    assert (got.low, got.high) == (41, 60)
    assert got.se == pytest.approx(19 / (2 * quantile(99, 0.95)))


def test_weights_move_the_quantile() -> None:
    histogram = Histogram(np.array([[1.0, 0.0], [0.0, 1.0]]), [10, 20])
    cells = Cells([1, 1])
    assert weighted_quantile(cells, histogram, 0.5, weights=[1, 1]).value == 10
    assert weighted_quantile(cells, histogram, 0.5, weights=[1, 3]).value == 20


def test_rounding_does_not_decide_a_tie() -> None:
    # Ten weights of 0.1: their running sum misses 0.3 by an ulp.
    histogram = Histogram.from_rows(np.arange(10), np.arange(10.0), 10)
    assert weighted_quantile(Cells(np.ones(10), np.full(10, 0.1)), histogram, 0.3).value == 2


def test_a_domain_has_its_own_quantile() -> None:
    histogram = Histogram(np.array([[2.0, 1.0, 0.0], [0.0, 1.0, 2.0]]), [10, 20, 30])
    cells = Cells([3, 3])
    assert weighted_quantile(cells, histogram, 0.5, domain=[True, False]).value == 10
    assert weighted_quantile(cells, histogram, 0.5, domain=[False, True]).value == 30


def test_an_end_beyond_the_sample_is_left_open() -> None:
    small = Histogram.from_rows(np.zeros(6, int), np.arange(1.0, 7.0), 1)
    first = weighted_quantile(Cells([6]), small, 0.1)
    assert (first.value, first.low, first.se) == (1, None, None)
    assert first.high is not None
    last = weighted_quantile(Cells([6]), small, 0.95)
    assert last.high is None


def test_equal_values_have_no_interval_of_zero_width() -> None:
    got = weighted_quantile(SAMPLE, Histogram(np.array([[100.0]]), [7]), 0.5)
    assert (got.value, got.se, got.low, got.high) == (7, 0, None, None)


def test_who_did_not_answer_is_left_out() -> None:
    histogram = Histogram.from_rows([0, 0, 0], [1.0, np.nan, 3.0], 1)
    assert weighted_quantile(Cells([3]), histogram, 0.5).n == 2


def test_nobody_has_no_quantile_and_one_has_no_interval() -> None:
    histogram = Histogram(np.array([[1.0], [0.0]]), [7])
    cells = Cells([1, 1])
    empty = weighted_quantile(cells, histogram, 0.5, domain=[False, True])
    assert empty == Estimate(None, None, None, None, 0, 0.0, None, 0)
    alone = weighted_quantile(cells, histogram, 0.5, domain=[True, False])
    assert (alone.value, alone.se, alone.low) == (7, None, None)


@pytest.mark.parametrize(
    ("counts", "values", "reason"),
    [
        ([[1.0, 1.0]], [2, 1], "must grow"),
        ([[1.0, 1.0]], [1, 1], "must grow"),
        ([[1.0, -1.0]], [1, 2], "negative count"),
        ([[1.0, 1.0]], [1], "values has 1 entries"),
    ],
)
def test_a_histogram_that_is_none_is_refused(
    counts: list[list[float]], values: ArrayLike, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        Histogram(np.array(counts), values)


@pytest.mark.parametrize(("cell", "values"), [([0, 0], [1.0]), ([[0]], [[1.0]])])
def test_rows_that_do_not_fit_are_refused(cell: ArrayLike, values: ArrayLike) -> None:
    with pytest.raises(ValueError, match="two vectors of one length"):
        Histogram.from_rows(cell, values, 1)


@pytest.mark.parametrize("level", [0.0, 1.0, 50.0])
def test_a_level_outside_zero_and_one_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="the level of a quantile"):
        weighted_quantile(SAMPLE, HUNDRED, level)

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from surveyapp.stats.trend import cochran_armitage, mann_kendall, theil_sen, weighted_slope


def test_a_slope_worked_by_hand() -> None:
    # Equal errors of 2: Sxx = (1 + 0 + 1) / 4, so the standard error is √2; 70, 71, 75 rise by 2.5.
    got = weighted_slope([1, 2, 3], [70, 71, 75], [2, 2, 2])
    assert (got.value, got.se) == pytest.approx((2.5, math.sqrt(2)))
    assert got.intercept == pytest.approx(72 - 5)
    assert got.misfit == pytest.approx((0.5**2 + 1 + 0.5**2) / 4)
    assert got.misfit_df == 1
    assert (got.low, got.high) == pytest.approx((2.5 - 1.959964 * 2**0.5, 2.5 + 1.959964 * 2**0.5))
    assert got.p_value == pytest.approx(2 * stats.norm.sf(2.5 / math.sqrt(2)))


def test_mann_kendall_worked_by_hand() -> None:
    # Five rising values: S = 10, and one of 120 orders rises as much, one falls as much.
    assert mann_kendall([1, 2, 3, 4, 5]).p_value == pytest.approx(2 / 120)
    # Two pairs of equal values: V = (5·4·15 - 2·(2·1·9)) / 18.
    got = mann_kendall([1, 2, 2, 3, 3])
    assert got.s == 8
    assert got.variance == pytest.approx((300 - 36) / 18)
    assert got.p_value == pytest.approx(2 * stats.norm.sf(7 / math.sqrt(264 / 18)))
    assert got.tau == pytest.approx(float(stats.kendalltau(range(5), [1, 2, 2, 3, 3]).statistic))


def test_a_series_that_stands_still_has_no_trend() -> None:
    still = mann_kendall([3, 3, 3])
    assert (still.s, still.tau, still.p_value) == (0, None, 1.0)
    assert mann_kendall([2, 1, 3, 0]).p_value == pytest.approx(
        float(stats.kendalltau(range(4), [2, 1, 3, 0], method="exact").pvalue)
    )
    assert not mann_kendall(range(51)).is_exact


def test_theil_sen_does_not_mind_an_odd_month() -> None:
    times = np.arange(10)
    series = 50 + 2.0 * times
    series[9] = 500
    got = theil_sen(times, series)
    assert (got.value, got.intercept) == pytest.approx((2, 50))
    assert got.low is not None
    assert got.high is not None
    assert got.low <= 2 <= got.high
    short = theil_sen([3, 1, 2], [3, 1, 2])
    assert (short.value, short.low, short.high) == (1, None, None)


def test_theil_sen_has_the_interval_of_its_textbook() -> None:
    random = np.random.default_rng(4)
    times, series = np.arange(30), random.normal(size=30)
    got = theil_sen(times, series)
    known = stats.theilslopes(series, times, 0.95)
    slopes = np.sort(
        [(series[j] - series[i]) / (j - i) for i in range(30) for j in range(i + 1, 30)]
    )
    assert got.value == pytest.approx(float(known.slope))
    assert got.low is not None
    assert got.high is not None
    # SciPy rounds the positions to the nearest, this outwards: at most one slope apart.
    for mine, theirs in ((got.low, known.low_slope), (got.high, known.high_slope)):
        apart = np.searchsorted(slopes, mine) - np.searchsorted(slopes, float(theirs))
        assert abs(apart) <= 1
    assert got.low <= float(known.low_slope)
    assert got.high >= float(known.high_slope)


def test_shares_that_are_all_the_same_have_no_trend() -> None:
    assert cochran_armitage([5, 9, 4], [5, 9, 4], [1, 2, 3]).z is None
    rising = cochran_armitage([10, 20, 30], [40, 40, 40], [1, 2, 3])
    # p = 0.5, Σ n (t - t̄)² = 80: z = 20 / √(0.25 · 80).
    assert rising.z == pytest.approx(20 / math.sqrt(20))
    assert rising.slope == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda: weighted_slope([1, 2], [1, 2], [1, 1]), "at least three"),
        (lambda: weighted_slope([1, 1, 1], [1, 2, 3], [1, 1, 1]), "all times are equal"),
        (lambda: weighted_slope([1, 2, 3], [1, 2, 3], [1, 0, 1]), "not positive"),
        (lambda: mann_kendall([1, 2]), "at least three"),
        (lambda: theil_sen([1, 2], [1, 2]), "at least three"),
        (lambda: cochran_armitage([1, 2, 3], [1, 1, 3], [1, 2, 3]), "more hits"),
        (lambda: cochran_armitage([0, 2, 3], [0, 2, 3], [1, 2, 3]), "a total is not positive"),
        (lambda: cochran_armitage([-1, 2, 3], [1, 2, 3], [1, 2, 3]), "negative count"),
        (lambda: cochran_armitage([1, 2, 3], [1, 2, 3], [1, 2]), "entries"),
    ],
    ids=range(9),
)
def test_series_without_a_trend_to_look_for_are_refused(call: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        call()

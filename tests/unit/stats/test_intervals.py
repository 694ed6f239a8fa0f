from __future__ import annotations

import math

import pytest
from scipy import stats

from surveyapp.stats.intervals import (
    Interval,
    beta_interval,
    logit_interval,
    share_size,
    t_interval,
    wilson_interval,
)


def test_the_t_interval_is_that_of_scipy() -> None:
    expected = stats.t.interval(0.9, 12, loc=50, scale=3)
    assert t_interval(50, 3, 12, 0.9) == pytest.approx(expected)


@pytest.mark.parametrize(("se", "df"), [(0.0, 5), (1.0, 0)])
def test_no_t_interval_without_scatter_or_degrees_of_freedom(se: float, df: int) -> None:
    assert t_interval(50, se, df, 0.95) is None


def test_wilson_is_that_of_scipy_for_many_degrees_of_freedom() -> None:
    expected = stats.binomtest(353, 597).proportion_ci(0.95, method="wilson")
    got = wilson_interval(353 / 597, 597, 10**9, 0.95)
    assert got == pytest.approx((expected.low, expected.high), rel=1e-8)


@pytest.mark.parametrize(("share", "end"), [(0.0, "low"), (1.0, "high")])
def test_wilson_ends_exactly_at_a_share_of_nothing_or_all(share: float, end: str) -> None:
    got = wilson_interval(share, 10, 9, 0.95)
    assert got is not None
    assert getattr(got, end) == share
    assert got.high - got.low > 0.2


@pytest.mark.parametrize(("size", "df"), [(0.0, 5), (10.0, 0)])
def test_no_wilson_interval_without_respondents(size: float, df: int) -> None:
    assert wilson_interval(0.5, size, df, 0.95) is None


def test_the_logit_interval_worked_example() -> None:
    # By hand: logit(0.8) = ln 4; se on that scale 0.1 / 0.16; t with 4 degrees of freedom 2.776445.
    reach = 2.7764451051977987 * 0.1 / 0.16
    low, high = (1 / (1 + math.exp(-(math.log(4) + sign * reach))) for sign in (-1, 1))
    assert logit_interval(0.8, 0.1, 4, 0.95) == pytest.approx((low, high))


def test_the_beta_interval_is_clopper_pearson_for_a_simple_sample() -> None:
    n, hits = 50, 8
    p = hits / n
    expected = stats.binomtest(hits, n).proportion_ci(0.95, method="exact")
    got = beta_interval(p, math.sqrt(p * (1 - p) / n), n, n - 1, 0.95)
    assert got == pytest.approx((expected.low, expected.high), rel=1e-9)


@pytest.mark.parametrize(
    ("share", "se", "df"), [(0.0, 0.0, 5), (1.0, 0.1, 5), (0.5, 0.0, 5), (0.5, 0.1, 0)]
)
def test_no_logit_or_beta_interval_where_it_is_undefined(share: float, se: float, df: int) -> None:
    assert logit_interval(share, se, df, 0.95) is None
    assert beta_interval(share, se, 10, df, 0.95) is None


def test_the_size_behind_a_share_never_exceeds_the_respondents() -> None:
    assert share_size(0.5, 0.25 / 80, 100, 90) == pytest.approx(80)
    assert share_size(0.5, 0.25 / 500, 100, 90) == 100


@pytest.mark.parametrize(("share", "variance"), [(0.0, 0.1), (1.0, 0.1), (0.5, 0.0)])
def test_the_size_behind_a_share_without_scatter_is_that_of_kish(
    share: float, variance: float
) -> None:
    assert share_size(share, variance, 100, 90) == 90


def test_an_interval_has_two_named_ends() -> None:
    assert Interval(1, 2).low == 1

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import ArrayLike
from scipy import stats

from surveyapp.stats.cells import Cells, Moments
from surveyapp.stats.contrasts import change, contrast, holm, mean_covariance
from surveyapp.stats.estimates import Estimate, weighted_mean

CELLS = Cells([40, 60])
SCORE = Moments.from_levels([[10, 20, 10], [30, 20, 10]], [100, 60, 0])


def an_estimate(value: float | None, se: float | None, df: int = 50) -> Estimate:
    return Estimate(value, se, None, None, df + 1, df + 1.0, None, df)


def test_means_of_separate_groups_of_a_simple_sample_hardly_vary_together() -> None:
    covariance = mean_covariance(CELLS, SCORE, np.array([[True, False], [False, True]]))
    first = weighted_mean(CELLS, SCORE, domain=[True, False])
    assert covariance[0, 0] == pytest.approx((first.se or 0) ** 2)
    assert covariance[0, 1] == pytest.approx(0, abs=1e-12)
    assert covariance[0, 1] == covariance[1, 0]


def test_a_difference_worked_by_hand() -> None:
    # 80 - 70 with variances 9 and 16: standard error 5, t = 2 with 60 degrees of freedom.
    got = contrast([80, 70], [[9, 0], [0, 16]], [1, -1], 60)
    assert (got.value, got.se) == (10, 5)
    reach = stats.t.ppf(0.975, 60) * 5
    assert (got.low, got.high) == pytest.approx((10 - reach, 10 + reach))
    assert got.p_value == pytest.approx(2 * stats.t.sf(2, 60))


def test_the_change_between_two_waves_is_the_test_of_welch() -> None:
    random = np.random.default_rng(5)
    before, after = random.normal(60, 20, 40), random.normal(66, 10, 25)
    one, two = (
        weighted_mean(Cells([x.size]), Moments.from_rows(np.zeros(x.size, int), x, 1))
        for x in (before, after)
    )
    expected = stats.ttest_ind(after, before, equal_var=False)
    interval = expected.confidence_interval(0.9)
    got = change(one, two, confidence=0.9)
    assert got.p_value == pytest.approx(float(expected.pvalue))
    assert got.df == pytest.approx(float(expected.df))
    assert (got.low, got.high) == pytest.approx((interval.low, interval.high))


def test_no_scatter_means_no_interval_and_no_test() -> None:
    got = change(an_estimate(60, 0.0), an_estimate(70, 0.0))
    assert (got.value, got.se, got.low, got.high, got.p_value) == (10, 0, None, None, None)
    assert got.df == 100


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (an_estimate(None, None), an_estimate(1, 1)),
        (an_estimate(1, 1), an_estimate(None, None)),
        (an_estimate(1, None), an_estimate(1, 1)),
        (an_estimate(1, 1), an_estimate(1, None)),
    ],
)
def test_a_change_needs_two_standard_errors(before: Estimate, after: Estimate) -> None:
    with pytest.raises(ValueError, match="two estimates with standard errors"):
        change(before, after)


@pytest.mark.parametrize(
    ("domains", "reason"),
    [
        ([[True, True], [False, True]], "the domains overlap"),
        ([[True, True], [False, False]], "nobody of a domain answered"),
    ],
)
def test_domains_without_covariance_are_refused(domains: ArrayLike, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        mean_covariance(CELLS, SCORE, np.asarray(domains))


def test_a_contrast_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="covariance has shape"):
        contrast([1, 2], [[1]], [1, -1], 5)
    with pytest.raises(ValueError, match="degrees of freedom"):
        contrast([1, 2], [[1, 0], [0, 1]], [1, -1], 0)


def test_holm_worked_by_hand() -> None:
    # Sorted 0.01, 0.02, 0.04 times 3, 2, 1; an adjusted p never falls below the one before.
    assert holm([0.04, 0.01, 0.02]) == pytest.approx((0.04, 0.03, 0.04))
    assert holm([0.6, 0.9]) == (1.0, 1.0)
    assert holm([]) == ()


def test_many_pairs_are_worked_on_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    domains = np.eye(4, dtype=bool)
    cells = Cells([40, 60, 30, 20], [1, 2, 1, 3])
    score = Moments.from_hits([30, 20, 10, 15], [40, 60, 30, 20])
    whole = mean_covariance(cells, score, domains)
    monkeypatch.setattr("surveyapp.stats.contrasts.PAIRED_CELLS", 4)
    assert (mean_covariance(cells, score, domains) == whole).all()

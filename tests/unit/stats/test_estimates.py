from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest
from numpy.typing import ArrayLike
from scipy import stats

from surveyapp.stats.cells import Cells, Moments
from surveyapp.stats.design import Design
from surveyapp.stats.estimates import Estimate, weighted_mean, weighted_means


def test_a_weighted_mean_worked_by_hand() -> None:
    # Values 1, 2, 3, 4 with weights 1, 2, 3, 4: mean 30/10 = 3;
    # sum w^2 (y-3)^2 = 4 + 4 + 0 + 16 = 24; variance 4/3 * 24 / 10^2 = 0.32.
    values = np.array([1.0, 2.0, 3.0, 4.0])
    cells = Cells(np.ones(4), values, {"score": Moments.from_sums(np.ones(4), values, values**2)})
    half = stats.t.ppf(0.975, df=3) * 0.32**0.5
    got = weighted_mean(cells, "score")
    assert (got.value, got.se) == pytest.approx((3, 0.32**0.5))
    assert (got.low, got.high) == pytest.approx((3 - half, 3 + half))
    assert (got.n, got.df) == (4, 3)
    assert got.effective_n == pytest.approx(100 / 30)
    # s^2_w = 4/3 * (1*4 + 2*1 + 0 + 4*1) / 10, over 4.
    assert got.deff == pytest.approx(0.32 / (4 / 3 * 1.0 / 4))


def test_equal_weights_give_the_textbook_t_interval() -> None:
    counts, points = np.array([[2, 0, 5, 1, 3]]), np.array([100.0, 80, 60, 30, 0])
    rows = np.repeat(points, counts[0])
    expected = stats.ttest_1samp(rows, 0).confidence_interval(0.9)
    got = weighted_mean(Cells([11]), Moments.from_levels(counts, points), confidence=0.9)
    assert got.se == pytest.approx(stats.sem(rows))
    assert (got.low, got.high) == pytest.approx((expected.low, expected.high))
    assert got.deff == pytest.approx(1)
    assert got.effective_n == 11


def test_weights_given_as_numbers_replace_the_base_weights() -> None:
    moments = Moments.from_levels([[1, 1], [1, 1]], [0, 100])
    domain = np.array([True, True])
    assert weighted_mean(Cells([2, 2]), moments, weights=[1, 3], domain=domain).value == 50
    uneven = Moments.from_levels([[0, 2], [2, 0]], [0, 100])
    assert weighted_mean(Cells([2, 2]), uneven, weights=[1, 3]).value == 25


def test_a_domain_keeps_the_whole_design_behind_it() -> None:
    # Textbook domain variance with zeros outside: n/(n-1) * sum (y-mean)^2 / n_d^2.
    moments = Moments.from_levels([[1, 1], [3, 3]], [0, 100])
    got = weighted_mean(Cells([2, 6]), moments, domain=[True, False])
    assert got.se == pytest.approx((8 / 7 * (50**2 * 2) / 2**2) ** 0.5)
    assert (got.n, got.df) == (2, 1)


def test_who_skipped_the_item_counts_in_the_design_and_not_in_the_mean() -> None:
    moments = Moments.from_levels([[2, 2]], [0, 100])
    got = weighted_mean(Cells([6]), moments)
    assert (got.value, got.n, got.df) == (50, 4, 3)
    assert got.se == pytest.approx((6 / 5 * 4 * 50**2 / 4**2) ** 0.5)


def test_several_domains_at_once_equal_one_at_a_time() -> None:
    moments = Moments.from_levels([[1, 4], [3, 3], [2, 0]], [0, 100])
    cells = Cells([5, 8, 2], [1, 2, 3], {"score": moments})
    domains = np.array([[True, False, True], [False, True, True], [True, True, True]])
    together = weighted_means(cells, "score", domains=domains)
    for domain, got in zip(domains, together, strict=True):
        alone = weighted_mean(cells, "score", domain=domain)
        assert (got.value, got.se, got.df) == pytest.approx((alone.value, alone.se, alone.df))


def test_many_domains_of_many_cells_are_worked_on_in_blocks() -> None:
    # Five domains of 600,000 cells: more than fits into one block.
    size = 600_000
    cells = Cells(np.ones(size))
    moments = Moments.from_hits(np.arange(size) % 2, np.ones(size))
    domains = np.arange(size) % 5 == np.arange(5)[:, None]
    got = weighted_means(cells, moments, domains=domains)
    assert len(got) == 5
    alone = weighted_mean(cells, moments, domain=domains[4])
    assert astuple(got[4]) == pytest.approx(astuple(alone), rel=1e-12)


def test_nobody_answered_means_no_figure_at_all() -> None:
    got = weighted_mean(Cells([3]), Moments.from_levels([[0, 0]], [0, 100]))
    assert got == Estimate(None, None, None, None, 0, 0.0, None, 0)


def test_a_single_respondent_has_a_value_and_no_precision() -> None:
    got = weighted_mean(Cells([1, 9]), Moments.from_levels([[0, 1], [5, 4]], [0, 100]),
                        domain=[True, False])  # fmt: skip
    assert got == Estimate(100, None, None, None, 1, 1.0, None, 0)


def test_a_sample_of_one_is_no_error() -> None:
    got = weighted_mean(Cells([1]), Moments.from_levels([[0, 1]], [0, 100]))
    assert got == Estimate(100, None, None, None, 1, 1.0, None, 0)


def test_equal_answers_have_no_standard_error_and_no_interval_of_zero_width() -> None:
    moments = Moments.from_levels([[0, 7], [0, 4]], [0, 33.3])
    got = weighted_mean(Cells([7, 4], [1.1, 2.3]), moments)
    assert got.value == pytest.approx(33.3)
    assert (got.se, got.low, got.high, got.deff) == (0, None, None, None)


def test_a_census_has_no_standard_error() -> None:
    cells = Cells([4], [1], design=Design(population=[4]), grossing=True)
    got = weighted_mean(cells, Moments.from_levels([[2, 2]], [0, 100]))
    assert (got.value, got.se, got.low, got.high, got.deff) == (50, 0, None, None, None)


def test_weights_that_gross_up_know_the_population_in_their_design_effect() -> None:
    moments = Moments.from_levels([[2, 2]], [0, 100])
    relative = weighted_mean(Cells([4], [2]), moments)
    grossing = weighted_mean(Cells([4], [2], grossing=True), moments)
    assert relative.deff == pytest.approx(1)
    assert grossing.deff == pytest.approx(2)


def test_respondents_with_weight_zero_do_not_count() -> None:
    moments = Moments.from_levels([[1, 1], [4, 4]], [0, 100])
    got = weighted_mean(Cells([2, 8]), moments, weights=[1.0, 0.0])
    assert (got.n, got.df) == (2, 1)


@pytest.mark.parametrize(
    ("domain", "reason"),
    [
        ([1, 0], "a domain must be given as booleans"),
        ([True], r"domains have shape \(1, 1\), \(K, 2\) expected"),
    ],
)
def test_a_domain_that_does_not_fit_is_refused(domain: ArrayLike, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        weighted_mean(Cells([1, 1]), Moments.from_hits([1, 0], [1, 1]), domain=domain)


def test_a_confidence_of_ninety_five_is_a_caller_s_bug() -> None:
    with pytest.raises(ValueError, match="confidence"):
        weighted_mean(Cells([1]), Moments.from_hits([1], [1]), confidence=95)

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from surveyapp.stats.agreement import concordance, cronbach_alpha, f_quantile, f_tail

NAN = float("nan")


def test_concordance_worked_by_hand() -> None:
    # Two rankings 1,2,3 and 2,1,3: rank sums 3, 3, 6;
    # S = 1 + 1 + 4 = 6, W = 12 * 6 / (4 * 24) = 0.75, chi2 = 2 * 2 * 0.75 = 3.
    got = concordance([[1, 20], [2, 10], [3, 30]])
    assert (got.value, got.chi_square, got.chi_df) == (0.75, 3, 2)
    assert got.chi_p_value == pytest.approx(math.exp(-1.5))
    assert got.rank_correlation == pytest.approx(0.5)
    assert list(got.mean_ranks) == [1.5, 1.5, 3]
    # F = 0.75 / 0.25 = 3 with 3 - 1 - 1 = 1 and 1 degrees of freedom.
    assert (got.f, got.df1, got.df2) == (3, 1, 1)
    assert got.p_value == pytest.approx(float(stats.f.sf(3, 1, 1)))
    assert (got.raters, got.subjects, got.left_out) == (2, 3, 0)


def test_chi_square_is_friedmans_with_ties() -> None:
    random = np.random.default_rng(3)
    ratings = random.integers(1, 5, (6, 9)).astype(float)
    got = concordance(ratings)
    expected = stats.friedmanchisquare(*ratings)
    assert got.chi_square == pytest.approx(float(expected.statistic))
    assert got.chi_p_value == pytest.approx(float(expected.pvalue))


def test_the_mean_rank_correlation_is_that_of_all_pairs() -> None:
    ratings = np.random.default_rng(4).integers(1, 6, (7, 4)).astype(float)
    pairs = [
        float(stats.spearmanr(ratings[:, one], ratings[:, other]).statistic)
        for one, other in combinations(range(4), 2)
    ]
    assert concordance(ratings).rank_correlation == pytest.approx(np.mean(pairs))


def test_full_agreement_has_an_exact_p_value() -> None:
    # Two ties among four subjects: 4!/2! = 12 rankings, three raters: 1/144.
    got = concordance(np.array([[1, 2, 2, 9]] * 3).T)
    assert got.value == pytest.approx(1)
    assert (got.f, got.df1, got.df2) == (None, None, None)
    assert got.p_value == pytest.approx(1 / 144)


def test_raters_with_a_gap_leave_and_are_counted() -> None:
    full = [[1, 20], [2, 10], [3, 30]]
    gaps: list[list[float]] = [[1, 20, NAN], [2, 10, 3], [3, 30, 3]]
    got = concordance(gaps)
    assert got.left_out == 1
    assert got.value == concordance(full).value


def test_raters_who_rank_nobody_have_no_concordance() -> None:
    got = concordance([[3, 5], [3, 5]])
    assert (got.value, got.rank_correlation, got.f, got.p_value) == (None, None, None, None)
    assert (got.chi_square, got.chi_p_value) == (None, None)
    assert got.mean_ranks == (1.5, 1.5)


def test_two_opposite_rankings_of_two_subjects_leave_no_degrees_of_freedom_for_f() -> None:
    got = concordance([[1, 2], [2, 1]])
    assert (got.value, got.f, got.p_value) == (0, None, None)
    assert got.chi_p_value == 1


def test_one_rater_without_an_order_leaves_no_mean_correlation() -> None:
    got = concordance([[1, 3], [2, 3], [3, 3]])
    assert got.value == pytest.approx(0.5)
    assert got.rank_correlation is None


@pytest.mark.parametrize(
    ("ratings", "reason"),
    [
        ([[1, 2, 3]], "at least two subjects"),
        ([[1], [2]], "at least two raters"),
        ([[1, NAN], [2, 3]], "at least two raters who rated every subject"),
        ([1, 2], "two dimensions"),
        ([[1, math.inf], [2, 3]], "not finite"),
    ],
)
def test_ratings_without_concordance_are_refused(ratings: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        concordance(np.array(ratings))


def test_alpha_worked_by_hand() -> None:
    # Variances 1 and 1, covariance 0.5: sum of all 3, alpha = 2 (1 - 2/3) = 2/3.
    items: list[list[float]] = [[1, 2], [2, 1], [3, 3], [NAN, 4]]
    got = cronbach_alpha(items)
    assert got.value == pytest.approx(2 / 3)
    assert (got.n, got.left_out) == (3, 1)
    assert got.without == (None, None)
    assert got.item_rest == pytest.approx((0.5, 0.5))
    assert got.low == pytest.approx(1 - float(stats.f.ppf(0.975, 2, 2)) / 3)
    assert got.high == pytest.approx(1 - float(stats.f.ppf(0.025, 2, 2)) / 3)


def test_items_that_are_one_have_alpha_one_and_no_interval() -> None:
    got = cronbach_alpha(np.array([[0.1, 0.7, 0.3, 0.9]] * 3).T)
    assert (got.value, got.low, got.high) == (1, None, None)
    assert got.without == (1, 1, 1)


@pytest.mark.parametrize("items", [[[3, 5], [3, 5]], [[1, 3], [2, 2], [3, 1]], [[0.1, 2]] * 3])
def test_a_sum_that_does_not_vary_has_no_alpha(items: list[list[float]]) -> None:
    got = cronbach_alpha(items)
    assert (got.value, got.low, got.high) == (None, None, None)


def test_a_constant_item_has_no_correlation_with_the_rest() -> None:
    got = cronbach_alpha([[1, 4], [2, 4], [3, 4]])
    assert got.item_rest == (None, None)
    assert got.value == 0


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        ([[1], [2]], "at least two items"),
        ([[1, 2], [1, NAN]], "at least two respondents who answered every item"),
    ],
)
def test_items_without_alpha_are_refused(items: list[list[float]], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        cronbach_alpha(items)
    with pytest.raises(ValueError, match="confidence"):
        cronbach_alpha([[1, 2], [2, 1]], confidence=1)


@pytest.mark.parametrize("df", [(4, 12.0), (5, 0.37), (2.5, 1.7), (0.02, 9)])
def test_the_f_distribution_takes_fractions_of_degrees_of_freedom(df: tuple[float, float]) -> None:
    for probability in (0.025, 0.5, 0.975):
        expected = float(stats.f.ppf(probability, *df))
        assert f_quantile(*df, probability) == pytest.approx(expected, rel=1e-9)
    assert f_tail(1.3, *df) == pytest.approx(float(stats.f.sf(1.3, *df)), rel=1e-9)

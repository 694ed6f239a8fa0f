from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from surveyapp.stats.cells import Cells
from surveyapp.stats.quantiles import Histogram
from surveyapp.stats.trimmed import mean_without_extremes, trimmed_mean_of, trimmed_means

LEVELS = [0, 25, 50, 75, 100]


def test_counts_with_one_mean_may_have_different_trimmed_means() -> None:
    # Equal n, sum and sum of squares: only the histogram tells them apart.
    got = trimmed_mean_of(LEVELS, 0.2)(np.array([[0.0, 6, 0, 2, 2], [2, 0, 6, 0, 2]]))
    assert got == pytest.approx([125 / 3, 50])


def test_the_ends_count_with_the_part_of_their_weight_that_is_inside() -> None:
    # A quarter of 10 is 2.5: the third and the eighth count half.
    values = np.arange(1.0, 11) ** 2
    (got,) = trimmed_mean_of(values, 0.25)(np.ones((1, 10)))
    assert got == pytest.approx((values[3:7].sum() + (values[2] + values[7]) / 2) / 5)
    # Where whole respondents are cut it is the trimmed mean of SciPy.
    (whole,) = trimmed_mean_of(values, 0.2)(np.ones((1, 10)))
    assert whole == pytest.approx(stats.trim_mean(values, 0.2))


def test_cutting_nothing_leaves_the_mean() -> None:
    (got,) = trimmed_mean_of([0, 100], 0)(np.array([[1.0, 3]]))
    assert got == pytest.approx(75)


def test_nobody_has_no_trimmed_mean_and_negative_weights_no_place() -> None:
    none, some = trimmed_mean_of([0, 50, 100], 0.1)(np.array([[0.0, 0, 0], [-1, 2, 0]]))
    assert np.isnan(none)
    assert some == 50


def test_its_standard_error_comes_from_the_bootstrap() -> None:
    counts = np.array([[5.0, 10, 30, 40, 15], [9, 9, 9, 9, 9]])
    domains = np.array([[True, False], [False, True]])
    first, second = trimmed_means(
        Cells(counts.sum(axis=1)),
        Histogram(counts, LEVELS),
        0.1,
        random=np.random.default_rng(1),
        domains=domains,
        replicates=200,
        confidence=0.9,
    )
    assert first.value is not None
    assert first.low is not None
    assert first.high is not None
    assert first.low < first.value < first.high
    assert second.value == pytest.approx(50)
    assert second.n == 45


def test_more_than_five_raters_lose_one_at_each_end() -> None:
    six = mean_without_extremes([1, 3, 1, 1], [100, 80, 60, 0])
    assert [six.value, six.raters, six.left_out] == [75, 6, 2]
    five = mean_without_extremes([1, 3, 0, 1], [100, 80, 60, 0])
    assert [five.value, five.raters, five.left_out] == [68, 5, 0]
    alike = mean_without_extremes([0, 7], [Fraction(1, 3), Fraction(2, 3)])
    assert alike.value == Fraction(2, 3)
    nobody = mean_without_extremes([0, 0], [1, 2])
    assert (nobody.value, nobody.raters) == (None, 0)


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="must grow"):
        trimmed_mean_of([1, 1], 0.1)
    with pytest.raises(ValueError, match=r"\[0, 0.5\)"):
        trimmed_mean_of([1, 2], 0.5)
    with pytest.raises(ValueError, match="1 counts for 2"):
        mean_without_extremes([1], [1, 2])
    with pytest.raises(ValueError, match="two raters"):
        mean_without_extremes([1], [1], few=1)
    with pytest.raises(ValueError, match="whole numbers"):
        mean_without_extremes([-1], [1])

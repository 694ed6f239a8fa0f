"""How surprising the number of a day is."""

from __future__ import annotations

import pytest
from scipy import stats

from surveyapp.stats.surges import largest_unremarkable, surge_p_value


def test_even_days_are_compared_with_the_predictive_distribution() -> None:
    # Four days of 3: r = 12.5, p = 4/5; P(X >= 4) by adding up the terms from 0 to 3.
    below = sum(stats.nbinom.pmf(k, 12.5, 0.8) for k in range(4))
    assert surge_p_value(4, [3, 3, 3, 3]) == pytest.approx(1 - below, rel=1e-12)
    assert surge_p_value(0, [3, 3]) == 1


def test_days_that_scatter_are_compared_with_their_own_scatter() -> None:
    # Mean 10, s = 10: t = (39.5 - 10) / (10 sqrt(1 + 1/3)) = 2.5548 with 2 degrees of freedom.
    assert surge_p_value(40, [0, 10, 20]) == pytest.approx(stats.t.sf(2.554775, 2), rel=1e-5)


def test_days_that_scatter_less_than_chance_are_not_believed_to_be_that_even() -> None:
    even = surge_p_value(22, [9, 10, 11, 10, 9, 11, 10, 10])
    assert even == pytest.approx(float(stats.nbinom.sf(21, 80.5, 8 / 9)), rel=1e-12)


@pytest.mark.parametrize("earlier", [[0, 0, 0], [3, 3, 3, 3], [5, 30, 10, 12, 60]])
@pytest.mark.parametrize("level", [0.2, 1e-3, 1e-6])
def test_the_largest_number_without_alarm_is_just_below_the_first_with_one(
    earlier: list[int], level: float
) -> None:
    most = largest_unremarkable(earlier, level)
    assert surge_p_value(most, earlier) > level >= surge_p_value(most + 1, earlier)


@pytest.mark.parametrize(
    ("count", "earlier"), [(1, [3]), (-1, [3, 3]), (1, [3, -1]), (1, [3, 2.5])]
)
def test_impossible_counts_are_refused(count: int, earlier: list[float]) -> None:
    with pytest.raises(ValueError, match=r"days|counts"):
        surge_p_value(count, earlier)


@pytest.mark.parametrize("level", [0, 1])
def test_a_level_that_is_none_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        largest_unremarkable([1, 2], level)

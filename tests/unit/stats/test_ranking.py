from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from surveyapp.stats.intervals import wilson_interval
from surveyapp.stats.rank_probabilities import drawn_rank_probabilities, rank_probabilities
from surveyapp.stats.ranking import LeftOut, cautious_se, rank_shares, rank_units, shared_ranks


def test_of_two_units_the_better_one_is_first_as_often_as_their_difference_is_positive() -> None:
    first = stats.norm.cdf(2 / np.hypot(3, 4))
    assert rank_probabilities([72, 70], [3, 4]) == pytest.approx(
        np.array([[first, 1 - first], [1 - first, first]]), abs=1e-12
    )


def test_errors_of_very_different_size_are_no_trouble() -> None:
    # The second may be anywhere; the other two stand still beside it.
    got = rank_probabilities([70, 70, 75], [1e-6, 3, 1e-6])
    above, middle = stats.norm.sf(5 / 3), stats.norm.cdf(5 / 3) - 0.5
    assert got[1] == pytest.approx([above, middle, 0.5], abs=1e-6)


def test_no_unit_and_one_unit() -> None:
    assert rank_probabilities([], []).shape == (0, 0)
    assert drawn_rank_probabilities([], [], np.random.default_rng(1)).shape == (0, 0)
    assert rank_probabilities([3], [1]) == pytest.approx(np.ones((1, 1)))
    assert rank_units([], []).order == ()


def test_units_that_vary_together_keep_their_order() -> None:
    apart = [[4.0, 0.0], [0.0, 4.0]]
    together = [[4.0, 3.9], [3.9, 4.0]]
    for covariance, variance in ((apart, 8), (together, 0.2)):
        got = drawn_rank_probabilities([71, 70], covariance, np.random.default_rng(1))
        assert got[0, 0] == pytest.approx(stats.norm.cdf(1 / np.sqrt(variance)), abs=0.02)
    one = drawn_rank_probabilities([1, 1], [[1, 1], [1, 1]], np.random.default_rng(1))
    assert one[0, 0] == pytest.approx(0.5, abs=0.02)


def test_the_same_seed_gives_the_same_draws() -> None:
    one, other = (
        drawn_rank_probabilities([3, 2, 1], np.eye(3), np.random.default_rng(7), draws=50)
        for _ in range(2)
    )
    assert (one == other).all()


def test_a_ranking_worked_by_hand() -> None:
    # Standard error of every difference √2: 80 and 79 (z 0.71) are alike, 60 is far from both.
    got = rank_units([60, 80, 79], [1, 1, 1])
    assert got.order == (1, 2, 0)
    assert [got.places[unit].rank for unit in got.order] == [1, 2, 3]
    assert [got.places[unit].alike for unit in got.order] == [(2,), (1,), ()]
    assert [got.places[unit].bands for unit in got.order] == [(1,), (1,), (2,)]
    first = got.places[1]
    assert (first.low, first.high, first.joint_low, first.joint_high) == (1, 2, 1, 2)
    assert (first.possible_low, first.possible_high) == (1, 2)
    assert first.expected == pytest.approx(1 + stats.norm.sf(1 / np.sqrt(2)))
    last = got.places[0]
    assert (last.low, last.high, last.joint_low, last.joint_high) == (3, 3, 3, 3)


def test_bands_overlap_where_likeness_is_handed_on() -> None:
    # Neighbours 2.5 apart (z 1.8) are alike, the ends 5 apart (z 3.5) are not.
    got = rank_units([80, 77.5, 75], [1, 1, 1])
    assert [got.places[unit].bands for unit in got.order] == [(1,), (1, 2), (2,)]
    ranks = [(one.possible_low, one.possible_high) for one in got.places.values()]
    assert ranks == [(1, 2), (1, 3), (2, 3)]


def test_degrees_of_freedom_widen_what_cannot_be_told_apart() -> None:
    values, errors = [80, 77.2], [1, 1]
    assert rank_units(values, errors).places[0].alike == ()
    assert rank_units(values, errors, df=[2, 2]).places[0].alike == (1,)
    assert rank_units(values, errors, df=[2, 2]).places[0].joint_high == 2


def test_equal_values_share_a_rank_and_the_next_is_skipped() -> None:
    assert shared_ranks([70, 80, 80, 60]) == (3, 1, 1, 4)
    assert shared_ranks([0.1 + 0.2, 0.3, 0.2]) == (1, 1, 3)
    assert shared_ranks([]) == ()


def test_units_without_a_rank_have_a_reason() -> None:
    got = rank_units(
        [80, None, 70, 100, 60], [1, None, 1, 0.0, None], n=[50, 9, 4, 20, 1], minimum=5
    )
    assert got.left_out == {
        1: LeftOut.NO_VALUE,
        2: LeftOut.TOO_FEW,
        3: LeftOut.NO_ERROR,
        4: LeftOut.TOO_FEW,
    }
    assert got.order == (0,)


def test_covariances_of_ranked_units_alone_are_looked_at() -> None:
    covariance = np.array([[4, 99, 3.9], [99, 0, 99], [3.9, 99, 4]])
    random = np.random.default_rng(2)
    got = rank_units([71, None, 70], [2, None, 2], covariance=covariance, rng=random)
    # The difference has the variance 0.2: z = 2.2. Taken as independent they would be alike.
    assert got.places[0].alike == ()
    assert rank_units([71, None, 70], [2, None, 2]).places[0].alike == (2,)


def test_estimates_that_move_as_one_are_not_told_apart() -> None:
    got = rank_units([71, 70], [1, 1], covariance=np.ones((2, 2)), rng=np.random.default_rng(2))
    assert got.places[0].alike == (1,)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"se": [1]}, "se has 1 entries, 2 expected"),
        ({"n": [1]}, "n has 1 entries"),
        ({"df": [1]}, "df has 1 entries"),
        ({"se": [1, -1]}, "negative"),
        ({"values": [1, np.inf]}, "not finite"),
        ({"confidence": 1}, "between 0 and 1"),
        ({"covariance": np.eye(2)}, "random generator"),
        ({"covariance": np.eye(3), "rng": np.random.default_rng(1)}, "one row per value"),
        ({"covariance": 2 * np.eye(2), "rng": np.random.default_rng(1)}, "diagonal"),
        (
            {"covariance": [[1, 0.5], [0, 1]], "rng": np.random.default_rng(1)},
            "not symmetric",
        ),
        (
            {"covariance": [[1, 2], [2, 1]], "rng": np.random.default_rng(1)},
            "not positive semidefinite",
        ),
    ],
)
def test_what_cannot_be_ranked_is_refused(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        rank_units(**({"values": [2, 1], "se": [1, 1]} | given))


def test_probabilities_refuse_what_they_cannot_use() -> None:
    with pytest.raises(ValueError, match="not positive"):
        rank_probabilities([1, 2], [1, 0])
    with pytest.raises(ValueError, match="at least one draw"):
        drawn_rank_probabilities([1], [[1]], np.random.default_rng(1), draws=0)
    with pytest.raises(ValueError, match="one row per value"):
        drawn_rank_probabilities([1, 2], [[1]], np.random.default_rng(1))


def test_shares_are_ranked_by_what_is_sure() -> None:
    # 5 of 5, 30 of 30, 300 of 300: lower ends 56.6, 88.6 and 98.7 per cent.
    got = rank_shares([1.0, 1.0, 1.0, None], [5, 30, 300, 80])
    assert [place and round(place.low, 3) for place in got] == [0.566, 0.886, 0.987, None]
    assert [place and place.rank for place in got] == [3, 2, 1, None]
    small = rank_shares([1.0, 0.9, 0.9], [5, 30, 30], minimum=10, df=[4, 29, 29])
    assert [place and place.rank for place in small] == [None, 1, 1]
    with pytest.raises(ValueError, match="differ in number"):
        rank_shares([1.0], [5, 30])


def test_equal_answers_get_an_error_that_shrinks_with_their_number() -> None:
    interval = wilson_interval(1.0, 20, 19, 0.95)
    assert interval is not None
    reach = (interval.high - interval.low) / 2
    expected = 100 * reach / stats.t.ppf(0.975, 19)
    assert cautious_se(100, 20, 0, 100, 19) == pytest.approx(expected)
    assert cautious_se(60, 20, 20, 100, 19) > cautious_se(60, 80, 20, 100, 79) > 0

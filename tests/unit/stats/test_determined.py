from __future__ import annotations

import numpy as np
import pytest

from surveyapp.stats.determined import newly_determined

EACH = np.eye(2)


def test_two_sums_of_two_parts_give_both_away() -> None:
    # Weighted a + 3b and unweighted a + b.
    assert newly_determined([[1, 3]], [1, 1], EACH).tolist() == [True, True]


def test_two_sums_of_three_parts_give_none_away() -> None:
    assert not newly_determined([[1, 3, 2]], [1, 1, 1], np.eye(3)).any()


def test_what_was_known_before_is_not_newly_known() -> None:
    assert not newly_determined([[1, 0], [0, 2]], [1, 1], EACH).any()


def test_a_sum_that_says_nothing_new_gives_nothing_away() -> None:
    assert not newly_determined([[2, 2]], [1, 1], EACH).any()


def test_sums_of_several_parts_can_follow_without_the_parts() -> None:
    asked = [[0, 1, 1], [0, 1, 0]]
    assert newly_determined([[1, 0, 0]], [1, 1, 1], asked).tolist() == [True, False]


def test_nothing_may_be_known_before() -> None:
    assert newly_determined(np.empty((0, 2)), [1, 0], EACH).tolist() == [True, False]


def test_shapes_must_fit() -> None:
    with pytest.raises(ValueError, match="cannot reshape"):
        newly_determined([[1, 2, 3]], [1, 1], EACH)

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from surveyapp.stats.quality import all_top, identical_vectors, straight_lines, too_fast

NAN = float("nan")
BAD: list[tuple[Callable[[], object], str]] = [
    (lambda: straight_lines([1, 2]), "two dimensions"),
    (lambda: straight_lines([[1, 2]], run=1), "at least two items"),
    (lambda: straight_lines([[1, 2]], minimum_items=1), "minimum_items must be at least 2"),
    (lambda: all_top([[1, 2]], [1]), "top has 1 entries"),
    (lambda: all_top([[1, 2]], [1, 2], minimum_items=0), "minimum_items"),
    (lambda: too_fast([[1.0]], limit=1), "one dimension"),
    (lambda: too_fast([-1.0], limit=1), "negative or not finite"),
    (lambda: too_fast([math.inf], limit=1), "negative or not finite"),
    (lambda: too_fast([1.0]), "either a limit in seconds or a share"),
    (lambda: too_fast([1.0], limit=1, share=1), "either a limit in seconds or a share"),
    (lambda: too_fast([1.0], limit=0), "limit must be a positive"),
    (lambda: too_fast([1.0], share=1), "must lie between 0 and 1"),
    (lambda: identical_vectors([[1, 2]], minimum_items=1), "minimum_items"),
    (lambda: identical_vectors([[1, 2]], significance=0), "significance"),
]


def test_runs_worked_by_hand() -> None:
    answers: list[list[float]] = [
        [1, 1, 1, 1, 1],  # uniform
        [1, 2, 2, 2, 3],  # a run of three
        [4, NAN, 4, 4, 4],  # a skipped item neither counts nor breaks
        [1, 2, 1, 2, 1],
        [5, 5, NAN, NAN, NAN],  # too few answers
        [NAN] * 5,
    ]
    got = straight_lines(answers)
    assert got.longest.tolist() == [5, 3, 4, 1, 2, 0]
    assert got.uniform.tolist() == [True, False, True, False, False, False]
    assert got.flagged.tolist() == got.uniform.tolist()
    assert straight_lines(answers, run=3).flagged.tolist() == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]
    assert straight_lines(answers, minimum_items=2).uniform.tolist()[4] is True


def test_flags_cannot_be_changed_afterwards() -> None:
    got = straight_lines([[1, 1, 1, 1]])
    for values in (got.longest, got.uniform, got.flagged):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 0


def test_all_top_knows_the_top_of_each_item() -> None:
    answers: list[list[float]] = [
        [5, 5, 1, 5],
        [5, 5, 1, NAN],
        [5, 5, 5, 5],
        [NAN, NAN, 1, 5],
        [NAN] * 4,
    ]
    assert all_top(answers, [5, 5, 1, 5]).tolist() == [True, False, False, False, False]
    assert all_top(answers, [5, 5, 1, 5], minimum_items=2).tolist() == [
        True, True, False, True, False,
    ]  # fmt: skip


def test_too_fast_by_a_limit_or_by_a_share_of_the_median() -> None:
    seconds = [10, 30, 60, 90, NAN, 20]
    got = too_fast(seconds, limit=20)
    assert got.flagged.tolist() == [True, False, False, False, False, False]
    assert (got.limit, got.median, got.timed) == (20, 30, 5)
    half = too_fast(seconds, share=0.5)
    assert half.limit == 15
    assert half.flagged.tolist() == got.flagged.tolist()


def test_nobody_timed_means_nobody_too_fast() -> None:
    got = too_fast([NAN, NAN], share=0.5)
    assert (got.limit, got.median, got.timed) == (None, None, 0)
    assert not got.flagged.any()
    assert too_fast([NAN], limit=5).limit == 5


def test_bad_limits_are_refused() -> None:
    for call, reason in BAD:
        with pytest.raises(ValueError, match=reason):
            call()


def test_identical_vectors_worked_by_hand() -> None:
    # Chain: first answer 1 for 4 of 4; then 2 for 3 of 4; then 3 after 2 for 2 of 3: P = 1/2.
    answers = [[1, 2, 3], [1, 2, 4], [1, 2, 3], [1, 5, 6]]
    got = identical_vectors(answers, minimum_items=3)
    (group,) = got.groups
    assert group.rows == (0, 2)
    assert not group.uniform
    assert group.expected == pytest.approx(1.5)
    assert group.p_value == 1  # 4 times the chance of 1 or more of 3 exceeds 1
    assert got.compared == 4
    assert not got.flagged.any()


def test_a_planted_group_is_found_and_honest_pairs_are_not() -> None:
    random = np.random.default_rng(7)
    answers = random.integers(1, 6, (400, 8)).astype(float)
    answers[30:50] = [1, 5, 2, 4, 1, 3, 5, 2]
    got = identical_vectors(answers)
    assert got.groups[0].rows == tuple(range(30, 50))
    assert got.groups[0].p_value < 1e-6
    assert np.flatnonzero(got.flagged).tolist() == list(range(30, 50))
    # the chance of the group, from the definition
    chance = (answers[:, 0] == 1).mean()
    for item in range(1, 8):
        before = answers[:, item - 1] == answers[30, item - 1]
        chance *= (answers[before, item] == answers[30, item]).mean()
    expected = 400 * stats.binom.sf(18, 399, chance)
    assert got.groups[0].p_value == pytest.approx(float(expected), rel=1e-6)
    assert got.groups[0].expected == pytest.approx(399 * chance)


def test_false_alarms_are_no_more_than_the_significance() -> None:
    # A chain of neighbouring items that go together, as the rule assumes.
    random, alarms, runs = np.random.default_rng(9), 0, 200
    for _ in range(runs):
        answers = np.empty((80, 5))
        answers[:, 0] = random.integers(0, 4, 80)
        for item in range(1, 5):
            keep = random.random(80) < 0.5
            answers[:, item] = np.where(keep, answers[:, item - 1], random.integers(0, 4, 80))
        alarms += bool(identical_vectors(answers).flagged.any())
    assert alarms / runs <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / runs)


def test_uniform_groups_say_so_and_gaps_are_answers() -> None:
    answers: list[list[float]] = [
        [3, 3, NAN, 3, 3],
        [3, 3, NAN, 3, 3],
        [3, 3, 3, 3, 3],
        [NAN] * 5,
        [NAN] * 5,
    ]
    got = identical_vectors(answers)
    (group,) = got.groups
    assert group.rows == (0, 1)
    assert group.uniform
    assert got.compared == 3


def test_everybody_alike_is_no_surprise() -> None:
    got = identical_vectors(np.ones((30, 4)))
    assert got.groups[0].p_value == 1
    assert got.groups[0].expected == pytest.approx(29)


def test_groups_come_most_surprising_first() -> None:
    random = np.random.default_rng(2)
    answers = random.integers(1, 6, (100, 6)).astype(float)
    answers[:3] = [1, 2, 3, 4, 5, 1]
    answers[10:20] = [5, 1, 4, 2, 3, 5]
    sizes = [len(group.rows) for group in identical_vectors(answers).groups]
    assert sizes[:2] == [10, 3]


@pytest.mark.parametrize("rows", [0, 1])
def test_fewer_than_two_respondents_make_no_group(rows: int) -> None:
    got = identical_vectors(np.ones((rows, 5)))
    assert (got.groups, got.compared, got.flagged.size) == ((), rows, rows)

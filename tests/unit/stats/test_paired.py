"""Who can be told apart by ballots that score both, inside classes and with finite rolls."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from surveyapp.stats.paired import PairedPlace, RatedClass, paired_places

NAN = math.nan
MANY = 10**9
SPAN = 60.0


def places(*columns: list[float], roll: int = MANY, **more: bool) -> tuple[PairedPlace, ...]:
    scores = np.array(columns, np.float64).T
    return paired_places(
        np.nanmean(scores, axis=0), [RatedClass(1, roll, scores)], span=SPAN, **more
    )


def test_one_class_of_very_many_is_the_paired_t_test() -> None:
    rng = np.random.default_rng(4)
    found = set()
    for shift in np.linspace(0, 12, 40):
        mood = rng.normal(0, 15, 12)
        first, second = 75 + mood + rng.normal(0, 6, 12), 75 + shift + mood + rng.normal(0, 6, 12)
        expected = stats.ttest_rel(first, second).pvalue < 0.05
        is_apart = not places(list(first), list(second))[0].alike
        assert is_apart == expected
        found.add(is_apart)
    assert found == {True, False}


def test_a_severe_voter_is_severe_with_both() -> None:
    """Both scatter by 40 points; what tells them apart is that every ballot agrees."""
    first = [100.0, 90, 80, 70, 60, 50, 61]
    second = [one - 5 - at % 3 for at, one in enumerate(first)]
    better, worse = places(first, second)
    assert (better.rank, better.possible_low, better.possible_high) == (1, 1, 1)
    assert (better.bands, worse.bands) == ((1,), (2,))


def test_members_who_did_vote_leave_less_to_chance() -> None:
    first, second = [100.0, 80, 100, 80, 100, 60], [80.0, 80, 80, 100, 80, 60]
    assert places(first, second)[0].alike == (1,)
    assert places(first, second, roll=8)[0].alike == (1,)
    assert places(first, second, roll=6)[0].alike == ()


def test_several_classes_weigh_as_in_the_score() -> None:
    rng = np.random.default_rng(8)
    a, b = rng.normal([80, 74], 6, (9, 2)), rng.normal([80, 77], 6, (14, 2))
    weights, rolls = (0.4, 0.6), (20, 30)
    mean = variance = lost = 0.0
    for scores, weight, roll in zip((a, b), weights, rolls, strict=True):
        d = scores[:, 0] - scores[:, 1]
        part = weight**2 * (1 - d.size / roll) * d.var(ddof=1) / d.size
        mean, variance, lost = (
            mean + weight * d.mean(), variance + part, lost + part**2 / (d.size - 1),
        )  # fmt: skip
    p = 2 * stats.t.sf(abs(mean) / math.sqrt(variance), variance**2 / lost)
    given = [RatedClass(w, n, s) for w, n, s in zip((40, 60), rolls, (a, b), strict=True)]
    values = 0.4 * a.mean(axis=0) + 0.6 * b.mean(axis=0)
    for confidence, is_alike in ((1 - p * 1.001, False), (1 - p * 0.999, True)):
        found = paired_places(values, given, span=SPAN, confidence=confidence)
        assert bool(found[0].alike) == is_alike


def test_equal_differences_are_no_certainty_while_members_are_missing() -> None:
    first, second = [100.0] * 3, [80.0] * 3
    assert places(first, second)[0].alike == (1,)
    assert places(first * 10, second * 10)[0].alike == ()
    assert places(first, second, roll=3)[0].alike == ()
    assert places(first, first, roll=3)[0].alike == (1,)


def test_what_the_absent_cannot_turn_round_is_certain() -> None:
    """Twelve of fifteen put the first 20 points higher: the others can take 60 away each."""
    first, second = [100.0] * 12, [80.0] * 12
    assert places(first, second, roll=15)[0].alike == ()
    assert places(second, first, roll=15)[0].alike == ()
    first, second = [100.0, 60], [40.0, 80]
    assert places(first, second, roll=2)[0].alike == ()
    assert places(first, second, roll=3)[0].alike == (1,)


def test_without_a_common_ballot_nothing_is_claimed() -> None:
    apart = places([100.0, 100, NAN, NAN], [NAN, NAN, 60, 60])
    assert apart[0].alike == (1,)
    both = np.array([[100.0, 60], [90, 55], [95, 62], [98, 50]])
    one_only = RatedClass(50, MANY, np.array([[100.0, NAN], [100, NAN]]))
    nobody = RatedClass(50, MANY, np.empty((0, 2)))
    for second in (one_only, nobody):
        given = [RatedClass(50, MANY, both), second]
        assert paired_places([97.0, 57], given, span=SPAN)[0].alike == (1,)
        assert paired_places([97.0, 57], given, span=SPAN, renormalise=True)[0].alike == ()


def test_one_common_ballot_of_more_members_says_nothing() -> None:
    assert places([100.0], [60.0])[0].alike == (1,)


def test_a_pair_that_contradicts_the_scores_is_not_told_apart() -> None:
    """Who rated the first alone thinks so badly of it that its score is the lower one."""
    first = [90.0, 91, 92, 90, 10, 10, 10, 10]
    second = [80.0, 80, 81, 79, NAN, NAN, NAN, NAN]
    assert places(first, second)[0].alike == (1,)


def test_bands_overlap_and_holm_makes_up_for_many_pairs() -> None:
    rng = np.random.default_rng(2)
    noise = rng.normal(0, 8, (20, 3))
    scores = noise - noise.mean(axis=0) + np.array([90.0, 85.5, 81.0])
    found = paired_places([90.0, 85.5, 81], [RatedClass(1, MANY, scores)], span=SPAN)
    assert [one.bands for one in found] == [(1,), (1, 2), (2,)]
    assert [(one.possible_low, one.possible_high) for one in found] == [(1, 2), (1, 3), (2, 3)]
    assert stats.ttest_rel(scores[:, 0], scores[:, 2]).pvalue < 0.05 / 3


def test_what_cannot_be_compared_is_refused() -> None:
    one = RatedClass(1, 5, np.ones((2, 2)))
    with pytest.raises(ValueError, match="span"):
        paired_places([1, 2], [one], span=0)
    with pytest.raises(ValueError, match="3 expected"):
        paired_places([1, 2, 3], [one], span=1)
    with pytest.raises(ValueError, match="more ballots than members"):
        paired_places([1, 2], [RatedClass(1, 1, np.ones((2, 2)))], span=1)

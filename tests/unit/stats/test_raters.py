from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from surveyapp.stats.raters import rater_profiles

NAN = float("nan")


def test_severity_worked_by_hand() -> None:
    # One subject, one criterion: 90, 80, 40. The others' means are 60, 65, 85.
    got = rater_profiles(np.reshape([90, 80, 40], (3, 1, 1)))
    assert [profile.severity for profile in got] == [-30, -15, 45]
    expected = np.array([-30, -15, 45]) / np.std([-30, -15, 45], ddof=1)
    assert [profile.z for profile in got] == pytest.approx(expected.tolist())
    assert [profile.rated for profile in got] == [1, 1, 1]
    assert all(profile.halo is None and profile.pairs == 0 for profile in got)
    flagged = rater_profiles(np.reshape([90, 80, 40], (3, 1, 1)), severity_limit=1)
    assert [profile.flagged_severity for profile in flagged] == [False, False, True]


def test_severity_compares_the_same_subjects_only() -> None:
    # The second rater rated only the better subject, as the first did: both equally severe.
    scores: list[list[list[float]]] = [[[50], [90]], [[NAN], [90]], [[50], [90]]]
    got = rater_profiles(scores)
    assert [profile.severity for profile in got] == [0, 0, 0]
    assert [profile.z for profile in got] == [None, None, None]


def test_who_shares_no_subject_has_no_severity() -> None:
    scores: list[list[list[float]]] = [[[50], [NAN]], [[60], [NAN]], [[NAN], [90]], [[58], [NAN]]]
    got = rater_profiles(scores)
    assert got[2].severity is None
    assert got[2].z is None
    assert not got[2].flagged_severity
    assert got[0].z is not None


def test_two_raters_have_no_z() -> None:
    got = rater_profiles([[[50]], [[60]]])
    assert [(profile.severity, profile.z) for profile in got] == [(10, None), (-10, None)]


def test_halo_worked_by_hand() -> None:
    # Criteria 1,2,3 and 2,4,6 and 3,2,1 of three subjects: correlations 1, -1, -1.
    ratings = np.array([[1, 2, 3], [2, 4, 2], [3, 6, 1]], float)
    got = rater_profiles([ratings, ratings])
    assert got[0].halo == pytest.approx(-1 / 3)
    assert got[0].pairs == 3
    assert not got[0].flagged_halo


def test_one_impression_for_all_criteria_is_flagged() -> None:
    random = np.random.default_rng(3)
    honest = random.integers(1, 6, (5, 12, 4)).astype(float)
    impression = np.repeat(random.integers(1, 6, (1, 12, 1)).astype(float), 4, axis=2)
    got = rater_profiles(np.concatenate([honest, impression]))
    assert [profile.flagged_halo for profile in got] == [False] * 5 + [True]
    assert got[5].halo == pytest.approx(1)
    expected = np.corrcoef(honest[0].T)[np.triu_indices(4, 1)].mean()
    assert got[0].halo == pytest.approx(float(expected))


def test_criteria_without_common_scatter_do_not_count_for_halo() -> None:
    ratings: list[list[float]] = [[1, 5, 2, NAN], [2, 5, 4, 3], [3, 5, 6, 4]]
    got = rater_profiles([ratings, ratings])
    # the second is constant, the fourth has two subjects only
    assert got[0].pairs == 1
    assert got[0].halo == pytest.approx(1)
    constant = rater_profiles(np.full((2, 4, 3), 5.0))
    assert (constant[0].pairs, constant[0].halo, constant[0].flagged_halo) == (0, None, False)


@pytest.mark.parametrize(
    ("scores", "limits", "reason"),
    [
        ([[1, 2]], {}, "three dimensions"),
        ([[[math.inf]], [[1]]], {}, "not finite"),
        ([[[1]]], {}, "at least two raters"),
        ([[[1]], [[1]]], {"severity_limit": 0}, "limit of z"),
        ([[[1]], [[1]]], {"halo_limit": 1.5}, "halo between -1 and 1"),
    ],
)
def test_scores_without_profiles_are_refused(
    scores: list[Any], limits: dict[str, float], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        rater_profiles(scores, **limits)


@pytest.mark.parametrize(("raters", "flagged"), [(10, False), (11, True)])
def test_ten_raters_are_too_few_for_a_z_of_three(raters: int, flagged: bool) -> None:
    *_, odd = rater_profiles([[[80], [70], [60]]] * (raters - 1) + [[[20], [10], [0]]])
    assert odd.z == pytest.approx((raters - 1) / raters**0.5)
    assert odd.flagged_severity is flagged

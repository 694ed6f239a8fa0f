"""Levels of classes of raters, and the gap between the highest and the lowest."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from surveyapp.stats.gaps import class_levels

NAN = math.nan


def test_two_classes_are_compared_by_welch() -> None:
    rng = np.random.default_rng(3)
    kind, severe = rng.normal([90, 80, 70], 8, (12, 3)), rng.normal([84, 74, 64], 9, (30, 3))
    found = class_levels([severe, kind])
    assert found.gap is not None
    assert (found.gap.higher, found.gap.lower, found.subjects) == (1, 0, 3)
    expected = stats.ttest_ind(kind.mean(axis=1), severe.mean(axis=1), equal_var=False)
    assert found.gap.value == pytest.approx(float(kind.mean() - severe.mean()))
    assert found.gap.p_value == pytest.approx(float(expected.pvalue))
    low, high = stats.t.interval(
        0.95, 11, found.levels[1].value or 0.0, stats.sem(kind.mean(axis=1))
    )
    assert found.levels[1].interval == pytest.approx((low, high))
    assert found.levels[0].value == pytest.approx(-found.levels[1].value)  # type: ignore[operator]  # it has a value


def test_a_ballot_with_gaps_is_compared_by_what_it_scores() -> None:
    """Whoever rates only the weak subject is not severe for that."""
    second = np.array([[NAN, 50.0], [90, 50], [NAN, NAN]])
    found = class_levels([np.array([[90.0, 50], [90, 50]]), second])
    assert [one.value for one in found.levels] == [0, 0]
    assert [one.ballots for one in found.levels] == [2, 2]
    assert found.gap is not None
    assert (found.gap.value, found.gap.p_value) == (0, None)


def test_only_subjects_of_all_classes_count() -> None:
    found = class_levels([[[90.0, 10]], [[80.0, NAN]]])
    assert [one.value for one in found.levels] == [5, -5]
    assert found.subjects == 1
    assert found.gap is not None
    assert (found.gap.value, found.gap.p_value) == (10, None)
    assert [one.interval for one in found.levels] == [None, None]


def test_holm_makes_up_for_three_classes() -> None:
    rng = np.random.default_rng(5)
    given = [rng.normal(mean, 10, (10, 1)) for mean in (70, 75, 82)]
    found = class_levels(given).gap
    assert found is not None
    raw = float(stats.ttest_ind(given[0][:, 0], given[2][:, 0], equal_var=False).pvalue)
    assert found.p_value == pytest.approx(3 * raw)


def test_without_scatter_there_is_no_test() -> None:
    found = class_levels([[[90.0]] * 3, [[80.0]] * 3])
    assert found.gap is not None
    assert (found.gap.value, found.gap.p_value) == (10, None)


def test_nothing_shared_is_nothing_to_compare() -> None:
    found = class_levels([[[90.0, NAN]], [[NAN, 80.0]]])
    assert found.gap is None
    assert [one.value for one in found.levels] == [None, None]
    assert class_levels([[[1.0], [2.0]]]).gap is None


def test_tables_of_other_subjects_are_refused() -> None:
    with pytest.raises(ValueError, match="same subjects"):
        class_levels([])
    with pytest.raises(ValueError, match="same subjects"):
        class_levels([[[1.0]], [[1.0, 2]]])

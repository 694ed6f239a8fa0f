from __future__ import annotations

import numpy as np
import pytest

from surveyapp.stats.cells import Cells
from surveyapp.stats.margins import (
    EmptyLevel,
    ForeignLevel,
    Margin,
    MarginsDisagree,
    indicator_matrix,
    require_agreement,
    target_vector,
)

CELLS = Cells([10, 20, 10])
AGES = ("18-44", "45-64", "65+")


def test_shares_become_counts() -> None:
    margin = Margin("age", AGES, [0.5, 0.3, 0.2], [0, 1, 2]).scaled(40)
    assert margin.targets.tolist() == [20, 12, 8]
    assert margin.total == 40


def test_respondents_of_unknown_level_get_a_level_with_their_own_share() -> None:
    margin = Margin("age", AGES, [50, 30, 20], [0, -1, 2]).keeping_unknown(CELLS, "unknown")
    assert margin.labels == (*AGES, "unknown")
    assert margin.targets.tolist() == [25, 15, 10, 50]
    assert margin.level.tolist() == [0, 3, 2]


def test_without_unknown_respondents_the_margin_stays_as_it_is() -> None:
    margin = Margin("age", AGES, [50, 30, 20], [0, 1, 2])
    assert margin.keeping_unknown(CELLS, "unknown") is margin


@pytest.mark.parametrize(
    ("targets", "level", "reason"),
    [
        ([1, 2], [0, 1, 2], "targets of age has 2 entries"),
        ([1, -2, 3], [0, 1, 2], "must not be negative"),
        ([0, 0, 0], [0, 1, 2], "not all 0"),
        ([1, 2, 3], [0, 1, 3], "a level that the margin age does not have"),
        ([1, 2, 3], [0, 1, -2], "a level that the margin age does not have"),
        ([1, 2, 3], [[0, 1, 2]], "a level that the margin age does not have"),
    ],
)
def test_a_margin_that_contradicts_itself_is_refused(
    targets: list[float], level: list[int], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        Margin("age", AGES, targets, level)


def test_a_level_without_respondents_is_refused_with_a_level_to_merge_it_with() -> None:
    with pytest.raises(EmptyLevel) as refusal:
        Margin("age", AGES, [50, 30, 20], [0, 1, 1]).require_usable(CELLS)
    assert str(refusal.value) == (
        "the margin age gives 20.0000% of the population to the level 65+, "
        "but it has no respondent; merge it with 45-64"
    )
    assert (refusal.value.level, refusal.value.neighbour) == ("65+", "45-64")


def test_a_sample_without_respondents_has_nothing_to_merge() -> None:
    with pytest.raises(EmptyLevel, match=r"has no respondent$"):
        Margin("age", AGES, [50, 30, 20], [0, 1, 2]).require_usable(Cells([0, 0, 0]))


def test_respondents_of_a_level_that_the_population_lacks_are_refused() -> None:
    with pytest.raises(ForeignLevel, match=r"20 respondents belong to the level 45-64"):
        Margin("age", AGES, [50, 0, 50], [0, 1, 2]).require_usable(CELLS)


def test_a_level_that_neither_has_is_left_out() -> None:
    margin = Margin("age", AGES, [50, 0, 50], [0, 2, 2])
    margin.require_usable(CELLS)
    assert indicator_matrix([margin], full=True).toarray().tolist() == [[1, 0], [0, 1], [0, 1]]
    assert target_vector([margin], full=True).tolist() == [50, 50]


def test_an_unknown_level_and_another_sample_are_refused() -> None:
    with pytest.raises(ValueError, match="respondents have no level of the margin age"):
        Margin("age", AGES, [50, 30, 20], [0, 1, -1]).require_usable(CELLS)
    with pytest.raises(ValueError, match="the margin age has 2 cells, 3 expected"):
        Margin("age", AGES, [50, 30, 20], [0, 1]).require_usable(CELLS)


def test_margins_of_different_populations_are_refused_by_name() -> None:
    age = Margin("age", AGES, [50, 30, 20], [0, 1, 2])
    sex = Margin("sex", ("m", "f"), [50, 51], [0, 1, 1])
    require_agreement([age, Margin("sex", ("m", "f"), [50, 50.00001], [0, 1, 1])])
    with pytest.raises(MarginsDisagree, match="age and sex have different totals: 100 and 101"):
        require_agreement([age, sex])
    with pytest.raises(ValueError, match="two margins have the same name"):
        require_agreement([age, age])
    with pytest.raises(ValueError, match="at least one margin"):
        require_agreement([])


def test_columns_that_the_first_margin_implies_are_left_out() -> None:
    age = Margin("age", AGES, [50, 30, 20], [0, 1, 2])
    sex = Margin("sex", ("m", "f"), [40, 60], [0, 1, 1])
    matrix = indicator_matrix([age, sex], full=False).toarray()
    assert matrix.tolist() == [[1, 0, 0, 0], [0, 1, 0, 1], [0, 0, 1, 1]]
    assert target_vector([age, sex], full=False).tolist() == [50, 30, 20, 60]
    assert indicator_matrix([age, sex], full=True).shape == (3, 5)
    assert np.all(target_vector([age, sex], full=True) == [50, 30, 20, 40, 60])

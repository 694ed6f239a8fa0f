"""What must hold for ranks of a closed ballot, whatever its voters think."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveyapp.stats.paired import PairedPlace, RatedClass, paired_places

GRADES = st.sampled_from([40.0, 60.0, 80.0, 100.0, float("nan")])
TABLES = st.tuples(st.integers(2, 6), st.integers(2, 12)).flatmap(
    lambda size: st.lists(
        st.lists(GRADES, min_size=size[0], max_size=size[0]), min_size=size[1], max_size=size[1]
    )
)


def places_of(scores: np.ndarray, missing: int = 5) -> tuple[PairedPlace, ...]:
    values = np.nan_to_num(np.array([column[~np.isnan(column)].mean() for column in scores.T]))
    return paired_places(values, [RatedClass(1, len(scores) + missing, scores)], span=60)


@settings(deadline=None, max_examples=60)
@given(TABLES, st.randoms(use_true_random=False))
def test_parts_agree_and_neither_ballots_nor_subjects_have_an_order(
    table: list[list[float]], random: object
) -> None:
    scores = np.array(table)
    scores[0] = np.nan_to_num(scores[0], nan=60.0)
    found = places_of(scores)
    for at, one in enumerate(found):
        assert one.possible_low <= one.rank <= one.possible_high
        assert all(at in found[other].alike for other in one.alike)
        assert one.possible_high - one.possible_low <= len(one.alike)
        assert one.bands
    assert places_of(scores[::-1]) == found
    turned = places_of(scores[:, ::-1])[::-1]
    assert [one.rank for one in turned] == [one.rank for one in found]
    assert [len(one.alike) for one in turned] == [len(one.alike) for one in found]


@pytest.mark.parametrize("turnout", [0.5, 0.9])
def test_subjects_that_do_not_differ_are_seldom_told_apart(turnout: float) -> None:
    """Holm holds the chance of a single wrong word below 5 %, at any turnout."""
    rng = np.random.default_rng(11)
    wrong, votes = 0, 300
    for _vote in range(votes):
        classes, values = [], np.zeros(5)
        for weight, roll in ((30, 15), (40, 40), (30, 80)):
            people = 80 + rng.normal(0, 10, (roll, 1)) + rng.normal(0, 12, (roll, 5))
            people -= people.mean(axis=0) - 80
            scores = people[rng.choice(roll, int(roll * turnout), replace=False)]
            classes.append(RatedClass(weight, roll, scores))
            values += weight / 100 * scores.mean(axis=0)
        found = paired_places(values, classes, span=60)
        wrong += any(len(one.alike) < 4 for one in found)
    # 5 % of 300 and three standard deviations.
    assert wrong <= 26

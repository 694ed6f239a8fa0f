"""What must hold for every ranking, whatever the estimates and their errors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveyapp.stats.rank_probabilities import drawn_rank_probabilities, rank_probabilities
from surveyapp.stats.ranking import Ranking, rank_units, shared_ranks

ESTIMATES = st.lists(
    st.tuples(st.floats(0, 100).map(lambda x: round(x, 2)), st.floats(0.05, 15)),
    min_size=1,
    max_size=9,
)


def ranked(estimates: list[tuple[float, float]]) -> Ranking:
    return rank_units([value for value, _ in estimates], [se for _, se in estimates])


@given(ESTIMATES)
def test_every_unit_has_one_rank_and_every_rank_one_unit(
    estimates: list[tuple[float, float]],
) -> None:
    values, errors = zip(*estimates, strict=True)
    got = rank_probabilities(values, errors)
    assert got.sum(axis=0) == pytest.approx(np.ones(len(values)), abs=1e-9)
    assert got.sum(axis=1) == pytest.approx(np.ones(len(values)), abs=1e-9)
    assert (got >= 0).all()
    drawn = drawn_rank_probabilities(
        values, np.diag(np.square(errors)), np.random.default_rng(1), draws=500
    )
    assert drawn.sum(axis=0) == pytest.approx(np.ones(len(values)))
    assert drawn.sum(axis=1) == pytest.approx(np.ones(len(values)))


@given(ESTIMATES, st.randoms(use_true_random=False))
def test_the_order_of_the_call_does_not_matter(
    estimates: list[tuple[float, float]],
    random: np.random.Generator,
) -> None:
    new = list(range(len(estimates)))
    random.shuffle(new)
    one, other = ranked(estimates), ranked([estimates[unit] for unit in new])
    for position, unit in enumerate(new):
        a, b = one.places[unit], other.places[position]
        assert a.probabilities == pytest.approx(b.probabilities, abs=1e-9)
        assert (a.rank, a.low, a.high) == (b.rank, b.low, b.high)
        assert (a.joint_low, a.joint_high) == (b.joint_low, b.joint_high)
        assert set(a.alike) == {new[place] for place in b.alike}


@given(st.integers(1, 12), st.floats(0, 100), st.floats(0.01, 20))
def test_equal_estimates_have_equal_chances(units: int, value: float, se: float) -> None:
    got = rank_units([value] * units, [se] * units)
    for place in got.places.values():
        assert place.probabilities == pytest.approx([1 / units] * units)
        assert place.rank == 1
        assert place.expected == pytest.approx((units + 1) / 2)
        assert (place.joint_low, place.joint_high) == (1, units)
        assert place.bands == (1,)
        assert len(place.alike) == units - 1


@given(ESTIMATES)
def test_the_parts_of_a_ranking_agree(estimates: list[tuple[float, float]]) -> None:
    got = ranked(estimates)
    bands: dict[int, list[int]] = {}
    for position, unit in enumerate(got.order):
        place = got.places[unit]
        assert place.rank == shared_ranks([value for value, _ in estimates])[unit]
        assert place.joint_low <= place.rank <= place.joint_high
        assert place.possible_low <= place.rank <= place.possible_high
        assert place.possible_high - place.possible_low <= len(place.alike)
        assert 1 <= place.low <= place.high <= len(estimates)
        assert all(unit in got.places[other].alike for other in place.alike)
        assert place.bands
        for band in place.bands:
            bands.setdefault(band, []).append(position)
    assert list(bands) == list(range(1, len(bands) + 1))
    for members in bands.values():
        assert members == list(range(members[0], members[-1] + 1))
        units = [got.order[position] for position in members]
        assert all(
            other in got.places[unit].alike for unit in units for other in units if other != unit
        )


@given(ESTIMATES, st.floats(-50, 50), st.floats(0.1, 10))
def test_ranks_know_no_unit_of_measurement(
    estimates: list[tuple[float, float]], shift: float, scale: float
) -> None:
    values, errors = (np.array(column) for column in zip(*estimates, strict=True))
    one = rank_probabilities(values, errors)
    other = rank_probabilities(shift + scale * values, scale * errors)
    assert one == pytest.approx(other, abs=1e-8)


def test_joint_intervals_hold_together_as_often_as_they_claim() -> None:
    random = np.random.default_rng(20261121)
    truth = np.array([70, 71, 71.5, 73, 76, 80.0])
    errors = np.array([1.5, 0.5, 1, 1, 0.8, 2])
    ranks = np.array(shared_ranks(truth))
    held, left = 0, 0
    for _ in range(400):
        got = rank_units(list(random.normal(truth, errors)), list(errors))
        held += all(
            got.places[unit].joint_low <= ranks[unit] <= got.places[unit].joint_high
            for unit in range(truth.size)
        )
        left += all(
            got.places[unit].possible_low <= ranks[unit] <= got.places[unit].possible_high
            for unit in range(truth.size)
        )
    assert held >= 0.95 * 400
    assert left >= 0.95 * 400


def test_units_that_do_not_differ_are_seldom_told_apart() -> None:
    random = np.random.default_rng(7)
    errors = [1.0, 2.0, 0.5, 1.0, 3.0]
    wrong = 0
    for _ in range(1000):
        got = rank_units(list(random.normal(70, errors)), errors)
        wrong += any(len(place.alike) < 4 for place in got.places.values())
    assert wrong <= 65, "at most 5 % plus what 1000 draws explain"

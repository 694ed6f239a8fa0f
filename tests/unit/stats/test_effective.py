from __future__ import annotations

import numpy as np
import pytest

from surveyapp.stats.effective import (
    design_effect,
    effective_size,
    simple_variances,
    weighting_effect,
)

WEIGHTS = np.array([1.0, 3.0])
COUNTS = np.array([2.0, 2.0])


def test_effective_size_worked_example() -> None:
    # By hand: weights 1, 1, 3, 3: 8^2 / 20 = 3.2.
    assert effective_size(WEIGHTS, COUNTS) == pytest.approx(3.2)
    assert weighting_effect(WEIGHTS, COUNTS) == pytest.approx(1.25)


def test_equal_weights_lose_nothing() -> None:
    assert effective_size(np.full(2, 7.0), COUNTS) == pytest.approx(4)
    assert weighting_effect(np.full(2, 7.0), COUNTS) == pytest.approx(1)


def test_nobody_has_no_effective_size() -> None:
    assert effective_size(WEIGHTS, np.zeros(2)) == 0
    assert weighting_effect(WEIGHTS, np.zeros(2)) is None


def test_variance_of_a_simple_sample_worked_example() -> None:
    # Four values 0, 0, 1, 1 with weights 1: s^2 = 1/3, over 4; with weights 2, N = 8 halves it.
    squares = np.array([0.5, 0.5])
    one, two = np.ones(2), np.full(2, 2.0)
    assert simple_variances(one, COUNTS[None], squares[None], grossing=False) == pytest.approx(
        [1 / 12]
    )
    assert simple_variances(two, COUNTS[None], squares[None], grossing=True) == pytest.approx(
        [1 / 24]
    )


@pytest.mark.parametrize(
    ("weights", "counts"),
    [([1.0], [1.0]), ([-1.0], [4.0]), ([0.5], [4.0]), ([1 + 1e-15], [4.0]), ([0.0], [4.0])],
    ids=[
        "one respondent",
        "negative total",
        "population below the sample",
        "population of the sample but for rounding",
        "all weights zero",
    ],
)
def test_no_simple_variance_where_it_is_undefined(
    weights: list[float], counts: list[float]
) -> None:
    got = simple_variances(np.array(weights), np.array([counts]), np.ones((1, 1)), grossing=True)
    assert np.isnan(got).all()


@pytest.mark.parametrize("simple", [float("nan"), 0.0, float("inf")])
def test_no_design_effect_without_a_simple_variance(simple: float) -> None:
    assert design_effect(1.0, simple) is None
    assert design_effect(3.0, 2.0) == 1.5

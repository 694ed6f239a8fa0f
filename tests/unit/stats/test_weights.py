from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from surveyapp.stats.cells import Cells
from surveyapp.stats.weights import Weights

CELLS = Cells([2, 1, 1], [1, 2, 4])


def test_no_weights_mean_the_base_weights() -> None:
    assert Weights.of(CELLS, None).value.tolist() == [1, 2, 4]


def test_plain_numbers_are_fixed_weights() -> None:
    made = Weights.of(CELLS, [1, 1, 1])
    assert made.auxiliary is None
    assert Weights.of(CELLS, made) is made


def test_weights_of_another_sample_are_refused() -> None:
    with pytest.raises(ValueError, match="2 weights for 3 cells"):
        Weights.of(CELLS, [1, 1])
    with pytest.raises(ValueError, match="auxiliary has 2 rows, 3 expected"):
        Weights(np.ones(3), auxiliary=sparse.csr_array(np.ones((2, 1))))
    with pytest.raises(ValueError, match="calibrated has 2 entries"):
        Weights(np.ones(3), calibrated=np.ones(2))


def test_calibration_takes_out_of_the_variance_what_the_margins_explain() -> None:
    # z is constant within the margin's two groups, so nothing is left.
    x = sparse.csr_array(np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    weights = Weights(np.array([1.5, 1.5, 4.0]), auxiliary=x)
    z = np.array([[3.0, 3.0, 7.0]])
    mean, scatter = weights.influence(CELLS, CELLS.n[None, :], z, np.zeros((1, 3)))
    assert mean == pytest.approx(np.zeros((1, 3)), abs=1e-12)
    assert scatter.tolist() == [[0, 0, 0]]


def test_trimmed_weights_keep_the_residuals_of_the_calibration() -> None:
    # One margin (the total): u = w z - w_cal B with B = sum d (w/w_cal) z / sum d, by hand.
    cells = Cells([1, 1])
    weights = Weights(np.array([3.0, 1.0]), np.array([2.0, 0.0]), sparse.csr_array(np.ones((2, 1))))
    mean, _ = weights.influence(cells, np.ones((1, 2)), np.array([[2.0, 4.0]]), np.zeros((1, 2)))
    slope = (1.5 * 2 + 1 * 4) / 2
    assert mean == pytest.approx(np.array([[3 * 2 - 2 * slope, 1 * 4]]))


def test_cells_where_some_skipped_the_item_scatter_between_zero_and_their_value() -> None:
    # One of the two in the cell answered with z = 3, the other counts as 0: 2 * (2 * 1.5)^2.
    mean, scatter = Weights(np.array([2.0])).influence(
        Cells([2]), np.array([[1.0]]), np.array([[3.0]]), np.zeros((1, 1))
    )
    assert (mean.tolist(), scatter.tolist()) == ([[3]], [[18]])


def test_weights_of_some_cells_keep_what_belongs_to_them() -> None:
    x = sparse.csr_array(np.eye(3))
    weights = Weights(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 4.0]), x)
    some = weights.of_cells(np.array([2, 0]))
    assert some.value.tolist() == [3.0, 1.0]
    assert some.calibrated is not None
    assert some.calibrated.tolist() == [4.0, 1.0]
    assert some.auxiliary is not None
    assert some.auxiliary.toarray().tolist() == [[0, 0, 1], [1, 0, 0]]
    plain = Weights(np.array([1.0, 2.0])).of_cells(np.array([1]))
    assert (plain.value.tolist(), plain.calibrated, plain.auxiliary) == ([2.0], None, None)

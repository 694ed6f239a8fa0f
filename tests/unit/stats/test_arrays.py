from __future__ import annotations

import numpy as np
import pytest

from surveyapp.stats.arrays import (
    frozen_codes,
    frozen_matrix,
    frozen_vector,
    require_confidence,
    require_counts,
    sums_by,
)


def test_a_vector_is_copied_and_cannot_be_changed() -> None:
    source = np.array([1.0, 2.0])
    copy = frozen_vector(source, "weights")
    source[0] = 9
    assert copy.tolist() == [1, 2]
    with pytest.raises(ValueError, match="read-only"):
        copy[0] = 3


def test_a_vector_of_the_wrong_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="weights must have one dimension, not 2"):
        frozen_vector([[1.0]], "weights")
    with pytest.raises(ValueError, match="weights has 1 entries, 2 cells expected"):
        frozen_vector([1.0], "weights", 2)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_number_that_is_not_finite_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="weights has a number that is not finite"):
        frozen_vector([1.0, bad], "weights")
    with pytest.raises(ValueError, match="counts has a number that is not finite"):
        frozen_matrix([[bad]], "counts")


def test_a_matrix_of_the_wrong_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="counts must have two dimensions, not 1"):
        frozen_matrix([1.0], "counts")
    with pytest.raises(ValueError, match="counts has 1 rows, 2 cells expected"):
        frozen_matrix([[1.0]], "counts", 2)


def test_labels_become_codes_in_the_order_of_the_labels() -> None:
    assert frozen_codes(["b", "a", "b"], "stratum", 3).tolist() == [1, 0, 1]
    with pytest.raises(ValueError, match=r"stratum has shape \(2,\), \(3,\) expected"):
        frozen_codes(["b", "a"], "stratum", 3)


def test_groups_are_added_up_and_empty_groups_are_zero() -> None:
    assert sums_by(np.array([2, 0, 2]), [1.0, 2.0, 4.0], 4).tolist() == [2, 0, 5, 0]


@pytest.mark.parametrize("confidence", [0.0, 1.0, -0.5, 95.0])
def test_a_confidence_outside_zero_and_one_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence must lie between 0 and 1"):
        require_confidence(confidence)


def test_a_negative_count_is_refused() -> None:
    require_counts(np.array([]), "n")
    with pytest.raises(ValueError, match="n has a negative count"):
        require_counts(np.array([1.0, -1.0]), "n")

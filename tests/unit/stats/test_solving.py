from __future__ import annotations

import numpy as np
import pytest

from surveyapp.stats.solving import is_definite, solve_semidefinite


def test_a_definite_system_is_solved_for_one_or_several_right_sides() -> None:
    matrix = np.array([[4e8, 2.0], [2.0, 3e-4]])
    solution = np.array([[1.0, 2.0], [-3.0, 5.0]])
    assert is_definite(matrix)
    assert solve_semidefinite(matrix, matrix @ solution) == pytest.approx(solution)
    assert solve_semidefinite(matrix, matrix @ solution[:, 0]) == pytest.approx(solution[:, 0])


@pytest.mark.parametrize("third", [[0.0, 0.0, 0.0], [1.0, 1.0, 2.0]])
def test_redundant_equations_do_no_harm(third: list[float]) -> None:
    rows = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
    matrix = rows.T @ rows if third[0] else np.diag([2.0, 3.0, 0.0])
    right = matrix @ np.array([1.0, 2.0, 3.0])
    assert not is_definite(matrix)
    assert matrix @ solve_semidefinite(matrix, right) == pytest.approx(right)

"""Solving symmetric systems that may have redundant equations."""

from __future__ import annotations

import numpy as np
from scipy import linalg

from surveyapp.stats.arrays import Matrix

INDEPENDENT = 1e-7
"""Smallest Cholesky pivot of a matrix with diagonal 1 whose equations count as independent."""


def is_definite(matrix: Matrix) -> bool:
    """Whether a symmetric matrix is positive definite with room for rounding."""
    return _factor(_balanced(matrix)[0]) is not None


def solve_semidefinite(matrix: Matrix, right: Matrix) -> Matrix:
    """Solve ``matrix @ x = right`` for a symmetric positive semidefinite matrix.

    Parameters
    ----------
    matrix : float array, shape (p, p)
        Its redundant rows, if any, are consistent with the right side.
    right : float array, shape (p,) or (p, K)
        Right sides.

    Returns
    -------
    float array, shape of `right`
        The solution; if there are several, one of them.
    """
    balanced, scale = _balanced(matrix)
    rows = scale if right.ndim == 1 else scale[:, None]
    factor = _factor(balanced)
    if factor is None:
        shortest = linalg.lstsq(balanced, right / rows, cond=INDEPENDENT**2)[0]
        return np.asarray(shortest / rows, dtype=np.float64)
    return np.asarray(linalg.cho_solve((factor, True), right / rows) / rows, dtype=np.float64)


def _factor(balanced: Matrix) -> Matrix | None:
    """Cholesky factor, or None where equations depend on each other."""
    try:
        factor = np.asarray(np.linalg.cholesky(balanced), dtype=np.float64)
    except np.linalg.LinAlgError:
        return None
    return factor if np.diagonal(factor).min() > INDEPENDENT else None


def _balanced(matrix: Matrix) -> tuple[Matrix, Matrix]:
    """Bring the diagonal to 1, so that margins of any size weigh the same in rounding."""
    diagonal = np.sqrt(np.maximum(np.diagonal(matrix), 0))
    scale = np.where(diagonal > 0, diagonal, 1.0)
    return matrix / np.outer(scale, scale), scale

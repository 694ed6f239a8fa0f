"""Array types of the package and the checks every function makes on its arguments."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Vector: TypeAlias = NDArray[np.float64]
"""One number per cell (or per level), shape (C,)."""

Matrix: TypeAlias = NDArray[np.float64]
"""Cells by levels or by margin columns, shape (C, L)."""

Codes: TypeAlias = NDArray[np.int64]
"""Which stratum, cluster or level a cell belongs to, shape (C,)."""

Mask: TypeAlias = NDArray[np.bool_]
"""Which cells belong to a domain, shape (C,) or, for K domains, (K, C)."""


def frozen_vector(values: ArrayLike, name: str, size: int | None = None) -> Vector:
    """Copy into a read-only float vector.

    Parameters
    ----------
    values : array_like, shape (C,)
        Finite numbers.
    name : str
        What the argument is called in the error message.
    size : int, optional
        The length it must have.

    Raises
    ------
    ValueError
        Not one-dimensional, of another length, or not finite.
    """
    vector = np.array(values, dtype=np.float64)
    if vector.ndim != 1:
        raise ValueError(f"{name} must have one dimension, not {vector.ndim}")
    if size is not None and vector.size != size:
        raise ValueError(f"{name} has {vector.size} entries, {size} cells expected")
    _require_finite(vector, name)
    vector.setflags(write=False)
    return vector


def frozen_matrix(values: ArrayLike, name: str, rows: int | None = None) -> Matrix:
    """Copy into a read-only float matrix; the errors are those of :func:`frozen_vector`."""
    matrix = np.array(values, dtype=np.float64)
    if matrix.ndim != 2:
        raise ValueError(f"{name} must have two dimensions, not {matrix.ndim}")
    if rows is not None and matrix.shape[0] != rows:
        raise ValueError(f"{name} has {matrix.shape[0]} rows, {rows} cells expected")
    _require_finite(matrix, name)
    matrix.setflags(write=False)
    return matrix


def frozen_answers(values: ArrayLike, name: str) -> Matrix:
    """Copy into a read-only float matrix in which NaN stands for "not answered".

    Raises
    ------
    ValueError
        Not two-dimensional, or infinite.
    """
    matrix = np.array(values, dtype=np.float64)
    if matrix.ndim != 2:
        raise ValueError(f"{name} must have two dimensions, not {matrix.ndim}")
    if np.isinf(matrix).any():
        raise ValueError(f"{name} has a number that is not finite")
    matrix.setflags(write=False)
    return matrix


def frozen_codes(values: ArrayLike, name: str, size: int) -> Codes:
    """Copy group labels into read-only codes 0, 1, ..., in the order of the labels.

    Raises
    ------
    ValueError
        Not one-dimensional or not of length `size`.
    """
    labels = np.asarray(values)
    if labels.shape != (size,):
        raise ValueError(f"{name} has shape {labels.shape}, ({size},) expected")
    codes = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    codes.setflags(write=False)
    return codes


def sums_by(codes: Codes, values: ArrayLike, groups: int) -> Vector:
    """Add values up by group code, shape (G,)."""
    return np.bincount(codes, np.asarray(values), groups).astype(np.float64)


def require_confidence(confidence: float) -> None:
    """Raise ValueError unless the coverage probability lies strictly between 0 and 1."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")


def require_counts(values: Matrix | Vector, name: str) -> None:
    """Raise ValueError if a count is negative."""
    if values.size and values.min() < 0:
        raise ValueError(f"{name} has a negative count")


def _require_finite(values: Matrix | Vector, name: str) -> None:
    if not np.isfinite(values).all():
        raise ValueError(f"{name} has a number that is not finite")

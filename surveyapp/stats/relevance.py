"""Indices weighted by how much a service concerns a respondent (知情度, 关联度)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from surveyapp.stats.arrays import (
    Mask,
    Matrix,
    Vector,
    frozen_vector,
    require_confidence,
    require_counts,
)
from surveyapp.stats.cells import Cells
from surveyapp.stats.effective import effective_size
from surveyapp.stats.estimates import Estimate, Linear, assess, blocks, masks
from surveyapp.stats.intervals import t_interval
from surveyapp.stats.weights import Weights


@dataclass(frozen=True, slots=True)
class RelevanceIndex:
    """An index with relevance weights and, always beside it, without them.

    Attributes
    ----------
    weighted : Estimate
        Σ w a s / Σ w a. Its `effective_n` counts respondents by w a: how many equally concerned
        ones would be as precise.
    plain : Estimate
        Σ w s / Σ w over the same respondents.
    gap : Estimate
        Weighted minus plain, with the standard error of the difference; the two share their
        respondents and vary together.
    """

    weighted: Estimate
    plain: Estimate
    gap: Estimate


def relevance_indices(
    cells: Cells,
    counts: ArrayLike,
    relevance: ArrayLike,
    points: ArrayLike,
    *,
    weights: Weights | ArrayLike | None = None,
    domains: ArrayLike | None = None,
    confidence: float = 0.95,
) -> tuple[RelevanceIndex, ...]:
    """Estimate indices in which respondents count by how much they are concerned.

    Parameters
    ----------
    cells : Cells
        The sample, C cells.
    counts : array_like, shape (C, A, L)
        Respondents of each cell by level of relevance and by scored level.
    relevance : array_like, shape (A,)
        What each level of relevance weighs, 0 or more, such as 1, 0.5 and 0.5.
    points : array_like, shape (L,)
        What each scored level is worth.
    weights : Weights or array_like, shape (C,), optional
        Calibrated weights, or numbers that count as fixed; default the base weights.
    domains : bool array_like, shape (K, C), optional
        One row of cells per domain; default one domain, the whole sample.
    confidence : float
        Coverage probability in (0, 1).

    Returns
    -------
    tuple of RelevanceIndex, length K
        In points. Empty estimates where nobody counts.

    Raises
    ------
    ValueError
        A shape does not fit, a count or a relevance is negative, more answers than respondents.
    LonelyStratum
        A stratum has a single sampled unit and the design says to refuse.

    Notes
    -----
    Linearised variables z = a (s - θ) / Σ w a for the weighted index and, for the gap, z minus
    (s - θ₀) / Σ w [1]_.

    References
    ----------
    .. [1] Särndal, Swensson, Wretman (1992), Model Assisted Survey Sampling, sections 5.5-5.6.
    """
    require_confidence(confidence)
    table = np.asarray(counts, dtype=np.float64)
    if table.ndim != 3 or table.shape[0] != cells.size:
        raise ValueError(f"counts have shape {table.shape}, ({cells.size}, A, L) expected")
    require_counts(table, "counts")
    concern = frozen_vector(relevance, "relevance", table.shape[1])
    if concern.min(initial=0) < 0:
        raise ValueError("a relevance is negative")
    worth = frozen_vector(points, "points", table.shape[2])
    if (table.sum(axis=(1, 2)) > cells.n).any():
        raise ValueError("a cell has more answers than respondents")
    kinds = _Kinds(
        table.reshape(cells.size, -1),
        np.repeat(concern, worth.size),
        np.tile(worth, concern.size),
        Weights.of(cells, weights),
    )
    return tuple(
        index
        for block in blocks(masks(cells, domains))
        for index in kinds.indices(cells, block, confidence)
    )


class _Kinds:
    """Respondents by what they answered: T pairs of relevance and points."""

    def __init__(self, counts: Matrix, concern: Vector, worth: Vector, weights: Weights) -> None:
        self._counts, self._concern, self._worth = counts, concern, worth
        self._weights = weights
        self._m = counts.sum(axis=1)

    def indices(self, cells: Cells, domains: Mask, confidence: float) -> list[RelevanceIndex]:
        """Estimate the three figures of each domain."""
        mass = (domains * self._weights.value) @ self._counts
        theta, size = _centre(mass * self._concern, self._worth)
        plain, people = _centre(mass, self._worth)
        # The linearised variable of each kind of respondent, shape (K, T).
        z = self._concern * (self._worth - theta[:, None]) / size[:, None]
        z0 = (self._worth - plain[:, None]) / people[:, None]
        some = mass @ self._concern > 0
        figures = (
            self._linear(domains, theta, some, z),
            self._linear(domains, plain, mass.sum(axis=1) > 0, z0),
            self._linear(domains, theta - plain, some, z - z0),
        )
        weighted, unweighted, gap = (
            assess(
                cells,
                self._weights,
                figure,
                lambda known: t_interval(known.value, known.se, known.df, confidence),
            )
            for figure in figures
        )
        effective = self._effective(domains)
        return [
            RelevanceIndex(_with_size(one, kish), other, difference)
            for one, other, difference, kish in zip(
                weighted, unweighted, gap, effective, strict=True
            )
        ]

    def _linear(self, domains: Mask, value: Vector, defined: Mask, z: Matrix) -> Linear:
        sums = z @ self._counts.T
        mean = sums / np.maximum(self._m, 1)
        scatter = np.maximum(z**2 @ self._counts.T - sums * mean, 0)
        magnitude = np.full(value.size, float(np.abs(self._worth).max(initial=0)))
        return Linear(value, defined, domains * self._m, mean, domains * scatter, magnitude)

    def _effective(self, domains: Mask) -> list[float]:
        weight = np.outer(self._weights.value, self._concern).ravel()
        return [
            effective_size(weight, (inside[:, None] * self._counts).ravel()) for inside in domains
        ]


def _centre(mass: Matrix, worth: Vector) -> tuple[Vector, Vector]:
    """Means of the points, and the sums they were divided by; 1 where nobody counts."""
    size = mass.sum(axis=1)
    divisor = np.where(size > 0, size, 1.0)
    return np.asarray(mass @ worth / divisor, dtype=np.float64), divisor


def _with_size(estimate: Estimate, effective_n: float) -> Estimate:
    return replace(estimate, effective_n=effective_n)

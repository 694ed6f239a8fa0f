"""Weighted quantiles with Woodruff's interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from surveyapp.stats.arrays import Matrix, Vector, frozen_vector, require_confidence, require_counts
from surveyapp.stats.cells import Cells, Moments
from surveyapp.stats.estimates import Estimate, masks
from surveyapp.stats.intervals import quantile as t_quantile
from surveyapp.stats.shares import share
from surveyapp.stats.weights import Weights

TIE = 1e-12
"""A cumulated share this close to the level has reached it; rounding does not decide ties."""


@dataclass(frozen=True, slots=True, eq=False, init=False)
class Histogram:
    """How many respondents of each cell have each value.

    Parameters
    ----------
    counts : float array or sparse array, shape (C, L)
        Respondents per cell and value; never negative.
    values : array_like, shape (L,)
        The values, in strictly growing order.

    Raises
    ------
    ValueError
        Shapes do not fit, a count is negative, or the values do not grow.
    """

    counts: sparse.csr_array
    values: Vector

    def __init__(self, counts: Matrix | sparse.csr_array, values: ArrayLike) -> None:
        table: sparse.csr_array = sparse.csr_array(counts)
        scale = frozen_vector(values, "values", int(table.shape[1]))
        require_counts(np.asarray(table.data, dtype=np.float64), "counts")
        if (np.diff(scale) <= 0).any():
            raise ValueError("the values of a histogram must grow")
        object.__setattr__(self, "counts", table)
        object.__setattr__(self, "values", scale)

    @classmethod
    def from_rows(cls, cell: ArrayLike, values: ArrayLike, cells: int) -> Histogram:
        """Count one value per respondent, shape (n,); NaN means that somebody did not answer.

        Raises
        ------
        ValueError
            Shapes differ or a cell is unknown.
        """
        index, value = np.asarray(cell, dtype=np.int64), np.asarray(values, dtype=np.float64)
        if index.shape != value.shape or index.ndim != 1:
            raise ValueError("cell and values must be two vectors of one length")
        answered = ~np.isnan(value)
        scale, level = np.unique(value[answered], return_inverse=True)
        ones = np.ones(level.size)
        table = sparse.coo_array((ones, (index[answered], level)), shape=(cells, scale.size))
        return cls(sparse.csr_array(table), scale)

    def at_most(self, value: float) -> Moments:
        """0/1 variable of the respondents whose value is not larger."""
        hits = self.counts[:, : int(np.searchsorted(self.values, value, side="right"))]
        return Moments.from_hits(_row_sums(hits), _row_sums(self.counts))


def weighted_quantile(
    cells: Cells,
    histogram: Histogram,
    level: float,
    *,
    weights: Weights | ArrayLike | None = None,
    domain: ArrayLike | None = None,
    confidence: float = 0.95,
) -> Estimate:
    """Estimate a population quantile.

    Parameters
    ----------
    cells : Cells
        The sample, C cells.
    histogram : Histogram
        The values over the same cells.
    level : float
        Which quantile, in (0, 1); 0.5 is the median.
    weights : Weights or array_like, shape (C,), optional
        Calibrated weights, or numbers that count as fixed; default the base weights.
    domain : bool array_like, shape (C,), optional
        The cells to which the quantile refers; default all.
    confidence : float
        Coverage probability in (0, 1).

    Returns
    -------
    Estimate
        One of the values. `low` or `high` alone is None where the sample is too small to bound
        that side, both where they would coincide; `se` is the width over twice the t quantile.
        A quantile has no design effect.

    Raises
    ------
    ValueError
        A shape does not fit, or `level` is not between 0 and 1: a caller's bug.
    LonelyStratum
        A stratum has a single sampled unit and the design says to refuse.

    Notes
    -----
    The smallest value whose cumulated weighted share reaches the level (``qrule = "math"`` of R's
    survey package). Interval: the t interval of the share of values not above the estimate,
    carried back through the distribution function [1]_.

    References
    ----------
    .. [1] Woodruff (1952), J. Am. Stat. Assoc. 47, 635-646.
    """
    require_confidence(confidence)
    if not 0 < level < 1:
        raise ValueError(f"the level of a quantile must lie between 0 and 1, not {level}")
    made = Weights.of(cells, weights)
    mask = masks(cells, None if domain is None else np.asarray(domain)[None, ...])[0]
    mass = histogram.counts.T @ (mask * made.value)
    if mass.sum() <= 0:
        return Estimate(None, None, None, None, 0, 0.0, None, 0)
    cumulated = np.cumsum(mass) / mass.sum()
    value = _reach(histogram.values, cumulated, level)
    below = share(
        cells,
        histogram.at_most(value),
        weights=made,
        domain=mask,
        confidence=confidence,
        interval="t",
    )
    low, high, se = None, None, below.se
    if below.value is not None and below.se is not None:
        reach = t_quantile(below.df, confidence)
        start, end = below.value - reach * below.se, below.value + reach * below.se
        low = _reach(histogram.values, cumulated, start) if start >= 0 else None
        high = _reach(histogram.values, cumulated, end) if end <= 1 else None
        se = None if low is None or high is None else (high - low) / (2 * reach)
    if low == high:
        low = high = None
    return Estimate(value, se, low, high, below.n, below.effective_n, None, below.df)


def _reach(values: Vector, cumulated: Vector, level: float) -> float:
    """Smallest value whose cumulated share reaches the level."""
    position = int(np.searchsorted(cumulated, level - TIE))
    return float(values[min(position, values.size - 1)])


def _row_sums(table: sparse.csr_array) -> Matrix:
    return np.asarray(table.sum(axis=1), dtype=np.float64)

"""Chi-square tests for survey data: two-way tables and given shares, after Rao and Scott."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from surveyapp.stats.arrays import Mask, Matrix, Vector, frozen_vector, require_counts
from surveyapp.stats.cells import Cells, Moments
from surveyapp.stats.estimates import BLOCK, masks
from surveyapp.stats.weights import Weights

SINGULAR = 1e-10
"""Relative size of an eigenvalue below which a comparison has no variance to be judged by."""


@dataclass(frozen=True, slots=True)
class ChiSquare:
    """A chi-square test corrected for weights and design; None where it does not exist.

    Attributes
    ----------
    pearson : float or None
        Pearson's X² of the weighted shares, scaled to the respondents.
    df : int
        Its degrees of freedom in a simple random sample.
    first_order : float or None
        X² over the mean design effect of the comparisons, to be compared with chi-square of `df`.
    first_order_p : float or None
        Its p-value.
    f : float or None
        X² over the sum of the design effects: the second-order correction.
    f_df : tuple of float or None
        Degrees of freedom of F above and below.
    p_value : float or None
        Of the second-order correction: the one to report.
    effect : float or None
        Mean design effect of the comparisons.
    n : int
        Respondents who take part.
    """

    pearson: float | None
    df: int
    first_order: float | None
    first_order_p: float | None
    f: float | None
    f_df: tuple[float, float] | None
    p_value: float | None
    effect: float | None
    n: int


def independence(
    cells: Cells, counts: ArrayLike, *, weights: Weights | ArrayLike | None = None
) -> ChiSquare:
    """Test whether two answers are unrelated in the population.

    Parameters
    ----------
    cells : Cells
        The sample, C cells.
    counts : array_like, shape (C, R, S)
        Respondents of each cell by the R levels of one and the S levels of the other answer;
        whoever lacks one of them is left out.
    weights : Weights or array_like, shape (C,), optional
        Calibrated weights, or numbers that count as fixed; default the base weights.

    Returns
    -------
    ChiSquare
        Levels that nobody chose do not count. Empty if fewer than two levels of either remain,
        without degrees of freedom, where so many pairs are empty that nothing can be compared,
        or where weights have fixed all shares.

    Raises
    ------
    ValueError
        A shape does not fit, a count is negative, a weight makes a share negative.
    LonelyStratum
        A stratum has a single sampled unit and the design says to refuse.

    Notes
    -----
    X² = n Σ (p - p_r p_s)² / (p_r p_s). The δ are the eigenvalues of Δ = n (C'D⁻¹C)⁻¹ C'D⁻¹VD⁻¹C
    with C the contrasts of interaction, D the diagonal of the shares and V their covariance
    [1]_. F = X² / Σδ on d = (Σδ)²/Σδ² and d ν degrees of freedom, ν those of the design [2]_,
    as ``svychisq(statistic = "F")`` of R's survey package; the first order is its ``"Chisq"``.

    References
    ----------
    .. [1] Rao, Scott (1984), Ann. Stat. 12, 46-60.
    .. [2] Thomas, Rao (1987), J. Am. Stat. Assoc. 82, 630-636.
    """
    table = np.asarray(counts, dtype=np.float64)
    if table.ndim != 3 or table.shape[0] != cells.size:
        raise ValueError(f"counts have shape {table.shape}, ({cells.size}, R, S) expected")
    require_counts(table, "counts")
    table = table[:, table.sum(axis=(0, 2)) > 0][:, :, table.sum(axis=(0, 1)) > 0]
    rows, columns = table.shape[1:]
    freedom = max(rows - 1, 0) * max(columns - 1, 0)
    shares = _Shares(cells, table.reshape(cells.size, rows * columns), weights)
    if not freedom:
        return _nothing(freedom, shares.n)
    joint = shares.value.reshape(rows, columns)
    expected = np.outer(joint.sum(axis=1), joint.sum(axis=0))
    pearson = shares.n * float(((joint - expected) ** 2 / expected).sum())
    contrasts = np.asarray(np.kron(_contrasts(rows), _contrasts(columns)), dtype=np.float64)
    return _test(pearson, freedom, shares, _divided(contrasts, shares.value))


def homogeneity(
    cells: Cells,
    counts: ArrayLike,
    groups: ArrayLike,
    *,
    weights: Weights | ArrayLike | None = None,
) -> ChiSquare:
    """Test whether groups of respondents answer alike.

    Parameters
    ----------
    cells, weights
        As in :func:`independence`.
    counts : array_like, shape (C, L)
        Respondents of each cell per level.
    groups : bool array_like, shape (K, C)
        One row of cells per group; no cell in two of them. Cells in none do not take part.

    Returns
    -------
    ChiSquare
        As of :func:`independence`, to which it is equal.

    Raises
    ------
    ValueError
        As of :func:`independence`, or the groups overlap.
    """
    mask = masks(cells, groups)
    if (mask.sum(axis=0) > 1).any():
        raise ValueError("the groups overlap")
    levels = np.asarray(counts, dtype=np.float64)
    if levels.ndim != 2 or levels.shape[0] != cells.size:
        raise ValueError(f"counts have shape {levels.shape}, ({cells.size}, L) expected")
    return independence(cells, mask.T[:, :, None] * levels[:, None, :], weights=weights)


def goodness_of_fit(
    cells: Cells,
    counts: ArrayLike,
    shares: ArrayLike,
    *,
    weights: Weights | ArrayLike | None = None,
) -> ChiSquare:
    """Test whether the population has given shares of the levels.

    Parameters
    ----------
    cells, weights
        As in :func:`independence`.
    counts : array_like, shape (C, L)
        Respondents of each cell per level.
    shares : array_like, shape (L,)
        Positive numbers in the ratio of the shares to be tested.

    Returns
    -------
    ChiSquare
        As of :func:`independence`.

    Raises
    ------
    ValueError
        As of :func:`independence`, or a share is not positive.

    Notes
    -----
    X² = n Σ (p - p₀)² / p₀; the δ are the eigenvalues of n D₀^(-½) V D₀^(-½) [1]_.

    References
    ----------
    .. [1] Rao, Scott (1981), J. Am. Stat. Assoc. 76, 221-230.
    """
    table = np.asarray(counts, dtype=np.float64)
    if table.ndim != 2 or table.shape[0] != cells.size:
        raise ValueError(f"counts have shape {table.shape}, ({cells.size}, L) expected")
    require_counts(table, "counts")
    given = frozen_vector(shares, "shares", table.shape[1])
    if given.size < 2 or given.min() <= 0:
        raise ValueError("a test needs at least two levels with positive shares")
    known = given / given.sum()
    found = _Shares(cells, table, weights)
    pearson = found.n * float(((found.value - known) ** 2 / known).sum())
    contrasts = _contrasts(known.size)
    return _test(pearson, known.size - 1, found, contrasts / known[:, None], known)


class _Shares:
    """Weighted shares of J categories and what is needed for their covariances."""

    def __init__(self, cells: Cells, counts: Matrix, weights: Weights | ArrayLike | None) -> None:
        self._cells, self._weights = cells, Weights.of(cells, weights)
        self._m = counts.sum(axis=1)
        cells.moments(Moments.from_hits(self._m, self._m))
        self._counts = counts
        mass = self._weights.value @ counts
        self._size = float(mass.sum())
        self.n = int(self._m[self._weights.value != 0].sum())
        if self._size <= 0 < self.n or mass.min(initial=0) < 0:
            raise ValueError("the weights make a share negative")
        self.value: Vector = mass / (self._size or 1.0)
        counted = self._m * (self._weights.value != 0)
        self.df = int(cells.design.degrees_of_freedom(cells.n, counted[None, :])[0])

    def covariance(self, coefficients: Matrix) -> Matrix:
        """Covariances of the combinations ``coefficients.T @ shares``, shape (B, B).

        The covariance of two is read off the variance of their sum and difference.
        """
        width = coefficients.shape[1]
        covariance = np.empty((width, width))
        first, second = np.triu_indices(width)
        length = max(1, BLOCK // self._m.size)
        for start in range(0, first.size, length):
            one, other = first[start : start + length], second[start : start + length]
            plus = self._variances(coefficients[:, one] + coefficients[:, other])
            minus = self._variances(coefficients[:, one] - coefficients[:, other])
            covariance[one, other] = covariance[other, one] = (plus - minus) / 4
        return covariance

    def _variances(self, coefficients: Matrix) -> Vector:
        # Per combination a variable that is worth its coefficient to who is in the category.
        away = (coefficients - self.value @ coefficients) / self._size
        sums, squares = self._counts @ away, self._counts @ away**2
        mean = sums / np.maximum(self._m, 1)[:, None]
        scatter = np.maximum(squares - sums * mean, 0)
        inside = np.broadcast_to(self._m, mean.T.shape)
        u = self._weights.influence(self._cells, inside, mean.T, scatter.T)
        return self._cells.design.variance(self._cells.n, *u)


def _test(
    pearson: float, freedom: int, shares: _Shares, contrasts: Matrix, known: Vector | None = None
) -> ChiSquare:
    if shares.df <= 0:
        return _nothing(freedom, shares.n)
    under = shares.value if known is None else known
    simple = contrasts.T @ (under[:, None] * contrasts) / shares.n
    scale = np.linalg.eigvalsh(simple)
    if scale[0] <= SINGULAR * scale[-1]:
        return _nothing(freedom, shares.n)
    effects = np.linalg.solve(simple, shares.covariance(contrasts))
    total, squares = float(np.trace(effects)), float(np.trace(effects @ effects))
    if total <= SINGULAR:
        return _nothing(freedom, shares.n)
    numerator = total**2 / squares
    below = numerator * shares.df
    first, f = pearson * freedom / total, pearson / total
    return ChiSquare(
        pearson=pearson,
        df=freedom,
        first_order=first,
        first_order_p=float(special.chdtrc(freedom, first)),
        f=f,
        f_df=(numerator, below),
        p_value=float(special.fdtrc(numerator, below, f)),
        effect=total / freedom,
        n=shares.n,
    )


def _nothing(freedom: int, n: int) -> ChiSquare:
    return ChiSquare(None, freedom, None, None, None, None, None, None, n)


def _contrasts(levels: int) -> Matrix:
    """Orthogonal columns that span what is left of `levels` numbers beside their mean."""
    centred = np.eye(levels)[:, 1:] - 1 / levels
    basis: Matrix = np.linalg.qr(centred)[0]
    return basis


def _divided(contrasts: Matrix, shares: Vector) -> Matrix:
    """Divide by the shares; an empty category takes no part, as in R."""
    present: Mask = shares > 0
    inverse = np.divide(1.0, shares, out=np.zeros_like(shares), where=present)
    divided: Matrix = contrasts * inverse[:, None]
    return divided

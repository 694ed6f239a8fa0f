"""Differences between groups and between waves: covariances, tests and corrections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from surveyapp.stats.arrays import Matrix, Vector, frozen_vector, require_confidence
from surveyapp.stats.cells import Cells, Moments
from surveyapp.stats.estimates import NOISE, Estimate, masks
from surveyapp.stats.intervals import quantile
from surveyapp.stats.weights import Weights

PAIRED_CELLS = 1_000_000
"""Pairs of domains times cells worked on at once."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of estimates with its interval and test.

    Attributes
    ----------
    value : float
        In the unit of the estimates.
    se : float
        Standard error.
    low, high : float or None
        Ends of the interval; None where the standard error is 0.
    df : float
        Degrees of freedom of the t distribution.
    p_value : float or None
        Two-sided, for no difference; None where the standard error is 0.
    """

    value: float
    se: float
    low: float | None
    high: float | None
    df: float
    p_value: float | None


def mean_covariance(
    cells: Cells,
    variable: str | Moments,
    domains: ArrayLike,
    *,
    weights: Weights | ArrayLike | None = None,
) -> Matrix:
    """Estimate the covariances of the means of K domains that do not overlap.

    Parameters
    ----------
    cells : Cells
        The sample, C cells.
    variable : str or Moments
        Name of a variable of the cells, or moments over the same cells.
    domains : bool array_like, shape (K, C)
        One row of cells per domain; no cell in two of them.
    weights : Weights or array_like, shape (C,), optional
        Calibrated weights, or numbers that count as fixed; default the base weights.

    Returns
    -------
    float array, shape (K, K)
        In the unit of the variable squared; the diagonal holds the squared standard errors.

    Raises
    ------
    ValueError
        A shape does not fit, domains overlap, or nobody of a domain answered.
    LonelyStratum
        A stratum has a single sampled unit and the design says to refuse.

    Notes
    -----
    Cov(a, b) = (V(a + b) - V(a) - V(b)) / 2, where V(a + b) is the variance of the sum of both
    linearised variables. Calibration and a common design make it differ from 0 even for domains
    that share nobody.
    """
    moments = cells.moments(variable)
    made = Weights.of(cells, weights)
    mask = masks(cells, domains)
    if (mask.sum(axis=0) > 1).any():
        raise ValueError("the domains overlap")
    inside = mask * moments.m
    sizes = inside @ made.value
    if (sizes == 0).any():
        raise ValueError("nobody of a domain answered")
    means = inside @ (made.value * moments.mean) / sizes
    distance = (moments.mean - means[:, None]) / sizes[:, None]
    scatter = mask * moments.scatter / sizes[:, None] ** 2
    own = _variances(cells, made, inside, distance, scatter)
    covariance = np.diag(own)
    pairs = np.stack(np.triu_indices(len(own), 1))
    step = max(1, PAIRED_CELLS // max(1, cells.size))
    for start in range(0, pairs.shape[1], step):
        first, second = pairs[:, start : start + step]
        # The domains share no cell: in each cell at most one of the two variables is not zero.
        both = _variances(
            cells,
            made,
            inside[first] + inside[second],
            np.where(mask[first], distance[first], distance[second]),
            scatter[first] + scatter[second],
        )
        covariance[first, second] = (both - own[first] - own[second]) / 2
        covariance[second, first] = covariance[first, second]
    return covariance


def contrast(
    values: ArrayLike,
    covariance: ArrayLike,
    coefficients: ArrayLike,
    df: float,
    *,
    confidence: float = 0.95,
) -> Difference:
    """Estimate and test a linear combination of estimates.

    Parameters
    ----------
    values : array_like, shape (K,)
        The estimates.
    covariance : array_like, shape (K, K)
        Their covariances, see :func:`mean_covariance`.
    coefficients : array_like, shape (K,)
        For example (1, -1) for the difference of two.
    df : float
        Degrees of freedom, positive.
    confidence : float
        Coverage probability in (0, 1).

    Returns
    -------
    Difference
        With a t interval and the p-value of no difference.

    Raises
    ------
    ValueError
        Shapes differ, a number is not finite, or `df` is not positive.
    """
    estimates = frozen_vector(values, "values")
    weights = frozen_vector(coefficients, "coefficients", estimates.size)
    spread = np.asarray(covariance, dtype=np.float64)
    if spread.shape != (estimates.size, estimates.size):
        raise ValueError(f"covariance has shape {spread.shape}, one row per value expected")
    variance = float(weights @ spread @ weights)
    scale = float(np.abs(weights * estimates).max(initial=0))
    return _difference(float(weights @ estimates), variance, df, scale, confidence)


def change(before: Estimate, after: Estimate, *, confidence: float = 0.95) -> Difference:
    """Estimate and test the change between two waves with separate samples.

    Parameters
    ----------
    before, after : Estimate
        With standard errors.
    confidence : float
        Coverage probability in (0, 1).

    Returns
    -------
    Difference
        After minus before.

    Raises
    ------
    ValueError
        One of them has no value or no standard error.

    Notes
    -----
    SE² = SE₁² + SE₂², with the degrees of freedom of Satterthwaite [1]_. Not for a panel, where
    the same people answer twice.

    References
    ----------
    .. [1] Satterthwaite (1946), Biometrics Bull. 2, 110-114.
    """
    if before.value is None or after.value is None or before.se is None or after.se is None:
        raise ValueError("a change needs two estimates with standard errors")
    first, second = before.se**2, after.se**2
    lost = first**2 / before.df + second**2 / after.df
    df = (first + second) ** 2 / lost if lost > 0 else float(before.df + after.df)
    scale = max(abs(before.value), abs(after.value))
    return _difference(after.value - before.value, first + second, df, scale, confidence)


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjust p-values of many comparisons so that all statements hold together.

    Parameters
    ----------
    p_values : sequence of float
        Unadjusted, 0 to 1.

    Returns
    -------
    tuple of float
        In the same order; compare each with the error that all of them may have together.

    References
    ----------
    .. [1] Holm (1979), Scand. J. Stat. 6, 65-70.
    """
    given = frozen_vector(np.asarray(p_values, dtype=np.float64), "p_values")
    order = np.argsort(given)
    steps = given[order] * np.arange(given.size, 0, -1)
    adjusted = np.empty(given.size)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return tuple(float(p) for p in adjusted)


def _difference(
    value: float, variance: float, df: float, scale: float, confidence: float
) -> Difference:
    require_confidence(confidence)
    if df <= 0:
        raise ValueError("a difference needs degrees of freedom")
    if variance <= (NOISE * scale) ** 2:
        return Difference(value, 0.0, None, None, df, None)
    se = float(np.sqrt(variance))
    reach = quantile(df, confidence) * se
    p_value = 2 * float(special.stdtr(df, -abs(value) / se))
    return Difference(value, se, value - reach, value + reach, df, p_value)


def _variances(
    cells: Cells, weights: Weights, inside: Matrix, mean: Matrix, scatter: Matrix
) -> Vector:
    return cells.design.variance(cells.n, *weights.influence(cells, inside, mean, scatter))

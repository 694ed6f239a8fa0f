"""Kish's effective sample size and design effects."""

from __future__ import annotations

import numpy as np

from surveyapp.stats.arrays import Matrix, Vector

ROUNDING = 1e-9
"""Weights that exceed the sample by less than this share of it add up to the sample."""


def effective_size(weights: Vector, counts: Vector) -> float:
    """Kish's effective number of respondents.

    Parameters
    ----------
    weights : float array, shape (C,)
        Weight of each respondent of the cell.
    counts : float array, shape (C,)
        Respondents of the cell who take part in the estimate.

    Returns
    -------
    float
        In respondents; 0 without respondents or when all weights are 0.

    Notes
    -----
    (Σw)² / Σw² [1]_: how many equally weighted respondents would give a mean of the same
    precision, if weights and answers are unrelated.

    References
    ----------
    .. [1] Kish (1965), Survey Sampling, section 11.7; Kish (1992), J. Off. Stat. 8(2), 183-200.
    """
    return float(effective_sizes(weights, counts[None])[0])


def effective_sizes(weights: Vector, counts: Matrix) -> Vector:
    """Kish's effective numbers of K groups of respondents, shape (K,); `counts` is (K, C)."""
    squares = counts @ weights**2
    some = squares > 0
    sizes: Vector = np.where(some, (counts @ weights) ** 2 / np.where(some, squares, 1.0), 0.0)
    return sizes


def weighting_effect(weights: Vector, counts: Vector) -> float | None:
    """Factor by which unequal weights alone multiply the variance: n / effective n.

    Returns
    -------
    float or None
        1 + cv²(w), at least 1; None without respondents.
    """
    effective = effective_size(weights, counts)
    respondents = float(counts[weights != 0].sum())
    return respondents / effective if effective > 0 else None


def simple_variances(weights: Vector, counts: Matrix, squares: Matrix, *, grossing: bool) -> Vector:
    """Variances that K means would have in simple random samples of the same sizes.

    Parameters
    ----------
    weights : float array, shape (C,)
        Weight of each respondent of the cell.
    counts : float array, shape (K, C)
        Respondents of the cell who take part in each estimate.
    squares : float array, shape (K, C)
        Their sum of squared deviations from the estimated mean.
    grossing : bool
        Whether the weights add up to the population.

    Returns
    -------
    float array, shape (K,)
        In the unit of the variable squared; NaN for fewer than two respondents, when the sum of
        weights is not positive, or when grossing weights do not add up to more than the sample.

    Notes
    -----
    V_srs = s²_w (1 - n/N) / n with s²_w = n/(n-1) Σw(y-ȳ)²/Σw and N = Σw, as ``deff = TRUE`` of
    R's survey package; without grossing weights the factor 1 - n/N is left out
    (``deff = "replace"``), because N is unknown.
    """
    n = counts @ (weights != 0).astype(np.float64)
    population = counts @ weights
    exists = (n >= 2) & (population > 0)
    if grossing:
        exists &= population - n > ROUNDING * n
    n, population = np.where(exists, n, 2.0), np.where(exists, population, 1.0)
    variance = n / (n - 1) * (squares @ weights) / population / n
    if grossing:
        variance = variance * (population - n) / population
    return np.where(exists, variance, np.nan)


def design_effect(variance: float, simple: float) -> float | None:
    """Variance of the estimate over its variance in a simple random sample; None if undefined."""
    if not np.isfinite(simple) or simple <= 0:
        return None
    return variance / simple

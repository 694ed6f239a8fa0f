"""Kish's effective sample size and design effects."""

from __future__ import annotations

import numpy as np

from surveyapp.stats.arrays import Vector

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
    total = float(weights @ counts)
    squares = float(weights**2 @ counts)
    return total**2 / squares if squares > 0 else 0.0


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


def simple_variance(
    weights: Vector, counts: Vector, squares: Vector, *, grossing: bool
) -> float | None:
    """Variance that a mean would have in a simple random sample of the same size.

    Parameters
    ----------
    weights : float array, shape (C,)
        Weight of each respondent of the cell.
    counts : float array, shape (C,)
        Respondents of the cell who take part in the estimate.
    squares : float array, shape (C,)
        Their sum of squared deviations from the estimated mean.
    grossing : bool
        Whether the weights add up to the population.

    Returns
    -------
    float or None
        In the unit of the variable squared; None for fewer than two respondents, when the sum of
        weights is not positive, or when grossing weights do not add up to more than the sample.

    Notes
    -----
    V_srs = s²_w (1 - n/N) / n with s²_w = n/(n-1) Σw(y-ȳ)²/Σw and N = Σw, as ``deff = TRUE`` of
    R's survey package; without grossing weights the factor 1 - n/N is left out
    (``deff = "replace"``), because N is unknown.
    """
    n = float(counts[weights != 0].sum())
    population = float(weights @ counts)
    if n < 2 or population <= 0:
        return None
    variance = n / (n - 1) * float(weights @ squares) / population
    if not grossing:
        return variance / n
    if population - n <= ROUNDING * n:
        return None
    return variance * (population - n) / (population * n)


def design_effect(variance: float, simple: float | None) -> float | None:
    """Variance of the estimate over its variance in a simple random sample; None if undefined."""
    if simple is None or not np.isfinite(simple) or simple <= 0:
        return None
    return variance / simple

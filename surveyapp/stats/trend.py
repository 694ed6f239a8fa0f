"""Is a series of waves or months going anywhere: slopes and tests of a trend."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from surveyapp.stats.arrays import Vector, frozen_vector, require_confidence, require_counts
from surveyapp.stats.intervals import quantile

MOST_EXACT = 50
"""Series up to this length without ties are tested exactly."""

LEAST_FOR_SLOPE = 3


@dataclass(frozen=True, slots=True)
class Slope:
    """A straight line through estimates of different precision.

    Attributes
    ----------
    value : float
        Change per unit of time.
    se : float
        Standard error, from the standard errors of the estimates.
    low, high : float
        Normal interval.
    p_value : float
        Two-sided, for no change.
    intercept : float
        Height of the line at time 0.
    misfit, misfit_df, misfit_p : float, int, float
        Σ (y - line)²/SE² with its degrees of freedom; a small p says that the series is no straight
        line, and the interval too narrow.
    """

    value: float
    se: float
    low: float
    high: float
    p_value: float
    intercept: float
    misfit: float
    misfit_df: int
    misfit_p: float


def weighted_slope(
    times: ArrayLike, values: ArrayLike, se: ArrayLike, *, confidence: float = 0.95
) -> Slope:
    """Fit a line with the weights 1/SE².

    Parameters
    ----------
    times : array_like, shape (T,)
        In any unit, not all equal; T is at least 3.
    values, se : array_like, shape (T,)
        Estimates from separate samples and their standard errors, positive.
    confidence : float
        Coverage probability in (0, 1).

    Returns
    -------
    Slope

    Raises
    ------
    ValueError
        Lengths differ, a number is not finite, a standard error is not positive, or there are too
        few times.

    Notes
    -----
    b = Σ w (t - t̄)(y - ȳ) / Sxx with w = 1/SE² and Sxx = Σ w (t - t̄)²; SE(b) = 1/√Sxx.
    """
    require_confidence(confidence)
    x = frozen_vector(times, "times")
    y = frozen_vector(values, "values", x.size)
    error = frozen_vector(se, "se", x.size)
    if (error <= 0).any():
        raise ValueError("a standard error is not positive")
    _require_times(x)
    weight = 1 / error**2
    middle, mean = weight @ x / weight.sum(), weight @ y / weight.sum()
    sxx = float(weight @ (x - middle) ** 2)
    slope = float(weight @ ((x - middle) * (y - mean))) / sxx
    spread = 1 / math.sqrt(sxx)
    reach = quantile(math.inf, confidence) * spread
    misfit = float(weight @ (y - mean - slope * (x - middle)) ** 2)
    return Slope(
        value=slope,
        se=spread,
        low=slope - reach,
        high=slope + reach,
        p_value=_two_sided(slope / spread),
        intercept=float(mean - slope * middle),
        misfit=misfit,
        misfit_df=x.size - 2,
        misfit_p=float(special.chdtrc(x.size - 2, misfit)),
    )


@dataclass(frozen=True, slots=True)
class MannKendall:
    """Whether later values tend to be larger, whatever the shape of the series.

    Attributes
    ----------
    s : int
        Pairs that rise minus pairs that fall.
    tau : float or None
        Kendall's tau-b, -1 to 1; None where all values are equal.
    variance : float
        Of `s` without a trend, corrected for ties.
    p_value : float
        Two-sided.
    is_exact : bool
        Whether the p-value is exact, not from the normal distribution.
    """

    s: int
    tau: float | None
    variance: float
    p_value: float
    is_exact: bool


def mann_kendall(values: ArrayLike) -> MannKendall:
    """Test for a monotone trend in a series in the order of time.

    Parameters
    ----------
    values : array_like, shape (T,)
        At least 3.

    Returns
    -------
    MannKendall

    Raises
    ------
    ValueError
        Too few, or a number is not finite.

    Notes
    -----
    V = (T(T-1)(2T+5) - Σ t(t-1)(2t+5)) / 18 over the groups of t equal values [1]_ [2]_, and
    z = (S ∓ 1)/√V. Without ties and up to 50 values the p-value is exact: S then counts the
    inversions of a random permutation.

    References
    ----------
    .. [1] Mann (1945), Econometrica 13, 245-259.
    .. [2] Kendall (1975), Rank Correlation Methods.
    """
    y = frozen_vector(values, "values")
    size = y.size
    if size < LEAST_FOR_SLOPE:
        raise ValueError("a trend needs at least three times")
    first, second = np.triu_indices(size, 1)
    s = int(np.sign(y[second] - y[first]).sum())
    ties = np.unique(y, return_counts=True)[1].astype(np.float64)
    lost = float((ties * (ties - 1) * (2 * ties + 5)).sum())
    variance = (size * (size - 1) * (2 * size + 5) - lost) / 18
    pairs = size * (size - 1) / 2
    untied = pairs - float((ties * (ties - 1)).sum()) / 2
    is_exact = untied == pairs and size <= MOST_EXACT
    if is_exact:
        p_value = _exact_p(size, s)
    else:
        p_value = _two_sided(max(abs(s) - 1, 0) / math.sqrt(variance)) if variance > 0 else 1.0
    tau = s / math.sqrt(pairs * untied) if untied else None
    return MannKendall(s, tau, variance, p_value, is_exact)


@dataclass(frozen=True, slots=True)
class TheilSen:
    """The median of all slopes between two times: a few odd waves do not move it.

    Attributes
    ----------
    value : float
        Change per unit of time.
    low, high : float or None
        Sen's interval; None where the series is too short for the confidence.
    intercept : float
        Median of the values minus slope times median of the times.
    """

    value: float
    low: float | None
    high: float | None
    intercept: float


def theil_sen(times: ArrayLike, values: ArrayLike, *, confidence: float = 0.95) -> TheilSen:
    """Estimate a slope that outliers do not move.

    Parameters
    ----------
    times : array_like, shape (T,)
        Not all equal, at least 3.
    values : array_like, shape (T,)
        The series.
    confidence : float
        Coverage probability in (0, 1).

    Returns
    -------
    TheilSen

    Raises
    ------
    ValueError
        Lengths differ, a number is not finite, or there are too few times.

    Notes
    -----
    With N slopes in order and C = q √V (V as in :func:`mann_kendall`) the interval reaches from
    slope number (N - C)/2 to number (N + C)/2 + 1, rounded outwards [1]_.

    References
    ----------
    .. [1] Sen (1968), J. Am. Stat. Assoc. 63, 1379-1389.
    """
    require_confidence(confidence)
    x = frozen_vector(times, "times")
    y = frozen_vector(values, "values", x.size)
    _require_times(x)
    order = np.argsort(x, kind="stable")
    first, second = np.triu_indices(x.size, 1)
    run = x[order][second] - x[order][first]
    rise = y[order][second] - y[order][first]
    slopes = np.sort(rise[run > 0] / run[run > 0])
    value = float(np.median(slopes))
    reach = quantile(math.inf, confidence) * math.sqrt(mann_kendall(y[order]).variance)
    below = math.floor((slopes.size - reach) / 2)
    low, high = (float(slopes[below - 1]), float(slopes[-below])) if below >= 1 else (None, None)
    return TheilSen(value, low, high, float(np.median(y) - value * np.median(x)))


@dataclass(frozen=True, slots=True)
class ShareTrend:
    """Whether shares rise or fall along ordered groups.

    Attributes
    ----------
    z : float or None
        Positive for a rise; None where all or none are hits.
    p_value : float or None
        Two-sided.
    slope : float
        Change of the share per unit of the score, least squares with the numbers as weights.
    """

    z: float | None
    p_value: float | None
    slope: float


def cochran_armitage(hits: ArrayLike, totals: ArrayLike, times: ArrayLike) -> ShareTrend:
    """Test for a linear trend in shares of separate samples.

    Parameters
    ----------
    hits, totals : array_like, shape (T,)
        Counts; no total is 0.
    times : array_like, shape (T,)
        Scores of the groups, not all equal; T is at least 3.

    Returns
    -------
    ShareTrend

    Raises
    ------
    ValueError
        Lengths differ, counts do not fit, or there are too few times.

    Notes
    -----
    z = Σ (t - t̄)(x - n p) / √(p (1 - p) Σ n (t - t̄)²) with the pooled share p and t̄ = Σ n t / Σ n
    [1]_. Equal weights only: counts of people, not of weighted answers.

    References
    ----------
    .. [1] Armitage (1955), Biometrics 11, 375-386.
    """
    x = frozen_vector(times, "times")
    hit, total = require_hits(hits, totals, x.size)
    _require_times(x)
    share = float(hit.sum() / total.sum())
    distance = x - total @ x / total.sum()
    sxx = float(total @ distance**2)
    rise = float(distance @ (hit - total * share))
    if not 0 < share < 1:
        return ShareTrend(None, None, 0.0)
    z = rise / math.sqrt(share * (1 - share) * sxx)
    return ShareTrend(z, _two_sided(z), rise / sxx)


def require_hits(
    hits: ArrayLike, totals: ArrayLike, size: int | None = None
) -> tuple[Vector, Vector]:
    """Return hits and totals of the same length as vectors.

    Raises
    ------
    ValueError
        Lengths differ, a count is negative, a total is 0, or hits exceed it.
    """
    total = frozen_vector(totals, "totals", size)
    hit = frozen_vector(hits, "hits", total.size)
    require_counts(hit, "hits")
    if (total <= 0).any():
        raise ValueError("a total is not positive")
    if (hit > total).any():
        raise ValueError("there are more hits than there are people")
    return hit, total


def _require_times(times: Vector) -> None:
    if times.size < LEAST_FOR_SLOPE:
        raise ValueError("a trend needs at least three times")
    if np.ptp(times) == 0:
        raise ValueError("all times are equal")


def _two_sided(z: float) -> float:
    return 2 * float(special.ndtr(-abs(z)))


def _exact_p(size: int, s: int) -> float:
    """Probability of at least so many surplus pairs, from the numbers of inversions."""
    counts = np.ones(1)
    for new in range(2, size + 1):
        # A new largest element adds 0 to new - 1 inversions; as probabilities nothing overflows.
        counts = np.convolve(counts, np.full(new, 1 / new))
    pairs = size * (size - 1) // 2
    fewer = (pairs - abs(s)) // 2
    return min(1.0, 2 * float(counts[: fewer + 1].sum()))

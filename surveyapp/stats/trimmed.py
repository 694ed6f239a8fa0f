"""Means that leave out the ends: the trimmed mean, and the rule of panels of raters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from surveyapp.stats.arrays import Matrix, Vector, frozen_vector
from surveyapp.stats.cells import Cells
from surveyapp.stats.quantiles import Histogram
from surveyapp.stats.replicates import Resampled
from surveyapp.stats.resampling import Statistic, Weighting, bootstrap

FEW_RATERS = 5
"""Up to so many raters nobody is left out."""


def trimmed_means(
    cells: Cells,
    histogram: Histogram,
    part: float,
    *,
    random: np.random.Generator,
    weighting: Weighting | None = None,
    domains: ArrayLike | None = None,
    replicates: int = 500,
    confidence: float = 0.95,
) -> tuple[Resampled, ...]:
    """Estimate the means without the lowest and the highest part of the population.

    Parameters
    ----------
    cells : Cells
        The sample, C cells of whole numbers of respondents.
    histogram : Histogram
        The values over the same cells.
    part : float
        How much to leave out at *each* end, 0 to below 0.5; 0 gives the mean.
    random : numpy.random.Generator
        Where the draws of the bootstrap come from.
    weighting : callable, optional
        Makes the weights of the sample and of each replicate; default the base weights.
    domains : bool array_like, shape (K, C), optional
        One row of cells per domain; default one domain, the whole sample.
    replicates : int
        Bootstrap samples, at least 2.
    confidence : float
        Coverage probability in (0, 1).

    Returns
    -------
    tuple of Resampled, length K
        In the unit of the values.

    Raises
    ------
    CannotCalibrate
        The sample itself cannot be weighted.
    LonelyStratum
        A stratum has a single sampled unit and the design says to refuse.
    ValueError
        A shape does not fit, counts are not whole, or `part` is not in [0, 0.5).

    Notes
    -----
    T = ∫ Q(u) du / (1 - 2α) from α to 1 - α, Q being the weighted quantile function [1]_: the
    respondents at the cut count with the part of their weight that lies inside. SciPy's
    ``trim_mean`` and R's ``mean(trim =)`` drop whole rows instead and differ.

    References
    ----------
    .. [1] Stigler (1973), The asymptotic distribution of the trimmed mean,
       Ann. Stat. 1, 472-477.
    """
    made = bootstrap(
        cells,
        histogram,
        trimmed_mean_of(histogram.values, part),
        random=random,
        weighting=weighting,
        domains=domains,
        replicates=replicates,
    )
    return made.estimates(confidence=confidence)


def trimmed_mean_of(values: ArrayLike, part: float) -> Statistic:
    """Trimmed mean of growing values, shape (L,), as a figure for resampling.

    Raises
    ------
    ValueError
        The values do not grow, or `part` is not in [0, 0.5).
    """
    scale = frozen_vector(values, "values")
    if (np.diff(scale) <= 0).any():
        raise ValueError("the values must grow")
    if not 0 <= part < 0.5:
        raise ValueError(f"the part to leave out must lie in [0, 0.5), not {part}")

    def trimmed(mass: Matrix) -> Vector:
        # Negative weights, which linear calibration may give, have no quantiles: count them as 0.
        kept = np.maximum(mass, 0)
        total = kept.sum(axis=1)
        share = np.cumsum(kept, axis=1) / np.where(total > 0, total, 1.0)[:, None]
        inside = np.diff(np.clip(share, part, 1 - part), axis=1, prepend=part)
        between = np.where(total > 0, inside.sum(axis=1), 1.0)
        return np.where(total > 0, inside @ scale / between, np.nan)

    return trimmed


@dataclass(frozen=True, slots=True)
class PanelMean:
    """The mean of a panel of raters.

    Attributes
    ----------
    value : Fraction or None
        Exact; None without raters.
    raters : int
        How many rated.
    left_out : int
        How many of them were left out: 2 or 0.
    """

    value: Fraction | None
    raters: int
    left_out: int


def mean_without_extremes(
    counts: Sequence[int], points: Sequence[Fraction | int], *, few: int = FEW_RATERS
) -> PanelMean:
    """Average after dropping one highest and one lowest rating.

    Parameters
    ----------
    counts : sequence of int, length L
        Raters per level.
    points : sequence of Fraction or int, length L
        What each level is worth, in any order.
    few : int
        Up to so many raters, at least 2, nobody is left out.

    Returns
    -------
    PanelMean
        Without a standard error: the raters are the whole panel, not a sample of one.

    Raises
    ------
    ValueError
        Lengths differ, a count is negative or not whole, or `few` is below 2.

    Notes
    -----
    A rule of 民主测评: with more than five raters one highest and one lowest score are left out.
    It is not a trimmed mean: one rating is dropped at each end however many there are.
    """
    if len(counts) != len(points):
        raise ValueError(f"{len(counts)} counts for {len(points)} levels")
    if few < 2:
        raise ValueError("of two raters nobody can be left out")
    if any(count != int(count) or count < 0 for count in counts):
        raise ValueError("counts must be whole numbers, 0 or more")
    raters = int(sum(counts))
    if not raters:
        return PanelMean(None, 0, 0)
    pairs = [(Fraction(p), int(c)) for p, c in zip(points, counts, strict=True) if c]
    total = sum((p * c for p, c in pairs), Fraction(0))
    if raters <= few:
        return PanelMean(total / raters, raters, 0)
    rated = [p for p, _ in pairs]
    return PanelMean((total - max(rated) - min(rated)) / (raters - 2), raters, 2)

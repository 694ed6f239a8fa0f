"""How raters differ: severity against the others, and halo (one impression for all criteria)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveyapp.stats.arrays import Mask

ENOUGH_SUBJECTS = 3
"""Subjects both criteria were rated on before a correlation means anything (two give 1 or -1)."""


@dataclass(frozen=True, slots=True)
class RaterProfile:
    """What one rater's ballot looks like beside the others.

    Attributes
    ----------
    severity : float or None
        Points below the mean of the other raters of the same subjects and criteria; negative for
        a lenient rater. None where nobody else rated what this rater did.
    z : float or None
        Severity minus its mean over the raters, in standard deviations; None for fewer than
        three raters or where all are equally severe.
    halo : float or None
        Mean correlation of two criteria over the subjects, -1 to 1; None where no two criteria
        vary over at least three subjects.
    pairs : int
        Pairs of criteria behind the halo.
    rated : int
        Ratings given.
    flagged_severity, flagged_halo : bool
        Beyond the limits.
    """

    severity: float | None
    z: float | None
    halo: float | None
    pairs: int
    rated: int
    flagged_severity: bool
    flagged_halo: bool


def rater_profiles(
    scores: ArrayLike, *, severity_limit: float = 3.0, halo_limit: float = 0.9
) -> tuple[RaterProfile, ...]:
    """Compare each rater with the others, and the criteria inside each rater's scores.

    Parameters
    ----------
    scores : array_like, shape (m, n, c)
        Raters by subjects by criteria, in points; NaN for not rated.
    severity_limit : float
        Flag a rater whose z is at least this far from 0; positive. Among m raters z cannot
        exceed (m-1)/√m: up to 10 raters a limit of 3 flags nobody.
    halo_limit : float
        Flag a rater whose halo is at least this; -1 to 1.

    Returns
    -------
    tuple of RaterProfile
        One per rater, in the order given.

    Raises
    ------
    ValueError
        Not three-dimensional, infinite, fewer than two raters, or a limit out of range.

    Notes
    -----
    Severity is the mean over the rater's scores of (mean of the others - own) [1]_. Halo is the
    mean of Pearson's correlations of all pairs of criteria over the subjects that the rater gave
    both [2]_. Criteria that truly go together correlate for everybody: compare a rater with the
    other raters before calling it halo.

    References
    ----------
    .. [1] Saal, Downey, Lahey (1980), Psychol. Bull. 88, 413-428.
    .. [2] Cooper (1981), Psychol. Bull. 90, 218-244.
    """
    given = np.array(scores, np.float64)
    if given.ndim != 3:
        raise ValueError(f"scores must have three dimensions, not {given.ndim}")
    if np.isinf(given).any():
        raise ValueError("scores has a number that is not finite")
    if len(given) < 2:
        raise ValueError("severity needs at least two raters")
    if severity_limit <= 0 or not -1 <= halo_limit <= 1:
        raise ValueError("the limit of z must be positive and that of halo between -1 and 1")
    severities = _severities(given)
    z = _standardised(severities)
    profiles = []
    for rater, ratings in enumerate(given):
        correlations = _correlations(ratings)
        halo = sum(correlations) / len(correlations) if correlations else None
        own_z = z[rater]
        profiles.append(
            RaterProfile(
                severities[rater],
                own_z,
                halo,
                len(correlations),
                int((~np.isnan(ratings)).sum()),
                own_z is not None and abs(own_z) >= severity_limit,
                halo is not None and halo >= halo_limit,
            )
        )
    return tuple(profiles)


def _severities(scores: NDArray[np.float64]) -> list[float | None]:
    rated = ~np.isnan(scores)
    points = np.where(rated, scores, 0.0)
    others = rated.sum(axis=0) - rated
    shared: Mask = rated & (others > 0)
    gap = (points.sum(axis=0) - points) / np.maximum(others, 1) - points
    number = shared.sum(axis=(1, 2))
    total = np.where(shared, gap, 0.0).sum(axis=(1, 2))
    return [float(t / k) if k else None for t, k in zip(total, number, strict=True)]


def _standardised(severities: list[float | None]) -> list[float | None]:
    known = np.array([value for value in severities if value is not None])
    spread = float(known.std(ddof=1)) if known.size > 2 else 0.0
    if spread <= 1e-12 * float(np.abs(known).max(initial=0)):
        return [None] * len(severities)
    centre = float(known.mean())
    return [None if value is None else (value - centre) / spread for value in severities]


def _correlations(ratings: NDArray[np.float64]) -> list[float]:
    """Correlations of all pairs of columns that vary over enough common rows."""
    found = []
    for first, second in combinations(ratings.T, 2):
        both = ~np.isnan(first) & ~np.isnan(second)
        one, other = first[both], second[both]
        if one.size < ENOUGH_SUBJECTS or np.ptp(one) == 0 or np.ptp(other) == 0:
            continue
        one, other = one - one.mean(), other - other.mean()
        value = float(one @ other / np.sqrt((one @ one) * (other @ other)))
        found.append(min(max(value, -1.0), 1.0))
    return found

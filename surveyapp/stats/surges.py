"""Days with far more responses than the days before let expect."""

from __future__ import annotations

import math

from numpy.typing import ArrayLike
from scipy import stats

from surveyapp.stats.arrays import frozen_vector

LEAST_DAYS = 2
"""With fewer days before it nothing is known about how they scatter."""


def surge_p_value(count: int, earlier: ArrayLike) -> float:
    """Tell how surprising the number of a day is after those of earlier days.

    Parameters
    ----------
    count : int
        Responses of the day.
    earlier : array_like, shape (D,)
        Responses of each earlier day, at least two days.

    Returns
    -------
    float
        Chance of as many or more, in (0, 1].

    Raises
    ------
    ValueError
        Counts that are negative or not whole, or fewer than two days.

    Notes
    -----
    The larger of two predictive tails. If all days have one Poisson rate, whose prior is Jeffreys',
    the next count is negative binomial with r = Σx + 1/2 and p = D/(D+1) [1]_. Honest days scatter
    more than that (market days, holidays): (x - x̄)/(s √(1 + 1/D)) is compared with Student's t at
    D - 1 degrees of freedom, half a response taken off for continuity.

    References
    ----------
    .. [1] Krishnamoorthy, Peng (2011), J. Stat. Plan. Inference 141, 1709-1718.
    """
    before = frozen_vector(earlier, "earlier")
    if before.size < LEAST_DAYS:
        raise ValueError(f"at least {LEAST_DAYS} earlier days are needed")
    if count < 0 or (before < 0).any() or (before != before.round()).any():
        raise ValueError("counts are whole numbers from 0 on")
    days = before.size
    poisson = stats.nbinom.sf(count - 1, before.sum() + 0.5, days / (days + 1))
    mean, spread = float(before.mean()), float(before.std(ddof=1))
    if spread == 0:
        return float(poisson)
    distance = (count - 0.5 - mean) / (spread * math.sqrt(1 + 1 / days))
    return max(float(poisson), float(stats.t.sf(distance, days - 1)))


def largest_unremarkable(earlier: ArrayLike, significance: float) -> int:
    """Return the largest count of a day that raises no alarm.

    Parameters
    ----------
    earlier : array_like, shape (D,)
        As in `surge_p_value`.
    significance : float
        Up to this p-value there is an alarm, in (0, 1).

    Returns
    -------
    int
        What somebody who fills in by hand or by machine can reach at most without being noticed.

    Raises
    ------
    ValueError
        As in `surge_p_value`, or a significance outside (0, 1).
    """
    if not 0 < significance < 1:
        raise ValueError(f"significance must lie between 0 and 1, not {significance}")
    high = 1
    while surge_p_value(high, earlier) > significance:
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        if surge_p_value(middle, earlier) > significance:
            low = middle
        else:
            high = middle
    return low

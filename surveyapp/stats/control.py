"""Control limits: which month or window differs from the usual by more than chance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from surveyapp.stats.arrays import frozen_vector, require_confidence
from surveyapp.stats.intervals import quantile, wilson_interval
from surveyapp.stats.trend import require_hits

THREE_SIGMA = 0.9973
"""What lies within three standard deviations of a normal distribution."""

IMPLAUSIBLE = 0.995
"""Rates of satisfied people above this have not been seen where nobody helped."""


class Signal(StrEnum):
    """On which side of its limits a point lies."""

    LOW = "low"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class ControlPoint:
    """One point of a control chart.

    Attributes
    ----------
    value : float
        Share 0 to 1, or in the unit of the means.
    low, high : float
        Limits; a point on a limit is inside.
    signal : Signal or None
        None where the point lies inside.
    """

    value: float
    low: float
    high: float
    signal: Signal | None


@dataclass(frozen=True, slots=True)
class ControlChart:
    """A centre line and points with limits of their own.

    Attributes
    ----------
    centre : float
        The usual value.
    confidence : float
        Probability to lie inside the limits (for shares at least) as long as nothing changes.
    """

    centre: float
    points: tuple[ControlPoint, ...]
    confidence: float


def share_chart(
    hits: ArrayLike,
    totals: ArrayLike,
    *,
    centre: float | None = None,
    confidence: float = THREE_SIGMA,
) -> ControlChart:
    """Compare shares with the usual one: a p-chart with exact limits.

    Parameters
    ----------
    hits, totals : array_like, shape (T,)
        Whole counts by month or window; no total is 0.
    centre : float, optional
        The usual share, 0 to 1, from an earlier time; default: all points pooled.
    confidence : float
        Probability in (0, 1).

    Returns
    -------
    ControlChart

    Raises
    ------
    ValueError
        Lengths differ, counts do not fit or are not whole, or the centre is no share.

    Notes
    -----
    The limits are the binomial quantiles of (1 - confidence)/2 and (1 + confidence)/2 over n
    [1]_. The usual p ± 3 √(p(1-p)/n) is wrong near 0 and 1, where 好评率 lives: with p = 0.99
    and n = 50 its upper limit is above 1 and its lower one gives an alarm ten times too often.
    Wilson's score would be the same normal approximation seen from the other side.

    References
    ----------
    .. [1] Ryan, Schwertman (1997), J. Qual. Technol. 29, 86-98.
    """
    require_confidence(confidence)
    hit, total = require_hits(hits, totals)
    if (hit != np.round(hit)).any() or (total != np.round(total)).any():
        raise ValueError("exact limits need whole counts")
    usual = float(hit.sum() / total.sum()) if centre is None else centre
    if not 0 <= usual <= 1:
        raise ValueError(f"the centre of shares must lie from 0 to 1, not {usual}")
    tail = (1 - confidence) / 2
    low = stats.binom.ppf(tail, total, usual) / total
    high = stats.binom.isf(tail, total, usual) / total
    return _chart(usual, hit / total, low, high, confidence)


def mean_chart(
    values: ArrayLike,
    se: ArrayLike,
    *,
    centre: float | None = None,
    confidence: float = THREE_SIGMA,
) -> ControlChart:
    """Compare means with the usual one: Shewhart's chart with the standard error of each point.

    Parameters
    ----------
    values, se : array_like, shape (T,)
        Means of separate samples and their standard errors, positive.
    centre : float, optional
        The usual mean from an earlier time; default: all points, weighted with 1/SE².
    confidence : float
        Probability in (0, 1).

    Returns
    -------
    ControlChart

    Raises
    ------
    ValueError
        Lengths differ, a number is not finite, or a standard error is not positive.

    Notes
    -----
    centre ± q SE, q = 3 for the usual confidence. Where the centre is made from the points
    themselves a single odd point pulls it a little towards itself: the chart is then careful.
    """
    require_confidence(confidence)
    value = frozen_vector(values, "values")
    error = frozen_vector(se, "se", value.size)
    if value.size == 0 or (error <= 0).any():
        raise ValueError("means need positive standard errors")
    weight = 1 / error**2
    usual = float(weight @ value / weight.sum()) if centre is None else centre
    reach = quantile(math.inf, confidence) * error
    return _chart(usual, value, usual - reach, usual + reach, confidence)


def is_implausibly_good(
    hits: float, total: float, *, limit: float = IMPLAUSIBLE, confidence: float = 0.95
) -> bool:
    """Tell whether a rate is surely above what can be believed.

    Parameters
    ----------
    hits, total : float
        Favourable answers, and all.
    limit : float
        The highest rate that can be believed, in (0, 1).
    confidence : float
        Coverage probability of Wilson's interval, in (0, 1).

    Returns
    -------
    bool
        Whether the lower end of the interval lies above the limit. With 100 % and the limit 99.5 %
        this takes 765 answers: few perfect ones prove nothing.

    Raises
    ------
    ValueError
        The counts do not fit, or the limit is no share.
    """
    if not 0 < limit < 1:
        raise ValueError(f"the limit must lie between 0 and 1, not {limit}")
    if hits < 0 or hits > total:
        raise ValueError("there are more hits than there are people")
    interval = wilson_interval(hits / total, total, math.inf, confidence) if total else None
    return interval is not None and interval.low > limit


def _chart(
    centre: float, values: ArrayLike, low: ArrayLike, high: ArrayLike, confidence: float
) -> ControlChart:
    points = [
        ControlPoint(value, lower, upper, _signal(value, lower, upper))
        for value, lower, upper in zip(
            np.asarray(values).tolist(),
            np.asarray(low).tolist(),
            np.asarray(high).tolist(),
            strict=True,
        )
    ]
    return ControlChart(centre, tuple(points), confidence)


def _signal(value: float, low: float, high: float) -> Signal | None:
    if value < low:
        return Signal.LOW
    return Signal.HIGH if value > high else None

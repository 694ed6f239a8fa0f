"""Ranks that say how sure they are: intervals, joint intervals, and who cannot be told apart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from surveyapp.stats.arrays import Mask, Matrix, Vector, frozen_vector, require_confidence
from surveyapp.stats.bands import bands_of, possible_ranks
from surveyapp.stats.contrasts import holm
from surveyapp.stats.intervals import quantile, wilson_interval
from surveyapp.stats.rank_probabilities import (
    DRAWS,
    drawn_rank_probabilities,
    rank_probabilities,
    require_covariance,
)

ROUNDING = 1e-9
"""Values closer than this part of the largest one are equal: sums add up in different orders."""


class LeftOut(StrEnum):
    """Why a unit has no rank."""

    NO_VALUE = "no_value"
    TOO_FEW = "too_few"
    NO_ERROR = "no_error"


@dataclass(frozen=True, slots=True)
class Place:
    """Where one unit stands.

    Attributes
    ----------
    rank : int
        From its value alone, 1 for the largest; equal values share a rank: 1, 1, 3.
    expected : float
        Mean of the distribution of its rank.
    low, high : int
        Interval of its rank, for this unit alone.
    joint_low, joint_high : int
        Interval of its rank; those of all units hold together.
    possible_low, possible_high : int
        The same from the comparisons of all pairs: only who can be told apart is surely better
        or worse.
    probabilities : tuple of float
        Of the ranks 1, 2, ...
    alike : tuple of int
        Units it cannot be told apart from, by their position in the call, best first.
    bands : tuple of int
        Numbers (1 is the best) of the bands it belongs to.
    """

    rank: int
    expected: float
    low: int
    high: int
    joint_low: int
    joint_high: int
    possible_low: int
    possible_high: int
    probabilities: tuple[float, ...]
    alike: tuple[int, ...]
    bands: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """The places of several units.

    Attributes
    ----------
    order : tuple of int
        Positions of the ranked units, best first.
    places : mapping of int to Place
        By the position of the unit in the call.
    left_out : mapping of int to LeftOut
        Why the other units have no rank.
    confidence : float
        Of all intervals and comparisons.
    """

    order: tuple[int, ...]
    places: Mapping[int, Place]
    left_out: Mapping[int, LeftOut]
    confidence: float


def rank_units(
    values: Sequence[float | None],
    se: Sequence[float | None],
    *,
    covariance: ArrayLike | None = None,
    rng: np.random.Generator | None = None,
    draws: int = DRAWS,
    n: Sequence[int] | None = None,
    minimum: int = 0,
    df: Sequence[float] | None = None,
    confidence: float = 0.95,
) -> Ranking:
    """Rank units by their estimates and say how sure the ranks are.

    Parameters
    ----------
    values : sequence of float or None, length K
        Estimates, larger is better; None where there is none.
    se : sequence of float or None, length K
        Their standard errors; a unit without one, or with 0, gets no rank.
    covariance : array_like, shape (K, K), optional
        Covariances of estimates that are not independent; the rows of units without a rank are
        not looked at, the diagonal holds the squares of `se`.
    rng : numpy.random.Generator, optional
        For the draws, which covariances need.
    draws : int
        How many.
    n : sequence of int, length K, optional
        Respondents.
    minimum : int
        Units with a smaller `n` get no rank.
    df : sequence of float, length K, optional
        Degrees of freedom of the standard errors; default: normal quantiles.
    confidence : float
        Coverage probability in (0, 1).

    Returns
    -------
    Ranking

    Raises
    ------
    ValueError
        Lengths differ, a number is not finite, or covariances come without `rng`, are none, or
        have another diagonal than `se`.

    Notes
    -----
    *Probabilities*: the true values are normal variables around the estimates. The interval of a
    rank leaves out at most (1 - confidence)/2 of the probability at either end.

    *Joint intervals* [1]_: take intervals of all values that hold together (each of the confidence
    confidence^(1/K) [2]_). A unit is surely below those whose interval begins above the end of its
    own, and surely above those whose interval ends below the beginning of its own.

    *Alike*: two units whose difference has a p-value of at least 1 - confidence, adjusted by Holm
    for all pairs. All others are surely better or worse, which leaves the possible ranks [3]_. A
    *band* is a longest run of neighbouring places of which no two can be told
    apart; bands may overlap.

    References
    ----------
    .. [1] Klein, Wright, Wieczorek (2020), J. R. Stat. Soc. A 183, 589-606.
    .. [2] Šidák (1967), J. Am. Stat. Assoc. 62, 626-633: at least the stated confidence also for
       estimates that vary together.
    .. [3] Mogstad, Romano, Shaikh, Wilhelm (2024), Rev. Econ. Stud. 91, 476-518.
    """
    require_confidence(confidence)
    size = len(values)
    for name, given in (("se", se), ("n", n), ("df", df)):
        if given is not None and len(given) != size:
            raise ValueError(f"{name} has {len(given)} entries, {size} expected")
    left_out = {
        unit: reason
        for unit, (value, error) in enumerate(zip(values, se, strict=True))
        if (reason := _reason(value, error, is_small=n is not None and n[unit] < minimum))
    }
    kept = [unit for unit in range(size) if unit not in left_out]
    centre = frozen_vector(np.array([values[unit] for unit in kept], np.float64), "values")
    own = frozen_vector(np.array([se[unit] for unit in kept], np.float64), "se")
    if (own < 0).any():
        raise ValueError("a standard error is negative")
    freedom = np.full(own.size, np.inf) if df is None else np.array([df[unit] for unit in kept])
    if covariance is None:
        spread = np.diag(own**2)
        chances = rank_probabilities(centre, own)
    else:
        if rng is None:
            raise ValueError("covariances need a random generator")
        spread = _covariance_of(covariance, size, kept, own)
        chances = drawn_rank_probabilities(centre, spread, rng, draws=draws)
    alike = _alike(centre, spread, freedom, confidence)
    order = sorted(range(own.size), key=lambda unit: (-centre[unit], own[unit]))
    ranks = shared_ranks(centre)
    joint = _joint_ranks(centre, own, freedom, confidence)
    bands = bands_of(alike, order)
    possible = possible_ranks(alike, order)
    places = {
        kept[unit]: Place(
            ranks[unit],
            float(chances[unit] @ np.arange(1, own.size + 1)),
            *_rank_interval(chances[unit], confidence),
            *joint[unit],
            *possible[unit],
            probabilities=tuple(float(chance) for chance in chances[unit]),
            alike=tuple(kept[other] for other in order if other != unit and alike[unit, other]),
            bands=bands[unit],
        )
        for unit in order
    }
    return Ranking(tuple(places), places, left_out, confidence)


def shared_ranks(values: ArrayLike) -> tuple[int, ...]:
    """Rank values, the largest first; equal ones share the best of their ranks (1, 1, 3).

    Raises
    ------
    ValueError
        Not one-dimensional or not finite.
    """
    given = frozen_vector(values, "values")
    tolerance = ROUNDING * float(np.abs(given).max(initial=0))
    order = np.argsort(-given, kind="stable")
    ranks = np.zeros(given.size, dtype=np.int64)
    for position, unit in enumerate(order):
        is_tied = position and given[order[position - 1]] - given[unit] <= tolerance
        ranks[unit] = ranks[order[position - 1]] if is_tied else position + 1
    return tuple(int(rank) for rank in ranks)


@dataclass(frozen=True, slots=True)
class SharePlace:
    """Where a share stands by its cautious value.

    Attributes
    ----------
    low : float
        Lower end of Wilson's interval, 0 to 1: what the ranks are made from.
    rank : int
        Equal ones share a rank: 1, 1, 3.
    """

    low: float
    rank: int


def rank_shares(
    share: Sequence[float | None],
    size: Sequence[float],
    *,
    minimum: float = 0,
    df: Sequence[int] | None = None,
    confidence: float = 0.95,
) -> tuple[SharePlace | None, ...]:
    """Rank shares by the lower end of Wilson's interval, so that few answers are no advantage.

    Parameters
    ----------
    share : sequence of float or None, length K
        0 to 1, None where there is none.
    size : sequence of float, length K
        Effective numbers of respondents, see :func:`~surveyapp.stats.intervals.share_size`.
    minimum : float
        Units of a smaller size get no rank.
    df : sequence of int, length K, optional
        Degrees of freedom; default: the normal quantile.
    confidence : float
        Of the interval, in (0, 1).

    Returns
    -------
    tuple of SharePlace or None
        In the order of the call; None for units that are too small or have no interval.

    Raises
    ------
    ValueError
        Lengths differ.
    """
    freedom = [np.inf] * len(share) if df is None else df
    if not len(share) == len(size) == len(freedom):
        raise ValueError("shares, sizes and degrees of freedom differ in number")
    low = [
        None if p is None or m < minimum else wilson_interval(p, m, f, confidence)
        for p, m, f in zip(share, size, freedom, strict=True)
    ]
    ranks = iter(shared_ranks([one.low for one in low if one is not None]))
    return tuple(None if one is None else SharePlace(one.low, next(ranks)) for one in low)


def cautious_se(value: float, size: float, lowest: float, highest: float, df: float) -> float:
    """Bound the standard error of a mean whose answers are all equal, and so show no scatter.

    Parameters
    ----------
    value : float
        The mean, from `lowest` to `highest`.
    size : float
        Effective number of respondents, positive.
    lowest, highest : float
        The ends of the scale.
    df : float
        Degrees of freedom, positive.

    Returns
    -------
    float
        In the unit of the value, positive.

    Notes
    -----
    On a scale from a to b no distribution with the mean m scatters more than the one on both ends,
    whose mean is a share s = (m - a)/(b - a). Half the width of Wilson's interval of s, over the
    quantile, times b - a. It is never 0.
    """
    share = (value - lowest) / (highest - lowest)
    q = quantile(df, 0.95)
    q2 = q * q / size
    return (highest - lowest) * math.sqrt(share * (1 - share) / size + q2 / (4 * size)) / (1 + q2)


def _reason(value: float | None, error: float | None, *, is_small: bool) -> LeftOut | None:
    if value is None:
        return LeftOut.NO_VALUE
    if is_small:
        return LeftOut.TOO_FEW
    return None if error else LeftOut.NO_ERROR


def _covariance_of(covariance: ArrayLike, size: int, kept: Sequence[int], own: Vector) -> Matrix:
    whole = np.asarray(covariance, dtype=np.float64)
    if whole.shape != (size, size):
        raise ValueError(f"covariance has shape {whole.shape}, one row per value expected")
    spread = require_covariance(whole[np.ix_(kept, kept)], len(kept))
    if not np.allclose(np.diag(spread), own**2, rtol=1e-6):
        raise ValueError("the diagonal of the covariance is not the square of the standard errors")
    return spread


def _rank_interval(chances: Vector, confidence: float) -> tuple[int, int]:
    tail = (1 - confidence) / 2 - ROUNDING
    below = int(np.argmax(np.cumsum(chances) > tail))
    above = int(np.argmax(np.cumsum(chances[::-1]) > tail))
    return below + 1, chances.size - above


def _joint_ranks(
    centre: Vector, se: Vector, df: Vector, confidence: float
) -> list[tuple[int, int]]:
    each = confidence ** (1 / max(1, centre.size))
    reach = se * np.array([quantile(one, each) for one in df])
    low, high = centre - reach, centre + reach
    sorted_low, sorted_high = np.sort(low), np.sort(high)
    better = low.size - np.searchsorted(sorted_low, high, side="right")
    worse = np.searchsorted(sorted_high, low, side="left")
    return [(1 + int(up), low.size - int(down)) for up, down in zip(better, worse, strict=True)]


def _alike(centre: Vector, covariance: Matrix, df: Vector, confidence: float) -> Mask:
    """Return which pairs cannot be told apart, shape (K, K)."""
    own = np.diag(covariance)
    first, second = np.triu_indices(centre.size, 1)
    variance = own[first] + own[second] - 2 * covariance[first, second]
    gap = np.abs(centre[first] - centre[second])
    lost = own[first] ** 2 / df[first] + own[second] ** 2 / df[second]
    with np.errstate(divide="ignore", invalid="ignore"):
        # Satterthwaite, as for the change between two samples; without losses the normal test.
        freedom = np.where(lost > 0, (own[first] + own[second]) ** 2 / lost, np.inf)
        ratio = gap / np.sqrt(variance)
    # Two estimates that move as one are compared with nothing: nothing is claimed.
    has_scatter = variance > ROUNDING * (own[first] + own[second])
    p_values: Vector = np.where(has_scatter, 2 * special.stdtr(freedom, -ratio), 1.0)
    adjusted = np.array(holm(p_values.tolist()), dtype=np.float64)
    alike: Mask = np.ones(covariance.shape, dtype=np.bool_)
    alike[first, second] = alike[second, first] = adjusted >= 1 - confidence
    return alike

"""Bursts of responses: more from one place in a short time than chance explains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from surveyapp.stats.arrays import Codes, Mask, Vector, frozen_vector

Rate: TypeAlias = Literal["even", "shared"]
"""What a place's responses are compared with: an even rate over the whole time, or the rhythm of
all places together."""


@dataclass(frozen=True, slots=True)
class Burst:
    """The window of a place that chance explains least.

    Attributes
    ----------
    place : object
        Label of the place, as given.
    start : float
        Time of the first response of the window, in seconds as given.
    count : int
        Responses of the place in the window, the first included.
    largest : int
        Largest count in any window of this place.
    expected : float
        Responses expected in the window after its first one, plus that one.
    p_value : float
        Chance that any window of any place is as full, at most 1 (Bonferroni).
    """

    place: object
    start: float
    count: int
    largest: int
    expected: float
    p_value: float


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """Result of a scan over all places.

    Attributes
    ----------
    bursts : tuple of Burst
        One per place, in the order of the labels.
    flagged : bool array, shape (N,)
        In a window whose corrected p-value is at most the significance.
    windows : int
        Windows tried, one from each response on: the Bonferroni factor.
    """

    bursts: tuple[Burst, ...]
    flagged: Mask
    windows: int


def scan_bursts(
    times: ArrayLike,
    places: ArrayLike,
    *,
    window: float,
    start: float,
    end: float,
    rate: Rate = "even",
    significance: float = 0.05,
) -> Scan:
    """Slide a window over the responses of each place and look for too many in it.

    Parameters
    ----------
    times : array_like, shape (N,)
        When each response came, in seconds from any origin.
    places : array_like, shape (N,)
        Label of its place.
    window : float
        Width in seconds; responses from t to before t + `window` are together.
    start, end : float
        When the collection began and ended, in the same seconds; a quiet time at either end
        counts.
    rate : {"even", "shared"}
        Compare with an even rate, or with how many of all responses fell into the same window.
        The second knows nights, lunch breaks and campaigns, and needs at least two places.
    significance : float
        Corrected p-value up to which the responses of a window are flagged, in (0, 1).

    Returns
    -------
    Scan
        The fullest stretch of time of each place, and who was in one that chance does not explain.

    Raises
    ------
    ValueError
        Shapes differ, a time outside `start` to `end`, a window that is not positive or not
        shorter than the whole time, an unknown rate, one place for "shared", or a significance
        outside (0, 1).

    Notes
    -----
    Given their number n, the responses of a Poisson process are scattered independently over
    the time T: after a response, each of the n - 1 others falls into the window that it opens
    with chance at most w/T ("even"); the tail of the binomial with that chance, times the number of
    windows tried (all responses), bounds the chance of such a window anywhere. A window that
    holds the largest count always begins with a response, so nothing is missed [1]_. For "shared"
    the times stay and the labels are shuffled: of the other c - 1 responses of all places in the
    window each is from this place with chance (n-1)/(N-1), which bounds the tail of the
    hypergeometric distribution [2]_ [3]_.

    References
    ----------
    .. [1] Naus (1965), J. Am. Stat. Assoc. 60, 532-538.
    .. [2] Kulldorff et al. (2005), PLoS Med. 2(3), e59.
    .. [3] Hoeffding (1956), Ann. Math. Stat. 27, 713-721.
    """
    moments = frozen_vector(times, "times")
    labels = np.asarray(places)
    _check(moments, labels, window, start, end, significance)
    names, place = np.unique(labels, return_inverse=True)
    if rate not in ("even", "shared"):
        raise ValueError(f"rate must be even or shared, not {rate}")
    if rate == "shared" and moments.size and names.size < 2:
        raise ValueError("a shared rate needs at least two places: compare with an even rate")
    everyone = np.sort(moments)
    flagged = np.zeros(moments.size, np.bool_)
    bursts = []
    for number, name in enumerate(names.tolist()):
        rows = np.flatnonzero(place == number)
        rows = rows[np.argsort(moments[rows], kind="stable")]
        own = moments[rows]
        counts = _window_counts(own, own, window)
        if rate == "even":
            trials, chance = np.full(own.size, own.size - 1), window / (end - start)
        else:
            trials = _window_counts(own, everyone, window) - 1
            chance = (own.size - 1) / (moments.size - 1)
        p_values = np.minimum(moments.size * special.bdtrc(counts - 2, trials, chance), 1.0)
        flagged[rows] = _covered(own, counts, p_values <= significance)
        least = int(np.lexsort((-counts, p_values))[0])
        bursts.append(
            Burst(
                name,
                float(own[least]),
                int(counts[least]),
                int(counts.max()),
                1 + float(trials[least]) * chance,
                float(p_values[least]),
            )
        )
    flagged.setflags(write=False)
    return Scan(tuple(bursts), flagged, moments.size)


def _window_counts(opens: Vector, times: Vector, window: float) -> Codes:
    """How many of the sorted times lie in the window that opens at each sorted time."""
    until = np.searchsorted(times, opens + window, side="left")
    return np.asarray(until - np.searchsorted(times, opens, side="left"), np.int64)


def _covered(times: Vector, counts: Codes, found: Mask) -> Mask:
    """Which sorted responses lie in one of the windows found."""
    first = np.searchsorted(times, times[found], side="left")
    steps = np.zeros(times.size + 1, np.int64)
    np.add.at(steps, first, 1)
    np.add.at(steps, first + counts[found], -1)
    return np.asarray(np.cumsum(steps[:-1]) > 0, np.bool_)


def _check(
    times: Vector, labels: np.ndarray, window: float, start: float, end: float, significance: float
) -> None:
    if labels.shape != times.shape:
        raise ValueError(f"places has shape {labels.shape}, {times.shape} expected")
    if not 0 < window < end - start:
        raise ValueError("the window must be positive and shorter than the time of the collection")
    if times.size and (times.min() < start or times.max() > end):
        raise ValueError("a response lies outside the time of the collection")
    if not 0 < significance < 1:
        raise ValueError(f"significance must lie between 0 and 1, not {significance}")

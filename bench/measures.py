"""What the parts of the benchmark make of their measurements."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

CONFIDENCE = 0.95


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` of the values do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times more one side takes than the other.

    Attributes
    ----------
    value : float
        Median of the ratios of the pairs.
    low, high : float
        Interval of the median from the order of the pairs.
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"


def paired_ratio(ours: Sequence[float], theirs: Sequence[float]) -> Ratio:
    """Compare measurements that were taken in turn, pair by pair.

    Parameters
    ----------
    ours, theirs : sequence of float, equally long
        What the two sides took in each pair; positive.

    Raises
    ------
    ValueError
        No pairs, or not equally many measurements.

    Notes
    -----
    The interval runs from the (k+1)-th smallest ratio to the (k+1)-th largest, with the largest k
    for which P(Binomial(n, 1/2) <= k) <= 2.5 %: no assumption about how times scatter. With fewer
    than six pairs it is the whole range, which covers less than 95 %.
    """
    ratios = sorted(a / b for a, b in zip(ours, theirs, strict=True))
    if not ratios:
        raise ValueError("a ratio needs at least one pair")
    n = len(ratios)
    below, cut = 0.0, 0
    for k in range(n // 2):
        below += math.comb(n, k) / 2**n
        if below > (1 - CONFIDENCE) / 2:
            break
        cut = k
    return Ratio(statistics.median(ratios), ratios[cut], ratios[n - 1 - cut])


def largest_difference(values: Sequence[float], reference: Sequence[float]) -> float:
    """Return the largest relative distance of values from reference values.

    Infinite where a value is no number, where signs or lengths differ, or where only the
    reference is 0: a failed estimate must not pass for an equal one.
    """
    if len(values) != len(reference) or not values:
        return math.inf
    return max(map(_relative, values, reference))


def _relative(value: float, reference: float) -> float:
    if value == reference:
        return 0.0
    difference = abs(value - reference) / abs(reference) if reference else math.inf
    return difference if math.isfinite(difference) else math.inf


def in_words(seconds: float) -> str:
    """Return a duration with three significant digits in a unit that suits it."""
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms"
    return f"{seconds:.3g} s" if seconds < 100 else f"{seconds:.0f} s"

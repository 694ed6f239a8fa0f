"""Figures of one part, and how parts become one value."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from surveyapp.domain.snapshot import Measure, SnapshotValue
from surveyapp.domain.text import Text
from surveyapp.stats.intervals import Interval, t_interval

CONFIDENCE = 0.95
COMBINED = "combined"


@dataclass(frozen=True, slots=True)
class Estimated:
    """A figure with its precision, in points or percent.

    Attributes
    ----------
    df : float
        Degrees of freedom; infinite where the interval is not Student's.
    method : str
        calibrated, base, equal (samples), counts (reviews), classes (ballots) or combined.
    unweighted : float or None
        With every answer counting alike; None where no weights are in it.
    """

    value: float | None
    se: float | None
    low: float | None
    high: float | None
    n: int
    effective_n: float
    df: float
    method: str
    suppressed: bool = False
    unweighted: float | None = None

    def snapshot_value(
        self, figure: str, subject: str | None, unit: Measure, label: Text
    ) -> SnapshotValue:
        """Give it a name."""
        return SnapshotValue(
            figure=figure,
            subject=subject,
            value=self.value,
            se=self.se,
            low=self.low,
            high=self.high,
            n=self.n,
            effective_n=self.effective_n,
            method=self.method,
            unit=unit,
            suppressed=self.suppressed,
            label=label,
            unweighted=self.unweighted,
        )


Figures: TypeAlias = Mapping[str | None, Estimated]
"""By code of a unit; None for everything together."""


def combined(
    parts: Sequence[tuple[Fraction, Estimated]], measure: Measure, *, independent: bool
) -> Estimated:
    """Combine parts by fixed weights.

    Parameters
    ----------
    parts : sequence of (Fraction, Estimated)
        Weight and figure; every figure has a value.
    independent : bool
        Whether no two parts share respondents.

    Returns
    -------
    Estimated
        One part alone keeps its own interval. ``effective_n`` is the size of a simple sample as
        precise as the parts together, (Σ a²/n)⁻¹.

    Notes
    -----
    I = Σ a_k x_k with Σ a_k = 1. Independent parts are strata: V = Σ a_k² v_k with Satterthwaite's
    degrees of freedom V² / Σ (a_k² v_k)²/d_k [1]_. Where parts may share respondents, their
    covariance is at most the product of the standard errors, so se = Σ a_k se_k bounds it.

    References
    ----------
    .. [1] Cochran (1977), Sampling Techniques, section 5.4.
    """
    if len(parts) == 1:
        return parts[0][1]
    total = sum((weight for weight, _ in parts), Fraction(0))
    shares = [float(weight / total) for weight, _ in parts]
    given = [one for _, one in parts]
    value = math.fsum(a * (one.value or 0.0) for a, one in zip(shares, given, strict=True))
    se, df = _error(shares, given, independent=independent)
    interval = None if se is None else t_interval(value, se, df, CONFIDENCE)
    low, high = _bounded(interval, measure)
    spread = math.fsum(
        a * a / one.effective_n for a, one in zip(shares, given, strict=True) if one.effective_n
    )
    return Estimated(
        value=value,
        se=se,
        low=low,
        high=high,
        n=sum(one.n for one in given),
        effective_n=1 / spread if spread else 0.0,
        df=df,
        method=COMBINED,
        suppressed=any(one.suppressed for one in given),
        unweighted=_unweighted(shares, given),
    )


def _unweighted(shares: Sequence[float], given: Sequence[Estimated]) -> float | None:
    """Combine the parts without the weights of their answers; None where none has any."""
    if all(one.unweighted is None for one in given):
        return None
    plain = [one.value if one.unweighted is None else one.unweighted for one in given]
    return math.fsum(a * (x or 0.0) for a, x in zip(shares, plain, strict=True))


def _error(
    shares: Sequence[float], given: Sequence[Estimated], *, independent: bool
) -> tuple[float | None, float]:
    errors = [one.se for one in given if one.se is not None]
    if len(errors) < len(given):
        return None, 0.0
    scaled = [a * se for a, se in zip(shares, errors, strict=True)]
    freedoms = [one.df for one in given]
    if not independent:
        return math.fsum(scaled), min(freedoms)
    variance = math.fsum(one**2 for one in scaled)
    spent = math.fsum(one**4 / df for one, df in zip(scaled, freedoms, strict=True) if df > 0)
    return math.sqrt(variance), variance**2 / spent if spent else math.inf


def _bounded(interval: Interval | None, measure: Measure) -> tuple[float | None, float | None]:
    if interval is None:
        return None, None
    if measure is Measure.PERCENT:
        return max(interval.low, 0.0), min(interval.high, 100.0)
    return interval.low, interval.high

"""Weighted totals and ratios of totals, with linearised variance."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike

from surveyapp.stats.arrays import (
    Mask,
    Vector,
    frozen_vector,
    require_confidence,
    require_counts,
    sums_by,
)
from surveyapp.stats.cells import Cells, Moments
from surveyapp.stats.estimates import (
    Estimate,
    Intervals,
    Known,
    Linear,
    assess,
    blocks,
    masks,
)
from surveyapp.stats.intervals import Interval, share_size, t_interval, wilson_interval
from surveyapp.stats.weights import Weights


def weighted_totals(
    cells: Cells,
    variable: str | Moments,
    *,
    weights: Weights | ArrayLike | None = None,
    domains: ArrayLike | None = None,
    confidence: float = 0.95,
) -> tuple[Estimate, ...]:
    """Estimate the population totals of a variable in K domains.

    Parameters
    ----------
    cells : Cells
        The sample, C cells. Its base weights (or `weights`) should gross up to the population.
    variable : str or Moments
        Name of a variable of the cells, or moments over the same cells.
    weights : Weights or array_like, shape (C,), optional
        Calibrated weights, or numbers that count as fixed; default the base weights.
    domains : bool array_like, shape (K, C), optional
        One row of cells per domain; default one domain, the whole sample.
    confidence : float
        Coverage probability in (0, 1).

    Returns
    -------
    tuple of Estimate, length K
        In the unit of the variable. Those who skipped the item add nothing. A domain without
        answers has no total.

    Raises
    ------
    ValueError
        A shape does not fit, a number is not finite: a caller's bug.
    LonelyStratum
        A stratum has a single sampled unit and the design says to refuse.

    Notes
    -----
    T = Σ w y, with the variance of the sum over the whole design and y = 0 outside the domain [1]_.

    References
    ----------
    .. [1] Särndal, Swensson, Wretman (1992), Model Assisted Survey Sampling, ch. 3 and 10.
    """
    require_confidence(confidence)
    moments = cells.moments(variable)
    made = Weights.of(cells, weights)
    return tuple(
        estimate
        for block in blocks(masks(cells, domains))
        for estimate in assess(cells, made, _sums(moments, made, block), _student(confidence))
    )


def weighted_total(
    cells: Cells,
    variable: str | Moments,
    *,
    weights: Weights | ArrayLike | None = None,
    domain: ArrayLike | None = None,
    confidence: float = 0.95,
) -> Estimate:
    """Estimate one population total; see :func:`weighted_totals`."""
    domains = None if domain is None else np.asarray(domain)[None, ...]
    return weighted_totals(
        cells, variable, weights=weights, domains=domains, confidence=confidence
    )[0]


class PairSums(NamedTuple):
    """Integer sums of one cell over respondents with a numerator a / unit and a denominator b."""

    cell: int
    m: int
    sum_a: int
    sum_b: int
    sum_a2: int
    sum_b2: int
    sum_ab: int


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Joint moments of a numerator y and a denominator x in each cell.

    Parameters
    ----------
    m : float array, shape (C,)
        Respondents with both.
    y, x : float array, shape (C,)
        Their means; 0 where there is nobody.
    yy, xx, xy : float array, shape (C,)
        Sums of squared deviations and of their products.

    Raises
    ------
    ValueError
        Shapes differ, a number is not finite, a count or a sum of squares is negative.
    """

    m: Vector
    y: Vector
    x: Vector
    yy: Vector
    xx: Vector
    xy: Vector

    def __post_init__(self) -> None:
        size = np.size(self.m)
        for name in ("m", "y", "x", "yy", "xx", "xy"):
            vector = frozen_vector(getattr(self, name), name, size)
            if name in {"m", "yy", "xx"}:
                require_counts(vector, name)
            object.__setattr__(self, name, vector)

    @classmethod
    def from_rows(cls, cell: ArrayLike, y: ArrayLike, x: ArrayLike, cells: int) -> Self:
        """Joint moments of one pair per respondent, shape (n,); NaN in either means not answered.

        Raises
        ------
        ValueError
            Shapes differ, a cell is unknown, or a value is infinite.
        """
        top, bottom = np.asarray(y, dtype=np.float64), np.asarray(x, dtype=np.float64)
        if top.shape != bottom.shape:
            raise ValueError("numerator and denominator must have one length")
        both = ~(np.isnan(top) | np.isnan(bottom))
        ys = Moments.from_rows(cell, np.where(both, top, np.nan), cells)
        xs = Moments.from_rows(cell, np.where(both, bottom, np.nan), cells)
        index = np.asarray(cell, dtype=np.int64)[both]
        products = (top[both] - ys.mean[index]) * (bottom[both] - xs.mean[index])
        cross = sums_by(index, products, cells)
        return cls(ys.m, ys.mean, xs.mean, ys.scatter, xs.scatter, cross)

    @classmethod
    def from_sums(cls, sums: list[PairSums], cells: int, *, unit: int = 1) -> Self:
        """Joint moments of y = a / unit and x = b from exact integer sums, one entry per cell.

        Raises
        ------
        ValueError
            An unknown or repeated cell, a count or unit below 1, sums no integers can have.
        """
        if unit < 1:
            raise ValueError("unit must be at least 1")
        table = np.zeros((6, cells))
        for part in sums:
            cell, m, a, b, aa, bb, ab = part
            if not 0 <= cell < cells or table[0, cell]:
                raise ValueError(f"cell {cell} is unknown or given twice")
            if m < 1 or m * aa < a * a or m * bb < b * b:
                raise ValueError(f"no respondents can have the sums {tuple(part)}")
            scale = m * unit
            table[:, cell] = (
                m,
                a / scale,
                b / m,
                (m * aa - a * a) / (scale * unit),
                (m * bb - b * b) / m,
                (m * ab - a * b) / scale,
            )
        return cls(*table)


def ratios(
    cells: Cells,
    pairs: Pairs,
    *,
    weights: Weights | ArrayLike | None = None,
    domains: ArrayLike | None = None,
    confidence: float = 0.95,
    interval: Literal["t", "wilson"] = "t",
    size_by_denominator: bool = False,
) -> tuple[Estimate, ...]:
    """Estimate ratios of two population totals in K domains.

    Parameters
    ----------
    cells : Cells
        The sample, C cells.
    pairs : Pairs
        Numerator and denominator over the same cells.
    weights : Weights or array_like, shape (C,), optional
        Calibrated weights, or numbers that count as fixed; default the base weights.
    domains : bool array_like, shape (K, C), optional
        One row of cells per domain; default one domain, the whole sample.
    confidence : float
        Coverage probability in (0, 1).
    interval : {"t", "wilson"}
        Wilson's for ratios that are shares, such as favourable answers among all answers; its
        effective size is p(1-p)/V, and Kish's n where the share is 0 or 1.
    size_by_denominator : bool
        Whether `effective_n` counts respondents by w x, (Σ w x)² / Σ (w x)², instead of by w. So
        it is for a mean in which x is the relevance. It does not change the interval.

    Returns
    -------
    tuple of Estimate, length K
        In units of the numerator per unit of the denominator; empty where the total of the
        denominator is 0.

    Raises
    ------
    ValueError
        A shape does not fit, a number is not finite: a caller's bug.
    LonelyStratum
        A stratum has a single sampled unit and the design says to refuse.

    Notes
    -----
    R = Σ w y / Σ w x, linearised variable z = (y - R x) / Σ w x [1]_. With the relevance of an
    item as x and relevance times points as y this is the relevance-weighted index.

    References
    ----------
    .. [1] Särndal, Swensson, Wretman (1992), Model Assisted Survey Sampling, section 5.6.
    """
    require_confidence(confidence)
    cells.moments(Moments(pairs.m, pairs.y, pairs.yy))
    made = Weights.of(cells, weights)
    ends = _student(confidence) if interval == "t" else _wilson(confidence)
    found: list[Estimate] = []
    for block in blocks(masks(cells, domains)):
        estimates = assess(cells, made, _quotients(pairs, made, block), ends)
        if size_by_denominator:
            sizes = _sizes(pairs, made, block)
            estimates = tuple(
                replace(one, effective_n=size) for one, size in zip(estimates, sizes, strict=True)
            )
        found += estimates
    return tuple(found)


def _sizes(pairs: Pairs, weights: Weights, domains: Mask) -> list[float]:
    """Return (Σ w x)² / Σ (w x)² of each domain; 0 where nobody counts."""
    first = domains @ (weights.value * pairs.m * pairs.x)
    second = domains @ (weights.value**2 * (pairs.xx + pairs.m * pairs.x**2))
    return [float(a * a / b) if b else 0.0 for a, b in zip(first, second, strict=True)]


def ratio(
    cells: Cells,
    pairs: Pairs,
    *,
    weights: Weights | ArrayLike | None = None,
    domain: ArrayLike | None = None,
    confidence: float = 0.95,
) -> Estimate:
    """Estimate one ratio of two totals; see :func:`ratios`."""
    domains = None if domain is None else np.asarray(domain)[None, ...]
    return ratios(cells, pairs, weights=weights, domains=domains, confidence=confidence)[0]


def _student(confidence: float) -> Intervals:
    return lambda known: t_interval(known.value, known.se, known.df, confidence)


def _wilson(confidence: float) -> Intervals:
    """Return Wilson's interval for a share of answers, of which a respondent gives several.

    The effective size is p(1-p)/V as for a share of respondents, but n does not bound it: ten
    answers of one person tell more than one answer does.
    """

    def wilson(known: Known) -> Interval | None:
        size = share_size(known.value, known.variance, math.inf, known.effective_n)
        return wilson_interval(known.value, size, known.df, confidence)

    return wilson


def _sums(moments: Moments, weights: Weights, domains: Mask) -> Linear:
    inside = domains * moments.m
    return Linear(
        inside @ (weights.value * moments.mean),
        inside @ np.abs(weights.value) > 0,
        inside,
        np.broadcast_to(moments.mean, inside.shape),
        domains * moments.scatter,
        inside @ np.abs(weights.value * moments.mean),
    )


def _quotients(pairs: Pairs, weights: Weights, domains: Mask) -> Linear:
    inside = domains * pairs.m
    below = inside @ (weights.value * pairs.x)
    defined = below != 0
    divisor = np.where(defined, below, 1.0)
    quotient = inside @ (weights.value * pairs.y) / divisor
    by_domain = quotient[:, None]
    spread = pairs.yy - 2 * by_domain * pairs.xy + by_domain**2 * pairs.xx
    return Linear(
        quotient,
        defined,
        inside,
        (pairs.y - by_domain * pairs.x) / divisor[:, None],
        domains * np.maximum(spread, 0) / divisor[:, None] ** 2,
        np.abs(quotient),
    )

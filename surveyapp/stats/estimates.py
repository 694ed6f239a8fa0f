"""Weighted means over the whole sample and over domains, with linearised variance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from surveyapp.stats.arrays import Mask, Matrix, Vector, require_confidence
from surveyapp.stats.cells import Cells, Moments
from surveyapp.stats.effective import design_effect, effective_sizes, simple_variances
from surveyapp.stats.intervals import Interval, t_interval
from surveyapp.stats.weights import Weights

NOISE = 1e-14
"""A standard error below this share of the largest value is rounding noise and means 0."""

BLOCK = 2**21
"""Numbers in an array of domains by cells: 16 MB."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate with its precision; None where a quantity does not exist, never NaN.

    Attributes
    ----------
    value : float or None
        In the unit of the variable; None if nobody answered.
    se : float or None
        Standard error in the same unit; None without degrees of freedom. 0 where the answers of
        the sample do not differ, or where everybody was asked.
    low, high : float or None
        Ends of the two-sided interval, not clipped to the scale; None without degrees of freedom
        and instead of an interval of zero width.
    n : int
        Respondents in the domain who answered.
    effective_n : float
        Kish's effective number of these respondents.
    deff : float or None
        Variance over the variance of a simple random sample of `n`; None where either is
        undefined or the latter is 0.
    df : int
        Degrees of freedom of the design inside the domain.
    """

    value: float | None
    se: float | None
    low: float | None
    high: float | None
    n: int
    effective_n: float
    deff: float | None
    df: int


@dataclass(frozen=True, slots=True)
class Known:
    """What an interval may be made from."""

    value: float
    variance: float
    n: int
    effective_n: float
    df: int

    @property
    def se(self) -> float:
        """Standard error."""
        return float(np.sqrt(self.variance))


Intervals: TypeAlias = Callable[[Known], Interval | None]


def weighted_mean(
    cells: Cells,
    variable: str | Moments,
    *,
    weights: Weights | ArrayLike | None = None,
    domain: ArrayLike | None = None,
    confidence: float = 0.95,
) -> Estimate:
    """Estimate a population mean.

    Parameters
    ----------
    cells : Cells
        The sample, C cells.
    variable : str or Moments
        Name of a variable of the cells, or moments over the same cells.
    weights : Weights or array_like, shape (C,), optional
        Calibrated weights, or numbers that count as fixed; default the base weights.
    domain : bool array_like, shape (C,), optional
        The cells to which the mean refers; default all.
    confidence : float
        Coverage probability in (0, 1).

    Returns
    -------
    Estimate
        In the unit of the variable.

    Raises
    ------
    ValueError
        A shape does not fit, a number is not finite: a caller's bug.
    LonelyStratum
        A stratum has a single sampled unit and the design says to refuse.

    Notes
    -----
    θ = Σ w y / Σ w over the respondents of the domain who answered. Variance of the linearised
    variable z = (y - θ) / Σ w over the *whole* design, with z = 0 outside the domain and for
    those who skipped the item [1]_; Student's t interval. Equal weights, no domain: the
    textbook mean ± t s/√n.

    If all answers are equal the standard error is 0, as R prints it, and there is no interval:
    a sample that shows no scatter cannot bound it.

    References
    ----------
    .. [1] Särndal, Swensson, Wretman (1992), Model Assisted Survey Sampling, ch. 5 and 10.
    """
    domains = None if domain is None else np.asarray(domain)[None, ...]
    return weighted_means(cells, variable, weights=weights, domains=domains, confidence=confidence)[
        0
    ]


def weighted_means(
    cells: Cells,
    variable: str | Moments,
    *,
    weights: Weights | ArrayLike | None = None,
    domains: ArrayLike | None = None,
    confidence: float = 0.95,
) -> tuple[Estimate, ...]:
    """Estimate the means of many domains in one pass.

    Parameters
    ----------
    domains : bool array_like, shape (K, C), optional
        One row of cells per domain; they may overlap. Default: one domain, the whole sample.

    Returns
    -------
    tuple of Estimate, length K
        The other parameters and the errors are those of :func:`weighted_mean`.
    """
    require_confidence(confidence)
    return estimate_means(
        cells,
        cells.moments(variable),
        Weights.of(cells, weights),
        masks(cells, domains),
        lambda known: t_interval(known.value, known.se, known.df, confidence),
    )


def masks(cells: Cells, domains: ArrayLike | None) -> Mask:
    """Check domains, shape (K, C); None means one domain with every cell.

    Raises
    ------
    ValueError
        Not boolean, or not one column per cell.
    """
    if domains is None:
        return np.ones((1, cells.size), dtype=np.bool_)
    mask = np.asarray(domains)
    if mask.dtype != np.bool_:
        raise ValueError("a domain must be given as booleans, one per cell")
    if mask.ndim != 2 or mask.shape[1] != cells.size:
        raise ValueError(f"domains have shape {mask.shape}, (K, {cells.size}) expected")
    return mask


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """K estimates with their linearised variables, as cell moments.

    Attributes
    ----------
    value : float array, shape (K,)
        The estimates; whatever stands where `defined` is False is not used.
    defined : bool array, shape (K,)
        Whether the estimate exists.
    inside : float array, shape (K, C)
        Respondents of each cell who take part.
    mean, scatter : float array, shape (K, C)
        Mean and sum of squared deviations over them of z: the estimate moves by about Σ w z.
    magnitude : float array, shape (K,)
        Size of the numbers behind the estimate; a standard error of ``NOISE`` times this is 0.
    """

    value: Vector
    defined: Mask
    inside: Matrix
    mean: Matrix
    scatter: Matrix
    magnitude: Vector


def estimate_means(
    cells: Cells, moments: Moments, weights: Weights, domains: Mask, interval: Intervals
) -> tuple[Estimate, ...]:
    """Means of K domains with the given kind of interval; arguments are already checked."""
    return tuple(
        estimate
        for block in blocks(domains)
        for estimate in assess(cells, weights, _means(moments, weights, block), interval)
    )


def blocks(domains: Mask) -> Iterator[Mask]:
    """Cut K domains into runs whose arrays of domains by cells stay small in memory."""
    length = max(1, BLOCK // max(1, domains.shape[1]))
    for start in range(0, len(domains), length):
        yield domains[start : start + length]


def estimate_variables(
    cells: Cells, variables: Sequence[Moments], weights: Weights, domain: Mask, interval: Intervals
) -> tuple[Estimate, ...]:
    """Means of V variables in one domain of shape (C,); the arguments are already checked."""
    if not variables:
        return ()
    m, mean, scatter = (
        np.array([getattr(one, name) for one in variables]) for name in ("m", "mean", "scatter")
    )
    return assess(cells, weights, _linear(m, mean, scatter, weights, domain), interval)


def _means(moments: Moments, weights: Weights, domains: Mask) -> Linear:
    return _linear(moments.m, moments.mean, moments.scatter, weights, domains)


def _linear(m: Matrix, mean: Matrix, scatter: Matrix, weights: Weights, domains: Mask) -> Linear:
    """Linearise means: one variable in K domains, or K variables in one domain."""
    inside = domains * m
    sizes = inside @ weights.value
    defined = sizes != 0
    divisor = np.where(defined, sizes, 1.0)
    means = (inside * mean) @ weights.value / divisor
    return Linear(
        means,
        defined,
        inside,
        (mean - means[:, None]) / divisor[:, None],
        domains * scatter / divisor[:, None] ** 2,
        np.abs(domains * mean).max(axis=1, initial=0),
    )


def assess(
    cells: Cells, weights: Weights, linear: Linear, interval: Intervals
) -> tuple[Estimate, ...]:
    """Give each estimate its standard error, interval, effective size and design effect."""
    u, spread = weights.influence(cells, linear.inside, linear.mean, linear.scatter)
    variances = cells.design.variance(cells.n, u, spread)
    noise = (NOISE * linear.magnitude) ** 2
    variances[variances <= noise] = 0
    counted = linear.inside * (weights.value != 0)
    freedom = cells.design.degrees_of_freedom(cells.n, counted)
    people = counted.sum(axis=1)
    sizes = effective_sizes(weights.value, linear.inside)
    simple = _simple_variances(cells, weights.value, linear)
    simple[simple <= noise] = np.nan
    results = []
    for k in range(linear.value.size):
        n, kish = int(people[k]), float(sizes[k])
        if not linear.defined[k]:
            results.append(Estimate(None, None, None, None, n, kish, None, 0))
            continue
        known = Known(float(linear.value[k]), float(variances[k]), n, kish, int(freedom[k]))
        results.append(_estimate(known, float(simple[k]), interval))
    return tuple(results)


def _simple_variances(cells: Cells, weight: Vector, linear: Linear) -> Vector:
    """Variances of the sums of w z in a simple random sample of the same size; NaN: undefined."""
    total = linear.inside @ weight
    centre = (linear.inside * linear.mean) @ weight / np.where(total != 0, total, 1.0)
    squares = linear.scatter + linear.inside * (linear.mean - centre[:, None]) ** 2
    return total**2 * simple_variances(weight, linear.inside, squares, grossing=cells.grossing)


def _estimate(known: Known, simple: float, interval: Intervals) -> Estimate:
    if known.df <= 0:
        return Estimate(known.value, None, None, None, known.n, known.effective_n, None, known.df)
    ends = interval(known)
    low, high = (None, None) if ends is None else ends
    deff = design_effect(known.variance, simple)
    return Estimate(known.value, known.se, low, high, known.n, known.effective_n, deff, known.df)

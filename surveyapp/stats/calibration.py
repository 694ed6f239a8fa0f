"""Weights that make the sample add up to known population margins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np
from scipy import sparse

from surveyapp.stats.arrays import Vector
from surveyapp.stats.cells import Cells
from surveyapp.stats.distances import Bounds, CalibrationMethod, Distance, distance
from surveyapp.stats.effective import effective_size
from surveyapp.stats.feasibility import BoundsTooTight, refusal
from surveyapp.stats.margins import Margin, indicator_matrix, require_agreement, target_vector
from surveyapp.stats.solving import is_definite, solve_semidefinite
from surveyapp.stats.weights import CalibrationReport, Weights

Algorithm: TypeAlias = Literal["newton", "sweeps"]

TOLERANCE = 1e-10
"""Largest relative margin error that counts as calibrated."""

POLISH = 1e-13
"""Relative margin error at which nothing is left to gain."""

COLLAPSED = 1e-9
"""Ratio of smallest to largest g at which raking is on its way to weights of 0."""

STALLED = 1 - 1e-6
"""Sweeps that leave more than this part of the margin error lead nowhere."""

SHORTEST = 1e-12
"""Part of a Newton step at which halving ends."""

MOST_STEPS = 200
MOST_SWEEPS = 20_000
FREE = Bounds()


def post_stratify(cells: Cells, margin: Margin, *, bounds: Bounds = FREE) -> Weights:
    """Weight the sample to one margin, which may be a cross-classification.

    Parameters
    ----------
    cells : Cells
        The sample.
    margin : Margin
        Population counts of the post-strata.
    bounds : Bounds
        Allowed range of g, the ratio of final to base weight.

    Returns
    -------
    Weights
        g = N_l / Σ d in each post-stratum l. Estimates know that they are calibrated.

    Raises
    ------
    CannotCalibrate
        A post-stratum is empty or foreign, or its g lies outside the bounds.

    References
    ----------
    .. [1] Holt, Smith (1979), Post stratification, J. R. Stat. Soc. A 142, 33-46.
    """
    margin.require_usable(cells)
    mass = cells.base_weight * cells.n
    known = margin.sums(mass)
    factor = np.divide(margin.targets, known, out=np.ones_like(known), where=known > 0)
    reached = factor[margin.targets > 0]
    low, high = float(reached.min()), float(reached.max())
    if low < bounds.low or high > bounds.high:
        raise BoundsTooTight(
            bounds,
            high if low >= bounds.low else None,
            low if high <= bounds.high else None,
        )
    return _weights(cells, [margin], factor[margin.level], "poststratify", 1)


def rake(
    cells: Cells,
    margins: Sequence[Margin],
    *,
    bounds: Bounds | None = None,
    algorithm: Algorithm = "newton",
) -> Weights:
    """Weight the sample to several margins by multiplying the base weights.

    Parameters
    ----------
    cells : Cells
        The sample.
    margins : sequence of Margin
        Population counts, all of one total.
    bounds : Bounds, optional
        Allowed range of g; by default every positive ratio.
    algorithm : {"newton", "sweeps"}
        Newton's method on the dual, or iterative proportional fitting. Both have one limit.

    Returns
    -------
    Weights
        g = exp(x'λ), cut at the bounds.

    Raises
    ------
    CannotCalibrate
        The margins disagree, have empty or foreign levels, or cannot be met within the bounds.
    ValueError
        Bounds together with sweeps, which cannot keep them.

    References
    ----------
    .. [1] Deming, Stephan (1940), Ann. Math. Stat. 11, 427-444.
    .. [2] Deville, Särndal, Sautory (1993), J. Am. Stat. Assoc. 88, 1013-1020.
    """
    if algorithm == "newton":
        return calibrate(cells, margins, method="raking", bounds=bounds or Bounds(low=0.0))
    if bounds is not None:
        raise ValueError("sweeps cannot keep bounds; use Newton's method")
    _require_usable(cells, margins)
    total = margins[0].total
    weight, present = cells.base_weight.copy(), cells.n > 0
    error = np.inf
    for sweep in range(1, MOST_SWEEPS + 1):
        for margin in margins:
            known = margin.sums(weight * cells.n)
            target = margin.targets * (total / margin.total)
            factor = np.divide(target, known, out=np.ones_like(known), where=known > 0)
            weight[present] *= factor[margin.level[present]]
        before, error = error, _margin_error(cells, margins, weight)
        if error <= POLISH or (error <= TOLERANCE and error >= before / 2):
            return _weights(cells, margins, weight / cells.base_weight, "raking", sweep)
        ratio = (weight / cells.base_weight)[present]
        if ratio.min() < COLLAPSED * ratio.max() or error > STALLED * before:
            break
    raise refusal(cells, margins, Bounds(low=0.0), error)


def calibrate(
    cells: Cells,
    margins: Sequence[Margin],
    *,
    method: CalibrationMethod,
    bounds: Bounds = FREE,
) -> Weights:
    """Weight the sample to several margins, changing the base weights as little as possible.

    Parameters
    ----------
    cells : Cells
        The sample.
    margins : sequence of Margin
        Population counts, all of one total.
    method : {"raking", "linear", "logit"}
        What "little" means: the calibration function F.
    bounds : Bounds
        Allowed range of g, the ratio of calibrated to base weight. Logit needs finite ones.

    Returns
    -------
    Weights
        g = F(x'λ), with a report.

    Raises
    ------
    CannotCalibrate
        The margins disagree, have empty or foreign levels, or cannot be met within the bounds;
        the subclass says which and what would do.
    ValueError
        An unknown method, or bounds that the method cannot have.

    Notes
    -----
    λ minimises the convex function Σ n d G(x'λ) - t'λ with G' = F [1]_, found by Newton's method
    with step halving. Only counts per cell are needed, because x is constant inside a cell.

    References
    ----------
    .. [1] Deville, Särndal (1992), Calibration estimators in survey sampling,
       J. Am. Stat. Assoc. 87, 376-382.
    """
    curve = distance(method, bounds)
    if method == "raking":
        bounds = Bounds(max(bounds.low, 0.0), bounds.high)
    _require_usable(cells, margins)
    ratio, steps = _solve(cells, margins, curve)
    error = _margin_error(cells, margins, cells.base_weight * ratio)
    present = ratio[cells.n > 0]
    collapsed = bounds.low == 0 and present.min() < COLLAPSED * present.max()
    if error > TOLERANCE or collapsed:
        raise refusal(cells, margins, bounds, error)
    return _weights(cells, margins, ratio, method, steps)


def _require_usable(cells: Cells, margins: Sequence[Margin]) -> None:
    require_agreement(margins)
    for margin in margins:
        margin.require_usable(cells)


def _solve(cells: Cells, margins: Sequence[Margin], curve: Distance) -> tuple[Vector, int]:
    """Newton's method on the dual; returns g and the number of steps, converged or not."""
    x = indicator_matrix(margins, full=False)
    target = target_vector(margins, full=False)
    mass = cells.base_weight * cells.n
    first = margins[0]
    start = first.targets[first.targets > 0] / first.sums(mass)[first.targets > 0]
    dual = np.zeros(target.size)
    dual[: start.size] = curve.argument(start)
    last, steps = np.inf, 0
    while steps < MOST_STEPS:
        u = x @ dual
        missing = target - x.T @ (mass * curve.ratio(u))
        error = float(np.abs(missing / target).max())
        if error <= POLISH or (error <= TOLERANCE and error >= last / 2):
            break
        last = error
        step = solve_semidefinite(_curvature(x, mass, curve.slope(u)), missing)
        dual = dual + step * _step_length(x, mass, target, curve, dual, step)
        steps += 1
    return curve.ratio(x @ dual), steps


def _curvature(x: sparse.csr_array, mass: Vector, slope: Vector) -> Vector:
    """Second derivative of the dual, kept definite where weights rest on their bounds."""
    exact = _gram(x, mass * slope)
    if is_definite(exact) or slope.min() > 0:
        return exact
    return _gram(x, mass * np.maximum(slope, 1e-3 * slope.max(initial=1.0)))


def _gram(x: sparse.csr_array, weight: Vector) -> Vector:
    gram: Vector = (x.multiply(weight[:, None]).tocsr().T @ x).toarray()
    return gram


def _step_length(
    x: sparse.csr_array, mass: Vector, target: Vector, curve: Distance, dual: Vector, step: Vector
) -> float:
    """Halve the Newton step until the dual falls, as far as rounding lets one see it."""

    def height(length: float) -> float:
        there = dual + length * step
        # A step too long may overflow; what is not a number is not below the ceiling either.
        with np.errstate(over="ignore", invalid="ignore"):
            return float(mass @ curve.integral(x @ there) - target @ there)

    ceiling = height(0) + 1e-13 * (abs(height(0)) + float(np.abs(target * dual).sum()))
    length = 1.0
    while length > SHORTEST and not height(length) <= ceiling:
        length /= 2
    return length


def _margin_error(cells: Cells, margins: Sequence[Margin], weight: Vector) -> float:
    """Largest relative distance of a weighted level from its target."""
    total = margins[0].total
    errors = []
    for margin in margins:
        target = margin.targets * (total / margin.total)
        used = target > 0
        reached = margin.sums(weight * cells.n)
        errors.append(float(np.abs(reached[used] / target[used] - 1).max()))
    return max(errors)


def _weights(
    cells: Cells, margins: Sequence[Margin], ratio: Vector, method: str, iterations: int
) -> Weights:
    value = cells.base_weight * ratio
    present = ratio[cells.n > 0]
    report = CalibrationReport(
        method=method,
        iterations=iterations,
        margin_error=_margin_error(cells, margins, value),
        g_min=float(present.min()),
        g_max=float(present.max()),
        effective_n_before=effective_size(cells.base_weight, cells.n),
        effective_n=effective_size(value, cells.n),
    )
    return Weights(value, auxiliary=indicator_matrix(margins, full=False), report=report)

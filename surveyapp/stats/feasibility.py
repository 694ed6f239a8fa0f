"""Why a calibration cannot succeed: linear programmes that find the nearest possible request."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import optimize, sparse

from surveyapp.stats.arrays import sums_by
from surveyapp.stats.cells import Cells
from surveyapp.stats.distances import Bounds
from surveyapp.stats.margins import CannotCalibrate, Margin, indicator_matrix, target_vector

SLACK = 1e-9
"""Relative distance from a margin below which it counts as met."""


class BoundsTooTight(CannotCalibrate):
    """Weights exist that meet the margins, but none within the bounds.

    Attributes
    ----------
    bounds : Bounds
        What was asked.
    least_high : float or None
        Smallest upper bound that would do with the given lower one, if any does.
    most_low : float or None
        Largest lower bound that would do with the given upper one, if any does.
    """

    def __init__(self, bounds: Bounds, least_high: float | None, most_low: float | None) -> None:
        self.bounds, self.least_high, self.most_low = bounds, least_high, most_low
        advice = []
        if least_high is not None:
            advice.append(f"with an upper bound of at least {least_high:.6g}")
        if most_low is not None:
            advice.append(f"with a lower bound of at most {most_low:.6g}")
        super().__init__(
            f"no weights between {bounds.low:g} and {bounds.high:g} times the base weights meet "
            f"the margins; possible {' or '.join(advice) or 'only if both bounds give way'}"
        )


class MarginsContradict(CannotCalibrate):
    """No weights of the allowed sign meet all margins at once in this sample.

    Attributes
    ----------
    levels : tuple of (str, str)
        Margin and level where the nearest weights miss; empty if the margins can be met only by
        weights of 0 for some respondents.
    """

    def __init__(self, levels: tuple[tuple[str, str], ...]) -> None:
        self.levels = levels
        where = ", ".join(f"{margin}={level}" for margin, level in levels)
        super().__init__(
            f"no weights meet all margins at once in this sample; merge levels near {where}"
            if levels
            else "the margins can be met only by giving some respondents the weight 0; merge levels"
        )


class NotConverged(CannotCalibrate):
    """The margins can be met, but the iteration stopped before.

    Attributes
    ----------
    margin_error : float
        Largest relative distance of a margin from its target.
    """

    def __init__(self, margin_error: float) -> None:
        self.margin_error = margin_error
        super().__init__(f"calibration stopped with a relative margin error of {margin_error:.2g}")


def refusal(
    cells: Cells, margins: Sequence[Margin], bounds: Bounds, margin_error: float
) -> CannotCalibrate:
    """Find out why weights within the bounds could not be found.

    Parameters
    ----------
    cells : Cells
        The sample.
    margins : sequence of Margin
        Usable and of one total.
    bounds : Bounds
        What the ratio g of the weights had to keep; a lower bound of 0 is meant strictly.
    margin_error : float
        What the iteration had reached.

    Returns
    -------
    CannotCalibrate
        To be raised by the caller.
    """
    programme = _Programme(cells, margins)
    least_high = programme.least_high(bounds.low)
    most_low = programme.most_low(bounds.high)
    if least_high is not None and least_high <= bounds.high * (1 + SLACK):
        on_the_edge = bounds.low == 0 and most_low is not None and most_low <= SLACK
        return MarginsContradict(()) if on_the_edge else NotConverged(margin_error)
    if least_high is not None:
        return BoundsTooTight(bounds, least_high, most_low)
    least_allowed = min(bounds.low, 0.0)
    if most_low is not None and most_low >= least_allowed:
        return BoundsTooTight(bounds, None, most_low)
    unbounded = programme.most_low(math.inf)
    if unbounded is not None and unbounded >= least_allowed:
        return BoundsTooTight(bounds, None, None)
    return MarginsContradict(programme.missed(least_allowed))


class _Programme:
    """The margins as linear constraints on g, scaled so that every target is 1.

    Respondents who share all levels may share their g: if some weights meet the margins, so do
    the means over such respondents. The programme has one unknown for each combination of levels.
    """

    def __init__(self, cells: Cells, margins: Sequence[Margin]) -> None:
        present = cells.n > 0
        levels = np.stack([margin.level[present] for margin in margins])
        combinations, combination = np.unique(levels, axis=1, return_inverse=True)
        self.size = combinations.shape[1]
        mass = sums_by(combination.ravel(), (cells.n * cells.base_weight)[present], self.size)
        self.margins = [
            Margin(margin.name, margin.labels, margin.targets, level)
            for margin, level in zip(margins, combinations, strict=True)
        ]
        columns = indicator_matrix(self.margins, full=True)
        target = target_vector(self.margins, full=True)
        self.levels = target.size
        self.rows = sparse.csr_array(columns.multiply(mass[:, None] / target[None, :]).T)

    def least_high(self, low: float) -> float | None:
        """Smallest U with low ≤ g ≤ U, or None."""
        return self._extreme(1.0, Bounds(low))

    def most_low(self, high: float) -> float | None:
        """Largest L with L ≤ g ≤ high, or None."""
        return self._extreme(-1.0, Bounds(high=high))

    def missed(self, low: float) -> tuple[tuple[str, str], ...]:
        """Levels that the nearest g ≥ low do not meet."""
        unit = sparse.csr_array(sparse.eye_array(self.levels))
        meet = optimize.LinearConstraint(
            sparse.csr_array(sparse.hstack([self.rows, unit, -unit])), 1.0, 1.0
        )
        gaps = 2 * self.levels
        cost = np.repeat([0.0, 1.0], [self.size, gaps])
        limits = optimize.Bounds(np.repeat([low, 0.0], [self.size, gaps]), np.inf)
        found = optimize.milp(cost, constraints=[meet], bounds=limits)
        gap = np.asarray(found.x)[self.size :].reshape(2, -1).sum(axis=0)
        names = [
            (margin.name, margin.labels[code])
            for margin in self.margins
            for code in np.flatnonzero(margin.targets > 0)
        ]
        return tuple(name for name, miss in zip(names, gap, strict=True) if miss > SLACK)

    def _extreme(self, sign: float, bounds: Bounds) -> float | None:
        """Minimise sign times t, where t is the bound that all g must keep."""
        each = sparse.csr_array(sparse.eye_array(self.size))
        bound = sparse.csr_array(np.ones((self.size, 1)))
        nothing = sparse.csr_array((self.levels, 1))
        within = sparse.csr_array(sparse.hstack([sign * each, -sign * bound]))
        meet = sparse.csr_array(sparse.hstack([self.rows, nothing]))
        found = optimize.milp(
            np.append(np.zeros(self.size), sign),
            constraints=[
                optimize.LinearConstraint(within, -np.inf, 0.0),
                optimize.LinearConstraint(meet, 1.0, 1.0),
            ],
            bounds=optimize.Bounds(
                np.append(np.full(self.size, bounds.low), -np.inf),
                np.append(np.full(self.size, bounds.high), np.inf),
            ),
        )
        return float(np.asarray(found.x)[-1]) if found.status == 0 else None

"""Limiting extreme weights without changing what they add up to."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from surveyapp.stats.cells import Cells
from surveyapp.stats.effective import effective_size
from surveyapp.stats.margins import CannotCalibrate
from surveyapp.stats.weights import TrimmingReport, Weights

ROUNDING = 1e-12
"""Relative distance by which a weight may lie outside a limit."""


class LimitsCannotHold(CannotCalibrate):
    """The weights cannot keep their sum within these limits.

    Attributes
    ----------
    low, high : float
        The limits.
    mean : float
        Mean weight, which every pair of limits must enclose.
    """

    def __init__(self, low: float, high: float, mean: float) -> None:
        self.low, self.high, self.mean = low, high, mean
        super().__init__(
            f"the weights cannot keep their sum between {low:g} and {high:g}; "
            f"their mean is {mean:.6g}"
        )


def trim(
    cells: Cells,
    weights: Weights | ArrayLike | None = None,
    *,
    low: float = 0.0,
    high: float = math.inf,
) -> Weights:
    """Bring weights into limits and spread what was cut off equally over the others.

    Parameters
    ----------
    cells : Cells
        The sample.
    weights : Weights or array_like, shape (C,), optional
        Usually calibrated; default the base weights.
    low, high : float
        Smallest and largest final weight.

    Returns
    -------
    Weights
        With the sum of the old ones. Margins met before are met no longer, exactly; estimates
        keep the residuals of the calibration, as R's survey package does.

    Raises
    ------
    ValueError
        `low` is not below `high`.
    LimitsCannotHold
        Everybody is at a limit and weight is left over.

    Notes
    -----
    Repeated until no weight lies outside; a weight once brought to a limit stays there
    (``trimWeights(strict = TRUE)`` of R's survey package 4.2 and later) [1]_.

    References
    ----------
    .. [1] Potter (1990), A study of procedures to identify and trim extreme sampling weights,
       Proc. Survey Research Methods Section, Am. Stat. Assoc., 225-230.
    """
    if not low < high:
        raise ValueError(f"the lower limit {low} must be below the upper {high}")
    made = Weights.of(cells, weights)
    value = made.value.copy()
    free = cells.n > 0
    while True:
        kept = np.clip(value, low, high)
        outside = free & (np.abs(value - kept) > ROUNDING * np.abs(value))
        if not outside.any():
            break
        excess = float(cells.n[outside] @ (value - kept)[outside])
        value[outside] = kept[outside]
        free &= ~outside
        room = float(cells.n[free].sum())
        if room > 0:
            value[free] += excess / room
        elif abs(excess) > ROUNDING * float(cells.n @ made.value):
            mean = float(made.value @ cells.n) / float(cells.n.sum())
            raise LimitsCannotHold(low, high, mean)
    report = TrimmingReport(
        low=low,
        high=high,
        trimmed=int(cells.n[(cells.n > 0) & ~free].sum()),
        effective_n_before=effective_size(made.value, cells.n),
        effective_n=effective_size(value, cells.n),
    )
    calibrated = made.value if made.calibrated is None else made.calibrated
    return replace(made, value=value, calibrated=calibrated, trimming=report)

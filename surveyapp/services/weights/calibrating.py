"""Meeting population margins: what the product and `surveyapp estimate` do alike."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from surveyapp.services.estimation.request import Calibration
from surveyapp.stats.arrays import Codes
from surveyapp.stats.calibration import calibrate, post_stratify, rake
from surveyapp.stats.cells import Cells
from surveyapp.stats.distances import Bounds
from surveyapp.stats.feasibility import BoundsTooTight
from surveyapp.stats.margins import Margin
from surveyapp.stats.weights import Weights

UNKNOWN: Final = "unknown"


def margin_of(
    cells: Cells, name: str, targets: Mapping[str, float], level: Codes, *, scaled: bool
) -> Margin:
    """Make the margin that the cells must meet, with those of unknown level beside the others.

    Parameters
    ----------
    targets : mapping of str to float
        Share or count of each level.
    level : int array, shape (C,)
        Level of each cell in the order of the targets, -1 where it is unknown.
    scaled : bool
        Whether the targets are brought to the sum of the base weights, as shares must be.

    Notes
    -----
    The unknown rule: cells of unknown level keep the share they have by base weight, and the other
    targets shrink by the rest.
    """
    made = Margin(name, list(targets), list(targets.values()), level)
    if scaled:
        made = made.scaled(float(cells.base_weight @ cells.n))
    return made.keeping_unknown(cells, UNKNOWN)


def meet(way: Calibration, cells: Cells, margins: Sequence[Margin], bounds: Bounds) -> Weights:
    """Weight the cells to their margins in the way that was asked.

    Raises
    ------
    CannotCalibrate
        No weights can do that; the subclass says why.
    """
    if way == "poststratify":
        return post_stratify(cells, margins[0], bounds=bounds)
    if way == "rake":
        return rake(cells, margins, bounds=bounds)
    return calibrate(cells, margins, method="linear" if way == "linear" else "logit", bounds=bounds)


def possible_bounds(
    way: Calibration, cells: Cells, margins: Sequence[Margin], error: BoundsTooTight
) -> list[tuple[float, float]]:
    """Return bounds that would do instead of those that are too tight; at least one pair.

    Raises
    ------
    CannotCalibrate
        The margins cannot be met with any bounds.
    """
    low, high = error.bounds.low, error.bounds.high
    possible = []
    if error.least_high is not None:
        possible.append((low, _beyond(error.least_high, math.ceil, way)))
    if error.most_low is not None and (error.most_low > 0 or way != "rake"):
        possible.append((_beyond(error.most_low, math.floor, way), high))
    return possible or [_loosest(way, cells, margins)]


def _loosest(way: Calibration, cells: Cells, margins: Sequence[Margin]) -> tuple[float, float]:
    """Return bounds that weights without bounds keep."""
    report = meet("rake" if way == "logit" else way, cells, margins, Bounds()).report
    assert report is not None  # noqa: S101 - every calibration reports; tells mypy so
    return _beyond(report.g_min, math.floor, way), _beyond(report.g_max, math.ceil, way)


def _beyond(bound: float, away: Callable[[float], int], way: Calibration) -> float:
    """Round a bound to four digits, away from where nothing is possible."""
    unit = 10.0 ** (math.floor(math.log10(abs(bound))) - 3) if bound else 1e-3
    # Logit weights stay strictly inside their bounds.
    room = unit * (math.copysign(1, away(0.5) - 0.5) if way == "logit" else 0)
    return away(bound / unit) * unit + room

"""Population margins from a table, and weights that meet them."""

from __future__ import annotations

from collections.abc import Sequence

from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message
from surveyapp.services.estimation.problems import refused, shown
from surveyapp.services.estimation.request import Calibration, Request
from surveyapp.services.weights.calibrating import margin_of, meet, possible_bounds
from surveyapp.services.weights.margin_tables import JOINT, PopulationMargin, PopulationMargins
from surveyapp.stats.arrays import Codes
from surveyapp.stats.cells import Cells
from surveyapp.stats.feasibility import BoundsTooTight, MarginsContradict, NotConverged
from surveyapp.stats.margins import CannotCalibrate, EmptyLevel, Margin
from surveyapp.stats.trimming import LimitsCannotHold, trim
from surveyapp.stats.weights import Weights


def require_one_variable(margins: PopulationMargins) -> None:
    """Refuse to post-stratify by several variables: that needs their joint cells.

    Raises
    ------
    BadInput
    """
    if len(margins.variables) > 1:
        problem = message(
            "--calibrate poststratify takes one variable, not %(n)s: give their joint cells as"
            " %(joint)s, or choose rake.",
            n=len(margins.variables),
            joint=shown(JOINT.join(margin.variable for margin in margins.variables)),
        )
        raise refused(margins.file, problem)


def make_weights(
    request: Request, cells: Cells, margins: PopulationMargins | None, levels: Sequence[Codes]
) -> Weights:
    """Calibrate and trim the base weights as the request says.

    Parameters
    ----------
    levels : sequence of int array, shape (C,)
        For each margin the level of each cell in the order of the table, -1 where it is unknown.

    Raises
    ------
    BadInput
        No weights can do that; the message says what would be possible.
    """
    weights = Weights(cells.base_weight)
    if margins is not None:
        weights = _calibrated(request, cells, margins, levels)
    if request.trim is None:
        return weights
    try:
        return trim(cells, weights, low=request.trim[0], high=request.trim[1])
    except LimitsCannotHold as error:
        problem = message(
            "the weights cannot keep their sum between %(low)s and %(high)s: their mean is"
            " %(mean)s, choose limits around it.",
            low=f"{error.low:g}",
            high=f"{error.high:g}",
            mean=f"{error.mean:.6g}",
        )
        raise refused(request.file.name, problem) from error


def _calibrated(
    request: Request, cells: Cells, margins: PopulationMargins, levels: Sequence[Codes]
) -> Weights:
    made = [
        _margin(cells, margins, margin, level)
        for margin, level in zip(margins.variables, levels, strict=True)
    ]
    try:
        return meet(_way(request), cells, made, request.allowed)
    except BoundsTooTight as error:
        raise _too_tight(request, margins, cells, made, error) from error
    except CannotCalibrate as error:
        raise _refusal(request, margins, error) from error


def _margin(
    cells: Cells, margins: PopulationMargins, margin: PopulationMargin, level: Codes
) -> Margin:
    """Make the margin that the cells must meet, with those of unknown level beside the others."""
    if (level < 0).all():
        problem = message(
            "no row of the data has a level of “%(variable)s” that stands here.",
            variable=margin.variable,
        )
        raise refused(margins.file, problem, line=min(margin.lines.values()))
    return margin_of(cells, margin.variable, margin.targets, level, scaled=margins.shares)


def _refusal(request: Request, margins: PopulationMargins, error: CannotCalibrate) -> BadInput:
    if isinstance(error, EmptyLevel):
        return _without_respondents(request, margins, error)
    if isinstance(error, MarginsContradict) and error.levels:
        problem = message(
            "no weights meet all margins at once in this sample: merge levels near %(levels)s.",
            levels=", ".join(f"{variable}={level}" for variable, level in error.levels),
        )
    elif isinstance(error, NotConverged):
        problem = message(
            "the calibration stopped with a relative margin error of %(error)s: merge small"
            " levels, or widen the bounds.",
            error=f"{error.margin_error:.2g}",
        )
    else:
        problem = message(
            "the margins can be met only by giving some rows the weight 0: merge small levels."
        )
    return refused(margins.file, problem)


def _without_respondents(
    request: Request, margins: PopulationMargins, error: EmptyLevel
) -> BadInput:
    line = {margin.variable: margin.lines for margin in margins.variables}[error.margin][
        error.level
    ]
    words = {
        "file": request.file.name,
        "level": shown(error.level),
        "variable": error.margin,
        "neighbour": error.neighbour,
    }
    problem = message(
        "no row of “%(file)s” has the level “%(level)s” of “%(variable)s”: merge it with"
        " “%(neighbour)s” in both files.",
        **words,
    )
    return refused(margins.file, problem, line=line)


def _too_tight(
    request: Request,
    margins: PopulationMargins,
    cells: Cells,
    made: Sequence[Margin],
    error: BoundsTooTight,
) -> BadInput:
    """Say which bounds would do."""
    low, high = error.bounds.low, error.bounds.high
    try:
        possible = possible_bounds(_way(request), cells, made, error)
    except CannotCalibrate as deeper:
        return _refusal(request, margins, deeper)
    first, *others = [f"--bounds {least:g},{most:g}" for least, most in possible]
    words = {"low": f"{low:g}", "high": f"{high:g}", "first": first}
    problem = message(
        "no weights between %(low)s and %(high)s times the base weights meet the margins:"
        " %(first)s would do.",
        **words,
    )
    if others:
        problem = message(
            "no weights between %(low)s and %(high)s times the base weights meet the margins:"
            " %(first)s would do, or %(second)s.",
            second=others[0],
            **words,
        )
    return refused(margins.file, problem)


def _way(request: Request) -> Calibration:
    assert request.calibrate is not None  # noqa: S101 - margins come with a way to meet them
    return request.calibrate

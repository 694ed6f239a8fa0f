"""Population margins from a table, and weights that meet them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message
from surveyapp.services.estimating_problems import UnusableNumber, read_number, refused, shown
from surveyapp.services.estimating_request import Calibration, Request
from surveyapp.services.tabular import Table
from surveyapp.stats.arrays import Codes
from surveyapp.stats.calibration import calibrate, post_stratify, rake
from surveyapp.stats.cells import Cells
from surveyapp.stats.distances import Bounds
from surveyapp.stats.feasibility import BoundsTooTight, MarginsContradict, NotConverged
from surveyapp.stats.margins import AGREEMENT, CannotCalibrate, EmptyLevel, Margin
from surveyapp.stats.trimming import LimitsCannotHold, trim
from surveyapp.stats.weights import Weights

JOINT: Final = ":"
"""Joins the columns of a cross-classification, and their levels."""

UNKNOWN: Final = "unknown"


@dataclass(slots=True)
class PopulationMargin:
    """The margin of one variable as its table gives it.

    Attributes
    ----------
    variable : str
        A column, or several joined by colons.
    targets : dict of str to float
        Share or count of each level, in the order of the table.
    lines : dict of str to int
        Where each level stands in the table.
    """

    variable: str
    targets: dict[str, float] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> float:
        """What all levels add up to."""
        return math.fsum(self.targets.values())

    def columns(self, header: Sequence[str]) -> tuple[str, ...]:
        """Return the columns of the data that hold the variable; empty if there are none."""
        if self.variable in header:
            return (self.variable,)
        parts = tuple(self.variable.split(JOINT))
        return parts if all(part in header for part in parts) else ()


@dataclass(frozen=True, slots=True)
class PopulationMargins:
    """All margins of one table.

    Attributes
    ----------
    file : str
        Its name, for messages.
    shares : bool
        Whether the targets are shares instead of counts.
    variables : tuple of PopulationMargin
        In the order of the table.
    """

    file: str
    shares: bool
    variables: tuple[PopulationMargin, ...]

    def require_agreement(self) -> None:
        """Refuse margins that describe populations of different size.

        Raises
        ------
        BadInput
        """
        first = self.variables[0]
        for other in self.variables:
            if other.total == 0:
                problem = message(
                    "the levels of “%(variable)s” add up to 0.", variable=other.variable
                )
                raise refused(self.file, problem, line=min(other.lines.values()))
            if abs(other.total - first.total) > AGREEMENT * max(first.total, other.total):
                problem = message(
                    "the totals disagree: “%(second)s” adds up to %(b)s, but “%(first)s” to %(a)s.",
                    first=first.variable,
                    second=other.variable,
                    a=f"{first.total:.10g}",
                    b=f"{other.total:.10g}",
                )
                raise refused(self.file, problem, line=min(other.lines.values()))


def read_margins(table: Table, path: Path) -> PopulationMargins:
    """Read a table with the columns variable, level and share or count.

    Raises
    ------
    BadInput
        It has other columns, a level twice, a number that is none, or totals that disagree.
    """
    header = table.header
    measures = [column for column in ("share", "count") if column in header]
    if not {"variable", "level"} <= set(header) or len(measures) != 1:
        problem = message(
            "margins have the columns variable, level and either share or count; these are"
            " %(columns)s.",
            columns=shown(", ".join(header)),
        )
        raise refused(path.name, problem, line=1)
    found: dict[str, PopulationMargin] = {}
    for line, cells in table.rows():
        row = dict(zip(header, [*cells, *([""] * len(header))], strict=False))
        for column in ("variable", "level", measures[0]):
            if not row[column]:
                raise refused(path.name, message("the cell is empty."), line=line, column=column)
        margin = found.setdefault(row["variable"], PopulationMargin(row["variable"]))
        _add(margin, row["level"], row[measures[0]], path.name, line, measures[0])
    if not found:
        raise refused(path.name, message("there are no rows below line 1."))
    margins = PopulationMargins(path.name, measures[0] == "share", tuple(found.values()))
    margins.require_agreement()
    return margins


def _add(
    margin: PopulationMargin, level: str, text: str, file: str, line: int, column: str
) -> None:
    if level in margin.targets:
        problem = message(
            "the level “%(level)s” of “%(variable)s” stands in line %(earlier)s already.",
            level=shown(level),
            variable=margin.variable,
            earlier=margin.lines[level],
        )
        raise refused(file, problem, line=line)
    try:
        target = read_number(text).value
    except UnusableNumber as error:
        raise refused(file, error.problem, line=line, column=column) from error
    if target < 0:
        raise refused(file, message("nobody can be fewer than 0."), line=line, column=column)
    margin.targets[level] = target
    margin.lines[level] = line


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
        return _met(request.calibrate, cells, made, request.allowed)
    except BoundsTooTight as error:
        raise _too_tight(request, margins, cells, made, error) from error
    except CannotCalibrate as error:
        raise _refusal(request, margins, error) from error


def _met(
    way: Calibration | None, cells: Cells, margins: Sequence[Margin], bounds: Bounds
) -> Weights:
    """Weight the cells to their margins in the way that was asked."""
    if way == "poststratify":
        return post_stratify(cells, margins[0], bounds=bounds)
    if way == "rake":
        return rake(cells, margins, bounds=bounds)
    return calibrate(cells, margins, method="linear" if way == "linear" else "logit", bounds=bounds)


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
    targets = list(margin.targets.values())
    made = Margin(margin.variable, list(margin.targets), targets, level)
    if margins.shares:
        made = made.scaled(float(cells.base_weight @ cells.n))
    return made.keeping_unknown(cells, UNKNOWN)


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
    possible = []
    if error.least_high is not None:
        possible.append((low, _beyond(error.least_high, math.ceil, request.calibrate)))
    positive = request.calibrate == "rake"
    if error.most_low is not None and (error.most_low > 0 or not positive):
        possible.append((_beyond(error.most_low, math.floor, request.calibrate), high))
    if not possible:
        try:
            possible.append(_loosest(request, cells, made))
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


def _loosest(request: Request, cells: Cells, margins: Sequence[Margin]) -> tuple[float, float]:
    """Return bounds that weights without bounds keep; raises CannotCalibrate if there are none."""
    way = "rake" if request.calibrate == "logit" else request.calibrate
    report = _met(way, cells, margins, Bounds()).report
    assert report is not None  # noqa: S101 - every calibration reports; tells mypy so
    asked = request.calibrate
    return _beyond(report.g_min, math.floor, asked), _beyond(report.g_max, math.ceil, asked)


def _beyond(bound: float, away: Callable[[float], int], way: Calibration | None) -> float:
    """Round a bound to four digits, away from where nothing is possible."""
    unit = 10.0 ** (math.floor(math.log10(abs(bound))) - 3) if bound else 1e-3
    # Logit weights stay strictly inside their bounds.
    room = unit * (math.copysign(1, away(0.5) - 0.5) if way == "logit" else 0)
    return away(bound / unit) * unit + room

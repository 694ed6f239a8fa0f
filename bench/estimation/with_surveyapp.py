"""surveyapp on cells that were tallied before, as the product keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.estimation.task import LEVELS, POINTS_PER_LEVEL, SIZES, Task
from surveyapp import __version__
from surveyapp.stats.calibration import calibrate
from surveyapp.stats.cells import Cells, Moments
from surveyapp.stats.estimates import weighted_means
from surveyapp.stats.margins import Margin
from surveyapp.stats.weights import Weights

VERSION = f"surveyapp {__version__}, NumPy {np.__version__}"
CELLS = int(np.prod(list(SIZES.values())))
_CODE = dict(zip(SIZES, np.unravel_index(np.arange(CELLS), tuple(SIZES.values())), strict=True))
_POINTS = np.arange(LEVELS) * POINTS_PER_LEVEL


@dataclass(slots=True)
class State:
    """Counts of every cell and level, shape (C, L), and later the sample made from them."""

    task: Task
    counts: NDArray[np.int64]
    cells: Cells | None = None


def prepare(task: Task) -> State:
    """Tally: what the product did when each response came in."""
    return State(task, tally(task))


def tally(task: Task) -> NDArray[np.int64]:
    """Count rows by cell and level, shape (C, L)."""
    place = np.zeros(task.n, dtype=np.int32)
    for name, size in SIZES.items():
        place *= size
        place += task.codes[name]
    place *= LEVELS
    place += task.level
    return np.bincount(place, minlength=CELLS * LEVELS).reshape(CELLS, LEVELS)


def weigh(state: State) -> Weights:
    """Make the cells and rake them."""
    scores = Moments.from_levels(state.counts, _POINTS)
    state.cells = Cells(
        state.counts.sum(axis=1),
        np.full(CELLS, state.task.base_weight),
        {"score": scores},
        grossing=True,
    )
    margins = [
        Margin(name, [str(code) for code in range(size)], state.task.targets[name], _CODE[name])
        for name, size in SIZES.items()
    ]
    return calibrate(state.cells, margins, method="raking")


def estimate(state: State, weights: Weights) -> tuple[list[Any], list[Any]]:
    """Estimate the means of all regions in one pass."""
    assert state.cells is not None  # noqa: S101 - weighing comes first; tells mypy so
    regions = np.arange(SIZES["region"])[:, None] == _CODE["region"]
    found = weighted_means(state.cells, "score", weights=weights, domains=regions)
    return [one.value for one in found], [one.se for one in found]


def margin_error(_state: State, weights: Weights) -> float:
    """Return what the calibration reports itself."""
    assert weights.report is not None  # noqa: S101 - these weights were calibrated
    return weights.report.margin_error

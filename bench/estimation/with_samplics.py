"""samplics, on NumPy arrays. It takes raked weights as fixed: its standard errors are others."""

from __future__ import annotations

import warnings
from importlib.metadata import version
from typing import Any

import numpy as np

from bench.estimation.task import TOLERANCE, Task

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # that the package is archived
    from samplics.estimation import TaylorEstimator
    from samplics.utils.types import PopParam
    from samplics.weighting import SampleWeight

VERSION = f"samplics {version('samplics')}, NumPy {np.__version__}"


def prepare(task: Task) -> dict[str, Any]:
    """Load the arrays."""
    return {
        "task": task,
        "columns": {name: column.astype(np.int64) for name, column in task.codes.items()},
        "controls": {name: dict(enumerate(goal.tolist())) for name, goal in task.targets.items()},
        "score": task.score,
        "weight": np.full(task.n, task.base_weight),
    }


def weigh(state: dict[str, Any]) -> Any:
    """Rake."""
    return SampleWeight().rake(
        samp_weight=state["weight"],
        margins=state["columns"],
        control=state["controls"],
        tol=TOLERANCE,
        ctrl_tol=TOLERANCE,
        max_iter=1000,
    )


def estimate(state: dict[str, Any], weight: Any) -> tuple[list[Any], list[Any]]:
    """Estimate the means by region."""
    means = TaylorEstimator(PopParam.mean)
    means.estimate(y=state["score"], samp_weight=weight, domain=state["columns"]["region"])
    regions = sorted(means.point_est)
    return (
        [float(means.point_est[region]) for region in regions],
        [float(means.stderror[region]) for region in regions],
    )


def margin_error(state: dict[str, Any], weight: Any) -> float:
    """Compare the weights with the margins."""
    return float(state["task"].margin_error(weight))

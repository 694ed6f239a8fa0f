"""balance, in pandas frames. It takes raked weights as fixed: its standard errors are others."""

from __future__ import annotations

import logging
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from balance.stats_and_plots.weighted_stats import var_of_weighted_mean, weighted_mean
from balance.weighting_methods.rake import rake

from bench.estimation.task import SIZES, Task

logging.getLogger("balance").setLevel(logging.ERROR)
VERSION = f"balance {version('balance')}, NumPy {np.__version__}"


def prepare(task: Task) -> dict[str, Any]:
    """Load the sample, and a population of one weighted row per combination of levels.

    Margins given as margins would be rounded to 10,000 people.
    """
    frame = pd.DataFrame({name: column.astype(str) for name, column in task.codes.items()})
    grid = np.indices(tuple(SIZES.values())).reshape(len(SIZES), -1)
    population = {name: codes.astype(str) for name, codes in zip(SIZES, grid, strict=True)}
    people = np.ones(grid.shape[1])
    for name, codes in zip(SIZES, grid, strict=True):
        people *= (task.targets[name] / task.targets[name].sum())[codes]
    return {
        "task": task,
        "frame": frame,
        "weight": pd.Series(np.full(task.n, task.base_weight)),
        "population": pd.DataFrame(population),
        "people": pd.Series(people * task.base_weight * task.n),
        "score": pd.Series(task.score),
    }


def weigh(state: dict[str, Any]) -> Any:
    """Rake until the margins are met."""
    return rake(
        state["frame"],
        state["weight"],
        state["population"],
        state["people"],
        variables=list(SIZES),
        transformations=None,
        max_iteration=1000,
        convergence_rate=1e-14,
        rate_tolerance=0.0,
    )["weight"]


def estimate(state: dict[str, Any], weight: Any) -> tuple[list[Any], list[Any]]:
    """Estimate the means region by region."""
    rows = state["frame"].groupby("region").indices
    means, errors = [], []
    for region in sorted(rows, key=int):
        score, inside = state["score"].iloc[rows[region]], weight.iloc[rows[region]]
        means.append(float(weighted_mean(score, inside).iloc[0]))
        errors.append(float(var_of_weighted_mean(score, inside).iloc[0]) ** 0.5)
    return means, errors


def margin_error(state: dict[str, Any], weight: Any) -> float:
    """Compare the weights with the margins."""
    return float(state["task"].margin_error(weight.to_numpy()))

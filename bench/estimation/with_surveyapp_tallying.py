"""surveyapp from integer codes in memory: the tallying is part of the weighting."""

from __future__ import annotations

import numpy as np

from bench.estimation import with_surveyapp
from bench.estimation.task import Task
from bench.estimation.with_surveyapp import VERSION, State, estimate, margin_error, tally
from surveyapp.stats.weights import Weights

__all__ = ["VERSION", "estimate", "margin_error", "prepare", "weigh"]


def prepare(task: Task) -> State:
    """Keep the rows; nothing is counted yet."""
    return State(task, np.zeros((0, 0), dtype=np.int64))


def weigh(state: State) -> Weights:
    """Tally the rows, then rake the cells."""
    state.counts = tally(state.task)
    return with_surveyapp.weigh(state)

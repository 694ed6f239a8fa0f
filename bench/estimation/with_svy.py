"""svy, in a Polars frame."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import polars as pl
import svy

from bench.estimation.task import TOLERANCE, Task

VERSION = f"svy {version('svy')}, Polars {version('polars')}"


def prepare(task: Task) -> dict[str, Any]:
    """Load the frame and declare a simple sample with its base weights."""
    frame = pl.DataFrame(task.codes | {"score": task.score}).with_columns(
        base_weight=pl.lit(task.base_weight)
    )
    controls = {name: dict(enumerate(target.tolist())) for name, target in task.targets.items()}
    sample = svy.Sample(frame, svy.Design(wgt="base_weight"))
    return {"task": task, "sample": sample, "controls": controls}


def weigh(state: dict[str, Any]) -> Any:
    """Rake; the design then knows that its weights are raked."""
    return state["sample"].weighting.rake(
        controls=state["controls"], wgt_name="raked", tol=TOLERANCE, max_iter=1000
    )


def estimate(_state: dict[str, Any], sample: Any) -> tuple[list[Any], list[Any]]:
    """Estimate the means by region."""
    table = sample.estimation.mean("score", by="region").to_polars().sort("region")
    return table["est"].to_list(), table["se"].to_list()


def margin_error(state: dict[str, Any], sample: Any) -> float:
    """Compare the weights with the margins."""
    return float(state["task"].margin_error(sample.data["raked"].to_numpy()))

"""The school samples, as cells, and what R's survey package says about them."""

from __future__ import annotations

import csv
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from surveyapp.stats.arrays import Mask, Vector
from surveyapp.stats.cells import Cells, Moments
from surveyapp.stats.design import Design, Lonely

DATA = Path(__file__).parent / "data"
DESIGNS = ("srs", "srs_fpc", "strat", "strat_fpc", "clus", "clus_fpc")


class Schools:
    """One of the samples, every school a cell of its own."""

    def __init__(self, name: str, rows: list[int] | None = None, lonely: Lonely = "fail") -> None:
        self.name = name
        kind, _, fpc = name.partition("_")
        file = {"srs": "apisrs", "strat": "apistrat", "clus": "apiclus1", "nested": "apistrat"}
        table = read(f"{file[kind]}.csv")
        self.row = np.arange(1, len(table) + 1)
        if rows is not None:
            table = [table[row - 1] for row in rows]
            self.row = np.array(rows)
        self.stype = texts(table, "stype")
        self.wide = texts(table, "sch.wide")
        self.comp = texts(table, "comp.imp") == "Yes"
        self.scores = numbers(table, "api00")
        self.before = numbers(table, "api99")
        self.answered: Mask = self.row % 7 != 0
        size = len(table)
        home = texts(table, "dnum")
        if kind == "nested":
            home = np.char.add(self.stype, home)
        design = Design(
            stratum=self.stype if kind in {"strat", "nested"} else None,
            cluster=home if kind in {"clus", "nested"} else None,
            population=numbers(table, "fpc") if fpc else None,
            lonely=lonely,
        )
        one = np.ones(size)
        self.cells = Cells(
            one,
            numbers(table, "pw"),
            variables={
                "api00": Moments.from_sums(one, self.scores, self.scores**2),
                "item": Moments.from_rows(
                    np.arange(size), np.where(self.answered, self.scores, np.nan), size
                ),
                "comp": Moments.from_hits(self.comp, one),
            },
            design=design,
            grossing=True,
        )


def read(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def texts(table: list[dict[str, str]], column: str) -> npt.NDArray[np.str_]:
    return np.array([row[column] for row in table])


def numbers(table: list[dict[str, str]], column: str) -> Vector:
    return np.array([float(row[column]) for row in table])


@cache
def reference() -> dict[str, Any]:
    """Everything that make_reference.R wrote."""
    found: dict[str, Any] = json.loads((DATA / "reference.json").read_text(encoding="utf-8"))
    return found


def margin_counts(variable: str) -> dict[str, float]:
    return {
        row["level"]: float(row["count"])
        for row in read("api_margins.csv")
        if row["variable"] == variable
    }

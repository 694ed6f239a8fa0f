"""The task all contenders solve, and its made-up data.

A sample of n people in which some groups answered more often than others is raked to three
population margins (50 regions, 10 classes of sex and age, 3 of education). Wanted are the mean of
a score and its standard error in each region, the margins met within `TOLERANCE`.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Codes: TypeAlias = NDArray[np.int8]
Vector: TypeAlias = NDArray[np.float64]

SIZES = {"region": 50, "sexage": 10, "education": 3}
LEVELS = 5
POINTS_PER_LEVEL = 25.0
POPULATION = 10_000_000
TOLERANCE = 1e-10
SEED = 20_210_901


@dataclass(frozen=True, slots=True)
class Task:
    """The sample and the population.

    Attributes
    ----------
    codes : dict of str to int8 array, shape (n,)
        Level of each margin variable, from 0.
    level : int8 array, shape (n,)
        The answer, 0 to 4; it is worth 0 to 100 points.
    targets : dict of str to float array, shape (L,)
        People in each level of each margin variable.
    """

    codes: dict[str, Codes]
    level: Codes
    targets: dict[str, Vector]

    @property
    def n(self) -> int:
        """Rows of the sample."""
        return int(self.level.size)

    @property
    def base_weight(self) -> float:
        """How many people each row stands for before raking."""
        return POPULATION / self.n

    @property
    def score(self) -> Vector:
        """Points of each row."""
        return self.level.astype(np.float64) * POINTS_PER_LEVEL

    def first(self, n: int) -> Task:
        """Return the same task on the first rows."""
        codes = {name: column[:n] for name, column in self.codes.items()}
        return Task(codes, self.level[:n], self.targets)

    def margin_error(self, weight: Any) -> float:
        """Return the largest relative distance of a weighted level from its target.

        Parameters
        ----------
        weight : array_like, shape (n,)
            Final weight of each row.
        """
        errors = []
        for name, target in self.targets.items():
            reached = np.bincount(self.codes[name], np.asarray(weight), target.size)
            errors.append(float(np.abs(reached / target - 1).max()))
        return max(errors)

    def save(self, folder: Path) -> None:
        """Write raw bytes, which every language reads, and the margins as CSV."""
        for name, column in (*self.codes.items(), ("level", self.level)):
            column.tofile(folder / f"{name}.int8")
        with (folder / "margins.csv").open("w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["variable", "level", "count"])
            for name, target in self.targets.items():
                table.writerows([name, code, repr(float(n))] for code, n in enumerate(target))


def load(folder: Path) -> Task:
    """Read a task that `Task.save` wrote."""
    with (folder / "margins.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return Task(
        {name: np.fromfile(folder / f"{name}.int8", np.int8) for name in SIZES},
        np.fromfile(folder / "level.int8", np.int8),
        {
            name: np.array([float(row["count"]) for row in rows if row["variable"] == name])
            for name in SIZES
        },
    )


def make(n: int, seed: int = SEED) -> Task:
    """Make a task of n rows up; the same seed gives the same population."""
    random = np.random.default_rng(seed)
    shares = {name: _shares(random, size, 0.4) for name, size in SIZES.items()}
    answering = {name: _shares(random, share.size, 0.3) * share for name, share in shares.items()}
    effects = {name: random.normal(0, 0.4, size) for name, size in SIZES.items()}
    codes = {
        name: random.choice(SIZES[name], n, p=weight / weight.sum()).astype(np.int8)
        for name, weight in answering.items()
    }
    opinion = random.normal(0, 1, n)
    for name, effect in effects.items():
        opinion += effect[codes[name]]
    level = np.searchsorted([-1.6, -0.9, 0.0, 1.0], opinion).astype(np.int8)
    return Task(codes, level, {name: share * POPULATION for name, share in shares.items()})


def _shares(random: np.random.Generator, size: int, spread: float) -> Vector:
    parts = np.exp(random.normal(0, spread, size))
    shares: Vector = parts / parts.sum()
    return shares

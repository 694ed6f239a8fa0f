"""Population margins: what the weighted sample must add up to, and refusals that say why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from surveyapp.stats.arrays import Codes, Vector, frozen_vector, sums_by
from surveyapp.stats.cells import Cells

AGREEMENT = 1e-6
"""Relative difference up to which the totals of two margins count as equal."""


class CannotCalibrate(ValueError):
    """No weights can do what was asked; subclasses say why."""


class MarginsDisagree(CannotCalibrate):
    """Two margins describe populations of different size.

    Attributes
    ----------
    first, second : str
        Names of the margins.
    totals : tuple of float
        Their totals, in people.
    """

    def __init__(self, first: str, second: str, totals: tuple[float, float]) -> None:
        self.first, self.second, self.totals = first, second, totals
        super().__init__(
            f"the margins {first} and {second} have different totals: "
            f"{totals[0]:.10g} and {totals[1]:.10g}"
        )


class EmptyLevel(CannotCalibrate):
    """A level of a margin exists in the population and has no respondent.

    Attributes
    ----------
    margin, level : str
        Names of the margin and of the level.
    share : float
        Share of the population in this level.
    neighbour : str or None
        The adjacent level with respondents that it could be merged with.
    """

    def __init__(self, margin: str, level: str, share: float, neighbour: str | None) -> None:
        self.margin, self.level, self.share, self.neighbour = margin, level, share, neighbour
        merge = f"; merge it with {neighbour}" if neighbour is not None else ""
        super().__init__(
            f"the margin {margin} gives {share:.4%} of the population to the level {level}, "
            f"but it has no respondent{merge}"
        )


class ForeignLevel(CannotCalibrate):
    """Respondents belong to a level that does not exist in the population.

    Attributes
    ----------
    margin, level : str
        Names of the margin and of the level.
    respondents : int
        How many they are.
    """

    def __init__(self, margin: str, level: str, respondents: int) -> None:
        self.margin, self.level, self.respondents = margin, level, respondents
        super().__init__(
            f"{respondents} respondents belong to the level {level} of the margin {margin}, "
            "to which the population gives nobody"
        )


@dataclass(frozen=True, slots=True, eq=False, init=False)
class Margin:
    """How the population divides into the levels of one variable.

    Parameters
    ----------
    name : str
        Of the variable, for messages.
    labels : sequence of str, length L
        Of the levels, in their own order.
    targets : array_like, shape (L,)
        People in each level; not negative. See :meth:`scaled` for shares.
    level : int array_like, shape (C,)
        Level of each cell, 0 to L - 1; -1 where it is unknown.

    Raises
    ------
    ValueError
        Shapes do not fit, a target is negative or all are 0, or a level is out of range.
    """

    name: str
    labels: tuple[str, ...]
    targets: Vector
    level: Codes

    def __init__(
        self, name: str, labels: Sequence[str], targets: ArrayLike, level: ArrayLike
    ) -> None:
        aims = frozen_vector(targets, f"targets of {name}", len(labels))
        if (aims < 0).any() or not aims.any():
            raise ValueError(f"the targets of {name} must not be negative and not all 0")
        codes = np.array(level, dtype=np.int64)
        if codes.ndim != 1 or (codes < -1).any() or (codes >= len(labels)).any():
            raise ValueError(f"a cell has a level that the margin {name} does not have")
        codes.setflags(write=False)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "labels", tuple(labels))
        object.__setattr__(self, "targets", aims)
        object.__setattr__(self, "level", codes)

    @property
    def total(self) -> float:
        """Size of the population."""
        return float(self.targets.sum())

    def scaled(self, total: float) -> Self:
        """Return the margin for a population of `total` people: what makes shares counts."""
        return type(self)(self.name, self.labels, self.targets * (total / self.total), self.level)

    def keeping_unknown(self, cells: Cells, label: str) -> Self:
        """Give cells of unknown level a level of their own, named `label`.

        Notes
        -----
        Its target is the share that these respondents have by base weight; the targets of the
        other levels shrink by the rest. Without such respondents the margin stays as it is.
        """
        unknown = self.level < 0
        weight = cells.base_weight * cells.n
        share = float(weight[unknown].sum() / weight.sum())
        if share == 0:
            return self
        targets = np.append(self.targets * (1 - share), self.total * share)
        level = np.where(unknown, len(self.labels), self.level)
        return type(self)(self.name, (*self.labels, label), targets, level)

    def sums(self, weighted: Vector) -> Vector:
        """Add a quantity of the cells up to the levels, shape (L,)."""
        known = self.level >= 0
        return sums_by(self.level[known], weighted[known], len(self.labels))

    def require_usable(self, cells: Cells) -> None:
        """Refuse a margin that no weights can meet, whatever the others are.

        Raises
        ------
        ValueError
            Another number of cells, or the level of a respondent is unknown.
        EmptyLevel, ForeignLevel
            Sample and population do not have the same levels.
        """
        if self.level.size != cells.size:
            raise ValueError(
                f"the margin {self.name} has {self.level.size} cells, {cells.size} expected"
            )
        if ((self.level < 0) & (cells.n > 0)).any():
            raise ValueError(f"respondents have no level of the margin {self.name}")
        respondents = self.sums(cells.n)
        for code, label in enumerate(self.labels):
            if respondents[code] == 0 and self.targets[code] > 0:
                share = float(self.targets[code]) / self.total
                raise EmptyLevel(self.name, label, share, self._neighbour(code, respondents))
            if respondents[code] > 0 and self.targets[code] == 0:
                raise ForeignLevel(self.name, label, int(respondents[code]))

    def _neighbour(self, code: int, respondents: Vector) -> str | None:
        others = np.flatnonzero(respondents > 0)
        if others.size == 0:
            return None
        return self.labels[int(others[np.argmin(np.abs(others - code))])]


def require_agreement(margins: Sequence[Margin]) -> None:
    """Refuse margins of populations of different size.

    Raises
    ------
    ValueError
        There is no margin, or two have one name.
    MarginsDisagree
        The totals of two margins differ by more than a millionth.
    """
    if not margins:
        raise ValueError("calibration needs at least one margin")
    if len({margin.name for margin in margins}) < len(margins):
        raise ValueError("two margins have the same name")
    first = margins[0]
    for other in margins[1:]:
        if abs(other.total - first.total) > AGREEMENT * max(first.total, other.total):
            raise MarginsDisagree(first.name, other.name, (first.total, other.total))


def indicator_matrix(margins: Sequence[Margin], *, full: bool) -> sparse.csr_array:
    """Columns of zeros and ones, one per level with respondents or population, shape (C, p).

    Parameters
    ----------
    full : bool
        Whether every margin keeps all its levels. If not, all but the first margin leave out
        their first column, which the others imply.
    """
    blocks = []
    for position, margin in enumerate(margins):
        size = margin.level.size
        wanted = np.maximum(margin.level, 0)
        block = sparse.csr_array(
            (np.ones(size), (np.arange(size), wanted)), shape=(size, len(margin.labels))
        )
        used = np.flatnonzero(margin.targets > 0)
        blocks.append(block[:, used if full or position == 0 else used[1:]])
    return sparse.csr_array(sparse.hstack(blocks, format="csr"))


def target_vector(margins: Sequence[Margin], *, full: bool) -> Vector:
    """Return the targets of the columns of :func:`indicator_matrix`, of one total, shape (p,)."""
    total = margins[0].total
    parts = []
    for position, margin in enumerate(margins):
        used = margin.targets[margin.targets > 0] * (total / margin.total)
        parts.append(used if full or position == 0 else used[1:])
    return np.concatenate(parts)

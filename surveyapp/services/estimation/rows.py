"""One pass over a data file: rows become cells, and what a figure needs is added up exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final, TypeAlias

import numpy as np
from pyarrow import ArrowException
from scipy import sparse

from surveyapp.domain.messages import message
from surveyapp.services.estimation.columns import (
    NO_CODE,
    BaseWeights,
    Clusters,
    Column,
    Groups,
    MarginLevels,
    Strata,
)
from surveyapp.services.estimation.problems import (
    Number,
    UnusableNumber,
    read_number,
    refused,
)
from surveyapp.services.estimation.request import Request
from surveyapp.services.tabular import Table
from surveyapp.services.weights.margin_tables import PopulationMargins
from surveyapp.stats.arrays import Codes
from surveyapp.stats.cells import FractionSums, Moments

Progress: TypeAlias = Callable[[int], None]
STEP: Final = 2000
"""Rows between two signs of life."""


@dataclass(slots=True)
class Sums:
    """Exact sums of a number in each cell, as fractions: the order of the rows changes nothing."""

    parts: dict[tuple[int, int], list[int]] = field(default_factory=dict)

    def add(self, cell: int, number: Number) -> None:
        """Count the number of one row."""
        a = number.numerator
        part = self.parts.get((cell, number.denominator))
        if part is None:
            self.parts[cell, number.denominator] = [1, a, a * a]
        else:
            part[0] += 1
            part[1] += a
            part[2] += a * a

    def moments(self, cells: int) -> Moments:
        """Return count, mean and scatter of each cell."""
        rows = (
            FractionSums(cell, b, m, sum_a, sum_a2)
            for (cell, b), (m, sum_a, sum_a2) in self.parts.items()
        )
        return Moments.from_fractions(rows, cells)


@dataclass(slots=True)
class Counts:
    """How many rows of each cell have each text."""

    codes: dict[str, int] = field(default_factory=dict)
    counts: dict[tuple[int, int], int] = field(default_factory=dict)

    def add(self, cell: int, text: str) -> None:
        """Count one row."""
        key = cell, self.codes.setdefault(text, len(self.codes))
        self.counts[key] = self.counts.get(key, 0) + 1

    def table(self, cells: int, columns: Sequence[int], size: int) -> sparse.csc_array:
        """Return the counts by cell and column, given the column of each code; they add up."""
        keys = np.array(list(self.counts), dtype=np.int64).reshape(-1, 2)
        column = np.array(columns, dtype=np.int64)[keys[:, 1]]
        numbers = np.fromiter(self.counts.values(), dtype=np.float64, count=len(self.counts))
        table = sparse.coo_array((numbers, (keys[:, 0], column)), shape=(cells, size))
        return sparse.csc_array(table)


@dataclass(frozen=True, slots=True)
class Sample:
    """The rows of a file as C cells.

    Attributes
    ----------
    rows : int
        All rows.
    n : list of int, length C
        Rows of each cell.
    group, stratum, cluster, weight : int array, shape (C,)
        Codes of each cell.
    levels : list of int array, shape (C,)
        For each margin the level of each cell, -1 where it is unknown.
    groups, strata, clusters, weights, margins
        What the codes mean.
    sums : Sums
        Of the value, for means and totals.
    counts : Counts
        Of the value, for proportions and quantiles.
    """

    rows: int
    n: list[int]
    group: Codes
    stratum: Codes
    cluster: Codes
    weight: Codes
    levels: list[Codes]
    groups: Groups
    strata: Strata
    clusters: Clusters
    weights: BaseWeights
    margins: tuple[MarginLevels, ...]
    sums: Sums
    counts: Counts

    @property
    def ungrouped(self) -> int:
        """Rows that lie in no group because one of its columns is empty."""
        return self._rows_without(self.group)

    @property
    def unknown(self) -> dict[str, int]:
        """Rows of unknown level of each margin."""
        return {
            one.margin.variable: self._rows_without(codes)
            for one, codes in zip(self.margins, self.levels, strict=True)
        }

    def _rows_without(self, codes: Codes) -> int:
        return int(np.array(self.n)[codes == NO_CODE].sum())


def read_sample(
    request: Request, table: Table, margins: PopulationMargins | None, progress: Progress
) -> Sample:
    """Read all rows of a data file, once.

    Memory grows with the number of different combinations of groups, design, weights and margin
    levels (for quantiles and proportions also of values), not with the number of rows.

    Parameters
    ----------
    progress : callable
        Is told every now and then how many more rows were read.

    Raises
    ------
    BadInput
        A column is missing or a cell cannot be used; the message names file, line and column.
    """
    return _Reader(request, table, margins).read(progress)


class _Reader:
    def __init__(self, request: Request, table: Table, margins: PopulationMargins | None) -> None:
        self.table, self.file = table, request.file.name
        self.statistic = request.statistic
        self.value = self._column(request.value)
        self.groups = Groups(tuple(self._column(name) for name in request.by))
        self.strata = Strata(self._optional(request.strata), self._optional(request.fpc))
        self.clusters = Clusters(self._optional(request.cluster))
        self.weights = BaseWeights(self._optional(request.weight))
        self.margins: tuple[MarginLevels, ...] = ()
        if margins is not None:
            self.margins = tuple(
                MarginLevels.found(margin, margins, table, self.file, keep=request.keep_unknown)
                for margin in margins.variables
            )
        self.sums, self.counts = Sums(), Counts()
        self.keys: dict[tuple[int, ...], int] = {}
        self.n: list[int] = []
        self.pick = _picking(self._positions())

    def _positions(self) -> list[int]:
        """Return the columns that decide on the cell of a row."""
        design = (self.strata.column, self.strata.size, self.clusters.column, self.weights.column)
        columns = {*self.groups.columns, *[column for column in design if column is not None]}
        for margin in self.margins:
            columns |= set(margin.columns)
        return sorted(column.position for column in columns)

    def _column(self, name: str) -> Column:
        return Column.named(name, self.table, self.file)

    def _optional(self, name: str | None) -> Column | None:
        return None if name is None else self._column(name)

    def read(self, progress: Progress) -> Sample:
        """Put every row into its cell."""
        known: dict[object, int] = {}
        n, value, rows = self.n, self.value.position, 0
        for line, cells in self._rows():
            # What was checked once need not be checked again: nothing else decides on the cell.
            texts = self.pick(cells)
            cell = known.get(texts)
            if cell is None:
                cell = known[texts] = self._cell(line, cells)
            n[cell] += 1
            if cells[value]:
                self._count(cell, line, cells)
            rows += 1
            if rows % STEP == 0:
                progress(STEP)
        progress(rows % STEP)
        if not rows:
            raise refused(self.file, message("there are no rows below line 1."))
        group, stratum, cluster, weight, *levels = np.array(list(self.keys), dtype=np.int64).T
        return Sample(
            rows,
            n,
            group,
            stratum,
            cluster,
            weight,
            levels,
            self.groups,
            self.strata,
            self.clusters,
            self.weights,
            self.margins,
            self.sums,
            self.counts,
        )

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield every row with as many cells as there are columns."""
        width = len(self.table.header)
        try:
            for line, cells in self.table.rows():
                if len(cells) > width:
                    problem = message(
                        "the row has %(n)s cells, line 1 has %(most)s.", n=len(cells), most=width
                    )
                    raise refused(self.file, problem, line=line)
                if len(cells) < width:
                    cells += [""] * (width - len(cells))
                yield line, cells
        except (UnicodeDecodeError, ArrowException) as error:
            problem = message("a part of it cannot be read: save it again as CSV (UTF-8) or XLSX.")
            raise refused(self.file, problem) from error

    def _cell(self, line: int, cells: list[str]) -> int:
        """Return the cell of a row by all that tells it from others."""
        stratum = self.strata.code(line, cells)
        key = (
            self.groups.code(cells),
            stratum,
            self.clusters.code(line, cells, stratum),
            self.weights.code(line, cells),
            *[margin.code(line, cells) for margin in self.margins],
        )
        cell = self.keys.setdefault(key, len(self.n))
        if cell == len(self.n):
            self.n.append(0)
        return cell

    def _count(self, cell: int, line: int, cells: list[str]) -> None:
        """Add up what the row says."""
        text = cells[self.value.position]
        if self.statistic == "proportion":
            self.counts.add(cell, text)
            return
        try:
            number = read_number(text)
        except UnusableNumber as error:
            raise self.value.refused(line, error.problem) from error
        if self.statistic == "quantile":
            self.counts.add(cell, text)
        else:
            self.sums.add(cell, number)


def _picking(positions: list[int]) -> Callable[[list[str]], object]:
    """Return what takes the cells at these positions out of a row."""
    return itemgetter(*positions) if positions else lambda _cells: None

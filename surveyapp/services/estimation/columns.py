"""The parts that columns of a data file play: each gives a row the code of what it belongs to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import Message, message
from surveyapp.services.estimation.problems import (
    Number,
    UnusableNumber,
    read_number,
    refused,
    shown,
)
from surveyapp.services.tabular import Table
from surveyapp.services.weights.margin_tables import JOINT, PopulationMargin, PopulationMargins

NO_CODE: Final = -1


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the data."""

    file: str
    name: str
    position: int

    @classmethod
    def named(cls, name: str, table: Table, file: str) -> Column:
        """Find a column by its name.

        Raises
        ------
        BadInput
            There is none of that name.
        """
        if name not in table.header:
            problem = message(
                "there is no column “%(column)s”; the columns are %(columns)s.",
                column=shown(name),
                columns=", ".join(shown(column) for column in table.header),
            )
            raise refused(file, problem, line=1)
        return cls(file, name, table.header.index(name))

    def refused(self, line: int, problem: Message) -> BadInput:
        """Make the refusal of one cell."""
        return refused(self.file, problem, line=line, column=self.name)

    def text(self, line: int, cells: list[str]) -> str:
        """Return what a cell holds that must not be empty."""
        text = cells[self.position]
        if not text:
            raise self.refused(line, message("the cell is empty."))
        return text

    def number(self, line: int, cells: list[str]) -> Number:
        """Return the number that a cell holds."""
        try:
            return read_number(self.text(line, cells))
        except UnusableNumber as error:
            raise self.refused(line, error.problem) from error


@dataclass(slots=True)
class Groups:
    """Groups by the combinations of several columns; a row without a level is in none."""

    columns: tuple[Column, ...]
    codes: dict[tuple[str, ...], int] = field(default_factory=dict)

    def code(self, cells: list[str]) -> int:
        """Return the group of a row."""
        levels = tuple([cells[column.position] for column in self.columns])
        if "" in levels:
            return NO_CODE
        return self.codes.setdefault(levels, len(self.codes))


@dataclass(slots=True)
class Strata:
    """Strata with the sizes of their populations.

    Attributes
    ----------
    column, size : Column or None
        Where name and population size stand; without the first there is one stratum.
    codes, lines : dict
        Code of each name, and the line where each code was met first.
    sizes : dict of int to float
        Population size of each code.
    """

    column: Column | None
    size: Column | None
    codes: dict[str, int] = field(default_factory=dict)
    lines: dict[int, int] = field(default_factory=dict)
    sizes: dict[int, float] = field(default_factory=dict)

    def code(self, line: int, cells: list[str]) -> int:
        """Return the stratum of a row."""
        name = "" if self.column is None else self.column.text(line, cells)
        code = self.codes.setdefault(name, len(self.codes))
        first = self.lines.setdefault(code, line)
        if self.size is not None:
            size = self.size.number(line, cells).value
            if size <= 0:
                raise self.size.refused(line, message("a population size must be positive."))
            if size != self.sizes.setdefault(code, size):
                raise self.size.refused(
                    line,
                    message(
                        "a stratum has one population size, but line %(first)s says another one.",
                        first=first,
                    ),
                )
        return code

    def name(self, code: int) -> str:
        """Return the name of a stratum."""
        return list(self.codes)[code]


@dataclass(slots=True)
class Clusters:
    """Clusters, each inside one stratum; without a column no row needs one."""

    column: Column | None
    codes: dict[str, int] = field(default_factory=dict)
    homes: dict[int, tuple[int, int]] = field(default_factory=dict)

    def code(self, line: int, cells: list[str], stratum: int) -> int:
        """Return the cluster of a row of this stratum."""
        if self.column is None:
            return 0
        code = self.codes.setdefault(self.column.text(line, cells), len(self.codes))
        home, first = self.homes.setdefault(code, (stratum, line))
        if home != stratum:
            raise self.column.refused(
                line,
                message(
                    "a cluster lies in one stratum, but line %(first)s has “%(cluster)s” in"
                    " another one: give the clusters of each stratum names of their own.",
                    first=first,
                    cluster=shown(cells[self.column.position]),
                ),
            )
        return code


@dataclass(slots=True)
class BaseWeights:
    """Given weights; without a column every row weighs the same."""

    column: Column | None
    codes: dict[float, int] = field(default_factory=dict)

    def code(self, line: int, cells: list[str]) -> int:
        """Return the code of the weight of a row."""
        if self.column is None:
            return 0
        weight = self.column.number(line, cells).value
        if weight <= 0:
            raise self.column.refused(
                line, message("a weight must be positive: take the row out of the file.")
            )
        return self.codes.setdefault(weight, len(self.codes))


@dataclass(slots=True)
class MarginLevels:
    """Levels of one margin.

    Attributes
    ----------
    margin : PopulationMargin
        Which levels there are.
    columns : tuple of Column
        Where they stand; several for a cross-classification.
    keep_unknown : bool
        Whether rows of other levels are kept instead of refused.
    file : str
        The table of the margins, for messages.
    """

    margin: PopulationMargin
    columns: tuple[Column, ...]
    keep_unknown: bool
    file: str
    codes: dict[str, int] = field(init=False)
    parts: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.codes = {level: code for code, level in enumerate(self.margin.targets)}

    @classmethod
    def found(
        cls,
        margin: PopulationMargin,
        margins: PopulationMargins,
        table: Table,
        file: str,
        *,
        keep: bool,
    ) -> MarginLevels:
        """Find the columns of a margin.

        Raises
        ------
        BadInput
            The data do not have them.
        """
        names = margin.columns(table.header)
        if not names:
            problem = message(
                "there is no column “%(column)s” in “%(data)s”.",
                column=shown(margin.variable),
                data=file,
            )
            raise refused(margins.file, problem, line=min(margin.lines.values()))
        columns = tuple(Column.named(name, table, file) for name in names)
        return cls(margin, columns, keep, margins.file)

    def code(self, line: int, cells: list[str]) -> int:
        """Return the level of a row in the order of the table, or ``NO_CODE``."""
        parts = [cells[column.position] for column in self.columns]
        level = JOINT.join(parts) if all(parts) else ""
        code = self.codes.get(level)
        if code is None:
            if not self.keep_unknown:
                raise self._unknown(line, level)
            return NO_CODE
        if self.margin.targets[level] == 0:
            raise self._refused(
                line,
                message(
                    "“%(file)s” gives nobody to the level “%(level)s”.",
                    file=self.file,
                    level=shown(level),
                ),
            )
        if parts != self.parts.setdefault(level, parts):
            raise self._refused(
                line, message("“%(level)s” can be read in two ways.", level=shown(level))
            )
        return code

    def _unknown(self, line: int, level: str) -> BadInput:
        if not level:
            return self._refused(
                line,
                message(
                    "the cell is empty, but the margins need a level; --unknown keep gives such"
                    " rows a level of their own."
                ),
            )
        return self._refused(
            line,
            message(
                "the level “%(level)s” is not in “%(file)s”; --unknown keep gives such rows a"
                " level of their own.",
                level=shown(level),
                file=self.file,
            ),
        )

    def _refused(self, line: int, problem: Message) -> BadInput:
        first = self.columns[0]
        return refused(first.file, problem, line=line, column=self.margin.variable)

"""Population margins as people hand them in: a table of variable, level and share or count."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from surveyapp.domain.messages import message
from surveyapp.services.estimating_problems import UnusableNumber, read_number, refused, shown
from surveyapp.services.tabular import Table
from surveyapp.stats.margins import AGREEMENT

JOINT: Final = ":"
"""Joins the columns of a cross-classification, and their levels."""


@dataclass(slots=True)
class PopulationMargin:
    """The margin of one variable as its table gives it.

    Attributes
    ----------
    variable : str
        A column, or several joined by colons.
    targets : dict of str to float
        Share or count of each level, in the order of the table.
    lines : dict of str to int
        Where each level stands in the table.
    """

    variable: str
    targets: dict[str, float] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> float:
        """What all levels add up to."""
        return math.fsum(self.targets.values())

    def columns(self, header: Sequence[str]) -> tuple[str, ...]:
        """Return the columns of the data that hold the variable; empty if there are none."""
        if self.variable in header:
            return (self.variable,)
        parts = tuple(self.variable.split(JOINT))
        return parts if all(part in header for part in parts) else ()


@dataclass(frozen=True, slots=True)
class PopulationMargins:
    """All margins of one table.

    Attributes
    ----------
    file : str
        Its name, for messages.
    shares : bool
        Whether the targets are shares instead of counts.
    variables : tuple of PopulationMargin
        In the order of the table.
    """

    file: str
    shares: bool
    variables: tuple[PopulationMargin, ...]

    def require_agreement(self) -> None:
        """Refuse margins that describe populations of different size.

        Raises
        ------
        BadInput
        """
        first = self.variables[0]
        for other in self.variables:
            if other.total == 0:
                problem = message(
                    "the levels of “%(variable)s” add up to 0.", variable=other.variable
                )
                raise refused(self.file, problem, line=min(other.lines.values()))
            if abs(other.total - first.total) > AGREEMENT * max(first.total, other.total):
                problem = message(
                    "the totals disagree: “%(second)s” adds up to %(b)s, but “%(first)s” to %(a)s.",
                    first=first.variable,
                    second=other.variable,
                    a=f"{first.total:.10g}",
                    b=f"{other.total:.10g}",
                )
                raise refused(self.file, problem, line=min(other.lines.values()))


def read_margins(table: Table, path: Path) -> PopulationMargins:
    """Read a table with the columns variable, level and share or count.

    Raises
    ------
    BadInput
        It has other columns, a level twice, or a number that is none.
    """
    header = table.header
    measures = [column for column in ("share", "count") if column in header]
    if not {"variable", "level"} <= set(header) or len(measures) != 1:
        problem = message(
            "margins have the columns variable, level and either share or count; these are"
            " %(columns)s.",
            columns=shown(", ".join(header)),
        )
        raise refused(path.name, problem, line=1)
    found: dict[str, PopulationMargin] = {}
    for line, cells in table.rows():
        row = dict(zip(header, [*cells, *([""] * len(header))], strict=False))
        for column in ("variable", "level", measures[0]):
            if not row[column]:
                raise refused(path.name, message("the cell is empty."), line=line, column=column)
        margin = found.setdefault(row["variable"], PopulationMargin(row["variable"]))
        _add(margin, row["level"], row[measures[0]], path.name, line, measures[0])
    if not found:
        raise refused(path.name, message("there are no rows below line 1."))
    return PopulationMargins(path.name, measures[0] == "share", tuple(found.values()))


def _add(
    margin: PopulationMargin, level: str, text: str, file: str, line: int, column: str
) -> None:
    if level in margin.targets:
        problem = message(
            "the level “%(level)s” of “%(variable)s” stands in line %(earlier)s already.",
            level=shown(level),
            variable=margin.variable,
            earlier=margin.lines[level],
        )
        raise refused(file, problem, line=line)
    try:
        target = read_number(text).value
    except UnusableNumber as error:
        raise refused(file, error.problem, line=line, column=column) from error
    if target < 0:
        raise refused(file, message("nobody can be fewer than 0."), line=line, column=column)
    margin.targets[level] = target
    margin.lines[level] = line

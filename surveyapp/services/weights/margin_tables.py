"""Population margins as people hand them in: a table of variable, level and share or count."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Final

from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message
from surveyapp.services.estimation.problems import UnusableNumber, read_number, refused, shown
from surveyapp.services.tabular import Table, is_formula
from surveyapp.stats.margins import AGREEMENT

JOINT: Final = ":"
"""Joins the columns of a cross-classification, and their levels."""

HEADINGS: Final = {
    "variable": ("variable", "变量", "属性"),
    "level": ("level", "类别"),
    "share": ("share", "比例", "占比", "比重"),
    "count": ("count", "人数", "人口数"),
}
"""What the columns of margins may be called, in lower case."""

_THOUSANDS: Final = re.compile(r"[1-9]\d{0,2}(,\d{3})+(\.\d+)?", re.ASCII)
_UNIT: Final = re.compile(r"\((%|人)\)$")


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
    """Read a table with the columns variable, level and share or count (变量、类别、比例、人数).

    Raises
    ------
    BadInput
        It has other columns, a level twice, or a number that is none.
    """
    header = table.header
    columns, measure = _columns(path.name, header)
    found: dict[str, PopulationMargin] = {}
    signs: dict[bool, int] = {}
    for line, cells in table.rows():
        row = [*cells, *([""] * len(header))]
        for place in columns:
            if not row[place]:
                raise _empty(path, line, place, header[place], is_number=place == columns[2])
        variable, level, text = (row[place] for place in columns)
        target = _number(text, measure, path.name, line, header[columns[2]])
        if measure == "share" and target:
            signs.setdefault(_has_sign(text), line)
        margin = found.setdefault(variable, PopulationMargin(variable))
        _add(margin, level, target, path.name, line)
    if not found:
        raise refused(path.name, message("there are no rows below line 1."))
    if len(signs) > 1:
        problem = message(
            "some shares have a percent sign and others have none: write all of them alike."
        )
        raise refused(path.name, problem, line=max(signs.values()))
    return PopulationMargins(path.name, measure == "share", tuple(found.values()))


def _columns(file: str, header: Sequence[str]) -> tuple[tuple[int, int, int], str]:
    """Return where variable, level and number stand, and which number it is."""
    places: dict[str, list[int]] = {name: [] for name in HEADINGS}
    for place, heading in enumerate(header):
        plain = _UNIT.sub("", unicodedata.normalize("NFKC", heading).casefold()).strip()
        for name, words in HEADINGS.items():
            if plain in words:
                places[name].append(place)
    numbers = places["share"] + places["count"]
    if not len(places["variable"]) == len(places["level"]) == len(numbers) == 1:
        problem = message(
            "margins have the columns variable, level and either share or count; these are"
            " %(columns)s.",
            columns=shown(", ".join(header)),
        )
        raise refused(file, problem, line=1)
    measure = "share" if places["share"] else "count"
    return (places["variable"][0], places["level"][0], numbers[0]), measure


def _empty(path: Path, line: int, place: int, column: str, *, is_number: bool) -> BadInput:
    problem = message("the cell is empty.")
    if is_formula(path, line, place + 1):
        problem = message(
            "the cell holds a formula whose result is not in the file: open the file in Excel or"
            " WPS, save it and choose it again, or write the number itself."
        )
    elif is_number:
        problem = message(
            "the cell is empty: write the number, or delete all rows of a variable for which there"
            " are no figures."
        )
    return refused(path.name, problem, line=line, column=column)


def _has_sign(text: str) -> bool:
    return text.endswith(("%", "％"))


def _number(text: str, measure: str, file: str, line: int, column: str) -> float:
    """Read 0.52, 52% (shares) or 52,000 (counts)."""
    plain = unicodedata.normalize("NFKC", text).replace(" ", "")
    if measure == "count" and _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    is_percent = measure == "share" and _has_sign(plain)
    plain = plain[:-1] if is_percent else plain
    try:
        number = read_number(plain).value
    except UnusableNumber as error:
        raise refused(file, error.problem, line=line, column=column) from error
    if number < 0:
        raise refused(file, message("nobody can be fewer than 0."), line=line, column=column)
    return float(Decimal(plain).scaleb(-2)) if is_percent else number


def _add(margin: PopulationMargin, level: str, target: float, file: str, line: int) -> None:
    if level in margin.targets:
        problem = message(
            "the level “%(level)s” of “%(variable)s” stands in line %(earlier)s already.",
            level=shown(level),
            variable=margin.variable,
            earlier=margin.lines[level],
        )
        raise refused(file, problem, line=line)
    margin.targets[level] = target
    margin.lines[level] = line

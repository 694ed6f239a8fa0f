"""The tree of units, and tables that change it: what is wrong with them, and what they would do.

A table adds and changes; it never removes. What is wrong is found all at once, each with its row.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import Message, message
from surveyapp.domain.roles import Grant

CODE_LENGTH = 64
UNIT_NAME_LENGTH = 200
CATEGORY_LENGTH = 64
WINDOW_CATEGORY = "窗口"

_CODE = re.compile(r"[\w.-]{1,64}", re.UNICODE)
# What a spreadsheet makes of a long code: 6.10402E+17.
_ROUNDED = re.compile(r"\d(\.\d+)?[eE]\+\d+")


class Sheet(StrEnum):
    """The three tables of an organisation workbook."""

    UNITS = "units"
    WINDOWS = "windows"
    ACCOUNTS = "accounts"


@dataclass(frozen=True, slots=True)
class Unit:
    """An organisation, department or window."""

    code: str
    name: str
    parent_code: str | None = None
    category: str | None = None

    @property
    def is_window(self) -> bool:
        """Whether people are served here, rather than an office assessed."""
        return self.category == WINDOW_CATEGORY


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit as a table gives it, and where; no sheet where the table stands alone."""

    sheet: Sheet | None
    row: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as a table gives it, and where."""

    row: int
    name: str
    full_name: str
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One thing wrong with a table.

    Attributes
    ----------
    sheet : Sheet or None
        None where the table stands alone.
    row : int
        As the spreadsheet counts, from 1.
    """

    sheet: Sheet | None
    row: int
    message: Message


class InvalidOrganisation(BadInput):
    """A table with bad rows: nothing of it was applied."""

    def __init__(self, problems: Iterable[RowProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            message("Nothing was changed; rows to correct: %(n)s.", n=len(self.problems))
        )


def require_code(typed: str) -> str:
    """Return the code of a unit; full-width letters and digits become ordinary ones.

    Raises
    ------
    BadInput
        It is missing, too long, or something a spreadsheet has rounded.
    """
    code = unicodedata.normalize("NFKC", typed).strip()
    if _ROUNDED.fullmatch(code):
        raise rounded(code)
    if not _CODE.fullmatch(code):
        raise BadInput(
            message(
                "“%(code)s” is no code: a code has 1 to 64 letters, digits, dots or hyphens.",
                code=code[:80],
            )
        )
    return code


def rounded(text: str) -> BadInput:
    """Return the refusal of a number that a spreadsheet has rounded."""
    return BadInput(
        message(
            "“%(text)s” was rounded by the spreadsheet:"
            " format the column as text and type the code again.",
            text=text,
        )
    )


def require_unit(code: str, name: str, parent: str, category: str) -> Unit:
    """Return a unit made of what a row says.

    Raises
    ------
    BadInput
        A cell cannot be used.
    """
    unit = Unit(
        code=require_code(code),
        name=_line(
            name,
            UNIT_NAME_LENGTH,
            message("The name needs 1 to %(n)s characters.", n=UNIT_NAME_LENGTH),
        ),
        parent_code=require_code(parent) if parent.strip() else None,
        category=_category(category) if category.strip() else None,
    )
    if unit.parent_code == unit.code:
        raise BadInput(message("The unit %(code)s stands above itself.", code=unit.code))
    return unit


def _category(typed: str) -> str:
    return _line(
        typed,
        CATEGORY_LENGTH,
        message("The category has at most %(n)s characters.", n=CATEGORY_LENGTH),
    )


def _line(typed: str, length: int, otherwise: Message) -> str:
    text = " ".join(typed.split())
    if not 1 <= len(text) <= length or not text.isprintable():
        raise BadInput(otherwise)
    return text


def check_units(rows: Sequence[UnitRow], existing: Mapping[str, Unit]) -> list[RowProblem]:
    """Find every row that would break the tree: a code twice, an unknown parent, a circle."""
    problems = _repeated(rows)
    merged = dict(existing) | {row.unit.code: row.unit for row in rows}
    for row in rows:
        parent = row.unit.parent_code
        if parent is not None and parent not in merged:
            text = message("There is no unit with the code %(code)s above it.", code=parent)
            problems.append(RowProblem(row.sheet, row.row, text))
        elif _is_in_circle(row.unit, merged):
            text = message("The unit %(code)s stands above itself.", code=row.unit.code)
            problems.append(RowProblem(row.sheet, row.row, text))
    return problems


def _repeated(rows: Sequence[UnitRow]) -> list[RowProblem]:
    first: dict[str, UnitRow] = {}
    problems = []
    for row in rows:
        before = first.setdefault(row.unit.code, row)
        if before is not row:
            text = message(
                "The code %(code)s stands in row %(row)s already.",
                code=row.unit.code,
                row=before.row,
            )
            problems.append(RowProblem(row.sheet, row.row, text))
    return problems


def _is_in_circle(unit: Unit, units: Mapping[str, Unit]) -> bool:
    seen = {unit.code}
    parent = unit.parent_code
    while parent is not None and parent in units:
        if parent == unit.code:
            return True
        if parent in seen:
            # A circle further up is the fault of its own rows.
            return False
        seen.add(parent)
        parent = units[parent].parent_code
    return False


def parents_first(units: Iterable[Unit]) -> list[Unit]:
    """Order units so that each stands after the one above it; there must be no circle."""
    waiting = {unit.code: unit for unit in units}
    ordered: list[Unit] = []

    def place(unit: Unit) -> None:
        above = []
        while unit.code in waiting:
            above.append(waiting.pop(unit.code))
            unit = waiting.get(unit.parent_code or "", unit)
        ordered.extend(reversed(above))

    for unit in list(waiting.values()):
        place(unit)
    return ordered


@dataclass(frozen=True, slots=True)
class Node:
    """A unit in the tree as it is shown; `depth` counts from 0 at the top."""

    unit: Unit
    depth: int


Found = TypeVar("Found")


def as_tree(units: Iterable[Unit]) -> list[Node]:
    """Order units as a tree is read: each followed by those below it, by code."""
    below: dict[str | None, list[Unit]] = {}
    for unit in sorted(units, key=lambda unit: unit.code):
        below.setdefault(unit.parent_code, []).append(unit)
    nodes: list[Node] = []
    waiting = [Node(unit, 0) for unit in reversed(below.get(None, []))]
    while waiting:
        node = waiting.pop()
        nodes.append(node)
        children = reversed(below.get(node.unit.code, []))
        waiting.extend(Node(child, node.depth + 1) for child in children)
    return nodes


def attempt(
    problems: list[RowProblem], sheet: Sheet | None, row: int, read: Callable[[], Found]
) -> Found | None:
    """Read a row; a refusal becomes a problem of that row, and None."""
    try:
        return read()
    except BadInput as refusal:
        problems.append(RowProblem(sheet, row, refusal.message))
        return None

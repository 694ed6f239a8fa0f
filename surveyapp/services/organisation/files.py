"""Reading workbooks and tables of units, windows and accounts.

Cells arrive as text. A number that a spreadsheet has rounded is refused: a credit code of eighteen
digits that was kept as a number has lost its last three.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl

from surveyapp.domain.accounts import (
    require_full_name,
    require_grants,
    require_name,
    require_team,
    role_named,
)
from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import Message, message
from surveyapp.domain.organisation import (
    WINDOW_CATEGORY,
    AccountRow,
    RowProblem,
    Sheet,
    Unit,
    UnitRow,
    attempt,
    require_code,
    require_unit,
    rounded,
)
from surveyapp.domain.roles import OF_A_TEAM, Grant, Role
from surveyapp.services.organisation.columns import COLUMNS, EXAMPLES, TITLES, Column
from surveyapp.services.tabular import open_table

MAXIMUM_BYTES = 5 * 1024 * 1024
MAXIMUM_ROWS = 5000
_UNPACKED_BYTES = 100 * 1024 * 1024
_HEADING_ROWS = 5
_CELLS = 50
# From here on a spreadsheet keeps fifteen digits and makes the others zero.
_EXACT = 10**15

Row = tuple[int, list[Any]]


@dataclass(frozen=True, slots=True)
class OrganisationFile:
    """What a workbook says.

    Attributes
    ----------
    units : tuple of UnitRow
        Units and windows, in the order of the file.
    accounts : tuple of AccountRow
        In the order of the file.
    problems : tuple of RowProblem
        Cells that cannot be read; whether the rows fit together is not looked at here.
    examples : int
        Lines left out because they are marked as examples.
    sha256 : str
        Of the file.
    """

    units: tuple[UnitRow, ...]
    accounts: tuple[AccountRow, ...]
    problems: tuple[RowProblem, ...]
    examples: int
    sha256: str


@dataclass(slots=True)
class _Reading:
    """What has been read so far."""

    units: list[UnitRow] = field(default_factory=list)
    accounts: list[AccountRow] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    examples: int = 0


def read_workbook(data: bytes) -> OrganisationFile:
    """Read an organisation workbook.

    Raises
    ------
    BadInput
        It is no workbook, is too large, or has none of the three tables.
    """
    sheets = _sheets(data)
    reading = _Reading()
    for sheet, rows in sheets.items():
        _read_sheet(reading, sheet, sheet, iter(rows))
    return OrganisationFile(
        units=tuple(reading.units),
        accounts=tuple(reading.accounts),
        problems=tuple(reading.problems),
        examples=reading.examples,
        sha256=hashlib.sha256(data).hexdigest(),
    )


def read_units(path: Path) -> tuple[tuple[UnitRow, ...], tuple[RowProblem, ...]]:
    """Read a table of units, CSV or the first sheet of a workbook, and what is wrong in it.

    Raises
    ------
    BadInput
        The file cannot be read.
    """
    reading = _Reading()
    if path.suffix.lower() == ".xlsx":
        rows = _first_sheet(_read_bytes(path))
    else:
        table = open_table(path)
        rows = iter([(1, list(table.header)), *table.rows()])
    _read_sheet(reading, Sheet.UNITS, None, rows)
    return tuple(reading.units), tuple(reading.problems)


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable() from error


def _unreadable() -> BadInput:
    return BadInput(message("The file cannot be read: save it again as XLSX and try once more."))


def _too_large() -> BadInput:
    return BadInput(
        message(
            "The file is too large: at most %(n)s rows a sheet; divide it and apply the parts.",
            n=MAXIMUM_ROWS,
        )
    )


def _open(data: bytes) -> Any:
    """Open a workbook whose unpacked size is known beforehand."""
    if len(data) > MAXIMUM_BYTES:
        raise _too_large()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
    except zipfile.BadZipFile as error:
        raise _unreadable() from error
    if unpacked > _UNPACKED_BYTES:
        raise _too_large()
    try:
        return openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except Exception as error:  # openpyxl lets errors of zipfile, of XML and its own through
        raise _unreadable() from error


def _sheets(data: bytes) -> dict[Sheet, list[Row]]:
    workbook = _open(data)
    found: dict[Sheet, list[Row]] = {}
    for worksheet in workbook.worksheets:
        title = worksheet.title.strip().casefold().replace("帐", "账")
        for sheet, name in TITLES.items():
            if title in (name.zh, name.en.casefold()):
                found[sheet] = list(_rows(worksheet))
    if not found:
        raise BadInput(
            message("The workbook needs a sheet named 单位, 窗口 or 账号: use the template.")
        )
    return {sheet: found[sheet] for sheet in Sheet if sheet in found}


def _first_sheet(data: bytes) -> Iterator[Row]:
    return _rows(_open(data).worksheets[0])


def _rows(worksheet: Any) -> Iterator[Row]:
    """Yield rows with anything in them, cut at a width no table of ours has."""
    try:
        filled = 0
        for number, cells in enumerate(worksheet.iter_rows(values_only=True), start=1):
            row = list(cells[:_CELLS])
            if any(cell not in (None, "") for cell in row):
                filled += 1
                yield number, row
            if filled > MAXIMUM_ROWS + _HEADING_ROWS:
                raise _too_large()
    except BadInput:
        raise
    except Exception as error:  # whatever a damaged part makes the readers of ZIP and XML raise
        raise _unreadable() from error


def _read_sheet(reading: _Reading, sheet: Sheet, shown: Sheet | None, rows: Iterator[Row]) -> None:
    """Read one table; `shown` is what its problems name, None for a table that stands alone."""
    columns = _find_headings(sheet, shown, rows, reading.problems)
    if columns is None:
        return
    read = _READERS[sheet]
    for number, cells in rows:
        try:
            texts = {
                name: _text(cells[index]) if index < len(cells) else ""
                for name, index in columns.items()
            }
        except BadInput as refusal:
            reading.problems.append(RowProblem(shown, number, refusal.message))
            continue
        if next(iter(texts.values())).casefold().startswith(EXAMPLES):
            reading.examples += 1
        elif any(texts.values()):
            read(reading, shown, number, texts)


def _find_headings(
    sheet: Sheet, shown: Sheet | None, rows: Iterator[Row], problems: list[RowProblem]
) -> dict[str, int] | None:
    """Find the row of headings: explanations may stand above it."""
    last = 1
    for number, cells in rows:
        last = number
        called = [_column_of(sheet, cell) for cell in cells]
        if sum(column is not None for column in called) >= 2:
            return _columns(sheet, shown, number, cells, called, problems)
        if number >= _HEADING_ROWS:
            break
    names = ", ".join(column.heading.zh for column in COLUMNS[sheet] if column.required)
    text = message("The headings are missing: %(names)s.", names=names)
    problems.append(RowProblem(shown, last, text))
    return None


def _columns(
    sheet: Sheet,
    shown: Sheet | None,
    number: int,
    cells: list[Any],
    called: list[Column | None],
    problems: list[RowProblem],
) -> dict[str, int] | None:
    found: list[Message] = []
    columns: dict[str, int] = {}
    for index, (cell, column) in enumerate(zip(cells, called, strict=True)):
        if column is None:
            if cell not in (None, ""):
                name = str(cell)[:80]
                found.append(message("The column “%(name)s” is unknown.", name=name))
        elif column.field in columns:
            found.append(message("The column “%(name)s” stands here twice.", name=column.heading))
        else:
            columns[column.field] = index
    for column in COLUMNS[sheet]:
        if column.required and column.field not in columns:
            found.append(message("The column “%(name)s” is missing.", name=column.heading))
    problems.extend(RowProblem(shown, number, text) for text in found)
    if found:
        return None
    return {
        column.field: columns[column.field] for column in COLUMNS[sheet] if column.field in columns
    }


def _column_of(sheet: Sheet, cell: Any) -> Column | None:
    if not isinstance(cell, str):
        return None
    return next((column for column in COLUMNS[sheet] if column.is_called(cell)), None)


def _text(cell: Any) -> str:
    """Return a cell as text.

    Raises
    ------
    BadInput
        It holds a number that was rounded, a date, a truth value or an error.
    """
    if cell is None:
        return ""
    if isinstance(cell, str):
        if cell.startswith("#") and cell.rstrip("!?").isupper():
            raise BadInput(message("The cell shows an error (%(text)s).", text=cell[:20]))
        return cell.strip()
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if abs(cell) >= _EXACT or cell != int(cell):
            raise rounded(str(cell))
        return str(int(cell))
    raise BadInput(
        message(
            "“%(text)s” is a date or a truth value, not text: format the column as text.",
            text=str(cell)[:40],
        )
    )


def _read_unit(
    reading: _Reading, shown: Sheet | None, number: int, texts: Mapping[str, str]
) -> None:
    unit = attempt(
        reading.problems,
        shown,
        number,
        lambda: require_unit(
            texts["code"], texts["name"], texts.get("parent", ""), texts.get("category", "")
        ),
    )
    if unit is not None:
        reading.units.append(UnitRow(shown, number, unit))


def _read_window(
    reading: _Reading, shown: Sheet | None, number: int, texts: Mapping[str, str]
) -> None:
    def read() -> Unit:
        if not texts["parent"]:
            raise BadInput(message("A window needs the code of the unit it belongs to."))
        return require_unit(texts["code"], texts["name"], texts["parent"], WINDOW_CATEGORY)

    unit = attempt(reading.problems, shown, number, read)
    if unit is not None:
        reading.units.append(UnitRow(shown, number, unit))


def _read_account(
    reading: _Reading, shown: Sheet | None, number: int, texts: Mapping[str, str]
) -> None:
    def read() -> AccountRow:
        unit = texts.get("unit", "")
        team = require_team(texts.get("team", ""))
        return AccountRow(
            row=number,
            name=require_name(texts["name"]),
            full_name=require_full_name(texts["full_name"]),
            grants=require_grants(tuple(_grants(_listed(texts["roles"]), unit, team))),
        )

    account = attempt(reading.problems, shown, number, read)
    if account is not None:
        reading.accounts.append(account)


_READERS: Mapping[Sheet, Callable[[_Reading, Sheet | None, int, Mapping[str, str]], None]] = {
    Sheet.UNITS: _read_unit,
    Sheet.WINDOWS: _read_window,
    Sheet.ACCOUNTS: _read_account,
}


def _listed(text: str) -> list[str]:
    for mark in "、，;；/":
        text = text.replace(mark, ",")
    return [part for part in text.split(",") if part.strip()]


def _grants(names: Iterable[str], unit: str, team: str | None) -> Iterator[Grant]:
    """Bind the unit role to the unit of the row, and those who watch ballots to its team.

    Either without such a role means nothing.
    """
    roles = [role_named(name) for name in names]
    if unit and Role.UNIT not in roles:
        raise BadInput(message("Only the unit role has a unit: leave the unit code empty."))
    if team and not OF_A_TEAM & set(roles):
        raise BadInput(message("Only examiners and scrutineers belong to a team."))
    for role in roles:
        is_unit = role is Role.UNIT
        yield Grant(
            role,
            require_code(unit) if is_unit and unit else None,
            team if role in OF_A_TEAM else None,
        )

"""Reading the sheets of an XLSForm workbook: numbered rows of text, by column and language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO
from typing import Any, Final
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook

from surveyapp.domain.errors import BadInput, Problem
from surveyapp.domain.messages import Message, message

MAX_UNPACKED_BYTES: Final = 20_000_000
MAX_ROWS: Final = 10_000
MAX_COLUMNS: Final = 200
_CHINESE: Final = re.compile(r"中文|汉语|chinese|\bzh\b", re.IGNORECASE)
_ENGLISH: Final = re.compile(r"英文|英语|english|\ben\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row that is not empty.

    Attributes
    ----------
    number : int
        As the spreadsheet numbers it; the header is row 1.
    cells : mapping of str to str
        Cells that are not empty, by column name in small letters.
    texts : mapping of str to mapping
        Columns in two languages, for example ``{"label": {"zh": …, "en": …}}``.
    """

    number: int
    cells: Mapping[str, str]
    texts: Mapping[str, Mapping[str, str]]

    def text(self, column: str) -> dict[str, str] | None:
        """Return a text as {zh, en}; a column without a language stands for what is missing."""
        both = self.texts.get(column, {})
        plain = self.cells.get(column)
        zh = both.get("zh") or plain or both.get("en")
        en = both.get("en") or plain or both.get("zh")
        return None if zh is None or en is None else {"zh": zh, "en": en}


@dataclass(frozen=True, slots=True)
class SheetRules:
    """The columns of one sheet.

    Attributes
    ----------
    known : frozenset of str
        Columns that are read.
    texts : frozenset of str
        Of these, columns that may carry a language: ``label::中文``.
    ignored : frozenset of str
        Columns without meaning here; they may be filled.
    refused : mapping of str to Message
        Columns the product cannot honour; a filled cell is refused with the reason.
    """

    known: frozenset[str]
    texts: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()
    refused: Mapping[str, Message] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    language: str | None


def open_sheets(data: bytes) -> dict[str, list[tuple[int, list[str]]]]:
    """Read all sheets of a workbook as text.

    Returns
    -------
    dict
        Sheet name in small letters → rows that are not empty, each (number, cells).

    Raises
    ------
    BadInput
        It is no workbook, or one too large to be a questionnaire.
    """
    try:
        with ZipFile(BytesIO(data)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            raise BadInput(message("This workbook is too large to be a questionnaire."))
        workbook = load_workbook(BytesIO(data), read_only=True, data_only=True)
        return {sheet.title.strip().lower(): _rows_of(sheet) for sheet in workbook.worksheets}
    except (BadZipFile, KeyError, ValueError, SyntaxError, TypeError, AttributeError, OSError):
        raise BadInput(
            message(
                "This file cannot be read as an Excel workbook (.xlsx). Save it again in Excel."
            )
        ) from None


def _rows_of(sheet: Any) -> list[tuple[int, list[str]]]:
    sheet.reset_dimensions()  # the size a file claims for itself is not trusted
    rows = []
    for number, row in enumerate(
        sheet.iter_rows(max_row=MAX_ROWS, max_col=MAX_COLUMNS, values_only=True), start=1
    ):
        cells = [_text_of(value) for value in row]
        if any(cells):
            rows.append((number, cells))
    return rows


def _text_of(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return repr(value).removesuffix(".0")
        case datetime() | date():
            return value.isoformat()
        case _:
            return str(value).strip()


class SheetReader:
    """Reads the sheets of one workbook by their rules and notes every problem."""

    def __init__(self, sheets: Mapping[str, list[tuple[int, list[str]]]]) -> None:
        self._sheets = sheets
        self.problems: list[Problem] = []

    def refuse(self, sheet: str, row: int | None, reason: Message) -> None:
        """Note a problem of one row."""
        self.problems.append(Problem(row, sheet, reason))

    def has(self, sheet: str) -> bool:
        """Whether the workbook has a sheet with at least a header."""
        return bool(self._sheets.get(sheet))

    def rows(self, sheet: str, rules: SheetRules) -> Iterator[SheetRow]:
        """Yield the rows of a sheet below its header."""
        if not self.has(sheet):
            return
        (header_row, header), *rest = self._sheets[sheet]
        columns = self._columns(sheet, header_row, header, rules)
        for number, cells in rest:
            yield self._row(sheet, number, columns, cells, rules)

    def _columns(
        self, sheet: str, row: int, header: list[str], rules: SheetRules
    ) -> list[_Column | None]:
        """Understand the header; a column nobody knows is refused once."""
        columns: list[_Column | None] = []
        seen: set[_Column] = set()
        for heading in header:
            column = self._column(sheet, row, heading, rules) if heading else None
            if column is not None and column in seen:
                self.refuse(
                    sheet, row, message("The column “%(name)s” is there twice.", name=heading)
                )
            if column is not None:
                seen.add(column)
            columns.append(column)
        return columns

    def _column(self, sheet: str, row: int, heading: str, rules: SheetRules) -> _Column | None:
        name, _, language = (part.strip() for part in heading.lower().partition(":"))
        name = name.replace(" ", "_")
        language = language.lstrip(": ")
        if name in rules.refused:
            return _Column(name, None)
        if name in rules.ignored:
            return None
        if language and name in rules.texts:
            if _CHINESE.search(language):
                return _Column(name, "zh")
            if _ENGLISH.search(language):
                return _Column(name, "en")
            self.refuse(
                sheet,
                row,
                message(
                    "The column “%(name)s” is in a language other than Chinese and English.",
                    name=heading,
                ),
            )
        elif language or name not in rules.known | rules.texts:
            self.refuse(
                sheet, row, message("The column “%(name)s” is not known here.", name=heading)
            )
        else:
            return _Column(name, None)
        return None

    def _row(
        self,
        sheet: str,
        number: int,
        columns: list[_Column | None],
        cells: list[str],
        rules: SheetRules,
    ) -> SheetRow:
        plain: dict[str, str] = {}
        texts: dict[str, dict[str, str]] = {}
        for column, cell in zip(columns, cells, strict=False):
            if column is None or not cell:
                continue
            if column.name in rules.refused:
                self.refuse(sheet, number, rules.refused[column.name])
            elif column.language is not None:
                texts.setdefault(column.name, {})[column.language] = cell
            else:
                plain[column.name] = cell
        return SheetRow(number, plain, texts)

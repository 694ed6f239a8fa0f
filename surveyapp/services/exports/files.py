"""Tables as files: CSV, XLSX, JSON and Parquet, written row by row in little memory."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from pyarrow import parquet

from surveyapp.domain.errors import BadInput
from surveyapp.domain.masking import neutral
from surveyapp.domain.messages import Message, message
from surveyapp.domain.text import Language
from surveyapp.language import translate
from surveyapp.services.exports.tables import Column, Content, Sheet, Value

BATCH = 5000
XLSX_ROWS = 1_048_575
EXACT_DIGITS = 15
XLSX_CHARACTERS = 32_767
_NOT_IN_XLSX = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(slots=True)
class Document:
    """What is written: one table, what explains it, and what was counted while writing.

    Attributes
    ----------
    title : str
        Of the survey.
    more : sequence of Sheet
        Small tables beside the main one, for formats that hold several.
    about : sequence of tuple
        (name, value) pairs that explain the file.
    rows, data_sha256 : int, str
        Filled while writing: number of rows of the main table, and SHA-256 of its rows as CSV in
        UTF-8, the same whatever the format.
    """

    title: str
    sheet: Sheet
    about: Sequence[tuple[Message, str]]
    language: Language
    more: Sequence[Sheet] = ()
    rows: int = 0
    data_sha256: str = ""
    _lines: Any = field(default_factory=hashlib.sha256)

    def counted(self) -> Iterator[Sequence[Value]]:
        """Yield the rows of the main table and count them."""
        self._lines.update(csv_line([column.name for column in self.sheet.columns]))
        for row in self.sheet.rows:
            self._lines.update(csv_line([text_of(value) for value in row]))
            self.rows += 1
            yield row
        self.data_sha256 = self._lines.hexdigest()

    def explained(self) -> list[tuple[str, str]]:
        """Return what explains the file, after its rows were counted."""
        numbers = [
            (message("Rows"), str(self.rows)),
            (message("SHA-256 of the rows as CSV (UTF-8)"), self.data_sha256),
        ]
        return [(translate(name, self.language), value) for name, value in (*self.about, *numbers)]


def csv_line(cells: Iterable[str]) -> bytes:
    """Return one line of CSV in UTF-8."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue().encode()


def text_of(value: Value) -> str:
    """Return a cell as text: nothing is empty, several options are joined by semicolons."""
    if value is None:
        return ""
    if isinstance(value, list):
        return neutral(";".join(value))
    return neutral(value) if isinstance(value, str) else repr(value)


def write_csv(document: Document, path: Path) -> None:
    """Write UTF-8 with a byte order mark, which spreadsheets need to show Chinese."""
    with path.open("wb") as file:
        file.write(codecs.BOM_UTF8)
        file.write(csv_line([neutral(column.name) for column in document.sheet.columns]))
        for row in document.counted():
            file.write(csv_line([text_of(value) for value in row]))


# --- XLSX -----------------------------------------------------------------------------------------


def write_xlsx(document: Document, path: Path) -> None:
    """Write a workbook: the table on the first sheet, then the others, then what explains it.

    Raises
    ------
    BadInput
        The table has more rows than a sheet can hold.
    """
    workbook = Workbook(write_only=True)
    try:
        _add_sheet(workbook, document.sheet, document.counted())
        for sheet in document.more:
            _add_sheet(workbook, sheet, sheet.rows)
        about = workbook.create_sheet(translate(message("About"), document.language))
        about.column_dimensions["A"].width = 28
        about.column_dimensions["B"].width = 80
        for name, value in document.explained():
            about.append([_text_cell(about, name), _text_cell(about, value)])
    finally:
        # After a failure too: saving is what closes and removes the library's temporary files.
        workbook.save(path)


def _add_sheet(workbook: Workbook, sheet: Sheet, rows: Iterable[Sequence[Value]]) -> None:
    page = workbook.create_sheet(sheet.title)
    page.freeze_panes = "A2"
    header = []
    for column in sheet.columns:
        cell = _text_cell(page, column.name)
        cell.font = Font(bold=True)
        header.append(cell)
    page.append(header)
    for number, row in enumerate(rows, start=1):
        if number > XLSX_ROWS:
            raise BadInput(
                message(
                    "A sheet holds at most %(most)s rows: export as CSV or Parquet.", most=XLSX_ROWS
                )
            )
        page.append(
            [_cell(page, column, value) for column, value in zip(sheet.columns, row, strict=True)]
        )


def _cell(page: Any, column: Column, value: Value) -> Any:
    """Make a cell: numbers as numbers where a spreadsheet keeps them exactly, all else as text."""
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, str) and column.content in (Content.NUMBER, Content.WHOLE):
        digits = sum(character.isdigit() for character in value)
        if digits <= EXACT_DIGITS:
            return Decimal(value)
    text = xlsx_text(text_of(value))
    # A string is written as text, whatever it looks like, but for the names of spreadsheet errors.
    return _text_cell(page, text) if text.startswith("#") else text


def _text_cell(page: Any, text: str) -> Any:
    cell = WriteOnlyCell(page, value=xlsx_text(neutral(text)))
    cell.data_type = "s"
    return cell


def xlsx_text(text: str) -> str:
    """Replace what the format cannot hold; long texts end where a cell ends."""
    return _NOT_IN_XLSX.sub("\N{REPLACEMENT CHARACTER}", text)[:XLSX_CHARACTERS]


# --- JSON -----------------------------------------------------------------------------------------


def write_json(document: Document, path: Path) -> None:
    """Write one object: columns, rows as objects, and what explains them."""
    columns = document.sheet.columns
    with path.open("w", encoding="utf-8") as file:
        file.write('{"columns": ')
        json.dump([_column_json(column) for column in columns], file, ensure_ascii=False)
        file.write(',\n"rows": [')
        separator = "\n"
        for row in document.counted():
            named = {column.name: value for column, value in zip(columns, row, strict=True)}
            file.write(separator + json.dumps(named, ensure_ascii=False, allow_nan=False))
            separator = ",\n"
        file.write('\n],\n"about": ')
        json.dump(dict(document.explained()), file, ensure_ascii=False)
        file.write("}\n")


def _column_json(column: Column) -> dict[str, Any]:
    return {
        "name": column.name,
        "title": column.title,
        "content": str(column.content),
        "levels": [
            {"key": level.key, "code": level.code, "zh": level.label.zh, "en": level.label.en}
            for level in column.levels
        ],
    }


# --- Parquet --------------------------------------------------------------------------------------

_ARROW = {Content.NUMBER: pyarrow.float64(), Content.WHOLE: pyarrow.int64()}


def write_parquet(document: Document, path: Path) -> None:
    """Write a Parquet file; columns and explanations are in its metadata."""
    columns = document.sheet.columns
    schema = pyarrow.schema(
        [(column.name, _ARROW.get(column.content, pyarrow.string())) for column in columns]
    )
    with parquet.ParquetWriter(path, schema) as writer:
        for rows in _batches(document.counted()):
            arrays = [
                pyarrow.array([_arrow_value(column, row[position]) for row in rows], field.type)
                for position, (column, field) in enumerate(zip(columns, schema, strict=True))
            ]
            writer.write_batch(pyarrow.record_batch(arrays, schema=schema))
        writer.add_key_value_metadata(
            {
                "columns": json.dumps(
                    [_column_json(column) for column in columns], ensure_ascii=False
                ),
                "about": json.dumps(dict(document.explained()), ensure_ascii=False),
            }
        )


def _arrow_value(column: Column, value: Value) -> Any:
    if isinstance(value, str) and column.content is Content.NUMBER:
        return float(value)
    return ";".join(value) if isinstance(value, list) else value


def _batches(rows: Iterable[Sequence[Value]]) -> Iterator[list[Sequence[Value]]]:
    batch: list[Sequence[Value]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


WRITERS: dict[str, Callable[[Document, Path], None]] = {
    "csv": write_csv,
    "xlsx": write_xlsx,
    "json": write_json,
    "parquet": write_parquet,
}

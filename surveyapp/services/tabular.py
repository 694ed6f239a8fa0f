"""Tables people hand in: CSV (UTF-8 with or without BOM, GB18030), XLSX and Parquet, row by row.

Every cell arrives as text, and every row with the line a person finds it at.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet
from openpyxl.utils.exceptions import InvalidFileException
from pyarrow import ArrowException

from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message

CHUNK = 1 << 20
MAX_COLUMNS = 5000
_SMALL = 50_000_000
_PACKED_AT_MOST = 50
"""How many times smaller a workbook becomes by packing; what claims more is made to fill memory."""
_FEW_BLANKS = 5_000_000
Row = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table on disk.

    Attributes
    ----------
    header : tuple of str
        Column names.
    rows : callable
        Starts reading anew and yields (line, cells); the header is line 1. A row may be shorter or
        longer than the header: the caller decides.
    sha256 : str
        Of the file.
    """

    header: tuple[str, ...]
    rows: Callable[[], Iterator[Row]]
    sha256: str


def open_table(path: Path) -> Table:
    """Open a data file by the ending of its name.

    Raises
    ------
    BadInput
        It cannot be read as what its name says, or its header is unusable.
    """
    suffix = path.suffix.lower()
    readers = {".csv": _csv_rows, ".txt": _csv_rows, ".xlsx": _xlsx_rows, ".parquet": _parquet_rows}
    if suffix not in readers:
        raise BadInput(
            message("“%(name)s”: data files end in .csv, .xlsx or .parquet.", name=path.name)
        )
    try:
        sha256 = _sha256(path)
        read = readers[suffix](path)
        _, header = next(read(), (1, []))
    except (OSError, ValueError, KeyError, InvalidFileException, ArrowException) as error:
        raise _unreadable(path) from error
    _require_header(path, header)

    def body() -> Iterator[Row]:
        rows = read()
        next(rows)
        return rows

    return Table(tuple(header), body, sha256)


def _unreadable(path: Path) -> BadInput:
    return BadInput(
        message("“%(name)s” cannot be read: save it again as CSV (UTF-8) or XLSX.", name=path.name)
    )


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _require_header(path: Path, header: list[str]) -> None:
    if not any(header) or len(header) > MAX_COLUMNS:
        raise BadInput(
            message("“%(name)s”: line 1 must hold the names of the columns.", name=path.name)
        )
    twice = {column for column in header if header.count(column) > 1}
    if twice or "" in header:
        raise BadInput(
            message(
                "“%(name)s”: each column needs a name of its own in line 1 (%(column)s).",
                name=path.name,
                column=", ".join(sorted(twice)) or "?",
            )
        )


def _csv_rows(path: Path) -> Callable[[], Iterator[Row]]:
    encoding = _encoding(path)

    def read() -> Iterator[Row]:
        with path.open(encoding=encoding, newline="") as file:
            rows = csv.reader(file, strict=True)
            line = 1
            try:
                for cells in rows:
                    if any(cell.strip() for cell in cells):
                        yield line, [cell.strip() for cell in cells]
                    line = rows.line_num + 1
            except csv.Error as error:
                raise BadInput(
                    message(
                        "“%(name)s”, line %(line)s: the quotation marks do not match.",
                        name=path.name,
                        line=line,
                    )
                ) from error

    return read


def _encoding(path: Path) -> str:
    """Tell UTF-8 from GB18030 by reading the whole file as UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def _xlsx_rows(path: Path) -> Callable[[], Iterator[Row]]:
    unpacked = _unpacked(path)

    def read() -> Iterator[Row]:
        # A cell that holds something takes more than a byte of the file. Those that only lie
        # between two others take none: a small file could name millions of them.
        blanks = max(unpacked, _FEW_BLANKS)
        try:
            workbook = openpyxl.load_workbook(path, read_only=True, data_only=True)
        except Exception as error:  # openpyxl lets errors of zipfile, XML and its own through
            raise ValueError(path.name) from error
        try:
            sheet = workbook.worksheets[0]
            sheet.reset_dimensions()  # the size a file claims for itself is not trusted
            for line, row in enumerate(sheet.iter_rows(values_only=True), start=1):
                blanks -= row.count(None)
                if blanks < 0:
                    raise _unreadable(path)
                cells = [_as_text(cell) for cell in row]
                while cells and not cells[-1]:
                    cells.pop()
                if cells:
                    yield line, cells
        finally:
            workbook.close()

    return read


def _unpacked(path: Path) -> int:
    """Return the size of what is packed in a workbook.

    Raises
    ------
    BadInput
        It is packed as only files are that are made to fill the memory of whoever opens them.
    ValueError
        It is no workbook.
    """
    try:
        with zipfile.ZipFile(path) as parts:
            unpacked = sum(part.file_size for part in parts.infolist())
    # What zipfile raises for damaged and for unknown packing.
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise ValueError(path.name) from error
    if unpacked > max(_SMALL, _PACKED_AT_MOST * path.stat().st_size):
        raise _unreadable(path)
    return unpacked


def is_formula(path: Path, line: int, column: int) -> bool:
    """Whether a cell of a workbook holds a formula; without its result it reads as empty.

    Parameters
    ----------
    line, column : int
        Counted from 1.
    """
    if path.suffix.lower() != ".xlsx":
        return False
    workbook = openpyxl.load_workbook(path, read_only=True)
    try:
        rows = workbook.worksheets[0].iter_rows(
            min_row=line, max_row=line, min_col=column, max_col=column
        )
        return any(cell.data_type == "f" for row in rows for cell in row)
    finally:
        workbook.close()


def _parquet_rows(path: Path) -> Callable[[], Iterator[Row]]:
    def read() -> Iterator[Row]:
        with pyarrow.parquet.ParquetFile(path) as file:
            yield 1, list(file.schema_arrow.names)
            line = 2
            for batch in file.iter_batches():
                for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    yield line, [_as_text(cell) for cell in row]
                    line += 1

    return read


def _as_text(value: Any) -> str:
    """Write a cell as a person reads it: 5.0 is 5, a date is ISO, nothing is empty."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        midnight = value.hour == value.minute == value.second == 0
        return value.date().isoformat() if midnight else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()

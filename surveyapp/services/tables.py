"""Tables that make many things at once: their columns, their rows, and the workbook to fill in."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from surveyapp.domain.errors import BadInput
from surveyapp.domain.masking import neutral
from surveyapp.domain.messages import Message, message
from surveyapp.domain.text import Language, Text
from surveyapp.language import translate
from surveyapp.services.collection.importing import LineError
from surveyapp.services.exports.files import xlsx_text
from surveyapp.services.organisation.columns import EXAMPLES
from surveyapp.services.tabular import Table, open_table

MAX_ROWS = 5000
_HEADING = PatternFill("solid", fgColor="DCE8F5")
_GREY = Font(color="6B7785", italic=True)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table that people fill in.

    Attributes
    ----------
    name : str
        The key; it may stand as the heading too.
    heading : Text
    also : tuple of str
        What else the heading may be called, in lower case.
    note, example : Message, Text
        Stand in the workbook that is handed out.
    """

    name: str
    heading: Text
    note: Message
    example: Text
    required: bool = False
    also: tuple[str, ...] = ()


class InvalidTable(BadInput):
    """Rows that cannot be used, all of them at once; nothing was changed."""

    def __init__(self, problems: Sequence[LineError]) -> None:
        super().__init__(message("Nothing was changed: %(n)s rows are refused.", n=len(problems)))
        self.problems = tuple(problems)


def find_columns(table: Table, columns: Sequence[Column], *, others: bool = False) -> list[str]:
    """Return the name of each column of a table; of one that is not known its heading.

    Parameters
    ----------
    others : bool
        Whether other columns may stand there.

    Raises
    ------
    BadInput
        One is unknown, stands there twice or is missing.
    """
    known = {
        word: column.name
        for column in columns
        for word in (column.name, column.heading.zh, column.heading.en.casefold(), *column.also)
    }
    names = []
    for heading in table.header:
        name = known.get(heading.strip().rstrip("*").casefold())
        if (name is None and not others) or name in names:
            raise BadInput(
                message(
                    "Line 1: “%(column)s” is no column of this table, or stands there twice;"
                    " it has the columns %(columns)s.",
                    column=heading[:80],
                    columns="、".join(column.heading.zh for column in columns),
                )
            )
        names.append(name or heading)
    for column in columns:
        if column.required and column.name not in names:
            raise BadInput(
                message("Line 1: the column “%(column)s” is missing.", column=column.heading)
            )
    return names


def read_rows(path: Path, columns: Sequence[Column]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row of a file with its line, as texts by column.

    Raises
    ------
    BadInput
        The file cannot be read; see `find_columns` and `rows_of`.
    """
    table = open_table(path)
    yield from rows_of(table, find_columns(table, columns))


def rows_of(table: Table, names: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row as texts by column; lines marked as examples are left out.

    Raises
    ------
    BadInput
        There are too many rows, or none.
    """
    n = 0
    for line, cells in table.rows():
        row = dict.fromkeys(names, "") | dict(zip(names, cells, strict=False))
        if cells[0].casefold().startswith(EXAMPLES):
            continue
        n += 1
        if n > MAX_ROWS:
            raise BadInput(
                message("The table has more than %(most)s rows: divide it.", most=MAX_ROWS)
            )
        yield line, row
    if not n:
        raise BadInput(message("The table has no rows below its headings."))


def template(
    title: Text,
    columns: Sequence[Column],
    language: Language,
    examples: Sequence[Sequence[Text]] = (),
) -> bytes:
    """Make the workbook to fill in: headings with notes, and lines marked as examples.

    Parameters
    ----------
    examples : sequence of sequence of Text, optional
        Lines of one cell a column, where the examples of the columns are not enough.
    """
    lines = examples or [[column.example for column in columns]]
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = title.in_language(language)[:31]
    for index, column in enumerate(columns, start=1):
        mark = "*" if column.required else ""
        heading = sheet.cell(1, index, column.heading.in_language(language) + mark)
        heading.font = Font(bold=True)
        heading.fill = _HEADING
        note = Comment(translate(column.note, language), "surveyapp")
        note.width, note.height = 320, 120
        heading.comment = note
        for number, line in enumerate(lines, start=2):
            example = sheet.cell(number, index, line[index - 1].in_language(language))
            example.font = _GREY
            example.number_format = "@"
        letter = get_column_letter(index)
        sheet.column_dimensions[letter].width = 22
        # Keeps leading zeros and the last digits of long codes in whatever is typed below.
        sheet.column_dimensions[letter].number_format = "@"
    sheet.freeze_panes = "A2"
    return _saved(workbook)


def workbook_of(
    title: Text, headings: Sequence[str], rows: Sequence[Sequence[str]], language: Language
) -> bytes:
    """Write a table whose cells are all text, so that no spreadsheet runs what people wrote."""
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = title.in_language(language)[:31]
    for number, cells in enumerate([headings, *rows], start=1):
        for index, text in enumerate(cells, start=1):
            cell = sheet.cell(number, index, xlsx_text(neutral(text)))
            cell.data_type = "s"
            cell.number_format = "@"
            if number == 1:
                cell.font = Font(bold=True)
                cell.fill = _HEADING
                sheet.column_dimensions[get_column_letter(index)].width = 24
    sheet.freeze_panes = "A2"
    return _saved(workbook)


def _saved(workbook: Workbook) -> bytes:
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def missing(row: Mapping[str, str], columns: Sequence[Column]) -> Message | None:
    """Say which required cell of a row is empty, None where none is."""
    for column in columns:
        if column.required and not row[column.name].strip():
            return message("“%(column)s” is empty.", column=column.heading)
    return None

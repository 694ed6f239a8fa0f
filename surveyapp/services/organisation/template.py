"""The workbook that is handed out to be filled in."""

from __future__ import annotations

import io

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from surveyapp.domain.messages import Message, message
from surveyapp.domain.organisation import Sheet
from surveyapp.domain.text import Language
from surveyapp.language import translate
from surveyapp.services.organisation.columns import COLUMNS, TITLES

_TEXT_FORMAT = "@"
_HEADING = PatternFill("solid", fgColor="DCE8F5")
_GREY = Font(color="6B7785", italic=True)
_INTRODUCTIONS: dict[Sheet, Message] = {
    Sheet.UNITS: message(
        "One row for each unit. Units that are not listed stay as they are; none is removed."
        " Lines that begin with “example” are left out."
    ),
    Sheet.WINDOWS: message(
        "One row for each window, under the code of its unit."
        " Lines that begin with “example” are left out."
    ),
    Sheet.ACCOUNTS: message(
        "One row for each person. New accounts get a one-time password that is shown once."
        " Lines that begin with “example” are left out."
    ),
}


def organisation_template(language: Language) -> bytes:
    """Make the workbook: three sheets with headings, notes, and a line marked as an example."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for sheet in Sheet:
        _fill(workbook.create_sheet(TITLES[sheet].in_language(language)), sheet, language)
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def _fill(worksheet: Worksheet, sheet: Sheet, language: Language) -> None:
    columns = COLUMNS[sheet]
    worksheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(columns))
    introduction = worksheet.cell(1, 1, translate(_INTRODUCTIONS[sheet], language))
    introduction.alignment = Alignment(wrap_text=True, vertical="top")
    worksheet.row_dimensions[1].height = 48
    for index, column in enumerate(columns, start=1):
        mark = "*" if column.required else ""
        heading = worksheet.cell(2, index, column.heading.in_language(language) + mark)
        heading.font = Font(bold=True)
        heading.fill = _HEADING
        note = Comment(translate(column.note, language), "surveyapp")
        note.width, note.height = 320, 120
        heading.comment = note
        example = worksheet.cell(3, index, column.example.in_language(language))
        example.font = _GREY
        letter = get_column_letter(index)
        worksheet.column_dimensions[letter].width = 26
        # Keeps leading zeros and the last digits of long codes in whatever is typed below.
        worksheet.column_dimensions[letter].number_format = _TEXT_FORMAT
        example.number_format = _TEXT_FORMAT
    worksheet.freeze_panes = "A3"

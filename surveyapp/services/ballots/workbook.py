"""The 汇总表 as a workbook: a worksheet for each sheet of the ballot, A3 across when printed."""

from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from surveyapp.domain.masking import neutral
from surveyapp.domain.text import Language, Text
from surveyapp.services.ballots.annex import ANNEX, WIDTHS, annex_parts
from surveyapp.services.ballots.figures import BallotResult, shown
from surveyapp.services.ballots.tabulation import tabulations
from surveyapp.services.ballots.tabulation_cells import Cell, Score, Share, Table, written
from surveyapp.services.ballots.tabulation_head import Fact, Head, foot_of, head_facts
from surveyapp.services.exports.files import xlsx_text

_HEADING: Final = PatternFill("solid", fgColor="DCE8F5")
_LINE: Final = Side(style="thin", color="8A94A0")
_FRAME: Final = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_CENTRE: Final = Alignment(horizontal="center", vertical="center", wrap_text=True)
_LEFT: Final = Alignment(vertical="center", wrap_text=True)
_FORBIDDEN_IN_TITLES: Final = str.maketrans(dict.fromkeys("[]:*?/\\", "_"))
_A3: Final = 8


def tabulation_workbook(result: BallotResult, head: Head, language: Language) -> bytes:
    """Write the 汇总表 of a vote.

    Parameters
    ----------
    head : Head
        Which unit, when and where.
    """
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for one in tabulations(result):
        sheet = add_sheet(workbook, one.sheet.title.in_language(language))
        writer = SheetWriter(sheet, language, max(table.width for table in one.tables))
        title = result.definition.title.in_language(language)
        several = len(result.sheets) > 1
        writer.title(
            f"{title} {one.sheet.title.in_language(language)}" if several else title,
            Text("汇总表", "Tabulation"),
        )
        writer.facts(head_facts(result, head))
        writer.table(one.ballots)
        for table in one.tables:
            writer.table(table)
        writer.facts(foot_of(result, one.sheet))
        writer.finish()
    parts = annex_parts(result)
    if parts:
        sheet = add_sheet(workbook, ANNEX.in_language(language))
        writer = SheetWriter(sheet, language, len(WIDTHS))
        writer.title(result.definition.title.in_language(language), ANNEX)
        for part in parts:
            writer.table(part.table)
            writer.facts(part.facts)
        writer.finish(WIDTHS)
    return saved(workbook)


def add_sheet(workbook: Workbook, title: str) -> Worksheet:
    """Add a worksheet with a name that a spreadsheet takes and that no other has."""
    name = xlsx_text(title).translate(_FORBIDDEN_IN_TITLES).strip("'")[:31] or "Sheet"
    sheet: Worksheet = workbook.create_sheet(name)
    return sheet


def saved(workbook: Workbook) -> bytes:
    """Return the file."""
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


class SheetWriter:
    """Writes tables one below the other."""

    def __init__(self, sheet: Worksheet, language: Language, width: int) -> None:
        self._sheet = sheet
        self._language = language
        self._width = max(width, 8)
        self._row = 1

    def title(self, title: str, kind: Text) -> None:
        """Write the title over the whole width."""
        cell = self._text(self._row, 1, f"{title} {kind.in_language(self._language)}")
        cell.font = Font(bold=True, size=16)
        cell.alignment = _CENTRE
        self._merge(self._row, 1, 1, self._width)
        self._sheet.row_dimensions[self._row].height = 30
        self._row += 1

    def facts(self, facts: Sequence[Fact]) -> None:
        """Write lines of name and value over the whole width."""
        for one in facts:
            name = one.name.in_language(self._language)
            mark = "：" if self._language == "zh" else ": "
            cell = self._text(self._row, 1, f"{name}{mark}{written(one.value, self._language)}")
            cell.alignment = _LEFT
            self._merge(self._row, 1, 1, self._width)
            self._row += 1
        self._row += 1

    def table(self, table: Table) -> None:
        """Write one table with its title."""
        cell = self._text(self._row, 1, table.title.in_language(self._language))
        cell.font = Font(bold=True, size=12)
        if table.note is not None:
            self._row += 1
            self._text(self._row, 1, written(table.note, self._language))
        self._row += 1
        rows = table.heading_rows()
        for level, headings in enumerate(rows):
            for one in headings:
                self._heading(self._row + level, one.column + 1, one.title, one.rows, one.columns)
        self._row += len(rows)
        for cells in table.rows:
            for column, value in enumerate(cells, start=1):
                self._cell(self._row, column, value)
            self._row += 1
        self._row += 1

    def _heading(self, row: int, column: int, title: Text, rows: int, columns: int) -> None:
        for down in range(rows):
            for right in range(columns):
                cell = self._sheet.cell(row + down, column + right)
                cell.border, cell.fill = _FRAME, _HEADING
        cell = self._text(row, column, title.in_language(self._language))
        cell.font = Font(bold=True)
        cell.alignment = _CENTRE
        self._merge(row, column, rows, columns)

    def _cell(self, row: int, column: int, value: Cell) -> None:
        """Write one cell; figures stay numbers, rounded half-up as they are shown."""
        if isinstance(value, Share) and value.value is not None:
            cell = self._sheet.cell(row, column, float(_rounded(value.value, 4)))
            cell.number_format = "0.00%"
        elif isinstance(value, Score) and value.value is not None:
            cell = self._sheet.cell(row, column, float(_rounded(value.value, 3)))
            cell.number_format = "0.000"
        elif isinstance(value, int):
            cell = self._sheet.cell(row, column, value)
        else:
            cell = self._text(row, column, written(value, self._language))
        cell.border = _FRAME
        is_text = isinstance(value, Text | tuple) and column > 1
        cell.alignment = _LEFT if is_text else _CENTRE

    def _text(self, row: int, column: int, text: str) -> Any:
        """Write text that no spreadsheet runs as a formula."""
        cell = self._sheet.cell(row, column, xlsx_text(neutral(text)))
        cell.data_type = "s"
        return cell

    def _merge(self, row: int, column: int, rows: int, columns: int) -> None:
        if rows * columns > 1:
            self._sheet.merge_cells(
                start_row=row,
                start_column=column,
                end_row=row + rows - 1,
                end_column=column + columns - 1,
            )

    def finish(self, widths: Sequence[float] = ()) -> None:
        """Set widths, and the page: A3 across, all columns on it."""
        for column in range(1, self._width + 1):
            width = widths[column - 1] if column <= len(widths) else 9.5
            self._sheet.column_dimensions[get_column_letter(column)].width = width
        if not widths:
            for column, width in ((1, 12), (2, 14), (3, 18), (self._width, 26)):
                self._sheet.column_dimensions[get_column_letter(column)].width = width
        setup = self._sheet.page_setup
        setup.orientation, setup.paperSize = "landscape", _A3
        setup.fitToWidth, setup.fitToHeight = 1, 0
        self._sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        self._sheet.print_options.horizontalCentered = True


def _rounded(value: Fraction, decimals: int) -> Fraction:
    return Fraction(shown(value, decimals))

"""Workbooks around cases: the ledger, the register of slips, and the table of a year's holidays.

Every cell that holds what people wrote is text, so that no spreadsheet runs it.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.case import CALL_BACK_NAMES, FINDING_NAMES, REMEDY_NAMES, RULING_NAMES
from surveyapp.domain.masking import masked, neutral
from surveyapp.domain.messages import Message, message
from surveyapp.domain.slips import COLOUR_NAMES, CONCLUSION_NAMES, Conclusion
from surveyapp.domain.text import Language, Text
from surveyapp.language import translate
from surveyapp.services.auditing import record_event
from surveyapp.services.cases.calendar import SpecialDay
from surveyapp.services.cases.casework import Casework
from surveyapp.services.cases.views import (
    LEDGER_COLUMNS,
    CaseFilters,
    LedgerRow,
    SlipLine,
    SlipRegister,
)
from surveyapp.services.exports.files import xlsx_text
from surveyapp.storage.database import Database

LEDGER_TITLE = Text("差评核查整改台账", "Ledger of bad reviews put right")
REGISTER_TITLE = Text("交办单、督办单登记簿", "Register of slips")
NAMED = Text("实名", "Named")
ANONYMOUS = Text("匿名", "Anonymous")
YES = Text("是", "Yes")
NO = Text("否", "No")

REGISTER_COLUMNS: tuple[Text, ...] = (
    Text("序号", "No."),
    Text("编号", "Slip"),
    Text("类别", "Kind"),
    Text("事项编号", "Matter number"),
    Text("督办事项", "Matter"),
    Text("承办单位", "Unit"),
    Text("责任人", "Responsible person"),
    Text("签发人", "Signed by"),
    Text("签发日期", "Issued"),
    Text("办理时限", "Deadline"),
    Text("签收人", "Received by"),
    Text("签收日期", "Received"),
    Text("结论", "Conclusion"),
    Text("核验人", "Verified by"),
    Text("约谈人次", "People talked to"),
    Text("组织处理人次", "People dealt with"),
    Text("备注", "Note"),
)
CALENDAR_COLUMNS: tuple[Text, ...] = (
    Text("日期", "day"),
    Text("类型", "kind"),
    Text("名称", "name"),
)
_KINDS: Mapping[bool, Text] = {False: Text("放假", "holiday"), True: Text("上班", "workday")}

_LEDGER_WIDTHS = (
    6, 15, 12, 12, 16, 18, 18, 14, 11, 24, 30, 10, 12, 10, 11, 18, 11, 30, 12, 12, 12, 12, 11, 12,
    12, 9,
)  # fmt: skip
_REGISTER_WIDTHS = (6, 18, 11, 15, 34, 20, 12, 11, 12, 12, 11, 12, 9, 11, 9, 11, 24)
A3, A4 = 8, 9
_HEADING = PatternFill("solid", fgColor="E3ECF6")
_THIN = Side(style="thin", color="9AA7B5")
_FRAME = Border(_THIN, _THIN, _THIN, _THIN)

Cell = str | int | date | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a title, as it is printed.

    Attributes
    ----------
    widths : sequence of int
        Of the columns, in characters.
    frozen : int
        How many columns stay in sight.
    paper : int
        As spreadsheets number it: `A3` or `A4`, landscape.
    below : sequence of str
        Sentences under the table.
    """

    title: Text
    columns: Sequence[Text]
    widths: Sequence[int]
    frozen: int
    paper: int
    rows: Sequence[Sequence[Cell]]
    below: Sequence[str] = ()


class CaseFiles:
    """Use cases that hand out workbooks; each one is logged."""

    def __init__(self, database: Database, casework: Casework, now: Callable[[], datetime]) -> None:
        self._database = database
        self._casework = casework
        self._now = now

    def ledger(self, staff: StaffView, filters: CaseFilters, language: Language) -> bytes:
        """Return the ledger of the cases somebody may see and asks for (XLSX).

        Raises
        ------
        NotAllowed, NotFound
        """
        rows = self._casework.ledger(staff, filters)
        self._log(staff, "cases.export", "ledger", len(rows))
        cells = [ledger_cells(row, language) for row in rows]
        return workbook_of(
            Table(LEDGER_TITLE, LEDGER_COLUMNS, _LEDGER_WIDTHS, 2, A3, cells), language
        )

    def register(self, staff: StaffView, year: int | None, language: Language) -> bytes:
        """Return the register of slips with its totals (XLSX).

        Raises
        ------
        NotAllowed
        """
        register = self._casework.register(staff, year)
        self._log(staff, "cases.export", "register", len(register.lines))
        cells = [
            register_cells(number, line, language)
            for number, line in enumerate(register.lines, start=1)
        ]
        totals = [translate(total, language) for total in register_totals(register)]
        table = Table(
            REGISTER_TITLE, REGISTER_COLUMNS, _REGISTER_WIDTHS, 2, A4, cells, below=totals
        )
        return workbook_of(table, language)

    def _log(self, staff: StaffView, action: str, target: str, rows: int) -> None:
        with self._database.writing() as work:
            record_event(work, staff.actor, action, target, {"rows": rows}, now=self._now())


def ledger_cells(row: LedgerRow, language: Language) -> tuple[Cell, ...]:
    """Return the 26 cells of a row of the ledger, in the order of `LEDGER_COLUMNS`."""

    def say(text: Text | None) -> str | None:
        return None if text is None else text.in_language(language)

    return (
        row.number,
        row.review_number,
        row.reviewed_on,
        say(row.channel),
        row.case_number,
        row.item,
        row.unit,
        row.window,
        say(row.level),
        ("；" if language == "zh" else "; ").join(say(reason) or "" for reason in row.reasons),
        masked(row.comment),
        say(NAMED if row.is_named else ANONYMOUS),
        row.verified_on,
        say(FINDING_NAMES[row.finding] if row.finding else None),
        say(REMEDY_NAMES[row.remedy] if row.remedy else None),
        row.responsible_unit,
        row.responsible_person,
        row.measures,
        row.due_on,
        row.done_on,
        row.answered_on,
        row.called_back_on,
        say(CALL_BACK_NAMES[row.call_back] if row.call_back else None),
        say(RULING_NAMES[row.ruling] if row.ruling else None),
        row.closed_on,
        say(YES if row.is_overdue else NO),
    )


def register_cells(number: int, line: SlipLine, language: Language) -> tuple[Cell, ...]:
    """Return the cells of a line of the register, in the order of `REGISTER_COLUMNS`."""
    conclusion = CONCLUSION_NAMES[Conclusion(line.conclusion)] if line.conclusion else None
    return (
        number,
        line.number,
        COLOUR_NAMES[line.colour].in_language(language),
        line.case_number or line.item_number,
        line.matter,
        line.unit_name,
        line.person,
        line.signed_by,
        line.issued_on,
        line.due_on,
        line.received_by,
        line.received_on,
        conclusion.in_language(language) if conclusion else None,
        line.verified_by,
        line.talks,
        line.sanctions,
        line.note,
    )


def register_totals(register: SlipRegister) -> tuple[Message, Message]:
    """Return the totals of the register as two sentences."""
    colours = {str(colour): register.by_colour.get(colour, 0) for colour in COLOUR_NAMES}
    return (
        message(
            "Slips: %(n)s (orders %(white)s, blue reminders %(blue)s, yellow warnings %(yellow)s,"
            " red supervision %(red)s).",
            n=len(register.lines),
            **colours,
        ),
        message(
            "People talked to: %(talks)s; people dealt with: %(sanctions)s.",
            talks=register.talks,
            sanctions=register.sanctions,
        ),
    )


def calendar_template(year: int, days: Iterable[SpecialDay], language: Language) -> bytes:
    """Return the table of a year's holidays to fill in (XLSX).

    Parameters
    ----------
    days : iterable of SpecialDay
        What is known of the year, else of an earlier one as an example.
    """
    rows = [
        (one.day.isoformat(), _KINDS[one.is_working].in_language(language), one.name)
        for one in days
    ]
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = str(year)
    _put_row(sheet, 1, [column.in_language(language) for column in CALENDAR_COLUMNS])
    for column, width in zip("ABC", (16, 12, 24), strict=True):
        sheet[f"{column}1"].font = Font(bold=True)
        sheet[f"{column}1"].fill = _HEADING
        sheet.column_dimensions[column].width = width
        # What is typed below stays as it was typed.
        sheet.column_dimensions[column].number_format = "@"
    for number, row in enumerate(rows, start=2):
        _put_row(sheet, number, row)
    sheet.freeze_panes = "A2"
    return _saved(workbook)


def workbook_of(table: Table, language: Language) -> bytes:
    """Return a table as a workbook to print (XLSX); what people wrote is text in every cell."""
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    title = table.title.in_language(language)
    sheet.title = title[:31]
    last = get_column_letter(len(table.columns))
    sheet.merge_cells(f"A1:{last}1")
    sheet["A1"] = title
    sheet["A1"].font = Font(bold=True, size=18)
    sheet["A1"].alignment = Alignment(horizontal="center", vertical="center")
    sheet.row_dimensions[1].height = 34
    _put_row(sheet, 2, [column.in_language(language) for column in table.columns])
    for number, row in enumerate(table.rows, start=3):
        _put_row(sheet, number, row)
    for number, width in enumerate(table.widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    for cells in sheet.iter_rows(min_row=2, max_row=2 + len(table.rows)):
        for cell in cells:
            cell.border = _FRAME
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for cell in sheet[2]:
        cell.font = Font(bold=True)
        cell.fill = _HEADING
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    for number, sentence in enumerate(table.below, start=4 + len(table.rows)):
        _put_row(sheet, number, [sentence])
    _set_paper(sheet, table)
    return _saved(workbook)


def _set_paper(sheet: Worksheet, table: Table) -> None:
    sheet.freeze_panes = f"{get_column_letter(table.frozen + 1)}3"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = table.paper
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:2"


def _put_row(sheet: Worksheet, number: int, cells: Iterable[Cell]) -> None:
    for column, value in enumerate(cells, start=1):
        cell = sheet.cell(number, column)
        if isinstance(value, str):
            cell.value = xlsx_text(neutral(value))
            cell.data_type = "s"
        elif value is not None:
            cell.value = value
            if isinstance(value, date):
                cell.number_format = "yyyy-mm-dd"


def _saved(workbook: Workbook) -> bytes:
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()

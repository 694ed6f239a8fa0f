"""A feedback sheet as a table: XLSX to work with, CSV for other programs."""

from __future__ import annotations

import codecs
from datetime import date
from fractions import Fraction
from uuid import UUID

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.decimals import fixed_text
from surveyapp.domain.feedback import SheetLine
from surveyapp.domain.masking import neutral
from surveyapp.domain.messages import Message, message
from surveyapp.domain.text import Language, Text
from surveyapp.language import translate
from surveyapp.services.assessment.item_files import LIST_TITLE, item_cells
from surveyapp.services.assessment.sheets import Sheet, Sheets
from surveyapp.services.auditing import record_event
from surveyapp.services.cases.desk import CaseDesk
from surveyapp.services.cases.files import A4, Cell, Table, workbook_of
from surveyapp.services.exports.files import csv_line

SHEET_TITLE = Text("综合考核反馈单", "Feedback sheet")
UNDECIDED = message("Computed result, for study and reference; not the final grade.")

SHEET_COLUMNS: tuple[Text, ...] = (
    Text("序号", "No."),
    Text("类别", "Group"),
    Text("指标", "Indicator"),
    Text("数值", "Value"),
    Text("计量单位", "Unit"),
    Text("得分", "Points"),
    Text("分值", "Weight"),
    Text("得分率（%）", "Share (%)"),
    Text("同类平均得分率（%）", "Mean share of the category (%)"),
    Text("同类最高得分率（%）", "Best share of the category (%)"),
    Text("同类位次", "Place"),
    Text("评价", "Remark"),
)
_WIDTHS = (6, 16, 30, 12, 10, 10, 10, 12, 14, 14, 10, 12)
_STRONG = Text("优势", "Strength")
_WEAK = Text("短板", "Weakness")


class SheetFiles:
    """Use cases that hand out feedback sheets; taking one out is logged."""

    def __init__(self, desk: CaseDesk, sheets: Sheets) -> None:
        self._desk = desk
        self._sheets = sheets

    def workbook(self, staff: StaffView, run_id: UUID, code: str, language: Language) -> bytes:
        """Return a sheet as a workbook (XLSX), its matters and sentences below.

        Raises
        ------
        NotFound
        """
        sheet = self._sheets.sheet(staff, run_id, code)
        self._log(staff, sheet, "xlsx")
        title = Text(
            f"{sheet.unit['name']} {SHEET_TITLE.zh}", f"{sheet.unit['name']} {SHEET_TITLE.en}"
        )
        below = [translate(one, language) for one in sheet_sentences(sheet)]
        if sheet.items:
            below.append(LIST_TITLE.in_language(language))
            below += [
                _joined(item_cells(n, one, language)) for n, one in enumerate(sheet.items, start=1)
            ]
        table = Table(
            title, SHEET_COLUMNS, _WIDTHS, 3, A4, sheet_rows(sheet, language), below=below
        )
        return workbook_of(table, language)

    def csv(self, staff: StaffView, run_id: UUID, code: str, language: Language) -> bytes:
        """Return the indicators of a sheet as CSV in UTF-8 with a byte order mark.

        Raises
        ------
        NotFound
        """
        sheet = self._sheets.sheet(staff, run_id, code)
        self._log(staff, sheet, "csv")
        lines = [csv_line([column.in_language(language) for column in SHEET_COLUMNS])]
        for row in sheet_rows(sheet, language):
            lines.append(csv_line(["" if cell is None else neutral(str(cell)) for cell in row]))
        return codecs.BOM_UTF8 + b"".join(lines)

    def _log(self, staff: StaffView, sheet: Sheet, kind: str) -> None:
        detail = {"format": kind, "for": sheet.unit["unit"], "period": str(sheet.run.period)}
        with self._desk.database.writing() as work:
            record_event(
                work, staff.actor, "sheet.export", sheet.run.scheme_key, detail,
                now=self._desk.now(),
            )  # fmt: skip


def sheet_rows(sheet: Sheet, language: Language) -> list[tuple[Cell, ...]]:
    """Return the rows of a sheet, in the order of `SHEET_COLUMNS`."""
    groups = {group.key: group.title for group in sheet.scheme.groups}
    return [
        _row(number, line, groups[line.indicator.group], language)
        for number, line in enumerate(sheet.lines, start=1)
    ]


def _row(number: int, line: SheetLine, group: Text, language: Language) -> tuple[Cell, ...]:
    remark = _STRONG if line.is_strong else _WEAK if line.is_weak else None
    unit = line.indicator.unit
    return (
        number,
        group.in_language(language),
        line.indicator.title.in_language(language),
        None if line.value is None else fixed_text(Fraction(line.value)),
        None if unit is None else unit.in_language(language),
        fixed_text(line.points),
        fixed_text(line.weight),
        share_text(line.share),
        share_text(line.mean),
        share_text(line.best),
        None if line.place is None else f"{line.place}/{line.of}",
        None if remark is None else remark.in_language(language),
    )


def share_text(share: Fraction | None) -> str | None:
    """Write a share in percent with one decimal."""
    return None if share is None else fixed_text(share * 100, 1)


def sheet_sentences(sheet: Sheet) -> list[Message]:
    """Return what stands under a sheet: where the score stands, the grade, how sure it is."""
    found: list[Message] = []
    if sheet.decision is None:
        found.append(UNDECIDED)
    else:
        found.append(
            message(
                "Decided grade: %(grade)s (%(authority)s, %(day)s, minutes %(minutes)s).",
                grade=sheet.decision.title,
                authority=sheet.decision.meeting.authority,
                day=_day(sheet.decision.meeting.met_on),
                minutes=sheet.decision.meeting.minutes,
            )
        )
    if sheet.suggested is not None:
        found.append(message("Suggested grade: %(grade)s.", grade=sheet.suggested))
    return [*found, *sheet.sentences]


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _joined(cells: tuple[Cell, ...]) -> str:
    return " | ".join("" if cell is None else str(cell) for cell in cells)

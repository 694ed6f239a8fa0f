"""The list of matters being put right (整改清单) as a table and as a workbook."""

from __future__ import annotations

from dataclasses import replace

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.rectification import SOURCE_NAMES, STATE_NAMES, ItemState
from surveyapp.domain.text import Language, Text
from surveyapp.services.assessment.item_views import ItemFilters, ItemLine
from surveyapp.services.assessment.rectifying import Rectifying
from surveyapp.services.auditing import record_event
from surveyapp.services.cases.desk import CaseDesk
from surveyapp.services.cases.files import A4, NO, YES, Cell, Table, workbook_of

LIST_TITLE = Text("整改清单", "Rectification list")

LIST_COLUMNS: tuple[Text, ...] = (
    Text("序号", "No."),
    Text("事项编号", "Matter number"),
    Text("来源", "Comes from"),
    Text("单位", "Unit"),
    Text("问题", "Problem"),
    Text("具体表现", "In detail"),
    Text("责任主体", "Responsible unit"),
    Text("责任人", "Responsible person"),
    Text("整改目标", "Goal"),
    Text("整改期限", "Deadline"),
    Text("状态", "State"),
    Text("是否按期", "In time"),
    Text("销号日期", "Settled on"),
)
_WIDTHS = (6, 18, 12, 20, 22, 30, 20, 11, 28, 12, 12, 9, 12)


class ItemFiles:
    """Use cases that hand out the list; taking it out is logged."""

    def __init__(self, desk: CaseDesk, rectifying: Rectifying) -> None:
        self._desk = desk
        self._rectifying = rectifying

    def table(self, staff: StaffView, filters: ItemFilters, language: Language) -> Table:
        """Return every matter that somebody may see and asks for.

        Raises
        ------
        NotAllowed
        """
        lines: list[ItemLine] = []
        page = self._rectifying.inbox(staff, replace(filters, page=1))
        lines += page.lines
        for number in range(2, page.pages + 1):
            lines += self._rectifying.inbox(staff, replace(filters, page=number)).lines
        rows = [item_cells(n, line, language) for n, line in enumerate(lines, start=1)]
        return Table(LIST_TITLE, LIST_COLUMNS, _WIDTHS, 2, A4, rows)

    def workbook(self, staff: StaffView, filters: ItemFilters, language: Language) -> bytes:
        """Return the list as a workbook (XLSX).

        Raises
        ------
        NotAllowed
        """
        table = self.table(staff, filters, language)
        with self._desk.database.writing() as work:
            detail = {"rows": len(table.rows)}
            record_event(work, staff.actor, "items.export", "", detail, now=self._desk.now())
        return workbook_of(table, language)


def item_cells(number: int, line: ItemLine, language: Language) -> tuple[Cell, ...]:
    """Return the cells of a line, in the order of `LIST_COLUMNS`."""
    in_time = None
    if line.is_overdue or line.in_time is False:
        in_time = NO
    elif line.in_time and line.state is not ItemState.RECTIFYING:
        in_time = YES
    return (
        number,
        line.number,
        SOURCE_NAMES[line.origin.source].in_language(language),
        line.unit_name,
        line.title,
        line.problem,
        line.responsible_unit_name,
        line.responsible_person,
        line.goal,
        line.due_on,
        STATE_NAMES[line.state].in_language(language),
        in_time.in_language(language) if in_time else None,
        line.closed_on,
    )

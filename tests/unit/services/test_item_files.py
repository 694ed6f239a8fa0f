"""The list of matters as a table and as a workbook."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from surveyapp.domain.errors import NotAllowed
from surveyapp.domain.rectification import ItemSource, ItemState
from surveyapp.domain.rectification_fields import NewItem
from surveyapp.services.assessment import item_reading
from surveyapp.services.assessment.item_files import LIST_COLUMNS, item_cells
from surveyapp.services.assessment.item_views import ItemFilters, ItemLine, Origin
from tests.support.cases import ANALYST, EDITOR, CaseBook, a_case_book

LINE = ItemLine(
    number="ZG2026-AAAAAAAA",
    origin=Origin(ItemSource.INDICATOR, "counties", "2026Q3", "waiting"),
    title="等候时间长",
    problem="=1+1",
    unit_code="511",
    unit_name="政务服务中心",
    responsible_unit="511",
    responsible_unit_name="政务服务中心",
    responsible_person="李明",
    goal="20 分钟",
    state=ItemState.RECTIFYING,
    opened_on=date(2026, 11, 9),
    due_on=date(2026, 11, 30),
    is_overdue=False,
    in_time=None,
    closed_on=None,
    colour=None,
)


@pytest.fixture
def book(sqlite_url: str, tmp_path: Path) -> Iterator[CaseBook]:
    with a_case_book(sqlite_url, tmp_path) as made:
        yield made


def test_a_line_reads_in_either_language() -> None:
    cells = item_cells(1, LINE, "zh")
    assert len(cells) == len(LIST_COLUMNS)
    assert (cells[2], cells[9:]) == ("指标预警", (date(2026, 11, 30), "整改中", None, None))
    assert item_cells(1, replace(LINE, is_overdue=True), "zh")[11] == "否"
    assert item_cells(1, replace(LINE, in_time=True), "en")[11] is None
    closed = replace(LINE, in_time=True, state=ItemState.CLOSED)
    assert item_cells(1, closed, "en")[11] == "Yes"
    assert item_cells(1, replace(LINE, in_time=False), "en")[11] == "No"


def test_the_workbook_holds_every_page_and_runs_no_formula(
    book: CaseBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(item_reading, "PAGE_SIZE", 2)
    due_on = book.today + timedelta(days=9)
    new = NewItem("等候时间长", "=1+1", "511", "", "李明", "20 分钟", due_on)
    for _ in range(5):
        book.services.rectifying.open(EDITOR, new, Origin(ItemSource.SHEET))
    content = book.services.item_files.workbook(EDITOR, ItemFilters(page=2), "zh")
    sheet = openpyxl.load_workbook(BytesIO(content)).worksheets[0]
    assert [cell.value for cell in sheet[2]] == [column.zh for column in LIST_COLUMNS]
    assert [row[0].value for row in sheet.iter_rows(min_row=3)] == [1, 2, 3, 4, 5]
    assert str(sheet["F3"].value).startswith("'=1+1")
    with pytest.raises(NotAllowed):
        book.services.item_files.workbook(ANALYST, ItemFilters(), "zh")

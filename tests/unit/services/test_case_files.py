"""Workbooks around cases: the ledger, the register, the table of holidays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from surveyapp.domain import case_fields as given
from surveyapp.domain.case import CallBack, Finding, Remedy, Ruling
from surveyapp.domain.errors import NotAllowed
from surveyapp.domain.roles import Role
from surveyapp.domain.slips import Colour, Consequences
from surveyapp.domain.text import Text
from surveyapp.language import translate
from surveyapp.services.cases.calendar import SpecialDay
from surveyapp.services.cases.files import (
    REGISTER_COLUMNS,
    calendar_template,
    ledger_cells,
    register_cells,
    register_totals,
)
from surveyapp.services.cases.views import LEDGER_COLUMNS, CaseFilters, LedgerRow, SlipRegister
from tests.builders import Clock, services_on
from tests.support.case_site import CaseSite, a_case_site

ROW = LedgerRow(
    number=7,
    review_number="2026-ABCD2345",
    reviewed_on=date(2026, 11, 23),
    channel=Text("二维码", "QR code"),
    case_number="B-1",
    item="社保转移",
    unit="人社局",
    window="3号",
    level=Text("不满意", "Dissatisfied"),
    reasons=(Text("排队久", "Long queue"), Text("态度差", "Rude")),
    comment="我的电话13812345678",
    is_named=True,
    verified_on=date(2026, 11, 24),
    finding=Finding.PARTLY,
    remedy=Remedy.AT_ONCE,
    responsible_unit="人社局",
    responsible_person="刘主任",
    measures="培训",
    due_on=date(2026, 11, 30),
    done_on=date(2026, 11, 25),
    answered_on=date(2026, 11, 26),
    called_back_on=date(2026, 11, 27),
    call_back=CallBack.SATISFIED,
    ruling=Ruling.VALID,
    closed_on=date(2026, 11, 28),
    is_overdue=True,
)


@pytest.fixture
def hall(sqlite_url: str, tmp_path: Path) -> Iterator[CaseSite]:
    clock = Clock()
    services = services_on(sqlite_url, tmp_path / "instance", clock)
    yield a_case_site(services, clock)
    services.database.dispose()


def sheet_of(content: bytes) -> Worksheet:
    return openpyxl.load_workbook(BytesIO(content)).worksheets[0]


def test_a_row_of_the_ledger_reads_in_either_language() -> None:
    chinese = ledger_cells(ROW, "zh")
    days = [date(2026, 11, day) for day in range(23, 31)]
    assert chinese == (
        7, "2026-ABCD2345", days[0], "二维码", "B-1", "社保转移", "人社局", "3号",
        "不满意", "排队久；态度差", "我的电话【已隐去】", "实名", days[1], "部分属实",
        "立行立改", "人社局", "刘主任", "培训", days[7], days[2], days[3], days[4],
        "满意", "有效", days[5], "是",
    )  # fmt: skip
    english = ledger_cells(ROW, "en")
    assert len(chinese) == len(english) == len(LEDGER_COLUMNS)
    assert (english[9], english[11], english[25]) == ("Long queue; Rude", "Named", "Yes")


def test_what_has_not_happened_is_an_empty_cell(hall: CaseSite) -> None:
    hall.review()
    office = hall.view(hall.staff(Role.EDITOR))
    (row,) = hall.services.casework.ledger(office, CaseFilters())
    cells = ledger_cells(row, "zh")
    assert cells[12:18] == (None,) * 6
    assert (cells[11], cells[25]) == ("匿名", "否")


def test_the_ledger_is_a_sheet_to_print_that_runs_no_formula(hall: CaseSite) -> None:
    hall.review(comment="=1+1\x0b")
    office = hall.view(hall.staff(Role.EDITOR))
    sheet = sheet_of(hall.services.case_files.ledger(office, CaseFilters(), "zh"))
    assert [cell.value for cell in sheet[2]] == [column.zh for column in LEDGER_COLUMNS]
    assert sheet["K3"].data_type == "s"
    assert str(sheet["K3"].value).startswith("'=1+1")
    assert sheet["C3"].number_format == "yyyy-mm-dd"
    assert sheet.print_title_rows == "$1:$2"
    assert sheet.sheet_properties.pageSetUpPr is not None


def test_the_register_ends_with_its_totals(hall: CaseSite) -> None:
    number = hall.review()
    services = hall.services
    unit, office = hall.view(hall.staff(Role.UNIT, "SL-1")), hall.view(hall.staff(Role.EDITOR))
    services.casework.verify(unit, number, given.Verify(Finding.TRUE, True, "属实"))
    assign = given.Assign(Remedy.AT_ONCE, "SL-1", "刘主任", "改正")
    services.casework.assign(office, number, assign)
    today = services.case_calendar.today()
    services.casework.answer(unit, number, given.Answer("改了", "已改", today))
    reviewer = hall.view(hall.staff(Role.REVIEWER))
    services.casework.send_back(reviewer, number, given.SendBack("不够"))
    services.casework.slips.record(office, 2026, 1, Consequences(2, 1, "约谈"))
    register = services.casework.register(office)
    lines = [register_cells(n, line, "zh") for n, line in enumerate(register.lines, start=1)]
    assert len(lines[0]) == len(REGISTER_COLUMNS)
    assert lines[0][:3] == (1, "督办〔2026〕1号", "交办单")
    assert lines[0][12:] == ("退回", "王敏", 2, 1, "约谈")
    assert lines[1][12] is None
    sheet = sheet_of(services.case_files.register(office, 2026, "zh"))
    said = [str(row[0].value) for row in sheet.iter_rows(min_row=6)]
    assert said == [translate(one, "zh") for one in register_totals(register)]
    assert "约谈2人次" in said[1]


def test_totals_name_every_colour() -> None:
    register = SlipRegister((), {Colour.RED: 2}, talks=0, sanctions=0)
    assert "red supervision 2" in str(translate(register_totals(register)[0], "en"))


def test_only_who_sees_cases_gets_a_workbook(hall: CaseSite) -> None:
    analyst = hall.view(hall.staff(Role.ANALYST))
    with pytest.raises(NotAllowed):
        hall.services.case_files.ledger(analyst, CaseFilters(), "zh")
    with pytest.raises(NotAllowed):
        hall.services.case_files.register(analyst, None, "zh")


def test_the_table_of_holidays_can_be_read_back(hall: CaseSite, tmp_path: Path) -> None:
    days = [
        SpecialDay(date(2027, 1, 1), False, "元旦"),
        SpecialDay(date(2027, 1, 9), True, "元旦"),
    ]
    file = tmp_path / "2027.xlsx"
    for language in ("zh", "en"):
        file.write_bytes(calendar_template(2027, days, language))
        office = hall.view(hall.staff(Role.EDITOR))
        year = hall.services.calendar.import_year(file, 2027, "通知", office.actor)
        assert list(year.days) == days

"""The ledger of bad reviews put right: page, print, workbook, scope."""

from __future__ import annotations

from io import BytesIO

import openpyxl

from surveyapp.domain.roles import Role
from surveyapp.services.auditing import LogQuery
from tests.builders import CLERK
from tests.support.case_site import CaseSite, Desks
from tests.web.conftest import Site

LEDGER = "/console/ledger"
COLUMNS = [
    "序号", "评价编号", "评价时间", "评价渠道", "办件编号", "事项名称",
    "办理单位", "窗口/工号", "满意度", "评价原因", "评价内容", "实名/匿名",
    "核实时间", "是否属实", "处理方式", "责任单位", "责任人", "整改措施",
    "整改时限", "完成时间", "反馈时间", "回访时间", "回访结果", "申诉复核结论",
    "办结时间", "是否超期",
]  # fmt: skip
CHINESE = {"Accept-Language": "zh-CN"}


def test_the_ledger_has_exactly_its_26_columns_everywhere(hall: CaseSite, open_as: Desks) -> None:
    hall.review(comment="=HYPERLINK(1) 电话13812345678")
    leader = open_as(Role.LEADER)
    leader.headers |= CHINESE
    page = leader.get(LEDGER)
    assert [one.get_text(strip=True) for one in page.soup.select("thead th")] == COLUMNS
    assert len(page.soup.select("tbody tr > *")) == len(COLUMNS) == 26
    printed = leader.get(f"{LEDGER}/print")
    assert [one.get_text(strip=True) for one in printed.soup.select("thead th")] == COLUMNS
    file = leader.submit(page, form="form[action*='ledger.xlsx']")
    sheet = openpyxl.load_workbook(BytesIO(file.response.data)).worksheets[0]
    assert [cell.value for cell in sheet[2]] == COLUMNS
    assert sheet["A1"].value == "差评核查整改台账"
    comment = sheet["K3"]
    assert (comment.value, comment.data_type) == ("'=HYPERLINK(1) 电话【已隐去】", "s")
    assert "13812345678" not in page.text + printed.text
    assert sheet.freeze_panes == "C3"
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 8)


def test_filters_of_the_page_hold_for_print_and_workbook(
    hall: CaseSite, open_as: Desks, sqlite_site: Site
) -> None:
    hall.review()
    market = hall.review("market")
    office = open_as(Role.EDITOR)
    page = office.get(f"{LEDGER}?unit=SL-2&from=2026-11-01")
    assert [one.get_text(strip=True) for one in page.soup.select("a.case-number")] == [market]
    address = str(page.one("a[href*='ledger/print']")["href"])
    printed = office.get(address)
    assert len(printed.soup.select("tbody tr")) == 1
    assert "Received from 1 November 2026 to …" in printed.text
    file = office.submit(page, form="form[action*='ledger.xlsx']")
    sheet = openpyxl.load_workbook(BytesIO(file.response.data)).worksheets[0]
    assert [sheet["B3"].value, sheet["B4"].value] == [market, None]
    log = sqlite_site.services.auditing.read(LogQuery(action="cases.export"), 1, CLERK)
    assert [(one.target, one.detail) for one in log.events] == [("ledger", {"rows": 1})]
    assert "No case fits." in office.get(f"{LEDGER}?state=closed").text
    printed = office.get(f"{LEDGER}/print?until=2026-11-30")
    assert "Received from … to 30 November 2026" in printed.text


def test_a_unit_reads_its_own_rows_alone(hall: CaseSite, open_as: Desks) -> None:
    own, other = hall.review(), hall.review("market")
    unit = open_as(Role.UNIT, "SL-1")
    for path in (LEDGER, f"{LEDGER}/print", f"{LEDGER}?unit=SL-2", f"{LEDGER}?unit=SL"):
        assert other not in unit.get(path).text, path
    assert own in unit.get(LEDGER).text
    assert unit.post("/console/ledger.xlsx").status == 400
    assert open_as(Role.ANALYST).get(LEDGER).status == 403

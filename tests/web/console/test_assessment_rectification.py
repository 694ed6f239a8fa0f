"""Pages of matters being put right: a whole way over pages, and what strangers find."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO
from urllib.parse import quote

import openpyxl
import pytest

from surveyapp.domain.rectification import ItemSource
from surveyapp.domain.rectification_fields import NewItem
from surveyapp.domain.roles import Role
from surveyapp.services.assessment.item_views import Origin
from tests.support.case_site import CaseSite, Desks

BASE = "/console/assessment/rectification"
TODAY = date(2026, 11, 23)
SOON = (TODAY + timedelta(days=14)).isoformat()
FILLED = {
    "title": "窗口等候时间长",
    "problem": "三季度平均等候 48 分钟",
    "unit": "SL-1",
    "person": "刘主任",
    "goal": "降到 20 分钟以内",
    "due_on": SOON,
}


@pytest.fixture
def matter(hall: CaseSite) -> str:
    """A matter of the human resources bureau."""
    new = NewItem(
        "窗口等候时间长", "等候 48 分钟", "SL-1", "", "刘主任", "20 分钟", TODAY + timedelta(14)
    )
    office = hall.view(hall.staff(Role.EDITOR))
    origin = Origin(ItemSource.SHEET, "counties-2026", "2026Q3")
    return hall.services.rectifying.open(office, new, origin)


def test_a_matter_goes_over_pages_from_opening_to_its_end(open_as: Desks) -> None:
    office, unit, reviewer = (
        open_as(Role.EDITOR),
        open_as(Role.UNIT, "SL-1"),
        open_as(Role.REVIEWER),
    )
    empty = office.get(BASE)
    assert "There is no matter to put right yet." in empty.text
    form = office.get(f"{BASE}/new?source=indicator&scheme=counties-2026&period=2026Q3&unit=SL-1")
    page = office.submit(form, FILLED)
    assert page.h1 == "窗口等候时间长"
    assert "督办〔2026〕1号" in page.text
    address = page.path
    page = unit.submit(
        unit.get(address), {"measures": "增设两个窗口", "done_on": TODAY.isoformat()}
    )
    assert "Answered, to be checked" in page.text
    page = reviewer.get(address)
    page = reviewer.submit(page, {"note": "现场核验"}, form="#close")
    assert "Settled" in page.text
    assert "刘主任" in office.get(f"{BASE}?state=closed").text
    assert "窗口等候时间长" not in office.get(f"{BASE}?state=open").text
    assert address in office.get("/console/slips").html
    slip = office.get("/console/slips/2026/1")
    assert address in slip.html
    assert "Order to put a matter right" in office.get("/console/slips/print?slip=2026-1").text


def test_what_was_typed_comes_back_when_it_cannot_be_kept(open_as: Desks, matter: str) -> None:
    office, unit = open_as(Role.EDITOR), open_as(Role.UNIT, "SL-1")
    form = office.get(f"{BASE}/new")
    page = office.submit(form, FILLED | {"due_on": "2020-01-01"})
    assert (page.status, "20 分钟以内" in page.text) == (422, True)
    page = office.submit(form, FILLED | {"case": "2026-XXXXXXXX", "source": "case"})
    assert (page.status, "2026-XXXXXXXX" in page.html) == (422, True)
    form = unit.get(f"{BASE}/{matter}")
    for day in ("2030-01-01", "", "soon"):
        page = unit.submit(form, {"measures": "增设窗口", "done_on": day})
        assert (page.status, "增设窗口" in page.text) == (422, True)
    assert unit.get(f"{BASE}/{matter}/answer").path == f"{BASE}/{matter}"


def test_evidence_goes_with_an_answer(open_as: Desks, matter: str) -> None:
    unit = open_as(Role.UNIT, "SL-1")
    form = unit.get(f"{BASE}/{matter}")
    fields = {"measures": "增设窗口", "done_on": TODAY.isoformat()}
    page = unit.submit(form, fields, files={"evidence": ("a.svg", b"<svg/>")})
    assert (page.status, "Choose the files again" in page.text) == (422, True)
    page = unit.submit(form, fields, files={"evidence": ("照片.pdf", b"%PDF-1.7")})
    assert "照片.pdf" in page.text
    link = str(page.one("a[href*='/files/']")["href"])
    file = unit.get(link)
    assert (file.headers["Content-Type"], "sandbox" in file.headers["Content-Security-Policy"]) == (
        "application/pdf",
        True,
    )
    assert open_as(Role.UNIT, "SL-2").get(link).status == 404


def test_the_unit_does_not_sign_off_its_own_answer(open_as: Desks, matter: str) -> None:
    unit = open_as(Role.UNIT, "SL-1")
    page = unit.get(f"{BASE}/{matter}")
    token = page.one(".sign-out input[name=csrf_token]")["value"]
    fields = {"csrf_token": str(token), "seen": "1", "note": "好了"}
    assert unit.post(f"{BASE}/{matter}/close", fields).status == 403
    reviewer = open_as(Role.REVIEWER)
    page = reviewer.get(f"{BASE}/{matter}")
    fields["csrf_token"] = str(page.one(".sign-out input[name=csrf_token]")["value"])
    page = reviewer.post(f"{BASE}/{matter}/close", fields)
    assert (page.status, "好了" in page.text) == (409, True)


def test_a_step_somebody_else_took_meanwhile_is_not_taken_twice(
    open_as: Desks, matter: str
) -> None:
    office = open_as(Role.EDITOR)
    stale = office.get(f"{BASE}/{matter}")
    typed = {"due_on": (TODAY + timedelta(20)).isoformat(), "reason": "采购"}
    office.submit(stale, typed, form="#extend")
    page = office.submit(stale, typed, form="#extend")
    assert (page.status, "采购" in page.text) == (409, True)


def test_other_units_find_nothing(open_as: Desks, matter: str) -> None:
    stranger = open_as(Role.UNIT, "SL-2")
    assert "窗口等候时间长" not in stranger.get(BASE).text
    for path in (f"{BASE}/{matter}", "/console/slips/2026/1", f"{BASE}/{quote('没有')}"):
        assert stranger.get(path).status == 404
    leader = open_as(Role.LEADER)
    assert "Next step" not in leader.get(f"{BASE}/{matter}").text
    assert leader.get(f"{BASE}/new").status == 403
    assert open_as(Role.ANALYST).get(BASE).status == 403


def test_the_list_is_printed_and_taken_out(open_as: Desks, matter: str) -> None:
    office = open_as(Role.EDITOR)
    assert matter in office.get(f"{BASE}/print").text
    page = office.get(f"{BASE}?state=open&unit=SL-1")
    answer = office.submit(page, form="form[action$='list.xlsx']")
    sheet = openpyxl.load_workbook(BytesIO(answer.response.data)).worksheets[0]
    assert (sheet["A1"].value, sheet["B3"].value) == ("Rectification list", matter)
    open_as.later(days=30)
    assert "overdue by" in office.get(f"{BASE}?urgency=overdue").text


def test_the_first_page_says_what_awaits(open_as: Desks, matter: str) -> None:
    unit, reviewer = open_as(Role.UNIT, "SL-1"), open_as(Role.REVIEWER)
    assert "Matters" not in unit.get("/console/").text
    open_as.later(days=10)
    assert "Matters due soon" in unit.get("/console/").text
    open_as.later(days=10)
    assert "Matters overdue" in unit.get("/console/").text
    done = (TODAY + timedelta(days=20)).isoformat()
    unit.submit(unit.get(f"{BASE}/{matter}"), {"measures": "增设窗口", "done_on": done})
    assert "Matters" not in unit.get("/console/").text
    page = reviewer.get("/console/")
    assert "Matters to check" in page.text

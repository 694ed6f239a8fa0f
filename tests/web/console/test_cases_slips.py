"""Slips through their pages: register, print, signature, receipt, consequences, scope."""

from __future__ import annotations

from io import BytesIO

import openpyxl
import pytest

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.errors import Conflict
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Role
from surveyapp.services.auditing import LogQuery
from tests.builders import CLERK
from tests.support.case_site import CaseSite, Desks
from tests.support.pages import Browser
from tests.web.conftest import Site

SLIPS = "/console/slips"
LAYOUT = [
    "Signed by", "Day of issue", "Unit in charge", "Responsible leader / person", "Matter",
    "Problem", "Demand and goal", "Time limit", "Received by / on", "Progress", "Evidence",
    "Verified by", "Conclusion", "Seal",
]  # fmt: skip


def token_of(browser: Browser) -> str:
    """Return the token that forms of this browser carry."""
    return str(browser.get("/console/account").one(".sign-out input[name=csrf_token]")["value"])


def test_a_slip_is_signed_received_and_its_consequences_recorded(
    hall: CaseSite, open_as: Desks
) -> None:
    hall.review()
    unit, office = open_as(Role.UNIT, "SL-1", "周海燕"), open_as(Role.EDITOR, None, "李静")
    page = office.get(f"{SLIPS}/2026/1")
    assert page.h1 == "督办〔2026〕1号"
    assert "not signed yet" in page.text
    page = office.submit(office.get(f"{SLIPS}/sign?slip=2026-1"))
    assert "1 slip is signed." in page.text
    page = unit.submit(unit.get(f"{SLIPS}/receive?slip=2026-1"))
    assert "Receipt of 1 slip is taken." in page.text
    page = office.get(f"{SLIPS}/2026/1")
    assert "李静" in page.text
    assert "周海燕" in page.text
    fields = {"talks": "2", "sanctions": "1", "note": "约谈分管领导"}
    page = office.submit(page, fields)
    assert "People talked to: 2; people dealt with: 1." in page.text
    page = office.get(SLIPS)
    assert (
        "Slips: 1 (orders 1, blue reminders 0, yellow warnings 0, red supervision 0)." in page.text
    )
    assert "People talked to: 2; people dealt with: 1." in page.text


def test_impossible_consequences_are_refused_and_kept_in_the_form(
    hall: CaseSite, open_as: Desks
) -> None:
    hall.review()
    office = open_as(Role.EDITOR)
    for typed in ("-1", "1000", "two", "９"):
        page = office.submit(office.get(f"{SLIPS}/2026/1"), {"talks": typed, "note": "记一笔"})
        assert (page.status, "whole numbers of people" in page.text) == (422, True), typed
        assert page.one("#talks")["value"] == typed
        assert page.one("#note")["value"] == "记一笔"
    page = office.submit(office.get(f"{SLIPS}/2026/1"), {"talks": "", "note": "x" * 501})
    assert (page.status, "at most 500 characters" in page.text) == (422, True)


def test_several_slips_are_received_from_the_inbox_at_once(hall: CaseSite, open_as: Desks) -> None:
    numbers = [hall.review(), hall.review()]
    unit = open_as(Role.UNIT, "SL-1", "周海燕")
    query = "&".join(f"case={number}" for number in numbers)
    page = unit.get(f"{SLIPS}/receive?{query}")
    assert "2 slips" in page.text
    page = unit.submit(page)
    assert "Receipt of 2 slips is taken." in page.text
    page = unit.get(f"{SLIPS}/receive?{query}")
    assert "None of these slips waits for this." in page.text
    assert "Tick at least one line first." in unit.get(f"{SLIPS}/print").text
    assert "None of these slips" in unit.get(f"{SLIPS}/receive?slip=x&slip=1-1").text


def test_a_slip_that_somebody_was_quicker_with_is_left_out(
    hall: CaseSite, open_as: Desks, sqlite_site: Site
) -> None:
    hall.review()
    hall.review()
    first, second = open_as(Role.UNIT, "SL-1", "周海燕"), open_as(Role.UNIT, "SL-1", "吴刚")
    page = first.get(f"{SLIPS}/receive?slip=2026-1&slip=2026-2")
    second.submit(second.get(f"{SLIPS}/receive?slip=2026-1"))
    page = first.submit(page)
    assert "Receipt of 1 slip is taken." in page.text
    slips = sqlite_site.services.casework.register(hall.view(hall.staff(Role.EDITOR))).lines
    assert [one.received_by for one in slips] == ["吴刚", "周海燕"]


def test_a_printed_slip_has_the_whole_layout(hall: CaseSite, open_as: Desks) -> None:
    numbers = [hall.review(comment="我的电话13812345678"), hall.review("market")]
    office = open_as(Role.EDITOR)
    page = office.get(f"{SLIPS}/print?slip=2026-1&slip=2026-2")
    sheets = page.soup.select("section.sheet")
    assert len(sheets) == 2
    assert [cell.get_text(strip=True) for cell in sheets[0].select("th")] == LAYOUT
    assert "No.: 督办〔2026〕1号" in sheets[0].text
    assert "县市场监督管理局" in sheets[1].text
    assert "13812345678" not in page.text
    assert "☐ Settled" in sheets[0].text
    page = office.get(f"{SLIPS}/print?case={numbers[0]}&case={numbers[1]}")
    assert len(page.soup.select("section.sheet")) == 2
    open_as.later(days=2)
    office.get("/console/cases")
    page = office.get(f"{SLIPS}/print?case={numbers[0]}")
    assert page.one("section.sheet")["class"] == ["sheet", "colour-yellow"]
    assert "Yellow warning" in page.text


def test_the_register_is_printed_and_handed_out_as_a_workbook(
    hall: CaseSite, open_as: Desks, sqlite_site: Site
) -> None:
    hall.review()
    hall.review("market")
    office, unit = open_as(Role.EDITOR), open_as(Role.UNIT, "SL-2")
    page = office.get(f"{SLIPS}/register?year=2026")
    assert len(page.soup.select("tbody tr")) == 2
    assert "Slips: 2" in page.text
    assert not office.get(f"{SLIPS}/register?year=2025").soup.select("tbody tr")
    page = office.get(f"{SLIPS}?year=2026&all=yes")
    assert len(page.soup.select("input[name=slip][checked]")) == 2
    assert "There is no slip yet." in office.get(f"{SLIPS}?year=2025").text
    file = office.submit(page, form="form[action$='register.xlsx']")
    sheet = openpyxl.load_workbook(BytesIO(file.response.data)).worksheets[0]
    assert [cell.value for cell in sheet["B"]][2:4] == ["督办〔2026〕1号", "督办〔2026〕2号"]
    log = sqlite_site.services.auditing.read(LogQuery(action="cases.export"), 1, CLERK)
    assert [(one.target, one.detail) for one in log.events] == [("register", {"rows": 2})]
    assert len(unit.get(SLIPS).soup.select("tbody tr")) == 1


def test_another_units_slip_looks_like_no_slip(hall: CaseSite, open_as: Desks) -> None:
    number = hall.review()
    stranger, leader = open_as(Role.UNIT, "SL-2"), open_as(Role.LEADER)
    assert stranger.get(f"{SLIPS}/2026/1").status == 404
    assert stranger.get(f"{SLIPS}/2026/9").status == 404
    assert stranger.get(f"{SLIPS}/print?slip=2026-1").status == 404
    assert stranger.get(f"{SLIPS}/print?case={number}").status == 404
    assert stranger.get(f"{SLIPS}/receive?slip=2026-1").status == 404
    token = token_of(stranger)
    fields = {"csrf_token": token, "slip": "2026-1"}
    assert stranger.post(f"{SLIPS}/receive", fields).status == 404
    assert stranger.post(f"{SLIPS}/sign", fields).status == 403
    assert stranger.post(f"{SLIPS}/2026/1/consequences", fields).status == 403
    assert leader.get(f"{SLIPS}/2026/1").status == 200
    assert not leader.get(f"{SLIPS}/2026/1").soup.select("main form, main a.btn-primary")
    assert leader.post(f"{SLIPS}/receive", {"csrf_token": token_of(leader)}).status == 403
    assert leader.post(f"{SLIPS}/receive", fields | {"csrf_token": ""}).status == 400


def test_a_closed_case_shows_its_conclusion_in_the_register(hall: CaseSite, open_as: Desks) -> None:
    number = hall.review()
    unit, office = open_as(Role.UNIT, "SL-1"), open_as(Role.REVIEWER, None, "李静")
    second = open_as(Role.REVIEWER, None, "赵国华")
    address = f"/console/cases/{number}"
    unit.submit(unit.get(address), {"reason": "误点"}, form="#appeal")
    ruling = {"ruling": "excluded", "ground": "malicious", "text": "有证据"}
    office.submit(office.get(address), ruling, form="#propose_ruling")
    second.submit(second.get(address), {"agrees": "yes"}, form="#confirm_ruling")
    assert "Settled" in office.get(SLIPS).text
    assert "赵国华" in office.get(f"{SLIPS}/2026/1").text
    assert "☑ Settled" in office.get(f"{SLIPS}/print?slip=2026-1").text


def test_who_is_too_late_by_a_moment_loses_nothing_else(
    hall: CaseSite, open_as: Desks, sqlite_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    hall.review()
    hall.review()
    office = open_as(Role.EDITOR)
    slips = sqlite_site.services.casework.slips
    sign = slips.sign

    def sign_late(staff: StaffView, year: int, serial: int) -> None:
        if serial == 1:
            raise Conflict(message("This slip was signed before."))
        sign(staff, year, serial)

    monkeypatch.setattr(slips, "sign", sign_late)
    page = office.submit(office.get(f"{SLIPS}/sign?slip=2026-1&slip=2026-2"))
    assert "1 slip is signed." in page.text

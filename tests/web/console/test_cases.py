"""Cases of bad reviews through their pages: the inbox, every step, refusals, evidence, scope."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

from surveyapp.domain.case import Step
from surveyapp.domain.case_rules import RULES
from surveyapp.domain.roles import Grant, Role
from surveyapp.services.auditing import LogQuery
from tests.builders import CLERK
from tests.support.case_site import CaseSite, Desks
from tests.support.pages import Browser, Page
from tests.web.conftest import Site

CASES = "/console/cases"
PDF = ("整改照片.pdf", b"%PDF-1.7 of a test")
VERIFIED = {"finding": "true", "reasonable": "yes", "text": "情况属实"}
ASSIGNED = {"remedy": "by_deadline", "unit": "SL-1", "person": "刘主任", "goal": "一次告知"}
ANSWERED = {"measures": "培训一次", "text": "已经改正，谢谢您。"}


def step(browser: Browser, number: str, name: str, values: dict[str, str], **kwargs: Any) -> Page:
    """Fill in the form of a step and send it."""
    page = browser.get(f"{CASES}/{number}")
    return browser.submit(page, dict(values), form=f"#{name}", **kwargs)


def shown(page: Page) -> list[str]:
    """Return the cases of a list."""
    return [link.get_text(strip=True) for link in page.soup.select("a.case-number")]


def test_a_case_goes_its_whole_way_through_the_pages(hall: CaseSite, open_as: Desks) -> None:
    number = hall.review(phone="13812345678", named=True)
    unit, office = open_as(Role.UNIT, "SL-1"), open_as(Role.EDITOR, None, "李静")
    reviewer = open_as(Role.REVIEWER, None, "赵国华")
    page = step(unit, number, "verify", VERIFIED)
    assert "Recorded: Verify." in page.text
    page = step(office, number, "assign", ASSIGNED)
    assert "Being put right" in page.text
    page = step(office, number, "extend", {"reason": "需采购"})
    assert not page.soup.select("#extend")
    page = step(unit, number, "answer", ANSWERED, files={"evidence": PDF})
    assert PDF[0] in page.text
    for day in range(1, 3):
        page = step(office, number, "call", {"result": "no_answer"})
        assert f"Called in vain on {day}" in page.text
        assert not page.soup.select("#unreachable")
        open_as.later(days=1)
    page = step(office, number, "call", {"result": "connected", "satisfied": "yes"})
    assert "Called back" in page.text
    assert not page.soup.select("main .next-steps")
    page = step(reviewer, number, "close", {"note": "抽查属实"})
    assert "Closed" in page.text
    assert "answered in time" in page.text
    assert not page.soup.select("main form[method=post]")


def test_an_unreachable_citizen_a_second_round_and_a_forwarded_case(
    hall: CaseSite, open_as: Desks
) -> None:
    number = hall.review(phone="13812345678")
    unit, office = open_as(Role.UNIT, "SL-1"), open_as(Role.REVIEWER, None, "李静")
    step(office, number, "forward", {"unit": "SL-1", "reason": "由局里办理"})
    step(unit, number, "verify", VERIFIED)
    step(office, number, "assign", ASSIGNED | {"remedy": "at_once"})
    step(unit, number, "answer", ANSWERED)
    page = step(office, number, "send_back", {"reason": "照片不清楚"})
    assert "照片不清楚" in page.text
    step(unit, number, "answer", ANSWERED)
    for _ in range(3):
        page = step(office, number, "call", {"result": "refused", "note": "拒访"})
        open_as.later(days=1)
    step(office, number, "unreachable", {})
    page = step(office, number, "close", {})
    assert "Could not be reached" in page.text


def test_an_anonymous_case_is_approved_and_shows_the_unit_no_time(
    hall: CaseSite, open_as: Desks
) -> None:
    number = hall.review(comment="我的电话13812345678")
    unit, reviewer = open_as(Role.UNIT, "SL-1-1"), open_as(Role.REVIEWER, None, "赵国华")
    page = unit.get(f"{CASES}/{number}")
    assert not re.search(r"\d\d:\d\d", page.text)
    assert "13812345678" not in page.text
    assert "【已隐去】" in page.text
    assert "13812345678" in reviewer.get(f"{CASES}/{number}").text
    step(unit, number, "verify", VERIFIED)
    step(reviewer, number, "assign", ASSIGNED | {"remedy": "explanation"})
    step(unit, number, "answer", ANSWERED)
    page = step(reviewer, number, "approve", {})
    assert "Approve the answer" in page.text
    assert not page.soup.select("#approve")


def test_an_appeal_is_decided_by_two_people(hall: CaseSite, open_as: Desks) -> None:
    number = hall.review(comment="好得很")
    unit = open_as(Role.UNIT, "SL-1")
    office, second = open_as(Role.REVIEWER, None, "李静"), open_as(Role.REVIEWER, None, "赵国华")
    step(unit, number, "appeal", {"reason": "误点"}, files={"evidence": PDF})
    page = step(
        office,
        number,
        "propose_ruling",
        {"ruling": "excluded", "ground": "mistaken", "text": "本人书面说明"},
        files={"evidence": PDF},
    )
    assert not page.soup.select("#confirm_ruling")
    page = step(second, number, "confirm_ruling", {"agrees": "no", "note": "材料不足"})
    assert "Appeal" in page.text
    step(office, number, "propose_ruling", {"ruling": "excluded", "ground": "mistaken",
                                            "text": "补充证据"})  # fmt: skip
    page = step(second, number, "confirm_ruling", {"agrees": "yes"})
    assert "Excluded" in page.text
    assert not page.soup.select(".case-way")


def test_what_a_step_lacks_is_said_and_nothing_is_lost(hall: CaseSite, open_as: Desks) -> None:
    number = hall.review()
    unit, office = open_as(Role.UNIT, "SL-1"), open_as(Role.EDITOR)
    page = step(unit, number, "verify", {"finding": "partly", "text": "查了监控"})
    assert page.status == 422
    assert "Say whether the demand is reasonable." in page.text
    assert page.form("#verify").values["finding"] == ["partly"]
    assert "查了监控" in page.one("#verify-text").text
    page = unit.submit(page, {"reasonable": "no"}, form="#verify")
    assert page.status == 200
    page = step(office, number, "assign", ASSIGNED | {"due_on": "morgen"})
    assert (page.status, "is not a date such as" in page.text) == (422, True)
    page = step(office, number, "assign", {"unit": "SL-1"})
    assert (page.status, "Choose how the case is put right." in page.text) == (422, True)
    step(office, number, "assign", ASSIGNED)
    page = step(unit, number, "answer", ANSWERED | {"done_on": ""})
    assert (page.status, "Enter the day on which it was done." in page.text) == (422, True)
    page = step(unit, number, "answer", ANSWERED, files={"evidence": ("a.exe", b"MZ")})
    assert page.status == 422
    assert "Choose the files again" in page.text
    assert "培训一次" in page.one("#answer-measures").text


def test_what_cannot_be_is_refused_field_by_field(hall: CaseSite, open_as: Desks) -> None:
    number = hall.review(phone="13812345678")
    unit, office = open_as(Role.UNIT, "SL-1"), open_as(Role.EDITOR)
    second = open_as(Role.REVIEWER, None, "赵国华")
    page = step(unit, number, "appeal", {"reason": " "})
    assert (page.status, "Give the reason of the appeal." in page.text) == (422, True)
    step(unit, number, "appeal", {"reason": "误点"})
    page = step(office, number, "propose_ruling", {"ground": "none"})
    assert "Choose the ruling." in page.text
    page = step(office, number, "propose_ruling", {"ruling": "valid", "text": "有录像"})
    assert "Choose the ground." in page.text
    valid = {"ruling": "valid", "ground": "none", "text": "有录像"}
    step(office, number, "propose_ruling", valid)
    page = step(second, number, "confirm_ruling", {})
    assert "Say whether you agree." in page.text
    step(second, number, "confirm_ruling", {"agrees": "yes"})
    step(unit, number, "verify", VERIFIED)
    step(office, number, "assign", ASSIGNED)
    step(unit, number, "answer", ANSWERED)
    page = step(office, number, "call", {"note": "x"})
    assert (page.status, "Choose how the call ended." in page.text) == (422, True)


def test_two_people_at_once_the_second_sees_the_case_as_it_is_now(
    hall: CaseSite, open_as: Desks
) -> None:
    number = hall.review()
    first, second = open_as(Role.UNIT, "SL-1"), open_as(Role.UNIT, "SL-1-1")
    page, other = first.get(f"{CASES}/{number}"), second.get(f"{CASES}/{number}")
    first.submit(page, dict(VERIFIED), form="#verify")
    page = second.submit(other, VERIFIED | {"text": "我也查了"}, form="#verify")
    assert page.status == 409
    assert "Somebody took a step in this case meanwhile" in page.text
    assert "What you typed stands below" in page.text
    assert "我也查了" in page.text
    assert "Assessing" in page.text


def test_a_form_without_a_number_of_steps_is_out_of_date(hall: CaseSite, open_as: Desks) -> None:
    number = hall.review()
    unit = open_as(Role.UNIT, "SL-1")
    values = unit.get(f"{CASES}/{number}").form("#verify").values
    page = unit.post(f"{CASES}/{number}/verify", {**values, **VERIFIED, "seen": "x"})
    assert page.status == 409
    assert page.form("#verify").values["text"] == ["情况属实"]


def test_a_step_that_is_not_ones_own_is_refused(hall: CaseSite, open_as: Desks) -> None:
    number = hall.review()
    unit, admin = open_as(Role.UNIT, "SL-1"), open_as(Role.LEADER)
    token = unit.get(f"{CASES}/{number}").form("#verify").values["csrf_token"]
    assert unit.post(f"{CASES}/{number}/assign", {"csrf_token": token, **ASSIGNED}).status == 403
    assert admin.get(f"{CASES}/{number}").status == 200
    assert not admin.get(f"{CASES}/{number}").soup.select("main form[method=post]")
    assert unit.get(f"{CASES}/{number}/verify").path == f"{CASES}/{number}"
    step(unit, number, "verify", VERIFIED)
    office, both = open_as(Role.EDITOR), open_as(Role.REVIEWER, None, "赵国华")
    step(office, number, "assign", ASSIGNED)
    page = both.get(f"{CASES}/{number}")
    values = page.form("#extend").values
    page = both.post(f"{CASES}/{number}/close", {**values, "note": ""})
    assert page.status == 409
    assert "this step is not possible" in page.text


def test_who_belongs_to_the_unit_does_not_judge_it(
    sqlite_site: Site, hall: CaseSite, open_as: Desks
) -> None:
    number = hall.review()
    insider = open_as(Role.REVIEWER)
    name = open_as.opened[-1][0]
    grants = (Grant(Role.REVIEWER), Grant(Role.UNIT, "SL-1"))
    sqlite_site.services.staffing.set_grants(name, grants, CLERK)
    open_as.later(seconds=0)
    page = insider.get(f"{CASES}/{number}")
    assert page.soup.select("#verify")
    assert not page.soup.select("#forward")
    values = page.form("#verify").values
    page = insider.post(f"{CASES}/{number}/forward", {**values, "unit": "SL-2", "reason": "x"})
    assert page.status == 403
    assert "nobody who belongs to the unit" in page.text


def test_each_step_has_its_form_and_its_permission(sqlite_site: Site) -> None:
    for one in RULES:
        view = sqlite_site.app.view_functions[f"console.case_{one}"]
        assert vars(view)["required_permission"].value in (
            "handle_cases",
            "supervise_cases",
            "close_cases",
        )
    assert Step.VERIFY in RULES


def test_evidence_is_handed_out_to_be_saved_and_to_nobody_else(
    hall: CaseSite, open_as: Desks
) -> None:
    number, other = hall.review(), hall.review("market")
    unit = open_as(Role.UNIT, "SL-1")
    page = step(unit, number, "appeal", {"reason": "误点"}, files={"evidence": PDF})
    address = str(page.one(".files a")["href"])
    file = unit.get(address)
    assert file.response.data == PDF[1]
    assert file.headers["Content-Disposition"].startswith("attachment;")
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert file.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert file.headers["Content-Type"] == "application/pdf"
    stranger = open_as(Role.UNIT, "SL-2")
    assert stranger.get(address).status == 404
    # Under the number of one's own case another case's file is not there either.
    assert stranger.get(address.replace(number, other)).status == 404


def test_another_units_case_looks_like_no_case(hall: CaseSite, open_as: Desks) -> None:
    number = hall.review()
    stranger = open_as(Role.UNIT, "SL-2")
    strange = stranger.get(f"{CASES}/{number}")
    none = stranger.get(f"{CASES}/2026-00000000")
    assert strange.status == none.status == 404
    assert strange.html.replace(number, "") == none.html.replace("2026-00000000", "")
    token = stranger.get(CASES).one("form input[name=csrf_token]")["value"]
    for one in RULES:
        path = f"{CASES}/{number}/{one.replace('_', '-')}"
        fields = {"csrf_token": str(token), "seen": "1", "reason": "x", "done_on": "2026-11-23"}
        answer = stranger.post(path, {**VERIFIED, **ANSWERED, **fields})
        assert answer.status in (403, 404), one
    fields = {"csrf_token": str(token), "seen": "1", **VERIFIED}
    assert stranger.post(f"{CASES}/{number}/verify", fields).status == 404
    assert number not in stranger.get(CASES).text
    assert stranger.get(f"{CASES}/{number}/files/{uuid4()}").status == 404


def test_a_number_is_read_for_a_call_alone_and_leaves_a_trace(
    sqlite_site: Site, hall: CaseSite, open_as: Desks
) -> None:
    number = hall.review(phone="13812345678")
    unit, office = open_as(Role.UNIT, "SL-1"), open_as(Role.EDITOR)
    page = unit.get(f"{CASES}/{number}")
    assert "138" not in page.text
    assert "left for the supervising office alone" in page.text
    token = page.form("#verify").values["csrf_token"]
    assert unit.post(f"{CASES}/{number}/number", {"csrf_token": token}).status == 403
    office_token = office.get(CASES).one("form input[name=csrf_token]")["value"]
    page = office.post(f"{CASES}/{number}/number", {"csrf_token": str(office_token)})
    assert page.status == 409
    step(unit, number, "verify", VERIFIED)
    step(office, number, "assign", ASSIGNED)
    step(unit, number, "answer", ANSWERED)
    page = office.get(f"{CASES}/{number}")
    assert "138****5678" in page.text
    assert "13812345678" not in page.text
    page = office.submit(page, form="form.reveal")
    assert page.one(".contact-number").text == "13812345678"
    assert page.headers["Cache-Control"] == "no-store"
    log = sqlite_site.services.auditing.read(LogQuery(action="contact.reveal"), 1, CLERK)
    assert [event.target for event in log.events] == [number]
    assert office.get(f"{CASES}/{number}/number").status == 405


def test_a_form_without_a_token_changes_nothing(hall: CaseSite, open_as: Desks) -> None:
    number = hall.review()
    unit = open_as(Role.UNIT, "SL-1")
    assert unit.post(f"{CASES}/{number}/verify", {"seen": "1", **VERIFIED}).status == 400
    assert unit.get(f"{CASES}/{number}").soup.select("#verify")


def test_what_people_write_is_text_and_never_code(hall: CaseSite, open_as: Desks) -> None:
    number = hall.review(comment="<script>alert(1)</script>")
    unit = open_as(Role.UNIT, "SL-1")
    page = step(unit, number, "verify", VERIFIED | {"text": "<img src=x onerror=alert(1)>"})
    assert "<script" not in page.html
    assert "<img" not in page.html
    assert "&lt;script&gt;" in page.html

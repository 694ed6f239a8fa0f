"""Proposals, visits, duty reports and yearly files in the console."""

from __future__ import annotations

from uuid import uuid4

import pytest

from surveyapp.domain.roles import Role
from tests.support.pages import Browser
from tests.support.values import SCHEME, SECOND, ValueBook
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn

PROPOSALS = "/console/assessment/proposals"
FORMS = "/console/assessment/forms"
FILE = "/console/assessment/files/west/2026"
PROPOSAL = {
    "scheme": SCHEME, "unit": "west", "title": "新增规上企业数", "kind": "标兵指标",
    "measure": "家",
    "definition": "当年新增入库企业数", "direction": "higher", "every": "quarter", "target": "20家",
    "weight": "5", "basis": "县政府工作报告",
}  # fmt: skip
VISIT = {
    "unit": "west", "day": "2026-08-05", "time": "9:00–11:00", "place": "会议室", "kind": "talk",
    "counterpart": "middle", "people": "6", "points": "班子团结，项目推进偏慢。",
}  # fmt: skip
DUTY = {
    "unit": "west", "period": "2026Q2", "person": "周正", "position": "县长", "title1": "园区扩建",
    "progress1": "完成六成", "state1": "on_track", "title2": "农村道路", "progress2": "完工",
    "state2": "done", "title3": "污水治理", "progress3": "两处超期", "state3": "behind",
}  # fmt: skip


@pytest.fixture
def examiner(sqlite_site: Site, book: ValueBook, signed_in: SignedIn) -> Browser:
    return signed_in(sqlite_site, Role.EXAMINER, name="examiner")


def test_a_proposal_goes_from_the_unit_to_the_draft(
    sqlite_site: Site, west: Browser, signed_in: SignedIn
) -> None:
    page = west.get(f"{PROPOSALS}/new")
    refused = west.submit(page, {**PROPOSAL, "basis": " "})
    assert (refused.status, "duty or document" in refused.text) == (422, True)
    made = west.submit(refused, {"basis": "县政府工作报告"})
    assert "Proposed; the office settles it" in made.text
    address = made.path
    east = signed_in(sqlite_site, Role.UNIT, unit_code="east")
    assert east.get(address).status == 404
    reviewer = signed_in(sqlite_site, Role.REVIEWER)
    form = f"form[action='{address}/settle']"
    page = reviewer.get(address)
    assert "Give the reason" in reviewer.submit(page, {"reason": " "}, form=form).text
    done = reviewer.submit(page, {"reason": "数据可得"}, form=form, button=("decision", "accept"))
    assert "Accepted." in done.text
    office = signed_in(sqlite_site, Role.EDITOR)
    form = f"form[action='{address}/adopt']"
    taken = office.submit(office.get(address), {"key": "gdp", "group": "common"}, form=form)
    assert taken.status == 422
    written = office.submit(taken, {"key": "new-firms"}, form=form)
    assert "Written into the draft" in written.text
    assert "new-firms" in west.get(address).text
    assert "新增规上企业数" in west.get(PROPOSALS).text
    token = str(written.soup.select("input[name=csrf_token]")[0]["value"])
    again = office.post(f"{address}/adopt", {"csrf_token": token, "key": "x", "group": "common"})
    assert again.status == 409


def test_a_proposal_is_withdrawn_or_declined(
    sqlite_site: Site, west: Browser, signed_in: SignedIn
) -> None:
    page = west.get(f"{PROPOSALS}/new")
    assert west.submit(page, {**PROPOSAL, "every": None}).status == 422
    first, second = (west.submit(page, PROPOSAL | {"title": one}) for one in ("甲", "乙"))
    gone = west.submit(first, form=f"form[action='{first.path}/withdraw']")
    assert "Withdrawn." in gone.text
    reviewer = signed_in(sqlite_site, Role.REVIEWER)
    declined = reviewer.submit(
        reviewer.get(second.path), {"reason": "重复"}, form=f"form[action='{second.path}/settle']",
        button=("decision", "decline"),
    )  # fmt: skip
    assert "Declined." in declined.text
    late = west.submit(second, form=f"form[action='{second.path}/withdraw']")
    assert late.status == 409


def test_a_visit_is_written_corrected_and_kept_from_the_unit(
    sqlite_site: Site, west: Browser, examiner: Browser, signed_in: SignedIn
) -> None:
    page = examiner.get(f"{FORMS}/visit")
    for missing in ("points", "day"):
        refused = examiner.submit(page, {**VISIT, missing: " "})
        assert refused.status == 422, missing
    made = examiner.submit(page, VISIT, files={"evidence": ("记录.pdf", b"%PDF-1.7")})
    assert "does not read it" in made.text
    file = str(made.one("ul.files a")["href"])
    assert examiner.get(file).response.data == b"%PDF-1.7"
    for address in (made.path, file):
        assert west.get(address).status == 404
    assert west.get(f"{FORMS}/visit").status == 403
    correction = examiner.get(str(made.one(".page-actions a")["href"]))
    fixed = examiner.submit(correction, {"points": "班子团结。"})
    assert "It corrects an earlier form." in fixed.text
    assert "This form was corrected." in examiner.get(made.path).text
    for replaces in (made.path.rpartition("/")[2], str(uuid4()), "nonsense"):
        assert examiner.get(f"{FORMS}/visit?replaces={replaces}").status == 404
    assert "班子团结" not in west.get(FILE).text
    assert "Heart-to-heart talk 1" in west.get(FILE).text


def test_a_duty_report_is_handed_in_and_corrected(
    sqlite_site: Site, west: Browser, examiner: Browser, signed_in: SignedIn
) -> None:
    page = west.get(f"{FORMS}/duty-report")
    refused = west.submit(page, {**DUTY, "title3": " ", "progress3": " "})
    assert (refused.status, "3 to 4 important" in refused.text) == (422, True)
    made = west.submit(refused, DUTY)
    assert "it is no score" in made.text
    assert "污水治理" in examiner.get(made.path).text
    correction = west.get(str(made.one(".page-actions a")["href"]))
    fixed = west.submit(correction, {"progress3": "一处超期"})
    assert "一处超期" in fixed.text
    assert "周正" in west.get(FORMS).text
    assert examiner.get(f"{FORMS}/duty-report").status == 403


def test_the_yearly_file_shows_what_the_year_left_behind(
    sqlite_site: Site, book: ValueBook, west: Browser, signed_in: SignedIn
) -> None:
    book.verified("6.5")
    entry = book.enter()
    book.services.adjusting.verify_all(SCHEME, SECOND)
    assert entry
    page = west.get(FILE)
    assert "地区生产总值增速" in west.get(f"{FILE}?lang=zh").text
    assert "6.5" in page.text
    assert "省政府〔2026〕3号" in page.text
    printed = west.get(f"{FILE}/print?lang=en")
    assert "Yearly file 2026" in printed.text
    leader = signed_in(sqlite_site, Role.LEADER)
    assert "6.5" in leader.get(FILE).text
    listed = west.get("/console/assessment/files").text
    assert ("西山县" in listed, "东城县" in listed) == (True, False)
    east = signed_in(sqlite_site, Role.UNIT, unit_code="east")
    for address in (FILE, f"{FILE}/print", "/console/assessment/files/none/2026", f"{FILE[:-4]}1"):
        assert east.get(address).status == 404, address

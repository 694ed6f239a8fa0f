"""The organisation workbook: out, in, previewed, applied."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest

from surveyapp.domain.roles import Role
from surveyapp.services.organisation import files as organisation_files
from tests.support.pages import Browser, Page
from tests.unit.services.test_organisation_files import ACCOUNTS, UNITS, WINDOWS, a_workbook
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn

WORKBOOK = a_workbook(
    单位=[UNITS, ["1", "示例县", "", ""], ["01", "民政局", "1", "县直部门"]],
    窗口=[WINDOWS, ["01-1", "1号窗口", "01"]],
    账号=[ACCOUNTS, ["li", "李强", "问卷编辑", ""], ["sun", "孙丽", "单位人员", "01"]],
)


@pytest.fixture
def admin(site: Site, signed_in: SignedIn) -> Browser:
    return signed_in(site, Role.ADMIN, name="admin")


@pytest.fixture
def sqlite_admin(sqlite_site: Site, signed_in: SignedIn) -> Browser:
    return signed_in(sqlite_site, Role.ADMIN, name="admin")


def upload(browser: Browser, data: bytes, name: str = "organisation.xlsx") -> Page:
    page = browser.get("/console/organisation/upload")
    return browser.submit(page, files={"file": (name, data)})


def test_an_empty_organisation_leads_to_the_template(sqlite_admin: Browser) -> None:
    page = sqlite_admin.get("/console/organisation")
    assert "There are no units yet" in page.text
    answer = sqlite_admin.get("/console/organisation/template.xlsx")
    workbook = openpyxl.load_workbook(io.BytesIO(answer.response.data))
    assert workbook.sheetnames == ["Units", "Windows", "Accounts"]
    assert "attachment" in answer.headers["Content-Disposition"]


def test_a_workbook_is_previewed_then_applied(site: Site, admin: Browser) -> None:
    page = upload(admin, WORKBOOK)
    assert (page.status, page.h1) == (200, "What would change")
    assert [int(count.get_text()) for count in page.soup.select(".counts dd")] == [3, 0, 2, 0, 0]
    assert site.services.organising.units() == []
    page = admin.submit(page)
    assert (page.status, page.h1) == (200, "One-time passwords")
    passwords = re.findall(r"(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}", page.text)
    assert len(passwords) == 2
    assert site.services.staffing.sign_ins.begin("li", passwords[0], "10.0.0.1")
    page = admin.get("/console/organisation")
    assert "3 units and windows" in page.text
    assert "1号窗口" in page.text


def test_the_same_workbook_again_has_nothing_to_apply(sqlite_admin: Browser) -> None:
    sqlite_admin.submit(upload(sqlite_admin, WORKBOOK))
    page = upload(sqlite_admin, WORKBOOK)
    assert page.h1 == "Nothing to change"
    assert page.soup.select("main form") == []


def test_changes_are_shown_beside_what_they_change(sqlite_admin: Browser) -> None:
    sqlite_admin.submit(upload(sqlite_admin, WORKBOOK))
    changed = a_workbook(
        单位=[UNITS, ["01", "县民政局", "1", ""]],
        账号=[ACCOUNTS, ["li", "李强", "审核人", ""]],
    )
    page = upload(sqlite_admin, changed)
    assert "before: 民政局 · 1 · 县直部门" in page.text
    assert "before: 李强 · Editor" in page.text
    page = sqlite_admin.submit(page)
    assert page.path == "/console/organisation"
    assert "1 units changed, 1 accounts changed" in page.text


def test_bad_rows_are_listed_with_sheet_row_and_reason(
    sqlite_site: Site, sqlite_admin: Browser
) -> None:
    bad = a_workbook(
        单位=[UNITS, [123456789012345678, "甲", "", ""], ["b", "乙", "nowhere", ""]],
        窗口=[WINDOWS, ["w", "1号窗口", ""]],
        账号=[ACCOUNTS, ["li", "李强", "国王", ""]],
    )
    page = upload(sqlite_admin, bad)
    assert (page.status, page.h1) == (400, "4 rows need correction")
    rows = [
        [cell.get_text(strip=True) for cell in row.select("td")]
        for row in page.soup.select("tbody tr")
    ]
    assert [row[:2] for row in rows] == [
        ["Units", "2"],
        ["Units", "3"],
        ["Windows", "2"],
        ["Accounts", "2"],
    ]
    assert "was rounded" in rows[0][2]
    assert "There is no role “国王”" in rows[3][2]
    assert page.soup.select("main form") == []
    assert sqlite_site.services.organising.units() == []


def test_very_many_bad_rows_are_counted_and_the_first_listed(sqlite_admin: Browser) -> None:
    rows = [["a b", "甲"] for _ in range(250)]
    page = upload(sqlite_admin, a_workbook(单位=[UNITS, *rows]))
    assert page.h1 == "250 rows need correction"
    assert len(page.soup.select("tbody tr")) == 200
    assert "These are the first 200." in page.text


@pytest.mark.parametrize("data", [b"", b"no workbook", "code,name\n1,县\n".encode()])
def test_what_is_no_workbook_is_refused_with_one_sentence(
    sqlite_admin: Browser, data: bytes
) -> None:
    page = upload(sqlite_admin, data)
    assert page.status == 400
    assert "The file cannot be read" in page.text


def test_a_missing_file_is_refused(sqlite_admin: Browser) -> None:
    page = sqlite_admin.get("/console/organisation/upload")
    page = sqlite_admin.submit(page)
    assert page.status == 400
    assert "Choose a file first." in page.text


def test_a_large_workbook_is_carried_from_the_preview_to_its_application(
    sqlite_site: Site, sqlite_admin: Browser
) -> None:
    rows = [[f"code-{number * 7919 % 100003}", f"单位{number}"] for number in range(5000)]
    page = upload(sqlite_admin, a_workbook(单位=[UNITS, *rows]))
    page = sqlite_admin.submit(page)
    assert page.path == "/console/organisation"
    assert len(sqlite_site.services.organising.units()) == 5000


def test_a_file_beyond_its_bound_is_refused_in_words(
    sqlite_admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(organisation_files, "MAXIMUM_BYTES", 1000)
    page = upload(sqlite_admin, b"0" * 1001)
    assert page.status == 400
    assert "The file is too large" in page.text


def test_a_body_beyond_all_bounds_is_not_read(
    sqlite_site: Site, sqlite_admin: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = sqlite_site.app.view_functions["console.organisation_upload"]
    assert vars(view)["max_body_bytes"] > organisation_files.MAXIMUM_BYTES
    monkeypatch.setattr(view, "max_body_bytes", 1000)
    assert upload(sqlite_admin, b"0" * 1001).status == 413


def test_a_preview_that_was_changed_is_not_applied(
    sqlite_site: Site, sqlite_admin: Browser
) -> None:
    page = upload(sqlite_admin, WORKBOOK)
    sealed = page.form("main form").values["preview"][0]
    flipped = sealed[:20] + ("A" if sealed[20] != "A" else "B") + sealed[21:]
    for preview in (flipped, ""):
        answer = sqlite_admin.submit(page, {"preview": preview})
        assert answer.status == 400
        assert "This page has expired" in answer.text
    assert sqlite_site.services.organising.units() == []


def test_a_preview_of_another_person_is_not_applied(
    sqlite_site: Site, sqlite_admin: Browser, signed_in: SignedIn
) -> None:
    fields = upload(sqlite_admin, WORKBOOK).form("main form").values
    other = signed_in(sqlite_site, Role.ADMIN)
    fields["csrf_token"] = other.get("/console/").form("header form").values["csrf_token"]
    assert other.post("/console/organisation/apply", fields).status == 400


def test_a_preview_that_was_overtaken_says_so(sqlite_site: Site, sqlite_admin: Browser) -> None:
    page = upload(sqlite_admin, WORKBOOK)
    sqlite_admin.submit(upload(sqlite_admin, WORKBOOK))
    answer = sqlite_admin.submit(page)
    assert answer.status == 409
    assert "since the preview" in answer.text

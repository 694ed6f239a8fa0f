"""Exports: a button a file, named in Chinese, logged, for those whose role has it."""

from __future__ import annotations

import io
from urllib.parse import unquote

import openpyxl
import pytest

from surveyapp.domain.roles import Role
from surveyapp.services.auditing import LogQuery
from tests.builders import CLERK
from tests.support.pages import Browser, Page
from tests.support.results import a_city
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn

ROWS = [f"{level},{area},w1," for level in (5, 4, 2) for area in ("town", "village")] * 3


@pytest.fixture
def key(site: Site) -> str:
    return a_city(site.services, *ROWS)


def export(browser: Browser, key: str, what: str, file_format: str, **fields: str) -> Page:
    page = browser.get(f"/console/results/{key}")
    form = f"form[action$=export]:has([value={what}])"
    return closed(browser.submit(page, fields, form=form, button=("format", file_format)))


def closed(answer: Page) -> Page:
    """Read a file to its end and close it, as a server does."""
    answer.response.get_data()
    answer.response.close()
    return answer


def name_of(answer: Page) -> str:
    return unquote(answer.headers["Content-Disposition"].partition("UTF-8''")[2])


def test_responses_come_as_csv_that_can_be_imported_again(
    site: Site, signed_in: SignedIn, key: str
) -> None:
    analyst = signed_in(site, Role.ANALYST, name="li")
    answer = export(analyst, key, "responses", "csv")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert name_of(answer).startswith("City Responses 20")
    lines = answer.response.data.decode("utf-8-sig").splitlines()
    assert len(lines) == len(ROWS) + 1
    assert {"mode", "subject", "overall", "standing"} <= set(lines[0].split(","))
    words = export(analyst, key, "responses", "csv", levels="label").response.data
    assert b"Very satisfied" in words
    events = site.services.auditing.read(LogQuery(action="responses.export"), 1, CLERK).events
    assert [(event.actor, event.target) for event in events] == [("li", key)] * 2


def test_indices_come_as_a_workbook(site: Site, signed_in: SignedIn, key: str) -> None:
    editor = signed_in(site, Role.EDITOR)
    chinese = {"Accept-Language": "zh-CN"}
    page = editor.get(f"/console/results/{key}", headers=chinese)
    form = page.form("form[action$=export]:has([value=indices])")
    answer = closed(editor.submit(form, button=("format", "xlsx"), headers=chinese))
    assert name_of(answer).startswith("城市 ")
    assert name_of(answer).endswith(".xlsx")
    workbook = openpyxl.load_workbook(io.BytesIO(answer.response.data))
    assert len(workbook.worksheets) >= 2


def test_what_is_no_export_is_refused(sqlite_site: Site, signed_in: SignedIn) -> None:
    key = a_city(sqlite_site.services, *ROWS)
    editor = signed_in(sqlite_site, Role.EDITOR)
    page = editor.get(f"/console/results/{key}")
    fields = page.form("form[action$=export]:has([value=indices])").values
    for what, file_format in (("answers", "csv"), ("indices", "sav"), ("indices", "../x")):
        address = f"/console/results/{key}/export"
        answer = editor.post(address, {**fields, "what": what, "format": file_format})
        assert (answer.status, "There is no such export" in answer.text) == (400, True)
    assert editor.client.get(f"/console/results/{key}/export").status_code == 405


def test_nobody_exports_without_the_permission(sqlite_site: Site, signed_in: SignedIn) -> None:
    key = a_city(sqlite_site.services, *ROWS)
    reviewer = signed_in(sqlite_site, Role.REVIEWER)
    page = reviewer.get(f"/console/results/{key}")
    assert not page.soup.select("form[action$=export]")
    token = page.form("header form").values["csrf_token"]
    answer = reviewer.post(
        f"/console/results/{key}/export",
        {"csrf_token": token, "what": "responses", "format": "csv"},
    )
    assert answer.status == 403

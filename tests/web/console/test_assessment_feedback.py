"""Pages of feedback sheets and common problems: who opens what, and what they say."""

from __future__ import annotations

from io import BytesIO

import openpyxl
import pytest

from surveyapp.domain.roles import Role
from surveyapp.services.assessment.scores import ScoreRun
from tests.support.assessed import REVIEWER, an_assessment, score
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn

BASE = "/console/assessment/feedback"


@pytest.fixture
def run(sqlite_site: Site) -> ScoreRun:
    return an_assessment(sqlite_site.services, released=False)


def test_the_office_finds_every_sheet(
    sqlite_site: Site, signed_in: SignedIn, run: ScoreRun
) -> None:
    score(sqlite_site.services, released=False)
    office = signed_in(sqlite_site, Role.EDITOR)
    page = office.get(BASE)
    assert "not released" in page.text
    assert len(page.soup.select("main tbody tr")) == 1
    page = office.get(f"{BASE}/{run.id}")
    assert "西山县" in page.text
    sheet = office.get(f"{BASE}/{run.id}/units/west")
    assert "not the final grade" in sheet.text
    assert "Growth" in sheet.text
    for name in ("东城县", "南林县", "北河县"):
        assert name not in sheet.text
    whole = office.get(f"{BASE}/{run.id}/print")
    assert len(whole.soup.select(".sheet")) == 4
    form = office.get(str(sheet.one("a[href*='rectification/new']")["href"]))
    assert form.form().values["unit"] == ["west"]


def test_a_unit_finds_its_own_once_it_is_released(
    sqlite_site: Site, signed_in: SignedIn, run: ScoreRun
) -> None:
    unit = signed_in(sqlite_site, Role.UNIT, unit_code="west")
    assert "There are no scores" in unit.get(BASE).text
    for path in ("", "/units/west", "/print", "/common"):
        assert unit.get(f"{BASE}/{run.id}{path}").status == 404
    sqlite_site.services.scores.release(run.id, REVIEWER.actor)
    page = unit.get(f"{BASE}/{run.id}")
    assert "东城县" not in page.text
    assert "西山县" in unit.get(f"{BASE}/{run.id}/units/west").text
    assert len(unit.get(f"{BASE}/{run.id}/print").soup.select(".sheet")) == 1
    assert unit.get(f"{BASE}/{run.id}/units/east").status == 404
    assert unit.get(f"{BASE}/{run.id}/common").status == 403
    token = str(page.one(".sign-out input[name=csrf_token]")["value"])
    taken = unit.post(f"{BASE}/{run.id}/units/east/sheet.csv", {"csrf_token": token})
    assert taken.status == 404
    # Another unit of no category has nothing to open.
    other = signed_in(sqlite_site, Role.UNIT, unit_code="stats")
    assert "There are no scores" in other.get(BASE).text


def test_a_sheet_is_taken_out_and_that_is_logged(
    sqlite_site: Site, signed_in: SignedIn, run: ScoreRun
) -> None:
    office = signed_in(sqlite_site, Role.REVIEWER)
    page = office.get(f"{BASE}/{run.id}/units/west")
    book = office.submit(page, form="form[action$='sheet.xlsx']").response.data
    title = openpyxl.load_workbook(BytesIO(book)).worksheets[0]["A1"].value
    assert title == "西山县 Feedback sheet"
    rows = office.submit(page, form="form[action$='sheet.csv']").response.data
    assert rows.decode("utf-8-sig").startswith("No.,Group,Indicator")
    log = signed_in(sqlite_site, Role.AUDITOR).get("/console/log")
    assert "Feedback sheet exported" in log.text


def test_common_problems_can_be_looked_for(
    sqlite_site: Site, signed_in: SignedIn, run: ScoreRun
) -> None:
    office = signed_in(sqlite_site, Role.EDITOR)
    page = office.get(f"{BASE}/{run.id}/common")
    assert "No indicator is weak in so many units." in page.text
    page = office.get(f"{BASE}/{run.id}/common?least=2&weak=60")
    assert "Done in time" in page.text
    assert "weak in 2 of 4 units" in page.text
    for odd in ("least=-1&weak=61", "least=x&weak=x", "least=99999"):
        assert office.get(f"{BASE}/{run.id}/common?{odd}").status == 200

"""Figures of service reviews in the console: what they say, for whom, and what leaves the house."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from urllib.parse import unquote
from uuid import uuid4

import openpyxl
import pytest

from surveyapp.domain.roles import Role
from surveyapp.services.auditing import LogQuery
from surveyapp.storage.case_records import CaseRecord
from surveyapp.storage.surveys import SurveyRepository
from tests.builders import CLERK, a_place, an_open_survey, submit
from tests.support.pages import Browser, Page
from tests.support.results import satisfaction_document
from tests.support.reviews import a_hall, give_volumes, record, some
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn


def a_year(site: Site) -> str:
    key = a_hall(site.services)
    rows = []
    for month in range(1, 12):
        day = f"2026-{month:02}-05"
        bad = 30 if month == 9 else 3
        rows += some(f"g{month}-", 30, f"{day},tax,pc,,,,,,,1,满意")
        rows += some(f"b{month}-", bad, f"{day},tax,pc,,,,,,,1,不满意")
        rows += some(f"p{month}-", 3, f"{day},police,pc,,,,,,,1,满意")
    record(site.services, key, *rows)
    give_volumes(site.services, key, "2026-10-05,tax,100", "2026-10-05,police,50")
    return key


def test_the_overview_says_it_plainly_first(site: Site, signed_in: SignedIn) -> None:
    key = a_year(site)
    analyst = signed_in(site, Role.ANALYST)
    page = analyst.get(f"/console/reviews/{key}?since=2026-10-01&until=2026-10-31")
    assert "36 reviews were given; good: 33, that is 91.7%" in page.text
    assert "36 of 150 service cases were reviewed, 114 were not" in page.text
    assert "Too few reviews: not ranked" in page.text
    assert "33 / 36" in page.text
    page = analyst.get(f"/console/reviews/{key}")
    assert "No number of service cases for 10 days: cannot be computed." in page.text
    assert "2026-09: 52.4 % good, below the control limit" in page.text
    (image,) = page.soup.select("figure img")
    picture = analyst.get(str(image["src"]))
    assert picture.headers["Content-Type"].startswith("image/svg")
    assert b"2026-09" in picture.response.data
    (source,) = page.soup.select("figure source")
    assert analyst.get(str(source["srcset"])).status == 200


def test_one_review_is_counted_in_the_singular(sqlite_site: Site, signed_in: SignedIn) -> None:
    key = a_hall(sqlite_site.services)
    record(sqlite_site.services, key, "one,2026-10-05,tax,pc,,,,,,,1,满意")
    page = signed_in(sqlite_site, Role.ANALYST).get(f"/console/reviews/{key}")
    assert "1 review was given; good: 1, that is 100.0%" in page.text


def test_filters_are_kept_and_wrong_ones_refused(sqlite_site: Site, signed_in: SignedIn) -> None:
    key = a_year(sqlite_site)
    editor = signed_in(sqlite_site, Role.EDITOR)
    address = f"/console/reviews/{key}?unit=5102&naming=anonymous&source=imported&step=day"
    page = editor.get(address)
    assert "33 reviews were given; good: 33," in page.text
    marked = page.soup.select("option[selected]")
    chosen = {str(one.parent["name"]) for one in marked if one.parent and one["value"]}
    assert chosen == {"unit", "naming", "source", "step"}
    assert editor.get(f"/console/reviews/{key}?since=yesterday").status == 400
    empty = editor.get(f"/console/reviews/{key}?source=here")
    assert "No review has been given in this selection." in empty.text
    assert editor.get(f"/console/reviews/{key}/trend.svg?source=here").status == 404


def test_defaults_are_told_apart(sqlite_site: Site, signed_in: SignedIn) -> None:
    key = a_hall(sqlite_site.services)
    record(sqlite_site.services, key, *some("d", 7, "2026-11-02,tax,default,,,,,,,1,基本满意"))
    page = signed_in(sqlite_site, Role.REVIEWER).get(f"/console/reviews/{key}")
    assert "7 further reviews were entered by default" in page.text
    assert "Figures of reviews" not in page.text
    page = signed_in(sqlite_site, Role.REVIEWER).get("/console/reviews")
    assert page.soup.select_one(f'a[href$="/console/reviews/{key}"]') is not None


def test_only_reviews_have_these_pages(sqlite_site: Site, signed_in: SignedIn) -> None:
    key = an_open_survey(sqlite_site.services, satisfaction_document())
    editor = signed_in(sqlite_site, Role.EDITOR)
    assert "No review survey" in editor.get("/console/reviews").text
    assert editor.get(f"/console/reviews/{key}").status == 409
    assert editor.get("/console/reviews/nowhere").status == 404


@pytest.mark.parametrize("role", [Role.UNIT, Role.LEADER, Role.ADMIN, Role.AUDITOR])
def test_live_figures_are_for_those_who_prepare_them(
    sqlite_site: Site, signed_in: SignedIn, role: Role
) -> None:
    key = a_hall(sqlite_site.services)
    browser = signed_in(sqlite_site, role, unit_code="5101")
    for page in ("", f"/{key}", f"/{key}/bulletin", f"/{key}/trend.svg", f"/{key}/volumes"):
        assert browser.get(f"/console/reviews{page}").status == 403


def cases_of_november(site: Site, key: str) -> None:
    with site.services.database.writing() as work:
        survey = SurveyRepository(work).find(key)
        assert survey is not None
        common = {
            "survey_id": survey.id,
            "is_named": True,
            "has_contact": True,
            "events": 1,
            "received_on": date(2026, 11, 2),
            "opened_at": datetime(2026, 11, 2, tzinfo=UTC),
            "reopened": 0,
        }
        work.session.add(
            CaseRecord(
                id=uuid4(), number="CP-1", response_id=uuid4(), subject_key="tax",
                unit_code="5101", state="closed", closed_on=date(2026, 11, 12),
                call_back="satisfied", answer="已增设窗口，咨询 13812345678", **common,
            )
        )  # fmt: skip
        work.session.add(
            CaseRecord(
                id=uuid4(), number="CP-2", response_id=uuid4(), state="to_verify",
                due_on=date(2026, 11, 10), **common,
            )
        )  # fmt: skip


def test_the_bulletin_has_ranks_changes_and_cases(site: Site, signed_in: SignedIn) -> None:
    key = a_year(site)
    cases_of_november(site, key)
    analyst = signed_in(site, Role.ANALYST)
    page = analyst.get(f"/console/reviews/{key}/bulletin?month=2026-10")
    assert page.h1 == "Monthly bulletin 2026-10"
    ranks = [cell.get_text(" ", strip=True) for cell in page.soup.select(".v-rank")]
    assert ranks == ["1", "– Too few reviews: not ranked"]
    # September: 30 of 60; October: 30 of 33.
    assert "+40.9" in page.text
    assert "within chance" in page.text
    now = analyst.get(f"/console/reviews/{key}/bulletin")
    assert now.h1 == "Monthly bulletin 2026-11"
    assert "the month is not over" in now.text
    assert "CP-1" in now.text
    assert "13812345678" not in now.text
    assert "CP-2" in now.text
    for month in ("2026-13", "November", "2027-01"):
        assert analyst.get(f"/console/reviews/{key}/bulletin?month={month}").status == 400


def test_a_bulletin_without_units_ranks_what_is_rated(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    key = an_open_survey(sqlite_site.services)
    page = signed_in(sqlite_site, Role.EDITOR).get(f"/console/reviews/{key}/bulletin")
    assert "There is nothing to rank yet." in page.text
    assert "Nothing is overdue." in page.text
    submit(sqlite_site.services, a_place(sqlite_site.services, key), overall="satisfied")
    page = signed_in(sqlite_site, Role.EDITOR).get(f"/console/reviews/{key}/bulletin")
    assert "Too few reviews: not ranked" in page.text


def downloaded(browser: Browser, page: Page, form: str, **button: str) -> Page:
    ((name, value),) = button.items() or (("", ""),)
    answer = browser.submit(page.form(form), button=(name, value) if name else None)
    answer.response.get_data()
    return answer


def name_of(answer: Page) -> str:
    return unquote(answer.headers["Content-Disposition"].partition("UTF-8''")[2])


def test_figures_and_bulletin_come_as_workbooks(site: Site, signed_in: SignedIn) -> None:
    key = a_year(site)
    cases_of_november(site, key)
    analyst = signed_in(site, Role.ANALYST, name="li")
    page = analyst.get(f"/console/reviews/{key}")
    answer = downloaded(analyst, page, "form[action$=export]", what="figures")
    assert name_of(answer).startswith("Hall review Figures of reviews 20")
    book = openpyxl.load_workbook(io.BytesIO(answer.response.data))
    assert book.sheetnames == ["Rates", "Numbers", "Definitions", "About"]
    first = next(book["Rates"].iter_rows(min_row=2, values_only=True))
    assert first[3:7] == ("Good rate", "All reviews", 363, 423)
    page = analyst.get(f"/console/reviews/{key}/bulletin?month=2026-11")
    answer = downloaded(analyst, page, "form[action$=export]")
    assert name_of(answer) == "Hall review Monthly bulletin 2026-11.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(answer.response.data))
    assert book["Typical cases"].cell(2, 6).value == "已增设窗口，咨询 【已隐去】"
    assert book["Overdue items"].cell(2, 1).value == "CP-2"
    assert [row[2].value for row in book["Bulletin"].iter_rows(min_row=2)] == [
        "税务局",
        "公安局",
        "All reviews",
    ]
    events = site.services.auditing.read(LogQuery(action="reviews.export"), 1, CLERK).events
    assert {(event.actor, event.detail["what"]) for event in events} == {
        ("li", "bulletin"),
        ("li", "figures"),
    }
    token = page.form("form[action$=export]").values
    assert analyst.post(f"/console/reviews/{key}/export", {**token, "what": "x"}).status == 400


def test_reviews_are_handed_over_in_the_direction_of_the_platform(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    key = a_hall(sqlite_site.services)
    record(sqlite_site.services, key, "a,2026-11-02,tax,pc,C-1,,,,,,1,非常满意")
    editor = signed_in(sqlite_site, Role.EDITOR)
    page = editor.get(f"/console/reviews/{key}")
    form = page.form("form[action$=exchange]")
    answer = editor.submit(form, {"target": "provincial"}, button=("format", "json"))
    assert json.loads(answer.response.get_data())["reviews"][0]["satisfaction"] == "5"
    answer = editor.submit(form, {"target": "gbt39046"}, button=("format", "csv"))
    assert "C-1,PC端,匿名用户,20261102T000000,1,非常满意,1," in answer.response.get_data(
        as_text=True
    )
    for fields in ({"target": "/etc/passwd", "format": "csv"}, {"target": "gbt39046"}):
        wrong = {**form.values, "format": "xml"} | fields
        assert editor.post(f"/console/reviews/{key}/exchange", wrong).status == 400


def test_service_cases_are_uploaded(site: Site, signed_in: SignedIn) -> None:
    key = a_hall(site.services)
    editor = signed_in(site, Role.EDITOR)
    address = f"/console/reviews/{key}/volumes"
    page = editor.get(address)
    assert "No numbers of service cases yet." in page.text

    def upload(content: str, source: str = "办件系统") -> Page:
        files = {"file": ("../办件量.csv", content.encode())} if content else None
        return editor.submit(editor.get(address), {"source": source}, files=files)

    answer = upload("日期,单位编码,办件量\n2026-11-02,5101,30\n2026-11-03,5101,12\n")
    assert "Stored: 2 numbers new" in answer.text
    assert "2026-11" in answer.text
    assert "42" in answer.text
    bad = upload("日期,单位编码,办件量\n2026-11-02,51,30\n2026-11-02,,-1\n")
    assert bad.status == 400
    assert "Line 2: Unit “51” has 0 subjects" in bad.text
    assert "Line 3: “-1” is no number" in bad.text
    assert upload("").status == 400
    assert upload("日期,办件量\n2026-11-02,1\n", source="").status == 400
    assert signed_in(site, Role.ANALYST).get(address).status == 403

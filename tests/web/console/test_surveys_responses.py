"""Responses inside: counts by day, imported files, and the decision which of them count."""

from __future__ import annotations

import csv
import io
from uuid import uuid4

import pytest

from surveyapp.domain.roles import Role
from tests.builders import a_place, an_open_survey, every_type_document, submit
from tests.support.pages import Browser, Page
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn

REVIEW = "/console/surveys/hall-review/responses"
IMPORT = "/console/surveys/every-type/responses/import"


def a_file(*rows: dict[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=["used", "police", "m.air", "observed_on"])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


GOOD = {"used": "yes", "police": "5", "m.air": "4", "observed_on": "2026-11-02"}


@pytest.fixture
def editor(site: Site, signed_in: SignedIn) -> Browser:
    an_open_survey(site.services, every_type_document())
    return signed_in(site, Role.EDITOR)


def upload(browser: Browser, data: bytes, name: str = "电话.csv", **fields: str) -> Page:
    return browser.submit(browser.get(IMPORT), fields, files={"file": (name, data)})


def test_a_data_file_is_imported_whole(site: Site, editor: Browser) -> None:
    page = upload(editor, a_file(GOOD, GOOD | {"police": "9"}), mode="phone")
    assert "2 responses are imported" in page.text
    assert "电话.csv" in page.text
    assert site.responses("every-type") == 2
    page = upload(editor, a_file(GOOD, GOOD | {"police": "9"}), mode="phone")
    assert "2 rows were imported before" in page.text
    assert site.responses("every-type") == 2


def test_every_bad_row_is_listed_and_nothing_is_imported(site: Site, editor: Browser) -> None:
    page = upload(editor, a_file(GOOD, GOOD | {"police": "7"}, {"observed_on": "2099-01-01"}))
    assert page.status == 400
    assert "Nothing was imported: 2 rows of “电话.csv”" in page.text
    assert [row.th.get_text() for row in page.soup.select("tbody tr") if row.th] == ["3", "4"]
    assert site.responses("every-type") == 0
    page = upload(editor, b"\x00", name="answers.doc")
    assert (page.status, "data files end in" in page.text) == (400, True)


def test_counts_by_day_come_with_a_chart_and_a_table(site: Site, editor: Browser) -> None:
    page = editor.get("/console/surveys/every-type/responses")
    assert "No response has been counted yet" in page.text
    upload(editor, a_file(GOOD, GOOD | {"observed_on": "2026-11-05"}))
    page = editor.get("/console/surveys/every-type/responses")
    assert "5 November 2026" in page.text
    image = page.soup.select_one("figure img")
    assert image is not None
    chart = editor.get(str(image["src"]))
    assert chart.headers["Content-Type"].startswith("image/svg+xml")


def test_a_reviewer_flags_a_review_with_a_reason(site: Site, signed_in: SignedIn) -> None:
    an_open_survey(site.services)
    place = a_place(site.services, "hall-review")
    submit(site.services, place, overall="very_satisfied", comment="<b>好</b>")
    site.clock.advance(days=1)
    submit(site.services, place, overall="satisfied")
    reviewer = signed_in(site, Role.REVIEWER, name="wang")
    page = reviewer.get(f"{REVIEW}/review")
    assert "24 November 2026 · 1 response" in page.text
    assert ":" not in str(page.soup.select_one("main .table-card tbody").get_text())  # type: ignore[union-attr]
    page = reviewer.submit(page, {"day": "2026-11-23"}, form="form.filters")
    link = page.soup.select_one("tbody a")
    assert link is not None
    page = reviewer.get(str(link["href"]))
    assert "<b>好</b>" in page.text
    assert "Very satisfied" in page.text
    page = reviewer.submit(page, {"standing": "flagged"})
    assert (page.status, "Give the reason" in page.text) == (400, True)
    page = reviewer.submit(page, {"standing": "flagged", "reason": "同一人重复提交"})
    assert "The decision holds" in page.text
    assert "wang" in page.text
    assert site.services.reporting.report("hall-review").standings == {"counted": 1, "flagged": 1}
    page = reviewer.get(REVIEW)
    assert "flagged 1" in page.text


def test_days_without_responses_and_strange_days_are_no_error(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    an_open_survey(sqlite_site.services)
    reviewer = signed_in(sqlite_site, Role.REVIEWER)
    assert "No response has come in yet" in reviewer.get(f"{REVIEW}/review").text
    assert "came on this day" in reviewer.get(f"{REVIEW}/review?day=2026-01-01").text
    for strange in ("x", "0001-01-01", "9999-12-31"):
        page = reviewer.get(f"{REVIEW}/review?day={strange}")
        assert "No response has come in yet" in page.text


def test_a_response_of_another_survey_is_not_found_here(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    an_open_survey(sqlite_site.services)
    an_open_survey(sqlite_site.services, every_type_document())
    place = a_place(sqlite_site.services, "every-type")
    submit(
        sqlite_site.services,
        place,
        used="yes",
        police="neutral",
        m__air="neutral",
        m__water="neutral",
    )
    reviewer = signed_in(sqlite_site, Role.REVIEWER)
    page = reviewer.get("/console/surveys/every-type/responses/review")
    link = page.soup.select_one("tbody a")
    assert link is not None
    found = str(link["href"])
    assert reviewer.get(found).status == 200
    assert reviewer.get(found.replace("every-type", "hall-review")).status == 404
    assert reviewer.get(f"{REVIEW}/review/{uuid4()}").status == 404

"""Proof of work on the form: with a script, without one, replayed, wrong; nothing typed is lost."""

from __future__ import annotations

from uuid import uuid4

import pytest

from surveyapp.domain.proof import solve
from surveyapp.services.collection.inviting import InvitationOrder
from tests.builders import CLERK, review_document
from tests.support.pages import Page
from tests.support.receipts import rows
from tests.web.conftest import MakeSite, Site

WITH_PROOF = review_document(review={"proof_of_work": True})


@pytest.fixture
def site(make_site: MakeSite, sqlite_url: str) -> Site:
    return make_site(sqlite_url)


def hidden(page: Page, name: str) -> str:
    return str(page.one(f"input[name={name}]")["value"])


def filled(page: Page, **values: str) -> dict[str, str]:
    return {"overall": "satisfied", "comment": "排队一小时"} | values


def test_it_is_off_unless_the_survey_asks_for_it(site: Site) -> None:
    page = site.browser().get(f"/r/{site.place()}")
    assert not page.soup.select("input[name=_ticket]")
    assert page.response.data.count(b"<script>") == 1


@pytest.mark.parametrize("view", ["standard", "elder", "kiosk"])
def test_a_browser_that_has_done_the_sum_sends_at_once(site: Site, view: str) -> None:
    code, browser = site.place(WITH_PROOF), site.browser()
    page = browser.get(f"/r/{code}?view={view}")
    policy = page.headers["Content-Security-Policy"]
    assert policy.count("'sha256-") >= 3
    assert "unsafe" not in policy
    solution = solve(hidden(page, "_ticket"))
    page = browser.submit(page, {"_solution": solution}, button=("overall", "satisfied"))
    assert "/receipt/" in page.url
    (row,) = rows(site.services)
    assert row.answers["overall"] == "satisfied"
    assert "_ticket" not in row.answers


def test_without_a_script_the_form_comes_back_whole_and_goes_through_after_waiting(
    site: Site,
) -> None:
    code, browser = site.place(WITH_PROOF), site.browser()
    page = browser.get(f"/r/{code}?lang=en")
    assert "can be sent 10 seconds after it was opened" in page.text
    page = browser.submit(page, filled(page))
    assert page.status == 409
    assert "please submit again in 10 seconds" in page.text
    assert page.one("textarea").get_text() == "排队一小时"
    assert page.soup.select("input[value=satisfied][checked]")
    assert rows(site.services) == []
    site.clock.advance(seconds=10)
    assert "/receipt/" in browser.submit(page).url
    assert len(rows(site.services)) == 1


def test_who_takes_time_anyway_never_notices(site: Site) -> None:
    code, browser = site.place(WITH_PROOF), site.browser()
    page = browser.get(f"/r/{code}")
    site.clock.advance(seconds=25)
    assert "/receipt/" in browser.submit(page, filled(page)).url


def test_a_solution_is_good_for_one_review(site: Site) -> None:
    code, browser = site.place(WITH_PROOF), site.browser()
    page = browser.get(f"/r/{code}")
    solved = {"_solution": solve(hidden(page, "_ticket"))}
    first = browser.submit(page, filled(page, **solved))
    again = browser.submit(page, filled(page, **solved))
    assert first.url == again.url
    assert len(rows(site.services)) == 1
    other = browser.submit(page, filled(page, submission_key=str(uuid4()), **solved))
    assert other.status == 409
    assert "排队一小时" in other.text
    assert len(rows(site.services)) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"_solution": "1"},
        {"_solution": "<script>"},
        {"_ticket": ""},
        {"_ticket": "1." + "0" * 32, "_solution": "5"},
    ],
)
def test_a_wrong_solution_loses_nothing(site: Site, wrong: dict[str, str]) -> None:
    code, browser = site.place(WITH_PROOF), site.browser()
    page = browser.get(f"/r/{code}")
    page = browser.submit(page, filled(page, **wrong))
    assert page.status == 409
    assert page.one("textarea").get_text() == "排队一小时"
    solution = solve(hidden(page, "_ticket"))
    assert "/receipt/" in browser.submit(page, {"_solution": solution}).url


def test_a_link_for_one_case_asks_for_no_proof(site: Site) -> None:
    site.place(WITH_PROOF)
    order = InvitationOrder(case_number="A1")
    code = site.services.inviting.create("hall-review", order, CLERK).code
    browser = site.browser()
    page = browser.get(f"/i/{code}")
    assert not page.soup.select("input[name=_ticket]")
    assert "/receipt/" in browser.submit(page, filled(page)).url

"""The page of a receipt: change, follow, answer, add; and nothing that proves how one rated."""

from __future__ import annotations

import re

import pytest

from surveyapp.domain.errors import Unavailable
from surveyapp.services.cases.views import CaseFilters
from surveyapp.storage.contacts import ContactRepository
from surveyapp.storage.records import UnitRecord
from surveyapp.storage.units import UnitRepository
from tests.builders import CLERK, review_document
from tests.support.cases import (
    AT_ONCE,
    EDITOR,
    SEEN_AT_ONCE,
    SUBJECTS,
    UNITS,
    VERIFIED,
    WINDOW,
    CaseBook,
)
from tests.support.pages import Browser, Page
from tests.support.receipts import contacts, counted, rows
from tests.web.conftest import MakeSite, Site

LEVELS = {
    "very_satisfied": "非常满意",
    "satisfied": "满意",
    "basically_satisfied": "基本满意",
    "dissatisfied": "不满意",
    "very_dissatisfied": "非常不满意",
}
PRESS = "#change form"


@pytest.fixture
def quick_site(make_site: MakeSite, sqlite_url: str) -> Site:
    return make_site(sqlite_url)


def reviewed(site: Site, level: str = "dissatisfied", **more: str) -> tuple[Browser, Page]:
    """Answer, and return the browser with the page of the receipt."""
    browser = site.browser()
    page = browser.get(f"/r/{site.place()}")
    return browser, browser.submit(page, {"overall": level, **more})


def press(browser: Browser, page: Page, level: str) -> Page:
    return browser.submit(page, form=PRESS, button=("level", level))


@pytest.mark.parametrize("after", LEVELS)
def test_one_press_changes_the_level_in_any_direction(site: Site, after: str) -> None:
    browser, page = reviewed(site)
    assert page.one("#change [aria-current]").get_text().startswith("不满意")
    assert [button["value"] for button in page.soup.select("#change button")] == list(LEVELS)
    changed = press(browser, page, after)
    assert (changed.status, changed.path) == (200, page.path)
    assert changed.one("#change [aria-current]")["value"] == after
    assert counted(site.services)[0].answers["overall"] == after


def test_after_the_time_the_page_says_so_and_shows_no_level(quick_site: Site) -> None:
    browser, page = reviewed(quick_site, "satisfied")
    quick_site.clock.advance(minutes=10)
    late = press(browser, page, "dissatisfied")
    assert late.status == 409
    assert "10" in late.one("#problems").get_text()
    shown = browser.get(page.path)
    assert not shown.soup.select("#change")
    assert not any(label in shown.text for label in LEVELS.values())
    assert shown.headers["Cache-Control"] == "no-store"


def test_what_is_no_level_is_refused(quick_site: Site) -> None:
    browser, page = reviewed(quick_site)
    token = page.form(PRESS).values["csrf_token"][0]
    for fields, status in (
        ({}, 400),
        ({"level": "superb"}, 400),
        ({"level": ["satisfied", "dissatisfied"]}, 400),
    ):
        answer = browser.post(f"{page.path}/change", {"csrf_token": token, **fields})
        assert answer.status == status
    assert len(rows(quick_site.services)) == 1


def test_a_level_that_needs_more_leads_to_the_form(quick_site: Site) -> None:
    questions = review_document()["questions"]
    questions[2] |= {"required": True, "show_if": {"overall": ["very_dissatisfied"]}}
    browser = quick_site.browser()
    form = browser.get(f"/r/{quick_site.place(review_document(questions=questions))}")
    page = browser.submit(form, {"overall": "satisfied"})
    answer = press(browser, page, "very_dissatisfied")
    assert answer.status == 422
    assert answer.form().values["overall"] == ["very_dissatisfied"]


def test_reasons_words_and_a_number_are_added(quick_site: Site) -> None:
    browser, page = reviewed(quick_site)
    form = browser.get(str(page.one('a[href$="/details"]')["href"]))
    assert form.form().values["overall"] == ["dissatisfied"]
    wrong = browser.submit(form, {"_phone": "12", "comment": "等了很久"})
    assert wrong.status == 422
    assert wrong.one("#phone-e").get_text(strip=True)
    assert wrong.one('#problems a[href="#phone"]')
    assert wrong.form().values["comment"] == ["等了很久"]
    assert not browser.get(page.path).soup.select("#saved, .stored"), "nothing was stored"
    answer = browser.submit(wrong, {"_phone": "138 1234 5678", "reasons": ["214"]}, follow=False)
    assert (answer.status, answer.headers["Location"]) == (303, page.path)
    done = browser.get(page.path)
    assert done.one('#saved[role="status"]')
    assert [one.get_text() for one in done.soup.select(".stored dd")] == [
        "原因；意见",
        "138****5678",
    ]
    again = browser.get(page.path)
    assert not again.soup.select("#saved"), "it is said once"
    assert "138****5678" in again.one(".stored").get_text()
    assert "无需回访" not in done.text
    (now,) = counted(quick_site.services)
    assert (now.answers["comment"], now.answers["reasons"]) == ("等了很久", ["214"])
    assert contacts(quick_site.services) == [now.id]
    kept = browser.get(f"{page.path}/details")
    assert "138****5678" in kept.one("#phone-k").get_text()
    assert "12345678" not in kept.html
    assert "138****5678" in browser.submit(kept, {"comment": "还在等"}).one(".stored").get_text()
    fields = {"overall": "satisfied", "_phone": "13812345678", "comment": "还在等"}
    dropped = browser.submit(browser.get(f"{page.path}/details"), fields)
    assert "无需回访" in dropped.one("#saved").get_text()
    assert contacts(quick_site.services) == []
    press(browser, dropped, "dissatisfied")
    better = press(browser, again, "satisfied")
    assert [one.get_text() for one in better.soup.select(".stored dd")] == ["意见"]
    quick_site.clock.advance(minutes=10)
    assert not browser.get(page.path).soup.select(".stored"), "it would tell how one rated"
    assert browser.get(f"{page.path}/details").status == 409
    assert browser.submit(form).status == 409


def test_a_kiosk_says_that_it_was_stored_and_shows_nothing_of_it(quick_site: Site) -> None:
    browser = quick_site.browser()
    form = browser.get(f"/r/{quick_site.place()}?view=kiosk")
    page = browser.submit(form, {}, button=("overall", "dissatisfied"))
    form = browser.get(str(page.one('a[href*="/details"]')["href"]))
    done = browser.submit(form, {"_phone": "13812345678", "comment": "等了很久"})
    assert done.one("#saved")
    assert not done.soup.select(".stored")
    assert "5678" not in done.html
    assert "5678" not in browser.get(str(page.one('a[href*="/details"]')["href"])).html


def test_the_number_of_a_case_is_shown_masked_until_it_is_deleted(
    book: tuple[Site, CaseBook],
) -> None:
    site, _ = book
    code = site.place(review_document(subjects=SUBJECTS, review=SEEN_AT_ONCE), subject="w3")
    browser = site.browser()
    fields = {"overall": "dissatisfied", "comment": "慢", "_phone": "13812345678"}
    page = browser.submit(browser.get(f"/r/{code}"), fields)
    site.clock.advance(minutes=10)
    shown = browser.get(page.path)
    assert [one.get_text() for one in shown.soup.select("#case .stored dd")] == ["138****5678"]
    with site.services.database.writing() as work:
        ContactRepository(work).remove(contacts(site.services)[0])
    assert not browser.get(page.path).soup.select(".stored")


def test_one_further_review_and_then_none(site: Site) -> None:
    browser, page = reviewed(site, "satisfied")
    form = browser.get(str(page.one('a[href$="/further"]')["href"]))
    assert "overall" not in form.form().values
    assert browser.submit(form).status == 422
    done = browser.submit(form, {"overall": "dissatisfied"})
    assert done.path == page.path
    assert "追加" in done.text
    assert browser.submit(form, {"overall": "dissatisfied"}).path == page.path
    assert browser.submit(form, {"overall": "satisfied"}).status == 409
    assert browser.get(f"{page.path}/further").status == 409
    assert [row.review_number for row in rows(site.services)].count(2) == 1


def test_receipts_that_are_none_are_one_page_everywhere(quick_site: Site) -> None:
    browser, page = reviewed(quick_site)
    token = page.form(PRESS).values["csrf_token"][0]
    unknown = browser.get("/r/x").html
    for receipt in ("0000000000000000", "x"):
        for name in ("details", "further", "qr.svg"):
            if (receipt, name) != ("0000000000000000", "qr.svg"):
                assert browser.get(f"/receipt/{receipt}/{name}").html == unknown
        for name, field in (("change", "level"), ("word", "satisfied")):
            fields = {"csrf_token": token, field: "yes"}
            answer = browser.post(f"/receipt/{receipt}/{name}", fields)
            assert answer.html == unknown
        for name in ("details", "further"):
            fields = {"csrf_token": token, "submission_key": "", "overall": "satisfied"}
            assert browser.post(f"/receipt/{receipt}/{name}", fields).html == unknown


def test_the_picture_of_the_address_is_drawn_here(quick_site: Site) -> None:
    browser, page = reviewed(quick_site)
    image = page.one(".qr img")
    answer = browser.client.get(str(image["src"]))
    assert answer.mimetype == "image/svg+xml"
    assert answer.headers["Cache-Control"] == "no-store"
    assert b"<svg" in answer.data
    assert "img-src 'self'" in page.headers["Content-Security-Policy"]


def test_a_page_that_lost_its_token_comes_back(quick_site: Site) -> None:
    browser, page = reviewed(quick_site)
    other = quick_site.browser()
    for name in ("change", "word"):
        answer = other.post(f"{page.path}/{name}", {"level": "satisfied"})
        assert answer.status == 400
        assert answer.one("#problems")
    for name in ("details", "further"):
        answer = other.post(f"{page.path}/{name}", {"overall": "satisfied", "comment": "别丢了"})
        assert answer.status == 400
        assert answer.form().values["comment"] == ["别丢了"]
    assert len(rows(quick_site.services)) == 1
    assert browser.get(page.path).status == 200


# --- the way of a bad review -------------------------------------------------------------------


@pytest.fixture
def book(make_site: MakeSite, sqlite_url: str) -> tuple[Site, CaseBook]:
    site = make_site(sqlite_url)
    with site.services.database.writing() as work:
        for code, name, parent in UNITS:
            UnitRepository(work).add(
                UnitRecord(code=code, name=name, parent_code=parent, category=None)
            )
    return site, CaseBook(site.services, site.clock, "hall-review")


def test_a_bad_review_is_followed_until_the_citizen_is_satisfied(
    book: tuple[Site, CaseBook],
) -> None:
    site, cases = book
    code = site.place(review_document(subjects=SUBJECTS, review=SEEN_AT_ONCE), subject="w3")
    browser = site.browser()
    page = browser.submit(browser.get(f"/r/{code}"), {"overall": "dissatisfied"})
    site.clock.advance(minutes=10)

    def now() -> str:
        shown = browser.get(page.path)
        return shown.one("#case [aria-current] b").get_text()

    assert now() == "已收到"
    (line,) = cases.work.inbox(EDITOR, CaseFilters()).lines
    cases.work.verify(WINDOW, line.number, VERIFIED)
    assert now() == "核实中"
    cases.work.assign(EDITOR, line.number, AT_ONCE)
    assert now() == "整改中"
    cases.answer(line.number, "已重印告知清单。<b>")
    assert now() == "已反馈"
    shown = browser.get(page.path)
    assert shown.one(".answer").get_text() == "已重印告知清单。<b>"
    assert not re.search(r"\d:\d\d", shown.one("#case").get_text()), "days, never a time"
    asked = browser.post(f"{page.path}/word", {**shown.form("#case form").values, "satisfied": "?"})
    assert asked.status == 400
    said = browser.submit(shown, form="#case form", button=("satisfied", "yes"))
    assert not said.soup.select("#case form")
    against = browser.submit(shown, form="#case form", button=("satisfied", "no"))
    assert against.status == 409
    assert "满意" in said.one("#case").get_text()


def test_a_retry_while_the_database_is_away_keeps_what_was_typed(
    quick_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, page = reviewed(quick_site)
    form = browser.get(f"{page.path}/details")

    def lost() -> None:
        raise Unavailable

    with monkeypatch.context() as patch:
        patch.setattr(quick_site.services.database, "writing", lost)
        answer = browser.submit(form, {"comment": "别丢了"})
    assert answer.status == 503
    assert answer.form().values["comment"] == ["别丢了"]
    assert browser.submit(answer).path == page.path
    quick_site.services.authoring.close("hall-review", CLERK)
    assert not browser.get(page.path).soup.select('a[href$="/further"]')

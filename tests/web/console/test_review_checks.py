"""The page on conspicuous reviews: sentences, decisions, and who may take them."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from surveyapp.domain.roles import Role
from surveyapp.storage.records import UnitRecord
from tests.builders import an_open_survey, review_document
from tests.support.arrivals import arrivals, place_of
from tests.support.pages import Browser, Page
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn

CHECKS = "/console/reviews/hall-review/checks"


def conspicuous(site: Site) -> list[UUID]:
    """A hall in which everything happens that the rules look for; returns the copied reviews."""
    key = an_open_survey(site.services, review_document())
    place, other = place_of(site.services, key), place_of(site.services, key, "2号窗口")
    now = site.clock.now
    usual = [
        now - timedelta(days=day) + timedelta(minutes=30 * step)
        for day in range(20, 0, -1)
        for step in range(16)
    ]
    arrivals(site.services, key, place, usual)
    made_up = [now - timedelta(days=1) + timedelta(minutes=121, seconds=9 * i) for i in range(60)]
    arrivals(site.services, key, place, made_up)
    arrivals(site.services, key, place, made_up[:1], level="dissatisfied")
    tags = [f"t{i}" for i in range(8)]
    for number, moment in enumerate(usual[:80]):
        pair = {tags[number % 8], tags[(number * 3 + number // 8 + 1) % 8]}
        arrivals(site.services, key, other, [moment], reasons=sorted(pair))
    arrivals(site.services, key, other, usual[:90:15], reasons=tags)
    arrivals(site.services, key, other, usual[304:309], device="d" * 64, seconds=1)
    arrivals(site.services, key, place, usual[309:310], device="d" * 64, seconds=9)
    arrivals(site.services, key, other, usual[310:315], device="e" * 64)
    text = "工作人员热情周到效率很高"
    copies = arrivals(site.services, key, other, usual[200:204], comment=text)
    site.services.stuffing.tick()
    return copies


def decide(browser: Browser, review: object, reason: str, action: str) -> Page:
    page = browser.get(CHECKS)
    values = {"review": str(review), "reason": reason}
    return browser.submit(page, values, form="#decide", button=("action", action))


def token(browser: Browser) -> str:
    page = browser.get("/console/account")
    return str(page.one("input[name=csrf_token]")["value"])


def test_findings_are_said_plainly_and_decided_by_two(site: Site, signed_in: SignedIn) -> None:
    copies = conspicuous(site)
    editor = signed_in(site, Role.EDITOR, name="li")
    page = editor.get(CHECKS)
    for words in (
        "1号窗口: 78 reviews on one day; 16.0 a day are usual.",
        "reviews close together",
        "1 of them is bad: it is not flagged.",
        "same level, the same reasons and the same text",
        "6 reviews ticked the same reasons",
        "5 reviews were sent faster than a form can be read",
        "several places: 6 reviews from one device",
        "2号窗口: 5 reviews from one device",
        "Rule: Copied text",
        "deleted after 30 days",
        "none known",
    ):
        assert words in page.text, words
    one, other, third, _ = copies
    page = decide(editor, one, "", "clear")
    assert (page.status, "Give the reason" in page.text) == (400, True)
    assert page.soup.select(f'input[value="{one}"][checked]')
    page = decide(editor, one, "窗口登记簿有此人", "clear")
    assert "1 review counts again." in page.text
    assert decide(editor, other, "x", "delete").status == 400
    strange = {"csrf_token": token(editor), "review": "x", "reason": "x", "action": "clear"}
    assert editor.post(CHECKS, strange).status == 400
    page = decide(editor, other, "四条一字不差", "propose")
    assert "1 exclusion is proposed" in page.text
    assert "You proposed it: a second person decides." in page.text
    assert not page.soup.select('form[action$="/exclude"]')
    reviewer = signed_in(site, Role.REVIEWER, name="wang")
    page = reviewer.submit(reviewer.get(CHECKS), form='form[action$="/exclude"]')
    assert "The review is excluded" in page.text
    decide(reviewer, third, "x", "propose")
    refused = reviewer.post(f"{CHECKS}/{third}/exclude", {"csrf_token": token(reviewer)})
    assert refused.status == 403
    site.services.counting.fold("hall-review")
    assert site.services.reporting.report("hall-review").standings["excluded"] == 1


def test_nothing_conspicuous_is_said_too(sqlite_site: Site, signed_in: SignedIn) -> None:
    an_open_survey(sqlite_site.services, review_document())
    page = signed_in(sqlite_site, Role.REVIEWER).get(CHECKS)
    assert "Nothing is conspicuous." in page.text
    assert "No review is flagged." in page.text


@pytest.mark.parametrize("role", [Role.ANALYST, Role.LEADER, Role.UNIT, Role.ADMIN])
def test_nobody_else_sees_or_decides(sqlite_site: Site, signed_in: SignedIn, role: Role) -> None:
    an_open_survey(sqlite_site.services, review_document())
    unit_code = None
    if role is Role.UNIT:
        unit_code = "51"
        with sqlite_site.services.database.writing() as work:
            work.session.add(UnitRecord(code=unit_code, name="示例县"))
    browser = signed_in(sqlite_site, role, unit_code=unit_code)
    assert browser.get(CHECKS).status == 403
    sent = {"csrf_token": token(browser), "action": "clear"}
    for address in (CHECKS, f"{CHECKS}/{uuid4()}/exclude"):
        assert browser.post(address, sent).status == 403

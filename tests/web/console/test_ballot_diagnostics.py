"""Diagnostics and feedback of an opened vote in the console, for those with the right."""

from __future__ import annotations

import re

import pytest

from surveyapp.domain.roles import Role
from surveyapp.services.auditing import LogQuery
from tests.builders import CLERK
from tests.support.ballots import GRADES, cast, issue, put_in_use, whole_cards
from tests.support.pages import Browser
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn

BEST, GOOD, FAIR, POOR = GRADES
VOTE = "/console/ballots/cadres"


def hold(site: Site) -> None:
    """A vote of two classes that mostly agree, and is opened."""
    services = site.services
    put_in_use(services, remarks=30)
    codes = issue(services, A=9, B=18)
    a = [whole_cards(GOOD, BEST, GOOD, FAIR, POOR)] * 9
    b = [whole_cards(BEST, BEST, GOOD, FAIR, POOR)] * 9
    b += [whole_cards(GOOD, GOOD, BEST, GOOD, FAIR)] * 9
    for code, fields in zip((*codes["A"], *codes["B"]), (*a, *b), strict=True):
        cast(services, code, {**fields, "_remark": ["多下基层"]})
    services.ballot_closing.close("cadres", CLERK)


@pytest.fixture
def examiner(sqlite_site: Site, signed_in: SignedIn) -> Browser:
    hold(sqlite_site)
    return signed_in(sqlite_site, Role.EXAMINER)


PAGES = ("diagnostics", "diagnostics/scores.svg", "feedback", "feedback/all", "feedback/1")


def test_others_see_nothing_and_before_the_opening_nobody_does(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    put_in_use(sqlite_site.services)
    for role in (Role.EDITOR, Role.ANALYST, Role.ADMIN, Role.LEADER):
        browser = signed_in(sqlite_site, role)
        for page in PAGES:
            assert browser.get(f"{VOTE}/{page}").status == 403, (role, page)
    examiner = signed_in(sqlite_site, Role.EXAMINER)
    for page in PAGES:
        answer = examiner.get(f"{VOTE}/{page}")
        assert answer.status == 409, page
        assert "甲" not in answer.text


def test_sentences_stand_first_and_numbers_in_the_annex(examiner: Browser) -> None:
    page = examiner.get(f"{VOTE}/diagnostics")
    assert page.status == 200
    said = page.soup.select_one("#group-0\\.1 + .r-said")
    assert said is not None
    assert "Agreement is" in said.get_text()
    annex = page.soup.select("details.fold")
    assert any("Kendall's W" in one.get_text() for one in annex)
    assert any("ICC(2,k)" in one.get_text() for one in annex)
    assert all(not one.has_attr("open") for one in annex)
    assert "多下基层" not in page.text


def test_every_picture_of_the_page_is_drawn(examiner: Browser) -> None:
    page = examiner.get(f"{VOTE}/diagnostics")
    pictures = [str(one["src"]) for one in page.soup.select("figure img")]
    assert {re.sub(r".*/(\w+)\.svg.*", r"\1", one) for one in pictures} == {
        "scores", "subjects", "classes", "levels",
    }  # fmt: skip
    for address in pictures:
        for size in ("", "&size=narrow"):
            answer = examiner.get(address + size)
            assert answer.status == 200
            assert answer.headers["Content-Type"].startswith("image/svg")
    for missing in ("none.svg?of=0.1", "scores.svg?of=7.0", "scores.svg"):
        assert examiner.get(f"{VOTE}/diagnostics/{missing}").status == 404


def test_votes_that_are_never_points_have_no_picture_of_scores(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    services = sqlite_site.services
    put_in_use(services, scale="approve3", shares_only=True, criteria=[], quota=None)
    for code in issue(services, A=9)["A"]:
        cast(services, code, {"d1.overall": ["approve"], "d2.overall": ["disapprove"]})
    services.ballot_closing.close("cadres", CLERK)
    browser = signed_in(sqlite_site, Role.SCRUTINEER)
    page = browser.get(f"{VOTE}/diagnostics")
    assert page.status == 200
    for name in ("scores", "levels"):
        assert browser.get(f"{VOTE}/diagnostics/{name}.svg?of=0.1").status == 404
    assert browser.get(f"{VOTE}/feedback/2").status == 200


def test_too_few_ballots_leave_the_page_empty(sqlite_site: Site, signed_in: SignedIn) -> None:
    put_in_use(sqlite_site.services)
    sqlite_site.services.ballot_closing.close("cadres", CLERK)
    browser = signed_in(sqlite_site, Role.EXAMINER)
    assert "Too few ballots" in browser.get(f"{VOTE}/diagnostics").text
    assert "(no result)" in browser.get(f"{VOTE}/feedback").text
    assert browser.get(f"{VOTE}/feedback/all").status == 404
    assert "too few valid ballots" in browser.get(f"{VOTE}/feedback/1").text
    for name in ("scores", "subjects", "classes", "levels"):
        assert browser.get(f"{VOTE}/diagnostics/{name}.svg?of=0.1").status == 404


def test_the_tabulation_has_a_technical_annex_and_leads_on(examiner: Browser) -> None:
    page = examiner.get(VOTE)
    annexes = page.soup.select("details.annex")
    assert len(annexes) == 2
    words = annexes[1].get_text()
    assert "non-response, not judgement" in words
    assert "Moving the weight of one class by 5 points" in words
    links = {str(link["href"]) for link in page.soup.select("main a")}
    assert {f"{VOTE}/diagnostics", f"{VOTE}/feedback"} <= links


def test_feedback_is_for_one_person_and_names_nobody_else(
    sqlite_site: Site, examiner: Browser
) -> None:
    listed = examiner.get(f"{VOTE}/feedback")
    names = [one.get_text() for one in listed.soup.select("tbody th a")]
    assert names == ["甲", "乙", "丙", "丁", "戊"]
    sheet = examiner.get(f"{VOTE}/feedback/2")
    assert sheet.headers["Cache-Control"] == "no-store"
    assert "乙" in sheet.text
    assert not set("甲丙丁戊") & set(sheet.soup.get_text())
    for secret in ("多下基层", "A票", "B票", "名次"):
        assert secret not in sheet.text
    everybody = examiner.get(f"{VOTE}/feedback/all")
    assert len(everybody.soup.select(".page")) == 5
    for number in (0, 6):
        assert examiner.get(f"{VOTE}/feedback/{number}").status == 404
    log = sqlite_site.services.auditing.read(LogQuery(action="ballot.feedback"), 1, CLERK)
    assert [event.target for event in log.events] == ["cadres", "cadres"]

"""Ballots in the console: turnout and nothing else, then the 汇总表, for those with the right."""

from __future__ import annotations

import pytest

from surveyapp.domain.roles import Role
from tests.builders import CLERK
from tests.support.ballots import a_ballot, cast, issue, pattern, put_in_use
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn


@pytest.mark.parametrize("role", [Role.EDITOR, Role.ANALYST, Role.ADMIN, Role.LEADER])
def test_others_see_no_vote(sqlite_site: Site, signed_in: SignedIn, role: Role) -> None:
    put_in_use(sqlite_site.services)
    assert signed_in(sqlite_site, role).get("/console/ballots/cadres").status == 403


def test_before_the_opening_there_is_turnout_and_nothing_else(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    services = sqlite_site.services
    browser = signed_in(sqlite_site, Role.SCRUTINEER)
    assert "No vote is in use" in browser.get("/console/ballots").text
    services.authoring.import_definition(a_ballot(key="draft"), CLERK)
    put_in_use(services)
    for number, code in enumerate(issue(services, B=9)["B"]):
        cast(services, code, pattern(number))
    listed = browser.get("/console/ballots")
    assert "draft" not in listed.text
    page = browser.get("/console/ballots/cadres")
    assert [cell.get_text() for cell in page.soup.select("tbody tr")[1].select("td")] == [
        "200",
        "9",
        "9",
    ]
    assert "甲" not in page.text
    services.ballot_closing.end("cadres", CLERK)
    assert "甲" not in browser.get("/console/ballots/cadres").text


def test_after_the_opening_the_tabulation_is_there(sqlite_site: Site, signed_in: SignedIn) -> None:
    services = sqlite_site.services
    put_in_use(services, empty_class="renormalise", remarks=30)
    for number, code in enumerate(issue(services, B=12)["B"]):
        cast(services, code, {**pattern(number * 11), "_remark": ["多下基层"]})
    root = services.ballot_closing.close("cadres", CLERK).root
    page = signed_in(sqlite_site, Role.EXAMINER).get("/console/ballots/cadres")
    assert root in page.text
    assert "多下基层" in page.text
    ranks = [row.select("td")[3].get_text() for row in page.soup.select(".tabulation tbody tr")]
    assert ranks[0] == "1"
    assert sorted(ranks[1:]) == ["1", "2", "3", "4"]


def test_without_enough_ballots_the_tabulation_says_so(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    services = sqlite_site.services
    put_in_use(services, quorum="2/3")
    services.ballot_closing.close("cadres", CLERK)
    page = signed_in(sqlite_site, Role.EXAMINER).get("/console/ballots/cadres")
    assert "quorum was not reached" in page.text

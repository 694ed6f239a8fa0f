"""A ballot among the surveys: what it holds by which rules, and no page that refuses it."""

from __future__ import annotations

from surveyapp.domain.definition import parse_definition
from surveyapp.domain.roles import Role
from tests.builders import CLERK
from tests.support.ballots import a_ballot, packet_document, put_definition_in_use
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn


def test_a_ballot_is_described_by_its_sheets(sqlite_site: Site, signed_in: SignedIn) -> None:
    definition = parse_definition(packet_document())
    sqlite_site.services.authoring.import_definition(definition, CLERK)
    page = signed_in(sqlite_site, Role.EDITOR).get("/console/surveys/cadres?lang=zh")
    assert page.status == 200
    for words in ("班子测评表", "局长", "工作实绩", "25%", "A票"):
        assert words in page.text
    assert page.soup.select("a[href$='/details']")


def test_pages_that_a_ballot_has_not_are_not_offered(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    services = sqlite_site.services
    put_definition_in_use(services, a_ballot())
    for role in (Role.EDITOR, Role.REVIEWER, Role.ANALYST):
        browser = signed_in(sqlite_site, role)
        page = browser.get("/console/surveys/cadres")
        places = [str(one["href"]) for one in page.soup.select("main a[href]")]
        for name in ("places", "margins", "responses", "preview", "result", "release", "subjects"):
            assert not any(place.endswith(name) for place in places), name
        assert all(browser.get(place).status == 200 for place in places)


def test_a_class_that_is_too_small_is_said_before_it_is_in_the_way(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    classes = packet_document()["classes"]
    classes[0]["roll"] = 4
    sqlite_site.services.authoring.import_definition(a_ballot(classes=classes), CLERK)
    page = signed_in(sqlite_site, Role.EDITOR).get("/console/surveys/cadres?lang=en")
    assert "The class “A” is too small to be secret" in page.text

"""公布结果: what exactly will be read outside, a second person, and the history."""

from __future__ import annotations

from surveyapp.domain.roles import Actor, Role
from tests.builders import CLERK, a_definition
from tests.support.results import a_city, import_rows, satisfaction_document
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn

HEADER = "overall,area,subject,mode"
ROWS = [f"{level},town,w1," for level in (5, 4, 2) for _ in range(4)] + ["5,village,w2,"] * 2
PAGE = "/console/results/city/release"


def test_the_page_shows_what_will_be_published_then_publishes_it(
    site: Site, signed_in: SignedIn
) -> None:
    a_city(site.services, *ROWS)
    reviewer = signed_in(site, Role.REVIEWER, name="wang")
    page = reviewer.get(PAGE)
    assert "Release 1, from 14 responses" in page.text
    assert "are held back and marked as too few responses" in page.text
    assert "Collection is still open" in page.text
    assert "http://127.0.0.1:8000/public/city" in page.text
    held = [
        row.th.get_text(strip=True)
        for row in page.soup.select("section[aria-labelledby=by-subject] tbody tr")
        if row.th and "not shown" in row.get_text()
    ]
    assert "Window 2" in held
    for image in page.soup.select("figure img"):
        assert reviewer.get(str(image["src"])).status == 200
    assert site.services.releasing.latest("city") is None

    answer = reviewer.submit(page, form="form.confirm")
    assert (answer.status, answer.path) == (200, "/console/results/city")
    assert "Release 1 is published" in answer.text
    assert answer.soup.select("a[href='/public/city']")
    release = site.services.releasing.latest("city")
    assert release is not None
    assert (release.number, release.released_by) == (1, "wang")


def test_a_second_release_needs_enough_new_responses(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    services = sqlite_site.services
    a_city(services, *ROWS)
    services.releasing.release("city", CLERK)
    reviewer = signed_in(sqlite_site, Role.REVIEWER)
    page = reviewer.get(PAGE)
    assert "This cannot be released now" in page.text
    assert not page.soup.select("form.confirm")
    assert "Releases so far" in page.text
    import_rows(services, "city", HEADER, *["4,town,w1,"] * 6)
    page = reviewer.get(PAGE)
    assert "Release 2, from 20 responses" in page.text
    assert "stay as they were in an earlier release" in page.text or "show the present" in page.text


def test_whoever_made_the_survey_cannot_release_it(sqlite_site: Site, signed_in: SignedIn) -> None:
    services = sqlite_site.services
    both = signed_in(sqlite_site, Role.EDITOR, Role.REVIEWER, name="li")
    account = services.staffing.find("li")
    maker = Actor("li", account.id)
    services.authoring.import_definition(a_definition(satisfaction_document()), maker)
    services.authoring.publish("city", CLERK)
    import_rows(services, "city", HEADER, *ROWS)
    page = both.get(PAGE)
    assert "ask a second person" in page.text
    token = page.form("header form").values["csrf_token"]
    assert both.post(PAGE, {"csrf_token": token}).status == 403
    assert services.releasing.latest("city") is None


def test_only_reviewers_release(sqlite_site: Site, signed_in: SignedIn) -> None:
    a_city(sqlite_site.services, *ROWS)
    for role in (Role.EDITOR, Role.ANALYST, Role.LEADER):
        assert signed_in(sqlite_site, role).get(PAGE).status == 403


def test_there_is_no_such_chart_of_a_release(sqlite_site: Site, signed_in: SignedIn) -> None:
    a_city(sqlite_site.services, *ROWS)
    reviewer = signed_in(sqlite_site, Role.REVIEWER)
    assert reviewer.get(f"{PAGE}/charts/none.svg").status == 404

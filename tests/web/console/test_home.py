"""The first page tells each role what awaits it."""

from __future__ import annotations

import pytest

from surveyapp.domain.roles import Grant, Role
from tests.builders import CLERK, a_definition, a_place, an_open_survey, review_document, submit
from tests.support.pages import Page
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn


def tasks(page: Page) -> list[tuple[str, str, str]]:
    found = []
    for task in page.soup.select(".tasks li"):
        number = task.select_one(".task-number")
        strong, soft = task.select_one("strong"), task.select_one(".soft")
        assert strong is not None
        assert soft is not None
        found.append(
            (number.get_text() if number else "", strong.get_text(), soft.get_text(strip=True))
        )
    return found


def test_an_administrator_begins_with_the_organisation(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    browser = signed_in(sqlite_site, Role.ADMIN)
    assert tasks(browser.get("/console/")) == [
        ("1", "Accounts", "Everybody has chosen a password."),
        ("0", "Units and windows", "Begin here: fill in the Excel template and upload it."),
    ]


def test_an_administrator_sees_who_has_not_signed_in_yet(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    file = sqlite_site.services.settings.instance_dir.parent / "units.csv"
    file.write_text("code,name\n01,示例县\n", encoding="utf-8")
    sqlite_site.services.organising.import_units(file, CLERK)
    browser = signed_in(sqlite_site, Role.ADMIN)
    for name in ("li", "sun"):
        sqlite_site.services.staffing.add(name, (Grant(Role.EDITOR),), name, CLERK)
    sqlite_site.services.staffing.disable("sun", CLERK)
    assert tasks(browser.get("/console/")) == [
        ("3", "Accounts", "1 person has not signed in with the one-time password yet."),
        ("1", "Units and windows", "Bring them up to date with the Excel template."),
    ]


NEW_SURVEY = ("", "New survey", "Begin with a template or upload a definition.")
IN_USE = ("1", "Surveys in use", "0 responses so far.")


@pytest.mark.parametrize(
    ("role", "drafts", "others"),
    [
        (
            Role.EDITOR,
            "Complete them, then ask a reviewer to put them in use.",
            [IN_USE, ("1", "Closed surveys", "Read their results."), NEW_SURVEY],
        ),
        (
            Role.REVIEWER,
            "Look them through and put them in use.",
            [IN_USE, ("1", "Closed, not released", "Check the results and release them.")],
        ),
        (
            Role.ANALYST,
            "Being prepared by their editors.",
            [IN_USE, ("1", "Closed surveys", "Read their results.")],
        ),
    ],
)
def test_surveys_are_counted_by_what_awaits(
    sqlite_site: Site,
    signed_in: SignedIn,
    role: Role,
    drafts: str,
    others: list[tuple[str, str, str]],
) -> None:
    a_survey_of_each_state(sqlite_site)
    page = signed_in(sqlite_site, role).get("/console/")
    assert tasks(page) == [("1", "Drafts", drafts), *others]


def a_survey_of_each_state(site: Site) -> None:
    authoring = site.services.authoring
    an_open_survey(site.services)
    for key in ("draft-one", "closed-one"):
        authoring.import_definition(a_definition(review_document(key=key)), CLERK)
    authoring.publish("closed-one", CLERK)
    place = a_place(site.services, "closed-one")
    for _ in range(5):
        submit(site.services, place, overall="satisfied")
    authoring.close("closed-one", CLERK)


def test_a_released_survey_awaits_nothing_more(sqlite_site: Site, signed_in: SignedIn) -> None:
    a_survey_of_each_state(sqlite_site)
    sqlite_site.services.releasing.release("closed-one", CLERK)
    page = signed_in(sqlite_site, Role.REVIEWER).get("/console/")
    assert [task[1] for task in tasks(page)] == ["Drafts", "Surveys in use"]


def test_without_surveys_an_editor_begins_one_and_an_analyst_has_nothing_to_do(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    assert tasks(signed_in(sqlite_site, Role.EDITOR).get("/console/")) == [NEW_SURVEY]
    assert tasks(signed_in(sqlite_site, Role.ANALYST).get("/console/")) == []


def test_a_leader_is_led_to_the_released_results(sqlite_site: Site, signed_in: SignedIn) -> None:
    page = signed_in(sqlite_site, Role.LEADER).get("/console/")
    assert [task[1] for task in tasks(page)] == ["Released results"]


def test_an_auditor_is_led_to_the_log(sqlite_site: Site, signed_in: SignedIn) -> None:
    page = signed_in(sqlite_site, Role.AUDITOR).get("/console/")
    assert [task[1] for task in tasks(page)] == ["Log"]


@pytest.mark.parametrize("role", [Role.EXAMINER, Role.SCRUTINEER])
def test_whoever_has_nothing_to_do_is_told_so(
    sqlite_site: Site, signed_in: SignedIn, role: Role
) -> None:
    page = signed_in(sqlite_site, role).get("/console/")
    assert tasks(page) == []
    assert "Nothing is assigned to you now" in page.text


def test_the_page_speaks_both_languages(sqlite_site: Site, signed_in: SignedIn) -> None:
    browser = signed_in(sqlite_site, Role.SCRUTINEER)
    assert browser.get("/console/").h1 == "Good day, 王敏"
    page = browser.get("/console/?lang=zh")
    assert "王敏" in page.h1
    assert "Good day" not in page.h1
    assert browser.get("/console/").h1 == page.h1


def test_simulated_data_are_marked_on_every_page(sqlite_site: Site, signed_in: SignedIn) -> None:
    sqlite_site.services.database.mark_simulated()
    for address in ("/console/", "/console/account", "/console/sign-in"):
        browser = signed_in(sqlite_site, Role.SCRUTINEER)
        assert "Simulated data" in browser.get(address).text


def test_pages_carry_no_style_and_no_script_of_their_own(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    page = signed_in(sqlite_site, Role.ADMIN).get("/console/accounts/add")
    assert page.soup.select("[style], style, script") == []
    for sheet in page.soup.select("link[rel=stylesheet], link[rel=icon]"):
        with sqlite_site.app.test_client().get(str(sheet["href"])) as answer:
            assert answer.status_code == 200

"""Signing in and out through the pages."""

from __future__ import annotations

import pytest

from surveyapp.domain.roles import Grant, Role
from tests.builders import CLERK
from tests.support.pages import Browser, Page
from tests.support.staff import ENGLISH, PASSWORD, visitor
from tests.web.conftest import MakeSite, Site
from tests.web.console.conftest import SignedIn

FORM = "main form"
WATCHER = (Grant(Role.SCRUTINEER),)


def sign_in(browser: Browser, name: str, password: str, start: str = "/console/sign-in") -> Page:
    page = browser.get(start)
    return browser.submit(page, {"name": name, "password": password})


def a_watcher(site: Site) -> str:
    return site.services.staffing.add("zhou", WATCHER, "周杰", CLERK)


def choose(browser: Browser, page: Page, new: str, again: str | None = None) -> Page:
    return browser.submit(page, {"new": new, "again": new if again is None else again})


def test_the_first_sign_in_leads_to_a_password_of_ones_own(site: Site) -> None:
    browser = visitor(site.app)
    page = sign_in(browser, "zhou", a_watcher(site))
    assert page.path == "/console/password"
    # Nothing else opens before that.
    assert browser.get("/console/").path == "/console/password"
    page = choose(browser, page, PASSWORD)
    assert (page.status, page.path) == (200, "/console/")
    assert "周杰" in page.html
    other = visitor(site.app)
    assert sign_in(other, "ZHOU", PASSWORD).path == "/console/"


@pytest.mark.parametrize(
    ("new", "again", "says"),
    [
        ("short", "short", "needs at least 10 characters"),
        (PASSWORD, "something else", "are not the same"),
    ],
)
def test_a_refused_password_is_explained(
    sqlite_site: Site, new: str, again: str, says: str
) -> None:
    browser = visitor(sqlite_site.app)
    page = sign_in(browser, "zhou", a_watcher(sqlite_site))
    page = choose(browser, page, new, again)
    assert page.status == 400
    assert says in page.html


def test_a_wrong_password_keeps_the_name_and_says_one_sentence(sqlite_site: Site) -> None:
    a_watcher(sqlite_site)
    page = sign_in(visitor(sqlite_site.app), "zhou", "wrong")
    assert page.status == 401
    assert "Name or password is wrong." in page.html
    assert page.form(FORM).values["name"] == ["zhou"]
    assert page.form(FORM).values["password"] == [""]


def test_too_many_wrong_passwords_are_answered_with_a_wait(sqlite_site: Site) -> None:
    password = a_watcher(sqlite_site)
    browser = visitor(sqlite_site.app)
    for _ in range(5):
        sign_in(browser, "zhou", "wrong")
    page = sign_in(browser, "zhou", password)
    assert page.status == 429
    assert int(page.headers["Retry-After"]) in range(60, 301)
    assert "minutes and try again" in page.html


def test_one_comes_back_to_the_page_one_asked_for(sqlite_site: Site, signed_in: SignedIn) -> None:
    password = a_watcher(sqlite_site)
    browser = visitor(sqlite_site.app)
    page = browser.get("/console/account?lang=en")
    assert page.path == "/console/sign-in"
    page = browser.submit(page, {"name": "zhou", "password": password})
    choose(browser, page, PASSWORD)
    other = visitor(sqlite_site.app)
    page = sign_in(other, "zhou", PASSWORD, "/console/account")
    assert page.path == "/console/account"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/console/",
        "/\\evil.example",
        "/console//evil.example",
        "/console/\r\nLocation: x",
        "/r/ABCD",
        "console/",
    ],
)
def test_one_is_never_led_elsewhere(sqlite_site: Site, target: str) -> None:
    password = a_watcher(sqlite_site)
    browser = visitor(sqlite_site.app)
    page = browser.get("/console/sign-in")
    fields = {"name": "zhou", "password": password, "next": target}
    page = browser.submit(page, fields, follow=False)
    assert (page.status, page.headers["Location"]) == (302, "/console/")


def test_a_form_that_met_the_end_of_a_sign_in_leads_home(
    sqlite_site: Site, signed_in: SignedIn
) -> None:
    browser = signed_in(sqlite_site, Role.ADMIN)
    page = browser.get("/console/accounts/add")
    sqlite_site.clock.advance(hours=1)
    page = browser.submit(page, {"name": "li", "full_name": "李强"}, follow=False)
    assert page.headers["Location"] == "/console/sign-in"


def test_whoever_is_signed_in_needs_no_sign_in_page(sqlite_site: Site, signed_in: SignedIn) -> None:
    assert signed_in(sqlite_site, Role.SCRUTINEER).get("/console/sign-in").path == "/console/"


def test_signing_in_makes_a_new_token_and_ends_the_one_before(sqlite_site: Site) -> None:
    password = a_watcher(sqlite_site)
    browser = visitor(sqlite_site.app)
    choose(browser, sign_in(browser, "zhou", password), PASSWORD)
    first = _token(browser)
    fields = browser.get("/console/password").form("header form").values
    browser.client.delete_cookie("staff", path="/console")
    page = browser.get("/console/sign-in")
    browser.client.set_cookie("staff", first, path="/console")
    browser.submit(page, {"name": "zhou", "password": PASSWORD})
    assert _token(browser) != first
    assert sqlite_site.services.staffing.sign_ins.who(first) is None
    # A form token planted before the sign-in is worth nothing after it.
    assert browser.post("/console/sign-out", fields).status == 400


def _token(browser: Browser) -> str:
    cookie = browser.client.get_cookie("staff", path="/console")
    assert cookie is not None
    return cookie.value


def test_a_planted_token_is_worth_nothing(sqlite_site: Site) -> None:
    browser = visitor(sqlite_site.app)
    browser.client.set_cookie("staff", "planted", path="/console")
    assert browser.get("/console/").path == "/console/sign-in"


def test_signing_out_ends_the_sign_in_on_the_server(sqlite_site: Site, signed_in: SignedIn) -> None:
    browser = signed_in(sqlite_site, Role.SCRUTINEER)
    token = _token(browser)
    page = browser.submit(browser.get("/console/"), form="header form")
    assert page.path == "/console/sign-in"
    assert browser.client.get_cookie("staff", path="/console") is None
    assert sqlite_site.services.staffing.sign_ins.who(token) is None


def test_the_cookie_is_for_the_console_alone(make_site: MakeSite, sqlite_url: str) -> None:
    site = make_site(sqlite_url, SURVEYAPP_BASE_URL="https://example.gov.cn/survey")
    password = a_watcher(site)
    browser = Browser(site.app, base_url="https://example.gov.cn/survey", headers=ENGLISH)
    page = browser.submit(
        browser.get("/console/sign-in"), {"name": "zhou", "password": password}, follow=False
    )
    cookies = page.response.headers.getlist("Set-Cookie")
    cookie = next(one for one in cookies if one.startswith("staff="))
    assert "; Path=/survey/console;" in f"{cookie};"
    for attribute in ("; Secure", "; HttpOnly", "; SameSite=Lax"):
        assert attribute in cookie
    assert "Expires" not in cookie
    assert "Max-Age" not in cookie


def test_changing_ones_password_asks_for_the_present_one(site: Site) -> None:
    browser = visitor(site.app)
    choose(browser, sign_in(browser, "zhou", a_watcher(site)), PASSWORD)
    new = "another good sentence"
    page = browser.get("/console/password")
    page = browser.submit(page, {"current": "wrong", "new": new, "again": new})
    assert page.status == 400
    assert "The current password is wrong." in page.html
    page = browser.submit(page, {"current": PASSWORD, "new": new, "again": new})
    assert page.path == "/console/"
    assert "Your new password holds from now on." in page.html


def test_ones_own_account_names_roles_and_limits(sqlite_site: Site, signed_in: SignedIn) -> None:
    page = signed_in(sqlite_site, Role.EDITOR, Role.REVIEWER).get("/console/account")
    for text in ("Editor", "Reviewer", "30 minutes without activity", "12 hours"):
        assert text in page.html

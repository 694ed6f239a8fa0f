"""Tokens of programs in the console."""

from __future__ import annotations

import pytest

from surveyapp.domain.roles import Role
from surveyapp.domain.tokens import Scope
from tests.builders import CLERK
from tests.support.pages import Browser
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn

TOKENS = "/console/tokens"


@pytest.fixture
def admin(site: Site, signed_in: SignedIn) -> Browser:
    return signed_in(site, Role.ADMIN)


def test_a_token_is_shown_once_and_opens_its_scope(site: Site, admin: Browser) -> None:
    page = admin.get(TOKENS)
    assert "No program has a token" in page.text
    page = admin.submit(page, {"name": "税务局 窗口系统", "scope": "volumes", "days": "30"})
    (shown,) = page.soup.select(".secret")
    token = site.services.tokens.check(shown.get_text(strip=True))
    assert (token.name, token.scope) == ("税务局 窗口系统", Scope.VOLUMES)
    listed = admin.get(TOKENS)
    assert "税务局 窗口系统" in listed.text
    assert shown.get_text(strip=True) not in listed.text


@pytest.mark.parametrize(
    "wrong", [{"name": " "}, {"days": "0"}, {"days": "many"}, {"days": "99999999"}, {"name": "old"}]
)
def test_what_cannot_be_a_token_is_refused(
    site: Site, admin: Browser, wrong: dict[str, str]
) -> None:
    site.services.tokens.add("old", Scope.VOLUMES, 1, CLERK)
    page = admin.submit(admin.get(TOKENS), {"name": "new", "scope": "figures", "days": "9"} | wrong)
    assert page.status == 400
    assert len(site.services.tokens.all()) == 1


def test_a_scope_nobody_knows_is_refused(site: Site, admin: Browser) -> None:
    values = admin.get(TOKENS).form("main form").values
    page = admin.post(TOKENS, {**values, "name": "n", "days": "1", "scope": "everything"})
    assert page.status == 400


def test_a_revoked_token_opens_nothing(site: Site, admin: Browser) -> None:
    text = site.services.tokens.add("a/b", Scope.FIGURES, 9, CLERK).text
    headers = {"Authorization": f"Bearer {text}"}
    client = site.app.test_client()
    assert client.get("/api/v1/surveys/x/figures", headers=headers).status_code == 404
    page = admin.get(f"{TOKENS}/of/a/b/revoke")
    assert "refused from now on" in page.text
    assert "is revoked" in admin.submit(page).text
    assert client.get("/api/v1/surveys/x/figures", headers=headers).status_code == 401
    assert admin.get(f"{TOKENS}/of/none/revoke").status == 404


def test_the_list_tells_what_is_valid(site: Site, signed_in: SignedIn) -> None:
    for name in ("a", "b"):
        site.services.tokens.add(name, Scope.FIGURES, 1, CLERK)
    site.services.tokens.revoke("a", CLERK)
    site.services.tokens.revoke("a", CLERK)
    site.clock.advance(days=2)
    admin = signed_in(site, Role.ADMIN)
    states = [one.get_text() for one in admin.get(TOKENS).soup.select(".badge-state")]
    assert states == ["Revoked", "Expired"]


def test_only_administrators_make_tokens(sqlite_site: Site, signed_in: SignedIn) -> None:
    for role in (Role.EDITOR, Role.REVIEWER, Role.ANALYST, Role.AUDITOR):
        assert signed_in(sqlite_site, role, name=f"x{role}").get(TOKENS).status == 403

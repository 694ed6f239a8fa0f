"""Which role may open which address of the console."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Blueprint, Flask

from surveyapp.domain.errors import Unavailable
from surveyapp.domain.roles import PERMISSIONS, Permission, Role
from surveyapp.factory import create_app
from surveyapp.storage.staff import StaffRepository
from surveyapp.web.console import access
from surveyapp.web.console.matrix import Address, addresses_of, as_markdown
from tests.builders import CLERK
from tests.support.staff import browser_of, staff_member
from tests.web.conftest import Site
from tests.web.console.conftest import SignedIn

ROOT = Path(__file__).resolve().parents[3]
PLACE = re.compile(r"<(?:(\w+):)?\w+>")
EXAMPLES = {"uuid": "00000000-0000-4000-8000-000000000000", "int": "1"}


def _uses(app: Flask) -> Iterator[tuple[Address, str]]:
    for address in addresses_of(app):
        for method in address.methods:
            yield address, method


def _filled(path: str) -> str:
    """Write an address of something that does not exist."""
    return PLACE.sub(lambda place: EXAMPLES.get(place[1], "nothing"), path)


@pytest.fixture
def open_site(sqlite_site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site that takes forms without a token: here only roles are asked about."""
    monkeypatch.setitem(sqlite_site.app.config, "WTF_CSRF_ENABLED", False)
    return sqlite_site


@pytest.mark.parametrize("role", list(Role))
def test_each_role_opens_what_it_may_and_nothing_else(open_site: Site, role: Role) -> None:
    site = open_site
    name = staff_member(site.services, role, unit_code=_a_unit(site, role))
    wrong = []
    for address, method in _uses(site.app):
        client = browser_of(site.app, site.services, site.clock, name).client
        answer = client.open(_filled(address.path), method=method)
        is_refused = answer.status_code == 403
        if is_refused == address.is_open_to(role):
            wrong.append(f"{method} {address.path}: {answer.status}")
        assert answer.status_code < 500, f"{method} {address.path}"
    assert wrong == []


def _a_unit(site: Site, role: Role) -> str | None:
    if role is not Role.UNIT:
        return None
    file = Path(site.services.settings.instance_dir).parent / "units.csv"
    file.write_text("code,name\n01,示例县\n", encoding="utf-8")
    site.services.organising.import_units(file, CLERK)
    return "01"


def test_without_a_sign_in_every_address_leads_to_the_sign_in_page(open_site: Site) -> None:
    client = open_site.app.test_client()
    for address, method in _uses(open_site.app):
        answer = client.open(_filled(address.path), method=method)
        if address.permission is not None:
            assert answer.status_code == 302, f"{method} {address.path}"
            assert answer.headers["Location"].startswith("/console/sign-in")
        else:
            assert answer.status_code in (200, 401)


def test_a_one_time_password_opens_nothing_but_the_choice_of_a_password(open_site: Site) -> None:
    site = open_site
    name = staff_member(site.services, *(set(Role) - {Role.UNIT}))
    with site.services.database.writing() as work:
        record = StaffRepository(work).find(name)
        assert record is not None
        record.must_change_password = True
    for address, method in _uses(site.app):
        if address.endpoint in access.BEFORE_PASSWORD or address.permission is None:
            continue
        client = browser_of(site.app, site.services, site.clock, name).client
        answer = client.open(_filled(address.path), method=method)
        assert answer.headers.get("Location") == "/console/password", f"{method} {address.path}"


def test_the_page_about_roles_is_current(sqlite_site: Site) -> None:
    written = (ROOT / "docs" / "roles.md").read_text("utf-8")
    assert written == as_markdown(sqlite_site.app), "run `make roles`"


def test_every_role_may_do_something_and_sign_in() -> None:
    assert set(PERMISSIONS) == set(Role)
    assert all(Permission.SIGNED_IN in permissions for permissions in PERMISSIONS.values())


def test_administrators_see_no_results_and_auditors_only_the_log() -> None:
    results = {Permission.SEE_LIVE_RESULTS, Permission.SEE_RELEASED_RESULTS, Permission.EXPORT}
    assert not PERMISSIONS[Role.ADMIN] & results
    assert PERMISSIONS[Role.AUDITOR] == {Permission.SIGNED_IN, Permission.SEE_LOG}
    assert not PERMISSIONS[Role.EDITOR] & {Permission.PUT_IN_USE, Permission.RELEASE_RESULTS}


def test_a_view_that_names_no_permission_keeps_the_application_from_starting(
    sqlite_site: Site,
) -> None:
    blueprint = Blueprint("console", __name__, url_prefix="/console")
    blueprint.add_url_rule("/open", view_func=lambda: "open to all", endpoint="forgotten")
    blueprint.record(access.require_guards)
    app = Flask(__name__)
    with pytest.raises(access.UnguardedView, match=r"console\.forgotten"):
        app.register_blueprint(blueprint)


def test_a_view_that_slips_in_later_is_refused_at_its_request(sqlite_site: Site) -> None:
    app = create_app(sqlite_site.services.settings, sqlite_site.services)
    app.add_url_rule("/console/late", "console.late", lambda: "open to all")
    answer = app.test_client().get("/console/late")
    assert answer.status_code == 500
    assert b"open to all" not in answer.data


def test_refused_pages_say_so_in_the_console(sqlite_site: Site, signed_in: SignedIn) -> None:
    page = signed_in(sqlite_site, Role.SCRUTINEER).get("/console/log")
    assert (page.status, page.h1) == (403, "You may not open this page")
    page = signed_in(sqlite_site, Role.ADMIN).get("/console/accounts/of/nobody")
    assert (page.status, page.h1) == (404, "There is no such page")


def test_a_lost_database_is_said_inside_the_console(
    sqlite_site: Site, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in(sqlite_site, Role.ADMIN)

    def lost() -> None:
        raise Unavailable

    monkeypatch.setattr(sqlite_site.services.staffing, "accounts", lost)
    page = browser.get("/console/accounts")
    assert (page.status, page.h1) == (503, "The system is busy")
    assert int(page.headers["Retry-After"]) > 0


def test_the_menu_shows_what_the_account_may_open(sqlite_site: Site, signed_in: SignedIn) -> None:
    def menu(*roles: Role) -> list[str]:
        page = signed_in(sqlite_site, *roles).get("/console/account")
        return [link.get_text(strip=True) for link in page.soup.select(".menu-wide a")]

    assert menu(Role.ADMIN) == ["Home", "Organisation", "Accounts", "Programs"]
    assert menu(Role.AUDITOR) == ["Home", "Log"]
    assert menu(Role.SCRUTINEER) == ["Home", "Democratic evaluation"]


def test_a_form_without_a_token_is_refused(sqlite_site: Site, signed_in: SignedIn) -> None:
    browser = signed_in(sqlite_site, Role.ADMIN)
    assert browser.post("/console/sign-out").status == 400
    assert browser.get("/console/").path == "/console/"


def test_pages_are_kept_by_no_cache(sqlite_site: Site, signed_in: SignedIn) -> None:
    page = signed_in(sqlite_site, Role.ADMIN).get("/console/")
    assert page.headers["Cache-Control"] == "no-store"

"""Who may open what is decided for every address, and no address appears or vanishes unnoticed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from surveyapp.domain.roles import Permission
from surveyapp.factory import create_app
from surveyapp.web import security
from surveyapp.web.console import access
from tests.builders import services_on

# Everything that can be opened without signing in.
PUBLIC = {
    "/static/<path:filename>": {"GET"},
    "/": {"GET"},
    "/bootstrap/static/<path:filename>": {"GET"},
    "/r/": {"GET"},
    "/r/<code>": {"GET", "POST"},
    "/r/<code>/begun": {"POST"},
    "/i/<code>": {"GET", "POST"},
    "/b/": {"GET", "POST"},
    "/b/<code>": {"GET", "POST"},
    "/verify/<key>": {"GET", "POST"},
    "/receipt/<receipt>": {"GET"},
    "/receipt/<receipt>/change": {"POST"},
    "/receipt/<receipt>/details": {"GET", "POST"},
    "/receipt/<receipt>/further": {"GET", "POST"},
    "/receipt/<receipt>/word": {"POST"},
    "/receipt/<receipt>/qr.svg": {"GET"},
    "/public/<key>": {"GET"},
    "/public/<key>/charts/<int:number>/<name>.svg": {"GET"},
    "/api/v1/openapi.json": {"GET"},
    "/healthz": {"GET"},
    "/readyz": {"GET"},
    "/metrics": {"GET"},
    "/console/sign-in": {"GET", "POST"},
}


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    services = services_on(sqlite_url, tmp_path)
    yield create_app(services.settings, services)
    services.database.dispose()


def _routes(app: Flask) -> dict[str, dict[str, str]]:
    """Return the endpoint of every address and method."""
    routes: dict[str, dict[str, str]] = {}
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            routes.setdefault(rule.rule, {})[method] = rule.endpoint
    return routes


def test_only_listed_addresses_open_without_signing_in(app: Flask) -> None:
    found: dict[str, set[str]] = {}
    for address, endpoints in _routes(app).items():
        for method, endpoint in endpoints.items():
            is_staff = endpoint.startswith(access.PREFIX)
            if hasattr(app.view_functions[endpoint], "required_scope"):
                continue
            if not is_staff or access.permission_in(app.view_functions, endpoint) is None:
                found.setdefault(address, set()).add(method)
    assert found == PUBLIC


def test_every_page_for_staff_names_a_permission_and_stands_under_console(app: Flask) -> None:
    for address, endpoints in _routes(app).items():
        for endpoint in endpoints.values():
            assert endpoint.startswith(access.PREFIX) == address.startswith("/console/"), address
            if endpoint.startswith(access.PREFIX) and endpoint not in access.PUBLIC:
                view = app.view_functions[endpoint]
                assert isinstance(getattr(view, "required_permission", None), Permission), endpoint


def test_nothing_but_what_programs_ask_for_with_a_token_is_exempt_from_the_csrf_check() -> None:
    assert security.csrf._exempt_views == set()
    assert {one.name for one in security.csrf._exempt_blueprints} <= {"api"}


def test_nothing_changes_by_opening_an_address(app: Flask) -> None:
    """Scanners and link previews open everything they see."""
    changing = ("revoke", "delete", "remove", "publish", "close", "release", "reset", "sign-out")
    for address, endpoints in _routes(app).items():
        if "GET" in endpoints and "POST" not in endpoints:
            assert not address.rstrip("/").endswith(changing), address

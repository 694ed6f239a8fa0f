"""Browsers in which somebody is signed in."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from surveyapp.domain.roles import Role
from tests.support.case_site import CaseSite, Desks, a_case_site
from tests.support.pages import Browser
from tests.support.staff import browser_of, staff_member
from tests.support.values import AUGUST, ValueBook, fill
from tests.web.conftest import Site

SignedIn = Callable[..., Browser]


@pytest.fixture
def signed_in() -> SignedIn:
    """Open a browser of an account that holds some roles: ``signed_in(site, Role.EDITOR)``."""

    def open_browser(
        site: Site,
        *roles: Role,
        name: str = "",
        unit_code: str | None = None,
        team: str | None = None,
    ) -> Browser:
        made = staff_member(site.services, *roles, name=name, unit_code=unit_code, team=team)
        return browser_of(site.app, site.services, site.clock, made)

    return open_browser


@pytest.fixture
def hall(sqlite_site: Site) -> CaseSite:
    """A hall whose bad reviews become cases."""
    return a_case_site(sqlite_site.services, sqlite_site.clock)


@pytest.fixture
def open_as(sqlite_site: Site, hall: CaseSite) -> Desks:
    """Open browsers of staff of that hall: ``open_as(Role.UNIT, "SL-1")``."""
    return Desks(sqlite_site.app, hall)


@pytest.fixture
def book(sqlite_site: Site) -> ValueBook:
    """A scheme in its August, whose values departments report."""
    sqlite_site.clock.now = AUGUST
    fill(sqlite_site.services)
    return ValueBook(sqlite_site.services, sqlite_site.clock)


@pytest.fixture
def west(sqlite_site: Site, book: ValueBook, signed_in: SignedIn) -> Browser:
    """Open the browser of a county that the scheme assesses."""
    return signed_in(sqlite_site, Role.UNIT, unit_code="west", name="west")

"""Staff for tests of the console: accounts that are signed in without hashing a password."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from uuid import uuid4

from argon2 import PasswordHasher
from flask import Flask

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.roles import OF_A_TEAM, Grant, Role
from surveyapp.services.assembly import Services
from surveyapp.services.staffing import Staffing
from surveyapp.storage.records import StaffSessionRecord
from surveyapp.storage.staff import SessionRepository, StaffRepository
from tests.builders import CLERK, Clock
from tests.support.pages import Browser

PASSWORD = "一句好记的话 2026"
HERE = "10.0.0.1"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
# The sentences of the code itself: how they read in Chinese is the catalogue's business.
ENGLISH = {"Accept-Language": "en"}


def staff_member(
    services: Services,
    *roles: Role,
    name: str = "",
    full_name: str = "王敏",
    unit_code: str | None = None,
    team: str | None = None,
) -> str:
    """Make an account whose owner has chosen a password; returns its sign-in name."""
    name = name or f"staff-{uuid4().hex[:8]}"
    grants = tuple(
        Grant(
            role,
            unit_code if role is Role.UNIT else None,
            team if role in OF_A_TEAM else None,
        )
        for role in roles
    )
    services.staffing.add(name, grants, full_name, CLERK)
    with services.database.writing() as work:
        record = StaffRepository(work).find(name)
        assert record is not None
        record.must_change_password = False
    return name


def token_for(services: Services, clock: Clock, name: str) -> str:
    """Begin a sign-in of an account; returns the token a browser would hold."""
    token = uuid4().hex
    with services.database.writing() as work:
        record = StaffRepository(work).find(name)
        assert record is not None
        session = StaffSessionRecord(
            token_sha256=hashlib.sha256(token.encode()).hexdigest(),
            staff_id=record.id,
            created_at=clock(),
            seen_at=clock(),
        )
        SessionRepository(work).add(session)
    return token


def who(services: Services, token: str) -> StaffView:
    """Return who a token stands for."""
    staff = services.staffing.sign_ins.who(token)
    assert staff is not None
    return staff


def browser_of(app: Flask, services: Services, clock: Clock, name: str) -> Browser:
    """Open a browser in which an account is signed in."""
    browser = Browser(app, headers=ENGLISH)
    browser.client.set_cookie("staff", token_for(services, clock, name), path="/console")
    return browser


def with_hasher(services: Services, clock: Clock, hasher: PasswordHasher = CHEAP) -> Services:
    """Return the same services with another way of hashing passwords, a quick one by default."""
    staffing = Staffing(services.database, clock, services.settings, hasher=hasher)
    return replace(services, staffing=staffing)


def a_person(services: Services, clock: Clock, password: str = PASSWORD) -> str:
    """Make an account that has chosen its password; returns the name."""
    services.staffing.add("li", (Grant(Role.EDITOR),), "李强", CLERK)
    token = token_for(services, clock, "li")
    sign_ins = services.staffing.sign_ins
    sign_ins.change_password(who(services, token), token, password)
    sign_ins.end(token)
    return "li"


def hash_of(services: Services, name: str) -> str:
    """Return what is stored of a password."""
    with services.database.reading() as work:
        record = StaffRepository(work).find(name)
        assert record is not None
        return record.password_hash


def visitor(app: Flask) -> Browser:
    """Open a browser in which nobody is signed in."""
    return Browser(app, headers=ENGLISH)

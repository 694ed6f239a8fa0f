"""Choosing a password."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from surveyapp.domain.accounts import SignInRefused, TooManyAttempts
from surveyapp.domain.errors import BadInput, Conflict
from surveyapp.domain.roles import Grant, Role
from surveyapp.services.assembly import Services
from surveyapp.storage.records import StaffRecord
from tests.builders import CLERK, Clock, services_on
from tests.support.staff import (
    HERE,
    PASSWORD,
    a_person,
    hash_of,
    token_for,
    who,
    with_hasher,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def services(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[Services]:
    made = services_on(database_url, tmp_path, clock)
    yield with_hasher(made, clock)
    made.database.dispose()


def test_a_new_password_ends_the_other_sign_ins(services: Services, clock: Clock) -> None:
    name = a_person(services, clock)
    own, other = (token_for(services, clock, name) for _ in range(2))
    new = "another good sentence"
    services.staffing.sign_ins.change_password(who(services, own), own, new, current=PASSWORD)
    who(services, own)
    assert services.staffing.sign_ins.who(other) is None
    with pytest.raises(SignInRefused):
        services.staffing.sign_ins.begin(name, PASSWORD, HERE)
    assert services.staffing.sign_ins.begin(name, new, HERE)


@pytest.mark.parametrize(
    ("new", "current", "says"),
    [
        ("another good sentence", "wrong", "current password is wrong"),
        ("another good sentence", None, "current password is wrong"),
        ("short", PASSWORD, "at least 10"),
        (PASSWORD, PASSWORD, "must differ from the current one"),
    ],
)
def test_a_new_password_is_refused_with_one_sentence(
    services: Services, clock: Clock, new: str, current: str | None, says: str
) -> None:
    token = token_for(services, clock, a_person(services, clock))
    staff = who(services, token)
    with pytest.raises(BadInput, match=says):
        services.staffing.sign_ins.change_password(staff, token, new, current=current)
    assert services.staffing.sign_ins.begin("li", PASSWORD, HERE)


def test_the_one_time_password_cannot_be_kept(services: Services) -> None:
    password = services.staffing.add("li", (Grant(Role.EDITOR),), "李强", CLERK)
    token = services.staffing.sign_ins.begin("li", password, HERE)
    with pytest.raises(BadInput, match="must differ"):
        services.staffing.sign_ins.change_password(who(services, token), token, password.lower())


def test_guessing_the_present_password_of_an_open_browser_is_stopped(
    services: Services, clock: Clock
) -> None:
    token = token_for(services, clock, a_person(services, clock))
    staff = who(services, token)
    for _ in range(5):
        with pytest.raises(BadInput):
            services.staffing.sign_ins.change_password(staff, token, "x" * 12, current="wrong")
    with pytest.raises(TooManyAttempts):
        services.staffing.sign_ins.change_password(staff, token, "x" * 12, current=PASSWORD)


def test_a_password_that_was_reset_meanwhile_stays_reset(services: Services, clock: Clock) -> None:
    token = token_for(services, clock, a_person(services, clock))
    staff = who(services, token)

    class Slow(PasswordHasher):
        def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
            with services.database.writing() as work:
                record = work.session.get(StaffRecord, staff.id)
                assert record is not None
                record.password_hash = "reset"
            return super().hash(password, salt=salt)

    slow = with_hasher(services, clock, Slow(time_cost=1, memory_cost=8, parallelism=1))
    with pytest.raises(Conflict, match="changed meanwhile"):
        slow.staffing.sign_ins.change_password(staff, token, "一句新的话 2027", current=PASSWORD)
    assert hash_of(services, "li") == "reset"

"""Signing in and staying signed in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from surveyapp.domain.accounts import SignInRefused, TooManyAttempts
from surveyapp.domain.roles import Grant, Role
from surveyapp.services.assembly import Services
from surveyapp.services.auditing import LogQuery
from surveyapp.services.sign_ins import LONGEST, SignIns
from surveyapp.services.throttling import SignInLimits
from surveyapp.storage.records import AuditEventRecord, StaffSessionRecord
from tests.builders import CLERK, Clock, services_on
from tests.support.staff import (
    CHEAP,
    HERE,
    PASSWORD,
    a_person,
    hash_of,
    staff_member,
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


def test_a_sign_in_gives_a_token_of_which_the_table_holds_a_digest(
    services: Services, clock: Clock
) -> None:
    name = a_person(services, clock)
    token = services.staffing.sign_ins.begin(" LI ", PASSWORD, HERE)
    assert len(token) >= 43
    staff = who(services, token)
    assert (staff.name, staff.must_change_password) == (name, False)
    with services.database.reading() as work:
        digests = list(work.session.scalars(select(StaffSessionRecord.token_sha256)))
    assert len(digests) == 1
    assert token not in digests[0]


def test_a_one_time_password_is_read_forgivingly_and_must_be_changed(services: Services) -> None:
    password = services.staffing.add("li", (Grant(Role.EDITOR),), "李强", CLERK)
    typed = password.lower().replace("-", " ")
    token = services.staffing.sign_ins.begin("li", typed, HERE)
    assert who(services, token).must_change_password


def test_chosen_passwords_are_compared_to_the_letter(services: Services, clock: Clock) -> None:
    a_person(services, clock, "Abcdefgh-ijklm-O")
    with pytest.raises(SignInRefused):
        services.staffing.sign_ins.begin("li", "abcdefgh-ijklm-0", HERE)


@pytest.mark.parametrize("name", ["li", "nobody", "", "a\0b"])
def test_refusals_say_the_same_whether_the_name_exists(
    services: Services, clock: Clock, name: str
) -> None:
    a_person(services, clock)
    with pytest.raises(SignInRefused) as caught:
        services.staffing.sign_ins.begin(name, "wrong password", HERE)
    assert str(caught.value) == "Name or password is wrong."


def test_the_log_has_refusals_without_what_was_typed(services: Services, clock: Clock) -> None:
    a_person(services, clock)
    for name in ("li", "my secret password"):
        with pytest.raises(SignInRefused):
            services.staffing.sign_ins.begin(name, "wrong password", HERE)
    with services.database.reading() as work:
        events = list(work.session.scalars(select(AuditEventRecord)))
    refused = [event for event in events if event.action == "session.refuse"]
    assert sorted(event.actor for event in refused) == ["li", "unknown"]
    written = "".join(f"{event.actor}{event.target}{event.detail}" for event in events)
    assert not any(text in written for text in ("secret", "wrong", HERE, PASSWORD))


def test_unknown_names_take_a_hash_too(services: Services, clock: Clock) -> None:
    verified: list[str] = []

    class Watched(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Any:
            verified.append(str(password))
            return super().verify(hash, password)

    watched = with_hasher(services, clock, Watched(time_cost=1, memory_cost=8, parallelism=1))
    services.staffing.add("new", (Grant(Role.EDITOR),), "新人", CLERK)
    a_person(watched, clock)
    verified.clear()
    for name in ("nobody", "new", "li"):
        with pytest.raises(SignInRefused):
            watched.staffing.sign_ins.begin(name, name, HERE)
    # A quickly hashed one-time password is followed by an earnest comparison.
    assert verified == ["nobody", "new", "new", "li"]


def test_guessing_is_stopped_even_with_the_right_password(services: Services, clock: Clock) -> None:
    a_person(services, clock)
    for _ in range(5):
        with pytest.raises(SignInRefused):
            services.staffing.sign_ins.begin("li", "wrong password", HERE)
    with pytest.raises(TooManyAttempts):
        services.staffing.sign_ins.begin("li", PASSWORD, HERE)
    assert services.staffing.sign_ins.begin("li", PASSWORD, "10.0.0.2")


def test_a_password_hashed_with_old_parameters_is_hashed_anew(
    services: Services, clock: Clock
) -> None:
    a_person(services, clock)
    stronger = with_hasher(
        services, clock, PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    )
    before = hash_of(services, "li")
    services.staffing.sign_ins.begin("li", PASSWORD, HERE)
    assert hash_of(services, "li") == before
    stronger.staffing.sign_ins.begin("li", PASSWORD, HERE)
    assert "m=16,t=2" in hash_of(services, "li")
    stronger.staffing.sign_ins.begin("li", PASSWORD, HERE)


def test_an_account_disabled_while_its_password_is_checked_is_refused(
    services: Services, clock: Clock
) -> None:
    a_person(services, clock)

    class Slow(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> Any:
            services.staffing.disable("li", CLERK)
            return super().verify(hash, password)

    slow = with_hasher(services, clock, Slow(time_cost=1, memory_cost=8, parallelism=1))
    with pytest.raises(SignInRefused):
        slow.staffing.sign_ins.begin("li", PASSWORD, HERE)


def test_a_sign_in_of_a_disabled_account_is_worth_nothing(services: Services, clock: Clock) -> None:
    name = staff_member(services, Role.EDITOR)
    services.staffing.disable(name, CLERK)
    assert services.staffing.sign_ins.who(token_for(services, clock, name)) is None


def test_a_sign_in_ends_after_half_an_hour_without_a_request(
    services: Services, clock: Clock
) -> None:
    token = token_for(services, clock, staff_member(services, Role.EDITOR))
    clock.advance(minutes=29)
    who(services, token)
    clock.advance(minutes=29)
    who(services, token)
    clock.advance(minutes=30)
    assert services.staffing.sign_ins.who(token) is None


def test_a_sign_in_ends_after_half_a_day_however_busy(services: Services, clock: Clock) -> None:
    token = token_for(services, clock, staff_member(services, Role.EDITOR))
    for _ in range(12 * 3 - 1):
        clock.advance(minutes=20)
        who(services, token)
    clock.advance(minutes=20)
    assert services.staffing.sign_ins.who(token) is None


def test_activity_is_written_down_once_a_minute(services: Services, clock: Clock) -> None:
    name = staff_member(services, Role.EDITOR)
    token = token_for(services, clock, name)
    begun = clock()
    clock.advance(seconds=59)
    who(services, token)
    assert services.staffing.find(name).seen_at == begun
    clock.advance(seconds=1)
    who(services, token)
    assert services.staffing.find(name).seen_at == clock()


def test_old_sign_ins_are_cleared_away(services: Services, clock: Clock) -> None:
    a_person(services, clock)
    services.staffing.sign_ins.begin("li", PASSWORD, HERE)
    clock.advance(hours=13)
    services.staffing.sign_ins.begin("li", PASSWORD, HERE)
    with services.database.reading() as work:
        assert len(list(work.session.scalars(select(StaffSessionRecord)))) == 1


def test_signing_out_deletes_the_sign_in_and_no_other(services: Services, clock: Clock) -> None:
    name = staff_member(services, Role.EDITOR)
    first, second = (token_for(services, clock, name) for _ in range(2))
    services.staffing.sign_ins.end(first)
    services.staffing.sign_ins.end(first)
    services.staffing.sign_ins.end("unknown")
    assert services.staffing.sign_ins.who(first) is None
    who(services, second)
    ended = services.auditing.read(LogQuery(action="session.end"), 1, CLERK)
    assert [event.actor for event in ended.events] == [name]


@pytest.mark.parametrize("minutes", [29, 8 * 60 + 1])
def test_idleness_has_bounds(services: Services, clock: Clock, minutes: int) -> None:
    with pytest.raises(ValueError, match="30 minutes to 8 hours"):
        SignIns(
            services.database,
            clock,
            SignInLimits("memory://", "pepper"),
            hasher=CHEAP,
            random_bytes=bytes,
            idle=timedelta(minutes=minutes),
        )
    assert timedelta(hours=12) == LONGEST

"""Making accounts, changing what they may do, ending them."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from surveyapp.domain.accounts import SignInRefused
from surveyapp.domain.errors import BadInput, Conflict, NotFound
from surveyapp.domain.roles import Actor, Grant, Permission, Role
from surveyapp.services.assembly import Services
from surveyapp.storage.records import StaffRecord, UnitRecord
from surveyapp.storage.units import UnitRepository
from tests.builders import CLERK, Clock, services_on
from tests.support.staff import staff_member, token_for, who, with_hasher

ADMIN = (Grant(Role.ADMIN),)
EDITOR = (Grant(Role.EDITOR),)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def services(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[Services]:
    made = services_on(database_url, tmp_path, clock)
    yield with_hasher(made, clock)
    made.database.dispose()


def actor_of(services: Services, name: str) -> Actor:
    return Actor(name, services.staffing.find(name).id)


def actions(services: Services) -> list[tuple[str, str]]:
    from surveyapp.services.auditing import LogQuery

    page = services.auditing.read(LogQuery(), 1, CLERK)
    return sorted((event.action, event.target) for event in page.events)


def test_a_new_account_has_a_one_time_password_that_is_stored_nowhere(services: Services) -> None:
    password = services.staffing.add("Wang.Min", EDITOR, "王敏", CLERK)
    assert re.fullmatch(r"([0-9A-Z]{4}-){3}[0-9A-Z]{4}", password)
    account = services.staffing.find("wang.MIN")
    assert (account.name, account.full_name, account.grants) == ("wang.min", "王敏", EDITOR)
    assert account.must_change_password
    assert not account.is_disabled
    assert account.seen_at is None
    with services.database.reading() as work:
        stored = work.session.get(StaffRecord, account.id)
        assert stored is not None
        assert stored.password_hash.startswith("$argon2id$")
        assert password.replace("-", "") not in stored.password_hash
    assert actions(services) == [("account.add", "wang.min")]


def test_a_taken_name_is_refused(services: Services) -> None:
    services.staffing.add("wang", EDITOR, "王敏", CLERK)
    with pytest.raises(Conflict, match="an account named wang already"):
        services.staffing.add("WANG", ADMIN, "王刚", CLERK)
    assert [account.full_name for account in services.staffing.accounts()] == ["王敏"]


def test_one_of_many_who_take_the_same_name_at_once_gets_it(services: Services) -> None:
    start = threading.Barrier(4)
    outcomes: list[str] = []

    def take(number: int) -> None:
        start.wait()
        try:
            services.staffing.add("wang", EDITOR, f"王{number}", CLERK)
            outcomes.append("made")
        except Conflict:
            outcomes.append("refused")

    threads = [threading.Thread(target=take, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made", "refused", "refused", "refused"]
    assert len(services.staffing.accounts()) == 1


def test_the_unit_role_needs_a_unit_that_exists(services: Services) -> None:
    with pytest.raises(BadInput, match="No unit has the code X1"):
        services.staffing.add("sun", (Grant(Role.UNIT, "X1"),), "孙丽", CLERK)
    assert services.staffing.accounts() == []


def test_an_unknown_account_is_not_found(services: Services) -> None:
    for use_case in (
        lambda: services.staffing.find("nobody"),
        lambda: services.staffing.set_grants("nobody", EDITOR, CLERK),
        lambda: services.staffing.disable("nobody", CLERK),
        lambda: services.staffing.enable("nobody", CLERK),
        lambda: services.staffing.reset_password("nobody", CLERK),
    ):
        with pytest.raises(NotFound):
            use_case()


def test_new_roles_hold_from_the_next_request_on(services: Services, clock: Clock) -> None:
    name = staff_member(services, Role.EDITOR)
    token = token_for(services, clock, name)
    assert who(services, token).may(Permission.EDIT_SURVEYS)
    services.staffing.set_grants(name, (Grant(Role.AUDITOR),), CLERK)
    assert who(services, token).grants == (Grant(Role.AUDITOR),)
    assert not who(services, token).may(Permission.EDIT_SURVEYS)


def test_a_unit_account_sees_its_unit_and_everything_below(
    services: Services, clock: Clock
) -> None:
    with services.database.writing() as work:
        units = UnitRepository(work)
        for code, parent in (("a", None), ("a1", "a"), ("a11", "a1"), ("b", None)):
            assert units.add(UnitRecord(code=code, name=code, parent_code=parent))
    name = staff_member(services, Role.UNIT, unit_code="a")
    staff = who(services, token_for(services, clock, name))
    assert staff.unit_codes == {"a", "a1", "a11"}
    leader = staff_member(services, Role.LEADER)
    assert who(services, token_for(services, clock, leader)).unit_codes == frozenset()


def test_nobody_changes_their_own_roles_or_access(services: Services) -> None:
    name = staff_member(services, Role.ADMIN)
    me = actor_of(services, name)
    for use_case in (
        lambda: services.staffing.set_grants(name, EDITOR, me),
        lambda: services.staffing.disable(name, me),
        lambda: services.staffing.reset_password(name, me),
    ):
        with pytest.raises(Conflict, match="Nobody changes their own roles"):
            use_case()
    services.staffing.set_grants(name, ADMIN, me)
    assert services.staffing.find(name).grants == ADMIN


def test_the_last_administrator_stays(services: Services) -> None:
    name = staff_member(services, Role.ADMIN)
    with pytest.raises(Conflict, match="last administrator"):
        services.staffing.disable(name, CLERK)
    with pytest.raises(Conflict, match="last administrator"):
        services.staffing.set_grants(name, EDITOR, CLERK)
    second = staff_member(services, Role.ADMIN)
    services.staffing.set_grants(name, EDITOR, CLERK)
    with pytest.raises(Conflict, match="last administrator"):
        services.staffing.disable(second, CLERK)


def test_two_administrators_who_disable_each_other_leave_one(services: Services) -> None:
    names = [staff_member(services, Role.ADMIN) for _ in range(2)]
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def disable(name: str, by: str) -> None:
        actor = actor_of(services, by)
        start.wait()
        try:
            services.staffing.disable(name, actor)
            outcomes.append("done")
        except Conflict:
            outcomes.append("refused")

    threads = [
        threading.Thread(target=disable, args=(names[0], names[1])),
        threading.Thread(target=disable, args=(names[1], names[0])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "refused"]


def test_a_disabled_account_is_signed_out_and_cannot_sign_in(
    services: Services, clock: Clock
) -> None:
    password = services.staffing.add("li", EDITOR, "李强", CLERK)
    token = token_for(services, clock, "li")
    services.staffing.disable("li", CLERK)
    services.staffing.disable("li", CLERK)
    assert services.staffing.find("li").is_disabled
    assert services.staffing.sign_ins.who(token) is None
    with pytest.raises(SignInRefused):
        services.staffing.sign_ins.begin("li", password, "10.0.0.1")
    services.staffing.enable("li", CLERK)
    services.staffing.enable("li", CLERK)
    assert services.staffing.sign_ins.begin("li", password, "10.0.0.1")
    assert [action for action, _ in actions(services)] == [
        "account.add",
        "account.disable",
        "account.enable",
        "session.begin",
        "session.refuse",
    ]


def test_a_reset_ends_the_password_and_every_sign_in(services: Services, clock: Clock) -> None:
    old = services.staffing.add("li", EDITOR, "李强", CLERK)
    token = token_for(services, clock, "li")
    new = services.staffing.reset_password("li", CLERK)
    assert services.staffing.sign_ins.who(token) is None
    with pytest.raises(SignInRefused):
        services.staffing.sign_ins.begin("li", old, "10.0.0.1")
    assert services.staffing.sign_ins.begin("li", new, "10.0.0.1")


def test_the_list_shows_the_last_activity(services: Services, clock: Clock) -> None:
    name = staff_member(services, Role.EDITOR)
    token_for(services, clock, name)
    clock.advance(minutes=5)
    token_for(services, clock, name)
    assert [account.seen_at for account in services.staffing.accounts()] == [clock()]

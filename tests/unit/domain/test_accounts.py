"""Names, passwords and roles of accounts."""

from __future__ import annotations

from uuid import uuid4

import pytest

from surveyapp.domain.accounts import (
    ROLE_NAMES,
    StaffView,
    TooManyAttempts,
    canonical_name,
    require_full_name,
    require_grants,
    require_name,
    require_other_person,
    require_password,
    require_team,
    role_named,
)
from surveyapp.domain.errors import BadInput, Conflict
from surveyapp.domain.roles import Actor, Grant, Permission, Role, permissions_of


@pytest.mark.parametrize(
    ("typed", "name"),
    [("Wang.Min", "wang.min"), (" ｗａｎｇ ", "wang"), ("王敏", "王敏"), ("a\0b", "ab")],
)
def test_case_width_and_blanks_of_a_name_do_not_matter(typed: str, name: str) -> None:
    assert canonical_name(typed) == require_name(typed) == name


@pytest.mark.parametrize("typed", ["", "a", "a b", "..", ".a", "a/b", "x" * 65, "<b>"])
def test_what_cannot_be_a_name_is_refused(typed: str) -> None:
    with pytest.raises(BadInput, match="2 to 64 letters"):
        require_name(typed)


def test_a_persons_name_is_one_line() -> None:
    assert require_full_name(" 王\t 敏 ") == "王 敏"
    for typed in ("", "  ", "x" * 129, "王\u202e敏"):
        with pytest.raises(BadInput):
            require_full_name(typed)


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("short", "at least 10"),
        ("x" * 257, "at most 256"),
        ("Wang.Min.2026", "differ from the sign-in name"),
        ("wang.min.2026 Wang.Min.2026", "differ from the sign-in name"),
        ("1234567890", "too easy"),
        ("9876543210", "too easy"),
        ("QWERTYUIOP", "too easy"),
        ("aaaabbbbcccc", "too easy"),
    ],
)
def test_weak_passwords_are_refused_with_one_sentence(password: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        require_password(password, "wang.min.2026")


def test_a_long_password_is_accepted() -> None:
    require_password("一句好记的话 2026", "wang.min")


def test_grants_come_in_the_order_of_the_roles() -> None:
    given = (Grant(Role.AUDITOR), Grant(Role.UNIT, "A1"), Grant(Role.ADMIN))
    assert require_grants(given) == (Grant(Role.ADMIN), Grant(Role.UNIT, "A1"), Grant(Role.AUDITOR))


@pytest.mark.parametrize(
    ("grants", "says"),
    [
        ((), "at least one role"),
        ((Grant(Role.ADMIN), Grant(Role.ADMIN)), "once"),
        ((Grant(Role.UNIT),), "needs a unit"),
        ((Grant(Role.UNIT, ""),), "needs a unit"),
        ((Grant(Role.EDITOR, "A1"),), "needs a unit"),
        ((Grant(Role.EDITOR, team="一组"),), "Only examiners and scrutineers"),
    ],
)
def test_roles_that_do_not_go_together_are_refused(grants: tuple[Grant, ...], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        require_grants(grants)


def test_nobody_changes_their_own_roles() -> None:
    me = uuid4()
    require_other_person(Actor("command line"), me)
    require_other_person(Actor("another", uuid4()), me)
    with pytest.raises(Conflict, match="their own roles"):
        require_other_person(Actor("me", me), me)


@pytest.mark.parametrize("role", list(Role))
def test_roles_are_read_by_key_and_in_both_languages(role: Role) -> None:
    name = ROLE_NAMES[role]
    assert {role_named(text) for text in (role, name.zh, name.en.upper())} == {role}


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(BadInput, match="There is no role “king”"):
        role_named("king")


def test_a_person_may_what_one_of_the_roles_may() -> None:
    grants = (Grant(Role.UNIT, "A1"), Grant(Role.AUDITOR))
    staff = StaffView(uuid4(), "wang", "王敏", grants, permissions_of(grants), frozenset({"A1"}))
    assert staff.may(Permission.SEE_LOG)
    assert not staff.may(Permission.EXPORT)
    assert staff.actor == Actor("wang", staff.id)


def test_the_refusal_says_how_long_to_wait() -> None:
    assert str(TooManyAttempts(5)) == (
        "Too many wrong passwords: please wait 5 minutes and try again."
    )


def test_a_team_bounds_what_no_other_role_opens() -> None:
    def teams(*grants: Grant) -> frozenset[str] | None:
        staff = StaffView(uuid4(), "li", "李强", grants, permissions_of(grants), frozenset())
        return staff.teams_within(Permission.SEE_BALLOTS)

    one, two = Grant(Role.EXAMINER, team="一组"), Grant(Role.SCRUTINEER, team="二组")
    assert teams(one) == frozenset({"一组"})
    assert teams(one, two) == frozenset({"一组", "二组"})
    assert teams(one, Grant(Role.SCRUTINEER)) is None
    assert teams(one, Grant(Role.EDITOR)) == frozenset({"一组"})
    assert teams(Grant(Role.EDITOR)) == frozenset()


def test_the_name_of_a_team_is_one_line() -> None:
    assert require_team("  第一  考核组 ") == "第一 考核组"
    assert require_team(" ") is None
    for typed in ("长" * 65, "a\u200bb"):
        with pytest.raises(BadInput, match="at most 64"):
            require_team(typed)

"""Sign-in names and passwords of staff, and what a signed-in person is to every page."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from surveyapp.domain.errors import BadInput, Conflict, NotAllowed
from surveyapp.domain.messages import message
from surveyapp.domain.roles import OF_A_TEAM, Actor, Grant, Permission, Role, teams_within
from surveyapp.domain.text import Text

MINIMUM_PASSWORD = 10
# Argon2 reads every byte it is given: a bound keeps a megabyte from being hashed.
MAXIMUM_PASSWORD = 256
DIFFERENT_CHARACTERS = 5
_ROWS = ("1234567890" * 3, "qwertyuiop" * 2, "asdfghjkl" * 2, "abcdefghijklmnopqrstuvwxyz" * 2)
_IN_A_ROW = "|".join(row + "|" + row[::-1] for row in _ROWS)
NAME_LENGTH = 64
FULL_NAME_LENGTH = 128
TEAM_LENGTH = 64
ONE_TIME_BITS = 80

ROLE_NAMES: Mapping[Role, Text] = {
    Role.ADMIN: Text("管理员", "Administrator"),
    Role.EDITOR: Text("问卷编辑", "Editor"),
    Role.REVIEWER: Text("审核人", "Reviewer"),
    Role.ANALYST: Text("分析员", "Analyst"),
    Role.UNIT: Text("单位人员", "Unit"),
    Role.EXAMINER: Text("考核组", "Examiner"),
    Role.SCRUTINEER: Text("监票人", "Scrutineer"),
    Role.LEADER: Text("领导", "Leader"),
    Role.AUDITOR: Text("审计员", "Auditor"),
}

_NAME = re.compile(r"\w[\w.@-]{1,63}", re.UNICODE)


@dataclass(frozen=True, slots=True)
class StaffView:
    """A signed-in person: what a page needs to know about who asks.

    Attributes
    ----------
    unit_codes : frozenset of str
        The units of the unit role and everything below them.
    must_change_password : bool
        A one-time password was used: nothing but a new password comes next.
    """

    id: UUID
    name: str
    full_name: str
    grants: tuple[Grant, ...]
    permissions: frozenset[Permission]
    unit_codes: frozenset[str]
    must_change_password: bool = False

    @property
    def actor(self) -> Actor:
        """The person as the one who asks for a change."""
        return Actor(self.name, self.id)

    def may(self, permission: Permission) -> bool:
        """Whether one of the roles allows it."""
        return permission in self.permissions

    def teams_within(self, permission: Permission) -> frozenset[str] | None:
        """Return the teams a permission is bound to, None where it is bound to none."""
        return teams_within(self.grants, permission)


@dataclass(frozen=True, slots=True)
class Account:
    """An account as the administrator sees it; `seen_at` is the last activity of any sign-in."""

    id: UUID
    name: str
    full_name: str
    grants: tuple[Grant, ...]
    must_change_password: bool
    created_at: datetime
    disabled_at: datetime | None
    seen_at: datetime | None

    @property
    def is_disabled(self) -> bool:
        """Whether nobody can sign in with it."""
        return self.disabled_at is not None


@dataclass(frozen=True, slots=True)
class IssuedAccount:
    """An account with the one-time password that is shown once and stored nowhere."""

    name: str
    full_name: str
    password: str


def canonical_name(typed: str) -> str:
    """Return the sign-in name as it is compared and stored: case and width do not matter."""
    return unicodedata.normalize("NFKC", typed).replace("\0", "").strip().casefold()


def require_name(typed: str) -> str:
    """Return the canonical sign-in name.

    Raises
    ------
    BadInput
        It cannot be a name.
    """
    name = canonical_name(typed)
    if not _NAME.fullmatch(name):
        raise BadInput(
            message(
                "A sign-in name has 2 to 64 letters or digits without spaces;"
                " “%(name)s” cannot be one.",
                name=typed.strip()[:80],
            )
        )
    return name


def require_full_name(typed: str) -> str:
    """Return a person's name, trimmed.

    Raises
    ------
    BadInput
        It is empty or too long.
    """
    full_name = " ".join(typed.split())
    if not 1 <= len(full_name) <= FULL_NAME_LENGTH or not full_name.isprintable():
        raise BadInput(message("Enter the person's name, at most 128 characters."))
    return full_name


def require_password(password: str, name: str) -> None:
    """Refuse a password that is too easy to guess.

    Raises
    ------
    BadInput
        Shorter than `MINIMUM_PASSWORD`, longer than `MAXIMUM_PASSWORD`, the sign-in name (once or
        repeated), few different characters, or characters in a row as on the keyboard.
    """
    if not canonical_name(password).replace(name, "").strip():
        raise BadInput(message("The password must differ from the sign-in name."))
    if len(password) < MINIMUM_PASSWORD:
        raise BadInput(message("The password needs at least %(n)s characters.", n=MINIMUM_PASSWORD))
    if len(password) > MAXIMUM_PASSWORD:
        raise BadInput(
            message("The password may have at most %(n)s characters.", n=MAXIMUM_PASSWORD)
        )
    if len(set(password)) < DIFFERENT_CHARACTERS or password.lower() in _IN_A_ROW:
        raise BadInput(
            message("This password is too easy to guess: mix words, digits and other characters.")
        )


def require_grants(grants: tuple[Grant, ...]) -> tuple[Grant, ...]:
    """Return the grants in the order of the roles.

    Raises
    ------
    BadInput
        None at all, a role twice, the unit role without a unit or another role with one, a team
        for a role that does not watch ballots.
    """
    if not grants:
        raise BadInput(message("Choose at least one role."))
    roles = [grant.role for grant in grants]
    if len(set(roles)) < len(roles):
        raise BadInput(message("Each role can be given once."))
    for grant in grants:
        if (grant.role is Role.UNIT) != bool(grant.unit_code):
            raise BadInput(message("The unit role needs a unit, and no other role has one."))
        if grant.team is not None and grant.role not in OF_A_TEAM:
            raise BadInput(message("Only examiners and scrutineers belong to a team."))
    order = list(Role)
    return tuple(sorted(grants, key=lambda grant: order.index(grant.role)))


def require_other_person(actor: Actor, staff_id: UUID) -> None:
    """Refuse a change of one's own roles or access.

    Raises
    ------
    Conflict
        The account belongs to the one who asks.
    """
    if actor.staff_id == staff_id:
        raise Conflict(
            message("Nobody changes their own roles or access: ask another administrator.")
        )


def require_team(typed: str) -> str | None:
    """Return the name of a team, None where none is given.

    Raises
    ------
    BadInput
        It is too long, or no text.
    """
    team = " ".join(typed.split())
    if len(team) > TEAM_LENGTH or (team and not team.isprintable()):
        raise BadInput(message("The name of a team has at most %(n)s characters.", n=TEAM_LENGTH))
    return team or None


class SignInRefused(NotAllowed):
    """Name and password do not belong together; which of them is wrong stays unsaid."""

    def __init__(self) -> None:
        super().__init__(message("Name or password is wrong."))


class TooManyAttempts(NotAllowed):
    """Too many wrong passwords in a short time.

    Attributes
    ----------
    minutes : int
        After how many minutes another attempt is heard.
    """

    def __init__(self, minutes: int) -> None:
        super().__init__(
            message(
                "Too many wrong passwords: please wait %(minutes)s minutes and try again.",
                minutes=minutes,
            )
        )
        self.minutes = minutes


def role_named(text: str) -> Role:
    """Return the role a cell of a table means: its key, or its name in either language.

    Raises
    ------
    BadInput
        No role is called that.
    """
    wanted = text.strip().casefold()
    for role, name in ROLE_NAMES.items():
        if wanted in (role, name.zh, name.en.casefold()):
            return role
    raise BadInput(message("There is no role “%(role)s”.", role=text.strip()[:80]))

"""Who may do what in the staff face: nine roles, and the permissions each one carries."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """The offices a person can hold; one account may hold several."""

    ADMIN = "admin"
    EDITOR = "editor"
    REVIEWER = "reviewer"
    ANALYST = "analyst"
    UNIT = "unit"
    EXAMINER = "examiner"
    SCRUTINEER = "scrutineer"
    LEADER = "leader"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """What a console page asks for. A page without one does not start."""

    SIGNED_IN = "signed_in"
    MANAGE_ACCOUNTS = "manage_accounts"
    MANAGE_UNITS = "manage_units"
    SEE_SURVEYS = "see_surveys"
    EDIT_SURVEYS = "edit_surveys"
    PUT_IN_USE = "put_in_use"
    CLOSE_SURVEYS = "close_surveys"
    MANAGE_PLACES = "manage_places"
    SEE_LIVE_RESULTS = "see_live_results"
    SEE_RELEASED_RESULTS = "see_released_results"
    RELEASE_RESULTS = "release_results"
    EXCLUDE_RESPONSES = "exclude_responses"
    IMPORT_RESPONSES = "import_responses"
    EXPORT = "export"
    SEE_LOG = "see_log"
    SEE_CASES = "see_cases"
    HANDLE_CASES = "handle_cases"
    SUPERVISE_CASES = "supervise_cases"
    CLOSE_CASES = "close_cases"
    SEE_BALLOTS = "see_ballots"


_EVERYONE = frozenset({Permission.SIGNED_IN})

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: _EVERYONE | {Permission.MANAGE_ACCOUNTS, Permission.MANAGE_UNITS},
    Role.EDITOR: _EVERYONE
    | {
        Permission.SEE_SURVEYS,
        Permission.EDIT_SURVEYS,
        Permission.CLOSE_SURVEYS,
        Permission.MANAGE_PLACES,
        Permission.SEE_LIVE_RESULTS,
        Permission.SEE_RELEASED_RESULTS,
        Permission.IMPORT_RESPONSES,
        Permission.EXPORT,
        Permission.SEE_CASES,
        Permission.SUPERVISE_CASES,
    },
    Role.REVIEWER: _EVERYONE
    | {
        Permission.SEE_SURVEYS,
        Permission.PUT_IN_USE,
        Permission.CLOSE_SURVEYS,
        Permission.SEE_LIVE_RESULTS,
        Permission.SEE_RELEASED_RESULTS,
        Permission.RELEASE_RESULTS,
        Permission.EXCLUDE_RESPONSES,
        Permission.SEE_CASES,
        Permission.SUPERVISE_CASES,
        Permission.CLOSE_CASES,
    },
    Role.ANALYST: _EVERYONE
    | {
        Permission.SEE_SURVEYS,
        Permission.SEE_LIVE_RESULTS,
        Permission.SEE_RELEASED_RESULTS,
        Permission.EXPORT,
    },
    Role.UNIT: _EVERYONE
    | {Permission.SEE_RELEASED_RESULTS, Permission.SEE_CASES, Permission.HANDLE_CASES},
    Role.EXAMINER: _EVERYONE | {Permission.SEE_BALLOTS},
    Role.SCRUTINEER: _EVERYONE | {Permission.SEE_BALLOTS},
    Role.LEADER: _EVERYONE | {Permission.SEE_RELEASED_RESULTS, Permission.SEE_CASES},
    Role.AUDITOR: _EVERYONE | {Permission.SEE_LOG},
}


@dataclass(frozen=True, slots=True)
class Grant:
    """One role of an account, for the `unit` role with the unit it is bound to."""

    role: Role
    unit_code: str | None = None


def permissions_of(grants: tuple[Grant, ...]) -> frozenset[Permission]:
    """Return everything the grants allow together."""
    return frozenset().union(*(PERMISSIONS[grant.role] for grant in grants))


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks for a change: a signed-in person, or the command line of the operator."""

    name: str
    staff_id: UUID | None = None

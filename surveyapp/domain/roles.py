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
    SEE_MEETINGS = "see_meetings"
    PREPARE_BALLOTS = "prepare_ballots"
    CLOSE_BALLOTS = "close_ballots"
    COUNT_PAPER = "count_paper"
    SEE_RECEIPTS = "see_receipts"
    SEE_SCHEMES = "see_schemes"
    EDIT_SCHEMES = "edit_schemes"
    REPORT_VALUES = "report_values"
    VERIFY_VALUES = "verify_values"
    SETTLE = "settle"
    SEE_SCORES = "see_scores"
    SEE_FORMS = "see_forms"
    READ_VISITS = "read_visits"
    WRITE_VISITS = "write_visits"
    REPORT_DUTIES = "report_duties"


_EVERYONE = frozenset({Permission.SIGNED_IN})

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: _EVERYONE | {Permission.MANAGE_ACCOUNTS, Permission.MANAGE_UNITS},
    Role.EDITOR: _EVERYONE
    | {
        Permission.SEE_SURVEYS,
        Permission.EDIT_SURVEYS,
        Permission.CLOSE_SURVEYS,
        Permission.SEE_MEETINGS,
        Permission.PREPARE_BALLOTS,
        Permission.MANAGE_PLACES,
        Permission.SEE_LIVE_RESULTS,
        Permission.SEE_RELEASED_RESULTS,
        Permission.IMPORT_RESPONSES,
        Permission.EXPORT,
        Permission.SEE_CASES,
        Permission.SUPERVISE_CASES,
        Permission.SEE_SCHEMES,
        Permission.EDIT_SCHEMES,
        Permission.REPORT_VALUES,
        Permission.SEE_SCORES,
        Permission.SEE_FORMS,
    },
    Role.REVIEWER: _EVERYONE
    | {
        Permission.SEE_SURVEYS,
        Permission.PUT_IN_USE,
        Permission.CLOSE_SURVEYS,
        Permission.SEE_MEETINGS,
        Permission.CLOSE_BALLOTS,
        Permission.SEE_LIVE_RESULTS,
        Permission.SEE_RELEASED_RESULTS,
        Permission.RELEASE_RESULTS,
        Permission.EXCLUDE_RESPONSES,
        Permission.SEE_CASES,
        Permission.SUPERVISE_CASES,
        Permission.CLOSE_CASES,
        Permission.SEE_SCHEMES,
        Permission.VERIFY_VALUES,
        Permission.SETTLE,
        Permission.SEE_SCORES,
        Permission.SEE_FORMS,
        Permission.READ_VISITS,
    },
    Role.ANALYST: _EVERYONE
    | {
        Permission.SEE_SURVEYS,
        Permission.SEE_LIVE_RESULTS,
        Permission.SEE_RELEASED_RESULTS,
        Permission.EXPORT,
        Permission.SEE_SCHEMES,
        Permission.SEE_SCORES,
    },
    Role.UNIT: _EVERYONE
    | {
        Permission.SEE_RELEASED_RESULTS,
        Permission.SEE_CASES,
        Permission.HANDLE_CASES,
        Permission.SEE_SCHEMES,
        Permission.REPORT_VALUES,
        Permission.SEE_SCORES,
        Permission.SEE_FORMS,
        Permission.REPORT_DUTIES,
    },
    Role.EXAMINER: _EVERYONE
    | {
        Permission.SEE_BALLOTS,
        Permission.SEE_MEETINGS,
        Permission.COUNT_PAPER,
        Permission.SEE_RECEIPTS,
        Permission.SEE_FORMS,
        Permission.READ_VISITS,
        Permission.WRITE_VISITS,
    },
    Role.SCRUTINEER: _EVERYONE
    | {
        Permission.SEE_BALLOTS,
        Permission.SEE_MEETINGS,
        Permission.COUNT_PAPER,
        Permission.SEE_RECEIPTS,
    },
    Role.LEADER: _EVERYONE
    | {
        Permission.SEE_RELEASED_RESULTS,
        Permission.SEE_CASES,
        Permission.SEE_SCHEMES,
        Permission.SEE_SCORES,
        Permission.SEE_FORMS,
    },
    Role.AUDITOR: _EVERYONE | {Permission.SEE_LOG},
}


OF_A_TEAM = frozenset({Role.EXAMINER, Role.SCRUTINEER})
"""Roles that may be bound to one team (考核组): they then see only the meetings it conducts."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One role of an account.

    Attributes
    ----------
    unit_code : str or None
        Of the `unit` role: what it is bound to.
    team : str or None
        Of the roles `OF_A_TEAM`: the team whose meetings it sees; None sees all.
    """

    role: Role
    unit_code: str | None = None
    team: str | None = None


def permissions_of(grants: tuple[Grant, ...]) -> frozenset[Permission]:
    """Return everything the grants allow together."""
    return frozenset().union(*(PERMISSIONS[grant.role] for grant in grants))


def teams_within(grants: tuple[Grant, ...], permission: Permission) -> frozenset[str] | None:
    """Return the teams to whose meetings a permission is bound; None where it is bound to none.

    One grant that carries the permission without a team is enough to see everything.
    """
    teams = {grant.team for grant in grants if permission in PERMISSIONS[grant.role]}
    return None if None in teams else frozenset(team for team in teams if team is not None)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks for a change: a signed-in person, or the command line of the operator."""

    name: str
    staff_id: UUID | None = None

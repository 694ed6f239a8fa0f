"""Who sees which scores: the office all, leaders what is released, units their own of that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.errors import NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.roles import PERMISSIONS, Permission, Role
from surveyapp.services.assessment.scores import ScoreRun


def sees_unreleased(staff: StaffView) -> bool:
    """Whether an account sees drafts of schemes and scores that nobody released."""
    return staff.may(Permission.SEE_LIVE_RESULTS)


def scope_of(staff: StaffView) -> frozenset[str] | None:
    """Return the codes of the units whose scores an account sees, None for all."""
    sees_all = any(
        grant.role is not Role.UNIT and Permission.SEE_SCORES in PERMISSIONS[grant.role]
        for grant in staff.grants
    )
    return None if sees_all else staff.unit_codes


def require_visible(run: ScoreRun, staff: StaffView) -> None:
    """Refuse a run an account may not see, as if it were not there.

    Raises
    ------
    NotFound
    """
    if not (run.is_released or sees_unreleased(staff)):
        raise NotFound(message("There is no such run of scores."))


def visible_units(run: ScoreRun, staff: StaffView) -> list[dict[str, Any]]:
    """Return the units of a run an account sees, by rank."""
    scope = scope_of(staff)
    return [one for one in run.units if scope is None or one["unit"] in scope]


def visible_unit(run: ScoreRun, code: str, staff: StaffView) -> Mapping[str, Any]:
    """Return one unit of a run.

    Raises
    ------
    NotFound
        It is not there, or none of this account's.
    """
    require_visible(run, staff)
    for one in visible_units(run, staff):
        if one["unit"] == code:
            return one
    raise NotFound(message("There is no such unit in these scores."))

"""Who may open which page: every view names its permission, and none opens without.

A view says ``@requires(Permission.X)``. Whether every view of the console does is checked when the
application starts, and once more at each request, before the view runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from flask import current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.errors import NotAllowed
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Permission
from surveyapp.web.context import services

if TYPE_CHECKING:
    from flask.blueprints import BlueprintSetupState

PREFIX = "console."
# Pages for people who have not signed in.
PUBLIC = frozenset({"console.sign_in"})
# What somebody with a one-time password may do before choosing a password.
BEFORE_PASSWORD = frozenset({"console.password", "console.sign_out"})

View = TypeVar("View", bound=Callable[..., object])


class UnguardedView(Exception):
    """A page of the console that names no permission: the application does not start."""


def requires(permission: Permission) -> Callable[[View], View]:
    """Say which permission a view asks for; stands directly above the view function."""

    def mark(view: View) -> View:
        vars(view)["required_permission"] = permission
        return view

    return mark


def required_permission(endpoint: str) -> Permission | None:
    """Return what an endpoint asks for, None where it is open to all."""
    return permission_in(current_app.view_functions, endpoint)


def permission_in(views: Mapping[str, Callable[..., Any]], endpoint: str) -> Permission | None:
    """Return what an endpoint asks for, None where it is open to all.

    Raises
    ------
    UnguardedView
        The view names no permission and is not public.
    """
    if endpoint in PUBLIC:
        return None
    permission = getattr(views[endpoint], "required_permission", None)
    if not isinstance(permission, Permission):
        raise UnguardedView(f"{endpoint} does not say which permission it requires")
    return permission


def require_guards(state: BlueprintSetupState) -> None:
    """Check all views of the console once the application has them.

    Raises
    ------
    UnguardedView
        One of them is open by mistake.
    """
    for endpoint in state.app.view_functions:
        if endpoint.startswith(PREFIX):
            permission_in(state.app.view_functions, endpoint)


def signed_in() -> StaffView:
    """Return the person who asks; for views that require a permission."""
    return cast(StaffView, g.staff)


def guard() -> Response | None:
    """Let a request through, send it to the sign-in page, or refuse it.

    Raises
    ------
    NotAllowed
        The roles of the account do not allow this page.
    """
    endpoint = request.endpoint or ""
    permission = required_permission(endpoint)
    if permission is None:
        return None
    staff: StaffView | None = g.staff
    if staff is None:
        return redirect(url_for("console.sign_in", next=_here()))
    if staff.must_change_password and endpoint not in BEFORE_PASSWORD:
        return redirect(url_for("console.password"))
    if not staff.may(permission):
        raise NotAllowed(message("Your roles do not include this page."))
    require_own_meetings(staff, permission)
    return None


def require_own_meetings(staff: StaffView, permission: Permission) -> None:
    """Keep accounts that are bound to a team to its meetings, on every page about one survey.

    Whatever the page: its address names the survey as ``key``. A page about anything else, such as
    an evaluation, narrows what it shows by `StaffView.teams_within` itself.

    Raises
    ------
    NotFound
        The survey is no meeting of these teams, or does not exist: one answer.
    """
    teams = staff.teams_within(permission)
    key = (request.view_args or {}).get("key")
    if teams is not None and key is not None:
        services().evaluations.require_visible(key, teams)


def _here() -> str | None:
    """Return where to come back to after signing in: pages, never the submission of a form."""
    if request.method != "GET":
        return None
    return request.full_path.rstrip("?")


def safe_next(target: str) -> str | None:
    """Return a path of the console to go on to, or None for anything that might lead elsewhere."""
    unsafe = "\\" in target or "//" in target or any(ord(letter) < 32 for letter in target)
    if unsafe or not target.startswith("/console/"):
        return None
    return request.script_root + target

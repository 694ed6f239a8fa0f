"""Accounts: who may sign in, and as what."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from surveyapp.domain.accounts import Account, IssuedAccount, require_team
from surveyapp.domain.errors import BadInput, Conflict, Refusal
from surveyapp.domain.roles import OF_A_TEAM, Grant, Permission, Role
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.files import as_download
from surveyapp.web.console.issued import read_list, sealed_list, workbook_of
from surveyapp.web.console.pages import page_of
from surveyapp.web.context import services

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    both = ["GET", "POST"]
    blueprint.add_url_rule("/accounts", view_func=accounts)
    blueprint.add_url_rule("/accounts/add", view_func=account_add, methods=both)
    blueprint.add_url_rule("/accounts/issued.xlsx", view_func=account_list, methods=["POST"])
    blueprint.add_url_rule("/accounts/of/<name>", view_func=account)
    blueprint.add_url_rule("/accounts/of/<name>/roles", view_func=account_roles, methods=both)
    blueprint.add_url_rule("/accounts/of/<name>/reset", view_func=account_reset, methods=both)
    blueprint.add_url_rule("/accounts/of/<name>/disable", view_func=account_disable, methods=both)
    blueprint.add_url_rule("/accounts/of/<name>/enable", view_func=account_enable, methods=["POST"])


@requires(Permission.MANAGE_ACCOUNTS)
def accounts() -> str:
    """List accounts; ``q`` narrows the list to names that contain it."""
    wanted = request.args.get("q", "").strip()
    everyone = services().staffing.accounts()
    found = [one for one in everyone if _is_meant(one, wanted)]
    return render_template(
        "console/accounts/list.html", page=page_of(found), total=len(everyone), wanted=wanted
    )


@requires(Permission.MANAGE_ACCOUNTS)
def account_add() -> Response:
    """Make an account and show its one-time password."""
    if request.method == "GET":
        return _form("console/accounts/add.html", None)
    name, full_name = request.form.get("name", ""), request.form.get("full_name", "")
    try:
        password = services().staffing.add(name, _grants(), full_name, signed_in().actor)
    except (BadInput, Conflict) as refusal:
        return _form("console/accounts/add.html", refusal)
    made = services().staffing.find(name)
    return issued_page([IssuedAccount(made.name, made.full_name, password)])


@requires(Permission.MANAGE_ACCOUNTS)
def account(name: str) -> str:
    """Show one account."""
    found = services().staffing.find(name)
    return render_template("console/accounts/account.html", account=found)


@requires(Permission.MANAGE_ACCOUNTS)
def account_roles(name: str) -> Response:
    """Change what an account may do."""
    found = services().staffing.find(name)
    if request.method == "GET":
        return _form("console/accounts/roles.html", None, account=found)
    try:
        services().staffing.set_grants(name, _grants(), signed_in().actor)
    except (BadInput, Conflict) as refusal:
        return _form("console/accounts/roles.html", refusal, account=found)
    flash(_("The roles of %(name)s were changed.", name=found.full_name), "success")
    return redirect(url_for("console.account", name=found.name))


@requires(Permission.MANAGE_ACCOUNTS)
def account_reset(name: str) -> Response:
    """Make a new one-time password and show it."""
    found = services().staffing.find(name)
    if request.method == "GET":
        return make_response(render_template("console/accounts/reset.html", account=found))
    password = services().staffing.reset_password(name, signed_in().actor)
    return issued_page([IssuedAccount(found.name, found.full_name, password)])


@requires(Permission.MANAGE_ACCOUNTS)
def account_disable(name: str) -> Response:
    """Keep anybody from signing in with an account."""
    found = services().staffing.find(name)
    if request.method == "GET":
        return make_response(render_template("console/accounts/disable.html", account=found))
    services().staffing.disable(name, signed_in().actor)
    flash(_("%(name)s can no longer sign in.", name=found.full_name), "success")
    return redirect(url_for("console.account", name=found.name))


@requires(Permission.MANAGE_ACCOUNTS)
def account_enable(name: str) -> Response:
    """Let a disabled account be used again."""
    found = services().staffing.find(name)
    services().staffing.enable(name, signed_in().actor)
    flash(_("%(name)s can sign in again.", name=found.full_name), "success")
    return redirect(url_for("console.account", name=found.name))


@requires(Permission.MANAGE_ACCOUNTS)
def account_list() -> Response:
    """Hand out, as a workbook, the one-time passwords of the page it is asked from."""
    issued = read_list(request.form.get("list", ""), signed_in().id)
    name = _("New accounts")
    return as_download(workbook_of(issued), f"{name}.xlsx", _WORKBOOK)


def issued_page(issued: Sequence[IssuedAccount]) -> Response:
    """Show one-time passwords: on this page and nowhere else, never again."""
    page = render_template(
        "console/accounts/issued.html",
        issued=issued,
        sealed=sealed_list(issued, signed_in().id),
        address=services().settings.base_url + "/console/",
    )
    return make_response(page)


def _is_meant(account: Account, wanted: str) -> bool:
    text = wanted.casefold()
    return text in account.name or text in account.full_name.casefold()


def _grants() -> tuple[Grant, ...]:
    """Read the boxes that are ticked; the unit belongs to the unit role alone."""
    unit_code = request.form.get("unit_code", "").strip() or None
    ticked = set(request.form.getlist("role"))
    return tuple(
        Grant(
            role,
            unit_code if role is Role.UNIT else None,
            require_team(request.form.get(f"team_{role}", "")) if role in OF_A_TEAM else None,
        )
        for role in Role
        if role in ticked
    )


def _form(template: str, refusal: Refusal | None, account: Account | None = None) -> Response:
    if request.method == "POST":
        chosen = {role for role in Role if role in request.form.getlist("role")}
        unit_code = request.form.get("unit_code", "")
        bound = {role: request.form.get(f"team_{role}", "") for role in OF_A_TEAM}
    else:
        grants = account.grants if account else ()
        chosen = {grant.role for grant in grants}
        unit_code = next((grant.unit_code for grant in grants if grant.unit_code), "")
        bound = {grant.role: grant.team or "" for grant in grants}
    page = render_template(
        template,
        refusal=refusal,
        account=account,
        roles=list(Role),
        chosen=chosen,
        unit_code=unit_code,
        bound=bound,
        teams=services().evaluations.teams(),
        units=services().organising.units(),
    )
    return make_response(page, _status(refusal))


def _status(refusal: Refusal | None) -> int:
    if refusal is None:
        return 200
    return 409 if isinstance(refusal, Conflict) else 400

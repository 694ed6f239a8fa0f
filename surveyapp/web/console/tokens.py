"""Tokens of programs: shown once, listed by name, revoked."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from surveyapp.domain.errors import BadInput, Conflict, NotFound, Refusal
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Permission
from surveyapp.domain.tokens import MOST_DAYS, SCOPE_NAMES, Token, scope_named
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.context import services

USUAL_DAYS = "365"


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    blueprint.add_url_rule("/tokens", view_func=tokens, methods=["GET", "POST"])
    blueprint.add_url_rule(
        "/tokens/of/<path:name>/revoke", view_func=token_revoke, methods=["GET", "POST"]
    )


@requires(Permission.MANAGE_ACCOUNTS)
def tokens() -> Response:
    """List tokens; make one and show it, on this page and nowhere else."""
    if request.method == "GET":
        return _page(None)
    try:
        days = request.form.get("days", "")
        if not (days.isascii() and days.isdigit()):
            raise BadInput(message("A token is good for 1 to %(most)s days.", most=MOST_DAYS))
        issued = services().tokens.add(
            request.form.get("name", ""),
            scope_named(request.form.get("scope", "")),
            int(days[:6]),
            signed_in().actor,
        )
    except (BadInput, Conflict) as refusal:
        return _page(refusal)
    page = render_template(
        "console/tokens/issued.html",
        issued=issued,
        scope=SCOPE_NAMES[issued.token.scope],
        address=f"{services().settings.base_url}/api/v1",
    )
    return make_response(page)


def _page(refusal: Refusal | None) -> Response:
    now = services().now()
    page = render_template(
        "console/tokens/list.html",
        tokens=[(one, one.is_valid(now)) for one in services().tokens.all()],
        scopes=SCOPE_NAMES,
        refusal=refusal,
        days=request.form.get("days", USUAL_DAYS),
        most=MOST_DAYS,
    )
    return make_response(page, 200 if refusal is None else 400)


@requires(Permission.MANAGE_ACCOUNTS)
def token_revoke(name: str) -> str | Response:
    """Say what a revoked token means, then revoke it."""
    token = _token(name)
    if request.method == "POST":
        services().tokens.revoke(token.name, signed_in().actor)
        flash(_("The token “%(name)s” is revoked.", name=token.name), "success")
        return redirect(url_for("console.tokens"))
    return render_template("console/tokens/revoke.html", token=token)


def _token(name: str) -> Token:
    for token in services().tokens.all():
        if token.name == name:
            return token
    raise NotFound(message("There is no token “%(name)s”.", name=name[:80]))

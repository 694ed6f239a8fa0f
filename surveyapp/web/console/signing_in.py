"""Signing in and out, the first password, and one's own account."""

from __future__ import annotations

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from surveyapp.domain.accounts import MINIMUM_PASSWORD, SignInRefused, TooManyAttempts
from surveyapp.domain.errors import BadInput, Refusal
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Permission
from surveyapp.services.sign_ins import LONGEST, SignIns
from surveyapp.web.console import session
from surveyapp.web.console.access import requires, safe_next, signed_in
from surveyapp.web.context import services, settings


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    blueprint.add_url_rule("/sign-in", view_func=sign_in, methods=["GET", "POST"])
    blueprint.add_url_rule("/sign-out", view_func=sign_out, methods=["POST"])
    blueprint.add_url_rule("/password", view_func=password, methods=["GET", "POST"])
    blueprint.add_url_rule("/account", view_func=own_account)


def sign_in() -> Response:
    """Ask for name and password, and begin a sign-in."""
    if request.method == "GET":
        return redirect(url_for("console.home")) if g.staff else _sign_in_page()
    name, typed = request.form.get("name", ""), request.form.get("password", "")
    try:
        token = _sign_ins().begin(name, typed, request.remote_addr or "")
    except TooManyAttempts as refusal:
        response = _sign_in_page(refusal, 429)
        response.headers["Retry-After"] = str(refusal.minutes * 60)
        return response
    except SignInRefused as refusal:
        return _sign_in_page(refusal, 401)
    if before := session.token_of_browser():
        _sign_ins().end(before)
    target = safe_next(request.form.get("next", "")) or url_for("console.home")
    return session.begin(redirect(target), token, settings())


@requires(Permission.SIGNED_IN)
def sign_out() -> Response:
    """End the sign-in of this browser."""
    _sign_ins().end(session.token_of_browser())
    return session.end(redirect(url_for("console.sign_in")), settings())


@requires(Permission.SIGNED_IN)
def password() -> Response:
    """Choose a password: of necessity at the first sign-in, at will later."""
    refusal = None
    if request.method == "POST":
        try:
            _change_password()
        except (BadInput, TooManyAttempts) as caught:
            refusal = caught
        else:
            flash(_("Your new password holds from now on."), "success")
            return redirect(url_for("console.home"))
    page = render_template("console/password.html", refusal=refusal, minimum=MINIMUM_PASSWORD)
    return make_response(page, 400 if refusal else 200)


@requires(Permission.SIGNED_IN)
def own_account() -> str:
    """Show one's own account."""
    return render_template("console/own_account.html", **_limits())


def _sign_ins() -> SignIns:
    return services().staffing.sign_ins


def _sign_in_page(refusal: Refusal | None = None, status: int = 200) -> Response:
    page = render_template("console/sign_in.html", refusal=refusal, **_limits())
    return make_response(page, status)


def _limits() -> dict[str, int]:
    """Say when a sign-in ends by itself."""
    return {
        "idle_minutes": int(_sign_ins().idle.total_seconds() // 60),
        "longest_hours": int(LONGEST.total_seconds() // 3600),
    }


def _change_password() -> None:
    new = request.form.get("new", "")
    if new != request.form.get("again", ""):
        raise BadInput(message("The two new passwords are not the same."))
    _sign_ins().change_password(
        signed_in(), session.token_of_browser(), new, current=request.form.get("current")
    )

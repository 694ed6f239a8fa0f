"""The first page: what awaits the person who signed in."""

from __future__ import annotations

from flask import Blueprint, render_template

from surveyapp.domain.roles import Permission
from surveyapp.web.console.access import requires


def register(blueprint: Blueprint) -> None:
    """Add the page to the console."""
    blueprint.add_url_rule("/", view_func=home)


@requires(Permission.SIGNED_IN)
def home() -> str:
    """Show what awaits this account."""
    return render_template("console/home.html")

"""Early warning (预警): what is near, behind or overdue, and the slip it calls for."""

from __future__ import annotations

from flask import Blueprint, render_template

from surveyapp.domain.decimals import number_text
from surveyapp.domain.roles import Permission
from surveyapp.domain.warning import COLOURS, URGENCY_NAMES, Urgency
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.context import services
from surveyapp.web.locale import text_of

KINDS = {Urgency.NEAR: "waiting", Urgency.BEHIND: "waiting", Urgency.OVERDUE: "bad"}
"""Kinds of badges by urgency."""


def register(blueprint: Blueprint) -> None:
    """Add the page to the console."""
    blueprint.add_url_rule("/assessment/warnings", view_func=assessment_warnings)
    blueprint.app_template_filter("urgency")(lambda one: text_of(URGENCY_NAMES[Urgency(one)]))


@requires(Permission.SEE_SCORES)
def assessment_warnings() -> str:
    """List warnings; the office opens a matter with the slip each calls for."""
    return render_template(
        "console/assessment/warnings.html",
        found=services().early_warning.warnings(signed_in()),
        colours=COLOURS,
        kinds=KINDS,
        number=lambda value: number_text(value, 2),
    )

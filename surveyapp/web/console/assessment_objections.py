"""Objections (申诉) that wait for a ruling by somebody who had no part in what they are against."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from surveyapp.domain.errors import Refusal
from surveyapp.domain.messages import message
from surveyapp.domain.objective import RULING_NAMES, Ruling
from surveyapp.domain.reporting import Person
from surveyapp.domain.roles import Permission
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.cases_steps import one_of, typed
from surveyapp.web.console.form_pages import REFUSALS, form_page
from surveyapp.web.context import services
from surveyapp.web.locale import text_of


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    base = "/assessment/objections"
    blueprint.add_url_rule(base, view_func=assessment_objections)
    blueprint.add_url_rule(
        f"{base}/<uuid:objection_id>", view_func=assessment_objection_rule, methods=["POST"]
    )
    blueprint.app_template_filter("ruling")(lambda one: text_of(RULING_NAMES[Ruling(one)]))


@requires(Permission.SETTLE)
def assessment_objections() -> Response:
    """List the objections that wait for a ruling."""
    return _objections_page(None, None)


@requires(Permission.SETTLE)
def assessment_objection_rule(objection_id: UUID) -> Response:
    """Rule on an objection."""
    try:
        ruling = one_of(Ruling, "ruling", message("Choose the ruling."))
        services().objecting.rule(objection_id, ruling, typed("reason"), Person.of(signed_in()))
    except REFUSALS as refusal:
        return _objections_page(refusal, objection_id)
    flash(_("Ruled: %(ruling)s.", ruling=text_of(RULING_NAMES[ruling])), "success")
    return redirect(url_for("console.assessment_objections"))


def _objections_page(refusal: Refusal | None, refused: UUID | None) -> Response:
    return form_page(
        "console/assessment/objections.html",
        refusal,
        objections=services().objecting.open(Person.of(signed_in())),
        refused=refused,
    )

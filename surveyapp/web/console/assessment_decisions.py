"""Entering the grades that a meeting decided (审定等次) on a run of scores."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import ngettext
from werkzeug.wrappers import Response

from surveyapp.domain.deciding import Choice, Meeting
from surveyapp.domain.errors import BadInput, Conflict, Refusal
from surveyapp.domain.roles import Permission
from surveyapp.services.assessment.deciding import RunToDecide
from surveyapp.services.assessment.explaining import shown
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.cases_steps import typed, typed_day
from surveyapp.web.context import services


def register(blueprint: Blueprint) -> None:
    """Add the page to the console."""
    blueprint.add_url_rule(
        "/assessment/scores/<uuid:run_id>/decide",
        view_func=assessment_decide,
        methods=["GET", "POST"],
    )


@requires(Permission.SETTLE)
def assessment_decide(run_id: UUID) -> Response:
    """Show what is suggested and what was decided; enter what a meeting decided."""
    found = services().deciding.run(signed_in(), run_id)
    if request.method == "GET":
        return _page(found, None)
    try:
        meeting = Meeting(typed("authority"), typed_day("met_on"), typed("minutes"))
        n = services().deciding.enter(signed_in(), run_id, meeting, _choices(found))
    except (BadInput, Conflict) as refusal:
        return _page(found, refusal)
    flash(ngettext("%(num)s grade is entered.", "%(num)s grades are entered.", n), "success")
    return redirect(url_for("console.assessment_decide", run_id=run_id))


def _choices(found: RunToDecide) -> dict[str, Choice]:
    """Return the units for which a grade was chosen."""
    return {
        unit.code: Choice(int(grade), typed(f"reason.{unit.code}"))
        for unit in found.units
        if (grade := typed(f"grade.{unit.code}")) in _places(found)
    }


def _places(found: RunToDecide) -> list[str]:
    return [str(place) for place in range(len(found.scheme.grades))]


def _page(found: RunToDecide, refusal: Refusal | None) -> Response:
    page = render_template(
        "console/assessment/decide.html",
        run=found,
        refusal=refusal,
        typed=request.form if refusal else {},
        grades=[one.title for one in found.scheme.grades],
        shown=shown,
        consequences=[
            one.consequence if found.scheme.show_consequences else None
            for one in found.scheme.grades
        ],
    )
    status = 200 if refusal is None else 409 if isinstance(refusal, Conflict) else 422
    return make_response(page, status)

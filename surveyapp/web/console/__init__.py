"""The staff face, mounted at ``/console``.

Each module of `PAGES` has a ``register(blueprint)`` that adds its views; every view says with
``@requires(Permission.X)`` who may open it (`surveyapp.web.console.access`), or the application
does not start. Templates extend ``console/base.html`` and import ``console/macros.html``; the lines
of the menu stand in `surveyapp.web.console.navigation`.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, make_response, render_template
from flask_bootstrap import Bootstrap5

from surveyapp.domain.errors import Refusal
from surveyapp.services.assembly import Services
from surveyapp.web.console import (
    accounts,
    assessment,
    assessment_decisions,
    assessment_entries,
    assessment_feedback,
    assessment_forms,
    assessment_indicators,
    assessment_objections,
    assessment_proposals,
    assessment_rectification,
    assessment_schemes,
    assessment_scores,
    assessment_values,
    assessment_warnings,
    ballot_desk,
    ballot_diagnostics,
    ballots,
    cases,
    cases_calendar,
    cases_ledger,
    cases_slips,
    drafts,
    evaluations,
    exports,
    home,
    log,
    margins,
    organisation,
    paper_ballots,
    places,
    places_many,
    release,
    responses,
    results,
    review_checks,
    review_public,
    reviews,
    session,
    signing_in,
    surveys,
    tokens,
)
from surveyapp.web.console.access import guard, require_guards
from surveyapp.web.console.assets import asset
from surveyapp.web.console.navigation import menu_for
from surveyapp.web.console.words import action_text, detail_texts, duty_text, role_text
from surveyapp.web.errors import RETRY_SECONDS, status_of

PAGES = (
    signing_in,
    home,
    surveys,
    drafts,
    places,
    places_many,
    responses,
    margins,
    results,
    reviews,
    review_checks,
    review_public,
    release,
    exports,
    ballots,
    ballot_desk,
    evaluations,
    ballot_diagnostics,
    paper_ballots,
    cases,
    cases_ledger,
    cases_slips,
    cases_calendar,
    assessment,
    assessment_decisions,
    assessment_feedback,
    assessment_warnings,
    assessment_indicators,
    assessment_schemes,
    assessment_scores,
    assessment_rectification,
    assessment_values,
    assessment_entries,
    assessment_objections,
    assessment_proposals,
    assessment_forms,
    organisation,
    accounts,
    tokens,
    log,
)


def make_blueprint(services: Services) -> Blueprint:
    """Make the staff face of one application.

    Raises
    ------
    UnguardedView
        When the blueprint is registered: a page does not say which permission it requires.
    """
    blueprint = Blueprint("console", __name__, url_prefix="/console")
    # Serves the style sheet of the package; everything else of Bootstrap stays unused.
    blueprint.record_once(lambda state: Bootstrap5(state.app))
    for pages in PAGES:
        pages.register(blueprint)
    blueprint.before_request(lambda: session.load_staff(services.staffing))
    blueprint.before_request(guard)
    blueprint.app_template_filter("role")(role_text)
    blueprint.app_template_filter("duty")(duty_text)
    blueprint.app_template_filter("action")(action_text)
    blueprint.app_template_filter("details")(detail_texts)
    blueprint.app_template_global("asset")(asset)
    blueprint.context_processor(_frame)
    blueprint.register_error_handler(Refusal, refused)
    blueprint.record(require_guards)
    return blueprint


def _frame() -> dict[str, Any]:
    """Return what the frame of every page shows."""
    staff = g.get("staff")
    has_menu = staff is not None and not staff.must_change_password
    return {"staff": staff, "menu": menu_for(staff) if has_menu else []}


def refused(refusal: Refusal) -> Response:
    """Say inside the console what is refused, and lead back."""
    status = status_of(refusal)
    page = render_template("console/refused.html", status=status, reason=refusal.message)
    response = make_response(page, status)
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response

"""The list of surveys, a survey's way from draft to results, and its preview on a phone."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from flask import Blueprint, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from surveyapp.domain.roles import Permission
from surveyapp.domain.survey import Kind, Status
from surveyapp.services.authoring import SurveyDetail
from surveyapp.services.ballots.figures import shown
from surveyapp.services.drafting import definition_yaml
from surveyapp.services.places.placing import PlaceRow
from surveyapp.services.readiness import Lacking, lacking
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.files import as_download
from surveyapp.web.context import services
from surveyapp.web.formpage import Hidden, Target, render_form
from surveyapp.web.forms import bind, plan_of
from surveyapp.web.locale import text_of
from surveyapp.web.security import current_policy

_NO_FRAME = "frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a survey stands between draft and results, and what the next step lacks.

    Attributes
    ----------
    places : list of PlaceRow
        Those whose code is valid.
    lacking : tuple of Lacking
        What the draft lacks before it can be, or should be, put in use.
    releases : int
        How often results were released.
    is_own_draft : bool
        Whether the person who looks made the draft: somebody else must put it in use.
    """

    places: list[PlaceRow]
    lacking: tuple[Lacking, ...]
    releases: int
    is_own_draft: bool

    @property
    def is_blocked(self) -> bool:
        """Whether the draft cannot be put in use as it is."""
        return self.is_own_draft or any(one.blocks for one in self.lacking)


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    one = "/surveys/<key>"
    both = ["GET", "POST"]
    blueprint.add_url_rule("/surveys", view_func=surveys)
    blueprint.add_url_rule(one, view_func=survey)
    blueprint.add_url_rule(f"{one}/definition", view_func=survey_definition)
    blueprint.add_url_rule(f"{one}/preview", view_func=survey_preview)
    blueprint.add_url_rule(f"{one}/preview/form", view_func=survey_preview_form)
    blueprint.add_url_rule(f"{one}/publish", view_func=survey_publish, methods=both)
    blueprint.add_url_rule(f"{one}/close", view_func=survey_close, methods=both)


@requires(Permission.SEE_SURVEYS)
def surveys() -> str:
    """List all surveys but the meetings of evaluations; samples of methods come last, folded."""
    meetings = services().evaluations.keys()
    summaries = [one for one in services().authoring.summaries() if one.key not in meetings]
    return render_template(
        "console/surveys/list.html",
        own=[one for one in summaries if not one.method_sample],
        samples=[one for one in summaries if one.method_sample],
    )


@requires(Permission.SEE_SURVEYS)
def survey(key: str) -> str:
    """Show one survey: its steps, what it asks, what it rates."""
    detail = services().authoring.get(key)
    page = "ballot" if detail.definition.ballot is not None else "survey"
    return render_template(
        f"console/surveys/{page}.html",
        survey=detail,
        progress=_progress_of(detail),
        shown=shown,
        meeting=services().evaluations.head(key) if page == "ballot" else None,
    )


@requires(Permission.SEE_SURVEYS)
def survey_definition(key: str) -> Response:
    """Hand out the definition as the file that can be uploaded again."""
    definition = services().authoring.get(key).definition
    return as_download(definition_yaml(definition.document), f"{key}.yaml", "application/yaml")


def _progress_of(detail: SurveyDetail) -> Progress:
    """Find out what a survey's next steps lack."""
    key = detail.summary.key
    places = [row for row in services().placing.of(key) if not row.place.revoked]
    return Progress(
        places=places,
        lacking=lacking(detail.definition, has_place=bool(places)) if detail.draft else (),
        releases=len(services().releasing.history(key)),
        is_own_draft=detail.draft and detail.created_by == signed_in().id,
    )


@requires(Permission.SEE_SURVEYS)
def survey_preview(key: str) -> Response:
    """Show the form in a frame as wide as a phone."""
    page = render_template("console/surveys/preview.html", survey=services().authoring.get(key))
    response = make_response(page)
    response.headers["Content-Security-Policy"] = f"{current_policy()}; frame-src 'self'"
    return response


@requires(Permission.SEE_SURVEYS)
def survey_preview_form(key: str) -> Response:
    """Show the form exactly as citizens will see it; it sends nothing."""
    detail = services().authoring.get(key)
    plan = plan_of(detail.definition)
    subject = text_of(detail.subjects[0].title) if detail.subjects else None
    g.back_to = url_for("console.survey", key=key)
    html = render_form(
        plan,
        detail.definition,
        bind(plan, key="", revision="", typed={}),
        Hidden("-", str(uuid4()), str(detail.summary.revision)),
        Target(_("Name of the place"), subject),
        preview=True,
    )
    response = make_response(html)
    # The one page that may stand in a frame, and only in one of our own.
    response.headers["Content-Security-Policy"] = current_policy().replace(
        _NO_FRAME, "frame-ancestors 'self'"
    )
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


@requires(Permission.PUT_IN_USE)
def survey_publish(key: str) -> str | Response:
    """Say what becomes fixed, then put the draft in use (启用)."""
    if request.method == "POST":
        services().authoring.publish(key, signed_in().actor)
        flash(_("The survey is in use: its codes lead to the form from now on."), "success")
        return redirect(url_for("console.survey", key=key))
    detail = services().authoring.get(key)
    if detail.summary.kind is Kind.BALLOT:
        return redirect(url_for("console.ballot_use", key=key))
    return render_template(
        "console/surveys/publish.html", survey=detail, progress=_progress_of(detail)
    )


@requires(Permission.CLOSE_SURVEYS)
def survey_close(key: str) -> str | Response:
    """Say what ends, then end collection (截止)."""
    if request.method == "POST":
        services().authoring.close(key, signed_in().actor)
        flash(_("Collection has ended. The results can be released now."), "success")
        return redirect(url_for("console.survey", key=key))
    detail = services().authoring.get(key)
    if detail.summary.kind is Kind.BALLOT:
        return redirect(url_for("console.ballot_desk", key=key))
    return render_template(
        "console/surveys/close.html",
        survey=detail,
        can_close=detail.summary.status is Status.OPEN,
    )

"""Responses of a survey: how many came when, imported files, and which of them count."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from surveyapp.domain.answers import column_names
from surveyapp.domain.errors import BadInput, Conflict, Refusal
from surveyapp.domain.roles import Permission
from surveyapp.services.collection.importing import ImportResult
from surveyapp.services.reviews.reviewing import CHOICES
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.files import safe_name, uploaded
from surveyapp.web.console.pages import wanted_page
from surveyapp.web.context import services
from surveyapp.web.security import upload_limit

DATA_BYTES = 64 * 1024 * 1024
_SHOWN_ERRORS = 500


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    every = "/surveys/<key>/responses"
    blueprint.add_url_rule(every, view_func=survey_responses)
    blueprint.add_url_rule(f"{every}/import", view_func=survey_import, methods=["GET", "POST"])
    blueprint.add_url_rule(f"{every}/review", view_func=survey_review)
    one = f"{every}/review/<uuid:response_id>"
    blueprint.add_url_rule(one, view_func=survey_response)
    blueprint.add_url_rule(one, view_func=survey_response_judge, methods=["POST"])


@requires(Permission.SEE_LIVE_RESULTS)
def survey_responses(key: str) -> str:
    """Show how many responses came on which day."""
    report = services().reporting.report(key)
    return render_template(
        "console/surveys/responses.html",
        survey=services().authoring.get(key),
        report=report,
        batches=services().reviewing.batches(key),
    )


@requires(Permission.IMPORT_RESPONSES)
@upload_limit(DATA_BYTES)
def survey_import(key: str) -> Response:
    """Take a data file: all of it or nothing, every bad row with its line."""
    if request.method == "GET":
        return _import_page(key)
    try:
        result = _imported(key)
    except (BadInput, Conflict) as refusal:
        return _import_page(key, refusal)
    if result.errors:
        return _import_page(key, result=result)
    n = result.accepted
    flash(
        ngettext("%(num)s response is imported.", "%(num)s responses are imported.", n), "success"
    )
    if n := result.duplicates:
        again = ngettext(
            "%(num)s row was imported before and is not counted again.",
            "%(num)s rows were imported before and are not counted again.",
            n,
        )
        flash(again, "warning")
    return redirect(url_for("console.survey_responses", key=key))


def _imported(key: str) -> ImportResult:
    file = uploaded()
    with tempfile.TemporaryDirectory(prefix="surveyapp-") as folder:
        path = Path(folder) / safe_name(file.filename)
        file.save(path)
        return services().importing.import_file(
            key,
            path,
            actor=signed_in().actor,
            mode=request.form.get("mode", "").strip() or None,
            source=request.form.get("source", "").strip() or None,
        )


def _import_page(
    key: str, refusal: Refusal | None = None, *, result: ImportResult | None = None
) -> Response:
    survey = services().authoring.get(key)
    html = render_template(
        "console/surveys/import.html",
        survey=survey,
        refusal=refusal,
        columns=sorted(column_names(survey.definition)),
        result=result,
        shown=result.errors[:_SHOWN_ERRORS] if result else (),
        file_name=safe_name(request.files["file"].filename) if "file" in request.files else "",
    )
    return make_response(html, 400 if refusal or result else 200)


@requires(Permission.EXCLUDE_RESPONSES)
def survey_review(key: str) -> str:
    """List the responses of one day, so that a reviewer can flag or exclude some."""
    services().counting.fold_some(key)
    days = services().reviewing.days(key)
    day = _wanted_day(days)
    return render_template(
        "console/surveys/review.html",
        survey=services().authoring.get(key),
        days=days,
        page=services().reviewing.page(key, day, wanted_page()) if day else None,
    )


def _wanted_day(days: dict[date, dict[str, int]]) -> date | None:
    try:
        asked = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        asked = date.min
    # Beyond these years a day has no bounds that a computer can write.
    return asked if 1970 < asked.year < 3000 else next(iter(days), None)


@requires(Permission.EXCLUDE_RESPONSES)
def survey_response(key: str, response_id: UUID) -> Response:
    """Show one response, and what was decided about it."""
    return _response_page(key, response_id)


@requires(Permission.EXCLUDE_RESPONSES)
def survey_response_judge(key: str, response_id: UUID) -> Response:
    """Say whether a response counts, with a reason that stays in the log."""
    standing, reason = request.form.get("standing", ""), request.form.get("reason", "")
    try:
        services().reviewing.judge(key, response_id, standing, reason, signed_in().actor)
    except BadInput as refusal:
        return _response_page(key, response_id, refusal)
    flash(_("The decision holds, and the figures follow it."), "success")
    return redirect(url_for("console.survey_response", key=key, response_id=response_id))


def _response_page(key: str, response_id: UUID, refusal: BadInput | None = None) -> Response:
    html = render_template(
        "console/surveys/response.html",
        survey=services().authoring.get(key),
        response=services().reviewing.response(key, response_id),
        choices=CHOICES,
        refusal=refusal,
    )
    return make_response(html, 400 if refusal else 200)

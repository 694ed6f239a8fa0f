"""Population margins (人口构成): what responses are weighted to, from which file and by whom."""

from __future__ import annotations

import tempfile
from pathlib import Path

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from surveyapp.domain.errors import BadInput, Conflict, Refusal
from surveyapp.domain.roles import Permission
from surveyapp.services.results.report_json import weighting_json
from surveyapp.services.weights.files import margins_csv, margins_template
from surveyapp.services.weights.weighting import MarginsPreview, margin_set_document, margin_set_of
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.exports import MEDIA_TYPES
from surveyapp.web.console.files import as_download, safe_name, uploaded
from surveyapp.web.console.issued import seal, unseal
from surveyapp.web.context import services
from surveyapp.web.locale import current_language, text_of
from surveyapp.web.security import upload_limit

_FILE_BYTES = 4 * 1024 * 1024
# A preview of as many levels as there may be, with room.
_SEALED_BYTES = 1024 * 1024


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    one = "/surveys/<key>/margins"
    blueprint.add_url_rule(one, view_func=survey_margins)
    blueprint.add_url_rule(one, view_func=survey_margins_upload, methods=["POST"])
    blueprint.add_url_rule(f"{one}/<int:number>.csv", view_func=survey_margins_file)
    for file_format in ("csv", "xlsx"):
        blueprint.add_url_rule(
            f"{one}/template.{file_format}",
            view_func=survey_margins_template,
            defaults={"file_format": file_format},
        )
    blueprint.add_url_rule(f"{one}/apply", view_func=survey_margins_apply, methods=["POST"])


@requires(Permission.SEE_LIVE_RESULTS)
def survey_margins(key: str) -> Response:
    """Show the margins that hold, those before them, and how well the sample meets them."""
    return _page(key)


@requires(Permission.EDIT_SURVEYS)
@upload_limit(_FILE_BYTES)
def survey_margins_upload(key: str) -> Response:
    """Take a file and say what it would do; nothing is stored."""
    try:
        preview = _preview(key)
    except BadInput as refusal:
        return _page(key, refusal)
    html = render_template(
        "console/surveys/margins_preview.html",
        survey=services().authoring.get(key),
        previewed=preview,
        weighting=weighting_json(preview.calibrated),
        sealed=seal(margin_set_document(preview.margins), _purpose(key)),
    )
    return make_response(html)


def _preview(key: str) -> MarginsPreview:
    file = uploaded()
    services().counting.fold_some(key)
    with tempfile.TemporaryDirectory(prefix="surveyapp-") as folder:
        path = Path(folder) / safe_name(file.filename)
        file.save(path)
        return services().weighting.preview(
            key,
            path,
            signed_in().actor,
            source=request.form.get("source", ""),
            wave=request.form.get("wave"),
        )


@requires(Permission.EDIT_SURVEYS)
@upload_limit(_SEALED_BYTES)
def survey_margins_apply(key: str) -> Response:
    """Set just what the preview showed."""
    try:
        margins = margin_set_of(unseal(request.form.get("preview", ""), _purpose(key)))
        done = services().weighting.apply(key, margins, signed_in().actor)
    except (BadInput, Conflict) as refusal:
        return _page(key, refusal)
    flash(_("Population margins no. %(n)s hold from now on.", n=done.number), "success")
    return redirect(url_for("console.survey_margins", key=key))


@requires(Permission.SEE_LIVE_RESULTS)
def survey_margins_file(key: str, number: int) -> Response:
    """Hand out margins as they are stored."""
    margins = services().weighting.numbered(key, number)
    name = _("Population margins no. %(n)s", n=number)
    return as_download(
        margins_csv(margins.margins), _file_name(key, name, "csv"), MEDIA_TYPES["csv"]
    )


@requires(Permission.EDIT_SURVEYS)
def survey_margins_template(key: str, file_format: str) -> Response:
    """Hand out a table to fill in."""
    definition = services().authoring.get(key).definition
    content = margins_template(definition, current_language(), file_format)
    name = _file_name(key, _("Population margins"), file_format)
    return as_download(content, name, MEDIA_TYPES[file_format])


def _file_name(key: str, what: str, file_format: str) -> str:
    return f"{text_of(services().authoring.get(key).summary.title)} {what}.{file_format}"


def _purpose(key: str) -> str:
    return f"margins.{key}.{signed_in().id}"


def _page(key: str, refusal: Refusal | None = None) -> Response:
    history = services().weighting.history(key)
    html = render_template(
        "console/surveys/margins.html",
        survey=services().authoring.get(key),
        history=history,
        weighting=weighting_json(services().weighting.present(key)),
        refusal=refusal,
    )
    if refusal is None:
        return make_response(html)
    return make_response(html, 409 if isinstance(refusal, Conflict) else 400)

"""Making surveys without a terminal: from a template, from a file, and by a short form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from surveyapp.domain.definition import MAX_SUBJECT_TITLE
from surveyapp.domain.errors import BadInput, Conflict, InvalidDefinition, Problem, Refusal
from surveyapp.domain.messages import Message, message
from surveyapp.domain.roles import Permission
from surveyapp.domain.survey import Definition, Subject
from surveyapp.domain.text import Text
from surveyapp.services.definition_files import MAX_BYTES, read_definition
from surveyapp.services.drafting import (
    field_of,
    head_of,
    survey_template,
    survey_templates,
    with_head,
)
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.files import safe_name, uploaded
from surveyapp.web.context import services
from surveyapp.web.security import upload_limit

UPLOAD_BYTES = MAX_BYTES + 64 * 1024


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    both = ["GET", "POST"]
    one = "/surveys/<key>"
    blueprint.add_url_rule("/surveys/new", view_func=draft_new)
    blueprint.add_url_rule("/surveys/new/<name>", view_func=draft_from_template, methods=both)
    blueprint.add_url_rule("/surveys/upload", view_func=draft_upload, methods=both)
    blueprint.add_url_rule(f"{one}/details", view_func=draft_details, methods=both)
    blueprint.add_url_rule(f"{one}/subjects", view_func=survey_subjects)
    blueprint.add_url_rule(f"{one}/subjects", view_func=survey_subject_put, methods=["POST"])


@requires(Permission.EDIT_SURVEYS)
def draft_new() -> str:
    """Offer the templates, and the upload of a file."""
    return render_template("console/surveys/new.html", templates=survey_templates())


@requires(Permission.EDIT_SURVEYS)
def draft_from_template(name: str) -> Response:
    """Ask what an office decides for itself, and make the survey."""
    template = survey_template(name)
    document = template.definition.document
    page = "console/surveys/from_template.html"
    if request.method == "GET":
        # The title stays as a proposal; a key must be chosen, for it stays for ever.
        return _head_page(page, head_of(document) | {"key": ""}, template=template)
    fields = _posted_head(document)
    try:
        definition = with_head(document, fields)
        _require_new(definition.key)
        services().authoring.import_definition(definition, signed_in().actor)
    except (InvalidDefinition, Conflict) as refusal:
        return _head_page(page, fields, refusal, template=template)
    flash(_("The draft is made. Look at it on the phone, then add places."), "success")
    return redirect(url_for("console.survey", key=definition.key))


def _require_new(key: str) -> None:
    if any(one.key == key for one in services().authoring.summaries()):
        raise Conflict(message("There is a survey “%(key)s” already: choose another key.", key=key))


@requires(Permission.EDIT_SURVEYS)
def draft_details(key: str) -> Response:
    """Change what a survey says about itself: a new draft, the questions stay."""
    detail = services().authoring.get(key)
    document = detail.definition.document
    page = "console/surveys/details.html"
    if request.method == "GET":
        return _head_page(page, head_of(document), survey=detail)
    fields = _posted_head(document) | {"key": key}
    try:
        services().authoring.import_definition(with_head(document, fields), signed_in().actor)
    except (InvalidDefinition, Conflict) as refusal:
        return _head_page(page, fields, refusal, survey=detail)
    flash(_("The changes are kept as a draft."), "success")
    return redirect(url_for("console.survey", key=key))


def _posted_head(document: Mapping[str, Any]) -> dict[str, str]:
    return {name: request.form.get(name, "") for name in head_of(document)}


def _head_page(
    page: str, fields: Mapping[str, str], refusal: Refusal | None = None, **context: Any
) -> Response:
    """Show the short form with everything typed; each problem stands at its field."""
    errors: defaultdict[str, list[Message]] = defaultdict(list)
    others: list[Problem] = []
    if isinstance(refusal, InvalidDefinition):
        for problem in refusal.problems:
            name = field_of(problem.path)
            if name is None:
                others.append(problem)
            else:
                errors[name].append(problem.message)
    elif refusal is not None:
        errors["key"].append(refusal.message)
    html = render_template(
        page, fields=fields, errors=errors, others=others, refusal=refusal, **context
    )
    return make_response(html, 400 if refusal else 200)


@requires(Permission.EDIT_SURVEYS)
@upload_limit(UPLOAD_BYTES)
def draft_upload() -> Response:
    """Take a definition file; say everything that is wrong with it at once."""
    wanted = request.values.get("survey", "")
    if request.method == "GET":
        return _upload_page(wanted)
    try:
        definition = _uploaded_definition(wanted)
        services().authoring.import_definition(definition, signed_in().actor)
    except (BadInput, Conflict) as refusal:
        return _upload_page(wanted, refusal)
    flash(_("The file is read and kept as a draft."), "success")
    return redirect(url_for("console.survey", key=definition.key))


def _uploaded_definition(wanted: str) -> Definition:
    """Read what was uploaded; for a survey that exists, its key must be in the file."""
    file = uploaded()
    definition = read_definition(file.stream.read(MAX_BYTES + 1), safe_name(file.filename))
    if wanted and definition.key != wanted:
        raise BadInput(
            message(
                "The file belongs to the survey “%(found)s”, not to “%(wanted)s”.",
                found=definition.key,
                wanted=wanted,
            )
        )
    return definition


def _upload_page(wanted: str, refusal: Refusal | None = None) -> Response:
    html = render_template(
        "console/surveys/upload.html",
        survey=services().authoring.get(wanted) if wanted else None,
        refusal=refusal,
        problems=refusal.problems if isinstance(refusal, InvalidDefinition) else (),
        file_name=safe_name(request.files["file"].filename) if "file" in request.files else "",
    )
    return make_response(html, 400 if refusal else 200)


@requires(Permission.SEE_SURVEYS)
def survey_subjects(key: str) -> Response:
    """List what a survey rates."""
    return _subjects_page(key)


@requires(Permission.EDIT_SURVEYS)
def survey_subject_put(key: str) -> Response:
    """Add something that is rated, or correct a title."""
    try:
        subject = _posted_subject()
        services().authoring.put_subjects(key, [subject], signed_in().actor)
    except BadInput as refusal:
        return _subjects_page(key, refusal)
    flash(_("“%(title)s” is kept.", title=subject.title.zh), "success")
    return redirect(url_for("console.survey_subjects", key=key))


def _subjects_page(key: str, refusal: BadInput | None = None) -> Response:
    units = services().organising.units()
    html = render_template(
        "console/surveys/subjects.html",
        survey=services().authoring.get(key),
        units=[(unit.code, f"{unit.name} ({unit.code})") for unit in units],
        refusal=refusal,
    )
    return make_response(html, 400 if refusal else 200)


def _posted_subject() -> Subject:
    key = request.form.get("subject_key", "").strip()
    zh = " ".join(request.form.get("title_zh", "").split())
    en = " ".join(request.form.get("title_en", "").split())
    unit = request.form.get("unit") or None
    if not zh or len(zh) > MAX_SUBJECT_TITLE or len(en) > MAX_SUBJECT_TITLE:
        raise BadInput(
            message("What is rated needs a title of at most %(n)s characters.", n=MAX_SUBJECT_TITLE)
        )
    key = key or unit or zh[:60]
    if len(key) > 64 or "|" in key or ";" in key:
        raise BadInput(message("A subject needs a short key without “;” and “|”."))
    return Subject(key, Text(zh, en or zh), unit)

"""Schemes of assessment: list, begin, fill in, show, put in use (启用), print."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from surveyapp.domain.errors import BadInput, Conflict, InvalidDefinition, NotFound, Refusal
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Permission
from surveyapp.services.assessment.filling import open_places
from surveyapp.services.assessment.one_page import pages_of
from surveyapp.services.assessment.presets import preset_document, presets, scheme_yaml
from surveyapp.services.assessment.scheme_files import MAX_BYTES
from surveyapp.services.assessment.schemes import SchemeDetail
from surveyapp.services.assessment.viewing import sees_unreleased
from surveyapp.services.assessment.words import (
    ACCUMULATION,
    EVERY,
    MISSING,
    NORMALISATIONS,
    ROLES,
    limit_of,
    number,
    percent,
    rule_of,
)
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.files import as_download, safe_name, uploaded
from surveyapp.web.context import services
from surveyapp.web.locale import current_language
from surveyapp.web.security import upload_limit

_POST = ["POST"]
_BOTH = ["GET", "POST"]
_YEARS = range(2000, 2200)
_NAME_LENGTH = 64


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    root = "/assessment/schemes"
    one = f"{root}/<key>"
    add = blueprint.add_url_rule
    add(root, view_func=assessment_schemes)
    add("/assessment/new-scheme", view_func=assessment_scheme_new)
    add("/assessment/new-scheme/preset", view_func=assessment_scheme_preset, methods=_POST)
    add("/assessment/new-scheme/file", view_func=assessment_scheme_upload, methods=_POST)
    add(one, view_func=assessment_scheme)
    add(f"{one}/scheme.yaml", view_func=assessment_scheme_file)
    add(f"{one}/print", view_func=assessment_scheme_print)
    add(f"{one}/fill", view_func=assessment_scheme_fill, methods=_BOTH)
    add(f"{one}/publish", view_func=assessment_scheme_publish, methods=_BOTH)
    add(f"{one}/discard", view_func=assessment_scheme_discard, methods=_POST)


@requires(Permission.SEE_SCHEMES)
def assessment_schemes() -> str:
    """List all schemes; who stands outside the office sees those in use."""
    found = services().schemes.summaries()
    if not sees_unreleased(signed_in()):
        found = tuple(one for one in found if one.version is not None)
    return render_template("console/assessment/schemes.html", schemes=found)


@requires(Permission.EDIT_SCHEMES)
def assessment_scheme_new() -> Response:
    """Offer ready-made structures, and a file of one's own."""
    return _new_page()


@requires(Permission.EDIT_SCHEMES)
def assessment_scheme_preset() -> Response:
    """Make a draft from a ready-made structure."""
    form = request.form
    try:
        year = _year(form.get("year", ""))
        document = preset_document(
            form.get("preset", ""),
            key=form.get("key", "").strip(),
            year=year,
            category=" ".join(form.get("category", "").split())[:_NAME_LENGTH],
        )
        key = str(document["key"])
        if any(one.key == key for one in services().schemes.summaries()):
            raise Conflict(message("There is a scheme “%(key)s” already.", key=key))
        services().schemes.import_document(document, signed_in().actor)
    except (BadInput, Conflict, NotFound) as refusal:
        return _new_page(refusal)
    flash(_("The draft is made. Fill in what is still empty."), "success")
    return redirect(url_for("console.assessment_scheme", key=key))


@requires(Permission.EDIT_SCHEMES)
@upload_limit(MAX_BYTES + 100_000)
def assessment_scheme_upload() -> Response:
    """Take a scheme as a file; say everything that is wrong with it at once."""
    try:
        file = uploaded()
        detail = services().schemes.import_file(
            file.stream.read(MAX_BYTES + 1), safe_name(file.filename), signed_in().actor
        )
    except (BadInput, Conflict) as refusal:
        return _new_page(refusal)
    flash(_("The file is read and kept as a draft."), "success")
    return redirect(url_for("console.assessment_scheme", key=detail.scheme.key))


def _year(typed: str) -> int:
    year = int(typed) if typed.isascii() and typed.isdigit() else 0
    if year not in _YEARS:
        raise BadInput(message("Enter the year of the scheme with four digits."))
    return year


def _new_page(refusal: Refusal | None = None) -> Response:
    html = render_template(
        "console/assessment/scheme_new.html",
        presets=presets(),
        form=request.form,
        this_year=services().now().year,
        refusal=refusal,
        problems=refusal.problems if isinstance(refusal, InvalidDefinition) else (),
        file_name=safe_name(request.files["file"].filename) if "file" in request.files else "",
    )
    return make_response(html, 400 if refusal else 200)


def _visible(key: str) -> SchemeDetail:
    """Return a scheme; a draft is none of the business of those outside the office."""
    detail = services().schemes.get(key)
    if sees_unreleased(signed_in()) or not detail.is_draft:
        return detail
    return services().schemes.get_in_use(key)


def _words() -> dict[str, Any]:
    """Return what templates say schemes with."""
    return {
        "rule_of": rule_of,
        "limit_of": limit_of,
        "number": number,
        "percent": percent,
        "every": EVERY,
        "accumulation": ACCUMULATION,
        "missing": MISSING,
        "roles": ROLES,
    }


@requires(Permission.SEE_SCHEMES)
def assessment_scheme(key: str) -> str:
    """Show one scheme: what it assesses, how, and what is still open."""
    detail = _visible(key)
    return render_template(
        "console/assessment/scheme.html",
        detail=detail,
        scheme=detail.scheme,
        names=services().schemes.unit_names(),
        is_own=detail.version.created_staff_id == signed_in().id,
        **_words(),
    )


@requires(Permission.SEE_SCHEMES)
def assessment_scheme_file(key: str) -> Response:
    """Hand out a scheme as the file that can be uploaded again."""
    detail = _visible(key)
    return as_download(scheme_yaml(dict(detail.document)), f"{key}.yaml", "application/yaml")


@requires(Permission.SEE_SCHEMES)
def assessment_scheme_print(key: str) -> str:
    """Show a page of A4 for each responsible unit, or by how much it overflows."""
    detail = _visible(key)
    pages = pages_of(detail.scheme, services().schemes.unit_names(), current_language())
    wanted = request.args.get("unit")
    return render_template(
        "print/scheme.html",
        detail=detail,
        scheme=detail.scheme,
        pages=[page for page in pages if wanted is None or (page.unit or "") == wanted],
    )


@requires(Permission.EDIT_SCHEMES)
def assessment_scheme_fill(key: str) -> Response:
    """Fill in what a draft leaves open."""
    detail = services().schemes.get(key)
    refusal: Refusal | None = None
    if request.method == "POST":
        try:
            answers = {
                name.removeprefix("at:"): value
                for name, value in request.form.items()
                if name.startswith("at:")
            }
            left = len(services().schemes.fill(key, answers, signed_in().actor).scheme.unfilled)
        except (BadInput, Conflict) as refused:
            refusal = refused
        else:
            if left:
                flash(_("Kept. Some places are still empty."), "info")
                return redirect(url_for("console.assessment_scheme_fill", key=key))
            flash(_("Everything is filled in. A second person can put it in use."), "success")
            return redirect(url_for("console.assessment_scheme", key=key))
    html = render_template(
        "console/assessment/scheme_fill.html",
        detail=detail,
        scheme=detail.scheme,
        places=open_places(detail.scheme),
        choices={**NORMALISATIONS, **MISSING},
        form=request.form,
        refusal=refusal,
        problems=refusal.problems if isinstance(refusal, InvalidDefinition) else (),
    )
    return make_response(html, 400 if refusal else 200)


@requires(Permission.SETTLE)
def assessment_scheme_publish(key: str) -> str | Response:
    """Say what becomes fixed, then put the draft in use (启用)."""
    if request.method == "POST":
        services().schemes.publish(key, signed_in().actor, seen=request.form.get("seen", ""))
        flash(_("The scheme is in use: from now on scores are computed with it."), "success")
        return redirect(url_for("console.assessment_scheme", key=key))
    detail = services().schemes.get(key)
    return render_template(
        "console/assessment/scheme_publish.html",
        detail=detail,
        scheme=detail.scheme,
        is_own=detail.version.created_staff_id == signed_in().id,
    )


@requires(Permission.EDIT_SCHEMES)
def assessment_scheme_discard(key: str) -> Response:
    """Throw the draft of a scheme in use away."""
    services().schemes.discard(key, signed_in().actor)
    flash(_("The draft is thrown away; the version in use stays."), "success")
    return redirect(url_for("console.assessment_scheme", key=key))

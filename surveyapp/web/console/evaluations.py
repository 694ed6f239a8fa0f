"""Evaluations (考核批次): their meetings, and making them from a template and a workbook."""

from __future__ import annotations

import io
import zipfile
from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from surveyapp.content import template_bytes
from surveyapp.domain import codes
from surveyapp.domain.errors import BadInput, Conflict, InvalidDefinition, NotAllowed, Refusal
from surveyapp.domain.evaluation import Stage
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Permission
from surveyapp.domain.survey import Kind
from surveyapp.domain.text import Text
from surveyapp.services.ballots.evaluating import ImportedEvaluation
from surveyapp.services.ballots.evaluation_template import EvaluationTemplate, read_template
from surveyapp.services.ballots.meeting_files import meetings_template
from surveyapp.services.ballots.printing import slips_html
from surveyapp.services.definition_files import MAX_BYTES
from surveyapp.services.drafting import definition_yaml, survey_templates
from surveyapp.services.tables import InvalidTable
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.files import as_download, safe_name, uploaded
from surveyapp.web.console.pages import page_of
from surveyapp.web.console.uploads import (
    SHOWN_PROBLEMS,
    UPLOAD_BYTES,
    WORKBOOK,
    uploaded_table,
)
from surveyapp.web.context import services
from surveyapp.web.errors import status_of
from surveyapp.web.locale import current_language, text_of
from surveyapp.web.security import upload_limit

_STANDARD = "annual-evaluation"
_OWN_FILE = "file"


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    both = ["GET", "POST"]
    one = "/evaluations/<evaluation>"
    blueprint.add_url_rule("/evaluations/new", view_func=evaluation_new, methods=both)
    blueprint.add_url_rule("/evaluations/meetings.xlsx", view_func=evaluation_empty_workbook)
    blueprint.add_url_rule(one, view_func=evaluation_page)
    blueprint.add_url_rule(f"{one}/template.yaml", view_func=evaluation_template)
    blueprint.add_url_rule(f"{one}/meetings", view_func=evaluation_meetings, methods=both)
    blueprint.add_url_rule(f"{one}/meetings.xlsx", view_func=evaluation_workbook)
    blueprint.add_url_rule(f"{one}/use", view_func=evaluation_use, methods=both)
    blueprint.add_url_rule(f"{one}/slips.zip", view_func=evaluation_slips, methods=["POST"])
    blueprint.add_url_rule(f"{one}/tabulation.xlsx", view_func=evaluation_tabulation)


@requires(Permission.SEE_MEETINGS)
def evaluation_page(evaluation: str) -> str:
    """Show the meetings of an evaluation that one may see, and how far each one is."""
    staff = signed_in()
    view = services().evaluations.get(evaluation, staff.teams_within(Permission.SEE_MEETINGS))
    wanted = request.args.get("q", "").strip()
    chosen = request.args.get("stage", "")
    found = [
        one
        for one in view.meetings
        if wanted.casefold() in f"{one.unit_name} {one.team or ''} {one.key}".casefold()
        and chosen in ("", one.stage)
    ]
    return render_template(
        "console/evaluations/evaluation.html",
        evaluation=view.summary,
        page=page_of(found),
        stages=Stage,
        wanted=wanted,
        chosen=chosen,
        sees_results=staff.may(Permission.SEE_BALLOTS),
        sees_all=staff.may(Permission.SEE_BALLOTS)
        and staff.teams_within(Permission.SEE_BALLOTS) is None,
    )


# --- making one -----------------------------------------------------------------------------------


@requires(Permission.PREPARE_BALLOTS)
@upload_limit(UPLOAD_BYTES + MAX_BYTES)
def evaluation_new() -> Response:
    """Take a template and a workbook of meetings; all of it is stored, or nothing."""
    if request.method == "GET":
        return _new_page()
    try:
        done = _imported(_posted_template())
    except (BadInput, Conflict) as refusal:
        return _new_page(refusal)
    return _done(done)


def _posted_template() -> EvaluationTemplate:
    """Read the template that was chosen, with the key and the title of the form.

    Raises
    ------
    BadInput, InvalidDefinition
        As of `read_template`; no template of this name; no file where one is announced.
    """
    name = request.form.get("template", "")
    if name == _OWN_FILE:
        file = uploaded("definition")
        data, file_name = file.stream.read(MAX_BYTES + 1), safe_name(file.filename)
    else:
        data, file_name = _ready_made(name), f"{name}.yaml"
    title = " ".join(request.form.get("title", "").split())[:200]
    return read_template(
        data,
        file_name,
        key=request.form.get("key", "").strip()[:80] or None,
        title=Text.same(title) if title else None,
    )


def _ready_made(name: str) -> bytes:
    if name not in {one.name for one in _templates()}:
        raise BadInput(message("Choose a template."))
    return template_bytes(name)


def _templates() -> list[Any]:
    return [one for one in survey_templates() if one.definition.kind is Kind.BALLOT]


def _imported(template: EvaluationTemplate) -> ImportedEvaluation:
    with uploaded_table() as path:
        return services().evaluating.import_meetings(template, path, signed_in().actor)


def _done(done: ImportedEvaluation) -> Response:
    flash(
        _(
            "%(new)s meetings new, %(changed)s changed, %(unchanged)s unchanged.",
            new=done.new,
            changed=done.changed,
            unchanged=done.unchanged,
        ),
        "success",
    )
    return redirect(url_for("console.evaluation_page", evaluation=done.key))


def _new_page(refusal: Refusal | None = None) -> Response:
    html = render_template(
        "console/evaluations/new.html",
        templates=_templates(),
        standard=_STANDARD,
        **_problems(refusal),
    )
    return make_response(html, HTTPStatus.OK if refusal is None else status_of(refusal))


def _problems(refusal: Refusal | None) -> dict[str, Any]:
    """Return what a page shows of a refusal: rows of the workbook, lines of the template."""
    rows = refusal.problems if isinstance(refusal, InvalidTable) else ()
    lines = refusal.problems if isinstance(refusal, InvalidDefinition) else ()
    return {
        "refusal": refusal,
        "rows": rows[:SHOWN_PROBLEMS],
        "more": max(len(rows) - SHOWN_PROBLEMS, 0),
        "in_template": lines[:SHOWN_PROBLEMS],
    }


@requires(Permission.PREPARE_BALLOTS)
def evaluation_empty_workbook() -> Response:
    """Hand out the empty workbook for a ready-made template."""
    name = request.args.get("template", _STANDARD)
    template = read_template(_ready_made(name), f"{name}.yaml")
    return _workbook(template)


def _workbook(template: EvaluationTemplate) -> Response:
    content = meetings_template(template.rules, current_language())
    return as_download(content, f"{_('Meetings')}.xlsx", WORKBOOK)


@requires(Permission.PREPARE_BALLOTS)
def evaluation_workbook(evaluation: str) -> Response:
    """Hand out the empty workbook for the template of an evaluation."""
    return _workbook(services().evaluations.template(evaluation))


@requires(Permission.PREPARE_BALLOTS)
def evaluation_template(evaluation: str) -> Response:
    """Hand out the frozen template as the file that could be uploaded again."""
    template = services().evaluations.template(evaluation)
    return as_download(definition_yaml(template.document), f"{evaluation}.yaml", "application/yaml")


@requires(Permission.PREPARE_BALLOTS)
@upload_limit(UPLOAD_BYTES)
def evaluation_meetings(evaluation: str) -> Response:
    """Take another workbook: it adds meetings, and corrects those that are not in use."""
    template = services().evaluations.template(evaluation)
    if request.method == "GET":
        return _meetings_page(evaluation)
    try:
        done = _imported(template)
    except (BadInput, Conflict) as refusal:
        return _meetings_page(evaluation, refusal)
    return _done(done)


def _meetings_page(evaluation: str, refusal: Refusal | None = None) -> Response:
    html = render_template(
        "console/evaluations/meetings.html",
        evaluation=services().evaluations.get(evaluation).summary,
        **_problems(refusal),
    )
    return make_response(html, HTTPStatus.OK if refusal is None else status_of(refusal))


# --- all meetings at once -------------------------------------------------------------------------


@requires(Permission.PUT_IN_USE)
def evaluation_use(evaluation: str) -> Response:
    """Put all meetings that are drafts in use, and show the keys of each one once."""
    drafts = services().evaluations.chosen(evaluation, Stage.DRAFT)
    page: dict[str, Any] = {
        "evaluation": services().evaluations.get(evaluation).summary,
        "drafts": drafts,
        "made": [],
        "key_file": str(services().settings.key_dir),
    }
    refusal: Refusal | None = None
    if request.method == "POST":
        scrutineers = request.form.get("scrutineers") == "yes"
        try:
            for one in drafts:
                made = services().ballot_preparing.put_in_use(
                    one.key, signed_in().actor, scrutineers=scrutineers
                )
                page["made"].append((one, codes.grouped(made.keys.recovery), made.keys.halves))
        except (Conflict, NotAllowed) as stopped:
            # Those before it are in use: their keys are shown in any case.
            refusal = stopped
    html = render_template("console/evaluations/use.html", refusal=refusal, **page)
    if refusal is not None and not page["made"]:
        return make_response(html, status_of(refusal))
    return make_response(html)


@requires(Permission.PREPARE_BALLOTS)
def evaluation_slips(evaluation: str) -> Response:
    """Hand out, once, the slips that the meetings in use still lack: a file for each meeting.

    Raises
    ------
    Conflict
        No meeting in use lacks any.
    """
    preparing = services().ballot_preparing
    archive = io.BytesIO()
    n = 0
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as files:
        for one in services().evaluations.chosen(evaluation, Stage.OPEN):
            lacking = preparing.lacking(one.key)
            if lacking:
                slips = preparing.issue(one.key, lacking, signed_in().actor)
                files.writestr(f"{one.key}.html", slips_html(slips))
                n += 1
    if not n:
        raise Conflict(message("No meeting in use lacks slips."))
    return as_download(archive.getvalue(), f"{evaluation}-slips.zip", "application/zip")


@requires(Permission.SEE_BALLOTS)
def evaluation_tabulation(evaluation: str) -> Response:
    """Hand out the joint 汇总表 of all counted meetings.

    Raises
    ------
    NotAllowed
        The account is bound to a team: others' meetings are not its business.
    """
    if signed_in().teams_within(Permission.SEE_BALLOTS) is not None:
        raise NotAllowed(message("The joint tabulation is for those who see all meetings."))
    title = text_of(services().evaluations.get(evaluation).summary.title)
    content = services().tabulating.joint(evaluation, current_language(), signed_in().actor)
    return as_download(content, f"{title} {_('Joint tabulation')}.xlsx", WORKBOOK)

"""Feedback sheets of units (反馈单), and what is weak in many units at once (共性问题)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from surveyapp.domain.feedback import LEAST_UNITS, WEAK
from surveyapp.domain.roles import Permission
from surveyapp.services.assessment.explaining import shown
from surveyapp.services.assessment.sheet_files import share_text
from surveyapp.services.assessment.sheets import Sheet
from surveyapp.services.assessment.viewing import (
    require_visible,
    scope_of,
    sees_unreleased,
    visible_units,
)
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.files import as_download
from surveyapp.web.context import services
from surveyapp.web.locale import current_language

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_POST = ["POST"]
SHARES = (40, 50, 60, 70, 80)
"""Per cent below which an indicator may be called weak."""


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    add = blueprint.add_url_rule
    base = "/assessment/feedback"
    add(base, view_func=assessment_feedback)
    run = f"{base}/<uuid:run_id>"
    add(run, view_func=assessment_sheets)
    add(f"{run}/print", view_func=assessment_sheets_print)
    add(f"{run}/common", view_func=assessment_common)
    add(f"{run}/units/<code>", view_func=assessment_sheet)
    add(f"{run}/units/<code>/sheet.xlsx", view_func=assessment_sheet_workbook, methods=_POST)
    add(f"{run}/units/<code>/sheet.csv", view_func=assessment_sheet_csv, methods=_POST)


@requires(Permission.SEE_SCORES)
def assessment_feedback() -> str:
    """List the newest scores of each scheme and period that this person may see."""
    released_only = not sees_unreleased(signed_in())
    rows = []
    for scheme in services().schemes.summaries():
        newest: dict[str, Any] = {}
        for run in services().scores.runs(scheme.key, released_only=released_only):
            known = newest.get(str(run.period))
            if known is None or run.number > known.number:
                newest[str(run.period)] = run
        rows += [(scheme, run) for run in newest.values() if visible_units(run, signed_in())]
    return render_template(
        "console/assessment/feedback.html", rows=rows, is_whole=scope_of(signed_in()) is None
    )


@requires(Permission.SEE_SCORES)
def assessment_sheets(run_id: UUID) -> str:
    """List the units of a run whose sheets this person may open."""
    run = services().scores.get(run_id)
    require_visible(run, signed_in())
    return render_template(
        "console/assessment/sheets.html",
        run=run,
        scheme=services().scores.scheme_of(run),
        units=visible_units(run, signed_in()),
        decisions=services().deciding.of(run.scheme_key, run.period),
        is_whole=scope_of(signed_in()) is None,
        shown=shown,
    )


@requires(Permission.SEE_SCORES)
def assessment_sheet(run_id: UUID, code: str) -> str:
    """Show the sheet of a unit as it is printed, one page of A4."""
    return _printed([services().sheets.sheet(signed_in(), run_id, code)], run_id)


@requires(Permission.SEE_SCORES)
def assessment_sheets_print(run_id: UUID) -> str:
    """Show all sheets of a run that this person may see, a page of A4 each."""
    return _printed(services().sheets.sheets(signed_in(), run_id), run_id)


def _printed(sheets: list[Sheet], run_id: UUID) -> str:
    return render_template(
        "print/assessment_sheets.html",
        sheets=sheets,
        run_id=run_id,
        shown=shown,
        share=share_text,
        printed_on=services().rectifying.today(),
    )


@requires(Permission.SEE_SCORES)
def assessment_sheet_workbook(run_id: UUID, code: str) -> Response:
    """Hand out a sheet as a workbook; that it was taken out is logged."""
    content = services().sheet_files.workbook(signed_in(), run_id, code, current_language())
    return as_download(content, f"{_('Feedback sheet')} {code}.xlsx", _WORKBOOK)


@requires(Permission.SEE_SCORES)
def assessment_sheet_csv(run_id: UUID, code: str) -> Response:
    """Hand out the indicators of a sheet as CSV; that it was taken out is logged."""
    content = services().sheet_files.csv(signed_in(), run_id, code, current_language())
    return as_download(content, f"{_('Feedback sheet')} {code}.csv", "text/csv; charset=utf-8")


@requires(Permission.SEE_SCORES)
def assessment_common(run_id: UUID) -> str:
    """List what is weak in several units at once."""
    least = min(max(2, request.args.get("least", LEAST_UNITS, type=int)), 50)
    weak = request.args.get("weak", int(WEAK * 100), type=int)
    weak = weak if weak in SHARES else int(WEAK * 100)
    return render_template(
        "console/assessment/common.html",
        found=services().sheets.common(signed_in(), run_id, least, Fraction(weak, 100)),
        least=least,
        weak=weak,
        shares=SHARES,
        share=share_text,
    )

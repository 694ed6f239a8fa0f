"""The ledger of bad reviews put right (差评核查整改台账): page, print and workbook."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from werkzeug.wrappers import Response

from surveyapp.domain.roles import Permission
from surveyapp.services.cases.files import LEDGER_TITLE, ledger_cells
from surveyapp.services.cases.views import LEDGER_COLUMNS
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.cases import filter_choices, wanted_cases
from surveyapp.web.console.files import as_download
from surveyapp.web.console.pages import page_of
from surveyapp.web.context import services
from surveyapp.web.locale import current_language, text_of

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    blueprint.add_url_rule("/ledger", view_func=ledger)
    blueprint.add_url_rule("/ledger/print", view_func=ledger_print)
    blueprint.add_url_rule("/ledger.xlsx", view_func=ledger_workbook, methods=["POST"])


@requires(Permission.SEE_CASES)
def ledger() -> str:
    """Show the ledger."""
    filters = wanted_cases()
    page = page_of(services().casework.ledger(signed_in(), filters))
    language = current_language()
    choices = filter_choices(filters)
    return render_template(
        "console/cases/ledger.html",
        columns=LEDGER_COLUMNS,
        page=page,
        rows=[ledger_cells(row, language) for row in page.items],
        workbook_address=url_for("console.ledger_workbook", **choices["chosen"]),
        **choices,
    )


@requires(Permission.SEE_CASES)
def ledger_print() -> str:
    """Show the ledger as it is printed, on A3."""
    filters = wanted_cases()
    rows = services().casework.ledger(signed_in(), filters)
    language = current_language()
    return render_template(
        "print/ledger.html",
        title=LEDGER_TITLE,
        columns=LEDGER_COLUMNS,
        rows=[ledger_cells(row, language) for row in rows],
        printed_on=services().case_calendar.today(),
        filters=filters,
    )


@requires(Permission.SEE_CASES)
def ledger_workbook() -> Response:
    """Hand out the ledger as a workbook; that it was taken out is logged."""
    content = services().case_files.ledger(signed_in(), wanted_cases(), current_language())
    today = services().case_calendar.today()
    return as_download(content, f"{text_of(LEDGER_TITLE)} {today.isoformat()}.xlsx", _WORKBOOK)

"""Slips (交办单、督办单): register, print, signature, receipt, and what they led to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.errors import BadInput, Conflict, NotFound, Refusal
from surveyapp.domain.masking import masked
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Permission
from surveyapp.domain.slips import Colour, Conclusion, Consequences
from surveyapp.services.cases.files import (
    REGISTER_COLUMNS,
    REGISTER_TITLE,
    register_cells,
    register_totals,
)
from surveyapp.services.cases.views import SlipLine, SlipRegister
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.cases import chosen_numbers, nothing_chosen
from surveyapp.web.console.files import as_download
from surveyapp.web.console.pages import page_of
from surveyapp.web.context import services
from surveyapp.web.locale import current_language, text_of

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SLIP = re.compile(r"([0-9]{4})-([0-9]{1,9})")
_MOST_CHOSEN = 200
# What a database can hold as a number; beyond it there is no slip.
_LAST_YEAR = 9999
_LAST_SERIAL = 999_999_999


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    blueprint.add_url_rule("/slips", view_func=slips)
    blueprint.add_url_rule("/slips/register", view_func=slips_register)
    blueprint.add_url_rule("/slips/register.xlsx", view_func=slips_workbook, methods=["POST"])
    blueprint.add_url_rule("/slips/print", view_func=slips_print)
    blueprint.add_url_rule("/slips/receive", view_func=slips_receive, methods=["GET", "POST"])
    blueprint.add_url_rule("/slips/sign", view_func=slips_sign, methods=["GET", "POST"])
    one = "/slips/<int:year>/<int:serial>"
    blueprint.add_url_rule(one, view_func=slip)
    blueprint.add_url_rule(f"{one}/consequences", view_func=slip_consequences, methods=["POST"])
    blueprint.app_template_filter("masked")(masked)


@requires(Permission.SEE_CASES)
def slips() -> str:
    """Show the register, the newest slip first."""
    year, found = _asked_register()
    return render_template(
        "console/cases/slips.html",
        page=page_of(list(reversed(found.lines))),
        year=year,
        years=_years(found, year),
        totals=register_totals(found),
        slip_register=found,
        all_chosen=request.args.get("all") == "yes",
    )


def _asked_register() -> tuple[int | None, SlipRegister]:
    year = _asked_year()
    return year, services().casework.register(signed_in(), year)


def _asked_year() -> int | None:
    """Return the year that is asked for; what is no year filters nothing."""
    year = request.values.get("year", 0, type=int)
    return year if 0 < year <= _LAST_YEAR else None


def _years(found: SlipRegister, year: int | None) -> list[int]:
    """Return the years that have slips."""
    every = found if year is None else services().casework.register(signed_in())
    return sorted({line.year for line in every.lines}, reverse=True)


@requires(Permission.SEE_CASES)
def slips_register() -> str:
    """Show the register as it is printed."""
    year, found = _asked_register()
    language = current_language()
    return render_template(
        "print/register.html",
        title=REGISTER_TITLE,
        year=year,
        columns=REGISTER_COLUMNS,
        rows=[register_cells(n, line, language) for n, line in enumerate(found.lines, start=1)],
        totals=register_totals(found),
        printed_on=services().case_calendar.today(),
    )


@requires(Permission.SEE_CASES)
def slips_workbook() -> Response:
    """Hand out the register as a workbook; that it was taken out is logged."""
    year = _asked_year()
    content = services().case_files.register(signed_in(), year, current_language())
    name = f"{text_of(REGISTER_TITLE)} {year or ''}".strip()
    return as_download(content, f"{name}.xlsx", _WORKBOOK)


@requires(Permission.SEE_CASES)
def slips_print() -> Response:
    """Show slips as they are printed, one page of A4 each."""
    chosen = _chosen_slips(lambda lines: lines[-1:])
    if not chosen:
        return nothing_chosen()
    page = render_template(
        "print/slips.html",
        slips=chosen,
        colours=Colour,
        conclusions=Conclusion,
    )
    return make_response(page)


@requires(Permission.HANDLE_CASES)
def slips_receive() -> Response:
    """Take receipt of several slips for the unit (签收)."""
    return _many(
        "console.slips_receive",
        lambda line: line.received_by is None,
        services().casework.slips.receive,
    )


@requires(Permission.SUPERVISE_CASES)
def slips_sign() -> Response:
    """Sign several slips for the supervising office (签发)."""
    return _many(
        "console.slips_sign",
        lambda line: line.signed_by is None,
        services().casework.slips.sign,
    )


def _many(
    endpoint: str,
    is_open: Callable[[SlipLine], bool],
    change: Callable[[StaffView, int, int], None],
) -> Response:
    """Say what would be signed or received, then do it; what is done already is left out."""
    chosen = _chosen_slips(lambda lines: [line for line in lines if is_open(line)])
    waiting = [line for line in chosen if is_open(line)]
    if not waiting:
        flash(_("None of these slips waits for this."), "warning")
        return redirect(url_for("console.slips"))
    if request.method == "GET":
        page = render_template("console/cases/slips_confirm.html", slips=waiting, endpoint=endpoint)
        return make_response(page)
    done = 0
    for line in waiting:
        try:
            change(signed_in(), line.year, line.serial)
        except Conflict:  # somebody was quicker: it is done
            continue
        done += 1
    if endpoint == "console.slips_sign":
        said = ngettext("%(num)s slip is signed.", "%(num)s slips are signed.", done)
    else:
        said = ngettext(
            "Receipt of %(num)s slip is taken.", "Receipt of %(num)s slips is taken.", done
        )
    flash(said, "success")
    return redirect(url_for("console.slips"))


def _chosen_slips(pick: Callable[[list[SlipLine]], Iterable[SlipLine]]) -> list[SlipLine]:
    """Return the slips that were ticked, those of ticked cases as `pick` chooses among them.

    Raises
    ------
    NotFound
        One of them is not there for this person.
    """
    casework, staff = services().casework, signed_in()
    values = request.form.getlist("slip") or request.args.getlist("slip")
    matches = [_SLIP.fullmatch(value) for value in values[:_MOST_CHOSEN]]
    wanted = {(int(match[1]), int(match[2])) for match in matches if match}
    found = {key: casework.slip(staff, *key) for key in sorted(wanted)}
    for number in chosen_numbers():
        for line in pick(list(casework.case(staff, number).slips)):
            found[line.year, line.serial] = line
    return [found[key] for key in sorted(found)]


@requires(Permission.SEE_CASES)
def slip(year: int, serial: int) -> Response:
    """Show one slip, and what can be done with it."""
    _require_possible(year, serial)
    return _slip_page(year, serial)


@requires(Permission.SUPERVISE_CASES)
def slip_consequences(year: int, serial: int) -> Response:
    """Record what a slip led to: people talked to (约谈) and dealt with (组织处理)."""
    _require_possible(year, serial)
    try:
        consequences = Consequences(
            _people("talks"),
            _people("sanctions"),
            request.form.get("note", "").replace("\0", ""),
        )
        services().casework.slips.record(signed_in(), year, serial, consequences)
    except BadInput as refusal:
        return _slip_page(year, serial, refusal)
    flash(_("Recorded with the slip."), "success")
    return redirect(url_for("console.slip", year=year, serial=serial))


def _require_possible(year: int, serial: int) -> None:
    if year > _LAST_YEAR or serial > _LAST_SERIAL:
        raise NotFound(message("There is no such slip."))


def _people(name: str) -> int:
    text = request.form.get(name, "").strip() or "0"
    # Only what int() reads without surprises: a few digits.
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise BadInput(message("Enter whole numbers of people from 0 to 999."))
    return int(text)


def _slip_page(year: int, serial: int, refusal: Refusal | None = None) -> Response:
    line = services().casework.slip(signed_in(), year, serial)
    fresh: dict[str, Any] = {"talks": line.talks, "sanctions": line.sanctions, "note": line.note}
    page = render_template(
        "console/cases/slip.html",
        slip=line,
        refusal=refusal,
        typed=request.form if refusal else fresh,
    )
    return make_response(page, 422 if refusal else 200)

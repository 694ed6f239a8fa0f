"""The calendar of working days (工作日历): what is known, and entering the year announced."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from surveyapp.domain.errors import BadInput, Refusal
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Permission
from surveyapp.services.cases.calendar import (
    FIRST_YEAR,
    LAST_YEAR,
    SOURCE_LENGTH,
    KnownYear,
    SpecialDay,
)
from surveyapp.services.cases.calendar_files import read_days
from surveyapp.services.cases.files import calendar_template
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.files import as_download, safe_name, uploaded
from surveyapp.web.console.issued import seal, unseal
from surveyapp.web.context import services
from surveyapp.web.locale import current_language
from surveyapp.web.security import upload_limit

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_UPLOAD_BYTES = 2 * 1024 * 1024
_SHOWN_YEARS = 6
_LONGEST_HOLIDAY = 31
FESTIVALS = ("元旦", "春节", "清明节", "劳动节", "端午节", "国庆节", "中秋节", "")
SHIFTED = 3
"""Working weekends that a festival has at most, as fields of the form."""


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    blueprint.add_url_rule("/calendar", view_func=calendar)
    blueprint.add_url_rule("/calendar/template.xlsx", view_func=calendar_table)
    blueprint.add_url_rule("/calendar/enter", view_func=calendar_enter, methods=["GET", "POST"])
    blueprint.add_url_rule("/calendar/upload", view_func=calendar_upload, methods=["POST"])
    blueprint.add_url_rule("/calendar/apply", view_func=calendar_apply, methods=["POST"])


@requires(Permission.SEE_CASES)
def calendar() -> str:
    """Show the years that are known and from where."""
    years = services().calendar.years()
    return render_template(
        "console/cases/calendar.html",
        years=years[:_SHOWN_YEARS],
        earlier=years[_SHOWN_YEARS:],
        missing_year=services().case_calendar.missing_year(),
        today=services().case_calendar.today(),
    )


@requires(Permission.SUPERVISE_CASES)
def calendar_table() -> Response:
    """Hand out the table of a year's holidays to fill in."""
    year = request.args.get("year", _next_year(), type=int)
    known = {one.year: one for one in services().calendar.years()}
    # An empty table says little: without the year itself, the one before it shows how it is done.
    days = known[year].days if year in known else ()
    content = calendar_template(year, days, current_language())
    return as_download(content, f"{_('Working calendar')} {year}.xlsx", _WORKBOOK)


@requires(Permission.SUPERVISE_CASES)
def calendar_enter() -> Response:
    """Take the holidays of a year as the notice words them; nothing is stored yet."""
    if request.method == "GET":
        return _enter_page(None)
    try:
        return _preview_page(_year(), _source(), list(_typed_days()))
    except BadInput as refusal:
        return _enter_page(refusal)


@requires(Permission.SUPERVISE_CASES)
@upload_limit(_UPLOAD_BYTES)
def calendar_upload() -> Response:
    """Take a table of a year's holidays; nothing is stored yet."""
    try:
        year, source, file = _year(), _source(), uploaded()
        with tempfile.TemporaryDirectory(prefix="surveyapp-") as folder:
            path = Path(folder) / safe_name(file.filename)
            file.save(path)
            days = [SpecialDay(day, works, _clean(name)) for day, works, name in read_days(path)]
        return _preview_page(year, source, days)
    except BadInput as refusal:
        return _enter_page(refusal)


@requires(Permission.SUPERVISE_CASES)
def calendar_apply() -> Response:
    """Store the year that was previewed, and count provisional deadlines anew."""
    staff = signed_in()
    document = unseal(request.form.get("preview", ""), f"calendar.{staff.id}")
    days = [
        SpecialDay(date.fromisoformat(day), working, name)
        for day, working, name in document["days"]
    ]
    year = services().calendar.put_year(document["year"], days, document["source"], staff.actor)
    moved = services().case_calendar.preview(year.year, days).moved
    flash(_("The calendar of %(year)s is stored.", year=year.year), "success")
    if moved:
        flash(
            _("Provisional deadlines are counted anew: %(n)s of them move.", n=len(moved)), "info"
        )
    return redirect(url_for("console.calendar"))


def _next_year() -> int:
    calendar_of_cases = services().case_calendar
    return calendar_of_cases.missing_year() or calendar_of_cases.today().year + 1


def _year() -> int:
    year = request.form.get("year", 0, type=int)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise BadInput(
            message("Enter a year from %(first)s to %(last)s.", first=FIRST_YEAR, last=LAST_YEAR)
        )
    return year


def _source() -> str:
    source = " ".join(_clean(request.form.get("source", "")).split())
    if not 1 <= len(source) <= SOURCE_LENGTH:
        raise BadInput(message("Name the notice that the days were taken from."))
    return source


def _clean(text: str) -> str:
    """Leave out what no page shows and no database keeps."""
    return "".join(letter for letter in text if letter.isprintable()).strip()


def _typed_days() -> Iterator[SpecialDay]:
    """Yield the days of the form: a line for each festival."""
    for number, festival in enumerate(FESTIVALS):
        name = festival or _clean(request.form.get(f"name{number}", ""))
        first, last = _day(f"from{number}"), _day(f"until{number}")
        if first is not None:
            yield from _holiday(first, last or first, name)
        elif last is not None:
            raise BadInput(message("Enter the first day of the holiday too."))
        for position in range(SHIFTED):
            shifted = _day(f"work{number}-{position}")
            if shifted is not None:
                yield SpecialDay(shifted, True, name)


def _holiday(first: date, last: date, name: str) -> Iterator[SpecialDay]:
    days = (last - first).days + 1
    if not 1 <= days <= _LONGEST_HOLIDAY:
        raise BadInput(
            message("A holiday lasts from 1 to %(most)s days: correct its last day.",
                    most=_LONGEST_HOLIDAY)
        )  # fmt: skip
    for offset in range(days):
        yield SpecialDay(first + timedelta(days=offset), False, name)


def _day(name: str) -> date | None:
    text = request.form.get(name, "").strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput(
            message("“%(text)s” is not a date such as 2026-11-21.", text=text[:40])
        ) from None


def _enter_page(refusal: Refusal | None) -> Response:
    year = request.args.get("year", type=int) or _next_year()
    page = render_template(
        "console/cases/calendar_enter.html",
        year=year,
        festivals=list(enumerate(FESTIVALS)),
        shifted=range(SHIFTED),
        typed=request.form,
        refusal=refusal,
    )
    return make_response(page, 422 if refusal else 200)


def _preview_page(year: int, source: str, days: list[SpecialDay]) -> Response:
    """Say what storing the year would do.

    Raises
    ------
    BadInput
        The days cannot be those of the year.
    """
    preview = services().case_calendar.preview(year, days)
    known: dict[int, KnownYear] = {one.year: one for one in services().calendar.years()}
    document: dict[str, Any] = {
        "year": year,
        "source": source,
        "days": [[one.day.isoformat(), one.is_working, one.name] for one in preview.days],
    }
    page = render_template(
        "console/cases/calendar_preview.html",
        preview=preview,
        source=source,
        known=known.get(year),
        sealed=seal(document, f"calendar.{signed_in().id}"),
    )
    return make_response(page)

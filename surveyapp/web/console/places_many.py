"""Many places at once: tables of places, duty rosters, and links for service cases or people."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from surveyapp.domain.duty import Line, Shift
from surveyapp.domain.errors import BadInput, Conflict, Refusal
from surveyapp.domain.places import PlaceOrder, Rates
from surveyapp.domain.roles import Permission
from surveyapp.domain.text import Text
from surveyapp.services.collection.invitation_files import links_workbook
from surveyapp.services.tables import InvalidTable
from surveyapp.web.assets import Inline, allow_style
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.files import as_download
from surveyapp.web.console.issued import seal, unseal
from surveyapp.web.console.uploads import (
    SHOWN_PROBLEMS,
    UPLOAD_BYTES,
    WORKBOOK,
    uploaded_table,
)
from surveyapp.web.context import services, settings
from surveyapp.web.locale import current_language
from surveyapp.web.security import upload_limit

_SHOWN_ROWS = 50
_ROSTER_DAYS = 7


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    every = "/surveys/<key>/places"
    both = ["GET", "POST"]
    blueprint.add_url_rule(f"{every}/upload", view_func=place_upload, methods=both)
    blueprint.add_url_rule(f"{every}/apply", view_func=place_apply, methods=["POST"])
    blueprint.add_url_rule(f"{every}/template.xlsx", view_func=place_template)
    blueprint.add_url_rule(f"{every}/roster", view_func=place_roster, methods=both)
    blueprint.add_url_rule(f"{every}/roster/apply", view_func=place_roster_apply, methods=["POST"])
    blueprint.add_url_rule(f"{every}/roster/template.xlsx", view_func=place_roster_template)
    blueprint.add_url_rule(f"{every}/links", view_func=place_links, methods=both)
    blueprint.add_url_rule(f"{every}/links/template.xlsx", view_func=place_links_template)


@requires(Permission.MANAGE_PLACES)
@upload_limit(UPLOAD_BYTES)
def place_upload(key: str) -> Response:
    """Take a table of places and say what it would make; nothing is stored."""
    if request.method == "GET":
        return _page("console/places/upload.html", key)
    try:
        with uploaded_table() as path:
            plan = services().place_files.preview(key, path)
    except BadInput as refusal:
        return _page("console/places/upload.html", key, refusal=refusal)
    rows = [_order_document(order, title) for order, title in plan.orders]
    return _page(
        "console/places/upload.html",
        key,
        plan=plan,
        shown=plan.orders[:_SHOWN_ROWS],
        sealed=seal(rows, _purpose("places", key)),
    )


def _purpose(what: str, key: str) -> str:
    """Name what is sealed: for this person and this survey alone."""
    return f"{what}.{key}.{signed_in().id}"


def _order_document(order: PlaceOrder, title: Text | None) -> list[Any]:
    return [
        order.label,
        order.subject_key,
        order.hall,
        order.window,
        order.rates,
        None if title is None else title.zh,
    ]


@requires(Permission.MANAGE_PLACES)
@upload_limit(UPLOAD_BYTES)
def place_apply(key: str) -> Response:
    """Make the places that were previewed, all of them or none."""
    rows = unseal(request.form.get("preview", ""), _purpose("places", key))
    orders = [
        (
            PlaceOrder(label, subject, hall, window, None if rates is None else Rates(rates)),
            None if title is None else Text.same(title),
        )
        for label, subject, hall, window, rates, title in rows
    ]
    n = len(services().place_files.apply(key, orders, signed_in().actor))
    flash(ngettext("%(num)s place is added.", "%(num)s places are added.", n), "success")
    return redirect(url_for("console.places", key=key))


@requires(Permission.MANAGE_PLACES)
def place_template(key: str) -> Response:
    """Hand out the table of places to fill in."""
    services().authoring.get(key)
    content = services().place_files.template(current_language())
    return as_download(content, f"{_('Places')}.xlsx", WORKBOOK)


@requires(Permission.MANAGE_PLACES)
@upload_limit(UPLOAD_BYTES)
def place_roster(key: str) -> Response:
    """Show the roster of a week; take a table and say what it would change."""
    if request.method == "GET":
        return _roster_page(key)
    try:
        with uploaded_table() as path:
            lines = services().rostering.lines(key, path)
            plan = services().rostering.preview(key, path)
    except BadInput as refusal:
        return _roster_page(key, refusal=refusal)
    rows = [[line.number, *_shift_document(line.shift)] for line in lines]
    return _roster_page(
        key,
        plan=plan,
        shown_new=plan.new[:_SHOWN_ROWS],
        shown_removed=plan.removed[:_SHOWN_ROWS],
        sealed=seal(rows, _purpose("roster", key)),
    )


def _shift_document(shift: Shift) -> list[str]:
    return [
        str(shift.place_id),
        shift.staff_number,
        shift.staff_name,
        shift.starts_at.isoformat(),
        shift.ends_at.isoformat(),
    ]


@requires(Permission.MANAGE_PLACES)
@upload_limit(UPLOAD_BYTES)
def place_roster_apply(key: str) -> Response:
    """Put the roster that was previewed in the place of the one before."""
    rows = unseal(request.form.get("preview", ""), _purpose("roster", key))
    lines = [
        Line(
            number,
            Shift(
                UUID(place), staff, name, datetime.fromisoformat(start), datetime.fromisoformat(end)
            ),
        )
        for number, place, staff, name, start, end in rows
    ]
    try:
        plan = services().rostering.put(key, lines, signed_in().actor)
    except InvalidTable as refusal:
        return _roster_page(key, refusal=refusal)
    flash(
        _(
            "Shifts: %(new)s new, %(removed)s replaced, %(same)s unchanged.",
            new=len(plan.new),
            removed=len(plan.removed),
            same=plan.unchanged,
        ),
        "success",
    )
    return redirect(url_for("console.place_roster", key=key, day=_local_day(plan.since)))


def _local_day(moment: datetime) -> str:
    return moment.astimezone(settings().timezone).date().isoformat()


def _roster_page(key: str, *, refusal: Refusal | None = None, **more: Any) -> Response:
    zone = settings().timezone
    try:
        first = datetime.fromisoformat(request.args.get("day", "")[:10])
    except ValueError:
        first = services().now().astimezone(zone)
    first = first.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=zone)
    until = first + timedelta(days=_ROSTER_DAYS)
    shifts = services().rostering.of(key, first, until)
    return _page(
        "console/places/roster.html",
        key,
        refusal=refusal,
        shifts=sorted(shifts, key=lambda shift: (shift.starts_at, shift.staff_number)),
        labels={row.id: row.place.label for row in services().placing.of(key)},
        first=first.date(),
        last=(until - timedelta(days=1)).date(),
        clock=lambda moment: moment.astimezone(zone).strftime("%Y-%m-%d %H:%M"),
        **more,
    )


@requires(Permission.MANAGE_PLACES)
def place_roster_template(key: str) -> Response:
    """Hand out the roster to fill in."""
    services().authoring.get(key)
    content = services().rostering.template(current_language())
    return as_download(content, f"{_('Duty roster')}.xlsx", WORKBOOK)


@requires(Permission.MANAGE_PLACES)
@upload_limit(UPLOAD_BYTES)
def place_links(key: str) -> Response:
    """Make a link for each row of a table, and hand the table back with them."""
    if request.method == "GET":
        return _links_page(key)
    try:
        with uploaded_table() as path:
            made = services().invitation_files.make(key, path, signed_in().actor)
    except (BadInput, Conflict) as refusal:
        return _links_page(key, refusal=refusal)
    if request.form.get("as") == "cards":
        cards = [(row[0], link.url) for row, link in zip(made.rows, made.links, strict=True)]
        sheets = services().printing.link_cards(key, cards)
        allow_style(Inline.of(sheets.style))
        return make_response(sheets.html)
    content = links_workbook(made, current_language())
    return as_download(content, f"{_('Links')} {key}.xlsx", WORKBOOK)


def _links_page(key: str, *, refusal: Refusal | None = None) -> Response:
    return _page(
        "console/places/links.html",
        key,
        refusal=refusal,
        columns=services().invitation_files.columns(key),
        numbers=services().inviting.numbers(key),
    )


@requires(Permission.MANAGE_PLACES)
def place_links_template(key: str) -> Response:
    """Hand out the table of links to fill in."""
    content = services().invitation_files.template(key, current_language())
    return as_download(content, f"{_('Links')} {key}.xlsx", WORKBOOK)


def _page(name: str, key: str, *, refusal: Refusal | None = None, **more: Any) -> Response:
    problems = refusal.problems if isinstance(refusal, InvalidTable) else ()
    page = render_template(
        name,
        survey=services().authoring.get(key),
        key=key,
        refusal=refusal,
        problems=problems[:SHOWN_PROBLEMS],
        more=max(0, len(problems) - SHOWN_PROBLEMS),
        **more,
    )
    if refusal is None:
        return make_response(page)
    return make_response(page, 409 if isinstance(refusal, Conflict) else 400)

"""Places of a survey: adding, re-pointing and revoking codes, and everything to print them."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup
from werkzeug.wrappers import Response

from surveyapp.domain.codes import grouped
from surveyapp.domain.errors import BadInput, NotFound
from surveyapp.domain.layouts import PAPERS, Layout, layout_named
from surveyapp.domain.messages import message
from surveyapp.domain.places import RATES_NAMES, Place, PlaceOrder, rates_named
from surveyapp.domain.roles import Permission
from surveyapp.domain.survey import Subject
from surveyapp.domain.text import Text
from surveyapp.services.collection.funnel import FunnelRow
from surveyapp.services.places.printing import qr_png, qr_svg
from surveyapp.web.assets import Inline, allow_style
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.files import as_download
from surveyapp.web.context import services

_SVG_POLICY = "default-src 'none'; sandbox"


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    every = "/surveys/<key>/places"
    one = f"{every}/<code>"
    both = ["GET", "POST"]
    blueprint.add_url_rule(every, view_func=places)
    blueprint.add_url_rule(every, view_func=place_add, methods=["POST"])
    blueprint.add_url_rule(f"{every}/several", view_func=place_add_several, methods=["POST"])
    blueprint.add_url_rule(f"{every}/print", view_func=places_print)
    blueprint.add_url_rule(f"{one}/change", view_func=place_change, methods=both)
    blueprint.add_url_rule(f"{one}/revoke", view_func=place_revoke, methods=both)
    blueprint.add_url_rule(f"{one}/qr.svg", view_func=place_qr_svg)
    blueprint.add_url_rule(f"{one}/qr.png", view_func=place_qr_png)
    blueprint.app_template_filter("qr")(_drawn)
    blueprint.app_template_filter("grouped")(grouped)


def _drawn(url: str) -> Markup:
    return Markup(qr_svg(url))  # noqa: S704 our own drawing: the address is only its content


@requires(Permission.SEE_SURVEYS)
def places(key: str) -> Response:
    """List the places with their codes."""
    return _list_page(key)


def _list_page(key: str, refusal: BadInput | None = None) -> Response:
    since, until = _day("since"), _day("until")
    rows = services().placing.of(key)
    survey = services().authoring.get(key)
    in_use = [row for row in rows if not row.place.revoked]
    rated = {row.place.subject_key for row in in_use}
    known = {one.key for one in survey.subjects}
    html = render_template(
        "console/places/list.html",
        survey=survey,
        places=in_use,
        revoked=[row for row in rows if row.place.revoked],
        subjects_without=[one for one in survey.subjects if one.key not in rated],
        nodes=[node for node in services().organising.tree() if node.unit.code not in known],
        refusal=refusal,
        funnel=services().funnel.of_survey(key, since, until),
        nobody=FunnelRow(),
        since=since,
        until=until,
        papers=PAPERS,
        rates_names=RATES_NAMES,
    )
    return make_response(html, 400 if refusal else 200)


def _day(name: str) -> date | None:
    """Return a day of the address, None where there is none that can be read."""
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


@requires(Permission.MANAGE_PLACES)
def place_add(key: str) -> Response:
    """Add one place."""
    try:
        order = _order(key)
        services().placing.add_all(key, [(order, None)], signed_in().actor)
    except BadInput as refusal:
        return _list_page(key, refusal)
    flash(_("The place is added: its code is below."), "success")
    return redirect(url_for("console.places", key=key))


def _order(key: str) -> PlaceOrder:
    """Read the form of a place.

    Raises
    ------
    BadInput
    """
    subject = request.form.get("subject") or None
    _require_known(key, subject)
    given = {name: request.form.get(name, "") for name in ("label", "hall", "window", "rates")}
    return PlaceOrder(
        given["label"], subject, given["hall"], given["window"], rates_named(given["rates"])
    ).checked()


def _require_known(key: str, subject: str | None) -> None:
    known = {one.key for one in services().authoring.get(key).subjects}
    if subject is not None and subject not in known:
        raise BadInput(message("The survey rates no “%(key)s”.", key=subject[:80]))


@requires(Permission.MANAGE_PLACES)
def place_add_several(key: str) -> Response:
    """Add a place for each chosen subject and unit."""
    try:
        chosen = _chosen(key)
    except BadInput as refusal:
        return _list_page(key, refusal)
    for subject in chosen:
        services().placing.add(key, subject.title.zh, subject.key, signed_in().actor)
    n = len(chosen)
    flash(ngettext("%(num)s place is added.", "%(num)s places are added.", n), "success")
    return redirect(url_for("console.places", key=key))


def _chosen(key: str) -> list[Subject]:
    """Return the subjects that were chosen; units become subjects where they are none."""
    known = {one.key: one for one in services().authoring.get(key).subjects}
    units = {unit.code: unit for unit in services().organising.units()}
    codes = [code for code in dict.fromkeys(request.form.getlist("units")) if code in units]
    fresh = [
        Subject(code, Text.same(units[code].name), code) for code in codes if code not in known
    ]
    if fresh:
        services().authoring.put_subjects(key, fresh, signed_in().actor)
    wanted = dict.fromkeys(request.form.getlist("subjects") + codes)
    chosen = [known[name] for name in wanted if name in known] + fresh
    if not chosen:
        raise BadInput(message("Choose at least one window."))
    return chosen


@requires(Permission.MANAGE_PLACES)
def place_change(key: str, code: str) -> Response:
    """Let a code stand elsewhere or for something else from now on; the print stays."""
    place = _place_of(key, code)
    if request.method == "GET":
        return _change_page(key, place)
    try:
        moved = services().placing.change(place.code, _order(key), signed_in().actor)
    except BadInput as refusal:
        return _change_page(key, place, refusal)
    label = services().placing.find(place.code).label
    flash(_("“%(label)s” stands for what you chose from now on.", label=label), "success")
    if moved.shifts_ended:
        flash(_("Its roster ended with the move: upload the roster of the new window."), "warning")
    return redirect(url_for("console.places", key=key))


def _change_page(key: str, place: Place, refusal: BadInput | None = None) -> Response:
    survey = services().authoring.get(key)
    given = request.form if refusal else {}
    html = render_template(
        "console/places/change.html",
        survey=survey,
        place=place,
        refusal=refusal,
        given={
            "label": given.get("label", place.label),
            "hall": given.get("hall", place.hall or ""),
            "window": given.get("window", place.window or ""),
            "subject": given.get("subject", place.subject_key or ""),
            "rates": given.get("rates", place.rates or ""),
        },
        history=services().placing.history(place.code),
        titles={one.key: one.title for one in survey.subjects},
        rates_names=RATES_NAMES,
    )
    return make_response(html, 400 if refusal else 200)


@requires(Permission.MANAGE_PLACES)
def place_revoke(key: str, code: str) -> str | Response:
    """Say what a revoked code means, then revoke it."""
    place = _place_of(key, code)
    if request.method == "POST":
        services().placing.revoke(place.code, signed_in().actor)
        flash(_("The code of “%(label)s” is revoked.", label=place.label), "success")
        return redirect(url_for("console.places", key=key))
    survey = services().authoring.get(key)
    return render_template("console/places/revoke.html", survey=survey, place=place)


def _place_of(key: str, code: str) -> Place:
    """Return a place of one survey; a code of another survey is not found here.

    Raises
    ------
    NotFound
    """
    place = services().placing.find(code)
    if place.survey_key != key:
        raise NotFound(message("There is no place with this code."))
    return place


@requires(Permission.SEE_SURVEYS)
def place_qr_svg(key: str, code: str) -> Response:
    """Hand out a code for print shops."""
    place = _place_of(key, code)
    name = f"{place.label} {place.code}.svg"
    response = as_download(qr_svg(place.url).encode(), name, "image/svg+xml")
    response.headers["Content-Security-Policy"] = _SVG_POLICY
    return response


@requires(Permission.SEE_SURVEYS)
def place_qr_png(key: str, code: str) -> Response:
    """Hand out a code as a picture."""
    place = _place_of(key, code)
    return as_download(qr_png(place.url), f"{place.label} {place.code}.png", "image/png")


@requires(Permission.SEE_SURVEYS)
def places_print(key: str) -> Response:
    """Show what is to be printed: a page of A4 each, cards to cut out, or labels."""
    layout = layout_named(request.args.get("layout", Layout.STAND))
    only = request.args.getlist("code") or None
    sheets = services().printing.place_sheets(key, only, layout)
    allow_style(Inline.of(sheets.style))
    return make_response(sheets.html)

"""Additions, deductions and overrides (加减分、一票否决): each with its document and two people."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from surveyapp.domain.errors import BadInput, NotFound, Refusal
from surveyapp.domain.messages import message
from surveyapp.domain.objective import ENTRY_STATUS_NAMES, EntryStatus
from surveyapp.domain.reporting import Person
from surveyapp.domain.roles import Permission
from surveyapp.domain.scheme import Scheme
from surveyapp.services.assessment.entries import Entry
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.assessment_values import assessed_units, chosen_scheme
from surveyapp.web.console.cases_steps import UPLOAD_BYTES, evidence_files, typed, typed_day
from surveyapp.web.console.files import handed_out
from surveyapp.web.console.form_pages import REFUSALS, form_page
from surveyapp.web.context import services
from surveyapp.web.locale import text_of
from surveyapp.web.security import upload_limit

STATUS_KINDS = {
    EntryStatus.ENTERED: "waiting",
    EntryStatus.VERIFIED: "good",
    EntryStatus.RETURNED: "bad",
    EntryStatus.OVERTURNED: "off",
}


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    base = "/assessment/entries"
    post = ["POST"]
    blueprint.add_url_rule(base, view_func=assessment_entries)
    blueprint.add_url_rule(f"{base}/new", view_func=assessment_entry_new)
    blueprint.add_url_rule(f"{base}/new", view_func=assessment_entry_add, methods=post)
    one = f"{base}/<uuid:entry_id>"
    blueprint.add_url_rule(one, view_func=assessment_entry)
    blueprint.add_url_rule(f"{one}/decide", view_func=assessment_entry_decide, methods=post)
    blueprint.add_url_rule(f"{one}/object", view_func=assessment_entry_object, methods=post)
    blueprint.add_url_rule(f"{one}/files/<uuid:file_id>", view_func=assessment_entry_file)
    blueprint.app_template_filter("entry_status")(
        lambda one: text_of(ENTRY_STATUS_NAMES[EntryStatus(one)])
    )


@requires(Permission.SEE_SCHEMES)
def assessment_entries() -> str:
    """List the occurrences of a scheme."""
    schemes = services().objectives.schemes()
    scheme = chosen_scheme(schemes)
    person = Person.of(signed_in())
    context: dict[str, Any] = {"schemes": schemes, "scheme": scheme}
    if scheme is not None:
        context |= {
            "entries": services().adjusting.lines(scheme.key, person),
            "status_kinds": STATUS_KINDS,
            "may_enter": bool(_rules(scheme, person)) and bool(assessed_units(scheme, person)),
        }
    return render_template("console/assessment/entries.html", **context)


def _rules(scheme: Scheme, person: Person) -> list[tuple[str, str]]:
    """Return the rules somebody may enter occurrences of."""
    if not person.reports:
        return []
    rules = [
        (one.key, text_of(one.title))
        for one in scheme.adjustments
        if person.is_office or (one.points is not None and one.points > 0)
    ]
    if person.is_office:
        rules += [(one.key, text_of(one.title)) for one in scheme.overrides if one.when is None]
    return rules


@requires(Permission.REPORT_VALUES)
def assessment_entry_new() -> Response:
    """Offer the form of a new occurrence."""
    return _new_page(None)


def _new_page(refusal: Refusal | None) -> Response:
    schemes = services().objectives.schemes()
    scheme = chosen_scheme(schemes)
    if scheme is None:
        raise NotFound(message("No scheme is in use yet."))
    person = Person.of(signed_in())
    return form_page(
        "console/assessment/entry_new.html",
        refusal,
        schemes=schemes,
        scheme=scheme,
        rules=_rules(scheme, person),
        units=assessed_units(scheme, person),
        today=services().objectives.today(),
    )


@requires(Permission.REPORT_VALUES)
@upload_limit(UPLOAD_BYTES)
def assessment_entry_add() -> Response:
    """Enter an occurrence."""
    try:
        day = typed_day("day")
        if day is None:
            raise BadInput(message("Enter the day on which it happened."))
        occurrences = request.form.get("occurrences", 0, type=int)
        entry = Entry(
            rule=typed("rule"),
            unit=typed("unit"),
            day=day,
            occurrences=occurrences,
            reason=typed("reason"),
            document=typed("document"),
            files=evidence_files(),
        )
        entry_id = services().adjusting.add(typed("scheme"), entry, Person.of(signed_in()))
    except REFUSALS as refusal:
        return _new_page(refusal)
    flash(_("Entered; it counts once a second person has verified it."), "success")
    return redirect(url_for("console.assessment_entry", entry_id=entry_id))


@requires(Permission.SEE_SCHEMES)
def assessment_entry(entry_id: UUID) -> Response:
    """Show one occurrence."""
    return _page(entry_id, None)


def _page(entry_id: UUID, refusal: Refusal | None) -> Response:
    line = services().adjusting.line(entry_id, Person.of(signed_in()))
    return form_page("console/assessment/entry.html", refusal, line=line, status_kinds=STATUS_KINDS)


@requires(Permission.VERIFY_VALUES)
def assessment_entry_decide(entry_id: UUID) -> Response:
    """Verify an occurrence, or return it with a reason."""
    accepts = typed("decision") == "verify"
    try:
        services().adjusting.decide(
            entry_id, Person.of(signed_in()), accepts=accepts, reason=typed("reason")
        )
    except REFUSALS as refusal:
        return _page(entry_id, refusal)
    done = (
        _("Verified: it counts from now on.") if accepts else _("Returned to whoever entered it.")
    )
    flash(done, "success")
    return redirect(url_for("console.assessment_entry", entry_id=entry_id))


@requires(Permission.REPORT_VALUES)
@upload_limit(UPLOAD_BYTES)
def assessment_entry_object(entry_id: UUID) -> Response:
    """Contest an occurrence of one's own unit."""
    try:
        services().objecting.against_entry(
            entry_id, typed("reason"), Person.of(signed_in()), evidence_files()
        )
    except REFUSALS as refusal:
        return _page(entry_id, refusal)
    flash(_("Your objection is recorded; a third person rules on it."), "success")
    return redirect(url_for("console.assessment_entry", entry_id=entry_id))


@requires(Permission.SEE_SCHEMES)
def assessment_entry_file(entry_id: UUID, file_id: UUID) -> Response:
    """Hand out evidence, to be saved and never to be shown by the browser."""
    return handed_out(services().adjusting.file(entry_id, file_id, Person.of(signed_in())))

"""Reported values (指标填报): what is due, what waits, one value with its history and objection."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from surveyapp.domain.errors import BadInput, Conflict, NotFound, Refusal
from surveyapp.domain.messages import message
from surveyapp.domain.objective import VALUE_STATUS_NAMES, ValueStatus
from surveyapp.domain.periods import Period
from surveyapp.domain.reporting import Person, ValueRow
from surveyapp.domain.roles import Permission
from surveyapp.domain.scheme import Scheme, Source
from surveyapp.services.assessment.objectives import ValueQuery
from surveyapp.services.assessment.reports import ReportResult
from surveyapp.services.assessment.value_views import Progress
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.cases_steps import UPLOAD_BYTES, evidence_files, typed
from surveyapp.web.console.files import as_download, handed_out
from surveyapp.web.console.form_pages import REFUSALS, form_page
from surveyapp.web.console.pages import wanted_page
from surveyapp.web.console.uploads import (
    SHOWN_PROBLEMS,
    WORKBOOK,
    uploaded_table,
)
from surveyapp.web.console.uploads import (
    UPLOAD_BYTES as TABLE_BYTES,
)
from surveyapp.web.context import services
from surveyapp.web.errors import form_status
from surveyapp.web.locale import current_language, text_of
from surveyapp.web.security import upload_limit

STATUS_KINDS = {
    ValueStatus.REPORTED: "waiting",
    ValueStatus.VERIFIED: "good",
    ValueStatus.RETURNED: "bad",
    ValueStatus.REPLACED: "off",
    ValueStatus.OVERTURNED: "off",
}
_MOST_TICKED = 500


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    base = "/assessment/values"
    blueprint.add_url_rule(base, view_func=assessment_values)
    post = ["POST"]
    blueprint.add_url_rule(f"{base}/list.xlsx", view_func=assessment_values_workbook, methods=post)
    blueprint.add_url_rule(f"{base}/verify", view_func=assessment_values_verify, methods=post)
    blueprint.add_url_rule(f"{base}/report", view_func=assessment_values_report)
    blueprint.add_url_rule(f"{base}/report", view_func=assessment_values_store, methods=post)
    blueprint.add_url_rule(f"{base}/import", view_func=assessment_values_import, methods=post)
    blueprint.add_url_rule(f"{base}/template.xlsx", view_func=assessment_values_template)
    one = f"{base}/<uuid:value_id>"
    blueprint.add_url_rule(one, view_func=assessment_value)
    blueprint.add_url_rule(f"{one}/decide", view_func=assessment_value_decide, methods=post)
    blueprint.add_url_rule(f"{one}/object", view_func=assessment_value_object, methods=post)
    blueprint.add_url_rule(f"{one}/files/<uuid:file_id>", view_func=assessment_value_file)
    blueprint.app_template_filter("value_status")(
        lambda one: text_of(VALUE_STATUS_NAMES[ValueStatus(one)])
    )


def chosen_scheme(schemes: list[Scheme]) -> Scheme | None:
    """Return the scheme the address names; without one the newest."""
    wanted = request.values.get("scheme", "")
    named = {one.key: one for one in schemes}
    return named.get(wanted) or (schemes[0] if schemes else None)


def asked(name: str) -> str | None:
    """Return a filter of the address, None where it filters nothing."""
    text = "".join(letter for letter in request.values.get(name, "") if letter.isprintable())
    return text[:64] or None


def _period(text: str | None) -> Period | None:
    try:
        return Period.parse(text) if text else None
    except BadInput:
        return None


@requires(Permission.SEE_SCHEMES)
def assessment_values() -> Response:
    """List the values of a scheme, what waits first, and how far reporting is."""
    return _list_page(None)


def _list_page(refusal: Refusal | None) -> Response:
    schemes = services().objectives.schemes()
    scheme = chosen_scheme(schemes)
    context: dict[str, Any] = {"schemes": schemes, "scheme": scheme, "refusal": refusal}
    if scheme is not None:
        person = Person.of(signed_in())
        query = _query(scheme)
        period = _period(query.period)
        chosen = {
            name: value
            for name in ("indicator", "period", "unit", "status")
            if (value := asked(name))
        }
        progress = services().objectives.progress(scheme.key, person)
        context |= {
            "page": services().objectives.page(query, person, wanted_page()),
            "chosen": chosen,
            "progress": _present(progress, period),
            "periods": list(dict.fromkeys(one.period for one in progress)),
            "indicators": [one for one in scheme.indicators if one.source is Source.OBJECTIVE],
            "statuses": [(one, text_of(VALUE_STATUS_NAMES[one])) for one in ValueStatus],
            "units": assessed_units(scheme, person),
            "status_kinds": STATUS_KINDS,
            "all_ticked": request.args.get("all") == "yes",
            "today": services().objectives.today(),
            "may_report": any(person.may_report(one) for one in scheme.indicators),
            "objections": services().objecting.open(person) if person.settles else [],
        }
    page = render_template("console/assessment/values.html", **context)
    return make_response(page, form_status(refusal))


def _query(scheme: Scheme) -> ValueQuery:
    """Return the filters of the address or of a form; what is no filter filters nothing."""
    status = asked("status")
    period = _period(asked("period"))
    return ValueQuery(
        scheme.key,
        indicator=asked("indicator"),
        period=str(period) if period else None,
        unit=asked("unit"),
        status=ValueStatus(status) if status in set(ValueStatus) else None,
    )


@requires(Permission.SEE_SCHEMES)
def assessment_values_workbook() -> Response:
    """Hand out the values of the list; that they were taken out is logged."""
    scheme = services().objectives.scheme(typed("scheme"))
    content = services().objectives.workbook(_query(scheme), signed_in(), current_language())
    return as_download(content, f"{text_of(scheme.title)} {_('Values')}.xlsx", WORKBOOK)


def _present(progress: list[Progress], period: Period | None) -> list[Progress]:
    """Return the progress of one period; without one, of the last that ended of each indicator.

    Where none has ended yet, of the present one.
    """
    if period is not None:
        return [one for one in progress if one.period == period]
    today = services().objectives.today()
    present = {one.indicator.key: one for one in reversed(progress)}
    ended = {one.indicator.key: one for one in reversed(progress) if one.period.last_day < today}
    return list((present | ended).values())


def assessed_units(scheme: Scheme, person: Person) -> list[tuple[str, str]]:
    """Return the units of the scheme's category that somebody sees, by name."""
    return [
        (one.code, one.name)
        for one in services().organising.units()
        if one.category == scheme.category and (person.sees_all or one.code in person.units)
    ]


@requires(Permission.VERIFY_VALUES)
def assessment_values_verify() -> Response:
    """Let the ticked values count."""
    scheme = typed("scheme")
    try:
        done = services().verifying.verify_each(scheme, _ticked(), Person.of(signed_in()))
    except REFUSALS as refusal:
        return _list_page(refusal)
    n = done.verified
    flash(ngettext("%(num)s value is verified.", "%(num)s values are verified.", n), "success")
    if done.left:
        flash(
            _(
                "%(n)s were left: you or your unit reported them, so somebody else verifies them.",
                n=done.left,
            ),
            "warning",
        )
    return redirect(url_for("console.assessment_values", scheme=scheme))


def _ticked() -> list[UUID]:
    found = []
    for text in request.form.getlist("value")[:_MOST_TICKED]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    if not found:
        raise BadInput(message("Tick at least one line first."))
    return found


@requires(Permission.REPORT_VALUES)
def assessment_values_report() -> Response:
    """Offer the ways to report: a table with everything that is due, or one value."""
    return _report_page(None)


@requires(Permission.REPORT_VALUES)
@upload_limit(UPLOAD_BYTES)
def assessment_values_store() -> Response:
    """Take one value with its evidence."""
    row = ValueRow(
        typed("indicator"), typed("unit"), typed("period"), typed("value"), typed("note")
    )
    try:
        if not row.value.strip():
            raise BadInput(message("Enter the value."))
        result = services().objectives.report(
            typed("scheme"),
            [(1, row)],
            typed("source"),
            Person.of(signed_in()),
            evidence_files(),
        )
        if result.errors:
            raise BadInput(result.errors[0].message)
    except REFUSALS as refusal:
        return _report_page(refusal)
    return _stored(result)


@requires(Permission.REPORT_VALUES)
@upload_limit(TABLE_BYTES)
def assessment_values_import() -> Response:
    """Take a table of values, all rows or none."""
    try:
        with uploaded_table() as path:
            result = services().objectives.import_file(
                typed("scheme"), path, typed("source"), Person.of(signed_in())
            )
    except REFUSALS as refusal:
        return _report_page(refusal)
    if result.errors:
        return _report_page(None, result)
    return _stored(result)


def _stored(result: ReportResult) -> Response:
    flash(
        _(
            "Values: %(new)s new, %(corrected)s corrected, %(same)s unchanged, %(empty)s left"
            " empty. They count once a second person has verified them.",
            new=result.new,
            corrected=result.corrected,
            same=result.unchanged,
            empty=result.left_empty,
        ),
        "success",
    )
    return redirect(url_for("console.assessment_values", scheme=typed("scheme")))


def _report_page(refusal: Refusal | None, result: ReportResult | None = None) -> Response:
    schemes = services().objectives.schemes()
    scheme = chosen_scheme(schemes)
    if scheme is None:
        raise NotFound(message("No scheme is in use yet."))
    person = Person.of(signed_in())
    progress = services().objectives.progress(scheme.key, person)
    indicators = [one for one in scheme.indicators if person.may_report(one)]
    keys = {one.key for one in indicators}
    page = render_template(
        "console/assessment/values_report.html",
        schemes=schemes,
        scheme=scheme,
        indicators=indicators,
        periods=list(dict.fromkeys(one.period for one in progress if one.indicator.key in keys)),
        units=[
            (one.code, one.name)
            for one in services().organising.units()
            if one.category == scheme.category
        ],
        refusal=refusal,
        typed=request.form if refusal else request.args,
        problems=result.errors[:SHOWN_PROBLEMS] if result else (),
        more_problems=max(0, len(result.errors) - SHOWN_PROBLEMS) if result else 0,
        had_files=any(file.filename for file in request.files.getlist("evidence")),
    )
    return make_response(page, 422 if result else form_status(refusal))


@requires(Permission.REPORT_VALUES)
def assessment_values_template() -> Response:
    """Hand out the table with a row for every value that is due in a period."""
    key = request.args.get("scheme", "")
    period = Period.parse(request.args.get("period", ""))
    content = services().objectives.template(
        key, period, Person.of(signed_in()), current_language()
    )
    name = f"{text_of(services().objectives.scheme(key).title)} {period}.xlsx"
    return as_download(content, name, WORKBOOK)


@requires(Permission.SEE_SCHEMES)
def assessment_value(value_id: UUID) -> Response:
    """Show one value: versions, evidence, and what this person may do."""
    return _value_page(value_id, None)


def _value_page(value_id: UUID, refusal: Refusal | None) -> Response:
    detail = services().objectives.value(value_id, Person.of(signed_in()))
    names = {one.code: one.name for one in services().organising.units()}
    return form_page(
        "console/assessment/value.html",
        refusal,
        detail=detail,
        line=detail.line,
        responsible=names.get(detail.responsible or "", detail.responsible),
        status_kinds=STATUS_KINDS,
    )


@requires(Permission.VERIFY_VALUES)
def assessment_value_decide(value_id: UUID) -> Response:
    """Verify one value, or return it with a reason."""
    person = Person.of(signed_in())
    try:
        if typed("decision") != "verify":
            services().verifying.give_back(value_id, typed("reason"), person)
            flash(_("Returned to whoever reported it."), "success")
        else:
            detail = services().objectives.value(value_id, person)
            done = services().verifying.verify_each(detail.line.scheme, [value_id], person)
            if not done.verified:
                raise Conflict(
                    detail.refusal or message("Somebody has decided about this value meanwhile.")
                )
            flash(_("Verified: it counts from now on."), "success")
    except REFUSALS as refusal:
        return _value_page(value_id, refusal)
    return redirect(url_for("console.assessment_value", value_id=value_id))


@requires(Permission.REPORT_VALUES)
@upload_limit(UPLOAD_BYTES)
def assessment_value_object(value_id: UUID) -> Response:
    """Contest a value of one's own unit."""
    try:
        services().objecting.against_value(
            value_id, typed("reason"), Person.of(signed_in()), evidence_files()
        )
    except REFUSALS as refusal:
        return _value_page(value_id, refusal)
    flash(_("Your objection is recorded; a third person rules on it."), "success")
    return redirect(url_for("console.assessment_value", value_id=value_id))


@requires(Permission.SEE_SCHEMES)
def assessment_value_file(value_id: UUID, file_id: UUID) -> Response:
    """Hand out evidence, to be saved and never to be shown by the browser."""
    return handed_out(services().objectives.file(value_id, file_id, Person.of(signed_in())))

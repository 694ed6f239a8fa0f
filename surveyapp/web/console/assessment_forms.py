"""Visits and duty reports (访谈走访、履职情况表), and the yearly file of a unit (政绩档案)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from surveyapp.domain.errors import BadInput, NotFound, Refusal
from surveyapp.domain.messages import message
from surveyapp.domain.organisation import Node
from surveyapp.domain.periods import Length, Period
from surveyapp.domain.roles import Permission
from surveyapp.domain.staff_forms import (
    COUNTERPART_NAMES,
    FORM_NAMES,
    MOST_WORKS,
    VISIT_NAMES,
    WORK_STATE_NAMES,
    Counterpart,
    DutyReport,
    FormKind,
    Visit,
    VisitKind,
    Work,
    WorkState,
)
from surveyapp.services.assessment.forms import FormView
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.assessment_entries import STATUS_KINDS as ENTRY_KINDS
from surveyapp.web.console.cases_steps import (
    UPLOAD_BYTES,
    evidence_files,
    one_of,
    typed,
    typed_day,
)
from surveyapp.web.console.files import handed_out
from surveyapp.web.console.form_pages import REFUSALS, form_page
from surveyapp.web.context import services
from surveyapp.web.locale import text_of
from surveyapp.web.security import upload_limit

_YEARS = range(1949, 2200)


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    base = "/assessment/forms"
    both = ["GET", "POST"]
    blueprint.add_url_rule(base, view_func=assessment_forms)
    blueprint.add_url_rule(f"{base}/visit", view_func=assessment_visit_new, methods=both)
    blueprint.add_url_rule(f"{base}/duty-report", view_func=assessment_duty_new, methods=both)
    blueprint.add_url_rule(f"{base}/<uuid:form_id>", view_func=assessment_form)
    blueprint.add_url_rule(
        f"{base}/<uuid:form_id>/files/<uuid:file_id>", view_func=assessment_form_file
    )
    blueprint.add_url_rule("/assessment/files", view_func=assessment_files)
    file = "/assessment/files/<code>/<int:year>"
    blueprint.add_url_rule(file, view_func=assessment_file)
    blueprint.add_url_rule(f"{file}/print", view_func=assessment_file_print)
    names: dict[str, Any] = {
        "form_kind": lambda one: text_of(FORM_NAMES[FormKind(one)]),
        "visit_kind": lambda one: text_of(VISIT_NAMES[VisitKind(one)]),
        "counterpart": lambda one: text_of(COUNTERPART_NAMES[Counterpart(one)]),
        "work_state": lambda one: text_of(WORK_STATE_NAMES[WorkState(one)]),
    }
    for name, write in names.items():
        blueprint.app_template_filter(name)(write)


@requires(Permission.SEE_FORMS)
def assessment_forms() -> str:
    """List the forms somebody may read, the latest first."""
    return render_template(
        "console/assessment/forms.html", forms=services().staff_forms.lines(signed_in())
    )


@requires(Permission.SEE_FORMS)
def assessment_form(form_id: UUID) -> str:
    """Show one form."""
    form = services().staff_forms.get(form_id, signed_in())
    return render_template("console/assessment/form.html", form=form)


@requires(Permission.SEE_FORMS)
def assessment_form_file(form_id: UUID, file_id: UUID) -> Response:
    """Hand out evidence, to be saved and never to be shown by the browser."""
    return handed_out(services().staff_forms.file(form_id, file_id, signed_in()))


def _replaced() -> FormView | None:
    """Return the form that is being corrected, None for a new one."""
    given = request.values.get("replaces", "")
    if not given:
        return None
    try:
        form = services().staff_forms.get(UUID(given), signed_in())
    except ValueError:
        raise NotFound(message("There is no such form.")) from None
    if not form.may_correct:
        raise NotFound(message("There is no such form."))
    return form


@requires(Permission.WRITE_VISITS)
@upload_limit(UPLOAD_BYTES)
def assessment_visit_new() -> Response:
    """Write down a visit, or correct one."""
    before = _replaced()
    if request.method == "GET":
        return _visit_page(before, None)
    try:
        day = typed_day("day")
        if day is None:
            raise BadInput(message("Enter the day of the visit."))
        visit = Visit(
            day=day,
            time=typed("time"),
            place=typed("place"),
            kind=one_of(VisitKind, "kind", message("Choose the kind of visit.")),
            counterpart=one_of(Counterpart, "counterpart", message("Choose who was met.")),
            people=request.form.get("people", 0, type=int),
            points=typed("points"),
            follow_up=typed("follow_up"),
        )
        form_id = services().staff_forms.write_visit(
            typed("unit"),
            visit,
            signed_in(),
            evidence_files(),
            replaces=before.id if before else None,
        )
    except REFUSALS as refusal:
        return _visit_page(before, refusal)
    flash(_("Written down. The unit that was visited does not read it."), "success")
    return redirect(url_for("console.assessment_form", form_id=form_id))


def _visit_page(before: FormView | None, refusal: Refusal | None) -> Response:
    given: dict[str, Any] = dict(request.form) if refusal else {}
    if before is not None and before.visit is not None and refusal is None:
        one = before.visit
        given = {
            "unit": before.unit_code,
            "day": one.day.isoformat(),
            "time": one.time,
            "place": one.place,
            "kind": str(one.kind),
            "counterpart": str(one.counterpart),
            "people": str(one.people or ""),
            "points": one.points,
            "follow_up": one.follow_up,
        }
    return _form_page(
        "console/assessment/visit_new.html",
        before,
        refusal,
        given,
        units=_assessed(services().organising.tree()),
        kinds=[(one, text_of(name), "") for one, name in VISIT_NAMES.items()],
        counterparts=[(one, text_of(name)) for one, name in COUNTERPART_NAMES.items()],
    )


@requires(Permission.REPORT_DUTIES)
@upload_limit(UPLOAD_BYTES)
def assessment_duty_new() -> Response:
    """Hand in a duty report, or correct one."""
    before = _replaced()
    if request.method == "GET":
        return _duty_page(before, None)
    try:
        works = []
        for n in range(1, MOST_WORKS + 1):
            title, progress = typed(f"title{n}"), typed(f"progress{n}")
            if title.strip() or progress.strip():
                state = one_of(
                    WorkState, f"state{n}", message("Say how far each piece of work is.")
                )
                works.append(Work(title, progress, state))
        report = DutyReport(
            period=Period.parse(typed("period")),
            person=typed("person"),
            position=typed("position"),
            works=tuple(works),
            plans=typed("plans"),
        )
        form_id = services().staff_forms.write_report(
            typed("unit"),
            report,
            signed_in(),
            evidence_files(),
            replaces=before.id if before else None,
        )
    except REFUSALS as refusal:
        return _duty_page(before, refusal)
    flash(_("Handed in. The assessing team reads it; it is no score."), "success")
    return redirect(url_for("console.assessment_form", form_id=form_id))


def _duty_page(before: FormView | None, refusal: Refusal | None) -> Response:
    given: dict[str, Any] = dict(request.form) if refusal else {}
    if before is not None and before.report is not None and refusal is None:
        one = before.report
        given = {
            "unit": before.unit_code,
            "period": str(one.period),
            "person": one.person,
            "position": one.position,
            "plans": one.plans,
        }
        for n, work in enumerate(one.works, start=1):
            given |= {f"title{n}": work.title, f"progress{n}": work.progress}
            given[f"state{n}"] = str(work.state)
    staff = signed_in()
    nodes = services().organising.tree()
    today = services().objectives.today()
    year = Period.parse(str(today.year))
    quarters = [one for one in year.parts(Length.QUARTER) if one.first_day <= today]
    return _form_page(
        "console/assessment/duty_new.html",
        before,
        refusal,
        given,
        units=[node for node in _assessed(nodes) if node.unit.code in staff.unit_codes],
        periods=[*reversed(quarters), quarters[0].before()],
        states=[(one, text_of(name)) for one, name in WORK_STATE_NAMES.items()],
        most_works=MOST_WORKS,
    )


def _form_page(
    template: str,
    before: FormView | None,
    refusal: Refusal | None,
    given: dict[str, Any],
    **more: Any,
) -> Response:
    return form_page(
        template,
        refusal,
        before=before,
        typed=given,
        today=services().objectives.today(),
        **more,
    )


def _assessed(nodes: list[Node]) -> list[Node]:
    """Return the units that are assessed: windows are none."""
    return [node for node in nodes if not node.unit.is_window]


@requires(Permission.SEE_FORMS)
def assessment_files() -> str:
    """List the units whose yearly files somebody may open."""
    return render_template(
        "console/assessment/files.html",
        units=services().year_files.units(signed_in()),
        year=services().year_files.this_year(),
    )


@requires(Permission.SEE_FORMS)
def assessment_file(code: str, year: int) -> str:
    """Show the yearly file of a unit."""
    return _file_page("console/assessment/file.html", code, year)


@requires(Permission.SEE_FORMS)
def assessment_file_print(code: str, year: int) -> str:
    """Show the yearly file of a unit as it is printed."""
    return _file_page("print/year_file.html", code, year)


def _file_page(template: str, code: str, year: int) -> str:
    if year not in _YEARS:
        raise NotFound(message("There is no such unit."))
    file = services().year_files.file(code, year, signed_in())
    return render_template(
        template,
        file=file,
        this_year=services().year_files.this_year(),
        entry_kinds=ENTRY_KINDS,
        printed_on=services().objectives.today(),
    )

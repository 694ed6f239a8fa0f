"""Cases of bad reviews (差评整改): the inbox of each unit and office, and the page of one case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from surveyapp.domain.case import STATE_NAMES, STEP_NAMES, CallResult, Remedy, State, Step
from surveyapp.domain.case_rules import ATTEMPTS
from surveyapp.domain.errors import BadInput, Conflict, NotAllowed, Refusal
from surveyapp.domain.masking import masked
from surveyapp.domain.messages import Message
from surveyapp.domain.organisation import Node
from surveyapp.domain.roles import Permission
from surveyapp.domain.slips import COLOUR_NAMES, Colour
from surveyapp.domain.survey import Kind
from surveyapp.services.cases.views import CaseDetail, CaseFilters
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.cases_steps import STEPS, UPLOAD_BYTES, StepForm, read_assign, seen
from surveyapp.web.console.cases_words import (
    STATE_KINDS,
    actor_text,
    colour_text,
    deadline_of,
    event_facts,
    field_text,
    way_of,
)
from surveyapp.web.console.files import handed_out
from surveyapp.web.console.pages import printable, wanted_page
from surveyapp.web.context import services
from surveyapp.web.errors import form_status
from surveyapp.web.locale import text_of
from surveyapp.web.security import upload_limit

_MOST_CHOSEN = 200


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    blueprint.add_url_rule("/cases", view_func=cases)
    blueprint.add_url_rule("/cases/assign", view_func=cases_assign, methods=["GET", "POST"])
    blueprint.add_url_rule("/cases/<number>", view_func=case)
    for form in STEPS:
        blueprint.add_url_rule(
            f"/cases/<number>/{form.step.replace('_', '-')}",
            f"case_{form.step}",
            _step_view(form),
            methods=["GET", "POST"],
        )
    blueprint.add_url_rule("/cases/<number>/number", view_func=case_reveal, methods=["POST"])
    blueprint.add_url_rule("/cases/<number>/files/<uuid:file_id>", view_func=case_file)
    blueprint.app_template_filter("case_state")(lambda state: text_of(STATE_NAMES[State(state)]))
    blueprint.app_template_filter("case_step")(lambda step: text_of(STEP_NAMES[Step(step)]))
    blueprint.app_template_filter("slip_colour")(colour_text)
    blueprint.app_template_filter("case_actor")(actor_text)
    blueprint.app_template_filter("case_field")(field_text)


@requires(Permission.SEE_CASES)
def cases() -> str:
    """List cases, what is due first comes first."""
    staff, filters = signed_in(), wanted_cases()
    page = services().casework.inbox(staff, filters)
    days = services().case_calendar.left({one.due_on for one in page.lines if one.due_on})
    return render_template(
        "console/cases/list.html",
        page=page,
        deadlines={one.number: deadline_of(one, days) for one in page.lines},
        all_chosen=request.args.get("all") == "yes",
        missing_year=missing_year(),
        **filter_choices(filters),
    )


def missing_year() -> int | None:
    """Return the year whose holidays somebody should enter, for those who may."""
    if not signed_in().may(Permission.SUPERVISE_CASES):
        return None
    return services().case_calendar.missing_year()


def wanted_cases() -> CaseFilters:
    """Return the filters of the address; what is no filter filters nothing."""
    args = request.args
    urgency = args.get("urgency", "")
    state = args.get("state", "")
    named = {"named": True, "anonymous": False}.get(args.get("named", ""))
    colours = {colour: colour for colour in Colour if colour is not Colour.WHITE}
    return CaseFilters(
        survey_key=_known_survey(args.get("survey", "")),
        state=State(state) if state in set(State) else None,
        is_open={"open": True, "ended": False}.get(state),
        unit_code=_asked("unit") or None,
        is_named=named,
        colour=colours.get(urgency),  # type: ignore[call-overload]  # a string is looked up
        due=urgency == "due",
        overdue=urgency == "overdue",
        mine=args.get("turn") == "mine",
        received_from=_asked_day("from"),
        received_until=_asked_day("until"),
        text=_asked("q"),
        page=wanted_page(),
    )


def _asked(name: str) -> str:
    """Return a filter as it was typed."""
    return printable(request.args.get(name, ""))


def _asked_day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _known_survey(key: str) -> str | None:
    return key if any(key == known for known, _title in _surveys()) else None


def _surveys() -> list[tuple[str, str]]:
    return [
        (one.key, text_of(one.title))
        for one in services().authoring.summaries()
        if one.kind is Kind.REVIEW
    ]


def filter_choices(filters: CaseFilters) -> dict[str, Any]:
    """Return what the form of filters offers, what is chosen, and how an address says it."""
    urgencies = [("overdue", _("Overdue")), ("due", _("Due within two working days"))]
    urgencies += [
        (colour, text_of(COLOUR_NAMES[colour])) for colour in Colour if colour is not Colour.WHITE
    ]
    chosen = {
        name: value
        for name in ("state", "urgency", "turn", "unit", "named", "survey", "from", "until", "q")
        if (value := _asked(name))
    }
    return {
        "filters": filters,
        "chosen": chosen,
        "urgencies": urgencies,
        "states": [(state, text_of(STATE_NAMES[state])) for state in State],
        "units": _units_seen(),
        "surveys": _surveys(),
    }


def _units_seen() -> list[Node]:
    """Return the units whose cases somebody may see, as a tree is read."""
    staff = signed_in()
    nodes = services().organising.tree()
    if any(staff.may(one) for one in (Permission.SUPERVISE_CASES, Permission.CLOSE_CASES)):
        return nodes
    return [node for node in nodes if not staff.unit_codes or node.unit.code in staff.unit_codes]


def chosen_numbers() -> list[str]:
    """Return the cases that were ticked, each once."""
    values = request.form.getlist("case") or request.args.getlist("case")
    return list(dict.fromkeys(values))[:_MOST_CHOSEN]


def nothing_chosen() -> Response:
    """Lead back to the list when nothing was ticked."""
    flash(_("Tick at least one line first."), "warning")
    return redirect(url_for("console.cases"))


@requires(Permission.SUPERVISE_CASES)
def cases_assign() -> Response:
    """Hand several cases to who puts them right, with one form."""
    numbers = chosen_numbers()
    if not numbers:
        return nothing_chosen()
    staff = signed_in()
    if request.method == "GET":
        return _assign_page(numbers, None, ())
    try:
        fields = read_assign()
        # What the form itself lacks is said once, not for each case.
        fields.detail()
    except BadInput as refusal:
        return _assign_page(numbers, refusal, ())
    result = services().casework.take_each(staff, numbers, fields)
    if result.done:
        n = len(result.done)
        flash(ngettext("%(num)s case is assigned.", "%(num)s cases are assigned.", n), "success")
    if result.refused:
        left = [number for number, _reason in result.refused]
        return _assign_page(left, None, result.refused)
    return redirect(url_for("console.cases"))


def _assign_page(
    numbers: list[str], refusal: Refusal | None, refused: tuple[tuple[str, Message], ...]
) -> Response:
    staff = signed_in()
    details = [services().casework.case(staff, number) for number in numbers]
    page = render_template(
        "console/cases/assign.html",
        details=details,
        ready=[one for one in details if Step.ASSIGN in one.allowed],
        refusal=refusal,
        reasons=dict(refused),
        typed=request.form,
        units=services().organising.tree(),
        default_due=_latest(details),
    )
    return make_response(page, 422 if refusal else 409 if refused else 200)


def _latest(details: list[CaseDetail]) -> Mapping[Remedy, date]:
    """Return the deadlines of the rules that hold for all chosen cases: the earliest of each."""
    return {remedy: min(one.default_due[remedy] for one in details) for remedy in Remedy}


@requires(Permission.SEE_CASES)
def case(number: str) -> Response:
    """Show one case with the steps this person may take now."""
    return case_page(number)


def case_page(
    number: str,
    *,
    refused: Step | None = None,
    refusal: Refusal | None = None,
    contact: str | None = None,
) -> Response:
    """Make the page of a case.

    Parameters
    ----------
    refused : Step, optional
        The step whose form was refused; what was typed stands in it again.
    contact : str, optional
        The telephone number in full, just for this answer.
    """
    staff = signed_in()
    detail = services().casework.case(staff, number)
    days = services().case_calendar.left({detail.line.due_on} if detail.line.due_on else set())
    nodes = services().organising.tree()
    names = {node.unit.code: node.unit.name for node in nodes}
    page = render_template(
        "console/cases/case.html",
        detail=detail,
        line=detail.line,
        comment=_comment(detail),
        deadline=deadline_of(detail.line, days),
        way=way_of(detail.line.state),
        facts={one.position: list(event_facts(one, names)) for one in detail.events},
        calls=_calls(detail),
        attempts=ATTEMPTS,
        units=nodes,
        state_kinds=STATE_KINDS,
        refused=refused,
        refusal=refusal,
        typed=request.form if refused else {},
        had_files=any(file.filename for file in request.files.getlist("evidence")),
        seen=seen() if isinstance(refusal, BadInput) and refused else detail.seen,
        today=services().case_calendar.today(),
        contact=contact,
    )
    return make_response(page, form_status(refusal))


def _comment(detail: CaseDetail) -> str:
    """Return what the citizen wrote; towards the unit an anonymous one stays anonymous."""
    staff = signed_in()
    knows_who = detail.line.is_named and staff.may(Permission.HANDLE_CASES)
    shows_all = knows_who or staff.may(Permission.SUPERVISE_CASES)
    return detail.comment if shows_all else masked(detail.comment)


def _calls(detail: CaseDetail) -> dict[str, Any]:
    """Return the attempts since the newest answer, and on how many days they were in vain."""
    since = max((one.position for one in detail.events if one.step is Step.ANSWER), default=0)
    calls = [one for one in detail.events if one.step is Step.CALL and one.position > since]
    in_vain = {one.day for one in calls if one.detail["result"] != CallResult.CONNECTED}
    return {"lines": calls, "days": len(in_vain), "left": max(0, ATTEMPTS - len(in_vain))}


def _step_view(form: StepForm) -> Callable[[str], Response]:
    """Return the view that takes one kind of step."""

    @requires(form.permission)
    @upload_limit(UPLOAD_BYTES)
    def take(number: str) -> Response:
        if request.method == "GET":
            return redirect(url_for("console.case", number=number))
        try:
            form.take(services().casework, signed_in(), number, form.read(), seen())
        except (BadInput, Conflict, NotAllowed) as refusal:
            return case_page(number, refused=form.step, refusal=refusal)
        flash(_("Recorded: %(step)s.", step=text_of(STEP_NAMES[form.step])), "success")
        return redirect(url_for("console.case", number=number))

    return take


@requires(Permission.SUPERVISE_CASES)
def case_reveal(number: str) -> Response:
    """Show the telephone number in full, for a call; that it was read is logged."""
    try:
        contact = services().casework.reveal(signed_in(), number)
    except (Conflict, NotAllowed) as refusal:
        return case_page(number, refusal=refusal)
    return case_page(number, contact=contact)


@requires(Permission.SEE_CASES)
def case_file(number: str, file_id: UUID) -> Response:
    """Hand out evidence, to be saved and never to be shown by the browser."""
    return handed_out(services().casework.file(signed_in(), number, file_id))

"""Matters being put right (整改事项): the list, one matter with its steps, and opening one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from surveyapp.domain.errors import BadInput, Conflict, NotAllowed, NotFound, Refusal
from surveyapp.domain.messages import message
from surveyapp.domain.rectification import (
    RULES,
    SOURCE_NAMES,
    STATE_NAMES,
    STEP_NAMES,
    ItemSource,
    ItemState,
)
from surveyapp.domain.rectification_fields import (
    AnswerItem,
    CancelItem,
    CloseItem,
    ExtendItem,
    ForwardItem,
    ItemFields,
    ItemStep,
    NewItem,
    SendBackItem,
)
from surveyapp.domain.roles import Permission
from surveyapp.domain.slips import COLOUR_NAMES, Colour
from surveyapp.services.assessment.item_views import (
    ItemEventLine,
    ItemFilters,
    ItemLine,
    Origin,
)
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.cases_steps import (
    PARTIES,
    UPLOAD_BYTES,
    evidence_files,
    one_of,
    seen,
    typed,
    typed_day,
)
from surveyapp.web.console.cases_words import Deadline, deadline_on
from surveyapp.web.console.files import as_download, handed_out
from surveyapp.web.console.pages import printable, wanted_page
from surveyapp.web.context import services
from surveyapp.web.errors import form_status
from surveyapp.web.locale import current_language, day_text, text_of
from surveyapp.web.security import upload_limit

STATE_KINDS: Mapping[ItemState, str] = {
    ItemState.RECTIFYING: "waiting",
    ItemState.ANSWERED: "waiting",
    ItemState.CLOSED: "good",
    ItemState.CANCELLED: "off",
}
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    base = "/assessment/rectification"
    blueprint.add_url_rule(base, view_func=assessment_rectification)
    blueprint.add_url_rule(
        f"{base}/list.xlsx", view_func=assessment_items_workbook, methods=["POST"]
    )
    blueprint.add_url_rule(f"{base}/print", view_func=assessment_items_print)
    blueprint.add_url_rule(f"{base}/new", view_func=assessment_item_new, methods=["GET", "POST"])
    blueprint.add_url_rule(f"{base}/<number>", view_func=assessment_item)
    for step in RULES:
        blueprint.add_url_rule(
            f"{base}/<number>/{step.replace('_', '-')}",
            f"assessment_item_{step}",
            _step_view(step),
            methods=["GET", "POST"],
        )
    blueprint.add_url_rule(f"{base}/<number>/files/<uuid:file_id>", view_func=assessment_item_file)
    blueprint.app_template_filter("item_state")(lambda one: text_of(STATE_NAMES[ItemState(one)]))
    blueprint.app_template_filter("item_step")(lambda one: text_of(STEP_NAMES[ItemStep(one)]))
    blueprint.app_template_filter("item_source")(lambda one: text_of(SOURCE_NAMES[ItemSource(one)]))


@requires(Permission.SEE_CASES)
def assessment_rectification() -> str:
    """List matters, what is due first comes first."""
    filters = wanted_items()
    page = services().rectifying.inbox(signed_in(), filters)
    return render_template(
        "console/assessment/rectification.html",
        page=page,
        deadlines=_deadlines(page.lines),
        filters=filters,
        chosen=chosen_filters(),
        state_kinds=STATE_KINDS,
        states=[(state, text_of(STATE_NAMES[state])) for state in ItemState],
        units=_units_seen(),
    )


def wanted_items() -> ItemFilters:
    """Return the filters of the address; what is no filter filters nothing."""
    args = request.values
    state = args.get("state", "")
    urgency = args.get("urgency", "")
    return ItemFilters(
        state=ItemState(state) if state in set(ItemState) else None,
        is_open={"open": True, "ended": False}.get(state),
        unit_code=printable(args.get("unit", "")) or None,
        overdue=urgency == "overdue",
        due=urgency == "due",
        page=wanted_page(),
    )


def chosen_filters() -> dict[str, str]:
    """Return what the address says of filters."""
    names = ("state", "urgency", "unit")
    return {one: text for one in names if (text := printable(request.values.get(one, "")))}


def _units_seen() -> list[Any]:
    """Return the units whose matters somebody may see, as a tree is read."""
    staff = signed_in()
    nodes = services().organising.tree()
    return [node for node in nodes if not staff.unit_codes or node.unit.code in staff.unit_codes]


def _deadlines(lines: tuple[ItemLine, ...]) -> dict[str, Deadline]:
    """Say how long the matters that are being put right have."""
    running = [one for one in lines if one.state is ItemState.RECTIFYING]
    left = services().case_calendar.left({one.due_on for one in running})
    return {
        one.number: deadline_on(one.due_on, left, is_overdue=one.is_overdue, colour=one.colour)
        for one in running
    }


@requires(Permission.SEE_CASES)
def assessment_items_workbook() -> Response:
    """Hand out the list as a workbook; that it was taken out is logged."""
    content = services().item_files.workbook(signed_in(), wanted_items(), current_language())
    return as_download(content, f"{_('Rectification list')}.xlsx", _WORKBOOK)


@requires(Permission.SEE_CASES)
def assessment_items_print() -> str:
    """Show the list as it is printed."""
    table = services().item_files.table(signed_in(), wanted_items(), current_language())
    return render_template(
        "print/rectification.html",
        title=table.title,
        columns=table.columns,
        rows=table.rows,
        printed_on=services().rectifying.today(),
    )


@requires(Permission.SUPERVISE_CASES)
def assessment_item_new() -> Response:
    """Open a matter; what it came from fills the form in."""
    if request.method == "GET":
        return _new_page(None)
    try:
        number = services().rectifying.open(
            signed_in(),
            NewItem(
                title=typed("title"),
                problem=typed("problem"),
                unit_code=typed("unit"),
                responsible_unit=typed("responsible"),
                responsible_person=typed("person"),
                goal=typed("goal"),
                due_on=typed_day("due_on"),
            ),
            Origin(
                source=one_of(ItemSource, "source", message("Say what the matter came from.")),
                scheme_key=typed("scheme") or None,
                period=typed("period") or None,
                indicator_key=typed("indicator") or None,
                case_number=typed("case").strip() or None,
            ),
            one_of(Colour, "colour", message("Choose the kind of the first slip.")),
        )
    except (BadInput, NotFound) as refusal:
        return _new_page(refusal)
    flash(_("Opened, with its first slip: %(number)s.", number=number), "success")
    return redirect(url_for("console.assessment_item", number=number))


def _new_page(refusal: Refusal | None) -> Response:
    given = request.form if refusal else request.args
    page = render_template(
        "console/assessment/rectification_new.html",
        refusal=refusal,
        typed={name: _without_nul(value) for name, value in given.items()},
        units=services().organising.tree(),
        sources=[(one, text_of(SOURCE_NAMES[one])) for one in ItemSource],
        colours=[(one, text_of(COLOUR_NAMES[one])) for one in Colour],
        today=services().rectifying.today(),
    )
    return make_response(page, 422 if refusal else 200)


def _without_nul(text: str) -> str:
    return text.replace("\0", "")


@requires(Permission.SEE_CASES)
def assessment_item(number: str) -> Response:
    """Show one matter with the steps this person may take now."""
    return _item_page(number)


def _item_page(
    number: str, *, refused: ItemStep | None = None, refusal: Refusal | None = None
) -> Response:
    detail = services().rectifying.item(signed_in(), number)
    nodes = services().organising.tree()
    names = {node.unit.code: node.unit.name for node in nodes}
    page = render_template(
        "console/assessment/item.html",
        detail=detail,
        line=detail.line,
        deadline=_deadlines((detail.line,)).get(number),
        facts={one.position: list(_facts(one, names)) for one in detail.events},
        units=nodes,
        state_kinds=STATE_KINDS,
        refused=refused,
        refusal=refusal,
        typed=request.form if refused else {},
        had_files=any(file.filename for file in request.files.getlist("evidence")),
        seen=seen() if isinstance(refusal, BadInput) else detail.seen,
        today=services().rectifying.today(),
    )
    return make_response(page, form_status(refusal))


def _facts(event: ItemEventLine, units: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what a step said as pairs of label and text, in the order of its form."""
    labels = {
        "unit": _("Responsible unit"),
        "person": _("Responsible person"),
        "goal": _("Goal"),
        "measures": _("Measures"),
        "done_on": _("Done on"),
        "reason": _("Reason"),
        "note": _("What was checked"),
        "due_on": _("Time limit"),
    }
    for name, label in labels.items():
        value = str(event.detail.get(name) or "")
        if not value:
            continue
        if name == "unit":
            value = units.get(value, value)
        elif name in ("done_on", "due_on"):
            value = day_text(date.fromisoformat(value))
        yield label, value


def _step_view(step: ItemStep) -> Callable[[str], Response]:
    """Return the view that takes one kind of step."""

    @requires(PARTIES[RULES[step].party])
    @upload_limit(UPLOAD_BYTES)
    def take(number: str) -> Response:
        if request.method == "GET":
            return redirect(url_for("console.assessment_item", number=number))
        try:
            services().rectifying.take(signed_in(), number, _FORMS[step](), seen())
        except (BadInput, Conflict, NotAllowed) as refusal:
            return _item_page(number, refused=step, refusal=refusal)
        flash(_("Recorded: %(step)s.", step=text_of(STEP_NAMES[step])), "success")
        return redirect(url_for("console.assessment_item", number=number))

    return take


def _answer() -> AnswerItem:
    done_on = typed_day("done_on")
    if done_on is None:
        raise BadInput(message("Enter the day on which it was done."))
    return AnswerItem(typed("measures"), done_on, evidence_files())


_FORMS: Mapping[ItemStep, Callable[[], ItemFields]] = {
    ItemStep.ANSWER: _answer,
    ItemStep.CLOSE: lambda: CloseItem(typed("note")),
    ItemStep.SEND_BACK: lambda: SendBackItem(typed("reason"), typed_day("due_on")),
    ItemStep.FORWARD: lambda: ForwardItem(typed("unit"), typed("person"), typed("reason")),
    ItemStep.EXTEND: lambda: ExtendItem(typed_day("due_on"), typed("reason")),
    ItemStep.CANCEL: lambda: CancelItem(typed("reason")),
}


@requires(Permission.SEE_CASES)
def assessment_item_file(number: str, file_id: UUID) -> Response:
    """Hand out evidence, to be saved and never to be shown by the browser."""
    return handed_out(services().rectifying.file(signed_in(), number, file_id))

"""Forms of the steps of a case: which role each is for, and what is read from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from flask import request

from surveyapp.domain import case_fields as given
from surveyapp.domain.accounts import StaffView
from surveyapp.domain.case import CallResult, Finding, Ground, Remedy, Ruling, Step
from surveyapp.domain.case_rules import RULES, Party
from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import Message, message
from surveyapp.domain.roles import Permission
from surveyapp.services.cases.casework import Casework

Chosen = TypeVar("Chosen", bound=StrEnum)

UPLOAD_BYTES = given.MAXIMUM_FILES * given.MAXIMUM_FILE_BYTES + 1024 * 1024

PARTIES: Mapping[Party, Permission] = {
    Party.UNIT: Permission.HANDLE_CASES,
    Party.OFFICE: Permission.SUPERVISE_CASES,
    Party.REVIEWER: Permission.CLOSE_CASES,
}


@dataclass(frozen=True, slots=True)
class StepForm:
    """A step as a form.

    Attributes
    ----------
    read : callable
        Makes the fields from what was sent, or refuses with a sentence.
    take : callable
        The use case.
    """

    step: Step
    permission: Permission
    read: Callable[[], given.Fields]
    take: Callable[[Casework, StaffView, str, Any, int], None]


def _forward() -> given.Forward:
    return given.Forward(typed("unit"), typed("reason"))


def _verify() -> given.Verify:
    return given.Verify(
        finding=one_of(Finding, "finding", message("Say whether what was written is true.")),
        reasonable=_yes_or_no("reasonable", message("Say whether the demand is reasonable.")),
        text=typed("text"),
    )


def read_assign() -> given.Assign:
    """Read the form that hands a case, or several, to who puts them right."""
    return given.Assign(
        remedy=one_of(Remedy, "remedy", message("Choose how the case is put right.")),
        unit_code=typed("unit"),
        person=typed("person"),
        goal=typed("goal"),
        due_on=typed_day("due_on"),
    )


def _extend() -> given.Extend:
    return given.Extend(typed("reason"))


def _answer() -> given.Answer:
    done_on = typed_day("done_on")
    if done_on is None:
        raise BadInput(message("Enter the day on which it was done."))
    return given.Answer(typed("measures"), typed("text"), done_on, evidence_files())


def _call() -> given.Call:
    result = one_of(CallResult, "result", message("Choose how the call ended."))
    satisfied = request.form.get("satisfied")
    return given.Call(result, None if not satisfied else satisfied == "yes", typed("note"))


def _unreachable() -> given.Unreachable:
    return given.Unreachable(typed("note"))


def _approve() -> given.Approve:
    return given.Approve(typed("note"))


def _send_back() -> given.SendBack:
    return given.SendBack(typed("reason"))


def _close() -> given.Close:
    return given.Close(typed("note"))


def _appeal() -> given.Appeal:
    return given.Appeal(typed("reason"), evidence_files())


def _propose() -> given.ProposeRuling:
    return given.ProposeRuling(
        ruling=one_of(Ruling, "ruling", message("Choose the ruling.")),
        ground=one_of(Ground, "ground", message("Choose the ground.")),
        text=typed("text"),
        evidence=evidence_files(),
    )


def _confirm() -> given.ConfirmRuling:
    agrees = _yes_or_no("agrees", message("Say whether you agree."))
    return given.ConfirmRuling(agrees, typed("note"))


_FORMS: Mapping[Step, tuple[Callable[[], given.Fields], Callable[..., None]]] = {
    Step.FORWARD: (_forward, Casework.forward),
    Step.VERIFY: (_verify, Casework.verify),
    Step.ASSIGN: (read_assign, Casework.assign),
    Step.EXTEND: (_extend, Casework.extend),
    Step.ANSWER: (_answer, Casework.answer),
    Step.CALL: (_call, Casework.call),
    Step.UNREACHABLE: (_unreachable, Casework.unreachable),
    Step.APPROVE: (_approve, Casework.approve),
    Step.SEND_BACK: (_send_back, Casework.send_back),
    Step.CLOSE: (_close, Casework.close),
    Step.APPEAL: (_appeal, Casework.appeal),
    Step.PROPOSE_RULING: (_propose, Casework.propose_ruling),
    Step.CONFIRM_RULING: (_confirm, Casework.confirm_ruling),
}

STEPS: tuple[StepForm, ...] = tuple(
    StepForm(step, PARTIES[rule.party], *_FORMS[step]) for step, rule in RULES.items()
)


def seen() -> int:
    """Return how many steps the form's page knew of; what is no number fits no case."""
    return request.form.get("seen", -1, type=int)


def typed(name: str) -> str:
    """Return a field of the form, without what no database can hold."""
    return request.form.get(name, "").replace("\0", "")


def one_of(kind: type[Chosen], name: str, missing: Message) -> Chosen:
    """Return what was chosen of a few.

    Raises
    ------
    BadInput
        Nothing of them was: `missing` says so.
    """
    try:
        return kind(typed(name))
    except ValueError:
        raise BadInput(missing) from None


def _yes_or_no(name: str, missing: Message) -> bool:
    try:
        return {"yes": True, "no": False}[typed(name)]
    except KeyError:
        raise BadInput(missing) from None


def typed_day(name: str) -> date | None:
    """Return a day of the form, None where the field is empty.

    Raises
    ------
    BadInput
    """
    text = typed(name).strip()
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput(
            message("“%(text)s” is not a date such as 2026-11-21.", text=text[:40])
        ) from None


def evidence_files() -> tuple[given.Evidence, ...]:
    """Return the evidence that was chosen; the bytes of a file too large are not all read."""
    return tuple(
        given.Evidence(file.filename, file.stream.read(given.MAXIMUM_FILE_BYTES + 1))
        for file in request.files.getlist("evidence")
        if file.filename
    )

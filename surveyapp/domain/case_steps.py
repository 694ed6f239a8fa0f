"""Taking a step of a case: what the head is afterwards, and what the event keeps.

Every step is a pure function of the head, its fields, who takes it, and the day; whatever is
refused leaves the case as it was. Who may take it is decided in `surveyapp.domain.case_rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast

from surveyapp.domain import case_fields as given
from surveyapp.domain.case import (
    CallBack,
    CallResult,
    Case,
    Clock,
    Past,
    Person,
    Remedy,
    Ruling,
    State,
    Step,
)
from surveyapp.domain.case_rules import Setting, require_allowed
from surveyapp.domain.errors import BadInput, Conflict
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Actor

SYSTEM = Actor("system")
CITIZEN = Actor("citizen")


@dataclass(frozen=True, slots=True)
class Taken:
    """A case after a step, and what its event keeps."""

    case: Case
    detail: dict[str, Any]


def opened(setting: Setting, received_on: date, unit_code: str | None, *, reachable: bool) -> Case:
    """Return a fresh case: its first clock runs from the day the review was received."""
    return Case(
        state=State.TO_VERIFY,
        unit_code=unit_code,
        is_reachable=reachable,
        past=(),
        clock=Clock.start(setting.calendar, received_on, setting.days.verify),
    )


def take(case: Case, fields: given.Fields, person: Person, setting: Setting) -> Taken:
    """Take a step that a member of staff asks for.

    Raises
    ------
    NotAllowed
        It is not theirs to take.
    Conflict
        The case is in another state, or what the step needs has not happened.
    BadInput
        A field is missing or cannot be.
    """
    require_allowed(case, fields.step, person, setting)
    given.checked_files(fields.files)
    detail = fields.detail()
    after, more = _STEPS[fields.step](case, fields, setting)
    return Taken(
        _with_past(after, fields.step, person.actor, setting, detail | more), detail | more
    )


def citizen_word(case: Case, setting: Setting, *, satisfied: bool) -> Taken:
    """Take what the citizen says on the receipt page of an answer.

    Raises
    ------
    Conflict
        No answer waits for their word.
    """
    if case.state is not State.ANSWERED:
        raise Conflict(message("Nothing is asked here now. Thank you for your interest."))
    after, more = _hear(case, setting, satisfied=satisfied)
    detail = {"satisfied": satisfied} | more
    return Taken(_with_past(after, Step.CITIZEN_WORD, CITIZEN, setting, detail), detail)


def followed_up(case: Case, setting: Setting, *, is_bad: bool) -> Taken:
    """Note the follow-up of a review; a bad one opens an answered case again."""
    reopens = is_bad and case.state in (State.ANSWERED, State.CALLED_BACK, State.CLOSED)
    step = Step.REOPEN if reopens else Step.FOLLOW_UP
    after = _again(case, setting) if reopens else case
    detail = {"is_bad": is_bad} | (_due(after) if reopens else {})
    return Taken(_with_past(after, step, CITIZEN, setting, detail), detail)


def closed_by_time(case: Case, setting: Setting) -> Taken | None:
    """Close an anonymous case whose answer has stood long enough and was approved, else None."""
    if case.state is not State.ANSWERED or case.is_reachable or not case.is_overdue(setting.today):
        return None
    if next(case.since_answer(Step.APPROVE), None) is None:
        return None
    after = _ended(case, State.CLOSED, setting)
    return Taken(_with_past(after, Step.CLOSE, SYSTEM, setting, {"note": ""}), {"note": ""})


def _with_past(
    case: Case, step: Step, actor: Actor, setting: Setting, detail: Mapping[str, Any]
) -> Case:
    return replace(case, past=(*case.past, Past(step, actor, setting.today, detail)))


_After = tuple[Case, dict[str, Any]]


def _forward(case: Case, fields: given.Forward, setting: Setting) -> _After:
    unit_code = fields.detail()["unit"]
    if unit_code == case.unit_code:
        raise BadInput(message("The case is with this unit already: choose another one."))
    clock = setting.clock(setting.days.verify)
    after = replace(case, unit_code=unit_code, state=State.TO_VERIFY, clock=clock)
    return after, {"from": case.unit_code} | _due(after)


def _verify(case: Case, _fields: given.Verify, setting: Setting) -> _After:
    clock = setting.clock(setting.days.verify)
    after = replace(case, state=State.ASSESSING, clock=clock)
    return after, {"late": case.is_overdue(setting.today)}


def _assign(case: Case, fields: given.Assign, setting: Setting) -> _After:
    clock = setting.clock(setting.remedy_days(fields.remedy))
    if fields.due_on is not None:
        if not setting.today <= fields.due_on <= clock.due_on:
            raise BadInput(
                message(
                    "Choose a deadline from %(first)s to %(last)s.",
                    first=setting.today,
                    last=clock.due_on,
                )
            )
        clock = Clock.until(setting.today, fields.due_on)
    kept = fields.detail()
    after = replace(
        case,
        state=State.RECTIFYING,
        remedy=fields.remedy,
        responsible_unit=kept["unit"],
        responsible_person=kept["person"],
        goal=kept["goal"],
        clock=clock,
    )
    return after, _due(after)


def _extend(case: Case, _fields: given.Extend, setting: Setting) -> _After:
    clock = _running(case)
    more = setting.days.extension
    if clock.days is None:
        longer = Clock.start(setting.calendar, clock.due_on, more)
    else:
        longer = Clock.start(setting.calendar, clock.since, clock.days + more)
    after = replace(case, clock=longer, extended=True)
    return after, _due(after)


def _answer(case: Case, fields: given.Answer, setting: Setting) -> _After:
    if fields.done_on > setting.today:
        raise BadInput(message("What was done cannot be done in the future: correct the day."))
    late = case.is_overdue(setting.today)
    days = setting.days.call_back if case.is_reachable else setting.days.anonymous
    after = replace(
        case,
        state=State.ANSWERED,
        answer=fields.detail()["text"],
        answered_on=setting.today,
        rectified_in_time=case.rectified_in_time is not False and not late,
        clock=setting.clock(days),
    )
    return after, {"late": late}


def _call(case: Case, fields: given.Call, setting: Setting) -> _After:
    if fields.result is not CallResult.CONNECTED:
        return case, {}
    return _hear(case, setting, satisfied=bool(fields.satisfied))


def _hear(case: Case, setting: Setting, *, satisfied: bool) -> _After:
    """Take the citizen's word: the first "not satisfied" opens the case again.

    A second one does not, or a case could never end: the reviewer closes it as it is, which counts
    as not satisfied, or sends the answer back.
    """
    word = CallBack.SATISFIED if satisfied else CallBack.UNSATISFIED
    heard = replace(case, call_back=word)
    if satisfied or case.call_back is CallBack.UNSATISFIED:
        return _called_back(heard, setting), {"reopens": False}
    after = _again(heard, setting)
    return after, {"reopens": True} | _due(after)


def _unreachable(case: Case, _fields: given.Unreachable, setting: Setting) -> _After:
    return _called_back(replace(case, call_back=CallBack.UNREACHABLE), setting), {}


def _approve(case: Case, _fields: given.Approve, _setting: Setting) -> _After:
    return case, {}


def _send_back(case: Case, _fields: given.SendBack, setting: Setting) -> _After:
    after = _again(case, setting)
    return after, _due(after)


def _close(case: Case, _fields: given.Close, setting: Setting) -> _After:
    return _ended(case, State.CLOSED, setting), {}


def _appeal(case: Case, _fields: given.Appeal, setting: Setting) -> _After:
    clock = _running(case)
    detail = {
        "late": case.is_overdue(setting.today),
        "since": clock.since.isoformat(),
        "days": clock.days,
        "due_on": clock.due_on.isoformat(),
        "left": setting.calendar.between(setting.today, clock.due_on),
    }
    after = replace(
        case,
        state=State.APPEALED,
        state_before_appeal=case.state,
        clock=setting.clock(setting.days.simple),
    )
    return after, detail


def _propose(case: Case, _fields: given.ProposeRuling, setting: Setting) -> _After:
    return replace(case, state=State.RULING, clock=setting.clock(setting.days.verify)), {}


def _confirm(case: Case, fields: given.ConfirmRuling, setting: Setting) -> _After:
    proposed = _newest(case, Step.PROPOSE_RULING).detail
    detail = {"ruling": proposed["ruling"], "ground": proposed["ground"]}
    if not fields.agrees:
        clock = setting.clock(setting.days.simple)
        return replace(case, state=State.APPEALED, clock=clock), detail
    if proposed["ruling"] == Ruling.EXCLUDED:
        return _ended(case, State.EXCLUDED, setting), detail
    before = cast(State, case.state_before_appeal)
    after = replace(case, state=before, clock=_clock_before_appeal(case, setting))
    return after, detail | _due(after)


def _clock_before_appeal(case: Case, setting: Setting) -> Clock:
    """Let the clock go on that stood still during the appeal; a missed deadline stays missed."""
    kept = _newest(case, Step.APPEAL).detail
    if kept["late"]:
        since, due_on = (date.fromisoformat(kept[name]) for name in ("since", "due_on"))
        return Clock.until(since, due_on)
    return setting.clock(max(1, kept["left"]))


def _called_back(case: Case, setting: Setting) -> Case:
    return replace(case, state=State.CALLED_BACK, clock=setting.clock(setting.days.verify))


def _again(case: Case, setting: Setting) -> Case:
    """Put a case back to the unit for another round."""
    days = setting.remedy_days(cast(Remedy, case.remedy))
    return replace(
        case,
        state=State.RECTIFYING,
        clock=setting.clock(days),
        extended=False,
        reopened=case.reopened + 1,
        closed_on=None,
    )


def _ended(case: Case, state: State, setting: Setting) -> Case:
    return replace(case, state=state, clock=None, closed_on=setting.today)


def _due(case: Case) -> dict[str, Any]:
    return {"due_on": _running(case).due_on.isoformat()}


def _running(case: Case) -> Clock:
    """Return the clock of a case that has not ended."""
    return cast(Clock, case.clock)


def _newest(case: Case, step: Step) -> Past:
    """Return the newest of a step that the present state proves to have been taken."""
    return cast(Past, case.last(step))


_STEPS: Mapping[Step, Callable[[Case, Any, Setting], _After]] = {
    Step.FORWARD: _forward,
    Step.VERIFY: _verify,
    Step.ASSIGN: _assign,
    Step.EXTEND: _extend,
    Step.ANSWER: _answer,
    Step.CALL: _call,
    Step.UNREACHABLE: _unreachable,
    Step.APPROVE: _approve,
    Step.SEND_BACK: _send_back,
    Step.CLOSE: _close,
    Step.APPEAL: _appeal,
    Step.PROPOSE_RULING: _propose,
    Step.CONFIRM_RULING: _confirm,
}

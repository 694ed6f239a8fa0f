"""Who may take which step of a case, in which state, and when.

Every refusal is one sentence that says what to do. The same rules decide which forms a page shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from surveyapp.domain.case import (
    STATE_NAMES,
    CallResult,
    Case,
    Clock,
    Person,
    Remedy,
    State,
    Step,
)
from surveyapp.domain.errors import Conflict, NotAllowed, Refusal
from surveyapp.domain.messages import Message, message
from surveyapp.domain.review import CaseDays
from surveyapp.domain.workdays import Calendar

ATTEMPTS = 3
"""Days on which a citizen must have been called in vain before they count as unreachable."""


class Party(StrEnum):
    """Whose step it is."""

    UNIT = "unit"
    OFFICE = "office"
    REVIEWER = "reviewer"


@dataclass(frozen=True, slots=True)
class Rule:
    """Whose step it is, and in which states."""

    party: Party
    states: frozenset[State]


RULES: Mapping[Step, Rule] = {
    Step.FORWARD: Rule(Party.OFFICE, frozenset({State.TO_VERIFY, State.ASSESSING})),
    Step.VERIFY: Rule(Party.UNIT, frozenset({State.TO_VERIFY})),
    Step.ASSIGN: Rule(Party.OFFICE, frozenset({State.ASSESSING})),
    Step.EXTEND: Rule(Party.OFFICE, frozenset({State.RECTIFYING})),
    Step.ANSWER: Rule(Party.UNIT, frozenset({State.RECTIFYING})),
    Step.CALL: Rule(Party.OFFICE, frozenset({State.ANSWERED})),
    Step.UNREACHABLE: Rule(Party.OFFICE, frozenset({State.ANSWERED})),
    Step.APPROVE: Rule(Party.REVIEWER, frozenset({State.ANSWERED})),
    Step.SEND_BACK: Rule(Party.REVIEWER, frozenset({State.ANSWERED, State.CALLED_BACK})),
    Step.CLOSE: Rule(Party.REVIEWER, frozenset({State.ANSWERED, State.CALLED_BACK})),
    Step.APPEAL: Rule(Party.UNIT, frozenset({State.TO_VERIFY, State.ASSESSING, State.RECTIFYING})),
    Step.PROPOSE_RULING: Rule(Party.OFFICE, frozenset({State.APPEALED})),
    Step.CONFIRM_RULING: Rule(Party.REVIEWER, frozenset({State.RULING})),
}


@dataclass(frozen=True, slots=True)
class Setting:
    """What a step needs to know of the world.

    Attributes
    ----------
    days : CaseDays
        Of the revision the review belongs to.
    today : date
        In the office's time zone.
    """

    calendar: Calendar
    days: CaseDays
    today: date

    def clock(self, days: int) -> Clock:
        """Let a clock run from today."""
        return Clock.start(self.calendar, self.today, days)

    def remedy_days(self, remedy: Remedy) -> int:
        """Return the working days a remedy has."""
        return self.days.complex if remedy is Remedy.BY_DEADLINE else self.days.simple


def allowed(case: Case, person: Person, setting: Setting) -> tuple[Step, ...]:
    """Return the steps somebody may take now."""
    return tuple(step for step in RULES if _refusal(case, step, person, setting) is None)


def require_allowed(case: Case, step: Step, person: Person, setting: Setting) -> None:
    """Refuse a step that is not possible for this person now.

    Raises
    ------
    NotAllowed, Conflict
    """
    refusal = _refusal(case, step, person, setting)
    if refusal is not None:
        raise refusal


def attempts(case: Case) -> int:
    """Return on how many different days the citizen was called in vain since the answer."""
    calls = case.since_answer(Step.CALL)
    return len({one.day for one in calls if one.detail["result"] != CallResult.CONNECTED})


def _refusal(case: Case, step: Step, person: Person, setting: Setting) -> Refusal | None:
    rule = RULES[step]
    reason = _PARTIES[rule.party](person)
    if reason is not None:
        return NotAllowed(reason)
    if case.state not in rule.states:
        return Conflict(
            message(
                "The case is in the state “%(state)s” now: this step is not possible.",
                state=STATE_NAMES[case.state],
            )
        )
    return _SPECIAL.get(step, _nothing)(case, person, setting)


def _unit(person: Person) -> Message | None:
    return None if person.handles else message("This step is for the unit that handles the case.")


def _office(person: Person) -> Message | None:
    if person.supervises and not person.is_inside:
        return None
    return message(
        "This step is for the supervising office, and for nobody who belongs to the unit."
    )


def _reviewer(person: Person) -> Message | None:
    if person.closes and not person.is_inside:
        return None
    return message("This step is for a reviewer who does not belong to the unit.")


_PARTIES: Mapping[Party, Callable[[Person], Message | None]] = {
    Party.UNIT: _unit,
    Party.OFFICE: _office,
    Party.REVIEWER: _reviewer,
}


def _nothing(_case: Case, _person: Person, _setting: Setting) -> Refusal | None:
    return None


def _may_extend(case: Case, _person: Person, setting: Setting) -> Refusal | None:
    if case.remedy is not Remedy.BY_DEADLINE:
        return Conflict(message("Only a case with a deadline (限期整改) can be extended."))
    if case.extended:
        return Conflict(message("The deadline was extended before: once is all."))
    if case.is_overdue(setting.today):
        return Conflict(message("The deadline has passed: it can no longer be extended."))
    return None


def _may_call(case: Case, person: Person, _setting: Setting) -> Refusal | None:
    if not case.is_reachable:
        return Conflict(message("The citizen left neither name nor number: nobody can be called."))
    return _second_person(case, person)


def _may_give_up(case: Case, person: Person, setting: Setting) -> Refusal | None:
    if attempts(case) < ATTEMPTS:
        return Conflict(
            message(
                "Call the citizen on %(n)s different days before you record that nobody was"
                " reached.",
                n=ATTEMPTS,
            )
        )
    return _may_call(case, person, setting)


def _may_approve(case: Case, person: Person, _setting: Setting) -> Refusal | None:
    if case.is_reachable:
        return Conflict(message("The citizen can be reached: call them back instead."))
    if next(case.since_answer(Step.APPROVE), None) is not None:
        return Conflict(message("The answer was approved before."))
    return _second_person(case, person)


def _may_close(case: Case, person: Person, setting: Setting) -> Refusal | None:
    if case.state is State.ANSWERED and case.is_reachable:
        return Conflict(message("Call the citizen back before the case is closed."))
    if case.state is State.ANSWERED and not case.is_overdue(setting.today):
        return Conflict(
            message(
                "An anonymous case closes when its answer has stood on the receipt page for"
                " %(n)s working days.",
                n=setting.days.anonymous,
            )
        )
    return _second_person(case, person)


def _second_person(case: Case, person: Person) -> Refusal | None:
    if person.is_one_of(one for one in case.past if one.step is Step.ANSWER):
        return NotAllowed(
            message("Whoever answered a case cannot judge the answer: ask a second person.")
        )
    return None


def _answered_by_other(case: Case, person: Person, _setting: Setting) -> Refusal | None:
    return _second_person(case, person)


def _may_appeal(case: Case, _person: Person, _setting: Setting) -> Refusal | None:
    if case.state_before_appeal is not None:
        return Conflict(message("An appeal was ruled on before: once is all."))
    return None


def _may_rule(case: Case, person: Person, _setting: Setting) -> Refusal | None:
    return _rules_on_own(case, person, Step.APPEAL)


def _may_confirm(case: Case, person: Person, _setting: Setting) -> Refusal | None:
    return _rules_on_own(case, person, Step.APPEAL, Step.PROPOSE_RULING)


def _rules_on_own(case: Case, person: Person, *steps: Step) -> Refusal | None:
    if any(person.is_one_of([past]) for step in steps if (past := case.last(step))):
        return NotAllowed(
            message("A ruling needs people who neither appealed nor proposed it: ask another one.")
        )
    return None


_SPECIAL: Mapping[Step, Callable[[Case, Person, Setting], Refusal | None]] = {
    Step.EXTEND: _may_extend,
    Step.CALL: _may_call,
    Step.UNREACHABLE: _may_give_up,
    Step.APPROVE: _may_approve,
    Step.SEND_BACK: _answered_by_other,
    Step.CLOSE: _may_close,
    Step.APPEAL: _may_appeal,
    Step.PROPOSE_RULING: _may_rule,
    Step.CONFIRM_RULING: _may_confirm,
}

"""A matter being put right (整改事项): who, by when, to what end, up to 销号.

::

    rectifying 整改中 ─ answer → answered 已反馈 ─ close → closed 销号
    answered ─ send_back → rectifying, with a new deadline
    rectifying ─ forward (another responsible unit), extend (once a round)
    rectifying, answered ─ cancel → cancelled 撤销

A matter comes from a feedback sheet, a case or an indicator. Its head is what its events say so
far, and nobody edits an event. Who answered never signs off: 销号 needs a second person, who does
not belong to the unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from surveyapp.domain.case import Clock, Person, is_same_person
from surveyapp.domain.case_rules import Party
from surveyapp.domain.errors import BadInput, Conflict, NotAllowed, Refusal
from surveyapp.domain.messages import message
from surveyapp.domain.rectification_fields import (
    AnswerItem,
    CancelItem,
    ExtendItem,
    ForwardItem,
    ItemFields,
    ItemStep,
    SendBackItem,
    require_deadline,
)
from surveyapp.domain.roles import Actor
from surveyapp.domain.text import Text

RED_DAYS = 5
"""Working days after expiry until the red slip, as the rules of cases have it by default."""


class ItemState(StrEnum):
    """How far a matter has come."""

    RECTIFYING = "rectifying"
    ANSWERED = "answered"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class ItemSource(StrEnum):
    """What a matter came from."""

    SHEET = "sheet"
    CASE = "case"
    INDICATOR = "indicator"
    COMMON = "common"


STATE_NAMES: Mapping[ItemState, Text] = {
    ItemState.RECTIFYING: Text("整改中", "Being put right"),
    ItemState.ANSWERED: Text("已反馈，待核验", "Answered, to be checked"),
    ItemState.CLOSED: Text("已销号", "Settled"),
    ItemState.CANCELLED: Text("已撤销", "Cancelled"),
}

STEP_NAMES: Mapping[ItemStep, Text] = {
    ItemStep.OPEN: Text("立项", "Opened"),
    ItemStep.FORWARD: Text("转办", "Forward"),
    ItemStep.EXTEND: Text("延期", "Extend"),
    ItemStep.ANSWER: Text("整改反馈", "Answer"),
    ItemStep.SEND_BACK: Text("退回", "Send back"),
    ItemStep.CLOSE: Text("销号", "Settle"),
    ItemStep.CANCEL: Text("撤销", "Cancel"),
}

SOURCE_NAMES: Mapping[ItemSource, Text] = {
    ItemSource.SHEET: Text("考核反馈", "Feedback sheet"),
    ItemSource.CASE: Text("差评整改单", "Case of a bad review"),
    ItemSource.INDICATOR: Text("指标预警", "Indicator"),
    ItemSource.COMMON: Text("共性问题", "Common problem"),
}

ENDED = frozenset({ItemState.CLOSED, ItemState.CANCELLED})


@dataclass(frozen=True, slots=True)
class ItemEvent:
    """A step that was taken."""

    step: ItemStep
    actor: Actor
    day: date
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Item:
    """The head of a matter.

    Attributes
    ----------
    unit_code : str
        Whose problem it is.
    responsible_unit : str
        Who puts it right (责任主体); mostly the same unit.
    round : int
        From 1 on; each answer that is sent back begins another one with slips of its own.
    extended : bool
        Whether the deadline of this round was moved before.
    in_time : bool or None
        False once any round was answered late; None before the first answer.
    """

    state: ItemState
    unit_code: str
    responsible_unit: str
    responsible_person: str
    goal: str
    clock: Clock
    past: tuple[ItemEvent, ...] = ()
    round: int = 1
    extended: bool = False
    answered_on: date | None = None
    in_time: bool | None = None
    closed_on: date | None = None

    @property
    def units(self) -> frozenset[str]:
        """The unit whose problem it is and the one responsible."""
        return frozenset({self.unit_code, self.responsible_unit})

    def is_overdue(self, today: date) -> bool:
        """Whether the unit's time has run out."""
        return self.state is ItemState.RECTIFYING and today > self.clock.due_on

    def last(self, step: ItemStep) -> ItemEvent | None:
        """Return the newest of a kind of step."""
        return next((one for one in reversed(self.past) if one.step is step), None)


@dataclass(frozen=True, slots=True)
class ItemRule:
    """Whose step it is, and in which states."""

    party: Party
    states: frozenset[ItemState]


_OPEN = frozenset({ItemState.RECTIFYING})
_WITH_ANSWER = frozenset({ItemState.ANSWERED})

RULES: Mapping[ItemStep, ItemRule] = {
    ItemStep.ANSWER: ItemRule(Party.UNIT, _OPEN),
    ItemStep.CLOSE: ItemRule(Party.REVIEWER, _WITH_ANSWER),
    ItemStep.SEND_BACK: ItemRule(Party.REVIEWER, _WITH_ANSWER),
    ItemStep.FORWARD: ItemRule(Party.OFFICE, _OPEN),
    ItemStep.EXTEND: ItemRule(Party.OFFICE, _OPEN),
    ItemStep.CANCEL: ItemRule(Party.REVIEWER, _OPEN | _WITH_ANSWER),
}
"""The steps people take, in the order in which a page offers them."""


def allowed(item: Item, person: Person, today: date) -> tuple[ItemStep, ...]:
    """Return the steps somebody may take now."""
    return tuple(step for step in RULES if _refusal(item, step, person, today) is None)


def take(
    item: Item, fields: ItemFields, person: Person, today: date
) -> tuple[Item, dict[str, Any]]:
    """Take a step.

    Returns
    -------
    tuple of Item and dict
        The matter afterwards, and what the event keeps.

    Raises
    ------
    NotAllowed, Conflict, BadInput
        Not this person's step; not in this state; a field is missing or cannot be.
    """
    refusal = _refusal(item, fields.step, person, today)
    if refusal is not None:
        raise refusal
    detail = fields.detail()
    event = ItemEvent(fields.step, person.actor, today, detail)
    return replace(_after(item, fields, today), past=(*item.past, event)), detail


def _after(item: Item, fields: ItemFields, today: date) -> Item:
    match fields:
        case ForwardItem():
            detail = fields.detail()
            return replace(
                item, responsible_unit=detail["unit"], responsible_person=detail["person"]
            )
        case ExtendItem():
            if fields.due_on is None or fields.due_on <= item.clock.due_on:
                raise BadInput(message("The new deadline lies after the present one."))
            due_on = require_deadline(fields.due_on, today)
            return replace(item, clock=Clock.until(item.clock.since, due_on), extended=True)
        case AnswerItem():
            if fields.done_on > today:
                raise BadInput(message("The day on which it was done lies in the future."))
            in_time = item.in_time is not False and not item.is_overdue(today)
            return replace(item, state=ItemState.ANSWERED, answered_on=today, in_time=in_time)
        case SendBackItem():
            return replace(
                item,
                state=ItemState.RECTIFYING,
                clock=Clock.until(today, require_deadline(fields.due_on, today)),
                round=item.round + 1,
                extended=False,
            )
        case CancelItem():
            return replace(item, state=ItemState.CANCELLED, closed_on=today)
    return replace(item, state=ItemState.CLOSED, closed_on=today)


def _refusal(item: Item, step: ItemStep, person: Person, today: date) -> Refusal | None:
    rule = RULES[step]
    who = _party_refusal(rule.party, person)
    if who is not None:
        return who
    if item.state not in rule.states:
        return Conflict(
            message(
                "The matter is in the state “%(state)s” now: this step is not possible.",
                state=STATE_NAMES[item.state],
            )
        )
    if step is ItemStep.EXTEND:
        return _extend_refusal(item, today)
    if step in (ItemStep.CLOSE, ItemStep.SEND_BACK) and _took(item, ItemStep.ANSWER, person):
        return NotAllowed(message("Whoever answered cannot judge the answer: ask a second person."))
    if step is ItemStep.CANCEL and _took(item, ItemStep.OPEN, person):
        return NotAllowed(message("Whoever opened a matter cannot cancel it: ask a second person."))
    return None


def _party_refusal(party: Party, person: Person) -> Refusal | None:
    if party is Party.UNIT:
        if person.handles:
            return None
        return NotAllowed(message("This step is for the unit that puts the matter right."))
    if party is Party.OFFICE:
        if person.supervises and not person.is_inside:
            return None
        return NotAllowed(
            message(
                "This step is for the supervising office, and for nobody who belongs to the unit."
            )
        )
    if person.closes and not person.is_inside:
        return None
    return NotAllowed(message("This step is for a reviewer who does not belong to the unit."))


def _extend_refusal(item: Item, today: date) -> Refusal | None:
    if item.extended:
        return Conflict(message("The deadline was extended before: once is all."))
    if item.is_overdue(today):
        return Conflict(message("The deadline has passed: it can no longer be extended."))
    return None


def _took(item: Item, step: ItemStep, person: Person) -> bool:
    return any(is_same_person(person.actor, one.actor) for one in item.past if one.step is step)

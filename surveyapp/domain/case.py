"""A bad review being put right (整改单): its states, its steps, and who may take which.

::

    to_verify 待核实 ─ verify → assessing 预审 ─ assign → rectifying 整改中
    rectifying ─ answer → answered 已反馈
    answered ─ call, citizen_word, unreachable → called_back 回访 ─ close → closed 办结(销号)
    answered, called_back ─ send_back, unsatisfied word → rectifying
    answered, called_back, closed ─ reopen (a bad follow-up) → rectifying
    to_verify, assessing, rectifying ─ appeal → appealed 申诉 ─ propose_ruling → ruling 复核
    ruling ─ confirm_ruling → the state before, or excluded 剔除

The head of a case is what its events say so far. Steps are taken in `surveyapp.domain.case_steps`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from surveyapp.domain.roles import Actor
from surveyapp.domain.text import Text
from surveyapp.domain.workdays import Calendar


class State(StrEnum):
    """How far a case has come."""

    TO_VERIFY = "to_verify"
    ASSESSING = "assessing"
    RECTIFYING = "rectifying"
    ANSWERED = "answered"
    CALLED_BACK = "called_back"
    APPEALED = "appealed"
    RULING = "ruling"
    CLOSED = "closed"
    EXCLUDED = "excluded"


class Step(StrEnum):
    """What happens to a case; each one is an event that nobody edits."""

    OPEN = "open"
    FORWARD = "forward"
    VERIFY = "verify"
    ASSIGN = "assign"
    EXTEND = "extend"
    ANSWER = "answer"
    CALL = "call"
    CITIZEN_WORD = "citizen_word"
    UNREACHABLE = "unreachable"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    CLOSE = "close"
    APPEAL = "appeal"
    PROPOSE_RULING = "propose_ruling"
    CONFIRM_RULING = "confirm_ruling"
    REOPEN = "reopen"
    FOLLOW_UP = "follow_up"
    CALENDAR = "calendar"


class Finding(StrEnum):
    """Whether what the citizen wrote is true (是否属实)."""

    TRUE = "true"
    PARTLY = "partly"
    UNTRUE = "untrue"


class Remedy(StrEnum):
    """How a case is put right (处理方式)."""

    AT_ONCE = "at_once"
    BY_DEADLINE = "by_deadline"
    EXPLANATION = "explanation"


class CallResult(StrEnum):
    """How an attempt to call back ended."""

    CONNECTED = "connected"
    NO_ANSWER = "no_answer"
    REFUSED = "refused"
    WRONG_NUMBER = "wrong_number"


class CallBack(StrEnum):
    """What the citizen said of the fix, or that nobody could ask (无法回访)."""

    SATISFIED = "satisfied"
    UNSATISFIED = "unsatisfied"
    UNREACHABLE = "unreachable"


class Ruling(StrEnum):
    """What an appeal ends with."""

    VALID = "valid"
    EXCLUDED = "excluded"


class Ground(StrEnum):
    """Why a review is excluded."""

    MISTAKEN = "mistaken"
    MALICIOUS = "malicious"
    NONE = "none"


STATE_NAMES: Mapping[State, Text] = {
    State.TO_VERIFY: Text("待核实", "To verify"),
    State.ASSESSING: Text("预审", "Assessing"),
    State.RECTIFYING: Text("整改中", "Being put right"),
    State.ANSWERED: Text("已反馈", "Answered"),
    State.CALLED_BACK: Text("回访", "Called back"),
    State.APPEALED: Text("申诉", "Appealed"),
    State.RULING: Text("复核", "Ruling"),
    State.CLOSED: Text("办结(销号)", "Closed"),
    State.EXCLUDED: Text("剔除", "Excluded"),
}

STEP_NAMES: Mapping[Step, Text] = {
    Step.OPEN: Text("立案", "Opened"),
    Step.FORWARD: Text("转办", "Forward"),
    Step.VERIFY: Text("核实", "Verify"),
    Step.ASSIGN: Text("交办整改", "Assign"),
    Step.EXTEND: Text("延期", "Extend"),
    Step.ANSWER: Text("整改反馈", "Answer"),
    Step.CALL: Text("电话回访", "Call back"),
    Step.CITIZEN_WORD: Text("群众评价整改", "The citizen's word"),
    Step.UNREACHABLE: Text("无法回访", "Cannot be reached"),
    Step.APPROVE: Text("核验通过", "Approve the answer"),
    Step.SEND_BACK: Text("退回", "Send back"),
    Step.CLOSE: Text("办结(销号)", "Close"),
    Step.APPEAL: Text("申诉", "Appeal"),
    Step.PROPOSE_RULING: Text("提出复核意见", "Propose a ruling"),
    Step.CONFIRM_RULING: Text("确认复核意见", "Confirm the ruling"),
    Step.REOPEN: Text("重新整改", "Reopened"),
    Step.FOLLOW_UP: Text("追加评价", "Follow-up review"),
    Step.CALENDAR: Text("按新公布的节假日重算期限", "Deadline recomputed"),
}

FINDING_NAMES: Mapping[Finding, Text] = {
    Finding.TRUE: Text("属实", "True"),
    Finding.PARTLY: Text("部分属实", "Partly true"),
    Finding.UNTRUE: Text("不属实", "Untrue"),
}

REMEDY_NAMES: Mapping[Remedy, Text] = {
    Remedy.AT_ONCE: Text("立行立改", "Put right at once"),
    Remedy.BY_DEADLINE: Text("限期整改", "Put right by a deadline"),
    Remedy.EXPLANATION: Text("解释说明", "Explain"),
}

CALL_NAMES: Mapping[CallResult, Text] = {
    CallResult.CONNECTED: Text("接通", "Connected"),
    CallResult.NO_ANSWER: Text("未接通", "No answer"),
    CallResult.REFUSED: Text("拒访", "Refused"),
    CallResult.WRONG_NUMBER: Text("空号", "Wrong number"),
}

CALL_BACK_NAMES: Mapping[CallBack, Text] = {
    CallBack.SATISFIED: Text("满意", "Satisfied"),
    CallBack.UNSATISFIED: Text("不满意", "Not satisfied"),
    CallBack.UNREACHABLE: Text("无法回访", "Could not be reached"),
}

RULING_NAMES: Mapping[Ruling, Text] = {
    Ruling.VALID: Text("有效", "Valid"),
    Ruling.EXCLUDED: Text("剔除", "Excluded"),
}

GROUND_NAMES: Mapping[Ground, Text] = {
    Ground.MISTAKEN: Text("误评", "Given by mistake"),
    Ground.MALICIOUS: Text("恶意", "Malicious"),
    Ground.NONE: Text("无", "None"),
}

UNITS_TURN = frozenset({State.TO_VERIFY, State.RECTIFYING})
"""States whose clock is the unit's: missing it brings slips."""

ENDED = frozenset({State.CLOSED, State.EXCLUDED})


@dataclass(frozen=True, slots=True)
class Clock:
    """A deadline.

    Attributes
    ----------
    since : date
        It runs from the working day after this one.
    days : int or None
        In working days; None where an office named the day.
    due_on : date
        It ends at 24:00 of this day.
    is_provisional : bool
        It reaches into a year whose holidays are not known yet.
    """

    since: date
    days: int | None
    due_on: date
    is_provisional: bool = False

    @classmethod
    def start(cls, calendar: Calendar, since: date, days: int) -> Clock:
        """Let a clock of some working days run from a day."""
        due = calendar.after(since, days)
        return cls(since, days, due.day, due.is_provisional)

    @classmethod
    def until(cls, since: date, due_on: date) -> Clock:
        """Let a clock run to a day that an office named."""
        return cls(since, None, due_on)

    def again(self, calendar: Calendar) -> Clock:
        """Return the clock as a newer calendar counts it."""
        return self if self.days is None else Clock.start(calendar, self.since, self.days)


@dataclass(frozen=True, slots=True)
class Past:
    """A step that was taken."""

    step: Step
    actor: Actor
    day: date
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """The head of a case: what its events say so far.

    Attributes
    ----------
    is_reachable : bool
        Whether the citizen can be called back: they gave their name or a number.
    rectified_in_time : bool or None
        False once any round was answered late; None before the first answer.
    """

    state: State
    unit_code: str | None
    is_reachable: bool
    past: tuple[Past, ...]
    clock: Clock | None = None
    state_before_appeal: State | None = None
    responsible_unit: str | None = None
    responsible_person: str | None = None
    goal: str | None = None
    remedy: Remedy | None = None
    extended: bool = False
    answer: str | None = None
    answered_on: date | None = None
    call_back: CallBack | None = None
    reopened: int = 0
    closed_on: date | None = None
    rectified_in_time: bool | None = None

    @property
    def round(self) -> int:
        """Number of the clock that brings slips: 0 while it is verified, then 1 and up."""
        return 0 if self.responsible_unit is None else 1 + self.reopened

    @property
    def units(self) -> frozenset[str]:
        """The unit reviewed and the unit responsible."""
        return frozenset(code for code in (self.unit_code, self.responsible_unit) if code)

    def last(self, *steps: Step) -> Past | None:
        """Return the newest of some steps."""
        return next((past for past in reversed(self.past) if past.step in steps), None)

    def since_answer(self, *steps: Step) -> Iterator[Past]:
        """Yield the steps of some kinds that were taken after the newest answer, newest first."""
        for past in reversed(self.past):
            if past.step is Step.ANSWER:
                return
            if past.step in steps:
                yield past

    def is_overdue(self, today: date) -> bool:
        """Whether its clock has run out."""
        return self.clock is not None and today > self.clock.due_on


def is_same_person(one: Actor, other: Actor) -> bool:
    """Whether two actors are one person: by account, else by name."""
    if one.staff_id is not None and other.staff_id is not None:
        return one.staff_id == other.staff_id
    return one.name == other.name


@dataclass(frozen=True, slots=True)
class Person:
    """Who takes a step, as far as it matters for one case.

    Attributes
    ----------
    handles : bool
        For the unit reviewed or responsible (承办单位).
    supervises, closes : bool
        For the supervising office; as its reviewer (审核人).
    is_inside : bool
        Belongs to the unit reviewed or responsible, or to what lies below it.
    """

    actor: Actor
    handles: bool = False
    supervises: bool = False
    closes: bool = False
    is_inside: bool = False

    def is_one_of(self, past: Iterable[Past]) -> bool:
        """Whether they took one of these steps."""
        return any(is_same_person(self.actor, one.actor) for one in past)


class CitizenStatus(StrEnum):
    """What the receipt page says."""

    RECEIVED = "received"
    VERIFYING = "verifying"
    RECTIFYING = "rectifying"
    ANSWERED = "answered"
    CLOSED = "closed"


CITIZEN_NAMES: Mapping[CitizenStatus, Text] = {
    CitizenStatus.RECEIVED: Text("已收到", "Received"),
    CitizenStatus.VERIFYING: Text("核实中", "Being verified"),
    CitizenStatus.RECTIFYING: Text("整改中", "Being put right"),
    CitizenStatus.ANSWERED: Text("已反馈", "Answered"),
    CitizenStatus.CLOSED: Text("已办结", "Closed"),
}

CITIZEN_SEES: Mapping[State, CitizenStatus] = {
    State.TO_VERIFY: CitizenStatus.RECEIVED,
    State.ASSESSING: CitizenStatus.VERIFYING,
    State.APPEALED: CitizenStatus.VERIFYING,
    State.RULING: CitizenStatus.VERIFYING,
    State.RECTIFYING: CitizenStatus.RECTIFYING,
    State.ANSWERED: CitizenStatus.ANSWERED,
    State.CALLED_BACK: CitizenStatus.ANSWERED,
    State.CLOSED: CitizenStatus.CLOSED,
    State.EXCLUDED: CitizenStatus.CLOSED,
}

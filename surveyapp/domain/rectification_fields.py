"""What opening a matter and each of its steps need to be told, checked before it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from surveyapp.domain.case_fields import (
    Evidence,
    StepFields,
    checked_files,
    chosen_code,
    clean_goal,
    clean_text,
    responsible_person,
)
from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message

TITLE_LENGTH = 120
LONGEST = timedelta(days=731)
"""The furthest a deadline may lie ahead."""


class ItemStep(StrEnum):
    """What happens to a matter; each one is an event that nobody edits."""

    OPEN = "open"
    FORWARD = "forward"
    EXTEND = "extend"
    ANSWER = "answer"
    SEND_BACK = "send_back"
    CLOSE = "close"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class NewItem:
    """A matter as it is opened: the problem, and 责任主体、整改期限、整改目标.

    Attributes
    ----------
    unit_code : str
        Whose problem it is.
    responsible_unit : str
        Who puts it right; empty for the unit itself.
    """

    title: str
    problem: str
    unit_code: str
    responsible_unit: str
    responsible_person: str
    goal: str
    due_on: date | None

    def checked(self, today: date) -> NewItem:
        """Return it in its normal form.

        Raises
        ------
        BadInput
            Something is missing, too long, or a day that cannot be.
        """
        unit = chosen_code(self.unit_code, message("Choose the unit whose problem it is."))
        return NewItem(
            title=clean_text(
                self.title, message("Name the problem in one line."), most=TITLE_LENGTH
            ),
            problem=clean_text(self.problem, message("Write down the problem.")),
            unit_code=unit,
            responsible_unit=self.responsible_unit.strip() or unit,
            responsible_person=responsible_person(self.responsible_person),
            goal=clean_goal(self.goal),
            due_on=require_deadline(self.due_on, today),
        )


@dataclass(frozen=True, slots=True)
class ItemFields(StepFields):
    """What all steps of a matter have beside: a name."""

    step: ClassVar[ItemStep]


@dataclass(frozen=True, slots=True)
class ForwardItem(ItemFields):
    """Another unit or person is responsible (转办)."""

    step = ItemStep.FORWARD
    unit_code: str
    person: str
    reason: str

    def detail(self) -> dict[str, Any]:
        """Return what the event keeps."""
        return {
            "unit": chosen_code(self.unit_code, message("Choose the responsible unit.")),
            "person": responsible_person(self.person),
            "reason": clean_text(self.reason, message("Say why another unit is responsible.")),
        }


@dataclass(frozen=True, slots=True)
class ExtendItem(ItemFields):
    """The deadline moves, once a round (延期)."""

    step = ItemStep.EXTEND
    due_on: date | None
    reason: str

    def detail(self) -> dict[str, Any]:
        """Return what the event keeps."""
        return {
            "due_on": self.due_on.isoformat() if self.due_on else None,
            "reason": clean_text(self.reason, message("Say why more time is needed.")),
        }


@dataclass(frozen=True, slots=True)
class AnswerItem(ItemFields):
    """What was done, with evidence (整改反馈)."""

    step = ItemStep.ANSWER
    measures: str
    done_on: date
    evidence: tuple[Evidence, ...] = ()

    @property
    def files(self) -> tuple[Evidence, ...]:
        """Evidence handed in."""
        return checked_files(self.evidence)

    def detail(self) -> dict[str, Any]:
        """Return what the event keeps."""
        return {
            "measures": clean_text(self.measures, message("Write down what was done.")),
            "done_on": self.done_on.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class SendBackItem(ItemFields):
    """Why the answer does not do, and until when it has to (退回)."""

    step = ItemStep.SEND_BACK
    reason: str
    due_on: date | None

    def detail(self) -> dict[str, Any]:
        """Return what the event keeps."""
        return {
            "reason": clean_text(self.reason, message("Say what has to be put right.")),
            "due_on": self.due_on.isoformat() if self.due_on else None,
        }


@dataclass(frozen=True, slots=True)
class CloseItem(ItemFields):
    """That a second person found the matter put right (销号)."""

    step = ItemStep.CLOSE
    note: str

    def detail(self) -> dict[str, Any]:
        """Return what the event keeps."""
        return {"note": clean_text(self.note, message("Write down what was checked."))}


@dataclass(frozen=True, slots=True)
class CancelItem(ItemFields):
    """Why the matter was none (撤销)."""

    step = ItemStep.CANCEL
    reason: str

    def detail(self) -> dict[str, Any]:
        """Return what the event keeps."""
        return {"reason": clean_text(self.reason, message("Say why the matter is cancelled."))}


def require_deadline(due_on: date | None, today: date) -> date:
    """Return a deadline that can be met.

    Raises
    ------
    BadInput
        None, not after today, or more than two years ahead.
    """
    if due_on is None:
        raise BadInput(message("Enter the deadline."))
    if not today < due_on <= today + LONGEST:
        raise BadInput(message("The deadline lies after today and within two years."))
    return due_on

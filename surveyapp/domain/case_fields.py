"""What each step of a case needs to be told, checked before anything is stored."""

from __future__ import annotations

import hashlib
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from surveyapp.domain.case import CallResult, Finding, Ground, Remedy, Ruling, Step
from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import Message, message

TEXT_LENGTH = 2000
GOAL_LENGTH = 1000
PERSON_LENGTH = 128
FILE_NAME_LENGTH = 200
MAXIMUM_FILES = 5
MAXIMUM_FILE_BYTES = 10 * 1024 * 1024

_PDF = "application/pdf"
_OFFICE = "application/vnd.openxmlformats-officedocument."
_FILE_TYPES: Mapping[str, tuple[bytes, str]] = {
    ".pdf": (b"%PDF-", _PDF),
    ".jpg": (b"\xff\xd8\xff", "image/jpeg"),
    ".jpeg": (b"\xff\xd8\xff", "image/jpeg"),
    ".png": (b"\x89PNG\r\n\x1a\n", "image/png"),
    ".docx": (b"PK\x03\x04", _OFFICE + "wordprocessingml.document"),
    ".xlsx": (b"PK\x03\x04", _OFFICE + "spreadsheetml.sheet"),
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file handed in with a step (佐证); its type is read from the file, never believed."""

    file_name: str
    content: bytes

    @property
    def media_type(self) -> str:
        """The type its name and its first bytes agree on.

        Raises
        ------
        BadInput
            They do not agree, or the file is empty or too large.
        """
        name = self.file_name.lower()
        for ending, (start, media_type) in _FILE_TYPES.items():
            if name.endswith(ending) and self.content.startswith(start):
                if len(self.content) > MAXIMUM_FILE_BYTES:
                    break
                return media_type
        raise BadInput(
            message(
                "“%(name)s” cannot be kept: evidence is PDF, JPG, PNG, DOCX or XLSX"
                " of at most 10 MB.",
                name=self.file_name[:FILE_NAME_LENGTH],
            )
        )

    @property
    def sha256(self) -> str:
        """Hash of the content."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class StepFields(ABC):
    """What all steps have, those of cases and of matters being put right: what is kept of them."""

    @property
    def files(self) -> tuple[Evidence, ...]:
        """Evidence handed in."""
        return ()

    @abstractmethod
    def detail(self) -> dict[str, Any]:
        """Return what the event keeps.

        Raises
        ------
        BadInput
            Something is missing or cannot be.
        """


@dataclass(frozen=True, slots=True)
class Fields(StepFields):
    """What all steps of a case have beside: a name."""

    step: ClassVar[Step]


@dataclass(frozen=True, slots=True)
class Forward(Fields):
    """The unit a case belongs to, where it is another or none (转办)."""

    step = Step.FORWARD
    unit_code: str
    reason: str

    def detail(self) -> dict[str, Any]:
        """Return what the event keeps."""
        return {
            "unit": chosen_code(self.unit_code, message("Choose the unit the case goes to.")),
            "reason": clean_text(self.reason, message("Say why the case goes to another unit.")),
        }


@dataclass(frozen=True, slots=True)
class Verify(Fields):
    """What the unit found (核实情况)."""

    step = Step.VERIFY
    finding: Finding
    reasonable: bool
    text: str

    def detail(self) -> dict[str, Any]:
        """Return what the event keeps."""
        return {
            "finding": str(self.finding),
            "reasonable": self.reasonable,
            "text": clean_text(self.text, message("Write down what was found.")),
        }


@dataclass(frozen=True, slots=True)
class Assign(Fields):
    """Who puts it right, how, by when and to what end (责任主体、期限、目标).

    Attributes
    ----------
    due_on : date or None
        None for the number of days that the survey's rules give.
    """

    step = Step.ASSIGN
    remedy: Remedy
    unit_code: str
    person: str
    goal: str
    due_on: date | None = None

    def detail(self) -> dict[str, Any]:
        """Return what the event keeps."""
        return {
            "remedy": str(self.remedy),
            "unit": chosen_code(self.unit_code, message("Choose the responsible unit.")),
            "person": responsible_person(self.person),
            "goal": clean_goal(self.goal),
        }


@dataclass(frozen=True, slots=True)
class Extend(Fields):
    """Why the deadline moves, once (延期)."""

    step = Step.EXTEND
    reason: str

    def detail(self) -> dict[str, Any]:
        """Return what the event keeps."""
        return {"reason": clean_text(self.reason, message("Say why more time is needed."))}


@dataclass(frozen=True, slots=True)
class Answer(Fields):
    """What was done, and what the citizen reads.

    Attributes
    ----------
    text : str
        Stands on the receipt page.
    """

    step = Step.ANSWER
    measures: str
    text: str
    done_on: date
    evidence: tuple[Evidence, ...] = ()

    @property
    def files(self) -> tuple[Evidence, ...]:
        """Evidence handed in."""
        return self.evidence

    def detail(self) -> dict[str, Any]:
        """Return what the event keeps."""
        return {
            "measures": clean_text(self.measures, message("Write down what was done.")),
            "text": clean_text(self.text, message("Write the answer that the citizen will read.")),
            "done_on": self.done_on.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Call(Fields):
    """An attempt to call the citizen (回访); `satisfied` exactly where they were reached."""

    step = Step.CALL
    result: CallResult
    satisfied: bool | None = None
    note: str = ""

    def detail(self) -> dict[str, Any]:
        """Return what the event keeps."""
        if self.result is CallResult.CONNECTED and self.satisfied is None:
            raise BadInput(message("Record whether the citizen is satisfied with the answer."))
        if self.result is not CallResult.CONNECTED and self.satisfied is not None:
            raise BadInput(message("Only a call that was connected has an answer of the citizen."))
        return {
            "result": str(self.result),
            "satisfied": self.satisfied,
            "note": clean_text(self.note, None),
        }


@dataclass(frozen=True, slots=True)
class Unreachable(Fields):
    """That the citizen could not be asked (无法回访)."""

    step = Step.UNREACHABLE
    note: str = ""

    def detail(self) -> dict[str, Any]:
        """Return what the event keeps."""
        return {"note": clean_text(self.note, None)}


@dataclass(frozen=True, slots=True)
class Approve(Fields):
    """That a second person finds the answer good (核验), before an anonymous case closes."""

    step = Step.APPROVE
    note: str = ""

    def detail(self) -> dict[str, Any]:
        """Return what the event keeps."""
        return {"note": clean_text(self.note, None)}


@dataclass(frozen=True, slots=True)
class SendBack(Fields):
    """Why the answer does not do (退回)."""

    step = Step.SEND_BACK
    reason: str

    def detail(self) -> dict[str, Any]:
        """Return what the event keeps."""
        return {"reason": clean_text(self.reason, message("Say what has to be put right."))}


@dataclass(frozen=True, slots=True)
class Close(Fields):
    """That the case is done (办结、销号)."""

    step = Step.CLOSE
    note: str = ""

    def detail(self) -> dict[str, Any]:
        """Return what the event keeps."""
        return {"note": clean_text(self.note, None)}


@dataclass(frozen=True, slots=True)
class Appeal(Fields):
    """Why the unit holds the review to be mistaken or malicious (申诉)."""

    step = Step.APPEAL
    reason: str
    evidence: tuple[Evidence, ...] = ()

    @property
    def files(self) -> tuple[Evidence, ...]:
        """Evidence handed in."""
        return self.evidence

    def detail(self) -> dict[str, Any]:
        """Return what the event keeps."""
        return {"reason": clean_text(self.reason, message("Give the reason of the appeal."))}


@dataclass(frozen=True, slots=True)
class ProposeRuling(Fields):
    """What the supervising office would decide, on written evidence (复核意见)."""

    step = Step.PROPOSE_RULING
    ruling: Ruling
    ground: Ground
    text: str
    evidence: tuple[Evidence, ...] = ()

    @property
    def files(self) -> tuple[Evidence, ...]:
        """Evidence handed in."""
        return self.evidence

    def detail(self) -> dict[str, Any]:
        """Return what the event keeps."""
        if (self.ruling is Ruling.EXCLUDED) == (self.ground is Ground.NONE):
            raise BadInput(
                message(
                    "A review is excluded as given by mistake or as malicious;"
                    " one that stays valid has no such ground."
                )
            )
        return {
            "ruling": str(self.ruling),
            "ground": str(self.ground),
            "text": clean_text(self.text, message("Write down the evidence of the ruling.")),
        }


@dataclass(frozen=True, slots=True)
class ConfirmRuling(Fields):
    """Whether a second person agrees with the proposed ruling."""

    step = Step.CONFIRM_RULING
    agrees: bool
    note: str = ""

    def detail(self) -> dict[str, Any]:
        """Return what the event keeps."""
        missing = None if self.agrees else message("Say why you do not agree.")
        return {"agrees": self.agrees, "note": clean_text(self.note, missing)}


def checked_files(files: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """Return files that may be kept.

    Raises
    ------
    BadInput
        Too many, or one of a kind that is not kept.
    """
    if len(files) > MAXIMUM_FILES:
        raise BadInput(message("At most %(n)s files go with one step.", n=MAXIMUM_FILES))
    return tuple(file for file in files if file.media_type)


def clean_text(typed: str, missing: Message | None, most: int = TEXT_LENGTH) -> str:
    """Return a text in its normal form.

    Parameters
    ----------
    missing : Message or None
        The refusal of an empty one; None where it may be empty.

    Raises
    ------
    BadInput
        It is empty, or longer than `most` characters.
    """
    text = unicodedata.normalize("NFC", typed).replace("\r\n", "\n").replace("\0", "").strip()
    if missing is not None and not text:
        raise BadInput(missing)
    if len(text) > most:
        raise BadInput(message("This text is too long: at most %(n)s characters.", n=most))
    return text


def responsible_person(typed: str) -> str:
    """Return the name of who puts something right; refused like `clean_text`."""
    return clean_text(typed, message("Name the responsible person."), most=PERSON_LENGTH)


def clean_goal(typed: str) -> str:
    """Return what must be true at the end; refused like `clean_text`."""
    return clean_text(typed, message("Write down the goal."), most=GOAL_LENGTH)


def chosen_code(code: str, missing: Message) -> str:
    """Return what was chosen from a list.

    Raises
    ------
    BadInput
        Nothing was: `missing` says so.
    """
    if not code.strip():
        raise BadInput(missing)
    return code.strip()

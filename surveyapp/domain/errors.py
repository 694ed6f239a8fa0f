"""Everything the product refuses, each with one sentence that says what to do.

::

    Refusal
    ├── BadInput              what was given cannot be understood
    │   ├── InvalidDefinition     every problem of a definition file at once
    │   └── InvalidAnswers        every problem of a form, by field
    ├── NotAllowed            this account may not do this
    ├── NotFound              no such thing (unknown, revoked and malformed codes look the same)
    ├── Conflict              it contradicts what is already stored
    │   ├── AnswersChanged        the submission key was used with other answers
    │   ├── RevisionExpired       the form was replaced too long ago
    │   └── NotProven             the browser has neither done its sum nor waited
    ├── SurveyNotOpen         collection has not begun
    ├── SurveyClosed          collection has ended
    └── Unavailable           nothing was stored: try again
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from surveyapp.domain.messages import Message, message


class Refusal(Exception):
    """Something the person can mend or must know; never a bug."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


class BadInput(Refusal):
    """What was given cannot be understood."""


class NotAllowed(Refusal):
    """The account may not do what it asked for."""


class NotFound(Refusal):
    """No such thing."""


class Conflict(Refusal):
    """It contradicts what is already stored."""


class AnswersChanged(Conflict):
    """The submission key was used before, with other answers."""

    def __init__(self) -> None:
        super().__init__(
            message(
                "This form was already submitted with other answers."
                " Check them and submit again to send a new response."
            )
        )


class RevisionExpired(Conflict):
    """The form the answers belong to was replaced more than a day ago."""

    def __init__(self) -> None:
        super().__init__(
            message(
                "The form has changed since you opened it. Check your answers and submit again."
            )
        )


class NotProven(Conflict):
    """The browser has neither done its sum nor waited: the form comes back with everything."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            message(
                "Nothing was saved yet. To keep machines out, this form waits a moment: please"
                " submit again in %(n)s seconds. Everything you entered is still here.",
                n=seconds,
            )
        )


class SurveyNotOpen(Refusal):
    """Collection has not begun.

    Attributes
    ----------
    opens_at : datetime or None
        Aware UTC; None while the survey is a draft.
    """

    def __init__(self, opens_at: datetime | None) -> None:
        super().__init__(message("This survey is not open yet."))
        self.opens_at = opens_at


class SurveyClosed(Refusal):
    """Collection has ended."""

    def __init__(self) -> None:
        super().__init__(message("This survey is closed. Thank you for your interest."))


class Unavailable(Refusal):
    """Storage failed and nothing was stored."""

    def __init__(self) -> None:
        super().__init__(
            message(
                "Nothing was saved because the system is busy. Please submit again in a moment."
            )
        )


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a definition.

    Attributes
    ----------
    line : int or None
        Line (YAML) or row (workbook) counted from 1, where known.
    path : str
        Where in the document, for example ``questions[3].scale``.
    message : Message
        What is wrong and what to do.
    """

    line: int | None
    path: str
    message: Message


class InvalidDefinition(BadInput):
    """A definition with errors, all of them at once."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(message("The definition has %(n)s errors.", n=len(problems)))
        self.problems = problems


class InvalidAnswers(BadInput):
    """Answers that break the rules of the form.

    Attributes
    ----------
    problems : mapping of str to Message
        By field name (``question`` or ``matrix.row``), in the order of the form.
    forged : bool
        Something was sent that the form cannot send: an unknown field, a repeated single answer.
    """

    def __init__(self, problems: Mapping[str, Message], *, forged: bool = False) -> None:
        super().__init__(message("Some answers need your attention."))
        self.problems = dict(problems)
        self.forged = forged

"""What every way in shares: the survey behind a code, its keys, and storing a response once."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from surveyapp.domain import codes, telephone
from surveyapp.domain.answers import Reply, read_form
from surveyapp.domain.errors import (
    AnswersChanged,
    BadInput,
    InvalidAnswers,
    NotFound,
    RevisionExpired,
    SurveyClosed,
    SurveyNotOpen,
)
from surveyapp.domain.messages import Message, message
from surveyapp.domain.survey import (
    Accepting,
    CollectionWindow,
    Definition,
    Standing,
    Status,
)
from surveyapp.services.cases.casework import Casework
from surveyapp.services.cases.contacts import Contacts
from surveyapp.services.definitions import DefinitionCache
from surveyapp.services.keyring import Keyring
from surveyapp.storage.database import Database, Work
from surveyapp.storage.records import ResponseRecord, SurveyRecord
from surveyapp.storage.responses import ResponseRepository
from surveyapp.storage.surveys import SurveyRepository
from surveyapp.storage.traces import TraceRepository

REVISION_GRACE = timedelta(hours=24)
PHONE_FIELD = "_phone"
"""Name of the field for a telephone number: no key of a definition begins like this."""

NO_NUMBER = message(
    "This cannot be called. Please enter a mobile number, or a landline with its area code; or"
    " leave it empty."
)


@dataclass(frozen=True, slots=True)
class Visit:
    """How a form was sent, as far as that shows stuffing; never stored as it stands.

    Attributes
    ----------
    device : str
        What tells devices apart for a day: only a keyed hash of it is kept.
    seconds : int or None
        From the page to the post; None where that is not known.
    """

    device: str
    seconds: int | None


@dataclass(frozen=True, slots=True)
class Besides:
    """What a citizen says beside the answers; nothing of it stands among them.

    Attributes
    ----------
    named : bool
        Whether the unit may know whose review it is (实名).
    phone : str
        As typed; empty where nobody wants to be called back.
    begun : bool
        Whether it was counted before that somebody began to answer.
    ticket, solution : str
        Of the page, and what the browser found for it (see `surveyapp.domain.proof`).
    """

    named: bool = False
    phone: str = ""
    visit: Visit | None = None
    begun: bool = False
    ticket: str = ""
    solution: str = ""


NOTHING_BESIDES = Besides()


class InUse(Protocol):
    """A place or an invitation: what it needs to say of its survey."""

    @property
    def survey_id(self) -> UUID:
        """Id of the survey."""

    @property
    def survey_status(self) -> str:
        """Its status."""

    @property
    def wrapped_response_key(self) -> bytes:
        """Its key, as stored."""

    @property
    def opens_at(self) -> datetime | None:
        """Beginning of the collection window."""

    @property
    def closes_at(self) -> datetime | None:
        """End of the collection window."""

    @property
    def revision_id(self) -> UUID | None:
        """Revision in use."""

    @property
    def revision_number(self) -> int | None:
        """Its number."""


class Heard(NamedTuple):
    """What was posted, read by the rules."""

    reply: Reply
    named: bool
    phone: str | None


class Intake:
    """Shared by the forms of places, invitations and receipts."""

    def __init__(
        self,
        database: Database,
        definitions: DefinitionCache,
        keyring: Keyring,
        casework: Casework,
        contacts: Contacts,
        *,
        now: Callable[[], datetime],
        timezone: tzinfo,
    ) -> None:
        self.database = database
        self.now = now
        self.timezone = timezone
        self._definitions = definitions
        self._keyring = keyring
        self._casework = casework
        self._contacts = contacts
        self._response_keys: dict[UUID, bytes] = {}

    def key(self, survey: InUse) -> bytes:
        """Return the response key of a survey."""
        return self._keyring.open(survey.survey_id, survey.wrapped_response_key)

    def known_keys(self, _work: Work) -> list[bytes]:
        """Return the response keys of the surveys met so far."""
        return list(self._response_keys.values())

    def learn_keys(self, work: Work) -> list[bytes]:
        """Return the response keys of all surveys ever in use."""
        for survey_id, wrapped in SurveyRepository(work).response_keys():
            self._response_keys[survey_id] = self._keyring.open(survey_id, wrapped)
        return list(self._response_keys.values())

    def definition(self, work: Work, revision_id: UUID) -> Definition:
        """Return the definition of a revision, from memory where it was read before."""
        known = self._definitions.find(revision_id)
        return known or self._definitions.read(SurveyRepository(work).revision(revision_id))

    def accepting(self, survey: InUse) -> Accepting:
        """Whether a survey takes answers now."""
        if survey.survey_status == Status.CLOSED:
            return Accepting.CLOSED
        return CollectionWindow(survey.opens_at, survey.closes_at).accepting(self.now())

    def accepted_revision(self, work: Work, survey: InUse, number: int | None) -> UUID:
        """Return the revision a page showed: the current one, or a previous one for a day.

        Raises
        ------
        RevisionExpired, BadInput
        """
        current = current_revision(survey)
        if number in (None, current.number):
            return current.id
        for revision in SurveyRepository(work).revisions(survey.survey_id):
            if revision.number == number and revision.superseded_at is not None:
                if self.now() - revision.superseded_at > REVISION_GRACE:
                    raise RevisionExpired
                return revision.id
        raise BadInput(message("This form has no such version: open the page again."))

    def store(
        self,
        work: Work,
        definition: Definition,
        values: dict[str, Any],
        heard: Heard,
        trace: dict[str, Any] | None = None,
        *,
        since: datetime | None = None,
    ) -> bool:
        """Insert a response with what belongs to it; False where its id exists already.

        Parameters
        ----------
        trace : dict, optional
            Made by `trace`.
        since : datetime, optional
            When the review first came in, where this row only changes it: its case opens by that.

        Raises
        ------
        SurveyClosed
            At this very moment; nothing is stored.
        """
        responses = ResponseRepository(work)
        if not responses.insert_once(values):
            return False
        if not responses.queue_if_open(values["id"], values["survey_id"]):
            raise SurveyClosed
        if definition.review is None:
            return True
        if heard.phone is not None:
            survey = work.session.get_one(SurveyRecord, values["survey_id"])
            self._contacts.store(work, survey, values["id"], heard.phone)
        if trace is not None:
            TraceRepository(work).add(trace)
        self._casework.queue(
            work, definition, values | {"received_at": since or values["received_at"]}
        )
        return True

    def values(
        self, survey: InUse, response_id: UUID, revision_id: UUID, heard: Heard
    ) -> dict[str, Any]:
        """Return the columns of a new response that every way in fills alike."""
        return {
            "id": response_id,
            "survey_id": survey.survey_id,
            "revision_id": revision_id,
            "received_at": self.now(),
            "answers": heard.reply.answers,
            "attributes": heard.reply.attributes,
            "standing": Standing.COUNTED,
            "is_named": heard.named,
        }

    def replay_or_refuse(self, values: Mapping[str, Any], survey: InUse) -> None:
        """Let a retry of an accepted response through after closing; refuse everything else.

        Raises
        ------
        SurveyNotOpen, SurveyClosed, AnswersChanged
        """
        with self.database.reading() as work:
            found = ResponseRepository(work).find(values["id"])
        if found is not None:
            require_same(found, values)
        elif self.accepting(survey) is Accepting.NOT_YET:
            raise SurveyNotOpen(survey.opens_at)
        else:
            raise SurveyClosed

    def trace(
        self, definition: Definition, values: Mapping[str, Any], visit: Visit | None, key: bytes
    ) -> dict[str, Any] | None:
        """Return how quick a review came, and a hash of its device whose key changes daily."""
        if visit is None or definition.review is None:
            return None
        day = values["received_at"].astimezone(self.timezone).date()
        daily = hmac.digest(key, f"device{day}".encode(), "sha256")
        return {
            "response_id": values["id"],
            "survey_id": values["survey_id"],
            "day": day,
            "device": hmac.digest(daily, visit.device.encode(), "sha256").hex(),
            "seconds": visit.seconds,
        }


class Revision(NamedTuple):
    """The revision in use."""

    id: UUID
    number: int


def current_revision(survey: InUse) -> Revision:
    """Return the revision in use.

    Raises
    ------
    NotFound
        The survey never was in use: its codes open nothing.
    """
    if survey.revision_id is None or survey.revision_number is None:
        raise unknown_code()
    return Revision(survey.revision_id, survey.revision_number)


def read_reply(
    definition: Definition,
    fields: Mapping[str, Sequence[str]],
    besides: Besides,
    *,
    is_bound: bool = False,
) -> Heard:
    """Read the answers and what was said beside them, all problems at once.

    Only a review asks for a name and a telephone number.

    Parameters
    ----------
    is_bound : bool
        The link is bound to a service case, which says whose review it is.

    Raises
    ------
    InvalidAnswers
    """
    problems: dict[str, Message] = {}
    forged = False
    reply = None
    try:
        reply = read_form(definition, fields)
    except InvalidAnswers as refusal:
        problems, forged = dict(refusal.problems), refusal.forged
    phone, problem = _phone(definition, reply, besides, is_bound=is_bound)
    if problem is not None:
        problems[PHONE_FIELD] = problem
    if reply is None or problems:
        raise InvalidAnswers(problems, forged=forged)
    return Heard(reply, besides.named and definition.review is not None, phone)


def _phone(
    definition: Definition, reply: Reply | None, besides: Besides, *, is_bound: bool
) -> tuple[str | None, Message | None]:
    """Return the number to be called, or what is wrong with it.

    Only a bad review is called back, so with any other no number is kept.
    """
    review = definition.review
    if review is None or (
        reply is not None and not review.is_bad(reply.answers.get(review.rating))
    ):
        return None, None
    if besides.phone.strip():
        number = telephone.normalise(besides.phone)
        return number, NO_NUMBER if number is None else None
    if besides.named and reply is not None and not is_bound:
        return None, message(
            "With your name means that the office can reach you: please leave a number, or choose"
            " anonymous."
        )
    return None, None


def require_same(found: ResponseRecord, values: Mapping[str, Any]) -> None:
    """Refuse other answers under the same id.

    Raises
    ------
    AnswersChanged
    """
    names = ("place_id", "answers", "attributes", "is_named")
    if any(getattr(found, name) != values.get(name) for name in names):
        raise AnswersChanged


def unknown_code() -> NotFound:
    """Return the one refusal of unknown, revoked, expired and malformed codes."""
    return NotFound(message("There is nothing here. Check the code, or scan the QR code again."))


def receipt_in(typed: str) -> str:
    """Return a receipt as it is stored nowhere but in its holder's address.

    Raises
    ------
    NotFound
        Malformed.
    """
    normal = codes.normalise(typed, codes.RECEIPT_BITS)
    if normal is None:
        raise unknown_code()
    return normal

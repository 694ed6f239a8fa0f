"""Taking answers from the public: show a form, accept it once, show its receipt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, NamedTuple
from uuid import UUID

from surveyapp.domain import codes, identity
from surveyapp.domain.answers import Reply, read_form
from surveyapp.domain.errors import (
    AnswersChanged,
    BadInput,
    NotFound,
    RevisionExpired,
    SurveyClosed,
    SurveyNotOpen,
)
from surveyapp.domain.messages import message
from surveyapp.domain.survey import (
    OPEN_FORM_MODE,
    Accepting,
    CollectionWindow,
    Definition,
    Standing,
    Status,
)
from surveyapp.domain.text import Text
from surveyapp.services.case_opening import queue_case
from surveyapp.services.definitions import DefinitionCache
from surveyapp.services.keyring import Keyring
from surveyapp.storage.database import Database, Work
from surveyapp.storage.places import PlaceRepository, PlaceRow
from surveyapp.storage.records import ResponseRecord
from surveyapp.storage.responses import ReceiptRow, ResponseRepository
from surveyapp.storage.surveys import SurveyRepository

REVISION_GRACE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class OpenForm:
    """What a place code opens.

    Attributes
    ----------
    opens_at : datetime or None
        Aware UTC, where collection has not begun and the time is known.
    """

    code: str
    place_label: str
    subject_title: Text | None
    survey_key: str
    revision_id: UUID
    revision_number: int
    definition: Definition
    accepting: Accepting
    opens_at: datetime | None


@dataclass(frozen=True, slots=True)
class Submitted:
    """An accepted response; `replayed` where it had been accepted before."""

    receipt: str
    replayed: bool


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """What a receipt shows: the day, never the time."""

    receipt: str
    survey_key: str
    title: Text
    office: Text | None
    retention: Text | None
    received_on: date


class _Revision(NamedTuple):
    id: UUID
    number: int


class Collecting:
    """Use cases of the public face."""

    def __init__(
        self,
        database: Database,
        definitions: DefinitionCache,
        keyring: Keyring,
        *,
        now: Callable[[], datetime],
        timezone: tzinfo,
    ) -> None:
        self._database = database
        self._definitions = definitions
        self._keyring = keyring
        self._now = now
        self._timezone = timezone
        self._response_keys: dict[UUID, bytes] = {}

    def open_form(self, code: str) -> OpenForm:
        """Return the form of a place.

        Raises
        ------
        NotFound
            Unknown, revoked and malformed codes, and surveys never put in use, alike.
        """
        with self._database.reading() as work:
            place, revision = _place(work, code)
            definition = self._definition(work, revision.id)
        return OpenForm(
            code=place.code,
            place_label=place.label,
            subject_title=place.subject_title,
            survey_key=place.survey_key,
            revision_id=revision.id,
            revision_number=revision.number,
            definition=definition,
            accepting=self._accepting(place),
            opens_at=place.opens_at,
        )

    def submit(
        self,
        code: str,
        submission_key: UUID,
        revision: int | None,
        fields: Mapping[str, Sequence[str]],
    ) -> Submitted:
        """Accept the answers of a form, durably and exactly once.

        Parameters
        ----------
        submission_key : UUID
            Minted with the page: a second post of it is a replay.
        revision : int or None
            Number of the revision the page showed; None means the current one.
        fields : mapping of str to sequence of str
            Everything posted but the form's own hidden fields.

        Raises
        ------
        NotFound, SurveyNotOpen, SurveyClosed
            The place takes no answers.
        InvalidAnswers
            By field.
        AnswersChanged
            The key was used with other answers.
        RevisionExpired
            The page is of a revision replaced more than a day ago.
        """
        with self._database.reading() as work:
            place, current = _place(work, code)
            revision_id = self._accepted_revision(work, place, current, revision)
            definition = self._definition(work, revision_id)
        reply = read_form(definition, fields)
        key = self._keyring.open(place.survey_id, place.wrapped_response_key)
        receipt = identity.receipt_of(key, str(submission_key))
        values = self._values(identity.id_of(key, receipt), place, revision_id, reply)
        accepting = self._accepting(place)
        if accepting is not Accepting.OPEN:
            self._replay_or_refuse(values, accepting, place)
            return Submitted(receipt, replayed=True)
        with self._database.writing() as work:
            responses = ResponseRepository(work)
            if responses.insert_once(values):
                if not responses.queue_if_open(values["id"], place.survey_id):
                    raise SurveyClosed
                queue_case(work, definition, values)
                return Submitted(receipt, replayed=False)
            _require_same(responses.get(values["id"]), values)
            return Submitted(receipt, replayed=True)

    def receipt(self, code: str) -> ReceiptView:
        """Return what a receipt shows.

        Raises
        ------
        NotFound
        """
        normal = codes.normalise(code, codes.RECEIPT_BITS)
        if normal is None:
            raise _unknown()
        with self._database.reading() as work:
            found = self._find_receipt(work, normal)
            definition = self._definition(work, found.revision_id)
        return ReceiptView(
            receipt=normal,
            survey_key=definition.key,
            title=definition.title,
            office=definition.office,
            retention=definition.retention,
            received_on=found.received_at.astimezone(self._timezone).date(),
        )

    def _find_receipt(self, work: Work, receipt: str) -> ReceiptRow:
        """Try the receipt with the key of every survey; ask for newer surveys when none fits."""
        responses = ResponseRepository(work)
        found = responses.find_receipt(self._candidates(receipt))
        if found is None:
            for survey_id, wrapped in SurveyRepository(work).response_keys():
                self._response_keys[survey_id] = self._keyring.open(survey_id, wrapped)
            found = responses.find_receipt(self._candidates(receipt))
        if found is None:
            raise _unknown()
        return found

    def _candidates(self, receipt: str) -> list[UUID]:
        return [identity.id_of(key, receipt) for key in list(self._response_keys.values())]

    def _definition(self, work: Work, revision_id: UUID) -> Definition:
        known = self._definitions.find(revision_id)
        return known or self._definitions.read(SurveyRepository(work).revision(revision_id))

    def _accepting(self, place: PlaceRow) -> Accepting:
        if place.survey_status == Status.CLOSED:
            return Accepting.CLOSED
        return CollectionWindow(place.opens_at, place.closes_at).accepting(self._now())

    def _accepted_revision(
        self, work: Work, place: PlaceRow, current: _Revision, number: int | None
    ) -> UUID:
        """Return the revision a page showed: the current one, or a previous one for a day."""
        if number in (None, current.number):
            return current.id
        for revision in SurveyRepository(work).revisions(place.survey_id):
            if revision.number == number and revision.superseded_at is not None:
                if self._now() - revision.superseded_at > REVISION_GRACE:
                    raise RevisionExpired
                return revision.id
        raise BadInput(message("This form has no such version: open the page again."))

    def _values(
        self, response_id: UUID, place: PlaceRow, revision_id: UUID, reply: Reply
    ) -> dict[str, Any]:
        return {
            "id": response_id,
            "survey_id": place.survey_id,
            "revision_id": revision_id,
            "place_id": place.id,
            "subject_key": place.subject_key,
            "mode": OPEN_FORM_MODE,
            "received_at": self._now(),
            "answers": reply.answers,
            "attributes": reply.attributes,
            "standing": Standing.COUNTED,
        }

    def _replay_or_refuse(
        self, values: dict[str, Any], accepting: Accepting, place: PlaceRow
    ) -> None:
        """Let a retry of an accepted response through after closing; refuse everything else."""
        with self._database.reading() as work:
            found = ResponseRepository(work).find(values["id"])
        if found is not None:
            _require_same(found, values)
        elif accepting is Accepting.NOT_YET:
            raise SurveyNotOpen(place.opens_at)
        else:
            raise SurveyClosed


def _unknown() -> NotFound:
    return NotFound(message("There is nothing here. Check the code, or scan the QR code again."))


def _place(work: Work, code: str) -> tuple[PlaceRow, _Revision]:
    """Return a place that stands for a survey in use, with its current revision."""
    normal = codes.normalise(code, codes.PLACE_BITS)
    place = None if normal is None else PlaceRepository(work).find(normal)
    if place is None or place.revoked_at is not None:
        raise _unknown()
    if place.revision_id is None or place.revision_number is None:
        raise _unknown()
    return place, _Revision(place.revision_id, place.revision_number)


def _require_same(found: ResponseRecord, values: Mapping[str, Any]) -> None:
    stored = (found.place_id, found.answers, found.attributes)
    if stored != (values["place_id"], values["answers"], values["attributes"]):
        raise AnswersChanged

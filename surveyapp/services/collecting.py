"""Taking answers from the public: show a form, accept it once, show its receipt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any
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
from surveyapp.services.definitions import DefinitionCache
from surveyapp.services.keyring import Keyring
from surveyapp.storage.database import Database, Work
from surveyapp.storage.places import PlaceRepository, PlaceRow
from surveyapp.storage.records import ResponseRecord, RevisionRecord, SurveyRecord
from surveyapp.storage.responses import ResponseRepository
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

    def open_form(self, code: str) -> OpenForm:
        """Return the form of a place.

        Raises
        ------
        NotFound
            Unknown, revoked and malformed codes, and surveys never put in use, alike.
        """
        with self._database.reading() as work:
            place = _place(work, code)
            return self._form(place, SurveyRepository(work).shown(place.survey))

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
            place = _place(work, code)
            record = self._accepted_revision(work, place.survey, revision)
            definition = self._definitions.read(record)
        reply = read_form(definition, fields)
        survey = place.survey
        key = self._keyring.open(survey.id, survey.wrapped_response_key)
        receipt = identity.receipt_of(key, str(submission_key))
        values = self._values(identity.id_of(key, receipt), place, record.id, reply)
        accepting = self._accepting(survey)
        if accepting is not Accepting.OPEN:
            self._replay_or_refuse(values, accepting, survey)
            return Submitted(receipt, replayed=True)
        with self._database.writing() as work:
            responses = ResponseRepository(work)
            if responses.insert_once(values):
                if not responses.queue_if_open(values["id"], survey.id):
                    raise SurveyClosed
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
            surveys = SurveyRepository(work)
            candidates = [
                identity.id_of(self._keyring.open(survey_id, wrapped), normal)
                for survey_id, wrapped in surveys.response_keys()
            ]
            found = ResponseRepository(work).find_any(candidates)
            if found is None:
                raise _unknown()
            definition = self._definitions.read(surveys.revision(found.revision_id))
            return ReceiptView(
                receipt=normal,
                survey_key=definition.key,
                title=definition.title,
                office=definition.office,
                retention=definition.retention,
                received_on=found.received_at.astimezone(self._timezone).date(),
            )

    def _form(self, place: PlaceRow, revision: RevisionRecord) -> OpenForm:
        title = None
        if place.subject_zh is not None and place.subject_en is not None:
            title = Text(place.subject_zh, place.subject_en)
        return OpenForm(
            code=place.code,
            place_label=place.label,
            subject_title=title,
            survey_key=place.survey.key,
            revision_id=revision.id,
            revision_number=revision.number,
            definition=self._definitions.read(revision),
            accepting=self._accepting(place.survey),
            opens_at=place.survey.opens_at,
        )

    def _accepting(self, survey: SurveyRecord) -> Accepting:
        if survey.status == Status.CLOSED:
            return Accepting.CLOSED
        return CollectionWindow(survey.opens_at, survey.closes_at).accepting(self._now())

    def _accepted_revision(
        self, work: Work, survey: SurveyRecord, number: int | None
    ) -> RevisionRecord:
        """Return the revision a page showed: the current one, or a previous one for a day."""
        current = SurveyRepository(work).shown(survey)
        if number in (None, current.number):
            return current
        for revision in SurveyRepository(work).revisions(survey.id):
            if revision.number == number and revision.superseded_at is not None:
                if self._now() - revision.superseded_at > REVISION_GRACE:
                    raise RevisionExpired
                return revision
        raise BadInput(message("This form has no such version: open the page again."))

    def _values(
        self, response_id: UUID, place: PlaceRow, revision_id: UUID, reply: Reply
    ) -> dict[str, Any]:
        return {
            "id": response_id,
            "survey_id": place.survey.id,
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
        self, values: dict[str, Any], accepting: Accepting, survey: SurveyRecord
    ) -> None:
        """Let a retry of an accepted response through after closing; refuse everything else."""
        with self._database.reading() as work:
            found = ResponseRepository(work).find(values["id"])
        if found is not None:
            _require_same(found, values)
        elif accepting is Accepting.NOT_YET:
            raise SurveyNotOpen(survey.opens_at)
        else:
            raise SurveyClosed


def _unknown() -> NotFound:
    return NotFound(message("There is nothing here. Check the code, or scan the QR code again."))


def _place(work: Work, code: str) -> PlaceRow:
    normal = codes.normalise(code, codes.PLACE_BITS)
    place = None if normal is None else PlaceRepository(work).find(normal)
    if place is None or place.revoked or place.survey.status == Status.DRAFT:
        raise _unknown()
    return place


def _require_same(found: ResponseRecord, values: Mapping[str, Any]) -> None:
    stored = (found.place_id, found.answers, found.attributes)
    if stored != (values["place_id"], values["answers"], values["attributes"]):
        raise AnswersChanged

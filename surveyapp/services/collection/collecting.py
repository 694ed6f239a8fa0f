"""Taking answers from the public at a place: show a form, accept it once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from surveyapp.domain import codes, identity, proof
from surveyapp.domain.errors import NotProven
from surveyapp.domain.survey import OPEN_FORM_MODE, Accepting, Definition
from surveyapp.domain.text import Text
from surveyapp.services.collection.funnel import Funnel
from surveyapp.services.collection.intake import (
    NOTHING_BESIDES,
    Besides,
    Intake,
    current_revision,
    read_reply,
    require_same,
    unknown_code,
)
from surveyapp.services.collection.receipts import Receipts, ReceiptView
from surveyapp.storage.database import Work
from surveyapp.storage.places import PlaceRepository, PlaceRow
from surveyapp.storage.responses import ResponseRepository


@dataclass(frozen=True, slots=True)
class OpenForm:
    """What a code opens.

    Attributes
    ----------
    place_id : UUID or None
        None for an invitation.
    opens_at : datetime or None
        Aware UTC, where collection has not begun and the time is known.
    case_number : str or None
        The service case a link is bound to.
    review_number : int
        2 where the case was reviewed before (评价次数).
    is_used : bool
        The link was used as often as it can be.
    proof_key : bytes or None
        Signs the ticket of the page, where the browser must do a sum before it may send.
    """

    code: str
    place_id: UUID | None
    place_label: str
    subject_title: Text | None
    survey_key: str
    revision_id: UUID
    revision_number: int
    definition: Definition
    accepting: Accepting
    opens_at: datetime | None
    case_number: str | None = None
    review_number: int = 1
    is_used: bool = False
    proof_key: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Submitted:
    """An accepted response; `replayed` where it had been accepted before."""

    receipt: str
    replayed: bool


class Collecting:
    """Use cases of the form at a place, and of its receipt."""

    def __init__(self, intake: Intake, receipts: Receipts, funnel: Funnel) -> None:
        self._intake = intake
        self._receipts = receipts
        self._funnel = funnel

    def open_form(self, code: str) -> OpenForm:
        """Return the form of a place.

        Raises
        ------
        NotFound
            Unknown, revoked and malformed codes, and surveys never put in use, alike.
        """
        with self._intake.database.reading() as work:
            place = _place(work, code)
            revision = current_revision(place)
            definition = self._intake.definition(work, revision.id)
        return OpenForm(
            code=place.code,
            place_id=place.id,
            place_label=place.label,
            subject_title=place.subject_title,
            survey_key=place.survey_key,
            revision_id=revision.id,
            revision_number=revision.number,
            definition=definition,
            accepting=self._intake.accepting(place),
            opens_at=place.opens_at,
            proof_key=self._intake.key(place) if _asks_for_proof(definition) else None,
        )

    def ticket(self, opened: OpenForm, submission_key: UUID) -> str:
        """Return the ticket of a page; empty where no proof is asked for."""
        if opened.proof_key is None:
            return ""
        return proof.ticket_of(opened.proof_key, str(submission_key), self._intake.now())

    def submit(
        self,
        code: str,
        submission_key: UUID,
        revision: int | None,
        fields: Mapping[str, Sequence[str]],
        besides: Besides = NOTHING_BESIDES,
    ) -> Submitted:
        """Accept the answers of a form, durably and exactly once.

        Parameters
        ----------
        submission_key : UUID
            Minted with the page: a second post of it is a replay.
        revision : int or None
            Number of the revision the page showed; None means the current one.
        fields : mapping of str to sequence of str
            Everything posted but the form's own fields.
        besides : Besides
            What was said or noted beside the answers.

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
        NotProven
            The browser has neither done its sum nor waited.
        """
        intake = self._intake
        with intake.database.reading() as work:
            place = _place(work, code)
            revision_id = intake.accepted_revision(work, place, revision)
            definition = intake.definition(work, revision_id)
        heard = read_reply(definition, fields, besides)
        key = intake.key(place)
        receipt = identity.receipt_of(key, str(submission_key))
        values = intake.values(place, identity.id_of(key, receipt), revision_id, heard)
        values |= {
            "place_id": place.id,
            "subject_key": place.subject_key,
            "mode": OPEN_FORM_MODE,
            # Kept with the response: the place may move to another window.
            "window": place.window,
        }
        if intake.accepting(place) is not Accepting.OPEN:
            intake.replay_or_refuse(values, place)
            return Submitted(receipt, replayed=True)
        if _asks_for_proof(definition) and not proof.passes(
            key, str(submission_key), besides.ticket, besides.solution, intake.now()
        ):
            raise NotProven(int(proof.WAIT.total_seconds()))
        trace = intake.trace(definition, values, besides.visit, key)
        with intake.database.writing() as work:
            is_new = intake.store(work, definition, values, heard, trace)
            if not is_new:
                require_same(ResponseRepository(work).get(values["id"]), values)
        if is_new:
            if not besides.begun:
                self._funnel.note(place.id, "started")
            self._funnel.note(place.id, "submitted")
        return Submitted(receipt, replayed=not is_new)

    def receipt(self, code: str) -> ReceiptView:
        """Return what a receipt shows: see `Receipts.show`."""
        return self._receipts.show(code)


def _asks_for_proof(definition: Definition) -> bool:
    return definition.review is not None and definition.review.proof_of_work


def _place(work: Work, code: str) -> PlaceRow:
    """Return a place that may be answered at.

    Raises
    ------
    NotFound
    """
    normal = codes.normalise(code, codes.PLACE_BITS)
    place = None if normal is None else PlaceRepository(work).find(normal)
    if place is None or place.revoked_at is not None:
        raise unknown_code()
    return place

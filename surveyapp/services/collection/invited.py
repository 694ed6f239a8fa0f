"""Answers that come in through a link: bound to a service case, or of a person in a sample.

A service case is reviewed twice at most, whatever the way in: the second time adds the one further
review to the receipt of the first. A person of a sample answers once; the response keeps their
bands and their weight, and nothing that leads back to the link.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from surveyapp.domain import codes, identity
from surveyapp.domain.errors import Conflict
from surveyapp.domain.messages import message
from surveyapp.domain.survey import INVITED_MODE, Accepting
from surveyapp.services.collection.amending import Amending, says_the_same
from surveyapp.services.collection.collecting import OpenForm, Submitted
from surveyapp.services.collection.intake import (
    NOTHING_BESIDES,
    Besides,
    Intake,
    current_revision,
    read_reply,
)
from surveyapp.services.collection.inviting import Inviting
from surveyapp.storage.database import Work
from surveyapp.storage.invitations import (
    InvitationRepository,
    InvitationRow,
    ReviewedCaseRepository,
)
from surveyapp.storage.responses import ResponseRepository


class Invited:
    """Use cases of the invited form."""

    def __init__(self, intake: Intake, inviting: Inviting, amending: Amending) -> None:
        self._intake = intake
        self._inviting = inviting
        self._amending = amending

    def open_form(self, code: str) -> OpenForm:
        """Return the form of a link.

        Raises
        ------
        NotFound
            Unknown, expired and malformed links alike.
        """
        with self._intake.database.reading() as work:
            invitation = self._inviting.find(work, code)
            revision = current_revision(invitation)
            definition = self._intake.definition(work, revision.id)
        return OpenForm(
            code=codes.normalise(code, codes.RECEIPT_BITS) or "",
            place_id=None,
            place_label=invitation.item_name or invitation.window or "",
            subject_title=invitation.subject_title,
            survey_key=invitation.survey_key,
            revision_id=revision.id,
            revision_number=revision.number,
            definition=definition,
            accepting=self._intake.accepting(invitation),
            opens_at=invitation.opens_at,
            case_number=invitation.case_number,
            review_number=min(invitation.used, 1) + 1,
            is_used=invitation.used == (1 if invitation.case_number is None else 2),
        )

    def submit(
        self,
        code: str,
        review_number: int | None,
        revision: int | None,
        fields: Mapping[str, Sequence[str]],
        besides: Besides = NOTHING_BESIDES,
    ) -> Submitted:
        """Accept the answers of an invited form, durably and exactly once.

        Parameters
        ----------
        review_number : int or None
            Which review of the case the page was for; None means the next one. A repeated post of
            the first answers is a retry of the first review, never a second one.

        Raises
        ------
        NotFound, SurveyNotOpen, SurveyClosed
            The link takes no answers.
        InvalidAnswers
            By field.
        AnswersChanged, Conflict
            It was used with other answers; the case was reviewed as often as it can be.
        RevisionExpired
            The page is of a revision replaced more than a day ago.
        """
        if review_number == 2:
            return self._second(code, revision, fields, besides)
        intake = self._intake
        with intake.database.reading() as work:
            invitation = self._inviting.find(work, code)
            revision_id = intake.accepted_revision(work, invitation, revision)
            definition = intake.definition(work, revision_id)
        is_bound = invitation.case_number is not None
        heard = read_reply(definition, fields, besides, is_bound=is_bound)
        key = intake.key(invitation)
        receipt = _receipt(key, code)
        values = intake.values(invitation, identity.id_of(key, receipt), revision_id, heard)
        values |= {
            "place_id": None,
            "subject_key": invitation.subject_key,
            "mode": INVITED_MODE,
            "weight": invitation.base_weight,
            "case_number": invitation.case_number,
            "attributes": heard.reply.attributes | invitation.attributes,
        }
        if intake.accepting(invitation) is not Accepting.OPEN:
            intake.replay_or_refuse(values, invitation)
            return Submitted(receipt, replayed=True)
        trace = intake.trace(definition, values, besides.visit, key)
        with intake.database.writing() as work:
            values["review_number"] = _free_number(work, invitation, values["id"])
            if intake.store(work, definition, values, heard, trace):
                _claim(work, invitation, values)
                InvitationRepository(work).use(invitation.id, 1)
                return Submitted(receipt, replayed=False)
            is_same = says_the_same(ResponseRepository(work).get(values["id"]), values)
        if is_same:
            return Submitted(receipt, replayed=True)
        if review_number == 1 or not is_bound:
            raise Conflict(
                message("This link was used before, with other answers. They stay as they are.")
            )
        return self._second(code, revision, fields, besides)

    def _second(
        self,
        code: str,
        revision: int | None,
        fields: Mapping[str, Sequence[str]],
        besides: Besides,
    ) -> Submitted:
        """Add the one further review to the receipt of the first."""
        with self._intake.database.reading() as work:
            invitation = self._inviting.find(work, code)
        receipt = _receipt(self._intake.key(invitation), code)
        is_new = self._amending.follow_up(receipt, revision, fields, besides)
        with self._intake.database.writing() as work:
            InvitationRepository(work).use(invitation.id, 2)
        return Submitted(receipt, replayed=not is_new)


def _receipt(key: bytes, code: str) -> str:
    return identity.receipt_of(key, f"invitation {codes.normalise(code, codes.RECEIPT_BITS)}")


def _free_number(work: Work, invitation: InvitationRow, response_id: UUID) -> int:
    """Return which review of its case this one is: reviews of other channels count too.

    Raises
    ------
    Conflict
        It was reviewed as often as it can be.
    """
    if invitation.case_number is None:
        return 1
    reviews = ReviewedCaseRepository(work).reviews(invitation.survey_id, invitation.case_number)
    if len(reviews) == 2 and response_id not in reviews.values():
        raise reviewed_twice()
    return 2 if 1 in reviews else 1


def _claim(work: Work, invitation: InvitationRow, values: Mapping[str, Any]) -> None:
    if invitation.case_number is not None and not ReviewedCaseRepository(work).claim(
        invitation.survey_id, invitation.case_number, values["review_number"], values["id"]
    ):
        raise reviewed_twice()


def reviewed_twice() -> Conflict:
    """Return the refusal of a third review of a service case."""
    return Conflict(
        message("This service case was reviewed twice already. That is as often as it can be.")
    )

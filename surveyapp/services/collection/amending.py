"""Changing a fresh review, and adding one further review to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from surveyapp.domain.answers import read_form
from surveyapp.domain.errors import Conflict
from surveyapp.domain.messages import message
from surveyapp.domain.review import ReviewRules
from surveyapp.domain.survey import Accepting, Definition, Standing
from surveyapp.services.cases.casework import Casework
from surveyapp.services.cases.contacts import Contacts
from surveyapp.services.collection.intake import (
    NOTHING_BESIDES,
    Besides,
    Heard,
    Intake,
    read_reply,
    receipt_in,
)
from surveyapp.services.collection.receipt_rows import MOST_CHANGES, ReceiptRows, Review
from surveyapp.services.results.counting import Counting
from surveyapp.storage.contacts import ContactRepository
from surveyapp.storage.database import Work
from surveyapp.storage.invitations import ReviewedCaseRepository
from surveyapp.storage.records import ResponseRecord, StandingEventRecord, SurveyRecord
from surveyapp.storage.responses import ResponseRepository
from surveyapp.storage.tallies import TallyRepository
from surveyapp.storage.traces import TraceRepository

CITIZEN = "citizen"
_CHANGED = "changed by the citizen"
_CHANGEABLE = (Standing.COUNTED, Standing.FLAGGED)
_SHARED = ("place_id", "subject_key", "mode", "weight", "case_number", "channel", "window")
_KEPT = (*_SHARED, "survey_id", "revision_id", "standing", "review_number")


class Amending:
    """Use cases of the receipt page that store something."""

    def __init__(
        self, intake: Intake, counting: Counting, casework: Casework, contacts: Contacts
    ) -> None:
        self._intake = intake
        self._rows = ReceiptRows(intake)
        self._counting = counting
        self._casework = casework
        self._contacts = contacts

    def change(self, code: str, level: str) -> None:
        """Change the level of a fresh review, in any direction; everything else stays.

        Reasons that belong to another level go: they are not offered at this one.

        Raises
        ------
        NotFound
        Conflict
            The time for changes is over.
        InvalidAnswers
            There is no such level, or the new one needs an answer the old one did not.
        """

        def read(_work: Work, review: Review) -> Heard:
            fields = {**typed_of(review.definition, review.current), review.rules.rating: [level]}
            return Heard(read_form(review.definition, fields), review.current.is_named, None)

        self._replace(code, read)

    def complete(
        self, code: str, fields: Mapping[str, Sequence[str]], besides: Besides = NOTHING_BESIDES
    ) -> None:
        """Put other answers in the place of those of a fresh review; see `change`."""

        def read(work: Work, review: Review) -> Heard:
            is_reachable = review.is_bound or self._contacts.has(work, review.current.id)
            return read_reply(review.definition, fields, besides, is_bound=is_reachable)

        self._replace(code, read)

    def follow_up(
        self,
        code: str,
        revision: int | None,
        fields: Mapping[str, Sequence[str]],
        besides: Besides = NOTHING_BESIDES,
    ) -> bool:
        """Add the one further review (评价次数 2); False where the same was added before.

        Raises
        ------
        NotFound, SurveyClosed, InvalidAnswers, RevisionExpired
        Conflict
            Another further review was added before: it stays.
        """
        receipt = receipt_in(code)
        with self._intake.database.reading() as work:
            review = self._rows.reviewed(work, receipt)
            revision_id = self._intake.accepted_revision(work, review.first, revision)
            definition = self._intake.definition(work, revision_id)
        heard = read_reply(definition, fields, besides, is_bound=review.is_bound)
        values = self._intake.values(review.first, review.second_id, revision_id, heard)
        values |= _taken(review.current, _SHARED) | {"review_number": 2}
        values["attributes"] = heard.reply.attributes | _given(review)
        if self._intake.accepting(review.first) is not Accepting.OPEN:
            self._intake.replay_or_refuse(values, review.first)
            return False
        return self._add_second(review, definition, values, heard)

    def _add_second(
        self, review: Review, definition: Definition, values: dict[str, Any], heard: Heard
    ) -> bool:
        with self._intake.database.writing() as work:
            TallyRepository(work).lock(values["survey_id"])
            found = ResponseRepository(work).find(values["id"])
            if found is not None:
                if not says_the_same(found, values):
                    raise added_before()
                return False
            if review.is_bound and not ReviewedCaseRepository(work).claim(
                values["survey_id"], values["case_number"], 2, values["id"]
            ):
                raise added_before()
            self._intake.store(work, definition, values, heard)
            current = self._rows.reviewed(work, review.receipt).current
            is_bad = review.rules.is_bad(values["answers"].get(review.rules.rating))
            self._casework.followed_up(work, current.id, values["id"], is_bad=is_bad)
        return True

    def _replace(self, code: str, read: Callable[[Work, Review], Heard]) -> None:
        """Let a new row stand for a review: one at a time, under the lock of the tally."""
        receipt = receipt_in(code)
        with self._intake.database.reading() as work:
            survey_id = self._rows.reviewed(work, receipt).first.survey_id
        with self._intake.database.writing() as work:
            TallyRepository(work).lock(survey_id)
            review = self._rows.reviewed(work, receipt)
            before = review.current
            if self._intake.now() >= review.until or before.standing not in _CHANGEABLE:
                raise too_late(review.rules)
            heard = read(work, review)
            values = _taken(before, _KEPT) | {
                "id": review.next_id,
                "received_at": self._intake.now(),
                "answers": heard.reply.answers,
                "attributes": heard.reply.attributes | _given(review),
                "is_named": heard.named,
            }
            is_bad = review.rules.is_bad(values["answers"].get(review.rules.rating))
            survey = work.session.get_one(SurveyRecord, survey_id)
            if says_the_same(before, values):
                if heard.phone is not None:
                    self._contacts.store(work, survey, before.id, heard.phone)
                return
            if review.changes == MOST_CHANGES:
                raise Conflict(message("This review was changed too often. It stays as it is."))
            self._intake.store(
                work, review.definition, values, heard, since=review.first.received_at
            )
            if is_bad and heard.phone is None:
                self._contacts.move(work, survey, before.id, values["id"])
            else:
                ContactRepository(work).remove(before.id)
            self._counting.move(work, self._replaced(before))
            ReviewedCaseRepository(work).move(before.id, values["id"])
            TraceRepository(work).move(before.id, values["id"])

    def _replaced(self, before: ResponseRecord) -> StandingEventRecord:
        return StandingEventRecord(
            id=uuid4(),
            response_id=before.id,
            before=before.standing,
            after=Standing.REPLACED,
            actor=CITIZEN,
            reason=_CHANGED,
            happened_at=self._intake.now(),
        )


def typed_of(definition: Definition, response: ResponseRecord) -> dict[str, Sequence[str]]:
    """Return a response as the fields that a form would be filled in with."""
    fields: dict[str, Sequence[str]] = {}
    for key, value in response.answers.items():
        if isinstance(value, dict):
            fields.update({f"{key}.{row}": [level] for row, level in value.items()})
        else:
            fields[key] = value if isinstance(value, list) else [value]
    for attribute in definition.asked_attributes:
        if attribute.key in response.attributes:
            fields[attribute.key] = [response.attributes[attribute.key]]
    return fields


def too_late(rules: ReviewRules) -> Conflict:
    """Return the refusal of a change after its time."""
    return Conflict(
        message(
            "A review can be changed for %(n)s minutes. This one stays as it is; you can add one"
            " further review below.",
            n=rules.change_minutes,
        )
    )


def added_before() -> Conflict:
    """Return the refusal of a second further review."""
    return Conflict(
        message("A further review was added before. It stays as it is: one can be added, no more.")
    )


def _given(review: Review) -> dict[str, str]:
    """Return the attributes that came with an invitation, not from the form."""
    asked = {attribute.key for attribute in review.definition.asked_attributes}
    attributes = review.current.attributes
    return {key: level for key, level in attributes.items() if key not in asked}


def _taken(response: ResponseRecord, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(response, name) for name in names}


def says_the_same(found: ResponseRecord, values: Mapping[str, Any]) -> bool:
    """Whether a row holds these answers already."""
    names = ("answers", "attributes", "is_named")
    return all(getattr(found, name) == values[name] for name in names)

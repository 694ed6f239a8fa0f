"""What a case needs to know of its review: the level, the reasons, where it was given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from surveyapp.domain.answers import Reply
from surveyapp.domain.channels import channel_name
from surveyapp.domain.survey import (
    Definition,
    ScaleQuestion,
    TagsQuestion,
    TextQuestion,
    choices_of,
)
from surveyapp.domain.text import Text
from surveyapp.services.cases.desk import CaseDesk
from surveyapp.storage.case_lists import CaseLists
from surveyapp.storage.case_records import CaseRecord
from surveyapp.storage.database import Work
from surveyapp.storage.records import PlaceRecord, ResponseRecord, SurveyRecord
from surveyapp.storage.responses import ResponseRepository
from surveyapp.storage.surveys import SurveyRepository

_OWN_CHANNEL = "qr"
"""The channel of reviews that came in through this system's own form."""


@dataclass(frozen=True, slots=True)
class CaseReview:
    """The review of a case; the day it was given, never the time.

    Attributes
    ----------
    item : str or None
        Name of the item of service (事项名称): the invitation's, else that of the subject.
    on_duty : str or None
        Numbers of the staff on duty at the place (工号), where a roster is kept.
    """

    survey_key: str
    survey_title: Text
    subject: Text | None
    place: str | None
    window: str | None
    channel: Text
    case_number: str | None
    item: str | None
    on_duty: str | None
    level: Text
    reasons: tuple[Text, ...]
    comment: str
    reviewed_on: date


class CaseReviews:
    """Reviews of cases, in one transaction."""

    def __init__(self, desk: CaseDesk, work: Work) -> None:
        self._desk = desk
        self._work = work

    def of(
        self, records: Sequence[CaseRecord], *, with_duty: bool = False
    ) -> dict[UUID, CaseReview]:
        """Return the review of each case, by the case's id; who was on duty where asked for."""
        session = self._work.session
        responses = {
            response.id: response
            for response in ResponseRepository(self._work).by_ids([r.response_id for r in records])
        }
        surveys = {r.survey_id: session.get_one(SurveyRecord, r.survey_id) for r in records}
        subjects = {
            survey_id: {s.key: s.title for s in SurveyRepository(self._work).subjects(survey_id)}
            for survey_id in surveys
        }
        places = {
            r.place_id: session.get_one(PlaceRecord, r.place_id) for r in records if r.place_id
        }
        return {
            record.id: self._review(
                responses[record.response_id],
                surveys[record.survey_id].key,
                subjects[record.survey_id].get(record.subject_key or ""),
                places.get(record.place_id) if record.place_id else None,
                with_duty=with_duty,
            )
            for record in records
        }

    def _review(
        self,
        response: ResponseRecord,
        survey_key: str,
        subject: Text | None,
        place: PlaceRecord | None,
        *,
        with_duty: bool,
    ) -> CaseReview:
        lists = CaseLists(self._work)
        on_duty = lists.on_duty(place.id, response.received_at) if with_duty and place else ()
        number = response.case_number
        item = lists.item_of(response.survey_id, number) if with_duty and number else None
        definition = self._desk.definition(self._work, response.revision_id)
        reply = Reply(response.answers, response.attributes)
        return CaseReview(
            survey_key=survey_key,
            survey_title=definition.title,
            subject=subject,
            place=None if place is None else place.label,
            window=response.window or (None if place is None else place.window),
            channel=channel_name(response.channel or _OWN_CHANNEL),
            case_number=number,
            item=item or (subject.zh if subject else None),
            on_duty="、".join(on_duty) or None,
            level=_level(definition, reply),
            reasons=_reasons(definition, reply),
            comment=_comment(definition, reply),
            reviewed_on=self._desk.day_of(response.received_at),
        )


def _level(definition: Definition, reply: Reply) -> Text:
    rating = definition.review.rating if definition.review else ""
    return next(
        level.label
        for question in definition.questions
        if isinstance(question, ScaleQuestion) and question.key == rating
        for level in question.scale.levels
        if level.key in reply.chosen(rating)
    )


def _reasons(definition: Definition, reply: Reply) -> tuple[Text, ...]:
    return tuple(
        choice.label
        for question in definition.questions
        if isinstance(question, TagsQuestion)
        for choice in choices_of(question)
        if choice.key in reply.chosen(question.key)
    )


def _comment(definition: Definition, reply: Reply) -> str:
    written = (
        str(reply.answers[question.key])
        for question in definition.questions
        if isinstance(question, TextQuestion) and question.key in reply.answers
    )
    return "\n".join(written)

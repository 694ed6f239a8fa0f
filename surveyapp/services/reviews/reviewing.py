"""Looking at responses one by one, and saying which of them count and why."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
from uuid import UUID

from surveyapp.domain.answers import Reply
from surveyapp.domain.errors import BadInput, Conflict, NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import (
    Definition,
    MatrixQuestion,
    Question,
    Standing,
    Subject,
    choices_of,
)
from surveyapp.domain.text import Text
from surveyapp.services.authoring import unknown_survey
from surveyapp.services.definitions import DefinitionCache
from surveyapp.services.results.counting import Counting
from surveyapp.storage.cases import CaseRepository
from surveyapp.storage.database import Database, Work
from surveyapp.storage.records import SurveyRecord
from surveyapp.storage.responses import ResponseRepository
from surveyapp.storage.reviews import LocalDay, ReviewRepository, StoredLine
from surveyapp.storage.surveys import SurveyRepository

PAGE_SIZE = 50
REASON_LENGTH = 500
GIST = 3
CHOICES = (Standing.COUNTED, Standing.FLAGGED, Standing.EXCLUDED)
"""Standings a reviewer can give."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One imported file."""

    file_name: str
    source: str | None
    accepted: int
    duplicates: int
    imported_at: datetime
    imported_by: str


@dataclass(frozen=True, slots=True)
class ResponseLine:
    """A response in a list: the day, never the time.

    Attributes
    ----------
    gist : tuple of Text
        The first answers, enough to tell responses apart at a glance.
    """

    id: UUID
    day: date
    place_label: str | None
    subject: Text | None
    mode: str
    standing: Standing
    gist: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class ResponsePage:
    """One page of the responses of a day; `number` counts from 1."""

    day: date
    lines: tuple[ResponseLine, ...]
    number: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a response says to one question: the labels chosen, or the text."""

    title: Text
    labels: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class StandingEvent:
    """A change of standing: who, why, on which day."""

    before: Standing
    after: Standing
    actor: str
    reason: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class ResponseDetail:
    """One response with its answers and what was decided about it."""

    line: ResponseLine
    answers: tuple[Answer, ...]
    attributes: tuple[Answer, ...]
    events: tuple[StandingEvent, ...]


class Reviewing:
    """Use cases around single responses."""

    def __init__(
        self,
        database: Database,
        definitions: DefinitionCache,
        counting: Counting,
        *,
        timezone: tzinfo,
    ) -> None:
        self._database = database
        self._definitions = definitions
        self._counting = counting
        self._timezone = timezone

    def batches(self, key: str) -> list[Batch]:
        """Return the imported files of a survey, the last one first.

        Raises
        ------
        NotFound
        """
        with self._database.reading() as work:
            survey = _survey(work, key)
            return [
                Batch(
                    record.file_name,
                    record.source,
                    record.accepted,
                    record.duplicates,
                    record.imported_at,
                    record.imported_by,
                )
                for record in ResponseRepository(work).batches(survey.id)
            ]

    def days(self, key: str) -> dict[date, dict[str, int]]:
        """Return the counted responses of each day by standing, the last day first.

        Raises
        ------
        NotFound
        """
        with self._database.reading() as work:
            return ReviewRepository(work).days(_survey(work, key).id)

    def page(self, key: str, day: date, number: int) -> ResponsePage:
        """Return responses of one day; beyond the last page, the last one.

        Raises
        ------
        NotFound
        """
        local = self._local(day)
        with self._database.reading() as work:
            survey = _survey(work, key)
            reviews = ReviewRepository(work)
            total = reviews.count_of_day(survey.id, local)
            pages = max(1, -(-total // PAGE_SIZE))
            number = min(max(1, number), pages)
            titles = _titles(SurveyRepository(work).subjects(survey.id))
            stored = reviews.of_day(
                survey.id, local, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE
            )
            lines = tuple(self._line(work, one, titles) for one in stored)
            return ResponsePage(day, lines, number, pages, total)

    def response(self, key: str, response_id: UUID) -> ResponseDetail:
        """Return one response of a survey.

        Raises
        ------
        NotFound
            No such survey, or it has no such response.
        """
        with self._database.reading() as work:
            stored = _stored(work, key, response_id)
            definition = self._definition(work, stored)
            reply = Reply(stored.response.answers, stored.response.attributes)
            titles = _titles(SurveyRepository(work).subjects(stored.response.survey_id))
            return ResponseDetail(
                line=self._line(work, stored, titles),
                answers=tuple(_answers(definition, reply)),
                attributes=tuple(_attributes(definition, reply)),
                events=tuple(
                    StandingEvent(
                        Standing(event.before),
                        Standing(event.after),
                        event.actor,
                        event.reason,
                        event.happened_at,
                    )
                    for event in ReviewRepository(work).events(response_id)
                ),
            )

    def judge(self, key: str, response_id: UUID, standing: str, reason: str, actor: Actor) -> None:
        """Say whether a response counts, and why; it is never deleted.

        Raises
        ------
        NotFound
            No such survey, or it has no such response.
        BadInput
            No standing that a reviewer can give, or no reason.
        Conflict
            A bad review with a case is flagged, excluded or taken in again by nobody alone; and
            reviews of a survey of service reviews are excluded by two people.
        """
        reason = " ".join(reason.split())
        if standing not in CHOICES:
            raise BadInput(message("Choose whether the response counts."))
        if not reason or len(reason) > REASON_LENGTH:
            raise BadInput(message("Give the reason in 1 to %(n)s characters.", n=REASON_LENGTH))
        with self._database.reading() as work:
            stored = _stored(work, key, response_id)
            takes_out = standing in (Standing.EXCLUDED, Standing.FLAGGED)
            changes = takes_out or stored.response.standing == Standing.EXCLUDED
            if changes and CaseRepository(work).concerns(response_id):
                raise Conflict(
                    message(
                        "This bad review has a case: whether it is mistaken or malicious is"
                        " decided there, on an appeal and by two people."
                    )
                )
            is_review = self._definition(work, stored).review is not None
            if standing == Standing.EXCLUDED and is_review:
                raise Conflict(
                    message(
                        "Flag this review first; two people then decide on the page “Check of"
                        " conspicuous reviews” whether it counts."
                    )
                )
        self._counting.set_standing(response_id, Standing(standing), reason, actor)

    def _definition(self, work: Work, stored: StoredLine) -> Definition:
        revision_id = stored.response.revision_id
        known = self._definitions.find(revision_id)
        return known or self._definitions.read(SurveyRepository(work).revision(revision_id))

    def _line(self, work: Work, stored: StoredLine, titles: Mapping[str, Text]) -> ResponseLine:
        response = stored.response
        reply = Reply(response.answers, response.attributes)
        answers = islice(_answers(self._definition(work, stored), reply), GIST)
        return ResponseLine(
            id=response.id,
            day=response.observed_on or response.received_at.astimezone(self._timezone).date(),
            place_label=stored.place_label,
            subject=titles.get(response.subject_key or ""),
            mode=response.mode,
            standing=Standing(response.standing),
            gist=tuple(label for answer in answers for label in answer.labels[:GIST]),
        )

    def _local(self, day: date) -> LocalDay:
        first, last = (
            datetime.combine(one, time.min, self._timezone).astimezone(UTC)
            for one in (day, day + timedelta(days=1))
        )
        return LocalDay(day, first, last)


def _survey(work: Work, key: str) -> SurveyRecord:
    survey = SurveyRepository(work).find(key)
    if survey is None:
        raise unknown_survey(key)
    return survey


def _stored(work: Work, key: str, response_id: UUID) -> StoredLine:
    stored = ReviewRepository(work).find(_survey(work, key).id, response_id)
    if stored is None:
        raise NotFound(message("There is no such response."))
    return stored


def _titles(subjects: tuple[Subject, ...]) -> dict[str, Text]:
    return {subject.key: subject.title for subject in subjects}


def _answers(definition: Definition, reply: Reply) -> Iterator[Answer]:
    levels = reply.levels()
    for question in definition.questions:
        if isinstance(question, MatrixQuestion):
            for name, row in question.fields():
                if name in levels:
                    yield Answer(row.title, _labels(question, {levels[name]}))
        elif question.key in reply.answers:
            offered = choices_of(question)
            written = Text.same(str(reply.answers[question.key]))
            labels = _labels(question, reply.chosen(question.key)) if offered else (written,)
            yield Answer(question.title, labels)


def _labels(question: Question, keys: Collection[str]) -> tuple[Text, ...]:
    return tuple(level.label for level in choices_of(question) if level.key in keys)


def _attributes(definition: Definition, reply: Reply) -> Iterator[Answer]:
    for attribute in definition.attributes:
        level = attribute.find(reply.attributes.get(attribute.key, ""))
        if level is not None:
            yield Answer(attribute.title, (level.label,))

"""Surveys, their revisions and what they rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, select

from surveyapp.domain.survey import Subject
from surveyapp.domain.text import Text
from surveyapp.storage.ballot_records import BallotClassRecord, CredentialRecord
from surveyapp.storage.database import Work
from surveyapp.storage.records import (
    DailyTallyRecord,
    FoldQueueRecord,
    ResponseRecord,
    RevisionRecord,
    SubjectRecord,
    SurveyRecord,
    TallyHeadRecord,
)

FORM_COLUMNS = (
    SubjectRecord.title_zh,
    SubjectRecord.title_en,
    SurveyRecord.id.label("survey_id"),
    SurveyRecord.key.label("survey_key"),
    SurveyRecord.status.label("survey_status"),
    SurveyRecord.wrapped_response_key,
    SurveyRecord.opens_at,
    SurveyRecord.closes_at,
    RevisionRecord.id.label("revision_id"),
    RevisionRecord.number.label("revision_number"),
)
"""What a form needs of its survey, whichever code opened it."""

_SHOWN = ("counted", "flagged", "excluded")


@dataclass(frozen=True, slots=True)
class SurveyRepository:
    """Surveys in one transaction."""

    work: Work

    def find(self, key: str, *, for_update: bool = False) -> SurveyRecord | None:
        """Return the survey with a key; `for_update` holds off responses until the end."""
        query = select(SurveyRecord).where(SurveyRecord.key == key)
        if for_update and not self.work.is_sqlite:
            query = query.with_for_update()
        return self.work.session.scalars(query).one_or_none()

    def all(self) -> Sequence[SurveyRecord]:
        """Return every survey, the last changed first."""
        query = select(SurveyRecord).order_by(SurveyRecord.updated_at.desc(), SurveyRecord.key)
        return self.work.session.scalars(query).all()

    def response_keys(self) -> Sequence[tuple[UUID, bytes]]:
        """Return (survey id, wrapped response key) of every survey that was ever in use."""
        query = select(SurveyRecord.id, SurveyRecord.wrapped_response_key).where(
            SurveyRecord.status != "draft"
        )
        return [(row.id, row.wrapped_response_key) for row in self.work.session.execute(query)]

    def add(self, survey: SurveyRecord) -> None:
        """Store a new survey with its tally head."""
        self.work.session.add(survey)
        self.work.session.flush()
        self.work.session.add(TallyHeadRecord(survey_id=survey.id))

    def revision(self, revision_id: UUID) -> RevisionRecord:
        """Return a revision that exists: those in use are never deleted."""
        return self.work.session.get_one(RevisionRecord, revision_id)

    def shown(self, survey: SurveyRecord) -> RevisionRecord:
        """Return the revision in use, or the draft of a survey that never was."""
        if survey.current_revision_id is not None:
            return self.revision(survey.current_revision_id)
        return self.work.session.scalars(self._drafts(survey.id)).one()

    def revisions(self, survey_id: UUID) -> Sequence[RevisionRecord]:
        """Return all revisions of a survey, the first one first."""
        query = (
            select(RevisionRecord)
            .where(RevisionRecord.survey_id == survey_id)
            .order_by(RevisionRecord.number)
        )
        return self.work.session.scalars(query).all()

    def draft(self, survey_id: UUID) -> RevisionRecord | None:
        """Return the revision that is not in use yet."""
        return self.work.session.scalars(self._drafts(survey_id)).one_or_none()

    def _drafts(self, survey_id: UUID) -> Select[RevisionRecord]:
        return select(RevisionRecord).where(
            RevisionRecord.survey_id == survey_id, RevisionRecord.published_at.is_(None)
        )

    def add_revision(self, revision: RevisionRecord) -> None:
        """Store a revision; an earlier draft of the survey gives way."""
        draft = self.draft(revision.survey_id)
        if draft is not None:
            self.work.session.delete(draft)
            self.work.session.flush()
        self.work.session.add(revision)

    def subjects(self, survey_id: UUID) -> tuple[Subject, ...]:
        """Return what a survey rates, in its order."""
        query = (
            select(SubjectRecord)
            .where(SubjectRecord.survey_id == survey_id)
            .order_by(SubjectRecord.position, SubjectRecord.key)
        )
        return tuple(
            Subject(row.key, Text(row.title_zh, row.title_en), row.unit_code)
            for row in self.work.session.scalars(query)
        )

    def put_subjects(self, survey_id: UUID, subjects: Sequence[Subject]) -> None:
        """Add subjects or change their titles; none is ever taken away."""
        known = {subject.key for subject in self.subjects(survey_id)}
        position = len(known)
        for subject in subjects:
            record = self.work.session.get(SubjectRecord, (survey_id, subject.key))
            if record is None:
                record = SubjectRecord(survey_id=survey_id, key=subject.key, position=position)
                position += 1
                self.work.session.add(record)
            record.title_zh, record.title_en = subject.title.zh, subject.title.en
            record.unit_code = subject.unit_code

    def response_numbers(self) -> dict[UUID, int]:
        """Return how many responses each survey has, without those replaced or rehearsed.

        Of a ballot, how many have voted.
        """
        folded = (
            select(DailyTallyRecord.survey_id, func.sum(DailyTallyRecord.n))
            .where(DailyTallyRecord.standing.in_(_SHOWN))
            .group_by(DailyTallyRecord.survey_id)
        )
        queued = (
            select(FoldQueueRecord.survey_id, func.count())
            .join(ResponseRecord, ResponseRecord.id == FoldQueueRecord.id)
            .where(ResponseRecord.standing.in_(_SHOWN))
            .group_by(FoldQueueRecord.survey_id)
        )
        voting = (
            select(CredentialRecord.survey_id, func.count())
            .where(CredentialRecord.spent.is_(True))
            .group_by(CredentialRecord.survey_id)
        )
        voted = (
            select(BallotClassRecord.survey_id, func.sum(BallotClassRecord.spent))
            .where(BallotClassRecord.spent.is_not(None))
            .group_by(BallotClassRecord.survey_id)
        )
        numbers: dict[UUID, int] = {}
        for query in (folded, queued, voting, voted):
            for survey_id, n in self.work.session.execute(query):
                numbers[survey_id] = numbers.get(survey_id, 0) + int(n or 0)
        return numbers

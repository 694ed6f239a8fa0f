"""Evaluations and their meetings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, select

from surveyapp.storage.ballot_records import BallotBoxRecord, BallotClassRecord, CredentialRecord
from surveyapp.storage.database import Work
from surveyapp.storage.evaluation_records import EvaluationRecord, MeetingRecord
from surveyapp.storage.records import RevisionRecord, SurveyRecord


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """A meeting with its survey."""

    meeting: MeetingRecord
    survey: SurveyRecord


@dataclass(frozen=True, slots=True)
class ClassCount:
    """How far a class of a meeting in use has come: everything known before the opening.

    `issued` counts slips and papers, `voted` slips that were used and papers that were counted.
    """

    key: str
    roll: int
    issued: int
    voted: int


@dataclass(frozen=True, slots=True)
class EvaluationRepository:
    """Evaluations in one transaction."""

    work: Work

    def find(self, key: str, *, for_update: bool = False) -> EvaluationRecord | None:
        """Return the evaluation with a key."""
        query = select(EvaluationRecord).where(EvaluationRecord.key == key)
        if for_update and not self.work.is_sqlite:
            query = query.with_for_update()
        return self.work.session.scalars(query).one_or_none()

    def all(self) -> Sequence[EvaluationRecord]:
        """Return every evaluation, the newest first."""
        query = select(EvaluationRecord).order_by(
            EvaluationRecord.created_at.desc(), EvaluationRecord.key
        )
        return self.work.session.scalars(query).all()

    def add(self, evaluation: EvaluationRecord) -> None:
        """Store a new evaluation."""
        self.work.session.add(evaluation)
        self.work.session.flush()

    def add_meeting(self, meeting: MeetingRecord) -> None:
        """Store a new meeting; its survey is stored already."""
        self.work.session.add(meeting)
        self.work.session.flush()

    def meetings(
        self, evaluation_id: UUID, teams: Collection[str] | None = None
    ) -> list[MeetingRow]:
        """Return the meetings of an evaluation by their number.

        Parameters
        ----------
        teams : collection of str, optional
            Only those that these teams conduct.
        """
        query = (
            select(MeetingRecord, SurveyRecord)
            .join(SurveyRecord, SurveyRecord.id == MeetingRecord.survey_id)
            .where(MeetingRecord.evaluation_id == evaluation_id)
            .order_by(MeetingRecord.position)
        )
        if teams is not None:
            query = query.where(MeetingRecord.team.in_(sorted(teams)))
        return [MeetingRow(meeting, survey) for meeting, survey in self.work.session.execute(query)]

    def meeting_of(self, survey_key: str) -> tuple[MeetingRecord, EvaluationRecord] | None:
        """Return the meeting a survey is, with its evaluation; None where it is none."""
        query = (
            select(MeetingRecord, EvaluationRecord)
            .join(SurveyRecord, SurveyRecord.id == MeetingRecord.survey_id)
            .join(EvaluationRecord, EvaluationRecord.id == MeetingRecord.evaluation_id)
            .where(SurveyRecord.key == survey_key)
        )
        found = self.work.session.execute(query).one_or_none()
        return None if found is None else (found[0], found[1])

    def keys_of(self, teams: Collection[str] | None = None) -> frozenset[str]:
        """Return the keys of all surveys that are meetings, or of those that teams conduct."""
        query = select(SurveyRecord.key).join(
            MeetingRecord, MeetingRecord.survey_id == SurveyRecord.id
        )
        if teams is not None:
            query = query.where(MeetingRecord.team.in_(sorted(teams)))
        return frozenset(self.work.session.scalars(query))

    def teams(self) -> Sequence[str]:
        """Return the names of all teams that conduct a meeting."""
        query = select(MeetingRecord.team).where(MeetingRecord.team.is_not(None)).distinct()
        return sorted(team for team in self.work.session.scalars(query) if team is not None)

    def definitions(self, evaluation_id: UUID) -> dict[UUID, RevisionRecord]:
        """Return what each meeting of an evaluation has in use, or its draft where nothing is."""
        found: dict[UUID, RevisionRecord] = {}
        query = (
            select(RevisionRecord, SurveyRecord.current_revision_id)
            .join(SurveyRecord, SurveyRecord.id == RevisionRecord.survey_id)
            .join(MeetingRecord, MeetingRecord.survey_id == SurveyRecord.id)
            .where(MeetingRecord.evaluation_id == evaluation_id)
            .order_by(RevisionRecord.number, RevisionRecord.created_at)
        )
        for revision, current in self.work.session.execute(query):
            if current in (None, revision.id):
                found[revision.survey_id] = revision
        return found

    def classes(self, evaluation_id: UUID) -> dict[UUID, list[ClassCount]]:
        """Return the classes of the meetings that are or were in use, in declared order."""
        spent = {
            (row.survey_id, row.class_key): int(row.n)
            for row in self.work.session.execute(self._spent(evaluation_id))
        }
        found: dict[UUID, list[ClassCount]] = defaultdict(list)
        query = (
            select(BallotClassRecord)
            .join(MeetingRecord, MeetingRecord.survey_id == BallotClassRecord.survey_id)
            .where(MeetingRecord.evaluation_id == evaluation_id)
            .order_by(BallotClassRecord.survey_id, BallotClassRecord.position)
        )
        for one in self.work.session.scalars(query):
            voted = spent.get((one.survey_id, one.key), 0) if one.spent is None else one.spent
            issued = one.issued + one.paper_issued
            voted += one.paper_returned or 0
            found[one.survey_id].append(ClassCount(one.key, one.roll, issued, voted))
        return found

    def _spent(self, evaluation_id: UUID) -> Select[UUID, str, int]:
        return (
            select(CredentialRecord.survey_id, CredentialRecord.class_key, func.count().label("n"))
            .join(MeetingRecord, MeetingRecord.survey_id == CredentialRecord.survey_id)
            .where(MeetingRecord.evaluation_id == evaluation_id, CredentialRecord.spent.is_(True))
            .group_by(CredentialRecord.survey_id, CredentialRecord.class_key)
        )

    def opened(self, evaluation_id: UUID) -> frozenset[UUID]:
        """Return the surveys of the meetings whose urn is open."""
        query = (
            select(BallotBoxRecord.survey_id)
            .join(MeetingRecord, MeetingRecord.survey_id == BallotBoxRecord.survey_id)
            .where(MeetingRecord.evaluation_id == evaluation_id, BallotBoxRecord.root.is_not(None))
        )
        return frozenset(self.work.session.scalars(query))

"""Places and what they stand for."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Row, Select, func, select

from surveyapp.storage.database import Work
from surveyapp.storage.records import (
    DailyTallyRecord,
    PlaceAssignmentRecord,
    PlaceRecord,
    SubjectRecord,
    SurveyRecord,
)


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A place with what it stands for now."""

    id: UUID
    code: str
    label: str
    revoked: bool
    subject_key: str | None
    subject_zh: str | None
    subject_en: str | None
    survey: SurveyRecord


@dataclass(frozen=True, slots=True)
class PlaceRepository:
    """Places in one transaction."""

    work: Work

    def find(self, code: str) -> PlaceRow | None:
        """Return the place with a normalised code, in one query."""
        row = self.work.session.execute(self._query().where(PlaceRecord.code == code)).one_or_none()
        return None if row is None else _as_row(row)

    def of_survey(self, survey_id: UUID) -> list[PlaceRow]:
        """Return all places of a survey in the order they were made."""
        query = self._query().where(PlaceRecord.survey_id == survey_id)
        rows = self.work.session.execute(query.order_by(PlaceRecord.created_at, PlaceRecord.code))
        return [_as_row(row) for row in rows]

    def add(self, place: PlaceRecord, assignment: PlaceAssignmentRecord) -> None:
        """Store a place with its first assignment."""
        self.work.session.add(place)
        self.work.session.flush()
        self.work.session.add(assignment)

    def assign(self, assignment: PlaceAssignmentRecord) -> None:
        """Re-point a place."""
        self.work.session.add(assignment)

    def get(self, place_id: UUID) -> PlaceRecord:
        """Return the record of a place that exists."""
        return self.work.session.get_one(PlaceRecord, place_id)

    def response_numbers(self, survey_id: UUID) -> dict[str, int]:
        """Return folded responses by place id."""
        query = (
            select(DailyTallyRecord.place_id, func.sum(DailyTallyRecord.n))
            .where(
                DailyTallyRecord.survey_id == survey_id,
                DailyTallyRecord.standing.in_(("counted", "flagged", "excluded")),
            )
            .group_by(DailyTallyRecord.place_id)
        )
        return {place_id: int(n) for place_id, n in self.work.session.execute(query)}

    def _query(self) -> Select[PlaceRecord, SurveyRecord, str | None, str | None, str | None]:
        latest = (
            select(PlaceAssignmentRecord.subject_key)
            .where(PlaceAssignmentRecord.place_id == PlaceRecord.id)
            .order_by(PlaceAssignmentRecord.assigned_at.desc())
            .limit(1)
            .scalar_subquery()
        )
        return (
            select(
                PlaceRecord,
                SurveyRecord,
                latest.label("subject_key"),
                SubjectRecord.title_zh,
                SubjectRecord.title_en,
            )
            .join(SurveyRecord, SurveyRecord.id == PlaceRecord.survey_id)
            .outerjoin(
                SubjectRecord,
                (SubjectRecord.survey_id == PlaceRecord.survey_id) & (SubjectRecord.key == latest),
            )
        )


def _as_row(
    row: Row[PlaceRecord, SurveyRecord, str | None, str | None, str | None],
) -> PlaceRow:
    place, survey, subject_key, zh, en = row
    return PlaceRow(
        id=place.id,
        code=place.code,
        label=place.label,
        revoked=place.revoked_at is not None,
        subject_key=subject_key,
        subject_zh=zh,
        subject_en=en,
        survey=survey,
    )

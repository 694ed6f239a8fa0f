"""Places and what they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, func, select

from surveyapp.domain.text import Text
from surveyapp.storage.database import Work
from surveyapp.storage.records import (
    DailyTallyRecord,
    PlaceAssignmentRecord,
    PlaceRecord,
    RevisionRecord,
    SubjectRecord,
    SurveyRecord,
)
from surveyapp.storage.surveys import FORM_COLUMNS


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A place, what it stands for now, and the survey behind it.

    Attributes
    ----------
    revision_id, revision_number
        Of the revision in use; None for a survey that never was.
    """

    id: UUID
    code: str
    label: str
    hall: str | None
    window: str | None
    rates: str | None
    revoked_at: datetime | None
    subject_key: str | None
    subject_title: Text | None
    survey_id: UUID
    survey_key: str
    survey_status: str
    wrapped_response_key: bytes
    opens_at: datetime | None
    closes_at: datetime | None
    revision_id: UUID | None
    revision_number: int | None


def _places() -> Any:
    """Build the one query behind every look at places."""
    latest = (
        select(PlaceAssignmentRecord.subject_key)
        .where(PlaceAssignmentRecord.place_id == PlaceRecord.id)
        .order_by(PlaceAssignmentRecord.assigned_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            PlaceRecord.id,
            PlaceRecord.code,
            PlaceRecord.label,
            PlaceRecord.hall,
            PlaceRecord.window,
            PlaceRecord.rates,
            PlaceRecord.revoked_at,
            latest.label("subject_key"),
            *FORM_COLUMNS,
        )
        .join(SurveyRecord, SurveyRecord.id == PlaceRecord.survey_id)
        .outerjoin(RevisionRecord, RevisionRecord.id == SurveyRecord.current_revision_id)
        .outerjoin(
            SubjectRecord,
            (SubjectRecord.survey_id == PlaceRecord.survey_id) & (SubjectRecord.key == latest),
        )
    )


# Built once: every citizen's page begins with it.
_BY_CODE = _places().where(PlaceRecord.code == bindparam("code"))
_OF_SURVEY = (
    _places()
    .where(PlaceRecord.survey_id == bindparam("survey"))
    .order_by(PlaceRecord.created_at, PlaceRecord.code)
)


@dataclass(frozen=True, slots=True)
class PlaceRepository:
    """Places in one transaction."""

    work: Work

    def find(self, code: str) -> PlaceRow | None:
        """Return the place with a normalised code, in one query."""
        row = self.work.connection.execute(_BY_CODE, {"code": code}).mappings().one_or_none()
        return None if row is None else _as_row(row)

    def of_survey(self, survey_id: UUID) -> list[PlaceRow]:
        """Return all places of a survey in the order they were made."""
        rows = self.work.connection.execute(_OF_SURVEY, {"survey": survey_id}).mappings()
        return [_as_row(row) for row in rows]

    def add(self, place: PlaceRecord, assignment: PlaceAssignmentRecord) -> None:
        """Store a place with its first assignment."""
        self.work.session.add(place)
        self.work.session.flush()
        self.work.session.add(assignment)

    def assign(self, assignment: PlaceAssignmentRecord) -> None:
        """Re-point a place."""
        self.work.session.add(assignment)

    def assignments(self, place_id: UUID) -> Sequence[PlaceAssignmentRecord]:
        """Return what a place stood for and where, the latest first."""
        query = select(PlaceAssignmentRecord).where(PlaceAssignmentRecord.place_id == place_id)
        return self.work.session.scalars(
            query.order_by(PlaceAssignmentRecord.assigned_at.desc())
        ).all()

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


def _as_row(row: RowMapping) -> PlaceRow:
    columns = dict(row)
    zh, en = columns.pop("title_zh"), columns.pop("title_en")
    title = None if zh is None or en is None else Text(zh, en)
    return PlaceRow(**columns, subject_title=title)

"""Single responses as a reviewer looks at them: by day, never in the order of their arrival."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select

from surveyapp.storage.database import Work
from surveyapp.storage.records import (
    DailyTallyRecord,
    PlaceRecord,
    ResponseRecord,
    StandingEventRecord,
)


@dataclass(frozen=True, slots=True)
class LocalDay:
    """A day and its bounds [starts_at, ends_at) in aware UTC."""

    day: date
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class StoredLine:
    """A response with the label of the place where it was given."""

    response: ResponseRecord
    place_label: str | None


@dataclass(frozen=True, slots=True)
class ReviewRepository:
    """Responses and their changes of standing, in one transaction."""

    work: Work

    def days(self, survey_id: UUID) -> dict[date, dict[str, int]]:
        """Return the folded responses of each day by standing, the last day first."""
        query = (
            select(DailyTallyRecord.day, DailyTallyRecord.standing, func.sum(DailyTallyRecord.n))
            .where(DailyTallyRecord.survey_id == survey_id)
            .group_by(DailyTallyRecord.day, DailyTallyRecord.standing)
            .order_by(DailyTallyRecord.day.desc())
        )
        days: dict[date, dict[str, int]] = {}
        for day, standing, n in self.work.session.execute(query):
            days.setdefault(day, {})[standing] = int(n)
        return days

    def of_day(
        self, survey_id: UUID, local: LocalDay, *, limit: int, offset: int
    ) -> list[StoredLine]:
        """Return responses of one day by id, which says nothing about the time of day."""
        query = self._lines().where(*_is_of(survey_id, local)).order_by(ResponseRecord.id)
        rows = self.work.session.execute(query.limit(limit).offset(offset))
        return [_as_line(row) for row in rows]

    def count_of_day(self, survey_id: UUID, local: LocalDay) -> int:
        """Return how many responses a day has."""
        query = select(func.count(ResponseRecord.id)).where(*_is_of(survey_id, local))
        return self.work.session.execute(query).scalar_one()

    def find(self, survey_id: UUID, response_id: UUID) -> StoredLine | None:
        """Return a response of one survey."""
        query = self._lines().where(
            ResponseRecord.survey_id == survey_id, ResponseRecord.id == response_id
        )
        row = self.work.session.execute(query).one_or_none()
        return None if row is None else _as_line(row)

    def events(self, response_id: UUID) -> Sequence[StandingEventRecord]:
        """Return the changes of standing of a response, the first one first."""
        query = (
            select(StandingEventRecord)
            .where(StandingEventRecord.response_id == response_id)
            .order_by(StandingEventRecord.happened_at)
        )
        return self.work.session.scalars(query).all()

    def _lines(self) -> Select[ResponseRecord, str | None]:
        return select(ResponseRecord, PlaceRecord.label).outerjoin(
            PlaceRecord, PlaceRecord.id == ResponseRecord.place_id
        )


def _as_line(row: Row[ResponseRecord, str | None]) -> StoredLine:
    response, label = row
    return StoredLine(response, label)


def _is_of(survey_id: UUID, local: LocalDay) -> tuple[ColumnElement[bool], ...]:
    return (
        ResponseRecord.survey_id == survey_id,
        or_(
            ResponseRecord.observed_on == local.day,
            and_(
                ResponseRecord.observed_on.is_(None),
                ResponseRecord.received_at >= local.starts_at,
                ResponseRecord.received_at < local.ends_at,
            ),
        ),
    )

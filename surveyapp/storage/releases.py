"""Figures as published: rows are added, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from surveyapp.storage.database import Work
from surveyapp.storage.records import ReleaseRecord, SurveyRecord


@dataclass(frozen=True, slots=True)
class ReleaseRepository:
    """Releases in one transaction."""

    work: Work

    def add(self, release: ReleaseRecord) -> None:
        """Store a release."""
        self.work.session.add(release)

    def of(self, survey_id: UUID) -> Sequence[ReleaseRecord]:
        """Return the releases of a survey, the first one first."""
        query = (
            select(ReleaseRecord)
            .where(ReleaseRecord.survey_id == survey_id)
            .order_by(ReleaseRecord.number)
        )
        return self.work.session.scalars(query).all()

    def latest(self, survey_key: str) -> ReleaseRecord | None:
        """Return the last release of a survey, or None."""
        query = (
            select(ReleaseRecord)
            .join(SurveyRecord, SurveyRecord.id == ReleaseRecord.survey_id)
            .where(SurveyRecord.key == survey_key)
            .order_by(ReleaseRecord.number.desc())
            .limit(1)
        )
        return self.work.session.scalars(query).one_or_none()

    def latest_of_each(self) -> Sequence[tuple[str, ReleaseRecord]]:
        """Return (survey key, last release) of every survey that has one, the newest first."""
        last = (
            select(ReleaseRecord.survey_id, func.max(ReleaseRecord.number).label("number"))
            .group_by(ReleaseRecord.survey_id)
            .subquery()
        )
        query = (
            select(SurveyRecord.key, ReleaseRecord)
            .join(ReleaseRecord, ReleaseRecord.survey_id == SurveyRecord.id)
            .join(
                last,
                (last.c.survey_id == ReleaseRecord.survey_id)
                & (last.c.number == ReleaseRecord.number),
            )
            .order_by(ReleaseRecord.released_at.desc(), SurveyRecord.key)
        )
        return [(key, release) for key, release in self.work.session.execute(query)]

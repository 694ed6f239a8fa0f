"""Population margins of surveys: added and replaced, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from surveyapp.storage.database import Work
from surveyapp.storage.records import Key, Record, SurveyId


class MarginSetRecord(Record):
    """Margins as they were set: the one with the highest number holds."""

    __tablename__ = "margin_set"

    id: Mapped[Key]
    survey_id: Mapped[SurveyId]
    number: Mapped[int]
    wave: Mapped[str | None] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(String(500))
    file_name: Mapped[str] = mapped_column(String(255))
    file_sha256: Mapped[str] = mapped_column(String(64))
    margins: Mapped[dict[str, Any]]
    set_by: Mapped[str] = mapped_column(String(128))
    set_at: Mapped[datetime]
    replaces: Mapped[int | None]

    __table_args__ = (
        UniqueConstraint("survey_id", "number"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint(
            "(number = 1 AND replaces IS NULL)"
            " OR (replaces IS NOT NULL AND number > 1 AND replaces = number - 1)",
            name="replaces_the_one_before",
        ),
        CheckConstraint("source <> ''", name="has_a_source"),
    )


@dataclass(frozen=True, slots=True)
class MarginRepository:
    """Margin sets in one transaction."""

    work: Work

    def add(self, margins: MarginSetRecord) -> None:
        """Store a set; it replaces the one before."""
        self.work.session.add(margins)
        self.work.session.flush()

    def of(self, survey_id: UUID) -> Sequence[MarginSetRecord]:
        """Return the sets of a survey, the one that holds first."""
        query = (
            select(MarginSetRecord)
            .where(MarginSetRecord.survey_id == survey_id)
            .order_by(MarginSetRecord.number.desc())
        )
        return self.work.session.scalars(query).all()

    def current(self, survey_id: UUID) -> MarginSetRecord | None:
        """Return the set that holds, or None."""
        query = (
            select(MarginSetRecord)
            .where(MarginSetRecord.survey_id == survey_id)
            .order_by(MarginSetRecord.number.desc())
            .limit(1)
        )
        return self.work.session.scalars(query).one_or_none()

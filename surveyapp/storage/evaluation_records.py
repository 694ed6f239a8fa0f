"""Tables of evaluations (考核批次): one frozen template, many meetings (场次).

They stand beside the votes and hold nothing about voters: a meeting is a survey of kind ballot, and
whatever is secret about it lies in the tables of ballots.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from surveyapp.storage.records import Key, Record


class EvaluationRecord(Record):
    """A template that never changes once it is stored; its meetings are made from it."""

    __tablename__ = "evaluation"

    id: Mapped[Key]
    key: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[dict[str, Any]]
    template: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None]


class MeetingRecord(Record):
    """One meeting: which unit, who conducts it, when and where."""

    __tablename__ = "meeting"

    survey_id: Mapped[UUID] = mapped_column(ForeignKey("survey.id"), primary_key=True)
    evaluation_id: Mapped[UUID] = mapped_column(ForeignKey("evaluation.id"))
    position: Mapped[int]
    unit_name: Mapped[str] = mapped_column(String(200))
    unit_code: Mapped[str | None] = mapped_column(ForeignKey("unit.code"))
    team: Mapped[str | None] = mapped_column(String(64), index=True)
    takes_place_at: Mapped[datetime | None]
    place_name: Mapped[str | None] = mapped_column(String(200))

    __table_args__ = (
        UniqueConstraint("evaluation_id", "position"),
        CheckConstraint("position >= 1", name="position"),
    )

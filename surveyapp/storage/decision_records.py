"""The table of what meetings decided (审定等次): rows are added, never changed.

A correction is a further row with a higher number. That one is valid which has the highest number
of its scheme, period and unit.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from surveyapp.storage.frozen import keep_frozen
from surveyapp.storage.records import Key, Record


class DecisionRecord(Record):
    """The grade of a unit as a meeting decided it on a run of scores."""

    __tablename__ = "decision"

    id: Mapped[Key]
    run_id: Mapped[UUID] = mapped_column(ForeignKey("score_run.id"), index=True)
    scheme_id: Mapped[UUID] = mapped_column(ForeignKey("scheme.id"))
    period: Mapped[str] = mapped_column(String(8))
    unit_code: Mapped[str] = mapped_column(ForeignKey("unit.code"))
    number: Mapped[int]
    suggested: Mapped[int | None]
    grade: Mapped[int]
    reason: Mapped[str] = mapped_column(String(1000))
    authority: Mapped[str] = mapped_column(String(200))
    met_on: Mapped[date]
    minutes: Mapped[str] = mapped_column(String(100))
    entered_by: Mapped[str] = mapped_column(String(128))
    staff_id: Mapped[UUID | None]
    entered_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("scheme_id", "period", "unit_code", "number"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("grade >= 0", name="grade"),
        CheckConstraint(
            "(suggested IS NOT NULL AND grade = suggested AND number = 1) OR reason <> ''",
            name="says_why_it_differs",
        ),
        CheckConstraint("authority <> '' AND minutes <> ''", name="names_the_meeting"),
    )


keep_frozen(DecisionRecord)

"""What meetings decided: rows are added, the one with the highest number is valid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from surveyapp.storage.database import Work
from surveyapp.storage.decision_records import DecisionRecord


@dataclass(frozen=True, slots=True)
class DecisionRepository:
    """Decisions in one transaction."""

    work: Work

    def of(self, scheme_id: UUID, period: str) -> Sequence[DecisionRecord]:
        """Return every decision of a scheme and period, by unit, the first one first."""
        query = (
            select(DecisionRecord)
            .where(DecisionRecord.scheme_id == scheme_id, DecisionRecord.period == period)
            .order_by(DecisionRecord.unit_code, DecisionRecord.number)
        )
        return self.work.session.scalars(query).all()

    def valid(self, scheme_id: UUID, period: str) -> dict[str, DecisionRecord]:
        """Return the valid decision of each unit."""
        return {one.unit_code: one for one in self.of(scheme_id, period)}

    def add(self, decisions: Sequence[DecisionRecord]) -> bool:
        """Store decisions; False where somebody entered one of them at this moment."""
        try:
            with self.work.session.begin_nested():
                self.work.session.add_all(decisions)
        except IntegrityError:
            return False
        return True

"""Cases that a monthly bulletin tells of: put right to the citizen's content, and overdue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from surveyapp.storage.case_records import CaseRecord
from surveyapp.storage.database import Work

MOST_TYPICAL = 5
MOST_OVERDUE = 100
_OPEN = ("to_verify", "assessing", "rectifying")


@dataclass(frozen=True, slots=True)
class BulletinCases:
    """Cases of one survey in one transaction."""

    work: Work

    def typical(self, survey_id: UUID, first: date, last: date) -> list[CaseRecord]:
        """Return cases closed in a span of days whose citizen is satisfied with the fix."""
        query = (
            select(CaseRecord)
            .where(
                CaseRecord.survey_id == survey_id,
                CaseRecord.state == "closed",
                CaseRecord.closed_on.between(first, last),
                CaseRecord.call_back == "satisfied",
                CaseRecord.answer.is_not(None),
            )
            .order_by(CaseRecord.closed_on, CaseRecord.number)
            .limit(MOST_TYPICAL)
        )
        return list(self.work.session.scalars(query))

    def overdue(self, survey_id: UUID, last: date) -> list[CaseRecord]:
        """Return cases whose deadline was over at the end of a day and that are not answered."""
        query = (
            select(CaseRecord)
            .where(
                CaseRecord.survey_id == survey_id,
                CaseRecord.state.in_(_OPEN),
                CaseRecord.due_on <= last,
            )
            .order_by(CaseRecord.due_on, CaseRecord.number)
            .limit(MOST_OVERDUE)
        )
        return list(self.work.session.scalars(query))

"""Which service cases files of reviews name, many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from surveyapp.storage.case_records import ReviewedCaseRecord
from surveyapp.storage.database import Work

BATCH = 500
CaseReview = tuple[str, int]


@dataclass(frozen=True, slots=True)
class RecordedReviewRepository:
    """Service cases with their reviews, in one transaction."""

    work: Work

    def reviewed(self, survey_id: UUID, numbers: Sequence[str]) -> dict[CaseReview, UUID]:
        """Return the responses of many service cases by case and review number."""
        found = {}
        for start in range(0, len(numbers), BATCH):
            query = select(
                ReviewedCaseRecord.case_number,
                ReviewedCaseRecord.review_number,
                ReviewedCaseRecord.response_id,
            ).where(
                ReviewedCaseRecord.survey_id == survey_id,
                ReviewedCaseRecord.case_number.in_(numbers[start : start + BATCH]),
            )
            for case_number, review_number, response_id in self.work.session.execute(query):
                found[(case_number, review_number)] = response_id
        return found

    def claim_many(self, survey_id: UUID, reviews: Sequence[tuple[CaseReview, UUID]]) -> bool:
        """Note reviews of service cases; False where one of them had its review already."""
        if not reviews:
            return True
        insert = self.work.insert(ReviewedCaseRecord).on_conflict_do_nothing()
        taken = self.work.session.execute(
            insert.returning(ReviewedCaseRecord.response_id),
            [
                {
                    "survey_id": survey_id,
                    "case_number": case_number,
                    "review_number": review_number,
                    "response_id": response_id,
                }
                for (case_number, review_number), response_id in reviews
            ],
        )
        return len(taken.scalars().all()) == len(reviews)

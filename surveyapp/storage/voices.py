"""What citizens said about units, as far as the reviews were part of a release."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select

from surveyapp.domain.publishing import Choice
from surveyapp.domain.survey import Kind, Standing
from surveyapp.storage.case_records import PublicChoiceRecord
from surveyapp.storage.database import Work
from surveyapp.storage.records import (
    ReleaseRecord,
    ResponseRecord,
    SubjectRecord,
    SurveyRecord,
)


@dataclass(frozen=True, slots=True)
class ReleasedReview:
    """A counted review; `is_public` says whether the office chose its comment for the public."""

    unit_code: str
    revision_id: UUID
    answers: dict[str, Any]
    is_public: bool


@dataclass(frozen=True, slots=True)
class VoiceRepository:
    """Released reviews in one transaction."""

    work: Work

    def of(self, codes: frozenset[str], first: datetime, end: datetime) -> Sequence[ReleasedReview]:
        """Return counted reviews of units that were received before the last release, by id.

        Parameters
        ----------
        first, end : datetime
            Received from the first moment on, before the other.
        """
        r, c = ResponseRecord, PublicChoiceRecord
        last = (
            select(ReleaseRecord.survey_id, func.max(ReleaseRecord.released_at).label("at"))
            .group_by(ReleaseRecord.survey_id)
            .subquery()
        )
        query = (
            select(
                SubjectRecord.unit_code,
                r.revision_id,
                r.answers,
                func.coalesce(c.is_public, False),
            )
            .join(
                SubjectRecord,
                and_(SubjectRecord.survey_id == r.survey_id, SubjectRecord.key == r.subject_key),
            )
            .join(SurveyRecord, SurveyRecord.id == r.survey_id)
            .join(last, last.c.survey_id == r.survey_id)
            .outerjoin(c, and_(c.kind == Choice.COMMENT, c.item_id == r.id))
            .where(
                SurveyRecord.kind == Kind.REVIEW,
                SubjectRecord.unit_code.in_(sorted(codes)),
                r.standing == Standing.COUNTED,
                r.batch_id.is_(None),
                r.received_at >= first,
                r.received_at < end,
                r.received_at <= last.c.at,
            )
            .order_by(r.id)
        )
        return [
            ReleasedReview(str(unit), revision, answers, bool(is_public))
            for unit, revision, answers, is_public in self.work.session.execute(query)
        ]

"""What the rules against made-up reviews read, and what people decide about flagged ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_, delete, select

from surveyapp.domain.survey import Kind, Standing, Status
from surveyapp.storage.case_records import ExclusionProposalRecord, TraceRecord
from surveyapp.storage.database import Work
from surveyapp.storage.records import (
    PlaceRecord,
    ResponseRecord,
    StandingEventRecord,
    SurveyRecord,
)

_LOOKED_AT = (Standing.COUNTED, Standing.FLAGGED, Standing.EXCLUDED)


class Seen(NamedTuple):
    """A review given here, as it is stored."""

    id: UUID
    revision_id: UUID
    place_id: UUID | None
    received_at: datetime
    answers: dict[str, Any]
    standing: str
    device: str | None
    seconds: int | None


@dataclass(frozen=True, slots=True)
class StuffingRepository:
    """Reviews and the signs on them, in one transaction."""

    work: Work

    def surveys(self) -> list[str]:
        """Return the keys of all review surveys that are or were in use."""
        query = select(SurveyRecord.key).where(
            SurveyRecord.kind == Kind.REVIEW, SurveyRecord.status != Status.DRAFT
        )
        return list(self.work.session.scalars(query.order_by(SurveyRecord.key)))

    def seen(self, survey_id: UUID, since: datetime, until: datetime) -> list[Seen]:
        """Return the reviews given here in a span of time, whatever was decided about them."""
        r, t = ResponseRecord, TraceRecord
        query = (
            select(
                r.id, r.revision_id, r.place_id, r.received_at, r.answers, r.standing,
                t.device, t.seconds,
            )
            .outerjoin(t, t.response_id == r.id)
            .where(
                r.survey_id == survey_id,
                r.batch_id.is_(None),
                r.received_at >= since,
                r.received_at < until,
                r.standing.in_(_LOOKED_AT),
            )
            .order_by(r.received_at, r.id)
        )  # fmt: skip
        return [Seen(*row) for row in self.work.session.execute(query)]

    def place_labels(self, survey_id: UUID) -> dict[UUID, str]:
        """Return the names of the places of a survey."""
        query = select(PlaceRecord.id, PlaceRecord.label).where(PlaceRecord.survey_id == survey_id)
        return {row[0]: row[1] for row in self.work.session.execute(query)}

    def ever_flagged(self, survey_id: UUID) -> frozenset[UUID]:
        """Return the reviews that were flagged once, whatever was decided since."""
        e, r = StandingEventRecord, ResponseRecord
        query = (
            select(e.response_id)
            .join(r, r.id == e.response_id)
            .where(r.survey_id == survey_id, e.after == Standing.FLAGGED)
        )
        return frozenset(self.work.session.scalars(query))

    def flagged(self, survey_id: UUID) -> Sequence[tuple[ResponseRecord, str | None]]:
        """Return the reviews that are flagged, with the name of their place, ordered by id."""
        query = (
            select(ResponseRecord, PlaceRecord.label)
            .outerjoin(PlaceRecord, PlaceRecord.id == ResponseRecord.place_id)
            .where(
                ResponseRecord.survey_id == survey_id,
                ResponseRecord.standing == Standing.FLAGGED,
            )
            .order_by(ResponseRecord.id)
        )
        return [(one, label) for one, label in self.work.session.execute(query)]

    def reasons(self, survey_id: UUID) -> dict[UUID, str]:
        """Return why each flagged review was flagged last."""
        e, r = StandingEventRecord, ResponseRecord
        query = (
            select(e.response_id, e.reason)
            .join(r, and_(r.id == e.response_id, r.standing == Standing.FLAGGED))
            .where(r.survey_id == survey_id, e.after == Standing.FLAGGED)
            .order_by(e.happened_at)
        )
        return {row[0]: row[1] for row in self.work.session.execute(query)}

    # --- proposals to exclude ---

    def proposals(self, survey_id: UUID) -> dict[UUID, ExclusionProposalRecord]:
        """Return what is proposed, by review."""
        query = select(ExclusionProposalRecord).where(
            ExclusionProposalRecord.survey_id == survey_id
        )
        return {one.response_id: one for one in self.work.session.scalars(query)}

    def proposal(self, response_id: UUID) -> ExclusionProposalRecord | None:
        """Return what is proposed for one review."""
        return self.work.session.get(ExclusionProposalRecord, response_id)

    def propose(self, values: dict[str, Any]) -> bool:
        """Keep a proposal; False where there is one already."""
        insert = self.work.insert(ExclusionProposalRecord).on_conflict_do_nothing()
        kept = insert.returning(ExclusionProposalRecord.response_id)
        return self.work.connection.execute(kept, values).first() is not None

    def withdraw(self, response_id: UUID) -> None:
        """Forget a proposal, if there is one: what became of it stands in the log."""
        self.work.connection.execute(
            delete(ExclusionProposalRecord).where(
                ExclusionProposalRecord.response_id == response_id
            )
        )

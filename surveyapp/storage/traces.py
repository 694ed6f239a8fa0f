"""What is counted and noted beside the answers: the funnel of a place, the trace of a review."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import delete, func, select, update

from surveyapp.storage.case_records import FunnelRecord, TraceRecord
from surveyapp.storage.database import Work
from surveyapp.storage.records import PlaceRecord


class Step(NamedTuple):
    """One step at one place on one day."""

    place_id: UUID
    day: date
    step: str


@dataclass(frozen=True, slots=True)
class FunnelRepository:
    """Counts of the funnel in one transaction."""

    work: Work

    def add(self, counts: Mapping[Step, int]) -> None:
        """Add to the counts; in one order, so that two who add at once never block each other."""
        table = FunnelRecord.__table__.c
        insert = self.work.insert(FunnelRecord)
        upsert = insert.on_conflict_do_update(
            index_elements=[table.place_id, table.day, table.step],
            set_={"n": table.n + insert.excluded.n},
        )
        rows = [{**step._asdict(), "n": n} for step, n in sorted(counts.items())]
        self.work.connection.execute(upsert, rows)

    def of_survey(
        self, survey_id: UUID, since: date | None = None, until: date | None = None
    ) -> dict[UUID, dict[str, int]]:
        """Return the counts of a span of days, both ends inside, by place and step."""
        query = (
            select(FunnelRecord.place_id, FunnelRecord.step, func.sum(FunnelRecord.n))
            .join(PlaceRecord, PlaceRecord.id == FunnelRecord.place_id)
            .where(PlaceRecord.survey_id == survey_id)
            .group_by(FunnelRecord.place_id, FunnelRecord.step)
        )
        if since is not None:
            query = query.where(FunnelRecord.day >= since)
        if until is not None:
            query = query.where(FunnelRecord.day <= until)
        found: dict[UUID, dict[str, int]] = {}
        for place_id, step, n in self.work.connection.execute(query):
            found.setdefault(place_id, {})[step] = int(n)
        return found


@dataclass(frozen=True, slots=True)
class TraceRepository:
    """Traces of reviews in one transaction."""

    work: Work

    def add(self, values: dict[str, Any]) -> None:
        """Store the trace of a response that is stored in the same transaction."""
        self.work.connection.execute(self.work.insert(TraceRecord), values)

    def move(self, before: UUID, after: UUID) -> None:
        """Let the trace of a review belong to the row that stands for it now."""
        self.work.connection.execute(
            update(TraceRecord).where(TraceRecord.response_id == before).values(response_id=after)
        )

    def forget(self, before: date) -> int:
        """Delete the traces of the days before a day; return how many there were."""
        forgotten = delete(TraceRecord).where(TraceRecord.day < before)
        return self.work.connection.execute(forgotten).rowcount

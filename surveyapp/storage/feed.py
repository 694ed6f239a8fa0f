"""What programs read page by page, in the order in which it became visible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, defer

from surveyapp.storage.database import Work
from surveyapp.storage.indicators import SnapshotRecord
from surveyapp.storage.scheme_records import (
    SchemeRecord,
    SchemeVersionRecord,
    ScoreReleaseRecord,
    ScoreRunRecord,
)

Query = TypeVar("Query", bound=Select[*tuple[Any, ...]])


@dataclass(frozen=True, slots=True)
class ReleasedRun:
    """A run of scores that was released, with what it was computed with."""

    run: ScoreRunRecord
    release: ScoreReleaseRecord
    scheme: SchemeRecord
    version: SchemeVersionRecord


@dataclass(frozen=True, slots=True)
class FeedRepository:
    """Snapshots and released runs in one transaction."""

    work: Work

    def snapshots(
        self, source: str | None, period: str | None, after: UUID | None, limit: int
    ) -> Sequence[SnapshotRecord] | None:
        """Return snapshots without their inputs, the first made first.

        Returns
        -------
        sequence or None
            None where there is no snapshot `after`.
        """
        s = SnapshotRecord
        query = select(s).options(defer(s.input_blob))
        if source is not None:
            query = query.where(s.source_key == source)
        if period is not None:
            query = query.where(s.period == period)
        page = self._page(query, s.made_at, s.id, after, limit)
        return None if page is None else self.work.session.scalars(page).all()

    def snapshot(self, snapshot_id: UUID) -> SnapshotRecord | None:
        """Return one snapshot without its input."""
        s = SnapshotRecord
        query = select(s).where(s.id == snapshot_id).options(defer(s.input_blob))
        return self.work.session.scalars(query).one_or_none()

    def runs(
        self, scheme: str | None, period: str | None, after: UUID | None, limit: int
    ) -> Sequence[ReleasedRun] | None:
        """Return released runs, the first released first; None where there is none `after`."""
        query = _released()
        if scheme is not None:
            query = query.where(SchemeRecord.key == scheme)
        if period is not None:
            query = query.where(ScoreRunRecord.period == period)
        r = ScoreReleaseRecord
        page = self._page(query, r.released_at, r.run_id, after, limit)
        if page is None:
            return None
        return [ReleasedRun(*row) for row in self.work.session.execute(page)]

    def run(self, run_id: UUID) -> ReleasedRun | None:
        """Return a run if it was released."""
        query = _released().where(ScoreRunRecord.id == run_id)
        row = self.work.session.execute(query).one_or_none()
        return None if row is None else ReleasedRun(*row)

    def _page(
        self,
        query: Query,
        moment: InstrumentedAttribute[datetime],
        key: InstrumentedAttribute[UUID],
        after: UUID | None,
        limit: int,
    ) -> Query | None:
        """Cut one page out of a list in order of its moments; None where there is none `after`."""
        page = query.order_by(moment, key).limit(limit)
        if after is None:
            return page
        at = self.work.session.scalars(select(moment).where(key == after)).one_or_none()
        if at is None:
            return None
        return page.where(or_(moment > at, and_(moment == at, key > after)))


def _released() -> Select[ScoreRunRecord, ScoreReleaseRecord, SchemeRecord, SchemeVersionRecord]:
    """Return released runs, each with what `ReleasedRun` holds, without their inputs."""
    return (
        select(ScoreRunRecord, ScoreReleaseRecord, SchemeRecord, SchemeVersionRecord)
        .join(ScoreReleaseRecord, ScoreReleaseRecord.run_id == ScoreRunRecord.id)
        .join(SchemeRecord, SchemeRecord.id == ScoreRunRecord.scheme_id)
        .join(SchemeVersionRecord, SchemeVersionRecord.id == ScoreRunRecord.scheme_version_id)
        .options(defer(ScoreRunRecord.input))
    )

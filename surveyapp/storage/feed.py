"""What programs read page by page, in the order in which it became visible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, defer

from surveyapp.storage.database import Work
from surveyapp.storage.indicators import SnapshotRecord
from surveyapp.storage.scheme_records import (
    SchemeRecord,
    SchemeVersionRecord,
    ScoreReleaseRecord,
    ScoreRunRecord,
)


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
        query = select(s).order_by(s.made_at, s.id).limit(limit).options(defer(s.input_blob))
        if source is not None:
            query = query.where(s.source_key == source)
        if period is not None:
            query = query.where(s.period == period)
        if after is not None:
            made_at = self._moment(s.made_at, s.id, after)
            if made_at is None:
                return None
            query = query.where(_later(s.made_at, s.id, made_at, after))
        return self.work.session.scalars(query).all()

    def snapshot(self, snapshot_id: UUID) -> SnapshotRecord | None:
        """Return one snapshot without its input."""
        s = SnapshotRecord
        query = select(s).where(s.id == snapshot_id).options(defer(s.input_blob))
        return self.work.session.scalars(query).one_or_none()

    def runs(
        self, scheme: str | None, period: str | None, after: UUID | None, limit: int
    ) -> Sequence[ReleasedRun] | None:
        """Return released runs, the first released first; None where there is none `after`."""
        r = ScoreReleaseRecord
        query = (
            select(ScoreRunRecord, r, SchemeRecord, SchemeVersionRecord)
            .join(r, r.run_id == ScoreRunRecord.id)
            .join(SchemeRecord, SchemeRecord.id == ScoreRunRecord.scheme_id)
            .join(SchemeVersionRecord, SchemeVersionRecord.id == ScoreRunRecord.scheme_version_id)
            .order_by(r.released_at, r.run_id)
            .limit(limit)
            .options(defer(ScoreRunRecord.input))
        )
        if scheme is not None:
            query = query.where(SchemeRecord.key == scheme)
        if period is not None:
            query = query.where(ScoreRunRecord.period == period)
        if after is not None:
            released_at = self._moment(r.released_at, r.run_id, after)
            if released_at is None:
                return None
            query = query.where(_later(r.released_at, r.run_id, released_at, after))
        return [ReleasedRun(*row) for row in self.work.session.execute(query)]

    def run(self, run_id: UUID) -> ReleasedRun | None:
        """Return a run if it was released."""
        query = (
            select(ScoreRunRecord, ScoreReleaseRecord, SchemeRecord, SchemeVersionRecord)
            .join(ScoreReleaseRecord, ScoreReleaseRecord.run_id == ScoreRunRecord.id)
            .join(SchemeRecord, SchemeRecord.id == ScoreRunRecord.scheme_id)
            .join(SchemeVersionRecord, SchemeVersionRecord.id == ScoreRunRecord.scheme_version_id)
            .where(ScoreRunRecord.id == run_id)
            .options(defer(ScoreRunRecord.input))
        )
        row = self.work.session.execute(query).one_or_none()
        return None if row is None else ReleasedRun(*row)

    def _moment(
        self,
        moment: InstrumentedAttribute[datetime],
        key: InstrumentedAttribute[UUID],
        wanted: UUID,
    ) -> datetime | None:
        return self.work.session.scalars(select(moment).where(key == wanted)).one_or_none()


def _later(
    moment: InstrumentedAttribute[datetime],
    key: InstrumentedAttribute[UUID],
    at: datetime,
    after: UUID,
) -> ColumnElement[Any]:
    """Say that a row comes after another one."""
    return or_(moment > at, and_(moment == at, key > after))

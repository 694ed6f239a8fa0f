"""Schemes, their versions, and runs of scores. A run is inserted and read: nothing changes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import defer

from surveyapp.storage.database import Work
from surveyapp.storage.records import UnitRecord
from surveyapp.storage.scheme_records import (
    SchemeRecord,
    SchemeVersionRecord,
    ScoreReleaseRecord,
    ScoreRunRecord,
)


@dataclass(frozen=True, slots=True)
class SchemeRepository:
    """Schemes in one transaction."""

    work: Work

    def find(self, key: str, *, for_update: bool = False) -> SchemeRecord | None:
        """Return the scheme with a key."""
        query = select(SchemeRecord).where(SchemeRecord.key == key)
        if for_update and not self.work.is_sqlite:
            query = query.with_for_update()
        return self.work.session.scalars(query).one_or_none()

    def get(self, scheme_id: UUID) -> SchemeRecord:
        """Return a scheme that exists."""
        return self.work.session.get_one(SchemeRecord, scheme_id)

    def all(self) -> Sequence[SchemeRecord]:
        """Return every scheme, the latest year first."""
        query = select(SchemeRecord).order_by(
            SchemeRecord.year.desc(), SchemeRecord.category, SchemeRecord.key
        )
        return self.work.session.scalars(query).all()

    def add(self, scheme: SchemeRecord) -> None:
        """Store a new scheme."""
        self.work.session.add(scheme)
        self.work.session.flush()

    def versions(self, scheme_id: UUID) -> Sequence[SchemeVersionRecord]:
        """Return all versions of a scheme, the first one first."""
        query = (
            select(SchemeVersionRecord)
            .where(SchemeVersionRecord.scheme_id == scheme_id)
            .order_by(SchemeVersionRecord.number)
        )
        return self.work.session.scalars(query).all()

    def version(self, version_id: UUID) -> SchemeVersionRecord:
        """Return a version that exists."""
        return self.work.session.get_one(SchemeVersionRecord, version_id)

    def replace_draft(self, version: SchemeVersionRecord) -> None:
        """Store a draft; an earlier draft of the scheme gives way."""
        session = self.work.session
        for one in self.versions(version.scheme_id):
            if one.published_at is None:
                session.delete(one)
        session.flush()
        session.add(version)

    def units_of(self, category: str) -> Sequence[UnitRecord]:
        """Return the units of a category, by code."""
        query = select(UnitRecord).where(UnitRecord.category == category).order_by(UnitRecord.code)
        return self.work.session.scalars(query).all()


@dataclass(frozen=True, slots=True)
class ScoreRepository:
    """Runs of scores in one transaction."""

    work: Work

    def add(self, run: ScoreRunRecord) -> None:
        """Store a run for good."""
        self.work.session.add(run)
        self.work.session.flush()

    def next_number(self, scheme_id: UUID, period: str) -> int:
        """Return the number of the next run of a period."""
        query = select(func.max(ScoreRunRecord.number)).where(
            ScoreRunRecord.scheme_id == scheme_id, ScoreRunRecord.period == period
        )
        return (self.work.session.scalar(query) or 0) + 1

    def find(self, run_id: UUID) -> ScoreRunRecord | None:
        """Return a run."""
        return self.work.session.get(ScoreRunRecord, run_id)

    def of(
        self, scheme_id: UUID, period: str | None = None
    ) -> Sequence[tuple[ScoreRunRecord, ScoreReleaseRecord | None]]:
        """Return the runs of a scheme with their releases, the last made first; no inputs."""
        query = _runs(scheme_id).options(defer(ScoreRunRecord.input))
        if period is not None:
            query = query.where(ScoreRunRecord.period == period)
        return [(run, release) for run, release in self.work.session.execute(query)]

    def heads(self, scheme_id: UUID) -> Sequence[tuple[ScoreRunRecord, ScoreReleaseRecord | None]]:
        """Return the same without their results, which are large."""
        query = _runs(scheme_id).options(defer(ScoreRunRecord.input), defer(ScoreRunRecord.result))
        return [(run, release) for run, release in self.work.session.execute(query)]

    def release(self, run_id: UUID) -> ScoreReleaseRecord | None:
        """Return the release of a run."""
        return self.work.session.get(ScoreReleaseRecord, run_id)

    def add_release(self, release: ScoreReleaseRecord) -> None:
        """Let others see a run."""
        self.work.session.add(release)
        self.work.session.flush()


def _runs(scheme_id: UUID) -> Select[ScoreRunRecord, ScoreReleaseRecord]:
    return (
        select(ScoreRunRecord, ScoreReleaseRecord)
        .outerjoin(ScoreReleaseRecord, ScoreReleaseRecord.run_id == ScoreRunRecord.id)
        .where(ScoreRunRecord.scheme_id == scheme_id)
        .order_by(ScoreRunRecord.made_at.desc(), ScoreRunRecord.number.desc())
    )

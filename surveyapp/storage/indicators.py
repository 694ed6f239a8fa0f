"""Indicators by version, and snapshots: rows are added, never changed and never deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    LargeBinary,
    String,
    UniqueConstraint,
    event,
    func,
    select,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Mapper, aliased, defer, mapped_column

from surveyapp.storage.database import Work
from surveyapp.storage.records import Key, Record

SURVEY, INDICATOR = "survey", "indicator"


class IndicatorRecord(Record):
    """One version of an indicator: the one with the highest version holds."""

    __tablename__ = "indicator"

    id: Mapped[Key]
    key: Mapped[str] = mapped_column(String(64))
    version: Mapped[int]
    title: Mapped[dict[str, Any]]
    document: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64))
    created_by: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("key", "version"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("length(sha256) = 64", name="sha256"),
    )


class SnapshotRecord(Record):
    """Figures of a survey or an indicator, frozen with everything they were computed from.

    A key means one thing for ever, so numbers run by key and period, whatever the kind.
    """

    __tablename__ = "snapshot"

    id: Mapped[Key]
    source_kind: Mapped[str] = mapped_column(String(16))
    source_key: Mapped[str] = mapped_column(String(64))
    period: Mapped[str] = mapped_column(String(8))
    number: Mapped[int]
    supersedes_id: Mapped[UUID | None] = mapped_column(ForeignKey("snapshot.id"), unique=True)
    indicator_id: Mapped[UUID | None] = mapped_column(ForeignKey("indicator.id"))
    values: Mapped[dict[str, Any]]
    values_sha256: Mapped[str] = mapped_column(String(64))
    input_blob: Mapped[bytes] = mapped_column(LargeBinary)
    input_sha256: Mapped[str] = mapped_column(String(64))
    seed: Mapped[int] = mapped_column(BigInteger)
    made_by: Mapped[str] = mapped_column(String(128))
    made_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("source_key", "period", "number"),
        CheckConstraint("source_kind IN ('survey', 'indicator')", name="source_kind"),
        CheckConstraint(
            "(source_kind = 'indicator') = (indicator_id IS NOT NULL)", name="names_its_indicator"
        ),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("(number = 1) = (supersedes_id IS NULL)", name="names_its_predecessor"),
        CheckConstraint("length(values_sha256) = 64 AND length(input_sha256) = 64", name="sha256"),
        CheckConstraint("length(input_blob) > 0", name="has_an_input"),
    )


class Frozen(RuntimeError):
    """The code tried to change or delete what is frozen for ever."""


@event.listens_for(SnapshotRecord, "before_update")
@event.listens_for(SnapshotRecord, "before_delete")
@event.listens_for(IndicatorRecord, "before_update")
@event.listens_for(IndicatorRecord, "before_delete")
def _refuse(_mapper: Mapper[Any], _connection: Any, target: Record) -> None:
    raise Frozen(f"rows of {target.__tablename__} are never changed")


@dataclass(frozen=True, slots=True)
class IndicatorRepository:
    """Versions of indicators in one transaction."""

    work: Work

    def add(self, indicator: IndicatorRecord) -> None:
        """Store a version."""
        self.work.session.add(indicator)
        self.work.session.flush()

    def current(self, key: str) -> IndicatorRecord | None:
        """Return the version that holds, or None."""
        query = (
            select(IndicatorRecord)
            .where(IndicatorRecord.key == key)
            .order_by(IndicatorRecord.version.desc())
            .limit(1)
        )
        return self.work.session.scalars(query).one_or_none()

    def versions(self, key: str) -> Sequence[IndicatorRecord]:
        """Return all versions of an indicator, the one that holds first."""
        query = (
            select(IndicatorRecord)
            .where(IndicatorRecord.key == key)
            .order_by(IndicatorRecord.version.desc())
        )
        return self.work.session.scalars(query).all()

    def all_current(self) -> Sequence[IndicatorRecord]:
        """Return the version that holds of every indicator, ordered by key."""
        later = aliased(IndicatorRecord)
        newest = (
            select(func.max(later.version)).where(later.key == IndicatorRecord.key)
        ).scalar_subquery()
        query = (
            select(IndicatorRecord)
            .where(IndicatorRecord.version == newest)
            .order_by(IndicatorRecord.key)
        )
        return self.work.session.scalars(query).all()


@dataclass(frozen=True, slots=True)
class SnapshotHead:
    """How often a source was frozen, and when last."""

    key: str
    kind: str
    number: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class SnapshotRepository:
    """Snapshots in one transaction; inputs, which may be large, are read only where asked for."""

    work: Work

    def add(self, snapshot: SnapshotRecord) -> bool:
        """Store a snapshot; False where another one took its number at this moment."""
        try:
            with self.work.session.begin_nested():
                self.work.session.add(snapshot)
        except IntegrityError:
            return False
        return True

    def of(self, source_key: str, period: str | None = None) -> Sequence[SnapshotRecord]:
        """Return the snapshots of a source without their inputs, in the order they were made."""
        s = SnapshotRecord
        query = (
            select(s)
            .where(s.source_key == source_key)
            .order_by(s.made_at, s.period, s.number)
            .options(defer(s.input_blob))
        )
        if period is not None:
            query = query.where(s.period == period)
        return self.work.session.scalars(query).all()

    def latest(self, source_key: str, period: str) -> SnapshotRecord | None:
        """Return the snapshot of exactly this period that nothing supersedes, or None."""
        s = SnapshotRecord
        query = (
            select(s)
            .where(s.source_key == source_key, s.period == period)
            .order_by(s.number.desc())
            .limit(1)
            .options(defer(s.input_blob))
        )
        return self.work.session.scalars(query).one_or_none()

    def find(self, snapshot_id: UUID) -> SnapshotRecord | None:
        """Return one snapshot, its input with it."""
        return self.work.session.get(SnapshotRecord, snapshot_id)

    def all(self) -> Sequence[SnapshotRecord]:
        """Return every snapshot without its input, the newest first."""
        s = SnapshotRecord
        query = (
            select(s)
            .order_by(s.made_at.desc(), s.source_key, s.period, s.number.desc())
            .options(defer(s.input_blob))
        )
        return self.work.session.scalars(query).all()

    def input_of(self, snapshot_id: UUID) -> bytes:
        """Return the compressed input of a snapshot."""
        query = select(SnapshotRecord.input_blob).where(SnapshotRecord.id == snapshot_id)
        return self.work.session.execute(query).scalar_one()

    def heads(self) -> Sequence[SnapshotHead]:
        """Return of each source how often it was frozen and when last, the newest first."""
        s = SnapshotRecord
        last = func.max(s.made_at)
        query = (
            select(s.source_key, s.source_kind, func.count(), last)
            .group_by(s.source_key, s.source_kind)
            .order_by(last.desc(), s.source_key)
        )
        return [SnapshotHead(*row) for row in self.work.session.execute(query)]

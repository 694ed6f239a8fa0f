"""Notices on their way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, or_, select, update

from surveyapp.storage.case_records import OutboxRecord
from surveyapp.storage.database import Work


@dataclass(frozen=True, slots=True)
class OutboxRepository:
    """Notices in one transaction."""

    work: Work

    def add(self, notice: OutboxRecord) -> bool:
        """Store a notice unless the same one was made before; whether it is new."""
        columns = {column.key: getattr(notice, column.key) for column in OutboxRecord.__table__.c}
        insert = self.work.insert(OutboxRecord).on_conflict_do_nothing()
        stored = self.work.session.execute(insert.returning(OutboxRecord.id), columns)
        return stored.first() is not None

    def claim(self, now: datetime, until: datetime, limit: int) -> Sequence[OutboxRecord]:
        """Return notices that are due, and keep others from trying them before `until`."""
        due = select(OutboxRecord.id).where(
            OutboxRecord.sent_at.is_(None),
            or_(OutboxRecord.next_attempt_at.is_(None), OutboxRecord.next_attempt_at <= now),
        )
        due = due.order_by(OutboxRecord.created_at, OutboxRecord.id).limit(limit)
        if not self.work.is_sqlite:
            due = due.with_for_update(skip_locked=True)
        ids = self.work.session.scalars(due).all()
        self.work.session.execute(
            update(OutboxRecord)
            .where(OutboxRecord.id.in_(ids))
            .values(next_attempt_at=until, attempts=OutboxRecord.attempts + 1)
        )
        claimed = select(OutboxRecord).where(OutboxRecord.id.in_(ids))
        claimed = claimed.order_by(OutboxRecord.created_at, OutboxRecord.id)
        return self.work.session.scalars(claimed).all()

    def mark_sent(self, notice_id: UUID, now: datetime) -> None:
        """Note that a notice arrived."""
        self._change(notice_id, sent_at=now, last_error=None, next_attempt_at=None)

    def mark_failed(self, notice_id: UUID, error: str, again_at: datetime) -> None:
        """Note that a notice did not arrive, and when to try again."""
        self._change(notice_id, last_error=error, next_attempt_at=again_at)

    def forget_sent(self, before: datetime) -> None:
        """Delete notices that arrived long ago."""
        self.work.session.execute(delete(OutboxRecord).where(OutboxRecord.sent_at < before))

    def _change(self, notice_id: UUID, **values: object) -> None:
        statement = update(OutboxRecord).where(OutboxRecord.id == notice_id).values(**values)
        self.work.session.execute(statement)

"""The log of who changed, read or exported what: rows are added and read, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from surveyapp.storage.database import Work
from surveyapp.storage.records import AuditEventRecord


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Which events to show; ``[since, until)`` in aware UTC, None means all."""

    action: str | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditRepository:
    """The log in one transaction."""

    work: Work

    def add(self, event: AuditEventRecord) -> None:
        """Append an event."""
        self.work.session.add(event)

    def page(self, query: LogQuery, *, limit: int, offset: int) -> list[AuditEventRecord]:
        """Return matching events, newest first."""
        newest_first = (AuditEventRecord.happened_at.desc(), AuditEventRecord.id)
        events = select(AuditEventRecord).where(*_conditions(query)).order_by(*newest_first)
        return list(self.work.session.scalars(events.limit(limit).offset(offset)))

    def count(self, query: LogQuery) -> int:
        """Return how many events match."""
        counted = select(func.count(AuditEventRecord.id)).where(*_conditions(query))
        return self.work.session.scalar(counted) or 0

    def actions(self) -> list[str]:
        """Return the kinds of events that occur."""
        found = select(AuditEventRecord.action).distinct().order_by(AuditEventRecord.action)
        return list(self.work.session.scalars(found))

    def actors(self) -> list[str]:
        """Return the names that occur."""
        found = select(AuditEventRecord.actor).distinct().order_by(AuditEventRecord.actor)
        return list(self.work.session.scalars(found))


def _conditions(query: LogQuery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.action:
        conditions.append(AuditEventRecord.action == query.action)
    if query.actor:
        conditions.append(AuditEventRecord.actor == query.actor)
    if query.since:
        conditions.append(AuditEventRecord.happened_at >= query.since)
    if query.until:
        conditions.append(AuditEventRecord.happened_at < query.until)
    return conditions

"""The log of who changed, read or exported what: rows are added and read, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from surveyapp.storage.database import Work
from surveyapp.storage.records import AuditEventRecord


@dataclass(frozen=True, slots=True)
class AuditRepository:
    """The log in one transaction."""

    work: Work

    def add(self, event: AuditEventRecord) -> None:
        """Append an event."""
        self.work.session.add(event)

    def page(
        self,
        *,
        action: str | None,
        actor: str | None,
        since: datetime | None,
        until: datetime | None,
        limit: int,
        offset: int,
    ) -> list[AuditEventRecord]:
        """Return matching events, newest first; ``[since, until)`` is half-open."""
        query = _matching(select(AuditEventRecord), action, actor, since, until)
        newest_first = (AuditEventRecord.happened_at.desc(), AuditEventRecord.id)
        return list(
            self.work.session.scalars(query.order_by(*newest_first).limit(limit).offset(offset))
        )

    def count(
        self,
        *,
        action: str | None,
        actor: str | None,
        since: datetime | None,
        until: datetime | None,
    ) -> int:
        """Return how many events match."""
        query = _matching(select(func.count(AuditEventRecord.id)), action, actor, since, until)
        return self.work.session.scalar(query) or 0

    def actions(self) -> list[str]:
        """Return the kinds of events that occur."""
        found = select(AuditEventRecord.action).distinct().order_by(AuditEventRecord.action)
        return list(self.work.session.scalars(found))

    def actors(self) -> list[str]:
        """Return the names that occur."""
        found = select(AuditEventRecord.actor).distinct().order_by(AuditEventRecord.actor)
        return list(self.work.session.scalars(found))


def _matching[Row: tuple[object, ...]](
    query: Select[Row],
    action: str | None,
    actor: str | None,
    since: datetime | None,
    until: datetime | None,
) -> Select[Row]:
    if action:
        query = query.where(AuditEventRecord.action == action)
    if actor:
        query = query.where(AuditEventRecord.actor == actor)
    if since:
        query = query.where(AuditEventRecord.happened_at >= since)
    if until:
        query = query.where(AuditEventRecord.happened_at < until)
    return query

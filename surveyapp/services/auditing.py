"""The log: who changed, read or exported what, and when.

It names accounts, never citizens: no password, no network address, no answer goes into it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from surveyapp.domain.roles import Actor
from surveyapp.storage.audit import AuditRepository, LogQuery
from surveyapp.storage.database import Database, Work
from surveyapp.storage.records import AuditEventRecord

__all__ = ["Auditing", "LogEvent", "LogPage", "LogQuery", "record_event"]

PAGE_SIZE = 50
_ACTOR_LENGTH = 128
_ACTION_LENGTH = 64
_TARGET_LENGTH = 200


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One line of the log."""

    happened_at: datetime
    actor: str
    action: str
    target: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LogPage:
    """A page of the log, newest first, and what the filters can be set to."""

    events: tuple[LogEvent, ...]
    number: int
    pages: int
    total: int
    actions: tuple[str, ...]
    actors: tuple[str, ...]


def record_event(
    work: Work,
    actor: Actor,
    action: str,
    target: str,
    detail: Mapping[str, Any] | None = None,
    *,
    now: datetime,
) -> None:
    """Write an event in the transaction of the change itself: both happen, or neither.

    Parameters
    ----------
    work : Work
        A writing transaction.
    actor : Actor
        Who asked for it.
    action : str
        What was done, as ``thing.verb``, at most 64 characters.
    target : str
        What it was done to, such as the key of a survey; cut at 200 characters.
    detail : mapping, optional
        More, as JSON; never a password, an address or an answer.
    now : datetime
        Aware.
    """
    AuditRepository(work).add(
        AuditEventRecord(
            id=uuid4(),
            happened_at=now,
            actor=actor.name[:_ACTOR_LENGTH],
            action=action[:_ACTION_LENGTH],
            target=target[:_TARGET_LENGTH],
            detail=dict(detail or {}),
        )
    )


class Auditing:
    """Use cases around the log."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def note(
        self, actor: Actor, action: str, target: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        """Write an event that changes nothing else, such as that something was read."""
        with self._database.writing() as work:
            record_event(work, actor, action, target, detail, now=self._now())

    def read(self, query: LogQuery, number: int, actor: Actor) -> LogPage:
        """Return one page of the log; that it was read becomes an event too.

        Parameters
        ----------
        query : LogQuery
            Which events.
        number : int
            Page, from 1; beyond the last page the last one is returned.
        actor : Actor
            Who reads.
        """
        with self._database.writing() as work:
            log = AuditRepository(work)
            total = log.count(query)
            pages = max(1, -(-total // PAGE_SIZE))
            number = min(max(1, number), pages)
            events = log.page(query, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
            page = LogPage(
                events=tuple(_event(record) for record in events),
                number=number,
                pages=pages,
                total=total,
                actions=tuple(log.actions()),
                actors=tuple(log.actors()),
            )
            record_event(work, actor, "log.read", "", {"page": number}, now=self._now())
        return page


def _event(record: AuditEventRecord) -> LogEvent:
    return LogEvent(
        happened_at=record.happened_at,
        actor=record.actor,
        action=record.action,
        target=record.target,
        detail=record.detail,
    )

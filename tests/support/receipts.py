"""What tests of receipts look up behind the services."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from surveyapp.services.assembly import Services
from surveyapp.storage.case_records import ContactRecord, TraceRecord
from surveyapp.storage.records import ResponseRecord


def rows(services: Services) -> Sequence[ResponseRecord]:
    """Return every response in the order it came in."""
    with services.database.reading() as work:
        query = select(ResponseRecord).order_by(ResponseRecord.received_at, ResponseRecord.standing)
        return work.session.scalars(query).all()


def counted(services: Services) -> list[ResponseRecord]:
    """Return the responses that count."""
    return [row for row in rows(services) if row.standing == "counted"]


def contacts(services: Services) -> list[UUID]:
    """Return the reviews for which a number is kept."""
    with services.database.reading() as work:
        return list(work.session.scalars(select(ContactRecord.response_id)))


def traces(services: Services) -> list[TraceRecord]:
    """Return all traces."""
    with services.database.reading() as work:
        return list(work.session.scalars(select(TraceRecord)))

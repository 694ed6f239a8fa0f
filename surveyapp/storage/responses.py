"""Responses: inserted once, never changed but for their standing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Insert, bindparam, exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from surveyapp.domain.survey import Standing, Status
from surveyapp.storage.database import Work
from surveyapp.storage.records import (
    FoldQueueRecord,
    ImportBatchRecord,
    ResponseRecord,
    RevisionRecord,
    StandingEventRecord,
    SurveyRecord,
)

BATCH = 1000


class _Statements(NamedTuple):
    """The statements on the way of every citizen, built once for a dialect."""

    insert: Insert
    queue: Insert


@cache
def _statements(is_sqlite: bool) -> _Statements:
    insert = sqlite.insert if is_sqlite else postgresql.insert
    source = select(bindparam("response", type_=FoldQueueRecord.id.type), SurveyRecord.id).where(
        SurveyRecord.id == bindparam("survey"), SurveyRecord.status == Status.OPEN
    )
    return _Statements(
        insert(ResponseRecord).on_conflict_do_nothing().returning(ResponseRecord.id),
        insert(FoldQueueRecord)
        .from_select(["id", "survey_id"], source)
        .returning(FoldQueueRecord.id),
    )


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """What a receipt needs to know of its response, and of the survey it belongs to.

    Attributes
    ----------
    answered_revision_id : UUID
        The revision that was answered.
    revision_id, revision_number
        Of the revision in use now.
    """

    id: UUID
    answered_revision_id: UUID
    received_at: datetime
    standing: str
    survey_id: UUID
    survey_status: str
    wrapped_response_key: bytes
    opens_at: datetime | None
    closes_at: datetime | None
    revision_id: UUID | None
    revision_number: int | None


_RECEIPTS = (
    select(
        ResponseRecord.id,
        ResponseRecord.revision_id.label("answered_revision_id"),
        ResponseRecord.received_at,
        ResponseRecord.standing,
        ResponseRecord.survey_id,
        SurveyRecord.status.label("survey_status"),
        SurveyRecord.wrapped_response_key,
        SurveyRecord.opens_at,
        SurveyRecord.closes_at,
        RevisionRecord.id.label("revision_id"),
        RevisionRecord.number.label("revision_number"),
    )
    .join(SurveyRecord, SurveyRecord.id == ResponseRecord.survey_id)
    .outerjoin(RevisionRecord, RevisionRecord.id == SurveyRecord.current_revision_id)
    .where(ResponseRecord.id.in_(bindparam("candidates", expanding=True)))
)


@dataclass(frozen=True, slots=True)
class ResponseRepository:
    """Responses in one transaction."""

    work: Work

    def insert_once(self, values: dict[str, Any]) -> bool:
        """Insert a response unless its id exists; whether it was new.

        The foreign key holds the survey row until the end of the transaction, so a survey that
        is being closed is either closed before (`queue_if_open` sees it) or waits.
        """
        statement = _statements(self.work.is_sqlite).insert
        return self.work.connection.execute(statement, values).first() is not None

    def queue_if_open(self, response_id: UUID, survey_id: UUID) -> bool:
        """Queue a response for the tally if the survey is open at this very moment."""
        statement = _statements(self.work.is_sqlite).queue
        queued = self.work.connection.execute(
            statement, {"response": response_id, "survey": survey_id}
        )
        return queued.first() is not None

    def insert_many(self, survey_id: UUID, rows: Sequence[dict[str, Any]]) -> set[UUID]:
        """Insert and queue imported responses; return the ids that were new."""
        insert = self.work.insert(ResponseRecord).on_conflict_do_nothing()
        inserted = self.work.session.execute(insert.returning(ResponseRecord.id), list(rows))
        new = set(inserted.scalars())
        if new:
            self.work.session.execute(
                self.work.insert(FoldQueueRecord),
                [{"id": response_id, "survey_id": survey_id} for response_id in new],
            )
        return new

    def add_batch(self, batch: ImportBatchRecord) -> None:
        """Store an import batch before its rows."""
        self.work.session.add(batch)
        self.work.session.flush()

    def batches(self, survey_id: UUID) -> Sequence[ImportBatchRecord]:
        """Return the import batches of a survey, the newest first."""
        query = (
            select(ImportBatchRecord)
            .where(ImportBatchRecord.survey_id == survey_id)
            .order_by(ImportBatchRecord.imported_at.desc())
        )
        return self.work.session.scalars(query).all()

    def find(self, response_id: UUID) -> ResponseRecord | None:
        """Return a response by id, or None."""
        return self.work.session.get(ResponseRecord, response_id)

    def survey_of(self, response_id: UUID) -> UUID | None:
        """Return the survey a response belongs to, or None, without reading the response."""
        query = select(ResponseRecord.survey_id).where(ResponseRecord.id == response_id)
        return self.work.session.scalars(query).one_or_none()

    def get(self, response_id: UUID) -> ResponseRecord:
        """Return a response that exists."""
        return self.work.session.get_one(ResponseRecord, response_id)

    def find_receipt(self, response_ids: Sequence[UUID]) -> ReceiptRow | None:
        """Return what is known of the one response whose id is among many candidates."""
        for start in range(0, len(response_ids), BATCH):
            candidates = response_ids[start : start + BATCH]
            rows = self.work.connection.execute(_RECEIPTS, {"candidates": candidates})
            found = rows.mappings().first()
            if found is not None:
                return ReceiptRow(**found)
        return None

    def by_ids(self, response_ids: Sequence[UUID]) -> Sequence[ResponseRecord]:
        """Return the responses with these ids, in no order."""
        query = select(ResponseRecord).where(ResponseRecord.id.in_(response_ids))
        return self.work.session.scalars(query).all()

    def each(self, survey_id: UUID, *, only_folded: bool = False) -> Iterator[ResponseRecord]:
        """Yield all responses of a survey by id, a batch in memory at a time.

        The order by a keyed id says nothing about when a response arrived.
        """
        query = select(ResponseRecord).where(ResponseRecord.survey_id == survey_id)
        if only_folded:
            query = query.where(
                ~exists(FoldQueueRecord.id).where(FoldQueueRecord.id == ResponseRecord.id)
            )
        query = query.order_by(ResponseRecord.id).execution_options(yield_per=BATCH)
        # One query, read as it comes: a query a batch would sort all responses for each of them.
        yield from self.work.session.scalars(query)

    def folded_at(
        self, survey_id: UUID, place_ids: Sequence[UUID], since: datetime, until: datetime
    ) -> Iterator[ResponseRecord]:
        """Yield the counted responses given at places in a span, its end not among them."""
        query = (
            select(ResponseRecord)
            .where(
                ResponseRecord.survey_id == survey_id,
                ResponseRecord.place_id.in_(place_ids),
                ResponseRecord.received_at >= since,
                ResponseRecord.received_at < until,
                ~exists(FoldQueueRecord.id).where(FoldQueueRecord.id == ResponseRecord.id),
            )
            .order_by(ResponseRecord.id)
            .execution_options(yield_per=BATCH)
        )
        yield from self.work.session.scalars(query)

    def set_standing(self, event: StandingEventRecord) -> None:
        """Change a standing and keep the event."""
        self.work.session.execute(
            update(ResponseRecord)
            .where(ResponseRecord.id == event.response_id)
            .values(standing=Standing(event.after))
        )
        self.work.session.add(event)

    def standing_numbers(self, survey_id: UUID) -> dict[str, int]:
        """Return how many responses have each standing, from the rows themselves."""
        query = (
            select(ResponseRecord.standing, func.count())
            .where(ResponseRecord.survey_id == survey_id)
            .group_by(ResponseRecord.standing)
        )
        return {standing: int(n) for standing, n in self.work.session.execute(query)}

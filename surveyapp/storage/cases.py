"""Cases and their events: heads change only together with a new event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, func, select, text

from surveyapp.domain.case import CallBack, Case, Clock, Past, Remedy, State, Step
from surveyapp.domain.case_fields import Evidence
from surveyapp.domain.roles import Actor
from surveyapp.storage.case_records import (
    AttachmentRecord,
    CaseEventRecord,
    CaseQueueRecord,
    CaseRecord,
    SlipRecord,
)
from surveyapp.storage.database import Work, as_it_is_now
from surveyapp.storage.histories import StoredFile, file_columns, next_event, stored_files

_SLIP_LOCK = 0x534C4950
"""Key of the advisory lock that numbers slips one after the other ("SLIP")."""


@dataclass(frozen=True, slots=True)
class CaseRepository:
    """Cases in one transaction."""

    work: Work

    def queue(self, response_id: UUID, survey_id: UUID, open_at: datetime) -> None:
        """Let a case open for a review from a moment on."""
        insert = self.work.insert(CaseQueueRecord).on_conflict_do_nothing()
        values = {"response_id": response_id, "survey_id": survey_id, "open_at": open_at}
        self.work.connection.execute(insert, values)

    def queued_until(self, response_id: UUID) -> datetime | None:
        """Return from when on the case of a review may open, None where none waits."""
        record = self.work.session.get(CaseQueueRecord, response_id)
        return None if record is None else record.open_at

    def concerns(self, response_id: UUID) -> bool:
        """Whether a review has a case, or will have one once its level is certain."""
        queued = self.work.session.get(CaseQueueRecord, response_id) is not None
        return queued or self.of_response(response_id) is not None

    def due(self, until: datetime, limit: int) -> Sequence[UUID]:
        """Return reviews whose case may open, the longest waiting first."""
        query = select(CaseQueueRecord.response_id).where(CaseQueueRecord.open_at <= until)
        query = query.order_by(CaseQueueRecord.open_at).limit(limit)
        return self.work.session.scalars(query).all()

    def take(self, response_id: UUID) -> bool:
        """Remove a review from the queue; whether it was there, for exactly one who asks."""
        statement = delete(CaseQueueRecord).where(CaseQueueRecord.response_id == response_id)
        taken = self.work.session.scalars(statement.returning(CaseQueueRecord.response_id))
        return taken.first() is not None

    def add(self, record: CaseRecord) -> None:
        """Store a new case."""
        self.work.session.add(record)
        self.work.session.flush()

    def find(self, number: str, *, for_update: bool = False) -> CaseRecord | None:
        """Return the case with a number; `for_update` keeps others from taking a step."""
        query = select(CaseRecord).where(CaseRecord.number == number)
        return self._one(query, for_update=for_update)

    def of_response(self, response_id: UUID, *, for_update: bool = False) -> CaseRecord | None:
        """Return the case of a review."""
        query = select(CaseRecord).where(CaseRecord.response_id == response_id)
        return self._one(query, for_update=for_update)

    def _one(self, query: Select[CaseRecord], *, for_update: bool) -> CaseRecord | None:
        """Return one case; under its lock as it is now, whatever was read of it before."""
        if for_update:
            query = as_it_is_now(query)
        return self.work.session.scalars(query).one_or_none()

    def open_of_response(self, response_id: UUID) -> CaseRecord | None:
        """Return the case of a review unless it has ended."""
        query = select(CaseRecord).where(
            CaseRecord.response_id == response_id, CaseRecord.closed_on.is_(None)
        )
        return self.work.session.scalars(query).one_or_none()

    def locked(self, case_id: UUID) -> CaseRecord:
        """Return a case that exists, as it is now, and keep others from taking a step."""
        query = select(CaseRecord).where(CaseRecord.id == case_id)
        return self.work.session.scalars(as_it_is_now(query)).one()

    def awake(self, today: date, limit: int) -> Sequence[UUID]:
        """Return cases that time has something to do with, the longest waiting first."""
        query = select(CaseRecord.id).where(CaseRecord.wake_on <= today)
        query = query.order_by(CaseRecord.wake_on, CaseRecord.id).limit(limit)
        return self.work.session.scalars(query).all()

    def provisional(self, until: date, limit: int) -> Sequence[UUID]:
        """Return cases whose deadline is provisional and not after a day."""
        query = select(CaseRecord.id).where(
            CaseRecord.due_is_provisional, CaseRecord.due_on <= until
        )
        return self.work.session.scalars(query.order_by(CaseRecord.id).limit(limit)).all()

    def events(self, case_ids: Iterable[UUID]) -> dict[UUID, list[CaseEventRecord]]:
        """Return the events of cases in their order."""
        ids = list(case_ids)
        query = select(CaseEventRecord).where(CaseEventRecord.case_id.in_(ids))
        found: dict[UUID, list[CaseEventRecord]] = {case_id: [] for case_id in ids}
        for record in self.work.session.scalars(query.order_by(CaseEventRecord.position)):
            found[record.case_id].append(record)
        return found

    def add_event(
        self,
        record: CaseRecord,
        step: Step,
        actor: Actor,
        detail: Mapping[str, Any],
        *,
        now: datetime,
        files: Iterable[Evidence] = (),
    ) -> None:
        """Append a step; two that are taken at once meet the unique position."""
        event = CaseEventRecord(case_id=record.id, **next_event(record, step, actor, detail, now))
        self.work.session.add(event)
        for file in files:
            kept = AttachmentRecord(case_id=record.id, **file_columns(file, event.position))
            self.work.session.add(kept)

    def files(self, case_id: UUID) -> list[StoredFile]:
        """Return what is known of the evidence of a case, without its content."""
        owner = AttachmentRecord.case_id
        return stored_files(self.work, AttachmentRecord, owner, [case_id])[case_id]

    def file_names(self, case_ids: Iterable[UUID]) -> dict[UUID, list[str]]:
        """Return the names of the evidence of cases."""
        query = select(AttachmentRecord.case_id, AttachmentRecord.file_name)
        query = query.where(AttachmentRecord.case_id.in_(list(case_ids)))
        names: dict[UUID, list[str]] = {}
        for case_id, name in self.work.session.execute(query.order_by(AttachmentRecord.position)):
            names.setdefault(case_id, []).append(name)
        return names

    def file(self, case_id: UUID, file_id: UUID) -> AttachmentRecord | None:
        """Return one file of a case."""
        found = self.work.session.get(AttachmentRecord, file_id)
        return found if found is not None and found.case_id == case_id else None

    def slips(self, case_ids: Iterable[UUID]) -> Sequence[SlipRecord]:
        """Return the slips of cases in the order of their numbers."""
        query = select(SlipRecord).where(SlipRecord.case_id.in_(list(case_ids)))
        return self.work.session.scalars(query.order_by(SlipRecord.year, SlipRecord.serial)).all()

    def add_slip(self, slip: SlipRecord) -> None:
        """Store a slip under the next number of its year.

        On a server the numbering is serialised by an advisory lock that ends with the transaction;
        an embedded database has one writer anyway.
        """
        if not self.work.is_sqlite:
            self.work.session.execute(
                text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SLIP_LOCK}
            )
        last = select(func.max(SlipRecord.serial)).where(SlipRecord.year == slip.year)
        slip.serial = (self.work.session.scalar(last) or 0) + 1
        self.work.session.add(slip)
        self.work.session.flush()


def as_case(record: CaseRecord, events: Iterable[CaseEventRecord], timezone: tzinfo) -> Case:
    """Return the head of a case as the rules know it."""
    clock = None
    if record.due_on is not None and record.clock_since is not None:
        clock = Clock(
            record.clock_since, record.clock_days, record.due_on, record.due_is_provisional
        )
    return Case(
        state=State(record.state),
        unit_code=record.unit_code,
        is_reachable=record.is_named or record.has_contact,
        past=tuple(
            Past(
                Step(event.step),
                Actor(event.actor, event.staff_id),
                event.happened_at.astimezone(timezone).date(),
                event.detail,
            )
            for event in events
        ),
        clock=clock,
        state_before_appeal=State(record.state_before_appeal)
        if record.state_before_appeal
        else None,
        responsible_unit=record.responsible_unit,
        responsible_person=record.responsible_person,
        goal=record.goal,
        remedy=Remedy(record.remedy) if record.remedy else None,
        extended=record.extended,
        answer=record.answer,
        answered_on=record.answered_on,
        call_back=CallBack(record.call_back) if record.call_back else None,
        reopened=record.reopened,
        closed_on=record.closed_on,
        rectified_in_time=record.rectified_in_time,
    )


def store_case(record: CaseRecord, case: Case) -> None:
    """Write the head of a case back to its row."""
    clock = case.clock
    record.state = case.state
    record.unit_code = case.unit_code
    record.state_before_appeal = case.state_before_appeal
    record.responsible_unit = case.responsible_unit
    record.responsible_person = case.responsible_person
    record.goal = case.goal
    record.remedy = case.remedy
    record.due_on = clock.due_on if clock else None
    record.due_is_provisional = clock is not None and clock.is_provisional
    record.clock_since = clock.since if clock else None
    record.clock_days = clock.days if clock else None
    record.extended = case.extended
    record.answer = case.answer
    record.answered_on = case.answered_on
    record.call_back = case.call_back
    record.reopened = case.reopened
    record.closed_on = case.closed_on
    record.rectified_in_time = case.rectified_in_time

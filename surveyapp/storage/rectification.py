"""Matters being put right: heads change only together with a new event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select

from surveyapp.domain.case import Clock
from surveyapp.domain.case_fields import Evidence
from surveyapp.domain.rectification import ENDED, Item, ItemEvent, ItemState
from surveyapp.domain.rectification_fields import ItemStep
from surveyapp.domain.roles import Actor
from surveyapp.storage.case_records import SlipRecord
from surveyapp.storage.database import Work, as_it_is_now
from surveyapp.storage.histories import StoredFile, file_columns, next_event, stored_files
from surveyapp.storage.rectification_records import (
    ItemEventRecord,
    ItemFileRecord,
    ItemRecord,
)


@dataclass(frozen=True, slots=True)
class ItemQuery:
    """Which matters to list; None means all.

    Attributes
    ----------
    units : frozenset of str or None
        What who asks may see: matters of one of these units.
    of_unit : str or None
        Matters of one unit, its own or those it is responsible for.
    overdue_on : date or None
        Only those whose unit's time has run out on this day.
    due_until : date or None
        Only those whose unit's time ends by this day.
    """

    units: frozenset[str] | None = None
    state: ItemState | None = None
    is_open: bool | None = None
    of_unit: str | None = None
    overdue_on: date | None = None
    due_until: date | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the conditions of a statement."""
        found: list[ColumnElement[bool]] = []
        if self.units is not None:
            found.append(of_units(self.units))
        if self.state is not None:
            found.append(ItemRecord.state == self.state)
        if self.is_open is not None:
            found.append(
                ItemRecord.closed_on.is_(None)
                if self.is_open
                else ItemRecord.closed_on.is_not(None)
            )
        if self.of_unit is not None:
            found.append(of_units(frozenset({self.of_unit})))
        if self.overdue_on is not None:
            found += [
                ItemRecord.state == ItemState.RECTIFYING,
                ItemRecord.due_on < self.overdue_on,
            ]
        if self.due_until is not None:
            found += [
                ItemRecord.state == ItemState.RECTIFYING,
                ItemRecord.due_on <= self.due_until,
            ]
        return found


def of_units(codes: frozenset[str]) -> ColumnElement[bool]:
    """Say that a matter is of one of some units."""
    listed = sorted(codes)
    return or_(ItemRecord.unit_code.in_(listed), ItemRecord.responsible_unit.in_(listed))


@dataclass(frozen=True, slots=True)
class ItemRepository:
    """Matters in one transaction."""

    work: Work

    def add(self, record: ItemRecord) -> None:
        """Store a new matter."""
        self.work.session.add(record)
        self.work.session.flush()

    def find(self, number: str, *, for_update: bool = False) -> ItemRecord | None:
        """Return the matter with a number; `for_update` keeps others from taking a step."""
        query = select(ItemRecord).where(ItemRecord.number == number)
        if for_update:
            query = as_it_is_now(query)
        return self.work.session.scalars(query).one_or_none()

    def locked(self, item_id: UUID) -> ItemRecord:
        """Return a matter that exists, as it is now, and keep others from taking a step."""
        query = select(ItemRecord).where(ItemRecord.id == item_id)
        return self.work.session.scalars(as_it_is_now(query)).one()

    def awake(self, today: date, limit: int) -> Sequence[UUID]:
        """Return matters that time has something to do with, the longest waiting first."""
        query = select(ItemRecord.id).where(ItemRecord.wake_on <= today)
        query = query.order_by(ItemRecord.wake_on, ItemRecord.id).limit(limit)
        return self.work.session.scalars(query).all()

    def count(self, query: ItemQuery) -> int:
        """Return how many matters there are."""
        counted = select(func.count(ItemRecord.id)).where(*query.conditions())
        return self.work.session.scalar(counted) or 0

    def page(
        self, query: ItemQuery, *, limit: int | None = None, offset: int = 0
    ) -> Sequence[ItemRecord]:
        """Return matters: what is due first comes first, what has ended last."""
        found = select(ItemRecord).where(*query.conditions())
        found = found.order_by(ItemRecord.state.in_(ENDED), ItemRecord.due_on, ItemRecord.number)
        return self.work.session.scalars(found.limit(limit).offset(offset)).all()

    def events(self, item_ids: Iterable[UUID]) -> dict[UUID, list[ItemEventRecord]]:
        """Return the events of matters in their order."""
        ids = list(item_ids)
        query = select(ItemEventRecord).where(ItemEventRecord.item_id.in_(ids))
        found: dict[UUID, list[ItemEventRecord]] = {item_id: [] for item_id in ids}
        for record in self.work.session.scalars(query.order_by(ItemEventRecord.position)):
            found[record.item_id].append(record)
        return found

    def add_event(
        self,
        record: ItemRecord,
        step: ItemStep,
        actor: Actor,
        detail: Mapping[str, Any],
        *,
        now: datetime,
        files: Iterable[Evidence] = (),
    ) -> None:
        """Append a step; two that are taken at once meet the unique position."""
        event = ItemEventRecord(item_id=record.id, **next_event(record, step, actor, detail, now))
        self.work.session.add(event)
        for file in files:
            kept = ItemFileRecord(item_id=record.id, **file_columns(file, event.position))
            self.work.session.add(kept)

    def files(self, item_ids: Iterable[UUID]) -> dict[UUID, list[StoredFile]]:
        """Return what is known of the evidence of matters, without its content."""
        return stored_files(self.work, ItemFileRecord, ItemFileRecord.item_id, item_ids)

    def file(self, item_id: UUID, file_id: UUID) -> ItemFileRecord | None:
        """Return one file of a matter."""
        found = self.work.session.get(ItemFileRecord, file_id)
        return found if found is not None and found.item_id == item_id else None

    def slips(self, item_ids: Iterable[UUID]) -> Sequence[SlipRecord]:
        """Return the slips of matters in the order of their numbers."""
        query = select(SlipRecord).where(SlipRecord.item_id.in_(list(item_ids)))
        return self.work.session.scalars(query.order_by(SlipRecord.year, SlipRecord.serial)).all()


def as_item(record: ItemRecord, events: Iterable[ItemEventRecord], timezone: tzinfo) -> Item:
    """Return the head of a matter as the rules know it."""
    return Item(
        state=ItemState(record.state),
        unit_code=record.unit_code,
        responsible_unit=record.responsible_unit,
        responsible_person=record.responsible_person,
        goal=record.goal,
        clock=Clock.until(record.clock_since, record.due_on),
        past=tuple(
            ItemEvent(
                ItemStep(event.step),
                Actor(event.actor, event.staff_id),
                event.happened_at.astimezone(timezone).date(),
                event.detail,
            )
            for event in events
        ),
        round=record.round,
        extended=record.extended,
        answered_on=record.answered_on,
        in_time=record.in_time,
        closed_on=record.closed_on,
    )


def store_item(record: ItemRecord, item: Item) -> None:
    """Write the head of a matter back to its row."""
    record.state = item.state
    record.responsible_unit = item.responsible_unit
    record.responsible_person = item.responsible_person
    record.round = item.round
    record.extended = item.extended
    record.clock_since = item.clock.since
    record.due_on = item.clock.due_on
    record.answered_on = item.answered_on
    record.in_time = item.in_time
    record.closed_on = item.closed_on

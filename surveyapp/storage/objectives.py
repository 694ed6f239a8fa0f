"""Reported values, occurrences and objections: rows are added and decided, never rewritten."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, update

from surveyapp.domain.objective import EntryKind, EntryStatus, ValueStatus
from surveyapp.domain.proposals import ProposalStatus
from surveyapp.domain.roles import Actor
from surveyapp.storage.database import Work, as_it_is_now
from surveyapp.storage.objective_records import (
    AdjustmentRecord,
    ObjectionRecord,
    ObjectiveValueRecord,
    ProposalRecord,
)

NAME_LENGTH = 128
_Decided = TypeVar("_Decided", ObjectiveValueRecord, AdjustmentRecord, ObjectionRecord)
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Slot:
    """What a value is the value of, inside a scheme; `period` as it is written."""

    indicator: str
    unit: str
    period: str


@dataclass(frozen=True, slots=True)
class CountedValue:
    """A version that counts, as it is stored; somebody has verified it."""

    id: UUID
    indicator: str
    unit: str
    period: str
    version: int
    value: str
    verified_by: str | None


@dataclass(frozen=True, slots=True)
class ValueQuery:
    """Which values to show; None means all.

    Attributes
    ----------
    units : frozenset of str or None
        Values of these units, or of indicators in `responsible_for`.
    responsible_for : frozenset of str
        Keys of indicators.
    """

    scheme: str
    indicator: str | None = None
    period: str | None = None
    unit: str | None = None
    status: ValueStatus | None = None
    units: frozenset[str] | None = None
    responsible_for: frozenset[str] = frozenset()
    with_replaced: bool = False


@dataclass(frozen=True, slots=True)
class ObjectiveRepository:
    """Values in one transaction."""

    work: Work

    def add(self, record: ObjectiveValueRecord) -> None:
        """Store a new version."""
        self.work.session.add(record)

    def flush(self) -> None:
        """Write what was added, so that the constraints speak now."""
        self.work.session.flush()

    def find(self, value_id: UUID, *, for_update: bool = False) -> ObjectiveValueRecord | None:
        """Return one version; `for_update` keeps others from deciding about it."""
        query = select(ObjectiveValueRecord).where(ObjectiveValueRecord.id == value_id)
        return _one(self.work, query, for_update=for_update)

    def newest(self, scheme: str, indicators: Iterable[str]) -> dict[Slot, ObjectiveValueRecord]:
        """Return the newest version of every value of some indicators."""
        t = ObjectiveValueRecord
        query = select(t).where(t.scheme_key == scheme, t.indicator_key.in_(sorted(indicators)))
        return {slot_of(one): one for one in self.work.session.scalars(query.order_by(t.version))}

    def counting(self, scheme: str, indicators: Iterable[str]) -> Sequence[ObjectiveValueRecord]:
        """Return the versions of some indicators that count."""
        t = ObjectiveValueRecord
        query = select(t).where(
            t.scheme_key == scheme,
            t.status == ValueStatus.VERIFIED,
            t.indicator_key.in_(sorted(indicators)),
        )
        return self.work.session.scalars(query).all()

    def counted(self, scheme: str) -> Sequence[CountedValue]:
        """Return everything that counts, in a fixed order; quick for many thousands."""
        t = ObjectiveValueRecord
        query = (
            select(t.id, t.indicator_key, t.unit_code, t.period, t.version, t.value, t.decided_by)
            .where(t.scheme_key == scheme, t.status == ValueStatus.VERIFIED)
            .order_by(t.indicator_key, t.unit_code, t.period)
        )
        return [CountedValue(*row) for row in self.work.session.execute(query)]

    def slots(self, scheme: str, status: ValueStatus) -> set[Slot]:
        """Return which values have a version of a status; quick for many thousands."""
        t = ObjectiveValueRecord
        query = select(t.indicator_key, t.unit_code, t.period).where(
            t.scheme_key == scheme, t.status == status
        )
        return {Slot(*row) for row in self.work.session.execute(query)}

    def waiting(
        self, scheme: str, *, period: str | None = None, indicator: str | None = None
    ) -> Sequence[ObjectiveValueRecord]:
        """Return the versions that wait for the second person, locked."""
        t = ObjectiveValueRecord
        query = select(t).where(t.scheme_key == scheme, t.status == ValueStatus.REPORTED)
        if period is not None:
            query = query.where(t.period == period)
        if indicator is not None:
            query = query.where(t.indicator_key == indicator)
        query = query.order_by(t.indicator_key, t.unit_code, t.period).with_for_update()
        return self.work.session.scalars(query).all()

    def replace(self, ids: Iterable[UUID]) -> None:
        """Mark versions as replaced before their successors take their place."""
        self.work.session.flush()
        chosen = list(ids)
        for start in range(0, len(chosen), _BATCH):
            t = ObjectiveValueRecord
            statement = update(t).where(t.id.in_(chosen[start : start + _BATCH]))
            self.work.session.execute(statement.values(status=ValueStatus.REPLACED))

    def verified_in(self, scheme: str, slots: Iterable[Slot]) -> list[UUID]:
        """Return the versions of some values that count now."""
        wanted = set(slots)
        t = ObjectiveValueRecord
        query = select(t.id, t.indicator_key, t.unit_code, t.period).where(
            t.scheme_key == scheme,
            t.status == ValueStatus.VERIFIED,
            t.indicator_key.in_(sorted({one.indicator for one in wanted})),
        )
        rows = self.work.session.execute(query)
        return [one for one, *slot in rows if Slot(*slot) in wanted]

    def page(self, query: ValueQuery, *, limit: int, offset: int) -> Sequence[ObjectiveValueRecord]:
        """Return matching versions, what waits first, then the newest period."""
        t = ObjectiveValueRecord
        waits_first = (t.status != ValueStatus.REPORTED).asc()
        order = (waits_first, t.period.desc(), t.indicator_key, t.unit_code, t.version.desc())
        wanted = select(t).where(*_conditions(query)).order_by(*order)
        return self.work.session.scalars(wanted.limit(limit).offset(offset)).all()

    def count(self, query: ValueQuery) -> int:
        """Return how many versions match."""
        counted = select(func.count(ObjectiveValueRecord.id)).where(*_conditions(query))
        return self.work.session.scalar(counted) or 0

    def versions(self, record: ObjectiveValueRecord) -> Sequence[ObjectiveValueRecord]:
        """Return all versions of the value that one of them belongs to, the newest first."""
        t = ObjectiveValueRecord
        query = select(t).where(
            t.scheme_key == record.scheme_key,
            t.indicator_key == record.indicator_key,
            t.unit_code == record.unit_code,
            t.period == record.period,
        )
        return self.work.session.scalars(query.order_by(t.version.desc())).all()

    def waiting_everywhere(self) -> tuple[int, int, int, int]:
        """Count what waits: values, occurrences, objections, proposals."""

        def number(column: Any, condition: ColumnElement[bool]) -> int:
            return self.work.session.scalar(select(func.count(column)).where(condition)) or 0

        value, entry, proposal = ObjectiveValueRecord, AdjustmentRecord, ProposalRecord
        return (
            number(value.id, value.status == ValueStatus.REPORTED),
            number(entry.id, entry.status == EntryStatus.ENTERED),
            number(ObjectionRecord.id, ObjectionRecord.ruling.is_(None)),
            number(proposal.id, proposal.status == ProposalStatus.PROPOSED),
        )

    def of_unit(self, unit: str, year: int) -> Sequence[ObjectiveValueRecord]:
        """Return the versions of a unit that count in a year."""
        t = ObjectiveValueRecord
        query = select(t).where(
            t.unit_code == unit, t.status == ValueStatus.VERIFIED, t.period.startswith(str(year))
        )
        query = query.order_by(t.scheme_key, t.indicator_key, t.period)
        return self.work.session.scalars(query).all()


@dataclass(frozen=True, slots=True)
class AdjustmentRepository:
    """Occurrences in one transaction."""

    work: Work

    def add(self, record: AdjustmentRecord) -> None:
        """Store an occurrence."""
        self.work.session.add(record)
        self.work.session.flush()

    def find(self, entry_id: UUID, *, for_update: bool = False) -> AdjustmentRecord | None:
        """Return one; `for_update` keeps others from deciding about it."""
        query = select(AdjustmentRecord).where(AdjustmentRecord.id == entry_id)
        return _one(self.work, query, for_update=for_update)

    def waiting(self, scheme: str) -> Sequence[AdjustmentRecord]:
        """Return those that wait for the second person, locked."""
        t = AdjustmentRecord
        query = select(t).where(t.scheme_key == scheme, t.status == EntryStatus.ENTERED)
        return self.work.session.scalars(query.order_by(t.day, t.id).with_for_update()).all()

    def counting(self, scheme: str, kind: EntryKind, until: date) -> Sequence[AdjustmentRecord]:
        """Return those that count up to a day, in a fixed order."""
        t = AdjustmentRecord
        query = select(t).where(
            t.scheme_key == scheme,
            t.kind == kind,
            t.status == EntryStatus.VERIFIED,
            t.day <= until,
        )
        query = query.order_by(t.unit_code, t.rule_key, t.day, t.id)
        return self.work.session.scalars(query).all()

    def of_scheme(
        self, scheme: str, units: frozenset[str] | None = None
    ) -> Sequence[AdjustmentRecord]:
        """Return all of a scheme, of some units where they are given, the latest day first."""
        t = AdjustmentRecord
        query = select(t).where(t.scheme_key == scheme)
        if units is not None:
            query = query.where(t.unit_code.in_(sorted(units)))
        return self.work.session.scalars(query.order_by(t.day.desc(), t.entered_at.desc())).all()

    def same(self, record: AdjustmentRecord) -> bool:
        """Whether the same occurrence waits or counts already."""
        t = AdjustmentRecord
        query = select(t.id).where(
            t.scheme_key == record.scheme_key,
            t.rule_key == record.rule_key,
            t.unit_code == record.unit_code,
            t.day == record.day,
            t.document == record.document,
            t.status.in_([EntryStatus.ENTERED, EntryStatus.VERIFIED]),
        )
        return self.work.session.scalars(query).first() is not None

    def of_unit(self, unit: str, year: int) -> Sequence[AdjustmentRecord]:
        """Return those of a unit that count in a year, by day."""
        t = AdjustmentRecord
        query = select(t).where(
            t.unit_code == unit,
            t.status == EntryStatus.VERIFIED,
            t.day.between(date(year, 1, 1), date(year, 12, 31)),
        )
        return self.work.session.scalars(query.order_by(t.day, t.id)).all()


@dataclass(frozen=True, slots=True)
class ObjectionRepository:
    """Objections in one transaction."""

    work: Work

    def add(self, record: ObjectionRecord) -> None:
        """Store an objection."""
        self.work.session.add(record)
        self.work.session.flush()

    def find(self, objection_id: UUID, *, for_update: bool = False) -> ObjectionRecord | None:
        """Return one; `for_update` keeps others from ruling on it."""
        query = select(ObjectionRecord).where(ObjectionRecord.id == objection_id)
        return _one(self.work, query, for_update=for_update)

    def against(self, ids: Iterable[UUID]) -> dict[UUID, ObjectionRecord]:
        """Return the objections against values or occurrences, by what they are against."""
        chosen = list(ids)
        t = ObjectionRecord
        query = select(t).where(t.value_id.in_(chosen) | t.adjustment_id.in_(chosen))
        found = self.work.session.scalars(query)
        return {one.value_id or one.adjustment_id: one for one in found}  # type: ignore[misc]  # one is set

    def open(self) -> Sequence[ObjectionRecord]:
        """Return those that nobody has ruled on, the oldest first."""
        query = select(ObjectionRecord).where(ObjectionRecord.ruling.is_(None))
        return self.work.session.scalars(query.order_by(ObjectionRecord.raised_at)).all()


def slot_of(record: ObjectiveValueRecord) -> Slot:
    """Return what a version is a value of."""
    return Slot(record.indicator_key, record.unit_code, record.period)


def decide(
    record: ObjectiveValueRecord | AdjustmentRecord | ObjectionRecord | ProposalRecord,
    actor: Actor,
    now: datetime,
) -> None:
    """Write down who decided about a row, and when."""
    record.decided_by = actor.name[:NAME_LENGTH]
    record.decided_staff_id = actor.staff_id
    record.decided_at = now


def _one(work: Work, query: Select[_Decided], *, for_update: bool) -> _Decided | None:
    if for_update:
        query = as_it_is_now(query)
    return work.session.scalars(query).one_or_none()


def _conditions(query: ValueQuery) -> list[ColumnElement[bool]]:
    t = ObjectiveValueRecord
    conditions: list[ColumnElement[bool]] = [t.scheme_key == query.scheme]
    if query.indicator is not None:
        conditions.append(t.indicator_key == query.indicator)
    if query.period is not None:
        conditions.append(t.period == query.period)
    if query.unit is not None:
        conditions.append(t.unit_code == query.unit)
    if query.status is not None:
        conditions.append(t.status == query.status)
    elif not query.with_replaced:
        conditions.append(t.status != ValueStatus.REPLACED)
    if query.units is not None:
        conditions.append(
            t.unit_code.in_(sorted(query.units))
            | t.indicator_key.in_(sorted(query.responsible_for))
        )
    return conditions

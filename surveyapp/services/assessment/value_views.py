"""What pages and commands show of reported values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from surveyapp.domain.messages import Message
from surveyapp.domain.objective import Ruling, ValueStatus
from surveyapp.domain.organisation import Unit
from surveyapp.domain.periods import Period
from surveyapp.domain.reporting import Person
from surveyapp.domain.scheme import Scheme, SchemeIndicator, Source
from surveyapp.domain.text import Text
from surveyapp.storage.evidence import StoredEvidence
from surveyapp.storage.objective_records import ObjectionRecord, ObjectiveValueRecord
from surveyapp.storage.objectives import Slot


@dataclass(frozen=True, slots=True)
class ObjectionView:
    """An objection (申诉) and how it ended; `ruling` None while nobody has ruled."""

    id: UUID
    unit_code: str
    reason: str
    raised_by: str
    raised_at: datetime
    ruling: Ruling | None
    ruling_reason: str | None
    decided_by: str | None
    decided_at: datetime | None
    files: tuple[StoredEvidence, ...] = ()


@dataclass(frozen=True, slots=True)
class ValueLine:
    """One version of a value.

    Attributes
    ----------
    indicator : Text
        Its title; the key where the scheme has dropped it.
    measure : Text or None
        The unit of measurement.
    """

    id: UUID
    scheme: str
    indicator_key: str
    indicator: Text
    measure: Text | None
    unit_code: str
    unit_name: str
    period: Period
    version: int
    value: str
    status: ValueStatus
    source: str
    note: str
    reported_by: str
    reported_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_note: str | None


@dataclass(frozen=True, slots=True)
class ValuePage:
    """A page of values; `numbers` says how many there are by status, replaced ones apart."""

    lines: tuple[ValueLine, ...]
    number: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True)
class ValueDetail:
    """One version with its history, its evidence and what may be done with it.

    Attributes
    ----------
    may_verify : Message or None
        Why this person cannot decide about it; None where they can.
    may_object : bool
        Whether this person may contest it now.
    may_rule : bool
        Whether this person may rule on the objection.
    """

    line: ValueLine
    responsible: str | None
    file_sha256: str | None
    versions: tuple[ValueLine, ...]
    files: tuple[StoredEvidence, ...]
    objection: ObjectionView | None
    may_verify: bool
    refusal: Message | None
    may_object: bool
    may_rule: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the reporting of one indicator for one period is.

    Attributes
    ----------
    due, reported, verified : int
        Units; `reported` ones wait, `verified` ones count.
    missing : tuple of str
        Codes of the units without a value that counts or waits.
    """

    indicator: SchemeIndicator
    period: Period
    due: int
    reported: int
    verified: int
    missing: tuple[str, ...]


def value_line(record: ObjectiveValueRecord, scheme: Scheme, names: Mapping[str, str]) -> ValueLine:
    """Return a version as pages show it."""
    indicator = {one.key: one for one in scheme.indicators}.get(record.indicator_key)
    return ValueLine(
        id=record.id,
        scheme=record.scheme_key,
        indicator_key=record.indicator_key,
        indicator=indicator.title if indicator else Text.same(record.indicator_key),
        measure=indicator.unit if indicator else None,
        unit_code=record.unit_code,
        unit_name=names.get(record.unit_code, record.unit_code),
        period=Period.parse(record.period),
        version=record.version,
        value=record.value,
        status=ValueStatus(record.status),
        source=record.source,
        note=record.note,
        reported_by=record.reported_by,
        reported_at=record.reported_at,
        decided_by=record.decided_by,
        decided_at=record.decided_at,
        decision_note=record.decision_note,
    )


def objection_view(record: ObjectionRecord, files: Iterable[StoredEvidence] = ()) -> ObjectionView:
    """Return an objection as pages show it."""
    return ObjectionView(
        id=record.id,
        unit_code=record.unit_code,
        reason=record.reason,
        raised_by=record.raised_by,
        raised_at=record.raised_at,
        ruling=Ruling(record.ruling) if record.ruling else None,
        ruling_reason=record.ruling_reason,
        decided_by=record.decided_by,
        decided_at=record.decided_at,
        files=tuple(files),
    )


def progress_of(
    scheme: Scheme,
    units: Iterable[Unit],
    waiting: Set[Slot],
    counting: Set[Slot],
    person: Person,
    today: date,
) -> list[Progress]:
    """Return how far reporting is, for the periods that have begun, the latest first.

    A unit sees the indicators it is responsible for, and of the others its own units alone.
    """
    codes = sorted(unit.code for unit in units if unit.category == scheme.category)
    found: list[Progress] = []
    year = Period.parse(str(scheme.year))
    for indicator in scheme.indicators:
        if indicator.source is not Source.OBJECTIVE:
            continue
        if person.sees_all or indicator.responsible in person.units:
            shown = codes
        else:
            shown = [code for code in codes if code in person.units]
        for period in year.parts(indicator.every):
            if shown and period.first_day <= today:
                found.append(_progress(indicator, period, shown, waiting, counting))
    found.sort(key=lambda one: one.period.last_day, reverse=True)
    return found


def _progress(
    indicator: SchemeIndicator,
    period: Period,
    codes: list[str],
    waiting: Set[Slot],
    counting: Set[Slot],
) -> Progress:
    slots = {code: Slot(indicator.key, code, str(period)) for code in codes}
    waits = {code for code, slot in slots.items() if slot in waiting}
    counted = {code for code, slot in slots.items() if slot in counting}
    missing = tuple(code for code in codes if code not in waits and code not in counted)
    return Progress(indicator, period, len(codes), len(waits), len(counted), missing)

"""Storing reported values: all rows of a delivery or none, corrections as new versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

from surveyapp.domain.errors import Refusal
from surveyapp.domain.messages import message
from surveyapp.domain.objective import ValueStatus, write_number
from surveyapp.domain.reporting import Person, Report, ReportReader, ValueRow
from surveyapp.services.collection.importing import LineError
from surveyapp.storage.database import Work
from surveyapp.storage.objective_records import ObjectiveValueRecord
from surveyapp.storage.objectives import ObjectiveRepository, Slot


@dataclass(frozen=True, slots=True)
class ReportResult:
    """How a delivery went; with any error nothing was stored.

    Attributes
    ----------
    new, corrected, unchanged : int
        Values; a corrected one is a new version and counts once it is verified.
    left_empty : int
        Rows without a value, as in a template that was filled in partly.
    ids : tuple of UUID
        The versions that were stored.
    """

    new: int = 0
    corrected: int = 0
    unchanged: int = 0
    left_empty: int = 0
    errors: tuple[LineError, ...] = ()
    ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where values come from.

    Attributes
    ----------
    sha256 : str or None
        Of the file, where they come from one.
    """

    scheme: str
    source: str
    sha256: str | None
    at: datetime


def read_rows(
    reader: ReportReader, rows: Sequence[tuple[int, ValueRow]]
) -> tuple[list[Report], list[LineError], int]:
    """Return what rows mean, what is wrong with them, and how many have no value."""
    reports: dict[Slot, Report] = {}
    lines: dict[Slot, int] = {}
    errors: list[LineError] = []
    empty = 0
    for line, row in rows:
        if not row.value.strip():
            empty += 1
            continue
        try:
            report = reader.read(row)
        except Refusal as refusal:
            errors.append(LineError(line, refusal.message))
            continue
        slot = Slot(report.indicator, report.unit, str(report.period))
        if slot in reports:
            twice = message("The same value stands in line %(line)s too.", line=lines[slot])
            errors.append(LineError(line, twice))
            continue
        reports[slot], lines[slot] = report, line
    return list(reports.values()), errors, empty


def store_reports(
    work: Work, delivery: Delivery, reports: Sequence[Report], person: Person
) -> ReportResult:
    """Store values as versions that wait for a second person.

    The same number again changes nothing. A version that still waits is replaced; one that counts
    goes on counting until its correction is verified.
    """
    values = ObjectiveRepository(work)
    indicators = {report.indicator for report in reports}
    newest = values.newest(delivery.scheme, indicators)
    counting = {
        Slot(one.indicator_key, one.unit_code, one.period): one
        for one in values.counting(delivery.scheme, indicators)
    }
    records: list[ObjectiveValueRecord] = []
    outdated: list[UUID] = []
    new = corrected = 0
    for report in reports:
        slot = Slot(report.indicator, report.unit, str(report.period))
        last = newest.get(slot)
        if last is not None:
            standing = last if last.status == ValueStatus.REPORTED else counting.get(slot)
            if standing is not None and _is_same(standing, report):
                continue
            if last.status == ValueStatus.REPORTED:
                outdated.append(last.id)
        new += last is None
        corrected += last is not None
        records.append(_record(delivery, slot, report, person, 1 + (last.version if last else 0)))
    values.replace(outdated)
    for record in records:
        values.add(record)
    values.flush()
    return ReportResult(
        new=new,
        corrected=corrected,
        unchanged=len(reports) - len(records),
        ids=tuple(record.id for record in records),
    )


def _is_same(record: ObjectiveValueRecord, report: Report) -> bool:
    return Decimal(record.value) == report.value and record.note == report.note


def _record(
    delivery: Delivery, slot: Slot, report: Report, person: Person, version: int
) -> ObjectiveValueRecord:
    return ObjectiveValueRecord(
        id=uuid4(),
        scheme_key=delivery.scheme,
        indicator_key=slot.indicator,
        unit_code=slot.unit,
        period=slot.period,
        version=version,
        value=write_number(report.value),
        status=ValueStatus.REPORTED,
        source=delivery.source,
        note=report.note,
        file_sha256=delivery.sha256,
        reported_by=person.actor.name[:128],
        reported_staff_id=person.actor.staff_id,
        reported_at=delivery.at,
    )

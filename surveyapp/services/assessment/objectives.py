"""Objective values: reported by whoever is responsible, verified by a second person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Any
from uuid import UUID

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.errors import BadInput, NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.objective import (
    SOURCE_LENGTH,
    Adjustment,
    ObjectiveValue,
    OverrideEvent,
    ValueStatus,
)
from surveyapp.domain.periods import Period
from surveyapp.domain.reporting import Person, ReportReader, ValueRow
from surveyapp.domain.roles import Actor
from surveyapp.domain.scheme import Scheme
from surveyapp.domain.text import Language
from surveyapp.services.assessment.common import (
    all_units,
    locked_scheme,
    person_named,
    responsible_for,
    scheme_in_use,
    schemes_in_use,
    unit_names,
    unknown_value,
    verify_refusal,
)
from surveyapp.services.assessment.counted import (
    counted_adjustments,
    counted_overrides,
    verified_values,
)
from surveyapp.services.assessment.evidence import (
    Evidence,
    Owner,
    evidence_file,
    evidence_of,
    keep_evidence,
)
from surveyapp.services.assessment.reports import (
    Delivery,
    ReportResult,
    read_rows,
    store_reports,
)
from surveyapp.services.assessment.value_files import read_values, values_template, values_workbook
from surveyapp.services.assessment.value_views import (
    Progress,
    ValueDetail,
    ValueLine,
    ValuePage,
    objection_view,
    progress_of,
    value_line,
)
from surveyapp.services.auditing import record_event
from surveyapp.services.cases.views import FileContent
from surveyapp.storage.database import Database, Work
from surveyapp.storage.objective_records import ObjectiveValueRecord
from surveyapp.storage.objectives import (
    ObjectionRepository,
    ObjectiveRepository,
    ValueQuery,
)

__all__ = ["Objectives", "ValueQuery"]

PAGE_SIZE = 50


class Objectives:
    """Use cases around values that departments report."""

    def __init__(
        self,
        database: Database,
        *,
        now: Callable[[], datetime],
        timezone: tzinfo,
    ) -> None:
        self._database = database
        self._now = now
        self._timezone = timezone

    def verified(self, scheme_key: str, upto: Period) -> tuple[ObjectiveValue, ...]:
        """Return the values that count up to a period of the scheme's year."""
        with self._database.reading() as work:
            return verified_values(work, scheme_key, upto)

    def adjustments(self, scheme_key: str, upto: Period) -> tuple[Adjustment, ...]:
        """Return the occurrences that add or take points up to the end of a period."""
        with self._database.reading() as work:
            return counted_adjustments(work, scheme_key, upto)

    def overrides(self, scheme_key: str, upto: Period) -> tuple[OverrideEvent, ...]:
        """Return the occurrences that overrides follow from, up to the end of a period."""
        with self._database.reading() as work:
            return counted_overrides(work, scheme_key, upto)

    def import_file(
        self,
        scheme_key: str,
        path: Path,
        source: str,
        person: Person,
        *,
        asked_by: Actor | None = None,
    ) -> ReportResult:
        """Store the values of a CSV, XLSX or Parquet file, all of them or none.

        Parameters
        ----------
        source : str
            Where the values come from; the name of the file where it is empty.
        asked_by : Actor, optional
            The operator who typed the command for the person who reports.

        Raises
        ------
        NotFound, Conflict
            No such scheme, or it is not in use.
        BadInput
            The file or its heading cannot be used.
        """
        rows, sha256 = read_values(path)
        return self._report(
            scheme_key, rows, source or path.name, person, sha256=sha256, asked_by=asked_by
        )

    def report(
        self,
        scheme_key: str,
        rows: Sequence[tuple[int, ValueRow]],
        source: str,
        person: Person,
        files: Iterable[Evidence] = (),
    ) -> ReportResult:
        """Store values of a form or a program, all of them or none.

        Parameters
        ----------
        rows : sequence of (line, ValueRow)
        files : iterable of Evidence
            Kept with each version that is stored.

        Raises
        ------
        NotFound, Conflict, BadInput
        """
        return self._report(scheme_key, rows, source, person, files=files)

    def _report(
        self,
        scheme_key: str,
        rows: Sequence[tuple[int, ValueRow]],
        source: str,
        person: Person,
        *,
        sha256: str | None = None,
        files: Iterable[Evidence] = (),
        asked_by: Actor | None = None,
    ) -> ReportResult:
        source = " ".join(source.split())
        if not 0 < len(source) <= SOURCE_LENGTH:
            raise BadInput(message("Say where the values come from, in at most 200 characters."))
        now = self._now()
        with self._database.writing() as work:
            scheme = locked_scheme(work, scheme_key)
            reader = ReportReader(scheme, all_units(work), person, self.today(now))
            reports, errors, empty = read_rows(reader, rows)
            if errors:
                return ReportResult(errors=tuple(errors))
            delivery = Delivery(scheme.key, source, sha256, now)
            result = replace(store_reports(work, delivery, reports, person), left_empty=empty)
            kept = tuple(files)
            for value_id in result.ids:
                keep_evidence(work, Owner.VALUE, value_id, kept, person.actor, now)
            if result.ids:
                detail: dict[str, Any] = {
                    "new": result.new,
                    "corrected": result.corrected,
                    "source": source,
                    "sha256": sha256,
                }
                if asked_by is not None:
                    detail["reporter"] = person.actor.name
                actor = asked_by or person.actor
                record_event(work, actor, "value.report", scheme.key, detail, now=now)
        return result

    def page(self, query: ValueQuery, person: Person, number: int) -> ValuePage:
        """Return one page of what a person may see: units see their own and what they report.

        Raises
        ------
        NotFound, Conflict
        """
        with self._database.reading() as work:
            scheme = scheme_in_use(work, query.scheme)
            query = _limited(query, scheme, person)
            values = ObjectiveRepository(work)
            total = values.count(query)
            pages = max(1, -(-total // PAGE_SIZE))
            number = min(max(1, number), pages)
            found = values.page(query, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
            names = unit_names(work)
            lines = tuple(value_line(one, scheme, names) for one in found)
        return ValuePage(lines, number, pages, total)

    def lines(self, query: ValueQuery, person: Person) -> list[ValueLine]:
        """Return all that a person may see at once, for commands and files.

        Raises
        ------
        NotFound, Conflict
        """
        with self._database.reading() as work:
            scheme = scheme_in_use(work, query.scheme)
            query = _limited(query, scheme, person)
            names = unit_names(work)
            values = ObjectiveRepository(work)
            found = values.page(query, limit=values.count(query), offset=0)
            return [value_line(one, scheme, names) for one in found]

    def value(self, value_id: UUID, person: Person) -> ValueDetail:
        """Return one version with its history.

        Raises
        ------
        NotFound
            No such value, or one this person may not see: both look the same.
        """
        with self._database.reading() as work:
            record, scheme = self._seen(work, value_id, person)
            names = unit_names(work)
            versions = ObjectiveRepository(work).versions(record)
            objection = ObjectionRepository(work).against([record.id]).get(record.id)
            files = evidence_of(work, Owner.VALUE, [record.id]).get(record.id, [])
            view = None
            if objection is not None:
                given = evidence_of(work, Owner.OBJECTION, [objection.id])
                view = objection_view(objection, given.get(objection.id, []))
            waits = record.status == ValueStatus.REPORTED and person.verifies
            refusal = verify_refusal(scheme, record, person) if waits else None
            counts = record.status == ValueStatus.VERIFIED
            return ValueDetail(
                line=value_line(record, scheme, names),
                responsible=responsible_for(scheme, record.indicator_key),
                file_sha256=record.file_sha256,
                versions=tuple(value_line(one, scheme, names) for one in versions),
                files=tuple(files),
                objection=view,
                may_verify=waits and refusal is None,
                refusal=refusal.message if refusal else None,
                may_object=counts and objection is None and record.unit_code in person.units,
                may_rule=person.settles and view is not None and view.ruling is None,
            )

    def file(self, value_id: UUID, file_id: UUID, person: Person) -> FileContent:
        """Hand out evidence of a value or of the objection against it.

        Raises
        ------
        NotFound
        """
        with self._database.reading() as work:
            record, _scheme = self._seen(work, value_id, person)
            file = evidence_file(work, Owner.VALUE, record.id, file_id)
            objection = ObjectionRepository(work).against([record.id]).get(record.id)
            if file is None and objection is not None:
                file = evidence_file(work, Owner.OBJECTION, objection.id, file_id)
        if file is None:
            raise NotFound(message("There is no such file."))
        return file

    def progress(self, scheme_key: str, person: Person) -> list[Progress]:
        """Return how far reporting is for each indicator and period that has begun.

        Raises
        ------
        NotFound, Conflict
        """
        with self._database.reading() as work:
            scheme = scheme_in_use(work, scheme_key)
            values = ObjectiveRepository(work)
            waiting = values.slots(scheme.key, ValueStatus.REPORTED)
            counting = values.slots(scheme.key, ValueStatus.VERIFIED)
            return progress_of(
                scheme, all_units(work), waiting, counting, person, self.today(self._now())
            )

    def template(
        self, scheme_key: str, period: Period, person: Person, language: Language
    ) -> bytes:
        """Make the workbook with a row for each value this person reports for a period (XLSX).

        Raises
        ------
        NotFound, Conflict
        """
        with self._database.reading() as work:
            scheme = scheme_in_use(work, scheme_key)
            return values_template(scheme, period, person, all_units(work), language)

    def workbook(self, query: ValueQuery, staff: StaffView, language: Language) -> bytes:
        """Write the values somebody may see as a workbook; that it was taken out is logged.

        Raises
        ------
        NotFound, Conflict
        """
        lines = self.lines(query, Person.of(staff))
        with self._database.writing() as work:
            detail = {"n": len(lines), "format": "xlsx"}
            record_event(work, staff.actor, "values.export", query.scheme, detail, now=self._now())
        return values_workbook(lines, language, self._timezone)

    def person(self, name: str) -> Person:
        """Return somebody with an account, whom the operator names.

        Raises
        ------
        BadInput
        """
        with self._database.reading() as work:
            return person_named(work, name)

    def schemes(self) -> list[Scheme]:
        """Return all schemes in use, the latest year first."""
        with self._database.reading() as work:
            return schemes_in_use(work)

    def scheme(self, scheme_key: str) -> Scheme:
        """Return the scheme in use.

        Raises
        ------
        NotFound, Conflict
        """
        with self._database.reading() as work:
            return scheme_in_use(work, scheme_key)

    def today(self, now: datetime | None = None) -> date:
        """Return the office's day."""
        return (now or self._now()).astimezone(self._timezone).date()

    def _seen(
        self, work: Work, value_id: UUID, person: Person
    ) -> tuple[ObjectiveValueRecord, Scheme]:
        record = ObjectiveRepository(work).find(value_id)
        if record is None:
            raise unknown_value()
        scheme = scheme_in_use(work, record.scheme_key)
        own = {record.unit_code, responsible_for(scheme, record.indicator_key)}
        if not person.sees_all and person.units.isdisjoint(code for code in own if code):
            raise unknown_value()
        return record, scheme


def _limited(query: ValueQuery, scheme: Scheme, person: Person) -> ValueQuery:
    """Return a query for those of its values that a person may see."""
    if person.sees_all:
        return query
    reports = (one.key for one in scheme.indicators if one.responsible in person.units)
    return replace(query, units=person.units, responsible_for=frozenset(reports))

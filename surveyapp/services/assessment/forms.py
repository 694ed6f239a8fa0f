"""Forms of the staff (访谈走访、履职情况表): filled in by name, read by those who assess.

Visits are written by the assessing teams (考核组) and read by them and by reviewers: the unit that
was visited does not read what was said there. Duty reports are written by the units themselves. An
account bound to a team reads its team's visits, and the duty reports of the units whose meetings
it conducts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any
from uuid import UUID, uuid4

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.periods import Period
from surveyapp.domain.roles import Permission, Role, teams_within
from surveyapp.domain.staff_forms import (
    DutyReport,
    FormKind,
    Visit,
    duty_report_of,
    visit_of,
)
from surveyapp.services.assessment.common import all_units, unit_names
from surveyapp.services.assessment.evidence import (
    Evidence,
    Owner,
    evidence_file,
    evidence_of,
    keep_evidence,
)
from surveyapp.services.auditing import record_event
from surveyapp.services.cases.views import FileContent
from surveyapp.storage.database import Database, Work
from surveyapp.storage.evidence import StoredEvidence
from surveyapp.storage.objective_records import StaffFormRecord
from surveyapp.storage.staff_forms import FormQuery, FormRepository


@dataclass(frozen=True, slots=True)
class FormView:
    """A form as one person sees it.

    Attributes
    ----------
    visit, report : Visit or DutyReport or None
        Exactly one of them, by `kind`.
    replaced_by : UUID or None
        Its correction.
    """

    id: UUID
    kind: FormKind
    unit_code: str
    unit_name: str
    period: Period
    day: date
    team: str | None
    filled_name: str
    filled_at: datetime
    visit: Visit | None
    report: DutyReport | None
    files: tuple[StoredEvidence, ...]
    replaces: UUID | None
    replaced_by: UUID | None
    may_correct: bool


class StaffForms:
    """Use cases around forms of the staff."""

    def __init__(
        self, database: Database, *, now: Callable[[], datetime], timezone: tzinfo
    ) -> None:
        self._database = database
        self._now = now
        self._timezone = timezone

    def write_visit(
        self,
        unit_code: str,
        visit: Visit,
        staff: StaffView,
        files: Iterable[Evidence] = (),
        *,
        replaces: UUID | None = None,
    ) -> UUID:
        """Write down a visit to a unit.

        Parameters
        ----------
        replaces : UUID, optional
            The form this one corrects; only who wrote it corrects it.

        Raises
        ------
        NotAllowed, NotFound, Conflict, BadInput
        """
        if not staff.may(Permission.WRITE_VISITS):
            raise NotAllowed(message("Visits are written down by the assessing team."))
        teams = teams_within(staff.grants, Permission.WRITE_VISITS)
        now = self._now()
        record = self._record(FormKind.VISIT, unit_code, staff, now)
        record.period = str(visit.period)
        record.day = visit.day
        record.team = min(teams) if teams else None
        record.content = visit.document(self._today(now))
        return self._store(record, staff, files, replaces, now)

    def write_report(
        self,
        unit_code: str,
        report: DutyReport,
        staff: StaffView,
        files: Iterable[Evidence] = (),
        *,
        replaces: UUID | None = None,
    ) -> UUID:
        """Hand in a duty report of one's own unit.

        Raises
        ------
        NotAllowed, NotFound, Conflict, BadInput
        """
        if not staff.may(Permission.REPORT_DUTIES) or unit_code not in staff.unit_codes:
            raise NotAllowed(message("Duty reports are handed in by the unit itself."))
        now = self._now()
        record = self._record(FormKind.DUTY_REPORT, unit_code, staff, now)
        record.period = str(report.period)
        record.day = self._today(now)
        record.content = report.document(self._today(now))
        return self._store(record, staff, files, replaces, now)

    def _record(
        self, kind: FormKind, unit_code: str, staff: StaffView, now: datetime
    ) -> StaffFormRecord:
        return StaffFormRecord(
            id=uuid4(),
            kind=kind,
            unit_code=unit_code,
            filled_by=staff.name,
            filled_name=staff.full_name,
            staff_id=staff.id,
            filled_at=now,
        )

    def _store(
        self,
        record: StaffFormRecord,
        staff: StaffView,
        files: Iterable[Evidence],
        replaces: UUID | None,
        now: datetime,
    ) -> UUID:
        with self._database.writing() as work:
            if record.unit_code not in {one.code for one in all_units(work)}:
                raise BadInput(message("There is no unit “%(code)s”.", code=record.unit_code[:80]))
            forms = FormRepository(work)
            known = forms.same(record)
            if known is not None:
                # Sent twice, such as by a second tap: it is one form.
                return known.id
            if replaces is not None:
                before = forms.find(replaces, for_update=True)
                if before is None or before.staff_id != staff.id or before.kind != record.kind:
                    raise _unknown()
                if forms.replaced_by(before.id) is not None:
                    raise Conflict(
                        message("This form was corrected before: correct the newest one.")
                    )
                record.replaces_id = before.id
            forms.add(record)
            keep_evidence(work, Owner.FORM, record.id, files, staff.actor, now)
            detail = {"form": str(record.id), "kind": str(record.kind)}
            action = "form.correct" if replaces is not None else "form.add"
            record_event(work, staff.actor, action, record.unit_code, detail, now=now)
        return record.id

    def lines(
        self, staff: StaffView, *, unit: str | None = None, year: int | None = None
    ) -> list[FormView]:
        """Return the forms somebody may read, the latest first."""
        with self._database.reading() as work:
            found = FormRepository(work).current(_readable(work, staff, unit, year))
            names = unit_names(work)
            files = evidence_of(work, Owner.FORM, [one.id for one in found])
            return [_view(one, names, files.get(one.id, ()), staff, None) for one in found]

    def get(self, form_id: UUID, staff: StaffView) -> FormView:
        """Return one form, and write down that it was read where it is a visit.

        Raises
        ------
        NotFound
            No such form, or one this person may not read: both look the same.
        """
        with self._database.writing() as work:
            record = _read(work, form_id, staff)
            later = FormRepository(work).replaced_by(record.id)
            files = evidence_of(work, Owner.FORM, [record.id]).get(record.id, ())
            view = _view(record, unit_names(work), files, staff, later.id if later else None)
            if record.kind == FormKind.VISIT and record.staff_id != staff.id:
                detail = {"form": str(record.id)}
                now = self._now()
                record_event(work, staff.actor, "form.read", record.unit_code, detail, now=now)
        return view

    def file(self, form_id: UUID, file_id: UUID, staff: StaffView) -> FileContent:
        """Hand out evidence of a form.

        Raises
        ------
        NotFound
        """
        with self._database.reading() as work:
            record = _read(work, form_id, staff)
            file = evidence_file(work, Owner.FORM, record.id, file_id)
        if file is None:
            raise NotFound(message("There is no such file."))
        return file

    def visits(self, unit: str, year: int) -> dict[str, int]:
        """Return how many visits of each kind a unit had in a year, without what was said."""
        with self._database.reading() as work:
            found = FormRepository(work).current(FormQuery(unit, year))
            counts: dict[str, int] = {}
            for one in found:
                if one.kind == FormKind.VISIT:
                    kind = str(one.content["kind"])
                    counts[kind] = counts.get(kind, 0) + 1
            return counts

    def _today(self, now: datetime) -> date:
        return now.astimezone(self._timezone).date()


def may_see_unit(work: Work, staff: StaffView, code: str) -> bool:
    """Whether somebody may open the yearly file of a unit.

    A unit opens its own and those below, an account bound to teams those whose meetings they
    conduct (and its own, where it acts for a unit too); everybody else with the permission opens
    all.
    """
    teams = bound_teams(staff)
    if teams is not None:
        return code in FormRepository(work).units_of_teams(teams) | staff.unit_codes
    return code in staff.unit_codes or not is_unit_only(staff)


def bound_teams(staff: StaffView) -> frozenset[str] | None:
    """Return the teams somebody's reading is bound to, None where it is bound to none.

    The role of a unit does not widen it: it adds that unit alone.
    """
    if not staff.may(Permission.READ_VISITS):
        return None
    others = tuple(grant for grant in staff.grants if grant.role is not Role.UNIT)
    return teams_within(others, Permission.SEE_FORMS)


def is_unit_only(staff: StaffView) -> bool:
    """Whether somebody reads for a unit alone, and not for the office or a team."""
    wider = (Permission.EDIT_SCHEMES, Permission.SETTLE, Permission.READ_VISITS)
    return bool(staff.unit_codes) and not any(staff.may(one) for one in wider)


def _readable(work: Work, staff: StaffView, unit: str | None, year: int | None) -> FormQuery:
    if not staff.may(Permission.READ_VISITS):
        own = staff.unit_codes if is_unit_only(staff) else None
        return FormQuery(unit, year, visits=False, reports_of=own)
    visits_of = teams_within(staff.grants, Permission.READ_VISITS)
    teams = bound_teams(staff)
    reports_of = None
    if teams is not None:
        reports_of = FormRepository(work).units_of_teams(teams) | staff.unit_codes
    return FormQuery(unit, year, visits_of=visits_of, reports_of=reports_of)


def _read(work: Work, form_id: UUID, staff: StaffView) -> StaffFormRecord:
    record = FormRepository(work).find(form_id)
    if record is None or not staff.may(Permission.SEE_FORMS):
        raise _unknown()
    query = _readable(work, staff, None, None)
    if record.kind == FormKind.VISIT:
        may = query.visits and (query.visits_of is None or record.team in query.visits_of)
    else:
        may = query.reports_of is None or record.unit_code in query.reports_of
    if not may and record.staff_id != staff.id:
        raise _unknown()
    return record


def _unknown() -> NotFound:
    return NotFound(message("There is no such form."))


def _view(
    record: StaffFormRecord,
    names: dict[str, str],
    files: Iterable[StoredEvidence],
    staff: StaffView,
    replaced_by: UUID | None,
) -> FormView:
    kind = FormKind(record.kind)
    content: dict[str, Any] = record.content
    period = Period.parse(record.period)
    is_visit = kind is FormKind.VISIT
    return FormView(
        id=record.id,
        kind=kind,
        unit_code=record.unit_code,
        unit_name=names.get(record.unit_code, record.unit_code),
        period=period,
        day=record.day,
        team=record.team,
        filled_name=record.filled_name,
        filled_at=record.filled_at,
        visit=visit_of(content, record.day) if is_visit else None,
        report=None if is_visit else duty_report_of(content, period),
        files=tuple(files),
        replaces=record.replaces_id,
        replaced_by=replaced_by,
        may_correct=record.staff_id == staff.id and replaced_by is None,
    )

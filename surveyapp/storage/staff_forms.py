"""Forms of the staff and proposals of units: rows are added and settled, never rewritten."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from surveyapp.domain.staff_forms import FormKind
from surveyapp.storage.database import Work, as_it_is_now
from surveyapp.storage.evaluation_records import MeetingRecord
from surveyapp.storage.objective_records import ProposalRecord, StaffFormRecord


@dataclass(frozen=True, slots=True)
class FormQuery:
    """Which forms to show; None means all.

    Attributes
    ----------
    visits_of : collection of str or None
        Teams whose visits are shown; an empty one shows none.
    reports_of : collection of str or None
        Codes of the units whose duty reports are shown.
    """

    unit: str | None = None
    year: int | None = None
    visits: bool = True
    visits_of: Collection[str] | None = None
    reports_of: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class FormRepository:
    """Forms in one transaction."""

    work: Work

    def add(self, record: StaffFormRecord) -> None:
        """Store a form; a second correction of the same one meets the unique column."""
        self.work.session.add(record)
        self.work.session.flush()

    def find(self, form_id: UUID, *, for_update: bool = False) -> StaffFormRecord | None:
        """Return a form; `for_update` keeps others from correcting it."""
        query = select(StaffFormRecord).where(StaffFormRecord.id == form_id)
        query = query.with_for_update() if for_update else query
        return self.work.session.scalars(query).one_or_none()

    def same(self, record: StaffFormRecord) -> StaffFormRecord | None:
        """Return the form that says the same about the same day, by the same person."""
        t = StaffFormRecord
        query = select(t).where(
            t.kind == record.kind,
            t.unit_code == record.unit_code,
            t.period == record.period,
            t.day == record.day,
            t.staff_id == record.staff_id,
        )
        found = self.work.session.scalars(query.order_by(t.filled_at.desc()))
        return next((one for one in found if one.content == record.content), None)

    def replaced_by(self, form_id: UUID) -> StaffFormRecord | None:
        """Return the correction of a form."""
        query = select(StaffFormRecord).where(StaffFormRecord.replaces_id == form_id)
        return self.work.session.scalars(query).one_or_none()

    def current(self, query: FormQuery) -> Sequence[StaffFormRecord]:
        """Return the forms that nothing replaces, the latest day first."""
        t = StaffFormRecord
        later = aliased(StaffFormRecord)
        is_report = t.kind == FormKind.DUTY_REPORT
        is_visit = t.kind == FormKind.VISIT
        if query.reports_of is not None:
            is_report = is_report & t.unit_code.in_(sorted(query.reports_of))
        if query.visits_of is not None:
            is_visit = is_visit & t.team.in_(sorted(query.visits_of))
        wanted = (
            select(t)
            .outerjoin(later, later.replaces_id == t.id)
            .where(later.id.is_(None), or_(is_report, is_visit) if query.visits else is_report)
        )
        if query.unit is not None:
            wanted = wanted.where(t.unit_code == query.unit)
        if query.year is not None:
            wanted = wanted.where(t.period.startswith(str(query.year)))
        return self.work.session.scalars(wanted.order_by(t.day.desc(), t.filled_at.desc())).all()

    def units_of_teams(self, teams: Collection[str]) -> frozenset[str]:
        """Return the units whose meetings these teams conduct."""
        query = select(MeetingRecord.unit_code).where(
            MeetingRecord.team.in_(sorted(teams)), MeetingRecord.unit_code.is_not(None)
        )
        return frozenset(code for code in self.work.session.scalars(query) if code is not None)


@dataclass(frozen=True, slots=True)
class ProposalRepository:
    """Proposals in one transaction."""

    work: Work

    def add(self, record: ProposalRecord) -> None:
        """Store a proposal."""
        self.work.session.add(record)
        self.work.session.flush()

    def find(self, proposal_id: UUID, *, for_update: bool = False) -> ProposalRecord | None:
        """Return one; `for_update` keeps others from settling it."""
        query = select(ProposalRecord).where(ProposalRecord.id == proposal_id)
        if for_update:
            query = as_it_is_now(query)
        return self.work.session.scalars(query).one_or_none()

    def same(self, record: ProposalRecord) -> ProposalRecord | None:
        """Return a proposal of the unit that says the same and waits."""
        t = ProposalRecord
        query = select(t).where(
            t.scheme_key == record.scheme_key,
            t.unit_code == record.unit_code,
            t.status == record.status,
        )
        found = self.work.session.scalars(query)
        return next((one for one in found if one.content == record.content), None)

    def of(
        self, scheme: str | None = None, units: Collection[str] | None = None
    ) -> Sequence[ProposalRecord]:
        """Return proposals, the newest first."""
        t = ProposalRecord
        query = select(t)
        if scheme is not None:
            query = query.where(t.scheme_key == scheme)
        if units is not None:
            query = query.where(t.unit_code.in_(sorted(units)))
        return self.work.session.scalars(query.order_by(t.proposed_at.desc(), t.id)).all()

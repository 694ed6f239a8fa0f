"""The ledger of bad reviews put right (差评核查整改台账)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.case import UNITS_TURN, Case, Finding, Past, Remedy, Ruling, Step
from surveyapp.services.cases.desk import CaseDesk, sees_all
from surveyapp.services.cases.reading import query_of
from surveyapp.services.cases.reviews import CaseReview, CaseReviews
from surveyapp.services.cases.views import CaseFilters, LedgerRow
from surveyapp.storage.case_lists import CaseLists
from surveyapp.storage.case_records import CaseRecord
from surveyapp.storage.cases import CaseRepository, as_case
from surveyapp.storage.units import UnitRepository


class CaseLedger:
    """The use case of the ledger."""

    def __init__(self, desk: CaseDesk) -> None:
        self._desk = desk

    def rows(self, staff: StaffView, filters: CaseFilters) -> list[LedgerRow]:
        """Return the rows; see `Casework.ledger`."""
        today = self._desk.day_of(self._desk.now())
        hides_numbers = not sees_all(staff)
        with self._desk.database.reading() as work:
            records = CaseLists(work).all(query_of(self._desk, work, staff, filters))
            events = CaseRepository(work).events([record.id for record in records])
            reviews = CaseReviews(self._desk, work).of(records, with_duty=True)
            names = {unit.code: unit.name for unit in UnitRepository(work).all()}
            return [
                _row(
                    number,
                    record,
                    as_case(record, events[record.id], self._desk.timezone),
                    reviews[record.id],
                    names,
                    today,
                    hides_number=hides_numbers and not record.is_named,
                )
                for number, record in enumerate(records, start=1)
            ]


def _row(
    number: int,
    record: CaseRecord,
    case: Case,
    review: CaseReview,
    names: Mapping[str, str],
    today: date,
    *,
    hides_number: bool,
) -> LedgerRow:
    verified = case.last(Step.VERIFY)
    answered = case.last(Step.ANSWER)
    ruled = case.last(Step.CONFIRM_RULING)
    heard = _heard(case)
    return LedgerRow(
        number=number,
        review_number=record.number,
        reviewed_on=record.received_on,
        channel=review.channel,
        case_number=None if hides_number else review.case_number,
        item=review.item,
        unit=names.get(record.unit_code or ""),
        window=" / ".join(part for part in (review.window, review.on_duty) if part) or None,
        level=review.level,
        reasons=review.reasons,
        comment=review.comment,
        is_named=record.is_named,
        verified_on=verified.day if verified else None,
        finding=Finding(verified.detail["finding"]) if verified else None,
        remedy=Remedy(record.remedy) if record.remedy else None,
        responsible_unit=names.get(record.responsible_unit or ""),
        responsible_person=record.responsible_person,
        measures=str(answered.detail["measures"]) if answered else None,
        due_on=_deadline(case),
        done_on=date.fromisoformat(answered.detail["done_on"]) if answered else None,
        answered_on=record.answered_on,
        called_back_on=heard.day if heard else None,
        call_back=case.call_back,
        ruling=Ruling(ruled.detail["ruling"]) if ruled and ruled.detail["agrees"] else None,
        closed_on=record.closed_on,
        is_overdue=_was_late(case, today),
    )


def _heard(case: Case) -> Past | None:
    """Return the step that brought the citizen's word, or that there will be none."""
    for past in reversed(case.past):
        if past.step in (Step.CITIZEN_WORD, Step.UNREACHABLE):
            return past
        if past.step is Step.CALL and past.detail["satisfied"] is not None:
            return past
    return None


def _deadline(case: Case) -> date | None:
    """Return until when the case was to be put right in its newest round."""
    for past in reversed(case.past):
        is_of_round = past.step in (Step.ASSIGN, Step.EXTEND, Step.SEND_BACK, Step.REOPEN)
        is_of_round = is_of_round or bool(past.detail.get("reopens"))
        is_of_round = is_of_round or (
            past.step is Step.CALENDAR and case.responsible_unit is not None
        )
        if is_of_round:
            return date.fromisoformat(past.detail["due_on"])
    return None


def _was_late(case: Case, today: date) -> bool:
    """Whether the unit ever missed a deadline, or misses one now."""
    if case.state in UNITS_TURN and case.is_overdue(today):
        return True
    return any(bool(past.detail.get("late")) for past in case.past)

"""What citizens see of a case, and what they say of the fix."""

from __future__ import annotations

from uuid import UUID

from surveyapp.domain.case import (
    CITIZEN_SEES,
    ENDED,
    Case,
    CitizenStatus,
    Past,
    State,
    Step,
)
from surveyapp.domain.case_steps import CITIZEN, Taken, citizen_word, followed_up
from surveyapp.domain.errors import NotFound
from surveyapp.domain.messages import message
from surveyapp.services.cases.desk import CaseDesk
from surveyapp.services.cases.handling import after_step
from surveyapp.services.cases.ticking import CaseTicking
from surveyapp.services.cases.views import CitizenCase
from surveyapp.storage.cases import CaseRepository
from surveyapp.storage.database import Work

_REACHED = {
    Step.OPEN: CitizenStatus.RECEIVED,
    Step.VERIFY: CitizenStatus.VERIFYING,
    Step.APPEAL: CitizenStatus.VERIFYING,
    Step.ASSIGN: CitizenStatus.RECTIFYING,
    Step.SEND_BACK: CitizenStatus.RECTIFYING,
    Step.REOPEN: CitizenStatus.RECTIFYING,
    Step.ANSWER: CitizenStatus.ANSWERED,
}


class CaseCitizens:
    """Use cases of the receipt page."""

    def __init__(self, desk: CaseDesk, ticking: CaseTicking) -> None:
        self._desk = desk
        self._ticking = ticking

    def view(self, response_id: UUID) -> CitizenCase | None:
        """Return what the citizen sees, None where there is no case."""
        with self._desk.database.reading() as work:
            record = CaseRepository(work).of_response(response_id)
            if record is None:
                return None
            case = self._desk.head(work, record)
        status = CITIZEN_SEES[case.state]
        reached = {CitizenStatus.RECEIVED: record.received_on}
        for past in case.past:
            seen = _status_after(past)
            if seen is not None and seen is not CitizenStatus.RECEIVED:
                reached[seen] = past.day
        if case.closed_on is not None:
            reached[CitizenStatus.CLOSED] = case.closed_on
        order = list(CitizenStatus)
        until = order.index(status)
        return CitizenCase(
            status=status,
            dates=tuple((one, reached[one]) for one in order[: until + 1] if one in reached),
            answer=case.answer,
            may_answer=case.state is State.ANSWERED,
            word=case.call_back,
            is_excluded=case.state is State.EXCLUDED,
        )

    def word(self, response_id: UUID, *, satisfied: bool) -> None:
        """Take the citizen's word; see `Casework.citizen_word`."""
        now = self._desk.now()
        with self._desk.database.writing() as work:
            record = CaseRepository(work).of_response(response_id, for_update=True)
            if record is None:
                raise NotFound(message("There is no such case."))
            case = self._desk.head(work, record)
            if _said_before(case, satisfied=satisfied):
                return
            rules = self._desk.rules_of(work, response_id)
            setting = self._desk.setting(work, rules.days, now)
            taken = citizen_word(case, setting, satisfied=satisfied)
            CaseRepository(work).add_event(
                record, Step.CITIZEN_WORD, CITIZEN, taken.detail, now=now
            )
            self._desk.put(record, taken.case, setting)
            after_step(self._desk, work, record, case, taken.case, CITIZEN, setting, rules)

    def followed_up(self, work: Work, first_id: UUID, second_id: UUID, *, is_bad: bool) -> None:
        """Tell the case of a first review of its follow-up; see `Casework.followed_up`."""
        self._ticking.open_now(work, first_id)
        cases = CaseRepository(work)
        record = cases.of_response(first_id, for_update=True)
        if record is None or record.state == State.EXCLUDED:
            return
        now = self._desk.now()
        rules = self._desk.rules_of(work, first_id)
        setting = self._desk.setting(work, rules.days, now)
        case = self._desk.head(work, record)
        taken: Taken = followed_up(case, setting, is_bad=is_bad)
        record.follow_up_id = second_id
        cases.take(second_id)
        cases.add_event(record, taken.case.past[-1].step, CITIZEN, taken.detail, now=now)
        self._desk.put(record, taken.case, setting)
        after_step(self._desk, work, record, case, taken.case, CITIZEN, setting, rules)


def _said_before(case: Case, *, satisfied: bool) -> bool:
    """Whether this very word is the newest the citizen gave: a form sent twice."""
    newest = case.last(Step.CITIZEN_WORD, Step.ANSWER)
    return (
        newest is not None
        and newest.step is Step.CITIZEN_WORD
        and newest.detail["satisfied"] is satisfied
        and case.state not in ENDED
    )


def _status_after(past: Past) -> CitizenStatus | None:
    """Return the status that a step brought, None where it changed nothing the citizen sees."""
    if past.detail.get("reopens"):
        return CitizenStatus.RECTIFYING
    return _REACHED.get(past.step)

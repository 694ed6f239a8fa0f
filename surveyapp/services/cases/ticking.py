"""What time does to cases: opening, slips, closing of anonymous ones, provisional deadlines.

Each case is a transaction of its own that looks again under the case's lock, so that two ticks at
once, or a tick beside a person, do everything exactly once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from surveyapp.domain.case import UNITS_TURN, Case, Step
from surveyapp.domain.case_rules import Setting
from surveyapp.domain.case_steps import SYSTEM, closed_by_time, opened
from surveyapp.domain.roles import Actor
from surveyapp.domain.slips import Colour, due_colours
from surveyapp.domain.survey import Standing
from surveyapp.services.cases.desk import CaseDesk
from surveyapp.services.cases.views import TickReport
from surveyapp.storage.case_records import CaseRecord
from surveyapp.storage.cases import CaseRepository
from surveyapp.storage.database import Work
from surveyapp.storage.records import ResponseRecord
from surveyapp.storage.responses import ResponseRepository
from surveyapp.storage.surveys import SurveyRepository
from surveyapp.storage.tallies import TallyRepository

BATCH = 500
READER_CASES = 20
"""How many cases reading moves on at most: what is left is for the next tick."""

_LIVE = (Standing.COUNTED, Standing.FLAGGED)


class CaseTicking:
    """Use cases of the clock."""

    def __init__(self, desk: CaseDesk) -> None:
        self._desk = desk

    def tick(self, as_of: datetime | None = None) -> TickReport:
        """Do everything that is due at a moment; see `Casework.tick`."""
        now = as_of or self._desk.now()
        count = _Count()
        self._recompute(self._computable(BATCH), now, count)
        while self._open_due(now, BATCH, count):
            pass
        while self._wake_due(now, BATCH, count):
            pass
        deleted = self._desk.contacts.forget(self._desk.day_of(now))
        delivered = self._desk.outbox.send(now)
        return TickReport(
            opened=count.opened,
            slips=dict(count.slips),
            closed=count.closed,
            recomputed=count.recomputed,
            contacts_deleted=deleted,
            queued=count.queued,
            sent=delivered.sent,
            failed=delivered.failed,
        )

    def refresh(self) -> None:
        """Do a little of what is due before cases are read; nothing is sent on the way."""
        now = self._desk.now()
        count = _Count()
        self._recompute(self._computable(READER_CASES), now, count)
        self._open_due(now, READER_CASES, count)
        self._wake_due(now, READER_CASES, count)

    def open_if_due(self, response_id: UUID) -> None:
        """Open the case of one review if it waits and its time has come."""
        now = self._desk.now()
        with self._desk.database.reading() as work:
            open_at = CaseRepository(work).queued_until(response_id)
        if open_at is not None and open_at <= now:
            self._open(response_id, now, _Count())

    def open_now(self, work: Work, response_id: UUID) -> CaseRecord | None:
        """Open the case of one review in the transaction of a larger change, if one waits."""
        return self._open_within(work, response_id, self._desk.now(), _Count())

    def _open_due(self, now: datetime, limit: int, count: _Count) -> bool:
        """Open due cases; whether there may be more."""
        with self._desk.database.reading() as work:
            due = CaseRepository(work).due(now, limit)
        for response_id in due:
            self._open(response_id, now, count)
        return len(due) == limit

    def _open(self, response_id: UUID, now: datetime, count: _Count) -> None:
        with self._desk.database.writing() as work:
            self._open_within(work, response_id, now, count)

    def _open_within(
        self, work: Work, response_id: UUID, now: datetime, count: _Count
    ) -> CaseRecord | None:
        """Open a case, exactly once: whoever takes the review out of the queue opens it.

        A level that was changed since, a rehearsal and what was excluded meanwhile open none. The
        lock that changes of a level hold is taken first: one that is under way comes before.
        """
        response = ResponseRepository(work).get(response_id)
        TallyRepository(work).lock(response.survey_id)
        if not CaseRepository(work).take(response_id):
            return None
        work.session.refresh(response)
        if response.standing not in _LIVE:
            return None
        record, case, setting = self._opened(work, response, now)
        CaseRepository(work).add(record)
        detail = {"due_on": case.clock.due_on.isoformat()} if case.clock else {}
        CaseRepository(work).add_event(record, Step.OPEN, SYSTEM, detail, now=now)
        self._desk.contacts.keep(work, response_id)
        slip = self._desk.issue(work, record, case, Colour.WHITE, setting.today)
        count.slips[Colour.WHITE] += 1
        count.opened += 1
        count.queued += self._desk.notify(
            work,
            "case.opened",
            record,
            day=setting.today,
            slip=slip,
            not_before=self._desk.beginning_of(record.unit_sees_from),
        )
        return record

    def _opened(
        self, work: Work, response: ResponseRecord, now: datetime
    ) -> tuple[CaseRecord, Case, Setting]:
        rules = self._desk.rules_of(work, response.id)
        setting = self._desk.setting(work, rules.days, now)
        received_on = self._desk.day_of(response.received_at)
        delay = timedelta(days=rules.anonymous_delay)
        units = {
            subject.key: subject.unit_code
            for subject in SurveyRepository(work).subjects(response.survey_id)
        }
        has_contact = self._desk.contacts.has(work, response.id)
        case = opened(
            setting,
            received_on,
            units.get(response.subject_key or ""),
            reachable=response.is_named or has_contact,
        )
        record = CaseRecord(
            id=uuid4(),
            number=self._desk.new_number(setting.today),
            survey_id=response.survey_id,
            response_id=response.id,
            subject_key=response.subject_key,
            place_id=response.place_id,
            is_named=response.is_named,
            has_contact=has_contact,
            events=0,
            received_on=received_on,
            unit_sees_from=None if response.is_named else received_on + delay,
            opened_at=now,
            follow_up_id=None,
        )
        self._desk.put(record, case, setting)
        return record, case, setting

    def _wake_due(self, now: datetime, limit: int, count: _Count) -> bool:
        """Move on cases that time has something to do with; whether there may be more."""
        with self._desk.database.reading() as work:
            awake = CaseRepository(work).awake(self._desk.day_of(now), limit)
        for case_id in awake:
            with self._desk.database.writing() as work:
                self._wake(work, case_id, now, count)
        return len(awake) == limit

    def _wake(self, work: Work, case_id: UUID, now: datetime, count: _Count) -> None:
        record = CaseRepository(work).locked(case_id)
        today = self._desk.day_of(now)
        if record.wake_on is None or record.wake_on > today:
            return
        rules = self._desk.rules_of(work, record.response_id)
        setting = self._desk.setting(work, rules.days, now)
        case = self._desk.head(work, record)
        taken = closed_by_time(case, setting)
        if taken is not None:
            case = taken.case
            CaseRepository(work).add_event(record, Step.CLOSE, SYSTEM, taken.detail, now=now)
            self._desk.settle(work, record, case, _approver(case), rules.contact_days)
            count.closed += 1
        elif case.state in UNITS_TURN:
            self._escalate(work, record, case, setting, count)
        else:
            count.queued += self._desk.notify(
                work, "case.overdue", record, day=today, once_for=str(record.due_on)
            )
        self._desk.put(record, case, setting, is_awake=True)

    def _escalate(
        self, work: Work, record: CaseRecord, case: Case, setting: Setting, count: _Count
    ) -> None:
        """Issue the slips that the clock of a unit has brought, each colour once a round."""
        clock = case.clock
        slips = CaseRepository(work).slips([record.id])
        issued = {slip.colour for slip in slips if slip.round == case.round}
        due = due_colours(clock, setting.calendar, setting.days.red, setting.today) if clock else ()
        for colour in due:
            if colour not in issued:
                slip = self._desk.issue(work, record, case, colour, setting.today)
                count.slips[colour] += 1
                count.queued += self._desk.notify(
                    work, f"case.{colour}", record, day=setting.today, slip=slip
                )

    def _computable(self, limit: int) -> Sequence[UUID]:
        """Return cases whose provisional deadline lies within the years known now."""
        with self._desk.database.reading() as work:
            last = date(max(self._desk.calendar.calendar(work).years), 12, 31)
            return CaseRepository(work).provisional(last, limit)

    def _recompute(self, case_ids: Sequence[UUID], now: datetime, count: _Count) -> None:
        """Count provisional deadlines anew, with what is known of holidays now."""
        for case_id in case_ids:
            with self._desk.database.writing() as work:
                count.recomputed += self._recompute_one(work, case_id, now)

    def _recompute_one(self, work: Work, case_id: UUID, now: datetime) -> bool:
        record = CaseRepository(work).locked(case_id)
        case = self._desk.head(work, record)
        rules = self._desk.rules_of(work, record.response_id)
        setting = self._desk.setting(work, rules.days, now)
        clock = case.clock.again(setting.calendar) if case.clock else None
        if clock is None or clock == case.clock:
            return False
        detail = {"due_on": clock.due_on.isoformat(), "is_provisional": clock.is_provisional}
        CaseRepository(work).add_event(record, Step.CALENDAR, SYSTEM, detail, now=now)
        self._desk.put(record, replace(case, clock=clock), setting)
        return True


def _approver(case: Case) -> Actor:
    """Return the second person who found the answer of an anonymous case good."""
    return next(case.since_answer(Step.APPROVE)).actor


class _Count:
    """What a tick has done so far."""

    def __init__(self) -> None:
        self.opened = self.closed = self.recomputed = self.queued = 0
        self.slips: Counter[Colour] = Counter()

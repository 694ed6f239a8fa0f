"""The state machine of a case: every step, who may take it, and every refusal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from surveyapp.domain import case_fields as given
from surveyapp.domain.case import (
    CallBack,
    CallResult,
    Clock,
    Person,
    Remedy,
    State,
    Step,
)
from surveyapp.domain.case_rules import RULES, allowed, attempts
from surveyapp.domain.case_steps import (
    citizen_word,
    closed_by_time,
    take,
)
from surveyapp.domain.errors import BadInput, Conflict, NotAllowed
from surveyapp.domain.roles import Actor
from surveyapp.services.cases.calendar import package_calendar
from tests.support.case_walks import (
    AGREE,
    APPEAL,
    ASSIGN,
    COMPLEX,
    EDITOR,
    FORWARD,
    INSIDER,
    KEEP,
    MONDAY,
    NO_ANSWER,
    REVIEWER,
    SECOND,
    UNIT,
    VERIFY,
    answer,
    answered,
    due,
    fresh,
    on,
    rectifying,
    walk,
)


def test_the_straight_way_from_a_bad_review_to_its_end() -> None:
    case = fresh()
    assert (case.state, due(case), case.round) == (State.TO_VERIFY, date(2026, 11, 10), 0)
    case = walk(case, (VERIFY, UNIT))
    assert (case.state, due(case)) == (State.ASSESSING, date(2026, 11, 10))
    case = walk(case, (ASSIGN, EDITOR))
    assert (case.state, due(case), case.round) == (State.RECTIFYING, date(2026, 11, 16), 1)
    assert (case.responsible_unit, case.responsible_person, case.goal) == ("511", "李明", "改好")
    case = walk(case, (answer(), UNIT))
    assert (case.state, due(case)) == (State.ANSWERED, date(2026, 11, 16))
    assert (case.answer, case.answered_on, case.rectified_in_time) == ("已改", MONDAY, True)
    case = walk(case, (given.Call(CallResult.CONNECTED, satisfied=True), EDITOR))
    assert (case.state, case.call_back) == (State.CALLED_BACK, CallBack.SATISFIED)
    case = walk(case, (given.Close(), REVIEWER))
    assert (case.state, case.closed_on, case.clock) == (State.CLOSED, MONDAY, None)
    assert [past.step for past in case.past] == [
        Step.VERIFY, Step.ASSIGN, Step.ANSWER, Step.CALL, Step.CLOSE
    ]  # fmt: skip
    assert not allowed(case, REVIEWER, on(MONDAY))


@pytest.mark.parametrize(
    ("remedy", "last"),
    [
        (Remedy.AT_ONCE, date(2026, 11, 16)),
        (Remedy.EXPLANATION, date(2026, 11, 16)),
        (Remedy.BY_DEADLINE, date(2026, 11, 30)),
    ],
)
def test_a_deadline_is_the_rules_and_a_named_one_never_later(remedy: Remedy, last: date) -> None:
    assessing = walk(fresh(), (VERIFY, UNIT))
    fields = given.Assign(remedy, "511", "李明", "改好")
    assert due(walk(assessing, (fields, EDITOR))) == last
    named = replace(fields, due_on=date(2026, 11, 11))
    case = walk(assessing, (named, EDITOR))
    assert case.clock == Clock(MONDAY, None, date(2026, 11, 11))
    for day in (MONDAY - timedelta(days=1), last + timedelta(days=1)):
        with pytest.raises(BadInput, match="Choose a deadline from"):
            walk(assessing, (replace(fields, due_on=day), EDITOR))


def test_a_complex_case_is_extended_once_and_before_it_expires() -> None:
    case = walk(rectifying(COMPLEX), (given.Extend("材料复杂"), EDITOR))
    assert (due(case), case.extended) == (date(2026, 12, 14), True)
    with pytest.raises(Conflict, match="once is all"):
        walk(case, (given.Extend("再延"), EDITOR))
    with pytest.raises(Conflict, match="can no longer be extended"):
        walk(rectifying(COMPLEX), (given.Extend("迟了"), EDITOR), day=date(2026, 12, 1))
    with pytest.raises(Conflict, match="限期整改"):
        walk(rectifying(), (given.Extend("简单件"), EDITOR))


def test_a_named_deadline_is_extended_from_itself() -> None:
    named = replace(COMPLEX, due_on=date(2026, 11, 13))
    case = walk(rectifying(named), (given.Extend("材料复杂"), EDITOR))
    assert due(case) == date(2026, 11, 27)


def test_a_case_goes_to_another_unit_and_is_verified_there() -> None:
    case = walk(fresh(), (VERIFY, UNIT), (FORWARD, EDITOR), day=date(2026, 11, 10))
    assert (case.state, case.unit_code, due(case)) == (
        State.TO_VERIFY,
        "512",
        date(2026, 11, 11),
    )
    assert case.past[-1].detail["from"] == "511"
    with pytest.raises(BadInput, match="with this unit already"):
        walk(case, (FORWARD, EDITOR))


def test_a_late_answer_is_late_for_good() -> None:
    late = date(2026, 11, 17)
    case = walk(rectifying(), (answer(late), UNIT), day=late)
    assert case.rectified_in_time is False
    case = walk(case, (given.SendBack("没改好"), REVIEWER), (answer(late), UNIT), day=late)
    assert (case.rectified_in_time, case.reopened) == (False, 1)
    assert [past.detail["late"] for past in case.past if past.step is Step.ANSWER] == [True, False]


def test_nothing_is_done_in_the_future() -> None:
    with pytest.raises(BadInput, match="in the future"):
        walk(rectifying(), (answer(MONDAY + timedelta(days=1)), UNIT))


def test_an_unsatisfied_citizen_opens_the_case_again_once() -> None:
    unsatisfied = given.Call(CallResult.CONNECTED, satisfied=False)
    case = walk(answered(), (unsatisfied, EDITOR))
    assert (case.state, case.reopened, case.round) == (State.RECTIFYING, 1, 2)
    assert case.past[-1].detail["reopens"] is True
    case = walk(case, (answer(), UNIT), (unsatisfied, EDITOR))
    assert (case.state, case.call_back) == (State.CALLED_BACK, CallBack.UNSATISFIED)
    assert walk(case, (given.Close("政策所限，已解释"), REVIEWER)).state is State.CLOSED


@pytest.mark.parametrize(
    ("satisfied", "state"), [(True, State.CALLED_BACK), (False, State.RECTIFYING)]
)
def test_the_citizen_answers_on_the_receipt_page(satisfied: bool, state: State) -> None:
    taken = citizen_word(answered(reachable=False), on(MONDAY), satisfied=satisfied)
    assert taken.case.state is state
    assert taken.detail["satisfied"] is satisfied
    with pytest.raises(Conflict, match="Nothing is asked here now"):
        citizen_word(taken.case, on(MONDAY), satisfied=satisfied)


def test_three_days_of_calls_in_vain_make_a_citizen_unreachable() -> None:
    case = answered()
    for day in (9, 9, 10):
        case = walk(case, (NO_ANSWER, EDITOR), day=date(2026, 11, day))
    assert attempts(case) == 2
    with pytest.raises(Conflict, match="on 3 different days"):
        walk(case, (given.Unreachable(), EDITOR), day=date(2026, 11, 10))
    case = walk(
        case,
        (given.Call(CallResult.WRONG_NUMBER), EDITOR),
        (given.Unreachable(), EDITOR),
        day=date(2026, 11, 11),
    )
    assert (case.state, case.call_back) == (State.CALLED_BACK, CallBack.UNREACHABLE)
    assert walk(case, (given.Close(), REVIEWER)).state is State.CLOSED


def test_calls_before_a_new_answer_do_not_count() -> None:
    case = answered()
    for day in (9, 10, 11):
        case = walk(case, (NO_ANSWER, EDITOR), day=date(2026, 11, day))
    again = walk(case, (given.SendBack("没改好"), REVIEWER), (answer(), UNIT))
    assert (attempts(case), attempts(again), attempts(fresh())) == (3, 0, 0)


def test_a_reachable_citizen_is_called_before_the_end() -> None:
    with pytest.raises(Conflict, match="Call the citizen back"):
        walk(answered(), (given.Close(), REVIEWER), day=date(2027, 1, 1))
    with pytest.raises(Conflict, match="call them back instead"):
        walk(answered(), (given.Approve(), REVIEWER))


def test_an_anonymous_case_closes_when_its_answer_stood_and_a_second_person_approved() -> None:
    case = answered(reachable=False)
    stood = due(case)
    assert stood == date(2026, 11, 23)
    with pytest.raises(Conflict, match="neither name nor number"):
        walk(case, (NO_ANSWER, EDITOR))
    with pytest.raises(Conflict, match="10 working days"):
        walk(case, (given.Close(), REVIEWER), day=stood)
    after = stood + timedelta(days=1)
    assert walk(case, (given.Close(), REVIEWER), day=after).state is State.CLOSED
    assert closed_by_time(case, on(after)) is None
    approved = walk(case, (given.Approve(), REVIEWER))
    with pytest.raises(Conflict, match="approved before"):
        walk(approved, (given.Approve(), SECOND))
    assert closed_by_time(approved, on(stood)) is None
    taken = closed_by_time(approved, on(after))
    assert taken is not None
    assert (taken.case.state, taken.case.closed_on) == (State.CLOSED, after)
    assert closed_by_time(answered(), on(after)) is None
    assert closed_by_time(fresh(), on(after)) is None


def test_whoever_answered_judges_nothing() -> None:
    both = Person(UNIT.actor, handles=True, supervises=True, closes=True)
    case = answered()
    for fields in (given.Call(CallResult.CONNECTED, satisfied=True), given.SendBack("退")):
        with pytest.raises(NotAllowed, match="ask a second person"):
            walk(case, (fields, both))
    heard = walk(case, (given.Call(CallResult.CONNECTED, satisfied=True), EDITOR))
    with pytest.raises(NotAllowed, match="ask a second person"):
        walk(heard, (given.Close(), both))
    with pytest.raises(NotAllowed, match="ask a second person"):
        walk(answered(reachable=False), (given.Approve(), both))


STATES = {
    State.TO_VERIFY: fresh(),
    State.ASSESSING: walk(fresh(), (VERIFY, UNIT)),
    State.RECTIFYING: rectifying(COMPLEX),
    State.ANSWERED: answered(),
    State.CALLED_BACK: citizen_word(answered(), on(MONDAY), satisfied=True).case,
    State.APPEALED: walk(fresh(), (APPEAL, UNIT)),
    State.RULING: walk(fresh(), (APPEAL, UNIT), (KEEP, REVIEWER)),
    State.CLOSED: replace(answered(), state=State.CLOSED, clock=None, closed_on=MONDAY),
    State.EXCLUDED: replace(answered(), state=State.EXCLUDED, clock=None, closed_on=MONDAY),
}
FIELDS = (
    FORWARD, VERIFY, ASSIGN, given.Extend("复杂"), answer(), NO_ANSWER, given.Unreachable(),
    given.Approve(), given.SendBack("退"), given.Close(), APPEAL, KEEP, AGREE,
)  # fmt: skip
EXPECTED = {
    State.TO_VERIFY: {Step.FORWARD, Step.VERIFY, Step.APPEAL},
    State.ASSESSING: {Step.FORWARD, Step.ASSIGN, Step.APPEAL},
    State.RECTIFYING: {Step.EXTEND, Step.ANSWER, Step.APPEAL},
    State.ANSWERED: {Step.CALL, Step.SEND_BACK},
    State.CALLED_BACK: {Step.CLOSE, Step.SEND_BACK},
    State.APPEALED: {Step.PROPOSE_RULING},
    State.RULING: {Step.CONFIRM_RULING},
    State.CLOSED: set(),
    State.EXCLUDED: set(),
}


@pytest.mark.parametrize("state", list(State))
def test_what_a_page_offers_is_exactly_what_is_accepted(state: State) -> None:
    case, accepted = STATES[state], set()
    for fields in FIELDS:
        for who in (UNIT, EDITOR, SECOND):
            possible = fields.step in allowed(case, who, on(MONDAY))
            try:
                take(case, fields, who, on(MONDAY))
            except (NotAllowed, Conflict):
                assert not possible, fields
            else:
                assert possible, fields
                accepted.add(fields.step)
    assert accepted == EXPECTED[state]


@pytest.mark.parametrize("step", list(RULES))
def test_nobody_inside_the_unit_takes_a_step_of_the_office(step: Step) -> None:
    for case in STATES.values():
        assert step not in allowed(case, INSIDER, on(MONDAY))
        assert step not in allowed(case, Person(Actor("stranger")), on(MONDAY))


def test_a_clock_that_an_office_named_is_not_counted_again() -> None:
    calendar = package_calendar()
    named = Clock.until(MONDAY, date(2026, 11, 12))
    assert named.again(calendar) is named
    assert Clock.start(calendar, MONDAY, 5).again(calendar) == Clock.start(calendar, MONDAY, 5)
    assert fresh().units == {"511"}
    assert not STATES[State.CLOSED].is_overdue(date(2030, 1, 1))

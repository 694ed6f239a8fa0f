"""Appeals, rulings and further reviews of a case."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from surveyapp.domain import case_fields as given
from surveyapp.domain.case import (
    CallResult,
    Person,
    State,
    Step,
)
from surveyapp.domain.case_steps import (
    followed_up,
)
from surveyapp.domain.errors import Conflict, NotAllowed
from tests.support.case_walks import (
    AGREE,
    APPEAL,
    EDITOR,
    EXCLUDE,
    KEEP,
    MONDAY,
    REVIEWER,
    SECOND,
    UNIT,
    answered,
    due,
    fresh,
    on,
    rectifying,
    walk,
)


def test_an_appeal_is_ruled_on_by_two_others() -> None:
    case = walk(rectifying(), (APPEAL, UNIT), day=date(2026, 11, 11))
    assert (case.state, case.state_before_appeal) == (State.APPEALED, State.RECTIFYING)
    case = walk(case, (EXCLUDE, REVIEWER), day=date(2026, 11, 12))
    assert case.state is State.RULING
    with pytest.raises(NotAllowed, match="neither appealed nor proposed"):
        walk(case, (AGREE, REVIEWER))
    end = walk(case, (AGREE, SECOND), day=date(2026, 11, 13))
    assert (end.state, end.closed_on, end.clock) == (State.EXCLUDED, date(2026, 11, 13), None)
    assert dict(end.past[-1].detail) == {
        "agrees": True, "note": "", "ruling": "excluded", "ground": "mistaken"
    }  # fmt: skip


def test_whoever_appealed_does_not_rule() -> None:
    both = Person(UNIT.actor, handles=True, supervises=True, closes=True)
    case = walk(fresh(), (APPEAL, UNIT))
    with pytest.raises(NotAllowed, match="neither appealed nor proposed"):
        walk(case, (KEEP, both))


def test_a_refused_proposal_goes_back_to_the_office() -> None:
    case = walk(fresh(), (APPEAL, UNIT), (EXCLUDE, REVIEWER))
    case = walk(case, (given.ConfirmRuling(agrees=False, note="证据不足"), SECOND))
    assert case.state is State.APPEALED
    assert walk(case, (KEEP, REVIEWER), (AGREE, SECOND)).state is State.TO_VERIFY


def test_the_clock_stands_still_during_an_appeal_and_one_is_all() -> None:
    case = walk(rectifying(), (APPEAL, UNIT), day=date(2026, 11, 11))
    ruled = date(2026, 11, 20)
    case = walk(case, (KEEP, REVIEWER), (AGREE, SECOND), day=ruled)
    # Three of five working days were left on the 11th: 12, 13, 16.
    assert (case.state, due(case)) == (State.RECTIFYING, date(2026, 11, 25))
    with pytest.raises(Conflict, match="once is all"):
        walk(case, (APPEAL, UNIT))


def test_an_appeal_on_the_last_day_leaves_one_day_and_a_missed_deadline_stays_missed() -> None:
    last = due(rectifying())
    case = walk(rectifying(), (APPEAL, UNIT), (KEEP, REVIEWER), (AGREE, SECOND), day=last)
    assert due(case) == date(2026, 11, 17)
    late = last + timedelta(days=1)
    case = walk(rectifying(), (APPEAL, UNIT), (KEEP, REVIEWER), (AGREE, SECOND), day=late)
    assert (due(case), case.is_overdue(late)) == (last, True)


@pytest.mark.parametrize("is_bad", [True, False])
def test_a_bad_follow_up_opens_an_answered_case_again(is_bad: bool) -> None:
    heard = walk(answered(), (given.Call(CallResult.CONNECTED, satisfied=True), EDITOR))
    closed = walk(heard, (given.Close(), REVIEWER))
    for case in (answered(), heard, closed):
        after = followed_up(case, on(MONDAY), is_bad=is_bad).case
        assert after.state is (State.RECTIFYING if is_bad else case.state)
        assert after.closed_on == (None if is_bad else case.closed_on)
        assert after.past[-1].step is (Step.REOPEN if is_bad else Step.FOLLOW_UP)


def test_a_follow_up_during_the_work_is_only_noted() -> None:
    after = followed_up(rectifying(), on(MONDAY), is_bad=True).case
    assert (after.state, after.past[-1].step) == (State.RECTIFYING, Step.FOLLOW_UP)

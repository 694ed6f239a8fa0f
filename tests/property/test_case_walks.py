"""Random walks through a case: no state without what it needs, no end without a second person."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from surveyapp.domain import case_fields as fields
from surveyapp.domain.case import (
    ENDED,
    CallResult,
    Case,
    Finding,
    Ground,
    Person,
    Remedy,
    Ruling,
    State,
    Step,
    is_same_person,
)
from surveyapp.domain.case_rules import RULES, Setting, allowed
from surveyapp.domain.case_steps import (
    citizen_word,
    closed_by_time,
    followed_up,
    opened,
    take,
)
from surveyapp.domain.errors import BadInput, Refusal
from surveyapp.domain.review import CaseDays
from surveyapp.domain.roles import Actor
from surveyapp.services.cases.calendar import package_calendar

START = date(2026, 9, 21)

# Some hold several offices at once, as happens in small places.
PEOPLE = st.builds(
    lambda number, handles, supervises, closes, is_inside: Person(
        Actor(f"p{number}", UUID(int=number)), handles, supervises or closes, closes, is_inside
    ),
    st.integers(0, 3),
    *(st.booleans() for _ in range(4)),
)
DAYS = st.integers(0, 8)
FORMS = st.one_of(
    st.builds(fields.Forward, st.sampled_from(["511", "512"]), st.just("转")),
    st.builds(fields.Verify, st.sampled_from(Finding), st.booleans(), st.just("查")),
    st.builds(
        fields.Assign,
        st.sampled_from(Remedy),
        st.sampled_from(["511", "", "512"]),
        st.sampled_from(["李明", ""]),
        st.sampled_from(["改好", " "]),
    ),
    st.builds(fields.Extend, st.just("复杂")),
    st.builds(fields.Answer, st.sampled_from(["改", ""]), st.just("已改"), st.just(START)),
    st.builds(fields.Call, st.sampled_from(CallResult), st.sampled_from([None, True, False])),
    st.builds(fields.Unreachable),
    st.builds(fields.Approve),
    st.builds(fields.SendBack, st.just("退")),
    st.builds(fields.Close),
    st.builds(fields.Appeal, st.just("误评")),
    st.builds(
        fields.ProposeRuling, st.sampled_from(Ruling), st.sampled_from(Ground), st.just("录像")
    ),
    st.builds(fields.ConfirmRuling, st.booleans(), st.just("同意")),
)
MOVES = st.lists(
    st.one_of(
        st.tuples(DAYS, FORMS, PEOPLE),
        st.tuples(DAYS, st.sampled_from(["word", "no word", "bad", "good", "time"])),
    ),
    max_size=40,
)


def moved(case: Case, move: tuple[object, ...], setting: Setting) -> Case:
    match move:
        case (_, fields.Fields() as form, Person() as who):
            return take(case, form, who, setting).case
        case (_, "word" | "no word" as said):
            return citizen_word(case, setting, satisfied=said == "word").case
        case (_, "bad" | "good" as level):
            return followed_up(case, setting, is_bad=level == "bad").case
        case _:
            taken = closed_by_time(case, setting)
            return case if taken is None else taken.case


def require_sound(case: Case) -> None:
    """What must be true of a case whatever happened to it."""
    assert (case.closed_on is not None) == (case.state in ENDED)
    assert (case.clock is None) == (case.state in ENDED)
    was_assigned = case.last(Step.ASSIGN) is not None
    if was_assigned or case.state in (State.RECTIFYING, State.ANSWERED, State.CALLED_BACK):
        assert case.responsible_unit
        assert case.responsible_person
        assert case.goal
        assert case.remedy
    if case.state in (State.ANSWERED, State.CALLED_BACK, State.CLOSED):
        assert case.answer
        assert case.rectified_in_time is not None
    if case.state is State.CALLED_BACK:
        assert case.call_back is not None
    if case.state in (State.APPEALED, State.RULING):
        assert case.state_before_appeal in (State.TO_VERIFY, State.ASSESSING, State.RECTIFYING)


def require_second_person(case: Case) -> None:
    """A closed case was judged by somebody who did not answer it, an excluded one by two."""
    answered = [past.actor for past in case.past if past.step is Step.ANSWER]
    if case.state is State.CLOSED:
        closing = case.last(Step.CLOSE)
        approving = next(case.since_answer(Step.APPROVE), None)
        assert closing is not None
        judge = approving if closing.actor.name == "system" else closing
        assert judge is not None
        assert not any(is_same_person(judge.actor, actor) for actor in answered)
    if case.state is State.EXCLUDED:
        appealed, proposed, confirmed = (
            case.last(step) for step in (Step.APPEAL, Step.PROPOSE_RULING, Step.CONFIRM_RULING)
        )
        assert appealed is not None
        assert proposed is not None
        assert confirmed is not None
        assert not is_same_person(proposed.actor, confirmed.actor)
        assert not is_same_person(appealed.actor, proposed.actor)
        assert not is_same_person(appealed.actor, confirmed.actor)


@settings(max_examples=400)
@given(MOVES, st.booleans())
def test_no_walk_reaches_an_unsound_state(moves: list[tuple[object, ...]], reachable: bool) -> None:
    today = START
    setting = Setting(package_calendar(), CaseDays(), today)
    case = opened(setting, START, "511", reachable=reachable)
    for move in moves:
        days = move[0]
        assert isinstance(days, int)
        today += timedelta(days=days)
        setting = Setting(package_calendar(), CaseDays(), today)
        before = case
        try:
            case = moved(case, move, setting)
        except Refusal:
            assert case is before
        require_sound(case)
        require_second_person(case)
        assert case.past[: len(before.past)] == before.past


def a_form(step: Step, dice: random.Random) -> fields.Fields:
    """A form that can be accepted."""
    result = dice.choice([*CallResult, *[CallResult.NO_ANSWER] * 16])
    satisfied = dice.choice([True, False]) if result is CallResult.CONNECTED else None
    excluded = fields.ProposeRuling(Ruling.EXCLUDED, Ground.MALICIOUS, "录像")
    kept = fields.ProposeRuling(Ruling.VALID, Ground.NONE, "录像")
    return {
        Step.FORWARD: fields.Forward(dice.choice(["511", "512"]), "转"),
        Step.VERIFY: fields.Verify(Finding.TRUE, reasonable=True, text="查"),
        Step.ASSIGN: fields.Assign(dice.choice(list(Remedy)), "511", "李明", "改好"),
        Step.EXTEND: fields.Extend("复杂"),
        Step.ANSWER: fields.Answer("改", "已改", START),
        Step.CALL: fields.Call(result, satisfied),
        Step.UNREACHABLE: fields.Unreachable(),
        Step.APPROVE: fields.Approve(),
        Step.SEND_BACK: fields.SendBack("退"),
        Step.CLOSE: fields.Close(),
        Step.APPEAL: fields.Appeal("误评"),
        Step.PROPOSE_RULING: dice.choice([excluded, kept]),
        Step.CONFIRM_RULING: fields.ConfirmRuling(dice.random() < 0.7, "同意"),
    }[step]


def test_walks_of_steps_that_pages_offer_visit_every_state_and_stay_sound() -> None:
    dice = random.Random(20261121)
    unit = Person(Actor("unit", UUID(int=1)), handles=True, is_inside=True)
    both = Person(Actor("both", UUID(int=2)), handles=True, supervises=True, closes=True)
    office = [
        Person(Actor(f"office{n}", UUID(int=10 + n)), supervises=True, closes=True)
        for n in range(2)
    ]
    states: Counter[State] = Counter()
    steps: Counter[Step] = Counter()
    for number in range(800):
        today = START
        setting = Setting(package_calendar(), CaseDays(), today)
        case = opened(setting, START, "511", reachable=number % 2 == 0)
        for _ in range(30):
            today += timedelta(days=dice.choice([0, 0, 1, 3, 15]))
            setting = Setting(package_calendar(), CaseDays(), today)
            who = dice.choice([unit, both, *office])
            offered = allowed(case, who, setting)
            if offered:
                try:
                    # Seldom offered, so that a walk that can goes there.
                    rare = Step.UNREACHABLE
                    step = rare if rare in offered else dice.choice(offered)
                    case = take(case, a_form(step, dice), who, setting).case
                except BadInput:  # forwarded to where it is
                    continue
            elif dice.random() < 0.2:
                case = moved(case, (0, dice.choice(["time", "bad", "good"])), setting)
            require_sound(case)
            require_second_person(case)
            states[case.state] += 1
        steps.update(past.step for past in case.past)
    assert set(states) == set(State)
    assert set(RULES) <= set(steps)
    assert min(states.values()) > 20

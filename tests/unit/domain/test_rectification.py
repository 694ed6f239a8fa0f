"""Matters being put right: every step, who may take it, and every refusal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from surveyapp.domain.case import Clock, Person
from surveyapp.domain.case_fields import Evidence
from surveyapp.domain.errors import BadInput, Conflict, NotAllowed
from surveyapp.domain.rectification import (
    RULES,
    SOURCE_NAMES,
    STATE_NAMES,
    STEP_NAMES,
    Item,
    ItemEvent,
    ItemSource,
    ItemState,
    allowed,
    take,
)
from surveyapp.domain.rectification_fields import (
    AnswerItem,
    CancelItem,
    CloseItem,
    ExtendItem,
    ForwardItem,
    ItemFields,
    ItemStep,
    NewItem,
    SendBackItem,
)
from surveyapp.domain.roles import Actor

MONDAY = date(2026, 11, 9)
DUE = date(2026, 11, 30)
OPENER = Person(Actor("editor"), supervises=True)
UNIT = Person(Actor("unit"), handles=True, is_inside=True)
REVIEWER = Person(Actor("reviewer"), supervises=True, closes=True)
INSIDER = Person(Actor("both"), handles=True, supervises=True, closes=True, is_inside=True)
NOBODY = Person(Actor("nobody"))

ANSWER = AnswerItem("增设两个窗口", MONDAY)
CLOSE = CloseItem("现场核验，等候 15 分钟")
BACK = SendBackItem("佐证不足", DUE + timedelta(days=7))
EXTEND = ExtendItem(DUE + timedelta(days=7), "设备采购")
FORWARD = ForwardItem("512", "赵刚", "职责在自然资源局")
CANCEL = CancelItem("重复立项")


def fresh() -> Item:
    event = ItemEvent(ItemStep.OPEN, OPENER.actor, MONDAY, {})
    return Item(
        state=ItemState.RECTIFYING,
        unit_code="511",
        responsible_unit="511",
        responsible_person="李明",
        goal="20 分钟以内",
        clock=Clock.until(MONDAY, DUE),
        past=(event,),
    )


def walk(item: Item, *steps: tuple[ItemFields, Person], today: date = MONDAY) -> Item:
    for fields, person in steps:
        item, _ = take(item, fields, person, today)
    return item


def test_the_straight_way_to_the_end() -> None:
    answered = walk(fresh(), (ANSWER, UNIT))
    assert (answered.state, answered.answered_on, answered.in_time) == (
        ItemState.ANSWERED,
        MONDAY,
        True,
    )
    closed = walk(answered, (CLOSE, REVIEWER))
    assert (closed.state, closed.closed_on) == (ItemState.CLOSED, MONDAY)
    assert [one.step for one in closed.past] == [ItemStep.OPEN, ItemStep.ANSWER, ItemStep.CLOSE]
    assert closed.units == {"511"}
    newest = closed.last(ItemStep.ANSWER)
    assert newest is not None
    assert newest.detail == {"measures": "增设两个窗口", "done_on": "2026-11-09"}
    assert closed.last(ItemStep.FORWARD) is None


def test_an_answer_that_is_sent_back_begins_a_round_with_a_new_deadline() -> None:
    again = walk(fresh(), (EXTEND, OPENER), (ANSWER, UNIT), (BACK, REVIEWER))
    assert (again.state, again.round, again.extended) == (ItemState.RECTIFYING, 2, False)
    assert again.clock.due_on == BACK.due_on
    late = walk(again, (ANSWER, UNIT), today=DUE + timedelta(days=30))
    assert late.in_time is False
    assert walk(late, (CLOSE, REVIEWER)).in_time is False


def test_time_that_was_missed_once_stays_missed() -> None:
    late = walk(fresh(), (ANSWER, UNIT), today=DUE + timedelta(days=1))
    again = walk(late, (SendBackItem("不够", DUE + timedelta(days=9)), REVIEWER), today=DUE)
    assert walk(again, (ANSWER, UNIT)).in_time is False


def test_the_deadline_moves_once_a_round_and_forward() -> None:
    item = walk(fresh(), (EXTEND, OPENER))
    assert item.clock == Clock.until(MONDAY, DUE + timedelta(days=7))
    with pytest.raises(Conflict, match="once is all"):
        take(item, EXTEND, OPENER, MONDAY)
    with pytest.raises(Conflict, match="passed"):
        take(fresh(), EXTEND, OPENER, DUE + timedelta(days=1))
    for day in (None, DUE):
        with pytest.raises(BadInput, match="after the present one"):
            take(fresh(), ExtendItem(day, "采购"), OPENER, MONDAY)


def test_another_unit_becomes_responsible() -> None:
    item = walk(fresh(), (FORWARD, OPENER))
    assert (item.responsible_unit, item.responsible_person) == ("512", "赵刚")
    assert item.units == {"511", "512"}


def test_a_matter_that_was_none_is_cancelled_by_a_second_person() -> None:
    item = walk(fresh(), (CANCEL, REVIEWER))
    assert (item.state, item.closed_on) == (ItemState.CANCELLED, MONDAY)
    opener = Person(OPENER.actor, supervises=True, closes=True)
    with pytest.raises(NotAllowed, match="opened"):
        take(fresh(), CANCEL, opener, MONDAY)


def test_whoever_answered_does_not_sign_off() -> None:
    both = Person(Actor("both"), handles=True, closes=True)
    item = walk(fresh(), (ANSWER, both))
    for fields in (CLOSE, BACK):
        with pytest.raises(NotAllowed, match="second person"):
            take(item, fields, both, MONDAY)
    assert allowed(item, both, MONDAY) == (ItemStep.CANCEL,)


@pytest.mark.parametrize("fields", [FORWARD, EXTEND, ANSWER, BACK, CLOSE, CANCEL])
def test_every_step_has_its_party(fields: ItemFields) -> None:
    item = fresh() if fields not in (BACK, CLOSE) else walk(fresh(), (ANSWER, UNIT))
    with pytest.raises(NotAllowed):
        take(item, fields, NOBODY, MONDAY)
    if fields is not ANSWER:
        with pytest.raises(NotAllowed, match="belong"):
            take(item, fields, INSIDER, MONDAY)


@pytest.mark.parametrize("fields", [FORWARD, EXTEND, ANSWER, BACK, CLOSE, CANCEL])
def test_nothing_happens_to_a_matter_that_has_ended(fields: ItemFields) -> None:
    closed = walk(fresh(), (ANSWER, UNIT), (CLOSE, REVIEWER))
    person = UNIT if fields is ANSWER else REVIEWER
    with pytest.raises(Conflict, match="not possible"):
        take(closed, fields, person, MONDAY)


@pytest.mark.parametrize(
    ("fields", "person"),
    [
        (AnswerItem(" ", MONDAY), UNIT),
        (AnswerItem("做了", MONDAY + timedelta(days=1)), UNIT),
        (ForwardItem("", "赵刚", "职责"), OPENER),
        (ForwardItem("512", "", "职责"), OPENER),
        (ForwardItem("512", "赵刚", ""), OPENER),
        (ExtendItem(DUE + timedelta(days=1), ""), OPENER),
        (ExtendItem(MONDAY + timedelta(days=800), "长"), OPENER),
        (CancelItem(""), REVIEWER),
    ],
)
def test_a_step_that_says_too_little_changes_nothing(fields: ItemFields, person: Person) -> None:
    with pytest.raises(BadInput):
        take(fresh(), fields, person, MONDAY)


@pytest.mark.parametrize(
    "fields", [CloseItem(""), SendBackItem("", DUE), SendBackItem("不够", None)]
)
def test_signing_off_needs_its_words(fields: ItemFields) -> None:
    with pytest.raises(BadInput):
        take(walk(fresh(), (ANSWER, UNIT)), fields, REVIEWER, MONDAY)


def test_what_may_be_done_next_depends_on_who_asks() -> None:
    assert allowed(fresh(), UNIT, MONDAY) == (ItemStep.ANSWER,)
    assert allowed(fresh(), OPENER, MONDAY) == (ItemStep.FORWARD, ItemStep.EXTEND)
    assert allowed(fresh(), NOBODY, MONDAY) == ()
    answered = walk(fresh(), (ANSWER, UNIT))
    assert allowed(answered, REVIEWER, MONDAY) == (
        ItemStep.CLOSE,
        ItemStep.SEND_BACK,
        ItemStep.CANCEL,
    )


def test_a_matter_names_whom_when_and_what() -> None:
    new = NewItem("等候时间长", "平均 48 分钟", "511", "", "李明", "20 分钟以内", DUE)
    assert new.checked(MONDAY).responsible_unit == "511"
    for name in ("title", "problem", "unit_code", "responsible_person", "goal"):
        with pytest.raises(BadInput):
            replace(new, **{name: " "}).checked(MONDAY)  # type: ignore[arg-type]  # all are text
    for day in (None, MONDAY, MONDAY + timedelta(days=800)):
        with pytest.raises(BadInput, match="deadline"):
            replace(new, due_on=day).checked(MONDAY)


def test_evidence_goes_with_an_answer_alone() -> None:
    file = Evidence("a.pdf", b"%PDF-1.7")
    assert AnswerItem("做了", MONDAY, (file,)).files == (file,)
    assert CLOSE.files == ()
    with pytest.raises(BadInput):
        _ = AnswerItem("做了", MONDAY, (file,) * 6).files


def test_everything_has_a_name() -> None:
    assert set(STATE_NAMES) == set(ItemState)
    assert set(STEP_NAMES) == set(ItemStep)
    assert set(SOURCE_NAMES) == set(ItemSource)
    assert set(RULES) == set(ItemStep) - {ItemStep.OPEN}

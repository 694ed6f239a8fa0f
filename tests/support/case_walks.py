"""Steps and people for the rules of a case, without a database."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from surveyapp.domain import case_fields as given
from surveyapp.domain.case import CallResult, Case, Finding, Ground, Person, Remedy, Ruling
from surveyapp.domain.case_rules import Setting
from surveyapp.domain.case_steps import opened, take
from surveyapp.domain.review import CaseDays
from surveyapp.domain.roles import Actor
from surveyapp.services.cases.calendar import package_calendar

MONDAY = date(2026, 11, 9)
UNIT = Person(Actor("unit", uuid4()), handles=True, is_inside=True)
EDITOR = Person(Actor("editor", uuid4()), supervises=True)
REVIEWER = Person(Actor("reviewer", uuid4()), supervises=True, closes=True)
SECOND = Person(Actor("second", uuid4()), supervises=True, closes=True)
INSIDER = Person(Actor("insider", uuid4()), supervises=True, closes=True, is_inside=True)

VERIFY = given.Verify(Finding.TRUE, reasonable=True, text="属实")
FORWARD = given.Forward("512", "不属本单位")
ASSIGN = given.Assign(Remedy.AT_ONCE, "511", "李明", "改好")
COMPLEX = given.Assign(Remedy.BY_DEADLINE, "511", "李明", "改好")
APPEAL = given.Appeal("误评")
EXCLUDE = given.ProposeRuling(Ruling.EXCLUDED, Ground.MISTAKEN, "有录像")
KEEP = given.ProposeRuling(Ruling.VALID, Ground.NONE, "评价真实")
AGREE = given.ConfirmRuling(agrees=True)
NO_ANSWER = given.Call(CallResult.NO_ANSWER)


def on(day: date) -> Setting:
    return Setting(package_calendar(), CaseDays(), day)


def answer(day: date = MONDAY) -> given.Answer:
    return given.Answer("重印清单", "已改", day)


def walk(case: Case, *steps: tuple[given.Fields, Person], day: date = MONDAY) -> Case:
    for fields, who in steps:
        case = take(case, fields, who, on(day)).case
    return case


def fresh(*, reachable: bool = True) -> Case:
    return opened(on(MONDAY), MONDAY, "511", reachable=reachable)


def rectifying(assign: given.Assign = ASSIGN, *, reachable: bool = True) -> Case:
    return walk(fresh(reachable=reachable), (VERIFY, UNIT), (assign, EDITOR))


def answered(*, reachable: bool = True) -> Case:
    return walk(rectifying(reachable=reachable), (answer(), UNIT))


def due(case: Case) -> date:
    assert case.clock is not None
    return case.clock.due_on

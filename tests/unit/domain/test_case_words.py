"""The words of a case, and who is who."""

from __future__ import annotations

from uuid import uuid4

from surveyapp.domain import case as case_module
from surveyapp.domain.case import (
    CITIZEN_NAMES,
    CITIZEN_SEES,
    STATE_NAMES,
    STEP_NAMES,
    CallBack,
    CallResult,
    CitizenStatus,
    Finding,
    Ground,
    Remedy,
    Ruling,
    State,
    Step,
    is_same_person,
)
from surveyapp.domain.roles import Actor


def test_everything_has_a_name() -> None:
    assert set(STATE_NAMES) == set(State) == set(CITIZEN_SEES)
    assert set(STEP_NAMES) == set(Step)
    assert set(CITIZEN_NAMES) == set(CitizenStatus) == set(CITIZEN_SEES.values())
    for names, kinds in (
        (case_module.FINDING_NAMES, Finding),
        (case_module.REMEDY_NAMES, Remedy),
        (case_module.CALL_NAMES, CallResult),
        (case_module.CALL_BACK_NAMES, CallBack),
        (case_module.RULING_NAMES, Ruling),
        (case_module.GROUND_NAMES, Ground),
    ):
        assert set(names) == set(kinds)


def test_people_are_told_apart_by_account_else_by_name() -> None:
    one, other = uuid4(), uuid4()
    assert is_same_person(Actor("a", one), Actor("b", one))
    assert not is_same_person(Actor("a", one), Actor("a", other))
    assert is_same_person(Actor("a"), Actor("a", other))
    assert not is_same_person(Actor("a"), Actor("b"))

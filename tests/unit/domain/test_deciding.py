"""Grades that a meeting decides: what has to be said, and what is stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from surveyapp.domain.deciding import Choice, Decided, Meeting, Suggestion, decide
from surveyapp.domain.errors import BadInput

TODAY = date(2026, 11, 23)
MEETING = Meeting("县委", date(2026, 11, 20), "〔2026〕7号")
UNITS = {
    "east": Suggestion("东城县", 0, None),
    "west": Suggestion("西山县", 3, None),
    "new": Suggestion("新县", None, None),
    "done": Suggestion("北河县", 2, Decided(2, MEETING)),
}


def test_the_suggested_grade_needs_no_reason() -> None:
    assert decide(UNITS, 4, MEETING, {"east": Choice(0, " ")}) == {"east": Choice(0, "")}


@pytest.mark.parametrize(("code", "grade"), [("east", 1), ("west", 0), ("new", 0), ("done", 1)])
def test_another_grade_and_a_correction_need_their_reason(code: str, grade: int) -> None:
    with pytest.raises(BadInput, match=UNITS[code].name):
        decide(UNITS, 4, MEETING, {code: Choice(grade, " ")})
    assert decide(UNITS, 4, MEETING, {code: Choice(grade, "承担试点")})[code].reason == "承担试点"


def test_what_was_decided_before_is_not_stored_again() -> None:
    choices = {"done": Choice(2, ""), "east": Choice(0, "")}
    assert set(decide(UNITS, 4, MEETING, choices)) == {"east"}
    with pytest.raises(BadInput, match="Nothing new"):
        decide(UNITS, 4, MEETING, {"done": Choice(2, "")})
    with pytest.raises(BadInput, match="Nothing new"):
        decide(UNITS, 4, MEETING, {})
    other = replace(MEETING, minutes="〔2026〕8号")
    with pytest.raises(BadInput, match="corrected"):
        decide(UNITS, 4, other, {"done": Choice(2, "")})


@pytest.mark.parametrize(("code", "grade"), [("nowhere", 0), ("east", 4), ("east", -1)])
def test_only_units_and_grades_of_the_run_can_be_chosen(code: str, grade: int) -> None:
    with pytest.raises(BadInput, match="of this run alone"):
        decide(UNITS, 4, MEETING, {code: Choice(grade, "x")})


def test_a_meeting_has_an_authority_a_day_and_minutes() -> None:
    assert replace(MEETING, authority=" 县委 ").checked(TODAY) == MEETING
    for changes in ({"authority": ""}, {"minutes": " "}, {"met_on": None}):
        with pytest.raises(BadInput):
            replace(MEETING, **changes).checked(TODAY)
    with pytest.raises(BadInput, match="future"):
        replace(MEETING, met_on=date(2026, 11, 24)).checked(TODAY)

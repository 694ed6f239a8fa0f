"""Definitions of ballots: what is read, and every sentence about what is wrong."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from surveyapp.domain.ballot import Treatment
from surveyapp.domain.errors import InvalidDefinition
from tests.builders import a_definition, every_type_document
from tests.support.ballots import a_ballot, ballot_document

A, B = ballot_document()["classes"]
C1, D1 = ballot_document()["subjects"][:2]


def problems(**changes: Any) -> dict[str, str]:
    with pytest.raises(InvalidDefinition) as caught:
        a_ballot(**changes)
    return {problem.path: str(problem.message) for problem in caught.value.problems}


def test_a_ballot_is_read_with_its_defaults() -> None:
    rules = a_ballot().ballot
    assert rules is not None
    (sheet,) = rules.sheets
    assert [one.key for one in sheet.graded] == ["de", "neng", "overall"]
    assert sheet.levels[0].key == "excellent"
    assert sheet.validity.blank is Treatment.VOID
    assert (rules.minimum.subject, rules.minimum.voting_class) == (8, 5)
    assert a_ballot().questions == ()
    assert len(list(rules.cells(rules.classes[0]))) == 15
    with pytest.raises(KeyError):
        rules.voting_class("Z")


def test_a_ballot_may_have_one_group_and_only_an_overall_grade() -> None:
    rules = a_ballot(
        groups=None,
        subjects=[{"key": "t", "title": "班子"}],
        criteria=[],
        quota={"share": "1/4"},
        quorum="2/3",
    ).ballot
    assert rules is not None
    assert [group.key for group in rules.groups] == ["all"]
    assert rules.quorum == Fraction(2, 3)
    (sheet,) = rules.sheets
    assert sheet.quota is not None
    assert sheet.quota.places(7) == 1


@pytest.mark.parametrize(
    ("changes", "path", "said"),
    [
        ({"questions": []}, "questions", "A ballot has no"),
        ({"scale": "none"}, "scale", "There is no scale"),
        ({"scale": "vote3"}, "scale", "need points"),
        ({"criteria": [], "overall": False, "quota": None}, "criteria", "needs criteria"),
        ({"criteria": [{"key": "de", "title": "德", "weight": 90}]}, "criteria", "total 90"),
        ({"criteria": [{"key": "de", "title": "德", "weight": 0}]}, "criteria[1].weight", "above"),
        ({"criteria": [{"key": "overall", "title": "德", "weight": 100}]}, "criteria[1].key", "tw"),
        ({"classes": [A]}, "classes", "total 40"),
        ({"classes": [A, {**B, "roll": None}]}, "classes[2].roll", "is missing"),
        ({"classes": [A, {**B, "rates": ["x"]}]}, "classes[2].rates", "one of the groups"),
        ({"classes": [A, {**B, "rates": ["deputy"]}]}, "classes", "without a trace"),
        (
            {"classes": [{**A, "rates": ["deputy"]}, {**B, "rates": ["deputy"]}]},
            "classes",
            "No class rates the group “chief”",
        ),
        ({"subjects": []}, "subjects", "rates 1 to"),
        ({"subjects": [C1, {**D1, "group": "x"}]}, "subjects[2].group", "one of the groups"),
        ({"subjects": ["x"]}, "subjects[1]", "Expected a mapping"),
        ({"subjects": [C1]}, "groups", "Nobody belongs to the group “deputy”"),
        ({"quota": {"share": 2}}, "quota.share", "share from 0 to 1"),
        ({"quota": {"share": 0.2, "rule": "x"}}, "quota.rule", "Expected one of: hint, hard"),
        ({"overall": False}, "quota", "has none"),
        ({"validity": {"blank": "maybe"}}, "validity.blank", "void, flag, accept"),
        ({"empty_class": "zero"}, "empty_class", "block, renormalise, incomplete"),
        ({"minimum": {"subject": 1}}, "minimum.subject", "whole number from 2"),
        ({"remarks": 900}, "remarks", "whole number from 0"),
    ],
)
def test_what_is_wrong_is_said_at_its_place(changes: Any, path: str, said: str) -> None:
    assert said in problems(**changes)[path]


def test_a_ballot_that_no_form_could_hold_is_refused() -> None:
    many = [{"key": f"d{n}", "title": f"{n}", "group": "deputy"} for n in range(290)]
    criteria = [{"key": f"k{n}", "title": f"{n}", "weight": 10} for n in range(10)]
    assert "at most 1800 grades" in problems(subjects=[C1, *many], criteria=criteria)["subjects"]


def test_groups_that_no_other_class_rates_need_no_partner() -> None:
    apart = [{**A, "rates": ["chief"]}, {**B, "rates": ["deputy"]}]
    rules = a_ballot(classes=apart).ballot
    assert rules is not None
    assert [one.key for one in rules.rated_by(rules.classes[0])] == ["c1"]


def test_only_ballots_have_classes_and_groups() -> None:
    with pytest.raises(InvalidDefinition) as caught:
        a_definition(every_type_document(classes=[A]))
    assert "Only a survey of kind “ballot”" in str(caught.value.problems[0].message)

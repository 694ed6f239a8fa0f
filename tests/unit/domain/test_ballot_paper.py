"""One ballot: read, packed and unpacked, judged, merged, and covered by the root."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveyapp.domain.ballot import BallotRules, Treatment
from surveyapp.domain.ballot_pace import Pace
from surveyapp.domain.ballot_packet import Packet, packed, packet_bytes, unpacked
from surveyapp.domain.ballot_paper import (
    Grades,
    Paper,
    canonical_ballot,
    merged_classes,
    quota_of,
    read_paper,
    root_of,
    treatment_of,
)
from surveyapp.domain.errors import InvalidAnswers
from tests.support.ballots import GRADES, a_ballot, ballot_document, whole_cards

A, B = ballot_document()["classes"]
KEYS = ("c1", "d1", "d2", "d3", "d4")
RECEIPT = "0123456789ABCDEF"


def rules_of(**changes: Any) -> BallotRules:
    rules = a_ballot(**changes).ballot
    assert rules is not None
    return rules


RULES = rules_of(remarks=100)
CLASS_B = RULES.voting_class("B")


def read(fields: dict[str, list[str]], rules: BallotRules = RULES) -> Paper:
    return read_paper(rules, rules.voting_class("B"), fields)


def all_of(grade: str) -> Grades:
    return {key: dict.fromkeys(("de", "neng", "overall"), grade) for key in KEYS}


def test_a_choice_for_the_card_fills_what_was_left_blank() -> None:
    paper = read({"d1._card": ["competent"], "d1.de": ["excellent"], "d2.de": ["abstain"]})
    assert paper.grades["d1"] == {"de": "excellent", "neng": "competent", "overall": "competent"}
    assert paper.grades["d2"] == {"de": "abstain"}
    assert len(paper.blanks(RULES, CLASS_B)) == 15 - 3 - 1


def test_ones_own_card_is_kept_as_not_familiar() -> None:
    assert read({"d1._card": ["myself"]}).grades["d1"]["overall"] == "dont_know"


@pytest.mark.parametrize(
    ("fields", "name", "forged"),
    [
        ({"d1._card": ["myself"], "d1.de": ["excellent"]}, "d1._card", False),
        ({"d1.de": ["excellent", "competent"]}, "d1.de", True),
        ({"d1.de": ["myself"]}, "d1.de", True),
        ({"other": ["x"]}, "other", True),
        ({"_remark": ["好" * 101]}, "_remark", False),
        ({"_remark": ["a", "b"]}, "_remark", True),
        ({"_signature": ["王芳"]}, "_signature", True),
    ],
)
def test_what_cannot_be_is_refused(fields: dict[str, list[str]], name: str, forged: bool) -> None:
    with pytest.raises(InvalidAnswers) as caught:
        read(fields)
    assert list(caught.value.problems) == [name]
    assert caught.value.forged is forged


def test_a_signed_ballot_wants_a_name() -> None:
    rules = rules_of(classes=CLASSES)
    with pytest.raises(InvalidAnswers) as caught:
        read_paper(rules, rules.voting_class("L"), {"_signature": [" "]})
    assert list(caught.value.problems) == ["_signature"]
    assert read_paper(rules, rules.voting_class("L"), {"_signature": ["王芳"]}).signature == "王芳"


def test_only_a_hard_quota_refuses() -> None:
    top = {f"{key}.overall": ["excellent"] for key in KEYS[:3]}
    assert quota_of(RULES, RULES.sheets[0], CLASS_B) == 1
    assert read(top).top_grades(RULES, RULES.sheets[0]) == 3
    with pytest.raises(InvalidAnswers, match="need your attention"):
        read(top, rules_of(quota={"share": 0.25, "rule": "hard"}))
    none = rules_of(quota=None)
    assert quota_of(none, none.sheets[0], none.classes[0]) is None
    for share, most in (("0.1", None), ("0", 0)):
        few = rules_of(quota={"share": share})
        assert quota_of(few, few.sheets[0], few.classes[1]) == most, share
    assert read(top, none).top_grades(none, none.sheets[0]) == 3


@given(st.data())
def test_every_ballot_comes_out_of_its_packet_as_it_went_in(data: st.DataObject) -> None:
    grades: Grades = {}
    for subject, criterion in RULES.cells(CLASS_B):
        grade = data.draw(st.sampled_from([*GRADES, "abstain", "dont_know", None]))
        if grade is not None:
            grades.setdefault(subject, {})[criterion] = grade
    remark = data.draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=100))
    packet = Packet(
        "B", Paper(grades, remark, "王" * 40), RECEIPT, data.draw(st.sampled_from(Pace))
    )
    content = packed(RULES, packet)
    assert len(content) == packet_bytes(RULES)
    assert unpacked(RULES, content) == packet


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\0\0\x05hello",
        b"\0\0\0\x02[]",
        b'\0\0\0\x19["Z","___","R","","",1,2,3]',
        b'\0\0\0\x1c["Z","_","R","","",null,[]]',
        b'\0\0\0\x1c["B","_","R","","",null,[]]',
        b'\0\0\0\x2a["B","zzzzzzzzzzzzzzz","R","","",null,[]]',
        b'\0\0\0\x2c["B","_______________","R","","","quick",[]]',
    ],
)
def test_what_is_no_packet_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 several kinds of it
        unpacked(RULES, data)


@pytest.mark.parametrize(
    ("grades", "validity", "expected"),
    [
        ({}, {}, Treatment.VOID),
        ({}, {"blank": "accept"}, Treatment.ACCEPT),
        (all_of("competent"), {}, Treatment.FLAG),
        (all_of("competent"), {"all_same": "void"}, Treatment.VOID),
        (all_of("competent"), {"all_same": "accept"}, Treatment.ACCEPT),
        (all_of("excellent"), {"all_same": "accept", "over_quota": "accept"}, Treatment.FLAG),
        (all_of("excellent"), {"all_top": "void"}, Treatment.VOID),
        ({"d1": {"overall": "excellent"}, "d2": {"overall": "competent"}}, {}, Treatment.ACCEPT),
        ({"d1": {"overall": "excellent"}}, {}, Treatment.ACCEPT),
        ({"d1": {"overall": "competent", "de": "competent"}}, {}, Treatment.ACCEPT),
        (
            {"d1": {"overall": "competent"}, "d2": {"overall": "dont_know"}},
            {"all_same": "void"},
            Treatment.ACCEPT,
        ),
        (
            {"d1": {"overall": "excellent", "de": "competent"}, "d2": {"overall": "excellent"}},
            {"over_quota": "void"},
            Treatment.VOID,
        ),
    ],
)
def test_conspicuous_ballots_are_treated_as_declared(
    grades: Grades, validity: dict[str, str], expected: Treatment
) -> None:
    rules = rules_of(validity=validity)
    assert treatment_of(rules, rules.sheets[0], rules.classes[1], grades) is expected


def test_without_a_quota_nothing_is_over_it() -> None:
    rules = rules_of(quota=None, validity={"all_same": "accept", "all_top": "accept"})
    assert (
        treatment_of(rules, rules.sheets[0], rules.classes[1], all_of("excellent"))
        is Treatment.ACCEPT
    )


CLASSES = [
    {"key": "A", "title": "A", "weight": 20, "roll": 12},
    {"key": "B", "title": "B", "weight": 30, "roll": 40},
    {"key": "C", "title": "C", "weight": 40, "roll": 60},
    {"key": "L", "title": "L", "weight": 10, "roll": 2, "signed": True},
]


@pytest.mark.parametrize(
    ("voted", "merged"),
    [
        ({"A": 9, "B": 30, "C": 50, "L": 1}, {}),
        ({"A": 3, "B": 30, "C": 50, "L": 1}, {"A": "B"}),
        ({"A": 0, "B": 30, "C": 50, "L": 0}, {}),
        ({"A": 3, "B": 50, "C": 4}, {"C": "A"}),
        ({"A": 1, "B": 1, "C": 1}, {"B": "A", "C": "A"}),
        ({"A": 3}, {}),
    ],
)
def test_classes_with_too_few_ballots_are_pooled(
    voted: dict[str, int], merged: dict[str, str]
) -> None:
    into = merged_classes(rules_of(classes=CLASSES), voted)
    assert into["L"] == "L"
    assert {key: target for key, target in into.items() if key != target} == merged


def test_the_root_covers_everything_and_no_order() -> None:
    ballots = [canonical_ballot("B", all_of(grade)) for grade in GRADES]
    receipts = ["R1", "R2"]
    classes = [{"class": "B", "roll": 9}]
    root = root_of("d", ballots, receipts, classes)
    assert root == root_of("d", reversed(ballots), reversed(receipts), classes)
    others = [
        root_of("e", ballots, receipts, classes),
        root_of("d", ballots[1:], receipts, classes),
        root_of("d", [*ballots, ballots[0]], receipts, classes),
        root_of("d", ballots, ["R1", "R3"], classes),
        root_of("d", ballots, receipts, [{"class": "B", "roll": 8}]),
        root_of("d", [canonical_ballot("B", {}, "王芳"), *ballots[1:]], receipts, classes),
    ]
    assert len({root, *others}) == 7


def test_whole_cards_name_every_subject() -> None:
    assert set(read(whole_cards(*GRADES, "abstain")).grades) == set(KEYS)

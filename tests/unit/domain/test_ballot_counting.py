"""Keying a printed ballot, comparing two keyings, and settling what differs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from surveyapp.domain.ballot import ABSTAIN, BallotRules
from surveyapp.domain.ballot_counting import (
    BLANK,
    CLASS,
    INVALID,
    VOID,
    Keying,
    PaperCount,
    differences,
    labels_of,
    line_of,
    read_keying,
    settled,
    signs_of,
    sizes_for_merging,
)
from surveyapp.domain.definition import parse_definition
from surveyapp.domain.errors import InvalidAnswers
from tests.support.ballots import packet_document


def rules_with(**changes: object) -> BallotRules:
    rules = parse_definition(packet_document(remarks=20, **changes)).ballot
    assert rules is not None
    return rules


RULES = rules_with()
A = RULES.voting_class("A")


NOTHING = {one.key: ["0"] for one in RULES.subjects}


def keyed(**lines: str) -> Keying:
    fields = {name.replace("__", "."): [value] for name, value in lines.items()}
    return read_keying(RULES, A, 7, NOTHING | fields)


def problems(**lines: str) -> set[str]:
    with pytest.raises(InvalidAnswers) as refused:
        keyed(**lines)
    assert not refused.value.forged
    return set(refused.value.problems)


def test_each_item_has_its_character() -> None:
    signs = signs_of(RULES.sheet("promoted"))
    assert signs["1"] == "approve"
    assert signs["3"] == "disapprove"
    assert {signs["8"], signs["0"], signs["9"]} == {"dont_know", BLANK, INVALID}
    assert set(labels_of(RULES.sheet("team"))) == set(signs_of(RULES.sheet("team")).values())


def test_a_line_is_read_in_the_order_of_the_sheet() -> None:
    keying = keyed(c1="142", t1=" ２ 8 ", n1="3", n1___reason="不在岗")
    assert keying.marks == {
        "c1": {"de": "excellent", "neng": "incompetent", "overall": "competent"},
        "t1": {"results": "good", "overall": "dont_know"},
        "n1": {"overall": "disapprove"},
    }
    assert keying.reasons == {"n1": "不在岗"}
    cadres = RULES.sheet("cadres")
    assert (line_of(cadres, keying, "c1"), line_of(cadres, keying, "d1")) == ("142", "0")


def test_an_item_that_is_marked_twice_counts_as_left_blank() -> None:
    keying = keyed(c1="109", d1="999")
    assert keying.mark("c1", "overall") == INVALID
    paper = keying.paper()
    assert paper.grades == {"c1": {"de": "excellent"}}
    assert ABSTAIN not in paper.grades["c1"].values()


@pytest.mark.parametrize("line", ["11", "1111", "11x", "115", "1１77"])
def test_a_line_with_too_many_or_unknown_characters_is_refused(line: str) -> None:
    assert problems(c1=line) == {"c1"}


def test_a_forgotten_line_is_no_abstention() -> None:
    assert problems(c1="") == {"c1"}
    assert keyed().marks == {}
    assert keyed(c1="000") == keyed()


def test_texts_are_bounded() -> None:
    assert problems(_remark="多" * 21, n1="3", n1___reason="因" * 101) == {"_remark", "n1._reason"}


@pytest.mark.parametrize(
    "fields",
    [{"x1": ["111"]}, {"c1": ["111", "111"]}, {"c1._reason": ["x"]}, {"_signature": ["x"]}],
)
def test_fields_the_form_does_not_have_are_forged(fields: dict[str, list[str]]) -> None:
    with pytest.raises(InvalidAnswers) as refused:
        read_keying(RULES, A, 7, NOTHING | fields)
    assert refused.value.forged
    with pytest.raises(InvalidAnswers):
        read_keying(RULES, A, 7, fields | {VOID: ["1"]})


def test_of_a_void_paper_nothing_else_is_kept() -> None:
    assert keyed(_void="1", c1="7", _remark="说明") == Keying(7, "A", void=True)


def test_two_keyings_are_compared_item_by_item() -> None:
    first = keyed(c1="111", n1="3", n1___reason="不在岗", _remark="好")
    second = keyed(c1="191", n1="3", n1___reason="不在岗位", _remark="好!")
    found = differences(RULES, first, second)
    assert [(one.name, one.first, one.second) for one in found] == [
        ("c1.neng", "excellent", INVALID),
        ("n1._reason", "不在岗", "不在岗位"),
        ("_remark", "好", "好!"),
    ]
    assert differences(RULES, first, first) == ()
    chosen = {one.name: one.second for one in found}
    assert differences(RULES, settled(RULES, first, found, chosen), second) == ()
    assert settled(RULES, first, found, {}) == first


def test_class_and_voidness_are_settled_by_keying_again() -> None:
    first = keyed(c1="111")
    (other_class,) = differences(RULES, first, replace(first, class_key="B"))
    (other_void,) = differences(RULES, first, keyed(_void="1"))
    assert (other_class.name, other_void.name) == (CLASS, VOID)
    for found in (other_class, other_void):
        assert found.needs_keying
        with pytest.raises(InvalidAnswers):
            settled(RULES, first, [found], {found.name: found.second})


def test_what_the_form_does_not_offer_settles_nothing() -> None:
    first = keyed(c1="111", n1___reason="甲", n1="3")
    second = keyed(c1="112", n1___reason="", n1="3", _remark="x")
    found = differences(RULES, first, second)
    for name in ("c1.overall", "n1._reason", "_remark"):
        with pytest.raises(InvalidAnswers):
            settled(RULES, first, found, {name: "something else"})
    changed = settled(RULES, first, found, {"c1.overall": BLANK, "n1._reason": "", "_remark": "x"})
    assert changed.marks["c1"] == {"de": "excellent", "neng": "excellent"}
    assert (changed.reasons, changed.remark) == ({}, "x")
    assert first.with_mark("n1", "overall", BLANK).marks.keys() == {"c1"}


def test_signatures_differ_and_are_settled() -> None:
    classes = [
        {"key": "L", "title": "领导评分", "weight": 40, "roll": 2, "signed": True},
        {"key": "B", "title": "B票", "weight": 60, "roll": 20},
    ]
    rules = rules_with(classes=classes)
    leader = rules.voting_class("L")
    first = read_keying(rules, leader, 1, NOTHING | {"_signature": ["王芳"]})
    second = read_keying(rules, leader, 1, NOTHING | {"_signature": ["王方"]})
    found = differences(rules, first, second)
    assert settled(rules, second, found, {"_signature": "王芳"}) == first
    with pytest.raises(InvalidAnswers):
        read_keying(rules, leader, 1, NOTHING)
    assert read_keying(rules, leader, 1, {VOID: ["1"]}).void


def test_papers_add_up() -> None:
    count = PaperCount(A, issued=5, returned=4, void=1)
    assert (count.written_off, count.counted) == (1, 3)
    assert count.issued == count.returned + count.written_off
    assert count.returned == count.counted + count.void


def test_of_a_class_that_clerks_have_read_electronic_ballots_must_be_enough() -> None:
    assert sizes_for_merging({"A": 2, "B": 8}, {"A": 30, "C": 6}) == {"A": 2, "B": 8, "C": 6}

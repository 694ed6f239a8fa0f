"""Packets of sheets: what is read, what is wrong, packed with reasons and pace, judged apart."""

from __future__ import annotations

from copy import deepcopy
from fractions import Fraction
from typing import Any

import pytest

from surveyapp.domain.ballot import BallotRules, RemarkLine, Treatment
from surveyapp.domain.ballot_pace import Pace, pace_of
from surveyapp.domain.ballot_packet import Packet, packed, packet_bytes, unpacked
from surveyapp.domain.ballot_paper import Paper, read_paper, treatment_of
from surveyapp.domain.definition import parse_definition
from surveyapp.domain.errors import InvalidAnswers, InvalidDefinition
from surveyapp.domain.text import Text
from tests.support.ballots import a_ballot, packet_document


def rules_of(document: dict[str, Any]) -> BallotRules:
    rules = parse_definition(document).ballot
    assert rules is not None
    return rules


RULES = rules_of(packet_document())
TEAM, CADRES, PROMOTED = RULES.sheets
B = RULES.voting_class("B")


def changed(sheet: int, **changes: Any) -> dict[str, Any]:
    """The document with some keys of one sheet set, or left out where they are None."""
    document = deepcopy(packet_document())
    both = document["sheets"][sheet] | changes
    document["sheets"][sheet] = {key: value for key, value in both.items() if value is not None}
    return document


def problems(document: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidDefinition) as caught:
        parse_definition(document)
    return {problem.path: str(problem.message) for problem in caught.value.problems}


def read(fields: dict[str, str]) -> Paper:
    return read_paper(RULES, B, {name: [value] for name, value in fields.items()})


# --- definitions --------------------------------------------------------------------------------


def test_each_sheet_has_its_own_grades_and_groups() -> None:
    assert [sheet.key for sheet in RULES.sheets] == ["team", "cadres", "promoted"]
    assert [group.key for group in RULES.groups] == ["team", "chief", "deputy", "promoted"]
    assert [one.key for one in RULES.rated_by(B, CADRES)] == ["c1", "d1", "d2", "d3", "d4"]
    assert RULES.sheet_of(RULES.subjects[-1]) is PROMOTED
    assert RULES.sheet("team") is TEAM
    assert TEAM.points["excellent"] == 100
    assert PROMOTED.points == {}
    assert len(list(RULES.cells(B))) == 1 * 2 + 5 * 3 + 2
    assert list(RULES.cells(B, PROMOTED)) == [("n1", "overall"), ("n2", "overall")]
    with pytest.raises(KeyError):
        RULES.sheet("none")


def test_without_sheets_the_definition_is_one() -> None:
    rules = a_ballot().ballot
    assert rules is not None
    (sheet,) = rules.sheets
    assert (sheet.key, sheet.title.zh) == ("ballot", "2026年度民主测评")
    assert sheet.people


def test_a_class_sees_the_sheets_it_rates_somebody_on() -> None:
    classes = deepcopy(packet_document()["classes"])
    for one in classes:
        one["rates"] = ["chief", "promoted"]
    classes.append({"key": "C", "title": "C", "weight": 20, "roll": 9, "rates": ["team", "deputy"]})
    classes[0]["weight"] = 20
    rules = rules_of(packet_document(classes=classes))
    seen = {one.key: [sheet.key for sheet in rules.sheets_of(one)] for one in rules.classes}
    assert seen == {
        "A": ["cadres", "promoted"],
        "B": ["cadres", "promoted"],
        "C": ["team", "cadres"],
    }
    assert len(list(rules.cells(rules.classes[2]))) == 2 + 4 * 3


def test_votes_that_are_only_counted_are_not_conspicuous_when_unanimous() -> None:
    assert CADRES.validity.all_top is Treatment.FLAG
    assert PROMOTED.validity.all_top is Treatment.ACCEPT
    assert PROMOTED.validity.blank is Treatment.VOID
    strict = rules_of(changed(2, validity={"all_top": "void"}))
    assert strict.sheets[2].validity.all_top is Treatment.VOID


def test_a_remark_line_compares_exact_shares() -> None:
    said = {"grades": ["excellent", "competent"], "below": "2/3", "text": "优秀称职率低于三分之二"}
    (line,) = rules_of(changed(1, remark_lines=[said])).sheets[1].remark_lines
    assert line.levels == ("excellent", "competent")
    assert line.holds(Fraction(199, 300))
    assert not line.holds(Fraction(2, 3))
    above = RemarkLine(("incompetent",), None, Fraction(1, 3), Text.same("x"))
    assert above.holds(Fraction(101, 300))
    assert not above.holds(Fraction(1, 3))


@pytest.mark.parametrize(
    ("document", "path", "said"),
    [
        (packet_document(scale="cadre4"), "scale", "each says its own “scale”"),
        (packet_document(quota={"share": 1}), "quota", "each says its own “quota”"),
        (packet_document(sheets=[]), "sheets", "1 to 12 entries"),
        (changed(1, key="team"), "sheets[2].key", "used twice"),
        (changed(1, title=None), "sheets[2].title", "missing"),
        (changed(1, colour="red"), "sheets[2].colour", "not known"),
        (changed(0, scale="approve3"), "sheets[1].scale", "need points"),
        (changed(2, scale="none"), "sheets[3].scale", "There is no scale"),
        (changed(2, overall=False), "sheets[3].criteria", "one grade for each subject"),
        (
            changed(2, criteria=[{"key": "k", "title": "k", "weight": 100}]),
            "sheets[3].criteria",
            "make each item a subject",
        ),
        (changed(2, reason_for="refuse"), "sheets[3].reason_for", "approve, basically_approve"),
        (changed(2, groups=[{"key": "team", "title": "x"}]), "sheets[3].groups[1].key", "twice"),
        (changed(1, validity={"blank": "no"}), "sheets[2].validity.blank", "void, flag, accept"),
        (changed(1, people="yes"), "sheets[2].people", "true or false"),
        (changed(1, remark_lines=[{}]), "sheets[2].remark_lines[1]", "either “below” or “above”"),
        (
            changed(1, remark_lines=[{"grades": ["good"], "below": 0.5, "text": "x"}]),
            "sheets[2].remark_lines[1].grades",
            "Name one of the grades",
        ),
        (
            changed(0, overall=False, remark_lines=[{"grades": ["good"], "below": 1, "text": "x"}]),
            "sheets[1].remark_lines",
            "looks at overall grades",
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_sheet(document: dict[str, Any], path: str, said: str) -> None:
    assert said in problems(document)[path]


def test_more_reasons_than_a_box_can_hold_are_refused() -> None:
    document = packet_document()
    document["subjects"] += [
        {"key": f"m{n}", "title": f"{n}", "group": "promoted"} for n in range(59)
    ]
    assert "at most 60 subjects" in problems(document)["subjects"]


# --- one ballot ---------------------------------------------------------------------------------


def test_a_packet_comes_out_with_all_its_sheets_reasons_and_pace() -> None:
    fields = {"t1._card": "good", "c1.de": "abstain", "n1.overall": "disapprove"}
    paper = read({**fields, "n1._reason": " 不熟悉业务\r\n", "n2.overall": "dont_know"})
    assert paper.grades["t1"] == {"results": "good", "overall": "good"}
    assert paper.reasons == {"n1": "不熟悉业务"}
    packet = Packet("B", paper, "0123456789ABCDEF", Pace.SLOW)
    content = packed(RULES, packet)
    assert unpacked(RULES, content) == packet
    longest = Paper(paper.grades, "", "", {"n1": "\N{GRINNING FACE}" * 100, "n2": '"' * 100})
    assert len(packed(RULES, Packet("A", longest, "0" * 16, Pace.USUAL))) == packet_bytes(RULES)
    assert len(content) == packet_bytes(RULES)
    assert unpacked(RULES, packed(RULES, Packet("B", Paper(), ""))).pace is None


def test_a_reason_for_another_grade_is_none() -> None:
    assert read({"n1.overall": "approve", "n1._reason": "x"}).reasons == {}
    assert read({"n1._reason": "x"}).reasons == {}
    assert read({"n1.overall": "disapprove", "n1._reason": ""}).reasons == {}
    with pytest.raises(InvalidAnswers) as caught:
        read({"n1.overall": "disapprove", "n1._reason": "长" * 101})
    assert list(caught.value.problems) == ["n1._reason"]


def test_ones_own_card_is_there_for_people_only() -> None:
    assert read({"n1.overall": "myself"}).grades["n1"] == {"overall": "dont_know"}
    assert read({"c1._card": "myself"}).grades["c1"]["de"] == "dont_know"
    for fields in ({"t1._card": "myself"}, {"c1.de": "myself"}, {"c1._reason": "x"}):
        with pytest.raises(InvalidAnswers) as caught:
            read(fields)
        assert caught.value.forged


def test_grades_of_one_sheet_are_no_grades_of_another() -> None:
    with pytest.raises(InvalidAnswers) as caught:
        read({"c1.overall": "good"})
    assert caught.value.forged


def test_each_sheet_is_judged_by_itself() -> None:
    paper = read({"t1._card": "good", "c1._card": "excellent", "d1._card": "excellent"})
    treated = {sheet.key: treatment_of(RULES, sheet, B, paper.grades) for sheet in RULES.sheets}
    assert treated == {
        "team": Treatment.ACCEPT,
        "cadres": Treatment.FLAG,
        "promoted": Treatment.VOID,
    }


def test_a_hard_quota_counts_on_its_sheet_only() -> None:
    hard = rules_of(changed(1, quota={"share": 0.25, "rule": "hard"}))
    many = {name: ["excellent"] for name in ("t1._card", "c1._card", "d1.overall")}
    with pytest.raises(InvalidAnswers) as caught:
        read_paper(hard, hard.voting_class("B"), many)
    assert list(caught.value.problems) == ["_quota.cadres"]
    del many["d1.overall"]
    paper = read_paper(hard, hard.voting_class("B"), many)
    assert [paper.top_grades(hard, sheet) for sheet in hard.sheets] == [1, 1, 0]


@pytest.mark.parametrize(
    ("seconds", "pace"),
    [(0, Pace.FAST), (15, Pace.FAST), (16, Pace.USUAL), (240, Pace.USUAL), (241, Pace.SLOW)],
)
def test_pace_has_three_levels_by_the_number_of_cards(seconds: int, pace: Pace) -> None:
    assert pace_of(seconds, 8) is pace

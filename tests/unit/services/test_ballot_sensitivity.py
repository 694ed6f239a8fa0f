"""How firmly a result stands: intervals, ranks that hold, other weights, conspicuous ballots."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from scipy import stats

from surveyapp.services.ballots.annex import annex_parts
from surveyapp.services.ballots.figures import GroupResult, SubjectResult
from surveyapp.services.ballots.results import result_of
from surveyapp.services.ballots.sensitivity import (
    Variation,
    move_words,
    variant_sentences,
    variant_title,
    variants,
)
from surveyapp.services.ballots.tabulation_cells import written
from tests.support.opened_ballots import BEST, FAIR, GOOD, POOR, card, opened

ACCEPT = {"all_same": "accept", "all_top": "accept", "over_quota": "accept", "blank": "void"}


def deputies(**given: object) -> GroupResult:
    return result_of(opened(**given)).groups[1]  # type: ignore[arg-type]  # varied in tests


def line(group: GroupResult, key: str) -> SubjectResult:
    return next(one for one in group.subjects if one.subject.key == key)


# Everybody of A puts d1 first, everybody of B d2.
A, B = card(BEST, GOOD, FAIR, POOR), card(GOOD, BEST, FAIR, POOR)


def test_the_interval_of_a_score_comes_from_those_who_stayed_away() -> None:
    ballots = [card(BEST, GOOD, FAIR, POOR)] * 6 + [card(GOOD, GOOD, FAIR, POOR)] * 4
    classes = [{"key": "A", "title": "A", "weight": 100, "roll": 15}]
    found = line(deputies(votes={"A": ballots}, classes=classes), "d1")
    variance = (6 * 8**2 + 4 * 12**2) / 9
    se = math.sqrt((1 - 10 / 15) * variance / 10)
    assert found.se == pytest.approx(se)
    assert found.interval == pytest.approx(stats.t.interval(0.95, 9, 92, se))


def test_where_all_members_voted_nothing_is_left_to_chance() -> None:
    classes = [{"key": "A", "title": "A", "weight": 100, "roll": 10}]
    ballots = [card(BEST, GOOD, FAIR, POOR)] * 6 + [card(GOOD, BEST, FAIR, POOR)] * 4
    group = deputies(votes={"A": ballots}, classes=classes, validity=ACCEPT)
    first = line(group, "d1")
    assert (first.se, first.interval) == (0, None)
    assert first.standing is not None
    assert (first.standing.possible_low, first.standing.possible_high) == (1, 1)
    assert [one.standing and one.standing.bands for one in group.subjects] == [
        (1,), (2,), (3,), (4,),
    ]  # fmt: skip


def test_who_cannot_be_told_apart_shares_possible_ranks() -> None:
    ballots = [A] * 6 + [B] * 4 + [card(GOOD, BEST, GOOD, POOR)]
    classes = [{"key": "A", "title": "A", "weight": 100, "roll": 60}]
    group = deputies(votes={"A": ballots}, classes=classes, validity=ACCEPT)
    first, third = line(group, "d1").standing, line(group, "d3").standing
    assert first is not None
    assert third is not None
    assert (first.possible_low, first.possible_high, first.alike) == (1, 2, ("d2",))
    assert (third.possible_low, third.possible_high, third.alike) == (3, 3, ())


def test_there_is_no_standing_where_nothing_can_be_compared() -> None:
    result = result_of(opened({"B": [A] * 9}, trim=True, empty_class="renormalise"))
    assert all(one.standing is None for group in result.groups for one in group.subjects)
    alone = [card(GOOD, subjects=("c1",))] * 9
    result = result_of(opened({"B": alone}, empty_class="renormalise"))
    assert result.groups[0].subjects[0].standing is None


def test_moving_a_weight_scales_the_others_and_may_turn_the_order() -> None:
    classes = [
        {"key": key, "title": key, "weight": weight, "roll": 30}
        for key, weight in (("A", 48), ("B", 32), ("C", 20))
    ]
    votes = {"A": [A] * 9, "B": [B] * 9, "C": [B] * 9}
    group = deputies(votes=votes, classes=classes, validity=ACCEPT)
    result = result_of(opened(votes, classes=classes, validity=ACCEPT))
    assert [one.rank for one in group.subjects] == [2, 1, 3, 4]
    found = variants(result.classes, group)
    assert [(one.variation, one.weight) for one in found] == [
        (Variation.WEIGHT, Fraction(weight)) for weight in (53, 43, 37, 27, 25, 15)
    ]
    up = found[0]
    assert up.scores[:2] == (80 + 20 * Fraction("0.53"), 80 + 20 * Fraction("0.47"))
    assert up.largest == 1
    assert [str(move_words(move)).count("→") for move in up.moves] == [1, 1]
    assert [(one.subject.key, one.before, one.after) for one in up.moves] == [
        ("d2", 1, 2), ("d1", 2, 1),
    ]  # fmt: skip
    # B at 27: A takes over 48/68 of the five points, C the rest.
    down = found[3]
    assert down.scores[0] == 80 + 20 * Fraction(48 * 73, 68 * 100)
    assert [bool(one.moves) for one in found] == [True, False, False, True, False, True]
    assert "3 of 6 cases" in str(variant_sentences(found)[0])
    assert "53.0 % instead of 48.0 %" in str(variant_title(up))


def test_a_class_of_five_percent_is_not_taken_away_whole() -> None:
    classes = [
        {"key": "A", "title": "A", "weight": 95, "roll": 30},
        {"key": "B", "title": "B", "weight": 5, "roll": 30},
    ]
    votes = {"A": [A] * 9, "B": [B] * 9}
    result = result_of(opened(votes, classes=classes, validity=ACCEPT))
    found = variants(result.classes, result.groups[1])
    assert [one.weight for one in found] == [90, 10]
    assert "changes no rank" in str(variant_sentences(found)[0])


@pytest.mark.parametrize("rule", ["renormalise", "block", "incomplete"])
def test_an_empty_class_is_treated_as_declared(rule: str) -> None:
    classes = [
        {"key": key, "title": key, "weight": weight, "roll": 30}
        for key, weight in (("A", 50), ("B", 30), ("C", 20))
    ]
    votes = {"A": [A] * 9, "B": [B] * 9}
    result = result_of(opened(votes, classes=classes, validity=ACCEPT, empty_class=rule))
    found = variants(result.classes, result.groups[1])
    if rule == "renormalise":
        # C gives its weight to both: moving A is moving it against B.
        assert [one.weight for one in found] == [55, 45, 35, 25]
        assert found[0].scores[0] == (55 * Fraction(100) + 27 * Fraction(80)) / 82
    else:
        assert found == ()


def test_a_score_that_rests_on_other_classes_stays_without_one() -> None:
    """Nobody of B knows d4: it has no score, whatever the weights are."""
    partly = {key: cells for key, cells in B.items() if key != "d4"}
    votes = {"A": [A] * 9, "B": [partly] * 9}
    result = result_of(opened(votes, validity=ACCEPT, empty_class="incomplete"))
    found = variants(result.classes, result.groups[1])
    assert all(one.scores[3] is None for one in found)
    assert all(move.subject.key != "d4" for one in found for move in one.moves)


def test_flagged_and_void_ballots_are_tried_both_ways() -> None:
    same = card(*[GOOD] * 4)
    votes = {"A": [A] * 8, "B": [B] * 8 + [same] * 6}
    flagged = {**ACCEPT, "all_same": "flag"}
    result = result_of(opened(votes, validity=flagged))
    found = variants(result.classes, result.groups[1])
    assert [one.variation for one in found[4:]] == [Variation.WITHOUT_FLAGGED]
    assert str(variant_title(found[4])) == "without flagged ballots"
    assert "every rank would be the same" in str(variant_sentences(found)[-1]) or found[4].moves
    void = {**ACCEPT, "all_same": "void"}
    result = result_of(opened(votes, validity=void))
    found = variants(result.classes, result.groups[1])
    assert [one.variation for one in found[4:]] == [Variation.WITH_VOID]
    assert str(variant_title(found[4])) == "with the void ballots"
    chief = line(result.groups[1], "d2")
    assert chief.score == Fraction(40 * 80 + 60 * 100, 100)
    assert chief.with_void == 40 * Fraction(80, 100) + 60 * Fraction(8 * 100 + 6 * 80, 1400)


@pytest.mark.parametrize("rule", ["flag", "void"])
def test_ranks_that_rest_on_conspicuous_ballots_are_counted(rule: str) -> None:
    """Without those who put d1 on top of everybody else, or with them, the order is another."""
    loud = {**card(BEST, POOR, POOR, POOR), "c1": dict.fromkeys(("de", "neng", "overall"), BEST)}
    votes = {"B": [card(FAIR, GOOD, GOOD, POOR)] * 8 + [loud] * 8}
    validity = {**ACCEPT, "over_quota": rule}
    changes = {"validity": validity, "empty_class": "renormalise", "quota": {"share": 0.2}}
    result = result_of(opened(votes, **changes))  # type: ignore[arg-type]  # varied in tests
    found = variants(result.classes, result.groups[1])
    assert found[-1].moves
    said = str(variant_sentences(found)[-1])
    assert "ranks would be others" in said
    assert ("Without flagged" if rule == "flag" else "void ballots counted") in said


def test_ranks_that_come_and_go_are_named() -> None:
    """d4 is rated by flagged ballots alone."""
    some = {key: cells for key, cells in A.items() if key != "d4"}
    votes = {"B": [some] * 8 + [card(*[GOOD] * 4)] * 5}
    for rule, words in (("flag", "→ no rank"), ("void", "no rank →")):
        validity = {**ACCEPT, "all_same": rule}
        result = result_of(opened(votes, validity=validity, empty_class="renormalise"))
        found = variants(result.classes, result.groups[1])
        assert any(words in str(move_words(move)) for move in found[-1].moves), words


def test_void_ballots_that_change_no_rank_are_said() -> None:
    votes = {"B": [A] * 9 + [card(*[GOOD] * 4)]}
    validity = {**ACCEPT, "all_same": "void"}
    result = result_of(opened(votes, validity=validity, empty_class="renormalise"))
    found = variants(result.classes, result.groups[1])
    assert "every rank would be the same" in str(variant_sentences(found)[-1])


def test_without_a_score_there_is_nothing_to_vary() -> None:
    result = result_of(opened({"B": [A] * 3}))
    assert variants(result.classes, result.groups[1]) == ()
    assert variant_sentences(()) == ()


def test_of_one_subject_only_the_score_moves() -> None:
    same = card(GOOD, GOOD, subjects=("c1", "d1"))
    odd = {"c1": {"de": BEST, "neng": GOOD, "overall": BEST}}
    votes = {"A": [odd] * 8 + [same] * 2, "B": [same] * 8}
    for rule, words in (("flag", "Without flagged"), ("void", "void ballots counted")):
        validity = {**ACCEPT, "all_same": rule, "blank": "accept"}
        result = result_of(opened(votes, validity=validity, empty_class="renormalise"))
        found = variants(result.classes, result.groups[0])
        said = [str(one) for one in variant_sentences(found)]
        assert any(words in one and "the score would move" in one for one in said), said
    result = result_of(opened({"A": [odd] * 8, "B": [{"c1": {"de": GOOD, "neng": BEST}}] * 8}))
    said = [str(one) for one in variant_sentences(variants(result.classes, result.groups[0]))]
    assert said[0].startswith("Moving the weight of one class by 5 points moves the score by")


def test_the_annex_of_the_workbook_says_it_all() -> None:
    classes = [
        {"key": key, "title": key, "weight": weight, "roll": 9}
        for key, weight in (("A", 52), ("B", 48))
    ]
    alone = {"c1": {"de": GOOD, "neng": BEST, "overall": GOOD}}
    votes = {"A": [A | alone] * 9, "B": [B | alone] * 9}
    result = result_of(opened(votes, classes=classes, validity=ACCEPT))
    chief, deputy = annex_parts(result)
    assert [written(cell, "en") for cell in chief.table.rows[0]][3:7] == ["1", "", "", ""]
    first = [written(cell, "en") for cell in deputy.table.rows[0]]
    assert first == [
        "乙", "90.400", "no error from absence", "1", "1", "A", "", "90.400", "90.400",
    ]  # fmt: skip
    said = [written(fact.value, "en") for fact in deputy.facts]
    assert "non-response, not judgement" in said[0]
    assert "changes ranks in 2 of 4 cases" in said[1]
    assert said[2] == "“A” with 47.0 % instead of 52.0 %；乙: 1 → 2；丙: 2 → 1"
    assert all(len(row) == deputy.table.width for row in deputy.table.rows)


def test_the_annex_leaves_out_what_has_no_score() -> None:
    assert annex_parts(result_of(opened({"B": [A] * 3}))) == ()
    classes = [{"key": "A", "title": "A", "weight": 100, "roll": 60}]
    ballots = [A] * 6 + [B] * 4
    parts = annex_parts(result_of(opened({"A": ballots}, classes=classes, validity=ACCEPT)))
    cells = [written(cell, "zh") for cell in parts[0].table.rows[0]]
    assert cells[2].count("–") == 1
    assert cells[4:7] == ["1–2", "A", "丙"]

"""Diagnostics of votes: what they see, what they say, and what they keep to themselves."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from surveyapp.domain.ballot import BallotRules
from surveyapp.domain.ballot_paper import Grades
from surveyapp.services.ballots.diagnostic_words import sheet_sentences
from surveyapp.services.ballots.diagnostics import BallotDiagnosis, diagnosis_of
from tests.support.ballots import GRADES, a_ballot, packet_document
from tests.support.opened_ballots import BEST, DEPUTIES, FAIR, GOOD, POOR, card, opened


def said(found: BallotDiagnosis) -> str:
    return "\n".join(str(one) for sheet in found.sheets for one in _all(sheet))


def _all(sheet: Any) -> list[Any]:
    return [*sheet.sentences, *(one for group in sheet.groups for one in group.sentences)]


def deputies(found: BallotDiagnosis) -> Any:
    return found.sheets[0].groups[1]


@pytest.mark.parametrize(
    ("ballots", "words"),
    [
        ([card(BEST, GOOD, FAIR, POOR)] * 12, "unusually high"),
        ([card(BEST, GOOD, FAIR, POOR)] * 14 + [card(POOR, GOOD, FAIR, BEST)], "is high"),
        ([card(BEST, GOOD, FAIR, POOR)] * 8 + [card(FAIR, GOOD, BEST, POOR)] * 4, "moderate"),
        ([card(BEST, GOOD, FAIR, POOR)] * 9 + [card(POOR, FAIR, GOOD, BEST)] * 2, "is low"),
        ([card(BEST, GOOD, FAIR, POOR)] * 15 + [card(POOR, FAIR, GOOD, BEST)] * 5, "very low"),
        ([card(BEST, GOOD, FAIR, POOR), card(POOR, FAIR, GOOD, BEST)] * 5, "no common order"),
        ([card(BEST, BEST, BEST, BEST)] * 9, "scores all of them the same"),
    ],
)
def test_agreement_is_said_in_words(ballots: list[Grades], words: str) -> None:
    found = diagnosis_of(opened({"B": ballots}, empty_class="renormalise"))
    assert words in str(deputies(found).sentences[0])


def test_ballots_with_gaps_say_nothing_of_the_order_but_of_the_grades() -> None:
    half = [card(BEST, GOOD, subjects=("d1", "d2")), card(FAIR, POOR, subjects=("d3", "d4"))] * 5
    group = deputies(diagnosis_of(opened({"B": half}, empty_class="renormalise")))
    assert "Too few ballots score everybody" in str(group.sentences[0])
    assert group.figures.grades_alike.value == 1
    assert group.figures.mean is None


@pytest.mark.parametrize(
    ("good", "bad", "words"),
    [(9, 2, "very reliable"), (4, 3, "is reliable"), (4, 6, "moderately")],
)
def test_the_reliability_of_the_mean_is_said(good: int, bad: int, words: str) -> None:
    ballots = [card(BEST, BEST, FAIR, POOR)] * good + [card(FAIR, GOOD, BEST, GOOD)] * bad
    ballots += [card(BEST, GOOD, GOOD, POOR)]
    found = diagnosis_of(opened({"B": ballots}, empty_class="renormalise"))
    assert words in said(found)


def test_a_mean_of_opposites_is_not_reliable() -> None:
    ballots = [card(BEST, GOOD, FAIR, POOR)] * 7 + [card(POOR, FAIR, GOOD, BEST)] * 3
    found = diagnosis_of(opened({"B": ballots}, empty_class="renormalise"))
    assert "is not reliable" in said(found)


def test_of_one_subject_there_is_no_order() -> None:
    ballots = [card(grade, subjects=("c1",)) for grade in GRADES * 3]
    found = diagnosis_of(opened({"B": ballots}, empty_class="renormalise"))
    chief = found.sheets[0].groups[0]
    assert "no order to agree on" in str(chief.sentences[0])
    assert chief.figures is not None
    assert chief.figures.equal is None


def test_signs_are_counted_over_all_ballots_and_small_numbers_are_not_said() -> None:
    mixed = card(BEST, GOOD, FAIR, POOR)
    flat = card(*[GOOD] * 4)
    top = card(*[BEST] * 4)
    found = diagnosis_of(opened({"B": [mixed] * 10 + [flat] * 6 + [top] * 3 + [{}]}))
    signs = found.sheets[0].signs
    assert signs is not None
    assert (signs.same.n, signs.same.of) == (9, 19)
    assert (signs.top.n, signs.top.of, signs.top.share) == (None, 19, None)
    assert signs.over_quota is not None
    assert signs.over_quota.n is None
    assert signs.halo is not None
    assert (signs.halo.n, signs.halo.of, signs.usual_halo) == (10, 10, 1)
    words = [str(one) for one in sheet_sentences(signs, 5)]
    assert "9 of 19 ballots" in words[0]
    assert "fewer than 5 of 19 ballots" in words[1]
    assert "fewer than 5 of 19 ballots" in words[2]
    assert "10 of 10 ballots" in words[3]


def test_careful_ballots_show_no_sign() -> None:
    careful = card(BEST, GOOD, FAIR, GOOD)
    careful["d1"]["neng"] = FAIR
    careful["d2"]["neng"] = POOR
    careful["d4"]["neng"] = BEST
    found = diagnosis_of(opened({"B": [careful] * 9}, quota=None))
    signs = found.sheets[0].signs
    assert signs is not None
    assert signs.over_quota is None
    assert "No ballot shows a sign" in str(found.sheets[0].sentences[0])


def test_equal_scores_for_all_may_be_favour_balancing() -> None:
    balanced = card(*[GOOD] * 4)
    balanced["d1"]["overall"] = BEST
    ballots = [balanced] * 6 + [card(BEST, GOOD, FAIR, POOR)] * 6
    found = diagnosis_of(opened({"B": ballots}, empty_class="renormalise"))
    figures = deputies(found).figures
    assert (figures.equal.n, figures.equal.of) == (6, 12)
    assert "50% of the ballots give all of them the same score" in said(found)


def test_classes_are_set_beside_each_other() -> None:
    kind, strict = card(BEST, BEST, GOOD, GOOD), card(GOOD, GOOD, FAIR, FAIR)
    other = card(GOOD, FAIR, FAIR, FAIR)
    found = diagnosis_of(
        opened({"A": [kind] * 7 + [card(BEST, GOOD, GOOD, GOOD)], "B": [strict] * 20 + [other] * 2})
    )
    figures = deputies(found).figures
    assert [one.key for one in figures.classes] == ["A", "B"]
    assert figures.levels.gap.p_value < 0.001
    assert "points higher than" in said(found)
    bands = figures.grades.bands
    assert [row.key for row in figures.grades.rows] == [None, "A", "B"]
    assert bands == ((BEST,), (GOOD,), (FAIR,), (POOR,))
    assert figures.grades.rows[2].counts == (0, 42, 46, 0)
    assert sum(figures.grades.rows[2].shares) == pytest.approx(1)


def test_classes_that_differ_by_chance_are_said_to_be_alike() -> None:
    first, second = card(BEST, GOOD, FAIR, POOR), card(GOOD, FAIR, BEST, GOOD)
    found = diagnosis_of(opened({"A": [first, second] * 4, "B": [second, first] * 9}))
    assert "which may be chance" in said(found)


def test_grades_of_few_ballots_are_counted_with_their_neighbours() -> None:
    """Three of a class gave the worst grade and two the best one: neither is to be seen."""
    a = [card(*[GOOD] * 4)] * 3 + [card(*[POOR] * 4)] * 3 + [card(*[BEST] * 4)] * 2
    b = [card(BEST, GOOD, FAIR, POOR)] * 20
    figures = deputies(diagnosis_of(opened({"A": a, "B": b}))).figures
    assert figures.grades is None
    b = [card(BEST, GOOD, FAIR, POOR)] * 20
    a = [card(*[GOOD] * 4)] * 8 + [card(*[POOR] * 4)] * 3
    figures = deputies(diagnosis_of(opened({"A": a, "B": b}))).figures
    for row in figures.grades.rows:
        assert all(count == 0 or count >= 5 for count in row.counts)
    assert figures.grades.bands == ((BEST,), (GOOD, FAIR, POOR))


def test_a_secret_class_that_is_too_small_keeps_all_classes_from_the_page() -> None:
    """It could be computed from the whole and the others."""
    votes = {
        "A": [card(BEST, GOOD, FAIR, POOR)] * 4 + [{}] * 2,
        "B": [card(BEST, GOOD, FAIR, POOR)] * 20,
    }
    figures = deputies(diagnosis_of(opened(votes))).figures
    assert figures.classes == ()
    assert figures.levels is None
    assert [row.key for row in figures.grades.rows] == [None]


def test_a_small_signed_class_is_left_out_alone() -> None:
    classes = [
        {"key": "L", "title": "L", "weight": 20, "roll": 2, "signed": True},
        {"key": "A", "title": "A", "weight": 40, "roll": 30},
        {"key": "B", "title": "B", "weight": 40, "roll": 30},
    ]
    votes = {key: [card(BEST, GOOD, FAIR, POOR)] * n for key, n in (("L", 2), ("A", 9), ("B", 9))}
    figures = deputies(diagnosis_of(opened(votes, classes=classes))).figures
    assert [one.key for one in figures.classes] == ["A", "B"]


def test_pace_is_shown_by_class_only_where_nobody_stands_out() -> None:
    votes = {"A": [card(BEST, GOOD, FAIR, POOR)] * 9, "B": [card(BEST, GOOD, FAIR, POOR)] * 20}
    assert diagnosis_of(opened(votes)).pace_sentence is None

    def lines(
        a: tuple[int, int, int], b: tuple[int, int, int]
    ) -> list[tuple[str | None, Any, int]]:
        found = diagnosis_of(opened(votes, paces={"A": a, "B": b}))
        return [
            (one.voting_class.key if one.voting_class else None, one.fast.n, one.fast.of)
            for one in found.paces
        ]

    assert lines((6, 3, 0), (0, 15, 5)) == [(None, 6, 29), ("A", 6, 9), ("B", 0, 20)]
    assert lines((2, 7, 0), (6, 9, 5)) == [(None, 8, 29)]
    assert lines((0, 3, 0), (6, 9, 5)) == [(None, 6, 23)]
    nobody = diagnosis_of(opened(votes, paces={"A": (0, 9, 0)}))
    assert str(nobody.pace_sentence) == "No ballot was given faster than it can be read."
    some = diagnosis_of(opened(votes, paces={"A": (2, 7, 0)}))
    assert str(some.pace_sentence).endswith("fewer than 5 of 9 ballots.")


def test_nothing_is_said_where_the_result_is_withheld() -> None:
    found = diagnosis_of(opened({"B": [card(BEST, GOOD, FAIR, POOR)] * 7}))
    assert found.sheets[0].signs is None
    assert all(group.figures is None for group in found.sheets[0].groups)
    assert said(found) == ""


APPROVE: dict[str, Any] = {
    "groups": None,
    "scale": "approve3",
    "shares_only": True,
    "criteria": [],
    "subjects": [{"key": key, "title": key} for key in DEPUTIES],
    "quota": None,
}


@pytest.mark.parametrize(
    ("ballots", "words"),
    [
        ([("approve",) * 2 + ("disapprove",) * 2] * 9, "agree well"),
        (
            [("approve",) * 2 + ("disapprove",) * 2] * 15 + [("disapprove",) * 4] * 2,
            "agree tolerably",
        ),
        ([("approve", "disapprove") * 2, ("disapprove", "approve") * 2] * 5, "hardly agree"),
        ([("approve",) * 4] * 9, "nothing to agree or disagree on"),
    ],
)
def test_votes_that_are_never_points_are_compared_as_grades(
    ballots: list[tuple[str, ...]], words: str
) -> None:
    rules = a_ballot(**APPROVE).ballot
    assert isinstance(rules, BallotRules)
    keys = {"approve": rules.sheets[0].levels[0].key, "disapprove": rules.sheets[0].levels[2].key}
    votes: list[Grades] = [
        {subject: {"overall": keys[one]} for subject, one in zip(DEPUTIES, given, strict=True)}
        for given in ballots
    ]
    found = diagnosis_of(opened({"B": votes}, **APPROVE))
    assert words in said(found)
    figures = found.sheets[0].groups[0].figures
    assert figures is not None
    assert (figures.order, figures.levels, figures.equal) == (None, None, None)


def test_on_a_sheet_of_one_vote_there_is_no_sign_to_see() -> None:
    one = {**APPROVE, "subjects": [{"key": "d1", "title": "d1"}]}
    rules = a_ballot(**one).ballot
    assert rules is not None
    levels = [level.key for level in rules.sheets[0].levels]
    votes: list[Grades] = [{"d1": {"overall": key}} for key in [levels[0]] * 9 + [levels[1]] * 2]
    sheet = diagnosis_of(opened({"B": votes}, **one)).sheets[0]
    assert sheet.signs is not None
    assert not sheet.signs.is_seen
    assert sheet.sentences == ()
    figures = sheet.groups[0].figures
    assert figures is not None
    assert figures.grades is None
    unanimous: list[Grades] = [{"d1": {"overall": levels[0]}}] * 9
    alike = diagnosis_of(opened({"B": unanimous}, **one)).sheets[0].groups[0].figures
    assert alike is not None
    assert alike.grades is not None
    assert alike.grades.rows[0].counts == (9, 0, 0)


def test_a_class_is_no_part_of_a_sheet_on_which_it_rates_nobody() -> None:
    classes = [
        {"key": "A", "title": "A", "weight": 50, "roll": 30, "rates": ["team", "promoted"]},
        {"key": "B", "title": "B", "weight": 50, "roll": 30, "rates": ["chief", "deputy"]},
    ]
    votes = {
        "A": [{"t1": {"overall": BEST}}] * 8,
        "B": [card(BEST, GOOD, FAIR, POOR)] * 9,
    }
    found = diagnosis_of(opened(votes, document=packet_document(classes=classes)))
    assert [[one.key for one in sheet.classes] for sheet in found.sheets] == [["A"], ["B"], ["A"]]
    assert [group.figures and group.figures.ballots for group in found.sheets[1].groups] == [9, 9]


def test_the_order_of_ballots_tells_nothing() -> None:
    """Whoever could match figures to an order would have a way back to voters."""
    votes = {
        "A": [card(BEST, GOOD, FAIR, POOR)] * 6 + [card(GOOD, BEST, GOOD, POOR)] * 5,
        "B": [card(GOOD, GOOD, FAIR, POOR)] * 7 + [card(*[GOOD] * 4)] * 5 + [{}] * 3,
    }
    found = opened(votes)
    turned = replace(found, contents=tuple(reversed(found.contents)))
    # Sums of the same numbers in another order differ in their last digits.
    assert _rounded(diagnosis_of(found)) == _rounded(diagnosis_of(turned))


def _rounded(found: BallotDiagnosis) -> str:
    return re.sub(r"-?\d+\.\d{9,}(e-?\d+)?", lambda n: f"{float(n[0]) + 0.0:.6f}", repr(found))

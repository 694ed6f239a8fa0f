"""Feedback sheets: useful in general terms, and an attacker who counts finds nobody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest

from surveyapp.domain.ballot import Sheet
from surveyapp.domain.ballot_paper import Grades
from surveyapp.services.ballots.feedback import (
    Feedback,
    Place,
    PublicScore,
    feedback_of,
    grade_shares,
    public_score,
)
from surveyapp.services.ballots.feedback_printing import feedback_html
from tests.support.ballots import GRADES, a_ballot
from tests.support.opened_ballots import BEST, DEPUTIES, FAIR, GOOD, POOR, card, opened

LEAST, ENOUGH = 5, 8
POINTS = (100, 80, 60, 40)


def sheet_of(**changes: Any) -> Sheet:
    rules = a_ballot(**changes).ballot
    assert rules is not None
    return rules.sheets[0]


def every_count(n: int) -> Iterator[tuple[int, ...]]:
    """All ways in which n voters can use four grades."""
    for a in range(n + 1):
        for b in range(n - a + 1):
            for c in range(n - a - b + 1):
                yield a, b, c, n - a - b - c


def mean_of(counts: tuple[int, ...]) -> Fraction:
    return Fraction(sum(p * n for p, n in zip(POINTS, counts, strict=True)), sum(counts))


@pytest.mark.parametrize(
    ("n", "seen"),
    [
        *((n, seen) for n in (8, 10, 11, 12, 15, 20) for seen in ("shares", "mean")),
        *((n, "shares and mean") for n in (8, 11)),
    ],
)
def test_no_small_number_of_votes_follows_from_a_sheet(n: int, seen: str) -> None:
    """The attacker knows n, the scale and this code, and tries every count that fits.

    A small count is safe while at least two values are possible for it, and nobody's grade is
    known from all of them being the same.
    """
    sheet = sheet_of()
    fitting: dict[Any, list[tuple[int, ...]]] = defaultdict(list)
    for counts in every_count(n):
        given = dict(zip(GRADES, counts, strict=True))
        shares = grade_shares(sheet, given, LEAST, ENOUGH)
        mean = public_score(sheet, mean_of(counts), counts, LEAST, ENOUGH)
        if seen == "shares and mean":
            # As on a sheet without criteria, where both are about the same grades.
            found = only(opened_with(counts))
            shares, mean = found.grades, found.score
        fitting[
            tuple((len(one.levels), one.percent) for one in shares) if "shares" in seen else (),
            mean if "mean" in seen else None,
        ].append(counts)
    for possible in fitting.values():
        for grade in range(4):
            values = {counts[grade] for counts in possible}
            assert n not in values or len(values) > 1, possible
            assert len(values) > 1 or not 0 < min(values) < LEAST, possible


def opened_with(counts: tuple[int, ...]) -> Feedback:
    grades = [grade for grade, n in zip(GRADES, counts, strict=True) for _one in range(n)]
    return feedback_of(
        opened(
            {"A": [{"p": {"overall": grade}} for grade in grades]},
            groups=None,
            subjects=[{"key": "p", "title": "甲"}],
            criteria=[],
            quota=None,
            classes=[{"key": "A", "title": "A", "weight": 100, "roll": 60}],
            validity={"all_same": "accept", "all_top": "accept"},
        )
    )[0]


def only(found: Feedback) -> Feedback:
    assert not found.is_withheld
    return found


@pytest.mark.parametrize(
    ("counts", "score"),
    [
        ((12, 0, 0, 0), PublicScore(90, 100)),
        ((8, 4, 0, 0), PublicScore(90, 100)),
        ((7, 5, 0, 0), PublicScore(92, 92)),
        ((5, 5, 0, 0), PublicScore(90, 100)),
        ((0, 0, 0, 12), PublicScore(40, 50)),
        ((3, 2, 2, 0), None),
    ],
)
def test_a_mean_is_whole_only_where_opinions_differ(
    counts: tuple[int, ...], score: PublicScore | None
) -> None:
    assert public_score(sheet_of(), mean_of(counts), counts, LEAST, ENOUGH) == score


def test_without_a_mean_there_is_none() -> None:
    assert public_score(sheet_of(), None, (9, 9, 0, 0), LEAST, ENOUGH) is None


@pytest.mark.parametrize(
    ("counts", "shares"),
    [
        ((12, 0, 0, 0), [(2, 100), (1, 0), (1, 0)]),
        ((9, 3, 0, 0), [(2, 100), (1, 0), (1, 0)]),
        ((7, 5, 0, 0), [(1, 60), (1, 40), (1, 0), (1, 0)]),
        ((20, 10, 3, 2), [(1, 55), (1, 30), (2, 15)]),
        ((3, 1, 10, 2), []),
        ((3, 4, 0, 0), []),
    ],
)
def test_grades_of_few_are_counted_with_their_neighbours(
    counts: tuple[int, ...], shares: list[tuple[int, int]]
) -> None:
    given = grade_shares(sheet_of(), dict(zip(GRADES, counts, strict=True)), LEAST, ENOUGH)
    assert [(len(one.levels), one.percent) for one in given] == shares


def split(integrity: str, ability: str) -> Grades:
    """All deputies alike, integrity and ability apart."""
    return {key: {"de": integrity, "neng": ability, "overall": integrity} for key in DEPUTIES}


def test_strengths_and_weaknesses_stand_against_the_own_mean() -> None:
    votes = [split(BEST, FAIR)] * 8 + [split(GOOD, POOR)] * 6 + [split(GOOD, GOOD)] * 6
    first = next(
        one
        for one in feedback_of(opened({"B": votes}, empty_class="renormalise"))
        if one.subject.key == "d1"
    )
    assert [one.key for one in first.strengths] == ["de"]
    assert [one.key for one in first.weaknesses] == ["neng"]
    assert first.score == PublicScore(71, 71)
    assert [one.score for one in first.criteria] == [PublicScore(88, 88), PublicScore(60, 60)]
    # All deputies alike: nobody stands out of the group.
    assert [one.beside_group for one in first.criteria] == [Place.ABOUT] * 2
    assert (first.group_mean, [one.group_mean for one in first.criteria]) == (71, [88, 60])
    assert [one.percent for one in first.grades] == [40, 60, 0, 0]


def test_a_criterion_that_all_grade_alike_does_not_follow_from_the_whole() -> None:
    votes = [split(BEST, FAIR)] * 8 + [split(BEST, POOR)] * 6 + [split(BEST, GOOD)] * 6
    found = feedback_of(opened({"B": votes}, empty_class="renormalise"))[1]
    assert [one.score for one in found.criteria] == [PublicScore(90, 100), PublicScore(60, 60)]
    assert found.score == PublicScore(70, 80)
    assert [one.beside_own for one in found.criteria] == [Place.ABOVE, Place.BELOW]


def test_a_small_group_has_no_mean() -> None:
    """Of three one could compute the others' from the mean and one's own."""
    votes = [card(*grades) for grades in ([BEST, GOOD, FAIR, POOR], [GOOD, BEST, FAIR, GOOD])] * 9
    for found in feedback_of(opened({"B": votes}, empty_class="renormalise")):
        assert (found.group_mean is not None) == (found.group.key == "deputy")
    partly = [{key: cells for key, cells in one.items() if key != "d4"} for one in votes]
    second = feedback_of(opened({"B": partly}, empty_class="renormalise"))[1]
    assert second.group_mean is None
    assert all(one.beside_group is None and one.group_mean is None for one in second.criteria)
    assert all(one.beside_own is not None for one in second.criteria)


def test_a_criterion_hardly_anybody_graded_has_no_score() -> None:
    votes: list[Grades] = [
        {"c1": {"de": grade, "neng": "dont_know", "overall": grade}}
        for grade in [BEST] * 7 + [GOOD] * 7
    ]
    found = feedback_of(opened({"B": votes}, empty_class="renormalise"))[0]
    assert [one.score for one in found.criteria] == [PublicScore(90, 90), None]
    assert [one.beside_own for one in found.criteria] == [None, None]
    assert found.score == PublicScore(90, 100)
    printed = feedback_html([found])
    assert "评价太少" in printed
    assert printed.count("<svg") == 1


def test_a_withheld_result_gives_nothing_back() -> None:
    found = feedback_of(opened({"B": [card(BEST, GOOD, FAIR, POOR)] * 7}))[1]
    assert found.is_withheld
    assert (found.score, found.criteria, found.grades, found.strengths) == (None, (), (), ())


def test_votes_that_are_never_points_come_back_as_shares() -> None:
    rules = a_ballot(scale="approve3", shares_only=True, criteria=[], quota=None).ballot
    assert rules is not None
    keys = [level.key for level in rules.sheets[0].levels]
    votes: list[Grades] = [{"c1": {"overall": keys[at]}} for at in [0] * 9 + [1] * 3]
    changes: dict[str, Any] = {
        "scale": "approve3", "shares_only": True, "criteria": [], "quota": None,
    }  # fmt: skip
    found = feedback_of(opened({"B": votes}, **changes))[0]
    assert found.score is None
    assert [(len(one.levels), one.percent) for one in found.grades] == [(2, 100), (1, 0)]


def test_a_blocked_result_has_no_score_and_keeps_its_grades() -> None:
    votes = [split(BEST, FAIR)] * 8 + [split(GOOD, POOR)] * 6
    found = feedback_of(opened({"B": votes}, empty_class="block"))[1]
    assert found.score is None
    assert [one.score for one in found.criteria] == [None, None]
    assert [one.percent for one in found.grades] == [55, 45, 0, 0]

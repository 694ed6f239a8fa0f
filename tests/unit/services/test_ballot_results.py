"""Results of ballots: two levels, exact, ranked inside groups, by the rules declared before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from surveyapp.domain.ballot_paper import read_paper
from surveyapp.domain.errors import Conflict, NotFound
from surveyapp.services.assembly import Services
from surveyapp.services.ballots.counting import ballot_score
from surveyapp.services.ballots.figures import BallotResult, SubjectResult, percent, shown
from surveyapp.services.ballots.results import result_of
from surveyapp.services.ballots.tabulation import tabulations
from surveyapp.services.indicators.ballots import ballot_document
from tests.builders import CLERK, an_open_survey
from tests.support.ballots import GRADES, a_ballot, ballots_on, cast, issue, put_in_use
from tests.support.opened_ballots import opened

ONE = {
    "groups": None,
    "subjects": [{"key": "p", "title": "甲"}],
    "criteria": [],
    "quota": None,
    "validity": {"all_same": "accept", "all_top": "accept"},
}
SCALE = [
    {"key": key, "points": points} for key, points in zip(GRADES, (100, 80, 60, 0), strict=True)
]
ABC = [
    {"key": key, "title": key, "weight": weight, "roll": 60}
    for key, weight in (("A", 30), ("B", 40), ("C", 30))
]


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    with ballots_on(sqlite_url, tmp_path / "instance") as made:
        yield made


def counted(votes: Mapping[str, Sequence[dict[str, str]]], **changes: Any) -> BallotResult:
    """Count what came out of an urn."""
    rules = a_ballot(**changes).ballot
    assert rules is not None
    read = {
        key: [
            read_paper(
                rules, rules.voting_class(key), {name: [value] for name, value in one.items()}
            ).grades
            for one in fields
        ]
        for key, fields in votes.items()
    }
    return result_of(opened(read, **changes))


def hold(
    services: Services, votes: Mapping[str, Sequence[dict[str, str]]], **changes: Any
) -> BallotResult:
    """Put in use, let each class cast its ballots, close, and count."""
    put_in_use(services, **changes)
    for key, fields in votes.items():
        for code, one in zip(issue(services, **{key: len(fields)})[key], fields, strict=True):
            cast(services, code, {name: [value] for name, value in one.items()})
    services.ballot_closing.close("cadres", CLERK)
    return services.ballot_results.result("cadres")


def line(result: BallotResult, key: str = "p") -> SubjectResult:
    return next(one for group in result.groups for one in group.subjects if one.subject.key == key)


def overall(*counts: int) -> list[dict[str, str]]:
    return [
        {"p.overall": grade} for grade, n in zip(GRADES, counts, strict=True) for _n in range(n)
    ]


EXAMPLE = {"A": overall(3, 2, 0, 0), "B": overall(10, 8, 2, 0), "C": overall(22, 14, 3, 1)}


def example(**changes: Any) -> dict[str, Any]:
    return {**ONE, "scales": {"s": SCALE}, "scale": "s", "classes": ABC, **changes}


def test_the_worked_example_of_three_classes(services: Services) -> None:
    result = hold(services, EXAMPLE, **example())
    found = line(result)
    assert found.score == Fraction("89.05")
    assert [one.value for one in found.classes] == [92, 88, Fraction("87.5")]
    assert [count.n for count in found.counts] == [35, 24, 5, 1, 0, 0]
    assert found.counts[0].share == Fraction(35, 65)
    assert found.se is not None
    assert (found.rank, found.n, shown(found.score)) == (1, 65, "89.050")


@pytest.mark.parametrize(
    ("rule", "score"),
    [("block", None), ("incomplete", None), ("renormalise", "87.786")],
)
def test_an_empty_class_is_never_a_silent_nought(rule: str, score: str | None) -> None:
    result = counted({**EXAMPLE, "A": []}, **example(empty_class=rule))
    found = line(result)
    assert found.empty == ("A",)
    assert shown(found.score) == (score or "–")
    assert found.rank == (1 if score else None)


def test_criteria_come_first_and_a_missing_one_drops_its_weight() -> None:
    rules = a_ballot().ballot
    assert rules is not None
    (sheet,) = rules.sheets
    assert ballot_score(sheet, {"de": "excellent", "neng": "competent"}) == 88
    assert ballot_score(sheet, {"de": "excellent", "neng": "abstain"}) == 100
    assert ballot_score(sheet, {"overall": "excellent"}) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [("87.7855", "87.786"), ("87.78549999", "87.785"), ("0.0005", "0.001"), ("100", "100.000")],
)
def test_scores_are_shown_half_up(value: str, text: str) -> None:
    assert shown(Fraction(value)) == text


def test_shares_are_shown_half_up() -> None:
    assert percent(Fraction(12, 29)) == "41.38%"
    assert percent(Fraction(1)) == "100.00%"
    assert percent(None) == "–"
    assert shown(Fraction(80), 0) == "80"


def test_equal_scores_share_a_rank_inside_their_group() -> None:
    ballots = [
        {"c1._card": "incompetent", "d1._card": "excellent", "d2._card": "excellent",
         "d3._card": "competent"}
    ] * 9  # fmt: skip
    result = counted({"B": ballots}, empty_class="renormalise", validity={"all_same": "accept"})
    ranks = {one.subject.key: one.rank for group in result.groups for one in group.subjects}
    assert ranks == {"c1": 1, "d1": 1, "d2": 1, "d3": 3, "d4": None}
    assert [group.quota for group in result.groups] == [0, 1]
    assert dict(line(result, "d1").criteria) == {"de": Fraction(100), "neng": Fraction(100)}


def test_shares_leave_out_those_who_do_not_know_unless_declared() -> None:
    votes = [*overall(4, 4, 0, 0), {"p.overall": "dont_know"}, {"p.overall": "dont_know"}, {}]
    result = counted({"A": votes}, **example(validity={"blank": "accept"}, classes=ONLY))
    shares = {count.key: (count.n, count.share) for count in line(result).counts}
    assert shares["excellent"] == (4, Fraction(4, 9))
    assert shares["abstain"] == (1, Fraction(1, 9))
    assert shares["dont_know"] == (2, None)


ONLY = [{"key": "A", "title": "A", "weight": 100, "roll": 60}]


def test_shares_may_count_those_who_do_not_know() -> None:
    votes = [*overall(4, 4, 0, 0), {"p.overall": "dont_know"}, {"p.overall": "dont_know"}]
    result = counted({"A": votes}, **example(count_unknown=True, classes=ONLY))
    assert {count.key: count.share for count in line(result).counts}["dont_know"] == Fraction(1, 5)


def test_void_ballots_stay_out_and_flagged_ones_are_shown_both_ways() -> None:
    same = [{"c1._card": "excellent", "d1._card": "excellent"}]
    mixed = [{"c1._card": "competent", "d1._card": "basically_competent"}]
    found = counted({"B": mixed * 9 + same * 2 + [{}]}, empty_class="renormalise")
    assert {one.key: (one.valid, one.void) for one in found.classes}["B"] == (11, 1)
    assert found.flagged == 2
    chief = line(found, "c1")
    assert chief.score == Fraction(9 * 80 + 2 * 100, 11)
    assert chief.without_flagged == 80


@pytest.mark.parametrize(("n", "score"), [(5, 88), (6, Fraction(90))])
def test_trimming_begins_with_more_than_five(n: int, score: Fraction) -> None:
    votes = [*overall(3, 1, 1, 0), *overall(0, 1, 0, 0)][:n]
    result = counted(
        {"A": votes},
        **example(trim=True, classes=ONLY, minimum={"subject": 2}),
    )
    found = line(result)
    assert found.score == score
    assert found.se is None


def test_below_the_minimum_or_the_quorum_there_is_no_result() -> None:
    result = counted({"A": overall(7, 0, 0, 0)}, **example(classes=ONLY, remarks=20))
    found = line(result)
    assert found.withheld
    assert (found.score, found.counts, found.rank) == (None, (), None)


def test_a_vote_without_quorum_does_not_stand() -> None:
    result = counted({"A": overall(20, 0, 0, 0)}, **example(classes=ONLY, quorum="2/3"))
    assert not result.stands
    assert line(result).withheld


def test_a_class_with_few_ballots_is_counted_with_its_partner(services: Services) -> None:
    result = hold(services, {**EXAMPLE, "A": overall(2, 0, 0, 0)}, **example())
    pooled = result.classes
    assert [[part.key for part in one.parts] for one in pooled] == [["A", "B"], ["C"]]
    first = pooled[0]
    assert first.weight == 70
    assert (first.roll, first.spent, first.valid) == (120, 22, 22)
    assert line(result).n == 62


def test_signed_ballots_count_and_remarks_come_out_shuffled(services: Services) -> None:
    classes = [
        {"key": "L", "title": "L", "weight": 40, "roll": 2, "signed": True},
        {"key": "B", "title": "B", "weight": 60, "roll": 60},
    ]
    votes = {
        "L": [{"p.overall": "excellent", "_signature": "王芳"}],
        "B": [{**one, "_remark": "多下基层"} for one in overall(0, 9, 0, 0)],
    }
    result = hold(services, votes, **example(classes=classes, remarks=20))
    assert line(result).score == 88
    assert result.remarks == ("多下基层",) * 9


@pytest.mark.parametrize(("n", "is_withheld"), [(1, True), (4, True), (5, False)])
def test_the_few_of_a_secret_class_are_not_told_from_signed_ballots(
    services: Services, n: int, is_withheld: bool
) -> None:
    classes = [
        {"key": "L", "title": "L", "weight": 40, "roll": 12, "signed": True},
        {"key": "B", "title": "B", "weight": 60, "roll": 60},
    ]
    votes = {
        "L": [{"p.overall": "excellent", "_signature": f"王{place}"} for place in range(9)],
        "B": overall(0, 0, 0, n),
    }
    result = hold(services, votes, **example(classes=classes))
    found = line(result)
    assert (found.n, found.withheld, found.is_exposed) == (9 + n, is_withheld, is_withheld)
    assert (found.score is None, found.classes == (), found.counts == ()) == (is_withheld,) * 3
    table = tabulations(result)[0].tables[0].rows
    assert ("no class they could join" in str(table)) is is_withheld
    document = ballot_document(services.ballot_results.opened("cadres"), {}, None)
    (subject,) = document["subjects"]
    assert (subject["withheld"], subject["classes"] == []) == (is_withheld, is_withheld)


def test_there_is_no_result_before_the_opening(services: Services) -> None:
    put_in_use(services)
    with pytest.raises(Conflict, match="not open yet"):
        services.ballot_results.result("cadres")
    with pytest.raises(NotFound):
        services.ballot_results.result("none")
    with pytest.raises(Conflict, match="is no ballot"):
        services.ballot_results.result(an_open_survey(services))


def test_a_ballot_without_overall_grade_counts_none() -> None:
    votes = [{"p.k": grade} for grade in GRADES[:2]] * 5
    criteria = [{"key": "k", "title": "绩", "weight": 100}]
    result = counted(
        {"A": votes},
        **example(classes=ONLY, criteria=criteria, overall=False),
    )
    assert line(result).counts == ()
    assert line(result).score == 90

from __future__ import annotations

import math
from fractions import Fraction
from itertools import count

import pytest

from surveyapp.stats.classes import EmptyVoterClass, VoterClass, class_score

POINTS = [100, 80, 60, 0]
A = VoterClass.from_levels("A", 30, [3, 2, 0, 0], POINTS, roll=6)
B = VoterClass.from_levels("B", 40, [10, 8, 2, 0], POINTS, roll=25)
C = VoterClass.from_levels("C", 30, [22, 14, 3, 1], POINTS, roll=120)
NOBODY = VoterClass.from_levels("A", 30, [0, 0, 0, 0], POINTS, roll=6)


def test_the_worked_example_of_the_field() -> None:
    got = class_score([A, B, C], empty="block")
    assert [one.value for one in got.classes] == [92, 88, Fraction(175, 2)]
    assert got.value == Fraction("89.05")
    assert got.pooled == 88
    assert got.n == 65
    assert got.empty == ()
    assert not got.census


def test_an_empty_class_never_counts_as_nothing() -> None:
    # Naively 0.4 * 88 + 0.3 * 87.5 = 61.45: the missing class would drag the score down by 28.
    renormalised = class_score([NOBODY, B, C], empty="renormalise")
    assert renormalised.value is not None
    assert round(float(renormalised.value), 2) == 87.79
    assert [one.weight for one in renormalised.classes] == [0, Fraction(4, 7), Fraction(3, 7)]
    assert renormalised.empty == ("A",)
    assert renormalised.interval is not None

    incomplete = class_score([NOBODY, B, C], empty="incomplete")
    assert [incomplete.value, incomplete.se, incomplete.interval, incomplete.df] == [None] * 4
    assert [one.value for one in incomplete.classes] == [None, 88, Fraction(175, 2)]
    assert incomplete.classes[0].se is None
    assert incomplete.empty == ("A",)

    with pytest.raises(EmptyVoterClass, match="no scored ballot in the classes A") as refusal:
        class_score([NOBODY, B, C], empty="block")
    assert refusal.value.classes == ("A",)


def test_without_any_ballot_there_is_no_score() -> None:
    with pytest.raises(EmptyVoterClass):
        class_score([NOBODY], empty="renormalise")
    got = class_score([NOBODY], empty="incomplete")
    assert (got.value, got.pooled, got.n, got.census) == (None, None, 0, False)


def test_the_standard_error_is_that_of_strata_drawn_from_finite_rolls() -> None:
    # s² = 120 of 100, 100, 100, 80, 80; 5 of 6 voted: 120/5 * 1/6 = 4.
    got = class_score([A, B], empty="block")
    first, second = Fraction(3, 7), Fraction(4, 7)
    squares = Fraction(10 * 12**2 + 8 * 8**2 + 2 * 28**2, 19)
    parts = (first**2 * 4, second**2 * squares / 20 * Fraction(1, 5))
    assert got.classes[0].se == 2
    assert got.se == pytest.approx(math.sqrt(sum(parts)), rel=1e-15)
    assert got.df == pytest.approx(
        float(sum(parts) ** 2 / (parts[0] ** 2 / 4 + parts[1] ** 2 / 19)), rel=1e-15
    )
    assert got.interval is not None
    assert got.value is not None
    assert got.interval.low < got.value < got.interval.high


def test_an_unknown_roll_is_a_large_one() -> None:
    unknown = VoterClass.from_levels("A", 1, [3, 2, 0, 0], POINTS)
    assert unknown.variance == 24


def test_when_all_members_voted_there_is_no_sampling_error() -> None:
    everybody = [
        VoterClass.from_levels("A", 30, [3, 2, 0, 0], POINTS, roll=5),
        VoterClass.from_levels("B", 70, [0, 1, 0, 0], POINTS, roll=1),
    ]
    got = class_score(everybody, empty="block")
    assert got.census
    assert (got.se, got.interval, got.df) == (0, None, None)


def test_one_ballot_of_many_members_has_no_scatter_to_learn_from() -> None:
    alone = VoterClass.from_levels("D", 10, [0, 1, 0, 0], POINTS, roll=9)
    got = class_score([A, alone], empty="block")
    assert got.value is not None
    assert (got.se, got.interval, got.df) == (None, None, None)
    assert got.classes[1].se is None


def test_ballots_that_all_agree_bound_nothing() -> None:
    agreed = VoterClass.from_levels("A", 1, [4, 0, 0, 0], POINTS, roll=9)
    got = class_score([agreed], empty="block")
    assert got.value == 100
    assert got.se == 0
    assert got.interval is None
    assert not got.census


def test_composite_ballots_come_with_their_own_scores() -> None:
    got = VoterClass("A", 1, {Fraction(260, 3): 2, Fraction(80): 1})
    assert got.mean == Fraction(760, 9)
    same = VoterClass.from_levels("A", 1, [1, 2], [80, 80])
    assert [same.n, same.mean, same.variance] == [3, 80, 0]
    empty = VoterClass("A", 1, {})
    assert (empty.n, empty.mean, empty.variance) == (0, None, None)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: VoterClass("A", 0, {}), "not positive"),
        (lambda: VoterClass("A", 1, {Fraction(1): -1}), "negative count"),
        (lambda: VoterClass("A", 1, {Fraction(1): 3}, 2), "more ballots than members"),
        (lambda: VoterClass.from_levels("A", 1, [1], [1, 2]), "1 counts for 2 levels"),
        (lambda: VoterClass.from_levels("A", 1, [2, -1], [5, 5]), "negative count"),
        (lambda: class_score([], empty="block"), "different names"),
        (lambda: class_score([A, A], empty="block"), "different names"),
        (lambda: class_score([A], empty="zero"), "must be block, renormalise or incomplete"),  # type: ignore[arg-type]  # wrong on purpose
    ],
    ids=count(),
)
def test_what_cannot_be_is_refused(make: object, said: str) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=said):
        make()

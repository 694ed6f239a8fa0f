from __future__ import annotations

from typing import Any

import pytest

from surveyapp.stats.disclosure import Bounds, CountTable, Sum, Unprotectable, audit, protect


def test_a_single_hidden_count_follows_from_its_total() -> None:
    table = CountTable.of_groups([20, 3, 12])
    assert audit(table, {1}) == {1: Bounds(3, 3)}
    # With a second one hidden only their sum is known.
    assert audit(table, {1, 2}) == {1: Bounds(0, 15), 2: Bounds(0, 15)}
    assert protect(table, 5) == {1, 2}


def test_nothing_small_means_nothing_hidden() -> None:
    assert protect(CountTable.of_groups([20, 0, 12]), 5) == frozenset()


def test_two_small_counts_whose_sum_is_small_need_a_third() -> None:
    assert protect(CountTable.of_groups([20, 1, 2, 12]), 5) == {1, 2, 3}
    assert protect(CountTable.of_groups([20, 4, 4, 12]), 5) == {1, 2}


def test_rows_and_columns_need_four() -> None:
    table = CountTable.of_rows([[20, 3, 12], [8, 15, 9], [30, 11, 25]])
    hidden = protect(table, 5, keep=range(9, 16))
    assert len(hidden) == 4
    assert 1 in hidden
    low, high = audit(table, hidden, [1])[1]
    assert high is not None
    assert high - low >= 5


def test_several_breakdowns_of_one_total_do_not_help_each_other() -> None:
    table = CountTable.of_groups([40, 2, 8], [3, 30, 17])
    assert protect(table, 5, keep=[6]) == {1, 2, 3, 5}
    with pytest.raises(ValueError, match="a sum does not hold"):
        CountTable.of_groups([1, 2], [1, 1])


def test_a_group_inside_a_group_hides_its_neighbours() -> None:
    # Two halls of 2 + 10 and 9 + 9: counts 0-3, halls 4 and 5, total 6.
    table = CountTable((2, 10, 9, 9, 12, 18, 30), (Sum(4, (0, 1)), Sum(5, (2, 3)), Sum(6, (4, 5))))
    assert protect(table, 5) == {0, 1}
    assert protect(table, 5, keep=[1, 6]) == {0, 2, 4, 5}


def test_what_is_hidden_in_vain_is_published_again() -> None:
    # 6 is hidden first and is not enough; once a 90 is hidden too it need not be.
    table = CountTable.of_groups([1, 6, 90, 90])
    assert protect(table, 5, width=20) == {0, 2}


def test_a_wider_protection_hides_more() -> None:
    table = CountTable.of_groups([20, 3, 12])
    assert protect(table, 5, width=16) == {0, 1}
    assert protect(table, 5, width=33) == {0, 1, 2}


def test_zeros_come_last() -> None:
    table = CountTable.of_groups([0, 3, 0])
    assert protect(table, 2, keep=[3]) == frozenset()
    assert protect(table, 4) == {1, 3}
    lonely = CountTable((3, 0, 9, 12), (Sum(3, (0, 2)), Sum(0, (0, 1)), Sum(2, (2, 1))))
    assert 0 in protect(lonely, 5)


def test_a_total_that_must_stay_can_give_a_count_away() -> None:
    with pytest.raises(Unprotectable, match="count 0 is given away"):
        protect(CountTable.of_groups([3, 30]), 5, keep=[1, 2])
    # The total is hidden where it may be: then nothing bounds the small one from above.
    open_end = CountTable.of_groups([3, 30])
    assert audit(open_end, {0, 2}) == {0: Bounds(0, None), 2: Bounds(30, None)}


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda: CountTable((-1,), ()), "negative"),
        (lambda: CountTable((1,), (Sum(1, (0,)),)), "not there"),
        (lambda: CountTable((1, 2), (Sum(1, (0,)),)), "does not hold"),
        (lambda: CountTable.of_rows([[1, 2], [3]]), "differ in length"),
    ],
)
def test_a_table_that_does_not_add_up_is_refused(call: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        call()

"""Attackers on tables: what they find with all that is published, by other means than the audit."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import optimize

from surveyapp.stats.disclosure import CountTable, Sum, audit, protect

MINIMUM = 5
COUNT = st.one_of(st.integers(0, 7), st.integers(0, 60))


@st.composite
def rows(draw: st.DrawFn) -> CountTable:
    height, width = draw(st.integers(2, 4)), draw(st.integers(2, 4))
    row = st.lists(COUNT, min_size=width, max_size=width)
    return CountTable.of_rows(draw(st.lists(row, min_size=height, max_size=height)))


@st.composite
def nested(draw: st.DrawFn) -> CountTable:
    """Windows in halls, and one more breakdown of the same total."""
    halls = draw(st.lists(st.lists(COUNT, min_size=1, max_size=3), min_size=2, max_size=4))
    windows = [window for hall in halls for window in hall]
    totals = [sum(hall) for hall in halls]
    ends = list(itertools.accumulate(len(hall) for hall in halls))
    total = sum(windows)
    cut = draw(st.integers(0, total))
    size, last = len(windows), len(windows) + len(halls)
    sums = [
        Sum(size + hall, tuple(range(ends[hall] - len(halls[hall]), ends[hall])))
        for hall in range(len(halls))
    ]
    sums.append(Sum(last, tuple(range(size, last))))
    sums.append(Sum(last, (last + 1, last + 2)))
    return CountTable((*windows, *totals, total, cut, total - cut), tuple(sums))


TABLES = st.one_of(
    rows(),
    nested(),
    st.lists(COUNT, min_size=1, max_size=6).map(lambda groups: CountTable.of_groups(groups)),
)


def attack(table: CountTable, hidden: frozenset[int], at: int) -> tuple[float, float]:
    """Bound a count with ordinary linear programs over the whole table, published counts fixed."""
    size = len(table.counts)
    equations = np.zeros((len(table.sums), size))
    for row, one in enumerate(table.sums):
        equations[row, one.total] -= 1
        equations[row, list(one.parts)] += 1
    ends = [
        (0, None) if position in hidden else (count, count)
        for position, count in enumerate(table.counts)
    ]
    goal = np.zeros(size)
    goal[at] = 1
    found = [
        optimize.linprog(sign * goal, A_eq=equations, b_eq=np.zeros(len(table.sums)), bounds=ends)
        for sign in (1, -1)
    ]
    least, most = (-np.inf if one.fun is None else float(one.fun) for one in found)
    return least, -most


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TABLES)
def test_an_attacker_pins_down_no_small_count(table: CountTable) -> None:
    hidden = protect(table, MINIMUM)
    assert table.small(MINIMUM) <= hidden
    for at in table.small(MINIMUM):
        low, high = attack(table, hidden, at)
        assert high - low >= MINIMUM - 1e-6, (table, sorted(hidden), at)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TABLES)
def test_an_attacker_who_solves_equations_computes_no_small_count(table: CountTable) -> None:
    hidden = protect(table, MINIMUM)
    columns = sorted(hidden)
    equations = np.zeros((len(table.sums), len(columns)))
    for row, one in enumerate(table.sums):
        for at, sign in ((one.total, -1), *((part, 1) for part in one.parts)):
            if at in hidden:
                equations[row, columns.index(at)] += sign
    rank = np.linalg.matrix_rank(equations) if columns else 0
    for at in table.small(MINIMUM):
        single = np.zeros(len(columns))
        single[columns.index(at)] = 1
        assert np.linalg.matrix_rank(np.vstack([equations, single])) == rank + 1


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 3), min_size=2, max_size=2), min_size=2, max_size=2),
    st.sets(st.integers(0, 7)),
)
def test_the_audit_finds_what_trying_every_table_finds(
    inner: list[list[int]], hidden: set[int]
) -> None:
    # The grand total stays published, so at most 12 people stand in each place.
    table = CountTable.of_rows(inner)
    published = {at: n for at, n in enumerate(table.counts) if at not in hidden}
    total = table.counts[-1]
    agreeing = []
    for a, b, c in itertools.product(range(total + 1), repeat=3):
        if a + b + c <= total:
            one = CountTable.of_rows([[a, b], [c, total - a - b - c]]).counts
            if all(one[at] == n for at, n in published.items()):
                agreeing.append(one)
    for at, (low, high) in audit(table, hidden).items():
        assert low == min(one[at] for one in agreeing)
        assert high == max(one[at] for one in agreeing)


@pytest.mark.parametrize("minimum", [3, 10])
def test_a_table_of_ordinary_size_is_protected(minimum: int) -> None:
    random = np.random.default_rng(minimum)
    table = CountTable.of_rows(random.poisson(12, (6, 5)).tolist())
    hidden = protect(table, minimum, keep=[len(table.counts) - 1])
    for at in table.small(minimum):
        low, high = attack(table, hidden, at)
        assert high - low >= minimum - 1e-6

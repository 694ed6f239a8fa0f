"""Small groups in tables: hide them, and enough beside them that nobody can compute them again.

A table is a list of counts, margins among them, and the sums that hold between them: rows and
columns, groups inside groups, several breakdowns of one total. An attacker knows every count that
is published, all the sums, and that counts are whole and not negative; the audit finds exactly how
far this bounds each count that is not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import optimize, sparse


@dataclass(frozen=True, slots=True)
class Sum:
    """A count that is the sum of others.

    Attributes
    ----------
    total : int
        Position of the sum in the table.
    parts : tuple of int
        Positions of what adds up to it.
    """

    total: int
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CountTable:
    """Counts of people and the sums between them.

    Attributes
    ----------
    counts : tuple of int
        Inner counts and margins, in any order.
    sums : tuple of Sum
        All sums that readers know to hold.

    Raises
    ------
    ValueError
        A count is negative, or a sum does not hold or names something that is not there.
    """

    counts: tuple[int, ...]
    sums: tuple[Sum, ...]

    def __post_init__(self) -> None:
        if any(count < 0 for count in self.counts):
            raise ValueError("a count is negative")
        for one in self.sums:
            if not all(0 <= at < len(self.counts) for at in (one.total, *one.parts)):
                raise ValueError("a sum names a count that is not there")
            if self.counts[one.total] != sum(self.counts[part] for part in one.parts):
                raise ValueError("a sum does not hold")

    @classmethod
    def of_groups(cls, groups: Sequence[int], *others: Sequence[int]) -> CountTable:
        """Make a table of one or several breakdowns of the same total.

        The groups come in the order of the call; the last count is the total.

        Raises
        ------
        ValueError
            The breakdowns have different totals.
        """
        counts: list[int] = []
        members = []
        for breakdown in (groups, *others):
            members.append(tuple(range(len(counts), len(counts) + len(breakdown))))
            counts += breakdown
        return cls((*counts, sum(groups)), tuple(Sum(len(counts), one) for one in members))

    @classmethod
    def of_rows(cls, rows: Sequence[Sequence[int]]) -> CountTable:
        """Make a table of rows and columns.

        The inner counts come row by row, then the row totals, the column totals and the total.

        Raises
        ------
        ValueError
            The rows differ in length.
        """
        height, width = len(rows), len(rows[0])
        if any(len(row) != width for row in rows):
            raise ValueError("the rows differ in length")
        inner = [count for row in rows for count in row]
        of_rows = [sum(row) for row in rows]
        of_columns = [sum(column) for column in zip(*rows, strict=True)]
        first_row = height * width
        first_column = first_row + height
        last = first_column + width
        sums = [
            Sum(first_row + row, tuple(range(row * width, (row + 1) * width)))
            for row in range(height)
        ]
        sums += [
            Sum(first_column + column, tuple(range(column, first_row, width)))
            for column in range(width)
        ]
        sums.append(Sum(last, tuple(range(first_row, first_column))))
        sums.append(Sum(last, tuple(range(first_column, last))))
        return cls((*inner, *of_rows, *of_columns, sum(inner)), tuple(sums))

    def small(self, minimum: int) -> frozenset[int]:
        """Return the positions of counts from 1 to below the minimum; 0 tells of nobody."""
        return frozenset(at for at, count in enumerate(self.counts) if 0 < count < minimum)


class Bounds(NamedTuple):
    """What an attacker can say of a count: it lies from `low` to `high`; None: no upper end."""

    low: int
    high: int | None


class Unprotectable(ValueError):
    """What must stay published gives a small count away, whatever else is hidden."""


def audit(
    table: CountTable, hidden: Collection[int], asked: Iterable[int] | None = None
) -> Mapping[int, Bounds]:
    """Compute how far everything published bounds each hidden count.

    Parameters
    ----------
    table : CountTable
        The true counts.
    hidden : collection of int
        Positions that are not published; all others are.
    asked : iterable of int, optional
        Hidden positions to look at; default: all of them.

    Returns
    -------
    mapping of int to Bounds
        By position, in ascending order.

    Notes
    -----
    The smallest and the largest value of each hidden count over all tables of whole numbers from 0
    on that agree with what is published: two integer linear programs each. Bounds of ordinary
    linear programs could be wider, and the audit would miss what whole numbers give away.
    """
    attack = _Attack(table, hidden)
    return {at: attack.bounds(at) for at in sorted(hidden if asked is None else asked)}


def protect(
    table: CountTable,
    minimum: int,
    *,
    width: int | None = None,
    keep: Collection[int] = (),
) -> frozenset[int]:
    """Choose which counts to hide so that no small one can be computed, or nearly.

    Parameters
    ----------
    table : CountTable
        The true counts.
    minimum : int
        Counts from 1 to below this are small and hidden in any case.
    width : int, optional
        How much must lie between the bounds of each small count (its protection interval); default
        `minimum`, so that every small count could, for all that is published, be one that is not.
    keep : collection of int
        Positions that must stay published where they are not small themselves, such as the total.

    Returns
    -------
    frozenset of int
        Positions to hide: the small counts and as few others as this search finds.

    Raises
    ------
    Unprotectable
        With everything else hidden, `keep` still bounds a small count too closely.

    Notes
    -----
    While the audit finds a small count whose bounds are too close, the smallest published count
    beside it or beside what is hidden already for its sake is hidden too. In the end each of these
    is published again, the largest first, if the audit still passes without it. Finding the
    cheapest choice of all is a problem whose cost explodes with the table [1]_.

    References
    ----------
    .. [1] Fischetti, Salazar (2001), Manage. Sci. 47, 1008-1027.
    """
    needed = minimum if width is None else width
    small = sorted(table.small(minimum))
    hidden = set(small)
    while (exposed := _first_exposed(table, hidden, small, needed)) is not None:
        beside = _beside(table, hidden, exposed) - set(keep)
        if not beside:
            raise Unprotectable(f"count {exposed} is given away by counts that must stay published")
        hidden.add(min(beside, key=lambda at: (table.counts[at], at)))
    for at in sorted(hidden.difference(small), key=lambda at: (-table.counts[at], at)):
        if _first_exposed(table, hidden - {at}, small, needed) is None:
            hidden.remove(at)
    return frozenset(hidden)


def _first_exposed(
    table: CountTable, hidden: Collection[int], small: Sequence[int], width: int
) -> int | None:
    attack = _Attack(table, hidden)
    return next((at for at in small if not attack.is_open(at, width)), None)


def _beside(table: CountTable, hidden: Collection[int], start: int) -> set[int]:
    """Return what is published in a sum with the start, or with what is hidden along with it.

    Counts of 0 come only where nothing else is left: hiding them protects the least.
    """
    reached, queue = {start}, [start]
    found: set[int] = set()
    while queue:
        at = queue.pop()
        for one in table.sums:
            members = (one.total, *one.parts)
            if at in members:
                found.update(member for member in members if member not in hidden)
                new = [member for member in members if member in hidden and member not in reached]
                reached.update(new)
                queue += new
    return {at for at in found if table.counts[at]} or found


class _Attack:
    """What follows from a table of which some counts are hidden."""

    def __init__(self, table: CountTable, hidden: Collection[int]) -> None:
        self._column = {at: column for column, at in enumerate(sorted(hidden))}
        matrix = sparse.lil_array((len(table.sums), len(self._column)))
        right = np.zeros(len(table.sums))
        for row, one in enumerate(table.sums):
            for at, sign in ((one.total, -1.0), *((part, 1.0) for part in one.parts)):
                if at in self._column:
                    matrix[row, self._column[at]] += sign
                else:
                    right[row] -= sign * table.counts[at]
        self._sums = optimize.LinearConstraint(matrix.tocsr(), right, right)
        # The farthest values in tables found so far that agree with what is published: most counts
        # turn out open on the way, without programs of their own.
        self._least = np.array([table.counts[at] for at in self._column], dtype=np.float64)
        self._most = self._least.copy()

    def bounds(self, at: int) -> Bounds:
        """Return the smallest and the largest value a hidden count can have."""
        # The true table agrees with what is published, so there always is a smallest value.
        return Bounds(self._extreme(at, 1) or 0, self._extreme(at, -1))

    def is_open(self, at: int, width: int) -> bool:
        """Tell whether at least so much lies between the bounds of a hidden count."""
        column = self._column[at]
        if self._most[column] - self._least[column] >= width:
            return True
        low, high = self.bounds(at)
        return high is None or high - low >= width

    def _extreme(self, at: int, sign: int) -> int | None:
        goal = np.zeros(len(self._column))
        goal[self._column[at]] = sign
        found = optimize.milp(
            goal,
            integrality=np.ones(goal.size, dtype=np.int64),
            bounds=optimize.Bounds(0, np.inf),
            constraints=self._sums,
        )
        if found.x is None:
            return None
        self._least = np.minimum(self._least, np.round(found.x))
        self._most = np.maximum(self._most, np.round(found.x))
        return round(sign * found.fun)

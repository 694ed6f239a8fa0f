"""Cells: respondents who share every attribute, as counts and moments instead of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike

from surveyapp.stats.arrays import (
    Codes,
    Vector,
    frozen_matrix,
    frozen_vector,
    require_counts,
    sums_by,
)
from surveyapp.stats.design import SIMPLE, Design


class FractionSums(NamedTuple):
    """Integer sums of one cell over the respondents whose index has the denominator `b`.

    Each of the `m` respondents has the index a / (b * unit) with an integer a; `sum_a` and
    `sum_a2` are the sums of a and of a squared.
    """

    cell: int
    b: int
    m: int
    sum_a: int
    sum_a2: int


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Answered count, mean and scatter of one variable in each cell.

    Parameters
    ----------
    m : float array, shape (C,)
        Respondents who answered; never negative.
    mean : float array, shape (C,)
        Their mean, in the unit of the variable; 0 where nobody answered.
    scatter : float array, shape (C,)
        Sum of squared deviations from that mean, in the unit squared.

    Raises
    ------
    ValueError
        Shapes differ, a number is not finite, a count or a scatter is negative.

    Notes
    -----
    Mean and scatter carry the same information as the raw sums S1 and S2, but the sum of squares
    about any centre t is ``scatter + m (mean - t)^2``: nothing cancels [1]_.

    References
    ----------
    .. [1] Chan, Golub, LeVeque (1983), Algorithms for computing the sample variance,
       Am. Stat. 37(3), 242-247.
    """

    m: Vector
    mean: Vector
    scatter: Vector

    def __post_init__(self) -> None:
        size = np.size(self.m)
        for name in ("m", "mean", "scatter"):
            vector = frozen_vector(getattr(self, name), name, size)
            if name != "mean":
                require_counts(vector, name)
            object.__setattr__(self, name, vector)

    @property
    def s1(self) -> Vector:
        """Sum of the variable in each cell, shape (C,)."""
        return self.m * self.mean

    @property
    def s2(self) -> Vector:
        """Sum of its squares in each cell, shape (C,)."""
        return self.scatter + self.m * self.mean**2

    @classmethod
    def from_levels(cls, counts: ArrayLike, points: ArrayLike) -> Self:
        """Moments of a scale from its level histogram.

        Parameters
        ----------
        counts : array_like, shape (C, L)
            Respondents per cell and level. Leave unscored levels such as "don't know" out.
        points : array_like, shape (L,)
            What each level is worth.

        Raises
        ------
        ValueError
            Shapes do not fit, a count is negative, a number is not finite.
        """
        table = frozen_matrix(counts, "counts")
        require_counts(table, "counts")
        worth = frozen_vector(points, "points", table.shape[1])
        m = table.sum(axis=1)
        mean = _ratio(table @ worth, m)
        scatter = np.einsum("cl,cl->c", table, (worth - mean[:, None]) ** 2)
        return cls(m, mean, scatter)

    @classmethod
    def from_hits(cls, hits: ArrayLike, m: ArrayLike) -> Self:
        """Moments of a 0/1 variable: `hits` of the `m` respondents of each cell have it.

        Parameters
        ----------
        hits, m : array_like, shape (C,)
            Counts; ``hits <= m``.

        Raises
        ------
        ValueError
            Shapes differ, a count is negative, or a cell has more hits than answers.
        """
        asked = frozen_vector(m, "m")
        having = frozen_vector(hits, "hits", asked.size)
        require_counts(having, "hits")
        if (having > asked).any():
            raise ValueError("a cell has more hits than answers")
        mean = _ratio(having, asked)
        return cls(asked, mean, having * (1 - mean))

    @classmethod
    def from_sums(cls, m: ArrayLike, s1: ArrayLike, s2: ArrayLike) -> Self:
        """Moments from count, sum and sum of squares, each of shape (C,).

        A scatter that rounding made slightly negative is set to 0.

        Raises
        ------
        ValueError
            Shapes differ, a number is not finite, or the sums belong to no set of numbers.
        """
        count = frozen_vector(m, "m")
        first = frozen_vector(s1, "s1", count.size)
        second = frozen_vector(s2, "s2", count.size)
        mean = _ratio(first, count)
        scatter = second - first * mean
        if (scatter < -1e-9 * np.maximum(second, 0)).any():
            raise ValueError("s2 is smaller than s1 squared over m")
        if ((count == 0) & ((first != 0) | (second != 0))).any():
            raise ValueError("a cell without answers has a sum")
        return cls(count, mean, np.maximum(scatter, 0))

    @classmethod
    def from_fractions(cls, parts: Iterable[FractionSums], cells: int, *, unit: int = 1) -> Self:
        """Moments of an index a / (b * unit) from exact integer sums.

        Parameters
        ----------
        parts : iterable of FractionSums
            One row per cell and denominator b; several rows of one cell add up.
        cells : int
            Number of cells C; cells without a row have no answers.
        unit : int
            Common positive factor of all denominators.

        Raises
        ------
        ValueError
            An unknown cell, a denominator or count below 1, sums that no integers can have.

        Notes
        -----
        Inside a row, mean = Σa / (m b D) and scatter = (m Σa² - (Σa)²) / (m b² D²): the
        numerators are exact integers, so each is rounded once.
        """
        if unit < 1:
            raise ValueError("unit must be at least 1")
        rows = [_row_moments(part, cells, unit) for part in parts]
        index = np.array([row[0] for row in rows], dtype=np.int64)
        numbers = np.array([row[1:] for row in rows], dtype=np.float64).reshape(-1, 3)
        return cls._merged(index, *numbers.T, cells=cells)

    @classmethod
    def from_rows(cls, cell: ArrayLike, values: ArrayLike, cells: int) -> Self:
        """Moments of one value per respondent.

        Parameters
        ----------
        cell : int array_like, shape (n,)
            The cell of each respondent, 0 to C - 1.
        values : array_like, shape (n,)
            The values; NaN means that the respondent did not answer.
        cells : int
            Number of cells C.

        Raises
        ------
        ValueError
            Shapes differ, a cell is unknown, or a value is infinite.
        """
        index = np.asarray(cell, dtype=np.int64)
        value = np.asarray(values, dtype=np.float64)
        if index.shape != value.shape or index.ndim != 1:
            raise ValueError("cell and values must be two vectors of one length")
        if index.size and (index.min() < 0 or index.max() >= cells):
            raise ValueError("a row belongs to an unknown cell")
        answered = ~np.isnan(value)
        value = frozen_vector(value[answered], "values")
        ones = np.ones_like(value)
        return cls._merged(index[answered], ones, value, np.zeros_like(value), cells=cells)

    @classmethod
    def _merged(cls, index: Codes, m: Vector, mean: Vector, scatter: Vector, *, cells: int) -> Self:
        """Add up groups that belong to the same cell."""
        total = sums_by(index, m, cells)
        centre = _ratio(sums_by(index, m * mean, cells), total)
        spread = sums_by(index, scatter + m * (mean - centre[index]) ** 2, cells)
        return cls(total, centre, spread)


@dataclass(frozen=True, slots=True, eq=False, init=False)
class Cells:
    """The sample as cells.

    Parameters
    ----------
    n : array_like, shape (C,)
        Respondents of each cell, whether they answered an item or not.
    base_weight : array_like, shape (C,), optional
        Design weight of each respondent of the cell, positive. Default 1.
    variables : mapping of str to Moments
        What was measured, by name.
    design : Design
        Strata, clusters and population sizes; default a simple sample with replacement.
    grossing : bool
        Whether the base weights add up to a population (each respondent stands for so many
        people). If not, only their ratios mean something, and the design effect compares with
        simple sampling *with* replacement because no population size is known.

    Raises
    ------
    ValueError
        Shapes differ, a number is not finite, a count is negative, a weight is not positive, or
        more respondents answered than there are.
    """

    n: Vector
    base_weight: Vector
    variables: Mapping[str, Moments]
    design: Design
    grossing: bool

    def __init__(
        self,
        n: ArrayLike,
        base_weight: ArrayLike | None = None,
        variables: Mapping[str, Moments] | None = None,
        *,
        design: Design = SIMPLE,
        grossing: bool = False,
    ) -> None:
        counts = frozen_vector(n, "n")
        require_counts(counts, "n")
        weights = np.ones(counts.size) if base_weight is None else base_weight
        base = frozen_vector(weights, "base_weight", counts.size)
        if (base <= 0).any():
            raise ValueError("a base weight is not positive")
        design.require_fits(counts)
        object.__setattr__(self, "n", counts)
        object.__setattr__(self, "base_weight", base)
        object.__setattr__(self, "variables", MappingProxyType(dict(variables or {})))
        object.__setattr__(self, "design", design)
        object.__setattr__(self, "grossing", grossing)
        for moments in self.variables.values():
            self.moments(moments)

    @property
    def size(self) -> int:
        """Number of cells C."""
        return int(self.n.size)

    def moments(self, variable: str | Moments) -> Moments:
        """Look a variable up by name, or check moments that were made for these cells.

        Raises
        ------
        ValueError
            No variable of that name, another number of cells, more answers than respondents.
        """
        if isinstance(variable, str):
            if variable not in self.variables:
                raise ValueError(f"the cells have no variable {variable!r}")
            return self.variables[variable]
        if variable.m.size != self.size:
            raise ValueError(f"the variable has {variable.m.size} cells, {self.size} expected")
        if (variable.m > self.n).any():
            raise ValueError("a cell has more answers than respondents")
        return variable


def _ratio(numerator: Vector, denominator: Vector) -> Vector:
    """Divide, with 0 where nobody is counted."""
    return np.divide(numerator, denominator, out=np.zeros_like(denominator), where=denominator > 0)


def _row_moments(part: FractionSums, cells: int, unit: int) -> tuple[int, int, float, float]:
    cell, b, m, total, squares = part
    if not 0 <= cell < cells:
        raise ValueError(f"cell {cell} is unknown, there are {cells}")
    if b < 1 or m < 1:
        raise ValueError("denominators and counts must be at least 1")
    spread = m * squares - total * total
    if spread < 0:
        raise ValueError("sum_a2 is smaller than sum_a squared over m")
    scale = b * unit
    return cell, m, total / (m * scale), spread / (m * scale * scale)

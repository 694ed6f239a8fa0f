"""Bootstrap and jackknife on cells, for figures whose variance has no formula of its own.

Every figure here is a function of the weighted level distribution of its domain: so many weighted
respondents at each value. A replicate is the same cells with other counts; its weights are
calibrated anew, so the standard error knows about the calibration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from surveyapp.stats.arrays import Codes, Matrix, Vector, frozen_vector, sums_by
from surveyapp.stats.cells import Cells
from surveyapp.stats.design import LonelyStratum
from surveyapp.stats.estimates import masks
from surveyapp.stats.margins import CannotCalibrate
from surveyapp.stats.quantiles import Histogram
from surveyapp.stats.replicates import FEWEST, Replicates
from surveyapp.stats.weights import Weights

Statistic: TypeAlias = Callable[[Matrix], Vector]
"""From weighted respondents per value, one row per figure, to the figures; NaN where none exists.

Rows are independent of each other: many replicates are handed over at once.
"""

Weighting: TypeAlias = Callable[[Cells], Weights]
"""How weights are made, for example ``lambda cells: rake(cells, margins)``."""

ROUNDING = 1e-12
"""What is left of a count below this share of it is nobody."""


def mean_of(values: ArrayLike) -> Statistic:
    """Mean of the values, shape (L,), as a figure for resampling."""
    worth = frozen_vector(values, "values")

    def mean(mass: Matrix) -> Vector:
        return _divided(mass @ worth, mass.sum(axis=1))

    return mean


def bootstrap(
    cells: Cells,
    histogram: Histogram,
    statistic: Statistic,
    *,
    random: np.random.Generator,
    weighting: Weighting | None = None,
    domains: ArrayLike | None = None,
    replicates: int = 500,
) -> Replicates:
    """Draw the sample anew from itself, many times.

    Parameters
    ----------
    cells : Cells
        The sample, C cells of whole numbers of respondents.
    histogram : Histogram
        The values over the same cells.
    statistic : callable
        The figure, from weighted respondents per value.
    random : numpy.random.Generator
        Where chance comes from; the same generator state gives the same figures.
    weighting : callable, optional
        Makes the weights of the sample and of each replicate; default the base weights.
    domains : bool array_like, shape (K, C), optional
        One row of cells per domain; default one domain, the whole sample.
    replicates : int
        How many samples to draw, at least 2.

    Returns
    -------
    Replicates

    Raises
    ------
    CannotCalibrate
        The sample itself cannot be weighted. Replicates that cannot are left out and counted.
    LonelyStratum
        A stratum has a single sampled unit and the design says to refuse.
    ValueError
        A shape does not fit, counts are not whole, or the design has a rule for lonely strata
        that resampling does not know.

    Notes
    -----
    In each stratum n_h - 1 of the n_h sampled units are drawn with replacement [1]_: respondents,
    or clusters with everybody in them. With f_h = n_h/N_h and r draws of a unit its weight is
    multiplied by 1 - √(1-f_h) + √(1-f_h) r n_h/(n_h-1) [2]_. On cells the draws of respondents
    are multinomial over the counts of (cell, value): the same law as drawing rows.

    References
    ----------
    .. [1] Rao, Wu (1988), Resampling inference with complex survey data,
       J. Am. Stat. Assoc. 83, 231-241.
    .. [2] Rao, Wu, Yue (1992), Surv. Methodol. 18(2), 209-217.
    """
    if replicates < FEWEST:
        raise ValueError(f"a bootstrap needs at least {FEWEST} replicates")
    sample = _Sample(cells, histogram, weighting, domains)
    strata = sample.strata()
    kept = 1 - np.sqrt(strata.left_out)
    masses, failed = [], 0
    for _ in range(replicates):
        factor = np.ones(sample.unit_size.size)
        for h in np.flatnonzero(strata.units > 1):
            inside, n = strata.members[h], strata.units[h]
            drawn = random.multinomial(int(n) - 1, sample.unit_size[inside] / n)
            share = drawn / sample.unit_size[inside]
            factor[inside] = kept[h] + (1 - kept[h]) * share * n / (n - 1)
        try:
            masses.append(sample.mass(factor[sample.unit]))
        except CannotCalibrate:
            failed += 1
    values = statistic(np.vstack(masses)) if masses else np.empty(0)
    value = statistic(sample.mass(np.ones(sample.unit.size)))
    shape = (len(masses), value.size)
    ones = np.ones(len(masses))
    return Replicates("bootstrap", value, values.reshape(shape), ones, failed, *sample.sizes())


def jackknife(
    cells: Cells,
    histogram: Histogram,
    statistic: Statistic,
    *,
    weighting: Weighting | None = None,
    domains: ArrayLike | None = None,
) -> Replicates:
    """Leave out one sampled unit at a time.

    Parameters
    ----------
    cells, histogram, statistic, weighting, domains
        As in :func:`bootstrap`.

    Returns
    -------
    Replicates
        One for each cell and value that occurs (its respondents are alike), or for each cluster.

    Raises
    ------
    CannotCalibrate
        The sample itself cannot be weighted.
    LonelyStratum
        A stratum has a single sampled unit and the design says to refuse.
    ValueError
        As in :func:`bootstrap`.

    Notes
    -----
    V = Σ_h (1-f_h) (n_h-1)/n_h Σ (θ₍₋ᵢ₎ - θ)², the others of the stratum weighing n_h/(n_h-1)
    times as much; θ is the full estimate (``as.svrepdesign(type = "JKn", mse = TRUE)`` of R's
    survey package) [1]_. Not for quantiles, whose jackknife variance is wrong in any sample size.

    References
    ----------
    .. [1] Wolter (2007), Introduction to Variance Estimation, ch. 4.
    """
    sample = _Sample(cells, histogram, weighting, domains)
    strata = sample.strata()
    value = statistic(sample.mass(np.ones(sample.unit.size)))
    values, factors, failed = [np.empty((0, value.size))], [np.empty(0)], 0
    for h in np.flatnonzero(strata.units > 1):
        n = strata.units[h]
        for deleted in sample.alike(strata.members[h]):
            try:
                without = sample.masses_without(deleted, strata.members[h], n / (n - 1))
                masses = np.vstack(list(without))
            except CannotCalibrate:
                failed += deleted.size
                continue
            values.append(statistic(masses).reshape(-1, value.size))
            factors.append(sample.unit_size[deleted] * strata.left_out[h] * (n - 1) / n)
    return Replicates(
        "jackknife", value, np.vstack(values), np.concatenate(factors), failed, *sample.sizes()
    )


def _divided(above: Vector, below: Vector) -> Vector:
    """Divide, with NaN where nobody is counted."""
    divided: Vector = np.divide(above, below, out=np.full(below.size, np.nan), where=below > 0)
    return divided


class _Strata(NamedTuple):
    """Sampled units of each stratum, the share left out, and the units' positions."""

    units: Vector
    left_out: Vector
    members: list[Codes]


class _Sample:
    """Respondents as entries (cell, value, count) of a table, and the units that are drawn.

    The last column of the table holds those who did not answer: they are drawn like all others.
    A unit is one kind of respondent (an entry, as many times as it counts) or one cluster.
    """

    def __init__(
        self,
        cells: Cells,
        histogram: Histogram,
        weighting: Weighting | None,
        domains: ArrayLike | None,
    ) -> None:
        answers = histogram.counts
        if answers.shape[0] != cells.size:
            raise ValueError(f"the histogram has {answers.shape[0]} cells, {cells.size} expected")
        answered = np.asarray(answers.sum(axis=1), dtype=np.float64)
        if (answered > cells.n).any():
            raise ValueError("a cell has more answers than respondents")
        silent = sparse.csr_array((cells.n - answered)[:, None])
        table = sparse.csr_array(sparse.hstack([answers, silent], format="csr"))
        table.eliminate_zeros()
        table.sort_indices()
        if (table.data != np.round(table.data)).any():
            raise ValueError("resampling needs whole numbers of respondents")
        self._cells, self._table, self._weighting = cells, table, weighting
        self._masks = masks(cells, domains)
        self._answered = answered
        self._cell = np.repeat(np.arange(cells.size), np.diff(table.indptr))
        cluster, stratum = cells.design.cluster, cells.design.strata_of(cells.n)
        if cluster is None:
            self.unit = np.arange(table.nnz)
            self.unit_size = np.asarray(table.data, dtype=np.float64)
            self._home = stratum[self._cell]
        else:
            self.unit = cluster[self._cell]
            self._home = cells.design.stratum_of_cluster(cells.n)
            self.unit_size = (sums_by(self.unit, table.data, self._home.size) > 0).astype(float)

    def strata(self) -> _Strata:
        """Look the strata up, with the rule of the design for lonely ones."""
        design, n = self._cells.design, self._cells.n
        units, left_out = design.units(n), design.left_out(n)
        lonely = (units == 1) & (left_out > 0)
        if lonely.any() and (units > 0).sum() > 1 and design.lonely != "certainty":
            if design.lonely == "fail":
                raise LonelyStratum(tuple(int(code) for code in np.flatnonzero(lonely)))
            raise ValueError("resampling treats lonely strata as certainty or refuses them")
        real = self.unit_size > 0
        members = [np.flatnonzero((self._home == h) & real) for h in range(units.size)]
        return _Strata(units, left_out, members)

    def sizes(self) -> tuple[Codes, Codes]:
        """Count the respondents who answered and the degrees of freedom of each domain."""
        inside = self._masks * self._answered
        freedom = self._cells.design.degrees_of_freedom(self._cells.n, inside)
        return inside.sum(axis=1).astype(np.int64), freedom

    def mass(self, factor: Vector) -> Matrix:
        """Weighted respondents per domain and value, (K, L), with all counts times a factor."""
        table = self._with(self._table.data * factor)
        weights = self._weights(np.asarray(table.sum(axis=1), dtype=np.float64))
        return self._mass(table, weights)[:, :-1]

    def alike(self, members: Codes) -> Iterator[Codes]:
        """Group units whose loss leaves the same counts per cell, and so the same weights."""
        if self._cells.design.cluster is not None:
            yield from members[:, None]
        else:
            cell = self._cell[members]
            yield from np.split(members, np.flatnonzero(np.diff(cell)) + 1)

    def masses_without(self, deleted: Codes, members: Codes, scale: float) -> Iterator[Matrix]:
        """Yield the (K, L) of the sample without one of each of these units."""
        factor = np.ones(self.unit_size.size)
        factor[members] = scale
        if self._cells.design.cluster is not None:
            factor[deleted] = 0
            yield self.mass(factor[self.unit])
            return
        table = self._with(self._table.data * factor)
        cell = self._cell[deleted[0]]
        n = np.asarray(table.sum(axis=1), dtype=np.float64)
        n[cell] = max(n[cell] - scale, 0.0) if self._cells.n[cell] > 1 else 0.0
        weights = self._weights(n)
        whole = self._mass(table, weights)
        for column in self._table.indices[deleted]:
            mass = whole.copy()
            rest = mass[:, column] - self._masks[:, cell] * weights[cell] * scale
            # Who was alone leaves nothing behind, and no rounding either.
            gone = np.abs(rest) < ROUNDING * np.abs(mass[:, column])
            mass[:, column] = np.where(gone, 0.0, rest)
            yield mass[:, :-1]

    def _with(self, data: Vector) -> sparse.csr_array:
        table = self._table
        return sparse.csr_array((data, table.indices, table.indptr), shape=table.shape)

    def _weights(self, n: Vector) -> Vector:
        if self._weighting is None:
            return self._cells.base_weight
        made: Vector = self._weighting(Cells(n, self._cells.base_weight)).value
        return made

    def _mass(self, table: sparse.csr_array, weights: Vector) -> Matrix:
        return np.asarray((table.T @ (self._masks * weights).T).T, dtype=np.float64)

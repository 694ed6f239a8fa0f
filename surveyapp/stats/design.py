"""How the respondents were drawn, and the sampling variance that follows from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from surveyapp.stats.arrays import (
    Codes,
    Matrix,
    Vector,
    frozen_codes,
    frozen_vector,
    sums_by,
)

Lonely: TypeAlias = Literal["fail", "certainty", "adjust", "average"]
"""What a stratum with a single sampled unit adds to the variance.

``fail`` refuses; ``certainty`` adds nothing (the unit was certain to be drawn); ``adjust`` takes
its squared distance from the mean of all strata; ``average`` gives it the mean of the others.
"""

CENSUS = 1e-7
"""A stratum counts as fully sampled when less than this share of it was left out."""


class LonelyStratum(ValueError):
    """A stratum has a single sampled unit, from which no variance can be estimated.

    Attributes
    ----------
    strata : tuple of int
        Positions of these strata in the sorted list of stratum labels.
    """

    def __init__(self, strata: tuple[int, ...]) -> None:
        self.strata = strata
        super().__init__(f"strata with a single sampled unit: {list(strata)}")


@dataclass(frozen=True, slots=True, eq=False, init=False)
class Design:
    """Strata, clusters and population sizes of a one-stage sample.

    Parameters
    ----------
    stratum : array_like, shape (C,), optional
        Stratum label of each cell. Default: one stratum.
    cluster : array_like, shape (C,), optional
        Cluster label of each cell; clusters were drawn, and everybody in them was asked.
        Default: respondents were drawn one by one.
    population : array_like, shape (C,), optional
        Units in the stratum of the cell from which the sample was drawn: people, or clusters
        where clusters were drawn. Default: unknown and large (no finite population correction).
    lonely : {"fail", "certainty", "adjust", "average"}
        Rule for a stratum with a single sampled unit.

    Raises
    ------
    ValueError
        A shape does not fit or a population size is not positive and finite.
    """

    stratum: Codes | None
    cluster: Codes | None
    population: Vector | None
    lonely: Lonely
    # Matrices that add cells up to strata and to clusters: made once, used by every estimate.
    _strata: sparse.csr_array | None = field(repr=False)
    _clusters: sparse.csr_array | None = field(repr=False)

    def __init__(
        self,
        stratum: ArrayLike | None = None,
        cluster: ArrayLike | None = None,
        population: ArrayLike | None = None,
        lonely: Lonely = "fail",
    ) -> None:
        object.__setattr__(self, "stratum", _codes(stratum, "stratum"))
        object.__setattr__(self, "cluster", _codes(cluster, "cluster"))
        sizes = None if population is None else frozen_vector(population, "population")
        if sizes is not None and (sizes <= 0).any():
            raise ValueError("a population size is not positive")
        object.__setattr__(self, "population", sizes)
        object.__setattr__(self, "lonely", lonely)
        for name, codes in (("_strata", self.stratum), ("_clusters", self.cluster)):
            object.__setattr__(self, name, None if codes is None else _groups(codes))

    def require_fits(self, n: Vector) -> None:
        """Raise ValueError if the design is not one of a sample with these counts.

        Notes
        -----
        Clusters must lie in one stratum each, a stratum has one population size, and no more
        units can be sampled than there are.
        """
        for name in ("stratum", "cluster", "population"):
            labels = getattr(self, name)
            if labels is not None and labels.size != n.size:
                raise ValueError(f"{name} has {labels.size} entries, {n.size} cells expected")
        present = n > 0
        stratum = self.strata_of(n)
        if self.cluster is not None:
            pairs = np.unique(np.stack([self.cluster[present], stratum[present]]), axis=1)
            if np.unique(pairs[0]).size < pairs.shape[1]:
                raise ValueError("a cluster lies in more than one stratum")
        if self.population is not None:
            pairs = np.unique(np.stack([stratum[present], self.population[present]]), axis=1)
            if np.unique(pairs[0]).size < pairs.shape[1]:
                raise ValueError("a stratum has more than one population size")
            if (self.units(n) > self._sizes(n) * (1 + 1e-9)).any():
                raise ValueError("a stratum has more sampled units than its population")

    def strata_of(self, n: Vector) -> Codes:
        """Stratum code of each cell; all 0 without strata."""
        return np.zeros(n.size, dtype=np.int64) if self.stratum is None else self.stratum

    def variance(self, n: Vector, mean: Matrix, scatter: Matrix) -> Vector:
        """Variance of K sums over the sample.

        Parameters
        ----------
        n : float array, shape (C,)
            Respondents per cell.
        mean : float array, shape (K, C)
            Mean of the weighted linearised variable u over the respondents of each cell.
        scatter : float array, shape (K, C)
            Sum of squared deviations of u from that mean inside the cell.

        Returns
        -------
        float array, shape (K,)
            Never negative; 0 where the sample is a census.

        Raises
        ------
        LonelyStratum
            A stratum has one sampled unit, the sample has several strata and the rule is "fail".

        Notes
        -----
        V = Σ_h (1 - n_h/N_h) n_h / (n_h - 1) Σ (u - ū_h)², over people or over the totals of
        clusters [1]_.

        References
        ----------
        .. [1] Särndal, Swensson, Wretman (1992), Model Assisted Survey Sampling, ch. 3-4.
        """
        units = self.units(n)
        left_out = self.left_out(n)
        strata = self._stratum_matrix(n)
        if self._clusters is None:
            centre = _centres(mean * n, strata, units)
            squares = scatter + n * (mean - centre[:, self.strata_of(n)]) ** 2
            raw = n * mean**2 + scatter
            spread, uncentred = (strata @ squares.T).T, (strata @ raw.T).T
        else:
            totals = (self._clusters @ (mean * n).T).T
            home = self.stratum_of_cluster(n)
            strata = _groups(home, units.size)
            sampled = (self._clusters @ n) > 0
            centre = _centres(totals, strata, units)
            squares = sampled * (totals - centre[:, home]) ** 2
            spread, uncentred = (strata @ squares.T).T, (strata @ totals.T**2).T
        factor = left_out * units / np.maximum(units - 1, 1)
        return self._add_up(units, left_out, spread * factor, uncentred * left_out)

    def degrees_of_freedom(self, n: Vector, inside: Matrix) -> Codes:
        """Count sampled units minus strata among the respondents inside each domain.

        Parameters
        ----------
        n : float array, shape (C,)
            Respondents per cell.
        inside : float array, shape (K, C)
            Respondents of each cell who belong to the domain and answered.

        Returns
        -------
        int array, shape (K,)
            At least 0.
        """
        strata = ((self._stratum_matrix(n) @ inside.T) > 0).sum(axis=0)
        if self._clusters is None:
            units = inside.sum(axis=1)
        else:
            units = ((self._clusters @ inside.T) > 0).sum(axis=0)
        freedom: Codes = np.maximum(units - strata, 0).astype(np.int64)
        return freedom

    def _add_up(self, units: Vector, left_out: Vector, spread: Matrix, uncentred: Matrix) -> Vector:
        lonely = (units == 1) & (left_out > 0)
        several = (units > 0).sum() > 1
        total: Vector = spread[:, ~lonely].sum(axis=1)
        if not (lonely.any() and several):
            return total
        if self.lonely == "fail":
            raise LonelyStratum(tuple(int(code) for code in np.flatnonzero(lonely)))
        if self.lonely == "adjust":
            total = total + uncentred[:, lonely].sum(axis=1)
        elif self.lonely == "average":
            usable = int(((units > 0) & ~lonely).sum())
            total = total * (usable + int(lonely.sum())) / max(usable, 1)
        return total

    def units(self, n: Vector) -> Vector:
        """Count the sampled respondents or clusters of each stratum, shape (H,)."""
        stratum = self.strata_of(n)
        strata = int(stratum.max(initial=0)) + 1
        if self.cluster is None:
            return sums_by(stratum, n, strata)
        home = self.stratum_of_cluster(n)
        return sums_by(home, sums_by(self.cluster, n, home.size) > 0, strata)

    def _sizes(self, n: Vector) -> Vector:
        """Find the population size of each stratum; infinite if not given."""
        stratum = self.strata_of(n)
        sizes = np.full(int(stratum.max(initial=0)) + 1, np.inf)
        if self.population is not None:
            present = n > 0
            sizes[stratum[present]] = self.population[present]
        return sizes

    def left_out(self, n: Vector) -> Vector:
        """Share of each stratum that was not asked, shape (H,): 1 - n_h/N_h, 0 in a census."""
        share = 1 - self.units(n) / self._sizes(n)
        return np.where(share < CENSUS, 0.0, share)

    def _stratum_matrix(self, n: Vector) -> sparse.csr_array:
        return _everybody(n.size) if self._strata is None else self._strata

    def stratum_of_cluster(self, n: Vector) -> Codes:
        """Stratum code of each cluster; 0 for those without respondents."""
        assert self.cluster is not None  # noqa: S101 - callers have checked; tells mypy so
        home = np.zeros(int(self.cluster.max(initial=0)) + 1, dtype=np.int64)
        present = n > 0
        home[self.cluster[present]] = self.strata_of(n)[present]
        return home


def _codes(labels: ArrayLike | None, name: str) -> Codes | None:
    return None if labels is None else frozen_codes(labels, name, np.size(labels))


def _groups(codes: Codes, groups: int | None = None) -> sparse.csr_array:
    """0/1 matrix that adds cells up to groups, shape (G, C)."""
    count = int(codes.max(initial=0)) + 1 if groups is None else groups
    ones = np.ones(codes.size)
    return sparse.csr_array((ones, (codes, np.arange(codes.size))), shape=(count, codes.size))


@lru_cache(maxsize=64)
def _everybody(size: int) -> sparse.csr_array:
    """Return the matrix of a sample without strata."""
    return _groups(np.zeros(size, dtype=np.int64))


def _centres(totals: Matrix, strata: sparse.csr_array, units: Vector) -> Matrix:
    """Mean of the totals per sampled unit of each stratum, shape (K, H)."""
    centre: Matrix = (strata @ totals.T).T / np.maximum(units, 1)
    return centre


SIMPLE = Design()
"""A simple random sample: no strata, no clusters, a large population."""

"""Estimates with the replicates of their samples, and the precision that follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from surveyapp.stats.arrays import Codes, Mask, Matrix, Vector, require_confidence
from surveyapp.stats.estimates import NOISE
from surveyapp.stats.intervals import Interval, t_interval

FEWEST = 2
"""Replicates without which there is no variance."""


@dataclass(frozen=True, slots=True)
class Resampled:
    """An estimate with its precision by resampling; None where a quantity does not exist.

    Attributes
    ----------
    value : float or None
        From the sample itself, not from the replicates.
    se : float or None
        Standard error; None without degrees of freedom.
    low, high : float or None
        Ends of the t interval.
    percentile : Interval or None
        Interval between quantiles of the bootstrap replicates; a jackknife has none.
    n : int
        Respondents in the domain who answered.
    df : int
        Degrees of freedom of the design inside the domain.
    replicates : int
        Replicates that went into the standard error.
    failed : int
        Replicates left out because no weights meet the margins in them.
    undefined : int
        Replicates left out because the figure does not exist in them.
    """

    value: float | None
    se: float | None
    low: float | None
    high: float | None
    percentile: Interval | None
    n: int
    df: int
    replicates: int
    failed: int
    undefined: int


@dataclass(frozen=True, slots=True, eq=False)
class Replicates:
    """K estimates and what they would have been in R other samples.

    Attributes
    ----------
    kind : {"bootstrap", "jackknife"}
        How the other samples were made.
    value : float array, shape (K,)
        The estimates; NaN where none exists.
    values : float array, shape (R, K)
        The same in each replicate.
    factor : float array, shape (R,)
        What the squared distance of a replicate adds to the variance. A bootstrap has equal
        factors, to be divided by their number minus 1.
    failed : int
        Replicates left out because no weights meet the margins in them.
    n, df : int array, shape (K,)
        Respondents who answered and degrees of freedom in each domain.
    """

    kind: Literal["bootstrap", "jackknife"]
    value: Vector
    values: Matrix
    factor: Vector
    failed: int
    n: Codes
    df: Codes

    def covariance(self) -> Matrix | None:
        """Covariances of the estimates, shape (K, K), see :func:`.contrasts.contrast`.

        Returns
        -------
        float array or None
            None where :meth:`estimates` has no standard error for one of them.
        """
        usable = self._usable().all(axis=1)
        if not self._suffices(int(usable.sum())) or np.isnan(self.value).any():
            return None
        return self._products(self.values[usable], self.value, self.factor[usable])

    def estimates(self, *, confidence: float = 0.95) -> tuple[Resampled, ...]:
        """Give the K estimates their standard errors and intervals.

        Parameters
        ----------
        confidence : float
            Coverage probability in (0, 1).

        Returns
        -------
        tuple of Resampled, length K
            A bootstrap leaves out what failed; a jackknife then has no standard error, because
            each of its replicates stands for certain respondents and none can be missed.
        """
        require_confidence(confidence)
        return tuple(self._estimate(k, confidence) for k in range(self.value.size))

    def _estimate(self, k: int, confidence: float) -> Resampled:
        usable = self._usable()[:, k]
        used = int(usable.sum())
        counts = (int(self.n[k]), int(self.df[k]), used, self.failed, usable.size - used)
        value = float(self.value[k])
        if np.isnan(value):
            return Resampled(None, None, None, None, None, *counts)
        if self.df[k] <= 0 or not self._suffices(used):
            return Resampled(value, None, None, None, None, *counts)
        values = self.values[usable, k]
        variance = self._products(values[:, None], self.value[[k]], self.factor[usable])[0, 0]
        se = float(np.sqrt(variance))
        if se <= NOISE * float(np.abs(values).max()):
            se = 0.0
        ends = t_interval(value, se, int(self.df[k]), confidence)
        low, high = (None, None) if ends is None else ends
        percentile = None
        if self.kind == "bootstrap" and se > 0:
            tail = (1 - confidence) / 2
            percentile = Interval(*(float(x) for x in np.quantile(values, [tail, 1 - tail])))
        return Resampled(value, se, low, high, percentile, *counts)

    def _usable(self) -> Mask:
        usable: Mask = ~np.isnan(self.values)
        return usable

    def _suffices(self, usable: int) -> bool:
        if self.kind == "jackknife":
            return self.failed == 0 and usable == len(self.values)
        return usable >= FEWEST

    def _products(self, values: Matrix, value: Vector, factor: Vector) -> Matrix:
        if self.kind == "jackknife":
            away = values - value
        else:
            away = values - values.mean(axis=0)
            factor = factor / (len(values) - 1)
        products: Matrix = (away * factor[:, None]).T @ away
        return products

"""Final weights of a sample, and what the variance must know about how they were made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from surveyapp.stats.arrays import Codes, Matrix, Vector, frozen_vector
from surveyapp.stats.cells import Cells
from surveyapp.stats.solving import solve_semidefinite


@dataclass(frozen=True, slots=True)
class CalibrationReport:
    """How well and at what price weights meet their margins.

    Attributes
    ----------
    method : str
        Of calibration.
    iterations : int
        Steps or sweeps taken.
    margin_error : float
        Largest relative distance of a weighted level from its target.
    g_min, g_max : float
        Smallest and largest ratio of calibrated to base weight.
    effective_n_before, effective_n : float
        Kish's effective number of all respondents, with base and with final weights.
    """

    method: str
    iterations: int
    margin_error: float
    g_min: float
    g_max: float
    effective_n_before: float
    effective_n: float


@dataclass(frozen=True, slots=True)
class TrimmingReport:
    """What trimming did.

    Attributes
    ----------
    low, high : float
        Limits of the weights.
    trimmed : int
        Respondents whose weight was brought to a limit.
    effective_n_before, effective_n : float
        Kish's effective number of all respondents, before and after.
    """

    low: float
    high: float
    trimmed: int
    effective_n_before: float
    effective_n: float


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """One weight per respondent of each cell.

    Parameters
    ----------
    value : float array, shape (C,)
        The weights that estimates use.
    calibrated : float array, shape (C,), optional
        The weights as calibrated, before trimming; default `value`.
    auxiliary : sparse array, shape (C, p), optional
        The margin variables x to which the weights were calibrated. Estimates then take the
        residuals of a regression on x into their variance; without it weights count as fixed.
    report : CalibrationReport, optional
        How the calibration went.
    trimming : TrimmingReport, optional
        How the trimming went.

    Raises
    ------
    ValueError
        Shapes differ or a weight is not finite.
    """

    value: Vector
    calibrated: Vector | None = None
    auxiliary: sparse.csr_array | None = None
    report: CalibrationReport | None = None
    trimming: TrimmingReport | None = None

    def __post_init__(self) -> None:
        value = frozen_vector(self.value, "value")
        object.__setattr__(self, "value", value)
        if self.calibrated is not None:
            calibrated = frozen_vector(self.calibrated, "calibrated", value.size)
            object.__setattr__(self, "calibrated", calibrated)
        if self.auxiliary is not None and self.auxiliary.shape[0] != value.size:
            raise ValueError(f"auxiliary has {self.auxiliary.shape[0]} rows, {value.size} expected")

    @classmethod
    def of(cls, cells: Cells, weights: Self | ArrayLike | None) -> Self:
        """Take weights as they are, numbers as fixed weights, and nothing as the base weights.

        Raises
        ------
        ValueError
            The number of weights is not the number of cells.
        """
        if weights is None:
            return cls(cells.base_weight)
        made = weights if isinstance(weights, cls) else cls(np.asarray(weights, dtype=np.float64))
        if made.value.size != cells.size:
            raise ValueError(f"{made.value.size} weights for {cells.size} cells")
        return made

    def normalised(self, cells: Cells, total: float | None = None) -> Self:
        """Scale all weights so that they add up to `total`, by default to the respondents.

        Raises
        ------
        ValueError
            The weights of all respondents add up to nothing.
        """
        now = float(self.value @ cells.n)
        if now == 0:
            raise ValueError("weights that add up to 0 cannot be scaled")
        factor = (float(cells.n.sum()) if total is None else total) / now
        calibrated = None if self.calibrated is None else self.calibrated * factor
        return replace(self, value=self.value * factor, calibrated=calibrated)

    def of_cells(self, cells: Codes) -> Self:
        """Return the weights of some cells, in the order in which they are named."""
        return replace(
            self,
            value=self.value[cells],
            calibrated=None if self.calibrated is None else self.calibrated[cells],
            auxiliary=None if self.auxiliary is None else self.auxiliary[cells],
        )

    def influence(
        self, cells: Cells, inside: Matrix, mean: Matrix, scatter: Matrix
    ) -> tuple[Matrix, Matrix]:
        """Weighted linearised variable u = weight times residual, as cell moments.

        Parameters
        ----------
        cells : Cells
            The sample.
        inside : float array, shape (K, C)
            Respondents whose linearised variable z may differ from 0: in the domain and answered.
        mean, scatter : float array, shape (K, C)
            Mean and sum of squared deviations of z over these respondents.

        Returns
        -------
        mean, scatter : float array, shape (K, C)
            Mean of u over all `n` respondents of each cell and its sum of squared deviations.

        Notes
        -----
        u = w z - w_cal x'B, B the base-weighted regression of z w / w_cal on x [1]_. Respondents
        outside the domain and those who skipped the item have z = 0 but a residual all the same.
        Inside a cell x'B is constant: it moves the mean of u and leaves the scatter alone.

        References
        ----------
        .. [1] Deville, Särndal (1992), J. Am. Stat. Assoc. 87, 376-382, section 3.
        """
        n = np.maximum(cells.n, 1)
        share = inside / n
        z = share * mean
        spread = self.value**2 * (scatter + inside * (1 - share) * mean**2)
        u = self.value * z
        if self.auxiliary is not None:
            calibrated = self.value if self.calibrated is None else self.calibrated
            ratio = np.divide(
                self.value, calibrated, out=np.ones_like(self.value), where=calibrated != 0
            )
            u = u - calibrated * _fit(self.auxiliary, cells.base_weight * cells.n, ratio * z)
        return u, spread


def _fit(x: sparse.csr_array, weight: Vector, z: Matrix) -> Matrix:
    """Fitted values of the weighted least-squares regressions of K variables z on x."""
    weighted = x.multiply(weight[:, None]).tocsr()
    coefficients = solve_semidefinite((weighted.T @ x).toarray(), weighted.T @ z.T)
    fitted: Matrix = (x @ coefficients).T
    return fitted

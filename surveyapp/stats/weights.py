"""Final weights of a sample, and what the variance must know about how they were made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg, sparse

from surveyapp.stats.arrays import Matrix, Vector, frozen_vector
from surveyapp.stats.cells import Cells


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

    Raises
    ------
    ValueError
        Shapes differ or a weight is not finite.
    """

    value: Vector
    calibrated: Vector | None = None
    auxiliary: sparse.csr_array | None = None

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
    normal = (weighted.T @ x).toarray()
    moments = weighted.T @ z.T
    coefficients = linalg.lstsq(normal, moments, cond=1e-12)[0]
    fitted: Matrix = (x @ coefficients).T
    return fitted

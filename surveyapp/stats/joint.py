"""Several items rated by the same respondents: their means and how these vary together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from numpy.typing import ArrayLike

from surveyapp.stats.arrays import Matrix, Vector, frozen_vector, sums_by
from surveyapp.stats.cells import Cells, Moments
from surveyapp.stats.estimates import masks
from surveyapp.stats.weights import Weights


@dataclass(frozen=True, slots=True, eq=False)
class JointItems:
    """Joint moments of J items in each of C cells.

    Parameters
    ----------
    both : float array, shape (J, J, C)
        Respondents who rated both items; on the diagonal, who rated the item.
    mean : float array, shape (J, J, C)
        ``mean[j, l]`` is the mean of item j over those who rated j and l; 0 where nobody did.
    product : float array, shape (J, J, C)
        Sums of products of the deviations of j and l from these means.

    Raises
    ------
    ValueError
        Shapes differ, or a number is not finite.
    """

    both: Vector
    mean: Vector
    product: Vector

    def __post_init__(self) -> None:
        shape = np.shape(self.both)
        if len(shape) != 3 or shape[0] != shape[1]:
            raise ValueError(f"joint moments have shape {shape}, (J, J, C) expected")
        for name in ("both", "mean", "product"):
            array = np.asarray(getattr(self, name), dtype=np.float64)
            if array.shape != shape:
                raise ValueError(f"{name} has shape {array.shape}, {shape} expected")
            flat = frozen_vector(array.ravel(), name)
            object.__setattr__(self, name, flat.reshape(shape))

    @property
    def size(self) -> int:
        """Number of items J."""
        return int(self.both.shape[0])

    @classmethod
    def from_rows(cls, cell: ArrayLike, values: ArrayLike, cells: int) -> Self:
        """Joint moments of one row of values per respondent.

        Parameters
        ----------
        cell : int array_like, shape (n,)
            The cell of each respondent, 0 to C - 1.
        values : array_like, shape (n, J)
            The points; NaN where an item was not rated.
        cells : int
            Number of cells C.

        Raises
        ------
        ValueError
            Shapes differ, a cell is unknown, or a value is infinite.
        """
        index = np.asarray(cell, dtype=np.int64)
        table = np.asarray(values, dtype=np.float64)
        if table.ndim != 2 or index.shape != table.shape[:1]:
            raise ValueError("values must have one row per entry of cell")
        items = table.shape[1]
        both, mean, product = (np.zeros((items, items, cells)) for _ in range(3))
        for j in range(items):
            for other in range(j, items):
                rated = ~(np.isnan(table[:, j]) | np.isnan(table[:, other]))
                one = Moments.from_rows(index, np.where(rated, table[:, j], np.nan), cells)
                two = Moments.from_rows(index, np.where(rated, table[:, other], np.nan), cells)
                home = index[rated]
                away = (table[rated, j] - one.mean[home]) * (table[rated, other] - two.mean[home])
                both[j, other] = both[other, j] = one.m
                mean[j, other], mean[other, j] = one.mean, two.mean
                product[j, other] = product[other, j] = sums_by(home, away, cells)
        return cls(both, mean, product)

    @classmethod
    def from_sums(
        cls, both: ArrayLike, sums: ArrayLike, products: ArrayLike, *, unit: int = 1
    ) -> Self:
        """Joint moments from exact integer sums, each of shape (J, J, C).

        Parameters
        ----------
        both : int array_like
            Respondents who rated both items.
        sums : int array_like
            ``sums[j, l]`` is Σ a of item j over those who rated j and l; its points are a / unit.
        products : int array_like
            Σ a b of both items over them.
        unit : int
            Positive; brings points to whole numbers.

        Raises
        ------
        ValueError
            Shapes differ, the sums are not whole, symmetric and possible, or `unit` is below 1.
        """
        if unit < 1:
            raise ValueError("unit must be at least 1")
        m, s, p = (_whole(array, name) for array, name in (
            (both, "both"), (sums, "sums"), (products, "products")))  # fmt: skip
        if not m.ndim == 3 or not m.shape == s.shape == p.shape or m.shape[0] != m.shape[1]:
            raise ValueError("both, sums and products must have the shape (J, J, C)")
        if (m != m.swapaxes(0, 1)).any() or (p != p.swapaxes(0, 1)).any() or (m < 0).any():
            raise ValueError("counts and products of two items must be symmetric")
        # Numerators are exact whole numbers, so each mean and each product is rounded once.
        cross = m * p - s * s.swapaxes(0, 1)
        own = np.einsum("jjc->jc", cross)
        if (own < 0).any() or ((m == 0) & ((s != 0) | (p != 0))).any():
            raise ValueError("no respondents can have these sums")
        divisor = np.where(m == 0, 1, m)
        return cls(
            m.astype(np.float64),
            (s / (divisor * unit)).astype(np.float64),
            (cross / (divisor * (unit * unit))).astype(np.float64),
        )


@dataclass(frozen=True, slots=True, eq=False)
class ItemMeans:
    """Means of J items.

    Attributes
    ----------
    value : float array, shape (J,)
        In points.
    covariance : float array, shape (J, J)
        In points squared; the diagonal holds the squared standard errors.
    n : int array, shape (J,)
        Respondents who rated each item.
    df : int
        Degrees of freedom of the design inside the domain, for the item that has the fewest.
    """

    value: Vector
    covariance: Matrix
    n: npt.NDArray[np.int64]
    df: int


def item_means(
    cells: Cells,
    items: JointItems,
    *,
    weights: Weights | ArrayLike | None = None,
    domain: ArrayLike | None = None,
) -> ItemMeans | None:
    """Estimate the means of several items and their covariances.

    Parameters
    ----------
    cells : Cells
        The sample, C cells.
    items : JointItems
        J items over the same cells.
    weights : Weights or array_like, shape (C,), optional
        Calibrated weights, or numbers that count as fixed; default the base weights.
    domain : bool array_like, shape (C,), optional
        The cells to which the means refer; default all.

    Returns
    -------
    ItemMeans or None
        None if nobody rated one of the items.

    Raises
    ------
    ValueError
        A shape does not fit, or more rated an item than there are respondents.
    LonelyStratum
        A stratum has a single sampled unit and the design says to refuse.

    Notes
    -----
    Linearised variables z_j = r_j (y_j - θ_j) / Σ w r_j, r_j being 1 for who rated item j; in each
    cell Σ z_j z_l follows from the sums over who rated both. The covariance is read off the
    variances of z_j, z_l and z_j + z_l.
    """
    if items.both.shape[2] != cells.size:
        raise ValueError(f"the items have {items.both.shape[2]} cells, {cells.size} expected")
    made = Weights.of(cells, weights)
    mask = masks(cells, None if domain is None else np.asarray(domain)[None, ...])[0]
    rated = np.einsum("jjc->jc", items.both)
    if (rated > cells.n).any():
        raise ValueError("a cell has more answers than respondents")
    inside = mask * rated
    own = np.einsum("jjc->jc", items.mean)
    sizes = inside @ made.value
    if (sizes <= 0).any():
        return None
    theta = (inside * own) @ made.value / sizes
    one, other = np.triu_indices(items.size)
    sums = inside * (own - theta[:, None]) / sizes[:, None]
    n = np.maximum(cells.n, 1)
    away = items.mean - theta[:, None, None]
    # Sum of products of z over the cell, those who rated only one of the two adding nothing.
    cross = mask * (items.product + items.both * away * away.swapaxes(0, 1))
    cross = cross / (sizes[:, None, None] * sizes[None, :, None]) - (
        sums[:, None] * sums[None, :] / n
    )
    diagonal = np.einsum("jjc->jc", cross)
    u = sums[one] + np.where(one == other, 0, 1)[:, None] * sums[other]
    scatter = np.where(
        (one == other)[:, None],
        diagonal[one],
        diagonal[one] + diagonal[other] + 2 * cross[one, other],
    )
    everybody = np.broadcast_to(cells.n, u.shape)
    moved, spread = made.influence(cells, everybody, u / n, np.maximum(scatter, 0))
    variances = cells.design.variance(cells.n, moved, spread)
    joint = np.empty((items.size, items.size))
    joint[one, other] = joint[other, one] = variances
    single = np.diagonal(joint).copy()
    covariance = (joint - single[:, None] - single[None, :]) / 2
    np.fill_diagonal(covariance, single)
    counted = inside * (made.value != 0)
    freedom = cells.design.degrees_of_freedom(cells.n, counted)
    return ItemMeans(theta, covariance, counted.sum(axis=1).astype(np.int64), int(freedom.min()))


def _whole(array: ArrayLike, name: str) -> npt.NDArray[Any]:
    """Python integers, which have no largest one."""
    given = np.asarray(array)
    if given.dtype.kind not in "iuO":
        raise ValueError(f"{name} must be whole numbers")
    return given.astype(object)

"""How likely each rank is, given estimates and their errors: exactly by quadrature, or by draws."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from surveyapp.stats.arrays import Matrix, Vector, frozen_matrix, frozen_vector

FAR = 8.5
"""Beyond so many standard errors a normal distribution has less than 1e-16 left."""

NODES = 8
"""Points of the Gauss-Legendre rule in a panel no wider than one standard error of any unit."""

CHUNK = 100_000
"""Numbers worked on at once: what stays in the cache of a processor."""
DRAWS = 10_000
DRAWN_AT_ONCE = 2_000_000
SINGULAR = 1e-9
_Complex: TypeAlias = NDArray[np.complex128]


def rank_probabilities(values: ArrayLike, se: ArrayLike) -> Matrix:
    """Compute the probability of each rank of K independent normal estimates.

    Parameters
    ----------
    values : array_like, shape (K,)
        Estimates; the largest has rank 1.
    se : array_like, shape (K,)
        Their standard errors, positive.

    Returns
    -------
    float array, shape (K, K)
        Row k holds the probabilities that unit k has rank 1, ..., K; rows and columns add up to 1.

    Raises
    ------
    ValueError
        Shapes differ, a number is not finite, or a standard error is not positive.

    Notes
    -----
    The true values are taken as independent normal variables around the estimates. Given that
    unit k stands at v, each other unit j is above it with the probability
    p_j(v) = Φ((θ_j - v)/se_j), and the number of those above has the Poisson-binomial distribution,
    whose generating function is Π (1 + p_j(v)(z - 1)). It is integrated over v at the roots of
    unity z, panel by panel with the Gauss-Legendre rule, and transformed back once [1]_.

    References
    ----------
    .. [1] Hong (2013), Comput. Stat. Data Anal. 59, 41-51.
    """
    centre = frozen_vector(values, "values")
    spread = frozen_vector(se, "se", centre.size)
    if (spread <= 0).any():
        raise ValueError("a standard error is not positive")
    size = centre.size
    if size == 0:
        return np.zeros((0, 0))
    nodes, lengths = _nodes(centre, spread)
    roots = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size) - 1
    transformed = np.zeros((size, roots.size), dtype=np.complex128)
    step = max(1, CHUNK // (size * roots.size))
    for start in range(0, nodes.size, step):
        at = nodes[start : start + step]
        distance = (centre[:, None] - at) / spread[:, None]
        density = lengths[start : start + step] * np.exp(-(distance**2) / 2)
        density /= spread[:, None] * np.sqrt(2 * np.pi)
        factors = 1 + special.ndtr(distance)[:, :, None] * roots
        transformed += np.einsum("kv,kvl->kl", density, _products_of_the_others(factors))
    found: Matrix = np.clip(np.fft.irfft(transformed, size, axis=1), 0.0, 1.0)
    return found


def drawn_rank_probabilities(
    values: ArrayLike, covariance: ArrayLike, rng: np.random.Generator, *, draws: int = DRAWS
) -> Matrix:
    """Estimate the same for estimates that vary together, from seeded draws.

    Parameters
    ----------
    values : array_like, shape (K,)
        Estimates; the largest has rank 1.
    covariance : array_like, shape (K, K)
        Symmetric and positive semidefinite, see :func:`~surveyapp.stats.contrasts.mean_covariance`.
    rng : numpy.random.Generator
        Seeded by the caller: the same seed gives the same probabilities.
    draws : int
        Normal draws of all K values together, positive.

    Returns
    -------
    float array, shape (K, K)
        As :func:`rank_probabilities`; each number p has the error sqrt(p(1-p)/draws). Units that
        are equal in a draw take their ranks in random order.

    Raises
    ------
    ValueError
        Shapes differ, a number is not finite, or this is no covariance matrix.
    """
    centre = frozen_vector(values, "values")
    root = _root(require_covariance(covariance, centre.size))
    if draws < 1:
        raise ValueError("at least one draw is needed")
    size = centre.size
    counts = np.zeros((size, size))
    units = np.arange(size)
    left = draws
    while left and size:
        now = min(left, max(1, DRAWN_AT_ONCE // size))
        left -= now
        drawn = centre + rng.standard_normal((now, size)) @ root.T
        order = np.lexsort((rng.random((now, size)), -drawn), axis=-1)
        cell = order * size + units
        counts += np.bincount(cell.ravel(), minlength=size * size).reshape(size, size)
    return counts / draws


def require_covariance(covariance: ArrayLike, size: int) -> Matrix:
    """Return a covariance matrix as a read-only array.

    Raises
    ------
    ValueError
        Not of shape (size, size), not finite, not symmetric, or not positive semidefinite.
    """
    spread = frozen_matrix(covariance, "covariance") if size else np.zeros((0, 0))
    if spread.shape != (size, size):
        raise ValueError(f"covariance has shape {spread.shape}, one row per value expected")
    scale = float(np.abs(spread).max(initial=0))
    if np.abs(spread - spread.T).max(initial=0) > SINGULAR * scale:
        raise ValueError("the covariance is not symmetric")
    if size and np.linalg.eigvalsh(spread).min() < -SINGULAR * scale:
        raise ValueError("the covariance is not positive semidefinite")
    return spread


def _root(covariance: Matrix) -> Matrix:
    """Return R with R R' = covariance, also for a singular one."""
    eigenvalues, vectors = np.linalg.eigh(covariance)
    root: Matrix = vectors * np.sqrt(np.maximum(eigenvalues, 0.0))
    return root


def _nodes(centre: Vector, spread: Vector) -> tuple[Vector, Vector]:
    """Place the nodes: no panel is wider than the standard error of a unit that reaches into it."""
    begin, end = centre - FAR * spread, centre + FAR * spread
    edges = [float(begin.min())]
    last = float(end.max())
    while edges[-1] < last:
        here = edges[-1]
        reaching = end > here
        steps = np.maximum(spread[reaching], begin[reaching] - here)
        # A step lost in rounding would never arrive.
        edges.append(max(here + float(steps.min()), float(np.nextafter(here, np.inf))))
    x, weights = np.polynomial.legendre.leggauss(NODES)
    left, width = np.array(edges[:-1]), np.diff(edges)
    nodes = left[:, None] + width[:, None] * (x + 1) / 2
    return nodes.ravel(), (width[:, None] * weights / 2).ravel()


def _products_of_the_others(factors: _Complex) -> _Complex:
    """For each unit the product over all other units along the first axis, without dividing."""
    before = np.ones_like(factors)
    after = np.ones_like(factors)
    np.cumprod(factors[:-1], axis=0, out=before[1:])
    after[:-1] = np.cumprod(factors[:0:-1], axis=0)[::-1]
    product: _Complex = before * after
    return product

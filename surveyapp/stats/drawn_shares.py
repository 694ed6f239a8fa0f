"""Values with survey error, drawn, and the shares they get: `domain.normalising` for arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from surveyapp.domain.scheme import Normalisation
from surveyapp.stats.arrays import Matrix, Vector

LEAST_DF: Final = 2.0
_CHUNK: Final = 4_000_000


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """An indicator whose values carry survey error.

    Attributes
    ----------
    normalisation : Normalisation
    is_higher : bool
        Whether larger values are better.
    best, worst, step, centre, spread : float or None
        The marks, brought to the part of the year that is over.
    bands : tuple of (float, float)
        (bound, share), the best first.
    values : float array, shape (U,)
        By unit; NaN where there is none.
    se : float array, shape (U,)
        Standard errors; 0 where there is none.
    df : float array, shape (U,)
        Degrees of freedom; infinite for a normal distribution.
    sources : tuple of str, length U
        Values of one source move together.
    weights : float array, shape (U,)
        Points the line can give each unit.
    limit : (int, float, float) or None
        Position of another drawn line, the value from which on it limits, and the largest share.
    """

    normalisation: Normalisation
    is_higher: bool
    best: float | None
    worst: float | None
    step: float | None
    centre: float | None
    spread: float | None
    bands: tuple[tuple[float, float], ...]
    values: Vector
    se: Vector
    df: Vector
    sources: tuple[str, ...]
    weights: Vector
    limit: tuple[int, float, float] | None = None


def shares(line: DrawnLine, drawn: Matrix) -> Matrix:
    """Return the share of the weight in each draw: the formulas of `domain.normalising`.

    Parameters
    ----------
    line : DrawnLine
    drawn : float array, shape (D, U)
        Values; NaN where there is none.

    Returns
    -------
    float array, shape (D, U)
        0 to 1, NaN where there is no value.
    """
    if np.isnan(drawn).all():
        return drawn
    with np.errstate(divide="ignore", invalid="ignore"):
        found = _raw_shares(line, drawn)
    return np.where(np.isnan(drawn), np.nan, np.clip(np.nan_to_num(found, nan=0.0), 0.0, 1.0))


def _raw_shares(line: DrawnLine, drawn: Matrix) -> Matrix:
    best, worst, higher = line.best, line.worst, line.is_higher
    found: Matrix
    match line.normalisation:
        case Normalisation.DIRECT:
            found = drawn / _known(best)
            return found if higher else 1 - found
        case Normalisation.OWN_BEST:
            return _own_best(drawn, is_higher=higher)
        case Normalisation.MIN_MAX:
            return _min_max(line, drawn)
        case Normalisation.RANK:
            return 1 - _known(line.step) * (_ranks(drawn, is_higher=higher) - 1)
        case Normalisation.Z:
            mean = np.nanmean(drawn, axis=1, keepdims=True)
            deviation = np.nanstd(drawn, axis=1, keepdims=True)
            z = np.where(deviation > 0, (drawn - mean) / deviation, 0.0)
            found = _known(line.centre) + _known(line.spread) * (z if higher else -z)
            return found
        case Normalisation.TARGET:
            target = _known(best)
            if not higher and worst is None:
                return np.where(drawn > target, target / drawn, 1.0)
            return (drawn - (worst or 0.0)) / (target - (worst or 0.0))
        case _:
            found = np.zeros_like(drawn)
            for bound, share in reversed(line.bands):
                found = np.where(drawn >= bound if higher else drawn <= bound, share, found)
            return found


def _own_best(drawn: Matrix, *, is_higher: bool) -> Matrix:
    if is_higher:
        best = np.nanmax(drawn, axis=1, keepdims=True)
        return np.where(best > 0, drawn / best, 0.0)
    best = np.nanmin(drawn, axis=1, keepdims=True)
    return np.where(drawn <= best, 1.0, np.maximum(best, 0.0) / drawn)


def _min_max(line: DrawnLine, drawn: Matrix) -> Matrix:
    low = np.nanmin(drawn, axis=1, keepdims=True)
    high = np.nanmax(drawn, axis=1, keepdims=True)
    worst, best = (low, high) if line.is_higher else (high, low)
    worst = worst if line.worst is None else np.full_like(low, line.worst)
    best = best if line.best is None else np.full_like(low, line.best)
    is_turned = (best > worst) != line.is_higher
    found = np.where(is_turned, 0.0, (drawn - worst) / (best - worst))
    return np.where(best == worst, 1.0, found)


def _ranks(drawn: Matrix, *, is_higher: bool) -> Matrix:
    """Return shared ranks within each draw; NaN counts as absent."""
    signed = drawn if is_higher else -drawn
    ranks = np.empty_like(signed)
    for rows in rows_of(signed):
        above = signed[rows, None, :] > signed[rows, :, None]
        ranks[rows] = 1 + above.sum(axis=2)
    return ranks


def rows_of(drawn: Matrix) -> list[slice]:
    """Return portions of draws that compare all pairs of units within the memory of a while."""
    size = max(1, _CHUNK // max(1, drawn.shape[1] ** 2))
    return [slice(start, start + size) for start in range(0, drawn.shape[0], size)]


def limited(line: DrawnLine, found: Matrix, values: Sequence[Matrix]) -> Matrix:
    """Return the shares that a second value leaves."""
    if line.limit is None:
        return found
    other, least, share = line.limit
    reached = values[other] >= least
    return np.where(reached, np.minimum(found, share), found)


def drawn_values(lines: Sequence[DrawnLine], draws: int, rng: np.random.Generator) -> list[Matrix]:
    """Draw all values; equal sources move together, in the order in which they first appear."""
    shapes: dict[tuple[str, float], Vector] = {}
    drawn = []
    for line in lines:
        values = np.repeat(line.values[None, :], draws, axis=0)
        for unit in np.flatnonzero(line.se > 0):
            df = max(float(line.df[unit]), LEAST_DF)
            key = (line.sources[unit], df)
            if key not in shapes:
                shapes[key] = _shape(rng.random(draws), df)
            moved = line.values[unit] + line.se[unit] * shapes[key]
            within = 0 <= line.values[unit] <= 100
            values[:, unit] = np.clip(moved, 0.0, 100.0) if within else moved
        drawn.append(values)
    return drawn


def _shape(chances: Vector, df: float) -> Vector:
    """Return Student's t by inversion; a chance of exactly 0 would be minus infinity."""
    within = np.clip(chances, 1e-12, 1 - 1e-12)
    found = special.ndtri(within) if np.isinf(df) else special.stdtrit(df, within)
    return np.array(found, dtype=np.float64)


def _known(number: float | None) -> float:
    if number is None:
        raise ValueError("a number of this indicator is not filled in")
    return number

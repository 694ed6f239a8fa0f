"""What survey error does to composite scores: seeded draws through the same normalisations.

The exact score is made in `surveyapp.domain.composite`; here only the lines with a survey error are
computed anew in each draw, everything else is a constant of its unit. A line without error has the
same share in each draw, so the exact score is the draw that nothing disturbs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from surveyapp.domain.scheme import Effect
from surveyapp.stats.arrays import Mask, Matrix, Vector
from surveyapp.stats.bands import bands_of, possible_ranks
from surveyapp.stats.contrasts import holm
from surveyapp.stats.drawn_shares import DrawnLine, drawn_values, limited, rows_of, shares

DRAWS: Final = 4000
ROUNDING: Final = 1e-9
"""Scores closer than this are equal: sums add up in different orders."""

UNMOVED: Final = 1e-6
"""A standard deviation below this is none: variances that cancel leave this much."""

Places: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class DrawnOverride:
    """An override of one unit: entered, or brought about by a value below a floor.

    Attributes
    ----------
    unit : int
        Position of the unit.
    line : int or None
        Position of the drawn line whose value brings it about; None: it holds in every draw.
    """

    unit: int
    effect: Effect
    grade: int
    line: int | None = None
    below: float = 0.0


@dataclass(frozen=True, slots=True)
class GradeRules:
    """When grades are suggested.

    Attributes
    ----------
    least : tuple of float
        Scores from which on, the best first; minus infinity where there is no band.
    places : tuple of int or None
        The most units a quota lets in.
    """

    least: tuple[float, ...]
    places: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """What the draws say of one unit.

    Attributes
    ----------
    low, high : float
        95 % interval of the score.
    se : float
        Standard deviation of the draws.
    ranks, grades : tuple of float
        Probability of each rank, and of each grade, the best first.
    possible : (int, int)
        Ranks that are left when only those told apart are surely better or worse.
    bands : tuple of int
        Groups of neighbours in the ranking (1 the best) of whom no two can be told apart.
    """

    low: float
    high: float
    se: float
    ranks: tuple[float, ...]
    grades: tuple[float, ...]
    possible: tuple[int, int]
    bands: tuple[int, ...]


def propagate(
    scores: Vector,
    lines: Sequence[DrawnLine],
    overrides: Sequence[DrawnOverride],
    grades: GradeRules | None,
    *,
    rng: np.random.Generator,
    draws: int = DRAWS,
    confidence: float = 0.95,
) -> list[Uncertainty]:
    """Propagate survey error into scores, ranks and suggested grades.

    Parameters
    ----------
    scores : float array, shape (U,)
        The exact scores of the units of a category; NaN for those without a rank, whose values
        still count where a line compares units.
    lines : sequence of DrawnLine
        All indicators with survey error, and those they depend on.
    overrides : sequence of DrawnOverride
    grades : GradeRules or None
        None where the scheme has none.
    rng : numpy.random.Generator
        Seeded by the caller: the same seed gives the same numbers.
    draws : int
        How many, positive.
    confidence : float
        Of the intervals and of the comparisons, in (0, 1).

    Returns
    -------
    list of Uncertainty
        Of the units with a rank, in their order.

    Raises
    ------
    ValueError
        No unit has a rank, or no draw is asked for.

    Notes
    -----
    A value with the standard error s and ν degrees of freedom is drawn as value + s·T, T Student's
    t with ν degrees (normal without a number), by inversion, and kept between 0 and 100 if the
    value lies there: figures of surveys are points or percent. Units whose value has no survey
    error do not move. Ranks are shared by equal scores (1, 1, 3).

    Two units are *alike* if the difference of their scores over its standard deviation in the draws
    has a normal p-value of at least 1 - confidence, adjusted by Holm for all pairs.
    """
    kept = np.flatnonzero(~np.isnan(scores))
    if not kept.size or draws < 1:
        raise ValueError("at least one unit and one draw are needed")
    values = drawn_values(lines, draws, rng)
    drawn = np.repeat(scores[None, :], draws, axis=0)
    still = [line.values[None, :] for line in lines]
    for line, value in zip(lines, values, strict=True):
        moved = limited(line, shares(line, value), values) - limited(
            line, shares(line, line.values[None, :]), still
        )
        drawn += np.where(np.isnan(moved), 0.0, moved) * line.weights
    drawn = drawn[:, kept]
    tail = 100 * (1 - confidence) / 2
    ends = np.percentile(drawn, [tail, 100 - tail], axis=0)
    spread = drawn.std(axis=0)
    ranks = _rank_shares(drawn)
    held = np.zeros((kept.size, 0))
    if grades is not None:
        found = drawn_grades(drawn, grades, overrides, values, kept.tolist())
        held = np.stack([(found == place).mean(axis=0) for place in range(len(grades.least))], 1)
    alike = _alike(scores[kept], drawn, confidence)
    order = sorted(range(kept.size), key=lambda unit: (-scores[kept[unit]], unit))
    bands, possible = bands_of(alike, order), possible_ranks(alike, order)
    return [
        Uncertainty(
            float(ends[0, unit]),
            float(ends[1, unit]),
            float(spread[unit]),
            tuple(float(p) for p in ranks[unit]),
            tuple(float(p) for p in held[unit]),
            possible[unit],
            bands[unit],
        )
        for unit in range(kept.size)
    ]


def drawn_grades(
    drawn: Matrix,
    grades: GradeRules,
    overrides: Sequence[DrawnOverride],
    values: Sequence[Matrix],
    kept: Sequence[int],
) -> Places:
    """Return the suggested grade in each draw: the rules of `domain.grading`.

    Parameters
    ----------
    drawn : float array, shape (D, K)
        Scores of the units with a rank.
    grades : GradeRules
    overrides : sequence of DrawnOverride
        Of units by their position in the category.
    values : sequence of float array, shape (D, U)
        Of the drawn lines.
    kept : sequence of int, length K
        Which units of the category the scores belong to.

    Returns
    -------
    int array, shape (D, K)
        0 the best.
    """
    columns = {unit: column for column, unit in enumerate(kept)}
    last = len(grades.least) - 1
    found: Places = np.full(drawn.shape, last, dtype=np.int64)
    for place in range(last - 1, -1, -1):
        found[drawn >= grades.least[place] - ROUNDING] = place
    bottoms: Places = np.full(drawn.shape, last, dtype=np.int64)
    order = (Effect.FLOOR, Effect.CAP, Effect.FIX)
    here = [one for one in overrides if one.unit in columns]
    for one in sorted(here, key=lambda one: (order.index(one.effect), one.grade)):
        column = columns[one.unit]
        holds = (
            np.ones(drawn.shape[0], dtype=np.bool_)
            if one.line is None
            else values[one.line][:, one.unit] < one.below
        )
        for array in (found, bottoms):
            before = array[:, column]
            after = {
                Effect.FLOOR: np.minimum(before, one.grade),
                Effect.CAP: np.maximum(before, one.grade),
                Effect.FIX: np.full_like(before, one.grade),
            }[one.effect]
            array[:, column] = np.where(holds, after, before)
    for place, room in enumerate(grades.places[:-1]):
        if room is not None:
            _keep_within(drawn, found, bottoms, place, room)
    return found


def _keep_within(drawn: Matrix, found: Places, bottoms: Places, place: int, room: int) -> None:
    here = found == place
    movable = here & (bottoms > place)
    left = room - (here & ~movable).sum(axis=1)
    for rows in rows_of(drawn):
        scores = np.where(movable[rows], drawn[rows], -np.inf)
        not_below = (scores[:, None, :] >= scores[:, :, None] - ROUNDING) & movable[rows, None, :]
        too_many = not_below.sum(axis=2) > left[rows, None]
        found[rows] += (movable[rows] & too_many).astype(found.dtype)


def _rank_shares(drawn: Matrix) -> Matrix:
    units = drawn.shape[1]
    counts = np.zeros((units, units))
    for rows in rows_of(drawn):
        above = drawn[rows, None, :] > drawn[rows, :, None] + ROUNDING
        ranks = above.sum(axis=2)
        for unit in range(units):
            counts[unit] += np.bincount(ranks[:, unit], minlength=units)
    shares_of_ranks: Matrix = counts / drawn.shape[0]
    return shares_of_ranks


def _alike(scores: Vector, drawn: Matrix, confidence: float) -> Mask:
    first, second = np.triu_indices(scores.size, 1)
    gap = np.abs(scores[first] - scores[second])
    spread = np.atleast_2d(np.cov(drawn, rowvar=False, bias=True))
    own = np.diag(spread)
    variance = own[first] + own[second] - 2 * spread[first, second]
    deviation = np.sqrt(np.maximum(variance, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(
            deviation > UNMOVED, gap / deviation, np.where(gap > ROUNDING, np.inf, 0.0)
        )
    adjusted = np.array(holm((2 * special.ndtr(-ratio)).tolist()), dtype=np.float64)
    alike: Mask = np.ones((scores.size, scores.size), dtype=np.bool_)
    alike[first, second] = alike[second, first] = adjusted >= 1 - confidence
    return alike

"""Ranks of those whom the same voters rated: compared ballot by ballot, inside voter classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from surveyapp.stats.arrays import Matrix, Vector, frozen_answers, frozen_vector, require_confidence
from surveyapp.stats.bands import bands_of, possible_ranks
from surveyapp.stats.contrasts import holm
from surveyapp.stats.ranking import cautious_se, shared_ranks

NOISE = 1e-12
"""A variance below this share of the squared span of the points is rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class RatedClass:
    """The ballots of one voter class.

    Attributes
    ----------
    weight : float
        Positive; only the ratios of weights count.
    roll : int
        Members of the class.
    scores : float array, shape (n, K)
        Ballots by subjects, in points; NaN where a ballot does not score a subject.
    """

    weight: float
    roll: int
    scores: Matrix


@dataclass(frozen=True, slots=True)
class PairedPlace:
    """Where one subject stands.

    Attributes
    ----------
    rank : int
        By its score alone; equal scores share a rank (1, 1, 3).
    possible_low, possible_high : int
        The ranks that are left: only who can be told apart is surely better or worse.
    alike : tuple of int
        Positions of those it cannot be told apart from, best first.
    bands : tuple of int
        Numbers (1 is the best) of the bands it belongs to.
    """

    rank: int
    possible_low: int
    possible_high: int
    alike: tuple[int, ...]
    bands: tuple[int, ...]


def paired_places(
    values: ArrayLike,
    classes: Sequence[RatedClass],
    *,
    span: float,
    renormalise: bool = False,
    confidence: float = 0.95,
) -> tuple[PairedPlace, ...]:
    """Rank subjects of the same voters and say whom these ballots can tell apart.

    Parameters
    ----------
    values : array_like, shape (K,)
        The scores that are shown, larger is better.
    classes : sequence of RatedClass
        With K columns each.
    span : float
        Points between the best and the worst grade; positive.
    renormalise : bool
        Whether a class without a ballot that scores both of a pair gives its weight to the others;
        otherwise that pair cannot be told apart.
    confidence : float
        Of all comparisons together, in (0, 1).

    Returns
    -------
    tuple of PairedPlace
        In the order of the call.

    Raises
    ------
    ValueError
        A shape does not fit, the span is not positive, or a class has more ballots than members.

    Notes
    -----
    Two subjects are compared by the ballots that score both: d is the difference on one ballot,
    D = Σ ω_c d̄_c with the variance Σ ω_c² (1 - n_c/N_c) s²_c/n_c and Satterthwaite's degrees of
    freedom, as of a score (see :func:`~surveyapp.stats.classes.class_score`), because a severe
    voter is severe with both [1]_. The p-values of all pairs are adjusted by Holm. Where all
    members scored both, nothing is left to chance and any difference counts; the same holds where
    those who are missing could not turn the order round even if all judged it the other way as far
    as grades go. Where the differences are all equal otherwise, the scatter is bounded as in
    :func:`~surveyapp.stats.ranking.cautious_se`. A pair whose D contradicts the order of the
    scores, which gaps can bring about, is not told apart.

    References
    ----------
    .. [1] Cochran (1977), Sampling Techniques, sections 2.9 and 5.4.
    """
    require_confidence(confidence)
    centre = frozen_vector(values, "values")
    if span <= 0:
        raise ValueError("the span of the points must be positive")
    given = [_checked(one, centre.size) for one in classes]
    p_values = _p_values(centre, given, span, renormalise=renormalise)
    first, second = np.triu_indices(centre.size, 1)
    adjusted = np.array(holm(p_values[first, second].tolist()), np.float64)
    alike = np.ones((centre.size, centre.size), np.bool_)
    alike[first, second] = alike[second, first] = adjusted >= 1 - confidence
    order = [int(unit) for unit in np.argsort(-centre, kind="stable")]
    bands, possible, ranks = (
        bands_of(alike, order),
        possible_ranks(alike, order),
        shared_ranks(centre),
    )
    return tuple(
        PairedPlace(
            ranks[unit],
            *possible[unit],
            alike=tuple(other for other in order if other != unit and alike[unit, other]),
            bands=bands[unit],
        )
        for unit in range(centre.size)
    )


def _checked(one: RatedClass, subjects: int) -> RatedClass:
    scores = frozen_answers(one.scores, "scores")
    if scores.shape[1] != subjects:
        raise ValueError(f"a class scores {scores.shape[1]} subjects, {subjects} expected")
    if len(scores) > one.roll:
        raise ValueError("a class has more ballots than members")
    return RatedClass(one.weight, one.roll, scores)


def _p_values(
    centre: Vector, classes: Sequence[RatedClass], span: float, *, renormalise: bool
) -> Matrix:
    """P-values of all pairs, shape (K, K); 1 where nothing can be said."""
    shape = (centre.size, centre.size)
    total, difference, variance, lost, both, roll, worst = (np.zeros(shape) for _ in range(7))
    is_known = np.ones(shape, np.bool_)
    for one in classes:
        n, mean, own = _differences(one.scores, span)
        used = n > 0
        is_known &= (n > 1) | (n == one.roll) | (~used if renormalise else np.False_)
        weight = np.where(used, one.weight, 0.0)
        left_out = np.where(used, 1 - n / one.roll, 0.0)
        part = weight**2 * left_out * own / np.maximum(n, 1)
        total += weight
        difference += weight * mean
        variance += part
        lost += part**2 / np.maximum(n - 1, 1)
        worst += one.weight * (n * mean - (one.roll - n) * span) / one.roll
        both += n
        roll += np.where(used, one.roll, 0)
    scale = np.where(total > 0, total, 1.0)
    difference /= scale
    is_known &= (total > 0) & (difference * (centre[:, None] - centre) > 0)
    is_certain = (worst > 0) | (worst.T > 0)
    # Dividing variance and lost by powers of one scale leaves the degrees of freedom as they are.
    freedom = np.where(lost > 0, variance**2 / np.where(lost > 0, lost, 1.0), np.inf)
    se = np.sqrt(variance) / scale
    p_values = np.ones(shape)
    for j, k in np.argwhere(np.triu(is_known, 1)):
        if is_certain[j, k]:
            p_values[j, k] = 0.0
            continue
        gap = abs(float(difference[j, k]))
        error, df = float(se[j, k]), float(freedom[j, k])
        if error == 0 and both[j, k] < roll[j, k]:
            size = float(both[j, k] / (1 - both[j, k] / roll[j, k]))
            df = max(1.0, float(both[j, k]) - len(classes))
            error = cautious_se(gap, size, -span, span, df)
        p_values[j, k] = 2 * special.stdtr(df, -gap / error) if error else 0.0
    return p_values


def _differences(scores: Matrix, span: float) -> tuple[Matrix, Matrix, Matrix]:
    """Return number, mean and variance of the differences of all pairs, shape (K, K) each."""
    rated = ~np.isnan(scores)
    mask = rated.astype(np.float64)
    # Centred: squares of differences then lose no digits.
    points = np.where(rated, scores - (np.nanmean(scores) if rated.any() else 0.0), 0.0)
    n = mask.T @ mask
    sums = points.T @ mask - mask.T @ points
    squares = (points**2).T @ mask + mask.T @ points**2 - 2 * points.T @ points
    size = np.maximum(n, 1)
    scatter = (squares - sums**2 / size) / np.maximum(n - 1, 1)
    return n, sums / size, np.where(scatter > NOISE * span**2, scatter, 0.0)

"""How generous classes of raters are, beside each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from surveyapp.stats.arrays import Matrix, Vector, frozen_answers, require_confidence
from surveyapp.stats.contrasts import holm
from surveyapp.stats.intervals import Interval, t_interval

NOISE = 1e-9
"""Points below which a scatter or a difference is rounding."""


@dataclass(frozen=True, slots=True)
class ClassLevel:
    """How high one class rates.

    Attributes
    ----------
    value : float or None
        Points above the mean of the classes for the same subjects, negative for a severe class;
        None where no ballot scores a subject that all classes scored.
    interval : Interval or None
        t interval from the scatter between its ballots; None without scatter.
    ballots : int
        Ballots with such a score.
    """

    value: float | None
    interval: Interval | None
    ballots: int


@dataclass(frozen=True, slots=True)
class ClassGap:
    """The difference between two classes.

    Attributes
    ----------
    higher, lower : int
        Positions of the classes in the call.
    value : float
        Points, 0 or more.
    p_value : float or None
        Of no difference, adjusted for all pairs by Holm; None where it cannot be tested.
    """

    higher: int
    lower: int
    value: float
    p_value: float | None


@dataclass(frozen=True, slots=True)
class ClassLevels:
    """All classes beside each other.

    Attributes
    ----------
    levels : tuple of ClassLevel
        In the order of the call.
    gap : ClassGap or None
        Between the highest and the lowest class; None where fewer than two have a level.
    subjects : int
        Subjects that every class scored: what the classes are compared by.
    """

    levels: tuple[ClassLevel, ...]
    gap: ClassGap | None
    subjects: int


def class_levels(scores: Sequence[ArrayLike], *, confidence: float = 0.95) -> ClassLevels:
    """Compare how high classes of raters rate the same subjects.

    Parameters
    ----------
    scores : sequence of array_like, shape (n_c, K) each
        One table a class: ballots by subjects, in points, NaN for not scored.
    confidence : float
        Coverage probability in (0, 1).

    Returns
    -------
    ClassLevels

    Raises
    ------
    ValueError
        No class, or the tables differ in their number of subjects.

    Notes
    -----
    The level of a subject is the mean of the class means, so that a large class is no measure for
    a small one. Each ballot is one number: the mean of its scores minus these levels. A class is
    the mean of its ballots; two classes differ by Welch's test [1]_. All voters are treated as a
    sample of people like them: this is about how they judge, not about who stayed away.

    References
    ----------
    .. [1] Welch (1947), Biometrika 34, 28-35.
    """
    require_confidence(confidence)
    given = [frozen_answers(one, "scores") for one in scores]
    if not given or len({one.shape[1] for one in given}) > 1:
        raise ValueError("classes with the same subjects are needed")
    shared = np.all([(~np.isnan(one)).any(axis=0) for one in given], axis=0)
    means = [np.nanmean(one[:, shared], axis=0) for one in given]
    middle = np.mean(means, axis=0)
    effects = [_effects(one[:, shared], middle) for one in given]
    return ClassLevels(
        tuple(_level(one, confidence) for one in effects), _gap(effects), int(shared.sum())
    )


def _effects(scores: Matrix, middle: Vector) -> Vector:
    """One number a ballot: how far it lies above the level of what it scores."""
    scored = ~np.isnan(scores)
    above = np.where(scored, scores - middle, 0.0).sum(axis=1)
    number = scored.sum(axis=1)
    return np.asarray(above[number > 0] / number[number > 0], np.float64)


def _level(effects: Vector, confidence: float) -> ClassLevel:
    if not effects.size:
        return ClassLevel(None, None, 0)
    value = float(effects.mean())
    return ClassLevel(
        value, t_interval(value, _error(effects), effects.size - 1, confidence), effects.size
    )


def _error(effects: Vector) -> float:
    """Return the standard error of the mean; 0 without scatter."""
    if effects.size < 2:
        return 0.0
    error = float(effects.std(ddof=1)) / math.sqrt(effects.size)
    return error if error > NOISE else 0.0


def _gap(effects: Sequence[Vector]) -> ClassGap | None:
    known = [at for at, one in enumerate(effects) if one.size]
    if len(known) < 2:
        return None
    means = {at: float(effects[at].mean()) for at in known}
    higher, lower = max(known, key=means.__getitem__), min(known, key=means.__getitem__)
    pairs = list(combinations(known, 2))
    tested = {pair: _welch(effects[pair[0]], effects[pair[1]]) for pair in pairs}
    adjusted = dict(
        zip(pairs, holm([1.0 if p is None else p for p in tested.values()]), strict=True)
    )
    pair = (min(higher, lower), max(higher, lower))
    # Where all classes lie equal, the highest and the lowest are one and the same.
    value = means[higher] - means[lower]
    if higher == lower or value <= NOISE:
        return ClassGap(known[0], known[1], 0.0, None)
    return ClassGap(higher, lower, value, None if tested[pair] is None else adjusted[pair])


def _welch(first: Vector, second: Vector) -> float | None:
    """Return the two-sided p-value of no difference; None where nothing scatters."""
    if min(first.size, second.size) < 2:
        return None
    parts = [_error(one) ** 2 for one in (first, second)]
    variance = sum(parts)
    if not variance:
        return None
    lost = sum(part**2 / (one.size - 1) for part, one in zip(parts, (first, second), strict=True))
    gap = abs(float(first.mean() - second.mean()))
    return float(2 * special.stdtr(variance**2 / lost, -gap / math.sqrt(variance)))

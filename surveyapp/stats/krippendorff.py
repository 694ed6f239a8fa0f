"""Krippendorff's alpha: agreement beyond chance with any number of raters and missing answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from surveyapp.stats.arrays import Matrix, Vector, frozen_answers, require_confidence

Metric: TypeAlias = Literal["nominal", "ordinal", "interval", "ratio"]
"""What a difference between two answers counts: any difference the same, ranks between them,
the distance, or the distance relative to the size."""


@dataclass(frozen=True, slots=True)
class Alpha:
    """Krippendorff's alpha with a bootstrap interval.

    Attributes
    ----------
    value : float or None
        1 for full agreement, 0 for what chance would give, negative for systematic disagreement;
        None where all answers are the same.
    low, high : float or None
        Ends of the interval; None where no random source was given, or nothing varied.
    observed, expected : float
        Mean disagreement of answers about the same subject, and of any two answers.
    metric : str
        Level of measurement.
    raters, subjects : int
        Raters asked, and subjects with at least two answers.
    answers : int
        Answers about these subjects.
    left_out : int
        Subjects with fewer than two answers.
    replicates : int
        Bootstrap samples that have an alpha.
    lost : int
        Bootstrap samples that have none, because all of their answers are the same.
    """

    value: float | None
    low: float | None
    high: float | None
    observed: float
    expected: float
    metric: Metric
    raters: int
    subjects: int
    answers: int
    left_out: int
    replicates: int
    lost: int


def krippendorff_alpha(
    ratings: ArrayLike,
    metric: Metric,
    *,
    rng: np.random.Generator | None = None,
    replicates: int = 1000,
    confidence: float = 0.95,
) -> Alpha:
    """Measure agreement beyond chance.

    Parameters
    ----------
    ratings : array_like, shape (n, m)
        Subjects by raters; NaN for a subject not rated. Nominal answers as any numbers.
    metric : {"nominal", "ordinal", "interval", "ratio"}
        Level of measurement.
    rng : numpy.random.Generator, optional
        Source of the bootstrap; without it no interval.
    replicates : int
        Bootstrap samples.
    confidence : float
        Coverage probability in (0, 1).

    Returns
    -------
    Alpha
        Every subject with two or more answers takes part, whoever gave them.

    Raises
    ------
    ValueError
        Fewer than two raters, no subject with two answers, a negative answer on a ratio scale, an
        unknown metric, or no replicate asked for.

    Notes
    -----
    α = 1 - D_o / D_e from the coincidences o_cv = Σ_u n_uc (n_uv - [c = v]) / (n_u - 1), with
    D_o = Σ o_cv δ²_cv / n and D_e = Σ n_c n_v δ²_cv / (n (n-1)) [1]_. δ is 1 for different
    answers (nominal), the number of answers between the two (ordinal), their difference (interval)
    or their difference over their sum (ratio). The interval holds the middle of the alphas of
    samples of subjects drawn with replacement [2]_. Work and memory grow with the square of the
    number of different answers.

    References
    ----------
    .. [1] Krippendorff (2004), Content Analysis, 2nd ed., section 11.3.
    .. [2] Zapf, Castell, Morawietz, Karch (2016), BMC Med. Res. Methodol. 16, 93.
    """
    require_confidence(confidence)
    given = frozen_answers(ratings, "ratings")
    asked, raters = given.shape
    if metric not in ("nominal", "ordinal", "interval", "ratio"):
        raise ValueError(f"metric must be nominal, ordinal, interval or ratio, not {metric}")
    if raters < 2:
        raise ValueError("agreement needs at least two raters")
    if metric == "ratio" and (given < 0).any():
        raise ValueError("answers on a ratio scale must not be negative")
    if rng is not None and replicates < 1:
        raise ValueError("a bootstrap interval needs at least one replicate")
    counts, levels = _counts(given)
    if not len(counts):
        raise ValueError("agreement needs a subject with at least two answers")
    observed, expected = _disagreement(counts, levels, metric)
    value = 1 - observed / expected if expected > 0 else None
    drawn = [] if rng is None else _bootstrap(counts, levels, metric, rng, replicates)
    made = np.array([alpha for alpha in drawn if alpha is not None])
    low, high = _middle(made, confidence)
    return Alpha(
        value,
        low,
        high,
        observed,
        expected,
        metric,
        raters,
        len(counts),
        int(counts.sum()),
        asked - len(counts),
        made.size,
        len(drawn) - made.size,
    )


def _counts(ratings: Matrix) -> tuple[Matrix, Vector]:
    """How often each subject with two or more answers got each of the levels."""
    paired = ratings[(~np.isnan(ratings)).sum(axis=1) > 1]
    answered = ~np.isnan(paired)
    levels, codes = np.unique(paired[answered], return_inverse=True)
    cells = np.nonzero(answered)[0] * levels.size + codes
    counts = np.bincount(cells, minlength=len(paired) * levels.size).astype(np.float64)
    return counts.reshape(len(paired), levels.size), levels


def _disagreement(counts: Matrix, levels: Vector, metric: Metric) -> tuple[float, float]:
    totals = counts.sum(axis=0)
    shared = counts / (counts.sum(axis=1, keepdims=True) - 1)
    coincidences = counts.T @ shared - np.diag(shared.sum(axis=0))
    distance = _squared_distance(levels, totals, metric)
    n = float(totals.sum())
    observed = float((coincidences * distance).sum()) / n
    expected = float(totals @ distance @ totals) / (n * (n - 1))
    return observed, expected


def _squared_distance(levels: Vector, totals: Vector, metric: Metric) -> Matrix:
    first, second = levels[:, None], levels
    if metric == "nominal":
        return np.asarray(first != second, np.float64)
    if metric == "interval":
        return np.asarray((first - second) ** 2, np.float64)
    if metric == "ratio":
        both = first + second
        return np.asarray(((first - second) / np.where(both > 0, both, 1)) ** 2, np.float64)
    # The answers between two levels, half of the two levels themselves included.
    middle = np.cumsum(totals) - totals / 2
    return np.asarray((middle[:, None] - middle) ** 2, np.float64)


def _bootstrap(
    counts: Matrix, levels: Vector, metric: Metric, rng: np.random.Generator, replicates: int
) -> list[float | None]:
    alphas: list[float | None] = []
    for _ in range(replicates):
        sample = counts[rng.integers(0, len(counts), len(counts))]
        observed, expected = _disagreement(sample, levels, metric)
        alphas.append(1 - observed / expected if expected > 0 else None)
    return alphas


def _middle(values: Vector, confidence: float) -> tuple[float | None, float | None]:
    if not values.size or values.min() == values.max():
        return None, None
    tail = (1 - confidence) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return (float(low), float(high)) if low < high else (None, None)

"""Intraclass correlation: how reliable the scores of raters are, alone and as a mean."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from surveyapp.stats.agreement import f_quantile, f_tail
from surveyapp.stats.arrays import Matrix, frozen_answers, require_confidence

Form: TypeAlias = Literal["1,1", "2,1", "3,1", "1,k", "2,k", "3,k"]
"""Shrout and Fleiss's names: the model (one-way, raters random, raters fixed) and what is used
(the score of one rater or the mean of all k)."""

NOISE = 1e-24
"""A sum of squares below this share of the one around 0 is rounding."""

ROUNDING = 1e-12
"""A difference of mean squares below this share of them is rounding."""


@dataclass(frozen=True, slots=True)
class Intraclass:
    """One form of the intraclass correlation with its interval and test.

    Attributes
    ----------
    form : str
        Name of the form.
    value : float or None
        At most 1; None where it does not exist (no scatter at all, or an estimated variance of
        the scores that is not positive).
    low, high : float or None
        Ends of the interval; None where an end does not exist.
    f, df1, df2 : float or None
        F statistic for no differences between subjects, and its degrees of freedom.
    p_value : float or None
        Of that test.
    """

    form: Form
    value: float | None
    low: float | None
    high: float | None
    f: float | None
    df1: int
    df2: int
    p_value: float | None


@dataclass(frozen=True, slots=True)
class MeanSquares:
    """The two-way table of variance of n subjects by k raters, mean squares in points squared.

    Attributes
    ----------
    between : float
        Between subjects, n-1 degrees of freedom.
    within : float
        Within subjects, n(k-1).
    raters : float
        Between raters, k-1.
    residual : float
        What is left, (n-1)(k-1).
    subjects, k : int
        n and k.
    """

    between: float
    within: float
    raters: float
    residual: float
    subjects: int
    k: int


@dataclass(frozen=True, slots=True)
class Reliability:
    """All six forms from one table.

    Attributes
    ----------
    forms : tuple of Intraclass
        (1,1), (2,1), (3,1), (1,k), (2,k), (3,k).
    mean_squares : MeanSquares
        What they are made from.
    raters, subjects : int
        k and n that entered.
    left_out : int
        Raters who did not rate every subject.
    """

    forms: tuple[Intraclass, ...]
    mean_squares: MeanSquares
    raters: int
    subjects: int
    left_out: int

    def of(self, form: Form) -> Intraclass:
        """Return one form by its name."""
        return next(entry for entry in self.forms if entry.form == form)


def intraclass(ratings: ArrayLike, *, confidence: float = 0.95) -> Reliability:
    """Estimate the reliability of ratings in all six forms.

    Parameters
    ----------
    ratings : array_like, shape (n, k)
        Subjects by raters, in points; NaN for a subject not rated. Raters with a gap leave.
    confidence : float
        Coverage probability in (0, 1).

    Returns
    -------
    Reliability
        ICC(2,1) and ICC(2,k) speak of agreement in level and order, ICC(3,1) and ICC(3,k) of
        order only; ICC(1,1) and ICC(1,k) belong to designs where every subject has raters of its
        own.

    Raises
    ------
    ValueError
        Fewer than two subjects or fewer than two raters who rated all of them.

    Notes
    -----
    From the mean squares between subjects B, within W, of raters J and residual E:
    (1,1) = (B-W)/(B+(k-1)W), (2,1) = (B-E)/(B+(k-1)E+k(J-E)/n), (3,1) = (B-E)/(B+(k-1)E), and
    for means (B-W)/B, (B-E)/(B+(J-E)/n), (B-E)/B [1]_. Intervals of forms 1 and 3 are exact under
    normality; those of form 2 use Satterthwaite's degrees of freedom [1]_ [2]_ and are left out
    where that approximation breaks down (a negative correlation outside its own interval).

    References
    ----------
    .. [1] Shrout, Fleiss (1979), Psychol. Bull. 86, 420-428.
    .. [2] McGraw, Wong (1996), Psychol. Methods 1, 30-46, and correction p. 390.
    """
    require_confidence(confidence)
    given = frozen_answers(ratings, "ratings")
    complete = given[:, ~np.isnan(given).any(axis=0)]
    n, k = complete.shape
    if n < 2:
        raise ValueError("reliability needs at least two subjects")
    if k < 2:
        raise ValueError("reliability needs at least two raters who rated every subject")
    table = _mean_squares(complete)
    one_way = _ratio_forms("1,1", "1,k", table, confidence)
    fixed = _ratio_forms("3,1", "3,k", table, confidence)
    random = _random_forms(table, fixed[0], confidence)
    forms = tuple(pair[position] for position in (0, 1) for pair in (one_way, random, fixed))
    return Reliability(forms, table, k, n, given.shape[1] - k)


def _mean_squares(ratings: Matrix) -> MeanSquares:
    n, k = ratings.shape
    centred = ratings - ratings.mean()
    rows, columns = centred.mean(axis=1), centred.mean(axis=0)
    noise = NOISE * float((ratings**2).sum())
    between, raters, residual = (
        part if part > noise else 0.0
        for part in (
            k * float((rows**2).sum()),
            n * float((columns**2).sum()),
            float(((centred - rows[:, None] - columns) ** 2).sum()),
        )
    )
    return MeanSquares(
        between / (n - 1),
        (raters + residual) / (n * (k - 1)),
        raters / (k - 1),
        residual / ((n - 1) * (k - 1)),
        n,
        k,
    )


def _ratio_forms(
    single: Form, mean: Form, table: MeanSquares, confidence: float
) -> tuple[Intraclass, Intraclass]:
    """Forms 1 and 3: functions of one F statistic."""
    n, k = table.subjects, table.k
    one_way = single == "1,1"
    error = table.within if one_way else table.residual
    df1, df2 = n - 1, n * (k - 1) if one_way else (n - 1) * (k - 1)
    if error == 0:
        value = 1.0 if table.between > 0 else None
        return (
            Intraclass(single, value, None, None, None, df1, df2, None),
            Intraclass(mean, value, None, None, None, df1, df2, None),
        )
    f = table.between / error
    tail = (1 - confidence) / 2
    low = f / f_quantile(df1, df2, 1 - tail)
    high = f / f_quantile(df1, df2, tail)
    p_value = f_tail(f, df1, df2)

    def alone(ratio: float) -> float:
        return (ratio - 1) / (ratio + k - 1)

    def together(ratio: float) -> float | None:
        return 1 - 1 / ratio if ratio > 0 else None

    # Without differences between subjects F is 0, and so is its interval: no interval then.
    ends = (alone(low), alone(high)) if f > 0 else (None, None)
    return (
        Intraclass(single, alone(f), ends[0], ends[1], f, df1, df2, p_value),
        Intraclass(mean, together(f), together(low), together(high), f, df1, df2, p_value),
    )


def _random_forms(
    table: MeanSquares, fixed: Intraclass, confidence: float
) -> tuple[Intraclass, Intraclass]:
    """Form 2: raters are a sample too, and their levels count as disagreement."""
    n, k = table.subjects, table.k
    between, raters, residual = table.between, table.raters, table.residual
    spread = between + (k - 1) * residual + k * (raters - residual) / n
    value = (between - residual) / spread if spread > 0 else None
    mean_spread = between + (raters - residual) / n
    least = ROUNDING * (between + raters + residual)
    mean = (between - residual) / mean_spread if mean_spread > least else None
    low, high = _random_interval(table, value, confidence)
    test = (fixed.f, fixed.df1, fixed.df2, fixed.p_value)
    return (
        Intraclass("2,1", value, low, high, *test),
        Intraclass("2,k", mean, _stepped_up(low, k), _stepped_up(high, k), *test),
    )


def _random_interval(
    table: MeanSquares, value: float | None, confidence: float
) -> tuple[float | None, float | None]:
    n, k = table.subjects, table.k
    between, raters, residual = table.between, table.raters, table.residual
    if value is None or value >= 1 or between == 0:
        return None, None
    # Satterthwaite's degrees of freedom of the sum of the rater and the residual mean square,
    # which is positive for every table with differences between subjects.
    first = k * value * raters
    second = (n * (1 + (k - 1) * value) - k * value) * residual
    df = (first + second) ** 2 * (k - 1) / (first**2 + second**2 / (n - 1))
    tail = (1 - confidence) / 2
    upper = f_quantile(n - 1, df, 1 - tail)
    lower = f_quantile(df, n - 1, 1 - tail)
    others = k * raters + (k * n - k - n) * residual
    high = n * (lower * between - residual) / (others + n * lower * between)
    if math.isinf(upper):
        return None, None
    low = n * (between - upper * residual) / (upper * others + n * between)
    # With hardly any difference between subjects the approximation can miss its own estimate.
    return (low, high) if low <= value <= high else (None, None)


def _stepped_up(value: float | None, k: int) -> float | None:
    """Spearman and Brown: from one rater to the mean of k; None where that has no bound."""
    if value is None or 1 + (k - 1) * value <= 0:
        return None
    return k * value / (1 + (k - 1) * value)

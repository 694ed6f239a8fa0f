"""Agreement of rankings (Kendall's W) and consistency of items (Cronbach's alpha)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from surveyapp.stats.arrays import Matrix, Vector, frozen_answers, require_confidence

NOISE = 1e-12
"""A variance below this share of the ones it is made from is 0 but for rounding."""


@dataclass(frozen=True, slots=True)
class Concordance:
    """Kendall's coefficient of concordance with its tests.

    Attributes
    ----------
    value : float or None
        W, from 0 (no agreement) to 1 (all raters give one ranking); None where every rater
        ranks all subjects equal.
    rank_correlation : float or None
        Mean of Spearman's correlations of all pairs of raters, without ties (mW - 1)/(m - 1);
        None where somebody ranks all subjects equal.
    f, df1, df2 : float or None
        F = (m-1) W / (1-W) with its degrees of freedom; None where it does not exist.
    p_value : float or None
        For independent rankings, from F; at W = 1 exact.
    chi_square, chi_df, chi_p_value : float or None
        Friedman's m (n-1) W and its p-value, careful for few raters.
    mean_ranks : tuple of float
        Mean rank of each subject; 1 is the lowest rating.
    raters, subjects : int
        m and n that entered.
    left_out : int
        Raters who did not rate every subject.
    """

    value: float | None
    rank_correlation: float | None
    f: float | None
    df1: float | None
    df2: float | None
    p_value: float | None
    chi_square: float | None
    chi_df: int
    chi_p_value: float | None
    mean_ranks: tuple[float, ...]
    raters: int
    subjects: int
    left_out: int


def concordance(ratings: ArrayLike) -> Concordance:
    """Measure how much raters agree on the order of subjects.

    Parameters
    ----------
    ratings : array_like, shape (n, m)
        Subjects by raters, any numbers that rise with quality; NaN for a subject not rated.
        Raters with a gap leave, because ranks among fewer subjects mean something else.

    Returns
    -------
    Concordance
        With the correction for ties.

    Raises
    ------
    ValueError
        Fewer than two subjects or fewer than two raters who rated all of them.

    Notes
    -----
    With r_j the centred ranks of rater j, W = |Σ r_j|² / (m Σ |r_j|²). This is
    12 Σ(R_i - R̄)² / (m²(n³-n) - m Σ(t³-t)) and Friedman's χ² / (m (n-1)) [1]_. The F form has
    n - 1 - 2/m and (m - 1) times as many degrees of freedom [2]_. At W = 1 F is infinite; then all
    raters gave one ranking, and the chance of that is the number of its rearrangements to the
    power 1 - m.

    References
    ----------
    .. [1] Kendall, Babington Smith (1939), Ann. Math. Stat. 10, 275-287.
    .. [2] Legendre (2005), J. Agric. Biol. Environ. Stat. 10, 226-245.
    """
    given = frozen_answers(ratings, "ratings")
    subjects, asked = given.shape
    complete = given[:, ~np.isnan(given).any(axis=0)]
    raters = complete.shape[1]
    if subjects < 2:
        raise ValueError("agreement needs at least two subjects")
    if raters < 2:
        raise ValueError("agreement needs at least two raters who rated every subject")
    ranks = np.column_stack([_midranks(column) for column in complete.T])
    centred = ranks - (subjects + 1) / 2
    own = (centred**2).sum(axis=0)
    means = tuple(float(rank) for rank in ranks.mean(axis=1))
    left_out = asked - raters
    value = correlation = f = df1 = df2 = p_value = chi_square = chi_p_value = None
    if own.any():
        value = float((centred.sum(axis=1) ** 2).sum() / (raters * own.sum()))
        if own.all():
            alike = float(((centred / np.sqrt(own)).sum(axis=1) ** 2).sum())
            correlation = (alike - raters) / (raters * (raters - 1))
        chi_square = raters * (subjects - 1) * value
        chi_p_value = float(special.chdtrc(subjects - 1, chi_square))
        f, df1, df2, p_value = _f_form(value, ranks)
    return Concordance(
        value, correlation, f, df1, df2, p_value, chi_square, subjects - 1, chi_p_value,
        means, raters, subjects, left_out,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Consistency:
    """Cronbach's alpha of the items of an index.

    Attributes
    ----------
    value : float or None
        At most 1, negative where items contradict each other; None where the sum of the items
        does not vary.
    low, high : float or None
        Ends of Feldt's interval; None where alpha is None or 1.
    without : tuple of (float or None)
        Alpha of the other items when this one is left out; None for two items.
    item_rest : tuple of (float or None)
        Correlation of each item with the sum of the others; None where one of them is constant.
    n : int
        Respondents who answered every item.
    left_out : int
        Respondents who did not.
    """

    value: float | None
    low: float | None
    high: float | None
    without: tuple[float | None, ...]
    item_rest: tuple[float | None, ...]
    n: int
    left_out: int


def cronbach_alpha(items: ArrayLike, *, confidence: float = 0.95) -> Consistency:
    """Measure how far the items of an index say the same about a respondent.

    Parameters
    ----------
    items : array_like, shape (N, k)
        Respondents by items in points, all of one direction; NaN for an item not answered.
        Respondents with a gap leave, and are counted.
    confidence : float
        Coverage probability in (0, 1).

    Returns
    -------
    Consistency
        Alpha, its interval, and what each item does to it.

    Raises
    ------
    ValueError
        Fewer than two items or fewer than two complete respondents.

    Notes
    -----
    α = k/(k-1) (1 - tr C / 1'C1) from the covariance matrix C of the items [1]_, equal to
    ICC(3,k). Interval: 1 - (1-α) F(1-a/2) to 1 - (1-α) F(a/2) with n-1 and (n-1)(k-1) degrees of
    freedom [2]_. `item_rest` is corrected: the item itself is not in the sum.

    References
    ----------
    .. [1] Cronbach (1951), Psychometrika 16, 297-334.
    .. [2] Feldt (1965), Psychometrika 30, 357-370.
    """
    require_confidence(confidence)
    given = frozen_answers(items, "items")
    complete = given[~np.isnan(given).any(axis=1)]
    n, k = complete.shape
    if k < 2:
        raise ValueError("alpha needs at least two items")
    if n < 2:
        raise ValueError("alpha needs at least two respondents who answered every item")
    covariance = _covariance(complete)
    value = _alpha(covariance)
    low = high = None
    if value is not None and value < 1:
        df1, df2, tail = n - 1, (n - 1) * (k - 1), (1 - confidence) / 2
        low = 1 - (1 - value) * f_quantile(df1, df2, 1 - tail)
        high = 1 - (1 - value) * f_quantile(df1, df2, tail)
    rests = [np.delete(np.arange(k), item) for item in range(k)]
    return Consistency(
        value,
        low,
        high,
        tuple(_alpha(covariance[np.ix_(rest, rest)]) if k > 2 else None for rest in rests),
        tuple(_item_rest(covariance, item, rest) for item, rest in enumerate(rests)),
        n,
        len(given) - n,
    )


def f_quantile(df1: float, df2: float, probability: float) -> float:
    """Quantile of the F distribution, for degrees of freedom that need not be whole."""
    # Both sides of the beta distribution: neither end loses its digits to a difference from 1.
    below = float(special.betaincinv(df1 / 2, df2 / 2, probability))
    above = float(special.betaincinv(df2 / 2, df1 / 2, 1 - probability))
    return df2 * below / (df1 * above) if above > 0 else math.inf


def f_tail(f: float, df1: float, df2: float) -> float:
    """Probability that F exceeds `f`."""
    return float(special.fdtrc(df1, df2, f))


def _midranks(values: Vector) -> Vector:
    _, codes, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[codes], np.float64)


def _f_form(
    value: float, ranks: Matrix
) -> tuple[float | None, float | None, float | None, float | None]:
    subjects, raters = ranks.shape
    df1 = subjects - 1 - 2 / raters
    if (ranks == ranks[:, :1]).all():
        ties = np.unique(ranks[:, 0], return_counts=True)[1]
        rearrangements = math.lgamma(subjects + 1) - sum(math.lgamma(tie + 1) for tie in ties)
        return None, None, None, math.exp((1 - raters) * rearrangements)
    if df1 <= 0:
        return None, None, None, None
    df2 = (raters - 1) * df1
    f = (raters - 1) * value / (1 - value)
    return f, df1, df2, f_tail(f, df1, df2)


def _covariance(values: Matrix) -> Matrix:
    """Covariances of the columns; a column without scatter gets exact zeros."""
    centred = values - values.mean(axis=0)
    centred[:, (values == values[0]).all(axis=0)] = 0
    return np.asarray(centred.T @ centred / (len(values) - 1))


def _alpha(covariance: Matrix) -> float | None:
    k = len(covariance)
    own, whole = float(np.trace(covariance)), float(covariance.sum())
    if whole <= NOISE * own:  # also where both are 0
        return None
    lost = (k * own - whole) / ((k - 1) * whole)
    return 1 - lost if lost > NOISE else 1.0


def _item_rest(covariance: Matrix, item: int, rest: np.ndarray) -> float | None:
    other = float(covariance[np.ix_(rest, rest)].sum())
    own = float(covariance[item, item])
    if own <= 0 or other <= NOISE * own:
        return None
    together = float(covariance[item, rest].sum())
    return min(max(together / math.sqrt(own * other), -1.0), 1.0)

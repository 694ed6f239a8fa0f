"""Two-sided confidence intervals from an estimate, its standard error and degrees of freedom.

Every function returns None instead of an interval that would be undefined or of zero width.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple, TypeAlias

from scipy import special

from surveyapp.stats.arrays import require_confidence

ShareInterval: TypeAlias = Literal["wilson", "logit", "beta", "t"]


class Interval(NamedTuple):
    """Lower and upper end, in the unit of the estimate."""

    low: float
    high: float


def t_interval(value: float, se: float, df: float, confidence: float) -> Interval | None:
    """Value plus and minus the t quantile times the standard error.

    Parameters
    ----------
    value, se : float
        Estimate and standard error in one unit.
    df : float
        Degrees of freedom of the design inside the domain.
    confidence : float
        Coverage probability in (0, 1).

    Returns
    -------
    Interval or None
        None if `df` is 0 or the standard error is 0: a sample without scatter says nothing
        about scatter, and an interval of zero width would claim certainty.
    """
    require_confidence(confidence)
    if df <= 0 or se <= 0:
        return None
    reach = quantile(df, confidence) * se
    return Interval(value - reach, value + reach)


def wilson_interval(share: float, size: float, df: float, confidence: float) -> Interval | None:
    """Wilson's score interval of a share with an effective size and a t quantile.

    Parameters
    ----------
    share : float
        Estimated share, 0 to 1.
    size : float
        Effective number of respondents, see :func:`share_size`.
    df : float
        Degrees of freedom of the design inside the domain.
    confidence : float
        Coverage probability in (0, 1).

    Returns
    -------
    Interval or None
        Inside [0, 1]; None if `df` or `size` is 0.

    Notes
    -----
    (p + q²/2n ± q sqrt(p(1-p)/n + q²/4n²)) / (1 + q²/n) [1]_ with q from Student's t.

    References
    ----------
    .. [1] Wilson (1927), J. Am. Stat. Assoc. 22, 209-212.
    """
    require_confidence(confidence)
    if df <= 0 or size <= 0:
        return None
    q2 = quantile(df, confidence) ** 2 / size
    centre = (share + q2 / 2) / (1 + q2)
    reach = math.sqrt(q2 * share * (1 - share) + q2**2 / 4) / (1 + q2)
    low = 0.0 if share <= 0 else max(centre - reach, 0.0)
    high = 1.0 if share >= 1 else min(centre + reach, 1.0)
    return Interval(low, high)


def logit_interval(share: float, se: float, df: int, confidence: float) -> Interval | None:
    """Symmetric interval on the logit scale, as ``svyciprop(method = "logit")`` of R's survey.

    Returns
    -------
    Interval or None
        None where the logit does not exist (share 0 or 1), or if `df` or `se` is 0.

    Notes
    -----
    logit(p) ± t se / (p(1-p)), transformed back.
    """
    require_confidence(confidence)
    if df <= 0 or se <= 0 or not 0 < share < 1:
        return None
    centre = math.log(share / (1 - share))
    reach = quantile(df, confidence) * se / (share * (1 - share))
    return Interval(_expit(centre - reach), _expit(centre + reach))


def beta_interval(share: float, se: float, n: int, df: int, confidence: float) -> Interval | None:
    """Korn and Graubard's interval, as ``svyciprop(method = "beta")`` of R's survey.

    Parameters
    ----------
    share, se : float
        Estimated share and its standard error.
    n, df : int
        Respondents and degrees of freedom inside the domain.
    confidence : float
        Coverage probability in (0, 1).

    Returns
    -------
    Interval or None
        None for a share of 0 or 1 and if `df` or `se` is 0: the effective size is then
        undefined. Wilson's interval covers these cases.

    Notes
    -----
    Clopper-Pearson with n_eff = p(1-p)/V (t_{n-1}/t_df)² [1]_. The most careful of the intervals.

    References
    ----------
    .. [1] Korn, Graubard (1998), Surv. Methodol. 24(2), 193-201.
    """
    require_confidence(confidence)
    if df <= 0 or se <= 0 or not 0 < share < 1:
        return None
    size = share * (1 - share) / se**2
    size *= (quantile(n - 1, confidence) / quantile(df, confidence)) ** 2
    tail = (1 - confidence) / 2
    hits, misses = size * share, size * (1 - share)
    low = float(special.betaincinv(hits, misses + 1, tail))
    high = float(special.betaincinv(hits + 1, misses, 1 - tail))
    return Interval(low, high)


def share_size(share: float, variance: float, n: float, kish: float) -> float:
    """Effective size for Wilson's interval.

    Parameters
    ----------
    share, variance : float
        Estimated share and its variance.
    n, kish : float
        Respondents, and their effective number after Kish.

    Returns
    -------
    float
        min(n, p(1-p)/V); Kish's size where the share is 0 or 1 or the variance 0, because the
        sample then shows no scatter to learn from.
    """
    if variance <= 0 or not 0 < share < 1:
        return kish
    return min(n, share * (1 - share) / variance)


def quantile(df: float, confidence: float) -> float:
    """Two-sided quantile of Student's t; the normal quantile is its limit for large `df`."""
    return float(special.stdtrit(df, (1 + confidence) / 2))


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))

"""Shares of respondents, with intervals that hold near 0 and 1 and for small groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from surveyapp.stats.arrays import require_confidence
from surveyapp.stats.cells import Cells, Moments
from surveyapp.stats.estimates import (
    Estimate,
    Intervals,
    Known,
    estimate_means,
    estimate_variables,
    masks,
)
from surveyapp.stats.intervals import (
    Interval,
    ShareInterval,
    beta_interval,
    logit_interval,
    share_size,
    t_interval,
    wilson_interval,
)
from surveyapp.stats.weights import Weights


def share(
    cells: Cells,
    variable: str | Moments,
    *,
    weights: Weights | ArrayLike | None = None,
    domain: ArrayLike | None = None,
    confidence: float = 0.95,
    interval: ShareInterval = "wilson",
) -> Estimate:
    """Estimate the share of the population that has a property.

    Parameters
    ----------
    cells : Cells
        The sample, C cells.
    variable : str or Moments
        A 0/1 variable, see :meth:`Moments.from_hits`: hits in the chosen levels among those
        whose answer counts (for the favourable share: among scored answers).
    weights : Weights or array_like, shape (C,), optional
        Calibrated weights, or numbers that count as fixed; default the base weights.
    domain : bool array_like, shape (C,), optional
        The cells to which the share refers; default all.
    confidence : float
        Coverage probability in (0, 1).
    interval : {"wilson", "logit", "beta", "t"}
        Kind of interval; Wilson's is the recommended one.

    Returns
    -------
    Estimate
        Value 0 to 1. `se` is 0 for a share of 0 or 1; Wilson's interval exists all the same and
        never has zero width.

    Raises
    ------
    ValueError
        A shape does not fit, or the variable is not 0/1: a caller's bug.
    LonelyStratum
        A stratum has a single sampled unit and the design says to refuse.

    Notes
    -----
    Wilson's interval with n_eff = min(n, p(1-p)/V), Kish's n where p is 0 or 1 or V is 0, and
    the t quantile of the design's degrees of freedom inside the domain. In a simulation with 20
    respondents per group, 95 % intervals covered 95.9 % (Wald: 90.5 %; rare shares 63.4 %).
    """
    domains = None if domain is None else np.asarray(domain)[None, ...]
    return shares(
        cells, variable, weights=weights, domains=domains, confidence=confidence, interval=interval
    )[0]


def shares(
    cells: Cells,
    variable: str | Moments,
    *,
    weights: Weights | ArrayLike | None = None,
    domains: ArrayLike | None = None,
    confidence: float = 0.95,
    interval: ShareInterval = "wilson",
) -> tuple[Estimate, ...]:
    """Estimate a share in many domains in one pass.

    Parameters
    ----------
    domains : bool array_like, shape (K, C), optional
        One row of cells per domain; default one domain, the whole sample.

    Returns
    -------
    tuple of Estimate, length K
        The other parameters and the errors are those of :func:`share`.
    """
    require_confidence(confidence)
    moments = cells.moments(variable)
    _require_hits(moments)
    return estimate_means(
        cells,
        moments,
        Weights.of(cells, weights),
        masks(cells, domains),
        share_intervals(interval, confidence),
    )


def shares_of(
    cells: Cells,
    variables: Sequence[Moments],
    *,
    weights: Weights | ArrayLike | None = None,
    domain: ArrayLike | None = None,
    confidence: float = 0.95,
    interval: ShareInterval = "wilson",
) -> tuple[Estimate, ...]:
    """Estimate several shares in one domain in one pass, such as those of all levels of a scale.

    Parameters
    ----------
    variables : sequence of Moments, length V
        Variables of zeros and ones over the cells.

    Returns
    -------
    tuple of Estimate, length V
        The other parameters and the errors are those of :func:`share`.
    """
    require_confidence(confidence)
    for moments in variables:
        _require_hits(cells.moments(moments))
    inside = masks(cells, None if domain is None else np.asarray(domain)[None, ...])[0]
    made = Weights.of(cells, weights)
    return estimate_variables(cells, variables, made, inside, share_intervals(interval, confidence))


def _require_hits(moments: Moments) -> None:
    mean = moments.mean
    if not np.allclose(moments.scatter, moments.m * mean * (1 - mean), rtol=1e-9, atol=1e-9):
        raise ValueError("a share needs a variable of zeros and ones")


def share_intervals(kind: ShareInterval, confidence: float) -> Intervals:
    """Return what makes the intervals of shares."""

    def wilson(known: Known) -> Interval | None:
        size = share_size(known.value, known.variance, known.n, known.effective_n)
        return wilson_interval(known.value, size, known.df, confidence)

    def logit(known: Known) -> Interval | None:
        return logit_interval(known.value, known.se, known.df, confidence)

    def beta(known: Known) -> Interval | None:
        return beta_interval(known.value, known.se, known.n, known.df, confidence)

    def student(known: Known) -> Interval | None:
        return t_interval(known.value, known.se, known.df, confidence)

    kinds: dict[ShareInterval, Intervals] = {
        "wilson": wilson,
        "logit": logit,
        "beta": beta,
        "t": student,
    }
    if kind not in kinds:
        raise ValueError(f"interval must be one of {', '.join(kinds)}, not {kind!r}")
    return kinds[kind]

"""Figures made of several: composites of items and dimensions, and net scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from surveyapp.stats.arrays import Matrix, Vector, frozen_vector
from surveyapp.stats.cells import Cells, Moments
from surveyapp.stats.contrasts import Difference, contrast
from surveyapp.stats.estimates import Estimate, weighted_means
from surveyapp.stats.joint import JointItems, item_means
from surveyapp.stats.weights import Weights

HIGHEST = 10
"""Answers to "how likely would you recommend" run from 0 to this."""

PROMOTER, DETRACTOR = 9, 6
"""From this answer on somebody recommends; up to this one somebody advises against."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """Items that are combined into one score.

    Parameters
    ----------
    name : str
        Unique in a composition.
    weight : int or Fraction
        Of the dimension in the overall score, positive.
    items : mapping of str to int or Fraction
        Weight of each item inside the dimension, positive.
    minimum_items : int
        With fewer rated items the dimension has no score.

    Raises
    ------
    ValueError
        A weight is not positive, or `minimum_items` is not between 1 and the number of items.
    """

    name: str
    weight: int | Fraction
    items: Mapping[str, int | Fraction]
    minimum_items: int = 1

    def __post_init__(self) -> None:
        if self.weight <= 0 or any(weight <= 0 for weight in self.items.values()):
            raise ValueError(f"a weight of the dimension {self.name} is not positive")
        if not 1 <= self.minimum_items <= len(self.items):
            raise ValueError(f"the dimension {self.name} needs between 1 and all of its items")


@dataclass(frozen=True, slots=True)
class Composite:
    """One respondent's (or one ballot's) scores; None where too little was rated.

    Attributes
    ----------
    overall : Fraction or None
        Exact weighted mean of the dimensions that have a score.
    dimensions : mapping of str to Fraction or None
        Exact weighted mean of the rated items of each.
    """

    overall: Fraction | None
    dimensions: Mapping[str, Fraction | None]


@dataclass(frozen=True, slots=True)
class Composition:
    """How items make dimensions, and dimensions an overall score.

    Parameters
    ----------
    dimensions : sequence of Dimension
        At least one, with different names.
    minimum_dimensions : int
        With fewer scored dimensions there is no overall score.

    Raises
    ------
    ValueError
        A name comes twice, or `minimum_dimensions` is not between 1 and their number.

    Notes
    -----
    The missing-item rule, on both levels: what was not rated drops out together with its weight,
    and the weights of the rest are scaled up. A missing item never counts as 0.
    """

    dimensions: Sequence[Dimension]
    minimum_dimensions: int = 1

    def __post_init__(self) -> None:
        names = {one.name for one in self.dimensions}
        if len(names) < len(self.dimensions):
            raise ValueError("two dimensions have one name")
        if not 1 <= self.minimum_dimensions <= len(self.dimensions):
            raise ValueError("a composition needs between 1 and all of its dimensions")

    def score(self, points: Mapping[str, int | Fraction | None]) -> Composite:
        """Combine the points of one respondent.

        Parameters
        ----------
        points : mapping of str to int, Fraction or None
            Points by item; None, or no entry, where the item was not rated.

        Returns
        -------
        Composite
        """
        scores = {
            one.name: weighted_score(
                [(points.get(item), weight) for item, weight in one.items.items()],
                minimum=one.minimum_items,
            )
            for one in self.dimensions
        }
        overall = weighted_score(
            [(scores[one.name], one.weight) for one in self.dimensions],
            minimum=self.minimum_dimensions,
        )
        return Composite(overall, scores)


def weighted_score(
    parts: Sequence[tuple[int | Fraction | None, int | Fraction]], *, minimum: int = 1
) -> Fraction | None:
    """Exact weighted mean of the parts that are there.

    Parameters
    ----------
    parts : sequence of (score, weight)
        The score is None where it is missing; it then drops out with its weight.
    minimum : int
        With fewer scores there is no mean.

    Returns
    -------
    Fraction or None
        In the unit of the scores.
    """
    there = [(Fraction(score), Fraction(weight)) for score, weight in parts if score is not None]
    if len(there) < max(minimum, 1):
        return None
    total = sum((weight for _, weight in there), Fraction(0))
    return sum((score * weight for score, weight in there), Fraction(0)) / total


def composite_of_means(
    cells: Cells,
    items: JointItems,
    item_weights: ArrayLike,
    *,
    weights: Weights | ArrayLike | None = None,
    domain: ArrayLike | None = None,
    confidence: float = 0.95,
) -> Difference | None:
    """Combine the means of several items, each over whoever rated it.

    Parameters
    ----------
    cells : Cells
        The sample, C cells.
    items : JointItems
        J items over the same cells.
    item_weights : array_like, shape (J,)
        Positive; only their ratios count.
    weights : Weights or array_like, shape (C,), optional
        Calibrated weights, or numbers that count as fixed; default the base weights.
    domain : bool array_like, shape (C,), optional
        The cells to which it refers; default all.
    confidence : float
        Coverage probability in (0, 1).

    Returns
    -------
    Difference or None
        The composite with its standard error and interval (its p-value is that of a composite of
        0). None where an item was rated by nobody, or without degrees of freedom: a mean that
        does not exist is not left out silently.

    Raises
    ------
    ValueError
        A shape does not fit or a weight is not positive.
    LonelyStratum
        A stratum has a single sampled unit and the design says to refuse.

    Notes
    -----
    I = Σ ω_j θ_j, V = ω' Cov(θ) ω: the same people rate several items, so the covariances are
    most of the variance. If everybody rated every item, I is also the mean of the respondents'
    own composites; if not, it uses every rating, while that mean weighs respondents equally.
    """
    share = _shares_of(item_weights, items.size)
    made = item_means(cells, items, weights=weights, domain=domain)
    if made is None or made.df <= 0:
        return None
    return contrast(made.value, made.covariance, share, made.df, confidence=confidence)


def _shares_of(weights: ArrayLike, size: int) -> Vector:
    given = frozen_vector(weights, "item_weights", size)
    if not given.size or given.min() <= 0:
        raise ValueError("the weight of an item is not positive")
    return np.asarray(given / given.sum(), dtype=np.float64)


def net_scores(
    cells: Cells,
    counts: ArrayLike,
    sign: ArrayLike,
    *,
    weights: Weights | ArrayLike | None = None,
    domains: ArrayLike | None = None,
    confidence: float = 0.95,
) -> tuple[Estimate, ...]:
    """Estimate favourable minus unfavourable shares, in percentage points.

    Parameters
    ----------
    cells : Cells
        The sample, C cells.
    counts : array_like, shape (C, L)
        Respondents per cell and scored level.
    sign : array_like, shape (L,)
        1 for favourable levels, -1 for unfavourable ones, 0 for those between.
    weights : Weights or array_like, shape (C,), optional
        Calibrated weights, or numbers that count as fixed; default the base weights.
    domains : bool array_like, shape (K, C), optional
        One row of cells per domain; default one domain, the whole sample.
    confidence : float
        Coverage probability in (0, 1).

    Returns
    -------
    tuple of Estimate, length K
        From -100 to 100.

    Raises
    ------
    ValueError
        A shape does not fit, or a sign is not -1, 0 or 1.
    LonelyStratum
        A stratum has a single sampled unit and the design says to refuse.

    Notes
    -----
    The mean of a variable that is 100, 0 or -100. The two shares vary together; with equal
    weights V = (p + q - (p - q)²) / (n - 1), more than that of either share alone.
    """
    signs = frozen_vector(sign, "sign")
    if not np.isin(signs, (-1, 0, 1)).all():
        raise ValueError("a sign must be -1, 0 or 1")
    moments = Moments.from_levels(counts, 100 * signs)
    return weighted_means(cells, moments, weights=weights, domains=domains, confidence=confidence)


def net_promoter_scores(
    cells: Cells,
    counts: ArrayLike,
    *,
    weights: Weights | ArrayLike | None = None,
    domains: ArrayLike | None = None,
    confidence: float = 0.95,
) -> tuple[Estimate, ...]:
    """Estimate net promoter scores (NPS): answers of 9 and 10 minus answers of 0 to 6.

    Parameters
    ----------
    counts : array_like, shape (C, 11)
        Respondents per cell and answer, 0 to 10.

    Returns
    -------
    tuple of Estimate, length K
        The other parameters and the errors are those of :func:`net_scores`.

    References
    ----------
    .. [1] Reichheld (2003), The one number you need to grow, Harv. Bus. Rev. 81(12), 46-54.
    """
    table: Matrix = np.asarray(counts, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] != HIGHEST + 1:
        raise ValueError(f"counts have shape {table.shape}, (C, {HIGHEST + 1}) expected")
    answers = np.arange(HIGHEST + 1)
    sign = np.where(answers >= PROMOTER, 1, np.where(answers <= DETRACTOR, -1, 0))
    return net_scores(cells, table, sign, weights=weights, domains=domains, confidence=confidence)

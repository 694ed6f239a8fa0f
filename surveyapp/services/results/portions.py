"""Parts of a sample: figures of some domains at a time, on the cells that these need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from surveyapp.services.results.figures import Figure
from surveyapp.stats.arrays import Codes, Mask, Vector
from surveyapp.stats.cells import Cells, Moments
from surveyapp.stats.estimates import Estimate, weighted_means
from surveyapp.stats.shares import shares
from surveyapp.stats.totals import Pairs, ratios
from surveyapp.stats.weights import Weights

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Portion:
    """Some domains and the cells they need: those `kept`, then one a class for everybody else.

    Attributes
    ----------
    masks : bool array, shape (K, C)
        Which of these cells belong to each domain.
    cells : Cells
        The sample.
    weights : Weights
        Of these cells.
    """

    kept: Codes
    masks: Mask
    cells: Cells
    weights: Weights

    def means(self, moments: Moments) -> list[tuple[Figure, float | None]]:
        """Estimate a mean in each domain, and its value with equal weights."""
        inside = self._inside(moments)
        found = weighted_means(
            self.cells, inside, weights=self.weights, domains=self.masks, confidence=CONFIDENCE
        )
        plain = _quotients(self.masks @ inside.s1, self.masks @ inside.m)
        return list(zip(figures_of(found), plain, strict=True))

    def shares(self, moments: Moments) -> list[tuple[Figure, float | None]]:
        """Estimate a share in each domain, and its value with equal weights."""
        inside = self._inside(moments)
        found = shares(
            self.cells, inside, weights=self.weights, domains=self.masks, confidence=CONFIDENCE
        )
        plain = _quotients(self.masks @ inside.s1, self.masks @ inside.m)
        return list(zip(figures_of(found), plain, strict=True))

    def ratios(self, pairs: Pairs, *, are_shares: bool) -> list[tuple[Figure, float | None]]:
        """Estimate a ratio in each domain, and its value with equal weights.

        Parameters
        ----------
        are_shares : bool
            Whether the ratios lie between 0 and 1 and get Wilson's interval. Others are means by
            relevance, whose effective n counts respondents by it.
        """
        rest = self.cells.size - self.kept.size
        inside = Pairs(
            *(
                np.append(getattr(pairs, name)[self.kept], np.zeros(rest))
                for name in ("m", "y", "x", "yy", "xx", "xy")
            )
        )
        found = ratios(
            self.cells,
            inside,
            weights=self.weights,
            domains=self.masks,
            confidence=CONFIDENCE,
            interval="wilson" if are_shares else "t",
            size_by_denominator=not are_shares,
        )
        above, below = inside.m * inside.y, inside.m * inside.x
        plain = _quotients(self.masks @ above, self.masks @ below)
        return list(zip(figures_of(found), plain, strict=True))

    def _inside(self, moments: Moments) -> Moments:
        rest = np.zeros(self.cells.size - self.kept.size)
        return Moments(
            np.append(moments.m[self.kept], rest),
            np.append(moments.mean[self.kept], rest),
            np.append(moments.scatter[self.kept], rest),
        )


def unweighted(moments: Moments, inside: Mask) -> float | None:
    """Return a mean over some cells with equal weights; None where nobody answered."""
    return _quotients(moments.s1[inside].sum()[None], moments.m[inside].sum()[None])[0]


def _quotients(above: Vector, below: Vector) -> list[float | None]:
    return [float(a / b) if b else None for a, b in zip(above, below, strict=True)]


def figures_of(estimates: Sequence[Estimate]) -> list[Figure]:
    """Return estimates as figures of a report."""
    return [
        Figure(one.n, one.value, one.se, one.low, one.high, one.effective_n, one.deff, one.df)
        for one in estimates
    ]

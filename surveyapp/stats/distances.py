"""Calibration functions: how much a weight may change, and what the change costs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

import numpy as np

from surveyapp.stats.arrays import Vector

CalibrationMethod: TypeAlias = Literal["raking", "linear", "logit"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Smallest and largest allowed ratio g of the calibrated to the base weight.

    Raises
    ------
    ValueError
        A bound is NaN or the lower one is not below the upper one.
    """

    low: float = -math.inf
    high: float = math.inf

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"the lower bound {self.low} must be below the upper {self.high}")


class Distance(Protocol):
    """A calibration function g = F(u) with its slope and its integral."""

    def ratio(self, u: Vector) -> Vector:
        """F(u)."""
        ...

    def slope(self, u: Vector) -> Vector:
        """F'(u)."""
        ...

    def integral(self, u: Vector) -> Vector:
        """Antiderivative of F: convex, because F grows."""
        ...

    def argument(self, g: Vector) -> Vector:
        """Return a u whose F(u) is near g, to start from."""
        ...


@dataclass(frozen=True, slots=True)
class Linear:
    """F(u) = 1 + u, cut at the bounds: the regression estimator."""

    bounds: Bounds

    def ratio(self, u: Vector) -> Vector:
        """F(u)."""
        return np.clip(1 + u, self.bounds.low, self.bounds.high)

    def slope(self, u: Vector) -> Vector:
        """1 between the bounds, else 0."""
        return ((1 + u > self.bounds.low) & (1 + u < self.bounds.high)).astype(np.float64)

    def integral(self, u: Vector) -> Vector:
        """Parabola between the bounds, straight beyond."""
        v = np.clip(u, self.bounds.low - 1, self.bounds.high - 1)
        return v + v * v / 2 + (1 + v) * (u - v)

    def argument(self, g: Vector) -> Vector:
        """Invert F between the bounds."""
        return self.ratio(g - 1) - 1


@dataclass(frozen=True, slots=True)
class Raking:
    """F(u) = exp(u), cut at the bounds: the limit of iterative proportional fitting."""

    bounds: Bounds

    def _cut(self, u: Vector) -> Vector:
        low = math.log(self.bounds.low) if self.bounds.low > 0 else -math.inf
        # Beyond exp(700) a float overflows; no line search goes there twice.
        return np.clip(u, low, min(math.log(self.bounds.high), 700.0))

    def ratio(self, u: Vector) -> Vector:
        """F(u)."""
        return np.exp(self._cut(u))

    def slope(self, u: Vector) -> Vector:
        """exp(u) between the bounds, else 0."""
        v = self._cut(u)
        return np.where(v == u, np.exp(v), 0.0)

    def integral(self, u: Vector) -> Vector:
        """exp(u) between the bounds, straight beyond."""
        v = self._cut(u)
        return np.exp(v) * (1 + u - v)

    def argument(self, g: Vector) -> Vector:
        """Invert F between the bounds."""
        return self._cut(np.log(g))


@dataclass(frozen=True, slots=True)
class Logit:
    """The logistic function that stays strictly between two bounds around 1.

    Raises
    ------
    ValueError
        The bounds are not finite or do not lie on either side of 1.
    """

    bounds: Bounds

    def __post_init__(self) -> None:
        if not (-math.inf < self.bounds.low < 1 < self.bounds.high < math.inf):
            raise ValueError("logit calibration needs finite bounds on either side of 1")

    @property
    def _steepness(self) -> float:
        low, high = self.bounds.low, self.bounds.high
        return (high - low) / ((1 - low) * (high - 1))

    def _weight(self, u: Vector) -> Vector:
        """Return the position between the bounds, 0 to 1."""
        low, high = self.bounds.low, self.bounds.high
        odds = math.log((1 - low) / (high - 1)) + self._steepness * u
        return np.exp(-np.logaddexp(0, -odds))

    def ratio(self, u: Vector) -> Vector:
        """F(u)."""
        return self.bounds.low + (self.bounds.high - self.bounds.low) * self._weight(u)

    def slope(self, u: Vector) -> Vector:
        """F'(u)."""
        weight = self._weight(u)
        height = (self.bounds.high - self.bounds.low) * self._steepness
        return height * weight * (1 - weight)

    def integral(self, u: Vector) -> Vector:
        """Antiderivative of F."""
        low, high = self.bounds.low, self.bounds.high
        softplus = np.logaddexp(math.log(high - 1), math.log(1 - low) + self._steepness * u)
        return low * u + (high - low) / self._steepness * softplus

    def argument(self, g: Vector) -> Vector:
        """Start in the middle, at g = 1."""
        return np.zeros_like(g)


def distance(method: CalibrationMethod, bounds: Bounds) -> Distance:
    """Make the calibration function of a method.

    Raises
    ------
    ValueError
        An unknown method, or bounds that the method cannot have.
    """
    if method == "linear":
        return Linear(bounds)
    if method == "raking":
        if bounds.high <= 0:
            raise ValueError("raking needs a positive upper bound")
        return Raking(bounds)
    if method == "logit":
        return Logit(bounds)
    raise ValueError(f"method must be raking, linear or logit, not {method!r}")

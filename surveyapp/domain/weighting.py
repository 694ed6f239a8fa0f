"""How a survey weights its responses to the population: fixed in the definition, before results."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from surveyapp.domain.messages import message
from surveyapp.domain.reading import Path, Reader


class WeightingMethod(StrEnum):
    """What the weights change as little as possible; see docs/statistics.md."""

    RAKE = "rake"
    POSTSTRATIFY = "poststratify"
    LINEAR = "linear"
    LOGIT = "logit"


Limits = tuple[float, float]
LARGEST_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class WeightingRule:
    """The rule of a survey.

    Attributes
    ----------
    method : WeightingMethod
        How margins are met.
    bounds : tuple of float or None
        Smallest and largest ratio of a calibrated weight to its base weight.
    trim : tuple of float or None
        Smallest and largest final weight, as multiples of the mean weight.
    """

    method: WeightingMethod = WeightingMethod.RAKE
    bounds: Limits | None = None
    trim: Limits | None = None


DEFAULT_RULE = WeightingRule()
_PATH: Path = ("weighting",)


def read_weighting(reader: Reader, value: Any) -> WeightingRule:
    """Read the section ``weighting`` of a definition; without it the default rule holds."""
    if value is None:
        return DEFAULT_RULE
    given = reader.mapping(_PATH, value, frozenset({"method", "bounds", "trim"}))
    method = given.get("method", WeightingMethod.RAKE.value)
    known = [one.value for one in WeightingMethod]
    if method not in known:
        reader.refuse(
            (*_PATH, "method"),
            message("The method of weighting is one of: %(known)s.", known=", ".join(known)),
        )
        method = WeightingMethod.RAKE
    rule = WeightingRule(
        WeightingMethod(method),
        _limits(reader, "bounds", given.get("bounds")),
        _limits(reader, "trim", given.get("trim")),
    )
    if rule.method is WeightingMethod.LOGIT and given.get("bounds") is None:
        reader.refuse(
            (*_PATH, "method"), message("The method logit needs bounds, such as [0.3, 3].")
        )
    return rule


def _limits(reader: Reader, name: str, value: Any) -> Limits | None:
    """Read two numbers around 1: weights of 1 must always be allowed."""
    if value is None:
        return None
    path = (*_PATH, name)
    numbers = [
        reader.number(place, one) for place, one in reader.items(path, value, least=2, most=2)
    ]
    if len(numbers) < 2 or None in numbers:
        return None
    low, high = (number or Fraction(0) for number in numbers)
    if not 0 <= low < 1 < high <= LARGEST_LIMIT:
        reader.refuse(
            path,
            message(
                "Expected two numbers around 1, such as [0.3, 3], the second one %(most)s at most.",
                most=LARGEST_LIMIT,
            ),
        )
        return None
    return float(low), float(high)

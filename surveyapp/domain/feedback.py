"""What a feedback sheet says of a unit, and what is weak in many units at once (共性问题).

Everything is read from the result of a run as it was stored; nothing is computed anew but
differences. The share of an indicator (得分率) is what a unit got of the points it could get.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from surveyapp.domain.scheme import Scheme, SchemeIndicator

CLEAR: Final = Fraction(5, 100)
"""By how much of the points a unit has to differ from its peers to be strong or weak."""

WEAK: Final = Fraction(60, 100)
"""Below this share of its points an indicator is weak, whatever the peers have."""

MOST: Final = 3
"""Strengths and weaknesses on a sheet."""

PEERS: Final = 3
"""Other units with a value from which on their mean and best are shown: nobody is told apart."""

LEAST_UNITS: Final = 3
"""Units from which on a problem is common, unless another number is asked for."""


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One indicator of a unit beside its peers.

    Attributes
    ----------
    value : str or None
        As the run keeps it; None where it is missing.
    share : Fraction or None
        Of the points that the indicator can give.
    mean, best : Fraction or None
        Shares of the category; None where there are too few peers to show.
    place : int or None
        Among the units with a value, 1 the best; equal shares share a place.
    of : int
        Units with a value.
    """

    indicator: SchemeIndicator
    value: str | None
    share: Fraction | None
    points: Fraction
    weight: Fraction
    mean: Fraction | None
    best: Fraction | None
    place: int | None
    of: int

    @property
    def gap(self) -> Fraction | None:
        """Own share less the mean of the category."""
        return None if self.share is None or self.mean is None else self.share - self.mean

    @property
    def is_strong(self) -> bool:
        """Whether it stands out: clearly above the mean, and not weak by itself."""
        is_above = self.gap is not None and self.gap >= CLEAR
        return is_above and self.share is not None and self.share >= WEAK

    @property
    def is_weak(self) -> bool:
        """Whether it needs work: clearly below the mean, or weak by itself."""
        if self.share is None:
            return False
        return self.share < WEAK or (self.gap is not None and self.gap <= -CLEAR)


@dataclass(frozen=True, slots=True)
class CommonProblem:
    """An indicator that is weak in several units.

    Attributes
    ----------
    units : tuple of (str, str, Fraction)
        Code, name and share, the weakest first.
    of : int
        Units with a value.
    """

    indicator: SchemeIndicator
    units: tuple[tuple[str, str, Fraction], ...]
    of: int


def sheet_lines(
    scheme: Scheme, unit: Mapping[str, Any], shares: Mapping[str, Mapping[str, Fraction]]
) -> list[SheetLine]:
    """Return the indicators of one unit, in the order of the scheme.

    Parameters
    ----------
    unit : mapping
        Of the result of a run, see `surveyapp.domain.score_document`.
    shares : mapping of str to mapping of str to Fraction
        Of the whole category, see `shares_by_indicator`.
    """
    code = unit["unit"]
    return [_line(scheme, term, shares.get(term["indicator"], {}), code) for term in unit["terms"]]


def _line(
    scheme: Scheme, term: Mapping[str, Any], shares: Mapping[str, Fraction], code: str
) -> SheetLine:
    own = shares.get(code)
    enough = own is not None and len(shares) > PEERS
    return SheetLine(
        indicator=scheme.indicator(term["indicator"]),
        value=term["value"],
        share=own,
        points=Fraction(term["points"]),
        weight=Fraction(term["weight"]),
        mean=sum(shares.values(), Fraction(0)) / len(shares) if enough else None,
        best=max(shares.values()) if enough else None,
        place=None if own is None else 1 + sum(one > own for one in shares.values()),
        of=len(shares),
    )


def shares_by_indicator(units: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Fraction]]:
    """Return the share of each unit that has one, by indicator."""
    found: dict[str, dict[str, Fraction]] = {}
    for unit in units:
        for term in unit["terms"]:
            if term["share"] is not None:
                found.setdefault(term["indicator"], {})[unit["unit"]] = Fraction(term["share"])
    return found


def strengths(lines: Iterable[SheetLine]) -> list[SheetLine]:
    """Return what stands out, what matters most first: gap times weight."""
    found = [one for one in lines if one.is_strong]
    return sorted(found, key=lambda one: -(one.gap or 0) * one.weight)[:MOST]


def weaknesses(lines: Iterable[SheetLine]) -> list[SheetLine]:
    """Return what needs work, what costs most points first."""
    found = [one for one in lines if one.is_weak]
    return sorted(found, key=lambda one: one.points - one.weight)[:MOST]


def common_problems(
    scheme: Scheme,
    units: Sequence[Mapping[str, Any]],
    least: int = LEAST_UNITS,
    weak: Fraction = WEAK,
) -> list[CommonProblem]:
    """Return the indicators that are weak in at least so many units, the most common first.

    Parameters
    ----------
    least : int
        How many units make a problem common.
    weak : Fraction
        Below which share of its points an indicator is weak.
    """
    names = {unit["unit"]: unit["name"] for unit in units}
    found = []
    for key, shares in shares_by_indicator(units).items():
        low = sorted((share, code) for code, share in shares.items() if share < weak)
        if len(low) >= least:
            weakest = tuple((code, names[code], share) for share, code in low)
            found.append(CommonProblem(scheme.indicator(key), weakest, len(shares)))
    return sorted(found, key=lambda one: -len(one.units))

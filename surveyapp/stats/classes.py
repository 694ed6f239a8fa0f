"""Scores of closed ballots whose voters belong to weighted classes (A, B, C 票)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, Self, TypeAlias

from surveyapp.stats.intervals import Interval, t_interval

EmptyClass: TypeAlias = Literal["block", "renormalise", "incomplete"]
"""What happens if a class has no scored ballot.

``block`` refuses a result; ``renormalise`` shares its weight among the others in proportion to
theirs; ``incomplete`` (不完整) shows the classes and no overall score. It never counts as 0.
"""


class EmptyVoterClass(ValueError):
    """A class has no scored ballot and the rule is to give no result.

    Attributes
    ----------
    classes : tuple of str
        Names of these classes.
    """

    def __init__(self, classes: tuple[str, ...]) -> None:
        self.classes = classes
        super().__init__(f"no scored ballot in the classes {', '.join(classes)}")


@dataclass(frozen=True, slots=True)
class VoterClass:
    """The ballots of one class.

    Parameters
    ----------
    name : str
        Such as A.
    weight : int or Fraction
        Positive; only the ratios of weights count.
    ballots : mapping of Fraction (or int) to int
        How many ballots have each score. Ballots without a score (弃权, 不了解) stay out.
    roll : int, optional
        Members of the class who could vote. Unknown: no finite population correction.

    Raises
    ------
    ValueError
        The weight is not positive, a count is negative, or more voted than are on the roll.
    """

    name: str
    weight: int | Fraction
    ballots: Mapping[Fraction, int] | Mapping[int, int]
    roll: int | None = None

    def __post_init__(self) -> None:
        if self.weight <= 0:
            raise ValueError(f"the weight of the class {self.name} is not positive")
        if any(count < 0 for count in self.ballots.values()):
            raise ValueError(f"the class {self.name} has a negative count")
        if self.roll is not None and self.n > self.roll:
            raise ValueError(f"the class {self.name} has more ballots than members")

    @classmethod
    def from_levels(
        cls,
        name: str,
        weight: int | Fraction,
        counts: Sequence[int],
        points: Sequence[int | Fraction],
        roll: int | None = None,
    ) -> Self:
        """Take counts per level and what each level is worth; levels may be worth the same.

        Raises
        ------
        ValueError
            The lengths differ, or as of the class.
        """
        if len(counts) != len(points):
            raise ValueError(f"{len(counts)} counts for {len(points)} levels")
        if any(count < 0 for count in counts):
            raise ValueError(f"the class {name} has a negative count")
        ballots: dict[Fraction, int] = {}
        for count, worth in zip(counts, points, strict=True):
            ballots[Fraction(worth)] = ballots.get(Fraction(worth), 0) + count
        return cls(name, weight, ballots, roll)

    @property
    def n(self) -> int:
        """Scored ballots."""
        return sum(self.ballots.values())

    @property
    def mean(self) -> Fraction | None:
        """Exact mean score; None without ballots."""
        if not self.n:
            return None
        return sum((Fraction(x) * m for x, m in self.ballots.items()), Fraction(0)) / self.n

    @property
    def variance(self) -> Fraction | None:
        """Exact variance of the mean, (1 - n/N) s²/n.

        0 where all members voted; None without ballots, or for one ballot of more members.
        """
        mean = self.mean
        if mean is None:
            return None
        if self.roll == self.n:
            return Fraction(0)
        if self.n == 1:
            return None
        squares = sum(((Fraction(x) - mean) ** 2 * m for x, m in self.ballots.items()), Fraction(0))
        left_out = Fraction(1) if self.roll is None else 1 - Fraction(self.n, self.roll)
        return left_out * squares / (self.n - 1) / self.n


@dataclass(frozen=True, slots=True)
class ClassMean:
    """One class in the result.

    Attributes
    ----------
    name : str
        Of the class.
    weight : Fraction
        Its part of the overall score, 0 to 1; 0 where the weight went to others.
    value : Fraction or None
        Exact mean score.
    se : float or None
        Standard error; 0 in a census, None where it cannot be known.
    n : int
        Scored ballots.
    """

    name: str
    weight: Fraction
    value: Fraction | None
    se: float | None
    n: int


@dataclass(frozen=True, slots=True)
class ClassScore:
    """The overall score of a ballot by classes.

    Attributes
    ----------
    value : Fraction or None
        Exact; None if the result is incomplete.
    se : float or None
        Standard error; None where that of a class cannot be known.
    interval : Interval or None
        t interval; None in a census, without standard error, or if it is 0.
    df : float or None
        Satterthwaite's degrees of freedom; None where there is no interval.
    pooled : Fraction or None
        Mean over all ballots, the classes unweighted, for comparison; None without ballots.
    n : int
        Scored ballots.
    census : bool
        Whether all members of all classes voted: the score has then no sampling error.
    empty : tuple of str
        Classes without a scored ballot.
    classes : tuple of ClassMean
        In the order given.
    """

    value: Fraction | None
    se: float | None
    interval: Interval | None
    df: float | None
    pooled: Fraction | None
    n: int
    census: bool
    empty: tuple[str, ...]
    classes: tuple[ClassMean, ...]


def class_score(
    classes: Sequence[VoterClass], *, empty: EmptyClass, confidence: float = 0.95
) -> ClassScore:
    """Combine the mean scores of weighted voter classes.

    Parameters
    ----------
    classes : sequence of VoterClass
        At least one, with different names.
    empty : {"block", "renormalise", "incomplete"}
        What to do if a class has no scored ballot. No default: it must be declared beforehand.
    confidence : float
        Coverage probability in (0, 1).

    Returns
    -------
    ClassScore

    Raises
    ------
    EmptyVoterClass
        A class is empty and the rule is ``block``, or all are and it is ``renormalise``.
    ValueError
        No class, a name given twice, or an unknown rule.

    Notes
    -----
    I = Σ ω_c θ_c with Σ ω_c = 1 and V = Σ ω_c² (1 - n_c/N_c) s_c²/n_c, the classes being strata
    [1]_; degrees of freedom V² / Σ (v_c²/(n_c - 1)) [2]_. Value and variance are exact fractions
    until the last step, so rounding to printed decimals is never in doubt.

    References
    ----------
    .. [1] Cochran (1977), Sampling Techniques, section 5.4.
    .. [2] Satterthwaite (1946), Biometrics Bull. 2, 110-114.
    """
    _require_classes(classes, empty)
    missing = tuple(one.name for one in classes if not one.n)
    used = [one for one in classes if one.n]
    if missing and (empty == "block" or (empty == "renormalise" and not used)):
        raise EmptyVoterClass(missing)
    counted = used if empty == "renormalise" else classes
    total = sum((Fraction(one.weight) for one in counted), Fraction(0))
    weights = [Fraction(one.weight) / total if one in counted else Fraction(0) for one in classes]
    n = sum(one.n for one in used)
    sums = sum((one.mean * one.n for one in used if one.mean is not None), Fraction(0))
    means = tuple(
        ClassMean(one.name, weight, one.mean, _root(one.variance), one.n)
        for one, weight in zip(classes, weights, strict=True)
    )
    pooled = sums / n if n else None
    census = not missing and all(one.roll == one.n for one in classes)
    if missing and empty == "incomplete":
        return ClassScore(None, None, None, None, pooled, n, False, missing, means)
    value = Fraction(0)
    parts: list[tuple[Fraction, int]] = []
    known = True
    for one, weight in zip(classes, weights, strict=True):
        if one.mean is None:
            continue
        value += weight * one.mean
        if one.variance is None:
            known = False
        else:
            parts.append((weight**2 * one.variance, one.n))
    if not known:
        return ClassScore(value, None, None, None, pooled, n, census, missing, means)
    variance = sum((part for part, _ in parts), Fraction(0))
    lost = sum((part**2 / (size - 1) for part, size in parts if part), Fraction(0))
    df = float(variance**2 / lost) if lost else None
    se = math.sqrt(variance)
    interval = None if df is None else t_interval(float(value), se, df, confidence)
    return ClassScore(value, se, interval, df, pooled, n, census, missing, means)


def _require_classes(classes: Sequence[VoterClass], empty: str) -> None:
    if empty not in {"block", "renormalise", "incomplete"}:
        raise ValueError(f"empty must be block, renormalise or incomplete, not {empty!r}")
    names = [one.name for one in classes]
    if not names or len(set(names)) < len(names):
        raise ValueError("a score needs classes with different names")


def _root(variance: Fraction | None) -> float | None:
    return None if variance is None else math.sqrt(variance)

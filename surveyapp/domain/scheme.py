"""A scheme of assessment (考核方案): what is assessed in a category of units in a year, and how.

Groups (共性, 个性, 主观评价 …) hold indicators; indicators are normalised to points out of their
weight; additions and deductions follow from single occurrences with a source document; overrides
cap, lift or fix a grade by a rule; bands and quotas suggest grades. All of it is one document,
hashed when it is put in use. Numbers are exact fractions.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from surveyapp.domain.periods import Length
from surveyapp.domain.text import Text


class Direction(StrEnum):
    """Which values are good."""

    HIGHER = "higher"
    LOWER = "lower"


class Normalisation(StrEnum):
    """How a value becomes a share of the weight (0 to 1); docs/performance.md has the formulas."""

    DIRECT = "direct"
    OWN_BEST = "own_best"
    MIN_MAX = "min_max"
    RANK = "rank"
    Z = "z"
    TARGET = "target"
    BANDS = "bands"


class Accumulation(StrEnum):
    """How the values of months or quarters become that of a longer period."""

    SUM = "sum"
    MEAN = "mean"
    LATEST = "latest"


class Missing(StrEnum):
    """What becomes of a score if a value is missing; declared beforehand, never a silent 0."""

    BLOCK = "block"
    RENORMALISE = "renormalise"
    INCOMPLETE = "incomplete"
    ZERO = "zero"


class Source(StrEnum):
    """Where the values of an indicator come from."""

    OBJECTIVE = "objective"
    INDICATOR = "indicator"


class Effect(StrEnum):
    """What an override does to the suggested grade."""

    FIX = "fix"
    CAP = "cap"
    FLOOR = "floor"


class GradeWords(StrEnum):
    """Which grades there are, by what is assessed."""

    UNIT = "unit"
    CADRE = "cadre"
    PERFORMANCE = "performance"


GRADES: dict[GradeWords, tuple[Text, ...]] = {
    GradeWords.UNIT: (
        Text("优秀", "Excellent"),
        Text("良好", "Good"),
        Text("一般", "Fair"),
        Text("较差", "Poor"),
    ),
    GradeWords.CADRE: (
        Text("优秀", "Excellent"),
        Text("称职", "Competent"),
        Text("基本称职", "Basically competent"),
        Text("不称职", "Not competent"),
    ),
    GradeWords.PERFORMANCE: (
        Text("A等次", "Grade A"),
        Text("B等次", "Grade B"),
        Text("C等次", "Grade C"),
        Text("D等次", "Grade D"),
    ),
}
"""The grades, the best first; those of performance are never written like ballot classes (A票)."""


@dataclass(frozen=True, slots=True)
class SchemeGroup:
    """A group of indicators.

    Attributes
    ----------
    weight : Fraction or None
        Points; the weights of all groups total the scheme's. None where a draft leaves it open.
    """

    key: str
    title: Text
    weight: Fraction | None


@dataclass(frozen=True, slots=True)
class SchemeIndicator:
    """One line of a scheme.

    Attributes
    ----------
    weight : Fraction or None
        Points; those of a group total the group's.
    source : Source
        Reported by a department, or taken from the snapshots of an indicator.
    indicator : str or None
        Key of the indicator or survey whose snapshots it takes.
    figure : str or None
        Which figure of the snapshot, where it has several.
    responsible : str or None
        Code of the unit that reports the value (牵头单位).
    every : Length
        How often a value is due.
    best : Fraction or None
        What gets full points: the full mark of ``direct``, the target of ``target``.
    worst : Fraction or None
        What gets none, for ``min_max`` with fixed ends and ``target``; None: of the category, or 0.
    bands : tuple of (Fraction, Fraction)
        (least value, share of the weight), the best first.
    step : Fraction or None
        What each place below the first costs, as a share of the weight, for ``rank``.
    """

    key: str
    title: Text
    group: str
    weight: Fraction | None
    source: Source
    indicator: str | None
    figure: str | None
    responsible: str | None
    unit: Text | None
    direction: Direction
    normalisation: Normalisation
    accumulation: Accumulation
    every: Length
    best: Fraction | None = None
    worst: Fraction | None = None
    bands: tuple[tuple[Fraction, Fraction], ...] = ()
    step: Fraction | None = None
    kind: Text | None = None
    definition: Text | None = None


@dataclass(frozen=True, slots=True)
class AdjustmentRule:
    """Points for an occurrence, with a source document (加减分).

    Attributes
    ----------
    points : Fraction or None
        Added for each occurrence; negative for a deduction.
    cap : Fraction or None
        The most that the rule may add or take in a year, as a positive number; None: uncapped.
    """

    key: str
    title: Text
    points: Fraction | None
    cap: Fraction | None


@dataclass(frozen=True, slots=True)
class OverrideRule:
    """A rule that fixes, caps or lifts the suggested grade (一票否决 and its like).

    Attributes
    ----------
    grade : int
        Place of the grade, 0 the best.
    """

    key: str
    title: Text
    effect: Effect
    grade: int


@dataclass(frozen=True, slots=True)
class GradeRule:
    """When a grade is suggested.

    Attributes
    ----------
    least : Fraction or None
        Points from which on, half-open; None: no band.
    quota : Fraction or None
        The largest share of the category (0 to 1), rounded down; None: no quota.
    consequence : Text or None
        What follows (such as 绩效工资上浮10%); off by default.
    """

    title: Text
    least: Fraction | None
    quota: Fraction | None
    consequence: Text | None


@dataclass(frozen=True, slots=True)
class Scheme:
    """A whole scheme.

    Attributes
    ----------
    category : str
        考核类别: `unit.category` of those it ranks; ranks exist only inside it.
    total : Fraction
        Points all groups total, such as 100 or 1000.
    grades : tuple of GradeRule
        The best first.
    basis : Text or None
        Where the structure was published (参照××公开报道的结构).
    example_numbers : bool
        Whether its numbers are examples and no office's decision (「示例系数,非国家规定」).
    """

    key: str
    year: int
    category: str
    title: Text
    total: Fraction
    groups: tuple[SchemeGroup, ...]
    indicators: tuple[SchemeIndicator, ...]
    adjustments: tuple[AdjustmentRule, ...]
    overrides: tuple[OverrideRule, ...]
    grade_words: GradeWords
    grades: tuple[GradeRule, ...]
    missing: Missing
    basis: Text | None
    example_numbers: bool

    def of_group(self, key: str) -> tuple[SchemeIndicator, ...]:
        """Return the indicators of a group, in order."""
        return tuple(one for one in self.indicators if one.group == key)

    def indicator(self, key: str) -> SchemeIndicator:
        """Return an indicator; KeyError where there is none."""
        for one in self.indicators:
            if one.key == key:
                return one
        raise KeyError(key)

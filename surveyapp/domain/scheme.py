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


class GroupRole(StrEnum):
    """What a group measures: 共性, 个性, 主观评价, or something else."""

    COMMON = "common"
    INDIVIDUAL = "individual"
    SUBJECTIVE = "subjective"
    OTHER = "other"


class Direction(StrEnum):
    """Which values are good."""

    HIGHER = "higher"
    LOWER = "lower"


class Normalisation(StrEnum):
    """How a value becomes a share of the weight (0 to 1); docs/assessment.md has the formulas."""

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
    role : GroupRole
        The weight of all ``subjective`` groups is what the sensitivity of a grade is tried on.
    """

    key: str
    title: Text
    weight: Fraction | None
    role: GroupRole = GroupRole.OTHER


@dataclass(frozen=True, slots=True)
class Limit:
    """A second value that limits the share of an indicator.

    Attributes
    ----------
    indicator : str
        Key of the indicator that is looked at; it may weigh 0.
    least : Fraction or None
        From this value on the limit holds.
    share : Fraction or None
        The most of the weight that is left then.
    """

    indicator: str
    least: Fraction | None
    share: Fraction | None


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
    normalisation : Normalisation or None
        None where a draft leaves it open.
    every : Length
        How often a value is due.
    best : Fraction or None
        What gets full points: the full mark of ``direct``, the target of ``target``, a fixed end
        of ``min_max``.
    worst : Fraction or None
        What gets none, for ``min_max`` with fixed ends and ``target``; None: of the category, or 0.
    bands : tuple of (Fraction, Fraction)
        (least value, share of the weight), the best first; with the direction ``lower`` the
        largest value.
    step : Fraction or None
        What each place below the first costs, as a share of the weight, for ``rank``.
    centre, spread : Fraction or None
        For ``z``: the share of a unit at the mean of the category, and what each standard deviation
        above it adds.
    pace : tuple of Fraction
        Which share of `best`, `worst` and `bands` is expected by the end of each part of the year
        (时序进度), as many as there are parts, the last one 1; empty: evenly for sums, else all.
    limit : Limit or None
        What a second value allows at most.
    kind : Text or None
        Which sort of line it is, such as 季度指标 or 标兵指标.
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
    normalisation: Normalisation | None
    accumulation: Accumulation
    every: Length
    best: Fraction | None = None
    worst: Fraction | None = None
    bands: tuple[tuple[Fraction, Fraction], ...] = ()
    step: Fraction | None = None
    centre: Fraction | None = None
    spread: Fraction | None = None
    pace: tuple[Fraction, ...] = ()
    limit: Limit | None = None
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
class Below:
    """What makes an override follow by itself: a value below a floor.

    Attributes
    ----------
    indicator : str
        Key of the indicator whose value is looked at.
    value : Fraction or None
        The floor; None where a draft leaves it open.
    """

    indicator: str
    value: Fraction | None


@dataclass(frozen=True, slots=True)
class OverrideRule:
    """A rule that fixes, caps or lifts the suggested grade (一票否决 and its like).

    Attributes
    ----------
    grade : int
        Place of the grade, 0 the best.
    when : Below or None
        Follows from a value; None: from an occurrence with its document only.
    """

    key: str
    title: Text
    effect: Effect
    grade: int
    when: Below | None = None


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
        The best first; none: only ranks are suggested.
    basis : Text or None
        Where the structure was published (参照××公开报道的结构).
    example_numbers : bool
        Whether its numbers are examples and no office's decision (「示例系数,非国家规定」).
    follows : str or None
        Key of the scheme of the year before, for comparison.
    notes : Text or None
        What the office should know: sources, choices, what is not published.
    show_consequences : bool
        Whether what follows from a grade is shown with it; off unless the office switches it on.
    unfilled : tuple of str
        Places in the document that nobody has filled in yet; with one of them it cannot be put in
        use.
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
    follows: str | None = None
    notes: Text | None = None
    show_consequences: bool = False
    unfilled: tuple[str, ...] = ()

    def of_group(self, key: str) -> tuple[SchemeIndicator, ...]:
        """Return the indicators of a group, in order."""
        return tuple(one for one in self.indicators if one.group == key)

    def indicator(self, key: str) -> SchemeIndicator:
        """Return an indicator; KeyError where there is none."""
        for one in self.indicators:
            if one.key == key:
                return one
        raise KeyError(key)

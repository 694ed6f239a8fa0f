"""Indicators (指标): a named, versioned figure over one or several surveys.

An indicator combines parts by fixed weights, such as telephone 6 to questionnaire 4: each part is
estimated from its own sample, and rows of different samples are never pooled. What happens where
a part is missing is declared beforehand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final

from surveyapp.domain.rates import BY_KEY
from surveyapp.domain.rates import Unit as RateUnit
from surveyapp.domain.snapshot import Measure
from surveyapp.domain.tallying import MODE
from surveyapp.domain.text import Text

MAX_PARTS: Final = 50
MAX_INDICATORS: Final = 200
GAP_TO_REVIEW: Final = Fraction(3)
"""Points between the value by relevance and the headline above which somebody has to look."""

EXAMPLE_NOTE: Final = Text(
    "示例系数，非国家规定", "example coefficients, not laid down by the state"
)


class FigureKind(StrEnum):
    """Which figure of a survey a part takes."""

    INDEX = "index"
    RATE = "rate"
    BALLOT = "ballot"


class Population(StrEnum):
    """Whose answers a part takes: sample and crowd are never one.

    ``open`` is whoever came by an open form; ``invited`` everybody who was asked: by a link of
    their own, by telephone, on paper, or in an imported sample.
    """

    INVITED = "invited"
    OPEN = "open"


class During(StrEnum):
    """Which answers of a survey count for a period: those of its days, or all of the wave."""

    PERIOD = "period"
    SURVEY = "survey"


class MissingPart(StrEnum):
    """What becomes of the value if a part has none; it never counts as 0.

    ``block`` refuses the snapshot, ``renormalise`` shares its weight among the others in
    proportion to theirs, ``incomplete`` shows the parts and no value.
    """

    BLOCK = "block"
    RENORMALISE = "renormalise"
    INCOMPLETE = "incomplete"


class Breakdown(StrEnum):
    """For whom there are values."""

    SUBJECT = "subject"
    OVERALL = "overall"


@dataclass(frozen=True, slots=True)
class FigureName:
    """Name of a figure of a survey.

    Attributes
    ----------
    key : str
        Of the index or the rate, or of the group of a ballot; empty for all groups of a ballot,
        and for the only index of a survey.
    identity : str or None
        ``named`` or ``anonymous``, for rates of reviews that keep them apart.
    """

    kind: FigureKind
    key: str = ""
    identity: str | None = None

    def __str__(self) -> str:
        """Write it as definitions do."""
        written = f"{self.kind}.{self.key}" if self.key else self.kind.value
        return f"{written}@{self.identity}" if self.identity else written

    def measure(self, *, is_review: bool) -> Measure:
        """Return what it is counted in."""
        if self.kind is not FigureKind.RATE:
            return Measure.POINTS
        if is_review and BY_KEY[_rate(self.key)].unit is RateUnit.POINTS:
            return Measure.POINTS
        return Measure.PERCENT


def _rate(key: str) -> Any:
    return next(one for one in BY_KEY if one.value == key)


@dataclass(frozen=True, slots=True)
class IndicatorPart:
    """One part of an indicator.

    Attributes
    ----------
    survey : str
        Key of a survey, or of an evaluation, whose meetings are then taken together.
    weight : Fraction
        Positive; only the ratios between the parts count.
    where : mapping of str to tuple of str
        Attributes (or ``mode``) and the levels that count.
    during : During or None
        None: days of the period for reviews, the whole wave for others.
    units : mapping of str to str
        Codes of units by key of a subject, where the survey does not link them itself.
    """

    survey: str
    figure: FigureName
    weight: Fraction
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    population: Population | None = None
    during: During | None = None
    units: Mapping[str, str] = field(default_factory=dict)

    @property
    def chosen(self) -> Mapping[str, tuple[str, ...]]:
        """The attributes respondents are chosen by; the mode is no property of theirs."""
        return {key: levels for key, levels in self.where.items() if key != MODE}


@dataclass(frozen=True, slots=True)
class Coefficients:
    """What each answer to one question weighs.

    Attributes
    ----------
    question : str
        Key of a question with levels, or of an attribute.
    weights : mapping of str to Fraction or None
        By level, 0 or more; 0 takes out (不了解); None is not filled in yet.
    """

    question: str
    weights: Mapping[str, Fraction | None]

    @property
    def is_filled(self) -> bool:
        """Whether every weight is there, and one of them counts."""
        given = list(self.weights.values())
        return bool(given) and None not in given and any(given)


@dataclass(frozen=True, slots=True)
class RelevanceRule:
    """The weighting by K (知情度) × R (关联度) × class, beside the headline and never in it.

    Attributes
    ----------
    apply : bool
        Off by default.
    knowledge, relation, group : Coefficients or None
        K, R and the class of a respondent.
    example : bool
        Whether the coefficients are an example and nobody's decision.
    """

    apply: bool
    knowledge: Coefficients | None
    relation: Coefficients | None
    group: Coefficients | None
    example: bool = False

    @property
    def factors(self) -> tuple[Coefficients, ...]:
        """Those that were declared, in their order."""
        return tuple(one for one in (self.knowledge, self.relation, self.group) if one is not None)


@dataclass(frozen=True, slots=True)
class Indicator:
    """One version of an indicator.

    Attributes
    ----------
    document : mapping
        As it was written, ready for JSON: what is stored and hashed.
    """

    key: str
    title: Text
    parts: tuple[IndicatorPart, ...]
    missing: MissingPart
    by: Breakdown
    relevance: RelevanceRule | None
    note: Text | None
    document: Mapping[str, Any]

    @property
    def surveys(self) -> tuple[str, ...]:
        """Keys of what its parts rest on, each once."""
        return tuple(dict.fromkeys(part.survey for part in self.parts))

    @property
    def selections(self) -> tuple[tuple[str, Mapping[str, tuple[str, ...]]], ...]:
        """Whose answers of which survey it chooses by their attributes."""
        return tuple((part.survey, part.chosen) for part in self.parts if part.chosen)


KNOWLEDGE_EXAMPLE: Final[Mapping[str, Fraction]] = {
    "很了解": Fraction(1),
    "比较了解": Fraction(8, 10),
    "一般": Fraction(5, 10),
    "不太了解": Fraction(2, 10),
    "不了解": Fraction(0),
}
RELATION_EXAMPLE: Final[Mapping[str, Fraction]] = {
    "直接服务对象": Fraction(1),
    "办过事": Fraction(1),
    "工作往来": Fraction(8, 10),
    "辖区居民": Fraction(5, 10),
    "无关": Fraction(2, 10),
}
"""Example coefficients by the Chinese label of a level: own proposals, no state rule (see
docs/indicators.md)."""

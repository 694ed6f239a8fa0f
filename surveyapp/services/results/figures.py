"""Figures with their precision: of indices, questions and levels, all frozen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from surveyapp.domain.messages import Message
from surveyapp.domain.survey import Subject
from surveyapp.domain.text import Text


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its precision; None where a quantity does not exist, never NaN.

    Attributes
    ----------
    n : int
        Respondents it rests on.
    value, low, high : float or None
        In points, in shares 0 to 1, or in the unit of a number question.
    se : float or None
        Standard error, in the same unit.
    effective_n : float
        Kish's effective number of these respondents.
    deff : float or None
        Design effect.
    df : int
        Degrees of freedom of the interval.
    """

    n: int
    value: float | None
    se: float | None
    low: float | None
    high: float | None
    effective_n: float
    deff: float | None
    df: int

    @property
    def margin(self) -> float | None:
        """Half the width of the interval (±误差), or None where there is no interval."""
        return None if self.low is None or self.high is None else (self.high - self.low) / 2


@dataclass(frozen=True, slots=True)
class FavourableShare:
    """满意率: favourable among scored answers, 0 to 1.

    Attributes
    ----------
    figure : Figure
        Of an index of several items: over all scored answers to them, each with the weight of its
        item; `n` counts respondents.
    unweighted : float or None
        The share with equal weights of the respondents.
    """

    figure: Figure
    unweighted: float | None

    @property
    def gap(self) -> float | None:
        """By how much weighting moves the share, as a part of 1."""
        return gap(self.figure.value, self.unweighted)


@dataclass(frozen=True, slots=True)
class Concerned:
    """An index or an item as those see it whom it concerns.

    Attributes
    ----------
    users : Figure or None
        Mean points of those whose answer to the relevance question weighs fully. None for an index
        in which an item has no relevance question.
    favourable : Figure or None
        满意率 of the same, for an item.
    relevance : Figure
        Mean points in which every answer counts by its relevance; so do respondents in its
        `effective_n`.
    """

    users: Figure | None
    favourable: Figure | None
    relevance: Figure


def shown_gap(weighted: float | None, unweighted: float | None) -> float | None:
    """Return the gap between two values as they are printed with one decimal."""
    if weighted is None or unweighted is None:
        return None
    return round(round(weighted, 1) - round(unweighted, 1), 1)


def gap(weighted: float | None, unweighted: float | None) -> float | None:
    """Return weighted minus unweighted; None where one of them does not exist."""
    return None if weighted is None or unweighted is None else weighted - unweighted


@dataclass(frozen=True, slots=True)
class Group:
    """One group of a breakdown: a level of an attribute, or of the mode."""

    attribute: str
    attribute_title: Text | Message
    level: str
    title: Text | Message


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One index of one subject and one group.

    Attributes
    ----------
    subject : Subject or None
        None: all subjects together.
    group : Group or None
        None: all respondents.
    figure : Figure
        In index points.
    unweighted : float or None
        The value with equal weights.
    favourable : FavourableShare or None
        满意率: share of the favourable answers; None where a scale marks none.
    concerned : Concerned or None
        The index by relevance, where the survey declares what relevance weighs.
    lowest, highest : float
        The ends of the scale, in points: where a chart's axis begins and ends.
    suppressed : bool
        Whether fewer respondents than the survey's minimum group stand behind it.
    revision : int or None
        Set where the index was changed between revisions, so that it has several figures: the
        last revision this one belongs to. None where all revisions are pooled.
    """

    key: str
    title: Text
    subject: Subject | None
    group: Group | None
    figure: Figure
    unweighted: float | None
    lowest: float
    highest: float
    suppressed: bool
    revision: int | None
    favourable: FavourableShare | None = None
    concerned: Concerned | None = None

    @property
    def gap(self) -> float | None:
        """By how many points weighting moves the value; None where there is none."""
        return gap(self.figure.value, self.unweighted)

    @property
    def by(self) -> dict[str, str]:
        """The group as ``{attribute: level}``; empty for all respondents."""
        return {} if self.group is None else {self.group.attribute: self.group.level}


@dataclass(frozen=True, slots=True)
class LevelFigures:
    """How often one level was chosen.

    Attributes
    ----------
    count : int
        Respondents, not weighted.
    share : Figure
        0 to 1 with Wilson's interval. Scored levels: of those who gave a scored answer. Unscored
        ones: of all who answered. Options of a multiple choice: of all who were asked. Tags: of
        those who chose the level the tag belongs to.
    given : str or None
        For a tag, the level at which it is offered.
    unweighted : float or None
        The share with equal weights.
    """

    key: str
    code: str
    label: Text
    favourable: bool
    unscored: bool
    points: float | None
    count: int
    share: Figure
    given: str | None = None
    unweighted: float | None = None


class Shape(StrEnum):
    """How the figures of a question are laid out."""

    RATED = "rated"
    SINGLE = "single"
    MULTIPLE = "multiple"
    TAGS = "tags"
    NUMBER = "number"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class QuestionFigures:
    """Everything counted at one question or one row of a matrix.

    Attributes
    ----------
    field : str
        ``question`` or ``matrix.row``.
    heading : Text or None
        For a matrix row the title of the matrix.
    shape : Shape
        Says which of the figures below exist.
    asked : int or None
        Respondents to whom the form shows it; None where skip logic makes that uncountable.
    answered : int or None
        Respondents who answered; None for multiple choices and tags, of which an answer without
        any option cannot be told from no answer.
    levels : tuple of LevelFigures
        In declared order, empty for numbers and texts.
    mean : Figure or None
        Mean points of a rated item, mean of a number question.
    favourable : Figure or None
        满意率: share of the favourable levels among scored answers, 0 to 1.
    dont_know : Figure or None
        Share of unscored answers among all answers, 0 to 1.
    deviation : float or None
        Standard deviation of a number question.
    lowest, highest : float or None
        Ends of the scale of `mean`.
    unit : Text or None
        Unit of a number question.
    revisions : tuple of int
        Revisions counted here, where the question was changed and others are left out; else empty.
    unweighted_mean, unweighted_favourable : float or None
        `mean` and `favourable` with equal weights.
    concerned : Concerned or None
        The item by relevance, where it asks for it and the survey declares what relevance weighs.
    """

    field: str
    title: Text
    heading: Text | None
    shape: Shape
    asked: int | None
    answered: int | None
    levels: tuple[LevelFigures, ...] = ()
    mean: Figure | None = None
    favourable: Figure | None = None
    dont_know: Figure | None = None
    deviation: float | None = None
    lowest: float | None = None
    highest: float | None = None
    unit: Text | None = None
    revisions: tuple[int, ...] = ()
    unweighted_mean: float | None = None
    unweighted_favourable: float | None = None
    concerned: Concerned | None = None

    @property
    def not_answered(self) -> int | None:
        """Respondents who were asked and left it open."""
        return None if self.asked is None or self.answered is None else self.asked - self.answered

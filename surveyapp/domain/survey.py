"""What a survey is: its questions, scales, attributes and indices, as one immutable definition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from typing import Any

from surveyapp.domain.ballot import BallotRules
from surveyapp.domain.review import ReviewRules
from surveyapp.domain.scales import Level, Scale
from surveyapp.domain.text import Text
from surveyapp.domain.weighting import WeightingRule

UNKNOWN = "unknown"
OPEN_FORM_MODE = "open"
INVITED_MODE = "invited"


class Kind(StrEnum):
    """What a survey is for."""

    REVIEW = "review"
    SATISFACTION = "satisfaction"
    BALLOT = "ballot"


class Status(StrEnum):
    """How far a survey has come."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


class Standing(StrEnum):
    """Whether a response counts; it changes only with an event that says who, why and when."""

    COUNTED = "counted"
    FLAGGED = "flagged"
    EXCLUDED = "excluded"
    REPLACED = "replaced"
    REHEARSAL = "rehearsal"


class Accepting(StrEnum):
    """Whether a form takes answers at this moment."""

    OPEN = "open"
    NOT_YET = "not_yet"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class CollectionWindow:
    """When answers are taken: the half-open span [opens_at, closes_at), aware UTC."""

    opens_at: datetime | None = None
    closes_at: datetime | None = None

    def accepting(self, now: datetime) -> Accepting:
        """Return whether answers are taken at `now`."""
        if self.opens_at is not None and now < self.opens_at:
            return Accepting.NOT_YET
        if self.closes_at is not None and now >= self.closes_at:
            return Accepting.CLOSED
        return Accepting.OPEN


@dataclass(frozen=True, slots=True)
class LegalHead:
    """What the law wants top right on a form of a statistical survey project (统计调查项目)."""

    form_number: str
    issued_by: str
    document: str
    approved_by: str
    approval_number: str
    valid_until: date


@dataclass(frozen=True, slots=True)
class Attribute:
    """A banded property of respondents, for breakdowns and margins.

    Attributes
    ----------
    title : Text
        The question as the form asks it.
    levels : tuple of Level
        In declared order; unknown is not among them.
    unknown_allowed : bool
        Whether a response may leave it open.
    asked : bool
        Whether the form asks it.
    name : Text or None
        What results call it, in a word or two.
    """

    key: str
    title: Text
    levels: tuple[Level, ...]
    unknown_allowed: bool
    asked: bool
    name: Text | None = None

    @property
    def heading(self) -> Text:
        """What results call it: its name, or the question where it has none."""
        return self.title if self.name is None else self.name

    def find(self, level_key: str) -> Level | None:
        """Return the level with a key, or None."""
        return next((level for level in self.levels if level.key == level_key), None)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is rated: a window, an item of service, an organisation."""

    key: str
    title: Text
    unit_code: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a matrix."""

    key: str
    title: Text


@dataclass(frozen=True, slots=True)
class Question:
    """What all questions have.

    Attributes
    ----------
    show_if : mapping of str to tuple of str
        Earlier questions and the levels of which one must be chosen; all must hold.
    """

    key: str
    title: Text
    hint: Text | None
    required: bool
    show_if: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class ScaleQuestion(Question):
    """One level of a scale; `relevance` names the question that says whether one is concerned."""

    scale: Scale
    relevance: str | None = None


@dataclass(frozen=True, slots=True)
class MatrixQuestion(Question):
    """Several rows on one scale; fields are named ``question.row``."""

    scale: Scale
    rows: tuple[Row, ...]

    def fields(self) -> Iterator[tuple[str, Row]]:
        """Yield the field name and the row, in order."""
        for row in self.rows:
            yield f"{self.key}.{row.key}", row


@dataclass(frozen=True, slots=True)
class SingleQuestion(Question):
    """One of several options."""

    options: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class MultipleQuestion(Question):
    """Any of several options, at most `max_choices` where given."""

    options: tuple[Level, ...]
    max_choices: int | None = None


@dataclass(frozen=True, slots=True)
class TagsQuestion(Question):
    """Reasons that depend on the level chosen at another question.

    Attributes
    ----------
    tags : mapping of str to tuple of Level
        The tags offered at each level of `depends_on`.
    """

    depends_on: str
    tags: Mapping[str, tuple[Level, ...]]

    @property
    def options(self) -> tuple[Level, ...]:
        """All tags, level by level."""
        return tuple(tag for tags in self.tags.values() for tag in tags)


@dataclass(frozen=True, slots=True)
class TextQuestion(Question):
    """Free text of at most `max_chars` characters (code points after NFC)."""

    max_chars: int


@dataclass(frozen=True, slots=True)
class NumberQuestion(Question):
    """A number within bounds, with a fixed number of decimals."""

    minimum: Fraction | None
    maximum: Fraction | None
    decimals: int
    unit: Text | None


@dataclass(frozen=True, slots=True)
class IndexItem:
    """One rated item of an index.

    Attributes
    ----------
    field : str
        ``question`` or ``matrix.row``.
    weight : int
        Positive; only the ratios between the items matter.
    points : mapping of str to int
        For each scored level its points, in the unit ``1 / IndexDefinition.unit``.
    relevance : str or None
        The question that says whether a respondent is concerned.
    favourable : frozenset of str
        The scored levels that the scale marks as favourable.
    """

    field: str
    weight: int
    points: Mapping[str, int]
    relevance: str | None = None
    favourable: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class IndexDefinition:
    """A respondent's weighted mean of the items they rated, and how it is counted exactly.

    A respondent's index is the fraction a / (b · unit): b is the sum of the weights of the items
    answered, a the sum of weight × points in whole units.

    Attributes
    ----------
    unit : int
        Points are multiples of 1/unit.
    minimum_items : int
        Respondents with fewer rated items have no index.
    lowest, highest : Fraction
        The ends of the scale of the index, in points.
    relevance_weights : mapping of str to int
        What each answer to a relevance question weighs, in whole units; empty where the index is
        not weighted by relevance.
    relevance_unit : int
        What an item weighs that has no relevance question.
    """

    key: str
    title: Text
    items: tuple[IndexItem, ...]
    unit: int
    minimum_items: int
    lowest: Fraction
    highest: Fraction
    relevance_weights: Mapping[str, int]
    relevance_unit: int

    @property
    def has_favourable(self) -> bool:
        """Whether every item has favourable levels, so that the index has a favourable share."""
        return all(item.favourable for item in self.items)

    @property
    def users(self) -> frozenset[str]:
        """Answers to a relevance question that weigh fully: whoever gives one is a user."""
        full = self.relevance_unit
        return frozenset(key for key, weight in self.relevance_weights.items() if weight == full)

    @property
    def has_users(self) -> bool:
        """Whether every item asks who is concerned, so that the index exists for users alone."""
        return bool(self.users) and all(item.relevance is not None for item in self.items)


@dataclass(frozen=True, slots=True)
class Definition:
    """One revision of a survey, complete.

    Attributes
    ----------
    opens_at, closes_at : datetime or None
        As declared; a naive one is local time of the installation.
    minimum_group : int
        Smallest number of respondents a published figure may rest on.
    method_sample : bool
        Whether it shows how methods work on foreign data: listed last, apart from own surveys.
    weighting : WeightingRule
        How responses are weighted once the survey has population margins.
    review : ReviewRules or None
        How ratings are followed up; exactly the surveys of kind review have it.
    ballot : BallotRules or None
        Who is rated by whom and how; exactly the surveys of kind ballot have it, and no questions.
    document : mapping
        The definition as it was written, ready for JSON: what is stored and hashed.
    """

    key: str
    kind: Kind
    title: Text
    office: Text | None
    purpose: Text | None
    retention: Text | None
    contact: Text | None
    minutes: int | None
    statistical_project: bool
    legal_head: LegalHead | None
    opens_at: datetime | None
    closes_at: datetime | None
    minimum_group: int
    source: Text | None
    adapt: Text | None
    notes: Text | None
    method_sample: bool
    attributes: tuple[Attribute, ...]
    subjects: tuple[Subject, ...]
    questions: tuple[Question, ...]
    relevance_weights: Mapping[str, Fraction]
    indices: tuple[IndexDefinition, ...]
    weighting: WeightingRule
    review: ReviewRules | None
    ballot: BallotRules | None
    document: Mapping[str, Any]

    def question(self, key: str) -> Question:
        """Return the question with a key; KeyError where there is none."""
        for question in self.questions:
            if question.key == key:
                return question
        raise KeyError(key)

    def attribute(self, key: str) -> Attribute | None:
        """Return the attribute with a key, or None."""
        return next((one for one in self.attributes if one.key == key), None)

    @property
    def asked_attributes(self) -> tuple[Attribute, ...]:
        """Attributes the form asks."""
        return tuple(attribute for attribute in self.attributes if attribute.asked)

    def rated_fields(self) -> Iterator[tuple[str, Text, Scale]]:
        """Yield (field name, title, scale) for each scale question and matrix row."""
        for question in self.questions:
            if isinstance(question, ScaleQuestion):
                yield question.key, question.title, question.scale
            elif isinstance(question, MatrixQuestion):
                for name, row in question.fields():
                    yield name, row.title, question.scale


def choices_of(question: Question) -> tuple[Level, ...]:
    """Return the levels a question offers (for a matrix: each row), none for text and number."""
    match question:
        case ScaleQuestion() | MatrixQuestion():
            return question.scale.levels
        case SingleQuestion() | MultipleQuestion() | TagsQuestion():
            return question.options
        case _:
            return ()

"""Distributions, shares and means of single questions."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import numpy as np

from surveyapp.domain.pooling import question_sha256
from surveyapp.domain.scales import Level, Scale
from surveyapp.domain.survey import (
    Definition,
    MatrixQuestion,
    MultipleQuestion,
    NumberQuestion,
    Question,
    ScaleQuestion,
    SingleQuestion,
    TagsQuestion,
)
from surveyapp.domain.text import Text
from surveyapp.services.results.figures import Concerned, LevelFigures, QuestionFigures, Shape
from surveyapp.services.results.portions import unweighted
from surveyapp.services.results.sample import Domain, Sample
from surveyapp.stats.arrays import Matrix, Vector
from surveyapp.stats.cells import Moments
from surveyapp.stats.totals import Pairs


@dataclass(frozen=True, slots=True)
class Revision:
    """A revision of the survey."""

    number: int
    definition: Definition


def question_figures(
    sample: Sample, definition: Definition, revisions: Mapping[UUID, Revision], domain: Domain
) -> Iterator[QuestionFigures]:
    """Yield the figures of every question of a definition, matrix rows one by one.

    Parameters
    ----------
    definition : Definition
        Whose questions are asked about.
    revisions : mapping of UUID to Revision
        Every revision in the sample; answers to a question that was changed stay apart.
    domain : Domain
        The part of the sample.
    """
    for question in definition.questions:
        yield from _Counter(sample, definition, question, revisions, domain).figures()


def pooled_revisions(
    question: Question, revisions: Mapping[UUID, Revision]
) -> tuple[frozenset[UUID], tuple[int, ...]]:
    """Return the revisions in which a question means the same.

    Returns
    -------
    tuple
        Their ids; and their numbers where other revisions ask something else under the same key.
    """
    found = {
        key: (revision.number, one)
        for key, revision in revisions.items()
        for one in revision.definition.questions
        if one.key == question.key
    }
    identity = question_sha256(question)
    same = {key: number for key, (number, one) in found.items() if question_sha256(one) == identity}
    return frozenset(same), tuple(sorted(same.values())) if len(same) < len(found) else ()


class _Counter:
    """Counts one question."""

    def __init__(
        self,
        sample: Sample,
        definition: Definition,
        question: Question,
        revisions: Mapping[UUID, Revision],
        domain: Domain,
    ) -> None:
        self._sample = sample
        self._definition = definition
        self._question = question
        self._domain = domain
        self._mask = sample.mask(domain)
        self._revisions = revisions
        self._pooled, self._numbers = pooled_revisions(question, revisions)
        self._asked = self._asked_by_cell()

    def figures(self) -> Iterator[QuestionFigures]:
        """Yield what there is to say about the question."""
        question = self._question
        match question:
            case ScaleQuestion():
                yield self._rated(question.key, question.title, None, question.scale)
            case MatrixQuestion():
                for name, row in question.fields():
                    yield self._rated(name, row.title, question.title, question.scale)
            case SingleQuestion():
                yield self._single(question)
            case MultipleQuestion():
                yield self._multiple(question)
            case TagsQuestion():
                yield self._tags(question)
            case NumberQuestion():
                yield self._number(question)
            case _:
                yield self._text(question)

    def _column(self, name: str) -> Vector:
        return self._sample.column(name, self._pooled)

    def _count(self, column: Vector) -> int:
        return int(column[self._mask].sum())

    def _asked_by_cell(self) -> Vector | None:
        """Return whom skip logic shows the question; None where counts cannot tell.

        One condition can be counted. Of several conditions, or of several options of a multiple
        choice, the tally does not know how many people they have in common.
        """
        if not self._question.show_if:
            return self._column("n")
        ((key, levels), *more) = self._question.show_if.items()
        is_multiple = isinstance(self._definition.question(key), MultipleQuestion)
        if more or (is_multiple and len(levels) > 1):
            return None
        return self._total([self._column(f"q|{key}|{level}") for level in levels])

    def _total(self, columns: Sequence[Vector]) -> Vector:
        total = np.zeros(self._sample.size)
        for column in columns:
            total = total + column
        return total

    def _asked_number(self) -> int | None:
        return None if self._asked is None else self._count(self._asked)

    def _levels(
        self,
        levels: Sequence[Level],
        hits: Sequence[Vector],
        wholes: Sequence[Vector],
        given: Sequence[str | None] | None = None,
    ) -> Iterator[LevelFigures]:
        """Yield how often each level was chosen, of whom it is a share."""
        variables = [Moments.from_hits(*pair) for pair in zip(hits, wholes, strict=True)]
        shares = self._sample.shares(variables, self._domain)
        found = zip(levels, hits, variables, shares, given or [None] * len(levels), strict=True)
        for level, hit, variable, share, one in found:
            yield LevelFigures(
                key=level.key,
                code=level.code,
                label=level.label,
                favourable=level.favourable,
                unscored=level.unscored,
                points=None if level.points is None else float(level.points),
                count=self._count(hit),
                share=share,
                given=one,
                unweighted=unweighted(variable, self._mask),
            )

    def _rated(
        self, field: str, title: Text, heading: Text | None, scale: Scale
    ) -> QuestionFigures:
        figures = self._chosen(Shape.RATED, field, title, heading, scale.levels)
        points = [level.points for level in scale.scored if level.points is not None]
        if len(points) < len(scale.scored):
            return figures
        counts = self._histogram(f"q|{field}", scale)
        moments = Moments.from_levels(counts, [float(number) for number in points])
        return replace(
            figures,
            mean=self._sample.mean(moments, self._domain),
            unweighted_mean=unweighted(moments, self._mask),
            lowest=float(min(points)),
            highest=float(max(points)),
            concerned=self._concerned(scale),
        )

    def _concerned(self, scale: Scale) -> Concerned | None:
        """Return an item as those see it whom it concerns, by what each answer weighs."""
        question, weights = self._question, self._definition.relevance_weights
        if not isinstance(question, ScaleQuestion) or question.relevance is None or not weights:
            return None
        points = [float(level.points) for level in scale.scored if level.points is not None]
        alike = {key for key in self._pooled if self._asks_relevance(key, question.relevance)}
        counts = {
            relevance: self._histogram(f"r|{question.key}|{relevance}", scale, alike)
            for relevance in weights
        }
        users = sum(
            (counts[relevance] for relevance, weight in weights.items() if weight == 1),
            start=np.zeros((self._sample.size, len(points))),
        )
        liked = users[:, [level.favourable for level in scale.scored]].sum(axis=1)
        return Concerned(
            self._sample.mean(Moments.from_levels(users, points), self._domain),
            self._sample.share(Moments.from_hits(liked, users.sum(axis=1)), self._domain),
            self._sample.ratio(
                _relevant(list(counts.values()), [float(one) for one in weights.values()], points),
                self._domain,
            ),
        )

    def _asks_relevance(self, revision_id: UUID, relevance: str) -> bool:
        """Whether the relevance of the item was the answer to the same question then."""
        question = self._revisions[revision_id].definition.question(self._question.key)
        return isinstance(question, ScaleQuestion) and question.relevance == relevance

    def _histogram(
        self, name: str, scale: Scale, revisions: Collection[UUID] | None = None
    ) -> Matrix:
        """Return the answers by scored level, shape (C, L)."""
        kept = self._pooled if revisions is None else revisions
        columns = [self._sample.column(f"{name}|{level.key}", kept) for level in scale.scored]
        return np.reshape(columns, (len(columns), self._sample.size)).T

    def _single(self, question: SingleQuestion) -> QuestionFigures:
        return self._chosen(Shape.SINGLE, question.key, question.title, None, question.options)

    def _chosen(
        self,
        shape: Shape,
        field: str,
        title: Text,
        heading: Text | None,
        levels: Sequence[Level],
    ) -> QuestionFigures:
        """Count a question with one answer: shares of scored levels among scored answers."""
        columns = {level.key: self._column(f"q|{field}|{level.key}") for level in levels}
        answered = self._total(list(columns.values()))
        scored = self._total([columns[level.key] for level in levels if not level.unscored])
        liked = self._total([columns[level.key] for level in levels if level.favourable])
        has_favourable = any(level.favourable for level in levels)
        has_unscored = any(level.unscored for level in levels)
        favourable = Moments.from_hits(liked, scored)
        unscored = Moments.from_hits(answered - scored, answered)
        of_all, of_unscored = self._sample.shares([favourable, unscored], self._domain)
        wholes = [answered if level.unscored else scored for level in levels]
        hits = list(columns.values())
        return QuestionFigures(
            field=field,
            title=title,
            heading=heading,
            shape=shape,
            asked=self._asked_number(),
            answered=self._count(answered),
            levels=tuple(self._levels(levels, hits, wholes)),
            favourable=of_all if has_favourable else None,
            dont_know=of_unscored if has_unscored else None,
            revisions=self._numbers,
            unweighted_favourable=unweighted(favourable, self._mask) if has_favourable else None,
        )

    def _multiple(self, question: MultipleQuestion) -> QuestionFigures:
        whole = self._column("n") if self._asked is None else self._asked
        hits = [self._column(f"q|{question.key}|{level.key}") for level in question.options]
        found = self._levels(question.options, hits, [whole] * len(hits))
        return self._several(Shape.MULTIPLE, list(found))

    def _tags(self, question: TagsQuestion) -> QuestionFigures:
        named = [(given, tag) for given, tags in question.tags.items() for tag in tags]
        hits = [self._column(f"q|{question.key}|{tag.key}") for _, tag in named]
        wholes = [self._column(f"q|{question.depends_on}|{given}") for given, _ in named]
        tags, givens = [tag for _, tag in named], [given for given, _ in named]
        return self._several(Shape.TAGS, list(self._levels(tags, hits, wholes, givens)))

    def _several(self, shape: Shape, levels: Sequence[LevelFigures]) -> QuestionFigures:
        return QuestionFigures(
            field=self._question.key,
            title=self._question.title,
            heading=None,
            shape=shape,
            asked=self._asked_number(),
            answered=None,
            levels=tuple(levels),
            revisions=self._numbers,
        )

    def _number(self, question: NumberQuestion) -> QuestionFigures:
        m, first, second = (self._column(f"x|{question.key}|{part}") for part in ("m", "s", "ss"))
        unit = 10.0**question.decimals
        moments = Moments.from_sums(m, first / unit, second / unit**2)
        mean = self._sample.mean(moments, self._domain)
        return QuestionFigures(
            field=question.key,
            title=question.title,
            heading=None,
            shape=Shape.NUMBER,
            asked=self._asked_number(),
            answered=self._count(m),
            mean=mean,
            unweighted_mean=unweighted(moments, self._mask),
            deviation=self._sample.deviation(moments, mean, self._domain),
            unit=question.unit,
            revisions=self._numbers,
        )

    def _text(self, question: Question) -> QuestionFigures:
        return QuestionFigures(
            field=question.key,
            title=question.title,
            heading=None,
            shape=Shape.TEXT,
            asked=self._asked_number(),
            answered=self._count(self._column(f"t|{question.key}")),
            revisions=self._numbers,
        )


def _relevant(counts: Sequence[Matrix], weights: Sequence[float], points: Sequence[float]) -> Pairs:
    """Return relevance times points and relevance of each answer, by cell.

    Parameters
    ----------
    counts : sequence of float array, shape (C, L)
        Answers by level, one array for each level of relevance.
    weights : sequence of float
        What these levels of relevance weigh.
    points : sequence of float, length L
    """
    table = np.concatenate(counts, axis=1)
    x = np.repeat(weights, len(points))
    y = x * np.tile(points, len(weights))
    m = table.sum(axis=1)
    divisor = np.maximum(m, 1)
    mean_y, mean_x = table @ y / divisor, table @ x / divisor
    from_y, from_x = y - mean_y[:, None], x - mean_x[:, None]
    return Pairs(
        m,
        mean_y,
        mean_x,
        (table * from_y**2).sum(axis=1),
        (table * from_x**2).sum(axis=1),
        (table * from_y * from_x).sum(axis=1),
    )

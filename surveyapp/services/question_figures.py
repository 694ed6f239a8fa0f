"""Distributions, shares and means of single questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
from surveyapp.services.figures import LevelFigures, QuestionFigures, Shape
from surveyapp.services.sample import Domain, Sample
from surveyapp.stats.arrays import Vector
from surveyapp.stats.cells import Moments


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

    def _level(
        self, level: Level, hits: Vector, whole: Vector, given: str | None = None
    ) -> LevelFigures:
        return LevelFigures(
            key=level.key,
            code=level.code,
            label=level.label,
            favourable=level.favourable,
            unscored=level.unscored,
            points=None if level.points is None else float(level.points),
            count=self._count(hits),
            share=self._sample.share(Moments.from_hits(hits, whole), self._domain),
            given=given,
        )

    def _rated(
        self, field: str, title: Text, heading: Text | None, scale: Scale
    ) -> QuestionFigures:
        figures = self._chosen(Shape.RATED, field, title, heading, scale.levels)
        points = [level.points for level in scale.scored if level.points is not None]
        if len(points) < len(scale.scored):
            return figures
        columns = [self._column(f"q|{field}|{level.key}") for level in scale.scored]
        counts = np.reshape(columns, (len(columns), self._sample.size)).T
        moments = Moments.from_levels(counts, [float(number) for number in points])
        return replace(
            figures,
            mean=self._sample.mean(moments, self._domain),
            lowest=float(min(points)),
            highest=float(max(points)),
        )

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
        share = self._sample.share
        has_favourable = any(level.favourable for level in levels)
        has_unscored = any(level.unscored for level in levels)
        return QuestionFigures(
            field=field,
            title=title,
            heading=heading,
            shape=shape,
            asked=self._asked_number(),
            answered=self._count(answered),
            levels=tuple(
                self._level(level, columns[level.key], answered if level.unscored else scored)
                for level in levels
            ),
            favourable=share(Moments.from_hits(liked, scored), self._domain)
            if has_favourable
            else None,
            dont_know=share(Moments.from_hits(answered - scored, answered), self._domain)
            if has_unscored
            else None,
            revisions=self._numbers,
        )

    def _multiple(self, question: MultipleQuestion) -> QuestionFigures:
        whole = self._column("n") if self._asked is None else self._asked
        return self._several(
            Shape.MULTIPLE,
            [
                self._level(level, self._column(f"q|{question.key}|{level.key}"), whole)
                for level in question.options
            ],
        )

    def _tags(self, question: TagsQuestion) -> QuestionFigures:
        figures = []
        for given, tags in question.tags.items():
            whole = self._column(f"q|{question.depends_on}|{given}")
            for tag in tags:
                hits = self._column(f"q|{question.key}|{tag.key}")
                figures.append(self._level(tag, hits, whole, given))
        return self._several(Shape.TAGS, figures)

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

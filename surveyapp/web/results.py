"""Results laid out for a page: index by index, then the questions section by section.

The staff face and the public page show the same layout, the one from live figures, the other from a
release. A figure that is held back is None here, so that no template can show it by mistake.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from surveyapp.domain.messages import Message, message
from surveyapp.domain.survey import Definition
from surveyapp.domain.text import Text
from surveyapp.services.figures import (
    Figure,
    Group,
    IndexRow,
    LevelFigures,
    QuestionFigures,
    Report,
    Shape,
)

WHOLE = message("All respondents")
OTHERS = "other"


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of an index.

    Attributes
    ----------
    figure : Figure or None
        None where it is held back.
    is_small : bool
        Whether fewer respondents stand behind it than the survey's minimum group.
    is_whole : bool
        Whether it stands for all, beside its parts.
    as_of : int or None
        The earlier release it comes from, where the present figure is held back.
    """

    label: Text | Message
    figure: Figure | None
    is_small: bool
    unweighted: float | None = None
    is_whole: bool = False
    as_of: int | None = None


@dataclass(frozen=True, slots=True)
class BreakdownView:
    """An index by the groups of one attribute."""

    attribute: str
    title: Text | Message
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class IndexView:
    """One index with its parts.

    Attributes
    ----------
    name : str
        Unique on the page; carries the revision where the index has several figures.
    share : Figure or None
        满意率 of an index of one question: share 0 to 1 of the favourable answers.
    """

    name: str
    title: Text
    revision: int | None
    lowest: float
    highest: float
    whole: Line
    subjects: tuple[Line, ...]
    breakdowns: tuple[BreakdownView, ...]
    share: Figure | None = None

    @property
    def with_subjects(self) -> tuple[Line, ...]:
        """The whole, then each subject."""
        return (self.whole, *self.subjects)

    @property
    def every_line(self) -> tuple[Line, ...]:
        """The whole, each subject, and each group of each breakdown."""
        groups = (line for breakdown in self.breakdowns for line in breakdown.lines)
        return (self.whole, *self.subjects, *groups)

    def with_groups(self, breakdown: BreakdownView) -> tuple[Line, ...]:
        """Return the whole, then each group of a breakdown."""
        return (self.whole, *breakdown.lines)

    @property
    def compared(self) -> tuple[BreakdownView, ...]:
        """The breakdowns that have something to compare."""
        return tuple(one for one in self.breakdowns if len(one.lines) > 1)

    def breakdown(self, attribute: str) -> BreakdownView | None:
        """Return the breakdown by an attribute, or None."""
        return next((one for one in self.breakdowns if one.attribute == attribute), None)


@dataclass(frozen=True, slots=True)
class QuestionView:
    """The figures of a question, and whether they are shown.

    Attributes
    ----------
    is_held : bool
        Whether the figures are held back: then they are empty.
    as_of : int or None
        The earlier release they come from, where the present ones are held back.
    """

    figures: QuestionFigures
    is_held: bool = False
    as_of: int | None = None


@dataclass(frozen=True, slots=True)
class ScaleView:
    """Rated questions on one scale: they share a chart and a table.

    Attributes
    ----------
    levels, unscored : tuple of LevelFigures
        Of the first question: labels and marks of the scale.
    """

    name: str
    levels: tuple[LevelFigures, ...]
    unscored: tuple[LevelFigures, ...]
    questions: tuple[QuestionView, ...]


@dataclass(frozen=True, slots=True)
class SectionView:
    """The questions of one index, or those of none."""

    name: str
    title: Text | Message
    index: IndexView | None
    scales: tuple[ScaleView, ...]
    others: tuple[QuestionView, ...]

    @property
    def size(self) -> int:
        """Questions in it, matrix rows one by one."""
        return sum(len(scale.questions) for scale in self.scales) + len(self.others)


@dataclass(frozen=True, slots=True)
class ResultView:
    """What a page of results shows.

    Attributes
    ----------
    sections : tuple of SectionView
        All questions, each in one section.
    """

    indices: tuple[IndexView, ...]
    sections: tuple[SectionView, ...]
    sentences: tuple[Message | Text, ...]

    def index(self, name: str) -> IndexView | None:
        """Return the index with a name, or None."""
        return next((one for one in self.indices if one.name == name), None)

    def scale(self, name: str) -> ScaleView | None:
        """Return the scale with a name, or None."""
        scales = (scale for section in self.sections for scale in section.scales)
        return next((one for one in scales if one.name == name), None)


def view_of(report: Report) -> ResultView:
    """Lay out live results, for people who may see every figure."""
    shares = {question.field: question.favourable for question in report.questions}
    questions = [QuestionView(question) for question in report.questions]
    indices = tuple(_index_views(report.indices, report.definition, shares))
    return ResultView(
        indices=indices,
        sections=tuple(section_views(report.definition, indices, questions)),
        sentences=report.sentences,
    )


def _index_views(
    rows: Sequence[IndexRow], definition: Definition, shares: Mapping[str, Figure | None]
) -> Iterator[IndexView]:
    for whole in (row for row in rows if row.subject is None and row.group is None):
        same = [row for row in rows if (row.key, row.revision) == (whole.key, whole.revision)]
        field = only_field(definition, whole.key)
        yield IndexView(
            name=whole.key if whole.revision is None else f"{whole.key}-{whole.revision}",
            title=whole.title,
            revision=whole.revision,
            lowest=whole.lowest,
            highest=whole.highest,
            whole=_line(whole, WHOLE, is_whole=True),
            subjects=tuple(
                _line(row, row.subject.title)
                for row in same
                if row.subject is not None and row.group is None
            ),
            breakdowns=tuple(_breakdowns(same)),
            share=shares.get(field) if field and whole.revision is None else None,
        )


def only_field(definition: Definition, index_key: str) -> str | None:
    """Return the question of an index that consists of one, else None."""
    for index in definition.indices:
        if index.key == index_key and len(index.items) == 1:
            return index.items[0].field
    return None


def _breakdowns(rows: Iterable[IndexRow]) -> Iterator[BreakdownView]:
    found: dict[str, list[tuple[Group, IndexRow]]] = {}
    for row in rows:
        if row.subject is None and row.group is not None:
            found.setdefault(row.group.attribute, []).append((row.group, row))
    for attribute, members in found.items():
        yield BreakdownView(
            attribute,
            members[0][0].attribute_title,
            tuple(_line(row, group.title) for group, row in members),
        )


def _line(row: IndexRow, label: Text | Message, *, is_whole: bool = False) -> Line:
    return Line(label, row.figure, row.suppressed, row.unweighted, is_whole)


def section_views(
    definition: Definition, indices: Sequence[IndexView], questions: Sequence[QuestionView]
) -> Iterator[SectionView]:
    """Put each question into the section of its index: of several, the one with fewest items."""
    home: dict[str, str] = {}
    for index in sorted(definition.indices, key=lambda index: len(index.items)):
        for item in index.items:
            home.setdefault(item.field, index.key)
    views = {view.name: view for view in indices}
    for index in definition.indices:
        members = [one for one in questions if home.get(one.figures.field) == index.key]
        if members:
            yield _section(index.key, index.title, views.get(index.key), members)
    rest = [one for one in questions if one.figures.field not in home]
    if rest:
        yield _section(OTHERS, message("Other questions"), None, rest)


def _section(
    name: str,
    title: Text | Message,
    index: IndexView | None,
    questions: Sequence[QuestionView],
) -> SectionView:
    scales: dict[tuple[tuple[str, Text], ...], list[QuestionView]] = {}
    others = []
    for question in questions:
        if question.figures.shape is Shape.RATED:
            scale = tuple((level.key, level.label) for level in question.figures.levels)
            scales.setdefault(scale, []).append(question)
        else:
            others.append(question)
    return SectionView(
        name=name,
        title=title,
        index=index,
        scales=tuple(
            _scale(f"{name}-{number}", members)
            for number, members in enumerate(scales.values(), start=1)
        ),
        others=tuple(others),
    )


def _scale(name: str, questions: Sequence[QuestionView]) -> ScaleView:
    levels = questions[0].figures.levels
    return ScaleView(
        name=name,
        levels=tuple(level for level in levels if not level.unscored),
        unscored=tuple(level for level in levels if level.unscored),
        questions=tuple(questions),
    )

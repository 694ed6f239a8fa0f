"""Results laid out for a page: index by index, then the questions section by section.

The staff face and the public page show the same layout, the one from live figures, the other from a
release. A figure that is held back is None here, so that no template can show it by mistake.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from surveyapp.domain.messages import Message, message
from surveyapp.domain.survey import Definition
from surveyapp.domain.text import Text
from surveyapp.services.results.figures import (
    Concerned,
    FavourableShare,
    Figure,
    Group,
    IndexRow,
    LevelFigures,
    QuestionFigures,
    Shape,
    gap,
    shown_gap,
)
from surveyapp.services.results.report import Report
from surveyapp.services.results.trend_chart import TrendMark

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
    favourable : FavourableShare or None
        满意率 of the same respondents.
    concerned : Concerned or None
        The same index by relevance; only inside.
    """

    label: Text | Message
    figure: Figure | None
    is_small: bool
    unweighted: float | None = None
    is_whole: bool = False
    as_of: int | None = None
    favourable: FavourableShare | None = None
    concerned: Concerned | None = None

    @property
    def gap(self) -> float | None:
        """By how many points weighting moves the figure; None where that is not shown."""
        return None if self.figure is None else gap(self.figure.value, self.unweighted)

    @property
    def shown_gap(self) -> float | None:
        """The same between the values as they are printed."""
        return None if self.figure is None else shown_gap(self.figure.value, self.unweighted)


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
    """

    name: str
    title: Text
    revision: int | None
    lowest: float
    highest: float
    whole: Line
    subjects: tuple[Line, ...]
    breakdowns: tuple[BreakdownView, ...]

    @property
    def share(self) -> Figure | None:
        """满意率: share 0 to 1 of the favourable answers; None where it is held back."""
        return None if self.whole.favourable is None else self.whole.favourable.figure

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

    @property
    def concerned(self) -> tuple[QuestionView, ...]:
        """The questions that are also shown by relevance."""
        return tuple(one for one in self.questions if one.figures.concerned is not None)


@dataclass(frozen=True, slots=True)
class SectionView:
    """The questions of one index, or those of none.

    Attributes
    ----------
    elsewhere : int
        How many questions of the index stand in the sections of others.
    homes : tuple of Text
        The titles of these.
    """

    name: str
    title: Text | Message
    index: IndexView | None
    scales: tuple[ScaleView, ...]
    others: tuple[QuestionView, ...]
    elsewhere: int = 0
    homes: tuple[Text, ...] = ()

    @property
    def size(self) -> int:
        """Questions of the index, or of none, wherever they stand; matrix rows one by one."""
        here = sum(len(scale.questions) for scale in self.scales) + len(self.others)
        return here + self.elsewhere


@dataclass(frozen=True, slots=True)
class ResultView:
    """What a page of results shows.

    Attributes
    ----------
    sections : tuple of SectionView
        All questions, each in one section.
    weighting : str
        As in the method of a report.
    months : tuple of TrendMark
        Good rate of reviews month by month, in a release of reviews.
    usual : float or None
        The good rate of these months together.
    """

    indices: tuple[IndexView, ...]
    sections: tuple[SectionView, ...]
    sentences: tuple[Message | Text, ...]
    weighting: str = "equal"
    months: tuple[TrendMark, ...] = ()
    usual: float | None = None

    @property
    def is_calibrated(self) -> bool:
        """Whether the figures are weighted to population margins."""
        return self.weighting == "calibrated"

    @property
    def has_favourable(self) -> bool:
        """Whether any index has a favourable share."""
        return any(index.share is not None for index in self.indices)

    @property
    def concerned(self) -> tuple[IndexView, ...]:
        """The indices that are also shown by relevance."""
        return tuple(index for index in self.indices if index.whole.concerned is not None)

    def index(self, name: str) -> IndexView | None:
        """Return the index with a name, or None."""
        return next((one for one in self.indices if one.name == name), None)

    def scale(self, name: str) -> ScaleView | None:
        """Return the scale with a name, or None."""
        scales = (scale for section in self.sections for scale in section.scales)
        return next((one for one in scales if one.name == name), None)


def view_of(report: Report) -> ResultView:
    """Lay out live results, for people who may see every figure."""
    questions = [QuestionView(question) for question in report.questions]
    indices = tuple(_index_views(report.indices))
    return ResultView(
        indices=indices,
        sections=tuple(section_views(report.definition, indices, questions)),
        sentences=report.sentences,
        weighting=report.method.weighting,
    )


def _index_views(rows: Sequence[IndexRow]) -> Iterator[IndexView]:
    for whole in (row for row in rows if row.subject is None and row.group is None):
        same = [row for row in rows if (row.key, row.revision) == (whole.key, whole.revision)]
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
        )


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
    return Line(
        label=label,
        figure=row.figure,
        is_small=row.suppressed,
        unweighted=row.unweighted,
        is_whole=is_whole,
        favourable=row.favourable,
        concerned=row.concerned,
    )


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
            away = [home[item.field] for item in index.items if home[item.field] != index.key]
            yield replace(
                _section(index.key, index.title, views.get(index.key), members),
                elsewhere=len(away),
                homes=tuple(one.title for one in definition.indices if one.key in away),
            )
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

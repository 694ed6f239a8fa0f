"""Results in plain words, for people who decide: nothing is claimed that chance could explain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from surveyapp.domain.messages import Message, message
from surveyapp.domain.survey import UNKNOWN, Definition
from surveyapp.domain.text import Text
from surveyapp.services.results.figures import Figure, IndexRow, QuestionFigures, shown_gap
from surveyapp.services.results.portions import CONFIDENCE
from surveyapp.services.results.ranking import IndexRanking
from surveyapp.stats.intervals import Interval, t_interval

GAP_TO_REVIEW = 3.0
"""Points by which weighting may move an index before somebody has to look at it."""


def plain_sentences(
    definition: Definition,
    rows: Sequence[IndexRow],
    questions: Iterable[QuestionFigures],
    *,
    calibrated: bool = False,
    rankings: Sequence[IndexRanking] = (),
    public: bool = False,
) -> tuple[Message, ...]:
    """Say each index, its favourable share where it is one question, and what may be compared.

    Parameters
    ----------
    calibrated : bool
        Whether the figures are weighted to population margins: then the gap to the unweighted
        figures is said too, and a large one asks for a review.
    public : bool
        Whether everybody reads the sentences: what staff should do is left out then.
    rankings : sequence of IndexRanking
        What the subjects are compared by, so that all of a page says the same.
    """
    shares = {question.field: question for question in questions}
    items = {index.key: index.items for index in definition.indices}
    ranked = {(one.key, one.revision): one for one in rankings}
    said: list[Message] = []
    for overall in (row for row in rows if row.subject is None and row.group is None):
        said += _overall(overall, calibrated=calibrated, public=public)
        only = items.get(overall.key, ())
        if len(only) == 1 and overall.revision is None and not overall.suppressed:
            said += _favourable(shares.get(only[0].field))
        same = [row for row in rows if (row.key, row.revision) == (overall.key, overall.revision)]
        said += _comparisons(overall.title, same, ranked.get((overall.key, overall.revision)))
    return tuple(said)


def _overall(row: IndexRow, *, calibrated: bool, public: bool) -> Iterator[Message]:
    margin = row.figure.margin
    if not calibrated or row.suppressed or row.figure.value is None or margin is None:
        yield overall_sentence(row.title, row.figure, suppressed=row.suppressed)
        return
    yield _weighted(row, margin)
    if not public and row.gap is not None and abs(row.gap) > GAP_TO_REVIEW:
        yield message(
            "%(title)s: weighting moves the figure by %(gap)s points, more than %(most)s; have the"
            " sample and the weights reviewed before it is used.",
            title=row.title,
            gap=f"{abs(shown_gap(row.figure.value, row.unweighted) or row.gap):.1f}",
            most=f"{GAP_TO_REVIEW:g}",
        )


def _weighted(row: IndexRow, margin: float) -> Message:
    """Say a figure that is weighted to the population beside the unweighted one."""
    values: Mapping[str, object] = {
        "title": row.title,
        "value": f"{row.figure.value:.1f}",
        "margin": f"{margin:.1f}",
        "n": row.figure.n,
    }
    printed = shown_gap(row.figure.value, row.unweighted)
    if printed is None:
        return message(
            "%(title)s: weighted to the population %(value)s points; margin of error ±%(margin)s"
            " points, from %(n)s valid responses.",
            **values,
        )
    gap = f"{abs(printed):.1f}"
    if printed == 0:
        return message(
            "%(title)s: weighted to the population %(value)s points, the same as unweighted; margin"
            " of error ±%(margin)s points, from %(n)s valid responses.",
            **values,
        )
    if printed < 0:
        return message(
            "%(title)s: weighted to the population %(value)s points, %(gap)s lower than unweighted;"
            " margin of error ±%(margin)s points, from %(n)s valid responses.",
            gap=gap,
            **values,
        )
    return message(
        "%(title)s: weighted to the population %(value)s points, %(gap)s higher than unweighted;"
        " margin of error ±%(margin)s points, from %(n)s valid responses.",
        gap=gap,
        **values,
    )


def overall_sentence(title: Text, figure: Figure, *, suppressed: bool) -> Message:
    """Say one figure: value, ±error, n."""
    if suppressed or figure.value is None:
        return message("%(title)s: too few valid responses (%(n)s).", title=title, n=figure.n)
    if figure.margin is None:
        return message(
            "%(title)s: %(value)s points, from %(n)s valid responses; no margin of error can be"
            " given.",
            title=title,
            value=f"{figure.value:.1f}",
            n=figure.n,
        )
    return message(
        "%(title)s: %(value)s points, margin of error ±%(margin)s points, from %(n)s valid"
        " responses.",
        title=title,
        value=f"{figure.value:.1f}",
        margin=f"{figure.margin:.1f}",
        n=figure.n,
    )


def _favourable(question: QuestionFigures | None) -> Iterator[Message]:
    share = None if question is None else question.favourable
    if share is None or share.value is None or share.low is None or share.high is None:
        return
    yield message(
        "%(percent)s %% of them are satisfied (between %(low)s %% and %(high)s %%).",
        percent=f"{share.value:.1%}".removesuffix("%"),
        low=f"{share.low:.1%}".removesuffix("%"),
        high=f"{share.high:.1%}".removesuffix("%"),
    )


def _comparisons(
    title: Text, rows: Sequence[IndexRow], ranking: IndexRanking | None
) -> Iterator[Message]:
    """Compare the groups of each one-way breakdown: the subjects, and each attribute."""
    breakdowns: dict[str, list[tuple[Text | Message, IndexRow]]] = {"": []}
    for row in rows:
        if row.subject is not None and row.group is None:
            breakdowns[""].append((row.subject.title, row))
        elif row.subject is None and row.group is not None and row.group.level != UNKNOWN:
            breakdowns.setdefault(row.group.attribute, []).append((row.group.title, row))
    if ranking is not None and ranking.subjects:
        yield from _first_and_last(title, ranking)
        del breakdowns[""]
    for named in breakdowns.values():
        yield from _comparison(title, named)


def _first_and_last(title: Text, ranking: IndexRanking) -> Iterator[Message]:
    """Compare the ends of a ranking; say nothing where only others can be told apart."""
    places = [one for one, _ in ranking.ranked]
    if len(places) < 2:
        return
    first, last = places[0], places[-1]
    is_chance = all(len(one.alike) == len(places) - 1 for one in places)
    if is_chance or last.subject.key not in first.alike:
        ends = [(one.subject.title, one.figure.value or 0.0) for one in (first, last)]
        yield _said_of_ends(title, ends[0], ends[1], is_chance=is_chance)


def _comparison(title: Text, named: Sequence[tuple[Text | Message, IndexRow]]) -> Iterator[Message]:
    """Compare the highest and the lowest group.

    Each group gets an interval so wide that all of them hold together (Bonferroni): picking the two
    ends of many groups is then no trick.
    """
    usable = [(name, row.figure) for name, row in named if not row.suppressed]
    confidence = 1 - (1 - CONFIDENCE) / max(1, len(usable))
    bounded = [
        (name, figure.value, interval)
        for name, figure in usable
        if figure.value is not None and (interval := _interval(figure, confidence)) is not None
    ]
    if len(bounded) < 2:
        return
    highest = max(bounded, key=lambda one: one[1])
    lowest = min(bounded, key=lambda one: one[1])
    is_chance = highest[2].low <= lowest[2].high
    yield _said_of_ends(title, highest[:2], lowest[:2], is_chance=is_chance)


def _said_of_ends(
    title: Text,
    highest: tuple[Text | Message, float],
    lowest: tuple[Text | Message, float],
    *,
    is_chance: bool,
) -> Message:
    values: Mapping[str, object] = {
        "title": title,
        "high": highest[0],
        "low": lowest[0],
        "first": f"{highest[1]:.1f}",
        "last": f"{lowest[1]:.1f}",
    }
    if is_chance:
        return message(
            "%(title)s: from “%(low)s” (%(last)s) to “%(high)s” (%(first)s) the differences may be"
            " chance; do not rank the groups by them.",
            **values,
        )
    return message(
        "%(title)s: “%(high)s” (%(first)s) is rated higher than “%(low)s” (%(last)s); the"
        " difference is larger than chance explains.",
        **values,
    )


def _interval(figure: Figure, confidence: float) -> Interval | None:
    if figure.value is None or figure.se is None:
        return None
    return t_interval(figure.value, figure.se, figure.df, confidence)

"""Results in plain words, for people who decide: nothing is claimed that chance could explain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from surveyapp.domain.messages import Message, message
from surveyapp.domain.survey import UNKNOWN, Definition
from surveyapp.domain.text import Text
from surveyapp.services.figures import Figure, IndexRow, QuestionFigures
from surveyapp.services.sample import CONFIDENCE
from surveyapp.stats.intervals import Interval, t_interval


def plain_sentences(
    definition: Definition,
    rows: Sequence[IndexRow],
    questions: Iterable[QuestionFigures],
) -> tuple[Message, ...]:
    """Say each index, its favourable share where it is one question, and what may be compared."""
    shares = {question.field: question for question in questions}
    items = {index.key: index.items for index in definition.indices}
    said: list[Message] = []
    for overall in (row for row in rows if row.subject is None and row.group is None):
        said.append(overall_sentence(overall.title, overall.figure, suppressed=overall.suppressed))
        only = items.get(overall.key, ())
        if len(only) == 1 and overall.revision is None and not overall.suppressed:
            said += _favourable(shares.get(only[0].field))
        same = [row for row in rows if (row.key, row.revision) == (overall.key, overall.revision)]
        said += _comparisons(overall.title, same)
    return tuple(said)


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


def _comparisons(title: Text, rows: Sequence[IndexRow]) -> Iterator[Message]:
    """Compare the groups of each one-way breakdown: the subjects, and each attribute."""
    breakdowns: dict[str, list[tuple[Text | Message, IndexRow]]] = {"": []}
    for row in rows:
        if row.subject is not None and row.group is None:
            breakdowns[""].append((row.subject.title, row))
        elif row.subject is None and row.group is not None and row.group.level != UNKNOWN:
            breakdowns.setdefault(row.group.attribute, []).append((row.group.title, row))
    for named in breakdowns.values():
        yield from _comparison(title, named)


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
    values: Mapping[str, object] = {
        "title": title,
        "high": highest[0],
        "low": lowest[0],
        "first": f"{highest[1]:.1f}",
        "last": f"{lowest[1]:.1f}",
    }
    if highest[2].low > lowest[2].high:
        yield message(
            "%(title)s: “%(high)s” (%(first)s) is rated higher than “%(low)s” (%(last)s); the"
            " difference is larger than chance explains.",
            **values,
        )
    else:
        yield message(
            "%(title)s: from “%(low)s” (%(last)s) to “%(high)s” (%(first)s) the differences may be"
            " chance; do not rank the groups by them.",
            **values,
        )


def _interval(figure: Figure, confidence: float) -> Interval | None:
    if figure.value is None or figure.se is None:
        return None
    return t_interval(figure.value, figure.se, figure.df, confidence)

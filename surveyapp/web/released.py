"""A release laid out for a page: what was frozen as plain data becomes figures again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from surveyapp.domain.survey import Definition
from surveyapp.domain.text import Text
from surveyapp.services.results.figures import (
    FavourableShare,
    Figure,
    LevelFigures,
    QuestionFigures,
    Shape,
)
from surveyapp.services.results.trend_chart import TrendMark
from surveyapp.web.results import (
    WHOLE,
    BreakdownView,
    IndexView,
    Line,
    QuestionView,
    ResultView,
    section_views,
)

_NOTHING = Figure(0, None, None, None, None, 0.0, None, 0)
Document = Mapping[str, Any]


def released_view(
    figures: Document, definition: Definition, only_subjects: Collection[str] | None = None
) -> ResultView:
    """Lay out the figures of a release.

    Parameters
    ----------
    figures : mapping
        `Release.figures`.
    definition : Definition
        Says which question belongs to which index; the figures themselves come from the release.
    only_subjects : collection of str, optional
        Leave out all other subjects.
    """
    questions = [_question(document) for document in figures["questions"]]
    titles = {one["attribute"]: text_of(one["attribute_title"]) for one in figures["attributes"]}
    indices = tuple(_indices(figures["indices"], only_subjects, titles))
    return ResultView(
        indices=indices,
        sections=tuple(section_views(definition, indices, questions)),
        sentences=tuple(text_of(sentence) for sentence in figures["sentences"]),
        weighting=figures["method"]["weighting"],
        **_trend(figures.get("reviews", {}).get("months", ())),
    )


def _trend(months: Sequence[Document]) -> dict[str, Any]:
    """Return the months that are shown, where there are enough of them for control limits."""
    shown = [row for row in months if row["limit_low"] is not None]
    if not shown:
        return {}
    marks = tuple(
        TrendMark(
            row["key"], row["value"], row["limit_low"], row["limit_high"], row["signal"] is not None
        )
        for row in shown
    )
    good = sum(row["numerator"] for row in shown)
    return {"months": marks, "usual": good / sum(row["denominator"] for row in shown)}


def text_of(document: Document) -> Text:
    """Return a text of both languages."""
    return Text(document["zh"], document["en"])


def _indices(
    rows: Sequence[Document],
    only_subjects: Collection[str] | None,
    titles: Mapping[str, Text],
) -> Iterator[IndexView]:
    for whole in (row for row in rows if row["subject"] is None and not row["by"]):
        same = [row for row in rows if row["item"] == whole["item"]]
        revision = whole.get("revision")
        yield IndexView(
            name=whole["key"] if revision is None else f"{whole['key']}-{revision}",
            title=text_of(whole["title"]),
            revision=revision,
            lowest=whole["lowest"],
            highest=whole["highest"],
            whole=_line(whole, None),
            subjects=tuple(
                _line(row, row["subject_title"])
                for row in same
                if row["subject"] is not None
                and (only_subjects is None or row["subject"] in only_subjects)
            ),
            breakdowns=tuple(_breakdowns(same, titles)),
        )


def _breakdowns(rows: Iterable[Document], titles: Mapping[str, Text]) -> Iterator[BreakdownView]:
    found: dict[str, list[Line]] = {}
    for row in rows:
        for attribute in row["by"]:
            found.setdefault(attribute, []).append(_line(row, row["group_title"]))
    for attribute, lines in found.items():
        title = titles.get(attribute, Text.same(attribute))
        yield BreakdownView(attribute, title, tuple(lines))


def _line(row: Document, label: Document | None) -> Line:
    is_held = bool(row["suppressed"])
    return Line(
        label=WHOLE if label is None else text_of(label),
        figure=None if is_held else _figure(row),
        is_small=is_held,
        unweighted=row["unweighted"],
        is_whole=label is None,
        as_of=_as_of(row),
        favourable=None if is_held else _share(row.get("favourable")),
    )


def _share(document: Document | None) -> FavourableShare | None:
    if document is None:
        return None
    return FavourableShare(_figure(document), document["unweighted"])


def _as_of(document: Document) -> int | None:
    return None if document["current"] else document["release"]


def _figure(document: Document) -> Figure:
    return Figure(
        n=document["n"],
        value=document["value"],
        se=document["se"],
        low=document["low"],
        high=document["high"],
        effective_n=document["effective_n"],
        deff=document["deff"],
        df=0,
    )


def _optional(document: Document | None) -> Figure | None:
    return None if document is None else _figure(document)


def _question(document: Document) -> QuestionView:
    heading, unit = document["heading"], document["unit"]
    figures = QuestionFigures(
        field=document["field"],
        title=text_of(document["title"]),
        heading=None if heading is None else text_of(heading),
        shape=Shape(document["shape"]),
        asked=document["asked"],
        answered=document["answered"],
        levels=tuple(_level(level) for level in document["levels"]),
        mean=_optional(document["mean"]),
        favourable=_optional(document["favourable"]),
        dont_know=_optional(document["dont_know"]),
        deviation=document["deviation"],
        lowest=document["lowest"],
        highest=document["highest"],
        unit=None if unit is None else text_of(unit),
        revisions=tuple(document["revisions"]),
        unweighted_mean=document.get("unweighted_mean"),
        unweighted_favourable=document.get("unweighted_favourable"),
    )
    return QuestionView(figures, bool(document["suppressed"]), _as_of(document))


def _level(document: Document) -> LevelFigures:
    share = document["share"]
    return LevelFigures(
        key=document["key"],
        code=document["code"],
        label=text_of(document["label"]),
        favourable=document["favourable"],
        unscored=document["unscored"],
        points=document["points"],
        count=document["count"] or 0,
        share=_NOTHING if share is None else _figure(share),
        given=document["given"],
        unweighted=document.get("unweighted"),
    )

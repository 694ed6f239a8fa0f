"""Charts of a page of results: which ones there are, and their pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from flask import Flask, Response, g, make_response, request, url_for
from flask_babel import gettext as _

from surveyapp.domain.text import LANGUAGES
from surveyapp.services.results.charts import (
    IntervalMark,
    LevelBar,
    Size,
    day_chart,
    interval_chart,
    level_chart,
)
from surveyapp.services.results.trend_chart import TrendMark, TrendWords, trend_chart
from surveyapp.web.locale import current_language, text_of
from surveyapp.web.numbers import percent, points, thousands
from surveyapp.web.results import IndexView, Line, QuestionView, ResultView, ScaleView
from surveyapp.web.terms import iso_day_text, mode_text, standing_text

# Inside a picture no script runs and nothing is loaded; matplotlib writes style attributes.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"

# The same figures come again and again: from the public, and when a page is printed.
_interval_chart = lru_cache(maxsize=128)(interval_chart)
_level_chart = lru_cache(maxsize=128)(level_chart)
_day_chart = lru_cache(maxsize=32)(day_chart)
_trend_chart = lru_cache(maxsize=64)(trend_chart)


def wanted_size() -> Size:
    """Return the size the address asks for: ``?size=narrow`` is for phones."""
    return "narrow" if request.args.get("size") == "narrow" else "wide"


def speak_as_the_page() -> None:
    """Write a picture in the language of the page it stands in, which its address names.

    The address does not say ``lang``: that is a choice a person makes, and it would be remembered.
    """
    asked = request.args.get("words")
    if asked in LANGUAGES:
        g.language = asked


def as_picture(svg: bytes, *, seconds: int = 0) -> Response:
    """Return a chart; it may be kept for some seconds by whoever may see it."""
    response = make_response(svg)
    response.headers["Content-Type"] = "image/svg+xml; charset=utf-8"
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = f"private, max-age={seconds}" if seconds else "no-store"
    return response


def addresses(endpoint: str, **given: Any) -> Callable[..., Callable[[Size], str]]:
    """Return what makes the addresses of the charts of a page, in each size."""

    def chart_address(name: str, of: str = "", by: str = "") -> Callable[[Size], str]:
        def sized(size: Size) -> str:
            asked = {"of": of, "by": by, "size": "narrow" if size == "narrow" else ""}
            kept: dict[str, Any] = {field: value for field, value in asked.items() if value}
            return url_for(endpoint, name=name, words=current_language(), **given, **kept)

        return sized

    return chart_address


def draw(view: ResultView, name: str, of: str, by: str) -> bytes | None:
    """Draw a chart of a page; None where the page has none of this name.

    Parameters
    ----------
    name : str
        ``indices``, ``subjects``, ``groups``, ``levels`` or ``months``.
    of : str
        The index, or the scale, it is about.
    by : str
        The attribute whose groups are compared.
    """
    speak_as_the_page()
    if name == "indices" and view.indices:
        return _indices(view.indices)
    index = view.index(of)
    if name == "subjects" and index is not None:
        return _parts(index, index.with_subjects)
    if name == "groups" and index is not None:
        breakdown = index.breakdown(by)
        return None if breakdown is None else _parts(index, index.with_groups(breakdown))
    scale = view.scale(of)
    if name == "levels" and scale is not None:
        return _levels(scale)
    if name == "months" and view.months:
        return draw_trend(view.months, view.usual)
    return None


def draw_days(days: Sequence[tuple[date, int]]) -> bytes:
    """Draw responses by day."""
    return _day_chart(tuple(days), size=wanted_size())


def draw_trend(marks: tuple[TrendMark, ...], centre: float | None) -> bytes:
    """Draw a rate over time with its control limits."""
    words = TrendWords(_("usual rate"), _("band: control limits"), _("outside the limits"))
    return _trend_chart(marks, centre, words, size=wanted_size())


def words_of(line: Line) -> str:
    """Say one figure in a few characters: 73.1 ±1.5."""
    figure = line.figure
    if figure is None:
        return _("too few to show")
    if figure.value is None:
        return _("no valid response")
    if figure.margin is None:
        return points(figure.value)
    return f"{points(figure.value)} ±{points(figure.margin)}"


def _mark(line: Line, label: str) -> IntervalMark:
    figure = line.figure
    if figure is None:
        return IntervalMark(label, None, None, None, words_of(line), line.is_whole)
    return IntervalMark(label, figure.value, figure.low, figure.high, words_of(line), line.is_whole)


def _indices(indices: Sequence[IndexView]) -> bytes:
    marks = tuple(_mark(index.whole, title_of(index)) for index in indices)
    marks = tuple(
        IntervalMark(mark.label, mark.value, mark.low, mark.high, mark.words) for mark in marks
    )
    return _interval_chart(
        marks,
        lowest=min(index.lowest for index in indices),
        highest=max(index.highest for index in indices),
        size=wanted_size(),
        unit=_("points"),
    )


def _parts(index: IndexView, lines: Sequence[Line]) -> bytes:
    return _interval_chart(
        tuple(_mark(line, text_of(line.label)) for line in lines),
        lowest=index.lowest,
        highest=index.highest,
        size=wanted_size(),
        unit=_("points"),
    )


def _levels(scale: ScaleView) -> bytes:
    return _level_chart(
        tuple(_bar(question) for question in scale.questions),
        levels=tuple(text_of(level.label) for level in scale.levels),
        favourable=tuple(level.favourable for level in scale.levels),
        size=wanted_size(),
    )


def _bar(question: QuestionView) -> LevelBar:
    figures = question.figures
    shares = tuple(level.share.value or 0.0 for level in figures.levels if not level.unscored)
    words = _("too few to show") if question.is_held else ""
    if figures.favourable is not None and figures.favourable.value is not None:
        words = _("%(percent)s%% favourable", percent=percent(figures.favourable.value))
    return LevelBar(text_of(figures.title), shares, words)


def title_of(index: IndexView) -> str:
    """Name an index; one of an earlier meaning carries its revision."""
    title = text_of(index.title)
    if index.revision is None:
        return title
    return _("%(title)s (revision %(n)s)", title=title, n=index.revision)


def init_app(app: Flask) -> None:
    """Let every template of an application write figures."""
    app.jinja_env.filters.update(
        thousands=thousands,
        points=points,
        percent=percent,
        standing=standing_text,
        mode=mode_text,
        iso_day=iso_day_text,
    )
    app.jinja_env.globals.update(title_of=title_of, words_of=words_of)

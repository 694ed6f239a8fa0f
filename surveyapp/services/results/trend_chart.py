"""A control chart: shares over time, the band in which chance keeps them, and what leaves it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from surveyapp.services.results.charts import (
    ACCENT,
    INK,
    OPEN,
    SMALL,
    SOFT,
    UNFAVOURABLE,
    WIDTHS,
    Canvas,
    Size,
    text_width,
)

_BAND = "#e8f0f9"
_HEIGHT = 250.0
_TOP, _BOTTOM, _LEFT = 26.0, 200.0, 56.0
_LABEL_ROOM = 16.0
_TICKS = 5


@dataclass(frozen=True, slots=True)
class TrendMark:
    """One point.

    Attributes
    ----------
    label : str
        Written below it, where there is room.
    value : float
        Share 0 to 1.
    low, high : float or None
        Control limits.
    is_outside : bool
        Whether it lies outside of them.
    """

    label: str
    value: float
    low: float | None
    high: float | None
    is_outside: bool


@dataclass(frozen=True, slots=True)
class TrendWords:
    """What the chart says in the language of its page."""

    usual: str
    limits: str
    outside: str


def trend_chart(
    marks: Sequence[TrendMark], centre: float | None, words: TrendWords, *, size: Size = "wide"
) -> bytes:
    """Draw shares in per cent over time, as a line of dots with the control limits of each.

    Parameters
    ----------
    centre : float or None
        The usual share; None where there are too few points for limits.
    """
    plot = _Plot(Canvas(size, _HEIGHT), WIDTHS[size] - 14, len(marks), _ends(marks))
    plot.axis()
    plot.limits(marks)
    if centre is not None:
        plot.centre(centre, words)
    plot.dots(marks)
    plot.labels([mark.label for mark in marks])
    if any(mark.is_outside for mark in marks):
        plot.legend(words.outside)
    return plot.canvas.svg()


@dataclass(frozen=True, slots=True)
class _Plot:
    """The drawing and its axes: places from left to right, shares from `ends` upwards."""

    canvas: Canvas
    right: float
    size: int
    ends: tuple[float, float]

    @property
    def step(self) -> float:
        return (self.right - _LEFT) / self.size

    def x(self, place: float) -> float:
        return _LEFT + (place + 0.5) * self.step

    def y(self, share: float) -> float:
        low, high = self.ends
        return _BOTTOM - (share - low) / (high - low) * (_BOTTOM - _TOP)

    def axis(self) -> None:
        low, high = self.ends
        for tick in range(_TICKS):
            share = low + (high - low) * tick / (_TICKS - 1)
            self.canvas.grid(_LEFT, self.y(share), self.right, self.y(share))
            text = f"{100 * share:.1f}%"
            self.canvas.text(_LEFT - 8, self.y(share), text, size=SMALL, colour=SOFT, align="right")

    def limits(self, marks: Sequence[TrendMark]) -> None:
        for place, mark in enumerate(marks):
            if mark.low is not None and mark.high is not None:
                begin, end = self.x(place - 0.5), self.x(place + 0.5)
                top, bottom = self.y(mark.high), self.y(mark.low)
                self.canvas.box(begin, top, end - begin, bottom - top, _BAND)
                for limit in (top, bottom):
                    self.canvas.line(begin, limit, end, limit, OPEN, 1)

    def centre(self, centre: float, words: TrendWords) -> None:
        self.canvas.line(_LEFT, self.y(centre), self.right, self.y(centre), INK, 1)
        said = f"{words.usual} {100 * centre:.1f}%  {words.limits}"
        self.canvas.text(_LEFT, _BOTTOM + 38, said, size=SMALL, colour=SOFT)

    def dots(self, marks: Sequence[TrendMark]) -> None:
        for place, (mark, after) in enumerate(pairwise(marks)):
            ends = (self.x(place), self.y(mark.value), self.x(place + 1), self.y(after.value))
            self.canvas.line(*ends, ACCENT, 2)
        for place, mark in enumerate(marks):
            # What lies outside is larger and ringed, so that it shows without its colour.
            if mark.is_outside:
                self.canvas.dot(self.x(place), self.y(mark.value), INK, 15)
            colour = UNFAVOURABLE[2] if mark.is_outside else ACCENT
            diameter = 11 if mark.is_outside else 8
            self.canvas.dot(self.x(place), self.y(mark.value), colour, diameter)

    def labels(self, labels: Sequence[str]) -> None:
        room = max(text_width(label, SMALL) for label in labels) + _LABEL_ROOM
        every = max(1, math.ceil(room / self.step))
        for place in range(0, len(labels), every):
            self.canvas.text(
                self.x(place),
                _BOTTOM + 16,
                labels[place],
                size=SMALL,
                colour=SOFT,
                align="center",
            )

    def legend(self, outside: str) -> None:
        self.canvas.dot(self.right - text_width(outside, SMALL) - 12, 12, UNFAVOURABLE[2], 9)
        self.canvas.text(self.right, 12, outside, size=SMALL, colour=SOFT, align="right")


def _ends(marks: Sequence[TrendMark]) -> tuple[float, float]:
    """Return the ends of the axis: what is shown and a little room, inside 0 to 1."""
    shown = [one for mark in marks for one in (mark.value, mark.low, mark.high) if one is not None]
    room = max((max(shown) - min(shown)) / 10, 0.01)
    return max(0.0, min(shown) - room), min(1.0, max(shown) + room)

"""A control chart: shares over time, the band in which chance keeps them, and what leaves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from surveyapp.services.charting import (
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
    canvas = Canvas(size, _HEIGHT)
    right = WIDTHS[size] - 14
    low, high = _ends(marks)
    step = (right - _LEFT) / len(marks)

    def x(place: float) -> float:
        return _LEFT + (place + 0.5) * step

    def y(share: float) -> float:
        return _BOTTOM - (share - low) / (high - low) * (_BOTTOM - _TOP)

    for tick in range(5):
        share = low + (high - low) * tick / 4
        canvas.grid(_LEFT, y(share), right, y(share))
        text = f"{100 * share:.1f}%"
        canvas.text(_LEFT - 8, y(share), text, size=SMALL, colour=SOFT, align="right")
    for place, mark in enumerate(marks):
        if mark.low is not None and mark.high is not None:
            begin, end = x(place) - step / 2, x(place) + step / 2
            canvas.box(begin, y(mark.high), step, y(mark.low) - y(mark.high), _BAND)
            for limit in (mark.low, mark.high):
                canvas.line(begin, y(limit), end, y(limit), OPEN, 1)
    if centre is not None:
        canvas.line(_LEFT, y(centre), right, y(centre), INK, 1)
    for place, (mark, after) in enumerate(zip(marks, marks[1:], strict=False)):
        canvas.line(x(place), y(mark.value), x(place + 1), y(after.value), ACCENT, 2)
    for place, mark in enumerate(marks):
        # What lies outside is larger and ringed, so that it shows without its colour.
        if mark.is_outside:
            canvas.dot(x(place), y(mark.value), INK, 15)
        colour = UNFAVOURABLE[2] if mark.is_outside else ACCENT
        canvas.dot(x(place), y(mark.value), colour, 11 if mark.is_outside else 8)
    room = max(text_width(mark.label, SMALL) for mark in marks) + _LABEL_ROOM
    every = max(1, -(-int(room) // max(1, int(step))))
    for place in range(0, len(marks), every):
        label = marks[place].label
        canvas.text(x(place), _BOTTOM + 16, label, size=SMALL, colour=SOFT, align="center")
    if centre is not None:
        said = f"{words.usual} {100 * centre:.1f}%  {words.limits}"
        canvas.text(_LEFT, _BOTTOM + 38, said, size=SMALL, colour=SOFT)
    if any(mark.is_outside for mark in marks):
        canvas.dot(right - text_width(words.outside, SMALL) - 12, 12, UNFAVOURABLE[2], 9)
        canvas.text(right, 12, words.outside, size=SMALL, colour=SOFT, align="right")
    return canvas.svg()


def _ends(marks: Sequence[TrendMark]) -> tuple[float, float]:
    """Return the ends of the axis: what is shown and a little room, inside 0 to 1."""
    shown = [one for mark in marks for one in (mark.value, mark.low, mark.high) if one is not None]
    room = max((max(shown) - min(shown)) / 10, 0.01)
    return max(0.0, min(shown) - room), min(1.0, max(shown) + room)

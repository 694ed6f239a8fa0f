"""Charts: figures in, SVG out.

Words stay text, so that they can be read aloud, searched and copied, and the reader's own Chinese
font draws them; no font is measured for them. So nothing here may depend on how wide a word is: a
label stands above its row on a phone and in a wide column of its own on a desk.
"""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from io import StringIO
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Size = Literal["wide", "narrow"]

FONTS: Final = (
    "system-ui, 'PingFang SC', 'Noto Sans CJK SC', 'Source Han Sans SC', 'Noto Sans SC',"
    " 'Microsoft YaHei', sans-serif"
)
FAVOURABLE: Final = ("#1d5a96", "#5b93c7", "#a9c9e6")
NEUTRAL: Final = "#c9ced6"
UNFAVOURABLE: Final = ("#f0b183", "#d8743f", "#a23f1c")

INK, SOFT, LINE, ACCENT, OPEN = "#1a2532", "#566474", "#dbe1e9", "#14599f", "#8592a1"
WIDTHS: Final = {"wide": 760.0, "narrow": 320.0}
_TEXT, SMALL = 13.0, 11.5
_FONT_FAMILY: Final = re.compile(r"font-family: [^;\"]+")
_DRAWING = Lock()


@dataclass(frozen=True, slots=True)
class IntervalMark:
    """One row of a dot-and-interval chart.

    Attributes
    ----------
    value, low, high : float or None
        On the axis; without bounds there is only a dot, without a value only `words`.
    words : str
        The figure in words, right of the row.
    is_strong : bool
        Whether the row stands out: the whole, beside its parts.
    """

    label: str
    value: float | None
    low: float | None
    high: float | None
    words: str
    is_strong: bool = False


@dataclass(frozen=True, slots=True)
class LevelBar:
    """One row of a distribution: the shares 0 to 1 of the scored levels, the best first."""

    label: str
    shares: tuple[float, ...]
    words: str = ""


class Canvas:
    """A drawing in pixels, (0, 0) top left."""

    def __init__(self, size: Size, height: float) -> None:
        # Costs a second and is needed by processes that draw only.
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure

        self.width, self.height = WIDTHS[size], height
        self._figure = Figure(figsize=(self.width / 72, height / 72), dpi=72, facecolor="white")
        FigureCanvasSVG(self._figure)
        self.axes: Axes = self._figure.add_axes((0, 0, 1, 1))
        self.axes.set(xlim=(0, self.width), ylim=(height, 0))
        self.axes.axis("off")

    def line(self, x: float, y: float, x2: float, y2: float, colour: str, width: float) -> None:
        """Draw a straight line."""
        self.axes.plot([x, x2], [y, y2], color=colour, linewidth=width, solid_capstyle="butt")

    def grid(self, x: float, y: float, x2: float, y2: float) -> None:
        """Draw a faint line behind everything else."""
        self.axes.plot([x, x2], [y, y2], color=LINE, linewidth=1, zorder=0)

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """Fill a rectangle."""
        from matplotlib.patches import Rectangle

        self.axes.add_patch(Rectangle((x, y), width, height, facecolor=colour, linewidth=0))

    def dot(self, x: float, y: float, colour: str, diameter: float) -> None:
        """Draw a dot with a white rim."""
        self.axes.plot(
            [x], [y], "o", color=colour, markersize=diameter, markeredgecolor="white",
            markeredgewidth=1.2,
        )  # fmt: skip

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = _TEXT,
        colour: str = INK,
        align: Literal["left", "center", "right"] = "left",
        is_bold: bool = False,
    ) -> None:
        """Write one line; `y` is its middle."""
        self.axes.text(
            x, y + size * 0.36, text, fontsize=size, color=colour, ha=align, va="baseline",
            fontweight="bold" if is_bold else "normal", fontfamily="DejaVu Sans", parse_math=False,
        )  # fmt: skip

    def svg(self) -> bytes:
        """Return the drawing."""
        file = StringIO()
        with _own_settings():
            self._figure.savefig(
                file, format="svg", metadata={"Date": None, "Creator": None, "Type": None}
            )
        return _FONT_FAMILY.sub(f"font-family: {FONTS}", file.getvalue()).encode()


@contextmanager
def _own_settings() -> Iterator[None]:
    """Draw alike everywhere: text as text, and the one font that matplotlib itself ships."""
    import matplotlib as mpl

    own: Any = {"svg.fonttype": "none", "svg.hashsalt": "chart"}
    # Settings and warnings belong to the whole process: one chart at a time.
    with _DRAWING, mpl.rc_context(own), warnings.catch_warnings():
        # That font has no Chinese; the reader's fonts do.
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        yield


def text_width(text: str, size: float = _TEXT) -> float:
    """Estimate how wide a text is: a Chinese character is a square, a Latin letter about half."""
    wide = sum(unicodedata.east_asian_width(letter) in "WFA" for letter in text)
    return size * (wide + 0.56 * (len(text) - wide))


def shortened(text: str, width: float, size: float = _TEXT) -> str:
    """Return as much of a text as fits."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def in_two_lines(text: str, width: float, size: float = _TEXT) -> list[str]:
    """Break a text into at most two lines; what does not fit into them is left out."""
    if text_width(text, size) <= width:
        return [text]
    fitting = text
    while text_width(fitting, size) > width:
        # A Latin word stays whole, Chinese may break anywhere.
        fitting = re.sub(r"(\s*[!-~]+|.)$", "", fitting) or fitting[:-1]
    return [fitting.strip(), shortened(text[len(fitting) :].strip(), width, size)]


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where rows stand: labels left of the plot, or above each row where there is no room."""

    size: Size
    width: float
    words_width: float

    @property
    def is_wide(self) -> bool:
        return self.size == "wide"

    @property
    def left(self) -> float:
        return 232.0 if self.is_wide else 10.0

    @property
    def right(self) -> float:
        return self.width - (self.words_width if self.is_wide else 0) - 14

    @property
    def row(self) -> float:
        return 38.0 if self.is_wide else 54.0

    def label(self, canvas: Canvas, y: float, text: str, words: str, *, is_bold: bool) -> float:
        """Write label and figure of the row that begins at `y`; return the middle of its plot."""
        if self.is_wide:
            middle = y + self.row / 2
            lines = in_two_lines(text, self.left - 28)
            for number, line in enumerate(lines):
                offset = (number - (len(lines) - 1) / 2) * (_TEXT + 3)
                x = self.left - 16
                canvas.text(x, middle + offset, line, align="right", is_bold=is_bold)
            canvas.text(self.right + 14, middle, words, is_bold=is_bold)
            return middle
        room = self.width - text_width(words) - 36
        canvas.text(self.left, y + 13, shortened(text, room), is_bold=is_bold)
        canvas.text(self.width - 10, y + 13, words, align="right", is_bold=is_bold)
        return y + 35


def interval_chart(
    marks: Sequence[IntervalMark],
    *,
    lowest: float,
    highest: float,
    size: Size = "wide",
    unit: str = "",
) -> bytes:
    """Draw each value as a dot on its interval, on one axis.

    Parameters
    ----------
    lowest, highest : float
        Ends of the axis; where all intervals leave much of it empty, it is cut, on round numbers.
    unit : str
        Written at the axis.
    """
    frame = _frame(size, [mark.words for mark in marks])
    axis = _axis(marks, lowest, highest)
    top, bottom = 8.0, 44.0
    canvas = Canvas(size, top + frame.row * len(marks) + bottom)
    low, high = axis[0], axis[-1]

    def at(value: float) -> float:
        share = (min(max(value, low), high) - low) / (high - low)
        return frame.left + share * (frame.right - frame.left)

    end = canvas.height - bottom + 6
    for tick in axis:
        canvas.grid(at(tick), top, at(tick), end)
        canvas.text(at(tick), end + 12, f"{tick:g}", size=SMALL, colour=SOFT, align="center")
    canvas.text(frame.right, end + 29, unit, size=SMALL, colour=SOFT, align="right")
    for number, mark in enumerate(marks):
        y = top + number * frame.row
        middle = frame.label(canvas, y, mark.label, mark.words, is_bold=mark.is_strong)
        if mark.value is None:
            continue
        colour = INK if mark.is_strong else ACCENT
        if mark.low is not None and mark.high is not None:
            canvas.line(at(mark.low), middle, at(mark.high), middle, colour, 3)
            for bound in (mark.low, mark.high):
                canvas.line(at(bound), middle - 5, at(bound), middle + 5, colour, 1.5)
        canvas.dot(at(mark.value), middle, colour, 10)
    return canvas.svg()


def _frame(size: Size, words: Sequence[str]) -> _Frame:
    room = max((text_width(one) for one in words), default=0) + 16
    return _Frame(size, WIDTHS[size], room)


def _axis(marks: Sequence[IntervalMark], lowest: float, highest: float) -> list[float]:
    """Return round ticks; the ends of the scale stay unless less than half of it is needed."""
    bounds = [
        bound for mark in marks for bound in (mark.low, mark.value, mark.high) if bound is not None
    ]
    low, high = lowest, highest
    if bounds and max(bounds) - min(bounds) < (highest - lowest) / 2:
        padding = (highest - lowest) / 20
        low, high = max(lowest, min(bounds) - padding), min(highest, max(bounds) + padding)
    step = _round_step((high - low) / 5)
    first = int(low // step)
    ticks = [first * step]
    while ticks[-1] < high - step * 1e-9:
        ticks.append((first + len(ticks)) * step)
    return [round(tick, 10) for tick in ticks]


def _round_step(raw: float) -> float:
    magnitude = 10.0 ** (len(str(int(1 / raw))) * -1 if raw < 1 else len(str(int(raw))) - 1)
    return next(
        (magnitude * one for one in (1, 2, 5, 10) if magnitude * one >= raw), magnitude * 10
    )


def level_colours(favourable: Sequence[bool]) -> list[str]:
    """Return a colour for each scored level, the best first.

    Blue for favourable levels, orange to red for the others; a level in the middle is grey where
    there are three or more that are not favourable.
    """
    good = sum(favourable)
    bad = len(favourable) - good
    colours = [_pick(FAVOURABLE, i, good) for i in range(good)]
    if bad >= 3:
        colours.append(NEUTRAL)
        bad -= 1
    return colours + [_pick(UNFAVOURABLE, i, bad) for i in range(bad)]


def _pick(colours: Sequence[str], position: int, n: int) -> str:
    """Spread `n` steps over the colours; the strong ones are at the outer ends."""
    if n == 1:
        return colours[1]
    return colours[round(position * (len(colours) - 1) / (n - 1))]


def level_chart(
    bars: Sequence[LevelBar],
    *,
    levels: Sequence[str],
    favourable: Sequence[bool],
    size: Size = "wide",
) -> bytes:
    """Draw the distribution over the levels of one scale, one bar a row.

    Parameters
    ----------
    levels : sequence of str
        Labels of the scored levels, the best first.
    favourable : sequence of bool
        Which of them count as satisfied.
    """
    frame = _frame(size, [bar.words for bar in bars])
    colours = level_colours(favourable)
    places = list(_legend(levels, 10 if size == "narrow" else frame.left, WIDTHS[size] - 10))
    top = 20.0 * (places[-1][1] + 1) + 14
    canvas = Canvas(size, top + frame.row * len(bars) + 6)
    for (x, line, label), colour in zip(places, colours, strict=True):
        canvas.box(x, 8 + line * 20, 12, 12, colour)
        canvas.text(x + 18, 14 + line * 20, label, size=SMALL, colour=SOFT)
    for number, bar in enumerate(bars):
        middle = frame.label(canvas, top + number * frame.row, bar.label, bar.words, is_bold=False)
        _stack(canvas, frame, middle, bar, colours)
    return canvas.svg()


def _stack(
    canvas: Canvas, frame: _Frame, middle: float, bar: LevelBar, colours: Sequence[str]
) -> None:
    x = frame.left
    for share, colour in zip(bar.shares, colours, strict=True):
        width = share * (frame.right - frame.left)
        canvas.box(x, middle - 10, width, 20, colour)
        words = f"{100 * share:.0f}%"
        if width > text_width(words, SMALL) + 4:
            ink = "white" if colour in (FAVOURABLE[0], UNFAVOURABLE[2]) else INK
            canvas.text(x + width / 2, middle, words, size=SMALL, colour=ink, align="center")
        x += width


def _legend(labels: Sequence[str], left: float, right: float) -> Iterator[tuple[float, int, str]]:
    """Yield position, line and label of each entry, as many a line as fit."""
    x, line = left, 0
    for label in labels:
        width = 18 + text_width(label, SMALL) + 18
        if x > left and x + width > right:
            x, line = left, line + 1
        yield x, line, label
        x += width


def day_chart(days: Sequence[tuple[date, int]], *, size: Size = "wide") -> bytes:
    """Draw counts by day, empty days included: a bar a day, or a step line for long spans."""
    width = WIDTHS[size]
    canvas = Canvas(size, 200)
    left, right, top, bottom = 44.0, width - 12, 14.0, 168.0
    first, last = days[0][0], days[-1][0]
    span = (last - first).days + 1
    most = max(n for _, n in days)
    ticks = _axis([IntervalMark("", most, 0, most, "")], 0, most)
    for tick in {round(tick) for tick in ticks}:
        y = bottom - tick / ticks[-1] * (bottom - top)
        canvas.grid(left, y, right, y)
        canvas.text(left - 8, y, f"{tick:,}", size=SMALL, colour=SOFT, align="right")
    step = (right - left) / span
    for day, n in days:
        height = n / ticks[-1] * (bottom - top)
        x = left + (day - first).days * step
        bar = min(step * 0.8, 36)
        canvas.box(x + (step - bar) / 2, bottom - height, bar, height, ACCENT)
    canvas.line(left, bottom, right, bottom, OPEN, 1)
    for place in _dates(span, 7 if size == "wide" else 3):
        day = date.fromordinal(first.toordinal() + place)
        x = left + (place + 0.5) * step
        canvas.text(x, bottom + 16, f"{day:%m-%d}", size=SMALL, colour=SOFT, align="center")
    return canvas.svg()


def _dates(span: int, most: int) -> list[int]:
    """Return which days are written below the axis: evenly, the first always."""
    step = max(1, -(-span // most))
    return list(range(0, span, step))

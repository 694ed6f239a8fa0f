"""The indicators of a responsible unit on one page (一页纸), and by how much they overflow.

The page is A4, upright, laid out by `templates/print/scheme.html` and its style sheet, whose
measures stand here again: how long a text runs is estimated from them, a little too long rather
than too short.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final
from unicodedata import east_asian_width

from surveyapp.domain.decimals import number_text
from surveyapp.domain.scheme import Scheme, SchemeIndicator
from surveyapp.domain.text import Language, Text
from surveyapp.language import translate
from surveyapp.services.assessment.words import EVERY, limit_of, number, rule_of

PAGE: Final = 273.0
"""Millimetres of an A4 page within margins of 12 mm."""

HEAD: Final = 30.0
FOOT: Final = 8.0
FONT: Final = 3.2
LINE: Final = 4.5
PADDING: Final = 1.9
COLUMNS: Final = (9.0, 42.0, 14.0, 50.0, 17.0, 54.0)
"""Widths in millimetres: number, indicator, points, rule, when, meaning."""

_SIDE: Final = 2.6


@dataclass(frozen=True, slots=True)
class PageRow:
    """One indicator on a page, as texts in the order of the columns."""

    line: SchemeIndicator
    cells: tuple[str, ...]
    height: float


@dataclass(frozen=True, slots=True)
class IndicatorPage:
    """What one unit is responsible for.

    Attributes
    ----------
    unit : str or None
        Code of the responsible unit; None for lines that name none.
    points : str
        Of all its indicators.
    height : float
        Millimetres of the whole page.
    too_many : int
        Indicators that no longer fit on one page; 0 where all do.
    """

    unit: str | None
    name: str
    rows: tuple[PageRow, ...]
    points: str
    height: float
    too_many: int

    @property
    def overflow(self) -> float:
        """Millimetres beyond the page; 0 where it fits."""
        return max(0.0, self.height - PAGE)


def pages_of(
    scheme: Scheme, names: Mapping[str, str], language: Language
) -> tuple[IndicatorPage, ...]:
    """Return a page for each responsible unit, in the order of the scheme.

    Parameters
    ----------
    names : mapping of str to str
        Names of units by code.
    """
    order = list(dict.fromkeys(line.responsible for line in scheme.indicators))
    return tuple(_page(scheme, unit, names, language) for unit in order)


def _page(
    scheme: Scheme, unit: str | None, names: Mapping[str, str], language: Language
) -> IndicatorPage:
    mine = [line for line in scheme.indicators if line.responsible == unit]
    rows = tuple(_row(scheme, line, place, language) for place, line in enumerate(mine, start=1))
    height = HEAD + FOOT
    too_many = 0
    for row in rows:
        height += row.height
        too_many += height > PAGE
    total = sum((line.weight or Fraction(0) for line in mine), Fraction(0))
    name = Text("未指定责任单位", "No responsible unit").in_language(language)
    return IndicatorPage(
        unit,
        name if unit is None else names.get(unit, unit),
        rows,
        number_text(total),
        height,
        too_many,
    )


def _row(scheme: Scheme, line: SchemeIndicator, place: int, language: Language) -> PageRow:
    rule = translate(rule_of(line), language)
    if line.limit is not None:
        rule += translate(limit_of(line.limit, scheme), language)
    measure = "" if line.unit is None else f"（{line.unit.in_language(language)}）"
    cells = (
        str(place),
        line.title.in_language(language) + measure,
        number(line.weight),
        rule,
        translate(EVERY[line.every], language),
        "" if line.definition is None else line.definition.in_language(language),
    )
    lines = max(
        math.ceil(width_of(text) / ((column - _SIDE) / FONT))
        for text, column in zip(cells, COLUMNS, strict=True)
    )
    return PageRow(line, cells, lines * LINE + PADDING)


def width_of(text: str) -> float:
    """Estimate how wide a text runs, in widths of a Chinese character."""
    return sum(1.0 if east_asian_width(letter) in "WFA" else 0.56 for letter in text)

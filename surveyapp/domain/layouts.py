"""How codes stand on paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message
from surveyapp.domain.text import Text


class Layout(StrEnum):
    """One code a page of A4, or many."""

    STAND = "stand"
    SHEET = "sheet"
    STICKER = "sticker"
    STICKER_LARGE = "sticker-large"


@dataclass(frozen=True, slots=True)
class Paper:
    """A page of A4.

    Attributes
    ----------
    per_page : int
        Codes on it; labels have the size of sheets of labels that are sold everywhere.
    """

    name: Text
    per_page: int


PAPERS: Mapping[Layout, Paper] = {
    Layout.STAND: Paper(Text("A4 台卡，每页一码", "A4 stand, one code a page"), 1),
    Layout.SHEET: Paper(Text("A4 多码裁切页，每页 6 码", "A4 sheet to cut, 6 codes"), 6),
    Layout.STICKER: Paper(
        Text("不干胶 70 × 37 毫米，每页 24 枚", "Labels 70 × 37 mm, 24 a page"), 24
    ),
    Layout.STICKER_LARGE: Paper(
        Text("不干胶 105 × 74 毫米，每页 8 枚", "Labels 105 × 74 mm, 8 a page"), 8
    ),
}


def layout_named(text: str) -> Layout:
    """Return the layout of a name.

    Raises
    ------
    BadInput
    """
    if text not in set(Layout):
        raise BadInput(
            message("“%(text)s” is no layout: %(names)s.", text=text[:40], names=", ".join(Layout))
        )
    return Layout(text)

"""What the tables of a 汇总表 are made of: cells, headings above them, and how each is written."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from surveyapp.domain.messages import Message
from surveyapp.domain.text import Language, Text
from surveyapp.language import translate
from surveyapp.services.ballots.figures import percent, shown


@dataclass(frozen=True, slots=True)
class Share:
    """A share of votes, shown as a percentage with two decimals."""

    value: Fraction | None


@dataclass(frozen=True, slots=True)
class Score:
    """A score, shown with three decimals."""

    value: Fraction | None


Cell = Text | Message | str | int | Share | Score | tuple["Text | Message | str", ...] | None


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, with those it stands above."""

    title: Text
    parts: tuple[Heading, ...] = ()

    @property
    def width(self) -> int:
        """How many columns it stands above."""
        return sum(part.width for part in self.parts) or 1

    @property
    def depth(self) -> int:
        """How many rows of headings it takes."""
        return 1 + max((part.depth for part in self.parts), default=0)


@dataclass(frozen=True, slots=True)
class PlacedHeading:
    """A heading with its place: how many columns and rows it covers."""

    title: Text
    column: int
    columns: int
    rows: int


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a 汇总表.

    Attributes
    ----------
    note : Message or None
        What stands above it: the quota.
    """

    title: Text
    headings: tuple[Heading, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: Message | None = None

    @property
    def width(self) -> int:
        """How many columns it has."""
        return sum(one.width for one in self.headings)

    def heading_rows(self) -> list[list[PlacedHeading]]:
        """Return the rows of headings with what each one covers."""
        depth = max(one.depth for one in self.headings)
        rows: list[list[PlacedHeading]] = [[] for _row in range(depth)]

        def place(heading: Heading, level: int, column: int) -> None:
            height = 1 if heading.parts else depth - level
            rows[level].append(PlacedHeading(heading.title, column, heading.width, height))
            for part in heading.parts:
                place(part, level + 1, column)
                column += part.width

        column = 0
        for one in self.headings:
            place(one, 0, column)
            column += one.width
        return rows


def written(cell: Cell, language: Language) -> str:
    """Return a cell as text."""
    if cell is None:
        return ""
    if isinstance(cell, Share):
        return percent(cell.value)
    if isinstance(cell, Score):
        return shown(cell.value)
    if isinstance(cell, Text):
        return cell.in_language(language)
    if isinstance(cell, Message):
        return translate(cell, language)
    if isinstance(cell, tuple):
        return "；".join(written(one, language) for one in cell)
    return str(cell)

"""The technical annex of a 汇总表 on paper: how firmly each group's result stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from surveyapp.domain.messages import message
from surveyapp.domain.text import Text
from surveyapp.services.ballots.figures import BallotResult, GroupResult, SubjectResult
from surveyapp.services.ballots.sensitivity import (
    Variant,
    move_words,
    variant_sentences,
    variant_title,
    variants,
)
from surveyapp.services.ballots.tabulation import NAME, WEIGHTED
from surveyapp.services.ballots.tabulation_cells import Cell, Heading, Score, Table
from surveyapp.services.ballots.tabulation_head import Fact

ANNEX: Final = Text("技术附录", "Technical annex")

_HEADINGS: Final = (
    NAME,
    WEIGHTED,
    Heading(Text("区间（95%）", "Interval (95%)")),
    Heading(Text("组内名次", "Rank in the group")),
    Heading(Text("可能名次", "Possible ranks")),
    Heading(Text("档", "Band")),
    Heading(Text("与其难分高下的对象", "Cannot be told apart from")),
    Heading(Text("不计标记票得分", "Without flagged ballots")),
    Heading(Text("计入无效票得分", "With void ballots")),
)
WIDTHS: Final = (16, 12, 18, 10, 10, 8, 34, 16, 16)

_NOTE: Final = Text("说明", "Note")
_MOVES: Final = Text("名次变化", "Ranks that change")


@dataclass(frozen=True, slots=True)
class AnnexPart:
    """One group: its table, and what else would change its result."""

    table: Table
    facts: tuple[Fact, ...]


def annex_parts(result: BallotResult) -> tuple[AnnexPart, ...]:
    """Return the annex of every group that has a score."""
    return tuple(
        _part(result, group)
        for sheet in result.sheets
        for group in sheet.groups
        if any(one.score is not None for one in group.subjects)
    )


def _part(result: BallotResult, group: GroupResult) -> AnnexPart:
    titles = {one.subject.key: one.subject.title for one in group.subjects}
    found = variants(result.classes, group)
    notes = [
        message(
            "Intervals and possible ranks count with members who did not vote. They measure"
            " non-response, not judgement: where everybody voted there is none, and yet voters may"
            " err."
        ),
        *variant_sentences(found),
    ]
    return AnnexPart(
        Table(
            group.group.title,
            _HEADINGS,
            tuple(_row(one, titles) for one in group.subjects),
        ),
        (
            *(Fact(_NOTE, note) for note in notes),
            *(Fact(_MOVES, _moves(one)) for one in found if one.moves),
        ),
    )


def _row(line: SubjectResult, titles: dict[str, Text]) -> tuple[Cell, ...]:
    standing = line.standing
    return (
        line.subject.title,
        Score(line.score),
        _interval(line),
        line.rank,
        None if standing is None else _ranks(standing.possible_low, standing.possible_high),
        None if standing is None else standing.letters,
        None if standing is None else tuple(titles[key] for key in standing.alike),
        Score(line.without_flagged),
        Score(line.with_void),
    )


def _interval(line: SubjectResult) -> Cell:
    if line.interval is not None:
        return f"{line.interval.low:.2f} – {line.interval.high:.2f}"
    return message("no error from absence") if line.se == 0 else None


def _ranks(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}–{high}"


def _moves(one: Variant) -> Cell:
    return (variant_title(one), *(move_words(move) for move in one.moves))

"""The 汇总表 as tables of cells: one for each group of each sheet, for paper and for workbooks.

Three layouts, as the form of the sheet asks for them: a team by class of voters (班子表), people
one below the other (干部表), and shares of votes without any score (评议表).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from surveyapp.domain.ballot import (
    ABSTAIN,
    ABSTAIN_LABEL,
    DONT_KNOW,
    DONT_KNOW_LABEL,
    OVERALL_LABEL,
    Sheet,
)
from surveyapp.domain.messages import Message, message
from surveyapp.domain.text import Text
from surveyapp.services.ballots.figures import (
    BallotResult,
    CountedClass,
    GradeCount,
    GroupResult,
    SheetResult,
    SubjectResult,
    shown,
)
from surveyapp.services.ballots.tabulation_cells import Cell, Heading, Score, Share, Table


@dataclass(frozen=True, slots=True)
class SheetTabulation:
    """The tables of one sheet, and its ballots by class."""

    sheet: Sheet
    ballots: Table
    tables: tuple[Table, ...]


NAME: Final = Heading(Text("姓名", "Name"))
_ITEM: Final = Heading(Text("评价对象", "Rated"))
_NUMBER: Final = Heading(Text("序号", "No."))
OFFICE: Final = Heading(Text("职务", "Office held"))
_CLASS: Final = Heading(Text("票种", "Class"))
WEIGHTED: Final = Heading(Text("加权得分", "Weighted score"))
NOTES: Final = Heading(Text("备注", "Remarks"))
_RANK: Final = Heading(Text("组内名次", "Rank in the group"))
_ON_PAPER: Final = (
    Text("其中纸质票发出", "Of these on paper: issued"),
    Text("纸质票收回", "On paper: returned"),
    Text("纸质票未收回（注销）", "On paper: not returned (written off)"),
    Text("纸质票整张无效", "On paper: void as a whole"),
)
_TOTAL: Final = Text("合计", "Total")
_VOTES: Final = Heading(Text("票数", "Votes"))
_PERCENT: Final = Heading(Text("%", "%"))


def tabulations(result: BallotResult) -> tuple[SheetTabulation, ...]:
    """Return the tables of a result, sheet by sheet."""
    return tuple(
        SheetTabulation(part.sheet, _ballots(part), tuple(_tables(result, part)))
        for part in result.sheets
    )


def _ballots(part: SheetResult) -> Table:
    """Return how many ballots of this sheet were issued and came back, by class and in all.

    What was issued on paper stands apart beside it, where anything was.
    """
    with_paper = any(one.paper_issued for one in part.classes)
    headings = tuple(
        Heading(title)
        for title in (
            Text("票种", "Class"),
            Text("权重", "Weight"),
            Text("应参评", "Members"),
            Text("发出", "Issued"),
            Text("收回", "Returned"),
            Text("未收回", "Not returned"),
            Text("有效", "Valid"),
            Text("无效", "Void"),
            *(_ON_PAPER if with_paper else ()),
        )
    )

    def numbers(classes: Sequence[CountedClass]) -> tuple[int, ...]:
        return _numbers(classes) + (_paper_numbers(classes) if with_paper else ())

    rows: list[tuple[Cell, ...]] = [
        (one.title, Share(one.weight / 100), *numbers([one])) for one in part.classes
    ]
    rows.append((_TOTAL, Share(Fraction(1)), *numbers(part.classes)))
    return Table(Text("测评票", "Ballots"), headings, tuple(rows))


def _numbers(classes: Sequence[CountedClass]) -> tuple[int, ...]:
    issued, spent = sum(one.issued for one in classes), sum(one.spent for one in classes)
    return (
        sum(one.roll for one in classes),
        issued,
        spent,
        issued - spent,
        sum(one.valid for one in classes),
        sum(one.void for one in classes),
    )


def _paper_numbers(classes: Sequence[CountedClass]) -> tuple[int, ...]:
    issued = sum(one.paper_issued for one in classes)
    returned = sum(one.paper_returned for one in classes)
    return issued, returned, issued - returned, sum(one.paper_void for one in classes)


def _tables(result: BallotResult, part: SheetResult) -> Iterable[Table]:
    for group in part.groups:
        if part.sheet.shares_only:
            yield _of_shares(result, part.sheet, group)
        elif part.sheet.people:
            yield _of_people(result, part, group)
        else:
            yield _of_teams(result, part, group)


def grade_labels(sheet: Sheet) -> tuple[Text, ...]:
    """Return the names of the columns of votes: the grades, then 弃权 and 不了解."""
    if not sheet.overall:
        return ()
    return (*(level.label for level in sheet.levels), ABSTAIN_LABEL, DONT_KNOW_LABEL)


def vote_headings(sheet: Sheet) -> tuple[Heading, ...]:
    """Return the headings of the votes for the overall grade."""
    marks = tuple(Heading(label, (_VOTES, _PERCENT)) for label in grade_labels(sheet))
    return (Heading(OVERALL_LABEL, marks),) if marks else ()


def vote_cells(sheet: Sheet, counts: Sequence[GradeCount]) -> list[Cell]:
    """Return votes and shares in the order of `vote_headings`."""
    cells: list[Cell] = []
    by_key = {one.key: one for one in counts}
    for key in (
        (*(level.key for level in sheet.levels), ABSTAIN, DONT_KNOW) if sheet.overall else ()
    ):
        one = by_key.get(key)
        cells += [None, Share(None)] if one is None else [one.n, Share(one.share)]
    return cells


def rate_headings(sheet: Sheet) -> tuple[Heading, ...]:
    """Return the headings of the rates: 优秀率, 优秀称职率, 不称职率."""
    return tuple(Heading(title) for title, _keys in _rates(sheet))


def rate_cells(sheet: Sheet, counts: Sequence[GradeCount]) -> list[Cell]:
    """Return the shares of one or two grades together."""
    shares = {one.key: one.share for one in counts}
    cells: list[Cell] = []
    for _title, keys in _rates(sheet):
        given = [share for key in keys if (share := shares.get(key)) is not None]
        cells.append(Share(sum(given, Fraction(0)) if given else None))
    return cells


def _rates(sheet: Sheet) -> list[tuple[Text, tuple[str, ...]]]:
    """Return the grades whose votes are added, under the name of their rate.

    The best, the two best and the worst; of fewer than four grades the best and the worst.
    """
    levels = sheet.levels
    if not sheet.overall or len(levels) < 3:
        return []
    picked = [(levels[0],), (levels[0], levels[1]), (levels[-1],)]
    if len(levels) == 3:
        del picked[1]
    return [
        (
            Text(
                "".join(level.label.zh for level in chosen) + "率",
                "% " + " + ".join(level.label.en for level in chosen),
            ),
            tuple(level.key for level in chosen),
        )
        for chosen in picked
    ]


def criterion_headings(sheet: Sheet) -> tuple[Heading, ...]:
    """Return the headings of the scores by criterion."""
    parts = tuple(Heading(one.title) for one in sheet.criteria)
    return (Heading(Text("各项得分", "Scores by criterion"), parts),) if parts else ()


def _of_teams(result: BallotResult, part: SheetResult, group: GroupResult) -> Table:
    """Lay out teams: a row for each class of voters, and one for all together."""
    sheet = part.sheet
    several = len(group.subjects) > 1
    rows: list[tuple[Cell, ...]] = []
    for line in group.subjects:
        name: list[Cell] = [line.subject.title] if several else []
        if line.withheld:
            rows.append(_withheld(result, [*name, _TOTAL], line, sheet))
            continue
        means = {one.key: one.value for one in line.classes}
        titles = {one.key: one.title for one in part.classes}
        rows += [
            (
                *name,
                titles[one.key],
                *vote_cells(sheet, one.counts),
                *(Score(value) for _key, value in one.criteria),
                Score(means[one.key]),
                None,
                None,
                None,
            )
            for one in line.by_class
        ]
        rows.append(
            (
                *name,
                _TOTAL,
                *vote_cells(sheet, line.counts),
                *(Score(value) for _key, value in line.criteria),
                None,
                Score(line.score),
                line.rank,
                notes_of(line),
            )
        )
    headings = (
        *([_ITEM] if several else []),
        _CLASS,
        *vote_headings(sheet),
        *criterion_headings(sheet),
        Heading(Text("票种均分", "Mean of the class")),
        WEIGHTED,
        Heading(Text("名次", "Rank")),
        NOTES,
    )
    return Table(group.group.title, headings, tuple(rows), _quota(sheet, group))


def short(title: Text) -> Text:
    """Return the name of a class without what stands in brackets: A票."""
    return Text(
        re.sub("（[^）]*）", "", title.zh).strip() or title.zh,
        re.sub(r" *\([^)]*\)", "", title.en).strip() or title.en,
    )


def _of_people(result: BallotResult, part: SheetResult, group: GroupResult) -> Table:
    """Lay out people: a row for each."""
    sheet = part.sheet
    raters = [one for one in part.classes if group.group.key in one.rates]
    headings = (
        _NUMBER,
        NAME,
        OFFICE,
        *vote_headings(sheet),
        *rate_headings(sheet),
        *criterion_headings(sheet),
        Heading(
            Text("票种均分", "Means of the classes"), tuple(Heading(short(o.title)) for o in raters)
        ),
        WEIGHTED,
        _RANK,
        NOTES,
    )
    rows = [
        _withheld(result, [number, line.subject.title, line.subject.office], line, sheet, headings)
        if line.withheld
        else (
            number,
            line.subject.title,
            line.subject.office,
            *vote_cells(sheet, line.counts),
            *rate_cells(sheet, line.counts),
            *(Score(value) for _key, value in line.criteria),
            *(Score(one.value) for one in line.classes),
            Score(line.score),
            line.rank,
            notes_of(line),
        )
        for number, line in enumerate(group.subjects, start=1)
    ]
    return Table(group.group.title, headings, tuple(rows), _quota(sheet, group))


def _of_shares(result: BallotResult, sheet: Sheet, group: GroupResult) -> Table:
    """Lay out what is only voted on: a row for each, votes and shares, no score."""
    headings = (
        _NUMBER,
        NAME if sheet.people else _ITEM,
        *([OFFICE] if sheet.people else []),
        *vote_headings(sheet),
        NOTES,
    )
    rows = []
    for number, line in enumerate(group.subjects, start=1):
        first: list[Cell] = [number, line.subject.title]
        first += [line.subject.office] if sheet.people else []
        rows.append(
            _withheld(result, first, line, sheet, headings)
            if line.withheld
            else (*first, *vote_cells(sheet, line.counts), notes_of(line))
        )
    return Table(group.group.title, headings, tuple(rows))


def _withheld(
    result: BallotResult,
    first: Sequence[Cell],
    line: SubjectResult,
    sheet: Sheet,
    headings: Sequence[Heading] = (),
) -> tuple[Cell, ...]:
    """Return a row without figures that says why."""
    width = sum(one.width for one in headings) or (
        len(first) + 2 * len(grade_labels(sheet)) + len(sheet.criteria) + 4
    )
    reason = why_withheld(result, line)
    empty: list[Cell] = [None] * (width - len(first) - 1)
    return (*first, *empty, (reason,))


def why_withheld(result: BallotResult, line: SubjectResult) -> Message:
    """Say why somebody has no result."""
    minimum = result.rules.minimum
    if not result.stands:
        return message("Quorum not reached")
    if line.n < minimum.subject or not line.is_exposed:
        return message("Fewer than %(n)s valid ballots: no result", n=minimum.subject)
    return message(
        "Fewer than %(n)s ballots of a secret class, and no class they could join: no result",
        n=minimum.voting_class,
    )


def notes_of(line: SubjectResult) -> tuple[Text | Message | str, ...]:
    """Return what stands under 备注."""
    notes: list[Text | Message | str] = list(line.notes)
    if line.empty:
        notes.append(message("No score from: %(classes)s", classes=", ".join(line.empty)))
    elif line.without_flagged != line.score:
        notes.append(
            message("Without flagged ballots: %(score)s", score=shown(line.without_flagged))
        )
    notes += [message("Reason: %(text)s", text=one) for one in line.reasons]
    return tuple(notes)


def _quota(sheet: Sheet, group: GroupResult) -> Message | None:
    if group.quota is None:
        return None
    return message(
        "Quota of “%(top)s” in this group: %(n)s, rounded down.",
        top=sheet.levels[0].label,
        n=group.quota,
    )

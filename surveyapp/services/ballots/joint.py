"""全市汇总表: the closed meetings of an evaluation side by side, ranked inside each group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from openpyxl import Workbook

from surveyapp.domain.ballot import BallotRules, Group, Sheet
from surveyapp.domain.evaluation import Stage
from surveyapp.domain.messages import Message, message
from surveyapp.domain.text import Language, Text
from surveyapp.services.ballots.evaluations import EvaluationView, MeetingView
from surveyapp.services.ballots.figures import BallotResult, SheetResult, SubjectResult
from surveyapp.services.ballots.tabulation import (
    NAME,
    NOTES,
    OFFICE,
    WEIGHTED,
    criterion_headings,
    notes_of,
    rate_cells,
    rate_headings,
    short,
    vote_cells,
    vote_headings,
    why_withheld,
)
from surveyapp.services.ballots.tabulation_cells import Cell, Heading, Score, Share, Table
from surveyapp.services.ballots.tabulation_head import Fact
from surveyapp.services.ballots.workbook import SheetWriter, add_sheet, saved

_UNIT: Final = Heading(Text("单位", "Unit"))
_NUMBER: Final = Heading(Text("场次", "Meeting"))
_RANK: Final = Heading(Text("组内名次", "Rank in the group"))
_RANK_HERE: Final = Heading(Text("场次内名次", "Rank at the meeting"))
STAGES: Final = {
    Stage.DRAFT: Text("准备中", "being prepared"),
    Stage.OPEN: Text("正在测评", "in use"),
    Stage.CLOSED: Text("已截止未开箱", "closed, not opened"),
    Stage.COUNTED: Text("已计票", "counted"),
}


@dataclass(frozen=True, slots=True)
class CountedMeeting:
    """A meeting whose urn is open, with its result."""

    meeting: MeetingView
    result: BallotResult


@dataclass(frozen=True, slots=True)
class _Line:
    """A team or person of one meeting, on its sheet."""

    meeting: MeetingView
    result: BallotResult
    part: SheetResult
    subject: SubjectResult


def joint_tables(
    rules: BallotRules, meetings: Sequence[CountedMeeting]
) -> tuple[tuple[Sheet, tuple[Table, ...]], ...]:
    """Return the tables of each sheet of the template: one for each group.

    Ranks count every meeting that is there: equal exact scores share a rank (1, 1, 3).

    Parameters
    ----------
    rules : BallotRules
        Of the template.
    """
    return tuple(
        (
            sheet,
            tuple(_table(rules, sheet, group, _lines(meetings, group)) for group in sheet.groups),
        )
        for sheet in rules.sheets
    )


def _lines(meetings: Sequence[CountedMeeting], group: Group) -> list[_Line]:
    return [
        _Line(one.meeting, one.result, part, line)
        for one in meetings
        for part in one.result.sheets
        for found in part.groups
        if found.group.key == group.key
        for line in found.subjects
    ]


def _table(rules: BallotRules, sheet: Sheet, group: Group, lines: Sequence[_Line]) -> Table:
    scored = not sheet.shares_only
    ranks = _ranks([one.subject.score for one in lines])
    if scored:
        order = sorted(range(len(lines)), key=lambda place: (ranks[place] is None, ranks[place]))
    else:
        order = list(range(len(lines)))
    headings = (
        _NUMBER,
        _UNIT,
        NAME if sheet.people else Heading(Text("评价对象", "Rated")),
        *([OFFICE] if sheet.people else []),
        *vote_headings(sheet),
        *(rate_headings(sheet) if scored and sheet.people else ()),
        *criterion_headings(sheet),
        *(_score_headings(rules, group) if scored else ()),
        NOTES,
    )
    rows = [_row(rules, sheet, group, lines[place], ranks[place]) for place in order]
    return Table(group.title, headings, tuple(rows))


def _score_headings(rules: BallotRules, group: Group) -> tuple[Heading, ...]:
    raters = tuple(Heading(short(one.title)) for one in rules.classes if group.key in one.rates)
    return (
        Heading(Text("票种均分", "Means of the classes"), raters),
        WEIGHTED,
        _RANK,
        _RANK_HERE,
    )


def _row(
    rules: BallotRules, sheet: Sheet, group: Group, one: _Line, rank: int | None
) -> tuple[Cell, ...]:
    line = one.subject
    cells: list[Cell] = [one.meeting.number, one.meeting.unit_name, line.subject.title]
    if sheet.people:
        cells.append(line.subject.office)
    notes: tuple[Text | Message | str, ...] = notes_of(line)
    if line.withheld:
        notes = (why_withheld(one.result, line),)
    cells += vote_cells(sheet, line.counts)
    if not sheet.shares_only:
        if sheet.people:
            cells += rate_cells(sheet, line.counts)
        criteria = dict(line.criteria)
        cells += [Score(criteria.get(criterion.key)) for criterion in sheet.criteria]
        cells += _means(rules, group, one)
        cells += [Score(line.score), rank, line.rank]
    return (*cells, notes)


def _means(rules: BallotRules, group: Group, one: _Line) -> list[Cell]:
    """Return the mean of each class of the template; of a merged one in the class it joined."""
    means = {mean.key: mean.value for mean in one.subject.classes}
    return [
        Score(means.get(voting_class.key))
        for voting_class in rules.classes
        if group.key in voting_class.rates
    ]


def _ranks(scores: Sequence[Fraction | None]) -> list[int | None]:
    given = [score for score in scores if score is not None]
    return [
        None if score is None else 1 + sum(other > score for other in given) for score in scores
    ]


def joint_workbook(
    view: EvaluationView,
    rules: BallotRules,
    meetings: Sequence[CountedMeeting],
    language: Language,
) -> bytes:
    """Write the joint 汇总表, and a worksheet that says how far every meeting is."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    title = view.summary.title.in_language(language)
    facts = _facts(view, meetings)
    for sheet, tables in joint_tables(rules, meetings):
        name = sheet.title.in_language(language)
        writer = SheetWriter(
            add_sheet(workbook, name), language, max(table.width for table in tables)
        )
        writer.title(f"{title} {name}", Text("全市汇总表", "Joint tabulation"))
        writer.facts(facts)
        for table in tables:
            writer.table(table)
        writer.finish()
    progress = _progress(view, {one.meeting.key: one.result for one in meetings})
    writer = SheetWriter(
        add_sheet(workbook, progress.title.in_language(language)), language, progress.width
    )
    writer.title(title, progress.title)
    writer.table(progress)
    writer.finish((8, 28, 14, 18, 20, 14, 10, 10, 10, 68))
    return saved(workbook)


def _facts(view: EvaluationView, meetings: Sequence[CountedMeeting]) -> tuple[Fact, ...]:
    missing = [one for one in view.meetings if one.stage is not Stage.COUNTED]
    facts = [
        Fact(
            Text("汇总范围", "Covers"),
            message(
                "%(counted)s of %(all)s meetings; ranks count these alone.",
                counted=len(meetings),
                all=len(view.meetings),
            ),
        )
    ]
    if missing:
        facts.append(
            Fact(
                Text("尚缺场次", "Still missing"),
                "、".join(f"{one.number} {one.unit_name}" for one in missing),
            )
        )
    facts.append(Fact(Text("模板校验码", "Template (SHA-256)"), view.summary.sha256))
    return tuple(facts)


def _progress(view: EvaluationView, results: Mapping[str, BallotResult]) -> Table:
    """Return how far every meeting is, with the root of each one that is counted."""
    headings = tuple(
        Heading(title)
        for title in (
            Text("场次", "Meeting"),
            Text("单位", "Unit"),
            Text("考核组", "Team"),
            Text("状态", "State"),
            Text("编号", "Key"),
            Text("应参评", "Members"),
            Text("发出", "Issued"),
            Text("收回", "Returned"),
            Text("参评率", "Turnout"),
            Text("校验码", "Root"),
        )
    )
    rows = tuple(
        (
            one.number,
            one.unit_name,
            one.team,
            STAGES[one.stage],
            one.key,
            one.roll,
            one.issued,
            one.voted,
            Share(Fraction(one.voted, one.roll)),
            results[one.key].root if one.key in results else None,
        )
        for one in view.meetings
    )
    return Table(Text("各场次进度", "All meetings"), headings, rows)

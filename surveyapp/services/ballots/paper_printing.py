"""The printed ballot (票样): the same sheets as on a phone, to be ticked with a pen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from surveyapp.domain.ballot import (
    DONT_KNOW_LABEL,
    BallotRules,
    BallotSubject,
    Criterion,
    Sheet,
    VotingClass,
)
from surveyapp.domain.text import Text
from surveyapp.services.ballots.paper_issuing import Papers
from surveyapp.services.places.printing import print_templates

_NUMERALS: Final = "一二三四五六七八九十"
_FIXED_COLUMNS: Final = 2
_WIDE: Final = 40
"""More columns to tick than this do not fit on A4 across."""


@dataclass(frozen=True, slots=True)
class PrintedGroup:
    """Subjects under one heading, numbered through the sheet."""

    title: Text
    subjects: tuple[tuple[int, BallotSubject], ...]


@dataclass(frozen=True, slots=True)
class PrintedSheet:
    """One form on the paper.

    Attributes
    ----------
    choices : tuple of Text
        What can be ticked in an item: the grades and 不了解; no mark is an abstention.
    single : BallotSubject or None
        The only subject, where there is one: its items stand below each other.
    reason : Text or None
        The grade whose reason may be written down.
    """

    heading: str
    graded: tuple[Criterion, ...]
    choices: tuple[Text, ...]
    groups: tuple[PrintedGroup, ...]
    single: BallotSubject | None
    reason: Text | None
    has_office: bool
    people: bool

    @property
    def boxes(self) -> int:
        """Columns to tick."""
        return len(self.graded) * len(self.choices)

    @property
    def columns(self) -> int:
        """Columns of its table."""
        return self.boxes + _FIXED_COLUMNS + self.has_office + (self.reason is not None)


@dataclass(frozen=True, slots=True)
class PrintedBallot:
    """The ballot of one class, and how many of it are printed."""

    title: str
    voting_class: VotingClass
    sheets: tuple[PrintedSheet, ...]
    copies: int


def papers_html(papers: Papers) -> str:
    """Make the page of ballots to fill in on paper: one file, which needs nothing else."""
    templates = print_templates()
    ballots = [
        PrintedBallot(
            ballot_title(papers.definition.title, voting_class),
            voting_class,
            tuple(_sheets(papers.rules, voting_class)),
            copies,
        )
        for voting_class, copies in papers.numbers
    ]
    lists = [sheet for ballot in ballots for sheet in ballot.sheets if sheet.single is None]
    is_wide = max((sheet.boxes for sheet in lists), default=0) > _WIDE
    return templates.get_template("ballot_paper.html").render(
        definition=papers.definition,
        rules=papers.rules,
        ballots=ballots,
        count=papers.count,
        paper="A3" if is_wide else "A4",
        style=templates.get_template("ballot_paper.css").render(wide=is_wide),
    )


def ballot_title(title: Text, voting_class: VotingClass) -> str:
    """Return the heading of the ballot of a class: 「××年度民主测评票（B票）」."""
    short = voting_class.title.zh.partition("（")[0].partition("(")[0].strip()
    return f"{title.zh.removesuffix('票')}票（{short or voting_class.key}）"


def _sheets(rules: BallotRules, voting_class: VotingClass) -> list[PrintedSheet]:
    sheets = rules.sheets_of(voting_class)
    return [
        _sheet(rules, voting_class, sheet, _numbered(place, sheet) if len(sheets) > 1 else "")
        for place, sheet in enumerate(sheets)
    ]


def _numbered(place: int, sheet: Sheet) -> str:
    number = _NUMERALS[place] if place < len(_NUMERALS) else str(place + 1)
    return f"{number}、{sheet.title.zh}"


def _sheet(
    rules: BallotRules, voting_class: VotingClass, sheet: Sheet, heading: str
) -> PrintedSheet:
    subjects = rules.rated_by(voting_class, sheet)
    numbers = {subject.key: number for number, subject in enumerate(subjects, start=1)}
    levels = {level.key: level.label for level in sheet.levels}
    return PrintedSheet(
        heading=heading,
        graded=sheet.graded,
        choices=(*levels.values(), DONT_KNOW_LABEL),
        groups=tuple(
            PrintedGroup(
                group.title,
                tuple((numbers[one.key], one) for one in rules.of_group(group.key)),
            )
            for group in sheet.groups
            if group.key in voting_class.rates
        ),
        single=subjects[0] if len(subjects) == 1 else None,
        reason=None if sheet.reason_for is None else levels[sheet.reason_for],
        has_office=any(one.office is not None for one in subjects),
        people=sheet.people,
    )

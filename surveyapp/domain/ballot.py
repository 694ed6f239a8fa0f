"""The rules of a closed ballot (民主测评): who is rated, on what, by which classes of voters.

A ballot is a packet of sheets (一码多表) that one slip opens and that are submitted together; most
have one. All of it is part of the definition, so it is fixed, hashed and visible before the first
ballot.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from surveyapp.domain.scales import Level
from surveyapp.domain.text import Text

OVERALL = "overall"
"""The key of the grade that is given to a subject as a whole (总体评价)."""

ONE_SHEET = "ballot"
"""The key of the only sheet of a definition that names none."""

ABSTAIN = "abstain"
DONT_KNOW = "dont_know"
MYSELF = "myself"
"""What a voter says on the card of themselves. It is never stored: a ballot that says so would name
its voter. It becomes `DONT_KNOW`."""

OVERALL_LABEL = Text("总体评价", "Overall")
ABSTAIN_LABEL = Text("弃权", "Abstain")
DONT_KNOW_LABEL = Text("不了解", "Not familiar")
MYSELF_LABEL = Text("本人，不评", "Myself, not rated")

TRIMMED_ABOVE = 5
"""Trimming takes effect with more raters than this (去掉一个最高分和一个最低分)."""


class QuotaRule(StrEnum):
    """What the ballot page does with more top grades than the quota allows."""

    HINT = "hint"
    HARD = "hard"


class Treatment(StrEnum):
    """What becomes of a conspicuous ballot; declared before the vote."""

    VOID = "void"
    FLAG = "flag"
    ACCEPT = "accept"


class EmptyClass(StrEnum):
    """What becomes of the score if nobody of a class has rated."""

    BLOCK = "block"
    RENORMALISE = "renormalise"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class Group:
    """Subjects of one sheet that are ranked among each other (机关正职, 机关副职 …)."""

    key: str
    title: Text


@dataclass(frozen=True, slots=True)
class BallotSubject:
    """A person or team that is rated.

    Attributes
    ----------
    office : Text or None
        职务, as it stands on the ballot and in the 汇总表.
    group : str
        Key of its group.
    """

    key: str
    title: Text
    office: Text | None
    group: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """What is graded on each card; `weight` is in percent, 0 for the overall grade."""

    key: str
    title: Text
    weight: Fraction


@dataclass(frozen=True, slots=True)
class VotingClass:
    """A class of voters (A票, B票 …).

    Attributes
    ----------
    weight : Fraction
        In percent.
    roll : int
        How many belong to it; never more credentials are valid at a time.
    rates : tuple of str
        Keys of the groups it rates.
    signed : bool
        署名评价: its ballots carry a name and are not secret.
    """

    key: str
    title: Text
    weight: Fraction
    roll: int
    rates: tuple[str, ...]
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Quota:
    """The largest share of a group that may get the top grade.

    Attributes
    ----------
    share : Fraction
        0 to 1.
    """

    share: Fraction
    rule: QuotaRule = QuotaRule.HINT

    def places(self, n: int) -> int:
        """Return how many of `n` subjects that is, rounded down."""
        return math.floor(self.share * n)


@dataclass(frozen=True, slots=True)
class Validity:
    """What becomes of ballots that grade all the same, all top, above the quota, or nobody."""

    all_same: Treatment = Treatment.FLAG
    all_top: Treatment = Treatment.FLAG
    over_quota: Treatment = Treatment.FLAG
    blank: Treatment = Treatment.VOID


@dataclass(frozen=True, slots=True)
class Minimum:
    """Sizes below which secrecy and a result are not to be had.

    Attributes
    ----------
    subject : int
        Valid ballots without which a subject gets no result.
    voting_class : int
        Ballots a class needs so that it is kept as a class of its own.
    """

    subject: int = 8
    voting_class: int = 5


@dataclass(frozen=True, slots=True)
class RemarkLine:
    """A share of votes at which a remark is printed (优秀称职率低于三分之二 …); it decides nothing.

    Attributes
    ----------
    levels : tuple of str
        Keys of the grades whose votes are added.
    below, above : Fraction or None
        The remark is printed below the one or above the other.
    """

    levels: tuple[str, ...]
    below: Fraction | None
    above: Fraction | None
    text: Text

    def holds(self, share: Fraction) -> bool:
        """Whether the remark is printed at a share, which is compared exactly."""
        return (self.below is not None and share < self.below) or (
            self.above is not None and share > self.above
        )


@dataclass(frozen=True, slots=True)
class Sheet:
    """One form of the packet: its subjects, what they are graded on, and how.

    Attributes
    ----------
    key, title : str, Text
        The only sheet of a definition without sheets is called `ONE_SHEET` and has its title.
    scale : str
        Key of the scale of the grades.
    levels : tuple of Level
        The grades, the best first; all with points unless `shares_only`.
    overall : bool
        Whether each subject gets a grade as a whole besides its criteria.
    groups : tuple of Group
        Its subjects name one of them; ranks exist inside a group only.
    shares_only : bool
        Whether votes are counted and never turned into points: no score, no rank.
    reason_for : str or None
        Key of the grade for which a reason may be written down.
    people : bool
        Whether persons are rated, so that a card offers 「本人，不评」; not so for teams and work.
    """

    key: str
    title: Text
    scale: str
    levels: tuple[Level, ...]
    criteria: tuple[Criterion, ...]
    overall: bool
    quota: Quota | None
    groups: tuple[Group, ...]
    shares_only: bool = False
    reason_for: str | None = None
    people: bool = True
    validity: Validity = Validity()
    remark_lines: tuple[RemarkLine, ...] = ()

    @property
    def graded(self) -> tuple[Criterion, ...]:
        """What is graded on each card, in its order; the overall grade stands last."""
        last = (Criterion(OVERALL, OVERALL_LABEL, Fraction(0)),)
        return self.criteria + (last if self.overall else ())

    @property
    def points(self) -> dict[str, Fraction]:
        """What each grade is worth; empty where only votes are counted."""
        if self.shares_only:
            return {}
        return {level.key: level.points or Fraction(0) for level in self.levels}


@dataclass(frozen=True, slots=True)
class BallotRules:
    """How a survey of kind ballot works.

    Attributes
    ----------
    sheets : tuple of Sheet
        In the order in which they are shown; at least one.
    subjects : tuple of BallotSubject
        Those of all sheets.
    quorum : Fraction
        Share of all rolls together that has to vote for the vote to stand.
    trim : bool
        Whether one highest and one lowest score of each class are dropped.
    count_unknown : bool
        Whether shares of votes (得票率) divide by all valid ballots; without, those that say 不了解
        stay out.
    remarks : int
        Characters of the one field for suggestions; 0 where there is none.
    receipts_page : bool
        Whether the page exists where holders of a receipt look for it.
    """

    sheets: tuple[Sheet, ...]
    subjects: tuple[BallotSubject, ...]
    classes: tuple[VotingClass, ...]
    quorum: Fraction
    empty_class: EmptyClass
    trim: bool
    minimum: Minimum
    count_unknown: bool
    remarks: int
    receipts_page: bool

    @property
    def groups(self) -> tuple[Group, ...]:
        """The groups of all sheets; no two have the same key."""
        return tuple(group for sheet in self.sheets for group in sheet.groups)

    def sheet(self, key: str) -> Sheet:
        """Return the sheet with a key; KeyError where there is none."""
        for one in self.sheets:
            if one.key == key:
                return one
        raise KeyError(key)

    def sheet_of(self, subject: BallotSubject) -> Sheet:
        """Return the sheet a subject stands on."""
        return next(
            sheet
            for sheet in self.sheets
            if any(group.key == subject.group for group in sheet.groups)
        )

    def sheets_of(self, voting_class: VotingClass) -> tuple[Sheet, ...]:
        """Return the sheets on which a class rates anybody."""
        return tuple(
            sheet
            for sheet in self.sheets
            if any(group.key in voting_class.rates for group in sheet.groups)
        )

    def voting_class(self, key: str) -> VotingClass:
        """Return the class with a key; KeyError where there is none."""
        for one in self.classes:
            if one.key == key:
                return one
        raise KeyError(key)

    def rated_by(
        self, voting_class: VotingClass, sheet: Sheet | None = None
    ) -> tuple[BallotSubject, ...]:
        """Return whom a class rates, group by group: on one sheet, or on the whole ballot."""
        return tuple(
            subject
            for group in (self.groups if sheet is None else sheet.groups)
            if group.key in voting_class.rates
            for subject in self.of_group(group.key)
        )

    def of_group(self, group: str) -> tuple[BallotSubject, ...]:
        """Return the subjects of a group."""
        return tuple(subject for subject in self.subjects if subject.group == group)

    def of_sheet(self, sheet: Sheet) -> tuple[BallotSubject, ...]:
        """Return the subjects of a sheet, group by group."""
        return tuple(one for group in sheet.groups for one in self.of_group(group.key))

    def cells(
        self, voting_class: VotingClass, sheet: Sheet | None = None
    ) -> Iterator[tuple[str, str]]:
        """Yield (subject, criterion) for everything a class grades, in the order of the ballot."""
        for one in self.sheets if sheet is None else (sheet,):
            for subject in self.rated_by(voting_class, one):
                for criterion in one.graded:
                    yield subject.key, criterion.key

    def too_small(self) -> tuple[VotingClass, ...]:
        """Return the secret classes whose roll is below the minimum of a class."""
        return tuple(
            one for one in self.classes if not one.signed and one.roll < self.minimum.voting_class
        )

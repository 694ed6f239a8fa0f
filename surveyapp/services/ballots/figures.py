"""What a result of a ballot consists of, and how its exact numbers are written."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from surveyapp.domain.ballot import (
    BallotRules,
    BallotSubject,
    Group,
    Sheet,
    Treatment,
    VotingClass,
)
from surveyapp.domain.ballot_paper import Grades
from surveyapp.domain.letters import band_letter
from surveyapp.domain.survey import Definition
from surveyapp.domain.text import Text
from surveyapp.stats.intervals import Interval


@dataclass(frozen=True, slots=True)
class ClassCounts:
    """What is known of one declared class after the opening, beside its ballots.

    Attributes
    ----------
    roll, issued, spent : int
        Members; slips issued and used.
    merged_into : str or None
        The class its ballots were pooled with.
    paper_issued, paper_returned, paper_void : int
        Printed ballots: issued, out of the box, and of these void as a whole.
    paces : tuple of int
        Ballots of the stored class that were given fast, as usual, and slowly.
    """

    key: str
    roll: int
    issued: int
    spent: int
    merged_into: str | None = None
    paper_issued: int = 0
    paper_returned: int = 0
    paper_void: int = 0
    paces: tuple[int, int, int] = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class OpenedBallots:
    """Everything a result is computed from, wherever it comes from: database or archive.

    Attributes
    ----------
    contents : tuple of (str, dict)
        Class and grades of each ballot, in any order.
    reasons : mapping of str to sequence of str
        By subject.
    """

    definition: Definition
    definition_sha256: str
    contents: tuple[tuple[str, Grades], ...]
    classes: tuple[ClassCounts, ...]
    unreadable: int
    root: str
    remarks: tuple[str, ...] = ()
    reasons: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CountedBallot:
    """One sheet of a ballot as it is counted, and what the declared rules make of it."""

    class_key: str
    grades: Grades
    treatment: Treatment


@dataclass(frozen=True, slots=True)
class CountedClass:
    """A class as it is counted, for one sheet or all: possibly several declared ones, pooled.

    Attributes
    ----------
    weight : Fraction
        In percent, of all its parts together.
    roll, issued, spent : int
        应参评, 发出, 收回: slips and printed ballots together.
    valid, void : int
        有效, 无效 among the ballots that came out of the urn and the papers: of one sheet, or of
        the whole ballot, which is void where all its sheets are.
    paper_issued, paper_returned, paper_void : int
        The printed ballots among them; void are those that were void as a whole.
    """

    key: str
    parts: tuple[VotingClass, ...]
    weight: Fraction
    roll: int
    issued: int
    spent: int
    valid: int
    void: int
    paper_issued: int = 0
    paper_returned: int = 0
    paper_void: int = 0

    @property
    def rates(self) -> tuple[str, ...]:
        """Keys of the groups it rates."""
        return self.parts[0].rates

    @property
    def title(self) -> Text:
        """Names of all its parts: A票 + B票."""
        return Text(
            " + ".join(one.title.zh for one in self.parts),
            " + ".join(one.title.en for one in self.parts),
        )


@dataclass(frozen=True, slots=True)
class GradeCount:
    """Votes for one grade.

    Attributes
    ----------
    share : Fraction or None
        得票率; None for what stays out of the denominator, or where nothing is in it.
    """

    key: str
    n: int
    share: Fraction | None


@dataclass(frozen=True, slots=True)
class ClassScoreLine:
    """The mean score a class gives a subject; None where nobody of it has graded."""

    key: str
    value: Fraction | None
    n: int


@dataclass(frozen=True, slots=True)
class ClassRow:
    """What one class says of a subject: a row of the table of a team (班子表).

    Attributes
    ----------
    counts : tuple of GradeCount
        Of the overall grade, as in `SubjectResult`.
    criteria : tuple of (str, Fraction or None)
        Mean of each criterion.
    """

    key: str
    counts: tuple[GradeCount, ...]
    criteria: tuple[tuple[str, Fraction | None], ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """How sure a rank is against voters who stayed away (see docs/statistics.md).

    Attributes
    ----------
    possible_low, possible_high : int
        The ranks that are left when only those told apart are surely better or worse.
    alike : tuple of str
        Keys of the subjects of the group it cannot be told apart from, best first.
    bands : tuple of int
        Numbers (1 is the best) of the bands it belongs to.
    """

    possible_low: int
    possible_high: int
    alike: tuple[str, ...]
    bands: tuple[int, ...]

    @property
    def letters(self) -> str:
        """The bands as letters, A for the best."""
        return " ".join(band_letter(band) for band in self.bands)


@dataclass(frozen=True, slots=True)
class SubjectResult:
    """One line of the 汇总表.

    Attributes
    ----------
    n : int
        Valid ballots that could rate the subject.
    counts : tuple of GradeCount
        Of the overall grade, in the order of the scale, then 弃权 and 不了解; empty where the
        ballot has no overall grade, or the line is withheld.
    criteria : tuple of (str, Fraction or None)
        Weighted score of each criterion.
    score : Fraction or None
        None where it is withheld, or a class is empty and the rules give no score then.
    without_flagged : Fraction or None
        The same without flagged ballots.
    se : float or None
        Standard error from members who did not vote: it measures non-response, not judgement.
    rank : int or None
        Inside the group; equal scores share a rank.
    withheld : bool
        Whether there are too few valid ballots.
    is_exposed : bool
        Whether it is withheld because a secret class has too few ballots, and no class to join.
    empty : tuple of str
        Classes without a score for this subject.
    notes : tuple of Text
        What the declared remark lines print (备注).
    reasons : tuple of str
        Written down for the grade that takes a reason, in random order; none where it is withheld.
    interval : Interval or None
        t interval (95 %) of the score, from members who did not vote; None where they all did, or
        nothing scatters.
    with_void : Fraction or None
        The score if the void ballots counted too.
    standing : Standing or None
        None where there is nobody to compare with, or trimming leaves no scatter.
    by_class : tuple of ClassRow
        Votes and criteria class by class, in the order of `classes`.
    """

    subject: BallotSubject
    n: int
    counts: tuple[GradeCount, ...]
    criteria: tuple[tuple[str, Fraction | None], ...]
    classes: tuple[ClassScoreLine, ...]
    score: Fraction | None
    without_flagged: Fraction | None
    se: float | None
    rank: int | None
    withheld: bool
    empty: tuple[str, ...] = ()
    notes: tuple[Text, ...] = ()
    reasons: tuple[str, ...] = ()
    interval: Interval | None = None
    with_void: Fraction | None = None
    standing: Standing | None = None
    by_class: tuple[ClassRow, ...] = ()
    is_exposed: bool = False


@dataclass(frozen=True, slots=True)
class GroupResult:
    """A group with its subjects in declared order.

    Attributes
    ----------
    quota : int or None
        How many of them may be rated top at most, rounded down.
    """

    group: Group
    subjects: tuple[SubjectResult, ...]
    quota: int | None


@dataclass(frozen=True, slots=True)
class SheetResult:
    """The 汇总表 of one sheet.

    Attributes
    ----------
    classes : tuple of CountedClass
        Those that rate anybody on it.
    flagged : int
        Its valid ballots that are marked.
    """

    sheet: Sheet
    classes: tuple[CountedClass, ...]
    groups: tuple[GroupResult, ...]
    flagged: int


@dataclass(frozen=True, slots=True)
class BallotResult:
    """Everything the 汇总表 of a ballot say.

    Attributes
    ----------
    classes : tuple of CountedClass
        All of them, with whole ballots.
    stands : bool
        Whether the quorum was reached; if not, there is no score and no rank.
    flagged, unreadable : int
        Ballots with a sheet that counts and is marked; boxes that did not open.
    remarks : tuple of str
        Suggestions in random order; none below the minimum of a subject.
    """

    definition: Definition
    rules: BallotRules
    classes: tuple[CountedClass, ...]
    sheets: tuple[SheetResult, ...]
    stands: bool
    flagged: int
    unreadable: int
    remarks: tuple[str, ...]
    definition_sha256: str
    root: str

    @property
    def groups(self) -> tuple[GroupResult, ...]:
        """The groups of all sheets."""
        return tuple(group for sheet in self.sheets for group in sheet.groups)


def shown(value: Fraction | None, decimals: int = 3) -> str:
    """Write a score half-up, with three decimals by default; an en dash where there is none."""
    if value is None:
        return "–"
    unit = 10**decimals
    parts = math.floor(value * unit + Fraction(1, 2))
    return f"{parts // unit}.{parts % unit:0{decimals}d}" if decimals else str(parts)


def percent(share: Fraction | None) -> str:
    """Write a share as a percentage with two decimals, half-up."""
    return "–" if share is None else f"{shown(100 * share, 2)}%"

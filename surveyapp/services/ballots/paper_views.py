"""What those who count printed ballots see."""

from __future__ import annotations

from dataclasses import dataclass

from surveyapp.domain.ballot import BallotRules, VotingClass
from surveyapp.domain.ballot_counting import Difference, Keying, PaperCount
from surveyapp.domain.survey import Definition


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One paper in the list: who keyed it, and what is to be done.

    Attributes
    ----------
    clerks : tuple of str
        Names, in the order of their turns.
    my_class : str or None
        The class under which the one who asks has keyed it; None for others.
    agrees, is_keyed : bool
        Both say the same; both have keyed it.
    """

    number: int
    clerks: tuple[str, ...]
    my_class: str | None
    is_keyed: bool
    agrees: bool


@dataclass(frozen=True, slots=True)
class PaperTable:
    """The count of the papers of a vote as one clerk sees it.

    Attributes
    ----------
    is_counting : bool
        Whether papers can be keyed: the vote has ended and its urn is not open yet.
    seen : str
        What the count says, for `PaperCounting.confirm`: nobody confirms what they did not see.
    confirmed : tuple of str
        Names of those who confirmed it.
    """

    definition: Definition
    rules: BallotRules
    is_counting: bool
    lines: tuple[PaperLine, ...]
    counts: tuple[PaperCount, ...]
    issued: int
    is_complete: bool
    is_settled: bool
    too_many: tuple[PaperCount, ...]
    seen: str
    confirmed: tuple[str, ...]
    i_confirmed: bool


@dataclass(frozen=True, slots=True)
class PaperForm:
    """A form to key a paper.

    Attributes
    ----------
    number : int
        Proposed: the first one this clerk has not keyed.
    mine : Keying or None
        What this clerk keyed under it before.
    """

    definition: Definition
    rules: BallotRules
    voting_class: VotingClass
    number: int
    mine: Keying | None


@dataclass(frozen=True, slots=True)
class PaperView:
    """One paper that both have keyed, for one of them.

    Attributes
    ----------
    turn : int
        0 or 1: which of the two values of a difference is one's own; -1 for others.
    """

    definition: Definition
    rules: BallotRules
    number: int
    voting_class: VotingClass
    clerks: tuple[str, ...]
    turn: int
    differences: tuple[Difference, ...]

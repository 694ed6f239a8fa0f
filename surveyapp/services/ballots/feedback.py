"""What a rated team or person gets back: general terms, and nothing that leads to a voter.

Whoever reads it was at the meeting, knows the rules, the classes and roughly who voted, and would
like to know who it was. So a figure is given only where no small number of votes follows from it:

- a mean in whole points only where at least the minimum of a class (5) gave another grade than the
  most frequent one, and more than twice as many graded; otherwise the ten points it lies in;
- shares of votes to five percent, with grades that few gave counted with their neighbours, and
  never one grade that everybody gave;
- the mean of the group only where others enough are in it;
- no class, no rank, no suggestion, no reason.

Comparisons are made from what is printed, so they tell no more.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final

from surveyapp.domain.ballot import (
    OVERALL,
    BallotRules,
    BallotSubject,
    Criterion,
    Group,
    Minimum,
    Sheet,
)
from surveyapp.domain.errors import NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Actor
from surveyapp.domain.scales import Level
from surveyapp.domain.survey import Definition
from surveyapp.services.auditing import record_event
from surveyapp.services.ballots.counting import CountedSheet, counted_vote
from surveyapp.services.ballots.desk import BallotDesk
from surveyapp.services.ballots.figures import (
    CountedBallot,
    GroupResult,
    OpenedBallots,
    SubjectResult,
)
from surveyapp.services.ballots.results import BallotResults, result_of

ENOUGH_COMPARED: Final = 4
"""Subjects with a score a group must have before its mean is given: with fewer, one could compute
another's score from it."""

GAP: Final = 2
"""Points from which a difference is worth a word."""

BAND: Final = 10
SHARE_STEP: Final = 5


class Place(StrEnum):
    """Where a figure lies beside a mean."""

    ABOVE = "above"
    ABOUT = "about"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class PublicScore:
    """A score as far as it is given: whole points, or the ten points it lies in."""

    low: int
    high: int

    @property
    def is_whole(self) -> bool:
        """Whether it is one number."""
        return self.low == self.high

    @property
    def middle(self) -> Fraction:
        """What it is compared by."""
        return Fraction(self.low + self.high, 2)

    def beside(self, mean: Fraction | int) -> Place:
        """Return where it lies, with all of it at least `GAP` points away."""
        if self.low >= mean + GAP:
            return Place.ABOVE
        return Place.BELOW if self.high <= mean - GAP else Place.ABOUT


@dataclass(frozen=True, slots=True)
class CriterionFeedback:
    """One criterion.

    Attributes
    ----------
    score : PublicScore or None
        None where too few graded it.
    group_mean : int or None
        In whole points; None where the group is too small.
    beside_own, beside_group : Place or None
        Against the mean of the own criteria, and of the group.
    """

    criterion: Criterion
    score: PublicScore | None
    group_mean: int | None
    beside_own: Place | None
    beside_group: Place | None


@dataclass(frozen=True, slots=True)
class GradeShare:
    """About how many percent of the grades as a whole were one of these, the best first."""

    levels: tuple[Level, ...]
    percent: int


@dataclass(frozen=True, slots=True)
class Feedback:
    """The sheet of one subject.

    Attributes
    ----------
    number : int
        Its place on the ballot, 1 for the first.
    is_withheld : bool
        Whether there is no result, and so nothing to say.
    score : PublicScore or None
        None where only votes are counted, or there is no score.
    grades : tuple of GradeShare
        Empty where they cannot be given.
    least : int
        Valid ballots it rests on at least.
    """

    number: int
    definition: Definition
    sheet: Sheet
    group: Group
    subject: BallotSubject
    is_withheld: bool
    score: PublicScore | None
    group_mean: int | None
    criteria: tuple[CriterionFeedback, ...]
    grades: tuple[GradeShare, ...]
    least: int

    @property
    def strengths(self) -> tuple[Criterion, ...]:
        """Criteria above the own mean."""
        return self._of(Place.ABOVE)

    @property
    def weaknesses(self) -> tuple[Criterion, ...]:
        """Criteria below the own mean."""
        return self._of(Place.BELOW)

    def _of(self, place: Place) -> tuple[Criterion, ...]:
        return tuple(one.criterion for one in self.criteria if one.beside_own is place)


class BallotFeedback:
    """Use cases around the sheets for those who were rated."""

    def __init__(self, desk: BallotDesk, results: BallotResults) -> None:
        self._desk = desk
        self._results = results

    def sheets(self, key: str) -> tuple[Feedback, ...]:
        """Return the sheet of every subject of an opened vote, in the order of the ballot.

        Raises
        ------
        NotFound, Conflict
            No such survey; it is no ballot; its urn is not open.
        """
        return feedback_of(self._results.opened(key))

    def hand_out(self, key: str, actor: Actor, number: int | None = None) -> tuple[Feedback, ...]:
        """Return the sheets with a result to print, or the one at a place; the log says who did.

        Parameters
        ----------
        number : int, optional
            The place of the subject on the ballot, 1 for the first.

        Raises
        ------
        NotFound, Conflict
            As of `sheets`; no subject stands there; no subject has a result.
        """
        found = tuple(
            one
            for one in self.sheets(key)
            if one.number == number or (number is None and not one.is_withheld)
        )
        if not found and number is None:
            raise NotFound(
                message("Nobody has a result here: the quorum or the fewest ballots were missed.")
            )
        if not found:
            raise NotFound(message("There is no such feedback sheet."))
        with self._desk.database.writing() as work:
            record_event(work, actor, "ballot.feedback", key, {}, now=self._desk.now())
        return found


def feedback_of(opened: OpenedBallots) -> tuple[Feedback, ...]:
    """Make the sheets of all subjects."""
    vote, result = counted_vote(opened), result_of(opened)
    rated = [
        (counted, group, line)
        for counted, part in zip(vote.sheets, result.sheets, strict=True)
        for group in part.groups
        for line in group.subjects
    ]
    return tuple(
        _feedback(number, opened.definition, vote.rules, *one)
        for number, one in enumerate(rated, start=1)
    )


def _feedback(
    number: int,
    definition: Definition,
    rules: BallotRules,
    counted: CountedSheet,
    group: GroupResult,
    line: SubjectResult,
) -> Feedback:
    sheet, minimum = counted.sheet, rules.minimum
    if line.withheld:
        return Feedback(
            number, definition, sheet, group.group, line.subject, True, None, None, (), (),
            minimum.subject,
        )  # fmt: skip
    ballots = counted.valid(group.group)
    overall = _counts(sheet, ballots, line.subject, OVERALL)
    grades = grade_shares(sheet, overall, minimum.voting_class, minimum.subject)
    least, enough = minimum.voting_class, minimum.subject
    scores = {
        key: public_score(
            sheet, value, _counts(sheet, ballots, line.subject, key).values(), least, enough
        )
        for key, value in line.criteria
    }
    own = [one.middle for one in scores.values() if one is not None]
    mean = sum(own, Fraction(0)) / len(own) if len(own) > 1 else None
    return Feedback(
        number=number,
        definition=definition,
        sheet=sheet,
        group=group.group,
        subject=line.subject,
        is_withheld=False,
        score=_own_score(sheet, line.score, scores.values(), overall, grades, minimum),
        group_mean=_mean_of(one.score for one in group.subjects),
        criteria=tuple(
            _criterion(
                one,
                scores[one.key],
                mean,
                _mean_of(dict(other.criteria).get(one.key) for other in group.subjects),
            )
            for one in sheet.criteria
        ),
        grades=grades,
        least=enough,
    )


def _own_score(
    sheet: Sheet,
    value: Fraction | None,
    criteria: Collection[PublicScore | None],
    overall: Counter[str],
    grades: Sequence[GradeShare],
    minimum: Minimum,
) -> PublicScore | None:
    """Give the score as a whole so exactly that it does not give away its parts.

    Where a criterion is given in ten points, it would follow from the whole and the others. Beside
    grades that were counted together, or kept back, a mean would tell how they divide.
    """
    if value is None:
        return None
    if criteria:
        is_whole = all(one is not None and one.is_whole for one in criteria)
        return _score(sheet, value, is_whole=is_whole)
    if not grades or any(len(one.levels) > 1 for one in grades):
        return None
    return public_score(sheet, value, overall.values(), minimum.voting_class, minimum.subject)


def _criterion(
    criterion: Criterion, score: PublicScore | None, own: Fraction | None, group: int | None
) -> CriterionFeedback:
    return CriterionFeedback(
        criterion,
        score,
        group,
        None if score is None or own is None else score.beside(own),
        None if score is None or group is None else score.beside(group),
    )


def _counts(
    sheet: Sheet, ballots: Sequence[CountedBallot], subject: BallotSubject, criterion: str
) -> Counter[str]:
    """Count the grades of a criterion; abstentions and 不了解 stay out."""
    keys = {level.key for level in sheet.levels}
    given = (one.grades.get(subject.key, {}).get(criterion) for one in ballots)
    return Counter(grade for grade in given if grade in keys)


def public_score(
    sheet: Sheet, value: Fraction | None, counts: Iterable[int], least: int, enough: int
) -> PublicScore | None:
    """Give a mean as exactly as no small number of votes follows from it.

    Parameters
    ----------
    counts : iterable of int
        How many gave each grade.
    least : int
        Fewer than this are a small number.
    enough : int
        Fewer grades than this have no mean at all.
    """
    given = list(counts)
    n = sum(given)
    if value is None or n < enough:
        return None
    return _score(sheet, value, is_whole=n > 2 * least and n - max(given) >= least)


def _score(sheet: Sheet, value: Fraction, *, is_whole: bool) -> PublicScore:
    if is_whole:
        points = _rounded(value)
        return PublicScore(points, points)
    low = math.floor(value / BAND) * BAND
    # The best score of all lies in the uppermost ten points, not above them.
    if low == value == max(sheet.points.values()):
        low -= BAND
    return PublicScore(low, low + BAND)


def _rounded(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


def _mean_of(values: Iterable[Fraction | None]) -> int | None:
    known = [value for value in values if value is not None]
    if len(known) < ENOUGH_COMPARED:
        return None
    return _rounded(sum(known, Fraction(0)) / len(known))


def grade_shares(
    sheet: Sheet, counts: Mapping[str, int], least: int, enough: int
) -> tuple[GradeShare, ...]:
    """Give the shares of votes so that no small number and no unanimous grade follows from them.

    Returns
    -------
    tuple of GradeShare
        Empty with fewer than `enough` grades, and where all would be counted together.
    """
    bands = [[level] for level in sheet.levels]
    n = sum(counts.values())
    if n < enough:
        return ()

    def votes(band: Sequence[Level]) -> int:
        return sum(counts.get(level.key, 0) for level in band)

    while len(bands) > 1:
        exposed = [
            at
            for at, band in enumerate(bands)
            if 0 < votes(band) < least or (votes(band) == n and len(band) == 1)
        ]
        if not exposed:
            return tuple(
                GradeShare(
                    tuple(band), _rounded(Fraction(100 * votes(band), n * SHARE_STEP)) * SHARE_STEP
                )
                for band in bands
            )
        # From the worst end, because rare grades are mostly bad ones.
        first = max(exposed[-1] - 1, 0)
        bands[first : first + 2] = [bands[first] + bands[first + 1]]
    return ()

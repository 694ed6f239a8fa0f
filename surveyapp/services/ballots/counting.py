"""What came out of the urn, ready to be counted: each sheet judged, merged classes pooled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from surveyapp.domain.ballot import OVERALL, BallotRules, BallotSubject, Group, Sheet, Treatment
from surveyapp.domain.ballot_paper import Grades, treatment_of
from surveyapp.services.ballots.desk import rules_of
from surveyapp.services.ballots.figures import (
    ClassCounts,
    CountedBallot,
    CountedClass,
    OpenedBallots,
)
from surveyapp.stats.arrays import Matrix


@dataclass(frozen=True, slots=True)
class CountedSheet:
    """One sheet of all ballots that have it.

    Attributes
    ----------
    classes : tuple of CountedClass
        Those that rate anybody on it.
    ballots : tuple of CountedBallot
        Void ones too.
    """

    sheet: Sheet
    classes: tuple[CountedClass, ...]
    ballots: tuple[CountedBallot, ...]

    def raters(self, group: Group) -> tuple[CountedClass, ...]:
        """Return the classes that rate a group."""
        return tuple(one for one in self.classes if group.key in one.rates)

    def of_group(self, group: Group) -> tuple[CountedBallot, ...]:
        """Return the ballots that could rate a group, void ones too."""
        keys = {one.key for one in self.raters(group)}
        return tuple(one for one in self.ballots if one.class_key in keys)

    def exposes(self, group: Group, least: int) -> bool:
        """Whether the result of a group would tell how the few voters of a secret class voted.

        Few that no class could join: what signed ballots and other classes leave is theirs.

        Parameters
        ----------
        least : int
            Ballots from which on nobody is told apart.
        """
        size = Counter(one.class_key for one in self.of_group(group))
        return any(
            0 < size[one.key] < least and not one.parts[0].signed for one in self.raters(group)
        )

    def valid(self, group: Group) -> tuple[CountedBallot, ...]:
        """Return the valid ballots that could rate a group."""
        return tuple(one for one in self.of_group(group) if one.treatment is not Treatment.VOID)


@dataclass(frozen=True, slots=True)
class CountedVote:
    """All ballots of a vote.

    Attributes
    ----------
    ballots : tuple of CountedBallot
        With all their sheets: void where all of them are.
    classes : tuple of CountedClass
        With whole ballots.
    stands : bool
        Whether the quorum was reached.
    """

    rules: BallotRules
    ballots: tuple[CountedBallot, ...]
    classes: tuple[CountedClass, ...]
    sheets: tuple[CountedSheet, ...]
    stands: bool


def counted_vote(opened: OpenedBallots) -> CountedVote:
    """Judge what came out of an urn by the declared rules."""
    rules, rows = rules_of(opened.definition), opened.classes
    ballots = tuple(_whole(rules, class_key, grades) for class_key, grades in opened.contents)
    classes = _classes(rules, rows, ballots)
    return CountedVote(
        rules,
        ballots,
        classes,
        tuple(_sheet(rules, sheet, rows, opened.contents) for sheet in rules.sheets),
        sum(one.spent for one in classes) >= rules.quorum * sum(one.roll for one in classes),
    )


Scorer = Callable[[Mapping[str, str]], Fraction | None]
"""What one ballot gives a subject, from its grades by criterion."""


def scorer_of(sheet: Sheet) -> Scorer:
    """Return what scores the cards of a sheet; a criterion without a grade drops its weight.

    A sheet without criteria scores by its overall grade, one of vote shares never. Equal cards are
    scored once.
    """
    points = sheet.points
    weights = {one.key: one.weight for one in sheet.criteria} or {OVERALL: Fraction(1)}
    known: dict[tuple[str | None, ...], Fraction | None] = {}

    def score(cells: Mapping[str, str]) -> Fraction | None:
        card = tuple(cells.get(key) for key in weights)
        if card not in known:
            given = [
                (weight, points[grade])
                for weight, grade in zip(weights.values(), card, strict=True)
                if grade is not None and grade in points
            ]
            total = sum((weight for weight, _worth in given), Fraction(0))
            worth = sum((weight * worth for weight, worth in given), Fraction(0))
            known[card] = worth / total if total else None
        return known[card]

    return score


def ballot_score(sheet: Sheet, cells: Mapping[str, str]) -> Fraction | None:
    """Return what one ballot gives a subject (see `scorer_of`, which is quicker for many)."""
    return scorer_of(sheet)(cells)


def score_table(
    sheet: Sheet, subjects: Sequence[BallotSubject], ballots: Sequence[CountedBallot]
) -> Matrix:
    """Return what each ballot gives each subject, shape (n, K), in points; NaN for no score."""
    score_of = scorer_of(sheet)
    table = np.full((len(ballots), len(subjects)), np.nan)
    for row, ballot in enumerate(ballots):
        for column, subject in enumerate(subjects):
            score = score_of(ballot.grades.get(subject.key, {}))
            if score is not None:
                table[row, column] = float(score)
    return table


def _whole(rules: BallotRules, class_key: str, grades: Grades) -> CountedBallot:
    """Judge a ballot with all its sheets: it is void where all of them are."""
    voting_class = rules.voting_class(class_key)
    found = {
        treatment_of(rules, sheet, voting_class, grades) for sheet in rules.sheets_of(voting_class)
    }
    if found == {Treatment.VOID}:
        return CountedBallot(class_key, grades, Treatment.VOID)
    treatment = Treatment.FLAG if Treatment.FLAG in found else Treatment.ACCEPT
    return CountedBallot(class_key, grades, treatment)


def _sheet(
    rules: BallotRules,
    sheet: Sheet,
    rows: Sequence[ClassCounts],
    contents: Iterable[tuple[str, Grades]],
) -> CountedSheet:
    """Take one sheet of each ballot that has it, and judge it."""
    keys = {subject.key for subject in rules.of_sheet(sheet)}
    counted = []
    for class_key, grades in contents:
        voting_class = rules.voting_class(class_key)
        if sheet in rules.sheets_of(voting_class):
            mine = {key: cells for key, cells in grades.items() if key in keys}
            treatment = treatment_of(rules, sheet, voting_class, mine)
            counted.append(CountedBallot(class_key, mine, treatment))
    return CountedSheet(
        sheet,
        tuple(
            one
            for one in _classes(rules, rows, counted)
            if any(group.key in one.rates for group in sheet.groups)
        ),
        tuple(counted),
    )


def _classes(
    rules: BallotRules, rows: Sequence[ClassCounts], ballots: Sequence[CountedBallot]
) -> tuple[CountedClass, ...]:
    """Pool the classes that were merged when the urn was opened."""
    counted = []
    for target in rows:
        parts = [one for one in rows if (one.merged_into or one.key) == target.key]
        mine = [one for one in ballots if one.class_key == target.key]
        if target.merged_into is None:
            declared = tuple(rules.voting_class(one.key) for one in parts)
            void = sum(one.treatment is Treatment.VOID for one in mine)
            paper_void = sum(one.paper_void for one in parts)
            counted.append(
                CountedClass(
                    key=target.key,
                    parts=declared,
                    weight=sum((one.weight for one in declared), Fraction(0)),
                    roll=sum(one.roll for one in parts),
                    issued=sum(one.issued + one.paper_issued for one in parts),
                    spent=sum(one.spent + one.paper_returned for one in parts),
                    valid=len(mine) - void,
                    void=void + paper_void,
                    paper_issued=sum(one.paper_issued for one in parts),
                    paper_returned=sum(one.paper_returned for one in parts),
                    paper_void=paper_void,
                )
            )
    return tuple(counted)

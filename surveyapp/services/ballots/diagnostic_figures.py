"""How voters judged, group by group, from plain tables of grades: agreement, classes, signs.

Nothing here leads back to a ballot: figures are about all ballots or about whole classes, and what
only a few ballots show is merged or not said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from surveyapp.domain.ballot import (
    OVERALL,
    BallotRules,
    BallotSubject,
    Group,
    Sheet,
)
from surveyapp.domain.ballot_paper import Paper, quota_of
from surveyapp.services.ballots.counting import CountedSheet, score_table
from surveyapp.services.ballots.figures import CountedBallot, CountedClass
from surveyapp.stats.agreement import Concordance, concordance
from surveyapp.stats.arrays import Matrix
from surveyapp.stats.gaps import ClassLevels, class_levels
from surveyapp.stats.intraclass import Intraclass, intraclass
from surveyapp.stats.krippendorff import Alpha, krippendorff_alpha
from surveyapp.stats.quality import all_top, straight_lines
from surveyapp.stats.raters import rater_profiles

HALO: Final = 0.9
"""Mean correlation of the criteria from which one impression may stand behind all of them."""

ENOUGH_COMPARED: Final = 3
"""Subjects a ballot must score before equal scores mean anything."""

SEED: Final = 20_200_101
"""Of the bootstrap: a page shows the same interval each time it is read."""


@dataclass(frozen=True, slots=True)
class Sign:
    """How many ballots show something.

    Attributes
    ----------
    n : int or None
        None where it is some, but fewer than the minimum of a class.
    of : int
        Ballots on which it could be seen.
    """

    n: int | None
    of: int

    @property
    def share(self) -> float | None:
        """0 to 1; None where the number is not said or nothing could be seen."""
        return None if self.n is None or not self.of else self.n / self.of


@dataclass(frozen=True, slots=True)
class SheetSigns:
    """Signs on one sheet, over all ballots that have it, void ones included, blank ones not.

    Attributes
    ----------
    same, top : Sign
        One grade for everything; the best grade for everything.
    over_quota : Sign or None
        More top grades than the quota; None without a quota.
    halo : Sign or None
        Criteria that all say the same about everybody; None with fewer than two criteria.
    usual_halo : float or None
        Median over the ballots, for comparison; None where no ballot has one.
    """

    same: Sign
    top: Sign
    over_quota: Sign | None
    halo: Sign | None
    usual_halo: float | None

    @property
    def is_seen(self) -> bool:
        """Whether there is enough on the sheet for any of them."""
        return any(one.of for one in (self.same, self.over_quota, self.halo) if one is not None)


@dataclass(frozen=True, slots=True)
class GradeRow:
    """The grades one class, or all together, gave in a group: counts of votes, in bands."""

    key: str | None
    ballots: int
    counts: tuple[int, ...]

    @property
    def shares(self) -> tuple[float, ...]:
        """0 to 1."""
        total = sum(self.counts)
        return tuple(count / total for count in self.counts) if total else self.counts


@dataclass(frozen=True, slots=True)
class GradeTable:
    """Grades by class.

    Attributes
    ----------
    bands : tuple of tuple of str
        Keys of the grades, the best first; grades that few ballots of a class gave are counted
        together with their neighbours.
    rows : tuple of GradeRow
        All ballots, then each class.
    """

    bands: tuple[tuple[str, ...], ...]
    rows: tuple[GradeRow, ...]


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """How one group was judged.

    Attributes
    ----------
    ballots : int
        Valid ballots that could rate it.
    order : Concordance or None
        Kendall's W of the scores; None with fewer than two subjects or two complete ballots.
    one, mean : Intraclass or None
        ICC(2,1) and ICC(2,k) of the scores.
    grades_alike : Alpha or None
        Krippendorff's alpha of the overall grades or, without them, of all criteria.
    equal : Sign or None
        Ballots that score all subjects the same; None with fewer than `ENOUGH_COMPARED` subjects.
    levels : ClassLevels or None
        Classes beside each other, in the order of `classes`; None where they are not shown.
    classes : tuple of CountedClass
        Classes that are compared.
    grades : GradeTable or None
        None where nothing can be shown.
    """

    group: Group
    subjects: tuple[BallotSubject, ...]
    ballots: int
    order: Concordance | None
    one: Intraclass | None
    mean: Intraclass | None
    grades_alike: Alpha | None
    equal: Sign | None
    levels: ClassLevels | None
    classes: tuple[CountedClass, ...]
    grades: GradeTable | None


def sheet_signs(rules: BallotRules, counted: CountedSheet) -> SheetSigns:
    """Count the ballots with a sign of grading without looking."""
    sheet = counted.sheet
    least = rules.minimum.voting_class
    ballots = [one for one in counted.ballots if one.grades]
    cells = [
        (subject.key, criterion.key)
        for subject in rules.of_sheet(sheet)
        for criterion in sheet.graded
    ]
    codes = _codes(sheet)
    answers = np.array(
        [[codes(one, subject, criterion) for subject, criterion in cells] for one in ballots]
    ).reshape(len(ballots), len(cells))
    lines = straight_lines(answers)
    enough = int(((~np.isnan(answers)).sum(axis=1) >= 4).sum())
    top = all_top(answers, np.zeros(len(cells)))
    halos = _halos(rules, sheet, ballots)
    return SheetSigns(
        same=sign_of(int(lines.uniform.sum()), enough, least),
        top=sign_of(int(top.sum()), enough, least),
        over_quota=_over_quota(rules, sheet, ballots),
        halo=None
        if len(sheet.criteria) < 2
        else sign_of(sum(halo >= HALO for halo in halos), len(halos), least),
        usual_halo=float(np.median(halos)) if len(halos) >= least else None,
    )


def group_figures(rules: BallotRules, counted: CountedSheet, group: Group) -> GroupFigures:
    """Compute how one group was judged."""
    sheet = counted.sheet
    subjects = rules.of_group(group.key)
    raters, valid = counted.raters(group), counted.valid(group)
    scores = score_table(sheet, subjects, valid)
    order = one = mean = None
    if len(subjects) > 1 and int((~np.isnan(scores)).all(axis=1).sum()) > 1:
        order = concordance(scores.T)
        forms = intraclass(scores.T)
        one, mean = forms.of("2,1"), forms.of("2,k")
    compared = tuple(_compared(rules, raters, valid))
    tables = [scores[[ballot.class_key == c.key for ballot in valid]] for c in compared]
    return GroupFigures(
        group=group,
        subjects=subjects,
        ballots=len(valid),
        order=order,
        one=one,
        mean=mean,
        grades_alike=_alpha(sheet, subjects, valid),
        equal=_equal(scores, rules.minimum.voting_class) if sheet.points else None,
        levels=class_levels(tables) if len(compared) > 1 and sheet.points else None,
        classes=compared,
        grades=_grades(rules, sheet, subjects, valid, compared),
    )


def sign_of(n: int, of: int, least: int) -> Sign:
    """Count ballots with a sign; some, but fewer than `least`, are not said."""
    return Sign(None if 0 < n < least else n, of)


def _codes(sheet: Sheet) -> Callable[[CountedBallot, str, str], float]:
    """Return what reads the place of a grade on its scale, 0 for the best; NaN for none."""
    places = {level.key: float(place) for place, level in enumerate(sheet.levels)}

    def code(ballot: CountedBallot, subject: str, criterion: str) -> float:
        return places.get(ballot.grades.get(subject, {}).get(criterion, ""), np.nan)

    return code


def _over_quota(rules: BallotRules, sheet: Sheet, ballots: Sequence[CountedBallot]) -> Sign | None:
    if sheet.quota is None:
        return None
    given = 0
    for one in ballots:
        most = quota_of(rules, sheet, rules.voting_class(one.class_key))
        given += most is not None and Paper(one.grades).top_grades(rules, sheet) > most
    return sign_of(given, len(ballots), rules.minimum.voting_class)


def _halos(rules: BallotRules, sheet: Sheet, ballots: Sequence[CountedBallot]) -> list[float]:
    """Return the halo of each ballot that has one."""
    if len(sheet.criteria) < 2 or len(ballots) < 2 or not sheet.points:
        return []
    points = {key: float(worth) for key, worth in sheet.points.items()}
    subjects = rules.of_sheet(sheet)
    table = np.array(
        [
            [
                [
                    points.get(one.grades.get(subject.key, {}).get(criterion.key, ""), np.nan)
                    for criterion in sheet.criteria
                ]
                for subject in subjects
            ]
            for one in ballots
        ]
    )
    return [one.halo for one in rater_profiles(table, halo_limit=HALO) if one.halo is not None]


def _equal(scores: Matrix, least: int) -> Sign | None:
    if scores.shape[1] < ENOUGH_COMPARED:
        return None
    seen = scores[(~np.isnan(scores)).sum(axis=1) >= ENOUGH_COMPARED]
    equal = np.nanmax(seen, axis=1) == np.nanmin(seen, axis=1) if len(seen) else np.zeros(0)
    return sign_of(int(equal.sum()), len(seen), least)


def _alpha(
    sheet: Sheet, subjects: Sequence[BallotSubject], ballots: Sequence[CountedBallot]
) -> Alpha | None:
    """Compare the grades themselves: their order alone, with gaps."""
    criteria = [OVERALL] if sheet.overall else [one.key for one in sheet.criteria]
    code = _codes(sheet)
    table = np.array(
        [
            [code(ballot, subject.key, criterion) for ballot in ballots]
            for subject in subjects
            for criterion in criteria
        ]
    )
    if len(subjects) < 2 or not ((~np.isnan(table)).sum(axis=1) > 1).any():
        return None
    return krippendorff_alpha(table, "ordinal", rng=np.random.default_rng(SEED))


def _compared(
    rules: BallotRules, raters: Sequence[CountedClass], valid: Sequence[CountedBallot]
) -> list[CountedClass]:
    """Return the classes that may be shown beside each other.

    A secret class with few ballots could be computed from all and the others, so none is shown
    then; a class that signs (署名评价) is no secret, and is left out while it is small.
    """
    least = rules.minimum.voting_class
    size = {one.key: sum(ballot.class_key == one.key for ballot in valid) for one in raters}
    if any(0 < size[one.key] < least and not one.parts[0].signed for one in raters):
        return []
    return [one for one in raters if size[one.key] >= least]


def _grades(
    rules: BallotRules,
    sheet: Sheet,
    subjects: Sequence[BallotSubject],
    valid: Sequence[CountedBallot],
    classes: Sequence[CountedClass],
) -> GradeTable | None:
    """Count the overall grades by class; without them those of all criteria."""
    criteria = [OVERALL] if sheet.overall else [one.key for one in sheet.criteria]
    least = rules.minimum.voting_class
    keys: list[str | None] = [None, *(one.key for one in classes)]
    of_row = {key: [one for one in valid if key is None or one.class_key == key] for key in keys}
    votes = {
        key: [_votes(ballot, subjects, criteria) for ballot in ballots]
        for key, ballots in of_row.items()
    }

    def givers(key: str | None, band: Sequence[str]) -> int:
        """Count the ballots that gave a grade of the band to anybody."""
        return sum(any(one.get(level) for level in band) for one in votes[key])

    bands = [[level.key] for level in sheet.levels]
    while len(bands) > 1:
        small = [
            at
            for at, band in enumerate(bands)
            if any(0 < givers(key, band) < least for key in keys)
        ]
        if not small:
            break
        # From the worst end, because rare grades are mostly bad ones.
        at = small[-1]
        neighbour = at - 1 if at else 1
        first, second = min(at, neighbour), max(at, neighbour)
        bands[first : second + 1] = [bands[first] + bands[second]]
    used = [band for band in bands if givers(None, band)]
    # One band for all says nothing, unless it is a single grade.
    if len(used) < 2 and not any(len(band) == 1 for band in used):
        return None
    return GradeTable(
        tuple(tuple(band) for band in bands),
        tuple(
            GradeRow(
                key,
                len(of_row[key]),
                tuple(
                    sum(one.get(level, 0) for one in votes[key] for level in band) for band in bands
                ),
            )
            for key in keys
        ),
    )


def _votes(
    ballot: CountedBallot, subjects: Sequence[BallotSubject], criteria: Sequence[str]
) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for subject in subjects:
        cells = ballot.grades.get(subject.key, {})
        for criterion in criteria:
            grade = cells.get(criterion)
            if grade is not None:
                found[grade] = found.get(grade, 0) + 1
    return found

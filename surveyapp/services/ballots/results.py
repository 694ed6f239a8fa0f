"""The result of a ballot, sheet by sheet: criteria inside a ballot, then ballots inside a class.

Everything is an exact fraction until it is shown. The rules were declared before the vote and are
applied here; nothing is decided afterwards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from surveyapp.domain.ballot import (
    ABSTAIN,
    DONT_KNOW,
    OVERALL,
    TRIMMED_ABOVE,
    BallotRules,
    BallotSubject,
    Group,
    Sheet,
    Treatment,
)
from surveyapp.domain.ballot_paper import Grades, treatment_of
from surveyapp.domain.errors import Conflict
from surveyapp.domain.messages import message
from surveyapp.domain.text import Text
from surveyapp.services.ballots.desk import BallotDesk, rules_of
from surveyapp.services.ballots.figures import (
    BallotResult,
    ClassCounts,
    ClassScoreLine,
    CountedBallot,
    CountedClass,
    GradeCount,
    GroupResult,
    OpenedBallots,
    SheetResult,
    SubjectResult,
)
from surveyapp.stats.classes import EmptyVoterClass, VoterClass, class_score
from surveyapp.storage.ballot_records import BallotClassRecord
from surveyapp.storage.ballots import BallotRepository


class BallotResults:
    """Use cases around the 汇总表."""

    def __init__(self, desk: BallotDesk) -> None:
        self._desk = desk

    def result(self, key: str) -> BallotResult:
        """Return the result of a vote whose urn is open.

        Raises
        ------
        NotFound, Conflict
            No such survey; it is no ballot; its urn is not open.
        """
        with self._desk.database.reading() as work:
            ballot = self._desk.survey(work, key)
            ballots = BallotRepository(work)
            survey_id = ballot.record.id
            box = ballots.box(survey_id)
            if box is None or box.root is None:
                raise Conflict(message("The urn of “%(key)s” is not open yet.", key=key))
            contents = [(one.class_key, one.grades) for one in ballots.ballots(survey_id)]
            contents += [(one.class_key, one.grades) for one in ballots.signed_ballots(survey_id)]
            opened = OpenedBallots(
                definition=ballot.definition,
                definition_sha256=ballot.revision_sha256,
                contents=tuple(contents),
                classes=tuple(class_counts(one) for one in ballots.classes(survey_id)),
                unreadable=box.unreadable,
                root=box.root,
                remarks=tuple(ballots.remarks(survey_id)),
                reasons=ballots.reasons(survey_id),
            )
        return result_of(opened)


def class_counts(one: BallotClassRecord) -> ClassCounts:
    """Return what is known of a class once the urn is open."""
    return ClassCounts(
        key=one.key,
        roll=one.roll,
        issued=one.issued,
        spent=one.spent or 0,
        merged_into=one.merged_into,
        paper_issued=one.paper_issued,
        paper_returned=one.paper_returned or 0,
        paper_void=one.paper_void or 0,
    )


def result_of(opened: OpenedBallots) -> BallotResult:
    """Compute the result of a vote; what it is computed from is all there is to know."""
    rules, rows = rules_of(opened.definition), opened.classes
    counted = tuple(_whole(rules, class_key, grades) for class_key, grades in opened.contents)
    classes = _classes(rules, rows, counted)
    stands = sum(one.spent for one in classes) >= rules.quorum * sum(one.roll for one in classes)
    valid = sum(one.valid for one in classes)
    return BallotResult(
        definition=opened.definition,
        rules=rules,
        classes=classes,
        sheets=tuple(
            _sheet(rules, sheet, _classes(rules, rows, mine), mine, opened.reasons, stands=stands)
            for sheet in rules.sheets
            for mine in [_of_sheet(rules, sheet, opened.contents)]
        ),
        stands=stands,
        flagged=sum(one.treatment is Treatment.FLAG for one in counted),
        unreadable=opened.unreadable,
        remarks=opened.remarks if valid >= rules.minimum.subject else (),
        definition_sha256=opened.definition_sha256,
        root=opened.root,
    )


def ballot_score(sheet: Sheet, cells: Mapping[str, str]) -> Fraction | None:
    """Return what one ballot gives a subject; a criterion without a grade drops its weight.

    A sheet without criteria scores by its overall grade, one of vote shares never.
    """
    points = sheet.points
    if not sheet.criteria:
        return points.get(cells.get(OVERALL, ""))
    given = [
        (criterion.weight, points[cells[criterion.key]])
        for criterion in sheet.criteria
        if cells.get(criterion.key) in points
    ]
    total = sum((weight for weight, _worth in given), Fraction(0))
    return sum((weight * worth for weight, worth in given), Fraction(0)) / total if total else None


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


def _of_sheet(
    rules: BallotRules, sheet: Sheet, contents: Iterable[tuple[str, Grades]]
) -> tuple[CountedBallot, ...]:
    """Return one sheet of each ballot that has it, and judge it."""
    keys = {subject.key for subject in rules.of_sheet(sheet)}
    counted = []
    for class_key, grades in contents:
        voting_class = rules.voting_class(class_key)
        if sheet in rules.sheets_of(voting_class):
            mine = {key: cells for key, cells in grades.items() if key in keys}
            treatment = treatment_of(rules, sheet, voting_class, mine)
            counted.append(CountedBallot(class_key, mine, treatment))
    return tuple(counted)


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


def _sheet(
    rules: BallotRules,
    sheet: Sheet,
    classes: Sequence[CountedClass],
    ballots: Sequence[CountedBallot],
    reasons: Mapping[str, Sequence[str]],
    *,
    stands: bool,
) -> SheetResult:
    return SheetResult(
        sheet=sheet,
        classes=tuple(
            one for one in classes if any(group.key in one.rates for group in sheet.groups)
        ),
        groups=tuple(
            _group(rules, sheet, classes, ballots, group, reasons, stands=stands)
            for group in sheet.groups
        ),
        flagged=sum(one.treatment is Treatment.FLAG for one in ballots),
    )


def _group(
    rules: BallotRules,
    sheet: Sheet,
    classes: Sequence[CountedClass],
    ballots: Sequence[CountedBallot],
    group: Group,
    reasons: Mapping[str, Sequence[str]],
    *,
    stands: bool,
) -> GroupResult:
    raters = [one for one in classes if group.key in one.rates]
    keys = {one.key for one in raters}
    valid = [
        one for one in ballots if one.class_key in keys and one.treatment is not Treatment.VOID
    ]
    subjects = rules.of_group(group.key)
    withheld = not stands or len(valid) < rules.minimum.subject
    results = [
        _withheld(subject, len(valid))
        if withheld
        else replace(
            _subject(rules, sheet, raters, valid, subject),
            reasons=tuple(reasons.get(subject.key, ())),
        )
        for subject in subjects
    ]
    return GroupResult(
        group,
        tuple(_ranked(results)),
        None if sheet.quota is None else sheet.quota.places(len(subjects)),
    )


def _withheld(subject: BallotSubject, n: int) -> SubjectResult:
    return SubjectResult(subject, n, (), (), (), None, None, None, None, withheld=True)


def _subject(
    rules: BallotRules,
    sheet: Sheet,
    raters: Sequence[CountedClass],
    valid: Sequence[CountedBallot],
    subject: BallotSubject,
) -> SubjectResult:
    counts = _counts(rules, sheet, valid, subject.key)
    notes = _notes(sheet, counts)
    if sheet.shares_only:
        return SubjectResult(
            subject, len(valid), counts, (), (), None, None, None, None, False, notes=notes
        )
    unflagged = [one for one in valid if one.treatment is not Treatment.FLAG]

    def scores(ballots: Iterable[CountedBallot]) -> list[tuple[str, Fraction]]:
        found = []
        for one in ballots:
            score = ballot_score(sheet, one.grades.get(subject.key, {}))
            if score is not None:
                found.append((one.class_key, score))
        return found

    value, se, lines, empty = _combined(rules, raters, scores(valid))
    points = sheet.points
    criteria = []
    for criterion in sheet.criteria:
        grades = [
            (one.class_key, points[one.grades[subject.key][criterion.key]])
            for one in valid
            if one.grades.get(subject.key, {}).get(criterion.key) in points
        ]
        criteria.append((criterion.key, _combined(rules, raters, grades)[0]))
    return SubjectResult(
        subject=subject,
        n=len(valid),
        counts=counts,
        criteria=tuple(criteria),
        classes=lines,
        score=value,
        without_flagged=_combined(rules, raters, scores(unflagged))[0],
        se=se,
        rank=None,
        withheld=False,
        empty=empty,
        notes=notes,
    )


def _notes(sheet: Sheet, counts: Sequence[GradeCount]) -> tuple[Text, ...]:
    """Return what the declared remark lines say about the shares of the overall grade."""
    shares = {one.key: one.share for one in counts}
    notes = []
    for line in sheet.remark_lines:
        named = [share for key in line.levels if (share := shares.get(key)) is not None]
        if named and line.holds(sum(named, Fraction(0))):
            notes.append(line.text)
    return tuple(notes)


def _combined(
    rules: BallotRules, raters: Sequence[CountedClass], scores: Sequence[tuple[str, Fraction]]
) -> tuple[Fraction | None, float | None, tuple[ClassScoreLine, ...], tuple[str, ...]]:
    """Combine scores by class; return value, standard error, the classes, and the empty ones."""
    by_class = {one.key: Counter(s for key, s in scores if key == one.key) for one in raters}
    voters = [
        VoterClass(
            one.key,
            one.weight,
            _trimmed(by_class[one.key]) if rules.trim else by_class[one.key],
            None if rules.trim else one.roll,
        )
        for one in raters
    ]
    lines = tuple(ClassScoreLine(one.name, one.mean, one.n) for one in voters)
    try:
        score = class_score(voters, empty=rules.empty_class.value)
    except EmptyVoterClass as refusal:
        return None, None, lines, refusal.classes
    # What trimming leaves is no sample of the class: its scatter says nothing about it.
    return score.value, None if rules.trim else score.se, lines, score.empty


def _trimmed(scores: Counter[Fraction]) -> Counter[Fraction]:
    """Drop one highest and one lowest score where there are more than `TRIMMED_ABOVE`."""
    if scores.total() <= TRIMMED_ABOVE:
        return scores
    return +(scores - Counter([max(scores)]) - Counter([min(scores)]))


def _counts(
    rules: BallotRules, sheet: Sheet, valid: Sequence[CountedBallot], subject: str
) -> tuple[GradeCount, ...]:
    """Count the overall grade; a blank is an abstention."""
    if not sheet.overall:
        return ()
    given = Counter(one.grades.get(subject, {}).get(OVERALL, ABSTAIN) for one in valid)
    base = given.total() - (0 if rules.count_unknown else given[DONT_KNOW])
    return tuple(
        GradeCount(
            key,
            given[key],
            None
            if not base or (key == DONT_KNOW and not rules.count_unknown)
            else Fraction(given[key], base),
        )
        for key in (*(level.key for level in sheet.levels), ABSTAIN, DONT_KNOW)
    )


def _ranked(results: Sequence[SubjectResult]) -> list[SubjectResult]:
    """Rank by exact score, the highest first; equal scores share a rank (1, 1, 3)."""
    scores = [one.score for one in results if one.score is not None]
    return [
        one
        if one.score is None
        else replace(one, rank=1 + sum(other > one.score for other in scores))
        for one in results
    ]

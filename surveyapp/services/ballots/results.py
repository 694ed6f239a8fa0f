"""The result of a ballot, sheet by sheet: criteria inside a ballot, then ballots inside a class.

Everything is an exact fraction until it is shown. The rules were declared before the vote and are
applied here; nothing is decided afterwards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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
from surveyapp.domain.errors import Conflict
from surveyapp.domain.messages import message
from surveyapp.domain.text import Text
from surveyapp.services.ballots.counting import CountedSheet, Scorer, counted_vote, scorer_of
from surveyapp.services.ballots.desk import BallotDesk
from surveyapp.services.ballots.figures import (
    BallotResult,
    ClassCounts,
    ClassRow,
    ClassScoreLine,
    CountedBallot,
    CountedClass,
    GradeCount,
    GroupResult,
    OpenedBallots,
    SheetResult,
    SubjectResult,
)
from surveyapp.services.ballots.standing import standings
from surveyapp.stats.classes import EmptyVoterClass, VoterClass, class_score
from surveyapp.stats.intervals import Interval
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
        return result_of(self.opened(key))

    def opened(self, key: str) -> OpenedBallots:
        """Return what is known of a vote whose urn is open: all a result is computed from.

        Raises
        ------
        NotFound, Conflict
            As of `result`.
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
            return OpenedBallots(
                definition=ballot.definition,
                definition_sha256=ballot.revision_sha256,
                contents=tuple(contents),
                classes=tuple(class_counts(one) for one in ballots.classes(survey_id)),
                unreadable=box.unreadable,
                root=box.root,
                remarks=tuple(ballots.remarks(survey_id)),
                reasons=ballots.reasons(survey_id),
            )


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
        paces=(one.pace_fast or 0, one.pace_usual or 0, one.pace_slow or 0),
    )


def result_of(opened: OpenedBallots) -> BallotResult:
    """Compute the result of a vote; what it is computed from is all there is to know."""
    vote = counted_vote(opened)
    rules = vote.rules
    valid = sum(one.valid for one in vote.classes)
    return BallotResult(
        definition=opened.definition,
        rules=rules,
        classes=vote.classes,
        sheets=tuple(
            SheetResult(
                sheet=one.sheet,
                classes=one.classes,
                groups=tuple(
                    _group(rules, one, group, opened.reasons, stands=vote.stands)
                    for group in one.sheet.groups
                ),
                flagged=sum(ballot.treatment is Treatment.FLAG for ballot in one.ballots),
            )
            for one in vote.sheets
        ),
        stands=vote.stands,
        flagged=sum(one.treatment is Treatment.FLAG for one in vote.ballots),
        unreadable=opened.unreadable,
        remarks=opened.remarks if valid >= rules.minimum.subject else (),
        definition_sha256=opened.definition_sha256,
        root=opened.root,
    )


def _group(
    rules: BallotRules,
    counted: CountedSheet,
    group: Group,
    reasons: Mapping[str, Sequence[str]],
    *,
    stands: bool,
) -> GroupResult:
    n, quota = len(counted.valid(group)), counted.sheet.quota
    score_of = scorer_of(counted.sheet)
    subjects = rules.of_group(group.key)
    is_exposed = counted.exposes(group, rules.minimum.voting_class)
    withheld = not stands or n < rules.minimum.subject or is_exposed
    results = [
        _withheld(subject, n, is_exposed=is_exposed)
        if withheld
        else replace(
            _subject(rules, counted, group, subject, score_of),
            reasons=tuple(reasons.get(subject.key, ())),
        )
        for subject in subjects
    ]
    standing = standings(rules, counted, group, results)
    return GroupResult(
        group,
        tuple(replace(one, standing=standing.get(one.subject.key)) for one in _ranked(results)),
        None if quota is None else quota.places(len(subjects)),
    )


def _withheld(subject: BallotSubject, n: int, *, is_exposed: bool) -> SubjectResult:
    return SubjectResult(
        subject, n, (), (), (), None, None, None, None, withheld=True, is_exposed=is_exposed
    )


def _subject(
    rules: BallotRules,
    counted: CountedSheet,
    group: Group,
    subject: BallotSubject,
    score_of: Scorer,
) -> SubjectResult:
    sheet, raters, valid = counted.sheet, counted.raters(group), counted.valid(group)
    counts = _counts(rules, sheet, valid, subject.key)
    notes = _notes(sheet, counts)
    if sheet.shares_only:
        return SubjectResult(
            subject, len(valid), counts, (), (), None, None, None, None, False, notes=notes
        )

    def scored(ballots: Iterable[CountedBallot]) -> _Combined:
        found = []
        for one in ballots:
            score = score_of(one.grades.get(subject.key, {}))
            if score is not None:
                found.append((one.class_key, score))
        return _combined(rules, raters, found)

    whole = scored(valid)
    points = sheet.points
    criteria = []
    by_class: dict[str, list[tuple[str, Fraction | None]]] = {one.key: [] for one in raters}
    for criterion in sheet.criteria:
        grades = [
            (one.class_key, points[one.grades[subject.key][criterion.key]])
            for one in valid
            if one.grades.get(subject.key, {}).get(criterion.key) in points
        ]
        combined = _combined(rules, raters, grades)
        criteria.append((criterion.key, combined.value))
        for one_class in combined.classes:
            by_class[one_class.key].append((criterion.key, one_class.value))
    return SubjectResult(
        subject=subject,
        n=len(valid),
        counts=counts,
        criteria=tuple(criteria),
        classes=whole.classes,
        score=whole.value,
        without_flagged=scored(one for one in valid if one.treatment is not Treatment.FLAG).value,
        se=whole.se,
        rank=None,
        withheld=False,
        empty=whole.empty,
        notes=notes,
        interval=whole.interval,
        with_void=scored(counted.of_group(group)).value,
        by_class=tuple(
            ClassRow(
                rater.key,
                _counts(rules, sheet, [o for o in valid if o.class_key == rater.key], subject.key),
                tuple(by_class[rater.key]),
            )
            for rater in raters
        ),
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


@dataclass(frozen=True, slots=True)
class _Combined:
    value: Fraction | None
    se: float | None
    interval: Interval | None
    classes: tuple[ClassScoreLine, ...]
    empty: tuple[str, ...]


def _combined(
    rules: BallotRules, raters: Sequence[CountedClass], scores: Sequence[tuple[str, Fraction]]
) -> _Combined:
    """Combine scores by class."""
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
        return _Combined(None, None, None, lines, refusal.classes)
    if rules.trim:
        # What trimming leaves is no sample of the class: its scatter says nothing about it.
        return _Combined(score.value, None, None, lines, score.empty)
    return _Combined(score.value, score.se, score.interval, lines, score.empty)


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

"""Closed ballots inside a snapshot: exact scores by class, never whole ballots."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from surveyapp.domain.ballot import TRIMMED_ABOVE, BallotSubject, EmptyClass, Group, Sheet
from surveyapp.domain.indicator import FigureName, IndicatorPart
from surveyapp.domain.survey import Kind
from surveyapp.domain.text import Text
from surveyapp.services.ballots.counting import (
    CountedSheet,
    CountedVote,
    ballot_score,
    counted_vote,
)
from surveyapp.services.ballots.figures import CountedBallot, OpenedBallots
from surveyapp.services.indicators.estimated import COMBINED, Estimated
from surveyapp.stats.classes import EmptyVoterClass, VoterClass, class_score

BY_CLASSES = "classes"
"""The method of a score made from the means of classes of voters."""


def ballot_document(
    opened: OpenedBallots, units: Mapping[str, str], every: str | None
) -> dict[str, Any]:
    """Return what scores are made from: by subject and class, how many ballots gave which score.

    Parameters
    ----------
    opened : OpenedBallots
        What came out of the urn.
    units : mapping of str to str
        Codes of units by subject.
    every : str or None
        Code of the unit that all others belong to: that of a meeting.
    """
    vote = counted_vote(opened)
    return {
        "kind": Kind.BALLOT.value,
        "key": opened.definition.key,
        "definition_sha256": opened.definition_sha256,
        "root": opened.root,
        "title": {"zh": opened.definition.title.zh, "en": opened.definition.title.en},
        "stands": vote.stands,
        "empty_class": vote.rules.empty_class.value,
        "trim": vote.rules.trim,
        "minimum": vote.rules.minimum.subject,
        "subjects": [
            _subject_document(vote, sheet, group, subject, units.get(subject.key, every))
            for sheet in vote.sheets
            if not sheet.sheet.shares_only
            for group in sheet.sheet.groups
            for subject in vote.rules.of_group(group.key)
        ],
    }


def _subject_document(
    vote: CountedVote, sheet: CountedSheet, group: Group, subject: BallotSubject, unit: str | None
) -> dict[str, Any]:
    valid = sheet.valid(group)
    withheld = (
        not vote.stands
        or len(valid) < vote.rules.minimum.subject
        or sheet.exposes(group, vote.rules.minimum.voting_class)
    )
    raters = () if withheld else sheet.raters(group)
    return {
        "key": subject.key,
        "title": {"zh": subject.title.zh, "en": subject.title.en},
        "group": group.key,
        "unit": unit,
        "n": len(valid),
        "withheld": withheld,
        "classes": [
            {
                "key": rater.key,
                "weight": str(rater.weight),
                "roll": rater.roll,
                "scores": _score_document(sheet.sheet, rater.key, valid, subject.key),
            }
            for rater in raters
        ],
    }


def _score_document(
    sheet: Sheet, class_key: str, ballots: Sequence[CountedBallot], subject: str
) -> list[list[Any]]:
    scores = Counter(
        score
        for ballot in ballots
        if ballot.class_key == class_key
        and (score := ballot_score(sheet, ballot.grades.get(subject, {}))) is not None
    )
    return [[str(score), n] for score, n in sorted(scores.items())]


@dataclass(frozen=True)
class BallotSource:
    """One or several votes as a snapshot keeps them: a ballot, or all meetings of an evaluation."""

    documents: Sequence[Mapping[str, Any]]

    @property
    def title(self) -> Text:
        """What the vote is called, or the first of several."""
        title = self.documents[0]["title"]
        return Text(title["zh"], title["en"])

    def figure_title(self, name: FigureName) -> Text:
        """Return what people call the figure."""
        key = f" {name.key}" if name.key else ""
        return Text(f"民主测评得分{key}", f"Ballot score{key}")

    @property
    def subjects(self) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
        """Every subject with its vote."""
        return [(one, document) for document in self.documents for one in document["subjects"]]

    def linked(self, part: IndicatorPart) -> frozenset[str]:
        """Return the units that those who are rated belong to."""
        codes = (part.units.get(one["key"], one["unit"]) for one, _ in self.subjects)
        return frozenset(code for code in codes if code is not None)

    def score(self, subject: Mapping[str, Any], document: Mapping[str, Any]) -> Estimated | None:
        """Return the score of one subject; None where it is withheld or the rules give none."""
        if subject["withheld"]:
            return None
        voters = [
            VoterClass(
                one["key"],
                Fraction(one["weight"]),
                _scores(one["scores"], trim=document["trim"]),
                None if document["trim"] else one["roll"],
            )
            for one in subject["classes"]
        ]
        try:
            score = class_score(voters, empty=EmptyClass(document["empty_class"]).value)
        except EmptyVoterClass:
            return None
        if score.value is None:
            return None
        # What trimming leaves is no sample of the class: its scatter says nothing about it.
        interval = None if document["trim"] else score.interval
        n = int(subject["n"])
        return Estimated(
            value=float(score.value),
            se=None if document["trim"] else score.se,
            low=None if interval is None else interval.low,
            high=None if interval is None else interval.high,
            n=n,
            effective_n=float(n),
            df=math.inf if score.df is None else score.df,
            method=BY_CLASSES,
            suppressed=n < int(document["minimum"]),
        )

    def figures(self, part: IndicatorPart, *, by_unit: bool) -> dict[str | None, Estimated]:
        """Return scores by unit: the mean where several subjects of a unit are rated.

        There is a value for everything together only where a single subject is rated: scores of
        different people are not averaged into one of the whole.
        """
        found: defaultdict[str, list[Estimated]] = defaultdict(list)
        every = []
        for subject, document in self.subjects:
            if part.figure.key and subject["group"] != part.figure.key:
                continue
            score = self.score(subject, document)
            if score is None:
                continue
            every.append(score)
            code = part.units.get(subject["key"], subject["unit"])
            if code is not None:
                found[code].append(score)
        figures: dict[str | None, Estimated] = {}
        if len(every) == 1:
            figures[None] = every[0]
        if by_unit:
            figures |= {code: _mean(scores) for code, scores in sorted(found.items())}
        return figures


def _scores(pairs: Sequence[Sequence[Any]], *, trim: bool) -> Counter[Fraction]:
    scores = Counter({Fraction(score): int(n) for score, n in pairs})
    if not trim or scores.total() <= TRIMMED_ABOVE:
        return scores
    return +(scores - Counter([max(scores)]) - Counter([min(scores)]))


def _mean(scores: Sequence[Estimated]) -> Estimated:
    """Average the scores of subjects rated by the same voters: errors may add up."""
    if len(scores) == 1:
        return scores[0]
    size = len(scores)
    errors = [one.se for one in scores if one.se is not None]
    return Estimated(
        value=math.fsum(one.value or 0.0 for one in scores) / size,
        se=math.fsum(errors) / size if len(errors) == size else None,
        low=None,
        high=None,
        n=min(one.n for one in scores),
        effective_n=min(one.effective_n for one in scores),
        df=min(one.df for one in scores),
        method=COMBINED,
        suppressed=any(one.suppressed for one in scores),
    )

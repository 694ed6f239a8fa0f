"""How sure the ranks of a group are against voters who stayed away."""

from __future__ import annotations

from collections.abc import Sequence

from surveyapp.domain.ballot import BallotRules, EmptyClass, Group
from surveyapp.services.ballots.counting import CountedSheet, score_table
from surveyapp.services.ballots.figures import Standing, SubjectResult
from surveyapp.stats.paired import RatedClass, paired_places


def standings(
    rules: BallotRules, counted: CountedSheet, group: Group, results: Sequence[SubjectResult]
) -> dict[str, Standing]:
    """Return by subject whom its rank can be told apart from.

    Returns
    -------
    dict of str to Standing
        Those with a score; empty with fewer than two, and where trimming leaves no scatter.
    """
    ranked = [one for one in results if one.score is not None]
    if len(ranked) < 2 or rules.trim:
        return {}
    subjects = [one.subject for one in ranked]
    valid = counted.valid(group)
    worth = counted.sheet.points.values()
    places = paired_places(
        [float(one.score or 0) for one in ranked],
        [
            RatedClass(
                float(one.weight),
                one.roll,
                score_table(
                    counted.sheet,
                    subjects,
                    [ballot for ballot in valid if ballot.class_key == one.key],
                ),
            )
            for one in counted.raters(group)
        ],
        span=float(max(worth) - min(worth)) or 1.0,
        renormalise=rules.empty_class is EmptyClass.RENORMALISE,
    )
    return {
        subject.key: Standing(
            place.possible_low,
            place.possible_high,
            tuple(subjects[other].key for other in place.alike),
            place.bands,
        )
        for subject, place in zip(subjects, places, strict=True)
    }

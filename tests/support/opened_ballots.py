"""Ballots as they come out of an urn, without an urn: results and diagnostics from plain tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from surveyapp.domain.ballot_paper import Grades
from surveyapp.domain.definition import parse_definition
from surveyapp.services.ballots.figures import ClassCounts, OpenedBallots
from tests.support.ballots import GRADES, a_ballot

CRITERIA = ("de", "neng")
DEPUTIES = ("d1", "d2", "d3", "d4")
BEST, GOOD, FAIR, POOR = GRADES


def opened(
    votes: Mapping[str, Sequence[Grades]],
    *,
    paces: Mapping[str, tuple[int, int, int]] | None = None,
    document: Mapping[str, Any] | None = None,
    **changes: Any,
) -> OpenedBallots:
    definition = a_ballot(**changes) if document is None else parse_definition(dict(document))
    rules = definition.ballot
    assert rules is not None
    return OpenedBallots(
        definition,
        "0" * 64,
        tuple((key, grades) for key, ballots in votes.items() for grades in ballots),
        tuple(
            ClassCounts(
                one.key,
                one.roll,
                one.roll,
                len(votes.get(one.key, ())),
                paces=(paces or {}).get(one.key, (0, 0, 0)),
            )
            for one in rules.classes
        ),
        0,
        "0" * 64,
    )


def card(*grades: str, subjects: Sequence[str] = DEPUTIES) -> Grades:
    """A ballot that gives each subject one grade for everything."""
    return {
        key: dict.fromkeys((*CRITERIA, "overall"), grade)
        for key, grade in zip(subjects, grades, strict=True)
    }

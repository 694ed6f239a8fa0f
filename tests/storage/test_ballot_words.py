"""Suggestions and reasons lead to no ballot, to no class, and to no order of votes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

import pytest
from sqlalchemy import text

from surveyapp.domain.definition import parse_definition
from surveyapp.services.assembly import Services
from tests.builders import CLERK
from tests.support.ballots import (
    GRADES,
    ballots_on,
    cast,
    issue,
    packet_document,
    put_definition_in_use,
)

VOTERS = 60
# Beyond this a fair shuffle of 60 goes less than once in a million times.
MOST_ALIKE = 0.44
KEYS = ("c1", "d1", "d2", "d3", "d4")


@pytest.fixture
def services(database_url: str, tmp_path: Path) -> Iterator[Services]:
    with ballots_on(database_url, tmp_path / "instance") as made:
        yield made


def alike(order: Sequence[int]) -> float:
    """Kendall's tau between an order and the order in which people voted."""
    pairs = list(combinations(order, 2))
    return sum(1 if first < second else -1 for first, second in pairs) / len(pairs)


def voted(number: int) -> dict[str, list[str]]:
    """A ballot that nobody else casts, with words that name their voter."""
    grades = [GRADES[number // 4**place % 4] for place in range(3)]
    cards = {f"{key}._card": [grade] for key, grade in zip(KEYS, grades, strict=False)}
    words = {"n1._reason": [f"reason {number}"], "_remark": [f"remark {number}"]}
    return {**cards, "n1.overall": ["disapprove"], **words}


def orders(services: Services) -> tuple[list[int], list[int], list[int]]:
    """The voters of suggestions, reasons and ballots in the order in which the tables hold them."""
    with services.database.reading() as work:
        said = work.session.execute(text("SELECT subject_key, remark FROM ballot_remark")).all()
        assert {row.subject_key for row in said} == {None, "n1"}
        remarks, reasons = (
            [int(row.remark.split()[1]) for row in said if row.remark.startswith(kind)]
            for kind in ("remark", "reason")
        )
        ids = "SELECT id FROM ballot UNION ALL SELECT id FROM ballot_remark"
        assert len(set(work.session.scalars(text(ids)))) == 3 * VOTERS
    found = services.ballot_results.opened("cadres").contents
    ballots = [
        sum(GRADES.index(grades[key]["overall"]) * 4**place for place, key in enumerate(KEYS[:3]))
        for _class, grades in found
    ]
    return remarks, reasons, ballots


def test_words_lie_in_orders_of_their_own(services: Services) -> None:
    put_definition_in_use(services, parse_definition(packet_document(remarks=50)))
    for number, code in enumerate(issue(services, B=VOTERS)["B"]):
        cast(services, code, voted(number))
    services.ballot_closing.close("cadres", CLERK)
    found = orders(services)
    for order in found:
        assert sorted(order) == list(range(VOTERS))
        assert abs(alike(order)) < MOST_ALIKE
    # One beside the other says nothing either: where the n-th voter stands in each list.
    for first, second in combinations(found, 2):
        places = [second.index(voter) for voter in first]
        assert abs(alike(places)) < MOST_ALIKE

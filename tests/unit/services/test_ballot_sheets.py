"""Results of packets: each sheet by itself, vote shares, reasons, remark lines and pace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from surveyapp.domain.definition import parse_definition
from surveyapp.domain.errors import BadInput
from surveyapp.services.assembly import Services
from surveyapp.services.ballots.casting import Receipt
from surveyapp.services.ballots.figures import BallotResult, SubjectResult
from surveyapp.storage.ballot_records import BallotClassRecord
from tests.builders import CLERK, Clock
from tests.support.ballots import (
    ballots_on,
    cast,
    issue,
    packet_document,
    put_definition_in_use,
    put_in_use,
)

GOOD = {"t1._card": "good", "c1._card": "competent", "d1._card": "excellent"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path, clock: Clock) -> Iterator[Services]:
    with ballots_on(sqlite_url, tmp_path / "instance", clock) as made:
        yield made


def hold(
    services: Services, votes: Mapping[str, Sequence[Mapping[str, str]]], **changes: Any
) -> BallotResult:
    """Put a packet in use, let each class cast its ballots, close, and count."""
    put_definition_in_use(services, parse_definition(packet_document(**changes)))
    for key, ballots in votes.items():
        for code, one in zip(issue(services, **{key: len(ballots)})[key], ballots, strict=True):
            cast(services, code, {name: [value] for name, value in one.items()})
    services.ballot_closing.close("cadres", CLERK)
    return services.ballot_results.result("cadres")


def line(result: BallotResult, key: str) -> SubjectResult:
    lines = [one for group in result.groups for one in group.subjects]
    return next(one for one in lines if one.subject.key == key)


def test_each_sheet_has_valid_and_void_ballots_of_its_own(services: Services) -> None:
    votes = [GOOD] * 9 + [
        {"c1._card": "competent", "d2._card": "excellent"},
        {"n1.overall": "approve"},
    ]
    result = hold(services, {"B": votes}, empty_class="renormalise")
    counted = {
        part.sheet.key: [(one.key, one.valid, one.void) for one in part.classes]
        for part in result.sheets
    }
    assert counted == {
        "team": [("A", 0, 0), ("B", 9, 2)],
        "cadres": [("A", 0, 0), ("B", 10, 1)],
        "promoted": [("A", 0, 0), ("B", 1, 10)],
    }
    assert [(one.key, one.valid, one.void) for one in result.classes] == [("A", 0, 0), ("B", 11, 0)]
    assert line(result, "t1").score == 80
    assert line(result, "n1").withheld


def test_a_ballot_is_void_where_all_its_sheets_are(services: Services) -> None:
    result = hold(services, {"B": [GOOD] * 8 + [{}]}, empty_class="renormalise")
    assert [one.void for one in result.classes] == [0, 1]


def test_a_packet_is_flagged_once_and_each_sheet_says_it(services: Services) -> None:
    top = {"t1._card": "good", "c1._card": "excellent", "d1._card": "excellent"}
    result = hold(services, {"B": [top] * 8}, empty_class="renormalise")
    assert result.flagged == 8
    assert [part.flagged for part in result.sheets] == [0, 8, 0]


def test_votes_of_a_sheet_without_points_are_shared_out_and_nothing_else(
    services: Services,
) -> None:
    votes: list[dict[str, str]] = [{"n1.overall": "approve"}] * 6
    votes += [{"n1.overall": "disapprove", "n1._reason": f"原因{n}"} for n in range(3)]
    votes += [{"n1.overall": "dont_know", "n2.overall": "abstain"}]
    result = hold(services, {"B": votes})
    found = line(result, "n1")
    shares = {count.key: (count.n, count.share) for count in found.counts}
    assert shares["approve"] == (6, Fraction(6, 9))
    assert shares["disapprove"] == (3, Fraction(3, 9))
    assert shares["dont_know"] == (1, None)
    assert (found.score, found.rank, found.classes, found.criteria) == (None, None, (), ())
    assert sorted(found.reasons) == ["原因0", "原因1", "原因2"]
    assert line(result, "n2").reasons == ()


def test_reasons_and_suggestions_of_few_are_not_shown(services: Services) -> None:
    said = {"n1.overall": "disapprove", "n1._reason": "原因", "_remark": "多下基层"}
    result = hold(services, {"B": [said] * 7}, remarks=100)
    assert line(result, "n1").reasons == ()
    assert result.remarks == ()


def test_void_ballots_do_not_make_a_minimum_for_suggestions(services: Services) -> None:
    votes = [{**GOOD, "_remark": "多下基层"}] * 7 + [{"_remark": "多下基层"}]
    assert hold(services, {"B": votes}, remarks=100).remarks == ()


def test_suggestions_and_reasons_come_out_apart(services: Services) -> None:
    votes = [{"n1.overall": "disapprove", "n1._reason": "原因", "_remark": "多下基层"}] * 8
    result = hold(services, {"B": votes}, remarks=100)
    assert result.remarks == ("多下基层",) * 8
    assert line(result, "n1").reasons == ("原因",) * 8


def test_remark_lines_print_what_was_declared(services: Services) -> None:
    sheets = packet_document()["sheets"]
    sheets[1]["remark_lines"] = [
        {"grades": ["excellent", "competent"], "below": "2/3", "text": "优秀称职率低于三分之二"},
        {"grades": ["incompetent"], "above": "1/3", "text": "不称职率高于三分之一"},
    ]
    votes = [{"c1._card": "competent", "d1._card": "excellent", "d2._card": "dont_know"}] * 6
    votes += [{"c1._card": "incompetent", "d1._card": "incompetent", "d2._card": "dont_know"}] * 3
    votes += [{"c1._card": "incompetent", "d1._card": "excellent", "d2._card": "dont_know"}]
    result = hold(services, {"B": votes}, sheets=sheets)
    assert [one.zh for one in line(result, "c1").notes] == [
        "优秀称职率低于三分之二",
        "不称职率高于三分之一",
    ]
    assert line(result, "d1").notes == ()
    assert line(result, "d2").notes == ()


# --- pace ---------------------------------------------------------------------------------------


def paces(services: Services) -> dict[str, tuple[int | None, ...]]:
    with services.database.reading() as work:
        return {
            one.key: (one.pace_fast, one.pace_usual, one.pace_slow)
            for one in work.session.scalars(select(BallotClassRecord))
        }


def test_only_counts_of_pace_come_out_with_the_class_of_the_ballots(
    services: Services, clock: Clock
) -> None:
    put_in_use(services)
    codes = issue(services, A=3, B=9)
    receipts = {code: services.balloting.mint(code) for key in codes for code in codes[key]}
    assert paces(services) == {"A": (None, None, None), "B": (None, None, None)}
    for n, code in enumerate([*codes["A"], *codes["B"]]):
        if n in (3, 6):
            clock.advance(minutes=2)
        services.balloting.cast(code, {"c1.overall": ["competent"]}, receipts[code])
    services.ballot_closing.close("cadres", CLERK)
    # The three of class A were too few and were stored with B.
    assert paces(services) == {"A": (0, 0, 0), "B": (3, 3, 6)}
    assert services.ballot_closing.verify("cadres").ok


def test_the_second_of_a_page_cannot_be_chosen(services: Services, clock: Clock) -> None:
    put_in_use(services)
    (code,) = issue(services, B=1)["B"]
    made = services.balloting.mint(code)
    second, _, proof = made.proof.partition("-")
    for forged in (f"{int(second) - 600}-{proof}", proof, "", f"x-{proof}"):
        with pytest.raises(BadInput):
            services.balloting.cast(code, {}, Receipt(made.code, forged))
    clock.advance(minutes=-10)
    assert services.balloting.cast(code, {}, made).receipt == made.code

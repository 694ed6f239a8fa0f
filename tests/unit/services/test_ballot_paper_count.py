"""Printed ballots after the vote: keyed twice, settled by both, joined to those of the urn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from surveyapp.domain.errors import BadInput, Conflict, InvalidAnswers, NotFound
from surveyapp.services.assembly import Services
from surveyapp.services.ballots.tabulation import tabulations
from surveyapp.storage.ballots import BallotRepository
from tests.builders import CLERK
from tests.support.ballots import ballots_on, cast, issue, pattern, pattern_of, put_in_use
from tests.support.papers import Count, a_count, clerk, counts, lines, print_papers, survey_id


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    with ballots_on(sqlite_url, tmp_path / "instance") as made:
        yield made


@pytest.fixture
def count(services: Services) -> Count:
    """Eight electronic ballots, four papers of B and one of A."""
    put_in_use(services)
    for number, code in enumerate(issue(services, B=8)["B"]):
        cast(services, code, pattern(number))
    print_papers(services, A=1, B=4)
    return a_count(services)


def test_the_urn_waits_for_its_papers(count: Count) -> None:
    services = count.services
    with pytest.raises(Conflict, match="printed ballots are counted"):
        services.ballot_closing.close("cadres", CLERK)
    services.ballot_closing.resume()
    with pytest.raises(Conflict):
        services.ballot_closing.verify("cadres")
    count.key(1, lines(100))
    count.key(2, lines(101))
    with pytest.raises(Conflict):
        services.ballot_closing.close("cadres", CLERK)
    count.confirm()
    closed = services.ballot_closing.close("cadres", CLERK)
    assert closed.ballots == 10
    assert counts(services)["B"] == (8, 4, 2, 0)
    assert counts(services)["A"] == (0, 1, 0, 0)
    verified = services.ballot_closing.verify("cadres", closed.root)
    assert (verified.ok, len(verified.receipts)) == (True, 8)
    with services.database.reading() as work:
        survey = survey_id(work)
        rows = BallotRepository(work).ballots(survey)
    assert sorted(pattern_of(one.grades) for one in rows) == [*range(8), 100, 101]
    result = services.ballot_results.result("cadres")
    (pooled,) = [one for one in result.classes if one.key == "B"]
    assert (pooled.issued, pooled.spent, pooled.valid, pooled.void) == (12, 10, 10, 0)
    assert (pooled.paper_issued, pooled.paper_returned, pooled.paper_void) == (4, 2, 0)


def test_the_end_of_a_vote_with_papers_needs_no_passphrase(services: Services) -> None:
    put_in_use(services, scrutineers=True)
    print_papers(services, B=1)
    with pytest.raises(Conflict, match="printed ballots"):
        services.ballot_closing.close("cadres", CLERK)
    count = Count(services, clerk(services, "wang"), clerk(services, "li"))
    count.confirm()
    with pytest.raises(Conflict, match="passphrase"):
        services.ballot_closing.close("cadres", CLERK)
    assert counts(services)["B"] == (0, 1, None, None)


def test_a_difference_is_settled_by_both_and_nobody_changes_the_others_keying(
    count: Count,
) -> None:
    counting = count.services.paper_counting
    count.key(1, lines(0), lines(0) | {"d2": ["112"]})
    (difference,) = counting.paper("cadres", 1, count.first).differences
    assert (difference.name, difference.first, difference.second) == (
        "d2.overall",
        "excellent",
        "competent",
    )
    assert not counting.table("cadres", count.first).is_complete
    seen = counting.table("cadres", count.first).seen
    with pytest.raises(Conflict, match="not complete"):
        counting.confirm("cadres", seen, count.first)
    with pytest.raises(InvalidAnswers):
        counting.settle("cadres", 1, {"d2.overall": "forged"}, count.first)
    counting.settle("cadres", 1, {"d2.overall": "incompetent"}, count.first)
    (difference,) = counting.paper("cadres", 1, count.first).differences
    assert (difference.first, difference.second) == ("incompetent", "competent")
    counting.settle("cadres", 1, {"d2.overall": "incompetent"}, count.second)
    assert counting.paper("cadres", 1, count.second).differences == ()
    third = clerk(count.services, "zhao")
    assert counting.paper("cadres", 1, third).turn == -1
    with pytest.raises(Conflict, match="two others"):
        counting.settle("cadres", 1, {}, third)


def test_clerks_do_not_see_each_others_keying_before_both_have(count: Count) -> None:
    counting = count.services.paper_counting
    counting.key_in("cadres", "B", 1, lines(5), count.first)
    with pytest.raises(NotFound):
        counting.paper("cadres", 1, count.second)
    assert counting.form("cadres", "B", 1, count.second).mine is None
    mine = counting.form("cadres", "B", 1, count.first).mine
    assert mine is not None
    assert mine.mark("c1", "overall") == "competent"
    assert counting.form("cadres", "B", None, count.first).number == 2
    assert counting.form("cadres", "B", None, count.second).number == 1


def test_a_number_is_keyed_once_by_each_of_two(count: Count) -> None:
    counting = count.services.paper_counting
    count.key(1, lines(5))
    with pytest.raises(Conflict, match="already"):
        counting.key_in("cadres", "B", 1, lines(6), count.first)
    with pytest.raises(Conflict, match="two others"):
        counting.key_in("cadres", "B", 1, lines(5), clerk(count.services, "zhao"))
    counting.key_in("cadres", "B", 1, lines(6), count.first, again=True)
    assert counting.paper("cadres", 1, count.first).differences
    counting.take_out("cadres", 1, count.second)
    with pytest.raises(NotFound):
        counting.take_out("cadres", 1, count.second)
    assert counting.table("cadres", count.first).lines == ()
    for number in (0, 100_000):
        with pytest.raises(BadInput):
            counting.key_in("cadres", "B", number, lines(5), count.first)


def test_two_confirm_what_they_have_seen(count: Count) -> None:
    counting = count.services.paper_counting
    before = counting.table("cadres", count.first).seen
    count.key(1, lines(5))
    with pytest.raises(Conflict, match="changed"):
        counting.confirm("cadres", before, count.first)
    seen = counting.table("cadres", count.first).seen
    counting.confirm("cadres", seen, count.first)
    with pytest.raises(Conflict, match="second person"):
        counting.confirm("cadres", seen, count.first)
    assert counting.table("cadres", count.first).confirmed == ("Wang",)
    assert not counting.table("cadres", count.first).is_settled
    counting.confirm("cadres", seen, count.second)
    assert counting.table("cadres", count.first).is_settled
    # Whatever changes the count takes the confirmations back.
    counting.key_in("cadres", "B", 2, lines(5), count.second)
    table = counting.table("cadres", count.first)
    assert (table.confirmed, table.is_settled) == ((), False)


def test_more_papers_than_were_printed_keep_the_urn_closed(count: Count) -> None:
    for number in range(1, 6):
        count.key(number, lines(number))
    table = count.services.paper_counting.table("cadres", count.first)
    assert [one.voting_class.key for one in table.too_many] == ["B"]
    with pytest.raises(Conflict, match="more papers than were printed"):
        count.services.paper_counting.confirm("cadres", table.seen, count.first)
    count.services.paper_counting.take_out("cadres", 3, count.first)
    count.confirm()
    assert count.services.ballot_closing.close("cadres", CLERK).ballots == 12


def test_void_papers_are_returned_and_count_for_nothing(count: Count) -> None:
    count.key(1, lines(3))
    count.key(2, {"_void": ["1"], "c1": ["111"]})
    count.key(3, lines(0) | {"c1": ["199"], "d1": ["080"]})
    count.confirm()
    closed = count.services.ballot_closing.close("cadres", CLERK)
    assert closed.ballots == 10
    assert counts(count.services)["B"] == (8, 4, 3, 1)
    result = count.services.ballot_results.result("cadres")
    (line,) = [one for one in result.classes if one.key == "B"]
    assert (line.issued, line.spent, line.valid, line.void) == (12, 11, 10, 1)
    (chief,) = result.groups[0].subjects
    # 8 of the urn and paper 1; on paper 3 the item was marked twice: an abstention.
    assert {one.key: one.n for one in chief.counts}["abstain"] == 1


def test_a_class_with_few_electronic_ballots_is_pooled_however_many_papers_it_has(
    services: Services,
) -> None:
    put_in_use(services)
    slips = issue(services, A=2, B=8)
    for number, code in enumerate(slips["A"] + slips["B"]):
        cast(services, code, pattern(number))
    print_papers(services, A=6)
    count = a_count(services)
    for number in range(1, 7):
        count.key(number, lines(number), class_key="A")
    count.confirm()
    services.ballot_closing.close("cadres", CLERK)
    # Two clerks have read the six papers: the other two ballots would be known as a pair.
    (pooled,) = services.ballot_results.result("cadres").classes
    assert [one.key for one in pooled.parts] == ["A", "B"]


def test_signed_papers_and_suggestions_come_out_as_those_of_the_urn(services: Services) -> None:
    classes = [
        {"key": "L", "title": "领导评分", "weight": 40, "roll": 2, "signed": True},
        {"key": "B", "title": "B票", "weight": 60, "roll": 20},
    ]
    put_in_use(services, classes=classes, remarks=50)
    print_papers(services, L=1, B=10)
    count = a_count(services)
    with pytest.raises(InvalidAnswers):
        count.key(1, lines(1), class_key="L")
    signed = lines(1) | {"_signature": ["王芳"]}
    count.key(1, signed, signed | {"_signature": ["王方"]}, class_key="L")
    counting = services.paper_counting
    counting.settle("cadres", 1, {"_signature": "王芳"}, count.second)
    for number in range(2, 11):
        said = lines(number) | {"_remark": ["多下基层"]}
        count.key(number, said, said if number > 2 else said | {"_remark": ["多下基层。"]})
    counting.settle("cadres", 2, {"_remark": "多下基层"}, count.second)
    count.confirm()
    assert services.ballot_closing.close("cadres", CLERK).ballots == 10
    with services.database.reading() as work:
        survey = survey_id(work)
        (leader,) = BallotRepository(work).signed_ballots(survey)
        assert leader.signed_by == "王芳"
        assert set(BallotRepository(work).remarks(survey)) == {"多下基层"}


def test_there_is_nothing_to_count_before_the_end_without_papers_or_afterwards(
    services: Services,
) -> None:
    put_in_use(services)
    teller = clerk(services, "wang")
    counting = services.paper_counting
    print_papers(services, B=1)
    assert not counting.table("cadres", teller).is_counting
    with pytest.raises(Conflict, match="end it first"):
        counting.key_in("cadres", "B", 1, lines(1), teller)
    services.ballot_closing.end("cadres", CLERK)
    count = Count(services, teller, clerk(services, "li"))
    with pytest.raises(Conflict, match="No printed ballot of the class"):
        counting.key_in("cadres", "A", 1, lines(1), teller)
    count.confirm()
    services.ballot_closing.close("cadres", CLERK)
    with pytest.raises(Conflict, match="were counted"):
        counting.form("cadres", "B", None, teller)


def test_without_papers_there_is_no_count(services: Services) -> None:
    put_in_use(services)
    services.ballot_closing.end("cadres", CLERK)
    with pytest.raises(Conflict, match="No printed ballots"):
        services.paper_counting.form("cadres", "B", None, clerk(services, "wang"))


def test_the_signed_tabulation_sets_papers_apart(count: Count) -> None:
    count.key(1, lines(3))
    count.key(2, {"_void": ["1"]})
    count.confirm()
    count.services.ballot_closing.close("cadres", CLERK)
    (part,) = tabulations(count.services.ballot_results.result("cadres"))
    assert [one.title.zh for one in part.ballots.headings][-4:] == [
        "其中纸质票发出",
        "纸质票收回",
        "纸质票未收回（注销）",
        "纸质票整张无效",
    ]
    total = part.ballots.rows[-1]
    assert total[3:] == (13, 10, 3, 9, 1, 5, 2, 3, 1)

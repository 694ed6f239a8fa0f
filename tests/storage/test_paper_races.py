"""Printed ballots under pressure, on both databases: counted once, by two, and gone afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Executable, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from surveyapp.domain.errors import Conflict, Refusal
from surveyapp.services.assembly import Services
from surveyapp.storage.ballot_records import (
    BallotClassRecord,
    PaperConfirmationRecord,
    PaperKeyingRecord,
)
from surveyapp.storage.records import Record
from tests.builders import CLERK
from tests.support.ballots import ballots_on, cast, issue, pattern, put_in_use
from tests.support.papers import a_count, clerk, lines, print_papers, survey_id


@pytest.fixture
def services(database_url: str, tmp_path: Path) -> Iterator[Services]:
    with ballots_on(database_url, tmp_path / "instance") as made:
        yield made


def rows(services: Services, record: type[Record]) -> int:
    with services.database.reading() as work:
        return work.session.scalar(select(func.count()).select_from(record)) or 0


def outcomes(tasks: list[Callable[[], object]]) -> list[Refusal | None]:
    """Run all at once; return what each was refused with."""

    def tried(task: Callable[[], object]) -> Refusal | None:
        try:
            task()
        except Refusal as refusal:
            return refusal
        return None

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(tried, tasks))


def test_slips_and_papers_race_for_the_same_roll(services: Services) -> None:
    put_in_use(services)
    tasks: list[Callable[[], object]] = [lambda: print_papers(services, A=1)] * 12
    tasks += [lambda: issue(services, A=1)] * 12
    refused = outcomes(tasks)
    assert sum(one is None for one in refused) == 12
    with services.database.reading() as work:
        row = work.session.get_one(BallotClassRecord, (survey_id(work), "A"))
        assert row.issued + row.paper_issued == row.roll == 12


def test_of_many_who_key_a_paper_two_are_stored(services: Services) -> None:
    put_in_use(services)
    print_papers(services, B=3)
    count = a_count(services)
    others = [clerk(services, f"clerk{n}") for n in range(4)]
    counting = services.paper_counting
    refused = outcomes(
        [lambda one=one: counting.key_in("cadres", "B", 1, lines(3), one) for one in others]
        + [lambda: counting.key_in("cadres", "B", 1, lines(3), count.first)] * 4
    )
    assert sum(one is None for one in refused) == 2
    assert rows(services, PaperKeyingRecord) == 2


def test_an_opening_that_races_a_change_has_all_papers_or_waits(services: Services) -> None:
    put_in_use(services)
    for number, code in enumerate(issue(services, B=6)["B"]):
        cast(services, code, pattern(number))
    print_papers(services, B=4)
    count = a_count(services)
    for number in (1, 2):
        count.key(number, lines(number))
    count.confirm()
    counting = services.paper_counting

    def close() -> None:
        services.ballot_closing.close("cadres", CLERK)

    late, closing = outcomes(
        [lambda: counting.key_in("cadres", "B", 3, lines(3), count.first), close]
    )
    if closing is None:
        # The urn was opened first: whoever keys now is told that it is too late.
        assert isinstance(late, Conflict)
        assert services.ballot_closing.verify("cadres").ballots == 8
    else:
        assert late is None
        counting.key_in("cadres", "B", 3, lines(3), count.second)
        count.confirm()
        assert services.ballot_closing.close("cadres", CLERK).ballots == 9


def test_nothing_of_what_was_keyed_is_left(services: Services) -> None:
    put_in_use(services, remarks=40)
    for number, code in enumerate(issue(services, B=6)["B"]):
        cast(services, code, pattern(number))
    print_papers(services, B=2)
    count = a_count(services)
    count.key(1, lines(900) | {"_remark": ["a suggestion on paper"]})
    count.confirm()
    services.ballot_closing.close("cadres", CLERK)
    assert rows(services, PaperKeyingRecord) == rows(services, PaperConfirmationRecord) == 0
    database = services.database
    if not database.is_sqlite:
        for table in ("paper_keying", "paper_confirmation"):
            with database.reading() as work:
                size = text(f"SELECT pg_relation_size('{table}')")
                assert work.session.execute(size).scalar_one() == 0
        return
    left = Path(database.url.removeprefix("sqlite:///")).read_bytes()
    assert left.count(b"a suggestion on paper") == 1, "among the suggestions and nowhere else"
    assert b'"signature"' not in left


def test_the_database_itself_keeps_the_rules(services: Services) -> None:
    put_in_use(services)
    print_papers(services, B=2)
    count = a_count(services)
    services.paper_counting.key_in("cadres", "B", 1, lines(1), count.first)
    with services.database.reading() as work:
        row: dict[str, object] = {
            "survey_id": survey_id(work),
            "number": 1,
            "turn": 2,
            "clerk_id": count.second.id,
            "class_key": "B",
            "void": False,
            "marks": {},
            "words": {},
        }
    papers = update(BallotClassRecord).where(BallotClassRecord.key == "B")
    for change in (
        insert(PaperKeyingRecord).values(row | {"turn": 3}),
        insert(PaperKeyingRecord).values(row | {"number": 0}),
        insert(PaperKeyingRecord).values(row | {"clerk_id": count.first.id}),
        papers.values(paper_issued=201),
        papers.values(paper_returned=3),
        papers.values(paper_returned=2, paper_void=3),
    ):
        with pytest.raises(IntegrityError):
            _execute(services, change)
    _execute(services, insert(PaperKeyingRecord).values(row))


def _execute(services: Services, change: Executable) -> None:
    with services.database.writing() as work:
        work.session.execute(change)

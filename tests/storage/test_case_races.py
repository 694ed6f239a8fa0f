"""Cases under pressure: parallel ticks, readers, staff and citizens leave exactly one of each."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from surveyapp.domain import case_fields as given
from surveyapp.domain.case import CallResult, Step
from surveyapp.domain.errors import Conflict
from surveyapp.domain.slips import Colour
from surveyapp.services.cases.views import CaseFilters
from surveyapp.storage.case_records import CaseEventRecord, CaseRecord, OutboxRecord, SlipRecord
from tests.support.cases import (
    EDITOR,
    REVIEWER,
    SECOND,
    VERIFIED,
    WINDOW,
    CaseBook,
    a_case_book,
)

THREADS = 6


@pytest.fixture
def book(database_url: str, tmp_path: Path) -> Iterator[CaseBook]:
    notices = str(tmp_path / "notices.jsonl")
    with a_case_book(database_url, tmp_path, SURVEYAPP_NOTICE_FILE=notices) as made:
        yield made


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Start all calls together; return what each returned or refused with."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return call()
        except Conflict as refusal:
            return refusal

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def refusals(results: list[object]) -> int:
    return sum(isinstance(result, Conflict) for result in results)


def test_parallel_ticks_and_readers_open_each_case_once(book: CaseBook) -> None:
    responses = [book.review() for _ in range(10)]
    book.clock.advance(minutes=10)
    at_once(
        *[book.work.tick] * 3,
        lambda: book.work.inbox(EDITOR, CaseFilters()),
        *(lambda one=one: book.work.citizen_view(one) for one in responses[:3]),
    )
    book.work.tick()
    with book.services.database.reading() as work:
        opened = work.session.scalars(select(CaseRecord.response_id)).all()
        serials = work.session.scalars(select(SlipRecord.serial)).all()
        notices = work.session.scalars(select(OutboxRecord.dedupe)).all()
    assert sorted(opened) == sorted(responses)
    assert sorted(serials) == list(range(1, 11))
    assert len(notices) == 10


def test_parallel_ticks_issue_each_slip_once(book: CaseBook) -> None:
    for _ in range(4):
        book.opened()
    book.clock.advance(days=30)
    at_once(*[book.work.tick] * THREADS)
    with book.services.database.reading() as work:
        slips = work.session.scalars(select(SlipRecord)).all()
    assert Counter(slip.colour for slip in slips) == {
        Colour.WHITE: 4, Colour.YELLOW: 4, Colour.RED: 4
    }  # fmt: skip
    assert sorted(slip.serial for slip in slips) == list(range(1, 13))


def test_two_people_on_one_step_are_one_step_and_one_sentence(book: CaseBook) -> None:
    case = book.opened()
    seen = book.work.case(WINDOW, case).seen
    results = at_once(*[lambda: book.work.verify(WINDOW, case, VERIFIED, seen)] * THREADS)
    assert refusals(results) == THREADS - 1
    steps = [event.step for event in book.work.case(EDITOR, case).events]
    assert steps == [Step.OPEN, Step.VERIFY]


def test_two_reviewers_close_a_case_once(book: CaseBook) -> None:
    case = book.answered(number=True)
    book.work.call(EDITOR, case, given.Call(CallResult.CONNECTED, satisfied=True))
    results = at_once(
        lambda: book.work.close(REVIEWER, case, given.Close()),
        lambda: book.work.close(SECOND, case, given.Close()),
    )
    assert refusals(results) == 1


@pytest.mark.parametrize("words", [[True] * THREADS, [True, False] * 3])
def test_parallel_words_of_a_citizen_are_one_word(book: CaseBook, words: list[bool]) -> None:
    case = book.answered()
    response = book.response_of(case)
    results = at_once(*(lambda word=word: book.work.citizen_word(response, word) for word in words))
    said = [event for event in book.work.case(EDITOR, case).events
            if event.step is Step.CITIZEN_WORD]  # fmt: skip
    assert len(said) == 1
    assert refusals(results) == words.count(not said[0].detail["satisfied"])


def test_a_word_and_a_closing_at_once_leave_a_sound_case(book: CaseBook) -> None:
    case = book.answered()
    response = book.response_of(case)
    book.work.approve(REVIEWER, case, given.Approve())
    book.clock.advance(days=20)
    at_once(lambda: book.work.citizen_word(response, satisfied=True), book.work.tick)
    steps = Counter(event.step for event in book.work.case(EDITOR, case).events)
    assert steps[Step.CITIZEN_WORD] + steps[Step.CLOSE] == 1


def test_the_database_itself_keeps_one_event_a_position(book: CaseBook) -> None:
    book.opened()
    with book.services.database.reading() as work:
        event = work.session.scalars(select(CaseEventRecord)).one()
    columns = {column.key: getattr(event, column.key) for column in CaseEventRecord.__table__.c}
    with pytest.raises(IntegrityError), book.services.database.writing() as work:
        work.session.execute(insert(CaseEventRecord).values(columns | {"id": event.case_id}))


def test_rectifying_without_whom_when_and_what_cannot_be_stored(book: CaseBook) -> None:
    book.opened()
    with pytest.raises(IntegrityError), book.services.database.writing() as work:
        work.session.scalars(select(CaseRecord)).one().state = "rectifying"


def test_numbering_goes_on_while_cases_are_moved(book: CaseBook) -> None:
    """Steps that issue slips and a tick that issues slips do not wait for one another for ever."""
    cases = [book.answered() for _ in range(4)]
    late = [book.opened() for _ in range(4)]
    book.clock.advance(days=3)
    at_once(
        *(
            lambda case=case: book.work.send_back(REVIEWER, case, given.SendBack("退"))
            for case in cases
        ),
        book.work.tick,
        book.work.tick,
    )
    book.work.tick()
    with book.services.database.reading() as work:
        serials = work.session.scalars(select(SlipRecord.serial)).all()
    assert sorted(serials) == list(range(1, len(serials) + 1))
    assert len(serials) == len(cases) * 2 + len(late) * 2

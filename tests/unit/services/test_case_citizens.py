"""What citizens say of a fix and in a further review, and what that does to a case."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from surveyapp.domain import case_fields as given
from surveyapp.domain.case import (
    CallBack,
    CallResult,
    CitizenStatus,
    State,
    Step,
)
from surveyapp.domain.errors import Conflict, NotFound
from surveyapp.domain.slips import Colour
from surveyapp.services.cases.views import CaseFilters
from surveyapp.storage.records import ResponseRecord
from tests.support.cases import (
    EDITOR,
    REVIEWER,
    WINDOW,
    CaseBook,
    a_case_book,
)

PDF = given.Evidence("整改照片.pdf", b"%PDF-1.7")
SATISFIED = given.Call(CallResult.CONNECTED, satisfied=True)
ALL = CaseFilters()


@pytest.fixture
def book(sqlite_url: str, tmp_path: Path) -> Iterator[CaseBook]:
    with a_case_book(sqlite_url, tmp_path) as made:
        yield made


def test_the_citizen_says_it_once_and_twice_is_once(book: CaseBook) -> None:
    case = book.answered()
    response = book.response_of(case)
    book.work.citizen_word(response, satisfied=True)
    book.work.citizen_word(response, satisfied=True)
    with pytest.raises(Conflict, match="Nothing is asked"):
        book.work.citizen_word(response, satisfied=False)
    assert [event.step for event in book.work.case(EDITOR, case).events].count(
        Step.CITIZEN_WORD
    ) == 1
    book.work.close(REVIEWER, case, given.Close())
    with pytest.raises(Conflict, match="Nothing is asked"):
        book.work.citizen_word(response, satisfied=True)
    with pytest.raises(NotFound, match="no such case"):
        book.work.citizen_word(uuid4(), satisfied=True)


def test_an_unsatisfied_citizen_opens_the_case_again_with_a_new_slip(book: CaseBook) -> None:
    case = book.answered(number=True)
    response = book.response_of(case)
    book.work.citizen_word(response, satisfied=False)
    detail = book.work.case(WINDOW, case)
    assert (detail.line.state, detail.call_back) == (State.RECTIFYING, CallBack.UNSATISFIED)
    assert [(slip.colour, slip.round, slip.conclusion) for slip in detail.slips] == [
        (Colour.WHITE, 0, "returned"),
        (Colour.WHITE, 2, None),
    ]
    view = book.work.citizen_view(response)
    assert view is not None
    assert (view.status, view.may_answer) == (CitizenStatus.RECTIFYING, False)
    book.clock.advance(days=4)
    assert book.work.tick().slips == {Colour.BLUE: 1}


def test_an_answer_that_does_not_do_goes_back(book: CaseBook) -> None:
    case = book.answered()
    book.work.send_back(REVIEWER, case, given.SendBack("未附佐证"))
    detail = book.work.case(WINDOW, case)
    assert detail.slips[0].verified_by == "reviewer同志"
    assert detail.slips[-1].progress == "整改中"
    assert book.work.ledger(EDITOR, ALL)[0].due_on == detail.line.due_on


def follow_up(book: CaseBook, first: UUID, level: str) -> UUID:
    """A further review, as the receipt page stores it."""
    second = book.review(level)
    with book.services.database.writing() as work:
        record = work.session.get_one(ResponseRecord, second)
        record.review_number = 2
        is_bad = level in ("dissatisfied", "very_dissatisfied")
        book.work.followed_up(work, first, second, is_bad=is_bad)
    return second


def test_a_bad_follow_up_opens_a_closed_case_again_and_no_second_one(book: CaseBook) -> None:
    case = book.answered(number=True)
    first = book.response_of(case)
    book.work.call(EDITOR, case, SATISFIED)
    book.work.close(REVIEWER, case, given.Close())
    follow_up(book, first, "dissatisfied")
    book.clock.advance(minutes=11)
    assert book.work.tick().opened == 0
    detail = book.work.case(EDITOR, case)
    assert (detail.line.state, detail.closed_on) == (State.RECTIFYING, None)
    assert detail.contact is not None


def test_a_good_follow_up_is_noted(book: CaseBook) -> None:
    case = book.answered()
    follow_up(book, book.response_of(case), "satisfied")
    detail = book.work.case(EDITOR, case)
    assert (detail.line.state, detail.events[-1].step) == (State.ANSWERED, Step.FOLLOW_UP)


def test_a_follow_up_that_comes_before_the_tick_finds_its_case(book: CaseBook) -> None:
    first = book.review()
    follow_up(book, first, "very_dissatisfied")
    book.clock.advance(minutes=11)
    assert book.work.tick().opened == 0
    (line,) = book.work.inbox(EDITOR, ALL).lines
    assert book.response_of(line.number) == first


@pytest.mark.parametrize("first_level", ["satisfied", "excluded"])
def test_a_bad_follow_up_without_a_living_case_gets_its_own(
    book: CaseBook, first_level: str
) -> None:
    if first_level == "excluded":
        first = book.response_of(book.excluded())
    else:
        first = book.review("satisfied")
    second = follow_up(book, first, "dissatisfied")
    book.clock.advance(minutes=11)
    book.work.tick()
    lines = book.work.inbox(EDITOR, CaseFilters(is_open=True)).lines
    assert [book.response_of(line.number) for line in lines] == [second]

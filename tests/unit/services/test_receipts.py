"""What the holder of a receipt sees while a review is fresh, followed up and put right."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from surveyapp.domain.case import CallBack, CitizenStatus
from surveyapp.domain.errors import Conflict, NotFound, SurveyClosed
from surveyapp.services.cases.views import CaseFilters
from tests.builders import CLERK, a_place, an_open_survey, every_type_document, submit
from tests.support.cases import (
    AT_ONCE,
    EDITOR,
    VERIFIED,
    WINDOW,
    CaseBook,
    a_case_book,
)

BAD = "dissatisfied"


@pytest.fixture
def book(database_url: str, tmp_path: Path) -> Iterator[CaseBook]:
    with a_case_book(database_url, tmp_path) as made:
        yield made


@pytest.fixture
def quick(sqlite_url: str, tmp_path: Path) -> Iterator[CaseBook]:
    with a_case_book(sqlite_url, tmp_path) as made:
        yield made


def a_receipt(book: CaseBook, level: str = BAD) -> str:
    return submit(book.services, book.place(), overall=level).receipt


def the_case(book: CaseBook) -> str:
    (line,) = book.work.inbox(EDITOR, CaseFilters()).lines
    return line.number


def test_a_fresh_receipt_shows_the_level_and_later_nobody_sees_it(quick: CaseBook) -> None:
    receipt = a_receipt(quick, "satisfied")
    show = quick.services.receipts.show
    view = show(receipt.lower())
    assert view.level is not None
    assert (view.level.key, len(view.levels), view.minutes_left) == ("satisfied", 5, 10)
    quick.clock.advance(minutes=9, seconds=1)
    assert show(receipt).minutes_left == 1
    quick.clock.advance(seconds=59)
    late = show(receipt)
    assert (late.level, late.levels, late.minutes_left, late.case) == (None, (), 0, None)
    assert late.may_follow_up


def test_a_bad_review_can_be_followed_to_its_end(book: CaseBook) -> None:
    receipt = a_receipt(book)
    show = book.services.receipts.show
    assert show(receipt).case is None, "no case while the level can change"
    book.clock.advance(minutes=10)
    case = show(receipt).case
    assert case is not None, "reading opens a case that is due: no daemon is needed"
    assert (case.status, case.may_answer) == (CitizenStatus.RECEIVED, False)
    number = the_case(book)
    book.work.verify(WINDOW, number, VERIFIED)
    book.work.assign(EDITOR, number, AT_ONCE)
    book.answer(number, "已整改到位。")
    case = show(receipt).case
    assert case is not None
    assert (case.status, case.answer, case.may_answer) == (
        CitizenStatus.ANSWERED,
        "已整改到位。",
        True,
    )
    assert dict(case.dates)[CitizenStatus.ANSWERED] == date(2026, 11, 9)
    book.services.receipts.word(receipt, satisfied=True)
    book.services.receipts.word(receipt, satisfied=True)
    case = show(receipt).case
    assert case is not None
    assert case.word is CallBack.SATISFIED
    with pytest.raises(Conflict):
        book.services.receipts.word(receipt, satisfied=False)


def test_parallel_words_are_one_word(book: CaseBook) -> None:
    receipt = a_receipt(book)
    book.clock.advance(minutes=10)
    book.services.receipts.show(receipt)
    number = the_case(book)
    book.work.verify(WINDOW, number, VERIFIED)
    book.work.assign(EDITOR, number, AT_ONCE)
    book.answer(number)

    def say(n: int) -> bool:
        try:
            book.services.receipts.word(receipt, satisfied=n % 2 == 0)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(say, range(8)))
    assert len({n % 2 for n, ok in enumerate(said) if ok}) == 1
    words = [e for e in book.work.case(EDITOR, number).events if e.step.value == "citizen_word"]
    assert len(words) == 1


def test_the_last_level_decides_whether_a_case_opens(book: CaseBook) -> None:
    better, worse = a_receipt(book, BAD), a_receipt(book, "satisfied")
    book.clock.advance(minutes=9)
    book.services.amending.change(better, "satisfied")
    book.services.amending.change(worse, "very_dissatisfied")
    book.clock.advance(minutes=1)
    book.work.tick()
    assert len(book.work.inbox(EDITOR, CaseFilters()).lines) == 1
    assert book.services.receipts.show(better).case is None
    assert book.services.receipts.show(worse).case is not None


def test_a_bad_further_review_opens_the_case_again(quick: CaseBook) -> None:
    receipt = a_receipt(quick)
    quick.clock.advance(minutes=10)
    quick.services.receipts.show(receipt)
    number = the_case(quick)
    quick.work.verify(WINDOW, number, VERIFIED)
    quick.work.assign(EDITOR, number, AT_ONCE)
    quick.answer(number)
    quick.services.amending.follow_up(receipt, None, {"overall": [BAD]})
    view = quick.services.receipts.show(receipt)
    assert view.case is not None
    assert view.case.status is CitizenStatus.RECTIFYING
    assert (view.may_follow_up, view.followed_up_on) == (False, date(2026, 11, 9))


def test_a_bad_further_review_of_a_good_one_has_a_case_of_its_own(quick: CaseBook) -> None:
    receipt = a_receipt(quick, "satisfied")
    quick.services.amending.follow_up(receipt, None, {"overall": [BAD]})
    quick.clock.advance(minutes=10)
    view = quick.services.receipts.show(receipt)
    assert view.case is not None
    assert view.case.status is CitizenStatus.RECEIVED
    with pytest.raises(Conflict):
        quick.services.receipts.word(receipt, satisfied=True)


def test_a_word_needs_a_case(quick: CaseBook) -> None:
    with pytest.raises(NotFound):
        quick.services.receipts.word(a_receipt(quick, "satisfied"), satisfied=True)
    with pytest.raises(NotFound):
        quick.services.receipts.word(a_receipt(quick, BAD), satisfied=True)


def test_the_two_forms_behind_a_receipt(quick: CaseBook) -> None:
    receipt = a_receipt(quick)
    form = quick.services.receipts.form
    details = form(receipt, further=False)
    assert (details.typed, details.is_further) == ({"overall": [BAD]}, False)
    assert details.place_label == "点位w3"
    further = form(receipt, further=True)
    assert (further.typed, further.is_further) == ({}, True)
    quick.clock.advance(minutes=10)
    with pytest.raises(Conflict):
        form(receipt, further=False)
    quick.services.amending.follow_up(receipt, None, {"overall": [BAD]})
    with pytest.raises(Conflict):
        form(receipt, further=True)
    other = a_receipt(quick)
    quick.services.authoring.close(quick.key, CLERK)
    with pytest.raises(SurveyClosed):
        form(other, further=True)


def test_the_receipt_of_another_survey_shows_arrival_alone(quick: CaseBook) -> None:
    services = quick.services
    place = a_place(services, an_open_survey(services, every_type_document()))
    answers: dict[str, Any] = {"m__air": "neutral", "m__water": "neutral"}
    receipt = submit(services, place, used="yes", police="neutral", **answers).receipt
    view = services.collecting.receipt(receipt)
    assert (view.is_review, view.levels, view.may_follow_up) == (False, (), False)
    with pytest.raises(NotFound):
        services.receipts.form(receipt, further=True)

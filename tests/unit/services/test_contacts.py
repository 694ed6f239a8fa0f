"""Telephone numbers: encrypted, masked, read with a trace, and deleted in time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import select

from surveyapp.domain import case_fields as given
from surveyapp.domain.case import CallResult, Step
from surveyapp.domain.errors import BadInput, NotFound
from surveyapp.services.cases.contacts import masked_number
from surveyapp.services.cases.views import TickReport
from surveyapp.storage.audit import AuditRepository, LogQuery
from surveyapp.storage.case_records import ContactRecord
from surveyapp.storage.responses import ResponseRepository
from surveyapp.storage.surveys import SurveyRepository
from tests.builders import CLERK, a_place, an_open_survey, every_type_document, submit
from tests.support.cases import EDITOR, REVIEWER, CaseBook, a_case_book

NOTHING = TickReport()


@pytest.fixture
def book(sqlite_url: str, tmp_path: Path) -> Iterator[CaseBook]:
    with a_case_book(sqlite_url, tmp_path) as made:
        yield made


def numbers_kept(book: CaseBook) -> int:
    with book.services.database.reading() as work:
        return len(work.session.scalars(select(ContactRecord)).all())


def test_a_number_is_kept_until_its_case_has_been_closed_for_some_days(book: CaseBook) -> None:
    case = book.answered(number=True)
    book.clock.advance(days=60)
    book.work.tick()
    assert numbers_kept(book) == 1
    book.work.call(EDITOR, case, given.Call(CallResult.CONNECTED, satisfied=True))
    book.work.close(REVIEWER, case, given.Close())
    book.clock.advance(days=30)
    assert book.work.tick() == NOTHING
    book.clock.advance(days=1)
    assert book.work.tick() == TickReport(contacts_deleted=1)
    assert numbers_kept(book) == 0
    assert book.work.case(EDITOR, case).contact is None


def test_a_number_without_a_case_goes_after_the_same_days(book: CaseBook) -> None:
    book.give_number(book.review("satisfied"))
    book.clock.advance(days=30)
    assert book.work.tick() == NOTHING
    book.clock.advance(days=1)
    assert book.work.tick() == TickReport(contacts_deleted=1)


def test_a_number_given_late_makes_the_citizen_reachable(book: CaseBook) -> None:
    case = book.answered()
    book.give_number(book.response_of(case))
    assert Step.CALL in book.work.case(EDITOR, case).allowed
    book.clock.advance(days=90)
    book.work.tick()
    assert numbers_kept(book) == 1


def test_a_number_is_stored_encrypted_bound_to_its_review_and_read_with_a_trace(
    book: CaseBook,
) -> None:
    first, second = book.review(), book.review()
    book.give_number(first, "+86 138-1234-5678")
    contacts = book.services.contacts
    assert contacts.masked(first) == "138****5678"
    assert contacts.masked(second) is None
    with book.services.database.writing() as work:
        kept = work.session.get_one(ContactRecord, first)
        assert b"5678" not in kept.ciphertext
        survey = SurveyRepository(work).find(book.key)
        assert survey is not None
        contacts.move(work, survey, first, second)
        contacts.move(work, survey, first, second)  # there is none any more
    assert (contacts.masked(first), contacts.masked(second)) == (None, "138****5678")
    assert contacts.reveal(second, CLERK) == "13812345678"
    with pytest.raises(NotFound, match="No telephone number"):
        contacts.reveal(first, CLERK)
    with book.services.database.reading() as work:
        (event,) = AuditRepository(work).page(LogQuery(action="contact.reveal"), limit=9, offset=0)
        assert (event.actor, event.target) == (CLERK.name, str(second))


def test_a_ciphertext_moved_to_another_review_does_not_open(book: CaseBook) -> None:
    first, second = book.review(), book.review()
    book.give_number(first)
    with book.services.database.writing() as work:
        kept = work.session.get_one(ContactRecord, first)
        moved = ContactRecord(
            response_id=second, survey_id=kept.survey_id, ciphertext=kept.ciphertext
        )
        work.session.add(moved)
    with pytest.raises(InvalidTag):
        book.services.contacts.masked(second)


@pytest.mark.parametrize("typed", ["", "12345", "not a number", "1" * 50])
def test_what_is_no_number_is_refused(book: CaseBook, typed: str) -> None:
    with pytest.raises(BadInput, match="no telephone number"):
        book.give_number(book.review(), typed)


def test_a_number_of_a_survey_without_rules_goes_at_once(book: CaseBook) -> None:
    book.key = key = another_survey(book)
    (response,) = _responses_of(book, key)
    book.give_number(response)
    book.clock.advance(days=1)
    assert book.work.tick().contacts_deleted == 1


def test_forgetting_and_keeping_a_number_that_was_never_given_does_nothing(book: CaseBook) -> None:
    with book.services.database.writing() as work:
        book.services.contacts.keep(work, uuid4())
        book.services.contacts.forget_after(work, uuid4(), book.today)
        assert not book.services.contacts.has(work, uuid4())
    assert masked_number("057112345678") == "057****5678"


def another_survey(book: CaseBook) -> str:
    """A survey that is no review, with one response."""
    key = an_open_survey(book.services, every_type_document())
    submit(
        book.services,
        a_place(book.services, key),
        used="no",
        police="neutral",
        m__air="neutral",
        m__water="dont_know",
        visits="1",
        age="40+",
    )
    return key


def _responses_of(book: CaseBook, key: str) -> list[UUID]:
    with book.services.database.reading() as work:
        survey = SurveyRepository(work).find(key)
        assert survey is not None
        return [response.id for response in ResponseRepository(work).each(survey.id)]

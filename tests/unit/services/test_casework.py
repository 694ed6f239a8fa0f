"""Steps, inboxes, citizens, slips and the ledger, through the services."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest

from surveyapp.domain import case_fields as given
from surveyapp.domain.accounts import StaffView
from surveyapp.domain.case import (
    CallBack,
    CallResult,
    CitizenStatus,
    Ground,
    Remedy,
    Ruling,
    State,
    Step,
)
from surveyapp.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from surveyapp.domain.roles import Role
from surveyapp.domain.survey import Standing
from surveyapp.services.cases.views import CaseFilters
from surveyapp.storage.records import ResponseRecord
from surveyapp.storage.responses import ResponseRepository
from tests.builders import CLERK
from tests.support.cases import (
    ANALYST,
    AT_ONCE,
    BY_DEADLINE,
    CENTRE,
    EDITOR,
    LAND,
    LEADER,
    REVIEWER,
    SECOND,
    VERIFIED,
    WINDOW,
    CaseBook,
    a_case_book,
    person,
)

PDF = given.Evidence("整改照片.pdf", b"%PDF-1.7")
SATISFIED = given.Call(CallResult.CONNECTED, satisfied=True)
ALL = CaseFilters()


@pytest.fixture
def book(sqlite_url: str, tmp_path: Path) -> Iterator[CaseBook]:
    with a_case_book(sqlite_url, tmp_path) as made:
        yield made


def test_a_case_is_followed_from_review_to_end(book: CaseBook) -> None:
    case = book.opened(number=True, comment="窗口态度差")
    response = book.response_of(case)
    assert book.work.case(WINDOW, case).allowed == (Step.VERIFY, Step.APPEAL)
    book.work.verify(WINDOW, case, VERIFIED)
    assert book.work.case(EDITOR, case).allowed == (Step.FORWARD, Step.ASSIGN)
    book.work.assign(EDITOR, case, BY_DEADLINE)
    book.work.extend(EDITOR, case, given.Extend("需采购设备"))
    book.work.answer(WINDOW, case, given.Answer("培训", "已培训", book.today, (PDF,)))
    view = book.work.citizen_view(response)
    assert view is not None
    assert (view.status, view.answer, view.may_answer) == (CitizenStatus.ANSWERED, "已培训", True)
    assert [status for status, _ in view.dates] == list(CitizenStatus)[:4]
    assert book.work.reveal(EDITOR, case) == "13812345678"
    book.work.call(EDITOR, case, SATISFIED)
    book.work.close(REVIEWER, case, given.Close("同意销号"))
    detail = book.work.case(LEADER, case)
    assert (detail.line.state, detail.allowed, detail.comment) == (State.CLOSED, (), "窗口态度差")
    assert [event.step for event in detail.events] == [
        Step.OPEN, Step.VERIFY, Step.ASSIGN, Step.EXTEND, Step.ANSWER, Step.CALL, Step.CLOSE
    ]  # fmt: skip
    assert detail.seen == 7
    (file,) = detail.events[4].files
    assert (file.file_name, file.media_type, file.size) == ("整改照片.pdf", "application/pdf", 8)
    assert book.work.file(LEADER, case, file.id).content == b"%PDF-1.7"
    view = book.work.citizen_view(response)
    assert view is not None
    assert (view.status, view.word, view.is_excluded) == (
        CitizenStatus.CLOSED,
        CallBack.SATISFIED,
        False,
    )
    assert len(view.dates) == 5


def test_units_see_their_own_cases_and_those_below(book: CaseBook) -> None:
    window, land = book.opened(), book.opened(subject="land")

    def seen(staff: StaffView) -> set[str]:
        return {line.number for line in book.work.inbox(staff, ALL).lines}

    assert seen(WINDOW) == seen(CENTRE) == {window}
    assert seen(LAND) == {land}
    assert seen(person("town", Role.UNIT, unit="51")) == {window, land}
    assert seen(EDITOR) == seen(REVIEWER) == seen(LEADER) == {window, land}
    for number in (land, "2026-ZZZZZZZZ"):
        with pytest.raises(NotFound, match="no such case"):
            book.work.case(WINDOW, number)
        with pytest.raises(NotFound, match="no such case"):
            book.work.verify(WINDOW, number, VERIFIED)
    with pytest.raises(NotFound, match="no such file"):
        book.work.file(WINDOW, window, uuid4())
    for look in (book.work.counts, lambda staff: book.work.inbox(staff, ALL)):
        with pytest.raises(NotAllowed, match="does not see cases"):
            look(ANALYST)


def test_the_unit_responsible_sees_a_case_of_another_unit(book: CaseBook) -> None:
    case = book.opened()
    book.work.verify(WINDOW, case, VERIFIED)
    book.work.assign(EDITOR, case, given.Assign(Remedy.AT_ONCE, "512", "周强", "改好"))
    assert Step.ANSWER in book.work.case(LAND, case).allowed
    assert book.work.case(LAND, case).line.responsible_unit_name == "示例县自然资源局"


@pytest.mark.parametrize("unit", ["51", "511", "511-3"])
def test_a_reviewer_who_belongs_to_the_unit_closes_nothing(book: CaseBook, unit: str) -> None:
    case = book.answered(number=True)
    book.work.call(EDITOR, case, SATISFIED)
    insider = person("insider", Role.UNIT, Role.REVIEWER, unit=unit)
    with pytest.raises(NotAllowed, match="does not belong to the unit"):
        book.work.close(insider, case, given.Close())
    outsider = person("outsider", Role.UNIT, Role.REVIEWER, unit="512")
    book.work.close(outsider, case, given.Close())


def test_only_the_supervising_office_sees_a_number_and_only_for_a_call(book: CaseBook) -> None:
    case = book.rectifying(number=True)
    assert book.work.case(WINDOW, case).contact == "138****5678"
    with pytest.raises(NotAllowed, match="Only the supervising office"):
        book.work.reveal(WINDOW, case)
    with pytest.raises(Conflict, match="not possible"):
        book.work.reveal(EDITOR, case)
    book.answer(case)
    assert book.work.reveal(EDITOR, case) == "13812345678"


def test_in_an_anonymous_case_the_unit_sees_days_and_no_case_number(book: CaseBook) -> None:
    case = book.opened()
    with book.services.database.writing() as work:
        record = work.session.get_one(ResponseRecord, book.response_of(case))
        record.case_number = "511000-2026-17"
    assert book.work.case(EDITOR, case).case_number == "511000-2026-17"
    assert book.work.case(EDITOR, case).events[0].at is not None
    detail = book.work.case(WINDOW, case)
    assert detail.case_number is None
    assert [(event.day, event.at) for event in detail.events] == [(date(2026, 11, 9), None)]
    (row,) = book.work.ledger(WINDOW, ALL)
    assert row.case_number is None
    assert type(row.reviewed_on) is date


def test_a_step_on_a_stale_page_is_refused(book: CaseBook) -> None:
    case = book.opened()
    seen = book.work.case(WINDOW, case).seen
    book.work.verify(WINDOW, case, VERIFIED, seen)
    with pytest.raises(Conflict, match="Somebody took a step"):
        book.work.assign(EDITOR, case, AT_ONCE, seen)


def test_a_unit_nobody_knows_is_refused_and_nothing_is_stored(book: CaseBook) -> None:
    case = book.opened()
    book.work.verify(WINDOW, case, VERIFIED)
    with pytest.raises(BadInput, match="no unit with the code 999"):
        book.work.forward(EDITOR, case, given.Forward("999", "转"))
    with pytest.raises(BadInput, match="no unit with the code 999"):
        book.work.assign(EDITOR, case, given.Assign(Remedy.AT_ONCE, "999", "李明", "改"))
    assert book.work.case(EDITOR, case).seen == 2


def test_an_excluded_review_stays_visible_and_leaves_the_figures(book: CaseBook) -> None:
    case = book.excluded()
    response_id = book.response_of(case)
    with book.services.database.reading() as work:
        response = ResponseRepository(work).get(response_id)
        assert response.standing == Standing.EXCLUDED
    event = book.services.reviewing.response(book.key, response_id).events[0]
    assert (event.reason, event.actor) == (f"误评：{case}", "second")
    assert book.work.case(WINDOW, case).line.state is State.EXCLUDED
    view = book.work.citizen_view(response_id)
    assert view is not None
    assert (view.status, view.is_excluded) == (CitizenStatus.CLOSED, True)
    (row,) = book.work.ledger(EDITOR, ALL)
    assert (row.ruling, row.closed_on) == (Ruling.EXCLUDED, book.today)
    with pytest.raises(Conflict, match="by two people"):
        book.services.reviewing.judge(book.key, response_id, "counted", "改回", CLERK)


def test_nobody_excludes_a_bad_review_alone(book: CaseBook) -> None:
    response = book.review()
    with pytest.raises(Conflict, match="by two people"):
        book.services.reviewing.judge(book.key, response, "excluded", "不好看", CLERK)
    book.clock.advance(minutes=10)
    book.work.tick()
    with pytest.raises(Conflict, match="by two people"):
        book.services.reviewing.judge(book.key, response, "excluded", "不好看", CLERK)


def test_a_ruling_nobody_agreed_to_is_no_ruling(book: CaseBook) -> None:
    case = book.opened()
    book.work.appeal(WINDOW, case, given.Appeal("误评"))
    proposal = given.ProposeRuling(Ruling.EXCLUDED, Ground.MALICIOUS, "说明")
    book.work.propose_ruling(REVIEWER, case, proposal)
    book.work.confirm_ruling(SECOND, case, given.ConfirmRuling(agrees=False, note="证据不足"))
    assert book.work.ledger(EDITOR, ALL)[0].ruling is None
    view = book.work.citizen_view(book.response_of(case))
    assert view is not None
    assert view.status is CitizenStatus.VERIFYING


def test_one_step_in_many_cases(book: CaseBook) -> None:
    ready, open_case = book.answered(), book.opened()
    result = book.work.take_each(REVIEWER, [ready, open_case, ready, "x"], given.Approve())
    assert result.done == (ready,)
    assert [(number, str(why)[:20]) for number, why in result.refused] == [
        (open_case, "The case is in the s"),
        ("x", "There is no such cas"),
    ]

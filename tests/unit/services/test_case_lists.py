"""Inboxes, the register of slips and the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from surveyapp.domain import case_fields as given
from surveyapp.domain.case import (
    CallBack,
    CallResult,
    Finding,
    Remedy,
    State,
)
from surveyapp.domain.errors import Conflict, NotAllowed, NotFound
from surveyapp.domain.slips import Colour, Consequences
from surveyapp.services.cases.views import LEDGER_COLUMNS, CaseFilters, LedgerRow
from surveyapp.storage.audit import AuditRepository, LogQuery
from surveyapp.storage.case_records import DutyRecord, InvitationRecord
from surveyapp.storage.records import PlaceRecord, ResponseRecord
from tests.support.cases import (
    AT_ONCE,
    CENTRE,
    EDITOR,
    LAND,
    LEADER,
    REVIEWER,
    VERIFIED,
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


def test_an_inbox_is_filtered_counted_and_paged(book: CaseBook) -> None:
    old = book.rectifying()
    book.clock.advance(days=10)
    book.work.tick()
    fresh, land = book.opened(number=True), book.opened(subject="land")

    def listed(**filters: object) -> set[str]:
        page = book.work.inbox(EDITOR, CaseFilters(**filters))  # type: ignore[arg-type]  # callers name fields
        return {line.number for line in page.lines}

    assert listed() == {old, fresh, land}
    assert listed(state=State.RECTIFYING) == listed(overdue=True) == {old}
    assert listed(unit_code="511") == {old, fresh}
    assert listed(unit_code="512") == listed(unit_code="512", survey_key=book.key) == {land}
    assert listed(is_named=True) == set()
    assert listed(is_open=False) == set()
    assert listed(received_from=date(2026, 11, 19)) == {fresh, land}
    assert listed(received_until=date(2026, 11, 18)) == {old}
    assert listed(text=old[-4:].lower()) == {old}
    assert listed(text="李明") == {old}
    assert listed(text="%") == set()
    assert listed(mine=True) == set()
    counts = book.work.counts(EDITOR)
    assert (counts.open, counts.mine, counts.due, counts.overdue) == (3, 0, 2, 1)
    assert book.work.counts(WINDOW).mine == 2
    assert book.work.counts(LEADER).mine == 0
    page = book.work.inbox(EDITOR, CaseFilters(page=7))
    assert (page.number, page.pages, page.total) == (1, 1, 3)
    assert page.lines[0].number == old
    with pytest.raises(NotFound, match="no survey"):
        listed(survey_key="none-such")


def test_whose_turn_it_is(book: CaseBook) -> None:
    def turns(case: str) -> set[str]:
        return {
            staff.name
            for staff in (WINDOW, EDITOR, REVIEWER, LEADER)
            if book.work.case(staff, case).line.waits_for_me
        }

    case = book.opened(number=True)
    assert turns(case) == {"window"}
    book.work.verify(WINDOW, case, VERIFIED)
    assert turns(case) == {"editor", "reviewer"}
    book.work.assign(EDITOR, case, AT_ONCE)
    assert turns(case) == {"window"}
    book.answer(case)
    assert turns(case) == {"editor", "reviewer"}
    book.work.call(EDITOR, case, SATISFIED)
    assert turns(case) == {"reviewer"}
    book.work.close(REVIEWER, case, given.Close())
    assert turns(case) == set()
    assert turns(book.answered()) == {"reviewer"}


def test_slips_are_signed_received_and_recorded(book: CaseBook) -> None:
    case = book.opened(comment="排队两小时")
    slips = book.work.slips
    slips.sign(EDITOR, 2026, 1)
    slips.receive(WINDOW, 2026, 1)
    slips.record(EDITOR, 2026, 1, Consequences(2, 1, "约谈 负责人"))
    line = book.work.slip(WINDOW, 2026, 1)
    assert (line.number, line.case_number, line.signed_by) == (
        "督办〔2026〕1号",
        case,
        "editor同志",
    )
    assert (line.received_by, line.received_on) == ("window同志", date(2026, 11, 9))
    assert line.matter == "3号窗口：2026-11-09 不满意"
    assert (line.problem, line.progress) == ("排队两小时", "待核实")
    register = book.work.register(LEADER)
    assert (register.talks, register.sanctions, register.by_colour) == (2, 1, {Colour.WHITE: 1})
    assert register.lines[0].note == "约谈 负责人"
    assert not book.work.register(LAND).lines
    with pytest.raises(Conflict, match="signed before"):
        slips.sign(REVIEWER, 2026, 1)
    with pytest.raises(Conflict, match="taken before"):
        slips.receive(CENTRE, 2026, 1)
    with pytest.raises(NotAllowed, match="may not change slips"):
        slips.sign(WINDOW, 2026, 1)
    with pytest.raises(NotAllowed, match="may not change slips"):
        slips.receive(EDITOR, 2026, 1)
    for staff, serial in ((LAND, 1), (EDITOR, 2)):
        with pytest.raises(NotFound, match="no such slip"):
            book.work.slip(staff, 2026, serial)
    with book.services.database.reading() as work:
        actions = {event.action for event in AuditRepository(work).page(
            LogQuery(), limit=100, offset=0
        )}  # fmt: skip
    assert {"slip.sign", "slip.receive", "slip.record"} <= actions


def test_a_slip_of_a_review_without_a_subject_names_its_place(book: CaseBook) -> None:
    book.opened(subject=None)
    assert book.work.slip(EDITOR, 2026, 1).matter.startswith("点位：")


def test_the_ledger_has_its_columns_and_says_what_happened(book: CaseBook) -> None:
    assert len(LEDGER_COLUMNS) == len(fields(LedgerRow)) == 26
    assert "、".join(column.zh for column in LEDGER_COLUMNS) == (
        "序号、评价编号、评价时间、评价渠道、办件编号、事项名称、办理单位、窗口/工号、满意度、"
        "评价原因、评价内容、实名/匿名、核实时间、是否属实、处理方式、责任单位、责任人、整改措施、"
        "整改时限、完成时间、反馈时间、回访时间、回访结果、申诉复核结论、办结时间、是否超期"
    )
    case = book.opened(number=True, comment="态度差")
    _furnish(book, case)
    book.clock.now = datetime(2026, 11, 11, 2, tzinfo=UTC)
    book.work.verify(WINDOW, case, VERIFIED)
    book.work.assign(EDITOR, case, AT_ONCE)
    book.answer(case)
    book.work.call(EDITOR, case, given.Call(CallResult.NO_ANSWER))
    book.work.call(EDITOR, case, SATISFIED)
    book.work.close(REVIEWER, case, given.Close())
    (row,) = book.work.ledger(EDITOR, ALL)
    day = date(2026, 11, 11)
    assert row == LedgerRow(
        number=1,
        review_number=case,
        reviewed_on=date(2026, 11, 9),
        channel=row.channel,
        case_number="511000-2026-17",
        item="食品经营许可",
        unit="3号窗口",
        window="3 / A0017",
        level=row.level,
        reasons=(),
        comment="态度差",
        is_named=False,
        verified_on=day,
        finding=Finding.TRUE,
        remedy=Remedy.AT_ONCE,
        responsible_unit="示例县政务服务中心",
        responsible_person="李明",
        measures="重印告知清单",
        due_on=date(2026, 11, 18),
        done_on=day,
        answered_on=day,
        called_back_on=day,
        call_back=CallBack.SATISFIED,
        ruling=None,
        closed_on=day,
        is_overdue=True,
    )
    assert (row.channel.zh, row.level.zh) == ("二维码", "不满意")


def _furnish(book: CaseBook, case: str) -> None:
    """A window, somebody on duty, and an invitation that names the item."""
    response_id = book.response_of(case)
    with book.services.database.writing() as work:
        response = work.session.get_one(ResponseRecord, response_id)
        response.case_number = "511000-2026-17"
        place = work.session.get_one(PlaceRecord, response.place_id)
        place.window = "3"
        start = response.received_at - timedelta(hours=1)
        work.session.add(
            DutyRecord(
                id=uuid4(),
                place_id=place.id,
                staff_number="A0017",
                staff_name="赵敏",
                starts_at=start,
                ends_at=start + timedelta(hours=4),
            )
        )
        work.session.add(
            InvitationRecord(
                id=uuid4(),
                survey_id=response.survey_id,
                token_digest="0" * 64,
                case_number="511000-2026-17",
                item_name="食品经营许可",
                attributes={},
                used=1,
                created_by="clerk",
                created_at=start,
            )
        )


def test_a_fresh_case_is_a_mostly_empty_row_and_overdue_when_its_clock_runs_out(
    book: CaseBook,
) -> None:
    book.opened()
    (row,) = book.work.ledger(EDITOR, ALL)
    assert (row.verified_on, row.due_on, row.measures, row.is_overdue) == (None,) * 3 + (False,)
    book.clock.advance(days=2)
    assert book.work.ledger(EDITOR, ALL)[0].is_overdue


def test_unreachable_shows_in_the_ledger(book: CaseBook) -> None:
    case = book.answered(number=True)
    for _ in range(3):
        book.work.call(EDITOR, case, given.Call(CallResult.NO_ANSWER))
        book.clock.advance(days=1)
    book.work.unreachable(EDITOR, case, given.Unreachable())
    (row,) = book.work.ledger(EDITOR, ALL)
    assert (row.call_back, row.called_back_on) == (CallBack.UNREACHABLE, book.today)


def test_whoever_reads_sees_what_became_due_without_a_timer(book: CaseBook) -> None:
    book.review()
    assert book.work.counts(WINDOW).open == 0
    book.clock.advance(minutes=11)
    assert book.work.counts(WINDOW).open == 1
    book.review()
    book.clock.advance(minutes=11)
    assert len(book.work.ledger(WINDOW, CaseFilters())) == 2
    book.review()
    book.clock.advance(minutes=11)
    assert len(book.work.register(WINDOW).lines) == 3


def test_a_unit_sees_an_anonymous_case_from_the_next_day_on(
    sqlite_url: str, tmp_path: Path
) -> None:
    """Who sees a case appear knows who stood at the window minutes ago."""
    notices = tmp_path / "notices.jsonl"
    with a_case_book(sqlite_url, tmp_path, SURVEYAPP_NOTICE_FILE=str(notices), review={}) as book:
        number = book.opened()
        (slip,) = book.work.case(EDITOR, number).slips
        assert [line.number for line in book.work.inbox(EDITOR, ALL).lines] == [number]
        assert not notices.exists()

        def seen_by_the_window() -> tuple[int, int, int, int]:
            return (
                len(book.work.inbox(WINDOW, ALL).lines),
                book.work.counts(WINDOW).open,
                len(book.work.ledger(WINDOW, ALL)),
                len(book.work.register(WINDOW).lines),
            )

        assert seen_by_the_window() == (0, 0, 0, 0)
        for ask in (
            lambda: book.work.case(WINDOW, number),
            lambda: book.work.verify(WINDOW, number, VERIFIED),
            lambda: book.work.slip(WINDOW, slip.year, slip.serial),
        ):
            with pytest.raises(NotFound):
                ask()
        book.clock.now = datetime(2026, 11, 9, 16, 0, tzinfo=UTC)  # midnight in Beijing
        book.work.tick()
        assert seen_by_the_window() == (1, 1, 1, 2)  # a reminder has followed the first slip
        assert notices.read_text().count("case.opened") == 1
        book.work.verify(WINDOW, number, VERIFIED)

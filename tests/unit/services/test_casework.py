"""Steps, inboxes, citizens, slips and the ledger, through the services."""

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
    CitizenStatus,
    Finding,
    Ground,
    Remedy,
    Ruling,
    State,
    Step,
)
from surveyapp.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from surveyapp.domain.roles import Role
from surveyapp.domain.slips import Colour, Consequences
from surveyapp.domain.survey import Standing
from surveyapp.services.case_views import LEDGER_COLUMNS, CaseFilters, LedgerRow
from surveyapp.storage.audit import AuditRepository, LogQuery
from surveyapp.storage.case_records import DutyRecord, InvitationRecord
from surveyapp.storage.records import PlaceRecord, ResponseRecord
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


def excluded(book: CaseBook) -> str:
    """A case whose review was excluded on an appeal."""
    case = book.opened()
    book.work.appeal(WINDOW, case, given.Appeal("群众误点", (PDF,)))
    proposal = given.ProposeRuling(Ruling.EXCLUDED, Ground.MISTAKEN, "群众书面说明")
    book.work.propose_ruling(REVIEWER, case, proposal)
    book.work.confirm_ruling(SECOND, case, given.ConfirmRuling(agrees=True))
    return case


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

    def seen(staff: object) -> set[str]:
        return {line.number for line in book.work.inbox(staff, ALL).lines}  # type: ignore[arg-type]

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


@pytest.mark.parametrize("fields", [given.Forward("999", "转"), given.Assign(
    Remedy.AT_ONCE, "999", "李明", "改"
)])  # fmt: skip
def test_a_unit_nobody_knows_is_refused_and_nothing_is_stored(
    book: CaseBook, fields: given.Fields
) -> None:
    case = book.opened()
    book.work.verify(WINDOW, case, VERIFIED)
    step = book.work.forward if isinstance(fields, given.Forward) else book.work.assign
    with pytest.raises(BadInput, match="no unit with the code 999"):
        step(EDITOR, case, fields)  # type: ignore[arg-type]
    assert book.work.case(EDITOR, case).seen == 2


def test_an_excluded_review_stays_visible_and_leaves_the_figures(book: CaseBook) -> None:
    case = excluded(book)
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


def follow_up(book: CaseBook, first: object, level: str) -> object:
    """A further review, as the receipt page stores it."""
    second = book.review(level)
    with book.services.database.writing() as work:
        record = work.session.get_one(ResponseRecord, second)
        record.review_number = 2
        book.work.followed_up(
            work,
            first,  # type: ignore[arg-type]
            second,
            is_bad=level in ("dissatisfied", "very_dissatisfied"),
        )
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
        first = book.response_of(excluded(book))
    else:
        first = book.review("satisfied")
    second = follow_up(book, first, "dissatisfied")
    book.clock.advance(minutes=11)
    book.work.tick()
    lines = book.work.inbox(EDITOR, CaseFilters(is_open=True)).lines
    assert [book.response_of(line.number) for line in lines] == [second]


def test_an_inbox_is_filtered_counted_and_paged(book: CaseBook) -> None:
    old = book.rectifying()
    book.clock.advance(days=10)
    book.work.tick()
    fresh, land = book.opened(number=True), book.opened(subject="land")

    def listed(**filters: object) -> set[str]:
        page = book.work.inbox(EDITOR, CaseFilters(**filters))  # type: ignore[arg-type]
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


def test_one_step_in_many_cases(book: CaseBook) -> None:
    ready, open_case = book.answered(), book.opened()
    result = book.work.take_each(REVIEWER, [ready, open_case, ready, "x"], given.Approve())
    assert result.done == (ready,)
    assert [(number, str(why)[:20]) for number, why in result.refused] == [
        (open_case, "The case is in the s"),
        ("x", "There is no such cas"),
    ]


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

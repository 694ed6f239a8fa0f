"""Visits and duty reports: who writes, who reads, corrections."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from surveyapp.domain.periods import Period
from surveyapp.domain.roles import Grant, Role
from surveyapp.domain.staff_forms import (
    Counterpart,
    DutyReport,
    FormKind,
    Visit,
    VisitKind,
    Work,
    WorkState,
)
from surveyapp.services.auditing import LogQuery
from surveyapp.storage.evaluation_records import EvaluationRecord, MeetingRecord
from surveyapp.storage.records import SurveyRecord
from tests.builders import CLERK, an_open_survey
from tests.support.values import PDF, ValueBook, staff_of

WEST = staff_of("west", Role.UNIT, unit="west")
EAST = staff_of("east", Role.UNIT, unit="east")
OFFICE = staff_of("office", Role.EDITOR)
REVIEWER = staff_of("reviewer", Role.REVIEWER)
LEADER = staff_of("leader", Role.LEADER)
ANALYST = staff_of("analyst", Role.ANALYST)
EXAMINER = staff_of("examiner", Role.EXAMINER)


def of_team(name: str, team: str) -> StaffView:
    """An examiner whose account is bound to one team."""
    return replace(staff_of(name, Role.EXAMINER), grants=(Grant(Role.EXAMINER, team=team),))


FIRST = of_team("first", "第一考核组")
SECOND = of_team("second", "第二考核组")
VISIT = Visit(
    day=date(2026, 8, 5),
    time="9:00–11:00",
    place="西山县政府三楼",
    kind=VisitKind.TALK,
    counterpart=Counterpart.MIDDLE,
    people=6,
    points="班子团结，项目推进偏慢。",
)
REPORT = DutyReport(
    period=Period.parse("2026Q2"),
    person="周正",
    position="县长",
    works=(
        Work("工业园区扩建", "完成投资六成", WorkState.ON_TRACK),
        Work("农村道路", "全部完工", WorkState.DONE),
        Work("污水治理", "两处超期", WorkState.BEHIND),
        Work("", "", WorkState.DONE),
    ),
)


def _meets(book: ValueBook, team: str, unit: str) -> None:
    key = an_open_survey(book.services)
    with book.services.database.writing() as work:
        survey = work.session.query(SurveyRecord).filter_by(key=key).one()
        evaluation = EvaluationRecord(
            id=uuid4(), key="year", title={}, template={}, sha256="0" * 64,
            created_at=book.clock(), created_by=None,
        )  # fmt: skip
        work.session.add(evaluation)
        work.session.flush()
        work.session.add(
            MeetingRecord(
                survey_id=survey.id, evaluation_id=evaluation.id, position=1, unit_name="西山县",
                unit_code=unit, team=team,
            )
        )  # fmt: skip


def _kinds(book: ValueBook, staff: StaffView) -> list[FormKind]:
    return [one.kind for one in book.services.staff_forms.lines(staff)]


def test_a_visit_is_read_by_the_team_and_by_reviewers_and_not_by_the_unit(
    book: ValueBook,
) -> None:
    forms = book.services.staff_forms
    visit = forms.write_visit("west", VISIT, FIRST, (PDF,))
    view = forms.get(visit, REVIEWER)
    assert view.visit == VISIT
    assert (view.team, view.filled_name, str(view.period)) == (
        "第一考核组", "first同志", "2026Q3",
    )  # fmt: skip
    assert forms.file(visit, view.files[0].id, EXAMINER).content == PDF.content
    assert forms.get(visit, FIRST).may_correct
    for stranger in (WEST, EAST, OFFICE, LEADER, ANALYST, SECOND):
        with pytest.raises(NotFound, match="no such form"):
            forms.get(visit, stranger)
        with pytest.raises(NotFound):
            forms.file(visit, view.files[0].id, stranger)
        assert FormKind.VISIT not in _kinds(book, stranger)
    forms.write_report("west", REPORT, WEST)
    assert forms.visits("west", 2026) == {"talk": 1}
    with pytest.raises(NotFound, match="no such file"):
        forms.file(visit, uuid4(), FIRST)
    events = book.services.auditing.read(LogQuery(action="form.read"), 1, CLERK).events
    assert {one.actor for one in events} == {"reviewer"}


def test_a_duty_report_is_the_units_and_everybody_may_read_it_but_other_units(
    book: ValueBook,
) -> None:
    forms = book.services.staff_forms
    assert _kinds(book, WEST) == []
    report = forms.write_report("west", REPORT, WEST)
    view = forms.get(report, LEADER)
    assert view.report is not None
    assert [one.title for one in view.report.works] == ["工业园区扩建", "农村道路", "污水治理"]
    for reader in (WEST, OFFICE, REVIEWER, LEADER, EXAMINER):
        assert _kinds(book, reader) == [FormKind.DUTY_REPORT]
    for stranger in (EAST, ANALYST, FIRST):
        with pytest.raises(NotFound):
            forms.get(report, stranger)
    _meets(book, "第一考核组", "west")
    assert forms.get(report, FIRST).unit_name == "西山县"
    assert _kinds(book, FIRST) == [FormKind.DUTY_REPORT]
    assert _kinds(book, SECOND) == []


def test_only_teams_write_visits_and_only_units_report_duties(book: ValueBook) -> None:
    forms = book.services.staff_forms
    for staff in (WEST, OFFICE, REVIEWER, LEADER):
        with pytest.raises(NotAllowed, match="assessing team"):
            forms.write_visit("west", VISIT, staff)
    for staff in (EAST, OFFICE, EXAMINER):
        with pytest.raises(NotAllowed, match="unit itself"):
            forms.write_report("west", REPORT, staff)
    with pytest.raises(BadInput, match="no unit"):
        forms.write_visit("nowhere", VISIT, EXAMINER)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"points": ""}, "main points"),
        ({"place": " "}, "where it was"),
        ({"day": date(2026, 8, 18)}, "future"),
        ({"people": -1}, "at most 1000"),
    ],
)
def test_a_visit_says_what_it_lacks(
    book: ValueBook, changes: dict[str, object], reason: str
) -> None:
    with pytest.raises(BadInput, match=reason):
        book.services.staff_forms.write_visit("west", replace(VISIT, **changes), EXAMINER)  # type: ignore[arg-type]  # varied


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"works": REPORT.works[:2]}, "3 to 4 important"),
        ({"works": REPORT.works[:3] * 2}, "3 to 4 important"),
        ({"works": (*REPORT.works[:2], Work("", "有进展", WorkState.DONE))}, "Name each"),
        ({"works": (*REPORT.works[:2], Work("修路", "", WorkState.DONE))}, "how far"),
        ({"person": ""}, "Name the person"),
        ({"position": ""}, "position"),
        ({"period": Period.parse("2026")}, "about a quarter"),
        ({"period": Period.parse("2026Q4")}, "not begun"),
    ],
)
def test_a_duty_report_says_what_it_lacks(
    book: ValueBook, changes: dict[str, object], reason: str
) -> None:
    with pytest.raises(BadInput, match=reason):
        book.services.staff_forms.write_report("west", replace(REPORT, **changes), WEST)  # type: ignore[arg-type]  # varied


def test_a_correction_is_a_new_form_and_the_old_one_stays_readable(book: ValueBook) -> None:
    forms = book.services.staff_forms
    first = forms.write_visit("west", VISIT, EXAMINER)
    assert forms.write_visit("west", VISIT, EXAMINER) == first
    second = forms.write_visit(
        "west", replace(VISIT, points="班子团结。"), EXAMINER, replaces=first
    )
    assert [one.id for one in forms.lines(EXAMINER, unit="west", year=2026)] == [second]
    assert forms.lines(EXAMINER, unit="east") == []
    assert forms.lines(EXAMINER, year=2025) == []
    old = forms.get(first, EXAMINER)
    assert (old.replaced_by, old.may_correct) == (second, False)
    with pytest.raises(Conflict, match="corrected before"):
        forms.write_visit("west", replace(VISIT, people=7), EXAMINER, replaces=first)
    other = staff_of("other", Role.EXAMINER)
    for replaces in (second, uuid4()):
        with pytest.raises(NotFound):
            forms.write_visit("west", VISIT, other, replaces=replaces)

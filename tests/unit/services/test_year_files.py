"""Yearly files of units: what stands in them, and for whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.deciding import Choice, Meeting
from surveyapp.domain.errors import NotFound
from surveyapp.domain.periods import Period
from surveyapp.domain.rectification import ItemSource
from surveyapp.domain.rectification_fields import NewItem
from surveyapp.domain.roles import Grant, Role, permissions_of
from surveyapp.domain.slips import Colour
from surveyapp.services.assembly import Services
from surveyapp.services.assessment.item_views import Origin
from surveyapp.storage.case_records import CaseRecord
from surveyapp.storage.evaluation_records import EvaluationRecord, MeetingRecord
from surveyapp.storage.records import UnitRecord
from surveyapp.storage.surveys import SurveyRepository
from tests.builders import CLERK, an_open_survey, services_on
from tests.support.scores import freeze, towns
from tests.support.values import staff_of

OFFICE = staff_of("office", Role.EDITOR)
REVIEWER = staff_of("reviewer", Role.REVIEWER)
LEADER = staff_of("leader", Role.LEADER)
EXAMINER = staff_of("examiner", Role.EXAMINER)
T2 = staff_of("t2", Role.UNIT, unit="T2")
FIRST_QUARTER = Period.parse("2026Q1")


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    towns(made)
    yield made
    made.database.dispose()


def _survey(services: Services) -> UUID:
    key = an_open_survey(services)
    with services.database.reading() as work:
        survey = SurveyRepository(work).find(key)
        assert survey is not None
        return survey.id


def _case(services: Services, survey: UUID, number: int, **changes: object) -> None:
    now = services.now()
    given = {
        "id": uuid4(), "number": f"CP2026-{number:06d}", "survey_id": survey, "unit_code": "T2",
        "response_id": uuid4(), "is_named": False, "has_contact": False, "state": "to_verify",
        "events": 1, "received_on": date(2026, 3, 2), "opened_at": now, "reopened": 0,
        "due_is_provisional": False, "extended": False,
    }  # fmt: skip
    with services.database.writing() as work:
        work.session.add(CaseRecord(**given | changes))


def _meeting(services: Services, survey: UUID, team: str | None) -> None:
    with services.database.writing() as work:
        evaluation = EvaluationRecord(
            id=uuid4(), key="year", title={"zh": "年度测评", "en": "Yearly ballot"}, template={},
            sha256="0" * 64, created_at=services.now(), created_by=None,
        )  # fmt: skip
        work.session.add(evaluation)
        work.session.flush()
        work.session.add(
            MeetingRecord(
                survey_id=survey, evaluation_id=evaluation.id, position=1, unit_name="二镇",
                unit_code="T2", team=team, takes_place_at=services.now() - timedelta(days=3),
            )
        )  # fmt: skip


def test_a_file_holds_figures_values_cases_meetings_and_matters(services: Services) -> None:
    survey = _survey(services)
    _meeting(services, survey, None)
    closed = {"state": "closed", "closed_on": date(2026, 3, 9)}
    _case(services, survey, 1)
    _case(services, survey, 2, **closed, rectified_in_time=True)
    _case(services, survey, 3, **closed, rectified_in_time=False)
    _case(services, survey, 4, state="excluded", closed_on=date(2026, 3, 9))
    _case(services, survey, 5, received_on=date(2025, 12, 31))
    _case(services, survey, 6, unit_code="T1")
    _case(services, survey, 7, unit_sees_from=services.now().date() + timedelta(days=2))
    freeze(services, "public", "2026Q1", {"T2": (91.0, 1.5)})
    freeze(services, "small", "2026Q1", {"T2": (50.0, 9.0)}, suppressed=True)
    freeze(services, "public", "2025", {"T2": (80.0, 1.0)})
    services.rectifying.open(
        REVIEWER,
        NewItem(
            title="污水直排", problem="两处排口直排", unit_code="T2", responsible_unit="T2",
            responsible_person="周明", goal="全部截污", due_on=date(2026, 12, 20),
        ),
        Origin(source=ItemSource.SHEET),
        Colour.WHITE,
    )  # fmt: skip
    file = services.year_files.file("T2", 2026, OFFICE)
    assert (file.cases.received, file.cases.closed, file.cases.in_time) == (5, 2, 1)
    assert file.cases.excluded == 1
    assert services.year_files.file("T2", 2026, T2).cases.received == 4
    shown = {(one.value.shown, one.value.suppressed) for one in file.figures}
    assert shown == {("91.00", False), (None, True)}
    assert [one.value for one in file.values] == ["0.9"] * 3
    assert [(one.rule_key, one.occurrences) for one in file.entries] == [("honour", 2)]
    assert [one.title["zh"] for one in file.meetings] == ["年度测评"]
    assert [one.title for one in file.items] == ["污水直排"]
    assert services.year_files.file("T2", 2025, OFFICE).items == ()
    # Examiners see no matters of cases.
    assert services.year_files.file("T2", 2026, EXAMINER).items == ()


def test_scores_are_for_those_who_may_see_them(services: Services) -> None:
    run = services.scoring.score("towns-2026", FIRST_QUARTER, CLERK, seed=1, draws=200)
    again = services.scoring.score("towns-2026", FIRST_QUARTER, CLERK, seed=2, draws=200)

    def seen(staff: StaffView, code: str = "T2") -> list[UUID]:
        return [one.run_id for one in services.year_files.file(code, 2026, staff).scores]

    assert seen(OFFICE) == [again.id]
    assert (seen(LEADER), seen(T2), seen(EXAMINER)) == ([], [], [])
    services.scores.release(run.id, REVIEWER.actor)
    assert (seen(LEADER), seen(T2), seen(EXAMINER)) == ([run.id], [run.id], [])
    (line,) = services.year_files.file("T2", 2026, T2).scores
    assert line.is_released
    assert line.score is not None
    assert line.decision is None
    meeting = Meeting("县委常委会", services.now().date(), "2026年第7号")
    services.deciding.enter(REVIEWER, again.id, meeting, {"T2": Choice(0, "连续两年领先")})
    (line,) = services.year_files.file("T2", 2026, T2).scores
    assert line.decision is not None
    assert (line.decision.grade, line.decision.meeting.minutes) == (0, "2026年第7号")


def test_nobody_opens_a_file_that_is_not_theirs(services: Services) -> None:
    other = staff_of("t1", Role.UNIT, unit="T1")
    bound = replace(EXAMINER, grants=(Grant(Role.EXAMINER, team="第一考核组"),))
    for staff, code in ((other, "T2"), (bound, "T2"), (OFFICE, "none")):
        with pytest.raises(NotFound, match="no such unit"):
            services.year_files.file(code, 2026, staff)
    files = services.year_files
    assert [node.unit.code for node in files.units(other)] == ["T1"]
    assert files.units(bound) == []
    _meeting(services, _survey(services), "第一考核组")
    assert [node.unit.code for node in files.units(bound)] == ["T2"]
    assert files.file("T2", 2026, bound).unit.code == "T2"
    assert len(files.units(LEADER)) == 4
    assert files.this_year() == services.now().year


def test_a_leader_of_a_unit_sees_scores_of_that_unit_alone(services: Services) -> None:
    services.scores.release(
        services.scoring.score("towns-2026", FIRST_QUARTER, CLERK, seed=1, draws=200).id,
        REVIEWER.actor,
    )
    both = staff_of("both", Role.UNIT, Role.EXAMINER, unit="T1")
    assert services.year_files.file("T2", 2026, both).scores == ()
    assert len(services.year_files.file("T1", 2026, both).scores) == 1


def test_a_window_has_no_file(services: Services) -> None:
    with services.database.writing() as work:
        work.session.add(UnitRecord(code="W", name="窗口", category="窗口", parent_code="T2"))
    assert "W" not in [node.unit.code for node in services.year_files.units(OFFICE)]


def test_a_file_tells_no_figure_from_which_a_withheld_one_follows(services: Services) -> None:
    with services.database.writing() as work:
        for code in ("T2", "T3"):
            work.session.get_one(UnitRecord, code).parent_code = "T1"
    of_survey = {"T1": (80.0, 1.0), "T2": (90.0, 1.0), "T3": (10.0, 1.0)}
    freeze(services, "wave", "2026", of_survey, few=("T3",))

    def shown(staff: StaffView, code: str) -> list[str | None]:
        figures = services.year_files.file(code, 2026, staff).figures
        return [one.value.shown for one in figures if one.period == Period.parse("2026")]

    # T3 is what T2 leaves of T1: who may open all three files would subtract.
    for staff in (LEADER, OFFICE, EXAMINER):
        assert (shown(staff, "T1"), shown(staff, "T2"), shown(staff, "T3")) == (
            ["80.00"], [None], [None]
        )  # fmt: skip
    # A unit that sees no other has nothing to subtract from.
    assert shown(T2, "T2") == ["90.00"]


def test_an_examiner_of_a_team_who_acts_for_a_unit_opens_those_files_alone(
    services: Services,
) -> None:
    _meeting(services, _survey(services), "第一考核组")
    grants = (Grant(Role.EXAMINER, team="第一考核组"), Grant(Role.UNIT, "T1"))
    for more in ((), (Grant(Role.ANALYST),)):
        both = staff_of("both", Role.EXAMINER, Role.UNIT, unit="T1")
        both = replace(both, grants=(*grants, *more), permissions=permissions_of((*grants, *more)))
        opened = [node.unit.code for node in services.year_files.units(both)]
        assert opened == ["T1", "T2"]
        with pytest.raises(NotFound, match="no such unit"):
            services.year_files.file("T3", 2026, both)
    wide = replace(both, grants=(*grants, Grant(Role.LEADER)))
    assert len(services.year_files.units(wide)) == 4

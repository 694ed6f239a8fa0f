"""Evaluations: all meetings of a workbook or none, a frozen template, and who sees which."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from surveyapp.domain.ballot_counting import VOID
from surveyapp.domain.errors import BadInput, Conflict, InvalidDefinition, NotFound
from surveyapp.domain.evaluation import Stage
from surveyapp.domain.text import Text
from surveyapp.services.assembly import Services
from surveyapp.services.ballots.evaluating import ImportedEvaluation
from surveyapp.services.ballots.evaluation_template import read_template
from tests.builders import CLERK
from tests.support.ballots import a_ballot, ballots_on
from tests.support.evaluations import (
    ALIKE,
    TEMPLATE,
    a_template,
    import_meetings,
    meeting,
    refused,
    vote,
    workbook,
)
from tests.support.papers import clerk
from tests.support.workbooks import CHOICES, HEADER, SETTINGS
from tests.support.workbooks import workbook as xlsform


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    with ballots_on(sqlite_url, tmp_path / "instance") as made:
        yield made


@pytest.fixture
def everywhere(database_url: str, tmp_path: Path) -> Iterator[Services]:
    """The same on both databases."""
    with ballots_on(database_url, tmp_path / "instance") as made:
        yield made


def test_each_meeting_is_a_vote_of_its_own(services: Services, tmp_path: Path) -> None:
    done = import_meetings(services, tmp_path, meeting(1), meeting(12, "民政局"))
    assert done == ImportedEvaluation("year", new=2, changed=0, unchanged=0, missing=0)
    view = services.evaluations.get("year")
    assert [(one.key, one.unit_name, one.team, one.roll) for one in view.meetings] == [
        ("year-001", "第1局", "第1组", 16),
        ("year-012", "民政局", "第12组", 16),
    ]
    assert view.summary.stages == {Stage.DRAFT: 2}
    definition = services.authoring.get("year-012").definition
    assert definition.title == Text("民政局年度测评", "Yearly evaluation: 民政局")
    assert [one.title.zh for one in definition.subjects] == ["民政局班子", "甲", "乙", "丙", "丁"]
    head = services.evaluations.head("year-012")
    assert head is not None
    assert head.takes_place_at is not None
    assert head.takes_place_at.isoformat() == "2026-12-12T06:30:00+00:00"
    assert services.evaluations.head("nothing") is None


def test_a_second_workbook_adds_and_corrects(everywhere: Services, tmp_path: Path) -> None:
    import_meetings(everywhere, tmp_path, meeting(1), meeting(2), meeting(3))
    done = import_meetings(
        everywhere, tmp_path, meeting(1), meeting(2, B票人数=20), meeting(4, 地点=None)
    )
    assert done == ImportedEvaluation("year", new=1, changed=1, unchanged=1, missing=1)
    rolls = {one.number: one.roll for one in everywhere.evaluations.get("year").meetings}
    assert rolls == {1: 16, 2: 26, 3: 16, 4: 16}


def test_a_meeting_in_use_may_move_and_changes_nothing_else(
    services: Services, tmp_path: Path
) -> None:
    import_meetings(services, tmp_path, meeting(1))
    services.ballot_preparing.put_in_use("year-001", CLERK)
    moved = import_meetings(services, tmp_path, meeting(1, 地点="三楼", 考核组="第九组"))
    assert moved.changed == 1
    assert services.evaluations.get("year").meetings[0].team == "第九组"
    lines = refused(services, tmp_path, meeting(2), meeting(1, B票人数=11))
    assert lines == [
        (
            7,
            "Meeting 1 is in use: who is rated and the numbers of voters can no longer be changed.",
        )
    ]
    assert [one.number for one in services.evaluations.get("year").meetings] == [1]


def test_the_template_is_frozen_with_the_first_import(everywhere: Services, tmp_path: Path) -> None:
    import_meetings(everywhere, tmp_path, meeting(1))
    other = a_template(TEMPLATE.replace("share: 0.5", "share: 0.2"))
    with pytest.raises(Conflict, match="frozen"):
        everywhere.evaluating.import_meetings(other, workbook(tmp_path, meeting(2)), CLERK)
    stored = everywhere.evaluations.template("year")
    assert stored.sha256 == a_template().sha256
    assert stored.rules == a_template().rules


def test_a_meeting_is_not_changed_past_its_template(services: Services, tmp_path: Path) -> None:
    import_meetings(services, tmp_path, meeting(1))
    with pytest.raises(Conflict, match="is a meeting of the evaluation “year”"):
        services.authoring.import_definition(a_ballot(key="year-001"), CLERK)


def test_a_key_that_belongs_to_another_survey_is_refused(
    services: Services, tmp_path: Path
) -> None:
    services.authoring.import_definition(a_ballot(key="year-002"), CLERK)
    with pytest.raises(Conflict, match="belongs to no evaluation"):
        import_meetings(services, tmp_path, meeting(1), meeting(2))
    with pytest.raises(NotFound):
        services.evaluations.get("year")


def test_a_unit_that_is_not_known_is_refused(services: Services, tmp_path: Path) -> None:
    headings = ("场次", "单位", "单位编码", "A票人数", "B票人数", "组", "姓名")
    rows = [[1, "民政局", "77", 6, 10, "正职", "甲"]]
    assert refused(services, tmp_path, rows, headings=headings) == [(2, "No unit has the code 77.")]


def test_teams_see_their_own_meetings(services: Services, tmp_path: Path) -> None:
    import_meetings(services, tmp_path, meeting(1), meeting(2, 考核组=None))
    evaluations = services.evaluations
    assert list(evaluations.teams()) == ["第1组"]
    assert [one.number for one in evaluations.get("year", {"第1组"}).meetings] == [1]
    assert evaluations.keys({"第1组"}) == {"year-001"}
    assert evaluations.keys() == {"year-001", "year-002"}
    assert [one.meetings for one in evaluations.all({"第1组"})] == [1]
    assert evaluations.all({"别组"}) == []
    assert [one.key for one in evaluations.all()] == ["year"]
    with pytest.raises(NotFound):
        evaluations.get("year", {"别组"})
    evaluations.require_visible("year-001", {"第1组"})
    for key in ("year-002", "nothing"):
        with pytest.raises(NotFound, match=f"There is no survey “{key}”"):
            evaluations.require_visible(key, {"第1组"})


def test_the_stage_of_each_meeting_follows_its_vote(everywhere: Services, tmp_path: Path) -> None:
    import_meetings(everywhere, tmp_path, meeting(1), meeting(2), meeting(3), meeting(4))
    vote(everywhere, "year-001", [ALIKE])
    for key in ("year-002", "year-003"):
        everywhere.ballot_preparing.put_in_use(key, CLERK)
    everywhere.ballot_preparing.issue("year-002", {"A": 2}, CLERK)
    everywhere.ballot_closing.end("year-003", CLERK)
    found = everywhere.evaluations.get("year").meetings
    assert [(one.stage, one.issued, one.voted) for one in found] == [
        (Stage.COUNTED, 16, 16),
        (Stage.OPEN, 2, 0),
        (Stage.CLOSED, 0, 0),
        (Stage.DRAFT, 0, 0),
    ]
    chosen = everywhere.evaluations.chosen
    assert [one.number for one in chosen("year", Stage.DRAFT)] == [4]
    assert [one.number for one in chosen("year", Stage.OPEN, (2,))] == [2]
    for number in (3, 9):
        with pytest.raises(BadInput, match=f"Meeting {number} does not exist"):
            chosen("year", Stage.OPEN, (number,))


def test_papers_count_as_issued_and_once_counted_as_votes(
    services: Services, tmp_path: Path
) -> None:
    import_meetings(services, tmp_path, meeting(1))
    services.ballot_preparing.put_in_use("year-001", CLERK)
    services.ballot_preparing.issue("year-001", {"A": 6, "B": 8}, CLERK)
    services.paper_issuing.issue("year-001", {"B": 2}, CLERK, deliver=id)
    services.ballot_closing.end("year-001", CLERK)
    (before,) = services.evaluations.get("year").meetings
    assert (before.issued, before.voted) == (16, 0)
    counting = services.paper_counting
    both = [clerk(services, name) for name in ("wang", "li")]
    for one in both:
        counting.key_in("year-001", "B", 1, {VOID: ["1"]}, one)
    for one in both:
        counting.confirm("year-001", counting.table("year-001", one).seen, one)
    services.ballot_closing.close("year-001", CLERK)
    (after,) = services.evaluations.get("year").meetings
    assert (after.issued, after.voted) == (16, 1)


def test_a_template_leaves_out_subjects_and_takes_another_key_and_title() -> None:
    full = TEMPLATE + "subjects: [{key: x, title: 王芳, group: chief}]\n"
    read = read_template(full.encode(), "t.yaml", key="other", title=Text.same("考核"))
    assert "王芳" not in str(read.document)
    assert (read.key, read.definition.title.zh) == ("other", "考核")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("- 1\n- 2\n", "Expected a mapping"),
        (TEMPLATE.replace("weight: 60}\n      - {key: style", "weight: 50}\n      - {key: style"),
         "must total 100"),
    ],
)  # fmt: skip
def test_a_template_that_is_wrong_is_refused_with_its_lines(text: str, reason: str) -> None:
    with pytest.raises(InvalidDefinition) as refusal:
        a_template(text)
    assert any(
        part in str(one.message) for one in refusal.value.problems for part in reason.split("|")
    )


def test_a_template_is_a_ballot_with_a_short_key() -> None:
    form = xlsform(survey=[HEADER, ["select_one grade", "q", "题", "Q"]], choices=CHOICES,
                   settings=SETTINGS)  # fmt: skip
    with pytest.raises(BadInput, match="of kind “ballot”"):
        a_template(TEMPLATE.replace("kind: ballot", "kind: review"))
    with pytest.raises(BadInput, match="of kind “ballot”"):
        read_template(form, "form.xlsx")
    with pytest.raises(BadInput, match="at most 60 characters"):
        read_template(TEMPLATE.encode(), "t.yaml", key="k" * 61)

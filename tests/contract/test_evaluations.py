"""surveyapp evaluation import | template | list | show | publish | slips | export."""

from __future__ import annotations

import stat
from pathlib import Path

import openpyxl
import pytest

from tests.contract.conftest import Operator
from tests.contract.test_ballots import services_of
from tests.support.ballots import cast
from tests.support.evaluations import ALIKE, TEMPLATE, meeting, workbook


@pytest.fixture
def prepared(operator: Operator) -> Operator:
    """An operator with two meetings."""
    operator.does("init")
    book = workbook(operator.folder, meeting(1), meeting(2))
    operator.does("evaluation", "import", operator.file("year.yaml", TEMPLATE), book)
    return operator


def codes_of(file: Path) -> list[str]:
    parts = file.read_text("utf-8").split('<p class="code">')[1:]
    return [part.partition("<")[0].replace(" ", "") for part in parts]


def test_an_evaluation_goes_from_a_workbook_to_the_joint_tabulation(prepared: Operator) -> None:
    folder = prepared.folder
    recovery, slips = folder / "recovery", folder / "slips"
    slips.mkdir()
    again = prepared.gets("evaluation", "import", folder / "year.yaml", folder / "meetings.xlsx")
    assert (again["new"], again["unchanged"]) == (0, 2)
    listed = prepared.gets("evaluation", "list")["evaluations"]
    assert [(one["key"], one["meetings"], one["stages"]) for one in listed] == [
        ("year", 2, {"draft": 2})
    ]
    made = prepared.gets("evaluation", "publish", "year", "--meeting", "1")
    assert [one["survey"] for one in made["meetings"]] == ["year-001"]
    text = prepared.does(
        "evaluation", "publish", "year", "--scrutineers", "--recovery-folder", recovery
    )
    assert "Scrutineer 2 writes down" in text
    assert stat.S_IMODE(recovery.stat().st_mode) == 0o700
    sheet = recovery / "year-002-recovery.html"
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
    written = prepared.gets("evaluation", "slips", "year", "--out", slips)["meetings"]
    assert [one["classes"] for one in written] == [{"A": 6, "B": 10}] * 2
    assert stat.S_IMODE((slips / "year-001.html").stat().st_mode) == 0o600
    assert "0 meetings" in prepared.does("evaluation", "slips", "year", "--out", slips)
    services = services_of(prepared)
    for code in codes_of(slips / "year-001.html"):
        cast(services, code, {f"{subject}._card": [grade] for subject, grade in ALIKE.items()})
    services.database.dispose()
    prepared.does("survey", "close", "year-001")
    shown = prepared.gets("evaluation", "show", "year")["list"]
    assert [(one["stage"], one["voted"]) for one in shown] == [("counted", 16), ("open", 0)]
    assert "year-002\t第2局\t第2组\tin use\t16\t16\t0" in prepared.does(
        "evaluation", "show", "year"
    )
    out = folder / "joint.xlsx"
    assert prepared.gets("evaluation", "export", "year", "--out", out)["counted"] == 1
    assert openpyxl.load_workbook(out).sheetnames[-1] == "All meetings"
    assert "1 of 2 meetings" in prepared.does("evaluation", "export", "year", "--out", out)


def test_slips_that_lead_nowhere_come_with_a_warning(sqlite_operator: Operator) -> None:
    operator = sqlite_operator
    operator.does("init")
    book = workbook(operator.folder, meeting(1))
    operator.does("evaluation", "import", operator.file("year.yaml", TEMPLATE), book)
    try_ = ("credentials", "issue", "year-001", "--rehearsal", "--class", "A=1", "--out")
    assert "Attention" not in operator.does(*try_, operator.folder / "try.html")
    operator.environ["SURVEYAPP_BASE_URL"] = None
    assert "which no phone can reach" in operator.does(*try_, operator.folder / "again.html")
    operator.does("evaluation", "publish", "year")
    said = operator.does("evaluation", "slips", "year", "--out", operator.folder / "slips")
    assert "http://127.0.0.1:8000" in said


def test_bad_files_are_refused_with_their_lines(sqlite_operator: Operator) -> None:
    sqlite_operator.does("init")
    assert "no evaluation yet" in sqlite_operator.does("evaluation", "list")
    book = workbook(sqlite_operator.folder, meeting(1, A票人数=3))
    template = sqlite_operator.file("year.yaml", TEMPLATE)
    said = sqlite_operator.run("evaluation", "import", template, book)
    assert said.exit_code == 1
    assert "meetings.xlsx:2: The class “A” has 3" in said.stderr
    wrong = sqlite_operator.file(
        "wrong.yaml",
        TEMPLATE.replace(
            "title: {zh: 作风, en: Style}, weight: 40", "title: {zh: 作风, en: Style}, weight: 4"
        ),
    )
    refusal = sqlite_operator.is_refused("evaluation", "import", wrong, book)
    assert "wrong.yaml:9: sheets[1].criteria: The weights must total 100" in refusal
    assert "There is no evaluation" in sqlite_operator.is_refused("evaluation", "show", "year")


def test_an_import_says_what_it_did_and_takes_another_key(sqlite_operator: Operator) -> None:
    sqlite_operator.does("init")
    book = workbook(sqlite_operator.folder, meeting(1))
    template = sqlite_operator.file("year.yaml", TEMPLATE)
    said = sqlite_operator.does("evaluation", "import", template, book, "--key", "other")
    assert "“other”: 1 meetings new" in said
    assert "other\tYearly evaluation\t1\tdraft 1" in sqlite_operator.does("evaluation", "list")
    keys = sqlite_operator.gets("evaluation", "publish", "other")
    assert Path(keys["key_dir"]).is_dir()
    assert "0 meetings are in use" in sqlite_operator.does("evaluation", "publish", "other")


@pytest.mark.parametrize("own", [True, False])
def test_the_empty_workbook_has_a_column_for_each_class(
    sqlite_operator: Operator, own: bool
) -> None:
    file = sqlite_operator.folder / "empty.xlsx"
    given = ("--for", sqlite_operator.file("year.yaml", TEMPLATE)) if own else ()
    sqlite_operator.does("evaluation", "template", file, *given)
    headings = [cell.value for cell in openpyxl.load_workbook(file).worksheets[0][1]]
    assert "Members of B*" in headings
    assert ("Members of C*" in headings) is not own


def test_a_ready_made_template_goes_by_its_name(sqlite_operator: Operator) -> None:
    sqlite_operator.does("init")
    file = sqlite_operator.folder / "empty.xlsx"
    sqlite_operator.does("evaluation", "template", file, "--for", "selection-review")
    refusal = sqlite_operator.is_refused("evaluation", "template", file, "--for", "yearly")
    assert "There is no file “yearly”" in refusal
    assert "annual-evaluation" in refusal
    assert "public-safety" not in refusal


def test_an_account_is_bound_to_a_team(sqlite_operator: Operator) -> None:
    sqlite_operator.does("init")
    made = sqlite_operator.gets(
        "staff", "add", "wang", "--role", "examiner", "--team", " 第一考核组 "
    )
    assert made["team"] == "第一考核组"
    refusal = sqlite_operator.is_refused("staff", "add", "li", "--role", "editor", "--team", "一组")
    assert "Only examiners and scrutineers" in refusal

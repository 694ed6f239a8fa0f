"""surveyapp init, survey import | publish | close | list."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from tests.contract.conftest import REVIEW, SURVEY, Operator


def test_init_may_be_repeated(operator: Operator) -> None:
    operator.does("init")
    operator.does("init")


def test_commands_ask_for_init_first(sqlite_operator: Operator) -> None:
    sqlite_operator.environ["SURVEYAPP_DATABASE_URL"] = None
    assert "surveyapp init" in sqlite_operator.is_refused("survey", "list")
    sqlite_operator.does("init")
    assert sqlite_operator.gets("survey", "list") == {"surveys": []}


def test_a_survey_goes_from_draft_to_closed(operator: Operator) -> None:
    file = operator.file("city.yaml", SURVEY)
    line = {"key": "city", "kind": "satisfaction", "revision": 1, "responses": 0}
    assert operator.gets("survey", "import", file).items() >= (line | {"status": "draft"}).items()
    assert operator.gets("survey", "publish", "city").items() >= (line | {"status": "open"}).items()
    assert operator.gets("survey", "close", "city").items() >= (line | {"status": "closed"}).items()
    (listed,) = operator.gets("survey", "list")["surveys"]
    assert listed.items() >= (line | {"status": "closed"}).items()


def test_a_changed_definition_becomes_the_next_revision(operator: Operator) -> None:
    key = operator.opens()
    changed = operator.file("next.yaml", SURVEY.replace("max_chars: 20", "max_chars: 30"))
    operator.does("survey", "import", changed)
    assert operator.gets("survey", "publish", key)["revision"] == 2


def test_a_workbook_defines_the_same_survey(sqlite_operator: Operator, tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "survey"
    sheet.append(["type", "name", "label::中文 (zh)"])
    sheet.append(["text", "comment", "意见"])
    settings = workbook.create_sheet("settings")
    settings.append(["form_id", "form_title"])
    settings.append(["from-excel", "来自表格"])
    workbook.save(tmp_path / "form.xlsx")
    summary = sqlite_operator.gets("survey", "import", tmp_path / "form.xlsx")
    assert (summary["key"], summary["status"]) == ("from-excel", "draft")


def test_a_wrong_definition_is_refused_with_every_problem_and_its_line(
    sqlite_operator: Operator,
) -> None:
    wrong = SURVEY.replace("scale: sat5", "scale: sat99").replace("type: text", "type: essay")
    file = sqlite_operator.file("wrong.yaml", wrong)
    result = sqlite_operator.run("survey", "import", file)
    assert (result.exit_code, result.stdout) == (1, "")
    lines = result.stderr.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(f"{file}:7: ")
    assert lines[1].startswith(f"{file}:10: ")
    assert sqlite_operator.gets("survey", "list") == {"surveys": []}


def test_what_cannot_be_done_is_refused_in_one_line(operator: Operator) -> None:
    assert "nowhere" in operator.is_refused("survey", "publish", "nowhere")
    assert "nowhere" in operator.is_refused("survey", "close", "nowhere", "--json")
    key = operator.opens()
    assert key in operator.is_refused("survey", "publish", key)
    operator.does("survey", "close", key)
    file = operator.file("again.yaml", SURVEY.replace("max_chars: 20", "max_chars: 30"))
    assert "closed" in operator.is_refused("survey", "import", file)


def test_what_only_ballots_have_is_refused_for_other_kinds(operator: Operator) -> None:
    key = operator.opens(REVIEW)
    assert "only for ballots" in operator.is_refused("survey", "publish", key, "--scrutineers")
    passphrase = operator.file("passphrase.txt", "a passphrase")
    refusal = operator.is_refused("survey", "close", key, "--passphrase-file", passphrase)
    assert "only for ballots" in refusal
    assert operator.gets("survey", "list")["surveys"][0]["status"] == "open"


@pytest.mark.parametrize(
    "arguments",
    [
        ("survey", "frobnicate"),
        ("survey", "publish"),
        ("survey", "import", "no-such-file.yaml"),
        ("place", "add", "city"),
        ("staff", "add", "somebody", "--role", "king"),
        ("demo", "--port", "0"),
    ],
)
def test_wrong_usage_ends_with_2(sqlite_operator: Operator, arguments: tuple[str, ...]) -> None:
    result = sqlite_operator.run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SURVEYAPP_DATABASE_URL", "mysql://root@localhost/survey"),
        ("SURVEYAPP_BASE_URL", "survey.example.gov.cn"),
        ("SURVEYAPP_TIMEZONE", "Mars/Olympus"),
        ("SURVEYAPP_SECRET_KEY", "short"),
        ("SURVEYAPP_RATELIMIT_URL", "nonsense://127.0.0.1"),
        ("SURVEYAPP_RATELIMIT_URL", "async+memory://"),
    ],
)
def test_an_unusable_setting_is_named(sqlite_operator: Operator, variable: str, value: str) -> None:
    sqlite_operator.environ[variable] = value
    assert variable in sqlite_operator.is_refused("survey", "list")


def test_a_database_that_does_not_answer_is_one_line(sqlite_operator: Operator) -> None:
    sqlite_operator.environ["SURVEYAPP_DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/none"
    for command in (("survey", "list"), ("init",)):
        assert "SURVEYAPP_DATABASE_URL" in sqlite_operator.is_refused(*command)


def test_a_list_can_be_read_by_people(sqlite_operator: Operator) -> None:
    assert "no survey" in sqlite_operator.does("survey", "list")
    sqlite_operator.opens()
    assert "City services survey" in sqlite_operator.does("survey", "list")
    sqlite_operator.environ["SURVEYAPP_LOCALE"] = "zh_Hans_CN"
    listed = sqlite_operator.does("survey", "list")
    assert "城市服务满意度调查" in listed
    assert "启用" in listed

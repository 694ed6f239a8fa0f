"""surveyapp staff add, unit import, subject import."""

from __future__ import annotations

import re

from tests.contract.conftest import REVIEW, Operator

UNITS = "code,name,parent,category\nX,示例县,,县\nX-1,政务服务中心,X,部门\n"


def test_an_account_gets_a_one_time_password(operator: Operator) -> None:
    account = operator.gets("staff", "add", "zhang.wei", "--role", "editor", "--role", "analyst")
    assert re.fullmatch(r"([0-9A-Z]{4}-){3}[0-9A-Z]{4}", account.pop("password"))
    assert account == {
        "name": "zhang.wei",
        "full_name": "zhang.wei",
        "roles": ["editor", "analyst"],
        "unit": None,
        "team": None,
    }
    refusal = operator.is_refused("staff", "add", "Zhang.Wei", "--role", "editor")
    assert "zhang.wei" in refusal


def test_people_read_the_password(sqlite_operator: Operator) -> None:
    said = sqlite_operator.does(
        "staff", "add", "li.na", "--role", "reviewer", "--full-name", "李娜"
    )
    assert "li.na" in said
    assert re.search(r"([0-9A-Z]{4}-){3}[0-9A-Z]{4}", said)


def test_the_unit_role_is_bound_to_a_unit(operator: Operator) -> None:
    operator.does("unit", "import", operator.file("units.csv", UNITS))
    account = operator.gets("staff", "add", "wang", "--role", "unit", "--unit", "X-1")
    assert (account["roles"], account["unit"]) == (["unit"], "X-1")
    assert "X-9" in operator.is_refused("staff", "add", "liu", "--role", "unit", "--unit", "X-9")
    assert operator.is_refused("staff", "add", "liu", "--role", "unit")
    assert operator.is_refused("staff", "add", "liu", "--role", "editor", "--unit", "X-1")


def test_units_are_added_and_changed(operator: Operator) -> None:
    file = operator.file("units.csv", UNITS)
    assert operator.gets("unit", "import", file) == {"new": 2, "changed": 0, "unchanged": 0}
    file = operator.file("units.csv", UNITS.replace("示例县,,县", "新示例县,,县"))
    assert operator.gets("unit", "import", file) == {"new": 0, "changed": 1, "unchanged": 1}
    assert "0 new" in operator.does("unit", "import", file)


def test_bad_units_are_listed_by_row_and_change_nothing(operator: Operator) -> None:
    file = operator.file("units.csv", UNITS + "X-2,,X,\nX-3,窗口,Y,\n")
    result = operator.run("unit", "import", file)
    assert (result.exit_code, result.stdout) == (1, "")
    summary, *rows = result.stderr.splitlines()
    assert summary
    assert [row.split(": ")[0] for row in rows] == [f"{file}:4", f"{file}:5"]
    good = operator.file("good.csv", UNITS)
    assert operator.gets("unit", "import", good)["new"] == 2


def test_what_a_survey_rates_is_imported(operator: Operator) -> None:
    operator.does("unit", "import", operator.file("units.csv", UNITS))
    key = operator.opens(REVIEW)
    file = operator.file("subjects.csv", "key,title,unit\nw1,1号窗口,X-1\nw2,2号窗口,\n")
    done = operator.gets("subject", "import", key, file)
    assert done == {"new": 2, "changed": 0, "unchanged": 0}
    bad = operator.file("bad.csv", "key,title,unit\nw3,3号窗口,X-9\n")
    result = operator.run("subject", "import", key, bad)
    assert result.exit_code == 1
    assert f"{bad}:2: " in result.stderr
    assert "nowhere" in operator.is_refused("subject", "import", "nowhere", file)

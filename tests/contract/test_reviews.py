"""Service cases, recorded reviews and handing them over, from the command line."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.contract.conftest import REVIEW, Operator

HEADER = "评价编号,评价时间,评价渠道,办件编号,评价次数,是否匿名,满意度,评价原因,文字评价\n"
TAGGED = """\
key: hall
kind: review
title: {zh: 大厅好差评, en: Hall review}
questions:
  - {key: overall, type: scale, scale: hcp5, title: {zh: 总体, en: Overall}}
  - {key: reasons, type: tags, depends_on: overall, tags: national, title: {zh: 原因, en: Why}}
  - {key: comment, type: text, max_chars: 150, title: {zh: 意见, en: Comment}}
indices:
  - {key: overall, of: [overall]}
"""


def recorded(operator: Operator, *rows: str, name: str = "reviews.csv") -> Path:
    return operator.file(name, HEADER + "\n".join(rows) + "\n")


def imports(operator: Operator, file: Path, *more: str) -> dict[str, object]:
    answer: dict[str, object] = operator.gets(
        "responses", "import", "hall", file, "--source", "省平台", *more
    )
    return answer


def reasons_of(operator: Operator, file: Path, *more: str) -> list[tuple[int, str]]:
    result = operator.run(
        "responses", "import", "hall", file, "--source", "省平台", *more, "--json"
    )
    assert result.exit_code == 1
    answer = operator.json_of(result)
    assert answer["accepted"] == 0
    return [(error["line"], error["reason"]) for error in answer["errors"]]


def test_reviews_of_a_platform_come_in_under_its_own_headings(operator: Operator) -> None:
    operator.opens(TAGGED)
    file = recorded(
        operator,
        "p-1,2026-01-05 10:15:00,PC端,C-1,1,1,非常满意,,很好",
        'p-2,20260105T101500,12345,C-2,首次,2,不满意,"207,208",没有样本',
        "p-3,2026/1/6,系统默认评价,C-3,,,基本满意,,",
    )
    assert imports(operator, file)["accepted"] == 3
    assert imports(operator, file) == {
        "accepted": 0, "refused": 0, "duplicates": 3, "errors": [],
    }  # fmt: skip


def test_an_index_rests_on_first_reviews_that_somebody_gave(operator: Operator) -> None:
    operator.opens(TAGGED)
    file = recorded(
        operator,
        "p-1,2026-01-05,PC端,C-1,1,1,非常满意,,",
        "p-2,2026-01-07,PC端,C-1,2,1,非常不满意,,又去了一次",
        "p-3,2026-01-06,系统默认评价,C-3,,,基本满意,,",
    )
    assert imports(operator, file)["accepted"] == 3
    for _ in ("folded", "rebuilt"):
        (row,) = operator.gets("index", "hall")["indices"]
        assert (row["n"], row["value"]) == (1, 100.0)
        operator.does("tally", "rebuild", "hall")


def test_a_bare_digit_counts_only_with_its_direction(sqlite_operator: Operator) -> None:
    operator = sqlite_operator
    operator.opens(TAGGED)
    file = recorded(operator, "p-1,2026-01-05,PC端,C-1,1,,1,,", "p-2,2026-01-05,PC端,C-2,1,,3,,")
    ((line, reason),) = reasons_of(operator, file)
    assert line == 2
    assert "--best 1 or --best 5" in reason
    assert imports(operator, file, "--best", "1")["accepted"] == 2
    out = operator.folder / "out.json"
    operator.does("exchange", "hall", "--target", "provincial", "--out", out, "--format", "json")
    rows = json.loads(out.read_text("utf-8"))["reviews"]
    assert {row["projectNo"]: row["satisfaction"] for row in rows} == {"C-1": "5", "C-2": "3"}


def test_the_form_s_own_column_keeps_its_codes_unless_a_direction_is_said(
    sqlite_operator: Operator,
) -> None:
    operator = sqlite_operator
    operator.opens(TAGGED)
    file = operator.file("own.csv", "id,observed_on,case_number,overall\na,2026-01-05,C-1,5\n")
    assert imports(operator, file)["accepted"] == 1
    file = operator.file("turned.csv", "id,observed_on,case_number,overall\nb,2026-01-05,C-2,5\n")
    assert imports(operator, file, "--best", "1")["accepted"] == 1
    file = operator.file("no.csv", "id,observed_on,case_number,overall\nc,2026-01-05,C-3,8\n")
    assert "not among the levels" in reasons_of(operator, file, "--best", "1")[0][1]
    out = operator.folder / "out.csv"
    operator.does("exchange", "hall", "--target", "gbt39046", "--out", out)
    # Without a channel both are left out of a target that needs one.
    assert len(out.read_text("utf-8-sig").splitlines()) == 1


def test_a_case_is_reviewed_once_a_number(operator: Operator) -> None:
    operator.opens(TAGGED)
    twice = recorded(operator, "a,2026-01-05,PC端,C-1,1,,满意,,", "b,2026-01-05,PC端,C-1,1,,满意,,")
    assert reasons_of(operator, twice) == [(3, "Line 2 has review 1 of case “C-1” already.")]
    first = recorded(operator, "a,2026-01-05,PC端,C-1,1,,满意,,", "c,2026-01-06,PC端,C-1,2,,满意,,")
    assert imports(operator, first)["accepted"] == 2
    again = recorded(operator, "d,2026-01-07,PC端,C-1,1,,满意,,", name="again.csv")
    assert reasons_of(operator, again) == [
        (2, "Case “C-1” has its review 1 already: recorded once only.")
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a,2026-01-05,6,C-1,1,,满意,,", "means different things"),
        ("a,2026-01-05,鸽子,C-1,1,,满意,,", "is no channel"),
        ("a,2026-01-05,PC端,C-1,3,,满意,,", "is no review number"),
        ("a,2026-01-05,PC端,,2,,满意,,", "needs the number of its case"),
        ("a,2026-01-05,PC端,C-1,1,也许,满意,,", "is yes or no"),
        (f"a,2026-01-05,PC端,{'C' * 51},1,,满意,,", "longer than 50"),
        ("a,2026-01-05,PC端,C-1,1,,一般般,,", "not among the levels"),
        ("a,昨天,PC端,C-1,1,,满意,,", "is not a date"),
        ("a,2026-02-30,PC端,C-1,1,,满意,,", "is not a date"),
        ("a,2099-01-05,PC端,C-1,1,,满意,,", "lies in the future"),
        (",2026-01-05,PC端,C-1,1,,满意,,", "its own id and date"),
    ],
)
def test_a_bad_row_says_what_is_wrong(sqlite_operator: Operator, row: str, reason: str) -> None:
    sqlite_operator.opens(TAGGED)
    ((line, said),) = reasons_of(sqlite_operator, recorded(sqlite_operator, row))
    assert line == 2
    assert reason in said


@pytest.mark.parametrize(
    ("heading", "complaint"),
    [
        ("id,observed_on,满意度,评价等级", "two columns"),
        ("id,observed_on,满意度,overall", "two columns"),
        ("id,observed_on,颜色", "no column"),
    ],
)
def test_headings_that_do_not_fit_are_refused(
    sqlite_operator: Operator, heading: str, complaint: str
) -> None:
    sqlite_operator.opens(TAGGED)
    file = sqlite_operator.file("x.csv", f"{heading}\na,2026-01-05,满意,满意\n")
    refusal = sqlite_operator.is_refused("responses", "import", "hall", file, "--source", "省平台")
    assert complaint in refusal


def test_a_direction_needs_five_levels(sqlite_operator: Operator) -> None:
    sqlite_operator.opens(REVIEW.replace("hcp5", "sat3"))
    file = sqlite_operator.file("x.csv", "id,observed_on,满意度\na,2026-01-05,3\n")
    refusal = sqlite_operator.is_refused(
        "responses", "import", "hall", file, "--source", "x", "--best", "5"
    )
    assert "has 3 levels" in refusal


def test_service_cases_come_in_and_are_replaced(operator: Operator) -> None:
    operator.opens(TAGGED)
    file = operator.file("volumes.csv", "日期,办件量,窗口\n2026-01-05,10,1\n2026-01-06,20,1\n")
    given = ("volume", "import", "hall", file, "--source", "办件系统")
    assert operator.gets(*given) == {
        "survey": "hall", "new": 2, "replaced": 0, "unchanged": 0, "errors": [],
    }  # fmt: skip
    file.write_text("日期,办件量,窗口\n2026-01-05,12,1\n2026-01-06,20,1\n", "utf-8")
    assert "0 new, 1 replaced, 1 unchanged" in operator.does(*given)
    file.write_text("日期,办件量\n2026-01-05,很多\n", "utf-8")
    assert operator.run(*given).exit_code == 1
    result = operator.run(*given, "--json")
    assert (result.exit_code, len(operator.json_of(result)["errors"])) == (1, 1)
    assert "where the numbers" in operator.is_refused(*given[:-1], " ")


def test_reviews_are_handed_over_with_what_was_left_out(operator: Operator) -> None:
    operator.opens(TAGGED)
    file = recorded(operator, "a,2026-01-05,PC端,C-1,1,,满意,,", "b,2026-01-09,纸质,C-2,1,,满意,,")
    imports(operator, file)
    out = operator.folder / "out.csv"
    command = ("exchange", "hall", "--target", "gbt39046", "--out", out)
    said = operator.does(*command)
    assert "Satisfaction codes: 1 is the best level" in said
    assert "Left out: 1 reviews from a channel" in said
    (row,) = csv.DictReader(out.read_text("utf-8-sig").splitlines())
    assert row["满意度代码（1=非常满意）"] == "2"
    answer = operator.gets(*command, "--since", "2026-01-06", "--until", "2026-01-31")
    assert (answer["rows"], answer["best"], len(answer["left_out"])) == (0, 1, 1)
    assert "no target" in operator.is_refused(*command[:3], "nowhere", "--out", out)

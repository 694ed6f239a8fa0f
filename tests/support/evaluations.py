"""An evaluation with a few meetings: its template, its workbook, and votes that are cast."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from surveyapp.domain.errors import BadInput
from surveyapp.domain.roles import Actor
from surveyapp.services.assembly import Services
from surveyapp.services.ballots.evaluating import ImportedEvaluation
from surveyapp.services.ballots.evaluation_template import EvaluationTemplate, read_template
from surveyapp.services.collection.importing import LineError
from surveyapp.services.tables import InvalidTable
from tests.builders import CLERK

TEMPLATE = """\
key: year
kind: ballot
title: {zh: 年度测评, en: Yearly evaluation}
sheets:
  - key: team
    title: {zh: 班子表, en: Team}
    scale: team4
    people: false
    criteria:
      - {key: politics, title: {zh: 政治, en: Politics}, weight: 60}
      - {key: style, title: {zh: 作风, en: Style}, weight: 40}
  - key: cadres
    title: {zh: 干部表, en: Cadres}
    scale: cadre4
    quota: {share: 0.5}
    remark_lines:
      - {grades: [excellent, competent], below: 2/3, text: {zh: 偏低, en: Low}}
    groups:
      - {key: chief, title: {zh: 正职, en: Chiefs}}
      - {key: deputy, title: {zh: 副职, en: Deputies}}
  - key: promoted
    title: {zh: 评议表, en: Promoted}
    scale: approve3
    shares_only: true
    reason_for: disapprove
classes:
  - {key: A, title: {zh: A票（领导）, en: A (leaders)}, weight: 60}
  - {key: B, title: B票, weight: 40}
quorum: 0
"""
HEADINGS = ("场次", "单位", "时间", "地点", "考核组", "A票人数", "B票人数", "组", "姓名", "职务")

Row = Sequence[Any]


def a_template(text: str = TEMPLATE) -> EvaluationTemplate:
    return read_template(text.encode(), "year.yaml")


def meeting(number: int, unit: str = "", **changes: Any) -> list[list[Any]]:
    """Rows of a meeting: a team, a chief, two deputies and somebody newly promoted."""
    unit = unit or f"第{number}局"
    head = {
        "时间": f"2026-12-{number:02d} 14:30",
        "地点": "礼堂",
        "考核组": f"第{number}组",
        "A票人数": 6,
        "B票人数": 10,
    } | changes
    first = [number, unit, *(head[name] for name in HEADINGS[2:7])]
    blank: list[Any] = [None] * 7
    return [
        [*first, "班子表", f"{unit}班子", None],
        [*blank, "正职", "甲", "局长"],
        [*blank, "deputy", "乙", "副局长"],
        [*blank, "副职", "丙", None],
        [*blank, "评议表", "丁", "科长"],
    ]


def workbook(folder: Path, *meetings: Sequence[Row], headings: Row = HEADINGS) -> Path:
    """Write a workbook; the first meeting begins in row 2."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(list(headings))
    for rows in meetings:
        for row in rows:
            sheet.append(list(row))
    path = folder / "meetings.xlsx"
    book.save(path)
    return path


def import_meetings(
    services: Services, folder: Path, *meetings: Sequence[Row], actor: Actor = CLERK
) -> ImportedEvaluation:
    return services.evaluating.import_meetings(a_template(), workbook(folder, *meetings), actor)


def refused(
    services: Services, folder: Path, *meetings: Sequence[Row], headings: Row = HEADINGS
) -> list[tuple[int, str]]:
    """Import rows that cannot be used; return each line with its sentence."""
    try:
        services.evaluating.import_meetings(
            a_template(), workbook(folder, *meetings, headings=headings), CLERK
        )
    except InvalidTable as refusal:
        return [_written(one) for one in refusal.problems]
    except BadInput as refusal:
        return [(0, str(refusal.message))]
    raise AssertionError("nothing was refused")


def _written(one: LineError) -> tuple[int, str]:
    return one.line, str(one.message)


def vote(services: Services, key: str, grades: Sequence[dict[str, str]]) -> None:
    """Put a meeting in use, let everybody vote, and close it.

    Parameters
    ----------
    grades : sequence of dict
        Whole cards by subject (p1, p2 …), one after the other for the slips of all classes.
    """
    services.ballot_preparing.put_in_use(key, CLERK)
    lacking = services.ballot_preparing.lacking(key)
    slips = services.ballot_preparing.issue(key, lacking, CLERK)
    for number, slip in enumerate(slips.slips):
        fields = {
            f"{subject}._card": [grade] for subject, grade in grades[number % len(grades)].items()
        }
        receipt = services.balloting.mint(slip.code)
        services.balloting.cast(slip.code, fields, receipt)
    services.ballot_closing.close(key, CLERK)


def cards(team: str, chief: str, first: str, second: str, promoted: str) -> dict[str, str]:
    """Whole cards for those whom `meeting` rates."""
    return {"p1": team, "p2": chief, "p3": first, "p4": second, "p5": promoted}


ALIKE = cards("good", "competent", "competent", "competent", "approve")
"""A ballot that grades alike."""

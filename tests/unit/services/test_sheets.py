"""Feedback sheets: who sees which, what citizens said, what is common, tables to take out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

import openpyxl
import pytest
from sqlalchemy import select

from surveyapp.domain.deciding import Choice, Meeting
from surveyapp.domain.errors import NotAllowed, NotFound
from surveyapp.domain.periods import Period
from surveyapp.domain.rectification import ItemSource
from surveyapp.domain.rectification_fields import NewItem
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Subject
from surveyapp.domain.text import Text
from surveyapp.services.assembly import Services
from surveyapp.services.assessment.item_views import Origin
from surveyapp.storage.records import ResponseRecord
from tests.builders import CLERK, Clock, an_open_survey, review_document, services_on
from tests.support.assessed import (
    ANALYST,
    EAST,
    EDITOR,
    LEADER,
    PERIOD,
    REVIEWER,
    SCHEME,
    VALUES,
    WEST,
    add_units,
    an_assessment,
    report,
    scheme_document,
    score,
)
from tests.support.values import put_scheme

QUARTER = Period.parse("2026Q4")
NOT_IN_TIME = "209"
MEETING = Meeting("县委", date(2026, 11, 20), "〔2026〕7号")


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path / "instance", Clock())
    yield made
    made.database.dispose()


def reviews(services: Services, unit: str, n: int, *, reason: str, comment: str = "") -> None:
    """Give bad reviews of a window of a unit."""
    key = "hall-review"
    place = services.placing.add(key, unit, unit, CLERK).code
    for number in range(n):
        fields = {
            "overall": ["dissatisfied"],
            "reasons": [reason],
            "comment": [f"{comment}{number}" if comment else ""],
        }
        services.collecting.submit(place, uuid4(), None, fields)


@pytest.fixture
def heard(services: Services) -> Services:
    """Counties whose halls were reviewed in the last quarter, and a run of that quarter."""
    add_units(services)
    put_scheme(services, scheme_document())
    report(services, VALUES, QUARTER)
    an_open_survey(services, review_document())
    codes = ("east", "west-1", "north", "south")
    subjects = [Subject(one, Text.same(one), one) for one in codes]
    services.authoring.put_subjects("hall-review", subjects, CLERK)
    return services


def choose(services: Services) -> None:
    """Choose every comment for the public page, then release."""
    with services.database.reading() as work:
        ids: list[UUID] = list(work.session.scalars(select(ResponseRecord.id)))
    for response_id in ids:
        services.publishing.decide_comment("hall-review", response_id, "public", CLERK)
    services.releasing.release("hall-review", Actor("somebody else"))


def test_a_sheet_says_how_a_unit_stands(services: Services) -> None:
    run = an_assessment(services)
    sheet = services.sheets.sheet(WEST, run.id, "west")
    assert [one.indicator.key for one in sheet.weaknesses] == ["growth", "waiting"]
    assert sheet.strengths == ()
    assert [(one.rank, one.score, one.is_own) for one in sheet.peers] == [
        (1, "98", False),
        (2, "87.7", False),
        (3, "67", False),
        (4, "46", True),
    ]
    assert (sheet.suggested, sheet.decision) == (Text("较差", "Poor"), None)
    assert (sheet.voices.n, sheet.items) == (0, ())
    services.deciding.enter(REVIEWER, run.id, MEETING, {"west": Choice(2, "新组建")})
    decided = services.sheets.sheet(WEST, run.id, "west").decision
    assert decided is not None
    assert decided.title.zh == "一般"


def test_a_unit_opens_its_own_sheet_alone(services: Services) -> None:
    run = an_assessment(services, released=False)
    with pytest.raises(NotFound):
        services.sheets.sheet(WEST, run.id, "west")
    assert services.sheets.sheet(EDITOR, run.id, "west").unit["unit"] == "west"
    services.scores.release(run.id, REVIEWER.actor)
    for staff, code in ((EAST, "west"), (WEST, "east"), (EDITOR, "nowhere")):
        with pytest.raises(NotFound):
            services.sheets.sheet(staff, run.id, code)
    with pytest.raises(NotFound):
        services.sheets.sheet(EDITOR, uuid4(), "west")


def test_a_sheet_lists_what_the_unit_puts_right(services: Services) -> None:
    run = an_assessment(services)
    due_on = services.rectifying.today() + timedelta(days=30)
    new = NewItem("按时办结率低", "三季度 40%", "west", "", "马局长", "80%", due_on)
    services.rectifying.open(EDITOR, new, Origin(ItemSource.SHEET, SCHEME, "2026Q3"))
    assert [one.title for one in services.sheets.sheet(WEST, run.id, "west").items] == [
        "按时办结率低"
    ]
    # Analysts see scores and no matters.
    assert services.sheets.sheet(ANALYST, run.id, "west").items == ()


def test_small_categories_show_no_peers(services: Services) -> None:
    add_units(services)
    put_scheme(services, scheme_document())
    report(services, {"growth": {"east": "8", "west": "4"}})
    run = score(services)
    sheet = services.sheets.sheet(WEST, run.id, "west")
    assert sheet.peers == ()
    assert {one.mean for one in sheet.lines} == {None}


def test_what_citizens_said_comes_from_released_reviews_alone(heard: Services) -> None:
    reviews(heard, "west-1", 6, reason=NOT_IN_TIME, comment="电话13812345678 等太久")
    reviews(heard, "east", 4, reason=NOT_IN_TIME, comment="慢")
    run = score(heard, QUARTER)
    assert heard.sheets.sheet(WEST, run.id, "west").voices.n == 0
    choose(heard)
    voices = heard.sheets.sheet(WEST, run.id, "west").voices
    assert voices.n == 6
    assert [n for _label, n in voices.reasons] == [6]
    assert len(voices.comments) == 4
    assert all("138" not in one for one in voices.comments)
    # Four reviews are too few to say anything.
    few = heard.sheets.sheet(EAST, run.id, "east").voices
    assert (few.n, few.comments, few.reasons) == (4, (), ())


def test_a_comment_that_was_not_chosen_is_not_shown(heard: Services) -> None:
    reviews(heard, "west-1", 6, reason=NOT_IN_TIME, comment="慢")
    heard.releasing.release("hall-review", Actor("somebody else"))
    run = score(heard, QUARTER)
    assert heard.sheets.sheet(WEST, run.id, "west").voices.comments == ()
    # Another quarter heard nothing.
    report(heard, VALUES, PERIOD)
    other = score(heard, PERIOD)
    assert heard.sheets.sheet(WEST, other.id, "west").voices.n == 0


def test_common_problems_name_units_and_are_for_the_office(heard: Services) -> None:
    for unit in ("west-1", "east", "north"):
        reviews(heard, unit, 5, reason=NOT_IN_TIME)
    heard.releasing.release("hall-review", Actor("somebody else"))
    run = score(heard, QUARTER)
    found = heard.sheets.common(LEADER, run.id, 2)
    assert [one.indicator.key for one in found.indicators] == ["waiting"]
    assert heard.sheets.common(LEADER, run.id, 3).indicators == ()
    (reason,) = heard.sheets.common(EDITOR, run.id, 3).reasons
    assert [(code, n) for code, _name, n in reason.units] == [
        ("east", 5),
        ("north", 5),
        ("west", 5),
    ]
    assert heard.sheets.common(EDITOR, run.id, 4).reasons == ()
    with pytest.raises(NotAllowed):
        heard.sheets.common(WEST, run.id)


def test_a_sheet_can_be_taken_out(services: Services) -> None:
    run = an_assessment(services)
    due_on = services.rectifying.today() + timedelta(days=30)
    new = NewItem("按时办结率低", "三季度 40%", "west", "", "马局长", "80%", due_on)
    services.rectifying.open(EDITOR, new, Origin(ItemSource.SHEET, SCHEME, "2026Q3"))
    book = openpyxl.load_workbook(
        BytesIO(services.sheet_files.workbook(WEST, run.id, "west", "zh"))
    ).worksheets[0]
    assert book["A1"].value == "西山县 综合考核反馈单"
    assert [cell.value for cell in book[3]][:8] == [
        1, "共性指标", "地区生产总值增速", "4.00", "%", "30.00", "60.00", "50.0",
    ]  # fmt: skip
    text = "\n".join(str(row[0].value) for row in book.iter_rows(min_row=5))
    assert "不作为最终等次" in text
    assert "马局长" in text
    services.deciding.enter(REVIEWER, run.id, MEETING, {"west": Choice(2, "新组建")})
    content = services.sheet_files.csv(LEADER, run.id, "west", "en").decode("utf-8-sig")
    assert content.splitlines()[1].startswith("1,Common,Growth,4.00,%,30.00,60.00,50.0,78.1,100.0")
    again = services.sheet_files.workbook(LEADER, run.id, "west", "en")
    text = str([row[0].value for row in openpyxl.load_workbook(BytesIO(again)).worksheets[0]])
    assert "Decided grade: Fair" in text


def test_a_sheet_without_values_says_so(services: Services) -> None:
    add_units(services)
    put_scheme(services, scheme_document(missing="block"))
    report(services, {"growth": VALUES["growth"]})
    run = score(services)
    rows = services.sheet_files.csv(EDITOR, run.id, "west", "zh").decode("utf-8-sig")
    assert rows.splitlines()[2] == "2,主观评价,按时办结率,,%,0.00,40.00,,,,,"
    book = services.sheet_files.workbook(EDITOR, run.id, "west", "zh")
    assert "建议等次" not in str(
        [r[0].value for r in openpyxl.load_workbook(BytesIO(book)).worksheets[0]]
    )


def test_a_page_has_room_for_the_heaviest_indicators(services: Services) -> None:
    add_units(services)
    names = [f"k{number}" for number in range(20)]
    lines = [
        {"key": key, "title": key, "group": "common", "responsible": "stats", "every": "quarter",
         "weight": 2 if number < 2 else 5, "normalisation": "own_best", "accumulation": "latest"}
        for number, key in enumerate(names)
    ]  # fmt: skip
    groups = [{"key": "common", "title": "共性", "weight": 94}]
    put_scheme(services, scheme_document(indicators=lines, groups=groups, total=94))
    report(services, dict.fromkeys(names, VALUES["growth"]))
    run = score(services)
    sheet = services.sheets.sheet(WEST, run.id, "west")
    assert [one.indicator.key for one in sheet.printed_lines] == names[2:]

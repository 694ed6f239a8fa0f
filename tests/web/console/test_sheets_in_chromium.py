"""The fullest feedback sheet in a real browser: one page of A4, and no wider than a phone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from surveyapp.domain.deciding import Choice, Meeting
from surveyapp.domain.organisation import Unit
from surveyapp.domain.periods import Period
from surveyapp.domain.rectification import ItemSource
from surveyapp.domain.rectification_fields import NewItem
from surveyapp.domain.roles import Actor, Role
from surveyapp.domain.survey import Subject
from surveyapp.domain.text import Text
from surveyapp.services.assembly import Services
from surveyapp.services.assessment.item_views import Origin
from surveyapp.storage.records import ResponseRecord
from tests.builders import CLERK, Clock, an_open_survey, review_document, services_on
from tests.support import indicators
from tests.support.assessed import (
    CATEGORY,
    EDITOR,
    REVIEWER,
    SCHEME,
    add_units,
    report,
    scheme_document,
    score,
)
from tests.support.serving import serving
from tests.support.staff import staff_member, token_for
from tests.support.values import put_scheme

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium

pytestmark = pytest.mark.browser

QUARTER = Period.parse("2026Q4")
OTHERS = [f"u{number:02d}" for number in range(20)]
LONG = "材料清单前后不一，来回跑了三趟，等候时间太长，希望能够提前告知需要的全部材料。"


def _values(services: Services) -> UUID:
    """Twenty-four counties with one indicator more than a page holds; returns the run."""
    add_units(services)
    more = [Unit(code, f"第{code}县", "10", CATEGORY) for code in OTHERS]
    indicators.add_units(services, *more)
    lines = [
        {"key": f"k{n}", "title": f"第{n}项重点工作任务完成情况考核指标", "group": "common",
         "weight": 5, "responsible": "stats", "every": "quarter", "unit": "分",
         "normalisation": "own_best", "accumulation": "latest"}
        for n in range(19)
    ]  # fmt: skip
    groups = [{"key": "common", "title": "共性指标", "weight": 95}]
    put_scheme(
        services, scheme_document(indicators=lines, groups=groups, total=95, example_numbers=True)
    )
    codes = ["east", "west", "north", "south", *OTHERS]
    values = {
        f"k{n}": {code: str(50 + (7 * place + 3 * n) % 50) for place, code in enumerate(codes)}
        for n in range(19)
    }
    report(services, values, QUARTER)
    return score(services, QUARTER).id


def _voices(services: Services) -> None:
    """Eight reviews with long comments, chosen for the public and released."""
    an_open_survey(services, review_document())
    subject = Subject("w", Text.same("w"), "west-1")
    services.authoring.put_subjects("hall-review", [subject], CLERK)
    place = services.placing.add("hall-review", "w", "w", CLERK).code
    for _ in range(8):
        fields = {"overall": ["dissatisfied"], "reasons": ["207", "208", "209"], "comment": [LONG]}
        services.collecting.submit(place, uuid4(), None, fields)
    with services.database.reading() as work:
        ids = list(work.session.scalars(select(ResponseRecord.id)))
    for response_id in ids:
        services.publishing.decide_comment("hall-review", response_id, "public", CLERK)
    services.releasing.release("hall-review", Actor("somebody else"))


def _matters(services: Services) -> None:
    due_on = services.rectifying.today() + timedelta(days=30)
    for number in range(6):
        title = f"按时办结率低于同类平均水平的问题{number}"
        new = NewItem(title, LONG, "west", "", "马局长", LONG, due_on)
        services.rectifying.open(EDITOR, new, Origin(ItemSource.SHEET, SCHEME, "2026Q4"))


@pytest.fixture
def address(sqlite_url: str, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Address of the fullest sheet, and a token that opens it."""
    services = services_on(sqlite_url, tmp_path, Clock())
    run = _values(services)
    _voices(services)
    _matters(services)
    meeting = Meeting("县委考核委员会", date(2026, 11, 20), "〔2026〕7号")
    services.deciding.enter(REVIEWER, run, meeting, {"west": Choice(0, LONG)})
    services.database.dispose()
    # The server goes by the real time, and so does the sign-in.
    clock = Clock(datetime.now(UTC))
    present = services_on(sqlite_url, tmp_path, clock)
    token = token_for(present, clock, staff_member(present, Role.REVIEWER))
    present.database.dispose()
    with serving(sqlite_url, tmp_path) as served:
        base = f"http://127.0.0.1:{served.port}"
        yield f"{base}/console/assessment/feedback/{run}/units/west", token


def test_the_fullest_sheet_is_one_page_and_fits_a_phone(
    chromium: Chromium, address: tuple[str, str]
) -> None:
    url, token = address
    context = chromium.new_context(viewport={"width": 320, "height": 740}, locale="zh-CN")
    try:
        context.add_cookies(
            [{"name": "staff", "value": token, "domain": "127.0.0.1", "path": "/console"}]
        )
        page = context.new_page()
        page.goto(url)
        assert LONG[:20] in page.locator(".comments").inner_text()
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        # As printed: 297 mm are 1122.5 pixels.
        page.set_viewport_size({"width": 794, "height": 1123})
        page.emulate_media(media="print")
        box = page.locator(".sheet").bounding_box()
        assert box is not None
        assert box["height"] <= 1122.5
    finally:
        context.close()

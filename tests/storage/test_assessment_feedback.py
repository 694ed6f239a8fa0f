"""What stands in SQL of decisions, matters, voices and the feed, on both kinds of database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from surveyapp.domain.deciding import Choice, Meeting
from surveyapp.domain.errors import BadInput
from surveyapp.domain.rectification import ItemSource, ItemState
from surveyapp.domain.rectification_fields import AnswerItem, CloseItem, NewItem
from surveyapp.domain.roles import Actor
from surveyapp.domain.slips import Colour
from surveyapp.domain.survey import Subject
from surveyapp.domain.text import Text
from surveyapp.services.assembly import Services
from surveyapp.services.assessment.item_views import ItemFilters, Origin
from tests.builders import CLERK, Clock, an_open_survey, review_document, services_on
from tests.support.assessed import (
    EDITOR,
    PERIOD,
    REVIEWER,
    SCHEME,
    WEST,
    an_assessment,
    report,
    score,
)
from tests.support.assessed import VALUES as GIVEN

MEETING = Meeting("县委", date(2026, 11, 20), "〔2026〕7号")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def services(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[Services]:
    made = services_on(database_url, tmp_path / "instance", clock)
    yield made
    made.database.dispose()


def test_decisions_and_released_runs(services: Services, clock: Clock) -> None:
    first = an_assessment(services)
    services.deciding.enter(REVIEWER, first.id, MEETING, {"west": Choice(2, "新组建")})
    clock.advance(hours=1)
    second = score(services)
    assert services.deciding.of(SCHEME, PERIOD)["west"].number == 1
    feed = services.feeding
    page = feed.scores(SCHEME, PERIOD, None, 1)
    assert ([one.id for one in page.entries], page.next) == ([first.id], str(first.id))
    rest = feed.scores(None, None, first.id, 5)
    assert ([one.id for one in rest.entries], rest.next) == ([second.id], None)
    assert feed.score(second.id).decisions["west"].title.zh == "一般"
    with pytest.raises(BadInput):
        feed.scores(None, None, uuid4(), 5)
    assert feed.snapshots("none", PERIOD, None, 5).entries == ()
    with pytest.raises(BadInput):
        feed.snapshots(None, None, uuid4(), 5)


def test_matters_and_their_slips(services: Services, clock: Clock) -> None:
    an_assessment(services)
    work = services.rectifying
    new = NewItem(
        "等候时间长", "48 分钟", "west", "", "马局长", "20 分钟", work.today() + timedelta(20)
    )
    number = work.open(EDITOR, new, Origin(ItemSource.SHEET, SCHEME, "2026Q3"))
    clock.advance(days=18)
    assert work.tick().slips == {Colour.BLUE: 1}
    assert len(services.casework.register(WEST).lines) == 2
    work.take(WEST, number, AnswerItem("增设窗口", work.today()))
    work.take(REVIEWER, number, CloseItem("现场核验"))
    page = work.inbox(WEST, ItemFilters(is_open=False, unit_code="west"))
    assert [one.state for one in page.lines] == [ItemState.CLOSED]
    assert work.inbox(EDITOR, ItemFilters(overdue=True, due=True)).total == 0
    assert services.casework.slip(EDITOR, 2026, 2).conclusion == "settled"


def test_voices_of_released_reviews(services: Services) -> None:
    an_assessment(services)
    an_open_survey(services, review_document())
    services.authoring.put_subjects("hall-review", [Subject("w", Text.same("w"), "west-1")], CLERK)
    place = services.placing.add("hall-review", "w", "w", CLERK).code
    for _ in range(5):
        fields = {"overall": ["dissatisfied"], "reasons": ["209"], "comment": ["慢"]}
        services.collecting.submit(place, uuid4(), None, fields)
    services.releasing.release("hall-review", Actor("somebody else"))
    quarter = PERIOD.parse("2026Q4")
    report(services, GIVEN, quarter)
    voices = services.sheets.sheet(WEST, score(services, quarter).id, "west").voices
    assert (voices.n, voices.comments, [n for _label, n in voices.reasons]) == (5, (), [5])

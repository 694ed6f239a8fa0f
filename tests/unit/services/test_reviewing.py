"""Single responses: by day, with their answers, and what is decided about them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from surveyapp.domain.errors import BadInput, NotFound
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Standing
from surveyapp.services.assembly import Services
from surveyapp.services.reviews import reviewing
from tests.builders import (
    CLERK,
    Clock,
    a_place,
    an_open_survey,
    every_type_document,
    review_document,
    services_on,
    submit,
)
from tests.support.results import import_rows

REVIEWER = Actor("王审核", uuid4())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def services(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[Services]:
    made = services_on(database_url, tmp_path, clock)
    yield made
    made.database.dispose()


def test_a_day_is_the_local_one(services: Services, clock: Clock) -> None:
    key = an_open_survey(services)
    place = a_place(services, key, "3号窗口")
    for hour in (15, 16):
        # 23:00 in Shanghai, and midnight: the next day.
        clock.now = datetime(2026, 11, 23, hour, 0, tzinfo=UTC)
        submit(services, place, overall="satisfied")
    services.counting.fold(key)
    days = services.reviewing.days(key)
    assert days == {date(2026, 11, 24): {"counted": 1}, date(2026, 11, 23): {"counted": 1}}
    page = services.reviewing.page(key, date(2026, 11, 23), 1)
    assert (page.total, page.pages, page.number) == (1, 1, 1)
    assert [(one.day, one.place_label) for one in page.lines] == [(date(2026, 11, 23), "3号窗口")]


def test_imported_rows_belong_to_the_day_of_their_own(services: Services) -> None:
    key = an_open_survey(services, every_type_document())
    import_rows(services, key, "used,observed_on,mode", "yes,2026-11-02,phone")
    (line,) = services.reviewing.page(key, date(2026, 11, 2), 1).lines
    assert (line.mode, line.place_label, line.subject) == ("phone", None, None)
    assert [label.zh for label in line.gist] == ["是"]
    (batch,) = services.reviewing.batches(key)
    assert (batch.file_name, batch.accepted, batch.imported_by) == ("rows.csv", 1, CLERK.name)


def test_pages_hold_a_bounded_number(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reviewing, "PAGE_SIZE", 2)
    key = an_open_survey(services, every_type_document())
    import_rows(services, key, "used,observed_on", *["yes,2026-11-02"] * 5)
    first, last = (services.reviewing.page(key, date(2026, 11, 2), n) for n in (1, 9))
    assert (len(first.lines), len(last.lines), last.number, last.pages) == (2, 1, 3, 3)
    assert {one.id for one in first.lines}.isdisjoint(one.id for one in last.lines)


def test_answers_are_shown_in_words(services: Services) -> None:
    key = an_open_survey(services, every_type_document())
    import_rows(
        services,
        key,
        "district,age,used,police,m.air,why,visits,remark,observed_on",
        "1,,yes,5,9,b;a,2.5,很好,2026-11-02",
    )
    (line,) = services.reviewing.page(key, date(2026, 11, 2), 1).lines
    found = services.reviewing.response(key, line.id)
    said = {one.title.zh: [label.zh for label in one.labels] for one in found.answers}
    assert said == {
        "用过": ["是"],
        "警务": ["非常满意"],
        "空气": ["说不清"],
        "为什么": ["甲", "乙"],
        "次数": ["2.5"],
        "备注": ["很好"],
    }
    assert [(one.title.zh, one.labels[0].zh) for one in found.attributes] == [("district", "1")]


def test_what_was_rated_has_its_title(services: Services) -> None:
    subjects = [{"key": "w1", "title": "综合窗口"}]
    key = an_open_survey(services, review_document(subjects=subjects))
    place = services.placing.add(key, "1号窗口", "w1", CLERK)
    submit(services, place, overall="satisfied")
    services.counting.fold(key)
    (day,) = services.reviewing.days(key)
    (line,) = services.reviewing.page(key, day, 1).lines
    assert line.subject is not None
    assert line.subject.zh == "综合窗口"


def test_a_decision_needs_a_reason_and_moves_the_figures(services: Services) -> None:
    key = an_open_survey(services)
    place = a_place(services, key)
    for level in ("satisfied", "very_satisfied"):
        submit(services, place, overall=level)
    services.counting.fold(key)
    (day,) = services.reviewing.days(key)
    line = services.reviewing.page(key, day, 1).lines[0]
    for standing, reason in (("excluded", " "), ("replaced", "x"), ("flagged", "x" * 501)):
        with pytest.raises(BadInput):
            services.reviewing.judge(key, line.id, standing, reason, REVIEWER)
    services.reviewing.judge(key, line.id, "flagged", "同一部\n手机", REVIEWER)
    (event,) = services.reviewing.response(key, line.id).events
    assert (event.before, event.after) == (Standing.COUNTED, Standing.FLAGGED)
    assert (event.actor, event.reason) == ("王审核", "同一部 手机")
    assert services.reviewing.days(key) == {day: {"counted": 1, "flagged": 1}}


def test_nothing_of_another_survey_is_found(services: Services) -> None:
    key, other = an_open_survey(services), an_open_survey(services, every_type_document())
    submit(services, a_place(services, key), overall="satisfied")
    services.counting.fold(key)
    (day,) = services.reviewing.days(key)
    (line,) = services.reviewing.page(key, day, 1).lines
    with pytest.raises(NotFound):
        services.reviewing.response(other, line.id)
    with pytest.raises(NotFound):
        services.reviewing.judge(other, line.id, "excluded", "x", REVIEWER)
    for call in (services.reviewing.days, services.reviewing.batches):
        with pytest.raises(NotFound):
            call("none")

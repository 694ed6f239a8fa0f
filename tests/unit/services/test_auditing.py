"""The log: what it holds, how it is read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from surveyapp.domain.roles import Actor
from surveyapp.services.auditing import PAGE_SIZE, Auditing, LogQuery, record_event
from surveyapp.storage.database import Database
from tests.builders import MONDAY, Clock

READER = Actor("zhou")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def auditing(database: Database, clock: Clock) -> Auditing:
    return Auditing(database, clock)


def test_events_are_read_newest_first(auditing: Auditing, clock: Clock) -> None:
    auditing.note(Actor("li"), "survey.close", "hall", {"revision": 2})
    clock.advance(minutes=1)
    auditing.note(Actor("sun"), "place.add", "hall")
    page = auditing.read(LogQuery(), 1, READER)
    assert [(one.actor, one.action, one.target) for one in page.events] == [
        ("sun", "place.add", "hall"),
        ("li", "survey.close", "hall"),
    ]
    assert page.events[1].detail == {"revision": 2}
    assert page.events[1].happened_at == MONDAY
    assert (page.number, page.pages, page.total) == (1, 1, 2)


def test_reading_the_log_is_an_event(auditing: Auditing, clock: Clock) -> None:
    auditing.read(LogQuery(), 1, READER)
    clock.advance(seconds=1)
    page = auditing.read(LogQuery(), 1, READER)
    assert [(one.actor, one.action) for one in page.events] == [("zhou", "log.read")]


def test_events_are_filtered_by_action_actor_and_time(auditing: Auditing, clock: Clock) -> None:
    for actor, action in (("li", "survey.close"), ("li", "place.add"), ("sun", "place.add")):
        auditing.note(Actor(actor), action, "hall")
        clock.advance(hours=1)

    def found(query: LogQuery) -> list[tuple[str, str]]:
        return [(one.actor, one.action) for one in auditing.read(query, 1, READER).events]

    assert found(LogQuery(action="survey.close")) == [("li", "survey.close")]
    assert found(LogQuery(actor="sun")) == [("sun", "place.add")]
    hour = timedelta(hours=1)
    second = LogQuery(since=MONDAY + hour, until=MONDAY + 2 * hour)
    assert found(second) == [("li", "place.add")]


def test_the_filters_offer_what_occurs(auditing: Auditing) -> None:
    auditing.note(Actor("li"), "survey.close", "hall")
    auditing.note(Actor("sun"), "place.add", "hall")
    page = auditing.read(LogQuery(), 1, READER)
    assert page.actions == ("place.add", "survey.close")
    assert page.actors == ("li", "sun")


def test_a_long_log_has_pages_and_a_last_one(database: Database, auditing: Auditing) -> None:
    with database.writing() as work:
        for minute in range(PAGE_SIZE + 1):
            now = MONDAY + timedelta(minutes=minute)
            record_event(work, Actor("li"), "place.add", str(minute), now=now)
    query = LogQuery(action="place.add")
    first = auditing.read(query, 0, READER)
    assert (first.number, first.pages, len(first.events)) == (1, 2, PAGE_SIZE)
    last = auditing.read(query, 9, READER)
    assert (last.number, [one.target for one in last.events]) == (2, ["0"])


def test_texts_that_are_too_long_are_cut_not_refused(auditing: Auditing) -> None:
    auditing.note(Actor("x" * 200), "a" * 100, "字" * 300)
    event = auditing.read(LogQuery(), 1, READER).events[0]
    assert (len(event.actor), len(event.action), len(event.target)) == (128, 64, 200)

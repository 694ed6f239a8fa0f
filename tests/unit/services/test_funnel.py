"""The funnel of a place, and traces that are forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from surveyapp.domain.errors import NotFound, Unavailable
from surveyapp.services.assembly import Services
from surveyapp.services.collection.funnel import FLUSH_SECONDS, TRACE_DAYS, Funnel, FunnelRow
from surveyapp.services.collection.intake import Besides, Visit
from tests.builders import Clock, a_place, an_open_survey, services_on, submit
from tests.support.receipts import traces

GOOD = {"overall": ["satisfied"]}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def services(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[Services]:
    made = services_on(database_url, tmp_path, clock)
    yield made
    made.database.dispose()


def test_steps_add_up_by_place(services: Services, clock: Clock) -> None:
    key = an_open_survey(services)
    first, _second = a_place(services, key), a_place(services, key, "2号窗口")
    form = services.collecting.open_form(first.code)
    assert form.place_id is not None
    for _ in range(3):
        services.funnel.note(form.place_id, "opened")
    submitted = submit(services, first, overall="satisfied")
    assert services.funnel.of_survey(key) == {form.place_id: FunnelRow(3, 1, 1)}
    clock.advance(days=1)
    services.funnel.note(form.place_id, "opened")
    services.collecting.submit(first.code, uuid4(), None, GOOD, Besides(begun=True))
    assert services.funnel.of_survey(key) == {form.place_id: FunnelRow(4, 1, 2)}
    assert submitted.receipt
    with pytest.raises(NotFound):
        services.funnel.of_survey("nothing")


def test_many_flush_at_once_and_nothing_is_counted_twice(services: Services) -> None:
    key = an_open_survey(services)
    form = services.collecting.open_form(a_place(services, key).code)
    assert form.place_id is not None
    place_id = form.place_id

    def visit(_n: int) -> None:
        services.funnel.note(place_id, "opened")
        services.funnel.flush()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(visit, range(40)))
    assert services.funnel.of_survey(key)[place_id].opened == 40


def test_counts_wait_while_the_database_does_not_answer(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = an_open_survey(services)
    form = services.collecting.open_form(a_place(services, key).code)
    assert form.place_id is not None
    services.funnel.note(form.place_id, "opened")

    def lost() -> None:
        raise Unavailable

    with monkeypatch.context() as patch:
        patch.setattr(services.database, "writing", lost)
        with pytest.raises(Unavailable):
            services.funnel.flush()
    assert services.funnel.of_survey(key)[form.place_id].opened == 1


def test_counts_are_due_after_some_seconds(services: Services, clock: Clock) -> None:
    seconds = [0.0]
    funnel = Funnel(
        services.database,
        now=clock,
        timezone=services.settings.timezone,
        clock=lambda: seconds[0],
    )
    seconds[0] = FLUSH_SECONDS
    assert not funnel.is_due(), "nothing waits"
    form = services.collecting.open_form(a_place(services, an_open_survey(services)).code)
    assert form.place_id is not None
    funnel.note(form.place_id, "opened")
    assert funnel.is_due()
    funnel.flush()
    assert not funnel.is_due()


def test_a_trace_tells_devices_apart_for_one_day_and_is_forgotten(
    services: Services, clock: Clock
) -> None:
    place = a_place(services, an_open_survey(services))

    def review(device: str) -> None:
        besides = Besides(visit=Visit(device, 3))
        services.collecting.submit(place.code, uuid4(), None, GOOD, besides)

    for device in ("phone|192.0.2.0/24", "phone|192.0.2.0/24", "pad|192.0.2.0/24"):
        review(device)
    one, two, three = [trace.device for trace in sorted(traces(services), key=lambda t: t.day)]
    assert len({one, two, three}) == 2
    clock.advance(days=1)
    review("phone|192.0.2.0/24")
    assert len({trace.device for trace in traces(services)}) == 3, "another key, another hash"
    services.funnel.flush()
    assert len(traces(services)) == 4
    clock.advance(days=TRACE_DAYS)
    services.funnel.flush()
    assert len(traces(services)) == 1
    services.funnel.flush()

"""Changing a fresh review, and adding the one further review, also by many at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from surveyapp.domain.errors import Conflict, InvalidAnswers, NotFound, SurveyClosed
from surveyapp.domain.survey import Standing
from surveyapp.services.assembly import Services
from surveyapp.services.collection.intake import Besides, Visit
from surveyapp.services.collection.receipt_rows import MOST_CHANGES
from surveyapp.storage.records import StandingEventRecord
from tests.builders import (
    CLERK,
    Clock,
    a_definition,
    a_place,
    an_open_survey,
    every_type_document,
    review_document,
    services_on,
    submit,
)
from tests.support.receipts import contacts, counted, rows, traces

LEVELS = (
    "very_satisfied",
    "satisfied",
    "basically_satisfied",
    "dissatisfied",
    "very_dissatisfied",
)
CALLABLE = Besides(phone="138 1234 5678")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def services(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[Services]:
    made = services_on(database_url, tmp_path, clock)
    yield made
    made.database.dispose()


@pytest.fixture
def quick(sqlite_url: str, tmp_path: Path, clock: Clock) -> Iterator[Services]:
    """Services on an embedded database: for rules that do not depend on the kind."""
    made = services_on(sqlite_url, tmp_path, clock)
    yield made
    made.database.dispose()


def a_receipt(services: Services, level: str = "dissatisfied", **more: Any) -> str:
    return submit(
        services, a_place(services, an_open_survey(services)), overall=level, **more
    ).receipt


@pytest.mark.parametrize("before", [LEVELS[0], LEVELS[4]])
@pytest.mark.parametrize("after", LEVELS[1:4])
def test_a_level_changes_in_any_direction_and_both_rows_are_kept(
    services: Services, clock: Clock, before: str, after: str
) -> None:
    receipt = a_receipt(services, before, comment="等了很久")
    services.counting.fold("hall-review")
    clock.advance(minutes=9, seconds=59)
    services.amending.change(receipt, after)
    first, second = rows(services)
    assert (first.answers["overall"], first.standing) == (before, Standing.REPLACED)
    assert (second.answers["overall"], second.standing) == (after, Standing.COUNTED)
    assert second.answers["comment"] == "等了很久"
    assert services.counting.fold("hall-review") == 1
    assert services.authoring.get("hall-review").summary.responses == 1
    with services.database.reading() as work:
        event = work.session.scalars(select(StandingEventRecord)).one()
    assert (event.response_id, event.actor) == (first.id, "citizen")


def test_the_reasons_of_another_level_go_with_it(quick: Services) -> None:
    receipt = a_receipt(quick, reasons=["207", "214"])
    quick.amending.change(receipt, "satisfied")
    (now,) = counted(quick)
    assert now.answers == {"overall": "satisfied"}


def test_a_change_to_the_same_level_is_no_change(quick: Services) -> None:
    receipt = a_receipt(quick)
    quick.amending.change(receipt, "dissatisfied")
    assert len(rows(quick)) == 1


def test_after_its_time_a_review_stays(services: Services, clock: Clock) -> None:
    receipt = a_receipt(services)
    clock.advance(minutes=10)
    with pytest.raises(Conflict, match="10 minutes"):
        services.amending.change(receipt, "satisfied")
    with pytest.raises(Conflict, match="10 minutes"):
        services.amending.complete(receipt, {"overall": ["satisfied"]})
    assert [row.answers["overall"] for row in rows(services)] == ["dissatisfied"]


def test_no_level_but_those_of_the_form(quick: Services) -> None:
    receipt = a_receipt(quick)
    with pytest.raises(InvalidAnswers):
        quick.amending.change(receipt, "superb")
    with pytest.raises(NotFound):
        quick.amending.change("0" * 16, "satisfied")
    with pytest.raises(NotFound):
        quick.amending.change("x", "satisfied")
    assert len(rows(quick)) == 1


def test_a_review_that_was_excluded_meanwhile_stays(quick: Services) -> None:
    receipt = a_receipt(quick, "satisfied")
    quick.counting.set_standing(rows(quick)[0].id, Standing.EXCLUDED, "误评", CLERK)
    with pytest.raises(Conflict):
        quick.amending.change(receipt, "dissatisfied")


def test_a_flagged_review_stays_flagged_when_it_changes(quick: Services) -> None:
    receipt = a_receipt(quick)
    quick.counting.set_standing(rows(quick)[0].id, Standing.FLAGGED, "太快", CLERK)
    quick.amending.change(receipt, "satisfied")
    assert {row.standing for row in rows(quick)} == {"replaced", "flagged"}


def test_a_mind_can_be_changed_so_often_and_no_more(quick: Services) -> None:
    receipt = a_receipt(quick, LEVELS[0])
    for n in range(MOST_CHANGES):
        quick.amending.change(receipt, LEVELS[(n + 1) % 5])
    with pytest.raises(Conflict, match="too often"):
        quick.amending.change(receipt, LEVELS[(MOST_CHANGES + 1) % 5])
    assert len(counted(quick)) == 1


def test_parallel_changes_leave_exactly_one_row_that_counts(services: Services) -> None:
    receipt = a_receipt(services)
    services.counting.fold("hall-review")

    def change(n: int) -> None:
        services.amending.change(receipt, LEVELS[n % 5])
        services.counting.fold_some("hall-review")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(change, range(16)))
    (standing,) = counted(services)
    every = rows(services)
    assert all(row.standing == "replaced" for row in every if row.id != standing.id)
    services.counting.fold("hall-review")
    with services.database.reading() as work:
        events = work.session.scalars(select(StandingEventRecord)).all()
    assert len(events) == len(every) - 1
    assert services.authoring.get("hall-review").summary.responses == 1


def test_the_survey_may_close_while_a_mind_changes(quick: Services) -> None:
    receipt = a_receipt(quick)
    quick.authoring.close("hall-review", CLERK)
    with pytest.raises(SurveyClosed):
        quick.amending.change(receipt, "satisfied")
    assert len(rows(quick)) == 1


def test_reasons_words_and_a_number_can_be_added(quick: Services) -> None:
    receipt = a_receipt(quick)
    fields = {"overall": ["dissatisfied"], "reasons": ["214"], "comment": ["态度生硬"]}
    quick.amending.complete(receipt, fields, Besides(named=True, phone="13812345678"))
    (now,) = counted(quick)
    assert (now.answers["reasons"], now.is_named) == (["214"], True)
    assert contacts(quick) == [now.id]
    quick.amending.complete(receipt, fields, Besides(named=True))
    assert len(rows(quick)) == 2, "a number is kept already, and nothing else changed"
    quick.amending.complete(receipt, fields, Besides(named=True, phone="13912345678"))
    assert quick.contacts.masked(now.id) == "139****5678"


def test_a_number_follows_a_bad_review_and_goes_with_a_good_one(quick: Services) -> None:
    place = a_place(quick, an_open_survey(quick))
    fields = {"overall": ["dissatisfied"]}
    receipt = quick.collecting.submit(place.code, uuid4(), None, fields, CALLABLE).receipt
    quick.amending.change(receipt, "very_dissatisfied")
    (now,) = counted(quick)
    assert contacts(quick) == [now.id]
    assert quick.contacts.masked(now.id) == "138****5678"
    quick.amending.change(receipt, "satisfied")
    assert contacts(quick) == []


def test_the_trace_follows_the_row_that_counts(quick: Services) -> None:
    place = a_place(quick, an_open_survey(quick))
    besides = Besides(visit=Visit("a phone|192.0.2.0/24", 7))
    fields = {"overall": ["dissatisfied"]}
    receipt = quick.collecting.submit(place.code, uuid4(), None, fields, besides).receipt
    quick.amending.change(receipt, "satisfied")
    (trace,) = traces(quick)
    assert (trace.response_id, trace.seconds) == (counted(quick)[0].id, 7)
    assert "192" not in str(trace.device)


def test_the_answers_of_a_survey_that_is_no_review_cannot_be_changed(quick: Services) -> None:
    place = a_place(quick, an_open_survey(quick, every_type_document()))
    answers: dict[str, Any] = {"m__air": "neutral", "m__water": "neutral"}
    receipt = submit(quick, place, used="yes", police="neutral", **answers).receipt
    with pytest.raises(NotFound):
        quick.amending.change(receipt, "neutral")


def test_what_was_left_open_stays_open(quick: Services) -> None:
    document = review_document(
        attributes=[
            {"key": "visitor", "levels": ["individual", "enterprise"], "unknown": "allowed",
             "ask": True},
        ],
    )  # fmt: skip
    place = a_place(quick, an_open_survey(quick, document))
    quick.amending.change(submit(quick, place, overall="satisfied").receipt, "dissatisfied")
    assert counted(quick)[0].attributes == {}


def test_what_a_form_was_filled_in_with_is_kept_whatever_it_asks(quick: Services) -> None:
    document = review_document(
        questions=[
            *review_document()["questions"],
            {"key": "m", "type": "matrix", "scale": "hcp5", "title": "方面", "required": False,
             "rows": [{"key": "speed", "title": "效率"}]},
        ],
        attributes=[
            {"key": "visitor", "levels": ["individual", "enterprise"], "unknown": "allowed",
             "ask": True},
        ],
    )  # fmt: skip
    place = a_place(quick, an_open_survey(quick, document))
    receipt = submit(
        quick, place, overall="satisfied", m__speed="dissatisfied", visitor="enterprise"
    ).receipt
    quick.amending.change(receipt, "dissatisfied")
    (now,) = counted(quick)
    assert now.answers == {"overall": "dissatisfied", "m": {"speed": "dissatisfied"}}
    assert now.attributes == {"visitor": "enterprise"}


# --- one further review ------------------------------------------------------------------------


def test_one_further_review_and_no_second_one(services: Services, clock: Clock) -> None:
    receipt = a_receipt(services, "satisfied")
    clock.advance(days=3)
    fields = {"overall": ["dissatisfied"], "comment": ["又跑了一趟"]}
    assert services.amending.follow_up(receipt, None, fields)
    assert not services.amending.follow_up(receipt, None, fields), "the same post again"
    with pytest.raises(Conflict, match="further review"):
        services.amending.follow_up(receipt, None, {"overall": ["satisfied"]})
    first, second = rows(services)
    assert (first.review_number, second.review_number) == (1, 2)
    assert (first.standing, second.standing) == ("counted", "counted")
    assert (second.place_id, second.mode) == (first.place_id, first.mode)


def test_parallel_further_reviews_are_one(services: Services) -> None:
    receipt = a_receipt(services)

    def add(n: int) -> bool:
        try:
            return services.amending.follow_up(receipt, None, {"overall": [LEVELS[n % 5]]})
        except Conflict:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(add, range(16))) == 1
    assert [row.review_number for row in rows(services)].count(2) == 1


def test_a_further_review_meets_the_window_of_the_survey(quick: Services) -> None:
    receipt = a_receipt(quick)
    fields = {"overall": ["satisfied"]}
    assert quick.amending.follow_up(receipt, 1, fields)
    other = submit(quick, a_place(quick, "hall-review", "2号窗口"), overall="satisfied").receipt
    quick.authoring.close("hall-review", CLERK)
    assert not quick.amending.follow_up(receipt, 1, fields), "a retry"
    with pytest.raises(SurveyClosed):
        quick.amending.follow_up(other, 1, fields)


def test_a_further_review_belongs_to_the_revision_in_use(quick: Services) -> None:
    receipt = a_receipt(quick)
    quick.authoring.import_definition(a_definition(review_document(title="新版")), CLERK)
    quick.authoring.publish("hall-review", CLERK)
    assert quick.amending.follow_up(receipt, None, {"overall": ["satisfied"]})
    assert rows(quick)[0].revision_id != rows(quick)[1].revision_id


def test_a_change_is_no_further_response_also_before_it_is_counted(services: Services) -> None:
    receipt = a_receipt(services)
    services.amending.change(receipt, "satisfied")
    assert services.authoring.get("hall-review").summary.responses == 1
    services.counting.fold("hall-review")
    assert services.authoring.get("hall-review").summary.responses == 1

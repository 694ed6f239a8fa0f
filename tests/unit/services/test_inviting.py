"""Links: made once, kept as digests, answered as often as they may be."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from surveyapp.domain.errors import (
    BadInput,
    Conflict,
    NotFound,
    SurveyClosed,
    SurveyNotOpen,
)
from surveyapp.domain.survey import Accepting
from surveyapp.services.assembly import Services
from surveyapp.services.collection.collecting import Submitted
from surveyapp.services.collection.intake import Besides
from surveyapp.services.collection.inviting import InvitationOrder
from surveyapp.storage.case_records import InvitationRecord, ReviewedCaseRecord
from surveyapp.storage.invitations import ReviewedCaseRepository
from tests.builders import (
    CLERK,
    MONDAY,
    Clock,
    a_definition,
    an_open_survey,
    every_type_document,
    review_document,
    services_on,
)
from tests.support.receipts import counted, rows

CASE = InvitationOrder(case_number="BJ-1", item_name="设立登记", window="3号")
PERSON = InvitationOrder(attributes={"district": "1"}, base_weight="2.50")
GOOD = {"overall": ["satisfied"]}
BAD = {"overall": ["dissatisfied"]}
EVERY = {"used": ["yes"], "police": ["neutral"], "m.air": ["neutral"], "m.water": ["neutral"]}


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
    made = services_on(sqlite_url, tmp_path, clock)
    yield made
    made.database.dispose()


def a_link(services: Services, order: InvitationOrder = CASE) -> str:
    key = an_open_survey(services)
    return services.inviting.create(key, order, CLERK).code


def answer(
    services: Services, code: str, fields: dict[str, list[str]], number: int | None = None
) -> Submitted:
    return services.invited.submit(code, number, None, fields)


def stored(services: Services) -> list[InvitationRecord]:
    with services.database.reading() as work:
        return list(work.session.scalars(select(InvitationRecord)))


def test_a_case_has_one_link_however_often_it_is_asked_for(services: Services) -> None:
    key = an_open_survey(services)
    first = services.inviting.create(key, CASE, CLERK)
    later = replace(CASE, window="5号", expires_at=MONDAY + timedelta(days=9))
    again = services.inviting.create(key, later, CLERK)
    other = services.inviting.create(key, replace(CASE, case_number="BJ-2"), CLERK)
    assert (first.code, first.is_new, again.is_new) == (again.code, True, False)
    assert other.code != first.code
    assert first.url.endswith(f"/i/{first.code}")
    one, _two = sorted(stored(services), key=lambda record: record.case_number or "")
    assert (one.window, one.expires_at) == ("5号", MONDAY + timedelta(days=9))
    assert first.code not in str(vars(one)), "the link stands nowhere"


def test_links_of_people_are_drawn_at_random(quick: Services) -> None:
    key = an_open_survey(quick, every_type_document())
    codes = {quick.inviting.create(key, PERSON, CLERK).code for _ in range(5)}
    assert len(codes) == 5
    assert {record.base_weight for record in stored(quick)} == {"2.5"}


@pytest.mark.parametrize(
    "order",
    [
        replace(CASE, case_number=""),
        replace(CASE, case_number="x" * 51),
        replace(CASE, item_name=" "),
        replace(CASE, subject_key="nobody"),
        replace(CASE, base_weight="2"),
        replace(CASE, expires_at=MONDAY),
        InvitationOrder(attributes={"age": "18"}),
        InvitationOrder(base_weight="0"),
        InvitationOrder(base_weight="heavy"),
        InvitationOrder(base_weight="NaN"),
        InvitationOrder(base_weight="1" * 50),
    ],
)
def test_orders_that_cannot_be_kept_are_refused(quick: Services, order: InvitationOrder) -> None:
    key = an_open_survey(quick)
    with pytest.raises(BadInput):
        quick.inviting.create(key, order, CLERK)
    assert stored(quick) == []


def test_only_a_review_in_use_is_bound_to_a_case(quick: Services) -> None:
    with pytest.raises(NotFound):
        quick.inviting.create("nothing", CASE, CLERK)
    quick.authoring.import_definition(a_definition(), CLERK)
    with pytest.raises(Conflict):
        quick.inviting.create("hall-review", CASE, CLERK)
    key = an_open_survey(quick, every_type_document())
    with pytest.raises(BadInput):
        quick.inviting.create(key, CASE, CLERK)
    assert quick.inviting.create(key, InvitationOrder(base_weight="1"), CLERK).is_new


def test_a_link_says_what_it_is_bound_to(quick: Services) -> None:
    form = quick.invited.open_form(a_link(quick).lower())
    assert (form.case_number, form.place_label, form.review_number) == ("BJ-1", "设立登记", 1)
    assert (form.accepting, form.is_used, form.place_id) == (Accepting.OPEN, False, None)


def test_unknown_malformed_and_expired_links_are_alike(quick: Services, clock: Clock) -> None:
    code = a_link(quick, replace(CASE, expires_at=MONDAY + timedelta(days=1)))
    assert quick.invited.open_form(code).case_number == "BJ-1"
    clock.advance(days=1)
    for one in (code, "0" * 16, "x"):
        with pytest.raises(NotFound, match="nothing here"):
            quick.invited.open_form(one)
        with pytest.raises(NotFound, match="nothing here"):
            answer(quick, one, GOOD)


def test_a_case_is_reviewed_twice_and_no_third_time(services: Services) -> None:
    code = a_link(services)
    first = answer(services, code, GOOD, 1)
    assert services.invited.open_form(code).review_number == 2
    second = answer(services, code, BAD, 2)
    assert (first.receipt, first.replayed, second.replayed) == (second.receipt, False, False)
    assert services.invited.open_form(code).is_used
    with pytest.raises(Conflict):
        answer(services, code, {"overall": ["very_satisfied"]}, 2)
    assert [(row.case_number, row.review_number, row.mode) for row in rows(services)] == [
        ("BJ-1", 1, "invited"),
        ("BJ-1", 2, "invited"),
    ]


def test_a_retry_of_the_first_review_is_never_a_second_one(services: Services) -> None:
    code = a_link(services)
    for number in (None, 1, None):
        answer(services, code, GOOD, number)
    assert len(rows(services)) == 1
    with pytest.raises(Conflict, match="used before"):
        answer(services, code, BAD, 1)
    assert not answer(services, code, BAD).replayed, "without a number the next one is meant"
    assert len(rows(services)) == 2


def test_parallel_posts_through_one_link_are_two_reviews_at_most(services: Services) -> None:
    code = a_link(services)
    levels = ["very_satisfied", "satisfied", "dissatisfied", "very_dissatisfied"]

    def post(n: int) -> bool:
        try:
            return not answer(services, code, {"overall": [levels[n % 4]]}).replayed
        except Conflict:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(post, range(16))) == 2
    assert sorted(row.review_number for row in counted(services)) == [1, 2]


def test_reviews_of_other_channels_take_their_places(quick: Services) -> None:
    code = a_link(quick)

    def taken_elsewhere(number: int) -> None:
        answer(quick, quick.inviting.create("hall-review", replace(CASE, case_number=f"x{number}"),
                                            CLERK).code, GOOD)  # fmt: skip
        with quick.database.writing() as work:
            record = work.session.scalars(
                select(ReviewedCaseRecord).where(ReviewedCaseRecord.case_number == f"x{number}")
            ).one()
            record.case_number, record.review_number = "BJ-1", number

    taken_elsewhere(1)
    receipt = answer(quick, code, BAD).receipt
    assert rows(quick)[-1].review_number == 2 or rows(quick)[0].review_number == 2
    assert not quick.receipts.show(receipt).may_follow_up
    with pytest.raises(Conflict):
        quick.amending.follow_up(receipt, None, GOOD)


def test_a_case_reviewed_twice_elsewhere_takes_no_review_here(quick: Services) -> None:
    code = a_link(quick)
    first = answer(quick, code, GOOD)
    answer(quick, code, BAD, 2)
    with quick.database.writing() as work:
        survey_id = work.session.scalars(select(InvitationRecord.survey_id)).one()
        for number in (1, 2):
            work.session.add(
                ReviewedCaseRecord(
                    survey_id=survey_id,
                    case_number="BJ-2",
                    review_number=number,
                    response_id=rows(quick)[0].id,
                )
            )
    other = quick.inviting.create("hall-review", replace(CASE, case_number="BJ-2"), CLERK).code
    with pytest.raises(Conflict, match="twice"):
        answer(quick, other, GOOD)
    assert first.receipt


def test_a_number_taken_at_the_same_moment_is_not_taken_twice(
    quick: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = a_link(quick)
    monkeypatch.setattr(ReviewedCaseRepository, "claim", lambda *_args: False)
    with pytest.raises(Conflict, match="twice"):
        answer(quick, code, GOOD)
    assert rows(quick) == []


def test_a_change_of_mind_keeps_the_place_of_its_review(quick: Services) -> None:
    receipt = answer(quick, a_link(quick), BAD).receipt
    quick.amending.change(receipt, "satisfied")
    with quick.database.reading() as work:
        record = work.session.scalars(select(ReviewedCaseRecord)).one()
    assert record.response_id == counted(quick)[0].id
    assert counted(quick)[0].case_number == "BJ-1"


def test_a_person_answers_once_and_nothing_leads_back(services: Services) -> None:
    key = an_open_survey(services, every_type_document())
    code = services.inviting.create(key, PERSON, CLERK).code
    first = answer(services, code, EVERY)
    assert answer(services, code, EVERY).replayed
    with pytest.raises(Conflict):
        answer(services, code, EVERY | {"police": ["very_satisfied"]})
    (row,) = rows(services)
    assert (row.attributes, row.weight, row.case_number) == ({"district": "1"}, "2.5", None)
    assert str(stored(services)[0].id) not in str(vars(row))
    assert services.invited.open_form(code).is_used
    assert first.receipt


def test_the_attributes_of_an_invitation_survive_a_change(quick: Services) -> None:
    document = review_document(
        attributes=[{"key": "district", "levels": ["1", "2"], "unknown": "allowed"}]
    )
    key = an_open_survey(quick, document)
    code = quick.inviting.create(key, PERSON, CLERK).code
    receipt = answer(quick, code, BAD).receipt
    quick.amending.change(receipt, "satisfied")
    quick.amending.follow_up(receipt, None, GOOD)
    assert [row.attributes for row in rows(quick)] == [{"district": "1"}] * 3
    assert {row.weight for row in rows(quick)} == {"2.5"}


def test_a_link_meets_the_window_of_its_survey(quick: Services, clock: Clock) -> None:
    window = {"opens_at": "2026-11-24T08:00", "closes_at": "2026-11-24T18:00"}
    key = an_open_survey(quick, review_document(window=window))
    code = quick.inviting.create(key, CASE, CLERK).code
    with pytest.raises(SurveyNotOpen):
        answer(quick, code, GOOD)
    clock.advance(days=1)
    answer(quick, code, GOOD)
    clock.advance(days=1)
    assert answer(quick, code, GOOD).replayed
    other = quick.inviting.create(key, replace(CASE, case_number="BJ-2"), CLERK).code
    with pytest.raises(SurveyClosed):
        answer(quick, other, GOOD)


def test_a_bound_review_may_be_named_without_a_number(quick: Services) -> None:
    code = a_link(quick)
    quick.invited.submit(code, 1, None, BAD, Besides(named=True))
    assert counted(quick)[0].is_named

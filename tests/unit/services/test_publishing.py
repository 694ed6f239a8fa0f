"""Comments and handled cases for the public page: chosen, masked, counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from surveyapp.domain.errors import BadInput, NotFound
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Standing
from surveyapp.services.assembly import Services
from surveyapp.services.releases.releasing import Release
from surveyapp.storage.case_records import CaseRecord
from surveyapp.storage.records import ResponseRecord
from tests.builders import CLERK, Clock, services_on
from tests.support.arrivals import arrivals, place_of
from tests.support.reviews import a_hall

REVIEWER = Actor("reviewer", uuid4())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def services(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[Services]:
    made = services_on(database_url, tmp_path, clock)
    yield made
    made.database.dispose()


def rate(release: Release, key: str, identity: str = "all") -> dict[str, Any]:
    (found,) = (
        one
        for one in release.figures["reviews"]["rates"]
        if (one["key"], one["identity"]) == (key, identity)
    )
    return dict(found)


def test_comments_are_masked_chosen_and_counted(services: Services, clock: Clock) -> None:
    key = a_hall(services)
    place = place_of(services, key)
    moments = [clock.now - timedelta(days=1, minutes=i) for i in range(6)]
    ids = [
        arrivals(services, key, place, [moment], comment=text)[0]
        for moment, text in zip(
            moments,
            ("很好，请打13812345678", "一般", "张三态度差", "", "满意", "不错"),
            strict=True,
        )
    ]
    page = services.publishing.choices(key, 7)
    assert (page.total, page.undecided, page.pages, page.number) == (5, 5, 1, 1)
    assert {one.is_public for one in page.comments} == {None}
    services.publishing.decide_comment(key, ids[0], "public", REVIEWER)
    services.publishing.decide_comment(key, ids[2], "public", REVIEWER)
    services.publishing.decide_comment(key, ids[2], "personal", REVIEWER)
    for wrong in ("", "because"):
        with pytest.raises(BadInput):
            services.publishing.decide_comment(key, ids[1], wrong, REVIEWER)
    for nothing in (ids[3], uuid4()):
        with pytest.raises(NotFound):
            services.publishing.decide_comment(key, nothing, "public", REVIEWER)
    page = services.publishing.choices(key)
    assert [one.is_public for one in page.comments].count(None) == 3
    assert [one.reason for one in page.comments if one.is_public is False] == ["personal"]
    release = services.releasing.release(key, REVIEWER)
    assert release.figures["reviews"]["comments"] == {
        "shown": ["很好，请打【已隐去】"],
        "withheld": {"personal": 1},
        "undecided": 3,
        "n": 5,
    }
    # What is excluded since is not published with the next one.
    services.counting.set_standing(ids[0], Standing.EXCLUDED, "x", CLERK)
    assert services.publishing.choices(key).total == 4


def test_handled_cases_are_chosen_and_shown_without_who_complained(
    services: Services, clock: Clock
) -> None:
    key = a_hall(services)
    place = place_of(services, key)
    arrivals(services, key, place, [clock.now - timedelta(days=1)] * 5)
    bad = arrivals(services, key, place, [clock.now] * 2, level="dissatisfied", comment="差")
    services.counting.fold(key)
    day = clock.now.date()
    cases = []
    with services.database.writing() as work:
        for number, (response_id, state) in enumerate(
            zip(bad, ("closed", "to_verify"), strict=True)
        ):
            response = work.session.get_one(ResponseRecord, response_id)
            closed = state == "closed"
            cases.append(uuid4())
            work.session.add(
                CaseRecord(
                    id=cases[-1],
                    number=f"2026-{number}",
                    survey_id=response.survey_id,
                    response_id=response_id,
                    subject_key="tax" if closed else None,
                    is_named=False,
                    has_contact=False,
                    state=state,
                    events=0,
                    received_on=day,
                    opened_at=clock.now,
                    reopened=0,
                    remedy="at_once" if closed else None,
                    answer="已增开窗口，联系 13812345678" if closed else None,
                    closed_on=day if closed else None,
                )
            )
    (case,) = services.publishing.choices(key).cases
    assert (case.about.en, case.answer, case.is_public) == (
        "Tax",
        "已增开窗口，联系 【已隐去】",
        False,
    )
    services.publishing.choose_case(key, cases[0], REVIEWER, is_public=True)
    with pytest.raises(NotFound):
        services.publishing.choose_case(key, cases[1], REVIEWER, is_public=True)
    release = services.releasing.release(key, REVIEWER)
    assert release.figures["reviews"]["cases"] == {
        "closed": 1,
        "open": 1,
        "remedies": {"at_once": 1},
        "typical": [
            {
                "about": {"zh": "税务", "en": "Tax"},
                "answer": "已增开窗口，联系 【已隐去】",
                "remedy": "at_once",
                "month": f"{day:%Y-%m}",
            }
        ],
    }
    services.publishing.choose_case(key, cases[0], REVIEWER, is_public=False)
    (case,) = services.publishing.choices(key).cases
    assert not case.is_public
    # One bad review of an unnamed citizen: what became of it stays inside.
    assert rate(release, "replied", "anonymous")["suppressed"]


def test_other_kinds_of_surveys_have_nothing_to_choose(services: Services) -> None:
    with pytest.raises(NotFound):
        services.publishing.choices("nothing")

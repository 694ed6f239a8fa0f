from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from surveyapp.domain.errors import BadInput, NotFound
from surveyapp.services.assembly import Services
from tests.builders import (
    CLERK,
    Clock,
    a_place,
    an_open_survey,
    review_document,
    services_on,
    submit,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path, clock: Clock) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path, clock)
    yield made
    made.database.dispose()


def test_a_place_has_an_opaque_code_and_an_address(services: Services) -> None:
    place = a_place(services, an_open_survey(services), " 1号  窗口 ")
    assert place.label == "1号 窗口"
    assert len(place.code) == 8
    assert place.url == f"http://127.0.0.1:8000/r/{place.code}"


@pytest.mark.parametrize("label", ["", "  ", "x" * 201])
def test_a_place_needs_a_label(services: Services, label: str) -> None:
    with pytest.raises(BadInput, match="label"):
        a_place(services, an_open_survey(services), label)


def test_a_new_subject_takes_the_label_of_its_first_place(services: Services) -> None:
    key = an_open_survey(services)
    services.placing.add(key, "一号窗口", "w1", CLERK)
    services.placing.add(key, "一号窗口(北门)", "w1", CLERK)
    assert [(one.key, one.title.zh) for one in services.authoring.get(key).subjects] == [
        ("w1", "一号窗口")
    ]
    rows = services.placing.of(key)
    assert [row.subject_title.zh for row in rows if row.subject_title] == ["一号窗口", "一号窗口"]


@pytest.mark.parametrize("subject", ["", "a|b", "a;b", "x" * 65])
def test_a_subject_key_must_be_usable(services: Services, subject: str) -> None:
    with pytest.raises(BadInput, match="subject"):
        services.placing.add(an_open_survey(services), "窗口", subject, CLERK)


def test_a_place_is_pointed_elsewhere_without_a_new_code(services: Services, clock: Clock) -> None:
    subjects = [{"key": "w1"}, {"key": "w2"}]
    key = an_open_survey(services, review_document(subjects=subjects))
    place = services.placing.add(key, "移动窗口", "w1", CLERK)
    clock.advance(minutes=1)
    services.placing.assign(place.code, "w2", CLERK)
    assert services.placing.find(place.code).subject_key == "w2"
    clock.advance(minutes=1)
    services.placing.assign(place.code, None, CLERK)
    assert services.placing.find(place.code).subject_key is None
    with pytest.raises(NotFound, match="rates no “w9”"):
        services.placing.assign(place.code, "w9", CLERK)


def test_a_revoked_code_opens_nothing_and_stays_on_the_list(services: Services) -> None:
    key = an_open_survey(services)
    place = a_place(services, key)
    for _ in range(2):
        services.placing.revoke(place.code.lower(), CLERK)
    with pytest.raises(NotFound):
        services.collecting.open_form(place.code)
    assert [row.place.revoked for row in services.placing.of(key)] == [True]


def test_places_show_how_many_responses_were_counted_there(services: Services) -> None:
    key = an_open_survey(services)
    busy, quiet = a_place(services, key, "忙"), a_place(services, key, "闲")
    submit(services, busy, overall="satisfied")
    services.counting.fold(key)
    assert {row.place.code: row.responses for row in services.placing.of(key)} == {
        busy.code: 1,
        quiet.code: 0,
    }


def test_unknown_surveys_and_codes_are_said_to_be_unknown(services: Services) -> None:
    with pytest.raises(NotFound):
        services.placing.of("x")
    for code in ("00000000", "not a code"):
        with pytest.raises(NotFound):
            services.placing.revoke(code, CLERK)

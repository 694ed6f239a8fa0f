from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from surveyapp.domain.errors import BadInput, Conflict, NotAllowed, NotFound
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Status, Subject
from surveyapp.domain.text import Text
from surveyapp.services.assembly import Services
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

LEGAL = {
    "form_number": "示例调1表",
    "issued_by": "示例县统计局",
    "document": "示统字〔2026〕1号",
    "approved_by": "示例市统计局",
    "approval_number": "示统批〔2026〕1号",
    "valid_until": date(2026, 12, 31),
}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path, clock: Clock) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path, clock)
    yield made
    made.database.dispose()


def changed(title: str, **more: Any) -> dict[str, Any]:
    return review_document(title=title, **more)


def test_an_imported_definition_is_a_draft_until_it_is_put_in_use(services: Services) -> None:
    summary = services.authoring.import_definition(a_definition(), CLERK)
    assert (summary.status, summary.revision, summary.responses) == (Status.DRAFT, 1, 0)
    assert services.authoring.get("hall-review").draft
    summary = services.authoring.publish("hall-review", CLERK)
    assert summary.status is Status.OPEN
    detail = services.authoring.get("hall-review")
    assert not detail.draft
    assert detail.opened_at is not None
    assert not summary.read_only


def test_the_same_file_twice_is_one_draft(services: Services) -> None:
    for _ in range(2):
        services.authoring.import_definition(a_definition(), CLERK)
    services.authoring.publish("hall-review", CLERK)
    services.authoring.import_definition(a_definition(), CLERK)
    with pytest.raises(Conflict, match="no draft"):
        services.authoring.publish("hall-review", CLERK)


def test_a_later_draft_replaces_an_earlier_one_and_becomes_the_next_revision(
    services: Services,
) -> None:
    an_open_survey(services)
    services.authoring.import_definition(a_definition(changed("B")), CLERK)
    services.authoring.import_definition(a_definition(changed("C")), CLERK)
    before = services.authoring.get("hall-review")
    assert (before.definition.title.zh, before.draft) == ("C", True)
    assert (before.summary.title.zh, before.summary.revision) == ("大厅好差评", 1)
    after = services.authoring.publish("hall-review", CLERK)
    assert (after.title.zh, after.revision) == ("C", 2)


def test_whoever_made_a_draft_cannot_put_it_in_use(services: Services) -> None:
    maker, second = Actor("甲", uuid4()), Actor("乙", uuid4())
    services.authoring.import_definition(a_definition(), maker)
    with pytest.raises(NotAllowed, match="second person"):
        services.authoring.publish("hall-review", maker)
    assert services.authoring.publish("hall-review", second).status is Status.OPEN


def test_a_statistical_project_needs_its_legal_head(services: Services) -> None:
    bare = a_definition(changed("A", statistical_project=True))
    services.authoring.import_definition(bare, CLERK)
    with pytest.raises(Conflict, match="legal head"):
        services.authoring.publish("hall-review", CLERK)
    complete = changed("A", statistical_project=True, legal_head=LEGAL)
    services.authoring.import_definition(a_definition(complete), CLERK)
    assert services.authoring.publish("hall-review", CLERK).status is Status.OPEN


def test_an_approval_that_has_ended_cannot_be_used(services: Services, clock: Clock) -> None:
    clock.now = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)  # midnight of 1 January in Shanghai
    document = changed("A", statistical_project=True, legal_head=LEGAL)
    services.authoring.import_definition(a_definition(document), CLERK)
    with pytest.raises(Conflict, match="already ended"):
        services.authoring.publish("hall-review", CLERK)


def test_the_window_is_local_time_unless_it_names_an_offset(services: Services) -> None:
    window = {"opens_at": "2026-11-24T08:00", "closes_at": "2026-11-25T00:00+00:00"}
    key = an_open_survey(services, changed("A", window=window))
    place = a_place(services, key)
    assert services.collecting.open_form(place.code).opens_at == datetime(2026, 11, 24, tzinfo=UTC)


def test_closing_ends_a_survey_for_good_and_twice_is_once(services: Services) -> None:
    key = an_open_survey(services)
    assert services.authoring.close(key, CLERK).read_only
    assert services.authoring.close(key, CLERK).read_only
    assert services.authoring.get(key).closed_at is not None
    with pytest.raises(Conflict, match="closed"):
        services.authoring.import_definition(a_definition(changed("B")), CLERK)
    with pytest.raises(Conflict, match="no draft"):
        services.authoring.publish(key, CLERK)


def test_a_draft_cannot_be_closed(services: Services) -> None:
    services.authoring.import_definition(a_definition(), CLERK)
    with pytest.raises(Conflict, match="never put in use"):
        services.authoring.close("hall-review", CLERK)


def test_a_survey_keeps_its_kind(services: Services) -> None:
    an_open_survey(services)
    other = every_type_document(key="hall-review")
    with pytest.raises(Conflict, match="of kind review"):
        services.authoring.import_definition(a_definition(other), CLERK)


def test_an_unknown_key_is_said_to_be_unknown(services: Services) -> None:
    for use in (services.authoring.publish, services.authoring.close):
        with pytest.raises(NotFound, match="no survey “x”"):
            use("x", CLERK)
    with pytest.raises(NotFound):
        services.authoring.get("x")


def test_subjects_are_added_and_renamed_but_never_lost(services: Services) -> None:
    key = an_open_survey(services, changed("A", subjects=[{"key": "w1", "title": "一号"}]))
    services.authoring.put_subjects(
        key, [Subject("w2", Text.same("二号")), Subject("w1", Text.same("壹号"))], CLERK
    )
    subjects = services.authoring.get(key).subjects
    assert [(one.key, one.title.zh) for one in subjects] == [("w1", "壹号"), ("w2", "二号")]


def test_a_subject_of_an_unknown_unit_is_refused_before_anything_is_stored(
    services: Services,
) -> None:
    subjects = [{"key": "w1", "unit": "371"}, {"key": "w2", "unit": "372"}]
    with pytest.raises(BadInput, match="code 371"):
        services.authoring.import_definition(a_definition(changed("A", subjects=subjects)), CLERK)
    assert services.authoring.summaries() == []
    key = an_open_survey(services)
    with pytest.raises(BadInput, match="import the units first"):
        services.authoring.put_subjects(key, [Subject("w1", Text.same("一"), "371")], CLERK)


def test_the_list_counts_responses_whether_folded_or_not(services: Services) -> None:
    key = an_open_survey(services)
    place = a_place(services, key)
    submit(services, place, overall="satisfied")
    services.counting.fold(key)
    submit(services, place, overall="satisfied")
    (summary,) = services.authoring.summaries()
    assert summary.responses == 2

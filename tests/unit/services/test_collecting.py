from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest

from surveyapp.config import ConfigurationError, Settings
from surveyapp.domain.errors import (
    AnswersChanged,
    BadInput,
    InvalidAnswers,
    NotFound,
    RevisionExpired,
    SurveyClosed,
    SurveyNotOpen,
)
from surveyapp.domain.survey import Accepting
from surveyapp.services.assembly import Services, assemble
from tests.builders import (
    CLERK,
    Clock,
    a_definition,
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
def services(database_url: str, tmp_path: Path, clock: Clock) -> Iterator[Services]:
    made = services_on(database_url, tmp_path, clock)
    yield made
    made.database.dispose()


def test_a_place_opens_the_form_of_its_survey(services: Services) -> None:
    key = an_open_survey(services)
    place = services.placing.add(key, "1号窗口", "w1", CLERK)
    form = services.collecting.open_form(place.code.lower())
    assert (form.survey_key, form.place_label, form.revision_number) == (key, "1号窗口", 1)
    assert form.subject_title is not None
    assert form.accepting is Accepting.OPEN


def test_a_draft_opens_nothing(services: Services) -> None:
    services.authoring.import_definition(a_definition(), CLERK)
    place = a_place(services, "hall-review")
    with pytest.raises(NotFound):
        services.collecting.open_form(place.code)


@pytest.mark.parametrize("code", ["", "00000000", "x", "0" * 17])
def test_codes_that_are_none_open_nothing(services: Services, code: str) -> None:
    an_open_survey(services)
    with pytest.raises(NotFound):
        services.collecting.open_form(code)


def test_a_replay_gives_the_same_receipt_and_stores_nothing(services: Services) -> None:
    key = an_open_survey(services)
    place, submission = a_place(services, key), uuid4()
    first = submit(services, place, key=submission, overall="satisfied")
    again = submit(services, place, key=submission, overall="satisfied")
    assert (first.receipt, first.replayed, again.replayed) == (again.receipt, False, True)
    assert services.counting.fold(key) == 1


def test_the_same_key_with_other_answers_stores_nothing(services: Services) -> None:
    key = an_open_survey(services)
    place, submission = a_place(services, key), uuid4()
    submit(services, place, key=submission, overall="satisfied")
    with pytest.raises(AnswersChanged):
        submit(services, place, key=submission, overall="dissatisfied")
    other = a_place(services, key, "2号窗口")
    with pytest.raises(AnswersChanged):
        submit(services, other, key=submission, overall="satisfied")
    assert services.counting.fold(key) == 1


def test_bad_answers_store_nothing(services: Services) -> None:
    key = an_open_survey(services)
    with pytest.raises(InvalidAnswers):
        submit(services, a_place(services, key), overall="superb")
    assert services.counting.fold(key) == 0


def test_a_closed_survey_takes_nothing_but_still_answers_a_retry(services: Services) -> None:
    key = an_open_survey(services)
    place, submission = a_place(services, key), uuid4()
    first = submit(services, place, key=submission, overall="satisfied")
    services.authoring.close(key, CLERK)
    assert services.collecting.open_form(place.code).accepting is Accepting.CLOSED
    assert submit(services, place, key=submission, overall="satisfied") == type(first)(
        first.receipt, replayed=True
    )
    with pytest.raises(AnswersChanged):
        submit(services, place, key=submission, overall="dissatisfied")
    with pytest.raises(SurveyClosed):
        submit(services, place, overall="satisfied")


def test_a_survey_closed_while_answers_are_on_their_way_refuses_them(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = an_open_survey(services)
    place = a_place(services, key)
    writing = services.database.writing

    def close_first(**options: bool) -> object:
        monkeypatch.undo()
        services.authoring.close(key, CLERK)
        return writing(**options)

    monkeypatch.setattr(services.database, "writing", close_first)
    with pytest.raises(SurveyClosed):
        submit(services, place, overall="satisfied")
    assert services.counting.rebuild(key) == 0


def test_the_window_opens_and_closes_the_form(services: Services, clock: Clock) -> None:
    window = {"opens_at": "2026-11-24T08:00", "closes_at": "2026-11-24T18:00"}
    place = a_place(services, an_open_survey(services, review_document(window=window)))
    assert services.collecting.open_form(place.code).accepting is Accepting.NOT_YET
    with pytest.raises(SurveyNotOpen) as caught:
        submit(services, place, overall="satisfied")
    assert caught.value.opens_at is not None
    clock.advance(days=1)
    assert submit(services, place, overall="satisfied").receipt
    clock.advance(hours=9)
    with pytest.raises(SurveyClosed):
        submit(services, place, overall="satisfied")


def test_the_previous_revision_is_accepted_for_a_day(services: Services, clock: Clock) -> None:
    key = an_open_survey(services)
    place = a_place(services, key)
    services.authoring.import_definition(a_definition(review_document(title="新版")), CLERK)
    services.authoring.publish(key, CLERK)
    fields = {"overall": ["satisfied"]}
    clock.advance(hours=24)
    assert services.collecting.submit(place.code, uuid4(), 1, fields).receipt
    assert services.collecting.submit(place.code, uuid4(), 2, fields).receipt
    with pytest.raises(BadInput, match="no such version"):
        services.collecting.submit(place.code, uuid4(), 3, fields)
    clock.advance(seconds=1)
    with pytest.raises(RevisionExpired):
        services.collecting.submit(place.code, uuid4(), 1, fields)


def test_a_receipt_shows_the_day_and_never_the_time(services: Services, clock: Clock) -> None:
    key = an_open_survey(services)
    clock.advance(hours=15, minutes=30)  # 00:30 of the next day in Shanghai
    submitted = submit(services, a_place(services, key), overall="satisfied")
    view = services.collecting.receipt(submitted.receipt.lower())
    assert (view.survey_key, view.received_on) == (key, date(2026, 11, 24))
    assert view.office is not None


@pytest.mark.parametrize("code", ["", "0000000000000000", "x", "0" * 17])
def test_receipts_that_are_none_are_not_found(services: Services, code: str) -> None:
    an_open_survey(services)
    with pytest.raises(NotFound):
        services.collecting.receipt(code)


def test_a_secret_may_be_replaced_while_the_old_one_stays_on_the_list(
    services: Services, tmp_path: Path
) -> None:
    place = a_place(services, an_open_survey(services))
    receipt = submit(services, place, overall="satisfied").receipt

    def restarted(secrets: str) -> Services:
        environ = {
            "SURVEYAPP_DATABASE_URL": services.settings.database_url,
            "SURVEYAPP_SECRET_KEY": secrets,
            "SURVEYAPP_INSTANCE_DIR": str(tmp_path),
        }
        return assemble(Settings.from_environ(environ))

    old = services.settings.secret_keys[0]
    rotated = restarted(f"a quite new secret, {old}".replace(",", ",", 1))
    assert rotated.collecting.receipt(receipt).receipt == receipt
    rotated.database.dispose()
    lost = restarted("a quite new secret")
    with pytest.raises(ConfigurationError, match="SURVEYAPP_SECRET_KEY"):
        lost.collecting.receipt(receipt)
    lost.database.dispose()

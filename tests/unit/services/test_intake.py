"""What a citizen says beside the answers: a name, a number; nothing of it stands among them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from surveyapp.domain.errors import InvalidAnswers
from surveyapp.services.assembly import Services
from surveyapp.services.collection.intake import PHONE_FIELD, Besides
from tests.builders import a_place, an_open_survey, services_on
from tests.support.receipts import contacts, counted, rows

CALLABLE = Besides(phone="138 1234 5678")


@pytest.fixture
def quick(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


@pytest.mark.parametrize(
    ("besides", "level", "kept"),
    [
        (CALLABLE, "dissatisfied", 1),
        (CALLABLE, "satisfied", 0),
        (Besides(named=True), "satisfied", 0),
    ],
)
def test_a_number_is_kept_of_a_bad_review_alone(
    quick: Services, besides: Besides, level: str, kept: int
) -> None:
    place = a_place(quick, an_open_survey(quick))
    quick.collecting.submit(place.code, uuid4(), None, {"overall": [level]}, besides)
    assert len(contacts(quick)) == kept
    assert counted(quick)[0].is_named is besides.named
    assert "138" not in str(counted(quick)[0].answers)


@pytest.mark.parametrize(
    ("besides", "fields"),
    [
        (Besides(phone="123"), {"overall": ["dissatisfied"]}),
        (Besides(named=True), {"overall": ["dissatisfied"]}),
        (Besides(phone="123"), {}),
    ],
)
def test_a_number_that_cannot_be_called_is_said_kindly(
    quick: Services, besides: Besides, fields: dict[str, list[str]]
) -> None:
    place = a_place(quick, an_open_survey(quick))
    with pytest.raises(InvalidAnswers) as caught:
        quick.collecting.submit(place.code, uuid4(), None, fields, besides)
    assert PHONE_FIELD in caught.value.problems
    assert rows(quick) == []

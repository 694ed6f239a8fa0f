"""The database keeps margin sets in their order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import inspect, update
from sqlalchemy.exc import IntegrityError

from surveyapp.services.assembly import Services
from surveyapp.storage.margins import MarginRepository, MarginSetRecord
from surveyapp.storage.surveys import SurveyRepository
from tests.builders import services_on
from tests.support.results import a_city
from tests.support.weighting import (
    BAD,
    GOOD,
    set_margins,
)


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


@pytest.mark.parametrize(
    "change",
    [
        {"number": 3},
        {"number": 0},
        {"replaces": 1},
        {"number": 2, "replaces": None},
        {"source": ""},
        {"number": 1, "replaces": None, "id": uuid4()},
    ],
)
def test_the_database_keeps_the_order_of_margins(
    database_url: str, tmp_path: Path, change: dict[str, Any]
) -> None:
    services = services_on(database_url, tmp_path)
    key = a_city(services, GOOD, BAD)
    set_margins(services, key)
    with pytest.raises(IntegrityError):
        _store(services, key, change)
    assert len(services.weighting.history(key)) == 1
    services.database.dispose()


def _store(services: Services, key: str, change: dict[str, Any]) -> None:
    """Change the only set, or add a second one under its number."""
    with services.database.writing() as work:
        survey = SurveyRepository(work).find(key)
        assert survey is not None
        (first,) = MarginRepository(work).of(survey.id)
        columns = {one.key: getattr(first, one.key) for one in inspect(MarginSetRecord).columns}
        if "id" in change:
            MarginRepository(work).add(MarginSetRecord(**columns | change))
        else:
            work.session.execute(update(MarginSetRecord).values(**change))

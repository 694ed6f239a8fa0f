"""Reviews that arrive as a test says: honest ones of a hall, and made-up ones."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from surveyapp.services.assembly import Services
from surveyapp.storage.case_records import TraceRecord
from surveyapp.storage.places import PlaceRepository
from surveyapp.storage.records import FoldQueueRecord, ResponseRecord
from surveyapp.storage.surveys import SurveyRepository
from tests.builders import a_place


def arrivals(
    services: Services,
    key: str,
    place: UUID | None,
    moments: Iterable[datetime],
    *,
    level: str = "very_satisfied",
    device: str | None = None,
    seconds: int | None = 20,
    **answers: Any,
) -> list[UUID]:
    """Store reviews at moments, as the form would have; returns their ids in that order."""
    rows: list[dict[str, Any]] = [
        {"id": uuid4(), "received_at": moment, "answers": {"overall": level, **answers}}
        for moment in moments
    ]
    store(services, key, place, rows, device=device, seconds=seconds)
    return [row["id"] for row in rows]


def store(
    services: Services,
    key: str,
    place: UUID | None,
    rows: list[dict[str, Any]],
    *,
    device: str | None = None,
    seconds: int | None = 20,
) -> None:
    """Store rows of id, received_at and answers."""
    with services.database.writing() as work:
        survey = SurveyRepository(work).find(key)
        assert survey is not None
        common: dict[str, Any] = {
            "survey_id": survey.id,
            "revision_id": survey.current_revision_id,
            "place_id": place,
            "mode": "qr",
            "attributes": {},
            "standing": "counted",
        }
        for row in rows:
            work.session.add(ResponseRecord(**common, **row))
        work.session.flush()
        for row in rows:
            work.session.add(FoldQueueRecord(id=row["id"], survey_id=survey.id))
            day = row["received_at"].astimezone(services.settings.timezone).date()
            work.session.add(
                TraceRecord(
                    response_id=row["id"],
                    survey_id=survey.id,
                    day=day,
                    device=device,
                    seconds=seconds,
                )
            )


def place_of(services: Services, key: str, label: str = "1号窗口") -> UUID:
    """Add a place; returns its id."""
    code = a_place(services, key, label).code
    with services.database.reading() as work:
        found = PlaceRepository(work).find(code)
    assert found is not None
    return found.id

"""Things tests are about, made in one line and varied in one word."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from surveyapp.config import Settings
from surveyapp.domain.definition import parse_definition
from surveyapp.domain.places import Place
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Definition
from surveyapp.services.assembly import Services, assemble
from surveyapp.services.collection.collecting import Submitted

SECRET = "a secret that only tests know"
CLERK = Actor("a clerk")
MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


class Clock:
    """A clock that moves only when told to."""

    def __init__(self, now: datetime = MONDAY) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **how_far: float) -> None:
        """Move forward by a timedelta's arguments."""
        self.now += timedelta(**how_far)


def settings_for(database_url: str, folder: Path, **environ: str) -> Settings:
    """Settings as an installation on `database_url` would have them."""
    return Settings.from_environ(
        {
            "SURVEYAPP_DATABASE_URL": database_url,
            "SURVEYAPP_SECRET_KEY": SECRET,
            "SURVEYAPP_INSTANCE_DIR": str(folder),
            **environ,
        }
    )


def services_on(database_url: str, folder: Path, clock: Clock | None = None) -> Services:
    """All services on a migrated database; close with ``services.database.dispose()``."""
    return assemble(settings_for(database_url, folder), now=clock or Clock())


_REVIEW: dict[str, Any] = {
    "key": "hall-review",
    "kind": "review",
    "title": {"zh": "大厅好差评", "en": "Hall review"},
    "office": {"zh": "示例县政务服务中心", "en": "Example County service centre"},
    "questions": [
        {"key": "overall", "type": "scale", "scale": "hcp5", "title": {"zh": "总体", "en": "All"}},
        {"key": "reasons", "type": "tags", "depends_on": "overall", "tags": "national",
         "title": {"zh": "原因", "en": "Reasons"}},
        {"key": "comment", "type": "text", "max_chars": 150,
         "title": {"zh": "意见", "en": "Comment"}},
    ],
    "indices": [{"key": "overall", "of": ["overall"]}],
}  # fmt: skip

_EVERY_TYPE: dict[str, Any] = {
    "key": "every-type",
    "kind": "satisfaction",
    "title": {"zh": "各种题型", "en": "Every type"},
    "attributes": [
        {"key": "district", "levels": ["1", "2"], "unknown": "allowed"},
        {"key": "age", "title": {"zh": "年龄", "en": "Age"}, "levels": ["18-39", "40+"],
         "unknown": "allowed", "ask": True},
    ],
    "questions": [
        {"key": "used", "type": "single", "options": "yes_no",
         "title": {"zh": "用过", "en": "Used"}},
        {"key": "police", "type": "scale", "scale": "sat5", "relevance": "used",
         "title": {"zh": "警务", "en": "Police"}},
        {"key": "m", "type": "matrix", "scale": "sat5",
         "title": {"zh": "环境", "en": "Surroundings"},
         "rows": [{"key": "air", "title": {"zh": "空气", "en": "Air"}},
                  {"key": "water", "title": {"zh": "水", "en": "Water"}}]},
        {"key": "why", "type": "multiple", "max_choices": 2, "show_if": {"used": ["yes"]},
         "title": {"zh": "为什么", "en": "Why"},
         "options": [{"key": "a", "code": 1, "label": {"zh": "甲", "en": "A"}},
                     {"key": "b", "code": 2, "label": {"zh": "乙", "en": "B"}},
                     {"key": "c", "code": 3, "label": {"zh": "丙", "en": "C"}}]},
        {"key": "visits", "type": "number", "min": 0, "max": 50, "decimals": 1,
         "title": {"zh": "次数", "en": "Visits"}},
        {"key": "remark", "type": "text", "max_chars": 10, "title": {"zh": "备注", "en": "Remark"}},
    ],
    "relevance_weights": {"yes": 1, "no": 0.5},
    "indices": [{"key": "all", "of": ["police", "m"], "weights": {"police": 2}}],
}  # fmt: skip


def review_document(**changes: Any) -> dict[str, Any]:
    """A 好差评 definition document."""
    return deepcopy(_REVIEW) | changes


def every_type_document(**changes: Any) -> dict[str, Any]:
    """A satisfaction survey with one question of each type."""
    return deepcopy(_EVERY_TYPE) | changes


def a_definition(document: dict[str, Any] | None = None) -> Definition:
    """A parsed definition."""
    return parse_definition(document or review_document())


def an_open_survey(services: Services, document: dict[str, Any] | None = None) -> str:
    """Import and put in use; return the key."""
    definition = a_definition(document)
    services.authoring.import_definition(definition, CLERK)
    services.authoring.publish(definition.key, CLERK)
    return definition.key


def a_place(services: Services, survey_key: str, label: str = "1号窗口") -> Place:
    """Add a place without a subject."""
    return services.placing.add(survey_key, label, None, CLERK)


def submit(
    services: Services, place: Place, *, key: UUID | None = None, **answers: str | list[str]
) -> Submitted:
    """Post answers as a browser would; ``m__air`` stands for the field ``m.air``."""
    fields = {
        name.replace("__", "."): [value] if isinstance(value, str) else value
        for name, value in answers.items()
    }
    return services.collecting.submit(place.code, key or uuid4(), None, fields)

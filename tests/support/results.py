"""Surveys with data whose results tests look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from surveyapp.content import demo_path
from surveyapp.domain.survey import Standing
from surveyapp.services.assembly import Services
from surveyapp.services.collection.importing import ImportResult
from surveyapp.services.definition_files import read_definition
from surveyapp.storage.records import ResponseRecord
from surveyapp.storage.responses import ResponseRepository
from surveyapp.storage.surveys import SurveyRepository
from tests.builders import CLERK, an_open_survey


def import_rows(services: Services, key: str, header: str, *rows: str) -> ImportResult:
    """Import lines of CSV; none may be refused."""
    path = Path(services.settings.instance_dir) / "rows.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    result = services.importing.import_file(key, path, actor=CLERK)
    assert not result.errors, [str(error.message) for error in result.errors]
    return result


def demo_survey(services: Services, definition: str, data: str) -> str:
    """Put a survey of the demo in use and import its data."""
    parsed = read_definition(demo_path(definition).read_bytes(), definition)
    services.authoring.import_definition(parsed, CLERK)
    services.authoring.publish(parsed.key, CLERK)
    services.importing.import_file(parsed.key, demo_path(data), actor=CLERK)
    return parsed.key


def responses_of(services: Services, key: str) -> list[ResponseRecord]:
    """Return all responses of a survey."""
    with services.database.reading() as work:
        survey = SurveyRepository(work).find(key)
        assert survey is not None
        return list(ResponseRepository(work).each(survey.id))


def set_standings(services: Services, key: str, standing: Standing, n: int) -> None:
    """Give `n` counted responses another standing."""
    counted = [one for one in responses_of(services, key) if one.standing == Standing.COUNTED]
    for response in counted[:n]:
        services.counting.set_standing(response.id, standing, "a test", CLERK)


def satisfaction_document(**changes: Any) -> dict[str, Any]:
    """One question, two windows, one attribute; small enough to reckon in one's head."""
    document: dict[str, Any] = {
        "key": "city",
        "kind": "satisfaction",
        "title": {"zh": "城市", "en": "City"},
        "attributes": [
            {
                "key": "area",
                "title": {"zh": "地区", "en": "Area"},
                "levels": [
                    {"key": "town", "label": {"zh": "城镇", "en": "Town"}},
                    {"key": "village", "label": {"zh": "乡村", "en": "Village"}},
                ],
                "unknown": "allowed",
            }
        ],
        "subjects": [
            {"key": "w1", "title": {"zh": "1号窗口", "en": "Window 1"}},
            {"key": "w2", "title": {"zh": "2号窗口", "en": "Window 2"}},
        ],
        "questions": [
            {
                "key": "overall",
                "type": "scale",
                "scale": "sat5",
                "title": {"zh": "总体", "en": "Overall"},
                "required": False,
            }
        ],
        "indices": [{"key": "all", "title": {"zh": "满意度", "en": "Index"}, "of": ["overall"]}],
    }
    return document | changes


def a_city(services: Services, *rows: str, **changes: Any) -> str:
    """Open the survey above and import rows ``overall,area,subject,mode``."""
    key = an_open_survey(services, satisfaction_document(**changes))
    if rows:
        import_rows(services, key, "overall,area,subject,mode", *rows)
    return key

"""Indicators over small surveys whose values can be reckoned by hand."""

from __future__ import annotations

from typing import Any

import yaml

from surveyapp.domain.organisation import Unit
from surveyapp.domain.periods import Period
from surveyapp.domain.snapshot import Snapshot, SnapshotValue
from surveyapp.services.assembly import Services
from surveyapp.services.indicators.defining import IndicatorImport
from surveyapp.storage.records import UnitRecord
from surveyapp.storage.units import UnitRepository
from tests.builders import CLERK
from tests.support.results import a_city

COUNTY = (
    Unit("51", "示例县", None, "县"),
    Unit("5101", "税务局", "51", "部门"),
    Unit("5102", "公安局", "51", "部门"),
)
SUBJECTS = [
    {"key": "w1", "title": {"zh": "1号窗口", "en": "Window 1"}, "unit": "5101"},
    {"key": "w2", "title": {"zh": "2号窗口", "en": "Window 2"}, "unit": "5102"},
]
QUARTER = Period.parse("2026Q4")


def add_units(services: Services, *units: Unit) -> None:
    """Store units, each after its parent."""
    with services.database.writing() as work:
        for unit in units:
            record = UnitRecord(
                code=unit.code,
                name=unit.name,
                category=unit.category,
                parent_code=unit.parent_code,
            )
            UnitRepository(work).add(record)
            work.flush()


def answers(*groups: tuple[int, str, str, str]) -> list[str]:
    """Rows of a city: (how many, level, subject, mode)."""
    return [
        f"{level},town,{subject},{mode}" for n, level, subject, mode in groups for _ in range(n)
    ]


def a_county(services: Services, *groups: tuple[int, str, str, str], **changes: Any) -> str:
    """Open the survey of a city with two windows of two units; import answers to it."""
    add_units(services, *COUNTY)
    return a_city(services, *answers(*groups), **{"subjects": SUBJECTS} | changes)


def an_indicator(**changes: Any) -> dict[str, Any]:
    """Telephone 6 : web 4 over the index of the city."""
    return {
        "key": "public",
        "title": {"zh": "公众满意度", "en": "Public satisfaction"},
        "parts": [
            {"survey": "city", "figure": "index.all", "weight": 6, "where": {"mode": "phone"}},
            {"survey": "city", "figure": "index.all", "weight": 4, "where": {"mode": "web"}},
        ],
    } | changes


def import_indicators(services: Services, *documents: dict[str, Any]) -> IndicatorImport:
    """Import indicators as a file would give them."""
    content = yaml.safe_dump({"indicators": list(documents)}, allow_unicode=True, sort_keys=False)
    return services.indicators.import_file(content.encode(), "indicators.yaml", CLERK)


def freeze(services: Services, key: str, period: Period = QUARTER) -> Snapshot:
    """Make a snapshot."""
    return services.snapshotting.make(key, period, CLERK)


def value_of(snapshot: Snapshot, figure: str, subject: str | None = None) -> SnapshotValue:
    """Return a figure that is there."""
    found = snapshot.find(figure, subject)
    assert found is not None, [(one.figure, one.subject) for one in snapshot.values]
    return found

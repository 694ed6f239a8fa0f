"""A hall with two departments and their reviews, small enough to reckon by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from surveyapp.domain.organisation import Unit
from surveyapp.services.assembly import Services
from surveyapp.services.collection.importing import ImportResult
from surveyapp.services.reviews.volumes import VolumeResult
from surveyapp.storage.records import UnitRecord
from surveyapp.storage.units import UnitRepository
from tests.builders import CLERK, an_open_survey, review_document

UNITS = (
    Unit("51", "示例县", None, "县"),
    Unit("5101", "税务局", "51", "部门"),
    Unit("5102", "公安局", "51", "部门"),
)
SUBJECTS = [
    {"key": "tax", "title": {"zh": "税务", "en": "Tax"}, "unit": "5101"},
    {"key": "police", "title": {"zh": "公安", "en": "Police"}, "unit": "5102"},
]
HEADER = "id,observed_on,subject,channel,case_number,review_number,is_default,named,item_code,item_name,window,satisfaction"  # noqa: E501  # one heading


def a_hall(services: Services, **changes: Any) -> str:
    """Put a review survey with two subjects of two units in use; returns its key."""
    with services.database.writing() as work:
        for unit in UNITS:
            UnitRepository(work).add(
                UnitRecord(
                    code=unit.code,
                    name=unit.name,
                    category=unit.category,
                    parent_code=unit.parent_code,
                )
            )
            work.flush()
    return an_open_survey(services, review_document(**{"subjects": SUBJECTS} | changes))


def a_file(services: Services, content: str, name: str = "reviews.csv") -> Path:
    """Write a file of the test's own."""
    path = Path(services.settings.instance_dir) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def record(
    services: Services, key: str, *rows: str, header: str = HEADER, best: str | None = None
) -> ImportResult:
    """Import lines of reviews from a channel."""
    path = a_file(services, "\n".join((header, *rows)) + "\n")
    return services.importing.import_file(key, path, actor=CLERK, source="省平台", best=best)


def some(prefix: str, n: int, rest: str) -> list[str]:
    """Make `n` rows that differ in their id."""
    return [f"{prefix}{number},{rest}" for number in range(n)]


def give_volumes(services: Services, key: str, *rows: str) -> VolumeResult:
    """Import numbers of service cases."""
    path = a_file(services, "\n".join(("日期,评价对象,办件量", *rows)) + "\n", "volumes.csv")
    return services.volumes.import_file(key, path, "办件系统", CLERK)

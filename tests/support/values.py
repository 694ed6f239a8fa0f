"""Values for tests: a category of units, a scheme in use, and people who report and verify."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid4, uuid5

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.periods import Period
from surveyapp.domain.reporting import Person, ValueRow
from surveyapp.domain.roles import Grant, Role, permissions_of
from surveyapp.domain.scheme_reading import parse_scheme
from surveyapp.services.assembly import Services
from surveyapp.services.assessment.entries import Entry
from surveyapp.services.assessment.evidence import Evidence
from surveyapp.services.assessment.reports import ReportResult
from surveyapp.storage.records import UnitRecord
from surveyapp.storage.scheme_records import SchemeRecord, SchemeVersionRecord
from surveyapp.storage.units import UnitRepository
from tests.builders import Clock, services_on

# The middle of the third quarter, ten in the morning in Beijing.
AUGUST = datetime(2026, 8, 17, 2, 0, tzinfo=UTC)
SCHEME = "county-2026"
CATEGORY = "县区"
UNITS = (
    ("10", "示例市", None, None),
    ("stats", "市统计局", "10", "市直部门"),
    ("env", "市生态环境局", "10", "市直部门"),
    ("east", "东城县", "10", CATEGORY),
    ("west", "西山县", "10", CATEGORY),
    ("west-1", "西山县政务大厅", "west", "窗口"),
)
_SCHEME: dict[str, Any] = {
    "key": SCHEME,
    "year": 2026,
    "category": CATEGORY,
    "title": {"zh": "县区综合考核", "en": "Counties"},
    "total": 100,
    "groups": [{"key": "common", "title": {"zh": "共性指标", "en": "Common"}, "weight": 100}],
    "indicators": [
        {"key": "gdp", "title": {"zh": "地区生产总值增速", "en": "Growth"}, "group": "common",
         "weight": 60, "unit": {"zh": "%", "en": "%"}, "responsible": "stats", "every": "quarter",
         "normalisation": "own_best"},
        {"key": "air", "title": {"zh": "优良天数", "en": "Good air"}, "group": "common",
         "weight": 30, "responsible": "env", "every": "month", "normalisation": "own_best"},
        {"key": "report", "title": {"zh": "自评报告", "en": "Own report"}, "group": "common",
         "weight": 10, "responsible": "west", "every": "year", "normalisation": "direct",
         "best": 100},
    ],
    "adjustments": [
        {"key": "honour", "title": {"zh": "省级表彰", "en": "Honour"}, "points": 2},
        {"key": "notice", "title": {"zh": "通报批评", "en": "Notice"}, "points": -1},
    ],
    "overrides": [
        {"key": "accident", "title": {"zh": "重大安全事故", "en": "Accident"}, "effect": "cap",
         "grade": "良好"},
    ],
    "grades": [{"from": 90}, {"from": 80}, {"from": 60}, {}],
    "missing": "block",
}  # fmt: skip
PDF = Evidence("统计快报.pdf", b"%PDF-1.7")


def staff_of(name: str, *roles: Role, unit: str | None = None) -> StaffView:
    """Somebody signed in, without an account."""
    grants = tuple(Grant(role, unit if role is Role.UNIT else None) for role in roles)
    below = {"west": {"west", "west-1"}}
    codes = frozenset(below.get(unit, {unit})) if unit else frozenset()
    staff_id = uuid5(NAMESPACE_OID, name)
    return StaffView(staff_id, name, f"{name}同志", grants, permissions_of(grants), codes)


def person_of(name: str, *roles: Role, unit: str | None = None) -> Person:
    """What somebody signed in may do with values."""
    return Person.of(staff_of(name, *roles, unit=unit))


STATS = person_of("stats", Role.UNIT, unit="stats")
ENV = person_of("env", Role.UNIT, unit="env")
EAST = person_of("east", Role.UNIT, unit="east")
WEST = person_of("west", Role.UNIT, unit="west")
OFFICE = person_of("office", Role.EDITOR)
REVIEWER = person_of("reviewer", Role.REVIEWER)
SECOND = person_of("second", Role.REVIEWER)
LEADER = person_of("leader", Role.LEADER)
BOTH = person_of("both", Role.EDITOR, Role.REVIEWER)


def scheme_document(**changes: Any) -> dict[str, Any]:
    """Return the document of a small scheme."""
    return deepcopy(_SCHEME) | changes


def put_scheme(
    services: Services, document: dict[str, Any] | None = None, *, in_use: bool = True
) -> str:
    """Store a scheme, in use or as a draft; return its key."""
    document = document or scheme_document()
    scheme = parse_scheme(document)
    now = services.now()
    version = uuid4()
    with services.database.writing() as work:
        record = SchemeRecord(
            id=uuid4(),
            key=scheme.key,
            year=scheme.year,
            category=scheme.category,
            current_version_id=version if in_use else None,
            created_at=now,
            updated_at=now,
        )
        work.session.add(record)
        work.session.flush()
        work.session.add(
            SchemeVersionRecord(
                id=version,
                scheme_id=record.id,
                number=1,
                document=document,
                sha256="0" * 64,
                created_by="a clerk",
                created_at=now,
                published_by="another clerk" if in_use else None,
                published_at=now if in_use else None,
            )
        )
    return scheme.key


@dataclass
class ValueBook:
    """Services on a fresh database with units and a scheme in use."""

    services: Services
    clock: Clock

    def report(
        self,
        value: str = "6.5",
        person: Person = STATS,
        *,
        indicator: str = "gdp",
        unit: str = "west",
        period: str = "2026Q2",
        note: str = "",
        files: tuple[Evidence, ...] = (),
    ) -> ReportResult:
        """Report one value."""
        row = ValueRow(indicator, unit, period, value, note)
        return self.services.objectives.report(SCHEME, [(1, row)], "快报", person, files)

    def verified(self, value: str = "6.5", **where: Any) -> Any:
        """Report a value and let a reviewer verify it; returns its id."""
        (value_id,) = self.report(value, **where).ids
        assert self.services.verifying.verify_each(SCHEME, [value_id], REVIEWER).verified == 1
        return value_id

    def counted(self, upto: str = "2026") -> dict[tuple[str, str, str], str]:
        """What counts: numbers by indicator, unit and period."""
        found = self.services.objectives.verified(SCHEME, Period.parse(upto))
        return {(one.indicator, one.unit, str(one.period)): str(one.value) for one in found}

    def enter(self, person: Person = OFFICE, **changes: Any) -> Any:
        """Enter an occurrence; returns its id."""
        given: dict[str, Any] = {
            "rule": "honour",
            "unit": "west",
            "day": Period.parse("2026Q2"),
            "occurrences": 1,
            "reason": "获全省表彰",
            "document": "省政府〔2026〕3号",
        }
        return self.services.adjusting.add(SCHEME, Entry(**given | changes), person)


def fill(services: Services) -> None:
    """Store the units and put the scheme in use."""
    with services.database.writing() as work:
        for code, name, parent, category in UNITS:
            record = UnitRecord(code=code, name=name, parent_code=parent, category=category)
            assert UnitRepository(work).add(record)
    put_scheme(services)


@contextmanager
def a_value_book(url: str, folder: Path, clock: Clock | None = None) -> Iterator[ValueBook]:
    """A value book on a database."""
    clock = clock or Clock(AUGUST)
    services = services_on(url, folder, clock)
    fill(services)
    yield ValueBook(services, clock)
    services.database.dispose()

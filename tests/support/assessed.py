"""A category of four counties with verified values, and runs of scores, made in one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.periods import Period
from surveyapp.domain.reporting import Person, ValueRow
from surveyapp.domain.roles import Actor, Grant, Role, permissions_of
from surveyapp.services.assembly import Services
from surveyapp.services.assessment.scores import ScoreRun
from surveyapp.storage.records import UnitRecord
from surveyapp.storage.units import UnitRepository
from tests.support.values import put_scheme

SCHEME = "counties-2026"
CATEGORY = "县区"
PERIOD = Period.parse("2026Q3")
UNITS = (
    ("10", "示例市", None, None),
    ("stats", "市统计局", "10", "市直部门"),
    ("east", "东城县", "10", CATEGORY),
    ("west", "西山县", "10", CATEGORY),
    ("north", "北河县", "10", CATEGORY),
    ("south", "南林县", "10", CATEGORY),
    ("west-1", "西山县政务大厅", "west", "窗口"),
)
VALUES: Mapping[str, Mapping[str, str]] = {
    "growth": {"east": "8", "west": "4", "north": "6", "south": "7"},
    "waiting": {"east": "95", "west": "40", "north": "55", "south": "88"},
}


def scheme_document(**changes: Any) -> dict[str, Any]:
    """Return the document of the scheme."""
    return {
        "key": SCHEME,
        "year": 2026,
        "category": CATEGORY,
        "title": {"zh": "2026年县区综合考核", "en": "Counties 2026"},
        "total": 100,
        "groups": [
            {"key": "common", "title": {"zh": "共性指标", "en": "Common"}, "weight": 60},
            {"key": "voice", "title": {"zh": "主观评价", "en": "Subjective"}, "weight": 40,
             "role": "subjective"},
        ],
        "indicators": [
            {"key": "growth", "title": {"zh": "地区生产总值增速", "en": "Growth"},
             "group": "common", "weight": 60, "unit": {"zh": "%", "en": "%"},
             "responsible": "stats", "every": "quarter", "accumulation": "latest",
             "normalisation": "own_best"},
            {"key": "waiting", "title": {"zh": "按时办结率", "en": "Done in time"},
             "group": "voice", "weight": 40, "unit": {"zh": "%", "en": "%"},
             "responsible": "stats", "every": "quarter", "accumulation": "latest",
             "normalisation": "direct", "best": 100},
        ],
        "adjustments": [
            {"key": "honour", "title": {"zh": "省级表彰", "en": "Honour"}, "points": 2},
        ],
        "overrides": [],
        "grades": [{"from": 90}, {"from": 80}, {"from": 60}, {}],
        "missing": "renormalise",
    } | changes  # fmt: skip


def person(name: str, *roles: Role, unit: str | None = None) -> StaffView:
    """Somebody signed in, without an account."""
    grants = tuple(Grant(role, unit if role is Role.UNIT else None) for role in roles)
    below = {"west": {"west", "west-1"}}
    codes = frozenset(below.get(unit, {unit})) if unit else frozenset()
    staff_id = uuid5(NAMESPACE_OID, name)
    return StaffView(staff_id, name, f"{name}同志", grants, permissions_of(grants), codes)


EDITOR = person("editor", Role.EDITOR)
REVIEWER = person("reviewer", Role.REVIEWER)
LEADER = person("leader", Role.LEADER)
ANALYST = person("analyst", Role.ANALYST)
WEST = person("west", Role.UNIT, unit="west")
EAST = person("east", Role.UNIT, unit="east")


def add_units(services: Services) -> None:
    """Store the organisation."""
    with services.database.writing() as work:
        for code, name, parent, category in UNITS:
            record = UnitRecord(code=code, name=name, parent_code=parent, category=category)
            assert UnitRepository(work).add(record)


def report(
    services: Services, values: Mapping[str, Mapping[str, str]], period: Period = PERIOD
) -> None:
    """Report values, and let a second person verify them."""
    rows = [
        (number, ValueRow(indicator, unit, str(period), value))
        for number, (indicator, unit, value) in enumerate(
            ((key, unit, value) for key, of in values.items() for unit, value in of.items()),
            start=1,
        )
    ]
    done = services.objectives.report(SCHEME, rows, "快报", Person.of(EDITOR))
    assert done.errors == ()
    services.verifying.verify_each(SCHEME, done.ids, Person.of(REVIEWER))


def score(services: Services, period: Period = PERIOD, *, released: bool = True) -> ScoreRun:
    """Compute the scores of a period; released by a second person."""
    run = services.scoring.score(SCHEME, period, EDITOR.actor, seed=7, draws=200)
    return services.scores.release(run.id, REVIEWER.actor) if released else run


def an_assessment(services: Services, *, released: bool = True, **changes: Any) -> ScoreRun:
    """An organisation, a scheme in use, verified values of a quarter, and a run."""
    add_units(services)
    put_scheme(services, scheme_document(**changes))
    report(services, VALUES)
    return score(services, released=released)


OPERATOR = Actor("operator")

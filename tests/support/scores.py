"""A category with a scheme in use, verified values and frozen figures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from surveyapp.domain.periods import Period
from surveyapp.domain.roles import Actor
from surveyapp.domain.snapshot import Measure, SnapshotValue
from surveyapp.domain.text import Text
from surveyapp.services.assembly import Services
from surveyapp.services.indicators.records import values_document
from surveyapp.storage.indicators import SnapshotRecord, SnapshotRepository
from surveyapp.storage.objective_records import AdjustmentRecord, ObjectiveValueRecord
from surveyapp.storage.records import UnitRecord
from tests.builders import CLERK, MONDAY
from tests.support.schemes import document, line

SHA256 = "0" * 64
REVIEWER = Actor("li")
TOWNS = {"T1": "东河镇", "T2": "西山镇", "T3": "南塘乡", "T4": "北岭乡"}


def towns_document(**more: Any) -> dict[str, Any]:
    """Write a scheme of towns: growth 60, satisfaction 40, additions, a veto, four grades."""
    return document(
        line(
            "growth",
            60,
            group="common",
            normalisation="target",
            best=12,
            every="month",
            accumulation="sum",
            responsible="T1",
            title={"zh": "增长", "en": "Growth"},
            unit="%",
        ),
        line(
            "satisfaction",
            40,
            group="subjective",
            source="indicator",
            every="quarter",
            indicator="public",
            accumulation="mean",
            title={"zh": "群众满意度", "en": "Public satisfaction"},
        ),
        key="towns-2026",
        category="乡镇",
        title={"zh": "乡镇综合考核方案", "en": "Towns"},
        groups=[
            {
                "key": "common",
                "title": {"zh": "共性指标", "en": "Common"},
                "weight": 60,
                "role": "common",
            },
            {
                "key": "subjective",
                "title": {"zh": "主观评价", "en": "Subjective"},
                "weight": 40,
                "role": "subjective",
            },
        ],
        adjustments=[{"key": "honour", "title": {"zh": "表彰", "en": "Honour"}, "points": 1}],
        overrides=[
            {
                "key": "veto",
                "title": {"zh": "一票否决", "en": "Veto"},
                "effect": "cap",
                "grade": "良好",
            }
        ],
        grades=[{"from": 90, "quota": "50%"}, {"from": 80}, {"from": 60}, {}],
        **more,
    )


def put_units(services: Services, names: Mapping[str, str], category: str) -> None:
    """Enter units of a category."""
    with services.database.writing() as work:
        for code, name in names.items():
            work.session.add(UnitRecord(code=code, name=name, category=category))


def put_in_use(services: Services, scheme: Mapping[str, Any]) -> str:
    """Import a scheme and put it in use; returns its key."""
    key = services.schemes.import_document(dict(scheme), CLERK).scheme.key
    services.schemes.publish(key, REVIEWER)
    return key


def report(
    services: Services, scheme: str, indicator: str, values: Mapping[str, Mapping[str, object]]
) -> None:
    """Store verified values by unit and period."""
    with services.database.writing() as work:
        for unit, of_unit in values.items():
            for period, value in of_unit.items():
                work.session.add(
                    ObjectiveValueRecord(
                        id=uuid4(),
                        scheme_key=scheme,
                        indicator_key=indicator,
                        unit_code=unit,
                        period=period,
                        version=1,
                        value=str(value),
                        status="verified",
                        source="统计局",
                        note="",
                        reported_by="wang",
                        reported_at=MONDAY,
                        decided_by="li",
                        decided_at=MONDAY,
                    )
                )


def occur(
    services: Services, scheme: str, rule: str, unit: str, *, kind: str = "points", times: int = 1
) -> None:
    """Store a verified occurrence."""
    with services.database.writing() as work:
        work.session.add(
            AdjustmentRecord(
                id=uuid4(),
                scheme_key=scheme,
                kind=kind,
                rule_key=rule,
                unit_code=unit,
                day=date(2026, 2, 3),
                occurrences=times,
                reason="获省级表彰",
                document="省政府〔2026〕3号",
                status="verified",
                entered_by="wang",
                entered_at=MONDAY,
                decided_by="li",
                decided_at=MONDAY,
            )
        )


def freeze(
    services: Services,
    key: str,
    period: str,
    values: Mapping[str, tuple[float | None, float | None]],
    *,
    figures: tuple[str, ...] = ("value",),
    suppressed: bool = False,
    few: tuple[str, ...] = (),
) -> UUID:
    """Store a snapshot of a survey with a value and a standard error by unit.

    Parameters
    ----------
    few : tuple of str
        Units whose values rest on few answers, where not all do.
    """
    frozen = [
        SnapshotValue(
            figure=figure,
            subject=unit,
            value=value,
            se=se,
            low=None if se is None or value is None else value - 2 * se,
            high=None if se is None or value is None else value + 2 * se,
            n=210,
            effective_n=200.0,
            method="calibrated",
            unit=Measure.POINTS,
            suppressed=suppressed or unit in few,
        )
        for unit, (value, se) in values.items()
        for figure in figures
    ]
    with services.database.writing() as work:
        repository = SnapshotRepository(work)
        before = repository.latest(key, str(Period.parse(period)))
        record = SnapshotRecord(
            id=uuid4(),
            source_kind="survey",
            source_key=key,
            period=period,
            number=1 if before is None else before.number + 1,
            supersedes_id=None if before is None else before.id,
            indicator_id=None,
            values=values_document(
                title=Text("满意度", "Satisfaction"),
                version=None,
                values=frozen,
                notes=(),
                minimum=5,
                whole_waves=True,
            ),
            values_sha256=SHA256,
            input_blob=b"x",
            input_sha256=SHA256,
            seed=1,
            made_by="a clerk",
            made_at=MONDAY,
        )
        assert repository.add(record)
        return record.id


def towns(services: Services) -> str:
    """Make four towns with everything for the first quarter of 2026; returns the scheme's key."""
    put_units(services, TOWNS, "乡镇")
    key = put_in_use(services, towns_document())
    growth = {"T1": "1.0", "T2": "0.9", "T3": "0.85", "T4": "0.5"}
    months = ("2026-01", "2026-02", "2026-03")
    report(services, key, "growth", {u: dict.fromkeys(months, v) for u, v in growth.items()})
    figures = {"T1": (88.0, 1.5), "T2": (90.0, 1.5), "T3": (89.0, 2.0), "T4": (60.0, 1.0)}
    freeze(services, "public", "2026Q1", figures)
    occur(services, key, "honour", "T2", times=2)
    occur(services, key, "veto", "T1", kind="override")
    return key

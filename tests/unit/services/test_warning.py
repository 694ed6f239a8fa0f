"""The list of early warnings, for the office and for units."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from surveyapp.domain.periods import Period
from surveyapp.domain.rectification import ItemSource
from surveyapp.domain.rectification_fields import NewItem
from surveyapp.domain.roles import Actor
from surveyapp.domain.warning import Urgency
from surveyapp.services.assembly import Services
from surveyapp.services.assessment.item_views import Origin
from tests.builders import Clock, services_on
from tests.support.assessed import (
    ANALYST,
    EAST,
    EDITOR,
    WEST,
    add_units,
    report,
    scheme_document,
    score,
)
from tests.support.values import put_scheme


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path, clock: Clock) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path / "instance", clock)
    add_units(made)
    document = scheme_document()
    # Growth is summed up towards a target of 12 in the year: 9 by the end of the third quarter.
    document["indicators"][0] |= {"normalisation": "target", "best": 12, "accumulation": "sum"}
    put_scheme(made, document)
    yield made
    made.database.dispose()


def test_values_that_have_not_come_are_listed(services: Services) -> None:
    found = services.early_warning.warnings(EDITOR)
    (scheme,) = found.schemes
    assert {str(one.period) for one in scheme.values} == {"2026Q1", "2026Q2", "2026Q3"}
    assert {one.urgency for one in scheme.values} == {Urgency.OVERDUE}
    assert (scheme.period, scheme.behind, found.items) == (None, (), ())
    assert found.total == 6
    assert found.names["west"] == "西山县"
    own = services.early_warning.warnings(WEST).schemes[0]
    assert {one.units for one in own.values} == {("west",)}


def test_who_is_behind_is_read_from_the_scores(services: Services) -> None:
    codes = ("east", "west", "north", "south")
    for quarter in ("2026Q1", "2026Q2", "2026Q3"):
        values = {"growth": dict.fromkeys(codes, "3") | {"west": "1"}}
        values["waiting"] = dict.fromkeys(codes, "90")
        report(services, values, Period.parse(quarter))
    run = score(services, released=False)
    (scheme,) = services.early_warning.warnings(EDITOR).schemes
    assert scheme.values == ()
    assert scheme.period == run.period
    assert [(one.unit, str(one.value), str(one.expected)) for one in scheme.behind] == [
        ("west", "3", "9")
    ]
    # Units learn of it when the scores are released, and only of themselves.
    assert services.early_warning.warnings(WEST).schemes == ()
    services.scores.release(run.id, Actor("somebody else"))
    assert [one.unit for one in services.early_warning.warnings(WEST).schemes[0].behind] == ["west"]
    assert services.early_warning.warnings(EAST).schemes == ()


def test_a_run_for_a_year_that_still_lasts_hides_nobody(services: Services) -> None:
    codes = ("east", "west", "north", "south")
    for quarter in ("2026Q1", "2026Q2", "2026Q3"):
        values = {"growth": dict.fromkeys(codes, "3") | {"west": "1"}}
        values["waiting"] = dict.fromkeys(codes, "90")
        report(services, values, Period.parse(quarter))
    run = score(services, released=False)
    services.scoring.score(run.scheme_key, Period.parse("2026"), Actor("the office"))
    (scheme,) = services.early_warning.warnings(EDITOR).schemes
    assert [one.unit for one in scheme.behind] == ["west"]


def test_matters_near_their_end_are_listed_for_who_sees_them(
    services: Services, clock: Clock
) -> None:
    due_on = services.rectifying.today() + timedelta(days=5)
    new = NewItem("按时办结率低", "三季度 40%", "west", "", "马局长", "80%", due_on)
    number = services.rectifying.open(EDITOR, new, Origin(ItemSource.INDICATOR))

    def listed(staff: object) -> list[tuple[Urgency, str]]:
        found = services.early_warning.warnings(staff)  # type: ignore[arg-type]  # staff all the same
        return [(urgency, one.number) for urgency, one in found.items]

    assert listed(EDITOR) == listed(WEST) == [(Urgency.NEAR, number)]
    assert listed(EAST) == listed(ANALYST) == []
    clock.advance(days=6)
    assert listed(EDITOR) == [(Urgency.OVERDUE, number)]

"""Snapshots of evaluations: all meetings together, each team by its unit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from surveyapp.domain.errors import Conflict, InvalidDefinition
from surveyapp.domain.organisation import Unit
from surveyapp.services.assembly import Services
from tests.builders import CLERK, services_on
from tests.support.evaluations import HEADINGS, a_template, cards, meeting, vote, workbook
from tests.support.indicators import (
    add_units,
    an_indicator,
    freeze,
    import_indicators,
    value_of,
)

BUREAUS = (Unit("5101", "税务局", None, "部门"), Unit("5102", "公安局", None, "部门"))
GOOD = cards("excellent", "excellent", "competent", "competent", "approve")
FAIR = cards("good", "competent", "competent", "competent", "approve")


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    add_units(made, *BUREAUS)
    meetings = [
        [[*row, code if number == 0 else None] for number, row in enumerate(rows)]
        for code, rows in (
            ("5101", meeting(1, "税务局", A票人数=5, B票人数=5)),
            ("5102", meeting(2, "公安局", A票人数=5, B票人数=5)),
        )
    ]
    path = workbook(tmp_path, *meetings, headings=(*HEADINGS, "单位编码"))
    made.evaluating.import_meetings(a_template(), path, CLERK)
    yield made
    made.database.dispose()


def over_teams(figure: str = "ballot.team") -> dict[str, object]:
    return an_indicator(parts=[{"survey": "year", "figure": figure}])


def test_each_team_has_the_value_of_its_own_meeting(services: Services) -> None:
    import_indicators(services, over_teams())
    with pytest.raises(Conflict, match="not open"):
        freeze(services, "public")
    vote(services, "year-001", [GOOD])
    vote(services, "year-002", [FAIR])
    made = freeze(services, "public")
    assert value_of(made, "value", "5101").value == 100.0
    assert value_of(made, "value", "5102").value == 80.0
    assert made.find("value") is None
    assert all(one.ok for one in services.checking.verify("public"))
    whole = freeze(services, "year")
    assert value_of(whole, "ballot.year-001.p1").value == 100.0
    assert value_of(whole, "ballot.year-002.p2").value == 80.0
    assert whole.find("ballot.year-001.p5") is None
    one = value_of(whole, "ballot", "5101")
    assert one.value == pytest.approx((100 + 100 + 80 + 80) / 4)
    assert all(one.ok for one in services.checking.verify("year"))


def test_an_evaluation_has_no_other_figure(services: Services) -> None:
    with pytest.raises(InvalidDefinition):
        import_indicators(services, over_teams("index.all"))

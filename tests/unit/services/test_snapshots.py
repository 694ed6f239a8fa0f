"""Snapshots of satisfaction surveys and of indicators over them, reckoned by hand."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from pathlib import Path
from uuid import UUID

import pytest

from surveyapp.domain.errors import Conflict, NotAllowed, NotFound
from surveyapp.domain.periods import Period
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Standing
from surveyapp.services.assembly import Services
from tests.builders import CLERK, Clock, a_definition, a_place, services_on, submit
from tests.support.indicators import (
    QUARTER,
    a_county,
    an_indicator,
    freeze,
    import_indicators,
    value_of,
)
from tests.support.results import (
    a_city,
    import_rows,
    satisfaction_document,
    set_standings,
)

BEST, WORST = "very_satisfied", "very_dissatisfied"
SOMEBODY = UUID(int=7)


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


def two_modes(services: Services) -> str:
    """By telephone 6 × 100 and 2 × 0 (75), on the web 3 × 100 and 5 × 0 (37.5)."""
    return a_county(
        services,
        (6, BEST, "w1", "phone"),
        (2, WORST, "w1", "phone"),
        (3, BEST, "w1", "web"),
        (5, WORST, "w1", "web"),
    )


def test_a_survey_needs_no_indicator(services: Services) -> None:
    key = a_county(services, (3, BEST, "w1", "phone"), (5, WORST, "w2", "phone"))
    made = freeze(services, key)
    whole = value_of(made, "index.all")
    assert (whole.value, whole.n, whole.shown, whole.unit) == (37.5, 8, "37.50", "points")
    assert value_of(made, "rate.all").value == 37.5
    assert value_of(made, "rate.all").unit == "percent"
    tax = value_of(made, "index.all", "5101")
    assert (tax.value, tax.n, tax.suppressed) == (100.0, 3, True)
    assert (value_of(made, "index.all", "5102").value, made.number) == (0.0, 1)
    county = value_of(made, "index.all", "51")
    assert (county.value, county.n, county.suppressed) == (37.5, 8, False)


def test_the_figures_are_those_of_the_report(services: Services) -> None:
    key = two_modes(services)
    made = freeze(services, key)
    (row,) = services.reporting.report(key, fold="all").overall
    whole = value_of(made, "index.all")
    assert (whole.value, whole.se, whole.low, whole.high) == (
        row.figure.value,
        row.figure.se,
        row.figure.low,
        row.figure.high,
    )


def test_parts_are_combined_by_fixed_weights_and_never_pooled(services: Services) -> None:
    two_modes(services)
    import_indicators(services, an_indicator())
    made = freeze(services, "public")
    value = value_of(made, "value")
    assert value.value == pytest.approx(0.6 * 75 + 0.4 * 37.5)
    phone, web = value_of(made, "part.1"), value_of(made, "part.2")
    assert (phone.value, web.value) == (75.0, 37.5)
    assert phone.se is not None
    assert web.se is not None
    assert value.se == pytest.approx(sqrt((0.6 * phone.se) ** 2 + (0.4 * web.se) ** 2))
    assert value.n == 16
    assert value.effective_n == pytest.approx(1 / (0.36 / 8 + 0.16 / 8))
    assert value.method == "combined"
    assert value_of(made, "value", "5101").value == value.value
    assert "6 : 4" in " ".join(note.en for note in made.notes)


def test_parts_that_may_share_respondents_get_an_upper_bound(services: Services) -> None:
    two_modes(services)
    parts = [{"survey": "city", "figure": "index.all"} for _ in range(2)]
    import_indicators(services, an_indicator(parts=parts))
    made = freeze(services, "public")
    assert value_of(made, "value").se == pytest.approx(value_of(made, "part.1").se)
    assert any("upper bound" in note.en for note in made.notes)


def test_a_part_alone_keeps_its_interval_and_is_not_shown_twice(services: Services) -> None:
    two_modes(services)
    import_indicators(services, an_indicator(parts=[{"survey": "city", "figure": "index.all"}]))
    made = freeze(services, "public")
    (row,) = services.reporting.report("city", fold="all").overall
    assert value_of(made, "value").low == row.figure.low
    assert made.find("part.1") is None


def test_the_weight_of_a_missing_part_goes_to_the_others_where_that_is_declared(
    services: Services,
) -> None:
    a_county(services, (6, BEST, "w1", "phone"), (2, WORST, "w1", "phone"))
    import_indicators(services, an_indicator(missing="renormalise"))
    assert value_of(freeze(services, "public"), "value").value == 75.0


def test_incomplete_shows_the_parts_of_a_unit_and_no_value(services: Services) -> None:
    a_county(
        services,
        (6, BEST, "w1", "phone"),
        (6, BEST, "w1", "web"),
        (6, WORST, "w2", "phone"),
    )
    import_indicators(services, an_indicator(missing="incomplete"))
    made = freeze(services, "public")
    police = value_of(made, "value", "5102")
    assert (police.value, police.n, police.method) == (None, 6, "incomplete")
    assert value_of(made, "part.1", "5102").value == 0.0
    assert value_of(made, "value", "5101").value == 100.0


def test_a_blocked_indicator_names_the_units(services: Services) -> None:
    a_county(
        services,
        (6, BEST, "w1", "phone"),
        (6, BEST, "w1", "web"),
        (6, WORST, "w2", "phone"),
    )
    import_indicators(services, an_indicator())
    with pytest.raises(Conflict, match="公安局"):
        freeze(services, "public")


def test_overall_only_gives_no_units(services: Services) -> None:
    two_modes(services)
    import_indicators(services, an_indicator(by="overall"))
    made = freeze(services, "public")
    assert {one.subject for one in made.values} == {None}


def test_sample_and_crowd_stay_apart(services: Services) -> None:
    key = a_city(services, *["very_satisfied,town,,phone"] * 4)
    place = a_place(services, key)
    for _ in range(6):
        submit(services, place, overall=WORST)
    made = freeze(services, key)
    assert value_of(made, "index.all").value == 40.0
    assert value_of(made, "index.all@invited").value == 100.0
    assert value_of(made, "index.all@open").value == 0.0
    import_indicators(services, an_indicator(parts=[{"survey": key, "figure": "index.all"}]))
    with pytest.raises(Conflict, match="population"):
        freeze(services, "public")
    part = {"survey": key, "figure": "rate.all", "population": "invited"}
    import_indicators(services, an_indicator(parts=[part]))
    assert value_of(freeze(services, "public"), "value").value == 100.0
    part = {"survey": key, "figure": "rate.all", "population": "open"}
    import_indicators(services, an_indicator(parts=[part]))
    assert value_of(freeze(services, "public"), "value").value == 0.0


def test_a_group_of_respondents_can_be_chosen(services: Services) -> None:
    a_city(
        services,
        *["very_satisfied,town,,phone"] * 4,
        *["very_dissatisfied,village,,phone"] * 4,
    )
    part = {"survey": "city", "figure": "index.all", "where": {"area": "village"}}
    import_indicators(services, an_indicator(parts=[part]))
    assert value_of(freeze(services, "public"), "value").value == 0.0


def test_it_is_said_when_respondents_were_chosen_after_answers_could_be_seen(
    sqlite_url: str, tmp_path: Path
) -> None:
    clock = Clock()
    services = services_on(sqlite_url, tmp_path, clock)
    services.authoring.import_definition(a_definition(satisfaction_document()), CLERK)
    part = {"survey": "city", "figure": "index.all", "where": {"area": "village"}}
    early = an_indicator(parts=[part])
    import_indicators(services, early)
    clock.advance(hours=1)
    services.authoring.publish("city", CLERK)
    import_rows(services, "city", "overall,area", *["very_satisfied,village"] * 5)
    clock.advance(hours=1)
    import_indicators(services, early | {"by": "overall"})
    late = "was declared after it had opened"
    assert not any(late in note.en for note in freeze(services, "public").notes)
    clock.advance(hours=1)
    other = part | {"where": {"area": ["village", "town"]}}
    import_indicators(services, an_indicator(parts=[other]))
    assert any(late in note.en for note in freeze(services, "public").notes)
    assert all(one.ok for one in services.checking.verify("public"))
    services.database.dispose()


def test_points_and_percent_are_not_mixed(services: Services) -> None:
    two_modes(services)
    parts = [
        {"survey": "city", "figure": "index.all", "where": {"mode": "phone"}},
        {"survey": "city", "figure": "rate.all", "where": {"mode": "web"}},
    ]
    import_indicators(services, an_indicator(parts=parts))
    with pytest.raises(Conflict, match="one"):
        freeze(services, "public")


def test_answers_of_the_period_alone_where_that_is_declared(services: Services) -> None:
    a_city(services)
    import_rows(
        services,
        "city",
        "overall,area,subject,mode,observed_on",
        *["very_satisfied,town,,phone,2026-03-05"] * 5,
        *["very_dissatisfied,town,,phone,2026-04-05"] * 5,
    )
    parts = [{"survey": "city", "figure": "index.all", "during": "period"}]
    import_indicators(services, an_indicator(parts=parts))
    assert value_of(freeze(services, "public", Period.parse("2026-03")), "value").value == 100.0
    assert value_of(freeze(services, "public", Period.parse("2026-04")), "value").value == 0.0
    year = freeze(services, "public", Period.parse("2026"))
    assert (value_of(year, "value").value, value_of(year, "value").n) == (50.0, 10)
    with pytest.raises(Conflict, match="nothing to freeze"):
        freeze(services, "public", Period.parse("2026-05"))
    whole = freeze(services, "city", Period.parse("2026-03"))
    assert value_of(whole, "index.all").n == 10
    assert any("2026" in note.en and "wave" in note.en for note in whole.notes)
    services.checking.verify("public")
    assert all(one.ok for one in services.checking.verify("public"))


def test_flagged_answers_are_kept_and_not_counted(services: Services) -> None:
    key = a_county(services, (8, BEST, "w1", "phone"))
    set_standings(services, key, Standing.FLAGGED, 2)
    made = freeze(services, key)
    assert value_of(made, "index.all").n == 6
    assert any("2 flagged and 0 excluded" in note.en for note in made.notes)


def test_a_snapshot_is_superseded_and_never_changed(services: Services) -> None:
    key = a_county(services, (8, BEST, "w1", "phone"))
    first = freeze(services, key)
    set_standings(services, key, Standing.EXCLUDED, 2)
    second = freeze(services, key)
    assert (second.number, second.supersedes) == (2, first.id)
    assert services.snapshots.find(first.id) == first
    assert services.snapshots.latest(key, QUARTER) == second
    assert services.snapshots.latest(key, Period.parse("2026Q3")) is None
    assert [one.number for one in services.snapshots.of(key)] == [1, 2]
    assert services.snapshots.all()[0].source_key == key
    with pytest.raises(NotFound):
        services.snapshots.find(SOMEBODY)


def test_shorter_periods_inside_one(services: Services) -> None:
    key = a_county(services, (8, BEST, "w1", "phone"))
    for period in ("2026-02", "2026-01", "2026-01", "2026Q1", "2026Q2", "2025-12", "2026"):
        freeze(services, key, Period.parse(period))
    found = services.snapshots.within(key, Period.parse("2026Q1"))
    assert [(str(one.period), one.number) for one in found] == [("2026-01", 2), ("2026-02", 1)]
    year = services.snapshots.within(key, Period.parse("2026"))
    assert [str(one.period) for one in year] == ["2026-01", "2026-02", "2026Q1", "2026Q2"]


def test_nothing_is_frozen_of_what_is_not_there(services: Services) -> None:
    with pytest.raises(NotFound):
        freeze(services, "nowhere")
    key = a_city(services)
    with pytest.raises(Conflict, match="nothing to freeze"):
        freeze(services, key)


def test_the_author_of_an_indicator_does_not_freeze_it(services: Services) -> None:
    two_modes(services)
    import_indicators(services, an_indicator())
    author = Actor(CLERK.name, SOMEBODY)
    with pytest.raises(NotAllowed):
        services.snapshotting.make("public", QUARTER, author)
    made = services.snapshotting.make("public", QUARTER, Actor("another", SOMEBODY))
    assert made.made_by == "another"

"""Indicators whose parts are of several kinds: answers, reviews and votes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from surveyapp.domain.errors import NotFound
from surveyapp.domain.periods import Period
from surveyapp.services.assembly import Services
from tests.builders import CLERK, an_open_survey, services_on
from tests.support import ballots
from tests.support.ballots import cast, issue, whole_cards
from tests.support.indicators import (
    a_county,
    an_indicator,
    freeze,
    import_indicators,
    value_of,
)
from tests.support.results import import_rows, satisfaction_document
from tests.support.reviews import a_hall, record, some
from tests.support.schemes import document, line
from tests.support.scores import put_in_use


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


def voted(services: Services) -> None:
    """c1 gets 100 from everybody, the deputies 80."""
    ballots.put_in_use(services)
    grades = ("excellent", "competent", "competent", "competent", "competent")
    for codes in issue(services, A=5, B=5).values():
        for code in codes:
            cast(services, code, whole_cards(*grades))
    services.ballot_closing.close("cadres", CLERK)


def test_votes_and_answers_of_the_same_units_are_combined(services: Services) -> None:
    a_county(services, (6, "very_satisfied", "w1", "phone"), (6, "very_satisfied", "w2", "phone"))
    voted(services)
    ballot = {"survey": "cadres", "figure": "ballot", "units": {"c1": "5101", "d1": "5102"}}
    parts = [{"survey": "city", "figure": "index.all"}, ballot]
    import_indicators(services, an_indicator(parts=parts))
    made = freeze(services, "public")
    assert value_of(made, "value", "5101").value == 100.0
    assert value_of(made, "value", "5102").value == 90.0
    # Nobody votes on the county above them, so it has no value; it blocks nothing.
    assert made.find("value", "51") is None
    assert made.find("value") is None
    assert not any("upper bound" in note.en for note in made.notes)
    assert all(one.ok for one in services.checking.verify("public"))


def test_everything_together_may_be_one_person(services: Services) -> None:
    voted(services)
    part = {"survey": "cadres", "figure": "ballot.chief"}
    import_indicators(services, an_indicator(parts=[part], by="overall"))
    (only,) = freeze(services, "public").values
    assert (only.value, only.subject) == (100.0, None)


def test_parts_of_different_surveys_share_nobody(services: Services) -> None:
    key = a_hall(services)
    record(services, key, *some("a", 6, "2026-11-02,tax,pc,,,,,,,1,非常满意"))
    for city in ("city", "town"):
        an_open_survey(services, satisfaction_document(key=city))
        rows = ["very_satisfied,town,,phone"] * 4 + ["very_dissatisfied,town,,phone"]
        import_rows(services, city, "overall,area,subject,mode", *rows)
    parts: list[dict[str, Any]] = [
        {"survey": key, "figure": "rate.mean"},
        {"survey": "city", "figure": "index", "population": "invited"},
        {"survey": "town", "figure": "index.all", "weight": "0.5"},
    ]
    import_indicators(services, an_indicator(parts=parts, by="overall"))
    made = freeze(services, "public", Period.parse("2026-11"))
    assert value_of(made, "value").value == pytest.approx((100 + 80 + 0.5 * 80) / 2.5)
    assert not any("upper bound" in note.en for note in made.notes)
    label = value_of(made, "part.2").label
    assert label is not None
    assert label.en == "City, Index × 1 (invited)"


def test_an_input_is_handed_out_by_its_id(services: Services) -> None:
    with pytest.raises(NotFound):
        services.snapshots.input_of(UUID(int=1))


def test_a_scheme_takes_the_value_of_an_indicator_and_not_its_parts(services: Services) -> None:
    a_county(
        services,
        (6, "very_satisfied", "w1", "phone"),
        (6, "very_dissatisfied", "w1", "web"),
        (6, "very_satisfied", "w2", "phone"),
        (6, "very_satisfied", "w2", "web"),
    )
    import_indicators(services, an_indicator())
    freeze(services, "public", Period.parse("2026Q1"))
    voice = line("voice", source="indicator", indicator="public", every="quarter")
    key = put_in_use(services, document(voice, category="部门"))
    run = services.scoring.score(key, Period.parse("2026Q1"), CLERK)
    assert {one["unit"]: one["score"] for one in run.units} == {"5101": "60", "5102": "100"}


def test_weighted_figures_keep_the_unweighted_value_beside_them(services: Services) -> None:
    an_open_survey(services, satisfaction_document(subjects=[]))
    rows = ["very_satisfied,town,,phone"] * 6 + ["very_dissatisfied,village,,phone"] * 2
    rows += ["very_satisfied,town,,web"] * 4
    import_rows(services, "city", "overall,area,subject,mode", *rows)
    import_indicators(services, an_indicator())
    assert value_of(freeze(services, "city"), "index.all").unweighted is None
    margins = Path(services.settings.instance_dir) / "margins.csv"
    margins.write_text("variable,level,share\narea,town,0.5\narea,village,0.5\n")
    services.weighting.set_file("city", margins, CLERK, source="census")
    made = freeze(services, "city")
    index, rate = value_of(made, "index.all"), value_of(made, "rate.all")
    for one in (index, rate):
        assert one.value == pytest.approx(50.0)
        assert one.unweighted == pytest.approx(1000 / 12)
    both = freeze(services, "public")
    phone = value_of(both, "part.1")
    assert phone.value == pytest.approx(50.0)
    assert phone.unweighted == 75.0
    # Nobody of the villages has answered on the web: that part cannot be weighted.
    assert value_of(both, "part.2").unweighted is None
    assert value_of(both, "value").unweighted == pytest.approx(0.6 * 75 + 0.4 * 100)
    assert all(one.ok for one in services.checking.verify("public"))

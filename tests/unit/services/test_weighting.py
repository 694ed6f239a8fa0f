"""Setting population margins: what is refused, who is named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from surveyapp.domain.errors import BadInput, Conflict, NotFound
from surveyapp.services.assembly import Services
from surveyapp.services.auditing import LogQuery
from surveyapp.services.weights.weighting import margin_set_document, margin_set_of
from tests.builders import CLERK, an_open_survey, every_type_document, services_on
from tests.support.results import a_city, satisfaction_document
from tests.support.weighting import (
    BAD,
    DISTRICT,
    GOOD,
    TOWN_HALF,
    a_file,
    refusal,
    set_margins,
)


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


def test_margins_are_added_and_replaced_with_who_and_when(services: Services) -> None:
    key = a_city(services, *[GOOD] * 6, *[BAD] * 2)
    set_margins(services, key, wave=" 2026  spring ")
    set_margins(services, key, source="a later table")
    later, first = services.weighting.history(key)
    assert (first.number, first.replaces, first.wave) == (1, None, "2026 spring")
    assert (later.number, later.replaces, later.wave) == (2, 1, None)
    assert (later.source, later.set_by, later.file_name) == (
        "a later table",
        "a clerk",
        "margins.csv",
    )
    events = services.auditing.read(LogQuery(action="margins.set"), 1, CLERK).events
    details = sorted((event.detail for event in events), key=lambda one: int(one["number"]))
    assert [one["number"] for one in details] == [1, 2]
    assert (details[1]["responses"], details[1]["sha256"]) == (8, later.file_sha256)
    assert margin_set_of(margin_set_document(later)) == later


def test_a_preview_stores_nothing_and_shows_no_result(services: Services) -> None:
    key = a_city(services, *[GOOD] * 6, *[BAD] * 2)
    services.counting.fold(key)
    path = a_file(services, TOWN_HALF)
    preview = services.weighting.preview(key, path, CLERK, source="census")
    assert preview.calibrated is not None
    assert preview.calibrated.report is not None
    assert preview.calibrated.report.g_max == pytest.approx(2)
    assert services.weighting.history(key) == ()
    assert services.weighting.present(key) is None
    services.weighting.apply(key, preview.margins, CLERK)
    present = services.weighting.present(key)
    assert present is not None
    assert present.tables == preview.calibrated.tables


def test_others_margins_in_between_are_not_overwritten(services: Services) -> None:
    key = a_city(services, GOOD, BAD)
    path = a_file(services, TOWN_HALF)
    one = services.weighting.preview(key, path, CLERK, source="census").margins
    services.weighting.apply(key, one, CLERK)
    with pytest.raises(Conflict):
        services.weighting.apply(key, one, CLERK)
    assert len(services.weighting.history(key)) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"source": " "}, "where the population figures come from"),
        ({"source": "x" * 501}, "longer than 500"),
        ({"source": "census", "wave": "x" * 65}, "longer than 64"),
    ],
)
def test_a_source_is_needed_and_words_are_short(
    services: Services, words: dict[str, str], said: str
) -> None:
    key = a_city(services, GOOD, BAD)
    with pytest.raises(BadInput, match=said):
        set_margins(services, key, **words)


def test_a_survey_must_exist(services: Services) -> None:
    path = a_file(services, TOWN_HALF)
    for call in (
        lambda: services.weighting.preview("none", path, CLERK, source="census"),
        lambda: services.weighting.history("none"),
        lambda: services.weighting.present("none"),
    ):
        with pytest.raises(NotFound):
            call()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("variable,level,share\nage,1,1\n", "no attribute “age”; it has: area"),
        (
            "variable,level,share\narea,city,1\n",
            "no level “city”; it has: town (Town), village (Village)",
        ),
        ("variable,level,share\narea:mode,town,1\n", "no attribute “area:mode”"),
        ("variable,level,share\narea,town,0.5\narea,village,0.4\nx,a,1\n", "no attribute “x”"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_its_line(
    services: Services, content: str, said: str
) -> None:
    key = a_city(services, GOOD, BAD)
    refused = refusal(services, key, content)
    assert said in refused
    assert "margins.csv" in refused


def test_every_level_is_needed_where_nobody_may_be_unknown(services: Services) -> None:
    key = an_open_survey(services, every_type_document(attributes=[DISTRICT]))
    said = refusal(services, key, "variable,level,share\ndistrict,1,1\n")
    assert "lacks the level “2”" in said


def test_levels_named_by_key_and_code_are_one(services: Services) -> None:
    levels = [{"key": "a", "code": 1}, {"key": "b", "code": 2}, {"key": "1", "code": 3}]
    attribute = {"key": "district", "levels": [level | {"label": "x"} for level in levels]}
    key = an_open_survey(services, every_type_document(attributes=[attribute]))
    with pytest.raises(BadInput, match="stands in line 2 already"):
        set_margins(services, key, "variable,level,share\ndistrict,2,0.5\ndistrict,b,0.5\n")
    with pytest.raises(BadInput, match="may be several levels"):
        set_margins(services, key, "variable,level,share\ndistrict,1,1\n")


def test_a_survey_without_attributes_cannot_be_weighted(services: Services) -> None:
    key = an_open_survey(services, satisfaction_document(attributes=[]))
    with pytest.raises(BadInput, match="has no attributes"):
        set_margins(services, key)


def test_there_is_a_limit_to_levels(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("surveyapp.services.weights.margin_fitting.MAX_LEVELS", 1)
    with pytest.raises(BadInput, match="more than 1 levels"):
        set_margins(services, a_city(services, GOOD))


def test_long_lists_of_levels_are_cut(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("surveyapp.services.weights.margin_fitting._MOST_NAMED", 1)
    attribute = DISTRICT | {"levels": ["1", "2", "3"]}
    key = an_open_survey(services, every_type_document(attributes=[attribute]))
    said = refusal(services, key, "variable,level,share\ndistrict,1,1\n")
    assert "lacks the level “2, …”" in said

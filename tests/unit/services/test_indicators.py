"""Indicators are named and versioned, and fit the surveys they name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from surveyapp.domain.errors import BadInput, InvalidDefinition, NotFound
from surveyapp.services.assembly import Services
from tests.builders import CLERK, a_definition, an_open_survey, review_document, services_on
from tests.support.ballots import ballot_document
from tests.support.indicators import an_indicator, import_indicators
from tests.support.results import a_city


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


def refused(services: Services, document: dict[str, Any]) -> list[str]:
    with pytest.raises(InvalidDefinition) as refusal:
        import_indicators(services, document)
    return [str(one.message) for one in refusal.value.problems]


def test_a_changed_indicator_is_a_new_version(services: Services) -> None:
    a_city(services)
    assert import_indicators(services, an_indicator()).new == ("public",)
    assert import_indicators(services, an_indicator()).unchanged == ("public",)
    done = import_indicators(services, an_indicator(missing="renormalise"), an_indicator(key="b"))
    assert (done.changed, done.new, done.versions) == (("public",), ("b",), {"public": 2, "b": 1})
    assert [(one.key, one.version) for one in services.indicators.all()] == [
        ("b", 1),
        ("public", 2),
    ]
    newest, first = services.indicators.versions("public")
    assert (newest.version, first.version) == (2, 1)
    assert newest.sha256 != first.sha256
    assert services.indicators.find("public") == newest
    assert first.created_by == CLERK.name
    with pytest.raises(NotFound):
        services.indicators.find("nowhere")


def test_one_mistake_stores_nothing(services: Services) -> None:
    a_city(services)
    with pytest.raises(InvalidDefinition):
        import_indicators(services, an_indicator(key="good"), an_indicator(missing="never"))
    assert services.indicators.all() == ()


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"survey": "nowhere"}, "no survey “nowhere”"),
        ({"figure": "index.none"}, "no figure “index.none”"),
        ({"figure": "rate.all@named"}, "no figure"),
        ({"figure": "ballot"}, "no figure “ballot”"),
        ({"where": {"income": "high"}}, "no attribute “income”"),
        ({"where": {"area": "moon"}}, "no level “moon”"),
        ({"units": {"w1": "99"}}, "No unit has the code 99"),
    ],
)
def test_parts_fit_their_surveys(services: Services, part: dict[str, Any], said: str) -> None:
    a_city(services)
    document = an_indicator(parts=[{"survey": "city", "figure": "index.all"} | part])
    assert any(said in one for one in refused(services, document))


def test_reviews_and_ballots_have_figures_of_their_own(services: Services) -> None:
    an_open_survey(services, review_document())
    services.authoring.import_definition(a_definition(ballot_document()), CLERK)
    for survey, figure in (
        ("hall-review", "rate.good"),
        ("hall-review", "rate.replied@named"),
        ("hall-review", "index"),
        ("cadres", "ballot"),
        ("cadres", "ballot.chief"),
    ):
        import_indicators(services, an_indicator(parts=[{"survey": survey, "figure": figure}]))
    for survey, figure in (
        ("hall-review", "rate.best"),
        ("hall-review", "rate.good@named"),
        ("cadres", "index.all"),
        ("cadres", "ballot.nobody"),
    ):
        assert refused(services, an_indicator(parts=[{"survey": survey, "figure": figure}]))


def test_levels_that_nobody_stated_can_be_chosen(services: Services) -> None:
    a_city(services)
    where = {"area": ["town", "unknown"], "mode": "phone"}
    import_indicators(
        services,
        an_indicator(parts=[{"survey": "city", "figure": "index.all", "where": where}]),
    )


def test_a_key_means_one_thing(services: Services) -> None:
    a_city(services)
    assert any("A survey has the key" in one for one in refused(services, an_indicator(key="city")))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"x" * 1_000_001, "larger"),
        (b"\xff\xfe", "UTF-8"),
        (b"  \n", "empty"),
    ],
)
def test_a_file_is_text_of_a_sane_size(services: Services, data: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        services.indicators.import_file(data, "x.yaml", CLERK)


def test_lines_are_told(services: Services) -> None:
    a_city(services)
    text = (
        "indicators:\n"
        "  - key: public\n"
        "    title: 公众\n"
        "    parts:\n"
        "      - {survey: nowhere, figure: index.all}\n"
    )
    with pytest.raises(InvalidDefinition) as refusal:
        services.indicators.import_file(text.encode(), "x.yaml", CLERK)
    (problem,) = refusal.value.problems
    assert (problem.line, problem.path) == (5, "public")

"""Reading indicators: every mistake with its place, nothing guessed."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from surveyapp.domain.errors import InvalidDefinition
from surveyapp.domain.indicator import (
    Breakdown,
    Coefficients,
    During,
    FigureKind,
    FigureName,
    MissingPart,
    Population,
)
from surveyapp.domain.indicator_reading import parse_indicator, parse_indicators
from surveyapp.domain.snapshot import Measure
from tests.support.indicators import an_indicator


def problems(document: Any) -> list[tuple[str, str]]:
    """What is said of a document, by path."""
    with pytest.raises(InvalidDefinition) as refusal:
        parse_indicators(document, line_of=lambda _path: 1)
    return [(one.path, str(one.message)) for one in refusal.value.problems]


def part(**changes: Any) -> dict[str, Any]:
    return an_indicator(parts=[{"survey": "city", "figure": "index.all"} | changes])


def test_everything_has_its_default() -> None:
    read = parse_indicator(part())
    assert (read.missing, read.by, read.relevance) == (MissingPart.BLOCK, Breakdown.SUBJECT, None)
    (only,) = read.parts
    assert (only.weight, only.where, only.population, only.during) == (Fraction(1), {}, None, None)
    assert read.document == part()
    assert read.surveys == ("city",)


def test_everything_can_be_said() -> None:
    read = parse_indicator(
        part(
            weight="6.5",
            where={"mode": ["phone", "paper"], "area": "town"},
            population="invited",
            during="period",
            units={"w1": "5101"},
        )
        | {
            "missing": "incomplete",
            "by": "overall",
            "note": {"zh": "说明", "en": "Note"},
            "relevance": {
                "apply": True,
                "knowledge": {"question": "know", "weights": {"yes": 1, "no": 0}},
            },
        }
    )
    (only,) = read.parts
    assert only.weight == Fraction(13, 2)
    assert only.where == {"mode": ("phone", "paper"), "area": ("town",)}
    assert (only.population, only.during) == (Population.INVITED, During.PERIOD)
    assert only.units == {"w1": "5101"}
    assert (read.missing, read.by) == (MissingPart.INCOMPLETE, Breakdown.OVERALL)
    assert read.note is not None
    assert read.relevance is not None
    assert read.relevance.factors == (
        Coefficients("know", {"yes": Fraction(1), "no": Fraction(0)}),
    )


@pytest.mark.parametrize(
    ("written", "figure"),
    [
        ("index.all", FigureName(FigureKind.INDEX, "all")),
        ("index", FigureName(FigureKind.INDEX)),
        ("rate.good", FigureName(FigureKind.RATE, "good")),
        ("rate.replied@named", FigureName(FigureKind.RATE, "replied", "named")),
        ("ballot", FigureName(FigureKind.BALLOT)),
        ("ballot.chief", FigureName(FigureKind.BALLOT, "chief")),
    ],
)
def test_figures_are_named(written: str, figure: FigureName) -> None:
    (only,) = parse_indicator(part(figure=written)).parts
    assert only.figure == figure
    assert str(figure) == written


def test_figures_are_counted_in_points_or_percent() -> None:
    assert FigureName(FigureKind.INDEX, "all").measure(is_review=False) is Measure.POINTS
    assert FigureName(FigureKind.RATE, "all").measure(is_review=False) is Measure.PERCENT
    assert FigureName(FigureKind.RATE, "good").measure(is_review=True) is Measure.PERCENT
    assert FigureName(FigureKind.RATE, "mean").measure(is_review=True) is Measure.POINTS


@pytest.mark.parametrize(
    ("document", "path", "said"),
    [
        (part(figure="rate"), "indicators[1].parts[1].figure", "index.KEY"),
        (part(figure=None), "indicators[1].parts[1].figure", "index.KEY"),
        (part(weight=0), "indicators[1].parts[1].weight", "above 0"),
        (part(weight="a lot"), "indicators[1].parts[1].weight", "number"),
        (part(population="all"), "indicators[1].parts[1].population", "invited, open"),
        (part(during="always"), "indicators[1].parts[1].during", "period, survey"),
        (part(where={"mode": []}), "indicators[1].parts[1].where.mode", "1 to 50"),
        (part(where=["mode"]), "indicators[1].parts[1].where", "mapping"),
        (part(other=1), "indicators[1].parts[1].other", "not known"),
        (an_indicator(parts=[]), "indicators[1].parts", "1 to 50"),
        (an_indicator(missing="zero"), "indicators[1].missing", "block"),
        (an_indicator(relevance={}), "indicators[1].relevance", "Name a question"),
        (
            an_indicator(relevance={"knowledge": {"question": "k", "weights": {"a": -1}}}),
            "indicators[1].relevance.knowledge.weights.a",
            "never negative",
        ),
        (
            an_indicator(
                relevance={"apply": True, "class": {"question": "k", "weights": {"a": 0}}}
            ),
            "indicators[1].relevance",
            "every coefficient",
        ),
    ],
)
def test_a_mistake_is_found_where_it_stands(document: Any, path: str, said: str) -> None:
    assert any(
        where == path and said in what for where, what in problems({"indicators": [document]})
    )


def test_a_file_holds_indicators_with_different_keys() -> None:
    twice = problems({"indicators": [an_indicator(), an_indicator()]})
    assert any("twice" in what for _, what in twice)
    assert problems(["nothing"])
    assert problems({"indicators": ["text"]})

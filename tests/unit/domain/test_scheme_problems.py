"""Schemes that are refused: every problem at once, each with its place."""

from __future__ import annotations

from typing import Any

import pytest

from surveyapp.domain.errors import InvalidDefinition
from surveyapp.domain.scheme_reading import parse_scheme
from tests.support.schemes import document, line


def _problems(content: Any) -> dict[str, str]:
    with pytest.raises(InvalidDefinition) as caught:
        parse_scheme(content)
    return {one.path: str(one.message) for one in caught.value.problems}


@pytest.mark.parametrize(
    ("changed", "place", "words"),
    [
        ({"total": 0}, "total", "more than 0"),
        ({"year": None}, "year", "“year” is missing"),
        ({"year": 12}, "year", "whole number"),
        ({"category": "类" * 65}, "category", "longer than 64"),
        ({"missing": "maybe"}, "missing", "Expected one of"),
        ({"follows": "!"}, "follows", "A key begins"),
        ({"surprise": 1}, "surprise", "not known"),
        ({"groups": [{"key": "work", "title": "w", "weight": 90}]}, "groups", "add up to 90"),
        (
            {"groups": [{"key": "work", "title": "w", "weight": -1}]},
            "groups[1].weight",
            "less than 0",
        ),
        ({"indicators": [line("a", 90)]}, "groups[1]", "add up to 90, but 100"),
        ({"indicators": [line("a", 120), line("b", None)]}, "groups[1]", "add up to 120"),
        ({"indicators": [line("a", group="none")]}, "indicators[1].group", "no group"),
        ({"indicators": [line("a", 50), line("a", 50)]}, "indicators[2]", "used twice"),
        (
            {"indicators": [line("a", indicator="x", source="objective")]},
            "indicators[1].indicator",
            "names no indicator",
        ),
        ({"indicators": [line("a", every="week")]}, "indicators[1].every", "Expected one of"),
        ({"indicators": [line("a", best=0)]}, "indicators[1].best", "full mark"),
        (
            {"indicators": [line("a", normalisation="target", best=0)]},
            "indicators[1].best",
            "better than the value",
        ),
        (
            {"indicators": [line("a", normalisation="target", best=1, worst=2)]},
            "indicators[1].best",
            "better than the value",
        ),
        (
            {"indicators": [line("a", normalisation="target", best=0, direction="lower")]},
            "indicators[1].best",
            "better than the value",
        ),
        (
            {
                "indicators": [
                    line("a", normalisation="min_max", best=1, worst=1, direction="lower")
                ]
            },
            "indicators[1].best",
            "better than the worst",
        ),
        (
            {"indicators": [line("a", normalisation="min_max", best=1, worst=2)]},
            "indicators[1].best",
            "better than the worst",
        ),
        (
            {"indicators": [line("a", normalisation="rank", step="130%")]},
            "indicators[1].step",
            "share from 0 to 1",
        ),
        (
            {"indicators": [line("a", normalisation="rank", step="viel")]},
            "indicators[1].step",
            "Expected a number",
        ),
        (
            {
                "indicators": [
                    line(
                        "a",
                        normalisation="bands",
                        bands=[{"from": 80, "share": "50%"}, {"from": 90, "share": 1}],
                    )
                ]
            },
            "indicators[1].bands",
            "best first",
        ),
        (
            {
                "indicators": [
                    line(
                        "a",
                        normalisation="bands",
                        bands=[{"from": 80, "share": 1}, {"from": 80, "share": "50%"}],
                    )
                ]
            },
            "indicators[1].bands",
            "best first",
        ),
        (
            {"indicators": [line("a", every="half", pace=["60%", "50%"])]},
            "indicators[1].pace",
            "2 parts",
        ),
        (
            {"indicators": [line("a", every="half", pace=["60%", "x"])]},
            "indicators[1].pace",
            "2 parts",
        ),
        (
            {"indicators": [line("a", every="half", pace=["60%", "90%"])]},
            "indicators[1].pace",
            "2 parts",
        ),
        (
            {"indicators": [line("a", limit={"indicator": "a"})]},
            "indicators[1].limit.indicator",
            "no other indicator",
        ),
        (
            {"indicators": [line("a", responsible="x" * 129)]},
            "indicators[1].responsible",
            "longer than 128",
        ),
        (
            {"adjustments": [{"key": "a", "title": "a", "points": 1, "cap": -1}]},
            "adjustments[1].cap",
            "less than 0",
        ),
        (
            {"overrides": [{"key": "a", "title": "a", "grade": "好"}]},
            "overrides[1].grade",
            "no grade “好”",
        ),
        (
            {
                "grades": [{"from": 90}, {}],
                "overrides": [
                    {
                        "key": "a",
                        "title": "a",
                        "grade": "优秀",
                        "when": {"indicator": "b", "below": 1},
                    }
                ],
            },
            "overrides[1].when.indicator",
            "no other indicator",
        ),
        ({"grades": [{"from": 60}, {"from": 90}, {}]}, "grades", "best first"),
        ({"grades": [{"from": 60}]}, "grades", "at least two"),
        ({"grades": [{"from": 60}, {"quota": "10%"}]}, "grades", "at least two"),
        ({"grades": [{"title": "好"}, {"title": "好"}]}, "grades", "same name"),
    ],
)
def test_each_problem_is_named_with_its_place(
    changed: dict[str, Any], place: str, words: str
) -> None:
    assert words in _problems(document() | changed)[place]


def test_all_problems_come_at_once() -> None:
    found = _problems({"key": "!", "groups": [], "indicators": []})
    assert {"key", "year", "category", "title", "groups", "indicators"} <= set(found)

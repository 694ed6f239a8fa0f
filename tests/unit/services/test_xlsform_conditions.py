"""The expressions of XLSForm that have a meaning here, and those that do not."""

from __future__ import annotations

import pytest

from surveyapp.services.xlsforms.conditions import read_constraint, read_relevant


@pytest.mark.parametrize(
    ("expression", "conditions"),
    [
        ("${a} = 'x'", {"a": ["x"]}),
        ('${ a }="x"', {"a": ["x"]}),
        ("selected(${a}, 'x')", {"a": ["x"]}),
        ("${a} = 'x' or ${a} = 'y'", {"a": ["x", "y"]}),
        ("(${a} = 'x' or selected(${a}, 'y')) and ${b} = 'z'", {"a": ["x", "y"], "b": ["z"]}),
        ("${a} = 'this and that' and ${b} = 'or else'", {"a": ["this and that"], "b": ["or else"]}),
        ("(${a} = '')", {"a": [""]}),
    ],
)
def test_simple_conditions_are_read(expression: str, conditions: dict[str, list[str]]) -> None:
    assert read_relevant(expression) == conditions


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "${a} != 'x'",
        "${a} > 3",
        "not(${a} = 'x')",
        "${a} = 'x' or ${b} = 'y'",
        "${a} = 'x' and ${a} = 'y'",
        "(${a} = 'x') and (${b} = 'y'",
        "(${a} = 'x') or (${b} = 'y')",
        "${a} = ${b}",
        "today() > '2026-01-01'",
    ],
)
def test_other_conditions_are_not_guessed(expression: str) -> None:
    assert read_relevant(expression) is None


@pytest.mark.parametrize(
    ("expression", "bounds"),
    [
        (". >= 0 and . <= 120", {". >=": "0", ". <=": "120"}),
        ("(.>=-1.5)", {". >=": "-1.5"}),
        ("string-length( . ) <= 150", {"string-length(.) <=": "150"}),
        ("count-selected(.) <= 3", {"count-selected(.) <=": "3"}),
    ],
)
def test_simple_constraints_are_read(expression: str, bounds: dict[str, str]) -> None:
    assert read_constraint(expression) == bounds


@pytest.mark.parametrize(
    "expression", ["", ". != 3", "regex(., '[a-z]+')", ". >= 0 or . <= 9", ". >= 0 and . >= 1"]
)
def test_other_constraints_are_not_guessed(expression: str) -> None:
    assert read_constraint(expression) is None

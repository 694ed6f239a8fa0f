from __future__ import annotations

from typing import Any

import pytest

from surveyapp.domain.definition import parse_definition
from surveyapp.domain.errors import InvalidDefinition
from surveyapp.domain.weighting import WeightingMethod, WeightingRule
from tests.builders import review_document


def rule_of(section: Any) -> WeightingRule:
    return parse_definition(review_document(weighting=section)).weighting


def test_raking_without_limits_is_the_default() -> None:
    assert parse_definition(review_document()).weighting == WeightingRule()
    assert rule_of({}) == WeightingRule(WeightingMethod.RAKE, None, None)


def test_method_bounds_and_trimming_are_read() -> None:
    rule = rule_of({"method": "logit", "bounds": [0.3, "3"], "trim": [0, 5]})
    assert rule == WeightingRule(WeightingMethod.LOGIT, (0.3, 3.0), (0.0, 5.0))


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("rake", "mapping of names"),
        ({"way": "rake"}, "“way” is not known"),
        ({"method": "magic"}, "rake, poststratify, linear, logit"),
        ({"method": ["rake"]}, "rake, poststratify, linear, logit"),
        ({"method": "logit"}, "needs bounds"),
        ({"bounds": 3}, "Expected a list"),
        ({"bounds": [3]}, "2 to 2 entries"),
        ({"bounds": ["a", 3]}, "Expected a number"),
        ({"bounds": [1, 3]}, "around 1"),
        ({"bounds": [-1, 3]}, "around 1"),
        ({"bounds": [0.5, 1001]}, "around 1"),
        ({"trim": [2, 3]}, "around 1"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(section: Any, said: str) -> None:
    with pytest.raises(InvalidDefinition) as caught:
        rule_of(section)
    assert said in " ".join(str(one.message) for one in caught.value.problems)
    assert all(one.path.startswith("weighting") for one in caught.value.problems)

from __future__ import annotations

import json

from surveyapp.domain.definition import parse_definition
from surveyapp.domain.margins import (
    Measure,
    PopulationMargin,
    PopulationMargins,
    attributes_of,
    levels_named,
    missing_levels,
    title_of_levels,
    title_of_margin,
)
from tests.builders import every_type_document

AGE = {
    "key": "age",
    "title": {"zh": "年龄", "en": "Age"},
    "levels": [
        {"key": "young", "code": 1, "label": {"zh": "青年", "en": "Young"}},
        {"key": "1", "code": 2, "label": {"zh": "其他", "en": "Others"}},
    ],
}
DEFINITION = parse_definition(
    every_type_document(attributes=[{"key": "district", "levels": ["1", "2"]}, AGE])
)
JOINT = PopulationMargin(("district", "age"), {("1", "young"): 30, ("2", "young"): 70})


def test_a_document_comes_back_as_it_was_in_its_order() -> None:
    margins = PopulationMargins(
        Measure.COUNT, (PopulationMargin(("district",), {("2",): 0.1, ("1",): 1 / 3}), JOINT)
    )
    written = json.loads(json.dumps(margins.as_document(), sort_keys=True))
    assert PopulationMargins.of_document(written) == margins
    assert list(PopulationMargins.of_document(written).variables[0].targets) == [("2",), ("1",)]


def test_a_margin_knows_its_name_its_total_and_the_levels_of_a_cell() -> None:
    assert (JOINT.name, JOINT.total) == ("district:age", 100)
    assert JOINT.levels_of({"district": "1", "mode": "phone"}) == ("1", "unknown")


def test_variables_are_attributes_or_several_joined() -> None:
    assert [one.key for one in attributes_of(DEFINITION, "age")] == ["age"]
    assert [one.key for one in attributes_of(DEFINITION, "district:age")] == ["district", "age"]
    assert attributes_of(DEFINITION, "district:size") == ()
    assert attributes_of(DEFINITION, "age:age") == ()


def test_levels_are_named_by_key_or_code() -> None:
    age = attributes_of(DEFINITION, "age")
    both = attributes_of(DEFINITION, "district:age")
    assert levels_named(age, "young") == (("young",),)
    assert set(levels_named(age, "1")) == {("young",), ("1",)}
    assert levels_named(age, "old") == ()
    assert levels_named(both, "2: young") == (("2", "young"),)
    assert levels_named(both, "2") == ()
    assert missing_levels(both, JOINT.targets) == [("1", "1"), ("2", "1")]


def test_titles_are_those_of_the_definition_as_far_as_it_has_them() -> None:
    assert title_of_margin(DEFINITION, JOINT).en == "district × Age"
    assert title_of_levels(DEFINITION, JOINT, ("1", "young")).zh == "1 × 青年"
    old = PopulationMargin(("size", "age"), {("big", "gone"): 1})
    assert title_of_margin(DEFINITION, old).en == "size × Age"
    assert title_of_levels(DEFINITION, old, ("big", "gone")).en == "big × gone"

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from surveyapp.domain.definition import parse_definition, sha256_of
from surveyapp.domain.errors import InvalidDefinition
from surveyapp.domain.scales import PRESETS
from surveyapp.domain.survey import Definition, ScaleQuestion, choices_of
from tests.builders import a_definition, every_type_document, review_document


def problems_of(document: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidDefinition) as caught:
        parse_definition(document)
    return [(problem.path, str(problem.message)) for problem in caught.value.problems]


def question(**changes: Any) -> dict[str, Any]:
    return every_type_document(questions=[changes | {"title": "T"}], indices=[])


def with_index(**changes: Any) -> dict[str, Any]:
    return every_type_document(indices=[{"key": "i", "of": ["police"]} | changes])


def read_twice(document: dict[str, Any]) -> tuple[Definition, Definition]:
    once = parse_definition(document)
    return once, parse_definition(once.document)


def test_what_is_stored_reads_as_what_was_written() -> None:
    once, twice = read_twice(every_type_document())
    assert once == twice
    assert sha256_of(once.document) == sha256_of(twice.document)


def test_dates_and_truth_values_of_yaml_survive_the_store() -> None:
    head = {
        "form_number": "示例1表",
        "issued_by": "甲",
        "document": "乙",
        "approved_by": "丙",
        "approval_number": "丁",
        "valid_until": date(2026, 12, 31),
    }
    document = every_type_document(
        legal_head=head,
        statistical_project=True,
        relevance_weights={True: 1, False: "0.5"},
        window={"opens_at": date(2026, 11, 1), "closes_at": datetime(2026, 12, 1, tzinfo=UTC)},
    )
    once, twice = read_twice(document)
    assert once.legal_head is not None
    assert once.legal_head.valid_until == date(2026, 12, 31)
    assert once.opens_at is not None
    assert once.opens_at.isoformat() == "2026-11-01T00:00:00"
    assert set(once.relevance_weights) == {"yes", "no"}
    assert once == twice


def test_a_plain_string_reads_the_same_in_both_languages() -> None:
    definition = a_definition(review_document(title="T", notes={"zh": "注"}))
    assert definition.title.in_language("en") == definition.title.in_language("zh") == "T"
    assert definition.notes is not None
    assert definition.notes.en == "注"


def test_attributes_subjects_and_questions_are_found_by_key() -> None:
    document = every_type_document(subjects=[{"key": "w1", "unit": 7}, {"key": "w2"}])
    definition = a_definition(document)
    assert [subject.unit_code for subject in definition.subjects] == ["7", None]
    assert [attribute.key for attribute in definition.asked_attributes] == ["age"]
    assert definition.attribute("age") is not None
    assert definition.attribute("shoe_size") is None
    assert isinstance(definition.question("police"), ScaleQuestion)
    assert choices_of(definition.question("visits")) == ()
    assert [name for name, _, _ in definition.rated_fields()] == ["police", "m.air", "m.water"]
    with pytest.raises(KeyError):
        definition.question("nobody")


def test_presets_mark_the_favourable_levels_of_the_field() -> None:
    favourable = {
        key: sum(level.favourable for level in scale.levels) for key, scale in PRESETS.items()
    }
    assert favourable["hcp5"] == 3
    assert {favourable[key] for key in ("sat5", "sat4", "sat3", "good4")} == {2}
    assert [str(level.points) for level in PRESETS["sat5"].scored] == ["100", "80", "60", "30", "0"]


@pytest.mark.parametrize(
    ("document", "path", "reason"),
    [
        ([], "", "mapping"),
        (review_document(key="Hall Review"), "key", "begins with a letter"),
        (review_document(kind="poll"), "kind", "kind of a survey"),
        (review_document(color="red"), "color", "not known"),
        (review_document(title=None), "title", "missing"),
        (review_document(title={"zh": ["x"]}), "title", "missing"),
        (review_document(title="x" * 4001), "title", "longer than"),
        (review_document(minutes="three"), "minutes", "whole number"),
        (review_document(statistical_project="yes"), "statistical_project", "true or false"),
        (review_document(minimum_group=0), "minimum_group", "whole number"),
        (review_document(window={"opens_at": "soon"}), "window.opens_at", "date and time"),
        (review_document(legal_head={"form_number": "1"}), "legal_head.issued_by", "missing"),
        (review_document(legal_head={"valid_until": 3}), "legal_head.valid_until", "a date"),
        (review_document(scales=[1]), "scales", "mapping"),
        (review_document(scales={"hcp5": ["a", "b"]}), "scales.hcp5", "preset"),
        (review_document(scales={"s": ["a"]}), "scales.s", "2 to 21"),
        (review_document(scales={"s": "a"}), "scales.s", "list"),
        (review_document(scales={"s": ["a;b", "c"]}), "scales.s[1]", "short key"),
        (review_document(scales={"s": ["a", "a"]}), "scales.s[2]", "used twice"),
        (
            review_document(scales={"s": [{"key": "a", "unscored": True, "points": 1}, "b"]}),
            "scales.s[1]",
            "no points",
        ),
        (
            review_document(scales={"s": [{"key": "a", "points": "much"}, "b"]}),
            "scales.s[1].points",
            "number",
        ),
        (
            review_document(scales={"s": [{"key": "a", "points": float("nan")}, "b"]}),
            "scales.s[1].points",
            "number",
        ),
        (
            review_document(attributes=[{"key": "id", "levels": ["1"]}]),
            "attributes[1].key",
            "twice",
        ),
        (
            review_document(attributes=[{"key": "a", "levels": ["unknown"]}]),
            "attributes[1].levels",
            "unknown: allowed",
        ),
        (
            review_document(attributes=[{"key": "a", "levels": ["1"], "unknown": "maybe"}]),
            "attributes[1].unknown",
            "allowed",
        ),
        (review_document(questions=[]), "questions", "1 to 400"),
        (review_document(questions=["x"], indices=[]), "questions[1].type", "one of"),
        (question(key="q", type="scale", scale="none"), "questions[1].scale", "no scale"),
        (question(key="age", type="text"), "questions[1].key", "used twice"),
        (question(key="q", type="text", max_chars=0), "questions[1].max_chars", "whole number"),
        (question(key="q", type="matrix", scale="sat5", rows=[]), "questions[1].rows", "1 to 100"),
        (question(key="q", type="number", min=3, max=2), "questions[1].min", "larger"),
        (question(key="q", type="number", min="x"), "questions[1].min", "number"),
        (question(key="q", type="tags", depends_on="x"), "questions[1].depends_on", "earlier"),
        (question(key="q", type="text", show_if=[1]), "questions[1].show_if", "mapping"),
        (question(key="q", type="text", show_if={"x": "y"}), "questions[1].show_if.x", "earlier"),
        (review_document(relevance_weights=[1]), "relevance_weights", "mapping"),
        (review_document(relevance_weights={"yes": 2}), "relevance_weights.yes", "between 0 and 1"),
        (review_document(subjects=[{"key": "a"}, {"key": "a"}]), "subjects[2].key", "twice"),
        (
            review_document(subjects=[{"key": "a", "title": "题" * 201}]),
            "subjects[1].title",
            "longer",
        ),
        (with_index(of=["remark"]), "indices[1].of[1]", "not a scale question"),
        (with_index(of=["m", "m.air"]), "indices[1].of[2]", "named twice"),
        (with_index(weights=[2]), "indices[1].weights", "mapping"),
        (with_index(weights={"m": 2}), "indices[1].weights.m", "not an item"),
        (with_index(weights={"police": 0}), "indices[1].weights.police", "positive"),
        (with_index(weights={"police": "1/1000003"}), "indices[1]", "fewer decimals"),
        (with_index(minimum_items=2), "indices[1].minimum_items", "whole number"),
    ],
)
def test_a_mistake_is_named_with_its_place(document: Any, path: str, reason: str) -> None:
    found = problems_of(document)
    assert any(where == path and reason in what for where, what in found), found


def test_all_mistakes_come_at_once_and_in_the_order_of_their_lines() -> None:
    document = review_document(kind="poll", title=None)
    with pytest.raises(InvalidDefinition) as caught:
        parse_definition(document, line_of=lambda path: {"kind": 9, "title": 2}.get(str(path[0])))
    assert [problem.line for problem in caught.value.problems] == [2, 9]
    assert str(caught.value) == "The definition has 2 errors."


def test_tags_must_belong_to_levels_of_the_question_they_depend_on() -> None:
    document = review_document()
    document["questions"][1]["tags"] = {"superb": [{"key": "a", "label": "A"}]}
    assert ("questions[2].tags", "“superb” is not a level of “overall”.") in problems_of(document)
    document["questions"][1]["tags"] = "regional"
    assert "national" in problems_of(document)[0][1]
    document["questions"][1]["tags"] = {"satisfied": ["a"], "dissatisfied": ["a"]}
    assert problems_of(document)[0][1] == "The key “a” is used twice."


def test_skip_logic_must_name_levels_that_exist() -> None:
    document = every_type_document()
    document["questions"][3]["show_if"] = {"used": "perhaps"}
    assert problems_of(document) == [
        ("questions[4].show_if.used", "“perhaps” is not a level of “used”.")
    ]


def test_relevance_must_name_a_question_with_levels() -> None:
    document = every_type_document()
    document["questions"][1]["relevance"] = "remark"
    assert problems_of(document)[0][0] == "questions[2].relevance"


def test_a_scale_without_points_cannot_be_in_an_index() -> None:
    document = every_type_document(indices=[{"key": "i", "of": ["q"]}])
    document["questions"].append({"key": "q", "type": "scale", "scale": "vote3", "title": "Q"})
    assert "has no points" in problems_of(document)[0][1]
    document["indices"][0]["points"] = {"for": 100, "against": 0}
    assert a_definition(document).indices[0].highest == 100

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from surveyapp.domain.definition import parse_definition
from surveyapp.domain.pooling import index_sha256, question_sha256
from tests.builders import every_type_document, review_document


def index_identity(document: dict[str, Any]) -> str:
    definition = parse_definition(document)
    return index_sha256(definition, definition.indices[0])


def identities(document: dict[str, Any]) -> dict[str, str]:
    definition = parse_definition(document)
    return {question.key: question_sha256(question) for question in definition.questions}


def with_index(**changes: Any) -> dict[str, Any]:
    document = every_type_document()
    document["indices"][0] |= changes
    return document


def test_wording_and_order_do_not_change_an_index() -> None:
    same = with_index(title="改了名字", of=["m", "police"], weights={"police": 4, "m": 2})
    same["questions"][1]["title"] = "改了问法"
    assert index_identity(same) == index_identity(every_type_document())


@pytest.mark.parametrize(
    "changes",
    [
        {"of": ["police"]},
        {"weights": {"police": 3}},
        {"points": {"neutral": 50}},
        {"minimum_items": 2},
    ],
)
def test_items_weights_and_points_make_another_index(changes: dict[str, Any]) -> None:
    assert index_identity(with_index(**changes)) != index_identity(every_type_document())


def test_another_unscored_level_makes_another_index() -> None:
    document = every_type_document(
        scales={
            "like_sat5": [
                {"key": "very_satisfied", "points": 100},
                {"key": "neutral", "points": 60},
                {"key": "refused", "unscored": True},
            ]
        }
    )
    document["questions"][1]["scale"] = "like_sat5"
    less = deepcopy(document)
    del less["scales"]["like_sat5"][2]
    assert index_identity(document) != index_identity(less)


def test_wording_and_order_of_options_do_not_change_a_question() -> None:
    document = every_type_document()
    document["questions"][3]["options"].reverse()
    document["questions"][3]["title"] = "改了问法"
    document["questions"][5]["max_chars"] = 20
    assert identities(document) == identities(every_type_document())


def test_levels_decimals_and_skip_logic_make_other_questions() -> None:
    document = every_type_document()
    document["questions"][1]["scale"] = "sat4"
    document["questions"][3]["show_if"] = {"used": ["no"]}
    document["questions"][4]["decimals"] = 0
    before, after = identities(every_type_document()), identities(document)
    assert {key for key in before if before[key] != after[key]} == {"police", "why", "visits"}


def test_other_tags_make_another_question() -> None:
    document = review_document()
    document["questions"][1]["tags"] = {"satisfied": [{"key": "fast"}]}
    assert identities(document)["reasons"] != identities(review_document())["reasons"]

from __future__ import annotations

from typing import Any

import pytest

from surveyapp.domain.answers import Reply, read_form
from surveyapp.domain.errors import InvalidAnswers
from tests.builders import a_definition, every_type_document, review_document

GOOD = {
    "used": ["yes"],
    "police": ["very_satisfied"],
    "m.air": ["neutral"],
    "m.water": ["dont_know"],
    "why": ["b", "a"],
    "visits": ["３.5"],
    "remark": [" 很好\r\n谢谢 "],
    "age": ["40+"],
}


def read(*documents: dict[str, Any], **changes: list[str]) -> Reply:
    fields = GOOD | {name.replace("__", "."): value for name, value in changes.items()}
    return read_form(a_definition(*documents or [every_type_document()]), fields)


def refused(*documents: dict[str, Any], **changes: list[str]) -> InvalidAnswers:
    with pytest.raises(InvalidAnswers) as caught:
        read(*documents, **changes)
    return caught.value


def test_every_type_is_read_into_level_keys() -> None:
    assert read() == Reply(
        {
            "used": "yes",
            "police": "very_satisfied",
            "m": {"air": "neutral", "water": "dont_know"},
            "why": ["a", "b"],
            "visits": "3.5",
            "remark": "很好\n谢谢",
        },
        {"age": "40+"},
    )


def test_what_need_not_be_answered_may_be_left_open() -> None:
    reply = read(why=[], visits=[""], remark=[], age=["unknown"])
    assert reply.attributes == {}
    assert set(reply.answers) == {"used", "police", "m"}


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("used", [], "choose an answer"),
        ("m__air", [""], "choose an answer"),
        ("why", ["a", "b", "c"], "at most 2"),
        ("visits", ["three"], "number in digits"),
        ("visits", ["1.25"], "1 decimals"),
        ("visits", ["-1"], "0 or more"),
        ("visits", ["51"], "50 or less"),
        ("remark", ["一二三四五六七八九十一"], "11 characters"),
    ],
)
def test_a_mistake_is_named_at_its_field(field: str, value: list[str], reason: str) -> None:
    error = refused(**{field: value})
    assert list(error.problems) == [field.replace("__", ".")]
    assert reason in str(error.problems[field.replace("__", ".")])
    assert not error.forged


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("used", ["maybe"]),
        ("used", ["yes", "no"]),
        ("m__air", ["5"]),
        ("why", ["a", "a"]),
        ("why", ["z"]),
        ("remark", ["a", "b"]),
        ("age", ["99"]),
        ("age", ["18-39", "40+"]),
        ("shoe_size", ["44"]),
        ("district", ["1"]),
    ],
)
def test_what_no_browser_would_send_is_forged(field: str, value: list[str]) -> None:
    assert refused(**{field: value}).forged


def test_characters_no_database_keeps_are_refused() -> None:
    assert "cannot be stored" in str(refused(remark=["a\x00b"]).problems["remark"])


def test_all_mistakes_come_at_once_in_the_order_of_the_form() -> None:
    error = refused(used=[], m__air=[], visits=["x"])
    assert list(error.problems) == ["used", "m.air", "visits"]


def test_skip_logic_drops_what_is_off_the_path() -> None:
    reply = read(used=["no"], why=["a"])
    assert "why" not in reply.answers


def test_a_required_question_off_the_path_is_not_missed() -> None:
    document = every_type_document()
    document["questions"][3]["required"] = True
    assert "why" not in read(document, used=["no"], why=[]).answers
    assert list(refused(document, why=[]).problems) == ["why"]


def test_a_required_text_and_number_ask_to_be_filled_in() -> None:
    document = every_type_document()
    document["questions"][4]["required"] = document["questions"][5]["required"] = True
    error = refused(document, visits=[], remark=[" "])
    assert {str(problem) for problem in error.problems.values()} == {"Please fill this in."}


def test_an_attribute_that_may_not_stay_open_must_be_given() -> None:
    document = every_type_document()
    document["attributes"][1]["unknown"] = "refused"
    assert list(refused(document, age=[]).problems) == ["age"]
    assert refused(document, age=["unknown"]).forged


def test_tags_of_another_level_are_dropped() -> None:
    reply = read_form(a_definition(), {"overall": ["satisfied"], "reasons": ["510", "406"]})
    assert reply.answers["reasons"] == ["406"]


def test_an_empty_form_asks_for_one_answer() -> None:
    document = review_document()
    document["questions"][0]["required"] = False
    with pytest.raises(InvalidAnswers) as caught:
        read_form(a_definition(document), {})
    assert str(caught.value.problems["overall"]) == "Please answer at least one question."


def test_an_empty_matrix_form_points_to_its_first_row() -> None:
    document = every_type_document()
    document["questions"] = [document["questions"][2] | {"required": False}]
    document["indices"] = []
    with pytest.raises(InvalidAnswers) as caught:
        read_form(a_definition(document), {})
    assert list(caught.value.problems) == ["m.air"]

from __future__ import annotations

import pytest

from surveyapp.domain.answers import column_names, read_cells
from tests.builders import a_definition, every_type_document, review_document

ROW = {
    "used": "1",
    "police": "5",
    "m.air": "3",
    "m.water": "9",
    "why": "1;b",
    "visits": "3",
    "remark": "好",
    "district": "2",
    "age": "40+",
}


def problems(**changes: str) -> list[str]:
    cells = ROW | {name.replace("__", "."): value for name, value in changes.items()}
    return [str(problem) for problem in read_cells(a_definition(every_type_document()), cells)[1]]


def test_codes_and_keys_both_name_a_level() -> None:
    reply, refused = read_cells(a_definition(every_type_document()), ROW)
    assert not refused
    assert reply.answers == {
        "used": "yes",
        "police": "very_satisfied",
        "m": {"air": "neutral", "water": "dont_know"},
        "why": ["a", "b"],
        "visits": "3.0",
        "remark": "好",
    }
    assert reply.attributes == {"district": "2", "age": "40+"}


def test_an_empty_cell_is_not_answered_and_nothing_is_required() -> None:
    definition = a_definition(every_type_document())
    reply, refused = read_cells(definition, {"police": "4", "district": "", "age": "unknown"})
    assert not refused
    assert reply.answers == {"police": "fairly_satisfied"}
    assert reply.attributes == {}


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("police", "6", "“6” is not among the levels"),
        ("m__air", "x", "“x” is not among the levels"),
        ("why", "1;1", "named twice"),
        ("why", "1;a", "named twice"),
        ("why", "1;2;3", "more than 2 options"),
        ("why", "7", "not among the levels"),
        ("visits", "many", "number in digits"),
        ("remark", "一二三四五六七八九十一", "11 characters"),
        ("district", "3", "not among the levels"),
        ("used", "2", "skip logic leaves the question out"),
    ],
)
def test_a_bad_cell_is_named_with_its_column(column: str, cell: str, reason: str) -> None:
    (problem,) = problems(**{column: cell})
    assert reason in problem
    assert "Column “" in problem


def test_a_cell_that_names_two_levels_is_refused() -> None:
    document = review_document()
    document["scales"] = {
        "odd": [
            {"key": "1", "code": 2, "points": 0, "label": "a"},
            {"key": "2", "code": 1, "points": 1, "label": "b"},
        ]
    }
    document["questions"] = [{"key": "q", "type": "scale", "scale": "odd", "title": "Q"}]
    document["indices"] = []
    _, (problem,) = read_cells(a_definition(document), {"q": "1"})
    assert "names two different levels" in str(problem)


def test_a_tag_of_another_level_is_refused() -> None:
    _, (problem,) = read_cells(a_definition(), {"overall": "4", "reasons": "510"})
    assert "another level" in str(problem)


def test_an_attribute_that_may_not_stay_open_is_needed() -> None:
    document = every_type_document()
    document["attributes"][0]["unknown"] = "refused"
    _, (problem,) = read_cells(a_definition(document), {"police": "5"})
    assert "a value is needed" in str(problem)


def test_a_row_without_any_answer_is_refused() -> None:
    _, (problem,) = read_cells(a_definition(every_type_document()), {"district": "1"})
    assert str(problem) == "The row has no answer."


def test_the_columns_are_questions_rows_and_attributes() -> None:
    names = column_names(a_definition(every_type_document()))
    assert {"m.air", "m.water", "district", "age", "why"} <= names
    assert "m" not in names

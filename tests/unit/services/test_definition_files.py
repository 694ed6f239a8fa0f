"""Definition files in YAML: what is read, and what is said about everything that is wrong."""

from __future__ import annotations

import pytest

from surveyapp.domain.errors import BadInput, InvalidDefinition
from surveyapp.domain.survey import Definition, ScaleQuestion, SingleQuestion
from surveyapp.services.definition_files import MAX_BYTES, read_definition

GOOD = """\
key: city
kind: satisfaction
title: {zh: 城市服务, en: City services}
scales:
  quality:
    - {key: yes, code: 2, points: 0.1, favourable: true, label: {zh: 好, en: Good}}
    - {key: no, code: 1, points: 0, label: {zh: 差, en: Bad}}
questions:
  - {key: q1, type: scale, scale: quality, title: {zh: 您满意吗?, en: Are you?}}
  - key: q2
    type: single
    options: yes_no
    title: 用过
    show_if: {q1: [yes]}
indices:
  - {key: all, of: [q1]}
"""


def read(text: str) -> Definition:
    return read_definition(text.encode(), "city.yaml")


def problems_of(text: str) -> list[tuple[int | None, str, str]]:
    with pytest.raises(InvalidDefinition) as caught:
        read(text)
    return [(one.line, one.path, str(one.message)) for one in caught.value.problems]


def refusal_of(data: bytes) -> str:
    with pytest.raises(BadInput) as caught:
        read_definition(data, "city.yaml")
    return str(caught.value)


def test_a_definition_is_read() -> None:
    definition = read(GOOD)
    scale_question, single = definition.questions
    assert isinstance(scale_question, ScaleQuestion)
    assert isinstance(single, SingleQuestion)
    assert scale_question.title.zh == "您满意吗?"
    assert definition.indices[0].items[0].points == {"yes": 1, "no": 0}
    assert definition.indices[0].unit == 10


def test_a_bare_yes_is_a_word_and_not_a_truth_value() -> None:
    scale_question, single = read(GOOD).questions
    assert isinstance(scale_question, ScaleQuestion)
    assert [level.key for level in scale_question.scale.levels] == ["yes", "no"]
    assert single.show_if == {"q1": ("yes",)}


def test_a_byte_order_mark_is_no_mistake() -> None:
    assert read("\ufeff" + GOOD).key == "city"


@pytest.mark.parametrize(
    ("written", "code"),
    [("007", "007"), ("7", "7"), ("1.10", "1.10"), ("1e5", "1e5"), ('"~"', "~"), ("on", "on")],
)
def test_a_code_stays_as_it_is_written(written: str, code: str) -> None:
    scale_question = read(GOOD.replace("code: 2", f"code: {written}")).questions[0]
    assert isinstance(scale_question, ScaleQuestion)
    assert scale_question.scale.levels[0].code == code


def test_every_problem_comes_with_its_line() -> None:
    text = GOOD.replace("kind: satisfaction", "kind: poll").replace("of: [q1]", "of: [q1, q7]")
    assert [(line, path) for line, path, _ in problems_of(text)] == [
        (2, "kind"),
        (16, "indices[1].of[2]"),
    ]


def test_a_missing_entry_has_the_line_of_what_it_is_missing_from() -> None:
    problems = problems_of(GOOD.replace("    title: 用过\n", ""))
    assert [(line, path) for line, path, _ in problems] == [(10, "questions[2].title")]


def test_a_key_given_twice_is_refused_together_with_other_problems() -> None:
    text = GOOD.replace("kind: satisfaction", "kind: poll") + "key: other\n"
    assert [(line, sentence) for line, _, sentence in problems_of(text)] == [
        (2, "The kind of a survey is “review”, “satisfaction” or “ballot”."),
        (17, "“key” stands here a second time; the first is in line 1."),
    ]


def test_two_equal_problems_of_one_line_are_both_named() -> None:
    problems = problems_of(GOOD.replace("of: [q1]", "of: [q8, q8]"))
    assert [path for _, path, _ in problems] == ["indices[1].of[1]", "indices[1].of[2]"]


def test_problems_of_the_file_alone_are_enough_to_refuse_it() -> None:
    problems = problems_of(GOOD.replace("title: 用过", "title: !!str 用过"))
    assert problems == [(13, "questions[2].title", "Tags (!) are not allowed here.")]


def test_aliases_are_refused_because_a_few_lines_of_them_stand_for_gigabytes() -> None:
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    sentences = [
        (line, sentence) for line, _, sentence in problems_of(bomb) if "Aliases" in sentence
    ]
    refusal = "Aliases (*) are not allowed: write it out here."
    assert sentences == [(2, refusal), (2, refusal), (3, refusal), (3, refusal)]


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("key: [a,\nkind: b\n", 3, "not valid YAML"),
        ("key: a\n\tkind: b\n", 2, "not valid YAML"),
        ("key: a\nkind: \x07\n", 2, "a character here that is no text"),
        ("key: a\n---\nkey: b\n", 3, "A file holds one document"),
        ("key: a\n? [b]\n: c\n", 2, "has to be plain text"),
        ("key:\n " + "[" * 40, 2, "nested too deeply"),
        ("- a\n- b\n", 1, "Expected a mapping"),
        ("just text\n", 1, "Expected a mapping"),
    ],
)
def test_what_is_no_such_document_is_refused_with_its_line(
    text: str, line: int, sentence: str
) -> None:
    (first, *_) = problems_of(text)
    assert first[0] == line
    assert sentence in first[2]


def test_a_file_that_is_too_large_is_refused_unread() -> None:
    assert "larger than 1 MB" in refusal_of(b"#" * (MAX_BYTES + 1))


def test_another_encoding_is_refused_with_the_line() -> None:
    assert "not UTF-8 text (line 2)" in refusal_of("key: a\ntitle: 城市".encode("gb18030"))


def test_an_empty_file_is_refused() -> None:
    assert refusal_of(b" \n") == "“city.yaml” is empty."


def test_an_old_excel_file_is_refused_with_advice() -> None:
    assert "save it as .xlsx" in refusal_of(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")

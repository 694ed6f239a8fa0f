"""Made-up answers: every form accepts them, one seed gives one crowd, not all are alike."""

from __future__ import annotations

from random import Random

import pytest

from surveyapp import content
from surveyapp.domain.answers import read_form
from surveyapp.domain.definition import parse_definition
from surveyapp.services.definition_files import read_definition
from surveyapp.services.demonstration.simulation import Fields, simulated_fields
from tests.builders import every_type_document


def crowd(name: str, n: int, *, level: float = 0.7, seed: int = 7) -> list[Fields]:
    definition = read_definition(content.template_bytes(name), name)
    random = Random(seed)
    return [simulated_fields(definition, random, level=level) for _ in range(n)]


FORMS = [
    name
    for name in content.template_names()
    if read_definition(content.template_bytes(name), name).ballot is None
]


@pytest.mark.parametrize("name", FORMS)
def test_every_form_accepts_what_is_made_up(name: str) -> None:
    definition = read_definition(content.template_bytes(name), name)
    for fields in crowd(name, 200):
        assert read_form(definition, fields).answers


def test_every_type_of_question_gets_answers() -> None:
    definition = parse_definition(every_type_document())
    random = Random(3)
    answered: set[str] = set()
    for _ in range(100):
        answered |= read_form(
            definition, simulated_fields(definition, random, level=0.5)
        ).answers.keys()
    assert answered == {question.key for question in definition.questions}


def test_one_seed_gives_one_crowd() -> None:
    assert crowd("eco-environment", 20) == crowd("eco-environment", 20)
    assert crowd("eco-environment", 20) != crowd("eco-environment", 20, seed=8)


def test_a_better_place_gets_better_answers() -> None:
    def satisfied(level: float) -> int:
        good = {"very_satisfied", "satisfied"}
        answers = crowd("service-review", 300, level=level)
        return sum(fields["overall"][0] in good for fields in answers)

    assert satisfied(0.9) > satisfied(0.6) > satisfied(0.3) > 0


def test_reasons_belong_to_the_level_chosen() -> None:
    first = {
        fields["reasons"][0][0] for fields in crowd("service-review", 200) if fields.get("reasons")
    }
    assert first <= set("12345")
    for fields in crowd("service-review", 200):
        grade = {"very_satisfied": "5", "satisfied": "4", "basically_satisfied": "3"}
        assert all(
            code[0] == grade.get(fields["overall"][0], code[0])
            for code in fields.get("reasons", [])
        )


def test_a_remark_says_that_it_is_made_up() -> None:
    remarks = [
        fields["comment"][0] for fields in crowd("service-review", 200) if "comment" in fields
    ]
    assert remarks
    assert all(remark.startswith("模拟意见") for remark in remarks)

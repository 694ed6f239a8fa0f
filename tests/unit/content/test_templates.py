"""The templates: complete in both languages, short, honest about their source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from surveyapp import content
from surveyapp.domain.survey import Definition, Kind, MatrixQuestion, TagsQuestion, choices_of
from surveyapp.domain.text import Text
from surveyapp.services.definition_files import read_definition

DEMO_DEFINITIONS = (
    "example-county-review.yaml",
    "example-county-services.yaml",
    "yuxi-2007.yaml",
    "kcmo-2021q3.yaml",
)
MAX_QUESTIONS = 20


def template(name: str) -> Definition:
    return read_definition(content.template_bytes(name), f"{name}.yaml")


CITIZENS = [name for name in content.template_names() if template(name).ballot is None]


def demo(name: str) -> Definition:
    return read_definition(content.demo_path(name).read_bytes(), name)


def texts_of(definition: Definition) -> Iterator[tuple[str, Text]]:
    """Yield every text a person may read, with the place it stands in."""
    for part in ("title", "office", "purpose", "retention", "contact", "source", "adapt", "notes"):
        text = getattr(definition, part)
        if text is not None:
            yield part, text
    for attribute in definition.attributes:
        yield attribute.key, attribute.title
        yield from ((attribute.key, level.label) for level in attribute.levels)
    yield from ((subject.key, subject.title) for subject in definition.subjects)
    for question in definition.questions:
        yield question.key, question.title
        if question.hint is not None:
            yield question.key, question.hint
        yield from ((question.key, level.label) for level in choices_of(question))
        if isinstance(question, MatrixQuestion):
            yield from ((name, row.title) for name, row in question.fields())
    yield from ((index.key, index.title) for index in definition.indices)
    if definition.ballot is not None:
        rules = definition.ballot
        yield from ((group.key, group.title) for group in rules.groups)
        for sheet in rules.sheets:
            yield sheet.key, sheet.title
            yield from ((criterion.key, criterion.title) for criterion in sheet.criteria)
            yield from ((sheet.key, line.text) for line in sheet.remark_lines)
        yield from ((one.key, one.title) for one in rules.classes)


def has_chinese(text: str) -> bool:
    return any("\u4e00" <= sign <= "\u9fff" for sign in text)


def require_both_languages(definition: Definition) -> None:
    for place, text in texts_of(definition):
        assert has_chinese(text.zh), (place, text.zh)
        assert not has_chinese(text.en), (place, text.en)


def documents_of(document: Any) -> Iterator[str]:
    if isinstance(document, dict):
        for key, value in document.items():
            yield key
            yield from documents_of(value)
    if isinstance(document, list):
        for value in document:
            yield from documents_of(value)


@pytest.mark.parametrize("name", content.template_names())
def test_a_template_is_complete_in_both_languages(name: str) -> None:
    require_both_languages(template(name))


@pytest.mark.parametrize("name", DEMO_DEFINITIONS)
def test_a_survey_of_the_demo_is_complete_in_both_languages(name: str) -> None:
    require_both_languages(demo(name))


@pytest.mark.parametrize("name", content.template_names())
def test_a_template_says_where_it_comes_from_and_what_to_adapt(name: str) -> None:
    definition = template(name)
    assert definition.key == name
    assert definition.source is not None
    assert definition.adapt is not None
    assert definition.purpose is not None
    assert definition.retention is not None
    assert definition.minutes is not None
    assert 1 <= definition.minutes <= 5
    assert definition.indices or definition.ballot


@pytest.mark.parametrize("name", content.template_names())
def test_a_template_leaves_the_office_to_whoever_uses_it(name: str) -> None:
    definition = template(name)
    assert definition.office is None
    assert definition.contact is None


@pytest.mark.parametrize("name", content.template_names())
def test_a_template_asks_at_most_twenty_questions_with_everything(name: str) -> None:
    definition = template(name)
    asked = sum(
        len(question.rows) if isinstance(question, MatrixQuestion) else 1
        for question in definition.questions
    )
    assert asked + len(definition.asked_attributes) <= MAX_QUESTIONS


@pytest.mark.parametrize("name", CITIZENS)
def test_whoever_is_asked_about_themselves_may_keep_silent(name: str) -> None:
    definition = template(name)
    assert definition.asked_attributes
    assert all(attribute.unknown_allowed for attribute in definition.asked_attributes)


@pytest.mark.parametrize("name", content.template_names())
def test_nothing_is_chosen_beforehand(name: str) -> None:
    keys = set(documents_of(dict(template(name).document)))
    assert not keys & {"default", "selected", "checked", "preselected"}


@pytest.mark.parametrize("name", content.template_names())
def test_the_best_level_comes_first_and_every_level_is_there(name: str) -> None:
    for field, _, scale in template(name).rated_fields():
        points = [level.points for level in scale.scored if level.points is not None]
        assert points == sorted(points, reverse=True), field


@pytest.mark.parametrize("name", content.template_names())
def test_every_index_runs_from_nought_or_more_to_a_hundred(name: str) -> None:
    for index in template(name).indices:
        assert index.lowest >= 0
        assert index.highest == 100


def test_the_review_offers_the_forty_national_reasons() -> None:
    definition = template("service-review")
    assert definition.kind is Kind.REVIEW
    reasons = definition.question("reasons")
    assert isinstance(reasons, TagsQuestion)
    assert [len(tags) for tags in reasons.tags.values()] == [8] * 5
    assert {tag.code for tag in reasons.tags["very_dissatisfied"]} >= {"108", "115"}


def test_the_services_survey_covers_twelve_fields() -> None:
    fields = template("public-services").question("fields")
    assert isinstance(fields, MatrixQuestion)
    assert len(fields.rows) == 12


@pytest.mark.parametrize(
    ("name", "age"),
    [("eco-environment", "18"), ("public-services", "18"), ("public-safety", "16")],
)
def test_a_survey_of_residents_names_its_age_limit(name: str, age: str) -> None:
    purpose = template(name).purpose
    assert purpose is not None
    assert f"年满{age}周岁" in purpose.zh
    assert f"aged {age} or over" in purpose.en


def test_an_unknown_template_is_no_template() -> None:
    with pytest.raises(KeyError):
        content.template_bytes("../demo/kcmo-2021q3")


@pytest.mark.parametrize("name", ["nothing.csv", "../templates/service-review.yaml"])
def test_an_unknown_file_is_no_file_of_the_demo(name: str) -> None:
    with pytest.raises(KeyError):
        content.demo_path(name)

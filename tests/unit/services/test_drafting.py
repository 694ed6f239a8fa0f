"""The short form of a definition, and the file it can be written to."""

from __future__ import annotations

from pathlib import Path

import pytest

from surveyapp import content
from surveyapp.domain.errors import InvalidDefinition, NotFound
from surveyapp.services.definition_files import read_definition
from surveyapp.services.drafting import (
    definition_yaml,
    field_of,
    head_of,
    survey_template,
    survey_templates,
    with_head,
)
from tests.builders import every_type_document, review_document

LEGAL = {
    "legal_form_number": "表1",
    "legal_issued_by": "某局",
    "legal_document": "某发1号",
    "legal_approved_by": "统计局",
    "legal_approval_number": "批2号",
    "legal_valid_until": "2027-12-31",
}


@pytest.mark.parametrize("template", survey_templates(), ids=lambda one: one.name)
def test_an_untouched_form_changes_nothing(template: object) -> None:
    definition = template.definition  # type: ignore[attr-defined]
    assert with_head(definition.document, {}) == definition
    assert with_head(definition.document, head_of(definition.document)) == definition


@pytest.mark.parametrize("template", survey_templates(), ids=lambda one: one.name)
def test_a_written_file_reads_as_what_it_was(template: object) -> None:
    definition = template.definition  # type: ignore[attr-defined]
    assert read_definition(definition_yaml(definition.document), "x.yaml") == definition


def test_names_stand_in_the_order_people_write_them() -> None:
    shuffled = dict(sorted(review_document().items()))
    lines = definition_yaml(shuffled).decode().splitlines()
    top = [line.partition(":")[0] for line in lines if line[0] not in " -"]
    assert top == ["key", "kind", "title", "office", "questions", "indices"]
    assert "  - key: overall" in lines


def test_entries_replace_what_was_there_and_empty_ones_take_it_away() -> None:
    fields = {
        "key": "new-key",
        "title_zh": "标题",
        "office_zh": "",
        "office_en": "",
        "purpose_zh": "一\r\n二",
        "purpose_en": "One",
        "minutes": "7",
        "opens_at": "2026-11-01T08:00",
        "statistical_project": "yes",
        **LEGAL,
    }
    definition = with_head(review_document(), fields)
    assert definition.key == "new-key"
    assert (definition.title.zh, definition.title.en) == ("标题", "Hall review")
    assert definition.office is None
    assert definition.purpose is not None
    assert (definition.purpose.zh, definition.purpose.en) == ("一\n二", "One")
    assert definition.minutes == 7
    assert definition.opens_at is not None
    assert definition.closes_at is None
    assert definition.statistical_project
    assert definition.legal_head is not None
    assert definition.questions == with_head(review_document(), {}).questions
    again = head_of(definition.document)
    assert again["legal_valid_until"] == "2027-12-31"
    assert again["opens_at"] == "2026-11-01T08:00"
    assert again["statistical_project"] == "yes"


def test_a_text_without_english_is_one_text() -> None:
    fields = {"title_zh": "标题", "title_en": ""}
    assert with_head(review_document(), fields).document["title"] == "标题"
    assert head_of({"title": "标题"})["title_zh"] == "标题"


def test_every_problem_finds_its_field() -> None:
    fields = {"key": "A B", "title_zh": "", "title_en": "T", "minutes": "soon", "closes_at": "x",
              "minimum_group": "0", "legal_form_number": "表1"}  # fmt: skip
    with pytest.raises(InvalidDefinition) as caught:
        with_head(every_type_document(), fields)
    found = {field_of(problem.path) for problem in caught.value.problems}
    assert found >= {"key", "title_zh", "minutes", "closes_at", "minimum_group", "legal_issued_by"}


def test_places_outside_the_form_have_no_field() -> None:
    assert field_of("questions[2].scale") is None
    assert field_of("office.en") == "office_en"
    assert field_of("window.opens_at") == "opens_at"
    assert field_of("window.other") is None
    assert field_of("legal_head") == "statistical_project"
    assert field_of("statistical_project") == "statistical_project"


def test_every_ready_made_file_is_a_template_and_no_other() -> None:
    files = (Path(content.__file__).parent / "templates").glob("*.yaml")
    assert sorted(one.name for one in survey_templates()) == sorted(one.stem for one in files)
    assert survey_template("service-review").definition.kind == "review"
    with pytest.raises(NotFound):
        survey_template("none")

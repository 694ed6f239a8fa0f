"""XLSForm workbooks: what becomes of them, and what is said about what cannot become anything."""

from __future__ import annotations

import datetime as dt

from surveyapp.domain.survey import (
    MatrixQuestion,
    MultipleQuestion,
    NumberQuestion,
    ScaleQuestion,
    SingleQuestion,
    TextQuestion,
)
from surveyapp.domain.text import Text
from tests.support.workbooks import HEADER, read


def test_a_list_with_points_makes_a_scale_question() -> None:
    (question,) = read(["select_one grade", "q1", "服务", "Service", "yes"]).questions
    assert isinstance(question, ScaleQuestion)
    assert question.required
    assert question.title == Text("服务", "Service")
    good, bad, dont_know = question.scale.levels
    assert (good.key, good.code, good.favourable) == ("good", "2", True)
    assert good.points == 100
    assert bad.points is not None
    assert float(bad.points) == 0.5
    assert dont_know.unscored


def test_a_preset_scale_needs_no_list() -> None:
    (question,) = read(
        [], ["select_one sat5", "q1", "服务", "Service", False], choices=[]
    ).questions
    assert isinstance(question, ScaleQuestion)
    assert question.scale.key == "sat5"
    assert not question.required


def test_a_list_without_points_makes_a_choice() -> None:
    single, multiple = read(
        ["select_one where", "q1", "哪里", "Where"],
        ["select_multiple where", "q2", "哪些", "Which", None, None, "count-selected(.) <= 1"],
    ).questions
    assert isinstance(single, SingleQuestion)
    assert [option.key for option in single.options] == ["town", "village"]
    assert isinstance(multiple, MultipleQuestion)
    assert multiple.max_choices == 1


def test_numbers_and_texts_keep_their_bounds() -> None:
    whole, decimal, text, free = read(
        ["integer", "q1", "次数", "Times", None, None, ". >= 0 and . <= 365"],
        ["decimal", "q2", "面积", "Area"],
        ["text", "q3", "意见", "Remarks", None, None, "string-length(.) <= 150"],
        ["text", "q4", "其他", "Other"],
    ).questions
    assert isinstance(whole, NumberQuestion)
    assert isinstance(decimal, NumberQuestion)
    assert whole.minimum == 0
    assert whole.maximum == 365
    assert decimal.minimum is None
    assert (whole.decimals, decimal.decimals) == (0, 2)
    assert isinstance(text, TextQuestion)
    assert isinstance(free, TextQuestion)
    assert (text.max_chars, free.max_chars) == (150, 500)


def test_a_table_list_makes_a_matrix() -> None:
    (matrix,) = read(
        ["begin_group", "m", "各方面", "Aspects", None, None, None, "table-list"],
        ["select_one grade", "air", "空气", "Air", "yes"],
        ["select_one grade", "water", "水", "Water"],
        ["end group"],
        header=[*HEADER, "appearance"],
    ).questions
    assert isinstance(matrix, MatrixQuestion)
    assert [name for name, _ in matrix.fields()] == ["m.air", "m.water"]
    assert matrix.required


def test_notes_and_headings_of_groups_stand_above_the_next_question() -> None:
    first, second = read(
        ["select_one where", "q1", "哪里", "Where"],
        ["begin_group", "g", "关于乡村", "On villages", None, "${q1} = 'village'"],
        ["note", "n", "请如实填写", "Please be frank"],
        ["text", "q2", "意见", "Remarks"],
        ["end_group"],
    ).questions
    assert first.hint is None
    assert second.hint == Text("关于乡村\n请如实填写", "On villages\nPlease be frank")
    assert second.show_if == {"q1": ("village",)}


def test_conditions_of_a_group_and_of_a_question_both_hold() -> None:
    *_, last = read(
        ["select_one where", "q1", "哪里", "Where"],
        ["select_one grade", "q2", "服务", "Service"],
        ["begin group", "g", None, None, None, "${q1} = 'village'"],
        ["text", "q3", "意见", "Remarks", None, "${q2} = 'bad' or ${q2} = 'none'"],
        ["end group"],
    ).questions
    assert last.show_if == {"q1": ("village",), "q2": ("bad", "none")}


def test_extra_columns_and_sheets_carry_what_xlsform_lacks() -> None:
    definition = read(
        ["select_one where", "area", "住在哪里", "Where do you live", None, "yes", None, "居住地"],
        ["select_one where", "used", "用过", "Used", None, None, None],
        ["select_one grade", "q1", "服务", "Service", "TRUE", None, "used"],
        header=[
            *("type", "name", "label::zh", "label::en", "required", "attribute", "relevance"),
            "short_name",
        ],
        indices=[["name", "label", "of", "minimum_items"], ["all", "总体", "q1", 1]],
        settings=[
            ["form_id", "form_title", "office", "minutes", "opens_at", "version"],
            ["city", "城市", "某办", 3, dt.date(2026, 11, 1), "7"],
        ],
    )
    assert definition.attributes[0].asked
    assert definition.attributes[0].heading == Text.same("居住地")
    assert definition.attributes[0].unknown_allowed
    assert definition.office == Text("某办", "某办")
    assert definition.minutes == 3
    assert definition.opens_at is not None
    assert definition.opens_at.isoformat() == "2026-11-01T00:00:00"
    assert definition.indices[0].title.zh == "总体"
    question = definition.question("q1")
    assert isinstance(question, ScaleQuestion)
    assert question.relevance == "used"

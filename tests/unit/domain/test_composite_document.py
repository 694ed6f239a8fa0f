"""The frozen input of a score: written once, read back the same."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from fractions import Fraction
from uuid import UUID

import pytest

from surveyapp.domain.accumulating import Occurrence
from surveyapp.domain.composite import Before, compose
from surveyapp.domain.composite_document import FrozenInputs, inputs_document, inputs_of
from surveyapp.domain.scheme_reading import parse_scheme
from surveyapp.domain.score_document import score_document
from tests.support.schemes import document, inputs_for, line

EVENT = Occurrence("plus", "X", date(2026, 3, 1), 2, "表彰", "文件", UUID(int=9))


def _frozen() -> FrozenInputs:
    content = document(
        line("a"),
        adjustments=[{"key": "plus", "title": "加分", "points": 1}],
        grades=[{"from": 90}, {}],
    )
    inputs = inputs_for(
        parse_scheme(content),
        {"a": {"X": "88.3", "Y": Fraction(1, 3)}},
        errors={("a", "X"): "1.25"},
        adjustments=[EVENT],
    )
    before = {"X": Before(Fraction(80), 2, "良好"), "Y": Before(None, None, None)}
    inputs = replace(inputs, before=before, before_run=UUID(int=3))
    return FrozenInputs(inputs, content, 1, 42, 1000)


def test_an_input_is_read_back_as_it_was() -> None:
    frozen = _frozen()
    written = inputs_document(frozen)
    again = inputs_of(json.loads(json.dumps(written)))
    assert inputs_document(again) == written
    assert compose(again.inputs) == compose(frozen.inputs)
    assert again.inputs.values[1].value == Fraction(1, 3)
    alone = replace(frozen, inputs=replace(frozen.inputs, before={}, before_run=None))
    assert inputs_of(inputs_document(alone)).inputs.before_run is None


def test_a_way_of_writing_that_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown format"):
        inputs_of({"format": "surveyapp-score/9"})


def test_the_result_says_every_term_and_the_change() -> None:
    inputs = _frozen().inputs
    found = score_document(inputs, compose(inputs), {5: compose(inputs)})
    x, y = found["units"]
    assert (x["unit"], x["score"], x["base"], x["rank"], x["grade"]) == ("X", "90.3", "88.3", 1, 0)
    assert x["adjustments"][0]["occurrences"][0]["document"] == "文件"
    assert x["before"] == {"score": "80", "rank": 2, "grade": "良好", "change": "10.3"}
    assert x["sensitivity"] == [{"moved": 5, "score": "90.3", "rank": 1, "grade": 0}]
    assert not x["grade_depends_on_weight"]
    assert (y["score"], y["before"]["change"]) == ("0.333333333333", None)
    (term,) = x["terms"]
    assert (term["value"], term["share"], term["points"]) == ("88.3", "0.883", "88.3")
    assert term["parts"][0]["se"] == "1.25"

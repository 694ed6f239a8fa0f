"""What a value was measured against, from the stored result."""

from __future__ import annotations

from typing import Any

import pytest

from surveyapp.domain.composite import compose
from surveyapp.domain.score_document import score_document
from surveyapp.services.assessment.basis import basis_of
from tests.support.schemes import a_scheme, inputs_for, line

VALUES = {"A": 80, "B": 40, "C": 60}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"normalisation": "own_best"}, "Best of the category: 80."),
        ({"normalisation": "own_best", "direction": "lower"}, "Best of the category: 40."),
        ({"normalisation": "rank", "step": "2%"}, "Place 2 of 3 with a value."),
        ({"normalisation": "min_max", "best": None},
         "In the category the values reach from 40 to 80."),
        ({"normalisation": "min_max", "worst": 0}, None),
        ({"normalisation": "z", "centre": 0, "spread": 1},
         "Mean of the category 60, standard deviation 16.3299."),
        ({}, None),
        ({"every": "quarter", "pace": ["20%", "50%", "80%", "100%"]},
         "By the end of this period 20% of the yearly marks are expected."),
    ],
)  # fmt: skip
def test_the_measure_is_said(more: dict[str, Any], words: str | None) -> None:
    scheme = a_scheme(line("a", **({"every": "quarter"} | more)), missing="renormalise")
    values = {"a": {unit: {"2026Q1": value} for unit, value in VALUES.items()}}
    inputs = inputs_for(scheme, values, period="2026Q1", units=[*VALUES, "D"])
    result = score_document(inputs, compose(inputs), {})
    found = basis_of(scheme.indicators[0], result, "C")
    assert (None if found is None else str(found)) == words
    # A unit without a value was measured against nothing.
    assert basis_of(scheme.indicators[0], result, "D") is None

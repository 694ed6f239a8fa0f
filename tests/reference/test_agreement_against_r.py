"""Kendall's W, the intraclass correlations and Cronbach's alpha against R's vegan and psych."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
import pytest

from surveyapp.stats.agreement import concordance, cronbach_alpha
from surveyapp.stats.intraclass import intraclass
from tests.reference.schools import DATA

TABLES = ("shrout", "tied", "against")


@cache
def known() -> dict[str, Any]:
    answer: dict[str, Any] = json.loads((DATA / "agreement.json").read_text(encoding="utf-8"))
    return answer


@pytest.mark.parametrize("name", TABLES)
def test_concordance_is_that_of_vegan(name: str) -> None:
    table = known()[name]
    got, expected = concordance(table["ratings"]), table["kendall"]
    assert (got.value, got.f, got.p_value, got.chi_square) == pytest.approx(
        (expected["w"], expected["f"], expected["f_p"], expected["chi2"]), rel=1e-9
    )


@pytest.mark.parametrize("name", TABLES)
def test_the_six_intraclass_correlations_are_those_of_psych(name: str) -> None:
    table = known()[name]
    for got, expected in zip(intraclass(table["ratings"]).forms, table["icc"], strict=True):
        assert (got.f, got.df1, got.df2, got.p_value) == pytest.approx(
            (expected["f"], expected["df1"], expected["df2"], expected["p"]), rel=1e-9
        )
        if expected["value"] > 1:
            # psych prints 25 and an interval turned round; no such correlation exists
            assert (got.value, got.low) == (None, None)
            assert got.high == pytest.approx(expected["high"], rel=1e-9)
        else:
            assert (got.value, got.low, got.high) == pytest.approx(
                (expected["value"], expected["low"], expected["high"]), rel=1e-9
            )


@pytest.mark.parametrize("name", TABLES)
def test_cronbachs_alpha_is_that_of_psych(name: str) -> None:
    table = known()[name]
    got, expected = cronbach_alpha(table["items"]), table["alpha"]
    assert (got.value, got.low, got.high) == pytest.approx(
        (expected["value"], expected["low"], expected["high"]), rel=1e-9
    )
    assert list(got.without) == [
        None if value is None else pytest.approx(value, rel=1e-9) for value in expected["without"]
    ]
    # Where the other items add up to a constant psych leaves the place empty, and so does this.
    assert list(got.item_rest) == [
        None if value is None else pytest.approx(value, rel=1e-9) for value in expected["item_rest"]
    ]


def test_the_printed_table_of_shrout_and_fleiss() -> None:
    got = intraclass(np.array(known()["shrout"]["ratings"]))
    assert [round(form.value or 0, 2) for form in got.forms] == [0.17, 0.29, 0.71, 0.44, 0.62, 0.91]
    square = got.mean_squares
    printed = (square.between, square.within, square.raters, square.residual)
    assert [round(value, 2) for value in printed] == [11.24, 6.26, 32.49, 1.02]

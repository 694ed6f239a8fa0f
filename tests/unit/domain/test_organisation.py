"""The tree of units, and tables that would break it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveyapp.domain.errors import BadInput
from surveyapp.domain.organisation import (
    InvalidOrganisation,
    RowProblem,
    Sheet,
    Unit,
    UnitRow,
    as_tree,
    attempt,
    check_units,
    parents_first,
    require_code,
    require_unit,
)


def rows(*pairs: tuple[str, str | None]) -> list[UnitRow]:
    return [
        UnitRow(Sheet.UNITS, number, Unit(code, code, parent))
        for number, (code, parent) in enumerate(pairs, start=3)
    ]


def problems(units: list[UnitRow], **existing: str | None) -> list[tuple[int, str]]:
    stored = {code: Unit(code, code, parent) for code, parent in existing.items()}
    return [(problem.row, str(problem.message)) for problem in check_units(units, stored)]


@pytest.mark.parametrize(
    ("typed", "code"), [("330381-01", "330381-01"), (" ＡＢ１ ", "AB1"), ("甲.1_2", "甲.1_2")]
)
def test_codes_keep_their_digits(typed: str, code: str) -> None:
    assert require_code(typed) == code


@pytest.mark.parametrize("typed", ["", "a b", "x" * 65, "a/b"])
def test_what_is_no_code_is_refused(typed: str) -> None:
    with pytest.raises(BadInput, match="is no code"):
        require_code(typed)


@pytest.mark.parametrize("typed", ["6.10402E+17", "1e+20"])
def test_codes_that_a_spreadsheet_rounded_are_refused(typed: str) -> None:
    with pytest.raises(BadInput, match="was rounded by the spreadsheet"):
        require_code(typed)


def test_a_unit_is_read_from_a_row() -> None:
    assert require_unit("1", " 示例  县 ", "", " ") == Unit("1", "示例 县", None, None)
    assert require_unit("2", "局", "1", "县直部门") == Unit("2", "局", "1", "县直部门")
    assert not Unit("2", "局", "1", "县直部门").is_window
    assert Unit("3", "1号窗口", "2", "窗口").is_window


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (("1", "", "", ""), "1 to 200 characters"),
        (("1", "x" * 201, "", ""), "1 to 200 characters"),
        (("1", "局", "", "x" * 65), "at most 64 characters"),
        (("1", "局", "1", ""), "stands above itself"),
        (("1", "局", "a b", ""), "is no code"),
    ],
)
def test_rows_that_are_no_unit_are_refused(cells: tuple[str, str, str, str], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        require_unit(*cells)


def test_a_table_that_fits_has_no_problems() -> None:
    assert problems(rows(("b", "a"), ("a", None), ("c", "stored")), stored=None) == []


def test_everything_wrong_is_found_at_once_with_its_row() -> None:
    given_rows = rows(("a", None), ("a", None), ("b", "nowhere"), ("c", "d"), ("d", "c"))
    assert problems(given_rows) == [
        (4, "The code a stands in row 3 already."),
        (5, "There is no unit with the code nowhere above it."),
        (6, "The unit c stands above itself."),
        (7, "The unit d stands above itself."),
    ]


def test_a_circle_through_stored_units_is_found() -> None:
    assert problems(rows(("top", "below")), top=None, below="top") == [
        (3, "The unit top stands above itself.")
    ]


def test_a_row_below_a_circle_is_not_blamed_for_it() -> None:
    assert problems(rows(("a", "b"), ("b", "a"), ("c", "a"))) == [
        (3, "The unit a stands above itself."),
        (4, "The unit b stands above itself."),
    ]


@given(st.permutations(["a", "a1", "a11", "a12", "a2", "b", "b1"]))
def test_units_are_ordered_so_that_each_follows_the_one_above(codes: list[str]) -> None:
    units = [Unit(code, code, code[:-1] or None) for code in codes]
    ordered = [unit.code for unit in parents_first(units)]
    assert sorted(ordered) == sorted(codes)
    for code in codes:
        assert not code[:-1] or ordered.index(code[:-1]) < ordered.index(code)
    tree = [(node.unit.code, node.depth) for node in as_tree(units)]
    assert tree == [(code, len(code) - 1) for code in sorted(codes)]


def test_a_refusal_becomes_a_problem_of_its_row() -> None:
    found: list[RowProblem] = []
    assert attempt(found, None, 7, lambda: require_code("a1")) == "a1"
    assert attempt(found, Sheet.UNITS, 8, lambda: require_code("")) is None
    assert [(problem.sheet, problem.row) for problem in found] == [(Sheet.UNITS, 8)]
    assert str(InvalidOrganisation(found)) == "Nothing was changed; rows to correct: 1."

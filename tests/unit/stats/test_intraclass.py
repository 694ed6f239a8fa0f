from __future__ import annotations

import numpy as np
import pytest

from surveyapp.stats.agreement import cronbach_alpha
from surveyapp.stats.intraclass import Form, intraclass

NAN = float("nan")


def test_a_table_worked_by_hand() -> None:
    # Subjects 1,3 / 5,7: subject means 2 and 6, rater means 3 and 5, total mean 4.
    # B = 2 (4 + 4) / 1 = 16, J = 2 (1 + 1) / 1 = 4, E = 0, W = 4 / 2 = 2.
    got = intraclass([[1, 3], [5, 7]])
    square = got.mean_squares
    assert (square.between, square.raters, square.residual, square.within) == (16, 4, 0, 2)
    # (16-2)/(16+2), 16/(16+2*4/2), 1; (16-2)/16, 16/(16+2), 1
    values = [form.value for form in got.forms]
    assert values == pytest.approx([14 / 18, 0.8, 1, 14 / 16, 16 / 18, 1])
    assert [form.form for form in got.forms] == ["1,1", "2,1", "3,1", "1,k", "2,k", "3,k"]
    assert (got.raters, got.subjects, got.left_out) == (2, 2, 0)


def test_without_residual_there_is_no_test_of_forms_2_and_3() -> None:
    got = intraclass([[1, 3], [5, 7]])
    for name in ("2,1", "3,1", "2,k", "3,k"):
        form = got.of(name)
        assert (form.f, form.p_value) == (None, None)
    fixed = got.of("3,1")
    assert (fixed.low, fixed.high) == (None, None)
    random = got.of("2,1")
    assert random.low is not None
    assert random.high is not None
    assert random.low < 0.8 < random.high < 1


def test_full_agreement_is_one_without_an_interval() -> None:
    got = intraclass(np.array([[0.1, 0.7, 0.3]] * 4).T)
    for form in got.forms:
        assert (form.value, form.low, form.high, form.p_value) == (1, None, None, None)


def test_no_scatter_at_all_has_no_correlation() -> None:
    got = intraclass(np.full((3, 4), 0.1))
    for form in got.forms:
        assert (form.value, form.low, form.high, form.f) == (None, None, None, None)


def test_subjects_that_do_not_differ_have_no_reliable_mean() -> None:
    # All subject means are 2: B = 0. The mean of k raters then has no reliability at all.
    got = intraclass([[1, 3], [3, 1], [2, 2]])
    assert got.of("3,1").value == -1
    assert (got.of("3,1").low, got.of("3,1").high) == (None, None)
    assert got.of("3,1").p_value == 1
    for name in ("1,k", "2,k", "3,k"):
        form = got.of(name)
        assert (form.value, form.low, form.high) == (None, None, None)
    assert (got.of("2,1").low, got.of("2,1").high) == (None, None)


def test_two_opposite_ballots_of_two_subjects_have_no_form_2() -> None:
    got = intraclass([[1, 0], [0, 1]])
    assert got.of("2,1").value is None


@pytest.mark.parametrize(
    "ratings",
    [[[0, 1000, 0], [1000, 0, 1], [500, 500, 0]], [[2, 2, 5], [5, 0, 5]]],
    ids=["no degrees of freedom left", "the interval would miss the estimate"],
)
def test_hardly_any_difference_between_subjects_has_no_interval(ratings: list[list[float]]) -> None:
    for name in ("2,1", "2,k"):
        got = intraclass(ratings).of(name)
        assert (got.low, got.high) == (None, None)


@pytest.mark.parametrize("unit", [1, 0.1, 3, 7 / 9])
def test_a_variance_of_zero_but_for_rounding_has_no_correlation(unit: float) -> None:
    # B + (J - E) / n = 0 for the mean of three raters, and the sum of form (2,1) for two.
    ratings = np.array([[3, 2, 2], [1, 0, 4], [4, 2, 1]])
    assert intraclass(ratings * unit).of("2,k").value is None
    assert intraclass(np.array([[1, 0], [0, 1]]) * unit + unit / 3).of("2,1").value is None


def test_the_mean_of_fixed_raters_is_cronbachs_alpha() -> None:
    ratings = np.random.default_rng(8).normal(size=(12, 4)).cumsum(axis=1)
    form, alpha = (
        intraclass(ratings, confidence=0.9).of("3,k"),
        cronbach_alpha(ratings, confidence=0.9),
    )
    assert (form.value, form.low, form.high) == pytest.approx((alpha.value, alpha.low, alpha.high))


@pytest.mark.parametrize("form", ["1,1", "2,1", "3,1", "2,k", "3,k"])
def test_intervals_cover_what_they_promise(form: Form) -> None:
    # Subjects, raters and errors with variances 4, 1 and 2: agreement 4/7, order 4/6.
    random = np.random.default_rng(11)
    n, k, runs = 20, 5, 400
    truth = {"1,1": 4 / 6, "2,1": 4 / 7, "3,1": 4 / 6, "2,k": 4 / 4.6, "3,k": 4 / 4.4}[form]
    inside = 0
    for _ in range(runs):
        table = random.normal(0, 2, (n, 1)) + random.normal(0, np.sqrt(2), (n, k))
        if form != "1,1":
            table = table + random.normal(0, 1, k)
        got = intraclass(table, confidence=0.9).of(form)
        assert got.low is not None
        assert got.high is not None
        inside += got.low <= truth <= got.high
    # Binomial(400, 0.9): three standard errors are 0.045.
    assert inside / runs == pytest.approx(0.9, abs=0.05)


def test_raters_with_a_gap_leave_and_are_counted() -> None:
    ratings: list[list[float]] = [[1, 3, NAN], [5, 7, 4]]
    got = intraclass(ratings)
    assert (got.raters, got.left_out) == (2, 1)
    assert got.of("1,1").value == pytest.approx(14 / 18)


@pytest.mark.parametrize(
    ("ratings", "reason"),
    [
        ([[1, 2, 3]], "at least two subjects"),
        ([[1], [2]], "at least two raters"),
        ([[1, NAN], [2, 3]], "at least two raters who rated every subject"),
    ],
)
def test_ratings_without_reliability_are_refused(ratings: list[list[float]], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        intraclass(ratings)
    with pytest.raises(ValueError, match="confidence"):
        intraclass([[1, 2], [2, 1]], confidence=0)

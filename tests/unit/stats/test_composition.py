from __future__ import annotations

from fractions import Fraction
from itertools import count

import numpy as np
import pytest

from surveyapp.stats.arrays import Matrix
from surveyapp.stats.calibration import post_stratify
from surveyapp.stats.cells import Cells, Moments
from surveyapp.stats.composition import (
    Composition,
    Dimension,
    composite_of_means,
    net_promoter_scores,
    net_scores,
    weighted_score,
)
from surveyapp.stats.estimates import weighted_mean
from surveyapp.stats.joint import JointItems, item_means
from surveyapp.stats.margins import Margin

SERVICE = Composition([
    Dimension("attitude", 2, {"polite": 1, "patient": 1}),
    Dimension("speed", 1, {"waiting": 3, "handling": 1}, minimum_items=2),
])  # fmt: skip
CELL = np.array([0, 0, 0, 1, 1, 1])
VALUES = np.array([
    [100, 80], [60, np.nan], [80, 60], [np.nan, 30], [100, 100], [30, 0],
])  # fmt: skip


def test_what_was_not_rated_drops_out_with_its_weight() -> None:
    full = SERVICE.score({"polite": 100, "patient": 80, "waiting": 60, "handling": 0})
    assert full.dimensions == {"attitude": 90, "speed": 45}
    assert full.overall == 75
    partly = SERVICE.score({"polite": 100, "patient": None, "waiting": 60})
    assert partly.dimensions == {"attitude": 100, "speed": None}
    assert partly.overall == 100
    assert SERVICE.score({}).overall is None


def test_too_few_dimensions_make_no_overall_score() -> None:
    strict = Composition(SERVICE.dimensions, minimum_dimensions=2)
    assert strict.score({"polite": 100}).overall is None


def test_a_weighted_score_is_exact() -> None:
    assert weighted_score([(1, 1), (Fraction(1, 3), 2), (None, 5)]) == Fraction(5, 9)
    assert weighted_score([], minimum=0) is None


@pytest.mark.parametrize(
    "make",
    [
        lambda: Dimension("a", 0, {"x": 1}),
        lambda: Dimension("a", 1, {"x": 0}),
        lambda: Dimension("a", 1, {"x": 1}, 2),
        lambda: Dimension("a", 1, {}),
        lambda: Composition([]),
        lambda: Composition([Dimension("a", 1, {"x": 1})] * 2),
    ],
    ids=count(),
)
def test_a_composition_that_cannot_be_is_refused(make: object) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=r"weight|needs between|one name"):
        make()


def test_items_of_everybody_make_the_mean_of_their_own_composites() -> None:
    values = np.nan_to_num(VALUES, nan=50.0)
    cells = Cells([3, 3], [1.0, 2.0])
    items = JointItems.from_rows(CELL, values, 2)
    margin = Margin("age", ["young", "old"], [40, 60], [0, 1])
    for weights in (None, post_stratify(cells, margin)):
        got = composite_of_means(cells, items, [3, 1], weights=weights)
        own = Moments.from_rows(CELL, values @ [0.75, 0.25], 2)
        expected = weighted_mean(cells, own, weights=weights)
        assert got is not None
        assert (got.value, got.se, got.low) == pytest.approx(
            (expected.value, expected.se, expected.low), rel=1e-12
        )


def test_whole_sums_give_what_rows_give() -> None:
    rated = ~np.isnan(VALUES)
    points = np.nan_to_num(VALUES).astype(np.int64)
    both, sums, products = (np.zeros((2, 2, 2), np.int64) for _ in range(3))
    for j in range(2):
        for other in range(2):
            there = rated[:, j] & rated[:, other]
            np.add.at(both[j, other], CELL[there], 1)
            np.add.at(sums[j, other], CELL[there], points[there, j])
            np.add.at(products[j, other], CELL[there], points[there, j] * points[there, other])
    exact = JointItems.from_sums(both, sums, products, unit=10)
    rows = JointItems.from_rows(CELL, VALUES / 10, 2)
    for name in ("both", "mean", "product"):
        assert getattr(exact, name) == pytest.approx(getattr(rows, name), rel=1e-12, abs=1e-12)
    cells = Cells([3, 3])
    one, other_way = item_means(cells, exact), item_means(cells, rows)
    assert one is not None
    assert other_way is not None
    assert one.covariance == pytest.approx(other_way.covariance, rel=1e-12)
    assert one.n.tolist() == [5, 5]
    assert one.df == 4


def test_variances_of_items_are_those_of_single_means() -> None:
    cells = Cells([3, 3])
    domain = np.array([True, False])
    made = item_means(cells, JointItems.from_rows(CELL, VALUES, 2), domain=domain)
    assert made is not None
    for j in range(2):
        alone = weighted_mean(cells, Moments.from_rows(CELL, VALUES[:, j], 2), domain=domain)
        assert made.value[j] == pytest.approx(alone.value)
        assert made.covariance[j, j] == pytest.approx((alone.se or 0) ** 2, rel=1e-12)


def test_an_item_without_ratings_is_not_left_out_silently() -> None:
    values = np.column_stack([VALUES[:, 0], np.full(6, np.nan)])
    items = JointItems.from_rows(CELL, values, 2)
    assert item_means(Cells([3, 3]), items) is None
    assert composite_of_means(Cells([3, 3]), items, [1, 1]) is None


def test_one_respondent_has_a_composite_without_precision() -> None:
    items = JointItems.from_rows([0], [[100.0, 80.0]], 1)
    assert composite_of_means(Cells([1]), items, [1, 1]) is None


@pytest.mark.parametrize("weights", [[1, 0], [1, -1]])
def test_a_weight_that_is_not_positive_is_refused(weights: list[int]) -> None:
    items = JointItems.from_rows(CELL, VALUES, 2)
    with pytest.raises(ValueError, match="not positive"):
        composite_of_means(Cells([3, 3]), items, weights)


def test_an_index_of_nothing_is_refused() -> None:
    nothing = np.zeros((0, 0, 2))
    with pytest.raises(ValueError, match="not positive"):
        composite_of_means(Cells([3, 3]), JointItems(nothing, nothing, nothing), [])


ONE: Matrix = np.ones((1, 1, 1))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: JointItems(np.ones((1, 2, 1)), ONE, ONE), r"\(J, J, C\) expected"),
        (lambda: JointItems(ONE, np.ones((1, 1, 2)), ONE), "mean has shape"),
        (lambda: JointItems.from_rows([0], [1.0], 1), "one row per entry"),
        (lambda: JointItems.from_rows([0, 0], [[1.0]], 1), "one row per entry"),
        (lambda: JointItems.from_sums([[[1]]], [[[1]]], [[[1]]], unit=0), "unit"),
        (lambda: JointItems.from_sums([[[1.5]]], [[[1]]], [[[1]]]), "whole"),
        (lambda: JointItems.from_sums([[[1]]], [[[1, 2]]], [[[1]]]), "the shape"),
        (lambda: JointItems.from_sums([[[-1]]], [[[1]]], [[[1]]]), "symmetric"),
        (
            lambda: JointItems.from_sums(
                [[[1], [0]], [[1], [1]]], np.ones((2, 2, 1), int), np.ones((2, 2, 1), int)
            ),
            "symmetric",
        ),
        (lambda: JointItems.from_sums([[[2]]], [[[4]]], [[[1]]]), "these sums"),
        (lambda: JointItems.from_sums([[[0]]], [[[4]]], [[[1]]]), "these sums"),
        (lambda: item_means(Cells([1, 1]), JointItems(ONE, ONE, ONE)), "2 expected"),
        (lambda: item_means(Cells([0]), JointItems(ONE, ONE, ONE)), "more answers"),
    ],
    ids=count(),
)
def test_joint_moments_that_cannot_be_are_refused(make: object, said: str) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=said):
        make()


def test_a_net_score_is_the_textbook_one() -> None:
    # 50 for, 30 between, 20 against: 30 points; (0.7 - 0.09) / 99.
    (got,) = net_scores(Cells([100]), [[50, 30, 20]], [1, 0, -1])
    assert got.value == pytest.approx(30)
    assert got.se == pytest.approx(100 * np.sqrt(0.61 / 99))


def test_promoters_answer_nine_or_ten() -> None:
    counts = np.zeros((1, 11))
    counts[0, [0, 6, 7, 8, 9, 10]] = [1, 2, 3, 4, 5, 5]
    (got,) = net_promoter_scores(Cells([20]), counts)
    assert got.value == pytest.approx(100 * (10 - 3) / 20)


def test_wrong_signs_and_scales_are_refused() -> None:
    with pytest.raises(ValueError, match="sign"):
        net_scores(Cells([1]), [[1]], [2])
    with pytest.raises(ValueError, match=r"\(C, 11\) expected"):
        net_promoter_scores(Cells([1]), [[1]])

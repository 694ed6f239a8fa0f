from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import ArrayLike

from surveyapp.stats.design import SIMPLE, Design, LonelyStratum

ONES = np.ones(4)
U = np.array([[1.0, 3.0, 4.0, 8.0]])
NOTHING = np.zeros((1, 4))


def test_a_simple_sample_has_the_textbook_variance_of_a_sum() -> None:
    # By hand: mean 4, squares 9 + 1 + 0 + 16 = 26, times 4/3.
    assert SIMPLE.variance(ONES, U, NOTHING) == pytest.approx([4 / 3 * 26])


def test_scatter_inside_cells_counts_as_if_the_rows_were_there() -> None:
    # Cells of two: {1, 3} and {4, 8}.
    got = SIMPLE.variance(np.array([2.0, 2.0]), np.array([[2.0, 6.0]]), np.array([[2.0, 8.0]]))
    assert got == pytest.approx([4 / 3 * 26])


def test_strata_add_their_variances_and_small_populations_shrink_them() -> None:
    # Strata {1, 3} and {4, 8}: 2/1 * 2 and 2/1 * 8; halves of the populations were asked.
    strata = Design(stratum=["a", "a", "b", "b"])
    assert strata.variance(ONES, U, NOTHING) == pytest.approx([20])
    half = Design(stratum=["a", "a", "b", "b"], population=[4, 4, 4, 4])
    assert half.variance(ONES, U, NOTHING) == pytest.approx([10])


def test_a_census_has_no_sampling_variance() -> None:
    assert Design(population=[4, 4, 4, 4]).variance(ONES, U, NOTHING).tolist() == [0]


def test_clusters_vary_by_their_totals() -> None:
    # Totals 4 and 12 around 8: 2/1 * (16 + 16).
    assert Design(cluster=[1, 1, 2, 2]).variance(ONES, U, NOTHING) == pytest.approx([64])


def test_degrees_of_freedom_are_sampled_units_minus_strata() -> None:
    inside = np.array([[1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    assert SIMPLE.degrees_of_freedom(ONES, inside).tolist() == [3, 1, 0]
    assert Design(stratum=[1, 1, 2, 2]).degrees_of_freedom(ONES, inside).tolist() == [2, 1, 0]
    assert Design(cluster=[1, 1, 2, 2]).degrees_of_freedom(ONES, inside).tolist() == [1, 0, 0]


def test_a_single_unit_alone_has_no_variance_but_no_stratum_to_refuse() -> None:
    assert SIMPLE.variance(np.ones(1), np.ones((1, 1)), np.zeros((1, 1))).tolist() == [0]


def test_the_only_unit_of_a_stratum_is_refused_unless_it_was_all_there_is() -> None:
    labels = ["a", "a", "a", "b"]
    with pytest.raises(LonelyStratum, match=r"\[1\]"):
        Design(stratum=labels).variance(ONES, U, NOTHING)
    everybody = Design(stratum=labels, population=[100, 100, 100, 1])
    assert everybody.variance(ONES, U, NOTHING)[0] > 0


def test_only_lonely_strata_leave_nothing_to_average() -> None:
    alone = Design(stratum=["a", "b", "c", "d"], lonely="average")
    assert alone.variance(ONES, U, NOTHING).tolist() == [0]


@pytest.mark.parametrize("sizes", [[0, 1, 1, 1], [np.nan, 1, 1, 1]])
def test_population_sizes_must_be_positive_numbers(sizes: ArrayLike) -> None:
    with pytest.raises(ValueError, match="population"):
        Design(population=sizes)


@pytest.mark.parametrize(
    ("design", "reason"),
    [
        (Design(cluster=[1, 1, 2, 1], stratum=[1, 1, 2, 2]), "more than one stratum"),
        (Design(population=[9, 9, 9, 8]), "more than one population size"),
        (Design(population=[3, 3, 3, 3]), "more sampled units than its population"),
        (Design(cluster=[1, 2]), "cluster has 2 entries, 4 cells expected"),
    ],
)
def test_a_design_that_the_sample_contradicts_is_refused(design: Design, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        design.require_fits(ONES)


def test_empty_cells_do_not_contradict_a_design() -> None:
    Design(cluster=[1, 1], stratum=[1, 2], population=[5, 6]).require_fits(np.array([1.0, 0.0]))

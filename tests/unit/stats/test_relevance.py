from __future__ import annotations

import numpy as np
import pytest

from surveyapp.stats.cells import Cells
from surveyapp.stats.relevance import relevance_indices

# Three users (relevance 1) give 100, 80 and 60, one non-user (0.5) gives 20.
COUNTS = np.array([[[1, 1, 1, 0], [0, 0, 0, 1]]])
POINTS = [100, 80, 60, 20]


def test_who_is_concerned_more_counts_more() -> None:
    (got,) = relevance_indices(Cells([5]), COUNTS, [1, 0.5], POINTS)
    assert got.weighted.value == pytest.approx(250 / 3.5)
    assert got.plain.value == pytest.approx(65)
    assert got.gap.value == pytest.approx(250 / 3.5 - 65)
    assert got.weighted.effective_n == pytest.approx(3.5**2 / 3.25)
    assert got.plain.effective_n == 4
    assert got.gap.se is not None
    assert got.weighted.se is not None
    assert got.gap.se < got.weighted.se


def test_equal_relevance_changes_nothing() -> None:
    (got,) = relevance_indices(Cells([5]), COUNTS, [0.5, 0.5], POINTS)
    assert got.weighted.value == got.plain.value
    assert got.weighted.se == pytest.approx(got.plain.se)
    assert (got.gap.value, got.gap.se, got.gap.low) == (0, 0, None)


def test_an_index_of_nobody_is_empty() -> None:
    domains = np.array([[True], [False]])
    none, nobody = relevance_indices(Cells([5]), COUNTS, [0, 0], POINTS, domains=domains)
    assert (none.weighted.value, none.gap.value, none.weighted.effective_n) == (None, None, 0)
    assert none.plain.value == 65
    assert nobody.plain.value is None


@pytest.mark.parametrize(
    ("counts", "relevance", "said"),
    [
        ([[1]], [1], r"\(1, A, L\) expected"),
        ([[[1]], [[1]]], [1], r"\(1, A, L\) expected"),
        ([[[-1]]], [1], "negative count"),
        ([[[1]]], [-1], "relevance is negative"),
        ([[[9]]], [1], "more answers"),
    ],
)
def test_what_cannot_be_is_refused(counts: object, relevance: list[float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        relevance_indices(Cells([5]), np.array(counts), relevance, [50])

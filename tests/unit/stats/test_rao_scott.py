from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from surveyapp.stats import rao_scott
from surveyapp.stats.calibration import post_stratify
from surveyapp.stats.cells import Cells
from surveyapp.stats.design import Design
from surveyapp.stats.margins import Margin
from surveyapp.stats.rao_scott import goodness_of_fit, homogeneity, independence

TABLE = np.array([[20.0, 30, 10], [25, 15, 20]])


def test_a_simple_sample_gives_the_chi_square_of_the_textbook() -> None:
    # The design effects are those of simple sampling at the shares found, not at independence.
    got = independence(Cells([120]), TABLE[None])
    expected = stats.chi2_contingency(TABLE, correction=False)
    assert (got.pearson, got.df, got.n) == pytest.approx((expected.statistic, 2, 120))
    assert got.effect == pytest.approx(1, abs=0.15)
    assert got.p_value == pytest.approx(expected.pvalue, rel=0.25)
    fit = goodness_of_fit(Cells([120]), [TABLE.sum(axis=0)], TABLE.sum(axis=0))
    # Shares as found: the test is the textbook's but for n/(n - 1).
    assert fit.effect == pytest.approx(120 / 119)
    assert (fit.pearson, fit.p_value) == pytest.approx((0, 1))


def test_groups_that_answer_alike_are_found_alike() -> None:
    got = homogeneity(Cells([60, 60, 9]), np.vstack([TABLE, [[3, 3, 3]]]), np.eye(3)[:2] == 1)
    same = independence(Cells([120, 9]), np.stack([TABLE, 0 * TABLE]))
    assert got.pearson == pytest.approx(same.pearson)
    assert got.p_value == pytest.approx(same.p_value)


def test_double_entry_of_the_same_people_is_seen_as_such() -> None:
    # Households of two who always agree: twice as many answers, as much information.
    rows = np.eye(6)[np.repeat(np.arange(6), TABLE.ravel().astype(int))].reshape(-1, 2, 3)
    once = independence(Cells(np.ones(120)), rows)
    home = np.repeat(np.arange(120), 2)
    twice = independence(Cells(np.ones(240), design=Design(cluster=home)), rows[home])
    assert twice.pearson == pytest.approx(2 * (once.pearson or 0))
    assert twice.p_value == pytest.approx(once.p_value, rel=1e-9)
    assert twice.effect == pytest.approx(2 * (once.effect or 0))


def test_large_tables_are_worked_off_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = independence(Cells([120]), TABLE[None])
    monkeypatch.setattr(rao_scott, "BLOCK", 2)
    assert independence(Cells([120]), TABLE[None]) == whole


def test_levels_that_nobody_chose_do_not_count() -> None:
    wide = np.insert(TABLE, 1, 0, axis=1)[None]
    assert independence(Cells([120]), wide) == independence(Cells([120]), TABLE[None])


def test_an_empty_pair_is_no_obstacle() -> None:
    table = np.array([[[10.0, 0, 5], [5, 9, 3]]])
    got = independence(Cells([32]), table)
    assert got.p_value is not None
    assert 0 < got.p_value < 1


def test_a_test_that_does_not_exist_is_empty() -> None:
    for counts in (np.zeros((1, 2, 2)), np.array([[[3.0, 4], [0, 0]]])):
        got = independence(Cells([9]), counts)
        assert (got.p_value, got.df, got.pearson) == (None, 0, None)
    single = independence(Cells([1, 1]), np.eye(4).reshape(4, 2, 2)[[0, 3]])
    assert single.p_value is None  # two people on the diagonal: no contrast has any variance
    diagonal = independence(Cells([30]), 10 * np.eye(3)[None])
    assert diagonal.p_value is None  # four contrasts of three pairs
    clustered = Cells([120], design=Design(cluster=[0]))
    assert independence(clustered, TABLE[None]).p_value is None


def test_shares_that_weights_have_fixed_cannot_be_tested() -> None:
    cells = Cells([60, 40])
    weights = post_stratify(cells, Margin("age", ["young", "old"], [50, 50], [0, 1]))
    got = goodness_of_fit(cells, [[60, 0], [0, 40]], [1, 1], weights=weights)
    assert (got.p_value, got.n) == (None, 100)


@pytest.mark.parametrize(
    ("counts", "weights", "said"),
    [
        ([[1, 1]], None, "expected"),
        ([[[1, 1]], [[1, 1]]], None, r"\(1, R, S\) expected"),
        ([[[1, -1]]], None, "negative count"),
        ([[[5, 6]]], None, "more answers"),
        ([[[1, 1], [1, 1]]], [-1.0], "share negative"),
    ],
)
def test_tables_that_cannot_be_are_refused(
    counts: list[object], weights: list[float] | None, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        independence(Cells([9]), np.array(counts), weights=weights)


def test_other_wrong_arguments_are_refused() -> None:
    cells = Cells([9, 9])
    with pytest.raises(ValueError, match="overlap"):
        homogeneity(cells, np.ones((2, 2)), np.ones((2, 2), dtype=bool))
    with pytest.raises(ValueError, match=r"\(2, L\) expected"):
        homogeneity(cells, np.ones(2), np.eye(2) == 1)
    with pytest.raises(ValueError, match=r"\(2, L\) expected"):
        goodness_of_fit(cells, np.ones(2), [1, 1])
    with pytest.raises(ValueError, match="positive shares"):
        goodness_of_fit(cells, np.ones((2, 2)), [1, 0])

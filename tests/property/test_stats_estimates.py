"""What must hold for every sample, whatever its cells, weights and answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from surveyapp.stats.arrays import Matrix, Vector
from surveyapp.stats.cells import Cells, FractionSums, Moments
from surveyapp.stats.estimates import Estimate, weighted_mean
from surveyapp.stats.shares import share

POINTS = np.array([100.0, 80.0, 60.0, 30.0, 0.0])


@dataclass(frozen=True)
class Sample:
    counts: Matrix  # (C, 5) answers per level
    silent: Vector  # (C,) respondents who skipped the item
    weights: Vector  # (C,)

    @property
    def n(self) -> Vector:
        return np.asarray(self.counts.sum(axis=1) + self.silent, np.float64)

    def cells(self) -> Cells:
        return Cells(self.n, self.weights)

    def moments(self, points: Vector = POINTS) -> Moments:
        return Moments.from_levels(self.counts, points)


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    cells = draw(st.integers(1, 6))
    counts = draw(
        st.lists(
            st.lists(st.integers(0, 4), min_size=5, max_size=5), min_size=cells, max_size=cells
        )
    )
    silent = draw(st.lists(st.integers(0, 3), min_size=cells, max_size=cells))
    weights = draw(st.lists(st.floats(0.05, 20), min_size=cells, max_size=cells))
    return Sample(np.array(counts, float), np.array(silent, float), np.array(weights))


def same(one: Estimate, other: Estimate, factor: float = 1.0, rel: float = 1e-12) -> None:
    for name in ("value", "se", "low", "high"):
        a, b = getattr(one, name), getattr(other, name)
        assert (a is None) == (b is None), name
        if a is not None:
            assert a * factor == pytest.approx(b, rel=rel, abs=1e-10 * factor), name
    assert (one.n, one.df) == (other.n, other.df)


def by_rows(sample: Sample) -> tuple[Cells, Moments]:
    """The same sample with one cell per respondent."""
    values, weights = [], []
    for counts, silent, weight in zip(sample.counts, sample.silent, sample.weights, strict=True):
        answers = [*np.repeat(POINTS, counts.astype(int)), *([np.nan] * int(silent))]
        values += answers
        weights += [weight] * len(answers)
    size = len(values)
    moments = Moments.from_rows(np.arange(size), np.array(values, float), size)
    return Cells(np.ones(size), np.array(weights, float)), moments


@given(samples())
def test_cells_give_what_rows_give(sample: Sample) -> None:
    rows, moments = by_rows(sample)
    got, expected = weighted_mean(sample.cells(), sample.moments()), weighted_mean(rows, moments)
    same(got, expected)
    assert got.effective_n == pytest.approx(expected.effective_n, rel=1e-12)


@given(samples(), st.floats(1e-3, 1e3))
def test_only_the_ratios_of_weights_matter(sample: Sample, factor: float) -> None:
    base = weighted_mean(sample.cells(), sample.moments())
    scaled = weighted_mean(Cells(sample.n, sample.weights * factor), sample.moments())
    same(base, scaled, rel=1e-9)
    assert base.effective_n == pytest.approx(scaled.effective_n)


@given(samples(), st.sampled_from([0.01, 2.0, 1000.0]))
def test_the_unit_of_the_points_passes_through(sample: Sample, factor: float) -> None:
    base = weighted_mean(sample.cells(), sample.moments())
    scaled = weighted_mean(sample.cells(), sample.moments(POINTS * factor))
    same(base, scaled, factor, rel=1e-9)


@given(samples(), st.randoms(use_true_random=False))
def test_the_order_of_cells_does_not_matter(sample: Sample, random: np.random.Generator) -> None:
    order = list(range(sample.n.size))
    random.shuffle(order)
    mixed = Sample(sample.counts[order], sample.silent[order], sample.weights[order])
    same(
        weighted_mean(sample.cells(), sample.moments()),
        weighted_mean(mixed.cells(), mixed.moments()),
        rel=1e-9,
    )


@given(samples())
def test_equal_weights_and_full_answers_are_the_textbook(sample: Sample) -> None:
    counts = sample.counts.sum(axis=0)
    n = int(counts.sum())
    rows = np.repeat(POINTS, counts.astype(int))
    got = weighted_mean(Cells(sample.counts.sum(axis=1)), sample.moments())
    assert got.n == n
    if n > 1:
        assert got.value == pytest.approx(rows.mean())
        assert got.se == pytest.approx(stats.sem(rows), abs=1e-12)


@given(samples())
def test_an_estimate_is_never_nan_and_never_of_zero_width(sample: Sample) -> None:
    hits = Moments.from_hits(sample.counts[:, :2].sum(axis=1), sample.counts.sum(axis=1))
    for got in (weighted_mean(sample.cells(), sample.moments()), share(sample.cells(), hits)):
        numbers = [got.value, got.se, got.low, got.high, got.deff, got.effective_n]
        assert all(number is None or np.isfinite(number) for number in numbers)
        assert (got.low is None) == (got.high is None)
        if got.low is not None and got.high is not None and got.value is not None:
            assert got.low < got.high
            assert got.low <= got.value <= got.high


@given(samples())
def test_fractions_give_what_the_rows_give(sample: Sample) -> None:
    # Level l as the fraction (l + 1) * 10 / (b * 7) with b = 1 for even and 2 for odd levels.
    parts, cell, values = [], [], []
    for c, counts in enumerate(sample.counts):
        for level, count in enumerate(counts.astype(int)):
            if count:
                a, b = (level + 1) * 10, 1 + level % 2
                parts.append(FractionSums(c, b, count, count * a, count * a * a))
                cell += [c] * count
                values += [a / (b * 7)] * count
    size = sample.n.size
    got = Moments.from_fractions(parts, size, unit=7)
    expected = Moments.from_rows(np.array(cell, int), np.array(values, float), size)
    for name in ("m", "mean", "scatter"):
        assert getattr(got, name) == pytest.approx(getattr(expected, name), rel=1e-9, abs=1e-9)

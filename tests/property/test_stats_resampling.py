"""What resampling and tests must give for every design: the same from rows as from tallies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveyapp.stats.arrays import Codes, Matrix, Vector
from surveyapp.stats.calibration import rake
from surveyapp.stats.cells import Cells, Moments
from surveyapp.stats.composition import composite_of_means, net_scores
from surveyapp.stats.contrasts import mean_covariance
from surveyapp.stats.design import Design
from surveyapp.stats.estimates import weighted_mean, weighted_means
from surveyapp.stats.joint import JointItems
from surveyapp.stats.margins import Margin
from surveyapp.stats.quantiles import Histogram, weighted_quantile
from surveyapp.stats.rao_scott import independence
from surveyapp.stats.relevance import relevance_indices
from surveyapp.stats.resampling import Weighting, jackknife, mean_of
from surveyapp.stats.shares import shares
from surveyapp.stats.totals import weighted_totals
from surveyapp.stats.trimmed import trimmed_mean_of
from surveyapp.stats.weights import Weights

POINTS = np.array([0.0, 60.0, 100.0])
EXACT = 1e-12
STRATA, CLUSTERS, AGES = 2, 3, 2
STRATUM, CLUSTER, AGE = (
    codes.ravel() for codes in np.indices((STRATA, CLUSTERS, AGES)).astype(np.int64)
)
SIZE = STRATUM.size
# Levels 0 to 2, and one more for those who skipped the item.
KINDS = POINTS.size + 1


@dataclass(frozen=True)
class Sample:
    """Cells of two strata, three clusters in each, and an age group; a second item beside."""

    counts: Matrix  # (C, 4, 4): kinds of answer to the first and to the second item
    base: Vector  # (C,)
    population: float | None
    clustered: bool
    calibrated: bool

    @property
    def n(self) -> Vector:
        return np.asarray(self.counts.sum(axis=(1, 2)), np.float64)

    @property
    def home(self) -> Codes:
        """The cell of each respondent."""
        return np.repeat(np.arange(SIZE), self.n.astype(int))

    def kinds(self) -> tuple[Codes, Codes]:
        """What each respondent answered to the two items."""
        flat = self.counts.reshape(SIZE, -1).astype(int)
        kind = np.concatenate([np.repeat(np.arange(KINDS**2), row) for row in flat])
        first, second = np.divmod(kind, KINDS)
        return first, second

    def cells(self, index: Codes | None = None, n: Vector | None = None) -> Cells:
        """The sample as cells; with an index, one cell per respondent."""
        rows = np.arange(SIZE) if index is None else index
        size = self.population
        design = Design(
            stratum=STRATUM[rows],
            cluster=(STRATUM * CLUSTERS + CLUSTER)[rows] if self.clustered else None,
            population=None if size is None else np.full(rows.size, size),
            lonely="certainty",
        )
        return Cells(self.n if n is None else n, self.base[rows], design=design)

    def weighting(self, index: Codes | None = None) -> Weighting | None:
        if not self.calibrated:
            return None
        level = AGE if index is None else AGE[index]
        margin = Margin("age", ["young", "old"], [30, 50], level)
        return lambda cells: rake(cells, [margin])

    def answers(self) -> Matrix:
        return np.asarray(self.counts.sum(axis=2)[:, :-1], np.float64)


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    number = SIZE * KINDS * KINDS
    few = draw(st.lists(st.integers(0, number - 1), min_size=10, max_size=50))
    counts = np.bincount(few, minlength=number).reshape(SIZE, KINDS, KINDS).astype(float)
    counts[:, 1, 1] += AGE == 0  # every age and every cluster has somebody
    counts[:, 2, 0] += AGE == 1
    base = np.array(draw(st.lists(st.floats(0.3, 4), min_size=SIZE, max_size=SIZE)))
    clustered = draw(st.booleans())
    population = draw(st.sampled_from([None, 3.0, 40.0] if clustered else [None, 100.0]))
    return Sample(counts, base, population, clustered, draw(st.booleans()))


def close(one: object, other: object, rel: float = EXACT, scale: float = 1.0) -> None:
    """Compare two results number by number."""
    for name in getattr(one, "__dataclass_fields__", {}):
        a, b = getattr(one, name), getattr(other, name)
        assert (a is None) == (b is None), name
        if a is not None and name != "replicates":
            assert a == pytest.approx(b, rel=rel, abs=rel * scale), name


def both(sample: Sample) -> tuple[Cells, Cells, Weights | None, Weights | None]:
    """Cells and rows with their weights."""
    home = sample.home
    cells, rows = sample.cells(), sample.cells(home, np.ones(home.size))
    by_cell, by_row = sample.weighting(), sample.weighting(home)
    if by_cell is None or by_row is None:
        return cells, rows, None, None
    return cells, rows, by_cell(cells), by_row(rows)


@given(samples())
def test_rows_and_tallies_give_the_same_estimates(sample: Sample) -> None:
    cells, rows, weights, row_weights = both(sample)
    home, (first, _) = sample.home, sample.kinds()
    domains = np.array([AGE == 0, STRATUM == 1, CLUSTER < 2])
    of_rows = domains[:, home]
    values = np.append(POINTS, np.nan)[first]
    one = Moments.from_levels(sample.answers(), POINTS)
    other = Moments.from_rows(np.arange(home.size), values, home.size)
    for estimate in (weighted_means, weighted_totals):
        for a, b in zip(
            estimate(cells, one, weights=weights, domains=domains),
            estimate(rows, other, weights=row_weights, domains=of_rows),
            strict=True,
        ):
            close(a, b, scale=1e4)
    answered = (first < POINTS.size).astype(float)
    favourable = Moments.from_hits(sample.answers()[:, 2], sample.answers().sum(axis=1))
    liked = Moments.from_hits((first == 2).astype(float), answered)
    for a, b in zip(
        shares(cells, favourable, weights=weights, domains=domains),
        shares(rows, liked, weights=row_weights, domains=of_rows),
        strict=True,
    ):
        close(a, b, rel=1e-10)
    table = Histogram(sample.answers(), POINTS)
    scores = Histogram.from_rows(np.arange(home.size), values, home.size)
    close(
        weighted_quantile(cells, table, 0.5, weights=weights),
        weighted_quantile(rows, scores, 0.5, weights=row_weights),
        scale=1e2,
    )
    groups = domains[:1]
    groups = np.vstack([groups, ~groups])
    assert mean_covariance(cells, one, groups, weights=weights) == pytest.approx(
        mean_covariance(rows, other, groups[:, home], weights=row_weights), rel=EXACT, abs=1e-9
    )


@given(samples())
def test_rows_and_tallies_give_the_same_jackknife(sample: Sample) -> None:
    cells, rows, _, _ = both(sample)
    home, (first, _) = sample.home, sample.kinds()
    domains = np.array([AGE == 0, STRATUM == 1])
    values = np.append(POINTS, np.nan)[first]
    table = Histogram(sample.answers(), POINTS)
    scores = Histogram.from_rows(np.arange(home.size), values, home.size)
    if scores.values.size < POINTS.size:
        scores = Histogram((first[:, None] == np.arange(3)).astype(float), POINTS)
    for statistic in (mean_of(POINTS), trimmed_mean_of(POINTS, 0.15)):
        a = jackknife(cells, table, statistic, weighting=sample.weighting(), domains=domains)
        b = jackknife(
            rows, scores, statistic, weighting=sample.weighting(home), domains=domains[:, home]
        )
        for one, other in zip(a.estimates(), b.estimates(), strict=True):
            assert (one.n, one.df) == (other.n, other.df)
            for name in ("value", "se", "low", "high"):
                got, expected = getattr(one, name), getattr(other, name)
                assert (got is None) == (expected is None), name
                if got is not None:
                    assert got == pytest.approx(expected, rel=1e-10, abs=1e-8), name


@given(samples())
def test_rows_and_tallies_give_the_same_tests_and_composites(sample: Sample) -> None:
    cells, rows, weights, row_weights = both(sample)
    home, (first, second) = sample.home, sample.kinds()
    scored = sample.counts[:, :-1, :-1]
    rated = (first[:, None] == np.arange(3))[:, :, None] & (second[:, None] == np.arange(3))[
        :, None
    ]
    close(
        independence(cells, scored, weights=weights),
        independence(rows, rated.astype(float), weights=row_weights),
        rel=1e-9,
    )
    worth = np.append(POINTS, np.nan)
    values = np.column_stack([worth[first], worth[second]])
    one = JointItems.from_rows(home, values, SIZE)
    other = JointItems.from_rows(np.arange(home.size), values, home.size)
    a = composite_of_means(cells, one, [2, 1], weights=weights)
    b = composite_of_means(rows, other, [2, 1], weights=row_weights)
    close(a, b, scale=1e2)
    # The second item as relevance of the first.
    (c,) = relevance_indices(cells, scored.swapaxes(1, 2), [1, 0.5, 0.2], POINTS, weights=weights)
    (d,) = relevance_indices(
        rows, rated.astype(float).swapaxes(1, 2), [1, 0.5, 0.2], POINTS, weights=row_weights
    )
    for name in ("weighted", "plain", "gap"):
        close(getattr(c, name), getattr(d, name), rel=1e-9, scale=1e2)


@given(samples(), st.floats(0.01, 100))
def test_only_the_ratios_of_base_weights_matter(sample: Sample, factor: float) -> None:
    scaled = Sample(
        sample.counts, sample.base * factor, sample.population, sample.clustered, calibrated=False
    )
    plain = Sample(sample.counts, sample.base, sample.population, sample.clustered, False)
    scored = sample.counts[:, :-1, :-1]
    close(independence(plain.cells(), scored), independence(scaled.cells(), scored), rel=1e-9)
    table = Histogram(sample.answers(), POINTS)
    one = jackknife(plain.cells(), table, mean_of(POINTS)).estimates()[0]
    other = jackknife(scaled.cells(), table, mean_of(POINTS)).estimates()[0]
    close(one, other, rel=1e-9, scale=1e2)


@given(samples(), st.randoms(use_true_random=False))
def test_the_order_of_cells_does_not_matter(sample: Sample, random: np.random.Generator) -> None:
    order = list(range(SIZE))
    random.shuffle(order)
    mixed = np.array(order)
    cells, weighting = sample.cells(), sample.weighting()
    other, weighting_mixed = sample.cells(mixed, sample.n[mixed]), sample.weighting(mixed)
    weights = None if weighting is None else weighting(cells)
    moved = None if weighting_mixed is None else weighting_mixed(other)
    scored = sample.counts[:, :-1, :-1]
    close(
        independence(cells, scored, weights=weights),
        independence(other, scored[mixed], weights=moved),
        rel=1e-9,
    )
    one, two = (
        jackknife(part, Histogram(answers, POINTS), mean_of(POINTS), weighting=make)
        for part, answers, make in (
            (cells, sample.answers(), weighting),
            (other, sample.answers()[mixed], weighting_mixed),
        )
    )
    close(one.estimates()[0], two.estimates()[0], rel=1e-9, scale=1e2)


@given(samples())
def test_doubling_every_row_halves_the_variance(sample: Sample) -> None:
    # Up to n/(n - 1): V of 2 n rows is V of n rows times (n - 1)/(2 n - 1).
    counts = sample.answers()
    n = float(counts.sum())
    once = weighted_mean(
        Cells(counts.sum(axis=1), sample.base), Moments.from_levels(counts, POINTS)
    )
    twice = weighted_mean(
        Cells(2 * counts.sum(axis=1), sample.base), Moments.from_levels(2 * counts, POINTS)
    )
    assert twice.value == pytest.approx(once.value, rel=EXACT)
    assert twice.se == pytest.approx((once.se or 0) * np.sqrt((n - 1) / (2 * n - 1)), abs=1e-9)
    (net,) = net_scores(Cells(counts.sum(axis=1)), counts, [-1, 0, 1])
    whole = counts.sum(axis=0)
    favourable, unfavourable = whole[2] / n, whole[0] / n
    assert net.value == pytest.approx(100 * (favourable - unfavourable), abs=1e-9)
    spread = favourable + unfavourable - (favourable - unfavourable) ** 2
    assert net.se == pytest.approx(100 * np.sqrt(spread / (n - 1)), abs=1e-9)


@given(samples())
def test_the_jackknife_of_a_mean_with_equal_weights_is_the_linearised_one(sample: Sample) -> None:
    counts = sample.answers()
    cells = Cells(counts.sum(axis=1))
    (got,) = jackknife(cells, Histogram(counts, POINTS), mean_of(POINTS)).estimates()
    expected = weighted_mean(cells, Moments.from_levels(counts, POINTS))
    assert (got.value, got.se) == pytest.approx((expected.value, expected.se), rel=1e-9, abs=1e-9)

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import Generator

from surveyapp.stats.calibration import post_stratify, rake
from surveyapp.stats.cells import Cells, Moments
from surveyapp.stats.design import Design, Lonely, LonelyStratum
from surveyapp.stats.estimates import weighted_mean, weighted_means
from surveyapp.stats.margins import EmptyLevel, Margin
from surveyapp.stats.quantiles import Histogram
from surveyapp.stats.replicates import Replicates
from surveyapp.stats.resampling import bootstrap, jackknife, mean_of
from surveyapp.stats.weights import Weights

POINTS = [0.0, 60.0, 100.0]
COUNTS = np.array([[2.0, 5, 9], [4, 8, 3], [1, 6, 6], [3, 3, 8]])
N = COUNTS.sum(axis=1) + np.array([1, 0, 2, 0])
TABLE = Histogram(COUNTS, POINTS)
MEAN = mean_of(POINTS)
GROUPS = np.array([[True, True, False, False], [False, False, True, True]])
AGE = Margin("age", ["young", "old"], [30, 40], [0, 1, 0, 1])


@pytest.fixture
def random() -> Generator:
    return np.random.default_rng(20261121)


def raked(cells: Cells) -> Weights:
    return rake(cells, [AGE])


def test_a_bootstrap_scatters_like_the_linearised_variance(random: Generator) -> None:
    cells = Cells(N, [1, 2, 1, 1.5])
    made = bootstrap(
        cells, TABLE, MEAN, random=random, weighting=raked, domains=GROUPS, replicates=1500
    )
    known = weighted_means(
        cells, Moments.from_levels(COUNTS, POINTS), weights=raked(cells), domains=GROUPS
    )
    for got, expected in zip(made.estimates(confidence=0.9), known, strict=True):
        assert got.value == pytest.approx(expected.value)
        assert got.se == pytest.approx(expected.se, rel=0.08)
        assert (got.n, got.df) == (expected.n, expected.df)
        assert (got.replicates, got.failed, got.undefined) == (1500, 0, 0)
        assert got.percentile is not None
        assert got.low is not None
        assert got.percentile.low == pytest.approx(got.low, abs=1.0)
    covariance = made.covariance()
    assert covariance is not None
    assert np.sqrt(np.diagonal(covariance)) == pytest.approx(
        [one.se for one in made.estimates()], rel=1e-12
    )


def test_one_seed_gives_one_answer() -> None:
    first, second = (
        bootstrap(Cells(N), TABLE, MEAN, random=np.random.default_rng(7), replicates=20)
        for _ in range(2)
    )
    assert (first.values == second.values).all()


def test_a_census_has_no_sampling_error(random: Generator) -> None:
    cells = Cells(N, design=Design(population=np.full(4, N.sum())))
    for made in (
        bootstrap(cells, TABLE, MEAN, random=random, replicates=10),
        jackknife(cells, TABLE, MEAN),
    ):
        (got,) = made.estimates()
        assert (got.se, got.low, got.percentile) == (0, None, None)


def test_half_a_population_has_half_the_variance(random: Generator) -> None:
    cells = Cells(N, design=Design(population=np.full(4, 2 * N.sum())))
    (got,) = bootstrap(cells, TABLE, MEAN, random=random, replicates=1500).estimates()
    expected = weighted_mean(cells, Moments.from_levels(COUNTS, POINTS))
    assert got.se == pytest.approx(expected.se, rel=0.08)


def test_the_variance_of_replicates_is_that_of_a_sample() -> None:
    values, ones = np.array([[1.0], [2.0], [6.0]]), np.ones(3)
    made = Replicates("bootstrap", np.array([2.0]), values, ones, 0, np.array([9]), np.array([8]))
    assert made.estimates()[0].se == pytest.approx(np.sqrt(7))


def test_clusters_are_drawn_whole(random: Generator) -> None:
    design = Design(stratum=[0, 0, 1, 1], cluster=[0, 1, 2, 3])
    cells = Cells(N, design=design)
    made = bootstrap(cells, TABLE, MEAN, random=random, replicates=60)
    # One cluster of two in each of two strata: no more than four different samples.
    assert len(np.unique(np.round(made.values, 9))) == 4
    assert jackknife(cells, TABLE, MEAN).values.shape == (4, 1)
    assert made.estimates()[0].df == 2


def test_the_jackknife_of_a_mean_is_the_textbook() -> None:
    rows = np.repeat(POINTS, COUNTS.sum(axis=0).astype(int))
    (got,) = jackknife(Cells(COUNTS.sum(axis=1)), TABLE, MEAN).estimates()
    assert got.se == pytest.approx(rows.std(ddof=1) / np.sqrt(rows.size), rel=1e-12)
    assert got.percentile is None


def test_replicates_that_cannot_be_weighted_are_counted(random: Generator) -> None:
    # One single old respondent: about a third of all draws leave the level empty.
    counts = np.array([[3.0, 4], [0, 1]])
    table, cells = Histogram(counts, [0, 100]), Cells(counts.sum(axis=1))
    margin = Margin("age", ["young", "old"], [5, 3], [0, 1])
    drawn = bootstrap(
        cells,
        table,
        mean_of([0, 100]),
        random=random,
        weighting=lambda one: post_stratify(one, margin),
        replicates=200,
    )
    (got,) = drawn.estimates()
    assert 40 < got.failed < 110
    assert got.replicates == 200 - got.failed
    assert got.se is not None
    left = jackknife(
        cells, table, mean_of([0, 100]), weighting=lambda one: post_stratify(one, margin)
    )
    (alone,) = left.estimates()
    assert (alone.failed, alone.se, alone.replicates) == (1, None, 2)
    assert left.covariance() is None


def test_a_sample_that_cannot_be_weighted_is_refused(random: Generator) -> None:
    margin = Margin("age", ["young", "old"], [5, 3], [0, 0, 0, 0])
    with pytest.raises(EmptyLevel):
        jackknife(Cells(N), TABLE, MEAN, weighting=lambda one: rake(one, [margin]))
    with pytest.raises(EmptyLevel):
        bootstrap(
            Cells(N),
            TABLE,
            MEAN,
            random=random,
            weighting=lambda one: rake(one, [margin]),
            replicates=3,
        )


def test_replicates_without_the_figure_are_counted(random: Generator) -> None:
    # Three respondents in the group: some draws hold none of them.
    counts = np.array([[1.0, 2], [9, 9]])
    domains = np.array([[True, False], [False, False]])
    made = bootstrap(
        Cells(counts.sum(axis=1)),
        Histogram(counts, [0, 100]),
        mean_of([0, 100]),
        random=random,
        domains=domains,
        replicates=300,
    )
    few, nobody = made.estimates()
    assert 0 < few.undefined < 60
    assert few.replicates + few.undefined == 300
    assert few.se is not None
    assert (nobody.value, nobody.se, nobody.n, nobody.undefined) == (None, None, 0, 300)
    assert made.covariance() is None


def test_one_respondent_has_a_value_and_no_precision(random: Generator) -> None:
    counts = np.array([[0.0, 1], [2, 2]])
    domains = np.array([[True, False]])
    cells, table = Cells([1, 4]), Histogram(counts, [0, 100])
    for made in (
        bootstrap(cells, table, mean_of([0, 100]), random=random, domains=domains, replicates=9),
        jackknife(cells, table, mean_of([0, 100]), domains=domains),
    ):
        (got,) = made.estimates()
        assert (got.value, got.se, got.low, got.df) == (100, None, None, 0)
        assert got.undefined > 0
    one = jackknife(Cells([1]), Histogram(np.array([[1.0]]), [5]), mean_of([5]))
    assert one.estimates()[0].se is None


@pytest.mark.parametrize("lonely", ["fail", "certainty", "adjust", "average"])
def test_a_lonely_stratum_is_certain_or_refused(lonely: Lonely, random: Generator) -> None:
    n = np.array([20.0, 1])
    counts = np.array([[12.0, 8], [0, 1]])
    cells = Cells(n, design=Design(stratum=[0, 1], lonely=lonely))
    table = Histogram(counts, [0, 100])
    if lonely == "certainty":
        (got,) = jackknife(cells, table, mean_of([0, 100])).estimates()
        expected = weighted_mean(cells, Moments.from_levels(counts, [0, 100]))
        assert got.se == pytest.approx(expected.se)
    else:
        error = LonelyStratum if lonely == "fail" else ValueError
        with pytest.raises(error, match=r"lonely|single sampled"):
            jackknife(cells, table, mean_of([0, 100]))
        with pytest.raises(error, match=r"lonely|single sampled"):
            bootstrap(cells, table, mean_of([0, 100]), random=random)


def test_too_few_usable_replicates_have_no_variance() -> None:
    made = Replicates(
        "bootstrap",
        np.array([5.0]),
        np.array([[5.0], [np.nan]]),
        np.ones(2),
        0,
        np.array([9]),
        np.array([8]),
    )
    assert made.estimates()[0].se is None


def test_if_no_replicate_can_be_weighted_there_is_no_precision(random: Generator) -> None:
    margin = Margin("age", ["a", "b"], [1, 1], [0, 1])
    table = Histogram(np.array([[1.0], [1.0]]), [5])
    made = bootstrap(
        Cells([1, 1]),
        table,
        mean_of([5]),
        random=random,
        weighting=lambda one: post_stratify(one, margin),
        replicates=5,
    )
    (got,) = made.estimates()
    assert (got.value, got.se, got.failed, got.replicates) == (5, None, 5, 0)


def test_wrong_arguments_are_refused(random: Generator) -> None:
    with pytest.raises(ValueError, match="at least 2"):
        bootstrap(Cells(N), TABLE, MEAN, random=random, replicates=1)
    with pytest.raises(ValueError, match="4 cells, 1 expected"):
        jackknife(Cells([9]), TABLE, MEAN)
    with pytest.raises(ValueError, match="more answers"):
        jackknife(Cells([1, 1, 1, 1]), TABLE, MEAN)
    with pytest.raises(ValueError, match="whole numbers"):
        jackknife(Cells(N + 0.5), TABLE, MEAN)
    with pytest.raises(ValueError, match="confidence"):
        jackknife(Cells(N), TABLE, MEAN).estimates(confidence=1)

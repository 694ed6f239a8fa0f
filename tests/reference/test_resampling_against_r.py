from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
import pytest

from surveyapp.stats.arrays import Codes, Vector
from surveyapp.stats.calibration import rake
from surveyapp.stats.cells import Cells, Moments
from surveyapp.stats.composition import composite_of_means, net_scores
from surveyapp.stats.contrasts import contrast, mean_covariance
from surveyapp.stats.estimates import Estimate, weighted_means
from surveyapp.stats.joint import JointItems, item_means
from surveyapp.stats.quantiles import Histogram
from surveyapp.stats.rao_scott import goodness_of_fit, homogeneity, independence
from surveyapp.stats.relevance import relevance_indices
from surveyapp.stats.replicates import Resampled
from surveyapp.stats.resampling import (
    Statistic,
    Weighting,
    bootstrap,
    jackknife,
    mean_of,
)
from surveyapp.stats.totals import Pairs, ratio
from surveyapp.stats.trimmed import trimmed_mean_of
from surveyapp.stats.weights import Weights
from tests.reference.schools import DATA, DESIGNS, Schools
from tests.reference.test_calibration_against_r import margin

EXACT = 1e-9
DRAWN = 0.09  # standard errors of 600 and of 2,000 replicates differ by 3 % or so, by chance
WEIGHTINGS = ("base", "rake")
POINTS = [0.0, 60.0, 100.0]
RELEVANCE = [1.0, 0.5, 0.25]


@cache
def known() -> dict[str, Any]:
    """Everything that make_resampling_reference.R wrote."""
    read: dict[str, Any] = json.loads((DATA / "resampling.json").read_text(encoding="utf-8"))
    figures: dict[str, Any] = read["figures"]
    return figures


def histogram(values: Vector) -> Histogram:
    return Histogram.from_rows(np.arange(values.size), values, values.size)


def weighting(schools: Schools, name: str) -> Weighting | None:
    margins = [margin(schools, "stype"), margin(schools, "sch.wide")]
    return None if name == "base" else lambda cells: rake(cells, margins)


def weights(schools: Schools, name: str) -> Weights | None:
    make = weighting(schools, name)
    return None if make is None else make(schools.cells)


def band(schools: Schools) -> Codes:
    return np.searchsorted([550, 700], schools.scores).astype(np.int64)


def one_of(codes: Codes, levels: int) -> Vector:
    return np.eye(levels)[codes]


def assert_same(got: Resampled | Estimate, expected: dict[str, Any]) -> None:
    assert (got.value, got.se) == pytest.approx((expected["value"], expected["se"]), rel=EXACT)


def total_of(values: Vector) -> Statistic:
    return lambda mass: np.asarray(mass @ values, np.float64)


@pytest.mark.parametrize("name", WEIGHTINGS)
@pytest.mark.parametrize("design", DESIGNS)
def test_the_jackknife_is_that_of_r(design: str, name: str) -> None:
    schools, expected = Schools(design), known()[design][name]["jackknife"]
    make = weighting(schools, name)
    scores, shares = histogram(schools.scores), histogram(schools.comp.astype(float))
    for figure, table, statistic in (
        ("mean", scores, mean_of(scores.values)),
        ("share", shares, mean_of(shares.values)),
        ("total", scores, total_of(scores.values)),
        ("trimmed", scores, trimmed_mean_of(scores.values, 0.1)),
    ):
        made = jackknife(schools.cells, table, statistic, weighting=make)
        (got,) = made.estimates()
        assert_same(got, expected[figure])
        assert got.failed == got.undefined == 0
    groups = expected["groups"]
    domains = np.array([schools.stype == level for level in groups["level"]])
    made = jackknife(schools.cells, scores, mean_of(scores.values), weighting=make, domains=domains)
    assert made.value == pytest.approx(groups["value"], rel=EXACT)
    covariance = np.array(groups["covariance"])
    assert made.covariance() == pytest.approx(
        covariance, rel=EXACT, abs=EXACT * np.abs(covariance).max()
    )


@pytest.mark.parametrize("name", WEIGHTINGS)
@pytest.mark.parametrize("design", ["srs", "strat", "clus"])
def test_the_bootstrap_scatters_as_much_as_that_of_r(design: str, name: str) -> None:
    schools, expected = Schools(design), known()[design][name]["bootstrap"]
    scores = histogram(schools.scores)
    made = bootstrap(
        schools.cells,
        scores,
        mean_of(scores.values),
        random=np.random.default_rng(20261121),
        weighting=weighting(schools, name),
        replicates=600,
    )
    (got,) = made.estimates()
    assert got.value == pytest.approx(expected["value"], rel=EXACT)
    assert got.se == pytest.approx(expected["se"], rel=DRAWN)


@pytest.mark.parametrize("name", WEIGHTINGS)
@pytest.mark.parametrize("design", DESIGNS)
def test_tests_of_independence_are_those_of_r(design: str, name: str) -> None:
    schools, expected = Schools(design), known()[design][name]["chi"]
    wide = (schools.wide == "Yes").astype(np.int64)
    stype = np.searchsorted(["E", "H", "M"], schools.stype).astype(np.int64)
    comp = schools.comp.astype(np.int64)
    for figure, rows, columns in (
        ("wide_band", one_of(wide, 2), one_of(band(schools), 3)),
        ("comp_stype", one_of(comp, 2), one_of(stype, 3)),
        ("stype_band", one_of(stype, 3), one_of(band(schools), 3)),
    ):
        counts = rows[:, :, None] * columns[:, None, :]
        got = independence(schools.cells, counts, weights=weights(schools, name))
        row = expected[figure]
        assert got.f_df is not None
        assert (got.f, *got.f_df, got.p_value) == pytest.approx(
            (row["f"], *row["df"], row["p"]), rel=EXACT, abs=1e-15
        )
        assert (got.pearson, got.df, got.first_order_p) == pytest.approx(
            (row["pearson"], row["chisq_df"], row["chisq_p"]), rel=EXACT, abs=1e-15
        )
        groups = rows.T == 1
        alike = homogeneity(schools.cells, columns, groups, weights=weights(schools, name))
        assert alike.p_value == pytest.approx(got.p_value, rel=1e-12)


@pytest.mark.parametrize("name", WEIGHTINGS)
@pytest.mark.parametrize("design", DESIGNS)
def test_tests_of_given_shares_are_those_of_r(design: str, name: str) -> None:
    schools, expected = Schools(design), known()[design][name]["fit"]
    if expected is None:
        # R scales its test with an estimated size of the population, which clusters make random.
        return
    counts = one_of(band(schools), 3)
    got = goodness_of_fit(schools.cells, counts, [2, 5, 3], weights=weights(schools, name))
    total, squares = np.sum(expected["lambda"]), np.sum(np.square(expected["lambda"]))
    size = float((weights(schools, name) or Weights.of(schools.cells, None)).value.sum())
    assert got.pearson == pytest.approx(expected["statistic"] * got.n / size, rel=EXACT)
    assert got.f_df is not None
    assert (got.f, got.f_df[0]) == pytest.approx(
        (expected["statistic"] / total, total**2 / squares), rel=EXACT
    )


@pytest.mark.parametrize("name", WEIGHTINGS)
@pytest.mark.parametrize("design", DESIGNS)
def test_composites_of_item_means_are_those_of_r(design: str, name: str) -> None:
    schools, expected = Schools(design), known()[design][name]["composite"]
    made = weights(schools, name)
    values = np.column_stack([
        np.where(schools.answered, schools.scores, np.nan),
        np.where(schools.row % 5 != 0, schools.before, np.nan),
        1000.0 * schools.comp,
    ])  # fmt: skip
    size = schools.cells.size
    items = JointItems.from_rows(np.arange(size), values, size)
    means = item_means(schools.cells, items, weights=made)
    assert means is not None
    assert means.value == pytest.approx(expected["value"], rel=EXACT)
    assert means.covariance == pytest.approx(np.array(expected["covariance"]), rel=EXACT)
    got = composite_of_means(schools.cells, items, [2, 1, 1], weights=made)
    assert got is not None
    row = expected["overall"]
    assert (got.value, got.se) == pytest.approx((row["value"], row["se"]), rel=EXACT)


@pytest.mark.parametrize("name", WEIGHTINGS)
@pytest.mark.parametrize("design", DESIGNS)
def test_relevance_indices_and_their_gap_are_those_of_r(design: str, name: str) -> None:
    schools, expected = Schools(design), known()[design][name]["relevance"]
    made = weights(schools, name)
    concern = schools.row % 3
    relevance = np.array([1, 0.5, 0.25])[concern]
    counts = one_of(concern, 3)[:, :, None] * one_of(band(schools), 3)[:, None, :]
    (got,) = relevance_indices(schools.cells, counts, RELEVANCE, POINTS, weights=made)
    for figure in ("weighted", "plain", "gap"):
        assert_same(getattr(got, figure), expected[figure])
    size = schools.cells.size
    points = np.array(POINTS)[band(schools)]
    pairs = Pairs.from_rows(np.arange(size), relevance * points, relevance, size)
    same = ratio(schools.cells, pairs, weights=made)
    assert got.weighted.se == pytest.approx(same.se, rel=1e-12)
    assert got.weighted.deff == pytest.approx(same.deff, rel=1e-9)


@pytest.mark.parametrize("name", WEIGHTINGS)
@pytest.mark.parametrize("design", DESIGNS)
def test_net_scores_are_those_of_r(design: str, name: str) -> None:
    schools, expected = Schools(design), known()[design][name]["net"]
    (got,) = net_scores(
        schools.cells, one_of(band(schools), 3), [-1, 0, 1], weights=weights(schools, name)
    )
    assert_same(got, expected)


@pytest.mark.parametrize("design", DESIGNS)
def test_groups_combined_with_weights_of_their_own_are_as_in_r(design: str) -> None:
    schools, expected = Schools(design), known()[design]["base"]["overall"]
    domains = np.array([schools.stype == level for level in ("E", "H", "M")])
    covariance = mean_covariance(schools.cells, "api00", domains)
    means = weighted_means(schools.cells, "api00", domains=domains)
    got = contrast([one.value or 0 for one in means], covariance, [0.5, 0.2, 0.3], 100)
    assert (got.value, got.se) == pytest.approx((expected["value"], expected["se"]), rel=EXACT)


def test_cells_give_the_jackknife_of_rows() -> None:
    schools = Schools("strat_fpc")
    codes = band(schools)
    strata, home = np.unique(schools.stype, return_inverse=True)
    counts = np.zeros((strata.size, 3))
    np.add.at(counts, (home, codes), 1)
    first = np.array([np.flatnonzero(home == h)[0] for h in range(strata.size)])
    design = type(schools.cells.design)(
        stratum=strata,
        population=schools.cells.design.population[first]
        if schools.cells.design.population is not None
        else None,
    )
    cells = Cells(counts.sum(axis=1), schools.cells.base_weight[first], design=design)
    statistic = trimmed_mean_of(POINTS, 0.2)
    by_cells = jackknife(cells, Histogram(counts, POINTS), statistic)
    rows = histogram(np.array(POINTS)[codes])
    by_rows = jackknife(schools.cells, rows, statistic)
    one, other = by_cells.estimates()[0], by_rows.estimates()[0]
    assert (one.value, one.se, one.df) == pytest.approx(
        (other.value, other.se, other.df), rel=1e-12
    )
    assert one.replicates == np.count_nonzero(counts)
    moments = Moments.from_levels(counts, POINTS)
    assert moments.m.sum() == schools.cells.size

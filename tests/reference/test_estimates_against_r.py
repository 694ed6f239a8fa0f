from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from surveyapp.stats.design import Lonely, LonelyStratum
from surveyapp.stats.estimates import Estimate, weighted_mean, weighted_means
from surveyapp.stats.shares import share
from surveyapp.stats.totals import Pairs, ratio, weighted_total
from tests.reference.schools import DESIGNS, Schools, reference

EXACT = 1e-9
ITERATED = 1e-6


def assert_same(got: Estimate, expected: dict[str, Any]) -> None:
    for name in ("value", "se", "low", "high", "df", "deff"):
        if name in expected:
            assert getattr(got, name) == pytest.approx(expected[name], rel=EXACT), name


@pytest.fixture(params=DESIGNS)
def schools(request: pytest.FixtureRequest) -> Schools:
    return Schools(request.param)


def figures(schools: Schools) -> dict[str, Any]:
    found: dict[str, Any] = reference()["figures"][schools.name]["base"]
    return found


def test_the_mean_is_that_of_r(schools: Schools) -> None:
    assert_same(weighted_mean(schools.cells, "api00"), figures(schools)["mean"])


def test_the_mean_with_item_non_response_is_that_of_r(schools: Schools) -> None:
    got = weighted_mean(schools.cells, "item")
    assert_same(got, figures(schools)["item_mean"])
    assert got.n == schools.answered.sum()


def test_a_domain_inside_the_whole_design_is_that_of_r(schools: Schools) -> None:
    got = weighted_mean(schools.cells, "item", domain=schools.comp)
    assert_same(got, figures(schools)["domain_mean"])


def test_many_domains_at_once_are_those_of_r(schools: Schools) -> None:
    expected = figures(schools)["stype_means"]
    domains = np.array([schools.stype == level for level in expected["level"]])
    got = weighted_means(schools.cells, "item", domains=domains)
    assert [one.value for one in got] == pytest.approx(expected["value"], rel=EXACT)
    assert [one.se for one in got] == pytest.approx(expected["se"], rel=EXACT)


def test_totals_are_those_of_r(schools: Schools) -> None:
    expected = figures(schools)
    assert_same(weighted_total(schools.cells, "api00"), expected["total"])
    assert_same(weighted_total(schools.cells, "item"), expected["item_total"])
    domain = weighted_total(schools.cells, "item", domain=schools.comp)
    assert_same(domain, expected["domain_total"])


def test_ratios_are_those_of_r(schools: Schools) -> None:
    size = schools.cells.size
    pairs = Pairs.from_rows(np.arange(size), schools.scores, schools.before, size)
    assert_same(ratio(schools.cells, pairs), figures(schools)["ratio"])
    domain = ratio(schools.cells, pairs, domain=schools.comp & schools.answered)
    assert_same(domain, figures(schools)["domain_ratio"])


def test_share_and_its_logit_and_beta_intervals_are_those_of_r(schools: Schools) -> None:
    expected = figures(schools)["share"]
    logit = share(schools.cells, "comp", interval="logit")
    beta = share(schools.cells, "comp", interval="beta")
    assert (logit.value, logit.se) == pytest.approx((expected["value"], expected["se"]), rel=EXACT)
    assert (logit.low, logit.high) == pytest.approx(expected["logit"], rel=ITERATED)
    assert (beta.low, beta.high) == pytest.approx(expected["beta"], rel=ITERATED)


def test_districts_as_clusters_inside_school_types_are_those_of_r() -> None:
    expected = reference()["nested"]
    assert_same(weighted_mean(Schools("nested").cells, "api00"), expected["mean"])
    assert_same(weighted_total(Schools("nested").cells, "api00"), expected["total"])


@pytest.mark.parametrize("rule", ["certainty", "adjust", "average"])
def test_a_lonely_stratum_is_treated_as_in_r(rule: Lonely) -> None:
    few = Schools("strat", reference()["few_rows"], rule)
    assert_same(weighted_mean(few.cells, "api00"), reference()["lonely"][rule]["mean"])
    assert_same(weighted_total(few.cells, "api00"), reference()["lonely"][rule]["total"])


def test_a_lonely_stratum_is_refused_by_default() -> None:
    few = Schools("strat", reference()["few_rows"])
    with pytest.raises(LonelyStratum, match=r"strata with a single sampled unit: \[1\]") as refusal:
        weighted_mean(few.cells, "api00")
    assert refusal.value.strata == (1,)

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from surveyapp.stats.calibration import calibrate, post_stratify, rake
from surveyapp.stats.distances import Bounds
from surveyapp.stats.estimates import Estimate, weighted_mean, weighted_means
from surveyapp.stats.margins import Margin
from surveyapp.stats.shares import share
from surveyapp.stats.totals import Pairs, ratio, weighted_total
from surveyapp.stats.trimming import trim
from surveyapp.stats.weights import Weights
from tests.reference.schools import DESIGNS, Schools, margin_counts, reference

EXACT = 1e-9
ITERATED = 1e-6
METHODS = (
    "poststratify_wide",
    "poststratify_joint",
    "rake",
    "sweeps",
    "linear",
    "linear_bounded",
    "logit",
    "rake_trimmed",
)


def margin(schools: Schools, name: str) -> Margin:
    counts = margin_counts(name)
    column = {"stype": schools.stype, "sch.wide": schools.wide}[name]
    labels = sorted(counts)
    return Margin(name, labels, [counts[x] for x in labels], [labels.index(x) for x in column])


def joint_margin(schools: Schools) -> Margin:
    counts = {f"{row['stype']}:{row['sch.wide']}": row["Freq"] for row in reference()["joint"]}
    labels = sorted(counts)
    cells = [f"{a}:{b}" for a, b in zip(schools.stype, schools.wide, strict=True)]
    return Margin("joint", labels, [counts[x] for x in labels], [labels.index(x) for x in cells])


def weighting(schools: Schools, method: str, limits: float | None) -> Weights:
    margins = [margin(schools, "stype"), margin(schools, "sch.wide")]
    bounds = reference()["bounds"][schools.name.partition("_")[0]]
    if method == "poststratify_wide":
        return post_stratify(schools.cells, margins[1])
    if method == "poststratify_joint":
        return post_stratify(schools.cells, joint_margin(schools))
    if method in {"linear", "linear_bounded"}:
        allowed = Bounds(*bounds["linear"]) if method == "linear_bounded" else Bounds()
        return calibrate(schools.cells, margins, method="linear", bounds=allowed)
    if method == "logit":
        allowed = Bounds(*bounds["logit"])
        return calibrate(schools.cells, margins, method="logit", bounds=allowed)
    if method == "sweeps":
        return rake(schools.cells, margins, algorithm="sweeps")
    raked = rake(schools.cells, margins)
    return raked if limits is None else trim(schools.cells, raked, high=limits)


def assert_same(got: Estimate, expected: dict[str, Any]) -> None:
    for name in ("value", "se", "low", "high", "df", "deff"):
        if name in expected:
            assert getattr(got, name) == pytest.approx(expected[name], rel=EXACT), name


@pytest.fixture(params=DESIGNS, scope="module")
def schools(request: pytest.FixtureRequest) -> Schools:
    return Schools(request.param)


@pytest.mark.parametrize("method", METHODS)
def test_weights_and_all_estimates_from_them_are_those_of_r(schools: Schools, method: str) -> None:
    key = "rake" if method == "sweeps" else method
    expected = reference()["figures"][schools.name][key]
    made = weighting(schools, method, expected["limits"])
    cells, size = schools.cells, schools.cells.size
    assert made.value == pytest.approx(np.array(expected["weights"]), rel=EXACT)
    assert_same(weighted_mean(cells, "api00", weights=made), expected["mean"])
    assert_same(weighted_mean(cells, "item", weights=made), expected["item_mean"])
    domain = weighted_mean(cells, "item", weights=made, domain=schools.comp)
    assert_same(domain, expected["domain_mean"])
    by = expected["stype_means"]
    domains = np.array([schools.stype == level for level in by["level"]])
    several = weighted_means(cells, "item", weights=made, domains=domains)
    assert [one.value for one in several] == pytest.approx(by["value"], rel=EXACT)
    assert [one.se for one in several] == pytest.approx(by["se"], rel=EXACT)
    assert_same(weighted_total(cells, "api00", weights=made), expected["total"])
    assert_same(weighted_total(cells, "item", weights=made), expected["item_total"])
    pairs = Pairs.from_rows(np.arange(size), schools.scores, schools.before, size)
    assert_same(ratio(cells, pairs, weights=made), expected["ratio"])
    chosen = schools.comp & schools.answered
    assert_same(ratio(cells, pairs, weights=made, domain=chosen), expected["domain_ratio"])


@pytest.mark.parametrize("method", METHODS)
def test_shares_after_calibration_have_the_intervals_of_r(schools: Schools, method: str) -> None:
    key = "rake" if method == "sweeps" else method
    figures = reference()["figures"][schools.name][key]
    made = weighting(schools, method, figures["limits"])
    expected = figures["share"]
    logit = share(schools.cells, "comp", weights=made, interval="logit")
    beta = share(schools.cells, "comp", weights=made, interval="beta")
    assert (logit.value, logit.se) == pytest.approx((expected["value"], expected["se"]), rel=EXACT)
    assert (logit.low, logit.high) == pytest.approx(expected["logit"], rel=ITERATED)
    assert (beta.low, beta.high) == pytest.approx(expected["beta"], rel=ITERATED)

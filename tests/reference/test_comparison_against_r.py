"""Ranks, trends and control limits against R, see make_comparison_reference.R."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from surveyapp.stats.control import share_chart
from surveyapp.stats.rank_probabilities import drawn_rank_probabilities, rank_probabilities
from surveyapp.stats.ranking import rank_units
from surveyapp.stats.trend import cochran_armitage, mann_kendall, theil_sen, weighted_slope


@pytest.fixture(scope="module")
def reference() -> Any:
    file = Path(__file__).parent / "data" / "comparison.json"
    return json.loads(file.read_text(encoding="utf-8"))


def test_rank_probabilities_are_those_of_all_sets_of_better_units(reference: Any) -> None:
    known = reference["ranks"]
    expected = np.array(known["chances"])
    got = rank_probabilities(known["theta"], known["se"])
    assert got == pytest.approx(expected, abs=1e-10)
    covariance = np.diag(np.square(known["se"]))
    drawn = drawn_rank_probabilities(
        known["theta"], covariance, np.random.default_rng(3), draws=200_000
    )
    assert drawn == pytest.approx(expected, abs=5 * math.sqrt(0.25 / 200_000))


def test_joint_intervals_and_comparisons_of_all_pairs(reference: Any) -> None:
    known = reference["ranks"]
    got = rank_units(known["theta"], known["se"])
    places = [got.places[unit] for unit in range(5)]
    assert [place.joint_low for place in places] == known["joint_low"]
    assert [place.joint_high for place in places] == known["joint_high"]
    for (one, other), p in zip(known["pairs"], known["holm"], strict=True):
        assert (other - 1 in places[one - 1].alike) == (p >= 0.05)
        assert (one - 1 in places[other - 1].alike) == (p >= 0.05)


def test_trends_are_those_of_r(reference: Any) -> None:
    known = reference["trend"]
    slope = weighted_slope(known["months"], known["y"], known["e"])
    assert (slope.value, slope.se, slope.intercept, slope.misfit, slope.misfit_p) == pytest.approx(
        [known[name] for name in ("slope", "se", "intercept", "misfit", "misfit_p")], rel=1e-9
    )
    exact, tied = mann_kendall(known["y"]), mann_kendall(known["tied"])
    assert (exact.is_exact, tied.is_exact) == (True, False)
    for got, name in ((exact, "exact"), (tied, "normal")):
        assert got.tau == pytest.approx(known[name]["tau"])
        assert got.p_value == pytest.approx(known[name]["p"], rel=1e-9)
    assert theil_sen(known["months"], known["y"]).value == pytest.approx(known["theil_sen"])
    shares = cochran_armitage(known["hits"], known["totals"], [1, 2, 3, 4])
    assert shares.z is not None
    assert shares.z**2 == pytest.approx(known["chisq"])
    assert shares.p_value == pytest.approx(known["chisq_p"])


def test_limits_of_shares_are_binomial_quantiles(reference: Any) -> None:
    known = reference["control"]
    chart = share_chart(known["hits"], known["totals"], centre=known["centre"])
    for point, n, low, high in zip(
        chart.points, known["totals"], known["low"], known["high"], strict=True
    ):
        assert (point.low * n, point.high * n) == pytest.approx((low, high))

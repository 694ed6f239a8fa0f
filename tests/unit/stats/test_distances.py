from __future__ import annotations

import math

import numpy as np
import pytest

from surveyapp.stats.distances import (
    Bounds,
    CalibrationMethod,
    Distance,
    Linear,
    Logit,
    Raking,
    distance,
)

U = np.linspace(-3, 3, 61)
CURVES = [
    Linear(Bounds()),
    Linear(Bounds(0.4, 1.9)),
    Raking(Bounds(low=0)),
    Raking(Bounds(0.4, 1.9)),
    Logit(Bounds(0.4, 1.9)),
]


@pytest.mark.parametrize("curve", CURVES, ids=repr)
def test_no_change_is_a_ratio_of_one(curve: Distance) -> None:
    assert curve.ratio(np.zeros(1)) == pytest.approx([1])
    assert curve.slope(np.zeros(1)) == pytest.approx([1])


@pytest.mark.parametrize("curve", CURVES, ids=repr)
def test_slope_and_integral_belong_to_the_ratio(curve: Distance) -> None:
    h = 1e-6
    before, after = (np.diff([curve.ratio(U + d), curve.ratio(U + d + h)], axis=0)[0] / h
                     for d in (-h, 0))  # fmt: skip
    ratio = (curve.integral(U + h) - curve.integral(U - h)) / (2 * h)
    smooth = np.abs(after - before) < 1e-3  # at a kink there is no slope
    assert smooth.sum() >= U.size - 2
    assert curve.slope(U)[smooth] == pytest.approx(after[smooth], abs=1e-4)
    assert curve.ratio(U) == pytest.approx(ratio, abs=1e-6)


@pytest.mark.parametrize("curve", [CURVES[1], CURVES[3], CURVES[4]], ids=repr)
def test_the_ratio_stays_within_its_bounds(curve: Distance) -> None:
    far = np.array([-1e3, 1e3])
    assert curve.ratio(far) == pytest.approx([0.4, 1.9])
    assert np.isfinite(curve.integral(far)).all()


def test_raking_far_out_stays_a_number() -> None:
    assert np.isfinite(Raking(Bounds(low=0)).ratio(np.array([1e6]))).all()


@pytest.mark.parametrize("curve", CURVES, ids=repr)
def test_the_start_lies_within_the_bounds(curve: Distance) -> None:
    start = curve.ratio(curve.argument(np.array([0.01, 1.2, 30.0])))
    assert np.isfinite(start).all()


@pytest.mark.parametrize(("low", "high"), [(1.0, 1.0), (2.0, 1.0), (math.nan, 1.0)])
def test_bounds_the_wrong_way_round_are_refused(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="must be below"):
        Bounds(low, high)


@pytest.mark.parametrize("bounds", [Bounds(), Bounds(1, 2), Bounds(0.5, 1), Bounds(0.5)])
def test_logit_needs_finite_bounds_around_one(bounds: Bounds) -> None:
    with pytest.raises(ValueError, match="finite bounds on either side of 1"):
        distance("logit", bounds)


@pytest.mark.parametrize(
    ("method", "kind"), [("linear", Linear), ("raking", Raking), ("logit", Logit)]
)
def test_each_method_has_its_curve(method: CalibrationMethod, kind: type[object]) -> None:
    assert isinstance(distance(method, Bounds(0.5, 2)), kind)


def test_what_no_method_can_do_is_refused() -> None:
    with pytest.raises(ValueError, match="raking needs a positive upper bound"):
        distance("raking", Bounds(-2, -1))
    with pytest.raises(ValueError, match="method must be raking, linear or logit, not 'other'"):
        distance("other", Bounds())  # type: ignore[arg-type]

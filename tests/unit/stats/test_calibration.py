from __future__ import annotations

import math

import numpy as np
import pytest

from surveyapp.stats.calibration import calibrate, post_stratify, rake
from surveyapp.stats.cells import Cells, Moments
from surveyapp.stats.distances import Bounds, CalibrationMethod
from surveyapp.stats.estimates import weighted_mean
from surveyapp.stats.feasibility import BoundsTooTight, MarginsContradict, NotConverged, refusal
from surveyapp.stats.margins import EmptyLevel, Margin, MarginsDisagree
from surveyapp.stats.weights import Weights

# Young men, young women, old men, old women.
CELLS = Cells([40, 20, 20, 20])
AGE = Margin("age", ("young", "old"), [50, 50], [0, 0, 1, 1])
SEX = Margin("sex", ("m", "f"), [48, 52], [0, 1, 0, 1])
FREE = Bounds()


def test_post_stratification_worked_by_hand() -> None:
    # 60 young for 50: g = 5/6; 40 old for 50: g = 5/4.
    got = post_stratify(CELLS, AGE)
    assert got.value.tolist() == pytest.approx([5 / 6, 5 / 6, 5 / 4, 5 / 4])
    assert got.report is not None
    assert (got.report.g_min, got.report.g_max) == pytest.approx((5 / 6, 5 / 4))
    assert got.report.effective_n_before == 100
    assert got.report.effective_n == pytest.approx(100**2 / (60 * 25 / 36 + 40 * 25 / 16))


@pytest.mark.parametrize(
    ("bounds", "least_high", "most_low"),
    [
        (Bounds(0.5, 1.1), 1.25, None),
        (Bounds(0.9, 2), None, 5 / 6),
        (Bounds(0.9, 1.1), None, None),
    ],
)
def test_post_stratification_refuses_what_lies_outside_the_bounds(
    bounds: Bounds, least_high: float | None, most_low: float | None
) -> None:
    with pytest.raises(BoundsTooTight) as caught:
        post_stratify(CELLS, AGE, bounds=bounds)
    assert caught.value.least_high == pytest.approx(least_high)
    assert caught.value.most_low == pytest.approx(most_low)


@pytest.mark.parametrize("method", ["raking", "linear", "logit"])
def test_every_method_meets_every_margin(method: CalibrationMethod) -> None:
    bounds = Bounds(0.5, 2) if method == "logit" else FREE
    got = calibrate(CELLS, [AGE, SEX], method=method, bounds=bounds)
    assert AGE.sums(got.value * CELLS.n) == pytest.approx(AGE.targets)
    assert SEX.sums(got.value * CELLS.n) == pytest.approx(SEX.targets)
    assert got.report is not None
    assert got.report.margin_error <= 1e-10
    assert got.report.method == method


def test_sweeps_and_newton_have_one_limit() -> None:
    newton, sweeps = rake(CELLS, [AGE, SEX]), rake(CELLS, [AGE, SEX], algorithm="sweeps")
    assert sweeps.value == pytest.approx(newton.value, rel=1e-10)


def test_shares_may_differ_from_counts_only_by_a_factor() -> None:
    # Margins whose totals agree to a millionth are brought to the first one.
    close = Margin("sex", ("m", "f"), [48, 52.00001], [0, 1, 0, 1])
    for algorithm in ("newton", "sweeps"):
        got = rake(CELLS, [AGE, close], algorithm=algorithm)
        assert float(got.value @ CELLS.n) == pytest.approx(100, rel=1e-12)


def test_margins_that_repeat_each_other_do_no_harm() -> None:
    again = Margin("generation", ("o", "y"), [50, 50], [1, 1, 0, 0])
    for method in ("raking", "linear"):
        twice = calibrate(CELLS, [AGE, SEX, again], method=method)
        once = calibrate(CELLS, [AGE, SEX], method=method)
        assert twice.value == pytest.approx(once.value, rel=1e-9)
        moments = Moments.from_hits([10, 15, 5, 20], CELLS.n)
        one, other = (weighted_mean(CELLS, moments, weights=w) for w in (once, twice))
        assert one.se == pytest.approx(other.se, rel=1e-9)


def test_bounds_that_bind_are_kept_and_the_margins_met() -> None:
    free = rake(CELLS, [AGE, SEX])
    bounds = Bounds(0.72, 1.8)
    assert free.report is not None
    assert free.report.g_min < bounds.low
    for method in ("raking", "linear"):
        got = calibrate(CELLS, [AGE, SEX], method=method, bounds=bounds)
        assert got.report is not None
        assert got.report.g_min >= bounds.low
        assert got.report.g_max <= bounds.high
        assert got.report.margin_error <= 1e-10


def test_empty_cells_do_not_disturb() -> None:
    with_empty = Cells([40, 20, 20, 20, 0])
    age = Margin("age", ("young", "old"), [50, 50], [0, 0, 1, 1, -1])
    sex = Margin("sex", ("m", "f"), [48, 52], [0, 1, 0, 1, -1])
    for algorithm in ("newton", "sweeps"):
        got = rake(with_empty, [age, sex], algorithm=algorithm)
        assert got.value[:4] == pytest.approx(rake(CELLS, [AGE, SEX]).value, rel=1e-10)


def test_an_upper_bound_too_low_is_refused_with_one_that_would_do() -> None:
    with pytest.raises(BoundsTooTight) as caught:
        calibrate(CELLS, [AGE, SEX], method="linear", bounds=Bounds(0.3, 1.2))
    assert caught.value.least_high is not None
    enough = Bounds(0.3, caught.value.least_high * 1.000001)
    assert calibrate(CELLS, [AGE, SEX], method="linear", bounds=enough).report is not None
    assert "possible with an upper bound of at least 1.3" in str(caught.value)


def test_a_lower_bound_too_high_is_refused_with_one_that_would_do() -> None:
    skewed = Margin("sex", ("m", "f"), [30, 70], [0, 1, 0, 1])
    with pytest.raises(BoundsTooTight) as caught:
        rake(CELLS, [AGE, skewed], bounds=Bounds(0.9, 10))
    assert caught.value.least_high is None
    assert caught.value.most_low is not None
    assert "with a lower bound of at most" in str(caught.value)


def test_bounds_that_must_both_give_way_are_refused_as_such() -> None:
    skewed = Margin("sex", ("m", "f"), [30, 70], [0, 1, 0, 1])
    with pytest.raises(BoundsTooTight, match="only if both bounds give way"):
        rake(CELLS, [AGE, skewed], bounds=Bounds(0.9, 1.05))


# Every old respondent is a woman and every young one a man: sex and age say the same.
TWINS = Cells([50, 0, 0, 50])


@pytest.mark.parametrize("method", ["raking", "linear"])
def test_margins_that_the_sample_cannot_meet_together_are_named(
    method: CalibrationMethod,
) -> None:
    skewed = Margin("sex", ("m", "f"), [30, 70], [0, 1, 0, 1])
    with pytest.raises(MarginsContradict, match="no weights meet all margins at once") as caught:
        calibrate(TWINS, [AGE, skewed], method=method)
    assert caught.value.levels
    assert {name for name, _ in caught.value.levels} <= {"age", "sex"}


def test_sweeps_that_would_go_on_for_ever_are_refused() -> None:
    skewed = Margin("sex", ("m", "f"), [30, 70], [0, 1, 0, 1])
    with pytest.raises(MarginsContradict):
        rake(TWINS, [AGE, skewed], algorithm="sweeps")


@pytest.mark.parametrize("algorithm", ["newton", "sweeps"])
def test_margins_that_need_weights_of_zero_are_refused(algorithm: str) -> None:
    # Without old men: all men young, 50 of them: nothing is left for the young women.
    cells = Cells([40, 20, 0, 20])
    half = Margin("sex", ("m", "f"), [50, 50], [0, 1, 0, 1])
    with pytest.raises(MarginsContradict, match="the weight 0"):
        rake(cells, [AGE, half], algorithm=algorithm)  # type: ignore[arg-type]


def test_what_can_be_met_but_was_not_is_said_to_be_so() -> None:
    why = refusal(CELLS, [AGE, SEX], Bounds(low=0.0), 0.25)
    assert isinstance(why, NotConverged)
    assert why.margin_error == 0.25
    assert "relative margin error of 0.25" in str(why)


def test_margins_are_checked_before_any_arithmetic() -> None:
    with pytest.raises(MarginsDisagree):
        rake(CELLS, [AGE, Margin("sex", ("m", "f"), [48, 53], [0, 1, 0, 1])])
    with pytest.raises(EmptyLevel):
        rake(Cells([40, 20, 0, 0]), [SEX, AGE], algorithm="sweeps")


def test_sweeps_with_bounds_are_refused_rather_than_the_bounds_ignored() -> None:
    with pytest.raises(ValueError, match="sweeps cannot keep bounds"):
        rake(CELLS, [AGE, SEX], bounds=Bounds(0.5, 2), algorithm="sweeps")


def test_a_full_step_that_overshoots_is_halved() -> None:
    # Base weights far from the margins, on a steep curve.
    cells = Cells([1, 10, 10, 1])
    first = Margin("a", ("x", "y"), [90, 10], [0, 0, 1, 1])
    second = Margin("b", ("x", "y"), [10, 90], [0, 1, 0, 1])
    got = calibrate(cells, [first, second], method="logit", bounds=Bounds(0, 500))
    assert got.report is not None
    assert got.report.margin_error <= 1e-10
    assert got.report.g_min > 0


def test_weights_that_add_up_to_nothing_cannot_be_scaled() -> None:
    with pytest.raises(ValueError, match="add up to 0"):
        Weights(np.array([1.0, -1.0])).normalised(Cells([1, 1]))


def test_weights_can_be_scaled_to_any_total() -> None:
    raked = rake(CELLS, [AGE.scaled(5000), SEX.scaled(5000)])
    assert float(raked.normalised(CELLS).value @ CELLS.n) == pytest.approx(100)
    moments = Moments.from_hits([10, 15, 5, 20], CELLS.n)
    one = weighted_mean(CELLS, moments, weights=raked)
    other = weighted_mean(CELLS, moments, weights=raked.normalised(CELLS, 7.0))
    assert (one.value, one.se) == pytest.approx((other.value, other.se))
    assert math.isclose(float(np.ptp(raked.value / raked.normalised(CELLS).value)), 0, abs_tol=1e-9)

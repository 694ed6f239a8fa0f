"""What calibrated weights must do for every sample that has any."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveyapp.stats.arrays import Vector
from surveyapp.stats.calibration import calibrate, rake
from surveyapp.stats.cells import Cells, Moments
from surveyapp.stats.distances import Bounds, CalibrationMethod
from surveyapp.stats.estimates import weighted_mean, weighted_means
from surveyapp.stats.margins import Margin
from surveyapp.stats.totals import weighted_total, weighted_totals

POINTS = np.array([100.0, 60.0, 0.0])
METHODS: list[CalibrationMethod] = ["raking", "linear", "logit"]


@dataclass(frozen=True)
class Sample:
    """Cells of a district by an age group, with margins that some positive weights meet."""

    n: Vector
    base: Vector
    answers: Vector  # (C, 3)
    margins: tuple[Margin, Margin]
    bounds: Bounds

    def cells(self) -> Cells:
        return Cells(self.n, self.base)

    def moments(self) -> Moments:
        return Moments.from_levels(self.answers, POINTS)


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    districts, ages = draw(st.integers(2, 4)), draw(st.integers(2, 3))
    size = districts * ages
    numbers = st.lists(st.integers(0, 5), min_size=3, max_size=3)
    answers = np.array(draw(st.lists(numbers, min_size=size, max_size=size)), float)
    n = answers.sum(axis=1) + draw(st.integers(1, 3))
    base = np.array(draw(st.lists(st.floats(0.2, 5), min_size=size, max_size=size)))
    # Any change of weights defines margins that can be met: those it leads to.
    change = np.array(draw(st.lists(st.floats(0.6, 1.8), min_size=size, max_size=size)))
    district, age = np.divmod(np.arange(size), ages)
    people = n * base * change
    margins = tuple(
        Margin(name, [str(i) for i in range(levels)], np.bincount(level, people), level)
        for name, levels, level in (("district", districts, district), ("age", ages, age))
    )
    return Sample(n, base, answers, (margins[0], margins[1]), Bounds(0.5, 2.0))


@given(samples(), st.sampled_from(METHODS), st.booleans())
def test_every_margin_is_met_and_every_bound_is_kept(
    sample: Sample, method: CalibrationMethod, bounded: bool
) -> None:
    bounds = sample.bounds if bounded or method == "logit" else Bounds()
    cells = sample.cells()
    made = calibrate(cells, sample.margins, method=method, bounds=bounds)
    for margin in sample.margins:
        assert margin.sums(made.value * cells.n) == pytest.approx(margin.targets, rel=1e-9)
    ratio = made.value / cells.base_weight
    assert ratio.min() >= bounds.low - 1e-12
    assert ratio.max() <= bounds.high + 1e-12


@given(samples(), st.sampled_from(METHODS))
def test_calibrating_calibrated_weights_changes_nothing(
    sample: Sample, method: CalibrationMethod
) -> None:
    bounds = sample.bounds if method == "logit" else Bounds()
    once = calibrate(sample.cells(), sample.margins, method=method, bounds=bounds)
    if once.value.min() > 0:
        again = calibrate(Cells(sample.n, once.value), sample.margins, method=method, bounds=bounds)
        assert again.value == pytest.approx(once.value, rel=1e-8)


@given(samples())
def test_sweeps_and_newton_agree(sample: Sample) -> None:
    newton = rake(sample.cells(), sample.margins)
    sweeps = rake(sample.cells(), sample.margins, algorithm="sweeps")
    assert sweeps.value == pytest.approx(newton.value, rel=1e-6)


@given(samples(), st.sampled_from(METHODS))
def test_cells_give_what_rows_give_after_calibration(
    sample: Sample, method: CalibrationMethod
) -> None:
    bounds = sample.bounds if method == "logit" else Bounds()
    index = np.repeat(np.arange(sample.n.size), sample.n.astype(int))
    values = np.concatenate([
        np.append(np.repeat(POINTS, counts.astype(int)), np.full(int(n - counts.sum()), np.nan))
        for counts, n in zip(sample.answers, sample.n, strict=True)
    ])  # fmt: skip
    rows = Cells(np.ones(index.size), sample.base[index])
    margins = [Margin(m.name, m.labels, m.targets, m.level[index]) for m in sample.margins]
    domain = sample.margins[0].level == 0
    got = weighted_mean(
        sample.cells(),
        sample.moments(),
        weights=calibrate(sample.cells(), sample.margins, method=method, bounds=bounds),
        domain=domain,
    )
    expected = weighted_mean(
        rows,
        Moments.from_rows(np.arange(index.size), values, index.size),
        weights=calibrate(rows, margins, method=method, bounds=bounds),
        domain=domain[index],
    )
    assert (got.n, got.df) == (expected.n, expected.df)
    for name in ("value", "se", "low", "high", "effective_n"):
        one, other = getattr(got, name), getattr(expected, name)
        assert (one is None) == (other is None), name
        if one is not None:
            assert one == pytest.approx(other, rel=1e-8, abs=1e-8), name


@given(samples())
def test_domains_combine_to_the_whole(sample: Sample) -> None:
    cells, moments = sample.cells(), sample.moments()
    made = rake(cells, sample.margins)
    domains = np.array([sample.margins[1].level == code for code in range(2)])
    domains = np.vstack([domains, ~domains.any(axis=0)])
    whole = weighted_total(cells, moments, weights=made).value
    parts = weighted_totals(cells, moments, weights=made, domains=domains)
    assert sum(part.value or 0 for part in parts) == pytest.approx(whole or 0, rel=1e-9, abs=1e-9)
    means = weighted_means(cells, moments, weights=made, domains=domains)
    answered = domains @ (made.value * moments.m)
    mean = weighted_mean(cells, moments, weights=made).value
    if mean is not None:
        combined = sum(w * (m.value or 0) for w, m in zip(answered, means, strict=True))
        assert combined / answered.sum() == pytest.approx(mean, rel=1e-9, abs=1e-9)


@given(samples())
def test_the_size_of_a_calibrated_population_has_no_error(sample: Sample) -> None:
    cells = sample.cells()
    made = rake(cells, sample.margins)
    one = Moments.from_levels(sample.n[:, None], [1.0])
    for code in range(2):
        domain = sample.margins[0].level == code
        got = weighted_total(cells, one, weights=made, domain=domain)
        assert got.value == pytest.approx(float(sample.margins[0].targets[code]), rel=1e-9)
        assert got.se is None or got.se <= 1e-6 * (got.value or 0)

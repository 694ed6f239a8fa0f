"""What must hold for all ratings: agreement does not depend on order, names or units."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from surveyapp.stats.agreement import concordance, cronbach_alpha
from surveyapp.stats.arrays import Matrix
from surveyapp.stats.bursts import scan_bursts
from surveyapp.stats.intraclass import intraclass
from surveyapp.stats.krippendorff import Metric, krippendorff_alpha
from surveyapp.stats.quality import identical_vectors, straight_lines
from surveyapp.stats.raters import rater_profiles

SIZES = st.tuples(st.integers(2, 7), st.integers(2, 6))
POINTS = st.integers(0, 5).map(float)
RATINGS = arrays.arrays(np.float64, SIZES, elements=POINTS)
GAPS = arrays.arrays(np.float64, SIZES, elements=POINTS | st.just(float("nan")))
METRICS: list[Metric] = ["nominal", "ordinal", "interval", "ratio"]
SEEDS = st.integers(0, 2**32 - 1)


def shuffled(ratings: Matrix, seed: int) -> Matrix:
    random = np.random.default_rng(seed)
    return np.asarray(random.permutation(random.permutation(ratings, axis=0), axis=1))


def numbers(result: Any) -> list[float | None]:
    """Every number of a frozen result, in the order of its fields."""
    found: list[float | None] = []
    for value in asdict(result).values():
        if isinstance(value, (tuple, list)):
            continue  # one entry per subject or item: their order changes
        if value is None or isinstance(value, (int, float)):
            found.append(value)
    return found


def same(one: Any, other: Any) -> None:
    for a, b in zip(numbers(one), numbers(other), strict=True):
        assert (a is None) == (b is None), (one, other)
        if a is not None:
            assert a == pytest.approx(b, rel=1e-7, abs=1e-9), (one, other)


def honest(result: Any) -> None:
    for number in numbers(result):
        assert number is None or np.isfinite(number), result


@given(RATINGS, SEEDS)
def test_concordance_lies_between_0_and_1_and_ignores_order(ratings: Matrix, seed: int) -> None:
    got = concordance(ratings)
    honest(got)
    same(got, concordance(shuffled(ratings, seed)))
    if got.value is not None:
        assert -1e-12 <= got.value <= 1 + 1e-12
        assert got.chi_p_value is not None
        assert 0 <= got.chi_p_value <= 1


@given(RATINGS)
def test_concordance_knows_only_the_order(ratings: Matrix) -> None:
    same(concordance(ratings), concordance(np.exp(ratings) * 10 - 3))


@given(RATINGS, st.integers(2, 5))
def test_raters_who_copy_each_other_agree_fully(ratings: Matrix, raters: int) -> None:
    copied = np.repeat(ratings[:, :1], raters, axis=1)
    got = concordance(copied)
    if np.ptp(copied) == 0:
        assert got.value is None
        return
    assert got.value == pytest.approx(1)
    assert got.p_value is not None
    assert 0 < got.p_value < 1
    for metric in METRICS:
        assert krippendorff_alpha(copied, metric).value == pytest.approx(1)
    for form in intraclass(copied).forms:
        assert form.value == pytest.approx(1)
    assert cronbach_alpha(copied).value == pytest.approx(1)


@given(RATINGS, SEEDS, st.floats(-50, 50), st.sampled_from([0.25, 3.0, 40.0]))
def test_intraclass_correlations_ignore_order_origin_and_unit(
    ratings: Matrix, seed: int, origin: float, unit: float
) -> None:
    got, other = intraclass(ratings), intraclass(shuffled(ratings, seed) * unit + origin)
    for one, two in zip(got.forms, other.forms, strict=True):
        honest(one)
        assert one.value is None or one.value <= 1 + 1e-12
        assert one.value == (None if two.value is None else pytest.approx(two.value, abs=1e-7))
        if one.value is not None and one.low is not None and one.high is not None:
            assert one.low <= one.value <= one.high


@given(RATINGS, SEEDS)
def test_cronbachs_alpha_ignores_order_and_is_the_reliability_of_a_mean(
    items: Matrix, seed: int
) -> None:
    got = cronbach_alpha(items)
    honest(got)
    same(got, cronbach_alpha(shuffled(items, seed)))
    fixed = intraclass(items).of("3,k").value
    assert got.value == (None if fixed is None else pytest.approx(fixed, rel=1e-7, abs=1e-9))


@given(GAPS, SEEDS, st.sampled_from(METRICS))
def test_krippendorffs_alpha_ignores_who_gave_an_answer(
    ratings: Matrix, seed: int, metric: Metric
) -> None:
    if (~np.isnan(ratings)).sum(axis=1).max() < 2:
        with pytest.raises(ValueError, match="two answers"):
            krippendorff_alpha(ratings, metric)
        return
    got = krippendorff_alpha(ratings, metric)
    honest(got)
    random = np.random.default_rng(seed)
    within = np.array([random.permutation(subject) for subject in ratings])
    same(got, krippendorff_alpha(random.permutation(within), metric))
    assert got.value is None or got.value <= 1
    assert got.observed >= 0
    if metric == "nominal":
        same(got, krippendorff_alpha((ratings * 7) % 11, metric))
    if metric == "ratio":
        assert krippendorff_alpha(ratings * 4, metric).value == pytest.approx(got.value)


@given(GAPS, SEEDS)
def test_flags_go_with_their_row(answers: Matrix, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(answers))
    lines, groups = straight_lines(answers, run=3), identical_vectors(answers, minimum_items=2)
    again = straight_lines(answers[order], run=3)
    assert again.longest.tolist() == lines.longest[order].tolist()
    assert again.flagged.tolist() == lines.flagged[order].tolist()
    other = identical_vectors(answers[order], minimum_items=2)
    assert other.flagged.tolist() == groups.flagged[order].tolist()
    members = [row for group in groups.groups for row in group.rows]
    assert len(members) == len(set(members))
    for group in groups.groups:
        vectors = answers[list(group.rows)]
        assert np.array_equal(vectors, np.broadcast_to(vectors[0], vectors.shape), equal_nan=True)
        assert 0 <= group.p_value <= 1
        assert group.uniform == (np.unique(vectors[~np.isnan(vectors)]).size == 1)


@given(
    st.lists(st.tuples(st.integers(0, 99), st.sampled_from("ABC")), max_size=30),
    st.integers(1, 40),
    st.integers(-1000, 1000),
)
def test_the_largest_window_is_found_wherever_it_begins(
    responses: list[tuple[int, str]], window: int, shift: int
) -> None:
    times = np.array([time for time, _ in responses], float)
    places = np.array([place for _, place in responses], dtype="<U1")
    got = scan_bursts(times, places, window=window, start=0, end=100, significance=0.2)
    moved = scan_bursts(
        times + shift, places, window=window, start=shift, end=shift + 100, significance=0.2
    )
    assert moved.flagged.tolist() == got.flagged.tolist()
    for burst in got.bursts:
        own = times[places == burst.place]
        starts = np.arange(-window, 101)
        fullest = max(((own >= start) & (own < start + window)).sum() for start in starts)
        assert burst.largest == burst.count == fullest
        inside = (places == burst.place) & (times >= burst.start) & (times < burst.start + window)
        assert inside.sum() == burst.count
        assert got.flagged[inside].all() == (burst.p_value <= 0.2)


@given(
    arrays.arrays(
        np.float64,
        st.tuples(st.integers(2, 5), st.integers(1, 5), st.integers(1, 3)),
        elements=POINTS | st.just(float("nan")),
    ),
    st.sampled_from([0.5, 10.0]),
)
def test_severities_are_in_points_and_nothing_is_nan(
    scores: np.ndarray[Any, Any], unit: float
) -> None:
    for profile, scaled in zip(rater_profiles(scores), rater_profiles(scores * unit), strict=True):
        honest(profile)
        assert (profile.severity is None) == (scaled.severity is None)
        if profile.severity is not None and scaled.severity is not None:
            assert scaled.severity == pytest.approx(profile.severity * unit, abs=1e-9)
        assert profile.halo is None or -1 <= profile.halo <= 1

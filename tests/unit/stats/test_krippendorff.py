from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from surveyapp.stats.arrays import Matrix
from surveyapp.stats.krippendorff import Metric, krippendorff_alpha

NAN = float("nan")
# Krippendorff's example of four observers and twelve units.
TEXTBOOK = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
        [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
    ]
).T
METRICS: list[Metric] = ["nominal", "ordinal", "interval", "ratio"]


def from_the_definition(ratings: Matrix, metric: Metric) -> float:
    """Alpha by walking over all pairs of answers, as the definition says it."""
    units = [unit[~np.isnan(unit)] for unit in ratings]
    units = [unit for unit in units if unit.size > 1]
    everything = np.concatenate(units)

    def squared(a: float, b: float) -> float:
        if metric == "nominal":
            return float(a != b)
        if metric == "interval":
            return float((a - b) ** 2)
        if metric == "ratio":
            return float(((a - b) / (a + b)) ** 2) if a + b else 0.0
        low, high = min(a, b), max(a, b)
        between = ((everything >= low) & (everything <= high)).sum()
        ends = ((everything == low).sum() + (everything == high).sum()) / 2
        return float((between - ends) ** 2)

    n = everything.size
    observed = sum(sum(squared(a, b) for a, b in permutations(u, 2)) / (u.size - 1) for u in units)
    expected = sum(squared(a, b) for a, b in permutations(everything, 2)) / (n - 1)
    return float(1 - observed / expected)


@pytest.mark.parametrize(
    ("metric", "printed", "digits"),
    [
        ("nominal", 0.743, 0.743421052631579),
        ("ordinal", 0.815, 0.815387503754881),
        ("interval", 0.849, 0.849107142857143),
        ("ratio", 0.797, 0.797402774711612),
    ],
)
def test_the_textbook_example(metric: Metric, printed: float, digits: float) -> None:
    # All digits: the package krippendorff 0.8 of the Python index.
    got = krippendorff_alpha(TEXTBOOK, metric)
    assert got.value is not None
    assert round(got.value, 3) == printed
    assert got.value == pytest.approx(digits, rel=1e-12)
    assert (got.raters, got.subjects, got.left_out, got.answers) == (4, 11, 1, 40)
    assert (got.low, got.high, got.replicates, got.lost) == (None, None, 0, 0)
    assert got.metric == metric


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("seed", range(5))
def test_any_ratings_give_what_the_definition_gives(metric: Metric, seed: int) -> None:
    random = np.random.default_rng(seed)
    ratings = random.integers(0, 5, (9, 4)).astype(float)
    ratings[random.random(ratings.shape) < 0.3] = NAN
    got = krippendorff_alpha(ratings, metric)
    assert got.value == pytest.approx(from_the_definition(ratings, metric))


def test_full_agreement_is_one_without_an_interval() -> None:
    ratings = np.array([[0, 1, 2, 3]] * 3).T
    got = krippendorff_alpha(ratings, "ordinal", rng=np.random.default_rng(1), replicates=50)
    assert (got.value, got.observed) == (1, 0)
    assert (got.low, got.high) == (None, None)


def test_one_answer_of_all_has_no_alpha() -> None:
    rng = np.random.default_rng(1)
    got = krippendorff_alpha([[2, 2], [2, 2]], "nominal", rng=rng, replicates=7)
    assert (got.value, got.low, got.high) == (None, None, None)
    assert (got.replicates, got.lost) == (0, 7)


def test_the_interval_follows_from_the_seed() -> None:
    one, same, other = (
        krippendorff_alpha(TEXTBOOK, "ordinal", rng=np.random.default_rng(seed), replicates=200)
        for seed in (1, 1, 2)
    )
    assert (one.low, one.high) == (same.low, same.high)
    assert (one.low, one.high) != (other.low, other.high)
    assert one.low is not None
    assert one.high is not None
    assert one.low < (one.value or 0) < one.high <= 1
    assert one.replicates + one.lost == 200


def test_intervals_cover_nearly_what_they_promise() -> None:
    # Scores with variances 3 between subjects and 1 within: alpha of the whole is 0.75.
    random, inside, runs = np.random.default_rng(5), 0, 120
    for _ in range(runs):
        ratings = random.normal(0, np.sqrt(3), (60, 1)) + random.normal(0, 1, (60, 4))
        got = krippendorff_alpha(ratings.round(1), "interval", rng=random, replicates=150)
        assert got.low is not None
        assert got.high is not None
        inside += got.low <= 0.75 <= got.high
    assert 0.86 <= inside / runs <= 1


def test_an_interval_of_zero_width_is_none() -> None:
    # Three subjects have few different samples: the middle hundredth of them is one number.
    ratings, rng = [[1, 1], [2, 2], [1, 2]], np.random.default_rng(3)
    narrow = krippendorff_alpha(ratings, "nominal", rng=rng, replicates=300, confidence=0.01)
    assert (narrow.low, narrow.high) == (None, None)
    wide = krippendorff_alpha(ratings, "nominal", rng=rng, replicates=300)
    assert wide.low is not None
    assert wide.lost > 0


@pytest.mark.parametrize(
    ("ratings", "metric", "reason"),
    [
        ([[1], [2]], "nominal", "at least two raters"),
        ([[1, NAN], [NAN, 2]], "nominal", "a subject with at least two answers"),
        ([[1, -1], [1, 2]], "ratio", "must not be negative"),
        ([[1, 1], [1, 2]], "cardinal", "metric must be"),
    ],
)
def test_ratings_without_alpha_are_refused(
    ratings: list[list[float]], metric: Metric, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        krippendorff_alpha(ratings, metric)


def test_a_bootstrap_needs_a_replicate() -> None:
    with pytest.raises(ValueError, match="at least one replicate"):
        krippendorff_alpha([[1, 2], [2, 2]], "nominal", rng=np.random.default_rng(1), replicates=0)
    with pytest.raises(ValueError, match="confidence"):
        krippendorff_alpha([[1, 2], [2, 2]], "nominal", confidence=2)

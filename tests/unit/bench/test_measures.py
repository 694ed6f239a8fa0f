import math
import random

import pytest

from bench.measures import in_words, largest_difference, paired_ratio, percentile


def test_a_percentile_is_the_smallest_value_that_enough_values_do_not_exceed() -> None:
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert [percentile(values, share) for share in (0, 0.2, 0.21, 0.5, 1)] == [1, 1, 2, 3, 5]


def test_a_ratio_is_taken_pair_by_pair_so_that_a_slow_minute_meets_both_sides() -> None:
    ratio = paired_ratio([2.0, 20.0, 200.0], [1.0, 10.0, 100.0])
    assert (ratio.value, ratio.low, ratio.high) == (2, 2, 2)
    assert str(ratio) == "2.00 (2.00 to 2.00)"


@pytest.mark.parametrize(("pairs", "low", "high"), [(1, 1, 1), (5, 1, 5), (6, 1, 6), (15, 4, 12)])
def test_the_interval_of_a_ratio_leaves_out_what_a_fair_coin_allows(
    pairs: int, low: int, high: int
) -> None:
    ratios = [float(number) for number in range(1, pairs + 1)]
    random.Random(1).shuffle(ratios)
    ratio = paired_ratio(ratios, [1.0] * pairs)
    assert (ratio.low, ratio.high) == (low, high)


def test_the_interval_of_a_ratio_covers_the_true_median_as_often_as_it_says() -> None:
    source = random.Random(2)
    hits = 0
    for _ in range(2000):
        ours = [source.lognormvariate(0, 1) for _ in range(15)]
        ratio = paired_ratio(ours, [1.0] * 15)
        hits += ratio.low <= 1 <= ratio.high
    assert 0.95 <= hits / 2000 <= 0.98  # exactly 96.5 % for 15 pairs


def test_a_ratio_needs_pairs() -> None:
    with pytest.raises(ValueError, match="pair"):
        paired_ratio([], [])
    with pytest.raises(ValueError, match="zip"):
        paired_ratio([1.0], [1.0, 2.0])


def test_the_largest_difference_is_relative_to_the_reference() -> None:
    assert largest_difference([1.0, 2.2, 0.0], [1.0, 2.0, 0.0]) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("values", "reference"),
    [
        ([math.nan, 1.0], [1.0, 1.0]),
        ([1.0], [1.0, 1.0]),
        ([], []),
        ([0.1], [0.0]),
        ([math.inf], [1.0]),
        ([1.0], [math.nan]),
    ],
)
def test_a_failed_estimate_never_passes_for_an_equal_one(
    values: list[float], reference: list[float]
) -> None:
    assert largest_difference(values, reference) == math.inf


def test_durations_have_three_digits_and_a_unit() -> None:
    assert [in_words(seconds) for seconds in (0.00812, 0.1, 2.345, 61.04, 114.2)] == [
        "8.12 ms",
        "100 ms",
        "2.35 s",
        "61 s",
        "114 s",
    ]

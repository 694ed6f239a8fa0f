"""Parts of an indicator: what no weights, order or split may change; what nobody can subtract."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from surveyapp.domain.snapshot import Measure, SnapshotValue, canonical, packed, rounded, unpacked
from surveyapp.domain.snapshot_disclosure import protected
from surveyapp.services.indicators.estimated import Estimated, combined
from tests.unit.domain.test_snapshot_disclosure import a_snapshot

figures = st.builds(
    Estimated,
    value=st.floats(0, 100),
    se=st.floats(0.01, 20),
    low=st.none(),
    high=st.none(),
    n=st.integers(2, 10_000),
    effective_n=st.floats(1, 10_000),
    df=st.floats(1, 10_000),
    method=st.just("equal"),
)
weights = st.fractions(Fraction(1, 100), Fraction(100))
parts = st.lists(st.tuples(weights, figures), min_size=2, max_size=6)


def close(first: float | None, second: float | None) -> bool:
    assert first is not None
    assert second is not None
    return math.isclose(first, second, rel_tol=1e-9, abs_tol=1e-9)


@given(parts, st.randoms(), weights)
def test_order_and_scale_of_weights_do_not_matter(
    some: list[tuple[Fraction, Estimated]], chance: Random, scale: Fraction
) -> None:
    made = combined(some, Measure.POINTS, independent=True)
    other = [(weight * scale, one) for weight, one in some]
    chance.shuffle(other)
    again = combined(other, Measure.POINTS, independent=True)
    assert close(made.value, again.value)
    assert close(made.se, again.se)
    assert close(made.effective_n, again.effective_n)


@given(parts)
def test_the_value_lies_between_its_parts_and_the_bound_above_the_error(
    some: list[tuple[Fraction, Estimated]],
) -> None:
    made = combined(some, Measure.POINTS, independent=True)
    values = [one.value or 0.0 for _, one in some]
    assert made.value is not None
    assert min(values) - 1e-9 <= made.value <= max(values) + 1e-9
    bound = combined(some, Measure.POINTS, independent=False)
    assert made.se is not None
    assert bound.se is not None
    assert made.se <= bound.se + 1e-9
    assert made.effective_n <= sum(one.effective_n for _, one in some) + 1e-6


@given(parts, st.floats(0, 50))
def test_a_better_part_never_lowers_the_value(
    some: list[tuple[Fraction, Estimated]], more: float
) -> None:
    before = combined(some, Measure.POINTS, independent=True)
    weight, first = some[0]
    better = [(weight, replace(first, value=(first.value or 0.0) + more)), *some[1:]]
    after = combined(better, Measure.POINTS, independent=True)
    assert before.value is not None
    assert after.value is not None
    assert after.value >= before.value - 1e-9


@given(st.floats(-1000, 1000))
def test_rounding_is_half_up_and_ignores_noise(value: float) -> None:
    shown = float(rounded(value))
    assert abs(shown - value) <= 0.005 + 1e-8
    assert rounded(math.nextafter(82.245, 0)) == rounded(82.245) == "82.25"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_an_input_comes_back_bit_for_bit(content: object) -> None:
    written = canonical(content)
    assert unpacked(packed(written)) == written


@given(
    st.dictionaries(st.sampled_from(["u5101", "u5102", "u5103", "u5104"]), st.integers(1, 30)),
    st.booleans(),
)
def test_no_withheld_unit_is_the_only_one_below_a_figure_that_is_told(
    numbers: dict[str, int], has_whole: bool
) -> None:
    above = {"u51": sum(numbers.values())} if has_whole else {}
    parents: dict[str, str | None] = {f"510{n}": "51" for n in range(1, 5)} | {"51": None}
    asked: dict[str, Any] = {**above, **numbers}
    made = protected(a_snapshot(**asked), (), parents)
    families: defaultdict[bool, list[SnapshotValue]] = defaultdict(list)
    for one in made.values:
        if one.subject != "51":
            families[one.value is None].append(one)
    whole = made.find("value", "51")
    if whole is not None and whole.value is not None and families[False]:
        assert len(families[True]) != 1
    assert all(one.n >= 5 for one in made.values if one.value is not None)

"""Survey error through a composite score, against what is known in closed form."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from surveyapp.domain.scheme import Effect, Normalisation
from surveyapp.stats.composites import DrawnOverride, GradeRules, propagate
from surveyapp.stats.drawn_shares import DrawnLine, shares
from surveyapp.stats.rank_probabilities import rank_probabilities

INF = float("inf")


def _line(values: list[float], se: list[float], **more: Any) -> DrawnLine:
    size = len(values)
    usual: dict[str, Any] = {
        "normalisation": Normalisation.DIRECT,
        "is_higher": True,
        "best": 100.0,
        "worst": None,
        "step": None,
        "centre": None,
        "spread": None,
        "bands": (),
        "values": np.array(values),
        "se": np.array(se),
        "df": np.full(size, INF),
        "sources": tuple(str(n) for n in range(size)),
        "weights": np.full(size, 40.0),
    }
    return DrawnLine(**(usual | more))


def test_the_interval_of_one_line_is_that_of_its_value() -> None:
    (found,) = propagate(
        np.array([60.0]),
        [_line([50.0], [2.0])],
        [],
        None,
        rng=np.random.default_rng(5),
        draws=20_000,
    )
    # 40 points for 100: a standard error of 2 points of the survey is one of 0.8 here.
    assert found.se == pytest.approx(0.8, rel=0.02)
    assert found.low == pytest.approx(60 - 1.96 * 0.8, abs=0.03)
    assert found.high == pytest.approx(60 + 1.96 * 0.8, abs=0.03)
    assert (found.ranks, found.grades, found.possible, found.bands) == ((1.0,), (), (1, 1), (1,))


def test_few_answers_have_heavier_tails() -> None:
    line = _line([50.0], [2.0], df=np.array([3.0]))
    (found,) = propagate(
        np.array([60.0]), [line], [], None, rng=np.random.default_rng(5), draws=40_000
    )
    # Student's t with 3 degrees of freedom: 3.182 instead of 1.960.
    assert found.high - 60 == pytest.approx(3.182 * 0.8, rel=0.04)


def test_errors_of_independent_lines_add_in_squares_and_one_source_moves_together() -> None:
    first, second = _line([50.0], [2.0]), _line([50.0], [2.0], sources=("other",))
    (apart,) = propagate(
        np.array([60.0]), [first, second], [], None, rng=np.random.default_rng(1), draws=20_000
    )
    assert apart.se == pytest.approx(0.8 * math.sqrt(2), rel=0.02)
    (together,) = propagate(
        np.array([60.0]), [first, first], [], None, rng=np.random.default_rng(1), draws=20_000
    )
    assert together.se == pytest.approx(1.6, rel=0.02)


def test_probabilities_of_ranks_agree_with_quadrature() -> None:
    values, se = [70.0, 72.0, 71.0], [1.0, 1.5, 2.0]
    scores = np.array(values) * 0.4 + np.array([10.0, 9.0, 10.0])
    found = propagate(
        scores, [_line(values, se)], [], None, rng=np.random.default_rng(3), draws=40_000
    )
    expected = rank_probabilities(scores, np.array(se) * 0.4)
    for one, row in zip(found, expected, strict=True):
        assert one.ranks == pytest.approx(row, abs=0.01)


def test_neighbours_that_cannot_be_told_apart_share_a_band() -> None:
    values = [70.0, 70.5, 40.0]
    scores = np.array([60.0, 60.2, 30.0])
    found = propagate(
        scores, [_line(values, [2.0, 2.0, 0.0])], [], None, rng=np.random.default_rng(3)
    )
    assert [one.bands for one in found] == [(1,), (1,), (2,)]
    assert [one.possible for one in found] == [(1, 2), (1, 2), (3, 3)]
    # Equal scores without any error are alike; unequal ones are not.
    still = propagate(
        np.array([50.0, 50.0, 49.0]), [], [], None, rng=np.random.default_rng(1), draws=10
    )
    assert [one.bands for one in still] == [(1,), (1,), (2,)]


def test_grades_are_probable_as_the_score_is_near_its_bound() -> None:
    rules = GradeRules((90.0, -INF), (None, None))
    at_bound = propagate(
        np.array([90.0]),
        [_line([50.0], [2.0])],
        [],
        rules,
        rng=np.random.default_rng(2),
        draws=20_000,
    )
    assert at_bound[0].grades == pytest.approx((0.5, 0.5), abs=0.015)
    quota = GradeRules((-INF, -INF), (1, None))
    lines = [_line([50.0, 50.0], [2.0, 2.0])]
    found = propagate(
        np.array([90.0, 90.0]), lines, [], quota, rng=np.random.default_rng(2), draws=20_000
    )
    assert [one.grades for one in found] == [pytest.approx((0.5, 0.5), abs=0.015)] * 2


def test_an_override_that_follows_from_a_value_is_as_uncertain_as_it() -> None:
    rules = GradeRules((0.0, -INF), (None, None))
    line = _line([50.0, 90.0], [2.0, 2.0])
    floor = [DrawnOverride(unit, Effect.CAP, 1, 0, 50.0) for unit in (0, 1)]
    found = propagate(
        np.array([60.0, 70.0]), [line], floor, rules, rng=np.random.default_rng(4), draws=20_000
    )
    assert found[0].grades == pytest.approx((0.5, 0.5), abs=0.015)
    assert found[1].grades == (1.0, 0.0)


def test_a_unit_without_a_rank_still_moves_the_best_of_its_category() -> None:
    line = _line(
        [80.0, 100.0],
        [0.0, 3.0],
        normalisation=Normalisation.OWN_BEST,
        best=None,
    )
    scores = np.array([32.0, math.nan])
    overrides = [DrawnOverride(1, Effect.FIX, 1)]
    found = propagate(
        scores, [line], overrides, GradeRules((0.0, -INF), (1, None)), rng=np.random.default_rng(4)
    )
    assert len(found) == 1
    assert found[0].se > 0
    assert found[0].grades == (1.0, 0.0)


def test_a_limit_holds_in_the_draws_in_which_its_value_is_reached() -> None:
    looked_at = _line([30.0], [2.0], weights=np.array([0.0]))
    limited = replace(_line([90.0], [0.0]), limit=(0, 30.0, 0.65))
    (found,) = propagate(
        np.array([26.0]), [looked_at, limited], [], None, rng=np.random.default_rng(4), draws=20_000
    )
    # The exact score is the limited one: 40 × 0.65; half of the draws are free of it.
    assert (found.low, found.high) == pytest.approx((26.0, 36.0))


def test_values_stay_on_their_scale_and_the_same_seed_gives_the_same() -> None:
    line = _line([99.5, 120.0], [3.0, 3.0])
    found = propagate(np.array([39.8, 40.0]), [line], [], None, rng=np.random.default_rng(9))
    assert found[0].high <= 40.0
    assert found == propagate(
        np.array([39.8, 40.0]), [line], [], None, rng=np.random.default_rng(9)
    )
    assert found != propagate(
        np.array([39.8, 40.0]), [line], [], None, rng=np.random.default_rng(10)
    )


def test_nothing_is_drawn_without_units_or_draws() -> None:
    for scores, draws in ((np.array([math.nan]), 10), (np.array([1.0]), 0)):
        with pytest.raises(ValueError, match="at least one"):
            propagate(scores, [], [], None, rng=np.random.default_rng(1), draws=draws)


def test_a_line_without_values_has_no_shares_and_an_unfilled_one_is_refused() -> None:
    nothing = _line([math.nan], [0.0])
    assert np.isnan(shares(nothing, nothing.values[None, :])).all()
    with pytest.raises(ValueError, match="not filled in"):
        shares(_line([1.0], [0.0], best=None), np.array([[1.0]]))

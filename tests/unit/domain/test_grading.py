"""Suggested grades: bands, quotas rounded down, ties, and overrides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from surveyapp.domain.grading import Override, StepKind, band_of, places_of, suggest
from surveyapp.domain.scheme import Effect, GradeRule
from surveyapp.domain.text import Text


def _rules(*least_and_quota: tuple[object, object]) -> tuple[GradeRule, ...]:
    return tuple(
        GradeRule(
            Text.same(str(n)),
            None if least is None else Fraction(str(least)),
            None if quota is None else Fraction(str(quota)),
            None,
        )
        for n, (least, quota) in enumerate(least_and_quota)
    )


BANDS = _rules((90, None), (80, None), (60, None), (None, None))


def _grades(
    rules: Sequence[GradeRule],
    scores: Mapping[str, object],
    overrides: Mapping[str, Sequence[Override]] | None = None,
    units: int | None = None,
) -> dict[str, int]:
    exact = {unit: Fraction(str(score)) for unit, score in scores.items()}
    found = suggest(rules, exact, overrides or {}, units or len(scores))
    return {unit: steps[-1].grade for unit, steps in found.items()}


def test_bands_begin_at_their_least_score() -> None:
    scores = {"a": 90, "b": "89.99", "c": 60, "d": 0}
    assert _grades(BANDS, scores) == {"a": 0, "b": 1, "c": 2, "d": 3}
    assert band_of(_rules((90, None), (80, None)), Fraction(1)) == 1


def test_without_grades_nothing_is_suggested() -> None:
    assert suggest((), {"a": Fraction(1)}, {}, 1) == {}


def test_quotas_are_rounded_down_and_the_lowest_move_on() -> None:
    assert places_of(Fraction(3, 10), 9) == 2
    assert places_of(None, 9) is None
    rules = _rules((None, "0.3"), (None, "0.5"), (None, None))
    scores = {unit: 99 - n for n, unit in enumerate("abcdefghi")}
    found = _grades(rules, scores)
    # 9 × 0.3 = 2.7 and 9 × 0.5 = 4.5.
    assert found == dict(zip("abcdefghi", [0, 0, 1, 1, 1, 1, 2, 2, 2], strict=True))


def test_a_tie_at_the_edge_of_a_quota_moves_together() -> None:
    rules = _rules((None, "0.5"), (None, None))
    assert _grades(rules, {"a": 9, "b": 8, "c": 8, "d": 7}) == {"a": 0, "b": 1, "c": 1, "d": 1}


def test_quotas_are_shares_of_the_whole_category() -> None:
    rules = _rules((None, "0.5"), (None, None))
    # Two more units have no score; they still belong to the category.
    assert _grades(rules, {"a": 9, "b": 8}, units=4) == {"a": 0, "b": 0}


def test_caps_floors_and_fixed_grades_say_why() -> None:
    veto = Override("veto", Effect.CAP, 1, "违纪", "处分决定")
    lift = Override("lift", Effect.FLOOR, 1)
    fixed = Override("fixed", Effect.FIX, 3)
    scores = {"a": 95, "b": 50, "c": 95, "d": 70, "e": 85}
    found = suggest(
        BANDS,
        {unit: Fraction(score) for unit, score in scores.items()},
        {"a": [veto], "b": [lift], "c": [fixed, veto], "d": [veto], "e": [lift]},
        5,
    )
    assert {unit: steps[-1].grade for unit, steps in found.items()} == {
        "a": 1,
        "b": 1,
        "c": 3,
        "d": 2,
        "e": 1,
    }
    assert [step.kind for step in found["a"]] == [StepKind.BAND, StepKind.CAP]
    assert found["a"][-1].override is veto
    assert [step.kind for step in found["c"]] == [StepKind.BAND, StepKind.CAP, StepKind.FIX]
    # A rule that changes nothing leaves no step.
    assert len(found["d"]) == len(found["e"]) == 1


def test_a_capped_unit_frees_its_place_and_a_lifted_one_takes_one() -> None:
    rules = _rules((90, "0.5"), (80, None), (None, None))
    scores = {"a": 99, "b": 95, "c": 92, "d": 70}
    cap = {"a": [Override("veto", Effect.CAP, 1)]}
    assert _grades(rules, scores, cap) == {"a": 1, "b": 0, "c": 0, "d": 2}
    lift = {"d": [Override("lift", Effect.FLOOR, 0)]}
    assert _grades(rules, scores, lift) == {"a": 0, "b": 1, "c": 1, "d": 0}


def test_a_floor_holds_against_a_quota_and_a_cap_beats_a_floor() -> None:
    rules = _rules((90, "0"), (80, None), (None, None))
    assert _grades(rules, {"a": 99}, {"a": [Override("lift", Effect.FLOOR, 0)]}) == {"a": 0}
    both = {"a": [Override("lift", Effect.FLOOR, 0), Override("veto", Effect.CAP, 1)]}
    assert _grades(rules, {"a": 99}, both) == {"a": 1}

"""What scores say in plain words, read from stored results."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from surveyapp.domain.messages import Message
from surveyapp.domain.periods import Period
from surveyapp.domain.text import Text
from surveyapp.language import translate
from surveyapp.services.assembly import Services
from surveyapp.services.assessment.explaining import (
    grade_of,
    percent,
    plain,
    run_sentences,
    shown,
    step_sentence,
    term_notes,
    unit_sentences,
)
from surveyapp.services.assessment.scores import ScoreRun
from tests.builders import CLERK, services_on
from tests.support.schemes import document, line
from tests.support.scores import (
    TOWNS,
    freeze,
    occur,
    put_in_use,
    put_units,
    report,
    towns_document,
)

Q1 = Period.parse("2026Q1")


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    """All services on a fresh database with four towns."""
    made = services_on(sqlite_url, tmp_path)
    put_units(made, TOWNS, "乡镇")
    yield made
    made.database.dispose()


def _run(
    services: Services, values: dict[str, tuple[float, float | None]], **more: Any
) -> ScoreRun:
    key = put_in_use(services, towns_document() | more)
    months = ("2026-01", "2026-02", "2026-03")
    report(services, key, "growth", {u: dict.fromkeys(months, "0.9") for u in values})
    freeze(services, "public", "2026Q1", values)
    return services.scoring.score(key, Q1, CLERK, seed=5)


def _said(sentences: tuple[Message, ...]) -> str:
    return "\n".join(translate(one, "en") for one in sentences)


def _unit(run: ScoreRun, code: str) -> dict[str, Any]:
    found = run.unit(code)
    assert found is not None
    return found


def test_neighbours_at_a_bound_are_said_to_be_uncertain(services: Services) -> None:
    # 54 points of growth; 90 for all is reached with 90 of satisfaction.
    run = _run(services, {"T1": (90.0, 2.0), "T2": (89.9, 2.0), "T3": (50.0, 0.5)})
    said = _said(run_sentences(run.result))
    assert "moves these scores by up to 1.6" in said
    assert "These cannot be told apart: 东河镇, 西山镇." in said
    assert "are not certain, in brackets the probability: 东河镇 (Excellent " in said
    assert "Without a rank, because values are missing: 北岭乡." in said
    t1 = _said(unit_sentences(run.result, _unit(run, "T1")))
    assert "an interval (95 %) from 88." in t1
    assert "Places 1 to 2 cannot be told apart" in t1
    assert "is not certain: survey error alone gives it in" in t1
    assert _said(unit_sentences(run.result, _unit(run, "T4"))) == (
        "There is no score, because values are missing."
    )


def test_where_nobody_can_be_told_apart_the_order_says_nothing(services: Services) -> None:
    run = _run(services, {unit: (95.0 + n / 10, 2.0) for n, unit in enumerate(TOWNS)})
    said = _said(run_sentences(run.result))
    assert "No unit can be told apart from any other" in said
    assert "leaves the suggested grade" not in said


def test_many_bands_are_summed_up(services: Services) -> None:
    run = _run(services, dict.fromkeys(TOWNS, (95.0, 2.0)))
    units = [
        {**run.units[n % 4], "bands": [n // 2], "possible_ranks": [1 + n // 2 * 2, 2 + n // 2 * 2]}
        for n in range(12)
    ]
    said = _said(run_sentences({**run.result, "units": units}))
    assert "a unit could stand at any of 2 places on average" in said
    assert "These cannot be told apart" not in said


def test_sure_scores_say_so(services: Services) -> None:
    run = _run(
        services, {"T1": (99.0, 0.1), "T2": (70.0, 0.1), "T3": (30.0, 0.1), "T4": (1.0, 0.1)}
    )
    said = _said(unit_sentences(run.result, _unit(run, "T1")))
    assert "leaves the suggested grade “Excellent” as it is" in said
    assert "cannot be told apart" not in said
    assert "stays if what is subjective weighs 5 of 100 points more or less" in said


def test_a_score_without_a_survey_error_has_no_interval(services: Services) -> None:
    run = _run(services, {"T1": (90.0, 2.0), "T2": (80.0, None)})
    assert "Survey error does not move this score: it has no interval." in _said(
        unit_sentences(run.result, _unit(run, "T2"))
    )


def test_a_grade_that_hangs_on_the_weight_is_named(services: Services) -> None:
    # 54 + 0.86 × 40 = 88.4; with 45 points for it 0.9 × 55 + 38.7 = 88.2, with 35: 58.5 + 30.1.
    run = _run(
        services,
        {"T1": (86.0, None)},
        grades=[{"from": "88.5"}, {"from": 80}, {"from": 60}, {}],
    )
    said = _said(run_sentences(run.result))
    assert "No value behind these scores carries a known survey error." in said
    assert "the suggested grade of these units would change: 东河镇" in said
    t1 = _said(unit_sentences(run.result, _unit(run, "T1")))
    assert "weighing 5 of 100 points less, “Excellent” would be suggested" in t1
    assert "it has no interval" in t1


def test_incomplete_scores_and_schemes_without_grades(services: Services) -> None:
    key = put_in_use(
        services, towns_document() | {"missing": "incomplete", "grades": [], "overrides": []}
    )
    report(services, key, "growth", {"T1": {"2026-01": 1}})
    freeze(services, "public", "2026Q1", dict.fromkeys(TOWNS, (80.0, 2.0)))
    run = services.scoring.score(key, Q1, CLERK, seed=1)
    t1 = _unit(run, "T1")
    assert "incomplete" in _said(unit_sentences(run.result, t1))
    assert not run.result["uncertain"]
    scheme = services.scores.scheme_of(run)
    growth, _satisfaction = t1["terms"]
    assert _said(term_notes(scheme, growth)) == "The value is missing."
    assert grade_of(run.result, None) is None


def test_ranked_units_without_grades_speak_of_ranks_only(services: Services) -> None:
    run = _run(services, dict.fromkeys(TOWNS, (80.0, 2.0)), grades=[], overrides=[])
    said = _said(unit_sentences(run.result, _unit(run, "T1")))
    assert "grade" not in said
    assert "grade" not in _said(run_sentences(run.result))


def test_terms_say_what_is_missing_and_what_limits_them(services: Services) -> None:
    scheme = document(
        line(
            "a",
            limit={"indicator": "b", "from": 30, "share": "50%"},
            every="month",
            accumulation="mean",
        ),
        line("b", 0),
        category="乡镇",
        missing="renormalise",
    )
    key = put_in_use(services, scheme)
    report(services, key, "a", {"T1": {"2026-01": 90}})
    report(services, key, "b", {"T1": {"2026": 30}})
    run = services.scoring.score(key, Period.parse("2026"), CLERK)
    (a, b) = _unit(run, "T1")["terms"]
    said = _said(term_notes(services.scores.scheme_of(run), a))
    assert said.startswith("Parts are missing: 2026-02, 2026-03")
    assert said.endswith("Limited by “b”.")
    assert term_notes(services.scores.scheme_of(run), b) == ()


def test_each_step_to_a_grade_is_said(services: Services) -> None:
    overrides = [
        {"key": "veto", "title": "否决", "effect": "cap", "grade": "良好"},
        {"key": "fixed", "title": "直定", "effect": "fix", "grade": "较差"},
        {"key": "lift", "title": "托底", "effect": "floor", "grade": "良好"},
    ]
    key = put_in_use(services, towns_document() | {"overrides": overrides})
    months = ("2026-01", "2026-02", "2026-03")
    growth = {"T1": "1", "T2": "1", "T3": "0.3", "T4": "0.99"}
    report(services, key, "growth", {u: dict.fromkeys(months, v) for u, v in growth.items()})
    freeze(
        services,
        "public",
        "2026Q1",
        {"T1": (99.0, 1.0), "T2": (98.0, 1.0), "T3": (50.0, 1.0), "T4": (97.0, 1.0)},
    )
    for rule, unit in (("veto", "T1"), ("fixed", "T2"), ("lift", "T3")):
        occur(services, key, rule, unit, kind="override")
    quota = towns_document() | {
        "overrides": overrides,
        "grades": [{"from": 90, "quota": 0}, {}],
        "notes": "2",
    }
    run = services.scoring.score(key, Q1, CLERK, seed=1)
    scheme = services.scores.scheme_of(run)

    def steps(run: ScoreRun, code: str) -> list[str]:
        return [
            translate(step_sentence(run.result, scheme, step), "en")
            for step in _unit(run, code)["steps"]
        ]

    assert steps(run, "T1") == ["By its score: Excellent.", "By the rule “否决” at most Good."]
    assert steps(run, "T2")[-1] == "By the rule “直定” the grade is Poor."
    assert steps(run, "T3")[-1] == "By the rule “托底” at least Good."
    quota["overrides"] = []
    services.schemes.import_document(quota, CLERK)
    services.schemes.publish(key, CLERK)
    again = services.scoring.score(key, Q1, CLERK, seed=1)
    assert steps(again, "T4")[-1] == "The better grade has no place left: Good."


def test_numbers_are_written_for_people() -> None:
    assert (shown("92"), shown("812.555", 1), shown(None)) == ("92.00", "812.6", None)
    assert plain("0.9000") == "0.9"
    assert [percent(p) for p in (0.0, 0.001, 0.5, 0.999, 1.0)] == [
        "0%",
        "<1%",
        "50%",
        ">99%",
        "100%",
    ]
    assert grade_of({"grades": [{"zh": "优秀", "en": "Excellent"}]}, 0) == Text("优秀", "Excellent")

"""The weighting by K × R × class: off by default, beside the headline, declared beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from pathlib import Path
from typing import Any

import pytest

from surveyapp.domain.errors import Conflict, InvalidDefinition, NotFound
from surveyapp.services.assembly import Services
from tests.builders import CLERK, a_definition, services_on
from tests.support.evaluations import import_meetings, meeting
from tests.support.indicators import an_indicator, freeze, import_indicators, value_of
from tests.support.results import import_rows, satisfaction_document

BEST, WORST = "very_satisfied", "very_dissatisfied"
KNOW = ("很了解", "比较了解", "一般", "不太了解", "不了解")
RELATED = ("直接服务对象", "工作往来", "辖区居民", "无关")


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


def options(prefix: str, labels: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {"key": f"{prefix}{number}", "code": number, "label": label}
        for number, label in enumerate(labels, start=1)
    ]


def a_draft(services: Services, know: tuple[str, ...] = KNOW) -> str:
    """Import a survey that asks for K and R; nothing is in use yet."""
    document = satisfaction_document()
    document["subjects"] = []
    document["questions"] += [
        {"key": "know", "type": "single", "title": "知情", "required": False,
         "options": options("k", know)},
        {"key": "related", "type": "single", "title": "关联", "required": False,
         "options": options("r", RELATED)},
    ]  # fmt: skip
    definition = a_definition(document)
    services.authoring.import_definition(definition, CLERK)
    return definition.key


def relevance(**changes: Any) -> dict[str, Any]:
    """Coefficients of both questions, applied."""
    return {
        "apply": True,
        "knowledge": {
            "question": "know",
            "weights": {"k1": 1, "k2": "0.8", "k3": "0.5", "k4": "0.2", "k5": 0},
        },
        "relation": {"question": "related", "weights": {"r1": 1, "r2": 1, "r3": "0.5", "r4": 0}},
    } | changes


def weighed(**changes: Any) -> dict[str, Any]:
    part = {"survey": "city", "figure": "index.all"}
    return an_indicator(parts=[part], relevance=relevance(**changes))


def answered(services: Services, *rows: str) -> None:
    services.authoring.publish("city", CLERK)
    import_rows(services, "city", "overall,area,know,related", *rows)


def test_respondents_count_by_what_they_know_and_how_they_are_related(services: Services) -> None:
    a_draft(services)
    import_indicators(services, weighed())
    answered(
        services,
        *[f"{BEST},town,k1,r1"] * 4,  # 100 with weight 1
        *[f"{WORST},town,k2,r3"] * 5,  # 0 with weight 0.4
        f"{WORST},town,k5,r1",  # does not know: out
        f"{WORST},town,k1,",  # did not say: out
    )
    made = freeze(services, "public")
    headline = value_of(made, "value")
    assert headline.value == pytest.approx(400 / 11)
    beside = value_of(made, "value@relevance")
    assert beside.value == pytest.approx(100 * 4 / (4 + 5 * 0.4))
    assert (headline.n, beside.n) == (11, 9)
    assert beside.effective_n == pytest.approx(6**2 / (4 + 5 * 0.16))
    gap = value_of(made, "value@gap")
    assert gap.value == pytest.approx(200 / 3 - 400 / 11)
    assert gap.se is not None
    theta, plain, size, people = 200 / 3, 400 / 11, 6.0, 11
    z = [
        (1 * (100 - theta) / size - (100 - plain) / people, 4),
        (0.4 * (0 - theta) / size - (0 - plain) / people, 5),
        (-(0 - plain) / people, 2),
    ]
    assert gap.se == pytest.approx(sqrt(people / (people - 1) * sum(n * one**2 for one, n in z)))
    notes = " ".join(note.en for note in made.notes)
    assert "Look at it" in notes
    assert "beside the headline" in notes
    assert "example" not in notes
    assert all(one.ok for one in services.checking.verify("public"))


def test_it_is_off_by_default_and_its_coefficients_are_empty(services: Services) -> None:
    a_draft(services)
    import_indicators(
        services,
        an_indicator(
            parts=[{"survey": "city", "figure": "index.all"}],
            relevance={
                "knowledge": {"question": "know"},
                "relation": {"question": "related", "weights": {}},
            },
        ),
    )
    kept = services.indicators.find("public").indicator.relevance
    assert kept is not None
    assert not kept.apply
    assert not any(one.is_filled for one in kept.factors)
    answered(services, *[f"{BEST},town,k1,r1"] * 5)
    made = freeze(services, "public")
    assert made.find("value@relevance") is None


def test_it_cannot_be_applied_while_a_coefficient_is_empty(services: Services) -> None:
    a_draft(services)
    empty = {"question": "know", "weights": {"k1": 1, "k2": None, "k3": 0, "k4": 0, "k5": 0}}
    with pytest.raises(InvalidDefinition) as refusal:
        import_indicators(services, weighed(knowledge=empty))
    assert "every coefficient" in str(refusal.value.problems[0].message)


def test_an_example_is_marked_and_switches_nothing_on(services: Services) -> None:
    a_draft(services)
    import_indicators(services, weighed(apply=False, knowledge={"question": "know"}))
    made = services.indicators.load_example("public", CLERK)
    rule = made.indicator.relevance
    assert rule is not None
    assert (rule.example, rule.apply, made.version) == (True, False, 2)
    assert rule.knowledge is not None
    assert rule.relation is not None
    assert [float(one or 0) for one in rule.knowledge.weights.values()] == [1, 0.8, 0.5, 0.2, 0]
    # What the office has filled in stays.
    assert [float(one or 0) for one in rule.relation.weights.values()] == [1, 1, 0.5, 0]
    with pytest.raises(Conflict, match="no empty coefficient"):
        services.indicators.load_example("public", CLERK)
    document = dict(made.indicator.document)
    import_indicators(services, document | {"relevance": document["relevance"] | {"apply": True}})
    answered(services, *[f"{BEST},town,k1,r1"] * 5)
    assert any("示例系数" in note.zh for note in freeze(services, "public").notes)


def test_an_example_fits_its_answers_or_is_refused(services: Services) -> None:
    a_draft(services, know=("知道", "听说过", "一般", "不太了解", "不了解"))
    empty = {"question": "know"}
    import_indicators(services, weighed(apply=False, knowledge=empty))
    with pytest.raises(Conflict, match="知道"):
        services.indicators.load_example("public", CLERK)
    import_indicators(services, an_indicator(key="plain"))
    with pytest.raises(Conflict, match="names no question"):
        services.indicators.load_example("plain", CLERK)
    with pytest.raises(NotFound):
        services.indicators.load_example("nowhere", CLERK)


def test_coefficients_are_fixed_before_anybody_answers(services: Services) -> None:
    a_draft(services)
    import_indicators(services, weighed())
    answered(services, *[f"{BEST},town,k1,r1"] * 5)
    import_indicators(services, weighed() | {"title": "另一个名称"})  # same coefficients
    changed = {"question": "related", "weights": {"r1": 1, "r2": 1, "r3": 1, "r4": 1}}
    with pytest.raises(InvalidDefinition) as refusal:
        import_indicators(services, weighed(relation=changed))
    assert "before answers come in" in str(refusal.value.problems[0].message)
    import_indicators(services, weighed(relation=changed, apply=False))


def test_classes_of_respondents_and_calibrated_weights_count_too(services: Services) -> None:
    a_draft(services)
    group = {"question": "area", "weights": {"town": 1, "village": "0.5"}}
    document = weighed(relation=None, knowledge=None)
    document["relevance"] = {"apply": True, "class": group}
    import_indicators(services, document)
    answered(services, *[f"{BEST},town,,"] * 6, *[f"{WORST},village,,"] * 4)
    made = freeze(services, "public")
    assert value_of(made, "value@relevance").value == pytest.approx(100 * 6 / 8)
    margins = Path(services.settings.instance_dir) / "margins.csv"
    margins.write_text("variable,level,share\narea,town,0.5\narea,village,0.5\n")
    services.weighting.set_file("city", margins, CLERK, source="census")
    made = freeze(services, "public")
    assert value_of(made, "value").value == pytest.approx(50.0)
    assert value_of(made, "value@relevance").value == pytest.approx(100 * 1 / 1.5)


def test_what_relevance_asks_for_has_to_be_there(services: Services) -> None:
    a_draft(services)
    problems = {
        "asks no question": weighed(knowledge={"question": "nothing", "weights": {"a": 1}}),
        "has no answer": weighed(
            knowledge={"question": "know", "weights": {f"k{n}": 1 for n in range(1, 7)}}
        ),
        "missing: k5": weighed(
            knowledge={"question": "know", "weights": {f"k{n}": 1 for n in range(1, 5)}}
        ),
        "answers to an index": weighed() | {"parts": [{"survey": "city", "figure": "rate.all"}]},
    }
    for expected, document in problems.items():
        with pytest.raises(InvalidDefinition) as refusal:
            import_indicators(services, document)
        assert expected in str(refusal.value.problems[0].message)


def test_who_is_not_concerned_and_what_is_not_rated_stays_out(services: Services) -> None:
    a_draft(services)
    by_mode = [
        {"survey": "city", "figure": "index", "where": {"mode": mode}}
        for mode in ("phone", "web", "mail")
    ]
    import_indicators(
        services, an_indicator(parts=by_mode, relevance=relevance(), missing="renormalise")
    )
    services.authoring.publish("city", CLERK)
    import_rows(
        services,
        "city",
        "overall,area,know,related,mode",
        *[f"{BEST},town,k1,r1,phone"] * 5,
        ",town,k1,r1,web",  # rates nothing
    )
    made = freeze(services, "public")
    assert value_of(made, "value").value == 100.0
    assert made.find("value@relevance") is None  # two parts have nobody to weigh
    assert any("beside the headline" in note.en for note in made.notes)


def test_a_group_in_which_nobody_is_concerned_has_no_value_by_relevance(
    services: Services,
) -> None:
    a_draft(services)
    import_indicators(services, weighed())
    answered(services, *[f"{BEST},town,k5,r1"] * 5)
    made = freeze(services, "public")
    assert value_of(made, "value").value == 100.0
    assert made.find("value@relevance") is None


def test_an_example_for_an_evaluation_fills_nothing(services: Services, tmp_path: Path) -> None:
    import_meetings(services, tmp_path, meeting(1))
    part = {"survey": "year", "figure": "ballot"}
    with pytest.raises(InvalidDefinition):
        import_indicators(services, an_indicator(parts=[part], relevance=relevance()))
    rule = {"knowledge": {"question": "know"}}
    import_indicators(services, an_indicator(parts=[part], relevance=rule))
    kept = services.indicators.load_example("public", CLERK).indicator.relevance
    assert kept is not None
    assert kept.knowledge is not None
    assert kept.knowledge.weights == {}

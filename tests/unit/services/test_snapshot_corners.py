"""Snapshots at the edges: single answers, empty classes, trimmed votes, keys with two meanings."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from surveyapp.domain.errors import Conflict, NotFound
from surveyapp.domain.periods import Period
from surveyapp.domain.snapshot import Measure
from surveyapp.domain.survey import Kind
from surveyapp.services.assembly import Services, assemble
from surveyapp.services.indicators.ballots import BallotSource
from surveyapp.services.indicators.estimated import Estimated, combined
from surveyapp.storage.indicators import SnapshotRecord, SnapshotRepository
from tests.builders import (
    CLERK,
    Clock,
    a_definition,
    an_open_survey,
    review_document,
    services_on,
    settings_for,
)
from tests.support.ballots import ballot_document
from tests.support.indicators import (
    QUARTER,
    a_county,
    an_indicator,
    freeze,
    import_indicators,
    value_of,
)
from tests.support.results import a_city, import_rows, satisfaction_document
from tests.support.reviews import a_hall, record, some

ONE = Fraction(1)


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


def estimated(value: float, se: float | None, **changes: Any) -> Estimated:
    made = Estimated(value, se, None, None, 100, 100.0, math.inf, "equal")
    return replace(made, **changes)


# --- combining -----------------------------------------------------------------------------------


def test_percent_stays_between_0_and_100() -> None:
    both = [(ONE, estimated(99.0, 2.0)), (ONE, estimated(98.0, 2.0))]
    percent = combined(both, Measure.PERCENT, independent=True)
    assert percent.high == 100.0
    points = combined(both, Measure.POINTS, independent=True)
    assert points.high is not None
    assert points.high > 100
    low = [(ONE, estimated(1.0, 2.0)), (ONE, estimated(2.0, 2.0))]
    assert combined(low, Measure.PERCENT, independent=True).low == 0.0


def test_without_an_error_of_each_part_there_is_none_of_all() -> None:
    both = [(ONE, estimated(90.0, None)), (ONE, estimated(80.0, 1.0))]
    made = combined(both, Measure.POINTS, independent=True)
    assert (made.value, made.se, made.low) == (85.0, None, None)


def test_degrees_of_freedom_follow_satterthwaite() -> None:
    both = [(ONE, estimated(90.0, 2.0, df=9.0)), (ONE, estimated(80.0, 2.0, df=9.0))]
    assert combined(both, Measure.POINTS, independent=True).df == pytest.approx(18.0)
    assert combined(both, Measure.POINTS, independent=False).df == 9.0
    exact = [(ONE, estimated(90.0, 0.0, effective_n=0.0)), (ONE, estimated(80.0, 0.0, df=5.0))]
    made = combined(exact, Measure.POINTS, independent=True)
    assert (made.se, made.low, made.df) == (0.0, None, math.inf)
    none = [(ONE, estimated(90.0, 0.0, effective_n=0.0)) for _ in range(2)]
    assert combined(none, Measure.POINTS, independent=True).effective_n == 0.0


# --- ballots -------------------------------------------------------------------------------------


def a_vote(**changes: Any) -> dict[str, Any]:
    """What a snapshot keeps of a vote: one subject, two classes."""
    return {
        "kind": Kind.BALLOT,
        "key": "cadres",
        "title": {"zh": "测评", "en": "Vote"},
        "empty_class": "renormalise",
        "trim": False,
        "minimum": 5,
        "subjects": [
            {
                "key": "s1",
                "title": {"zh": "甲", "en": "A"},
                "group": "chief",
                "unit": None,
                "n": 12,
                "withheld": False,
                "classes": [
                    {"key": "A", "weight": "40", "roll": 12, "scores": [["100", 10], ["0", 2]]},
                    {"key": "B", "weight": "60", "roll": 20, "scores": []},
                ],
            }
        ],
    } | changes


def score_of(**changes: Any) -> Estimated | None:
    document = a_vote(**changes)
    return BallotSource([document]).score(document["subjects"][0], document)


def test_an_empty_class_follows_the_rule_of_the_vote() -> None:
    score = score_of()
    assert score is not None
    assert score.value == pytest.approx(1000 / 12)
    assert score_of(empty_class="incomplete") is None
    assert score_of(empty_class="block") is None


def test_a_trimmed_vote_has_no_standard_error() -> None:
    score = score_of(trim=True)
    assert score is not None
    assert score.value == pytest.approx(900 / 10)
    assert (score.se, score.low) == (None, None)
    few = a_vote(trim=True)
    few["subjects"][0]["classes"][0]["scores"] = [["100", 1], ["0", 1]]
    kept = BallotSource([few]).score(few["subjects"][0], few)
    assert kept is not None
    assert kept.value == 50.0


# --- surveys -------------------------------------------------------------------------------------


def test_a_period_that_has_not_begun_is_not_frozen(services: Services) -> None:
    with pytest.raises(Conflict, match="has not begun: there is nothing to freeze"):
        services.snapshotting.make("anything", Period.parse("2099"), CLERK)


def test_what_no_key_names_is_not_frozen(services: Services) -> None:
    with pytest.raises(NotFound, match="There is no survey, indicator or evaluation “nothing”"):
        services.snapshotting.make("nothing", Period.parse("2020"), CLERK)


def test_a_draft_is_not_frozen(services: Services) -> None:
    services.authoring.import_definition(a_definition(satisfaction_document()), CLERK)
    with pytest.raises(Conflict, match="never in use"):
        freeze(services, "city")


def test_an_index_that_is_gone_from_the_definition_is_missed(services: Services) -> None:
    a_city(services, *["very_satisfied,town,,phone"] * 5)
    import_indicators(services, an_indicator(parts=[{"survey": "city", "figure": "index.all"}]))
    changed = satisfaction_document()
    changed["indices"][0]["key"] = "other"
    services.authoring.import_definition(a_definition(changed), CLERK)
    services.authoring.publish("city", CLERK)
    with pytest.raises(Conflict, match="has no index"):
        freeze(services, "public")
    with pytest.raises(Conflict, match="nothing to freeze"):
        freeze(services, "city")


def test_answers_to_another_meaning_of_an_index_stay_out(services: Services) -> None:
    a_city(services, *["very_satisfied,town,,phone"] * 5)
    changed = satisfaction_document()
    changed["questions"][0]["scale"] = "sat4"
    services.authoring.import_definition(a_definition(changed), CLERK)
    services.authoring.publish("city", CLERK)
    import_rows(services, "city", "overall,area,subject,mode", *["satisfied,town,,phone"] * 6)
    assert value_of(freeze(services, "city"), "index.all").n == 6
    assert all(one.ok for one in services.checking.verify("city"))


def test_a_scale_without_favourable_levels_has_no_rate(services: Services) -> None:
    document = satisfaction_document()
    document["scales"] = {
        "plain": [
            {"key": "a", "points": 100, "label": "甲"},
            {"key": "b", "points": 0, "label": "乙"},
        ]
    }
    document["questions"][0]["scale"] = "plain"
    key = an_open_survey(services, document)
    import_rows(services, key, "overall,area,subject,mode", *["a,town,,phone"] * 5)
    assert freeze(services, key).find("rate.all") is None
    import_indicators(services, an_indicator(parts=[{"survey": key, "figure": "rate.all"}]))
    with pytest.raises(Conflict, match="no 满意率"):
        freeze(services, "public")


def test_defaults_and_further_reviews_are_in_no_index(services: Services) -> None:
    key = a_hall(services)
    record(
        services,
        key,
        *some("a", 6, "2026-11-02,tax,pc,,,,,,,1,非常满意"),
        *some("b", 3, "2026-11-03,tax,系统默认评价,,,,,,,,基本满意"),
        "c,2026-11-03,tax,sms,CASE-1,2,,,,,,非常不满意",
        "d,2026-10-01,tax,pc,,,,,,,1,非常不满意",
    )
    import_indicators(services, an_indicator(parts=[{"survey": key, "figure": "index.overall"}]))
    made = freeze(services, "public", Period.parse("2026-11"))
    assert (value_of(made, "value").value, value_of(made, "value").n) == (100.0, 6)


def test_reviews_have_no_ballot_and_ballots_no_index(services: Services) -> None:
    """A survey that became something else since the indicator was imported."""
    an_open_survey(services, review_document())
    import_indicators(
        services, an_indicator(parts=[{"survey": "hall-review", "figure": "rate.mean"}])
    )
    with pytest.raises(Conflict, match="nothing to freeze"):
        freeze(services, "public")


def test_a_note_of_the_indicator_stands_on_its_snapshots(services: Services) -> None:
    a_county(services, (6, "very_satisfied", "w1", "phone"))
    part = {"survey": "city", "figure": "index.all", "where": {"mode": "phone", "area": "town"}}
    import_indicators(
        services,
        an_indicator(
            parts=[part, deepcopy(part) | {"weight": 2}], note={"zh": "说明", "en": "Why"}
        ),
    )
    made = freeze(services, "public")
    assert any(note.en == "Why" for note in made.notes)
    label = value_of(made, "part.2").label
    assert label is not None
    assert (label.zh, label.en) == (
        "城市·满意度 × 2（电话、城镇）",
        "City, Index × 2 (Telephone, Town)",
    )


def test_a_blocked_whole_is_named_as_such(services: Services) -> None:
    a_county(services, (6, "very_satisfied", "w1", "phone"))
    import_indicators(services, an_indicator(by="overall"))
    with pytest.raises(Conflict, match="is blocked"):
        freeze(services, "public")


# --- keys and numbers ----------------------------------------------------------------------------


def test_a_key_is_not_continued_as_something_else(services: Services) -> None:
    a_county(services, (6, "very_satisfied", "w1", "phone"))
    part = {"survey": "city", "figure": "index.all"}
    import_indicators(services, an_indicator(key="late", parts=[part]))
    freeze(services, "late")
    made = services.snapshots.of("late")
    assert [one.source_kind for one in made] == ["indicator"]
    key = an_open_survey(services, satisfaction_document(key="later"))
    import_rows(services, key, "overall,area,subject,mode", *["very_satisfied,town,,phone"] * 5)
    freeze(services, key)
    with services.database.writing() as work:
        work.session.execute(
            update(SnapshotRecord)
            .where(SnapshotRecord.source_key == "later")
            .values(source_key="late", period="2025")
        )
    with pytest.raises(Conflict, match="once named something else"):
        freeze(services, "late", Period.parse("2025"))


def test_somebody_else_was_quicker(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    a_county(services, (6, "very_satisfied", "w1", "phone"))
    monkeypatch.setattr(SnapshotRepository, "add", lambda _self, _record: False)
    with pytest.raises(Conflict, match="Somebody else"):
        freeze(services, "city", QUARTER)


def test_a_notice_goes_out_for_each_snapshot(sqlite_url: str, tmp_path: Path) -> None:
    file = tmp_path / "notices.jsonl"
    settings = settings_for(sqlite_url, tmp_path, SURVEYAPP_NOTICE_FILE=str(file))
    services = assemble(settings, now=Clock())
    a_county(services, (6, "very_satisfied", "w1", "phone"))
    made = freeze(services, "city")
    services.casework.tick(None)
    (notice,) = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert notice["topic"] == "snapshot.made"
    assert notice["snapshot"] == str(made.id)
    assert notice["source"] == {"kind": "survey", "key": "city"}
    assert notice["input_sha256"] == made.input_sha256
    assert "values" not in notice
    services.database.dispose()


def test_ballots_are_read_by_group(services: Services) -> None:
    services.authoring.import_definition(a_definition(ballot_document()), CLERK)
    import_indicators(
        services, an_indicator(parts=[{"survey": "cadres", "figure": "ballot.chief"}])
    )
    with pytest.raises(Conflict, match="never in use"):
        freeze(services, "public")

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from surveyapp.domain.definition import parse_definition
from surveyapp.domain.errors import Conflict, NotAllowed, NotFound
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Standing
from surveyapp.services.assembly import Services
from surveyapp.services.auditing import LogQuery
from surveyapp.services.releases.releasing import Readiness, Release, figures_sha256
from tests.builders import CLERK, Clock, a_definition, every_type_document, services_on
from tests.builders import an_open_survey as opened
from tests.support.results import (
    a_city,
    demo_survey,
    import_rows,
    satisfaction_document,
    set_standings,
)

REVIEWER = Actor("reviewer", uuid4())
HEADER = "overall,area,subject,mode"


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


def more(services: Services, key: str, *rows: tuple[int, str]) -> None:
    import_rows(services, key, HEADER, *(row for n, row in rows for _ in range(n)))


def area(release: Release, level: str) -> dict[str, Any]:
    (row,) = (row for row in release.figures["attributes"] if row["level"] == level)
    return dict(row)


def index(release: Release, subject: str | None = None, **by: str) -> dict[str, Any]:
    (row,) = (
        row for row in release.figures["indices"] if (row["subject"], row["by"]) == (subject, by)
    )
    return dict(row)


def test_a_release_freezes_the_figures(services: Services) -> None:
    key = demo_survey(services, "yuxi-2007.yaml", "yuxi_2007.csv")
    release = services.releasing.release(key, REVIEWER)
    assert (release.number, release.n, release.released_by) == (1, 600, "reviewer")
    assert index(release)["value"] == pytest.approx(73.06532663)
    assert release.figures["sentences"][0]["en"].endswith("from 597 valid responses.")
    assert release.figures["released_on"] == "2026-11-23"
    assert (release.figures["first_day"], release.figures["last_day"]) == ("2026-11-23",) * 2
    assert release.sha256 == figures_sha256(release.figures)
    set_standings(services, key, Standing.EXCLUDED, 9)
    assert services.releasing.latest(key) == release
    events = services.auditing.read(LogQuery(action="survey.release"), 1, CLERK).events
    assert [(event.actor, event.target, event.detail["n"]) for event in events] == [
        ("reviewer", key, 600)
    ]


def test_releases_are_kept_and_listed(database_url: str, tmp_path: Path) -> None:
    clock = Clock()
    services = services_on(database_url, tmp_path, clock)
    first, second = a_city(services), opened(services, every_type_document())
    assert (services.releasing.published(), services.releasing.latest(first)) == ((), None)
    more(services, first, (10, "5,town,w1,phone"), (7, "3,village,w2,paper"))
    services.releasing.release(first, REVIEWER)
    clock.advance(hours=1)
    import_rows(services, second, "police,m.air", *["5,3"] * 6)
    services.releasing.release(second, REVIEWER)
    clock.advance(hours=1)
    more(services, first, (5, "4,town,w1,phone"))
    last = services.releasing.release(first, REVIEWER)
    assert [(one.survey_key, one.number) for one in services.releasing.published()] == [
        (first, 2),
        (second, 1),
    ]
    assert [one.number for one in services.releasing.history(first)] == [2, 1]
    assert services.releasing.history("none") == ()
    found = services.releasing.latest(first)
    assert found == last
    assert found is not None
    assert found.sha256 == figures_sha256(found.figures)
    assert (found.title.zh, found.n) == ("城市", 22)
    services.database.dispose()


def test_small_groups_are_withheld_with_everything_that_counts_them(services: Services) -> None:
    key = a_city(services)
    more(services, key, (20, "5,town,w1,phone"), (9, "4,village,w1,phone"), (3, "1,,w2,phone"))
    release = services.releasing.release(key, REVIEWER)
    assert (area(release, "town")["n"], area(release, "town")["suppressed"]) == (20, False)
    for level in ("village", "unknown"):  # villages could be computed from the rest
        row = index(release, area=level)
        assert row["suppressed"]
        names = ("n", "value", "se", "low", "high", "effective_n", "deff", "unweighted")
        assert {row[name] for name in names} == {None}
        assert (area(release, level)["n"], area(release, level)["suppressed"]) == (None, True)
    assert [row["n"] for row in release.figures["subjects"]] == [None, None]
    assert index(release)["n"] == 32
    assert release.figures["suppressed"] == 4
    assert "village" not in str(release.figures["sentences"])


def test_groups_with_few_new_responses_keep_their_released_figures(services: Services) -> None:
    key = a_city(services)
    more(services, key, *((10, f"5,{one},w1,phone") for one in ("town", "village", "")))
    services.releasing.release(key, REVIEWER)
    more(services, key, (8, "1,town,w1,phone"), (2, "1,village,w1,phone"), (4, "1,,w1,phone"))
    release = services.releasing.release(key, REVIEWER)
    assert (index(release)["n"], index(release, area="town")["n"]) == (44, 18)
    for level in ("village", "unknown"):
        row = index(release, area=level)
        assert (row["n"], row["value"], row["release"], row["current"]) == (10, 100, 1, False)
        assert (area(release, level)["n"], area(release, level)["current"]) == (10, False)
    assert index(release, area="town")["current"]
    assert index(release, area="town")["release"] == 2


def test_a_question_with_few_new_answers_keeps_its_released_figures(services: Services) -> None:
    document = satisfaction_document()
    document["questions"].append(
        {"key": "extra", "type": "scale", "scale": "sat5", "required": False, "title": "另"}
    )
    key = opened(services, document)
    import_rows(services, key, "overall,extra", *["5,1"] * 6, *["3,"] * 6)
    services.releasing.release(key, REVIEWER)
    import_rows(services, key, "overall,extra", *["5,"] * 6, "4,5")
    release = services.releasing.release(key, REVIEWER)
    overall, extra = release.figures["questions"]
    assert (overall["answered"], overall["current"], overall["release"]) == (19, True, 2)
    assert (extra["answered"], extra["current"], extra["release"]) == (6, False, 1)
    assert extra["levels"][4]["count"] == 6


def test_a_question_few_have_answered_is_withheld(services: Services) -> None:
    key = opened(services, every_type_document())
    header = "used,police,m.air,why,visits,remark"
    import_rows(services, key, header, *["no,5,3,,,"] * 6, "yes,5,3,a,2,好", *["yes,5,3,a,2,"] * 5)
    release = services.releasing.release(key, REVIEWER)
    found = {row["field"]: row for row in release.figures["questions"]}
    assert [(name, row["suppressed"]) for name, row in found.items()] == [
        ("used", False),
        ("police", False),
        ("m.air", False),
        ("m.water", True),
        ("why", False),
        ("visits", False),
        ("remark", True),
    ]
    assert found["remark"]["answered"] is None
    assert {level["count"] for level in found["m.water"]["levels"]} == {None}
    assert {level["share"] for level in found["m.water"]["levels"]} == {None}
    assert found["visits"]["mean"]["value"] == 2.0


def test_a_group_emptied_by_exclusions_is_withheld(services: Services) -> None:
    key = a_city(services)
    more(services, key, (9, "5,village,w1,phone"))
    services.counting.fold(key)
    services.releasing.release(key, REVIEWER)
    set_standings(services, key, Standing.EXCLUDED, 9)
    more(services, key, (30, "4,town,w1,phone"))
    release = services.releasing.release(key, REVIEWER)
    assert (index(release, area="village")["n"], index(release)["n"]) == (None, 30)


def test_windows_inside_a_hall_hold_the_hall_back(services: Services) -> None:
    document = satisfaction_document()
    document["subjects"] = [{"key": key} for key in ("w1", "w2", "w3", "w4")]
    key = opened(services, document)
    more(services, key, (9, "5,town,w1,phone"), (4, "3,town,w2,phone"))
    more(services, key, (9, "5,village,w3,phone"), (4, "3,village,w4,phone"))
    release = services.releasing.release(key, REVIEWER)
    assert [row["n"] for row in release.figures["subjects"]] == [9, None, 9, None]
    assert [area(release, level)["n"] for level in ("town", "village")] == [None, None]


def test_breakdowns_that_cross_do_not_hold_each_other_back(services: Services) -> None:
    key = a_city(services)
    for place in ("w1", "w2"):
        more(services, key, (9, f"5,town,{place},phone"), (4, f"3,village,{place},phone"))
    release = services.releasing.release(key, REVIEWER)
    assert [row["n"] for row in release.figures["subjects"]] == [13, 13]
    assert [area(release, level)["n"] for level in ("town", "village")] == [18, 8]


def test_too_few_new_responses_are_refused_with_the_numbers(services: Services) -> None:
    key = a_city(services)
    assert services.releasing.readiness(key) == Readiness(0, 5, ready=False)
    more(services, key, (4, "5,town,w1,phone"))
    with pytest.raises(Conflict, match=r"4 responses have come in .* at least 5"):
        services.releasing.release(key, REVIEWER)
    more(services, key, (1, "5,town,w1,phone"))
    services.counting.fold(key)
    assert services.releasing.readiness(key) == Readiness(5, 5, ready=True)
    services.releasing.release(key, REVIEWER)
    assert services.releasing.readiness(key) == Readiness(0, 5, ready=False)
    with pytest.raises(Conflict):
        services.releasing.release(key, REVIEWER)
    assert len(services.releasing.history(key)) == 1


def test_who_made_the_survey_cannot_publish_its_results(services: Services) -> None:
    editor = Actor("editor", uuid4())
    services.authoring.import_definition(parse_definition(satisfaction_document()), editor)
    services.authoring.publish("city", REVIEWER)
    more(services, "city", (9, "5,town,w1,phone"))
    with pytest.raises(NotAllowed, match="ask a second person"):
        services.releasing.release("city", editor)
    assert services.releasing.release("city", REVIEWER).number == 1


def test_a_draft_has_no_results_to_publish(services: Services) -> None:
    services.authoring.import_definition(a_definition(), CLERK)
    with pytest.raises(Conflict, match="never put in use"):
        services.releasing.release("hall-review", REVIEWER)


def test_an_unknown_survey_is_refused(services: Services) -> None:
    for use in (services.releasing.release, services.releasing.preview):
        with pytest.raises(NotFound):
            use("none", REVIEWER)
    with pytest.raises(NotFound):
        services.releasing.readiness("none")


def test_a_preview_is_the_release_it_announces(services: Services) -> None:
    key = a_city(services)
    more(services, key, (9, "5,town,w1,phone"))
    preview = services.releasing.preview(key, REVIEWER)
    assert services.releasing.history(key) == ()
    assert services.releasing.release(key, REVIEWER).figures == preview.figures


def test_the_legal_head_and_the_notes_are_published(services: Services) -> None:
    head = {
        "form_number": "表1",
        "issued_by": "甲",
        "document": "乙",
        "approved_by": "丙",
        "approval_number": "丁",
        "valid_until": "2027-12-31",
    }
    key = a_city(services, legal_head=head, notes={"zh": "说明", "en": "Notes"})
    more(services, key, (9, "5,town,w1,phone"))
    services.database.mark_simulated()
    figures = services.releasing.release(key, REVIEWER).figures
    assert (figures["legal_head"], figures["notes"]["en"]) == (head, "Notes")
    assert figures["simulated"]


def test_a_changed_index_is_published_beside_the_old_one(services: Services) -> None:
    key = a_city(services)
    more(services, key, (9, "5,town,w1,phone"))
    services.releasing.release(key, REVIEWER)
    document = satisfaction_document()
    document["indices"][0]["points"] = {"very_satisfied": 99}
    services.authoring.import_definition(parse_definition(document), CLERK)
    services.authoring.publish(key, CLERK)
    more(services, key, (6, "5,town,w1,phone"))
    release = services.releasing.release(key, REVIEWER)
    overall = [
        row for row in release.figures["indices"] if (row["subject"], row["by"]) == (None, {})
    ]
    assert [(row["revision"], row["value"], row["n"]) for row in overall] == [
        (2, 99, 6),
        (1, 100, 9),
    ]

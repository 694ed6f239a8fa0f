"""Runs of scores: what goes in, what is kept, what comes out again, who sees it."""

from __future__ import annotations

import lzma
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from surveyapp.domain.errors import Conflict, NotAllowed, NotFound
from surveyapp.domain.periods import Period
from surveyapp.domain.roles import Actor, Role
from surveyapp.services.assembly import Services
from surveyapp.services.assessment.scoring import is_intact
from surveyapp.services.assessment.viewing import (
    require_visible,
    scope_of,
    visible_unit,
    visible_units,
)
from surveyapp.storage.database import Work
from surveyapp.storage.schemes import ScoreRepository
from tests.builders import CLERK, Clock, services_on
from tests.support.schemes import document, line
from tests.support.scores import (
    TOWNS,
    freeze,
    occur,
    put_in_use,
    put_units,
    report,
    towns,
    towns_document,
)
from tests.support.staff import staff_member, token_for, who

Q1 = Period.parse("2026Q1")
WANG, LI = Actor("wang", uuid4()), Actor("li", uuid4())


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    """All services on a fresh database."""
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


def _scores(run: Any) -> dict[str, str | None]:
    return {one["unit"]: one["score"] for one in run.units}


def test_a_run_has_everything_from_its_sources(services: Services) -> None:
    """Growth 3 of 3, 2.7, 2.55, 1.5 after a quarter, satisfaction out of 100, +2 for T2."""
    key = towns(services)
    run = services.scoring.score(key, Q1, CLERK, seed=7)
    assert _scores(run) == {"T1": "95.2", "T2": "92", "T3": "86.6", "T4": "54"}
    assert [one["rank"] for one in run.units] == [1, 2, 3, 4]
    # A veto caps T1 at the second grade, and frees its place of the best.
    assert [one["grade"] for one in run.units] == [1, 0, 1, 3]
    assert run.result["uncertain"]
    assert (run.number, run.seed, run.made_by, run.is_released) == (1, 7, "a clerk", False)
    t2 = run.unit("T2")
    assert t2 is not None
    growth, satisfaction = t2["terms"]
    assert [part["source"]["verified_by"] for part in growth["parts"]] == ["li"] * 3
    (part,) = satisfaction["parts"]
    assert (part["source"]["n"], part["source"]["key"], part["se"]) == (210, "public", "1.5")
    assert t2["adjustments"][0]["occurrences"][0]["document"] == "省政府〔2026〕3号"
    low, high = t2["interval"]["low"], t2["interval"]["high"]
    # 40 points for 100: ±1.96 × 1.5 × 0.4.
    assert (low, high) == (pytest.approx(92 - 1.18, abs=0.1), pytest.approx(92 + 1.18, abs=0.1))
    assert t2["sensitivity"][0]["moved"] == -5
    assert run.unit("nobody") is None
    assert services.scores.scheme_of(run).key == key


def test_a_run_follows_from_what_is_stored_with_it_for_ever(services: Services) -> None:
    key = towns(services)
    run = services.scoring.score(key, Q1, CLERK)
    # A later snapshot, a later occurrence and a later version change nothing of it.
    freeze(services, "public", "2026Q1", {"T1": (10.0, 1.0)})
    occur(services, key, "honour", "T4")
    services.schemes.import_document(towns_document(notes="新版"), WANG)
    services.schemes.publish(key, LI)
    assert services.scoring.verify(run.id)
    second = services.scoring.score(key, Q1, CLERK, seed=1)
    assert (second.number, second.result["version"]) == (2, 2)
    assert _scores(second)["T2"] is None
    assert services.scores.run(key, Q1) == second
    assert [one.number for one in services.scores.runs(key)] == [2, 1]
    assert [one.number for one in services.scores.heads(key)] == [2, 1]
    with pytest.raises(NotFound):
        services.scoring.verify(uuid4())


def test_a_changed_run_is_noticed(services: Services) -> None:
    run = services.scoring.score(towns(services), Q1, CLERK, seed=1)
    with services.database.reading() as work:
        record = ScoreRepository(work).find(run.id)
        assert record is not None
        work.session.expunge(record)
    assert is_intact(record)
    input_blob, result = record.input, record.result
    record.input = b"damaged"
    assert not is_intact(record)
    record.input = lzma.compress(lzma.decompress(input_blob).replace(b"0.85", b"0.95"))
    assert not is_intact(record)
    record.input, record.result = input_blob, {**result, "due": "1"}
    assert not is_intact(record)


def test_simulated_numbers_may_differ_a_little_and_nothing_else() -> None:
    from surveyapp.services.assessment.scoring import _same

    assert _same({"a": [1.0, "x"]}, {"a": [1.00001, "x"]})
    assert not _same({"a": [1.0]}, {"a": [1.1]})
    assert not _same({"a": 1}, {"b": 1})
    assert not _same([1], [1, 2])


def test_the_run_before_stands_beside_it_also_across_years(services: Services) -> None:
    key = towns(services)
    first = services.scoring.score(key, Period.parse("2026-02"), CLERK, seed=1)
    freeze(services, "public", "2026Q1", dict.fromkeys(TOWNS, (80.0, None)))
    run = services.scoring.score(key, Period.parse("2026-03"), CLERK, seed=1)
    assert run.result["before_run"] == str(first.id)
    t1 = run.unit("T1")
    assert t1 is not None
    # Growth alone was due by February: 100 of 100.
    assert (t1["before"]["score"], t1["before"]["change"]) == ("100", "-8")
    assert not run.result["uncertain"]
    assert t1["interval"] is None
    december = services.scoring.score(key, Period.parse("2026"), CLERK, seed=1)
    after = put_in_use(
        services, document(key="towns-2027", year=2027, category="乡镇", follows=key)
    )
    report(services, after, "gdp", {"T1": {"2027": 90}})
    next_year = services.scoring.score(after, Period.parse("2027"), CLERK)
    assert next_year.result["before_run"] == str(december.id)
    t1 = next_year.unit("T1")
    assert t1 is not None
    assert (t1["before"]["score"], t1["before"]["change"]) == (None, None)


def test_few_answers_and_unfit_periods_count_as_missing(services: Services) -> None:
    put_units(services, TOWNS, "乡镇")
    key = put_in_use(services, towns_document())
    report(services, key, "growth", {u: {"2026-01": 1, "2026Q1": 99} for u in TOWNS})
    freeze(services, "public", "2026Q1", {"T1": (88.0, 1.0), "T2": (None, None)})
    freeze(services, "public", "2026Q2", {"T1": (88.0, 1.0)}, suppressed=True)
    run = services.scoring.score(key, Q1, CLERK)
    missing = {one["unit"]: one["missing"] for one in run.units}
    assert missing["T1"] == ["growth"]
    assert missing["T2"] == ["growth", "satisfaction"]
    half = services.scoring.score(key, Period.parse("2026H1"), CLERK)
    t1 = half.unit("T1")
    assert t1 is not None
    assert t1["terms"][1]["missing"] == ["2026Q2"]


def test_a_figure_is_named_where_a_snapshot_has_several(services: Services) -> None:
    put_units(services, {"T1": "东河镇"}, "乡镇")
    voice = line("voice", source="indicator", indicator="city", every="quarter")
    key = put_in_use(services, document(voice, category="乡镇"))
    figures = ("index.a", "index.b")
    freeze(services, "city", "2026Q1", {"T1": (70.0, 1.0), "T9": (1.0, 1.0)}, figures=figures)
    with pytest.raises(Conflict, match="several figures"):
        services.scoring.score(key, Q1, CLERK)
    services.schemes.import_document(document(voice | {"figure": "index.b"}, category="乡镇"), WANG)
    services.schemes.publish(key, LI)
    assert _scores(services.scoring.score(key, Q1, CLERK)) == {"T1": "70"}


def test_what_cannot_be_computed_says_why(services: Services) -> None:
    for key in ("nothing", "county-2026"):
        with pytest.raises(NotFound):
            services.scoring.score(key, Q1, CLERK)
    services.schemes.import_document(document(), CLERK)
    with pytest.raises(Conflict, match="not in use"):
        services.scoring.score("county-2026", Q1, CLERK)
    services.schemes.publish("county-2026", LI)
    with pytest.raises(Conflict, match="not part of it"):
        services.scoring.score("county-2026", Period.parse("2025"), CLERK)
    with pytest.raises(Conflict, match="No unit belongs"):
        services.scoring.score("county-2026", Period.parse("2026"), CLERK)
    put_units(services, {"A": "甲局"}, "县直单位")
    with pytest.raises(Conflict, match="is due"):
        services.scoring.score("county-2026", Q1, CLERK)
    assert services.scores.runs("nothing") == services.scores.heads("nothing") == ()
    assert services.scores.run("nothing", Q1) is None


def test_a_second_person_releases_a_run_once(services: Services) -> None:
    key = towns(services)
    run = services.scoring.score(key, Q1, WANG, seed=1)
    assert services.scores.runs(key, released_only=True) == ()
    assert services.scores.heads(key, released_only=True) == ()
    assert services.scores.run(key, Q1, released_only=True) is None
    with pytest.raises(NotAllowed):
        services.scores.release(run.id, WANG)
    released = services.scores.release(run.id, LI)
    assert (released.released_by, released.is_released) == ("li", True)
    with pytest.raises(Conflict):
        services.scores.release(run.id, LI)
    with pytest.raises(NotFound):
        services.scores.release(uuid4(), LI)
    assert services.scores.get(run.id) == released
    assert services.scores.run(key, Q1, released_only=True) == released


def test_units_see_their_own_and_leaders_what_is_released(services: Services) -> None:
    clock = Clock()
    key = towns(services)
    run = services.scoring.score(key, Q1, WANG, seed=1)

    def staff(*roles: Role, unit: str | None = None) -> Any:
        name = staff_member(services, *roles, unit_code=unit)
        return who(services, token_for(services, clock, name))

    analyst, leader, unit = staff(Role.ANALYST), staff(Role.LEADER), staff(Role.UNIT, unit="T2")
    assert len(visible_units(run, analyst)) == 4
    require_visible(run, analyst)
    for outsider in (leader, unit):
        with pytest.raises(NotFound):
            require_visible(run, outsider)
    released = services.scores.release(run.id, LI)
    assert scope_of(leader) is None
    assert [one["unit"] for one in visible_units(released, unit)] == ["T2"]
    assert visible_unit(released, "T2", unit)["rank"] == 2
    for code in ("T1", "nobody"):
        with pytest.raises(NotFound):
            visible_unit(released, code, unit)
    both = replace(unit, grants=unit.grants + leader.grants)
    assert scope_of(both) is None


def test_limits_and_floors_are_drawn_with_what_they_look_at(services: Services) -> None:
    put_units(services, {"A": "甲", "B": "乙", "C": "丙"}, "乡镇")
    voice = line("voice", 40, source="indicator", indicator="public")
    scheme = document(
        line("work", 60, limit={"indicator": "voice", "from": 85, "share": "50%"}),
        voice,
        category="乡镇",
        missing="renormalise",
        grades=[{"from": 50, "quota": "70%"}, {}],
        overrides=[
            {
                "key": "floor",
                "title": "民意",
                "grade": "良好",
                "when": {"indicator": "voice", "below": 80},
            },
            {"key": "veto", "title": "否决", "grade": "良好"},
        ],
    )
    key = put_in_use(services, scheme)
    report(services, key, "work", {"A": {"2026": 100}, "B": {"2026": 100}})
    freeze(services, "public", "2026", {"A": (85.0, 1.0), "B": (80.0, 1.0)})
    occur(services, key, "veto", "A", kind="override")
    run = services.scoring.score(key, Period.parse("2026"), CLERK, seed=3)
    a, b, c = (run.unit(code) for code in "ABC")
    assert a is not None
    assert b is not None
    assert c is not None
    assert (a["score"], a["grade"], b["score"], b["grade"]) == ("64", 1, "92", 0)
    # Half of the draws of A are free of the limit, half of B's fall below the floor.
    assert a["interval"]["high"] - a["interval"]["low"] > 25
    assert b["grade_probabilities"][1] == pytest.approx(0.5, abs=0.03)
    assert a["grade_probabilities"] == [0.0, 1.0]
    assert (c["score"], c["interval"]) == (None, None)
    early = services.scoring.verify(run.id)
    assert early


def test_a_run_comes_back_from_postgresql_as_it_was(postgresql_url: str, tmp_path: Path) -> None:
    services = services_on(postgresql_url, tmp_path)
    key = towns(services)
    run = services.scoring.score(key, Q1, WANG, seed=2**55 + 1)
    assert services.scores.get(run.id) == run
    assert services.scoring.verify(run.id)
    services.scores.release(run.id, LI)
    assert services.scoring.score(key, Q1, WANG).number == 2
    services.database.dispose()


def test_a_stored_run_cannot_be_changed_or_deleted(services: Services) -> None:
    run = services.scoring.score(towns(services), Q1, CLERK, seed=1)
    with pytest.raises(RuntimeError, match="never changed"), services.database.writing() as work:
        _spoil(work, run.id)
    with pytest.raises(RuntimeError, match="never changed"), services.database.writing() as work:
        work.session.delete(ScoreRepository(work).find(run.id))


def _spoil(work: Work, run_id: UUID) -> None:
    record = ScoreRepository(work).find(run_id)
    assert record is not None
    record.made_by = "nobody"

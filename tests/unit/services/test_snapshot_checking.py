"""Checking snapshots: bit for bit, from the input alone, whatever has become of the survey."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from surveyapp.domain.snapshot import canonical, packed, sha256_of, unpacked
from surveyapp.services.assembly import Services
from surveyapp.storage.indicators import SnapshotRecord
from surveyapp.storage.records import (
    DailyTallyRecord,
    FoldQueueRecord,
    ResponseRecord,
    TallyRecord,
)
from tests.builders import services_on
from tests.support.indicators import (
    a_county,
    an_indicator,
    freeze,
    import_indicators,
)

GROUPS = (
    (6, "very_satisfied", "w1", "phone"),
    (2, "very_dissatisfied", "w1", "phone"),
    (7, "very_satisfied", "w1", "web"),
)


@pytest.fixture
def services(sqlite_url: str, tmp_path: Path) -> Iterator[Services]:
    made = services_on(sqlite_url, tmp_path)
    yield made
    made.database.dispose()


def test_everything_comes_out_again_on_both_databases(database_url: str, tmp_path: Path) -> None:
    services = services_on(database_url, tmp_path)
    a_county(services, *GROUPS)
    import_indicators(services, an_indicator())
    made = freeze(services, "public")
    freeze(services, "public")
    checked = services.checking.verify("public")
    assert [(one.ok, one.snapshot.number) for one in checked] == [(True, 1), (True, 2)]
    assert checked[0].recomputed == len(made.values)
    assert checked[0].snapshot == made
    assert services.checking.verify("city") == ()
    services.database.dispose()


def test_a_snapshot_outlives_its_answers(services: Services) -> None:
    a_county(services, *GROUPS)
    import_indicators(services, an_indicator())
    freeze(services, "public")
    with services.database.writing() as work:
        for record in (FoldQueueRecord, TallyRecord, DailyTallyRecord, ResponseRecord):
            work.session.execute(delete(record))
    import_indicators(services, an_indicator(missing="incomplete"))
    assert all(one.ok for one in services.checking.verify("public"))


def test_the_input_holds_what_it_has_to(services: Services) -> None:
    a_county(services, *GROUPS)
    import_indicators(services, an_indicator())
    made = freeze(services, "public")
    document = json.loads(services.snapshots.input_of(made.id))
    survey = document["surveys"]["city|survey"]
    assert {row["standing"] for row in survey["tally"]} == {"counted"}
    assert survey["revisions"][0]["definition"]["key"] == "city"
    assert document["indicator"]["key"] == "public"
    assert (document["seed"], document["decimals"]) == (made.seed, 2)
    assert set(document["units"]) == {"51", "5101", "5102"}
    assert b"comment" not in services.snapshots.input_of(made.id)


def tampered(services: Services, **changes: Any) -> list[str]:
    """Change the only snapshot behind the back of the code; return what checking says."""
    with services.database.writing() as work:
        work.session.execute(update(SnapshotRecord).values(**changes))
    (checked,) = services.checking.verify("public")
    assert not checked.ok
    return [str(one) for one in checked.problems]


def a_snapshot(services: Services) -> SnapshotRecord:
    a_county(services, *GROUPS)
    import_indicators(services, an_indicator())
    made = freeze(services, "public")
    with services.database.reading() as work:
        return work.session.get_one(SnapshotRecord, made.id)


def test_a_changed_figure_is_found(services: Services) -> None:
    record = a_snapshot(services)
    values = json.loads(json.dumps(record.values))
    values["values"][0]["value"] += 0.5
    assert tampered(services, values=values) == [
        "The figures are not those that were hashed.",
        "value: value was frozen as 85.5 and comes out as 85.0.",
    ]
    again = sha256_of(canonical(values))
    assert tampered(services, values_sha256=again) == [
        "value: value was frozen as 85.5 and comes out as 85.0."
    ]


def test_a_changed_rounding_is_found(services: Services) -> None:
    record = a_snapshot(services)
    values = json.loads(json.dumps(record.values))
    values["values"][0]["shown"] = "85.01"
    problems = tampered(services, values=values, values_sha256=sha256_of(canonical(values)))
    assert problems == ["value: shown was frozen as 85.01 and comes out as 85.00."]


def test_a_snapshot_from_before_a_number_was_kept_is_read_and_checked(services: Services) -> None:
    record = a_snapshot(services)
    values = json.loads(json.dumps(record.values))
    for one in values["values"]:
        del one["unweighted"]
    assert tampered(services, values=values) == ["The figures are not those that were hashed."]
    with services.database.writing() as work:
        digest = sha256_of(canonical(values))
        work.session.execute(update(SnapshotRecord).values(values_sha256=digest))
    (checked,) = services.checking.verify("public")
    assert checked.ok


def test_figures_that_come_and_go_are_found(services: Services) -> None:
    record = a_snapshot(services)
    values = json.loads(json.dumps(record.values))
    values["values"][0]["figure"] = "other"
    assert tampered(services, values=values)[1:] == [
        "other: does not come out again.",
        "value: comes out and was never frozen.",
    ]
    values["values"][0] |= {"figure": "value", "subject": "9999"}
    assert "value 9999: does not come out again." in tampered(services, values=values)


def changed(record: SnapshotRecord, change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Return columns with another input and its right hash."""
    document = json.loads(unpacked(record.input_blob))
    change(document)
    content = canonical(document)
    return {"input_blob": packed(content), "input_sha256": sha256_of(content)}


def test_a_changed_input_is_found(services: Services) -> None:
    record = a_snapshot(services)

    def more(document: dict[str, Any]) -> None:
        document["surveys"]["city|survey"]["tally"][0]["counts"]["n"] += 1

    columns = changed(record, more)
    assert tampered(services, input_blob=columns["input_blob"]) == [
        "The input is not the one that was hashed."
    ]
    assert any("was frozen as" in one for one in tampered(services, **columns))


def test_a_damaged_input_is_found(services: Services) -> None:
    a_snapshot(services)
    for blob in (b"no zlib", packed(b"{}")[:-3], packed(b"{}") + b"x"):
        assert "damaged" in tampered(services, input_blob=blob)[0]


def test_an_input_of_another_snapshot_or_format_is_found(services: Services) -> None:
    record = a_snapshot(services)
    columns = changed(record, lambda document: document.update(seed=1))
    assert tampered(services, **columns) == ["The input belongs to another source, period or seed."]
    columns = changed(record, lambda document: document.update(format="later/2"))
    assert "later/2" in tampered(services, **columns)[0]


def test_an_input_that_gives_no_figures_is_found(services: Services) -> None:
    record = a_snapshot(services)

    def empty(document: dict[str, Any]) -> None:
        document["surveys"]["city|survey"]["tally"] = []

    assert "cannot be computed anew" in tampered(services, **changed(record, empty))[0]


def test_an_input_that_asks_for_another_kind_of_figure_is_found(services: Services) -> None:
    record = a_snapshot(services)

    def other(document: dict[str, Any]) -> None:
        document["indicator"]["parts"][0]["figure"] = "ballot"

    (problem,) = tampered(services, **changed(record, other))
    assert "no figure “ballot”" in problem


def test_a_broken_chain_is_found(services: Services) -> None:
    first = a_snapshot(services)
    second = freeze(services, "public")
    with services.database.writing() as work:
        work.session.execute(
            update(SnapshotRecord).where(SnapshotRecord.id == second.id).values(number=3)
        )
    checked = services.checking.verify("public")
    assert [one.ok for one in checked] == [True, False]
    assert checked[0].snapshot.id == first.id
    assert "supersedes" in str(checked[1].problems[0])

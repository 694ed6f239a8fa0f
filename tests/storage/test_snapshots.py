"""Snapshots are rows for ever: constraints, a guard in the session, and no way to change one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.exc import IntegrityError

from surveyapp.storage.database import Database
from surveyapp.storage.indicators import (
    Frozen,
    IndicatorRecord,
    IndicatorRepository,
    SnapshotRecord,
    SnapshotRepository,
)

SOURCE = Path(__file__).parents[2] / "surveyapp"
Row = SnapshotRecord | IndicatorRecord
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def a_row(**changes: Any) -> SnapshotRecord:
    columns: dict[str, Any] = {
        "id": uuid4(),
        "source_kind": "survey",
        "source_key": "city",
        "period": "2026",
        "number": 1,
        "supersedes_id": None,
        "indicator_id": None,
        "values": {"values": [{"value": 82.24499999999999, "se": 1e-9, "n": 3.0}]},
        "values_sha256": "0" * 64,
        "input_blob": b"x",
        "input_sha256": "0" * 64,
        "seed": 2**55,
        "made_by": "wang",
        "made_at": NOW,
    }
    return SnapshotRecord(**columns | changes)


def an_indicator_row() -> IndicatorRecord:
    return IndicatorRecord(
        id=uuid4(),
        key="public",
        version=1,
        title={"zh": "甲", "en": "A"},
        document={},
        sha256="0" * 64,
        created_by="wang",
        created_at=NOW,
    )


def store(database: Database, row: Row) -> None:
    with database.writing() as work:
        work.session.add(row)
        work.flush()


def test_numbers_come_back_bit_for_bit(database: Database) -> None:
    row = a_row()
    with database.writing() as work:
        assert SnapshotRepository(work).add(row)
    with database.reading() as work:
        kept = SnapshotRepository(work).find(row.id)
        assert kept is not None
        assert kept.values == row.values
        assert kept.seed == 2**55


def test_two_people_do_not_take_one_number(database: Database) -> None:
    with database.writing() as work:
        assert SnapshotRepository(work).add(a_row())
        assert not SnapshotRepository(work).add(a_row())
    with database.reading() as work:
        assert len(SnapshotRepository(work).of("city", "2026")) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"number": 0},
        {"number": 2},
        {"source_kind": "other"},
        {"source_kind": "indicator"},
        {"indicator_id": uuid4()},
        {"values_sha256": "0"},
        {"input_sha256": "0"},
        {"input_blob": b""},
        {"supersedes_id": uuid4()},
    ],
)
def test_the_database_refuses_what_makes_no_sense(
    database: Database, changes: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError):
        store(database, a_row(**changes))


def test_one_snapshot_has_one_successor(sqlite_database: Database) -> None:
    first = a_row()
    with sqlite_database.writing() as work:
        assert SnapshotRepository(work).add(first)
        assert SnapshotRepository(work).add(a_row(number=2, supersedes_id=first.id))
        assert not SnapshotRepository(work).add(a_row(number=3, supersedes_id=first.id))


def rewrite(database: Database, row: Row) -> None:
    with database.writing() as work:
        kept = work.session.get_one(type(row), row.id)
        setattr(kept, "made_by" if isinstance(kept, SnapshotRecord) else "created_by", "li")


def remove(database: Database, row: Row) -> None:
    with database.writing() as work:
        work.session.delete(work.session.get_one(type(row), row.id))


@pytest.mark.parametrize("change", [rewrite, remove])
@pytest.mark.parametrize("make", [a_row, an_indicator_row])
def test_a_stored_row_is_not_changed_or_deleted(
    sqlite_database: Database,
    make: Callable[[], Row],
    change: Callable[[Database, Row], None],
) -> None:
    row = make()
    store(sqlite_database, row)
    with pytest.raises(Frozen):
        change(sqlite_database, row)


def test_versions_of_an_indicator_follow_each_other(sqlite_database: Database) -> None:
    with sqlite_database.writing() as work:
        IndicatorRepository(work).add(an_indicator_row())
    with pytest.raises(IntegrityError), sqlite_database.writing() as work:
        IndicatorRepository(work).add(an_indicator_row())


def _modules() -> Iterator[tuple[Path, str]]:
    for path in SOURCE.rglob("*.py"):
        yield path, path.read_text(encoding="utf-8")


def test_no_code_updates_or_deletes_snapshots() -> None:
    forbidden = re.compile(r"(?:update|delete)\(\s*(?:\w+\.)?(?:SnapshotRecord|IndicatorRecord)\b")
    found = [str(path) for path, text in _modules() if forbidden.search(text)]
    assert found == []

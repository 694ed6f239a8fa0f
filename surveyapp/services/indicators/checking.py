"""Checking snapshots: hashes bit for bit, and the figures from the input alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from surveyapp.domain.errors import Refusal
from surveyapp.domain.messages import Message, message
from surveyapp.domain.periods import Period
from surveyapp.domain.snapshot import (
    FORMAT,
    Snapshot,
    SnapshotValue,
    canonical,
    same,
    sha256_of,
    unpacked,
    value_document,
)
from surveyapp.services.indicators.computing import compute
from surveyapp.services.indicators.records import snapshot_of
from surveyapp.storage.database import Database
from surveyapp.storage.indicators import SnapshotRecord, SnapshotRepository

_NUMBERS = ("value", "se", "low", "high", "effective_n", "unweighted")
_EXACT = ("shown", "n", "unit", "suppressed")


@dataclass(frozen=True, slots=True)
class Checked:
    """What checking a snapshot found.

    Attributes
    ----------
    recomputed : int
        Figures that came out as they were frozen.
    problems : tuple of Message
        What does not agree; none where everything does.
    """

    snapshot: Snapshot
    recomputed: int
    problems: tuple[Message, ...]

    @property
    def ok(self) -> bool:
        """Whether everything agrees."""
        return not self.problems


class Checking:
    """The use case of checking snapshots, whatever has become of their surveys since."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def verify(self, key: str, period: Period | None = None) -> tuple[Checked, ...]:
        """Check every snapshot of a key, or those of one period, in the order they were made."""
        with self._database.reading() as work:
            snapshots = SnapshotRepository(work)
            records = snapshots.of(key, None if period is None else str(period))
            by_id = {one.id: one for one in snapshots.of(key)}
            checked = []
            for record in records:
                blob = snapshots.input_of(record.id)
                before = by_id.get(record.supersedes_id) if record.supersedes_id else None
                checked.append(check(record, blob, before))
        return tuple(checked)


def check(record: SnapshotRecord, blob: bytes, before: SnapshotRecord | None) -> Checked:
    """Check one snapshot.

    Parameters
    ----------
    blob : bytes
        Its compressed input.
    before : SnapshotRecord or None
        The snapshot it names as its predecessor.
    """
    problems = list(_chain(record, before))
    if sha256_of(canonical(record.values)) != record.values_sha256:
        problems.append(message("The figures are not those that were hashed."))
    recomputed = 0
    document = _document(record, blob, problems)
    if document is not None:
        problems += _head(record, document)
        recomputed = _recompute(document, record.values["values"], problems)
    return Checked(snapshot_of(record), recomputed, tuple(problems))


def _document(
    record: SnapshotRecord, blob: bytes, problems: list[Message]
) -> Mapping[str, Any] | None:
    """Return the input if it is the one that was hashed, bit for bit."""
    try:
        content = unpacked(blob)
    except ValueError:
        problems.append(message("The input is damaged and cannot be unpacked."))
        return None
    if sha256_of(content) != record.input_sha256:
        problems.append(message("The input is not the one that was hashed."))
        return None
    document: Mapping[str, Any] = json.loads(content)
    if document["format"] != FORMAT:
        problems.append(
            message("This version cannot read inputs of the format %(f)s.", f=document["format"])
        )
        return None
    return document


def _chain(record: SnapshotRecord, before: SnapshotRecord | None) -> Iterator[Message]:
    if record.number == 1:
        return
    if before is None or (before.period, before.number) != (record.period, record.number - 1):
        yield message("The snapshot it supersedes is not the one before it.")


def _head(record: SnapshotRecord, document: Mapping[str, Any]) -> Iterator[Message]:
    source = document["source"]
    said = (source["kind"], source["key"], source["version"], document["period"], document["seed"])
    kept = (
        record.source_kind,
        record.source_key,
        record.values["version"],
        record.period,
        record.seed,
    )
    if said != kept:
        yield message("The input belongs to another source, period or seed.")


def _recompute(
    document: Mapping[str, Any], kept: Sequence[Mapping[str, Any]], problems: list[Message]
) -> int:
    """Compute the figures anew; return how many agree."""
    try:
        computed = compute(document)
    except Refusal as error:
        problems.append(
            message("The figures cannot be computed anew: %(reason)s", reason=error.message)
        )
        return 0
    found = {(one.figure, one.subject): one for one in computed.values}
    agreeing = 0
    for row in kept:
        name = row["figure"], row["subject"]
        value = found.pop(name, None)
        wrong = None if value is None else _difference(row, value)
        if value is None:
            problems.append(message("%(figure)s: does not come out again.", figure=_named(name)))
        elif wrong is not None:
            problems.append(
                message(
                    "%(figure)s: %(what)s was frozen as %(before)s and comes out as %(now)s.",
                    figure=_named(name),
                    what=wrong,
                    before=row[wrong],
                    now=value_document(value)[wrong],
                )
            )
        else:
            agreeing += 1
    problems += [
        message("%(figure)s: comes out and was never frozen.", figure=_named(name))
        for name in found
    ]
    return agreeing


def _difference(row: Mapping[str, Any], value: SnapshotValue) -> str | None:
    """Return what differs: numbers to 1e-9; the published rounding and counts exactly.

    What a figure is called is not compared: words may be improved. Neither is a number that was
    not kept yet when the snapshot was made; one that was taken away shows in the hash.
    """
    again = value_document(value)
    for key in _NUMBERS:
        if key in row and not same(row[key], again[key]):
            return key
    return next((key for key in _EXACT if row[key] != again[key]), None)


def _named(name: tuple[str, str | None]) -> str:
    figure, subject = name
    return figure if subject is None else f"{figure} {subject}"

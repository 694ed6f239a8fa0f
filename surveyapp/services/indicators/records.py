"""Snapshots and indicators between their tables and the domain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from surveyapp.domain.periods import Period
from surveyapp.domain.snapshot import Snapshot, SnapshotValue, value_document, value_of
from surveyapp.domain.text import Text
from surveyapp.storage.indicators import SnapshotRecord
from surveyapp.storage.records import RevisionRecord


def values_document(
    *,
    title: Text,
    version: int | None,
    values: Sequence[SnapshotValue],
    notes: Sequence[Text],
    minimum: int,
    whole_waves: bool,
) -> dict[str, Any]:
    """Return what the table keeps beside the input: the figures as they are shown and published."""
    return {
        "title": {"zh": title.zh, "en": title.en},
        "version": version,
        "values": [value_document(one) for one in values],
        "notes": [{"zh": note.zh, "en": note.en} for note in notes],
        "minimum": minimum,
        "whole_waves": whole_waves,
    }


def snapshot_of(record: SnapshotRecord) -> Snapshot:
    """Read a snapshot back; its input stays where it is."""
    document = record.values
    return Snapshot(
        id=record.id,
        source_kind=record.source_kind,
        source_key=record.source_key,
        title=Text(document["title"]["zh"], document["title"]["en"]),
        period=Period.parse(record.period),
        number=record.number,
        supersedes=record.supersedes_id,
        made_by=record.made_by,
        made_at=record.made_at,
        values=tuple(value_of(one) for one in document["values"]),
        values_sha256=record.values_sha256,
        input_sha256=record.input_sha256,
        seed=record.seed,
        version=document["version"],
        notes=tuple(Text(note["zh"], note["en"]) for note in document["notes"]),
        minimum=document["minimum"],
        whole_waves=document["whole_waves"],
    )


def title_of(revision: RevisionRecord) -> Text:
    """Return the title of a survey without reading the rest of its definition."""
    title = revision.definition["title"]
    return (
        Text.same(title)
        if isinstance(title, str)
        else Text(title["zh"], title.get("en") or title["zh"])
    )

"""Rounding, canonical JSON and packing of what is frozen."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from uuid import UUID

import pytest

from surveyapp.domain.periods import Period
from surveyapp.domain.snapshot import (
    Measure,
    Snapshot,
    SnapshotValue,
    canonical,
    packed,
    rounded,
    same,
    sha256_of,
    unpacked,
    value_document,
    value_of,
)
from surveyapp.domain.text import Text


def a_value(value: float | None = 82.245, subject: str | None = None) -> SnapshotValue:
    label = Text("满意度", "Index")
    return SnapshotValue(
        "value", subject, value, 0.5, 81.2, 83.3, 400, 380.5, "equal", Measure.POINTS, label=label
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (82.245, "82.25"),
        (82.24499999999999, "82.25"),
        (82.2449, "82.24"),
        (-0.001, "0.00"),
        (-1.005, "-1.01"),
        (100.0, "100.00"),
        (1e-12, "0.00"),
    ],
)
def test_published_figures_are_rounded_half_up(value: float, shown: str) -> None:
    assert rounded(value) == shown


def test_numbers_agree_to_a_billionth() -> None:
    assert same(82.25, 82.25 + 1e-10)
    assert not same(82.25, 82.25 + 1e-6)
    assert same(None, None)
    assert not same(None, 0.0)
    assert not same(0.0, None)


def test_one_content_is_one_sequence_of_bytes() -> None:
    assert canonical({"b": 1, "a": "甲"}) == '{"a":"甲","b":1}'.encode()
    assert sha256_of(canonical({})) == sha256_of(b"{}")


def test_an_input_is_packed_and_unpacked() -> None:
    content = canonical({"rows": list(range(1000))})
    assert unpacked(packed(content)) == content
    for blob in (b"x", zlib.compress(content)[:-1], packed(content) + b"more"):
        with pytest.raises(ValueError, match="damaged"):
            unpacked(blob)


def test_a_figure_is_written_and_read() -> None:
    for one in (a_value(), a_value(None, "51"), a_value(subject="51").withheld()):
        assert value_of(value_document(one)) == one
    without = SnapshotValue("value", None, 1.0, None, None, None, 1, 1.0, "equal", Measure.PERCENT)
    assert value_of(value_document(without)) == without
    assert value_document(a_value())["shown"] == "82.25"
    assert a_value(None).shown is None


def test_figures_are_found_by_name_and_unit() -> None:
    made = Snapshot(
        id=UUID(int=1),
        source_kind="survey",
        source_key="city",
        title=Text("城市", "City"),
        period=Period.parse("2026"),
        number=1,
        supersedes=None,
        made_by="wang",
        made_at=datetime(2026, 11, 23, tzinfo=UTC),
        values=(a_value(), a_value(subject="51")),
        values_sha256="0" * 64,
        input_sha256="0" * 64,
        seed=1,
        version=None,
    )
    assert made.find("value", "51") == a_value(subject="51")
    assert made.find("value", "52") is None
    assert made.of("51") == (a_value(subject="51"),)

"""The figures of a snapshot as a table for spreadsheets."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping
from typing import Final

from surveyapp.domain.snapshot import Snapshot
from surveyapp.domain.text import Language
from surveyapp.services.exports.files import csv_line, text_of
from surveyapp.services.exports.tables import Value

_COLUMNS: Final = (
    "figure",
    "title",
    "unit_code",
    "unit_name",
    "value",
    "se",
    "low",
    "high",
    "n",
    "effective_n",
    "method",
    "measure",
    "suppressed",
    "unweighted",
)


def snapshot_csv(snapshot: Snapshot, names: Mapping[str, str], language: Language) -> bytes:
    """Write UTF-8 with a byte order mark; withheld figures are empty.

    Parameters
    ----------
    names : mapping of str to str
        Names of units by code.
    """
    lines = [csv_line(_COLUMNS)]
    lines += [csv_line([text_of(cell) for cell in row]) for row in _rows(snapshot, names, language)]
    return codecs.BOM_UTF8 + b"".join(lines)


def _rows(
    snapshot: Snapshot, names: Mapping[str, str], language: Language
) -> Iterator[list[Value]]:
    for one in snapshot.values:
        withheld = one.suppressed and one.value is None
        yield [
            one.figure,
            None if one.label is None else one.label.in_language(language),
            one.subject,
            names.get(one.subject or ""),
            one.value,
            one.se,
            one.low,
            one.high,
            None if withheld else one.n,
            None if withheld else one.effective_n,
            one.method,
            one.unit.value,
            int(one.suppressed),
            one.unweighted,
        ]

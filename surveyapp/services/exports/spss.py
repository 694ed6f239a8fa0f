"""Tables as SPSS files, with labels of columns and values."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas
import pyreadstat

from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message
from surveyapp.services.exports.files import Document
from surveyapp.services.exports.tables import Column, Content, Value

MOST_ROWS = 200_000
"""SPSS files are written from memory, so there is a limit."""

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.]")
_WORDS_OF_SPSS = frozenset(
    ["ALL", "AND", "BY", "EQ", "GE", "GT", "LE", "LT", "NE", "NOT", "OR", "TO", "WITH"]
)
_NAME_LENGTH = 60
_FILE_LABEL_BYTES = 60
_LABEL_BYTES = 250
_VALUE_LABEL_BYTES = 116
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,9}")


def write_sav(document: Document, path: Path) -> None:
    """Write an SPSS file: levels as their codes with labels where all codes are whole numbers.

    Raises
    ------
    BadInput
        There are more rows than can be written from memory, or none.
    """
    columns = document.sheet.columns
    codes = [_codes(column) for column in columns]
    rows = []
    for row in document.counted():
        if document.rows > MOST_ROWS:
            raise BadInput(
                message(
                    "An SPSS file is written for at most %(most)s rows: export as CSV or Parquet.",
                    most=MOST_ROWS,
                )
            )
        rows.append(
            [
                _value(column, known, value)
                for column, known, value in zip(columns, codes, row, strict=True)
            ]
        )
    if not rows:
        raise BadInput(message("An SPSS file needs at least one row, and there is none yet."))
    names = _names(columns)
    frame = pandas.DataFrame(rows, columns=names)
    for name, column, known in zip(names, columns, codes, strict=True):
        if known or column.content in (Content.NUMBER, Content.WHOLE):
            frame[name] = frame[name].astype("float64")
        else:
            frame[name] = frame[name].astype("object").fillna("")
    pyreadstat.write_sav(
        frame,
        str(path),
        file_label=_cut(document.title, _FILE_LABEL_BYTES),
        column_labels=[_cut(column.title, _LABEL_BYTES) for column in columns],
        variable_value_labels={
            name: {
                known[level.key]: _cut(
                    level.label.in_language(document.language), _VALUE_LABEL_BYTES
                )
                for level in column.levels
            }
            for name, column, known in zip(names, columns, codes, strict=True)
            if known
        },
    )


def _codes(column: Column) -> dict[str, float]:
    """Return the codes of a choice as numbers; nothing where they are no distinct numbers."""
    codes = [level.code for level in column.levels]
    is_numbered = all(_WHOLE_NUMBER.fullmatch(code) for code in codes)
    if column.content is not Content.CHOICE or not is_numbered or len(set(codes)) < len(codes):
        return {}
    return {level.key: float(level.code) for level in column.levels}


def _value(column: Column, codes: dict[str, float], value: Value) -> Any:
    if isinstance(value, list):
        return ";".join(value)
    if isinstance(value, str) and codes:
        return codes.get(value)
    if isinstance(value, str) and column.content is Content.NUMBER:
        return float(value)
    return value


def _names(columns: tuple[Column, ...]) -> list[str]:
    """Return names that SPSS accepts, each once (it does not tell capitals from small letters)."""
    names: list[str] = []
    for number, column in enumerate(columns, start=1):
        name = _NOT_IN_NAMES.sub("_", column.name)[:_NAME_LENGTH].rstrip("._")
        is_word = name.upper() in _WORDS_OF_SPSS
        is_taken = name.lower() in {known.lower() for known in names}
        if not name[:1].isalpha() or is_word or is_taken:
            name = f"v{number}_{name}".rstrip("_")[:_NAME_LENGTH]
        names.append(name)
    return names


def _cut(text: str, most: int) -> str:
    return text.encode()[:most].decode(errors="ignore")

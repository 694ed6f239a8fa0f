"""Where reviews are handed over to (交换目标): columns, channel codes, and which digit is the best.

A target that writes satisfaction codes says their direction, and writes the level in words beside
each code: no digit goes out that could be read the wrong way round.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from surveyapp.domain.channels import CHANNELS
from surveyapp.domain.errors import InvalidDefinition
from surveyapp.domain.messages import message
from surveyapp.domain.reading import LineOf, Reader
from surveyapp.domain.recorded_reviews import BEST_FIRST, BEST_LAST
from surveyapp.domain.survey import Standing
from surveyapp.domain.text import Text


class Source(StrEnum):
    """What a column can be filled from; nothing here names a person."""

    CASE_NUMBER = "case_number"
    CHANNEL = "channel"
    CHANNEL_NUMBER = "channel_number"
    REVIEWER = "reviewer"
    TIME = "time"
    REVIEW_NUMBER = "review_number"
    REVIEW_ID = "review_id"
    SATISFACTION = "satisfaction"
    SATISFACTION_CODE = "satisfaction_code"
    REASONS = "reasons"
    COMMENT = "comment"
    REGION = "region"
    UNIT_CODE = "unit_code"
    ITEM_CODE = "item_code"
    ITEM_NAME = "item_name"
    WINDOW = "window"
    VISITOR = "visitor"
    ANONYMOUS = "anonymous"
    IS_DEFAULT = "is_default"
    IS_VALID = "is_valid"
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class ExchangeColumn:
    """One column: filled from a source, or the same in every row."""

    name: str
    source: Source | None
    constant: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """A platform that takes reviews.

    Attributes
    ----------
    best : {"1", "5"}
        Which satisfaction code is the best level.
    requires_case : bool
        Whether reviews without the number of a service case are left out.
    standings : frozenset of Standing
        Which reviews are handed over.
    time : str
        How a time is written, as ``strftime`` does.
    channels : mapping of str to str
        What the target calls each channel; reviews of other channels are left out.
    yes, no : str
        How it writes flags.
    """

    key: str
    title: Text
    best: str
    requires_case: bool
    standings: frozenset[Standing]
    time: str
    channels: Mapping[str, str]
    yes: str
    no: str
    columns: tuple[ExchangeColumn, ...]


_KEYS: Final = frozenset(
    {"key", "title", "best", "requires_case", "standings", "time", "channels", "flags", "columns"}
)
_HANDED_OVER: Final = frozenset({Standing.COUNTED, Standing.FLAGGED, Standing.EXCLUDED})
MOST_COLUMNS: Final = 60


def parse_target(content: Any, line_of: LineOf = lambda _path: None) -> Target:
    """Read the description of a target.

    Parameters
    ----------
    content : object
        A plain document, as a file of ``content/exchange`` holds it.
    line_of : callable
        Where an entry stands in its file.

    Raises
    ------
    InvalidDefinition
        With all problems at once.
    """
    reader = Reader(line_of)
    given = reader.mapping((), content, _KEYS)
    columns = _columns(reader, given.get("columns"))
    best = str(given.get("best", ""))
    if best not in (BEST_FIRST, BEST_LAST):
        reader.refuse(
            ("best",), message("Say which satisfaction code is the best level: best: 1 or best: 5.")
        )
    flags = reader.mapping(("flags",), given.get("flags", {}), frozenset({"yes", "no"}))
    target = Target(
        key=reader.key(("key",), given.get("key")),
        title=reader.title(("title",), given.get("title")),
        best=best,
        requires_case=reader.flag(("requires_case",), given.get("requires_case"), default=False),
        standings=_standings(reader, given.get("standings", [Standing.COUNTED.value])),
        time=reader.line(("time",), given.get("time", "%Y%m%dT%H%M%S")),
        channels=_channels(reader, given.get("channels")),
        yes=str(flags.get("yes", "1")),
        no=str(flags.get("no", "0")),
        columns=columns,
    )
    if reader.problems:
        raise InvalidDefinition(tuple(reader.problems))
    return target


def _columns(reader: Reader, value: Any) -> tuple[ExchangeColumn, ...]:
    columns = []
    seen: set[str] = set()
    for path, entry in reader.items(("columns",), value, least=1, most=MOST_COLUMNS):
        given = reader.mapping(path, entry, frozenset({"name", "from", "constant"}))
        name = reader.line((*path, "name"), given.get("name"))
        reader.unique(seen, (*path, "name"), name)
        if ("from" in given) == ("constant" in given):
            reader.refuse(path, message("A column has either from or constant."))
            continue
        source = given.get("from")
        if source is not None and source not in set(Source):
            reader.refuse(
                (*path, "from"),
                message(
                    "A column is filled from one of: %(names)s.", names=", ".join(sorted(Source))
                ),
            )
            continue
        columns.append(
            ExchangeColumn(
                name, None if source is None else Source(source), str(given.get("constant", ""))
            )
        )
    sources = {column.source for column in columns}
    if Source.SATISFACTION_CODE in sources and Source.SATISFACTION not in sources:
        reader.refuse(
            ("columns",),
            message("Beside satisfaction_code a column with satisfaction, the words, is needed."),
        )
    return tuple(columns)


def _standings(reader: Reader, value: Any) -> frozenset[Standing]:
    found = set()
    for path, entry in reader.items(("standings",), value, least=1, most=len(_HANDED_OVER)):
        if entry in _HANDED_OVER:
            found.add(Standing(entry))
        else:
            reader.refuse(path, message("One of counted, flagged and excluded is meant here."))
    return frozenset(found)


def _channels(reader: Reader, value: Any) -> dict[str, str]:
    given = reader.mapping(("channels",), value, frozenset(CHANNELS))
    return {key: reader.line(("channels", key), name) for key, name in given.items()}

"""How indicators, snapshots, schemes and scores are written for programs."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from surveyapp.domain.masking import neutral
from surveyapp.domain.snapshot import Snapshot, SnapshotValue
from surveyapp.domain.text import Text
from surveyapp.services.assessment.deciding import Decision
from surveyapp.services.assessment.feeding import FeedIndicator, FeedScheme, FeedScores
from surveyapp.services.exports.files import csv_line
from surveyapp.web.api.requests import answer
from surveyapp.web.context import settings

Row = Sequence[str | int | float | bool | None]

UNDECIDED = Text(
    "测算结果，供研究参考，不作为最终等次",
    "Computed result, for study and reference; not the final grade",
)
INDICATOR_COLUMNS = ("key", "version", "title_zh", "title_en", "sha256", "created_at")
SCHEME_COLUMNS = (
    "key", "year", "category", "version", "title_zh", "title_en", "sha256", "published_at",
)  # fmt: skip
VALUE_COLUMNS = (
    "snapshot", "source", "period", "number", "made_at", "figure", "unit", "shown", "value", "se",
    "low", "high", "n", "effective_n", "measure", "method", "suppressed",
)  # fmt: skip
SCORE_COLUMNS = (
    "run", "scheme", "period", "number", "released_at", "unit", "name", "rank", "score", "low",
    "high", "incomplete", "missing", "suggested_grade", "decided_grade",
)  # fmt: skip


def document(content: Mapping[str, Any]) -> Response:
    """Answer with JSON."""
    return answer(content)


def table(columns: Sequence[str], lines: Iterable[Row]) -> Response:
    """Answer with a table: UTF-8 with a byte order mark, which spreadsheets need for Chinese."""
    body = [codecs.BOM_UTF8, csv_line(columns)]
    body += [csv_line([_cell(one) for one in line]) for line in lines]
    return Response(b"".join(body), mimetype="text/csv")


def next_address(cursor: str) -> str:
    """Return the address of the next page, with the filters of this one."""
    asked = {name: text for name, text in request.args.items() if name != "after"}
    path = request.path.rpartition("/api/v1")[2]
    return f"{settings().base_url}/api/v1{path}?{urlencode(asked | {'after': cursor})}"


def _cell(value: str | float | bool | None) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value if _is_number(value) else neutral(value)
    return repr(value)


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdecimal()


def _text(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _moment(moment: datetime) -> str:
    return moment.astimezone(settings().timezone).isoformat()


def indicator_entry(one: FeedIndicator) -> dict[str, Any]:
    """Write an indicator as an entry of a list."""
    return {
        "key": one.key,
        "version": one.version,
        "title": _text(one.title),
        "sha256": one.sha256,
        "created_at": _moment(one.created_at),
    }


def indicator_document(one: FeedIndicator) -> dict[str, Any]:
    """Write an indicator with its definition."""
    return indicator_entry(one) | {"document": dict(one.document)}


def indicator_lines(one: FeedIndicator) -> list[Row]:
    """Write an indicator as a line."""
    title = (one.title.zh, one.title.en)
    return [(one.key, one.version, *title, one.sha256, _moment(one.created_at))]


def scheme_entry(one: FeedScheme) -> dict[str, Any]:
    """Write a scheme as an entry of a list."""
    return {
        "key": one.key,
        "year": one.year,
        "category": one.category,
        "version": one.version,
        "title": _text(one.title),
        "sha256": one.sha256,
        "published_at": _moment(one.published_at),
    }


def scheme_document(one: FeedScheme) -> dict[str, Any]:
    """Write a scheme as it was put in use."""
    return scheme_entry(one) | {"document": dict(one.document)}


def scheme_lines(one: FeedScheme) -> list[Row]:
    """Write a scheme as a line."""
    return [
        (
            one.key, one.year, one.category, one.version, one.title.zh, one.title.en, one.sha256,
            _moment(one.published_at),
        )
    ]  # fmt: skip


def snapshot_entry(one: Snapshot) -> dict[str, Any]:
    """Write a snapshot as an entry of a list."""
    return {
        "id": str(one.id),
        "source": {"kind": one.source_kind, "key": one.source_key, "version": one.version},
        "title": _text(one.title),
        "period": str(one.period),
        "number": one.number,
        "supersedes": None if one.supersedes is None else str(one.supersedes),
        "made_at": _moment(one.made_at),
        "values_sha256": one.values_sha256,
        "input_sha256": one.input_sha256,
    }


def snapshot_document(one: Snapshot) -> dict[str, Any]:
    """Write a snapshot with its values; what is withheld is null."""
    return snapshot_entry(one) | {
        "seed": one.seed,
        "notes": [_text(note) for note in one.notes],
        "values": [_value(value) for value in one.values],
    }


def _value(one: SnapshotValue) -> dict[str, Any]:
    is_withheld = one.suppressed
    return {
        "figure": one.figure,
        "label": None if one.label is None else _text(one.label),
        "unit": one.subject,
        "shown": one.shown,
        "value": one.value,
        "se": one.se,
        "low": one.low,
        "high": one.high,
        "n": None if is_withheld else one.n,
        "effective_n": None if is_withheld else one.effective_n,
        "measure": one.unit.value,
        "method": one.method,
        "suppressed": one.suppressed,
    }


def snapshot_lines(one: Snapshot) -> list[Row]:
    """Write the values of a snapshot as lines."""
    about = (str(one.id), one.source_key, str(one.period), one.number, _moment(one.made_at))
    names = VALUE_COLUMNS[len(about) :]
    return [(*about, *(_value(value)[name] for name in names)) for value in one.values]


def score_entry(one: FeedScores) -> dict[str, Any]:
    """Write released scores as an entry of a list."""
    return {
        "id": str(one.id),
        "scheme": one.scheme_key,
        "scheme_version": one.scheme_version,
        "title": _text(one.title),
        "category": one.category,
        "period": str(one.period),
        "number": one.number,
        "made_at": _moment(one.made_at),
        "released_at": _moment(one.released_at),
        "input_sha256": one.input_sha256,
        "result_sha256": one.result_sha256,
    }


def score_document(one: FeedScores) -> dict[str, Any]:
    """Write released scores with every term; names of staff and documents stay in the office."""
    units = [_unit(one, unit) for unit in one.result["units"]]
    is_decided = bool(units) and all(unit["decided"] is not None for unit in units)
    return score_entry(one) | {
        "seed": one.seed,
        "total": one.result["total"],
        "grades": [dict(grade) for grade in one.result["grades"]],
        "notice": None if is_decided else _text(UNDECIDED),
        "units": units,
    }


def _unit(scores: FeedScores, unit: Mapping[str, Any]) -> dict[str, Any]:
    interval = unit.get("interval")
    decision = scores.decisions.get(unit["unit"])
    return {
        "unit": unit["unit"],
        "name": unit["name"],
        "rank": unit["rank"],
        "score": unit["score"],
        "low": None if interval is None else interval["low"],
        "high": None if interval is None else interval["high"],
        "incomplete": unit["incomplete"],
        "missing": list(unit["missing"]),
        "suggested": unit["grade"],
        "decided": None if decision is None else _decision(decision),
        "groups": dict(unit["groups"]),
        "terms": [
            {
                name: term[name]
                for name in ("indicator", "group", "value", "share", "weight", "points")
            }
            for term in unit["terms"]
        ],
        "adjustments": [
            {name: one[name] for name in ("rule", "times", "points", "capped")}
            for one in unit["adjustments"]
        ],
    }


def _decision(one: Decision) -> dict[str, Any]:
    met_on = one.meeting.met_on
    return {
        "grade": one.grade,
        "title": _text(one.title),
        "authority": one.meeting.authority,
        "met_on": None if met_on is None else met_on.isoformat(),
        "minutes": one.meeting.minutes,
    }


def score_lines(one: FeedScores) -> list[Row]:
    """Write released scores as lines, one a unit."""
    about = (
        str(one.id), one.scheme_key, str(one.period), one.number, _moment(one.released_at),
    )  # fmt: skip
    lines: list[Row] = []
    for unit in score_document(one)["units"]:
        suggested, decided = unit["suggested"], unit["decided"]
        grade = None if suggested is None else one.result["grades"][suggested]["zh"]
        lines.append(
            (
                *about,
                *(unit[name] for name in SCORE_COLUMNS[len(about) : -3]),
                ";".join(unit["missing"]),
                grade,
                None if decided is None else decided["title"]["zh"],
            )
        )
    return lines

"""The part of the description that is about what programs read and the values they report."""

from __future__ import annotations

from typing import Any

from surveyapp.domain.snapshot import Measure
from surveyapp.web.api import feed, values
from surveyapp.web.api.shapes import (
    COUNT,
    MOMENT,
    SHA256,
    UUID,
    Schema,
    closed,
    listed,
    operation,
    or_null,
    ref,
    text,
)

_KEY = text(64, "Key")
_PERIOD: Schema = {
    "type": "string",
    "pattern": "^[0-9]{4}(-[0-9]{2}|Q[1-4]|H[12])?$",
    "description": "A month 2026-03, a quarter 2026Q1, a half 2026H1, a year 2026",
}
_NUMBER: Schema = {"type": "integer", "minimum": 1}
_EXACT: Schema = {
    "type": "string",
    "pattern": "^-?[0-9]+([.][0-9]+)?$",
    "description": "An exact decimal number",
}
_REAL: Schema = {"type": ["number", "null"]}
_NEXT = or_null(text(64, "Give it as `after` for the next page; null on the last"))
_ANY: Schema = {"type": "object", "description": "As it was imported"}
_GRADE: Schema = {"type": ["integer", "null"], "minimum": 0, "description": "Place in `grades`"}


def _page(name: str, entry: str) -> Schema:
    return closed({name: listed(entry), "next": _NEXT})


_INDICATOR = {
    "key": _KEY,
    "version": _NUMBER,
    "title": ref("Words"),
    "sha256": SHA256,
    "created_at": MOMENT,
}
_SCHEME = {
    "key": _KEY,
    "year": {"type": "integer"},
    "category": text(64, "考核类别: ranks exist only inside it"),
    "version": _NUMBER,
    "title": ref("Words"),
    "sha256": SHA256,
    "published_at": MOMENT,
}
_SNAPSHOT = {
    "id": UUID,
    "source": closed(
        {
            "kind": {"type": "string", "enum": ["survey", "indicator"]},
            "key": _KEY,
            "version": or_null(_NUMBER),
        }
    ),
    "title": ref("Words"),
    "period": _PERIOD,
    "number": {**_NUMBER, "description": "The highest of a period holds"},
    "supersedes": {**or_null(UUID), "description": "The snapshot it replaces"},
    "made_at": MOMENT,
    "values_sha256": SHA256,
    "input_sha256": SHA256,
}
_SCORE = {
    "id": UUID,
    "scheme": _KEY,
    "scheme_version": _NUMBER,
    "title": ref("Words"),
    "category": text(64, "考核类别"),
    "period": _PERIOD,
    "number": {**_NUMBER, "description": "The highest of a period holds"},
    "made_at": MOMENT,
    "released_at": MOMENT,
    "input_sha256": SHA256,
    "result_sha256": SHA256,
}

SCHEMAS: dict[str, Schema] = {
    "Words": closed({"zh": {"type": "string"}, "en": {"type": "string"}}),
    "IndicatorEntry": closed(_INDICATOR),
    "Indicator": closed(_INDICATOR | {"document": _ANY}),
    "IndicatorList": _page("indicators", "IndicatorEntry"),
    "SnapshotEntry": closed(_SNAPSHOT),
    "SnapshotValue": closed(
        {
            "figure": {"type": "string"},
            "label": {"anyOf": [ref("Words"), {"type": "null"}]},
            "unit": {"type": ["string", "null"], "description": "Code; null for all together"},
            "shown": {"type": ["string", "null"], "description": "As published, two decimals"},
            "value": _REAL,
            "se": _REAL,
            "low": _REAL,
            "high": _REAL,
            "n": or_null(COUNT),
            "effective_n": _REAL,
            "measure": {"type": "string", "enum": [one.value for one in Measure]},
            "method": {"type": "string"},
            "suppressed": {"type": "boolean", "description": "Too few answers: numbers are null"},
        }
    ),
    "Snapshot": closed(
        _SNAPSHOT
        | {
            "seed": {"type": "integer"},
            "notes": listed("Words"),
            "values": listed("SnapshotValue"),
        }
    ),
    "SnapshotList": _page("snapshots", "SnapshotEntry"),
    "SchemeEntry": closed(_SCHEME),
    "Scheme": closed(_SCHEME | {"document": _ANY}),
    "SchemeList": _page("schemes", "SchemeEntry"),
    "ScoreEntry": closed(_SCORE),
    "Decision": closed(
        {
            "grade": {"type": "integer", "minimum": 0},
            "title": ref("Words"),
            "authority": {"type": "string", "description": "审定机关"},
            "met_on": {"type": "string", "format": "date"},
            "minutes": {"type": "string", "description": "纪要号"},
        }
    ),
    "UnitScore": closed(
        {
            "unit": {"type": "string"},
            "name": {"type": "string"},
            "rank": {"type": ["integer", "null"], "minimum": 1},
            "score": or_null(_EXACT),
            "low": _REAL,
            "high": _REAL,
            "incomplete": {"type": "boolean"},
            "missing": {"type": "array", "items": {"type": "string"}},
            "suggested": {**_GRADE, "description": "建议等次: place in `grades`"},
            "decided": {
                "anyOf": [ref("Decision"), {"type": "null"}],
                "description": "审定等次; null before the meeting",
            },
            "groups": {"type": "object", "additionalProperties": or_null(_EXACT)},
            "terms": listed("Term"),
            "adjustments": listed("Adjustment"),
        }
    ),
    "Term": closed(
        {
            "indicator": _KEY,
            "group": _KEY,
            "value": or_null(_EXACT),
            "share": or_null(_EXACT),
            "weight": _EXACT,
            "points": _EXACT,
        }
    ),
    "Adjustment": closed(
        {
            "rule": _KEY,
            "times": COUNT,
            "points": _EXACT,
            "capped": {"type": "boolean"},
        }
    ),
    "Score": closed(
        _SCORE
        | {
            "seed": {"type": "integer"},
            "total": _EXACT,
            "grades": listed("Words"),
            "notice": {
                "anyOf": [ref("Words"), {"type": "null"}],
                "description": "Must stand beside the scores until every grade is decided",
            },
            "units": listed("UnitScore"),
        }
    ),
    "ScoreList": _page("scores", "ScoreEntry"),
    "Value": closed(
        {
            "indicator": _KEY,
            "unit": text(64, "单位编码"),
            "period": _PERIOD,
            "value": {
                "type": ["string", "number"],
                "description": "Best a decimal string, which stays exact",
            },
            "note": or_null(text(values.MOST_NOTE, "说明", least=0)),
        },
        ("indicator", "unit", "period", "value"),
    ),
    "ValueDelivery": closed(
        {
            "scheme": _KEY,
            "source": or_null(text(values.MOST_SOURCE, "Where they come from; default: the token")),
            "values": {
                "type": "array",
                "items": ref("Value"),
                "minItems": 1,
                "maxItems": values.MOST_ROWS,
            },
        },
        ("scheme", "values"),
    ),
    "ValuesStored": closed(
        {"scheme": _KEY, "new": COUNT, "corrected": COUNT, "unchanged": COUNT, "left_empty": COUNT}
    ),
}

_READING = (400, 401, 403, 404, 429, 503)
_LIST_FILTERS: dict[str, list[Schema]] = {
    "indicators": [],
    "snapshots": [
        {"name": "source", "in": "query", "schema": _KEY},
        {"name": "period", "in": "query", "schema": _PERIOD},
    ],
    "schemes": [],
    "scores": [
        {"name": "scheme", "in": "query", "schema": _KEY},
        {"name": "period", "in": "query", "schema": _PERIOD},
    ],
}
_NAMES = {
    "indicators": ("Indicator", "indicators by key"),
    "snapshots": ("Snapshot", "snapshots, the first made first"),
    "schemes": ("Scheme", "schemes in use by key"),
    "scores": ("Score", "released scores, the first released first"),
}


def paths() -> dict[str, Any]:
    """Describe the addresses."""
    found: dict[str, Any] = {}
    for kind in feed.KINDS:
        name, says = _NAMES[kind.name]
        key = {"name": "key", "in": "path", "required": True, "schema": _KEY}
        scope = f"(scope {kind.scope})"
        for ending in ("", ".csv"):
            table = "Table" if ending else ""
            many = operation(
                f"list{name}s{table}",
                f"A page of {says} {scope}",
                {200: ("A page", f"{name}List")},
                _READING,
                parameters=[*_LIST_FILTERS[kind.name], *_TURNING, _KNOWN],
            )
            one = operation(
                f"show{name}{table}",
                f"One of the {says} {scope}",
                {200: ("It", name)},
                _READING,
                parameters=[key, _KNOWN],
            )
            for way, address in ((many, f"/{kind.name}"), (one, f"/{kind.name}/{{key}}")):
                found[f"{address}{ending}"] = {"get": _feed_answers(way, is_csv=bool(ending))}
    found["/values"] = {
        "post": operation(
            "putValues",
            "Report values of an assessment, all or none; each counts once a second person has"
            " verified it (scope values)",
            {200: ("What was stored", "ValuesStored")},
            (400, 401, 403, 404, 409, 413, 415, 422, 429, 503),
            body="ValueDelivery",
        )
    }
    return found


_TURNING: list[Schema] = [
    {
        "name": "after",
        "in": "query",
        "schema": {"type": "string", "maxLength": 64},
        "description": "`next` of the page before",
    },
    {
        "name": "limit",
        "in": "query",
        "schema": {"type": "integer", "minimum": 1, "maximum": feed.MOST, "default": feed.PAGE},
    },
]
_KNOWN: Schema = {
    "name": "If-None-Match",
    "in": "header",
    "schema": {"type": "string"},
    "description": "ETag of an answer that is known",
}


def _feed_answers(way: dict[str, Any], *, is_csv: bool) -> dict[str, Any]:
    """Add what all addresses of the feed have: an ETag, 304, and CSV where it is asked for."""
    answered = way["responses"]["200"]
    answered["headers"] = {"ETag": {"schema": {"type": "string"}}}
    if is_csv:
        answered["content"] = {"text/csv": {"schema": {"type": "string"}}}
    way["responses"]["304"] = {"description": "Nothing changed since the ETag"}
    return way

"""The description of this face (OpenAPI 3.1): what every address takes and answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response

from surveyapp.services.collection.inviting import MOST
from surveyapp.web.api import feed_documents, invitations, volumes
from surveyapp.web.api.requests import answer
from surveyapp.web.api.shapes import (
    COUNT,
    JSON,
    MOMENT,
    PROBLEM,
    closed,
    operation,
    or_null,
    text,
)
from surveyapp.web.context import settings


def register(blueprint: Blueprint) -> None:
    """Add the address, which needs no token."""
    blueprint.add_url_rule("/openapi.json", view_func=openapi)


def openapi() -> Response:
    """Hand out the description."""
    return answer(description(settings().base_url))


_CASE_NUMBER = text(MOST["case_number"], "办件编号: number of the service case")
_SURVEY = text(64, "Key of the survey")

_ORDER = closed(
    {
        "survey": _SURVEY,
        "case_number": _CASE_NUMBER,
        "subject": or_null(text(64, "评价对象: key of what is rated")),
        "item_code": or_null(text(MOST["item_code"], "事项编码")),
        "item_name": or_null(text(MOST["item_name"], "事项名称, shown to the citizen")),
        "window": or_null(text(MOST["window"], "窗口")),
        "staff_number": or_null(text(MOST["staff_number"], "工号")),
        "expires_at": or_null(
            {**MOMENT, "description": "Until when the link is good; null for no end"}
        ),
        "qr": {
            "type": ["string", "null"],
            "enum": [*invitations.DRAWINGS, None],
            "default": "svg",
            "description": "How to draw the code in the answer",
        },
    },
    ("survey", "case_number"),
)
_INVITATION = closed(
    {
        "survey": _SURVEY,
        "case_number": _CASE_NUMBER,
        "url": {"type": "string", "format": "uri", "description": "What to send to the citizen"},
        "code": {"type": "string", "pattern": "^[0-9A-HJKMNP-TV-Z]{16}$"},
        "qr": {"type": ["string", "null"], "pattern": "^data:image/(svg[+]xml|png);base64,"},
        "expires_at": or_null(MOMENT),
        "is_new": {"type": "boolean", "description": "False where the case had this link before"},
    }
)
_STATUS = closed(
    {
        "case_number": _CASE_NUMBER,
        "status": {
            "type": "string",
            "enum": list(invitations.STATUSES),
            "description": "unreviewed is 未评: not reviewed, never good",
        },
        "reviews": {"type": "integer", "minimum": 0, "maximum": 2},
        "created_at": MOMENT,
        "expires_at": or_null(MOMENT),
        "is_expired": {"type": "boolean"},
    }
)
_LIST = closed(
    {
        "invitations": {"type": "array", "items": {"$ref": "#/components/schemas/Status"}},
        "next": or_null(text(50, "Give it as `after` for the next page; null on the last")),
    }
)
_VOLUME = closed(
    {
        "day": {"type": "string", "format": "date", "description": "Local day"},
        "n": {"type": "integer", "minimum": 0, "maximum": 1_000_000_000, "description": "办件量"},
        "subject": or_null(text(64, "评价对象", least=0)),
        "unit": or_null(text(64, "单位编码, instead of its one subject", least=0)),
        "item": or_null(text(64, "事项编码", least=0)),
        "window": or_null(text(64, "窗口", least=0)),
    },
    ("day", "n"),
)
_VOLUMES = closed(
    {
        "survey": _SURVEY,
        "source": or_null(text(200, "Where the numbers come from; default: the token")),
        "volumes": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/Volume"},
            "minItems": 1,
            "maxItems": volumes.MOST_ROWS,
        },
    },
    ("survey", "volumes"),
)
_STORED = closed({"survey": _SURVEY, "new": COUNT, "replaced": COUNT, "unchanged": COUNT})
_FIGURES = closed(
    {
        "survey": _SURVEY,
        "number": {"type": "integer", "minimum": 1, "description": "Number of the release"},
        "released_at": MOMENT,
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "figures": {
            "type": "object",
            "description": "As published; figures of groups that are too small are null",
        },
    }
)
_ROW_PROBLEM = closed(
    {
        "row": {"type": "integer", "minimum": 1},
        "detail_zh": {"type": "string"},
        "detail_en": {"type": "string"},
    }
)
_PROBLEM_SCHEMA = closed(
    {
        "type": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "A word for programs"},
        "detail": {"type": "string", "description": "In the language of Accept-Language"},
        "detail_zh": {"type": "string"},
        "detail_en": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/RowProblem"},
            "description": "Rows that are refused, from 1 on",
        },
    },
    ("type", "status", "code", "detail", "detail_zh", "detail_en"),
)
_REFUSALS: Mapping[int, str] = {
    400: "The request cannot be understood",
    401: "No token that is valid",
    403: "The token is for something else",
    404: "No such survey, case or release",
    409: "The survey is not in use, or of another kind",
    413: "Larger than a mebibyte",
    415: "Not sent as application/json",
    422: "Rows are refused; nothing was stored",
    429: "Too many requests: see Retry-After",
    503: "Busy; nothing was stored: see Retry-After",
}


def description(base_url: str) -> dict[str, Any]:
    """Describe the face of an installation.

    Parameters
    ----------
    base_url : str
        The address people reach.
    """
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "surveyapp",
            "version": "1",
            "description": "Links for service cases, numbers of service cases, released figures,"
            " indicators, snapshots, schemes, released scores, values of an assessment."
            " Every request but this one carries a token: Authorization: Bearer sva_….",
        },
        "servers": [{"url": f"{base_url}/api/v1"}],
        "security": [{"token": []}],
        "paths": _paths() | feed_documents.paths(),
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {
                "Order": _ORDER,
                "Invitation": _INVITATION,
                "Status": _STATUS,
                "StatusList": _LIST,
                "Volume": _VOLUME,
                "Volumes": _VOLUMES,
                "Stored": _STORED,
                "Figures": _FIGURES,
                "RowProblem": _ROW_PROBLEM,
                "Problem": _PROBLEM_SCHEMA,
                **feed_documents.SCHEMAS,
            },
            "responses": {
                str(status): {
                    "description": says,
                    "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
                }
                for status, says in _REFUSALS.items()
            },
        },
    }


def _paths() -> dict[str, Any]:
    survey = {"name": "survey", "in": "query", "required": True, "schema": _SURVEY}
    return {
        "/openapi.json": {
            "get": {
                "operationId": "describe",
                "summary": "This description",
                "security": [],
                "responses": {
                    "200": {
                        "description": "OpenAPI 3.1",
                        "content": {JSON: {"schema": {"type": "object"}}},
                    }
                },
            }
        },
        "/invitations": {
            "post": operation(
                "makeInvitation",
                "Make the link of a service case; asked again, the case keeps its link"
                " (scope invitations)",
                {201: ("Made", "Invitation"), 200: ("The case had this link", "Invitation")},
                (400, 401, 403, 404, 409, 413, 415, 429, 503),
                body="Order",
            ),
            "get": operation(
                "listInvitations",
                "Invited service cases by number (scope invitations)",
                {200: ("A page of them", "StatusList")},
                (400, 401, 403, 404, 429, 503),
                parameters=[
                    survey,
                    {
                        "name": "status",
                        "in": "query",
                        "schema": {"type": "string", "enum": ["unreviewed"]},
                        "description": "Only cases without a review (未评)",
                    },
                    {
                        "name": "after",
                        "in": "query",
                        "schema": {"type": "string", "maxLength": 50},
                        "description": "`next` of the page before",
                    },
                    {
                        "name": "limit",
                        "in": "query",
                        "schema": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": invitations.MOST,
                            "default": invitations.PAGE,
                        },
                    },
                ],
            ),
        },
        "/invitations/{case_number}": {
            "get": operation(
                "showInvitation",
                "Whether an invited service case was reviewed, never how (scope invitations)",
                {200: ("Its status", "Status")},
                (400, 401, 403, 404, 429, 503),
                parameters=[
                    {
                        "name": "case_number",
                        "in": "path",
                        "required": True,
                        "schema": _CASE_NUMBER,
                    },
                    survey,
                ],
            )
        },
        "/volumes": {
            "post": operation(
                "putVolumes",
                "Store numbers of service cases (办件量), all or none (scope volumes)",
                {200: ("What was stored", "Stored")},
                (400, 401, 403, 404, 409, 413, 415, 422, 429, 503),
                body="Volumes",
            )
        },
        "/surveys/{key}/figures": {
            "get": operation(
                "showFigures",
                "The last released figures of a survey (scope figures)",
                {200: ("A release", "Figures")},
                (400, 401, 403, 404, 429, 503),
                parameters=[{"name": "key", "in": "path", "required": True, "schema": _SURVEY}],
            )
        },
    }

"""Pieces JSON schemas and operations of the description are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]
JSON = "application/json"
PROBLEM = "application/problem+json"

MOMENT: Schema = {"type": "string", "format": "date-time"}
COUNT: Schema = {"type": "integer", "minimum": 0}
SHA256: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
UUID: Schema = {"type": "string", "format": "uuid"}


def text(most: int, says: str, *, least: int = 1) -> Schema:
    """Return the schema of a text."""
    return {"type": "string", "minLength": least, "maxLength": most, "description": says}


def or_null(schema: Schema) -> Schema:
    """Return the schema of something that may be null."""
    return {**schema, "type": [schema["type"], "null"]}


def closed(properties: Mapping[str, Schema], required: tuple[str, ...] | None = None) -> Schema:
    """Return the schema of an object that has these members and no others."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": dict(properties),
        "required": list(properties if required is None else required),
    }


def ref(name: str) -> Schema:
    """Refer to a schema by name."""
    return {"$ref": f"#/components/schemas/{name}"}


def listed(name: str) -> Schema:
    """Return the schema of a list of something."""
    return {"type": "array", "items": ref(name)}


def operation(
    name: str,
    summary: str,
    answers: Mapping[int, tuple[str, str]],
    refusals: tuple[int, ...],
    *,
    body: str | None = None,
    parameters: list[Schema] | None = None,
) -> dict[str, Any]:
    """Describe one way to use an address.

    Parameters
    ----------
    answers : mapping of int to (str, str)
        What is said, and the name of the schema, by status.
    refusals : tuple of int
        Statuses of `Problem`.
    """
    responses: dict[str, Any] = {
        str(status): {"description": says, "content": {JSON: {"schema": ref(schema)}}}
        for status, (says, schema) in answers.items()
    }
    responses |= {str(one): {"$ref": f"#/components/responses/{one}"} for one in refusals}
    found: dict[str, Any] = {"operationId": name, "summary": summary, "responses": responses}
    if parameters:
        found["parameters"] = parameters
    if body:
        found["requestBody"] = {"required": True, "content": {JSON: {"schema": ref(body)}}}
    return found

"""Values of an assessment, reported by the system of whoever is responsible for them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message
from surveyapp.domain.objective import NOTE_LENGTH
from surveyapp.domain.reporting import Person, ValueRow
from surveyapp.domain.tokens import Scope, Token
from surveyapp.web.api.problems import RowsRefused
from surveyapp.web.api.requests import (
    MAX_BODY,
    answer,
    body,
    for_scope,
    members,
    numbered_rows,
    optional_text,
    required_text,
)
from surveyapp.web.context import services
from surveyapp.web.security import upload_limit

MEMBERS = ("scheme", "source", "values")
ROW_MEMBERS = ("indicator", "unit", "period", "value", "note")
MOST_ROWS = 5000
MOST_SOURCE = 200
MOST_NOTE = NOTE_LENGTH


def register(blueprint: Blueprint) -> None:
    """Add the address."""
    blueprint.add_url_rule("/values", view_func=values_put, methods=["POST"])


@upload_limit(MAX_BODY)
@for_scope(Scope.VALUES)
def values_put(token: Token) -> Response:
    """Store values, all of them or none; they count once a second person has verified them."""
    given = body(MEMBERS)
    scheme = required_text(given, "scheme")
    delivered = numbered_rows(given, "values", MOST_ROWS, _row)
    source = (optional_text(given, "source") or token.actor.name)[:MOST_SOURCE]
    result = services().objectives.report(scheme, delivered, source, Person.office(token.actor))
    if result.errors:
        raise RowsRefused(result.errors)
    return answer(
        {
            "scheme": scheme,
            "new": result.new,
            "corrected": result.corrected,
            "unchanged": result.unchanged,
            "left_empty": result.left_empty,
        }
    )


def _row(document: Any) -> ValueRow:
    row = members(document, ROW_MEMBERS)
    value = row.get("value")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadInput(message("“%(name)s” must be a number.", name="value"))
    return ValueRow(
        indicator=required_text(row, "indicator"),
        unit=required_text(row, "unit"),
        period=required_text(row, "period"),
        value=optional_text(row, "value") or "" if isinstance(value, str) else repr(value),
        note=optional_text(row, "note") or "",
    )

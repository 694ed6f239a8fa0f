"""Numbers of service cases (办件量), written by the office's own system."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message
from surveyapp.domain.tokens import Scope, Token
from surveyapp.services.reviews.volumes import VolumeRow
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

MEMBERS = ("survey", "source", "volumes")
ROW_MEMBERS = ("day", "n", "subject", "unit", "item", "window")
MOST_ROWS = 5000


def register(blueprint: Blueprint) -> None:
    """Add the address."""
    blueprint.add_url_rule("/volumes", view_func=volumes_put, methods=["POST"])


@upload_limit(MAX_BODY)
@for_scope(Scope.VOLUMES)
def volumes_put(token: Token) -> Response:
    """Store numbers, all of them or none; the same ones again change nothing."""
    given = body(MEMBERS)
    key = required_text(given, "survey")
    delivered = numbered_rows(given, "volumes", MOST_ROWS, _row)
    source = optional_text(given, "source") or token.actor.name
    result = services().volumes.put(key, delivered, source, token.actor)
    if result.errors:
        raise RowsRefused(result.errors)
    return answer(
        {
            "survey": key,
            "new": result.new,
            "replaced": result.replaced,
            "unchanged": result.unchanged,
        }
    )


def _row(document: Any) -> VolumeRow:
    row = members(document, ROW_MEMBERS)
    n = row.get("n")
    if not isinstance(n, int) or isinstance(n, bool):
        raise BadInput(message("“%(name)s” must be a whole number.", name="n"))
    texts = {name: optional_text(row, name) or "" for name in ROW_MEMBERS if name != "n"}
    return VolumeRow(n=str(n), **texts)

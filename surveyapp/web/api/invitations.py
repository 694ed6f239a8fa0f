"""Links for service cases: made for the office's own system, which sends them."""

from __future__ import annotations

import base64
from datetime import datetime

from flask import Blueprint, Response, request

from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message
from surveyapp.domain.tokens import Scope, Token
from surveyapp.services.collection.inviting import InvitationOrder, InvitationStatus
from surveyapp.services.places.printing import qr_png, qr_svg
from surveyapp.web.api.requests import (
    MAX_BODY,
    answer,
    asked_limit,
    body,
    for_scope,
    is_clean,
    optional_moment,
    optional_text,
    required_text,
)
from surveyapp.web.context import services, settings
from surveyapp.web.security import upload_limit

MEMBERS = (
    "survey",
    "case_number",
    "subject",
    "item_code",
    "item_name",
    "window",
    "staff_number",
    "expires_at",
    "qr",
)
DRAWINGS = ("svg", "png", "none")
STATUSES = ("unreviewed", "reviewed", "reviewed_twice")
"""By the number of reviews: none at all is 未评, never good."""
PAGE = 100
MOST = 1000


def register(blueprint: Blueprint) -> None:
    """Add the addresses."""
    blueprint.add_url_rule("/invitations", view_func=invitation_make, methods=["POST"])
    blueprint.add_url_rule("/invitations", view_func=invitation_list)
    blueprint.add_url_rule("/invitations/<path:case_number>", view_func=invitation_show)


@upload_limit(MAX_BODY)
@for_scope(Scope.INVITATIONS)
def invitation_make(token: Token) -> Response:
    """Make the link of a service case, or give the one it has."""
    given = body(MEMBERS)
    drawing = optional_text(given, "qr") or "svg"
    if drawing not in DRAWINGS:
        raise BadInput(message("“%(name)s” is svg, png or none.", name="qr"))
    order = InvitationOrder(
        case_number=required_text(given, "case_number"),
        subject_key=optional_text(given, "subject"),
        item_code=optional_text(given, "item_code"),
        item_name=optional_text(given, "item_name"),
        window=optional_text(given, "window"),
        staff_number=optional_text(given, "staff_number"),
        expires_at=optional_moment(given, "expires_at"),
    )
    made = services().inviting.create(required_text(given, "survey"), order, token.actor)
    document = {
        "survey": made.survey_key,
        "case_number": made.case_number,
        "url": made.url,
        "code": made.code,
        "qr": _drawn(made.url, drawing),
        "expires_at": _moment(made.expires_at),
        "is_new": made.is_new,
    }
    return answer(document, 201 if made.is_new else 200)


def _drawn(url: str, drawing: str) -> str | None:
    """Draw a code as an address that holds the picture itself."""
    if drawing == "none":
        return None
    if drawing == "png":
        return f"data:image/png;base64,{base64.b64encode(qr_png(url)).decode()}"
    return f"data:image/svg+xml;base64,{base64.b64encode(qr_svg(url).encode()).decode()}"


@for_scope(Scope.INVITATIONS)
def invitation_list(_token: Token) -> Response:
    """List invited service cases by number, as many as a page holds."""
    limit = asked_limit(PAGE, MOST)
    only = request.args.get("status", "")
    if only not in ("", "unreviewed"):
        raise BadInput(message("“status” can only be “unreviewed”."))
    found = services().inviting.statuses(
        _survey(),
        after=_clean(request.args.get("after", "")),
        limit=limit + 1,
        unreviewed=bool(only),
    )
    shown = found[:limit]
    return answer(
        {
            "invitations": [_status(one) for one in shown],
            "next": shown[-1].case_number if len(found) > len(shown) else None,
        }
    )


@for_scope(Scope.INVITATIONS)
def invitation_show(_token: Token, case_number: str) -> Response:
    """Say whether an invited service case was reviewed; never how."""
    found = services().inviting.status(_survey(), _clean(case_number))
    return answer(_status(found))


def _survey() -> str:
    key = _clean(request.args.get("survey", ""))
    if not key:
        raise BadInput(message("“%(name)s” is missing.", name="survey"))
    return key


def _clean(text: str) -> str:
    if not is_clean(text):
        raise BadInput(message("The request cannot be read."))
    return text


def _status(status: InvitationStatus) -> dict[str, str | int | bool | None]:
    return {
        "case_number": status.case_number,
        "status": STATUSES[status.reviews],
        "reviews": status.reviews,
        "created_at": _moment(status.created_at),
        "expires_at": _moment(status.expires_at),
        "is_expired": status.is_expired,
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(settings().timezone).isoformat()

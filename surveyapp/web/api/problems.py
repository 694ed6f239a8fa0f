"""What a program reads when something is refused (RFC 9457), in both languages at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response
from werkzeug.exceptions import HTTPException

from surveyapp.domain.errors import Refusal
from surveyapp.domain.messages import Message, message
from surveyapp.language import translate
from surveyapp.services.collection.importing import LineError
from surveyapp.services.tokens import UnknownToken
from surveyapp.web.errors import RETRY_SECONDS, status_of
from surveyapp.web.locale import sentence_of

PROBLEM = "application/problem+json"
_CHALLENGE = 'Bearer realm="surveyapp"'

_CODES: Mapping[int, str] = {
    400: "bad_input",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    410: "gone",
    413: "too_large",
    415: "not_json",
    422: "rows_refused",
    429: "too_many_requests",
    503: "busy",
}
_SENTENCES: Mapping[int, Message] = {
    400: message("The request cannot be read."),
    403: message("This request was sent by another site."),
    404: message("There is no such address."),
    405: message("This address does not take this method."),
    413: message("The request is too large: divide it."),
    415: message("Send JSON in UTF-8, and say so: Content-Type: application/json."),
    500: message("Something went wrong on our side: try again later."),
    503: message("The system is busy; nothing was saved. Try again in a moment."),
}


class RowsRefused(Refusal):
    """Rows of a delivery that cannot be kept: nothing of it was stored."""

    def __init__(self, errors: Iterable[LineError]) -> None:
        self.errors = tuple(errors)
        super().__init__(message("Nothing was stored: %(n)s rows are refused.", n=len(self.errors)))


class TooManyRequests(Refusal):
    """The program asks too often."""

    def __init__(self, seconds: int) -> None:
        super().__init__(message("Too many requests: wait %(seconds)s seconds.", seconds=seconds))
        self.seconds = seconds


def problem(
    status: int,
    sentence: Message,
    *,
    errors: Iterable[LineError] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Make the answer to a request that is refused."""
    document: dict[str, Any] = {
        "type": "about:blank",
        "status": status,
        "code": _CODES.get(status, "server_error"),
        # In the language that Accept-Language asks for, then in both.
        "detail": sentence_of(sentence),
        "detail_zh": translate(sentence, "zh"),
        "detail_en": translate(sentence, "en"),
    }
    rows = [
        {
            "row": error.line,
            "detail_zh": translate(error.message, "zh"),
            "detail_en": translate(error.message, "en"),
        }
        for error in errors
    ]
    if rows:
        document["errors"] = rows
    response = Response(json.dumps(document, ensure_ascii=False), status, mimetype=PROBLEM)
    response.headers["Cache-Control"] = "no-store"
    response.headers.update(headers or {})
    return response


def on_refusal(refusal: Refusal) -> Response:
    """Answer what a use case refused."""
    match refusal:
        case UnknownToken():
            return problem(401, refusal.message, headers={"WWW-Authenticate": _CHALLENGE})
        case TooManyRequests():
            headers = {"Retry-After": str(refusal.seconds)}
            return problem(429, refusal.message, headers=headers)
        case RowsRefused():
            return problem(422, refusal.message, errors=refusal.errors)
    status = status_of(refusal)
    headers = {"Retry-After": str(RETRY_SECONDS)} if status == 503 else {}
    return problem(status, _SENTENCES[503] if status == 503 else refusal.message, headers=headers)


def on_http(error: HTTPException) -> Response:
    """Answer what the framework refused."""
    status = error.code or 500
    allowed = getattr(error, "valid_methods", None)
    headers = {"Allow": ", ".join(sorted(allowed))} if allowed else {}
    return problem(status, _SENTENCES.get(status, _SENTENCES[500]), headers=headers)

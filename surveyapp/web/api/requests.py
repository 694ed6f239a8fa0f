"""Reading a request: its token, and the JSON it carries."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, NoReturn, TypeAlias, TypeVar

from flask import Response, request
from werkzeug.exceptions import UnsupportedMediaType

from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message
from surveyapp.domain.tokens import Scope, Token
from surveyapp.services.throttling import REQUESTS, UNKNOWN_TOKENS
from surveyapp.services.tokens import UnknownToken, require_scope
from surveyapp.web.api.problems import TooManyRequests
from surveyapp.web.context import services

Body: TypeAlias = Mapping[str, Any]
RowRead = TypeVar("RowRead")
View = TypeVar("View", bound=Callable[..., Response])
MAX_BODY = 1024 * 1024


def for_scope(scope: Scope) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """Let a view be used with a token of this scope only; it gets the token first."""

    def guard(view: Callable[..., Response]) -> Callable[..., Response]:
        @functools.wraps(view)
        def guarded(**values: Any) -> Response:
            token = _token()
            require_scope(token, scope)
            return view(token, **values)

        vars(guarded)["required_scope"] = scope
        return guarded

    return guard


def _token() -> Token:
    """Return the token of the request, and count the request against it.

    Raises
    ------
    UnknownToken, TooManyRequests
    """
    limits = services().request_limits
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    try:
        if kind.lower() != "bearer":
            raise UnknownToken
        token = services().tokens.check(text.strip())
    except UnknownToken:
        wait = limits.wait(UNKNOWN_TOKENS, request.remote_addr or "")
        if wait:
            raise TooManyRequests(wait) from None
        raise
    wait = limits.wait(REQUESTS, str(token.id))
    if wait:
        raise TooManyRequests(wait)
    return token


def body(allowed: Collection[str]) -> Body:
    """Return the JSON object of the request.

    Raises
    ------
    UnsupportedMediaType
        It is not sent as JSON.
    BadInput
        It cannot be read, is no object, or has a member nobody knows.
    """
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    try:
        document = json.loads(request.get_data(), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise BadInput(message("The body is not JSON in UTF-8.")) from None
    return members(document, allowed)


def members(document: Any, allowed: Collection[str]) -> Body:
    """Return an object whose members are all known.

    Raises
    ------
    BadInput
    """
    if not isinstance(document, dict):
        raise BadInput(message("A JSON object is needed here."))
    unknown = sorted(set(document) - set(allowed))
    if unknown:
        raise BadInput(
            message(
                "“%(name)s” is not known here; known are: %(names)s.",
                name=unknown[0][:64],
                names=", ".join(allowed),
            )
        )
    return document


def numbered_rows(
    given: Body, name: str, most: int, read: Callable[[Any], RowRead]
) -> list[tuple[int, RowRead]]:
    """Return a member that is a list of rows, each with its number from 1.

    Parameters
    ----------
    read : callable
        Reads one row.

    Raises
    ------
    BadInput
        It is no list, is empty or has more than `most` rows; a row cannot be read.
    """
    rows = given.get(name)
    if not isinstance(rows, list) or not 1 <= len(rows) <= most:
        raise BadInput(message("“%(name)s” is a list of 1 to %(most)s rows.", name=name, most=most))
    return [(number, read(row)) for number, row in enumerate(rows, start=1)]


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def optional_text(given: Body, name: str) -> str | None:
    """Return a member that is text, None where it is missing or null.

    Raises
    ------
    BadInput
    """
    value = given.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not is_clean(value):
        raise BadInput(message("“%(name)s” must be text.", name=name))
    return value


def required_text(given: Body, name: str) -> str:
    """Return a member that is text and must be there.

    Raises
    ------
    BadInput
    """
    value = optional_text(given, name)
    if value is None or not value.strip():
        raise BadInput(message("“%(name)s” is missing.", name=name))
    return value


def is_clean(text: str) -> bool:
    """Whether a text can be stored: no NUL, no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def optional_moment(given: Body, name: str) -> datetime | None:
    """Return a member that is a moment in ISO 8601 with its offset.

    Raises
    ------
    BadInput
    """
    text = optional_text(given, name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError(text)
        moment.astimezone()
    except (ValueError, OverflowError):
        raise BadInput(
            message(
                "“%(name)s” must be a moment with its offset, such as 2026-12-31T18:00:00+08:00.",
                name=name,
            )
        ) from None
    return moment


def asked_limit(usual: int, most: int) -> int:
    """Return how many entries a page is to have.

    Raises
    ------
    BadInput
    """
    limit = request.args.get("limit", str(usual))
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:9]) <= most):
        raise BadInput(message("“limit” is a number from 1 to %(most)s.", most=most))
    return int(limit)


def answer(document: Body, status: int = 200) -> Response:
    """Answer with JSON."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False)
    return Response(text, status, mimetype="application/json")

"""One handler for everything that can be refused, and a page that says what to do now.

Nothing here writes what was sent into a log: an error is named by its type and the lines of code it
passed, never by its text, which may quote an answer.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from flask import Flask, Response, g, make_response, render_template, request
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.wrappers import Response as WerkzeugResponse

from surveyapp.domain.errors import (
    BadInput,
    Conflict,
    NotAllowed,
    NotFound,
    Refusal,
    SurveyClosed,
    SurveyNotOpen,
    Unavailable,
)
from surveyapp.domain.messages import Message
from surveyapp.web.security import CrossSite

RETRY_SECONDS = 5
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What a person reads: what happened, and what to do now."""

    title: Any
    advice: Any


_PAGES: dict[int, ErrorPage] = {
    400: ErrorPage(
        _l("This request cannot be read"),
        _l("Go back, reload the page and try again."),
    ),
    403: ErrorPage(
        _l("You may not open this page"),
        _l("If you think you should, ask the office that runs this site."),
    ),
    404: ErrorPage(
        _l("There is no such page"),
        _l(
            "Check the address, or scan the QR code again."
            " A code that was withdrawn leads here too."
        ),
    ),
    405: ErrorPage(
        _l("This page cannot be used in this way"),
        _l("Open it from the link or the QR code again."),
    ),
    409: ErrorPage(
        _l("This does not fit what is already stored"),
        _l("Open the page again to see how things stand now."),
    ),
    410: ErrorPage(
        _l("This survey is closed"),
        _l("Answers are no longer taken. Thank you for your interest."),
    ),
    413: ErrorPage(
        _l("What you sent is too large"),
        _l("Nothing was saved. Go back, shorten your text and submit again."),
    ),
    415: ErrorPage(
        _l("This form cannot be read"),
        _l("Nothing was saved. Open the form from the link or the QR code again."),
    ),
    429: ErrorPage(
        _l("Too many attempts"),
        _l("Wait a few minutes, then try again."),
    ),
    500: ErrorPage(
        _l("Something went wrong on our side"),
        _l("Try again in a moment. If it keeps happening, tell the office that runs this site."),
    ),
    503: ErrorPage(
        _l("The system is busy"),
        _l("Nothing was saved. Please try again in a moment."),
    ),
}

_CROSS_SITE = ErrorPage(
    _l("This form was sent from another site"),
    _l("Nothing was saved. Open the form from the link or the QR code and send it from there."),
)
_CSRF = ErrorPage(
    _l("This page was open for too long"),
    _l("Nothing was saved. Go back, reload the page and send it again."),
)
_NOT_OPEN = ErrorPage(_l("This survey is not open yet"), "")

# The first class that fits decides.
_STATUS: tuple[tuple[type[Refusal], int], ...] = (
    (NotFound, 404),
    (NotAllowed, 403),
    (Conflict, 409),
    (SurveyNotOpen, 403),
    (SurveyClosed, 410),
    (Unavailable, 503),
    (BadInput, 400),
)


def status_of(refusal: Refusal) -> int:
    """Return the HTTP status of a refusal."""
    return next((status for kind, status in _STATUS if isinstance(refusal, kind)), 400)


def form_status(refusal: Refusal | None) -> int:
    """Return the HTTP status of a page whose form stands in it again when it was refused."""
    match refusal:
        case None:
            return 200
        case NotAllowed():
            return 403
        case Conflict():
            return 409
        case _:
            return 422


def error_page(status: int, *, page: ErrorPage | None = None, reason: Any = None) -> Response:
    """Make the light page of an error.

    Parameters
    ----------
    reason : Message, str or None
        One sentence that says more than the page of the status does.
    """
    # A failed request must not find half of another page's sources in its policy.
    g.pop("style_sources", None)
    g.pop("script_sources", None)
    g.pop("own_requests", None)
    g.pop("own_pictures", None)
    shown = page or _PAGES.get(status) or _PAGES[500 if status >= 500 else 400]
    html = render_template("shared/error.html", status=status, page=shown, reason=reason)
    response = make_response(html, status)
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _on_refusal(refusal: Refusal) -> Response:
    status = status_of(refusal)
    reason: Message | None = refusal.message
    if isinstance(refusal, NotFound):
        # Unknown, revoked and malformed codes must look the same to the last byte.
        reason = None
    page = _NOT_OPEN if isinstance(refusal, SurveyNotOpen) else None
    if isinstance(refusal, SurveyNotOpen | SurveyClosed | Unavailable):
        reason = None
    return error_page(status, page=page, reason=reason)


def _on_http(error: HTTPException) -> WerkzeugResponse:
    if error.code is None or error.code < 400:
        return error.get_response(request.environ)
    special = {CrossSite: _CROSS_SITE, CSRFError: _CSRF}.get(type(error))
    response = error_page(error.code, page=special)
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        response.headers["Allow"] = ", ".join(sorted(allowed))
    retry_after = getattr(error, "retry_after", None)
    if isinstance(retry_after, int):
        response.headers["Retry-After"] = str(retry_after)
    return response


def _on_bug(_error: InternalServerError) -> Response:
    return error_page(500)


def frames_of(error: BaseException) -> str:
    """Describe an error by types and lines of code, without its text and without any value."""
    return "\n".join(_lines(error))


def _lines(error: BaseException) -> Iterator[str]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield f"{type(current).__module__}.{type(current).__qualname__}"
        for frame in traceback.extract_tb(current.__traceback__):
            yield f"  {frame.filename}:{frame.lineno} in {frame.name}"
        current = current.__cause__ or current.__context__


class QuietFlask(Flask):
    """Flask that logs a bug without the request it met."""

    def log_exception(
        self,
        exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None],
    ) -> None:
        """Log types and lines of code only: Flask's own line quotes the address."""
        error = exc_info[1]
        if error is not None:
            _log.error("unhandled error at %s\n%s", request.endpoint, frames_of(error))


def init_app(app: Flask) -> None:
    """Let an application answer every refusal with a page."""
    app.register_error_handler(Refusal, _on_refusal)
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(InternalServerError, _on_bug)

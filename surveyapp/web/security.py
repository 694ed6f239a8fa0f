"""What every request must pass and every answer must carry.

Limits on what may be sent, protection against forged requests, and the headers that tell a browser
to run nothing but our own code. Pages with a form are never stored.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import unquote_to_bytes

from flask import Flask, Response, current_app, g, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import BadRequest, Forbidden

from surveyapp.config import Settings

PUBLIC_BODY_BYTES = 256 * 1024
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_NOTHING = "'none'"
_YEAR_SECONDS = 365 * 24 * 3600

View = TypeVar("View", bound=Callable[..., object])

csrf = CSRFProtect()


class CrossSite(Forbidden):
    """Another site made the browser send this form."""


class BadEncoding(BadRequest):
    """The body is not UTF-8."""


def upload_limit(size: int) -> Callable[[View], View]:
    """Let a view receive bodies of up to `size` bytes instead of `PUBLIC_BODY_BYTES`."""

    def mark(view: View) -> View:
        view.max_body_bytes = size  # type: ignore[attr-defined]  # our own mark on a view
        return view

    return mark


def init_app(app: Flask, settings: Settings) -> None:
    """Protect an application. Call this before anything else registers a hook."""
    oldest_first = list(reversed(settings.secret_keys))
    app.config.update(
        SECRET_KEY=settings.secret_keys[0],
        SECRET_KEY_FALLBACKS=list(settings.secret_keys[1:]),
        SESSION_COOKIE_NAME="surveyapp",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH=settings.path_prefix or "/",
        MAX_CONTENT_LENGTH=PUBLIC_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=PUBLIC_BODY_BYTES,
        MAX_FORM_PARTS=2000,
        # The token's own signature accepts every key of the list; the newest one signs.
        WTF_CSRF_SECRET_KEY=oldest_first,
        WTF_CSRF_SSL_STRICT=False,
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.before_request(_limit_body)
    app.before_request(_refuse_cross_site)
    app.before_request(_refuse_other_encodings)
    csrf.init_app(app)
    app.after_request(_Headers(settings))


def _limit_body() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    size = getattr(view, "max_body_bytes", None)
    if size is not None:
        request.max_content_length = size
        request.max_form_memory_size = size


def _refuse_cross_site() -> None:
    if request.method in _SAFE_METHODS:
        return
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise CrossSite


def _refuse_other_encodings() -> None:
    """Refuse forms that are not UTF-8.

    Werkzeug would put a replacement mark in the place of what it cannot read, and that would be
    stored. The body is kept, so that the form can still be read from it.
    """
    if request.method == "POST" and request.mimetype == "application/x-www-form-urlencoded":
        body = request.get_data(cache=True, parse_form_data=False)
        try:
            unquote_to_bytes(body).decode("utf-8")
        except UnicodeDecodeError:
            raise BadEncoding from None


class _Headers:
    """Sets the headers every answer carries."""

    def __init__(self, settings: Settings) -> None:
        fixed = {
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": (
                "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"
            ),
        }
        if settings.is_https:
            fixed["Strict-Transport-Security"] = f"max-age={_YEAR_SECONDS}"
        self._fixed = tuple(fixed.items())

    def __call__(self, response: Response) -> Response:
        headers = response.headers
        headers.extend(self._fixed)
        if response.mimetype == "text/html":
            headers.setdefault("X-Frame-Options", "DENY")
            if "Content-Security-Policy" not in headers:
                headers["Content-Security-Policy"] = current_policy()
            headers.setdefault("Cache-Control", "no-store")
        return response


def current_policy() -> str:
    """Write the policy of this answer.

    Inlined texts are named by their hashes; files of our own are for the console only.
    """
    own = [] if _is_public() else ["'self'"]
    written = policy(
        styles=[*own, *g.get("style_sources", ())],
        scripts=[*own, *g.get("script_sources", ())],
        own_files=bool(own),
    )
    if not own and g.get("own_requests"):
        written += "; connect-src 'self'"
    if not own and g.get("own_pictures"):
        written += "; img-src 'self'"
    return written


def _is_public() -> bool:
    return request.blueprint in (None, "respond")


def policy(*, styles: list[str], scripts: list[str], own_files: bool) -> str:
    """Write a Content-Security-Policy that allows just these sources."""
    files = "; img-src 'self' data:; font-src 'self'; connect-src 'self'" if own_files else ""
    return (
        f"default-src 'none'; style-src {' '.join(styles) or _NOTHING};"
        f" script-src {' '.join(scripts) or _NOTHING}{files};"
        " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )

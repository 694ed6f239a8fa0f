"""The cookie of a signed-in browser, and who it stands for.

The cookie holds a random token and nothing else, is sent to the console alone, and is worth
nothing once its row is gone from the database.
"""

from __future__ import annotations

from flask import g, request, session, url_for
from werkzeug.wrappers import Response

from surveyapp.config import Settings
from surveyapp.services.staffing import Staffing

COOKIE = "staff"


def load_staff(staffing: Staffing) -> None:
    """Put the signed-in person, or None, into ``g.staff``."""
    token = request.cookies.get(COOKIE)
    g.staff = staffing.sign_ins.who(token) if token else None


def token_of_browser() -> str:
    """Return what the browser sent; empty where it sent nothing."""
    return request.cookies.get(COOKIE, "")


def begin(response: Response, token: str, settings: Settings) -> Response:
    """Hand the token of a fresh sign-in to the browser.

    Whatever the browser carried before, the form token included, ends here: somebody may have
    planted it.
    """
    session.clear()
    response.set_cookie(
        COOKIE,
        token,
        path=_path(),
        secure=settings.is_https,
        httponly=True,
        samesite="Lax",
    )
    return response


def end(response: Response, settings: Settings) -> Response:
    """Take the token back from the browser."""
    session.clear()
    response.delete_cookie(
        COOKIE, path=_path(), secure=settings.is_https, httponly=True, samesite="Lax"
    )
    return response


def _path() -> str:
    return url_for("console.home").rstrip("/")

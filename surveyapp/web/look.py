"""How a public page looks: as usual, large for older people (长辈版), or at a tablet at a window.

The address decides (``?view=elder``, ``?size=24``), then the cookie it left. The kiosk is never
remembered: a tablet keeps it in its address, and a phone that borrows the address loses it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, cast
from urllib.parse import urlencode

from flask import Flask, Response, g, request
from markupsafe import Markup

from surveyapp.config import Settings
from surveyapp.web.assets import (
    ELDER_STYLE,
    KIOSK_SCRIPT,
    KIOSK_STYLE,
    READ_ALOUD_SCRIPT,
    Inline,
    allow_script,
    allow_style,
)

View = Literal["standard", "elder", "kiosk"]

SIZES = (18, 20, 22, 24, 26, 28, 30)
"""Sizes of text in the elder view, in CSS pixels."""

VIEW_COOKIE = "view"
SIZE_COOKIE = "size"
_FIRST_SIZE = 22
_REMEMBERED = ("standard", "elder")
_COOKIE_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Look:
    """How a page looks.

    Attributes
    ----------
    size : int
        Pixels of the text; 0 where the browser decides.
    """

    view: View = "standard"
    size: int = 0

    @property
    def is_elder(self) -> bool:
        """Whether everything is large and comes one at a time."""
        return self.view == "elder"

    @property
    def is_kiosk(self) -> bool:
        """Whether the page stands on a tablet for one citizen after the other."""
        return self.view == "kiosk"

    @property
    def smaller(self) -> int | None:
        """The next smaller size."""
        return max((size for size in SIZES if size < self.size), default=None)

    @property
    def larger(self) -> int | None:
        """The next larger size."""
        return min((size for size in SIZES if size > self.size), default=None)


def current_look() -> Look:
    """Return the look of the page being made."""
    if "look" not in g:
        g.look = _chosen()
    return cast(Look, g.look)


def _chosen() -> Look:
    asked = request.args.get("view")
    if asked == "kiosk":
        return Look("kiosk")
    view = asked if asked in _REMEMBERED else request.cookies.get(VIEW_COOKIE)
    if view != "elder":
        return Look()
    sizes = (_size(request.args.get("size")), _size(request.cookies.get(SIZE_COOKIE)))
    return Look("elder", next((size for size in sizes if size), _FIRST_SIZE))


def _size(text: str | None) -> int | None:
    return int(text) if text in {str(size) for size in SIZES} else None


def look_address(**changed: str | int) -> str:
    """Return the address of this page with another look, keeping everything else of it."""
    kept = [
        (name, value)
        for name, values in request.args.lists()
        for value in values
        if name not in ("view", "size")
    ]
    return "?" + urlencode([*kept, *changed.items()])


def look_style() -> Markup:
    """Return the style of this look, and let the response carry it."""
    look = current_look()
    if look.is_kiosk:
        return allow_style(KIOSK_STYLE)
    return allow_style(_elder_style(look.size))


def look_script() -> Markup:
    """Return the script of this look, and let the response carry it."""
    return allow_script(KIOSK_SCRIPT if current_look().is_kiosk else READ_ALOUD_SCRIPT)


@cache
def _elder_style(size: int) -> Inline:
    return Inline.of(f"html{{font-size:{size}px}}\n{ELDER_STYLE.text}")


def init_app(app: Flask, given: Settings) -> None:
    """Teach an application all looks."""
    app.jinja_env.globals.update(
        look_address=look_address, look_script=look_script, look_style=look_style
    )

    @app.context_processor
    def _look() -> dict[str, Any]:
        return {"look": current_look()}

    @app.after_request
    def _remember(response: Response) -> Response:
        asked = {
            VIEW_COOKIE: (request.args.get("view"), _REMEMBERED),
            SIZE_COOKIE: (request.args.get("size"), tuple(str(size) for size in SIZES)),
        }
        for name, (value, allowed) in asked.items():
            if value in allowed and request.cookies.get(name) != value:
                response.set_cookie(
                    name,
                    value,
                    max_age=_COOKIE_SECONDS,
                    path=app.config["SESSION_COOKIE_PATH"],
                    secure=given.is_https,
                    httponly=True,
                    samesite="Lax",
                )
        return response

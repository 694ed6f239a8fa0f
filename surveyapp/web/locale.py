"""Which language a page speaks, and how it writes dates.

The address decides (``?lang=en``), then the cookie it left, then the browser, then the settings.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, cast
from urllib.parse import urlencode

from flask import Flask, Response, g, request
from flask_babel import Babel
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from surveyapp import language as catalogue
from surveyapp.config import Settings
from surveyapp.domain.messages import Message
from surveyapp.domain.text import LANGUAGES, Language, Text
from surveyapp.web.context import settings

COOKIE = "lang"
_COOKIE_SECONDS = 365 * 24 * 3600
_TAGS: dict[Language, str] = {"zh": "zh-Hans-CN", "en": "en"}


def current_language() -> Language:
    """Return the language of the page being made."""
    if "language" not in g:
        g.language = _chosen()
    return cast(Language, g.language)


def _chosen() -> Language:
    for given in (request.args.get("lang"), request.cookies.get(COOKIE)):
        if given in LANGUAGES:
            return given
    return _accepted(request.headers.get("Accept-Language", "")) or settings().language


@lru_cache(maxsize=256)
def _accepted(header: str) -> Language | None:
    """Return the language a browser likes best; browsers send one of a few hundred headers."""
    accepted = parse_accept_header(header, LanguageAccept)
    return cast("Language | None", accepted.best_match(LANGUAGES))


def other_language() -> Language:
    """Return the language the switch on the page offers."""
    return "en" if current_language() == "zh" else "zh"


def tag_of(language: Language) -> str:
    """Return the language tag for ``<html lang>`` and ``Content-Language``."""
    return _TAGS[language]


def text_of(text: Text | Message | str | None) -> str:
    """Return any text in the language of the page: a `Text`, a `Message`, or a plain string."""
    match text:
        case Text():
            return text.in_language(current_language())
        case Message():
            return catalogue.translate(text, current_language())
        case _:
            return text or ""


def local_day(moment: datetime) -> date:
    """Return the calendar day of an instant where the survey is held."""
    return moment.astimezone(settings().timezone).date()


def sentence_of(text: Message) -> str:
    """Return a message as a sentence of its own: the rules word some to follow a field's name."""
    said = text_of(text)
    return said[:1].upper() + said[1:]


def day_text(day: date | datetime) -> str:
    """Write a day as people read it: 2026年11月21日, 21 November 2026."""
    if isinstance(day, datetime):
        day = local_day(day)
    return catalogue.day(day, current_language())


def moment_text(moment: datetime) -> str:
    """Write a day and a time of day, local to the survey."""
    local = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(
        settings().timezone
    )
    return f"{day_text(local.date())} {local:%H:%M}"


def occasion_text(moment: datetime) -> str:
    """Write when something takes place; midnight means that only its day is known."""
    local = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(
        settings().timezone
    )
    is_day = (local.hour, local.minute) == (0, 0)
    return day_text(local.date()) if is_day else moment_text(moment)


def switch_address() -> str:
    """Return the address of this page in the other language, keeping everything else of it."""
    kept = [
        (name, value) for name, values in request.args.lists() for value in values if name != "lang"
    ]
    return "?" + urlencode([*kept, ("lang", other_language())])


def init_app(app: Flask, given: Settings) -> None:
    """Teach an application both languages."""
    Babel().init_app(  # type: ignore[no-untyped-call]  # ships no types
        app,
        default_locale=catalogue.LOCALES[given.language],
        default_timezone=str(given.timezone),
        default_translation_directories=str(catalogue.TRANSLATIONS),
        locale_selector=lambda: catalogue.LOCALES[current_language()],
    )
    app.jinja_env.filters.update(
        text=text_of,
        sentence=sentence_of,
        day=day_text,
        moment=moment_text,
        occasion=occasion_text,
    )
    app.jinja_env.globals.update(switch_address=switch_address)

    @app.context_processor
    def _language() -> dict[str, Any]:
        current = current_language()
        return {"language": current, "language_tag": _TAGS[current], "other": other_language()}

    @app.after_request
    def _remember(response: Response) -> Response:
        response.headers.setdefault("Content-Language", tag_of(current_language()))
        asked = request.args.get("lang")
        if asked in LANGUAGES and request.cookies.get(COOKIE) != asked:
            response.set_cookie(
                COOKIE,
                asked,
                max_age=_COOKIE_SECONDS,
                path=app.config["SESSION_COOKIE_PATH"],
                secure=given.is_https,
                httponly=True,
                samesite="Lax",
            )
        return response

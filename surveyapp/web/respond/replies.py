"""Answers of the public face: addresses that keep language and look, pages that are compressed."""

from __future__ import annotations

import gzip
from functools import lru_cache
from http import HTTPStatus
from typing import Any, cast
from uuid import UUID

from flask import Response, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from werkzeug.http import parse_accept_header

from surveyapp.domain.survey import Accepting
from surveyapp.domain.text import LANGUAGES
from surveyapp.services.collection.collecting import OpenForm
from surveyapp.web.errors import RETRY_SECONDS
from surveyapp.web.respond.posting import Posted

_VIEWS = ("standard", "elder", "kiosk")


def address(endpoint: str, **values: str) -> str:
    """Return an address; a language or a look chosen in the address of this page goes along."""
    for name, allowed in (("lang", LANGUAGES), ("view", _VIEWS)):
        asked = request.args.get(name)
        if asked is not None and asked in allowed:
            values.setdefault(name, asked)
    return url_for(endpoint, **cast("dict[str, Any]", values))


def accepts_gzip() -> bool:
    """Whether the browser reads compressed pages."""
    return _names_gzip(request.headers.get("Accept-Encoding", ""))


@lru_cache(maxsize=256)
def _names_gzip(header: str) -> bool:
    return parse_accept_header(header)["gzip"] > 0


def answered(html: str, status: int) -> Response:
    """Make an answer that is compressed also where it is no success, as Flask-Compress does not."""
    response = make_response(html, status)
    if accepts_gzip():
        response.set_data(gzip.compress(response.get_data(), 6))
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def not_accepting(opened: OpenForm) -> Response:
    """Say kindly that answers are not taken yet, or no longer."""
    not_yet = opened.accepting is Accepting.NOT_YET
    html = render_template(
        "respond/closed.html",
        definition=opened.definition,
        heading=_("This survey is not open yet") if not_yet else _("This survey is closed"),
        not_yet=not_yet,
        opens_at=opened.opens_at,
    )
    return make_response(html, HTTPStatus.FORBIDDEN if not_yet else HTTPStatus.GONE)


def kept(posted: Posted, key: UUID) -> Response:
    """Hold on to everything typed while the form itself cannot be read from the database."""
    fields = [(name, value) for name, values in posted.typed.items() for value in values]
    fields.append(("submission_key", str(key)))
    fields += posted.beside
    if posted.revision is not None:
        fields.append(("revision", str(posted.revision)))
    html = render_template("respond/again.html", token=generate_csrf(), fields=fields)
    return answered(html, HTTPStatus.SERVICE_UNAVAILABLE)

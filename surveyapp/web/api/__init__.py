"""The face for programs, mounted at ``/api/v1``: JSON in, JSON out, a token in every request.

No cookie is read or set, so there is nothing another site could forge: the only forms of the
product without a CSRF token are here. What each address takes and answers stands in `openapi`.
"""

from __future__ import annotations

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from surveyapp.domain.errors import Refusal
from surveyapp.web.api import documents, feed, figures, invitations, values, volumes
from surveyapp.web.api.problems import on_http, on_refusal
from surveyapp.web.security import csrf

PREFIX = "/api/v1"


def make_blueprint() -> Blueprint:
    """Make the face for programs of one application."""
    blueprint = Blueprint("api", __name__, url_prefix=PREFIX)
    for pages in (documents, invitations, volumes, figures, feed, values):
        pages.register(blueprint)
    blueprint.before_app_request(_answer_for_programs)
    blueprint.register_error_handler(Refusal, on_refusal)
    blueprint.register_error_handler(HTTPException, on_http)
    blueprint.after_request(_never_stored)
    csrf.exempt(blueprint)
    return blueprint


def _answer_for_programs() -> Response | None:
    """Answer in JSON also where an address below the prefix does not exist."""
    error = request.routing_exception
    if isinstance(error, HTTPException) and (request.path + "/").startswith("/api/"):
        return on_http(error)
    return None


def _never_stored(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    return response

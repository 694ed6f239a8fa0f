"""Released figures: what the public page shows, for programs."""

from __future__ import annotations

from flask import Blueprint, Response

from surveyapp.domain.errors import NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.tokens import Scope, Token
from surveyapp.web.api.requests import answer, for_scope, is_clean
from surveyapp.web.context import services, settings


def register(blueprint: Blueprint) -> None:
    """Add the address."""
    blueprint.add_url_rule("/surveys/<key>/figures", view_func=figures_show)


@for_scope(Scope.FIGURES)
def figures_show(_token: Token, key: str) -> Response:
    """Return the last release of a survey; live figures are never given."""
    release = services().releasing.latest(key) if is_clean(key) else None
    if release is None:
        raise NotFound(message("No results of “%(key)s” have been released.", key=key[:80]))
    return answer(
        {
            "survey": release.survey_key,
            "number": release.number,
            "released_at": release.released_at.astimezone(settings().timezone).isoformat(),
            "sha256": release.sha256,
            "figures": release.figures,
        }
    )

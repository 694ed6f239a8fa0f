"""Published results, for everybody: a light page for each survey that has a release."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response

from surveyapp.domain.case import REMEDY_NAMES
from surveyapp.domain.errors import NotFound, Unavailable
from surveyapp.domain.messages import message
from surveyapp.domain.publishing import WITHHELD_NAMES
from surveyapp.domain.rates import QUANTITIES
from surveyapp.domain.text import Text
from surveyapp.services.releases.releasing import Release
from surveyapp.web.assets import Inline, allow_style, load
from surveyapp.web.charts import addresses, as_picture, draw
from surveyapp.web.context import services
from surveyapp.web.locale import text_of
from surveyapp.web.released import released_view
from surveyapp.web.results import ResultView

# A release never changes; an hour bounds how long an old one is shown after a new one.
_CHART_SECONDS = 3600
_RESULT_STYLES: tuple[Inline, ...] = (load("console/results.css"), load("public/results.css"))


def make_blueprint() -> Blueprint:
    """Make the blueprint of published results."""
    blueprint = Blueprint("public", __name__)
    blueprint.add_url_rule("/public/<key>", view_func=results)
    blueprint.add_url_rule("/public/<key>/charts/<int:number>/<name>.svg", view_func=chart)
    blueprint.app_template_global("result_styles")(_styles)
    for name, texts in (
        ("quantity_name", QUANTITIES),
        ("remedy_name", REMEDY_NAMES),
        ("withheld_name", WITHHELD_NAMES),
    ):
        blueprint.app_template_global(name)(_namer(texts))
    blueprint.app_context_processor(lambda: {"published": published})
    return blueprint


def _namer(texts: Mapping[Any, Text]) -> Callable[[str], str]:
    """Return a function that names a key in the language of the page."""
    return lambda key: text_of(texts[key])


def _styles() -> list[str]:
    return [allow_style(style) for style in _RESULT_STYLES]


@dataclass(frozen=True, slots=True)
class Published:
    """What the landing page lists: the last release of each survey, samples of methods apart."""

    own: tuple[Release, ...]
    samples: tuple[Release, ...]


def published() -> Published:
    """Return what is published; nothing while the database does not answer."""
    try:
        found = services().releasing.published()
        keys = {one.key for one in services().authoring.summaries() if one.method_sample}
    except Unavailable:
        return Published((), ())
    return Published(
        own=tuple(release for release in found if release.survey_key not in keys),
        samples=tuple(release for release in found if release.survey_key in keys),
    )


def results(key: str) -> Response:
    """Show the last release of a survey."""
    release = _release(key)
    html = render_template(
        "public/results.html",
        release=release,
        figures=release.figures,
        view=_view(release),
        chart_address=addresses("public.chart", key=key, number=str(release.number)),
    )
    return make_response(html)


def chart(key: str, number: int, name: str) -> Response:
    """Draw a chart of a release."""
    release = _release(key)
    svg = draw(_view(release), name, request.args.get("of", ""), request.args.get("by", ""))
    if svg is None:
        raise NotFound(message("The page has no such chart."))
    is_current = number == release.number
    return as_picture(svg, seconds=_CHART_SECONDS if is_current else 0)


def _view(release: Release) -> ResultView:
    definition = services().authoring.get(release.survey_key).definition
    return released_view(release.figures, definition)


def _release(key: str) -> Release:
    release = services().releasing.latest(key)
    if release is None:
        raise NotFound(message("No results of “%(key)s” have been released.", key=key))
    return release

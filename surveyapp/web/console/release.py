"""Publishing results (公布结果): what exactly will be read outside, then the step itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from surveyapp.domain.errors import Conflict, NotAllowed, NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Permission
from surveyapp.services.releases.releasing import Release
from surveyapp.services.reviews.trend import Alert
from surveyapp.web.charts import addresses, as_picture, draw
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.recent import Recent, recent
from surveyapp.web.context import services, settings
from surveyapp.web.released import released_view


@dataclass(frozen=True, slots=True)
class Changes:
    """How many figures of a release show the present, an earlier release, or nothing."""

    current: int
    earlier: int
    held: int

    @property
    def all(self) -> int:
        """Every figure of the release."""
        return self.current + self.earlier + self.held


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    one = "/results/<key>/release"
    blueprint.add_url_rule(one, view_func=release, methods=["GET", "POST"])
    blueprint.add_url_rule(f"{one}/charts/<name>.svg", view_func=release_chart)


@requires(Permission.RELEASE_RESULTS)
def release(key: str) -> Response:
    """Show exactly what will be published, then publish it."""
    if request.method == "POST":
        released = services().releasing.release(key, signed_in().actor)
        flash(_("Release %(n)s is published.", n=released.number), "success")
        return redirect(url_for("console.result", key=key, released="1"))
    survey = services().authoring.get(key)
    draft, refusal = None, None
    try:
        draft = _draft(key, fresh=True)
    except (Conflict, NotAllowed) as caught:
        refusal = caught
    html = render_template(
        "console/release/confirm.html",
        survey=survey,
        draft=draft,
        refusal=refusal,
        changes=_changes(draft.figures) if draft else None,
        view=released_view(draft.figures, survey.definition) if draft else None,
        figures_alerts=_alerts(key) if draft and "reviews" in draft.figures else (),
        history=services().releasing.history(key),
        chart_address=addresses("console.release_chart", key=key),
        public_address=f"{settings().base_url}/public/{key}",
    )
    return make_response(html)


def _alerts(key: str) -> tuple[Alert, ...]:
    """Return what a reviewer should look at before releasing, such as a rate too good to be true.

    What is below its limits is no reason to wait: bad news are released as they are.
    """
    overview = services().review_figures.overview(key)
    return tuple(alert for alert in overview.alerts if alert.is_good)


def _draft(key: str, *, fresh: bool) -> Release:
    """Return what would be published now."""
    releasing, actor = services().releasing, signed_in().actor
    drafts: Recent[Release] = recent("drafts")
    find = drafts.fresh if fresh else drafts.get
    return find((key, actor), lambda: releasing.preview(key, actor))


def _changes(figures: Mapping[str, Any]) -> Changes:
    states = list(_states(figures))
    return Changes(*(states.count(state) for state in ("current", "earlier", "held")))


def _states(figures: Mapping[str, Any]) -> Iterator[str]:
    reviews = figures.get("reviews", {})
    shown = (
        *figures["indices"],
        *reviews.get("rates", ()),
        *reviews.get("months", ()),
        *(figures["subjects"] if reviews else ()),
    )
    for row in shown:
        yield "held" if row["suppressed"] else "current" if row["current"] else "earlier"


@requires(Permission.RELEASE_RESULTS)
def release_chart(key: str, name: str) -> Response:
    """Draw a chart of what will be published."""
    draft = _draft(key, fresh=False)
    view = released_view(draft.figures, services().authoring.get(key).definition)
    svg = draw(view, name, request.args.get("of", ""), request.args.get("by", ""))
    if svg is None:
        raise NotFound(message("The page has no such chart."))
    return as_picture(svg)

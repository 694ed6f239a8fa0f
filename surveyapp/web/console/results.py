"""Results inside: live figures for those who work with them, released ones for everybody else."""

from __future__ import annotations

from collections import Counter

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from surveyapp.domain.errors import NotFound
from surveyapp.domain.messages import Message, message
from surveyapp.domain.roles import PERMISSIONS, Permission, Role
from surveyapp.domain.survey import Status
from surveyapp.domain.text import Text
from surveyapp.services.releases.releasing import Release
from surveyapp.services.results.report import Report
from surveyapp.services.results.report_json import weighting_json
from surveyapp.web.charts import addresses, as_picture, draw, draw_days
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.recent import Recent, recent
from surveyapp.web.context import services
from surveyapp.web.released import released_view
from surveyapp.web.results import ResultView, view_of


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    one = "/results/<key>"
    blueprint.add_url_rule("/results", view_func=results)
    blueprint.add_url_rule(one, view_func=result)
    blueprint.add_url_rule(f"{one}/charts/<name>.svg", view_func=result_chart)


def _report(key: str, *, fresh: bool) -> Report:
    """Return the live report the address asks for.

    Raises
    ------
    NotFound, BadInput
        No such survey; no such breakdown.
    """
    by = request.args.get("by", "")
    reporting = services().reporting
    reports: Recent[Report] = recent("reports")
    find = reports.fresh if fresh else reports.get
    return find((key, by), lambda: reporting.report(key, by=(by,) if by else ()))


@requires(Permission.SEE_RELEASED_RESULTS)
def results() -> str:
    """List surveys that have results this account may see."""
    sees_live = signed_in().may(Permission.SEE_LIVE_RESULTS)
    releases = {release.survey_key: release for release in services().releasing.published()}
    found = [
        one
        for one in services().authoring.summaries()
        if one.key in releases or (sees_live and one.status is not Status.DRAFT)
    ]
    return render_template(
        "console/results/list.html",
        own=[one for one in found if not one.method_sample],
        samples=[one for one in found if one.method_sample],
        releases=releases,
        sees_live=sees_live,
    )


@requires(Permission.SEE_RELEASED_RESULTS)
def result(key: str) -> str:
    """Show the results of a survey: live, or as last released."""
    if not _sees_live():
        return _released_page(key)
    report = _report(key, fresh=True)
    return render_template(
        "console/results/live.html",
        survey=services().authoring.get(key),
        report=report,
        view=view_of(report),
        weighting=weighting_json(report.method.calibrated),
        by=request.args.get("by", ""),
        breakdowns=_breakdowns(report),
        chart_address=addresses("console.result_chart", key=key),
    )


def _breakdowns(report: Report) -> list[tuple[str, Text | Message]]:
    """Return the attributes that have something to compare, with their titles."""
    attributes = Counter(row.group.attribute for row in report.composition)
    titles = {row.group.attribute: row.group.attribute_title for row in report.composition}
    return [(attribute, titles[attribute]) for attribute, n in attributes.items() if n > 1]


def _sees_live() -> bool:
    asks_for_release = request.args.get("released") == "1"
    return signed_in().may(Permission.SEE_LIVE_RESULTS) and not asks_for_release


def _released_page(key: str) -> str:
    release = _release(key)
    return render_template(
        "console/results/released.html",
        release=release,
        figures=release.figures,
        view=_released_view(release),
        chart_address=addresses("console.result_chart", key=key, released="1"),
        is_limited=_own_subjects(release) is not None,
        own_subjects=_own_subjects(release),
    )


def _release(key: str) -> Release:
    """Return the last release.

    Raises
    ------
    NotFound
    """
    release = services().releasing.latest(key)
    if release is None:
        raise NotFound(message("No results of “%(key)s” have been released.", key=key))
    return release


def _released_view(release: Release) -> ResultView:
    definition = services().authoring.get(release.survey_key).definition
    return released_view(release.figures, definition, _own_subjects(release))


def _own_subjects(release: Release) -> frozenset[str] | None:
    """Return the subjects an account is limited to; None where it may see all."""
    staff = signed_in()
    if any(grant.role is not Role.UNIT for grant in staff.grants if _shows_results(grant.role)):
        return None
    return frozenset(
        subject["key"]
        for subject in release.figures["subjects"]
        if subject["unit"] in staff.unit_codes
    )


def _shows_results(role: Role) -> bool:
    return Permission.SEE_RELEASED_RESULTS in PERMISSIONS[role]


@requires(Permission.SEE_RELEASED_RESULTS)
def result_chart(key: str, name: str) -> Response:
    """Draw a chart of the page of results."""
    if _sees_live():
        report = _report(key, fresh=False)
        if name == "days" and report.days:
            return as_picture(draw_days([(one.day, one.n) for one in report.days]))
        view = view_of(report)
    else:
        view = _released_view(_release(key))
    svg = draw(view, name, request.args.get("of", ""), request.args.get("by", ""))
    if svg is None:
        raise NotFound(message("The page has no such chart."))
    return as_picture(svg)

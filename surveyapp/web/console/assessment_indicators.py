"""Indicators and snapshots: what is defined, what was frozen, and whether it still comes out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from surveyapp.domain.errors import BadInput, Conflict, InvalidDefinition, NotAllowed, Refusal
from surveyapp.domain.indicator import GAP_TO_REVIEW
from surveyapp.domain.messages import message
from surveyapp.domain.periods import Length, Period
from surveyapp.domain.roles import Permission, Role
from surveyapp.domain.snapshot import VALUE, Measure, Snapshot, SnapshotValue
from surveyapp.domain.survey import Kind
from surveyapp.services.indicators.ballots import BY_CLASSES
from surveyapp.services.indicators.checking import Checked
from surveyapp.services.indicators.defining import IndicatorVersion
from surveyapp.services.indicators.files import snapshot_csv
from surveyapp.services.indicators.relevance import GAP
from surveyapp.services.indicators.words import METHODS
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.exports import MEDIA_TYPES
from surveyapp.web.console.files import as_download, uploaded
from surveyapp.web.console.uploads import SHOWN_PROBLEMS
from surveyapp.web.context import services
from surveyapp.web.errors import status_of
from surveyapp.web.locale import current_language, local_day, text_of
from surveyapp.web.security import upload_limit

_UPLOAD_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FigureTable:
    """One figure of a snapshot: of everything together, and by unit."""

    figure: str
    label: str
    unit: Measure
    whole: SnapshotValue | None
    rows: tuple[SnapshotValue, ...]


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    base = "/assessment/indicators"
    blueprint.add_url_rule(base, view_func=assessment_indicators)
    blueprint.add_url_rule(base, view_func=assessment_indicators_upload, methods=["POST"])
    blueprint.add_url_rule(f"{base}/<indicator>", view_func=assessment_indicator)
    blueprint.add_url_rule(
        f"{base}/<indicator>/freeze", view_func=assessment_indicator_freeze, methods=["POST"]
    )
    blueprint.add_url_rule(
        f"{base}/<indicator>/example", view_func=assessment_indicator_example, methods=["POST"]
    )
    one = "/assessment/snapshots/<uuid:snapshot_id>"
    blueprint.add_url_rule(one, view_func=assessment_snapshot)
    blueprint.add_url_rule(f"{one}/check", view_func=assessment_snapshot_check, methods=["POST"])
    blueprint.add_url_rule(f"{one}.csv", view_func=assessment_snapshot_file)
    blueprint.add_url_rule(f"{one}/input.json", view_func=assessment_snapshot_input)
    blueprint.app_template_filter("snapshot_method")(lambda one: text_of(METHODS[one]))
    blueprint.app_template_filter("share_number")(_weight)


@requires(Permission.SEE_SCHEMES)
def assessment_indicators() -> Response:
    """List indicators, and surveys whose figures are frozen by themselves."""
    return _list()


@requires(Permission.EDIT_SCHEMES)
@upload_limit(_UPLOAD_BYTES)
def assessment_indicators_upload() -> Response:
    """Take a file of indicators; say everything that is wrong with it at once."""
    try:
        file = uploaded()
        name = file.filename or ""
        done = services().indicators.import_file(file.read(), name, signed_in().actor)
    except BadInput as refusal:
        return _list(refusal)
    flash(
        _(
            "%(new)s new, %(changed)s changed, %(unchanged)s unchanged.",
            new=len(done.new),
            changed=len(done.changed),
            unchanged=len(done.unchanged),
        ),
        "success",
    )
    return redirect(url_for("console.assessment_indicators"))


def _list(refusal: Refusal | None = None) -> Response:
    heads = {one.key: one for one in services().snapshots.heads()}
    indicators = services().indicators.all()
    defined = {one.key for one in indicators}
    problems = refusal.problems if isinstance(refusal, InvalidDefinition) else ()
    html = render_template(
        "console/assessment/indicators.html",
        indicators=indicators,
        heads=heads,
        surveys=[one for key, one in heads.items() if key not in defined],
        candidates=_candidates(set(heads) | defined),
        refusal=refusal,
        problems=problems[:SHOWN_PROBLEMS],
        more_problems=max(0, len(problems) - SHOWN_PROBLEMS),
    )
    return make_response(html, 200 if refusal is None else status_of(refusal))


def _candidates(known: set[str]) -> list[tuple[str, str]]:
    """Return what is in use and was never frozen, for those who freeze: surveys, evaluations."""
    if not signed_in().may(Permission.SETTLE):
        return []
    meetings = services().evaluations.keys()
    found = [
        (one.key, text_of(one.title))
        for one in services().authoring.summaries()
        if one.status != "draft" and not one.method_sample and one.key not in meetings
    ]
    found += [(one.key, text_of(one.title)) for one in services().evaluations.all()]
    return [(key, title) for key, title in found if key not in known]


@requires(Permission.SEE_SCHEMES)
def assessment_indicator(indicator: str) -> Response:
    """Show one indicator (or a survey) with everything that was frozen of it."""
    return _one(indicator)


def _one(key: str, refusal: Refusal | None = None) -> Response:
    view = services().snapshots.source(key, allow_survey=signed_in().may(Permission.SEE_SURVEYS))
    html = render_template(
        "console/assessment/indicator.html",
        key=key,
        title=view.title,
        versions=view.versions,
        snapshots=tuple(reversed(view.snapshots)),
        superseded={one.supersedes for one in view.snapshots},
        period=request.form.get("period") or str(_usual_period()),
        has_empty_coefficients=_has_empty_coefficients(view.versions),
        refusal=refusal,
    )
    return make_response(html, 200 if refusal is None else status_of(refusal))


def _has_empty_coefficients(versions: Sequence[IndicatorVersion]) -> bool:
    rule = versions[0].indicator.relevance if versions else None
    return rule is not None and any(
        not one.is_filled for one in (rule.knowledge, rule.relation) if one is not None
    )


def _usual_period() -> Period:
    """Return the month that has just ended: what is usually frozen."""
    today = local_day(services().now())
    return Period(today.year, Length.MONTH, today.month).before()


@requires(Permission.SETTLE)
def assessment_indicator_freeze(indicator: str) -> Response:
    """Freeze the figures of a period."""
    try:
        period = Period.parse(request.form.get("period", ""))
        made = services().snapshotting.make(indicator, period, signed_in().actor)
    except (BadInput, Conflict, NotAllowed) as refusal:
        return _one(indicator, refusal)
    flash(_("Frozen as no. %(n)s.", n=made.number), "success")
    return redirect(url_for("console.assessment_snapshot", snapshot_id=made.id))


@requires(Permission.EDIT_SCHEMES)
def assessment_indicator_example(indicator: str) -> Response:
    """Fill empty coefficients with the example; it switches nothing on."""
    try:
        done = services().indicators.load_example(indicator, signed_in().actor)
    except Conflict as refusal:
        return _one(indicator, refusal)
    flash(
        _("Version %(n)s has example coefficients, not laid down by the state.", n=done.version),
        "warning",
    )
    return redirect(url_for("console.assessment_indicator", indicator=indicator))


@requires(Permission.SEE_SCHEMES)
def assessment_snapshot(snapshot_id: UUID) -> Response:
    """Show what was frozen, to everybody as far as they may see it."""
    return _snapshot(services().snapshots.find(snapshot_id))


@requires(Permission.SEE_LIVE_RESULTS)
def assessment_snapshot_check(snapshot_id: UUID) -> Response:
    """Compute the figures anew from the frozen input alone."""
    snapshot = services().snapshots.find(snapshot_id)
    (checked,) = (
        one
        for one in services().checking.verify(snapshot.source_key, snapshot.period)
        if one.snapshot.id == snapshot_id
    )
    return _snapshot(snapshot, checked)


def _snapshot(snapshot: Snapshot, checked: Checked | None = None) -> Response:
    seen = _as_seen(snapshot)
    others = [
        one for one in services().snapshots.of(snapshot.source_key) if one.period == snapshot.period
    ]
    html = render_template(
        "console/assessment/snapshot.html",
        snapshot=seen,
        tables=_tables(seen.values),
        names=services().snapshots.unit_names(one.subject for one in seen.values),
        before=next((one for one in others if one.id == snapshot.supersedes), None),
        after=next((one for one in others if one.supersedes == snapshot.id), None),
        checked=checked,
        gap=GAP_TO_REVIEW if any(map(_needs_review, seen.values)) else None,
        sees_whole=_sees_whole(),
        takes_input=signed_in().may(Permission.EXPORT)
        and (_sees_all_ballots() or all(one.method != BY_CLASSES for one in seen.values)),
    )
    return make_response(html)


def _needs_review(value: SnapshotValue) -> bool:
    """Whether relevance changes a value so much that somebody has to look."""
    is_gap = value.figure == f"{VALUE}@{GAP}"
    return is_gap and value.value is not None and abs(value.value) > GAP_TO_REVIEW


def _weight(weight: Fraction) -> str:
    """Write a weight as people do: 6, 0.5."""
    return str(weight) if weight.denominator == 1 else str(float(weight))


def _sees_whole() -> bool:
    """Whether the account sees figures before small ones are withheld."""
    return signed_in().may(Permission.SEE_LIVE_RESULTS)


def _as_seen(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot as the present account may see it."""
    if _sees_whole():
        return snapshot
    staff = signed_in()
    sees_all = any(grant.role is Role.LEADER for grant in staff.grants)
    return services().snapshots.public(snapshot, None if sees_all else staff.unit_codes)


def _tables(values: Sequence[SnapshotValue]) -> list[FigureTable]:
    found: dict[str, list[SnapshotValue]] = {}
    for one in values:
        found.setdefault(one.figure, []).append(one)
    return [
        FigureTable(
            figure,
            text_of(rows[0].label) or figure,
            rows[0].unit,
            next((one for one in rows if one.subject is None), None),
            tuple(one for one in rows if one.subject is not None),
        )
        for figure, rows in found.items()
    ]


@requires(Permission.SEE_SCHEMES)
def assessment_snapshot_file(snapshot_id: UUID) -> Response:
    """Hand out the figures as a table."""
    seen = _as_seen(services().snapshots.find(snapshot_id))
    names = services().snapshots.unit_names(one.subject for one in seen.values)
    content = snapshot_csv(seen, names, current_language())
    name = f"{text_of(seen.title)} {seen.period} {seen.number}.csv"
    return as_download(content, name, MEDIA_TYPES["csv"])


def _holds_ballots(content: bytes) -> bool:
    surveys = json.loads(content)["surveys"].values()
    return any(one["kind"] == Kind.BALLOT for one in surveys)


def _sees_all_ballots() -> bool:
    staff = signed_in()
    return staff.may(Permission.SEE_BALLOTS) and staff.teams_within(Permission.SEE_BALLOTS) is None


@requires(Permission.EXPORT)
def assessment_snapshot_input(snapshot_id: UUID) -> Response:
    """Hand out everything the figures were computed from, for whoever recomputes them.

    Of ballots that is how often each class gave which score: for those who see all votes alone.

    Raises
    ------
    NotAllowed
    """
    snapshot = services().snapshots.find(snapshot_id)
    content = services().snapshots.input_of(snapshot_id)
    if _holds_ballots(content) and not _sees_all_ballots():
        raise NotAllowed(message("Your roles do not include this page."))
    services().auditing.note(
        signed_in().actor,
        "snapshot.export",
        snapshot.source_key,
        {"period": str(snapshot.period), "number": snapshot.number},
    )
    name = f"{snapshot.source_key} {snapshot.period} {snapshot.number}.json"
    return as_download(content, name, "application/json")

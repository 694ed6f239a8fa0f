"""Composite scores: runs of a scheme, the ranking with what it is worth, one unit explained."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from surveyapp.domain.errors import BadInput, Conflict, Refusal
from surveyapp.domain.periods import Length, Period
from surveyapp.domain.roles import Permission
from surveyapp.services.assessment.basis import basis_of
from surveyapp.services.assessment.explaining import (
    grade_of,
    percent,
    plain,
    run_sentences,
    shown,
    step_sentence,
    term_notes,
    unit_sentences,
)
from surveyapp.services.assessment.scores import ScoreRun
from surveyapp.services.assessment.viewing import (
    require_visible,
    scope_of,
    sees_unreleased,
    visible_unit,
    visible_units,
)
from surveyapp.services.assessment.words import limit_of, rule_of
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.context import services
from surveyapp.web.locale import local_day

_POST = ["POST"]


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    add = blueprint.add_url_rule
    add("/assessment/scores", view_func=assessment_scores)
    add("/assessment/scores/of/<key>", view_func=assessment_scores_of)
    add("/assessment/scores/of/<key>/compute", view_func=assessment_score_compute, methods=_POST)
    run = "/assessment/scores/<uuid:run_id>"
    add(run, view_func=assessment_score)
    add(f"{run}/release", view_func=assessment_score_release, methods=_POST)
    add(f"{run}/units/<code>", view_func=assessment_score_unit)


@requires(Permission.SEE_SCORES)
def assessment_scores() -> str:
    """List the schemes in use with their newest scores."""
    released_only = not sees_unreleased(signed_in())
    rows = []
    for scheme in services().schemes.summaries():
        if scheme.version is not None:
            runs = services().scores.heads(scheme.key, released_only=released_only)
            rows.append((scheme, runs[0] if runs else None))
    return render_template("console/assessment/scores.html", rows=rows)


@requires(Permission.SEE_SCORES)
def assessment_scores_of(key: str) -> Response:
    """List the runs of a scheme; offer to compute another."""
    return _runs_page(key)


def _runs_page(key: str, refusal: Refusal | None = None) -> Response:
    scheme = services().schemes.get_in_use(key).scheme
    released_only = not sees_unreleased(signed_in())
    html = render_template(
        "console/assessment/scores_of.html",
        scheme=scheme,
        runs=services().scores.heads(key, released_only=released_only),
        periods=_periods(scheme.year),
        chosen=request.form.get("period") or _present(scheme.year),
        refusal=refusal,
    )
    return make_response(html, 409 if refusal else 200)


def _periods(year: int) -> list[Period]:
    lengths = (Length.YEAR, Length.HALF, Length.QUARTER, Length.MONTH)
    whole = Period(year, Length.YEAR, 1)
    return [part for length in lengths for part in whole.parts(length)]


def _present(year: int) -> str:
    """Return the last month that is over; of another year, the whole year."""
    today = local_day(services().now())
    last = Period(today.year, Length.MONTH, today.month).before()
    return str(last if last.year == year else Period(year, Length.YEAR, 1))


@requires(Permission.EDIT_SCHEMES)
def assessment_score_compute(key: str) -> Response:
    """Compute the scores of a period and keep them."""
    try:
        period = Period.parse(request.form.get("period", ""))
        run = services().scoring.score(key, period, signed_in().actor)
    except (BadInput, Conflict) as refusal:
        return _runs_page(key, refusal)
    flash(_("The scores are computed and kept with everything they follow from."), "success")
    return redirect(url_for("console.assessment_score", run_id=run.id))


@requires(Permission.SEE_SCORES)
def assessment_score(run_id: UUID) -> str:
    """Show a ranking: first what it is worth, then the ranks."""
    staff = signed_in()
    run = services().scores.get(run_id)
    require_visible(run, staff)
    is_whole = scope_of(staff) is None
    return render_template(
        "console/assessment/score.html",
        run=run,
        scheme=services().scores.scheme_of(run),
        units=visible_units(run, staff),
        sentences=run_sentences(run.result) if is_whole else (),
        is_whole=is_whole,
        is_own=run.made_staff_id == staff.id,
        decisions=services().deciding.of(run.scheme_key, run.period),
        **_words(run),
    )


@requires(Permission.SEE_SCORES)
def assessment_score_unit(run_id: UUID, code: str) -> str:
    """Explain one unit's score, each term down to the count of answers."""
    staff = signed_in()
    run = services().scores.get(run_id)
    unit = visible_unit(run, code, staff)
    scheme = services().scores.scheme_of(run)
    return render_template(
        "console/assessment/score_unit.html",
        run=run,
        scheme=scheme,
        unit=unit,
        sentences=unit_sentences(run.result, unit),
        decision=services().deciding.of(run.scheme_key, run.period).get(code),
        steps=[step_sentence(run.result, scheme, step) for step in unit["steps"]],
        rule_of=rule_of,
        limit_of=limit_of,
        term_notes=term_notes,
        basis_of=basis_of,
        sees_snapshots=staff.may(Permission.SEE_LIVE_RESULTS),
        **_words(run),
    )


@requires(Permission.SETTLE)
def assessment_score_release(run_id: UUID) -> Response:
    """Let units, leaders and programs see a run."""
    services().scores.release(run_id, signed_in().actor)
    flash(_("The scores are released: units see their own from now on."), "success")
    return redirect(url_for("console.assessment_score", run_id=run_id))


def _words(run: ScoreRun) -> dict[str, Any]:
    """Return what templates say results with."""
    return {
        "shown": shown,
        "plain": plain,
        "chance": percent,
        "grade": lambda place: grade_of(run.result, place),
    }

"""How a vote went: diagnostics for 考核组 and scrutineers, feedback for those who were rated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response

from surveyapp.domain.errors import NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Permission
from surveyapp.services.ballots.diagnostic_figures import sign_of
from surveyapp.services.ballots.diagnostic_words import counted
from surveyapp.services.ballots.diagnostics import BallotDiagnosis
from surveyapp.services.ballots.feedback import Feedback
from surveyapp.services.ballots.feedback_printing import feedback_html, feedback_style
from surveyapp.services.ballots.figures import BallotResult, shown
from surveyapp.services.ballots.sensitivity import (
    move_words,
    variant_sentences,
    variant_title,
    variants,
)
from surveyapp.web.assets import Inline, allow_style
from surveyapp.web.ballot_charts import band_label, draw, has_scores
from surveyapp.web.charts import addresses, as_picture
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.recent import Recent, recent
from surveyapp.web.context import services


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    one = "/ballots/<key>"
    blueprint.add_url_rule(f"{one}/diagnostics", view_func=ballot_diagnostics)
    blueprint.add_url_rule(f"{one}/diagnostics/<name>.svg", view_func=ballot_chart)
    blueprint.add_url_rule(f"{one}/feedback", view_func=ballot_feedback)
    blueprint.add_url_rule(f"{one}/feedback/all", view_func=ballot_feedback_all)
    blueprint.add_url_rule(f"{one}/feedback/<int:number>", view_func=ballot_feedback_sheet)


def annex_words(result: BallotResult) -> dict[str, Any]:
    """Return what the technical annex of a tabulation needs."""
    return {
        "variants_of": lambda group: variants(result.classes, group),
        "variant_sentences": variant_sentences,
        "variant_title": variant_title,
        "move_words": move_words,
    }


def _diagnosis(key: str, *, fresh: bool) -> BallotDiagnosis:
    kept: Recent[BallotDiagnosis] = recent("ballot diagnoses")
    find = kept.fresh if fresh else kept.get
    return find(key, lambda: services().ballot_diagnostics.diagnosis(key))


@requires(Permission.SEE_BALLOTS)
def ballot_diagnostics(key: str) -> str:
    """Show how far voters agree, how classes differ, and what else would change the result."""
    diagnosis = _diagnosis(key, fresh=True)
    return render_template(
        "console/ballots/diagnostics.html",
        survey=services().authoring.get(key),
        diagnosis=diagnosis,
        least=diagnosis.result.rules.minimum.voting_class,
        chart_address=addresses("console.ballot_chart", key=key),
        counted=counted,
        sign_of=sign_of,
        shown=shown,
        has_scores=has_scores,
        band_label=band_label,
        variant_title=variant_title,
        move_words=move_words,
    )


@requires(Permission.SEE_BALLOTS)
def ballot_chart(key: str, name: str) -> Response:
    """Draw a picture of the page of diagnostics."""
    svg = draw(_diagnosis(key, fresh=False), name, request.args.get("of", ""))
    if svg is None:
        raise NotFound(message("The page has no such chart."))
    return as_picture(svg)


@requires(Permission.SEE_BALLOTS)
def ballot_feedback(key: str) -> str:
    """List the feedback sheets of a vote."""
    return render_template(
        "console/ballots/feedback.html",
        survey=services().authoring.get(key),
        sheets=services().ballot_feedback.sheets(key),
    )


@requires(Permission.SEE_BALLOTS)
def ballot_feedback_all(key: str) -> Response:
    """Show all feedback sheets of a vote, to be printed: a page of A4 each."""
    return _printed(services().ballot_feedback.hand_out(key, signed_in().actor))


@requires(Permission.SEE_BALLOTS)
def ballot_feedback_sheet(key: str, number: int) -> Response:
    """Show one feedback sheet, to be printed."""
    return _printed(services().ballot_feedback.hand_out(key, signed_in().actor, number))


def _printed(sheets: Sequence[Feedback]) -> Response:
    allow_style(Inline.of(feedback_style()))
    response = make_response(feedback_html(sheets))
    response.headers["Cache-Control"] = "no-store"
    return response

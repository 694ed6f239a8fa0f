"""Closed ballots for 考核组 and scrutineers: turnout by class, then the 汇总表."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from surveyapp.domain.ballot import ABSTAIN, ABSTAIN_LABEL, DONT_KNOW, DONT_KNOW_LABEL
from surveyapp.domain.errors import Conflict
from surveyapp.domain.roles import Permission
from surveyapp.domain.survey import Kind, Status
from surveyapp.services.ballots.figures import percent, shown
from surveyapp.services.ballots.tabulation import why_withheld
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.ballot_diagnostics import annex_words
from surveyapp.web.context import services


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    blueprint.add_url_rule("/ballots", view_func=ballots)
    blueprint.add_url_rule("/ballots/<key>", view_func=ballot)


@requires(Permission.SEE_MEETINGS)
def ballots() -> str:
    """List the evaluations and the single votes that one may see.

    Drafts show to those who prepare votes or put them in use. Who is bound to a team sees its
    meetings and nothing else.
    """
    staff = signed_in()
    teams = staff.teams_within(Permission.SEE_MEETINGS)
    evaluations = services().evaluations
    meetings = evaluations.keys()
    sees_drafts = staff.may(Permission.SEE_SURVEYS)
    return render_template(
        "console/ballots/list.html",
        evaluations=evaluations.all(teams),
        ballots=[
            one
            for one in services().authoring.summaries()
            if one.kind is Kind.BALLOT
            and teams is None
            and one.key not in meetings
            and (sees_drafts or one.status is not Status.DRAFT)
        ],
    )


@requires(Permission.SEE_BALLOTS)
def ballot(key: str) -> str:
    """Show the turnout of each class, and after the opening the 汇总表; nothing else before."""
    turnout = services().balloting.turnout(key)
    detail = services().authoring.get(key)
    result = None
    if detail.summary.status is Status.CLOSED:
        try:
            result = services().ballot_results.result(key)
        except Conflict:
            # Closed and not opened yet: there is nothing to show but the turnout.
            result = None
    words: dict[str, Any] = {}
    if result is not None:
        words["labels"] = lambda sheet: (
            {level.key: level.label for level in sheet.levels}
            | {
                ABSTAIN: ABSTAIN_LABEL,
                DONT_KNOW: DONT_KNOW_LABEL,
            }
        )
        words["raters"] = lambda part, group: [
            one for one in part.classes if group.group.key in one.rates
        ]
        words |= annex_words(result) | {"why_withheld": why_withheld}
    return render_template(
        "console/ballots/ballot.html",
        survey=detail,
        turnout=turnout,
        result=result,
        shown=shown,
        percent=percent,
        **words,
    )

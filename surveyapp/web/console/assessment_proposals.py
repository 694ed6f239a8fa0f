"""Proposed indicators (单位申报 → 集中审定): what units propose, and how the office settles it."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from surveyapp.domain.errors import BadInput, InvalidDefinition, Refusal
from surveyapp.domain.messages import message
from surveyapp.domain.periods import Length
from surveyapp.domain.proposals import (
    EVERY_KEYS,
    KINDS,
    PROPOSAL_STATUS_NAMES,
    ProposalStatus,
    ProposedIndicator,
)
from surveyapp.domain.roles import Permission
from surveyapp.domain.scheme import Direction
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.cases_steps import one_of, typed
from surveyapp.web.console.form_pages import REFUSALS, form_page
from surveyapp.web.context import services
from surveyapp.web.locale import text_of

STATUS_KINDS = {
    ProposalStatus.PROPOSED: "waiting",
    ProposalStatus.ACCEPTED: "good",
    ProposalStatus.DECLINED: "off",
    ProposalStatus.WITHDRAWN: "off",
}


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    base = "/assessment/proposals"
    post = ["POST"]
    blueprint.add_url_rule(base, view_func=assessment_proposals)
    blueprint.add_url_rule(f"{base}/new", view_func=assessment_proposal_new)
    blueprint.add_url_rule(f"{base}/new", view_func=assessment_proposal_add, methods=post)
    one = f"{base}/<uuid:proposal_id>"
    blueprint.add_url_rule(one, view_func=assessment_proposal)
    blueprint.add_url_rule(f"{one}/settle", view_func=assessment_proposal_settle, methods=post)
    blueprint.add_url_rule(f"{one}/withdraw", view_func=assessment_proposal_withdraw, methods=post)
    blueprint.add_url_rule(f"{one}/adopt", view_func=assessment_proposal_adopt, methods=post)
    blueprint.app_template_filter("proposal_status")(
        lambda one: text_of(PROPOSAL_STATUS_NAMES[ProposalStatus(one)])
    )


@requires(Permission.SEE_SCHEMES)
def assessment_proposals() -> str:
    """List proposals, the newest first; what waits stands in front."""
    found = services().proposals.lines(signed_in())
    return render_template(
        "console/assessment/proposals.html",
        proposals=sorted(found, key=lambda one: one.status is not ProposalStatus.PROPOSED),
        titles=_titles(),
        status_kinds=STATUS_KINDS,
    )


def _titles() -> dict[str, str]:
    return {one.key: f"{one.year} · {text_of(one.title)}" for one in services().schemes.summaries()}


@requires(Permission.REPORT_VALUES)
def assessment_proposal_new() -> Response:
    """Offer the form of a proposal."""
    return _new_page(None)


def _new_page(refusal: Refusal | None) -> Response:
    staff = signed_in()
    nodes = services().organising.tree()
    is_office = staff.may(Permission.EDIT_SCHEMES)
    return form_page(
        "console/assessment/proposal_new.html",
        refusal,
        typed=request.form if refusal else request.args,
        schemes=list(_titles().items()),
        units=[node for node in nodes if is_office or node.unit.code in staff.unit_codes],
        kinds=KINDS,
        lengths=_lengths(),
        directions=_directions(),
    )


def _lengths() -> list[tuple[str, str]]:
    names = {
        Length.MONTH: _("every month"),
        Length.QUARTER: _("every quarter"),
        Length.HALF: _("every half year"),
        Length.YEAR: _("once a year"),
    }
    return [(EVERY_KEYS[length], name) for length, name in names.items()]


def _directions() -> list[tuple[str, str]]:
    return [
        (Direction.HIGHER, _("the higher the better")),
        (Direction.LOWER, _("the lower the better")),
    ]


@requires(Permission.REPORT_VALUES)
def assessment_proposal_add() -> Response:
    """Take a proposal."""
    lengths = {key: length for length, key in EVERY_KEYS.items()}
    try:
        if typed("every") not in lengths:
            raise BadInput(message("Choose how often the value is due."))
        content = ProposedIndicator(
            title=typed("title"),
            kind=typed("kind"),
            measure=typed("measure"),
            definition=typed("definition"),
            target=typed("target"),
            direction=one_of(Direction, "direction", message("Choose which values are good.")),
            every=lengths[typed("every")],
            weight=typed("weight"),
            basis=typed("basis"),
        )
        proposal_id = services().proposals.propose(
            typed("scheme"), typed("unit"), content, signed_in()
        )
    except REFUSALS as refusal:
        return _new_page(refusal)
    flash(_("Proposed; the office settles it and you read the reason here."), "success")
    return redirect(url_for("console.assessment_proposal", proposal_id=proposal_id))


@requires(Permission.SEE_SCHEMES)
def assessment_proposal(proposal_id: UUID) -> Response:
    """Show one proposal."""
    return _page(proposal_id, None)


def _page(proposal_id: UUID, refusal: Refusal | None) -> Response:
    one = services().proposals.get(proposal_id, signed_in())
    detail = services().schemes.get(one.scheme) if one.may_adopt else None
    return form_page(
        "console/assessment/proposal.html",
        refusal,
        one=one,
        scheme_title=_titles().get(one.scheme, one.scheme),
        groups=[(group.key, text_of(group.title)) for group in detail.scheme.groups]
        if detail
        else [],
        every=dict(_lengths())[EVERY_KEYS[one.content.every]],
        direction=dict(_directions())[one.content.direction],
        status_kinds=STATUS_KINDS,
        problems=refusal.problems if isinstance(refusal, InvalidDefinition) else (),
    )


@requires(Permission.SETTLE)
def assessment_proposal_settle(proposal_id: UUID) -> Response:
    """Accept or decline a proposal."""
    accepts = typed("decision") == "accept"
    try:
        services().proposals.settle(proposal_id, typed("reason"), signed_in(), accepts=accepts)
    except REFUSALS as refusal:
        return _page(proposal_id, refusal)
    flash(_("Accepted.") if accepts else _("Declined."), "success")
    return redirect(url_for("console.assessment_proposal", proposal_id=proposal_id))


@requires(Permission.REPORT_VALUES)
def assessment_proposal_withdraw(proposal_id: UUID) -> Response:
    """Take a proposal back."""
    try:
        services().proposals.withdraw(proposal_id, signed_in())
    except REFUSALS as refusal:
        return _page(proposal_id, refusal)
    flash(_("Withdrawn."), "success")
    return redirect(url_for("console.assessment_proposal", proposal_id=proposal_id))


@requires(Permission.EDIT_SCHEMES)
def assessment_proposal_adopt(proposal_id: UUID) -> Response:
    """Write an accepted proposal into the draft of its scheme."""
    try:
        key = services().proposals.adopt(
            proposal_id, typed("key").strip(), typed("group"), signed_in()
        )
    except REFUSALS as refusal:
        return _page(proposal_id, refusal)
    flash(
        _("Written into the draft of the scheme; fill in its weight and points there."), "success"
    )
    return redirect(url_for("console.assessment_scheme", key=key))

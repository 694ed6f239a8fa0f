"""Choosing what of single reviews goes onto the public page; the release itself is `release`."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from surveyapp.domain.errors import Refusal
from surveyapp.domain.publishing import Withheld
from surveyapp.domain.roles import Permission
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.pages import wanted_page
from surveyapp.web.context import services
from surveyapp.web.errors import status_of


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    one = "/reviews/<key>/public"
    blueprint.add_url_rule(one, view_func=review_public)
    blueprint.add_url_rule(
        f"{one}/comments/<uuid:response_id>", view_func=review_public_comment, methods=["POST"]
    )
    blueprint.add_url_rule(
        f"{one}/cases/<uuid:case_id>", view_func=review_public_case, methods=["POST"]
    )


@requires(Permission.SUPERVISE_CASES)
def review_public(key: str) -> Response:
    """Show what can be chosen."""
    return _page(key)


@requires(Permission.SUPERVISE_CASES)
def review_public_comment(key: str, response_id: UUID) -> Response:
    """Publish a comment with the next release, or withhold it."""
    decision, actor = request.form.get("decision", ""), signed_in().actor
    try:
        services().publishing.decide_comment(key, response_id, decision, actor)
    except Refusal as refusal:
        return _page(key, refusal)
    flash(_("The decision is kept; it takes effect with the next release."), "success")
    return redirect(url_for("console.review_public", key=key, page=wanted_page()))


@requires(Permission.SUPERVISE_CASES)
def review_public_case(key: str, case_id: UUID) -> Response:
    """Show a handled case as an example with the next release, or leave it out."""
    is_public = request.form.get("chosen") == "yes"
    try:
        services().publishing.choose_case(key, case_id, signed_in().actor, is_public=is_public)
    except Refusal as refusal:
        return _page(key, refusal)
    flash(_("The decision is kept; it takes effect with the next release."), "success")
    return redirect(url_for("console.review_public", key=key))


def _page(key: str, refusal: Refusal | None = None) -> Response:
    page = render_template(
        "console/reviews/public.html",
        survey=services().authoring.get(key),
        key=key,
        found=services().publishing.choices(key, wanted_page()),
        reasons=list(Withheld),
        refusal=refusal,
    )
    return make_response(page, status_of(refusal) if refusal else 200)

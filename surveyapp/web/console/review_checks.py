"""Check of conspicuous reviews (异常评价核查): what the rules find, and what people decide."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from surveyapp.domain.errors import BadInput, Refusal
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Permission
from surveyapp.domain.stuffing import PERIOD_DAYS, REFERENCE_DAYS, SIGN_NAMES, Sign
from surveyapp.services.reviews.stuffing_look import Finding, StuffingReport
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.context import services
from surveyapp.web.errors import status_of
from surveyapp.web.locale import text_of


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    one = "/reviews/<key>/checks"
    blueprint.add_url_rule(one, view_func=review_checks)
    blueprint.add_url_rule(one, view_func=review_checks_decide, methods=["POST"])
    blueprint.add_url_rule(
        f"{one}/<uuid:response_id>/exclude", view_func=review_checks_exclude, methods=["POST"]
    )


@requires(Permission.SUPERVISE_CASES)
def review_checks(key: str) -> Response:
    """Show what is conspicuous, and the reviews that are flagged."""
    return _page(key)


@requires(Permission.SUPERVISE_CASES)
def review_checks_decide(key: str) -> Response:
    """Let flagged reviews count again, or propose to exclude them."""
    reason, actor = request.form.get("reason", ""), signed_in().actor
    try:
        ids = list(_chosen())
        action = request.form.get("action", "")
        if action == "clear":
            n = services().flagged.clear(key, ids, reason, actor)
            done = ngettext("%(num)s review counts again.", "%(num)s reviews count again.", n)
        elif action == "propose":
            n = services().flagged.propose(key, ids, reason, actor)
            done = ngettext(
                "%(num)s exclusion is proposed; a second person decides.",
                "%(num)s exclusions are proposed; a second person decides.",
                n,
            )
        else:
            raise BadInput(message("Choose what to do with these reviews."))
    except Refusal as refusal:
        return _page(key, refusal)
    flash(done, "success")
    return redirect(url_for("console.review_checks", key=key))


def _chosen() -> Iterator[UUID]:
    for text in request.form.getlist("review"):
        try:
            yield UUID(text)
        except ValueError:
            raise BadInput(message("There is no such response.")) from None


@requires(Permission.EXCLUDE_RESPONSES)
def review_checks_exclude(key: str, response_id: UUID) -> Response:
    """Confirm, as the second person, that a review does not count."""
    try:
        services().flagged.confirm(key, response_id, signed_in().actor)
    except Refusal as refusal:
        return _page(key, refusal)
    flash(_("The review is excluded; it stays visible as excluded."), "success")
    return redirect(url_for("console.review_checks", key=key))


def _page(key: str, refusal: Refusal | None = None) -> Response:
    report = services().stuffing.report(key)
    flagged = services().flagged.reviews(key, signed_in().actor)
    page = render_template(
        "console/reviews/checks.html",
        survey=services().authoring.get(key),
        key=key,
        report=report,
        findings=[(one, sentence(one)) for one in report.findings],
        rules=rules(report),
        flagged=flagged,
        proposed=[one for one in flagged if one.proposal],
        sign_names=SIGN_NAMES,
        refusal=refusal,
        reason=request.form.get("reason", ""),
        chosen=request.form.getlist("review"),
        reference_days=REFERENCE_DAYS,
    )
    return make_response(page, status_of(refusal) if refusal else 200)


def sentence(finding: Finding) -> str:
    """Say one finding in plain words."""
    day = finding.day.isoformat() if finding.day else ""
    usual = f"{finding.usual:.1f}" if finding.usual is not None else ""
    about = {"n": finding.n, "day": day, "place": finding.place or "", "usual": usual}
    match finding.sign:
        case Sign.BURST:
            return _(
                "%(day)s, %(place)s: %(n)s reviews close together, the fullest stretch from"
                " %(begins)s on; about %(usual)s in that stretch would be usual.",
                begins=finding.begins,
                **about,
            )
        case Sign.SURGE:
            return _(
                "%(day)s, %(place)s: %(n)s reviews on one day; %(usual)s a day are usual.", **about
            )
        case Sign.COPIED:
            return _(
                "%(n)s reviews have the same level, the same reasons and the same text.", **about
            )
        case Sign.ALIKE:
            return _(
                "%(n)s reviews ticked the same reasons; about %(usual)s would be usual.", **about
            )
        case Sign.FAST:
            return _("%(day)s: %(n)s reviews were sent faster than a form can be read.", **about)
        case Sign.DEVICE:
            if finding.place:
                return _(
                    "%(day)s, %(place)s: %(n)s reviews from one device, or from devices of one make"
                    " in one network (a tablet at the window is such a device).",
                    **about,
                )
            return _(
                "%(day)s, several places: %(n)s reviews from one device, or from devices of one"
                " make in one network.",
                **about,
            )


def rules(report: StuffingReport) -> list[str]:
    """Say the rules in plain words, as fixed in the definition."""
    given = report.rules
    return [
        _(
            "%(name)s: more reviews within %(minutes)s minutes than the rhythm of the place"
            " explains. Flags.",
            name=text_of(SIGN_NAMES[Sign.BURST]),
            minutes=given.burst_minutes,
        ),
        _(
            "%(name)s: more than %(n)s reviews of one level with the same reasons and the same text"
            " of ten characters or more. Flags.",
            name=text_of(SIGN_NAMES[Sign.COPIED]),
            n=given.device_reviews,
        ),
        _(
            "%(fast)s (under %(seconds)s seconds) and %(device)s (more than %(n)s on a day): each"
            " alone is only shown, because it happens to honest people; both together flag.",
            fast=text_of(SIGN_NAMES[Sign.FAST]),
            seconds=given.seconds,
            device=text_of(SIGN_NAMES[Sign.DEVICE]),
            n=given.device_reviews,
        ),
        _(
            "%(surge)s and %(alike)s: only shown.",
            surge=text_of(SIGN_NAMES[Sign.SURGE]),
            alike=text_of(SIGN_NAMES[Sign.ALIKE]),
        ),
        _(
            "Within %(days)s days an honest survey raises a burst with a chance of at most"
            " %(percent)s %%, over all places together.",
            days=PERIOD_DAYS,
            percent=f"{100 * given.burst_level:g}",
        ),
        _(
            "A bad review is never flagged by a rule: else a burst around it would take it out of"
            " the figures. Whether it is mistaken or malicious is decided in its case."
        ),
    ]

"""Printed ballots in the console: two tellers (计票人) key each paper, settle, and confirm."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from surveyapp.domain.ballot_counting import VOID, Keying, labels_of, line_of, signs_of
from surveyapp.domain.ballot_paper import (
    MAX_REASON,
    MAX_SIGNATURE,
    REASON,
    REMARK,
    SIGNATURE,
    field_name,
)
from surveyapp.domain.errors import BadInput, Conflict, InvalidAnswers, Refusal
from surveyapp.domain.roles import Permission
from surveyapp.services.ballots.paper_views import PaperForm
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.context import services

_OWN = ("csrf_token", "_number", "_again")


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    count = "/ballots/<key>/paper"
    one = f"{count}/<int:number>"
    blueprint.add_url_rule(count, view_func=paper_count)
    blueprint.add_url_rule(f"{count}/confirm", view_func=paper_confirm, methods=["POST"])
    blueprint.add_url_rule(
        f"{count}/class/<class_key>", view_func=paper_key, methods=["GET", "POST"]
    )
    blueprint.add_url_rule(one, view_func=paper_settle, methods=["GET", "POST"])
    blueprint.add_url_rule(f"{one}/take-out", view_func=paper_take_out, methods=["GET", "POST"])
    blueprint.add_url_rule("/ballots/<key>/receipts", view_func=ballot_receipts)


@requires(Permission.COUNT_PAPER)
def paper_count(key: str) -> Response:
    """Show how far the count is: issued, returned, written off; which papers differ."""
    return _count_page(key)


def _count_page(key: str, refusal: Refusal | None = None) -> Response:
    table = services().paper_counting.table(key, signed_in())
    page = render_template(
        "console/ballots/paper/count.html", key=key, count=table, refusal=refusal
    )
    return make_response(page, HTTPStatus.OK if refusal is None else HTTPStatus.CONFLICT)


@requires(Permission.COUNT_PAPER)
def paper_confirm(key: str) -> Response:
    """Confirm the count as it was shown."""
    try:
        services().paper_counting.confirm(key, request.form.get("seen", ""), signed_in())
    except Conflict as refusal:
        return _count_page(key, refusal)
    flash(_("You have confirmed the count."), "success")
    return redirect(url_for("console.paper_count", key=key))


# --- keying -------------------------------------------------------------------------------------


@requires(Permission.COUNT_PAPER)
def paper_key(key: str, class_key: str) -> Response:
    """Key a paper; then comes the form for the next one."""
    if request.method == "GET":
        form = services().paper_counting.form(
            key, class_key, request.args.get("number", type=int), signed_in()
        )
        return _key_page(key, form, _typed(form, form.mine))
    typed = {name: values[0] for name, values in request.form.lists()}
    fields = {name: list(values) for name, values in request.form.lists() if name not in _OWN}
    number = request.form.get("_number", 0, type=int)
    try:
        services().paper_counting.key_in(
            key, class_key, number, fields, signed_in(), again=bool(request.form.get("_again"))
        )
    except (BadInput, Conflict) as refusal:
        form = services().paper_counting.form(key, class_key, None, signed_in())
        return _key_page(key, form, typed, refusal)
    flash(_("Paper %(number)s is stored.", number=number), "success")
    if request.form.get("_again"):
        return redirect(url_for("console.paper_count", key=key))
    return redirect(url_for("console.paper_key", key=key, class_key=class_key))


def _typed(form: PaperForm, keying: Keying | None) -> dict[str, str]:
    """Return what the fields hold of a paper that was keyed before, or of a new one."""
    number = {"_number": str(form.number)}
    if keying is None or keying.class_key != form.voting_class.key:
        return number | ({} if keying is None else {"_again": "1"})
    typed = number | {"_again": "1", REMARK: keying.remark, SIGNATURE: keying.signature}
    for sheet in form.rules.sheets_of(form.voting_class):
        for subject in form.rules.rated_by(form.voting_class, sheet):
            typed[subject.key] = line_of(sheet, keying, subject.key)
            typed[field_name(subject.key, REASON)] = keying.reasons.get(subject.key, "")
    return typed


def _key_page(
    key: str, form: PaperForm, typed: Mapping[str, str], refusal: Refusal | None = None
) -> Response:
    errors = refusal.problems if isinstance(refusal, InvalidAnswers) else {}
    page = render_template(
        "console/ballots/paper/key.html",
        key=key,
        form=form,
        typed=typed,
        errors=errors,
        refusal=refusal,
        signs=signs_of,
        labels=labels_of,
        reason_of=lambda subject: field_name(subject.key, REASON),
        REMARK=REMARK,
        SIGNATURE=SIGNATURE,
        VOID=VOID,
        MAX_REASON=MAX_REASON,
        MAX_SIGNATURE=MAX_SIGNATURE,
    )
    if refusal is None:
        return make_response(page)
    is_conflict = isinstance(refusal, Conflict)
    return make_response(page, HTTPStatus.CONFLICT if is_conflict else HTTPStatus.BAD_REQUEST)


# --- settling -----------------------------------------------------------------------------------


@requires(Permission.COUNT_PAPER)
def paper_settle(key: str, number: int) -> Response:
    """Show where two keyings of a paper differ, and take what one of the two reads on it."""
    refusal = None
    if request.method == "POST":
        chosen = {name: value for name, value in request.form.items() if name not in _OWN}
        try:
            services().paper_counting.settle(key, number, chosen, signed_in())
            flash(_("What you read on paper %(number)s is stored.", number=number), "success")
            return redirect(url_for("console.paper_settle", key=key, number=number))
        except InvalidAnswers as problems:
            refusal = problems
    page = render_template(
        "console/ballots/paper/settle.html",
        key=key,
        paper=services().paper_counting.paper(key, number, signed_in()),
        refusal=refusal,
        labels=labels_of,
        REMARK=REMARK,
        SIGNATURE=SIGNATURE,
        VOID=VOID,
    )
    return make_response(page, HTTPStatus.OK if refusal is None else HTTPStatus.BAD_REQUEST)


@requires(Permission.COUNT_PAPER)
def paper_take_out(key: str, number: int) -> Response:
    """Take a paper out of the count, after asking."""
    if request.method == "GET":
        table = services().paper_counting.table(key, signed_in())
        page = render_template(
            "console/ballots/paper/take_out.html", key=key, count=table, number=number
        )
        return make_response(page)
    services().paper_counting.take_out(key, number, signed_in())
    flash(_("Paper %(number)s is out of the count.", number=number), "success")
    return redirect(url_for("console.paper_count", key=key))


# --- receipts -----------------------------------------------------------------------------------


@requires(Permission.SEE_RECEIPTS)
def ballot_receipts(key: str) -> str:
    """List receipts and hashes: no title, name or unit stands beside them."""
    return render_template(
        "console/ballots/receipts.html", key=key, found=services().ballot_closing.receipts(key)
    )

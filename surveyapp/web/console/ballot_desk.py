"""Conducting a vote: put in use (启用), slips, end (截止), and the 汇总表 on paper."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from surveyapp.domain import codes
from surveyapp.domain.errors import BadInput, Conflict, NotAllowed, Refusal
from surveyapp.domain.evaluation import Stage
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Actor, Permission
from surveyapp.services.ballots.paper_printing import papers_html
from surveyapp.services.ballots.preparing import InUse
from surveyapp.services.ballots.printing import slips_html
from surveyapp.services.ballots.tabulation import tabulations
from surveyapp.services.ballots.tabulation_cells import written
from surveyapp.services.ballots.tabulation_head import foot_of, head_facts
from surveyapp.web.console.access import requires, signed_in
from surveyapp.web.console.files import as_download
from surveyapp.web.console.uploads import WORKBOOK
from surveyapp.web.context import services
from surveyapp.web.errors import status_of
from surveyapp.web.locale import current_language, text_of

_LONGEST_KEY = 200


def register(blueprint: Blueprint) -> None:
    """Add the pages to the console."""
    one = "/ballots/<key>"
    both = ["GET", "POST"]
    blueprint.add_url_rule(f"{one}/desk", view_func=ballot_desk)
    blueprint.add_url_rule(f"{one}/use", view_func=ballot_use, methods=both)
    blueprint.add_url_rule(f"{one}/keys", view_func=ballot_keys, methods=both)
    blueprint.add_url_rule(f"{one}/slips", view_func=ballot_slips, methods=both)
    blueprint.add_url_rule(f"{one}/slips/replace", view_func=ballot_replace, methods=both)
    blueprint.add_url_rule(f"{one}/slips/withdraw", view_func=ballot_withdraw, methods=both)
    blueprint.add_url_rule(f"{one}/end", view_func=ballot_end, methods=both)
    blueprint.add_url_rule(f"{one}/tabulation", view_func=ballot_tabulation)
    blueprint.add_url_rule(f"{one}/tabulation.xlsx", view_func=ballot_workbook)


@requires(Permission.SEE_MEETINGS)
def ballot_desk(key: str) -> Response:
    """Show how far a vote is, and the next step for whoever may take it."""
    return _page("console/ballots/desk.html", key)


def _page(template: str, key: str, refusal: Refusal | None = None, **context: Any) -> Response:
    progress = services().conducting.progress(key)
    html = render_template(
        template,
        key=key,
        vote=progress,
        stages=Stage,
        meeting=services().evaluations.head(key),
        is_own=progress.made_by == signed_in().id,
        refusal=refusal,
        **context,
    )
    return make_response(html, HTTPStatus.OK if refusal is None else status_of(refusal))


# --- put in use -----------------------------------------------------------------------------------


@requires(Permission.PUT_IN_USE)
def ballot_use(key: str) -> Response:
    """Say what becomes fixed, then put the vote in use and show its keys once."""
    if request.method == "GET":
        return _page("console/ballots/use.html", key)
    try:
        made = services().ballot_preparing.put_in_use(
            key,
            signed_in().actor,
            scrutineers=_with_scrutineers(),
            seen=request.form.get("seen", ""),
        )
    except (Conflict, NotAllowed) as refusal:
        return _page("console/ballots/use.html", key, refusal)
    return _keys_page(key, made)


@requires(Permission.PUT_IN_USE)
def ballot_keys(key: str) -> Response:
    """Make the keys anew where they were lost before anybody got a slip; show them once."""
    if request.method == "GET":
        return _page("console/ballots/renew.html", key)
    try:
        made = services().ballot_preparing.renew_keys(
            key, signed_in().actor, scrutineers=_with_scrutineers()
        )
    except Conflict as refusal:
        return _page("console/ballots/renew.html", key, refusal)
    return _keys_page(key, made)


def _with_scrutineers() -> bool:
    return request.form.get("scrutineers") == "yes"


def _keys_page(key: str, made: InUse) -> Response:
    """Show the recovery key and the halves of the passphrase: here, once, and nowhere else."""
    return _page(
        "console/ballots/keys.html",
        key,
        recovery=codes.grouped(made.keys.recovery),
        halves=made.keys.halves,
        key_file=str(services().settings.key_dir),
    )


# --- slips ----------------------------------------------------------------------------------------


@requires(Permission.PREPARE_BALLOTS)
def ballot_slips(key: str) -> Response:
    """Ask how many slips of each class, and hand out the file to print, once."""
    if request.method == "GET":
        return _page("console/ballots/slips.html", key)
    is_rehearsal = request.form.get("rehearsal") == "yes"
    try:
        numbers = _numbers(key)
        if request.form.get("paper") == "yes":
            return _papers(key, numbers)
        slips = services().ballot_preparing.issue(
            key, numbers, signed_in().actor, rehearsal=is_rehearsal
        )
    except (BadInput, Conflict) as refusal:
        return _page("console/ballots/slips.html", key, refusal)
    return as_download(slips_html(slips).encode(), f"{key}-slips.html", "text/html; charset=utf-8")


def _papers(key: str, numbers: dict[str, int]) -> Response:
    """Hand out ballots to fill in on paper; nothing is issued that could not be written."""
    written_down: list[str] = []
    services().paper_issuing.issue(
        key,
        numbers,
        signed_in().actor,
        deliver=lambda papers: written_down.append(papers_html(papers)),
    )
    (html,) = written_down
    return as_download(html.encode(), f"{key}-papers.html", "text/html; charset=utf-8")


def _numbers(key: str) -> dict[str, int]:
    """Read how many slips are asked for; classes without a number are left out.

    Raises
    ------
    BadInput
        A field holds something else, or none holds a number.
    """
    numbers = {}
    for one in services().conducting.progress(key).classes:
        typed = request.form.get(f"n_{one.voting_class.key}", "").strip()
        if typed not in ("", "0"):
            if not (typed.isascii() and typed.isdecimal() and len(typed) < 6):
                raise BadInput(message("“%(text)s” is no number of slips.", text=typed[:20]))
            numbers[one.voting_class.key] = int(typed)
    if not numbers:
        raise BadInput(message("Enter for at least one class how many slips you need."))
    return numbers


@requires(Permission.PREPARE_BALLOTS)
def ballot_replace(key: str) -> Response:
    """Make a spoiled slip worthless before a second person, and hand out another one."""
    template = "console/ballots/replace.html"
    if request.method == "GET":
        return _page(template, key)
    try:
        witnesses = _witnesses()
        slips = services().ballot_preparing.replace(
            key, request.form.get("code", "")[:_LONGEST_KEY], witnesses, signed_in().actor
        )
    except (BadInput, Conflict, NotAllowed) as refusal:
        return _page(template, key, refusal)
    return as_download(slips_html(slips).encode(), f"{key}-slip.html", "text/html; charset=utf-8")


@requires(Permission.PREPARE_BALLOTS)
def ballot_withdraw(key: str) -> Response:
    """Make the unused slips of a class worthless before a second person."""
    template = "console/ballots/withdraw.html"
    if request.method == "GET":
        return _page(template, key)
    try:
        n = services().ballot_preparing.withdraw(
            key, request.form.get("class", ""), _witnesses(), signed_in().actor
        )
    except (BadInput, Conflict, NotAllowed) as refusal:
        return _page(template, key, refusal)
    flash(
        ngettext(
            "%(num)s slip is worthless now; issue new ones.",
            "%(num)s slips are worthless now; issue new ones.",
            n,
        ),
        "success",
    )
    return redirect(url_for("console.ballot_slips", key=key))


def _witnesses() -> tuple[str, str]:
    """Return the two who stand by: the one signed in, and a second who types a password.

    Raises
    ------
    BadInput
        The second person is the first one.
    NotAllowed
        Name and password do not belong together.
    """
    first = signed_in()
    second: Actor = services().staffing.sign_ins.confirm(
        request.form.get("witness", ""),
        request.form.get("witness_password", ""),
        request.remote_addr or "",
    )
    if second.staff_id == first.id:
        raise BadInput(message("The second person has to be somebody else than yourself."))
    return first.name, second.name


# --- end ------------------------------------------------------------------------------------------


@requires(Permission.CLOSE_BALLOTS)
def ballot_end(key: str) -> Response:
    """Say what ends, then end the vote and open its urn (截止、开箱)."""
    template = "console/ballots/end.html"
    if request.method == "GET":
        return _page(template, key)
    if request.form.get("end_only") == "yes":
        services().ballot_closing.end(key, signed_in().actor)
        flash(_("The vote has ended; its urn is sealed."), "success")
        return redirect(url_for("console.ballot_desk", key=key))
    halves = "".join(request.form.get(f"half_{place}", "") for place in (1, 2))[:_LONGEST_KEY]
    recovery = request.form.get("recovery", "")[:_LONGEST_KEY].strip()
    try:
        closed = services().ballot_closing.close(
            key,
            signed_in().actor,
            passphrase=halves.strip() or None,
            recovery=recovery or None,
        )
    except (BadInput, Conflict) as refusal:
        return _page(template, key, refusal)
    flash(
        _(
            "The vote has ended and the urn is open: %(n)s ballots. The root stands on the"
            " tabulation.",
            n=closed.ballots,
        ),
        "success",
    )
    return redirect(url_for("console.ballot_desk", key=key))


# --- the 汇总表 -----------------------------------------------------------------------------------


@requires(Permission.SEE_BALLOTS)
def ballot_tabulation(key: str) -> str:
    """Show the 汇总表 as it is printed on A3 and signed."""
    one = services().tabulating.tabulated(key)
    language = current_language()
    return render_template(
        "console/ballots/tabulation.html",
        key=key,
        result=one.result,
        parts=[(part, foot_of(one.result, part.sheet)) for part in tabulations(one.result)],
        head=head_facts(one.result, one.head),
        written=lambda cell: written(cell, language),
    )


@requires(Permission.SEE_BALLOTS)
def ballot_workbook(key: str) -> Response:
    """Hand out the 汇总表 as a workbook."""
    content = services().tabulating.workbook(key, current_language(), signed_in().actor)
    title = text_of(services().authoring.get(key).definition.title)
    return as_download(content, f"{title} {_('Tabulation')}.xlsx", WORKBOOK)

"""Printed ballots: the paper that is ticked with a pen where somebody has no phone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from surveyapp.cli.ballots import ballot, class_numbers
from surveyapp.cli.files import write_secret
from surveyapp.cli.program import _, json_option, option
from surveyapp.cli.session import NEW_FILE, OPERATOR, Session, pass_session
from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message

if TYPE_CHECKING:
    from surveyapp.services.ballots.paper_issuing import Papers


@ballot.command(
    "paper",
    help=_(
        "Write ballots to fill in on paper. Slips and printed ballots together are never more than"
        " a class has members; two people key what comes back, after the vote has ended."
    ),
)
@click.argument("survey")
@option(
    "--class",
    "classes",
    multiple=True,
    help=_("Class and number, such as A=12; repeat it for several classes."),
)
@option("--out", required=True, type=NEW_FILE, help=_("The HTML file to write; for you alone."))
@option(
    "--spoilt",
    help=_("Class of one spoilt ballot that was taken back and destroyed: prints another one."),
)
@option(
    "--instead-of", help=_("Code of an unused slip: it becomes worthless, one ballot is printed.")
)
@option(
    "--witness",
    "witnesses",
    multiple=True,
    help=_("Name of an account; give it twice, for two different ones."),
)
@json_option
@pass_session
def paper(
    session: Session,
    survey: str,
    classes: Sequence[str],
    out: Path,
    spoilt: str | None,
    instead_of: str | None,
    witnesses: Sequence[str],
    as_json: bool,
) -> None:
    if sum(bool(one) for one in (classes, spoilt, instead_of)) != 1:
        raise BadInput(
            message("Say one of them: --class A=12, --spoilt CLASS, or --instead-of CODE.")
        )
    issuing = session.services.paper_issuing
    first, second = (*witnesses, "", "")[:2]
    with write_secret(out) as write:

        def deliver(made: Papers) -> None:
            write(_page(made))

        if classes:
            made = issuing.issue(survey, class_numbers(classes), OPERATOR, deliver=deliver)
        elif spoilt:
            made = issuing.replace(survey, spoilt, (first, second), OPERATOR, deliver=deliver)
        else:
            made = issuing.instead_of_slip(
                survey, instead_of or "", (first, second), OPERATOR, deliver=deliver
            )
    numbers = {one.key: n for one, n in made.numbers}
    if as_json:
        session.show_json({"survey": survey, "file": str(out), "classes": numbers})
        return
    session.say(
        message(
            "%(n)s ballots to fill in on paper are in %(file)s and counted as issued. Print the"
            " file once, put the seal on each ballot, and delete the file.",
            n=made.count,
            file=out,
        )
    )


def _page(papers: Papers) -> bytes:
    from surveyapp.services.ballots.paper_printing import papers_html

    return papers_html(papers).encode()

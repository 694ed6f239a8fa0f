"""Links for service cases and for people of a sample."""

from __future__ import annotations

from pathlib import Path

import click

from surveyapp.cli.files import require_folder, write_whole
from surveyapp.cli.places import refusing_rows
from surveyapp.cli.program import Group, _, json_option, option, spoken_language
from surveyapp.cli.session import FILE, NEW_FILE, OPERATOR, Session, pass_session
from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message
from surveyapp.services.collection.invitation_files import links_workbook


@click.group(cls=Group, help=_("Links for service cases and for people of a sample."))
def invitation() -> None:
    pass


@invitation.command(
    "create",
    help=_(
        "Make a link for each row of a table (CSV, XLSX): service cases of a review, people of a"
        " sample of a survey. The file that is written has the link beside each row."
    ),
)
@click.argument("survey")
@click.argument("file", type=FILE)
@option("--out", required=True, type=NEW_FILE, help=_("The .xlsx or .html file to write."))
@json_option
@pass_session
def create(session: Session, survey: str, file: Path, out: Path, as_json: bool) -> None:
    require_folder(out)
    if out.suffix.lower() not in (".xlsx", ".html"):
        raise BadInput(message("The file to write ends in .xlsx or .html."))
    with refusing_rows(session, file):
        made = session.services.invitation_files.make(survey, file, OPERATOR)
    if out.suffix.lower() == ".xlsx":
        write_whole(out, links_workbook(made, spoken_language()))
    else:
        cards = [(row[0], link.url) for row, link in zip(made.rows, made.links, strict=True)]
        write_whole(out, session.services.printing.link_cards(survey, cards).html.encode())
    if as_json:
        session.show_json(
            {
                "survey": survey,
                "file": str(out),
                "links": len(made.links),
                "new": made.new,
                "handed_back": list(made.kept_aside),
            }
        )
    else:
        session.say(
            message(
                "%(n)s links, %(new)s of them new, are in %(file)s.",
                n=len(made.links),
                new=made.new,
                file=out,
            )
        )

"""Numbers of service cases (办件量), without which no rate of reviewing exists."""

from __future__ import annotations

from pathlib import Path

import click

from surveyapp.cli.program import Group, _, json_option, option
from surveyapp.cli.session import FILE, OPERATOR, Session, pass_session
from surveyapp.domain.messages import message


@click.group(cls=Group, help=_("Numbers of service cases, which rates of reviewing are made from."))
def volume() -> None:
    pass


@volume.command(
    "import",
    help=_(
        "Import numbers of service cases (CSV, XLSX or Parquet): a row a day and what it counts."
        " A number that was known before is replaced, and the log says so."
    ),
)
@click.argument("survey")
@click.argument("file", type=FILE)
@option("--source", required=True, help=_("Where the numbers come from."))
@json_option
@pass_session
def import_(session: Session, survey: str, file: Path, source: str, as_json: bool) -> None:
    result = session.services.volumes.import_file(survey, file, source, OPERATOR)
    if as_json:
        session.show_json(
            {
                "survey": survey,
                "new": result.new,
                "replaced": result.replaced,
                "unchanged": result.unchanged,
                "errors": session.errors_json(result.errors),
            }
        )
    if result.errors:
        raise session.import_refused(file, len(result.errors), result.errors, with_rows=not as_json)
    if not as_json:
        session.say(
            message(
                "Numbers of service cases: %(new)s new, %(replaced)s replaced, %(same)s unchanged.",
                new=result.new,
                replaced=result.replaced,
                same=result.unchanged,
            )
        )

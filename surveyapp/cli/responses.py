"""Importing responses that were recorded elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from surveyapp.cli.program import Group, _, json_option, option
from surveyapp.cli.session import FILE, OPERATOR, Session, pass_session
from surveyapp.domain.messages import message

if TYPE_CHECKING:
    from surveyapp.services.collection.importing import ImportResult


@click.group(cls=Group, help=_("Import responses that were recorded elsewhere."))
def responses() -> None:
    pass


@responses.command(
    "import",
    help=_(
        "Import a data file (CSV, XLSX or Parquet): a row a response, line 1 names the columns."
        " With one bad row nothing is imported, and every bad row is listed."
    ),
)
@click.argument("survey")
@click.argument("file", type=FILE)
@option("--mode", help=_("How the responses were collected, such as phone or paper."))
@option("--source", help=_("The channel that recorded them; needed for reviews."))
@option(
    "--best",
    type=click.Choice(("1", "5")),
    help=_("Which digit is the best level where a file of reviews gives satisfaction codes."),
)
@json_option
@pass_session
def import_(
    session: Session,
    survey: str,
    file: Path,
    mode: str | None,
    source: str | None,
    best: str | None,
    as_json: bool,
) -> None:
    importing = session.services.importing
    with session.progress(message("Reading rows")) as progress:
        result = importing.import_file(
            survey,
            file,
            mode=mode,
            source=source,
            best=best,
            actor=OPERATOR,
            progress=progress,
        )
    if as_json:
        _show_json(session, result)
    if result.errors:
        raise session.import_refused(file, result.refused, result.errors, with_rows=not as_json)
    if not as_json:
        session.say(
            message(
                "Imported %(accepted)s responses; %(duplicates)s had been imported before.",
                accepted=result.accepted,
                duplicates=result.duplicates,
            )
        )


def _show_json(session: Session, result: ImportResult) -> None:
    session.show_json(
        {
            "accepted": result.accepted,
            "refused": result.refused,
            "duplicates": result.duplicates,
            "errors": session.errors_json(result.errors),
        }
    )

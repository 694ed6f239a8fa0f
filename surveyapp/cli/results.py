"""Results: the indices of a survey, and files with responses or figures."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich import box
from rich.console import Console
from rich.table import Table

from surveyapp.cli.files import require_folder
from surveyapp.cli.program import Command, _, json_option, option, spoken_language
from surveyapp.cli.session import NEW_FILE, OPERATOR, Session, pass_session
from surveyapp.domain.messages import Message, message

if TYPE_CHECKING:
    from surveyapp.services.results.figures import IndexRow
from surveyapp.services.results.report import Report

FORMATS: Final = ("csv", "xlsx", "sav", "parquet", "json")
_WIDTH_OF_FILES: Final = 160


@click.command(cls=Command, help=_("Show the indices of a survey with their intervals."))
@click.argument("survey")
@option(
    "--by",
    multiple=True,
    help=_("Attribute to break the indices down by; repeat it for several."),
)
@option("--unweighted", is_flag=True, help=_("Count every response the same."))
@json_option
@pass_session
def index(
    session: Session, survey: str, by: tuple[str, ...], unweighted: bool, as_json: bool
) -> None:
    from surveyapp.services.results.report_json import index_json, method_json

    report = session.services.reporting.report(survey, by=by, weighted=not unweighted, fold="all")
    if as_json:
        session.show_json(
            {
                "survey": report.key,
                "n": report.n,
                "indices": [index_json(row) for row in report.indices],
                "method": method_json(report.method),
            }
        )
    else:
        _show(session, report)


def _show(session: Session, report: Report) -> None:
    table = Table(box=box.SIMPLE, title=session.in_words(report.title), title_justify="left")
    headings = (
        message("Index"),
        message("What is rated"),
        message("Group"),
        message("n"),
        message("Points"),
        message("Interval (95%)"),
        message("Unweighted"),
        message("Favourable"),
        message("Effective n"),
        message("Design effect"),
        message("Note"),
    )
    for position, heading in enumerate(headings):
        is_number = 3 <= position < len(headings) - 1
        table.add_column(session.in_words(heading), justify="right" if is_number else "left")
    for row in report.indices:
        table.add_row(*_cells(session, row))
    console = Console()
    console.print(table) if console.is_terminal else Console(width=_WIDTH_OF_FILES).print(table)
    for note in report.method.notes:
        session.say(note)


def _cells(session: Session, row: IndexRow) -> list[str]:
    figure = row.figure
    share = None if row.favourable is None else row.favourable.figure
    interval = "–"
    if figure.low is not None and figure.high is not None:
        interval = f"{figure.low:.2f} – {figure.high:.2f}"
    group = ""
    if row.group is not None:
        attribute, level = row.group.attribute_title, row.group.title
        group = f"{session.in_words(attribute)}: {session.in_words(level)}"
    return [
        session.in_words(row.title),
        "" if row.subject is None else session.in_words(row.subject.title),
        group,
        str(figure.n),
        "–" if figure.value is None else f"{figure.value:.2f}",
        interval,
        "–" if row.unweighted is None else f"{row.unweighted:.2f}",
        "–" if share is None or share.value is None else f"{100 * share.value:.1f} %",
        f"{figure.effective_n:.1f}",
        "–" if figure.deff is None else f"{figure.deff:.2f}",
        "; ".join(session.in_words(note) for note in _notes(row)),
    ]


def _notes(row: IndexRow) -> list[Message]:
    notes = []
    if row.suppressed:
        notes.append(message("too few to publish"))
    if row.revision is not None:
        notes.append(message("version %(revision)s", revision=row.revision))
    return notes


@click.command(
    cls=Command,
    help=_("Write all responses of a survey, or its indices, into a file for other programs."),
)
@click.argument("survey")
@option(
    "--format",
    "file_format",
    required=True,
    type=click.Choice(FORMATS),
    help=_("Kind of file; responses written as CSV, XLSX or Parquet can be imported again."),
)
@option("--out", required=True, type=NEW_FILE, help=_("The file to write."))
@option("--indices", is_flag=True, help=_("Write the indices instead of the responses."))
@json_option
@pass_session
def export(
    session: Session, survey: str, file_format: str, out: Path, indices: bool, as_json: bool
) -> None:
    services = session.services
    require_folder(out)
    with session.progress(message("Writing")) as progress:
        if indices:
            done = services.exporting.export_indices(
                survey, out, file_format, OPERATOR, language=spoken_language()
            )
        else:
            services.counting.fold(survey)
            done = services.exporting.export_responses(
                survey, out, file_format, OPERATOR, language=spoken_language(), progress=progress
            )
    if as_json:
        session.show_json(
            {"survey": survey, "file": str(out), "format": file_format} | asdict(done)
        )
    else:
        session.say(message("Wrote %(n)s rows to %(file)s.", n=done.rows, file=out))

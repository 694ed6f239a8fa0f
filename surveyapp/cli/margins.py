"""Population margins: what the responses of a survey are weighted to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich import box
from rich.console import Console
from rich.table import Table

from surveyapp.cli.program import Group, _, json_option, option
from surveyapp.cli.session import FILE, OPERATOR, Session, pass_session
from surveyapp.domain.messages import message

if TYPE_CHECKING:
    from surveyapp.services.results.sample_weights import Calibrated, MarginSet

_WIDTH = 120


@click.group(cls=Group, help=_("Population margins: what responses are weighted to."))
def margins() -> None:
    pass


@margins.command(
    "set",
    help=_(
        "Weight a survey to the population shares or counts of a table (CSV, XLSX or Parquet) with"
        " the columns variable, level and share or count. A later set replaces this one."
    ),
)
@click.argument("survey")
@click.argument("file", type=FILE)
@option(
    "--source", required=True, help=_("Where the figures come from: publisher, table, as of when.")
)
@option("--wave", help=_("Wave or year the figures are for."))
@json_option
@pass_session
def set_margins(
    session: Session, survey: str, file: Path, source: str, wave: str | None, as_json: bool
) -> None:
    services = session.services
    services.counting.fold(survey)
    done = services.weighting.set_file(survey, file, OPERATOR, source=source, wave=wave)
    if as_json:
        from surveyapp.services.results.report_json import both, weighting_json

        notes = [both(note) for note in done.notes]
        answer = _as_json(done.margins) | {"survey": survey, "notes": notes}
        session.show_json(answer | {"weighting": weighting_json(done.calibrated)})
        return
    session.say(
        message(
            "Population margins no. %(n)s of “%(survey)s” are set.",
            n=done.margins.number,
            survey=survey,
        )
    )
    for note in done.notes:
        session.say(note)
    if done.calibrated is None:
        session.say(message("There is no response to weight yet."))
    else:
        _show(session, done.calibrated)


@margins.command("list", help=_("List the population margins of a survey, the present ones first."))
@click.argument("survey")
@json_option
@pass_session
def list_margins(session: Session, survey: str, as_json: bool) -> None:
    found = session.services.weighting.history(survey)
    if as_json:
        session.show_json({"survey": survey, "margins": [_as_json(one) for one in found]})
        return
    if not found:
        session.say(message("“%(survey)s” has no population margins.", survey=survey))
        return
    table = Table(box=box.SIMPLE)
    for heading in (
        message("No."),
        message("Wave"),
        message("Source"),
        message("File"),
        message("Set by"),
        message("Day"),
    ):
        table.add_column(session.in_words(heading))
    for one in found:
        day = one.set_at.astimezone(session.services.settings.timezone).date().isoformat()
        table.add_row(str(one.number), one.wave or "", one.source, one.file_name, one.set_by, day)
    Console(width=_WIDTH).print(table)


def _as_json(one: MarginSet) -> dict[str, Any]:
    from surveyapp.services.weights.weighting import margin_set_document

    return margin_set_document(one)


def _show(session: Session, done: Calibrated) -> None:
    """Show population and sample side by side, and what the weights cost."""
    if done.problem is not None:
        session.say(
            message(
                "The figures are not weighted to the population. %(problem)s", problem=done.problem
            )
        )
    table = Table(box=box.SIMPLE)
    for place, heading in enumerate(
        (
            message("Variable"),
            message("Level"),
            message("Responses"),
            message("Population (%)"),
            message("Sample (%)"),
            message("Weighted (%)"),
        )
    ):
        table.add_column(session.in_words(heading), justify="right" if place > 1 else "left")
    for margin in done.tables:
        for level in margin.levels:
            table.add_row(
                session.in_words(margin.title),
                session.in_words(level.title),
                str(level.n),
                "–" if level.population is None else f"{100 * level.population:.2f}",
                f"{100 * level.before:.2f}",
                f"{100 * level.after:.2f}",
            )
    Console(width=_WIDTH).print(table)
    report = done.report
    if report is not None:
        session.say(
            message(
                "Weights are %(low)s to %(high)s times the base weights; effective number of"
                " responses %(after)s instead of %(before)s.",
                low=f"{report.g_min:.2f}",
                high=f"{report.g_max:.2f}",
                after=f"{report.effective_n:.1f}",
                before=f"{report.effective_n_before:.1f}",
            )
        )

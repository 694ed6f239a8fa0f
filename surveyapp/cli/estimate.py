"""Estimates from any data file."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from rich import box
from rich.console import Console
from rich.table import Table

from surveyapp.cli.program import Command, _, json_option, option, spoken_language
from surveyapp.cli.session import FILE, Session, pass_session
from surveyapp.domain.messages import Message, message
from surveyapp.language import translate

if TYPE_CHECKING:
    from surveyapp.services.estimation.answer import Estimated, Figure, Method

STATISTICS: Final = ("mean", "total", "proportion", "quantile")
CALIBRATIONS: Final = ("poststratify", "rake", "linear", "logit")
INTERVALS: Final = ("t", "wilson", "logit", "beta")
LONELY: Final = ("fail", "certainty", "adjust", "average")
_WIDTH_OF_FILES: Final = 160
_HEADINGS: Final = (
    message("n"),
    message("Value"),
    message("Standard error"),
    message("Interval"),
    message("Effective n"),
    message("Design effect"),
)


class Limits(click.ParamType[tuple[float, float]]):
    """Two numbers, the lower first, with a comma between; `inf` is no limit."""

    name = "limits"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, float]:
        """Read the two numbers."""
        try:
            low, high = (float(part) for part in str(value).split(","))
        except ValueError:
            low = high = math.nan
        if not low < high:
            problem = message(
                "“%(value)s” is not two numbers, the smaller one first, such as 0.5,2.",
                value=value,
            )
            self.fail(translate(problem, spoken_language()), param, ctx)
        return low, high


@click.command(
    cls=Command,
    help=_(
        "Estimate a mean, total, proportion or quantile from a data file (CSV, XLSX or Parquet)"
        " with its survey design. Line 1 names the columns; nothing is stored."
    ),
)
@click.argument("file", type=FILE)
@option("--value", required=True, metavar="COLUMN", help=_("Column that is estimated."))
@option(
    "--statistic",
    type=click.Choice(STATISTICS),
    default="mean",
    help=_("What of it; the mean if left out."),
)
@option(
    "--level",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help=_("Which quantile; 0.5, the median, if left out."),
)
@option("--weight", metavar="COLUMN", help=_("Weights; equal ones if left out."))
@option("--strata", metavar="COLUMN", help=_("Strata of the sample."))
@option("--cluster", metavar="COLUMN", help=_("Clusters that were drawn."))
@option(
    "--fpc",
    metavar="COLUMN",
    help=_("Population size of the stratum: rows, or clusters where clusters were drawn."),
)
@option(
    "--by",
    "by",
    multiple=True,
    metavar="COLUMN[,COLUMN]",
    help=_("Columns whose combinations are the groups."),
)
@option(
    "--margins",
    type=FILE,
    help=_("Table of the population with the columns variable, level and share or count."),
)
@option("--calibrate", type=click.Choice(CALIBRATIONS), help=_("How weights meet the margins."))
@option(
    "--bounds",
    type=Limits(),
    metavar="L,U",
    help=_("Limits of the ratio of calibrated to base weight."),
)
@option("--trim", type=Limits(), metavar="L,U", help=_("Limits of the final weights."))
@option(
    "--unknown",
    type=click.Choice(["keep"]),
    help=_("keep: rows without a level of a margin get one of their own instead of a refusal."),
)
@option(
    "--lonely",
    type=click.Choice(LONELY),
    help=_("Rule for strata with one sampled unit, as in R; to refuse (fail) if left out."),
)
@option(
    "--interval",
    type=click.Choice(INTERVALS),
    help=_("Kind of interval; wilson for proportions and t otherwise if left out."),
)
@option(
    "--confidence",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.95,
    help=_("Coverage probability of the intervals; 0.95 if left out."),
)
@json_option
@pass_session
def estimate(
    session: Session,
    /,
    file: Path,
    by: tuple[str, ...],
    as_json: bool,
    unknown: str | None,
    **asked: Any,
) -> None:
    # Costs a second of imports that `--help` and wrong usage need not pay.
    from surveyapp.services.estimation.estimating import estimate as answer
    from surveyapp.services.estimation.request import Request

    request = Request(file=file, by=by, keep_unknown=unknown is not None, **asked)
    with session.progress(message("Reading rows")) as progress:
        made = answer(request, progress)
    if as_json:
        session.show_json(made.as_json())
    else:
        _show(session, made, request.value)


def _show(session: Session, made: Estimated, value: str) -> None:
    method = made.method
    title = f"{value}: {session.in_words(_NAMES[method.statistic])}"
    table = Table(box=box.SIMPLE, title=title, title_justify="left")
    columns = list(made.figures[0].by) if made.figures else []
    with_level = method.statistic == "proportion"
    for name in (*columns, *([value] if with_level else [])):
        table.add_column(name)
    for heading in _HEADINGS:
        table.add_column(session.in_words(heading), justify="right")
    for figure in made.figures:
        table.add_row(*figure.by.values(), *_cells(figure))
    console = Console()
    console.print(table) if console.is_terminal else Console(width=_WIDTH_OF_FILES).print(table)
    for note in _notes(method):
        session.say(note)


def _cells(figure: Figure) -> list[str]:
    made = figure.estimate
    interval = "–"
    if made.low is not None or made.high is not None:
        interval = f"{_short(made.low)} – {_short(made.high)}"
    return [
        *([] if figure.level is None else [figure.level]),
        str(made.n),
        _short(made.value),
        _short(made.se),
        interval,
        f"{made.effective_n:.1f}",
        _short(made.deff),
    ]


def _short(number: float | None) -> str:
    return "–" if number is None else f"{number:.6g}"


def _notes(method: Method) -> list[Message]:
    """Say in words how the figures were made."""
    notes = [
        message(
            "%(percent)s %% intervals (%(interval)s) from %(rows)s rows.",
            percent=f"{100 * method.confidence:g}",
            interval=method.interval,
            rows=method.rows,
        )
    ]
    if method.ungrouped:
        notes.append(
            message(
                "%(n)s rows without a level of the groups belong to none; they stay in the design.",
                n=method.ungrouped,
            )
        )
    if method.calibration is not None:
        notes.append(
            message(
                "Calibrated (%(method)s, %(n)s steps): margins met to %(error)s, weights changed by"
                " factors of %(low)s to %(high)s, effective n %(before)s → %(after)s.",
                method=method.calibrate,
                n=method.calibration.iterations,
                error=f"{method.calibration.margin_error:.1g}",
                low=f"{method.calibration.g_min:.4g}",
                high=f"{method.calibration.g_max:.4g}",
                before=f"{method.calibration.effective_n_before:.1f}",
                after=f"{method.calibration.effective_n:.1f}",
            )
        )
    notes += [
        message("%(n)s rows have no known level of “%(margin)s”.", n=n, margin=margin)
        for margin, n in method.unknown.items()
        if n
    ]
    if method.trimming is not None:
        notes.append(
            message(
                "%(n)s rows were brought to a limit of the weights, effective n %(before)s →"
                " %(after)s.",
                n=method.trimming.trimmed,
                before=f"{method.trimming.effective_n_before:.1f}",
                after=f"{method.trimming.effective_n:.1f}",
            )
        )
    return notes


_NAMES: Final = {
    "mean": message("mean"),
    "total": message("total"),
    "proportion": message("proportion"),
    "quantile": message("quantile"),
}

"""Handing reviews over to another platform."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Final

import click

from surveyapp.cli.files import require_folder
from surveyapp.cli.program import Command, _, json_option, option
from surveyapp.cli.session import NEW_FILE, OPERATOR, Session, pass_session
from surveyapp.domain.messages import message

DAY: Final = click.DateTime(["%Y-%m-%d"])


@click.command(
    cls=Command,
    help=_(
        "Write the reviews of a survey as another platform takes them, without personal data."
        " Each target says which satisfaction code is the best level."
    ),
)
@click.argument("survey")
@option(
    "--target",
    required=True,
    help=_("gbt39046, provincial, or a YAML file that describes another platform."),
)
@option("--out", required=True, type=NEW_FILE, help=_("The file to write."))
@option(
    "--format",
    "file_format",
    type=click.Choice(("csv", "json")),
    default="csv",
    help=_("Kind of file."),
)
@option("--region", default="", help=_("Code of the administrative division."))
@option("--since", type=DAY, help=_("First day of the reviews."))
@option("--until", type=DAY, help=_("Last day of the reviews."))
@json_option
@pass_session
def exchange(
    session: Session,
    survey: str,
    target: str,
    out: Path,
    file_format: str,
    region: str,
    since: datetime | None,
    until: datetime | None,
    as_json: bool,
) -> None:
    require_folder(out)
    exchanging = session.services.exchanging
    described = exchanging.target(target)
    done = exchanging.write(
        survey,
        described,
        out,
        OPERATOR,
        file_format=file_format,
        region=region,
        since=_day(since),
        until=_day(until),
    )
    if as_json:
        session.show_json(
            {
                "survey": survey,
                "target": described.key,
                "file": str(out),
                "rows": done.rows,
                "best": int(described.best),
                "left_out": [
                    {"reason": session.in_words(reason), "n": n} for reason, n in done.left_out
                ],
            }
        )
        return
    session.say(message("Wrote %(n)s rows to %(file)s.", n=done.rows, file=out))
    session.say(done.direction)
    for reason, n in done.left_out:
        session.say(message("Left out: %(n)s reviews %(reason)s.", n=n, reason=reason))


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()

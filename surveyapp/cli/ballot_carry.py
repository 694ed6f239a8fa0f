"""Votes on a laptop: carried out to a meeting, and carried home (会场模式)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from surveyapp.cli.ballots import ballot
from surveyapp.cli.files import require_folder
from surveyapp.cli.program import _, json_option, option
from surveyapp.cli.session import OPERATOR, Session, pass_session
from surveyapp.config import Settings
from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message

if TYPE_CHECKING:
    from surveyapp.storage.database import Database

_FOLDER = click.Path(file_okay=False, path_type=Path)


@ballot.command(
    "carry",
    help=_(
        "Copy votes in use into a folder for a laptop that goes to the meeting: their sealed urns,"
        " slips and accounts, no key and no other survey."
    ),
)
@click.argument("surveys", nargs=-1, required=True)
@option("--out", required=True, type=_FOLDER, help=_("The folder to make; for you alone."))
@pass_session
def carry(session: Session, surveys: Sequence[str], out: Path) -> None:
    from surveyapp.services.keyring import Keyring
    from surveyapp.storage.migrate import upgrade

    carrying = session.services.ballot_carrying
    require_folder(out)
    if out.exists():
        raise BadInput(message("“%(file)s” exists already: choose another name.", file=out))
    out.mkdir(mode=0o700)
    laptop = _settings(out)
    upgrade(laptop.database_url)
    with _opened(laptop) as database:
        carrying.carry_out(surveys, database, Keyring(laptop.secret_keys), OPERATOR)
    session.say(
        message(
            "%(n)s votes are in %(folder)s. Take it to the meeting, set SURVEYAPP_INSTANCE_DIR to"
            " it and run `surveyapp serve --lan`. Until it is home nobody may vote here.",
            n=len(dict.fromkeys(surveys)),
            folder=out,
        )
    )


@ballot.command(
    "home",
    help=_("Take over what happened at the meetings of a laptop: all of its votes, or none."),
)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@json_option
@pass_session
def home(session: Session, folder: Path, as_json: bool) -> None:
    services = session.services
    laptop = _settings(folder)
    file = Path(laptop.database_url.removeprefix("sqlite:///"))
    if not file.is_file():
        raise BadInput(message("There is no database in “%(folder)s”.", folder=folder))
    with _opened(laptop) as database:
        votes = services.ballot_carrying.carry_home(database, OPERATOR)
    if as_json:
        session.show_json(
            {
                "votes": [
                    {"survey": one.key, "ballots": one.ballots, "closed": one.is_closed}
                    for one in votes
                ]
            }
        )
        return
    for one in votes:
        session.say(
            message(
                "“%(key)s” is home with %(ballots)s sealed ballots. Open its urn with `surveyapp"
                " survey close`, then delete the folder.",
                key=one.key,
                ballots=one.ballots,
            )
        )


@ballot.command(
    "recall",
    help=_("Hold a vote here again whose laptop will not come home; what was cast there is lost."),
)
@click.argument("survey")
@pass_session
def recall(session: Session, survey: str) -> None:
    session.services.ballot_carrying.recall(survey, OPERATOR)
    session.say(
        message(
            "“%(key)s” takes ballots here again. What was cast on the laptop does not count, and"
            " its folder cannot come home any more once somebody has voted here.",
            key=survey,
        )
    )


def _settings(folder: Path) -> Settings:
    """Return the settings of a laptop whose instance folder this is, whatever the office's are."""
    return Settings.from_environ({"SURVEYAPP_INSTANCE_DIR": str(folder)})


@contextmanager
def _opened(settings: Settings) -> Iterator[Database]:
    from surveyapp.storage.database import Database

    database = Database(settings.database_url)
    try:
        yield database
    finally:
        database.dispose()

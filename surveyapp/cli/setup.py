"""Setting up: the database."""

from __future__ import annotations

import click

from surveyapp.cli.program import Command, _
from surveyapp.cli.session import Session, pass_session
from surveyapp.domain.messages import message


@click.command(cls=Command, help=_("Create the database, or bring it to the newest schema."))
@pass_session
def init(session: Session) -> None:
    from surveyapp.storage.migrate import upgrade  # costs half a second that --help need not pay

    settings = session.settings
    upgrade(settings.database_url)
    session.say(message("The database is ready."))

"""The demonstration: set everything up, say where to look, serve."""

from __future__ import annotations

import errno
import os
import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import click
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from surveyapp.cli.files import write_secret
from surveyapp.cli.program import Command, Refused, _, option, spoken_language
from surveyapp.cli.session import Session, pass_session
from surveyapp.config import Settings
from surveyapp.domain.accounts import ROLE_NAMES
from surveyapp.domain.errors import Conflict, NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Actor, Grant, Role
from surveyapp.domain.text import Text

if TYPE_CHECKING:
    from surveyapp.services.assembly import Services
    from surveyapp.services.demonstration.demonstrating import Demo

SEED: Final = 20261121
_DEMO: Final = Actor("demo")
_ACCOUNTS: Final = (
    ("demo-unit", Text("演示中心主任", "Demo head of the centre"), Role.UNIT),
    ("demo-editor", Text("演示编辑", "Demo editor"), Role.EDITOR),
    ("demo-reviewer", Text("演示审核人", "Demo reviewer"), Role.REVIEWER),
    ("demo-admin", Text("演示管理员", "Demo administrator"), Role.ADMIN),
    ("demo-examiner", Text("演示考核组", "Demo examiner"), Role.EXAMINER),
)
_SLIPS: Final = "rehearsal-slips.html"


@click.command(
    cls=Command,
    help=_(
        "Load the demonstration with real data and serve it. Starting it again keeps what was"
        " entered."
    ),
)
@option("--reset", is_flag=True, help=_("Delete the demonstration's database and start over."))
@option(
    "--simulate",
    is_flag=True,
    help=_("Fill every screen with made-up answers, in a database of their own."),
)
@option(
    "--port",
    type=click.IntRange(1, 65535),
    help=_("Where to listen, unless SURVEYAPP_BASE_URL says it; 8000 if left out."),
)
@option("--no-serve", is_flag=True, help=_("Set everything up and print it, but serve nothing."))
@pass_session
def demo(session: Session, reset: bool, simulate: bool, port: int | None, no_serve: bool) -> None:
    from surveyapp.server import address_to_bind, serve

    settings = _settings(port, simulate=simulate)
    if not no_serve:
        require_free(address_to_bind(settings))
    if reset:
        _start_over(settings)
    _set_up(session, settings, simulate=simulate)
    if not no_serve:
        session.say(message("Press Ctrl+C to stop."))
        sys.stdout.flush()
        serve(settings)


def _settings(port: int | None, *, simulate: bool) -> Settings:
    """Return the settings of the environment, changed by the options."""
    environ = dict(os.environ)
    if port is not None:
        if environ.get("SURVEYAPP_BASE_URL"):
            raise Conflict(
                message("SURVEYAPP_BASE_URL already names the port: leave out --port, or unset it.")
            )
        environ["SURVEYAPP_BASE_URL"] = f"http://127.0.0.1:{port}"
    if simulate:
        environ.pop("SURVEYAPP_DATABASE_URL", None)
    settings = Settings.from_environ(environ)
    if simulate:
        file = settings.instance_dir / "simulated.sqlite3"
        settings = replace(settings, database_url=f"sqlite:///{file}")
    return settings


def require_free(address: str) -> None:
    """Refuse a port that another program listens on.

    Raises
    ------
    Refused
    """
    host, _colon, port = address.rpartition(":")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                reason = message(
                    "Port %(port)s is in use: stop the program that listens there, or choose"
                    " another one with --port.",
                    port=port,
                )
            else:
                reason = message("Port %(port)s cannot be used on this machine.", port=port)
            raise Refused.because(reason) from error


def _start_over(settings: Settings) -> None:
    """Remove an embedded database that is the demo's.

    Raises
    ------
    Conflict
        It is on a server, or holds surveys but not those of the demo.
    """
    if not settings.database_url.startswith("sqlite:///"):
        raise Conflict(
            message("Only an embedded database can start over; empty the PostgreSQL one yourself.")
        )
    file = Path(settings.database_url.removeprefix("sqlite:///"))
    if not file.exists():
        return
    services = _opened(settings)
    services.database.dispose()
    for ending in ("", "-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)


def _opened(settings: Settings) -> Services:
    """Bring the database up to date and make sure that it is nobody's but the demo's."""
    from surveyapp.services.assembly import assemble
    from surveyapp.services.demonstration.demonstrating import REVIEW
    from surveyapp.storage.migrate import upgrade

    upgrade(settings.database_url)
    services = assemble(settings)
    keys = {summary.key for summary in services.authoring.summaries()}
    if keys and REVIEW not in keys:
        services.database.dispose()
        raise Conflict(
            message(
                "This database holds surveys of its own: the demonstration keeps away from it."
                " Set SURVEYAPP_DATABASE_URL to another one."
            )
        )
    return services


def _set_up(session: Session, settings: Settings, *, simulate: bool) -> None:
    from surveyapp.services.demonstration import demonstrating

    services = _opened(settings)
    try:
        with session.progress(message("Loading the demonstration")):
            if simulate:
                loaded = demonstrating.simulate(services, SEED)
            else:
                loaded = demonstrating.load_demo(services)
        passwords = _accounts(services)
        _announce(session, services, loaded, passwords)
    finally:
        services.database.dispose()


def _accounts(services: Services) -> dict[str, str]:
    """Make the demo's accounts, or give them new passwords: what is printed must work."""
    from surveyapp.services.demonstration.demonstrating import UNIT

    passwords = {}
    for name, full_name, role in _ACCOUNTS:
        try:
            services.staffing.find(name)
        except NotFound:
            grant = Grant(role, UNIT if role is Role.UNIT else None)
            full = full_name.in_language(services.settings.language)
            services.staffing.add(name, (grant,), full, _DEMO)
        passwords[name] = services.staffing.reset_password(name, _DEMO, lasting=True)
    return passwords


def _announce(
    session: Session, services: Services, loaded: Demo, passwords: dict[str, str]
) -> None:
    """Say where a phone and where staff go."""
    from surveyapp.services.places.printing import qr_terminal
    from surveyapp.services.results.reporting import SIMULATED

    settings = services.settings
    place = loaded.places[0]
    click.echo()
    if services.database.is_simulated():
        session.say(SIMULATED)
        click.echo()
    session.say(message("Scan to rate “%(label)s”:", label=place.label))
    click.echo()
    click.echo(qr_terminal(place.url, colours=sys.stdout.isatty()))
    click.echo()
    click.echo(f"  {place.url}")
    if settings.host in ("127.0.0.1", "localhost"):
        session.say(
            message(
                "Only this computer reaches that address. For a phone in the same network start"
                " with SURVEYAPP_BASE_URL=http://<address of this computer>:%(port)s.",
                port=urlsplit(settings.base_url).port or 80,
            )
        )
    click.echo()
    session.say(message("Staff sign in at %(url)s:", url=f"{settings.base_url}/console/"))
    table = Table.grid(padding=(0, 4))
    for name, _full_name, role in _ACCOUNTS:
        table.add_row(name, passwords[name], ROLE_NAMES[role].in_language(spoken_language()))
    Console(width=100).print(Padding(table, (0, 2)))
    session.say(message("The passwords are made anew at each start; those of earlier starts end."))
    _rehearse(session, services)
    click.echo()
    _say_the_walk(session, loaded)


def _rehearse(session: Session, services: Services) -> None:
    """Write slips of the demo's evaluation, and say where to try it at once."""
    from surveyapp.services.ballots.printing import slips_html
    from surveyapp.services.demonstration.rehearsal import prepare_rehearsal

    rehearsal = prepare_rehearsal(services)
    if rehearsal is None:
        return
    settings = services.settings
    file = settings.instance_dir / _SLIPS
    # Slips of earlier starts are worth as much as these: nothing.
    file.unlink(missing_ok=True)
    with write_secret(file) as write:
        write(slips_html(rehearsal.slips).encode())
    click.echo()
    session.say(message("Democratic evaluation, a rehearsal: open this ballot and submit it:"))
    click.echo(f"  {rehearsal.url}")
    session.say(message("More slips to print, with QR codes: %(file)s", file=file))
    session.say(
        message(
            "The whole way: demo-reviewer puts the vote in use, demo-editor issues slips,"
            " demo-reviewer ends it, demo-examiner prints the tabulation: %(url)s",
            url=f"{settings.base_url}/console/ballots/{rehearsal.key}/desk",
        )
    )


def _say_the_walk(session: Session, loaded: Demo) -> None:
    """Lead from a bad review to the citizen's word that it is fixed."""
    session.say(message("From a bad review to “it is fixed”:"))
    steps = (
        message("Scan, choose “Very dissatisfied”, submit; leave the receipt page open."),
        message(
            "%(n)s min later, when the level can no longer change, demo-unit signs in, opens the"
            " case under “Cases of bad reviews” and verifies it.",
            n=loaded.change_minutes,
        ),
        message("demo-editor assigns it: responsible person, goal, deadline."),
        message("demo-unit answers: what was done, and the words that the citizen reads."),
        message("On the phone: open the receipt page again, read the answer, press “Satisfied”."),
        message(
            "demo-reviewer closes it: the receipt says “Closed”, and the rates show one bad review,"
            " put right."
        ),
    )
    for n, step in enumerate(steps, 1):
        click.echo(f"  {n}. {session.in_words(step)}")

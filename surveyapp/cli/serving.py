"""Serving without `make`: an installation, or a meeting on one laptop (会场模式)."""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import click

from surveyapp.cli.demo import require_free
from surveyapp.cli.files import write_whole
from surveyapp.cli.program import Command, _, option
from surveyapp.cli.session import NEW_FILE, Session, pass_session
from surveyapp.config import Settings
from surveyapp.domain.errors import BadInput, Conflict
from surveyapp.domain.messages import message

if TYPE_CHECKING:
    from surveyapp.services.assembly import Services

# Nobody is asked: connecting a datagram socket only chooses the way, and with it our address.
_SOMEWHERE: Final = ("192.0.2.1", 9)


@click.command(
    cls=Command,
    help=_(
        "Serve the database of the environment until Ctrl+C. With --lan for the phones in the room:"
        " over plain http, under this computer's address in the local network."
    ),
)
@option("--lan", is_flag=True, help=_("For the local network: finds this computer's address."))
@option("--address", help=_("This computer's address in the local network, such as 192.168.8.10."))
@option("--port", type=click.IntRange(1, 65535), help=_("Where to listen; 8000 if left out."))
@option(
    "--sheet",
    type=NEW_FILE,
    help=_("Write a page with the address and its QR code, to hang up or to project."),
)
@option("--no-serve", is_flag=True, help=_("Print what would be served, and serve nothing."))
@pass_session
def serve(
    session: Session,
    lan: bool,
    address: str | None,
    port: int | None,
    sheet: Path | None,
    no_serve: bool,
) -> None:
    from surveyapp.server import address_to_bind
    from surveyapp.server import serve as serve_forever

    settings = _settings(lan=lan, address=address, port=port)
    if not no_serve:
        require_free(address_to_bind(settings))
    session.settings = settings
    services = session.services
    try:
        _announce(session, services, settings, sheet)
    finally:
        services.database.dispose()
    if not no_serve:
        session.say(message("Press Ctrl+C to stop."))
        sys.stdout.flush()
        serve_forever(settings)


def _settings(*, lan: bool, address: str | None, port: int | None) -> Settings:
    """Return the settings of the environment, under the address that is wanted."""
    environ = dict(os.environ)
    if lan or address or port:
        if environ.get("SURVEYAPP_BASE_URL"):
            raise Conflict(
                message(
                    "SURVEYAPP_BASE_URL already names the address: leave out --lan, --address and"
                    " --port, or unset it."
                )
            )
        host = _host(address) if address else _own_address() if lan else "127.0.0.1"
        environ["SURVEYAPP_BASE_URL"] = f"http://{host}:{port or 8000}"
    return Settings.from_environ(environ)


def _host(address: str) -> str:
    try:
        return str(ipaddress.IPv4Address(address.strip()))
    except ValueError:
        raise BadInput(
            message("“%(address)s” is no address such as 192.168.8.10.", address=address[:80])
        ) from None


def _own_address() -> str:
    """Return this computer's address in the network that the router spans."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect(_SOMEWHERE)
            return str(probe.getsockname()[0])
    except OSError:
        raise Conflict(
            message(
                "This computer's address in the local network was not found: connect it to the"
                " router, or name the address with --address."
            )
        ) from None


def _announce(session: Session, services: Services, settings: Settings, sheet: Path | None) -> None:
    """Say where phones and staff go, and what does not belong on this computer."""
    from surveyapp.services.ballots.printing import wall_html
    from surveyapp.services.places.printing import qr_terminal

    door = f"{settings.base_url}/b/"
    votes = services.ballot_closing.open_votes()
    if votes:
        session.say(
            message(
                "Votes that are open here: %(n)s. Voters scan this or their slip:", n=len(votes)
            )
        )
        click.echo()
        click.echo(qr_terminal(door, colours=sys.stdout.isatty()))
        click.echo()
        click.echo(f"  {door}")
        click.echo()
    session.say(message("Staff sign in at %(url)s:", url=f"{settings.base_url}/console/"))
    if sheet is not None:
        write_whole(sheet, wall_html(door).encode())
        session.say(message("The page to hang up is in %(file)s.", file=sheet))
    if not settings.is_https and urlsplit(settings.base_url).hostname != "127.0.0.1":
        session.say(
            message(
                "Plain http: whoever runs the router could read what phones send. Use a router of"
                " your own, with a password, and without internet."
            )
        )
        for key in votes:
            if services.ballot_closing.has_key_file(key):
                session.say(
                    message(
                        "The key of “%(key)s” is on this computer. Leave it at the office: set"
                        " SURVEYAPP_KEY_DIR to a folder that does not travel.",
                        key=key,
                    )
                )

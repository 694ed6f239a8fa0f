"""Tokens of programs."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from surveyapp.cli.program import Group, _, json_option, option
from surveyapp.cli.session import OPERATOR, Session, pass_session
from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message
from surveyapp.domain.tokens import Scope, Token, scope_named


@click.group(cls=Group, help=_("Tokens with which programs use /api/v1."))
def token() -> None:
    pass


@token.command("add", help=_("Make a token and print it: once, it is stored nowhere."))
@click.argument("name")
@option(
    "--scope",
    "scopes",
    required=True,
    multiple=True,
    help=_("invitations, volumes, figures, snapshots, scores or values."),
)
@option("--days", required=True, type=int, help=_("For how many days it is good, 1 to 731."))
@json_option
@pass_session
def add(session: Session, name: str, scopes: tuple[str, ...], days: int, as_json: bool) -> None:
    if len(scopes) > 1:
        raise BadInput(
            message("A token is good for one thing: name one scope, and make a token for each.")
        )
    issued = session.services.tokens.add(name, scope_named(scopes[0]), days, OPERATOR)
    if as_json:
        session.show_json({**_document(issued.token), "token": issued.text})
    else:
        click.echo(issued.text)


@token.command("list", help=_("List tokens; what they open, never the tokens themselves."))
@json_option
@pass_session
def list_(session: Session, as_json: bool) -> None:
    tokens = session.services.tokens.all()
    if as_json:
        session.show_json({"tokens": [_document(one) for one in tokens]})
        return
    zone = session.settings.timezone
    for one in tokens:
        until = one.expires_at.astimezone(zone).isoformat(timespec="minutes")
        click.echo(f"{one.name}\t{one.scope}\t{until}\t{_state(one)}")


@token.command("revoke", help=_("Make a token worthless at once."))
@click.argument("name")
@json_option
@pass_session
def revoke(session: Session, name: str, as_json: bool) -> None:
    revoked = session.services.tokens.revoke(name, OPERATOR)
    if as_json:
        session.show_json(_document(revoked))
    else:
        session.say(message("The token “%(name)s” is revoked.", name=revoked.name))


def _document(one: Token) -> dict[str, str | None]:
    return {
        "name": one.name,
        "scope": str(Scope(one.scope)),
        "state": _state(one),
        "created_by": one.created_by,
        "created_at": one.created_at.isoformat(),
        "expires_at": one.expires_at.isoformat(),
        "revoked_at": None if one.revoked_at is None else one.revoked_at.isoformat(),
    }


def _state(one: Token) -> str:
    if one.revoked_at is not None:
        return "revoked"
    return "valid" if one.is_valid(datetime.now(UTC)) else "expired"

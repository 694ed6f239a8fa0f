"""Closed ballots: slips with credentials."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from surveyapp.cli.files import write_secret
from surveyapp.cli.program import Group, _, json_option, option
from surveyapp.cli.session import NEW_FILE, OPERATOR, Session, pass_session
from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message

if TYPE_CHECKING:
    from surveyapp.services.ballots.preparing import Slips


@click.group(cls=Group, help=_("Issue and replace the slips of a closed ballot."))
def credentials() -> None:
    pass


@click.group(cls=Group, help=_("What belongs to a closed ballot besides its slips."))
def ballot() -> None:
    pass


@credentials.command(
    "issue",
    help=_(
        "Make one-time codes and write them as slips to tear off. Never more than a class has"
        " members; only digests of the codes are stored."
    ),
)
@click.argument("survey")
@option(
    "--class",
    "classes",
    multiple=True,
    required=True,
    help=_("Class and number, such as A=12; repeat it for several classes."),
)
@option("--out", required=True, type=NEW_FILE, help=_("The HTML file to write; for you alone."))
@option("--rehearsal", is_flag=True, help=_("Throw-away codes that never reach the urn."))
@json_option
@pass_session
def issue(
    session: Session,
    survey: str,
    classes: Sequence[str],
    out: Path,
    rehearsal: bool,
    as_json: bool,
) -> None:
    numbers = class_numbers(classes)
    with write_secret(out) as write:
        slips = session.services.ballot_preparing.issue(
            survey,
            numbers,
            OPERATOR,
            rehearsal=rehearsal,
            deliver=lambda made: write(_page(made)),
        )
    _answer(session, survey, slips, out, as_json=as_json)


def class_numbers(classes: Sequence[str]) -> dict[str, int]:
    """Read classes with numbers, such as ``A=12``.

    Raises
    ------
    BadInput
        One is not written like that, or stands there twice.
    """
    numbers: dict[str, int] = {}
    for given in classes:
        key, _equals, n = given.partition("=")
        if not n.isascii() or not n.isdecimal() or len(n) > 6 or key in numbers:
            raise BadInput(
                message(
                    "“%(given)s” is no class with a number: write --class A=12, each class once.",
                    given=given[:80],
                )
            )
        numbers[key] = int(n)
    return numbers


@credentials.command(
    "replace",
    help=_("Make a spoiled slip worthless and write another one, before two members of staff."),
)
@click.argument("survey")
@click.argument("code")
@option(
    "--witness",
    "witnesses",
    multiple=True,
    required=True,
    help=_("Name of an account; give it twice, for two different ones."),
)
@option("--out", required=True, type=NEW_FILE, help=_("The HTML file to write; for you alone."))
@json_option
@pass_session
def replace(
    session: Session, survey: str, code: str, witnesses: Sequence[str], out: Path, as_json: bool
) -> None:
    first, second = (*witnesses, "", "")[:2]
    with write_secret(out) as write:
        slips = session.services.ballot_preparing.replace(
            survey, code, (first, second), OPERATOR, deliver=lambda made: write(_page(made))
        )
    _answer(session, survey, slips, out, as_json=as_json)


def _page(slips: Slips) -> bytes:
    from surveyapp.services.ballots.printing import slips_html

    return slips_html(slips).encode()


def _answer(session: Session, survey: str, slips: Slips, out: Path, *, as_json: bool) -> None:
    if as_json:
        session.show_json(
            {
                "survey": survey,
                "file": str(out),
                "rehearsal": slips.rehearsal,
                "classes": slips.by_class,
            }
        )
    else:
        session.say(
            message(
                "%(n)s slips are in %(file)s. Print them, shuffle them class by class, and delete"
                " the file.",
                n=len(slips.slips),
                file=out,
            )
        )
        say_where_they_lead(session)


def say_where_they_lead(session: Session) -> None:
    """Warn where slips carry an address that no phone can reach."""
    settings = session.services.settings
    if settings.host in ("127.0.0.1", "::1", "localhost"):
        session.say(
            message(
                "Attention: these slips carry the address %(address)s, which no phone can reach."
                " Set SURVEYAPP_BASE_URL before you issue the slips of a vote.",
                address=settings.base_url,
            )
        )

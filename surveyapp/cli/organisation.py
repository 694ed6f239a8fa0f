"""The organisation: accounts, units, and what a survey rates."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click

from surveyapp.cli.program import Group, Refused, _, json_option, option
from surveyapp.cli.session import FILE, OPERATOR, Session, pass_session
from surveyapp.domain.accounts import require_team
from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message
from surveyapp.domain.organisation import InvalidOrganisation
from surveyapp.domain.roles import OF_A_TEAM, Grant, Role


@click.group(cls=Group, help=_("Make accounts for the console."))
def staff() -> None:
    pass


@staff.command("add", help=_("Make an account and print its one-time password."))
@click.argument("name")
@option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice([str(role) for role in Role]),
    help=_("What the account may do; repeat it for several roles."),
)
@option("--unit", help=_("Code of the unit that the role unit is bound to."))
@option(
    "--team",
    help=_("Name of the team whose meetings an examiner or scrutineer sees; all without it."),
)
@option("--full-name", help=_("The person's name; the sign-in name if left out."))
@json_option
@pass_session
def add(
    session: Session,
    name: str,
    roles: tuple[str, ...],
    unit: str | None,
    team: str | None,
    full_name: str | None,
    as_json: bool,
) -> None:
    if unit is not None and Role.UNIT not in roles:
        raise BadInput(message("The unit role needs a unit, and no other role has one."))
    if team is not None and not OF_A_TEAM & set(roles):
        raise BadInput(message("Only examiners and scrutineers belong to a team."))
    grants = tuple(
        Grant(
            Role(role),
            unit if role == Role.UNIT else None,
            require_team(team or "") if role in OF_A_TEAM else None,
        )
        for role in roles
    )
    password = session.services.staffing.add(name, grants, full_name or name, OPERATOR)
    account = session.services.staffing.find(name)
    if as_json:
        session.show_json(
            {
                "name": account.name,
                "full_name": account.full_name,
                "roles": [str(grant.role) for grant in account.grants],
                "unit": unit,
                "team": next((one.team for one in account.grants if one.team), None),
                "password": password,
            }
        )
        return
    session.say(message("Account: %(name)s", name=account.name))
    session.say(
        message(
            "One-time password, shown only now: %(password)s",
            password=password,
        )
    )


@click.group(cls=Group, help=_("Units: offices, departments, windows."))
def unit() -> None:
    pass


@unit.command(
    "import",
    help=_(
        "Import units from a table (CSV or XLSX) with the columns code, name, parent and category."
        " It adds and changes; nothing is removed."
    ),
)
@click.argument("file", type=FILE)
@json_option
@pass_session
def import_units(session: Session, file: Path, as_json: bool) -> None:
    organising = session.services.organising
    with _rows_of(session, file):
        done = organising.import_units(file, OPERATOR)
    _show(session, asdict(done), as_json=as_json)


@click.group(cls=Group, help=_("What a survey rates."))
def subject() -> None:
    pass


@subject.command(
    "import",
    help=_(
        "Import what a survey rates from a table with the columns key, title, title_en and unit."
        " It adds and changes; nothing is removed."
    ),
)
@click.argument("survey")
@click.argument("file", type=FILE)
@json_option
@pass_session
def import_subjects(session: Session, survey: str, file: Path, as_json: bool) -> None:
    rated = session.services.rated
    with _rows_of(session, file):
        done = rated.import_file(survey, file, OPERATOR)
    _show(session, asdict(done), as_json=as_json)


@contextmanager
def _rows_of(session: Session, file: Path) -> Iterator[None]:
    """Turn bad rows into lines that name the file and the row."""
    try:
        yield
    except InvalidOrganisation as error:
        raise Refused(
            [
                session.in_words(error.message),
                *(f"{file}:{one.row}: {session.in_words(one.message)}" for one in error.problems),
            ]
        ) from error


def _show(session: Session, done: dict[str, int], *, as_json: bool) -> None:
    if as_json:
        session.show_json(done)
    else:
        session.say(message("%(new)s new, %(changed)s changed, %(unchanged)s unchanged.", **done))

"""The organisation: accounts, units, and what a survey rates."""

from __future__ import annotations

import click

from surveyapp.cli.program import Group, _, json_option, option
from surveyapp.cli.session import OPERATOR, Session, pass_session
from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Grant, Role


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
@option("--full-name", help=_("The person's name; the sign-in name if left out."))
@json_option
@pass_session
def add(
    session: Session,
    name: str,
    roles: tuple[str, ...],
    unit: str | None,
    full_name: str | None,
    as_json: bool,
) -> None:
    if unit is not None and Role.UNIT not in roles:
        raise BadInput(message("The unit role needs a unit, and no other role has one."))
    grants = tuple(Grant(Role(role), unit if role == Role.UNIT else None) for role in roles)
    password = session.services.staffing.add(name, grants, full_name or name, OPERATOR)
    account = session.services.staffing.find(name)
    if as_json:
        session.show_json(
            {
                "name": account.name,
                "full_name": account.full_name,
                "roles": [str(grant.role) for grant in account.grants],
                "unit": unit,
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


@click.group(cls=Group, help=_("What a survey rates."))
def subject() -> None:
    pass

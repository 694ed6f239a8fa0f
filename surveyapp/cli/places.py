"""Places: the codes that hang on walls."""

from __future__ import annotations

from pathlib import Path

import click

from surveyapp.cli.files import write_whole
from surveyapp.cli.program import Group, _, json_option, option
from surveyapp.cli.session import NEW_FILE, OPERATOR, Session, pass_session
from surveyapp.domain.codes import grouped
from surveyapp.domain.messages import message


@click.group(cls=Group, help=_("Add, print and revoke place codes."))
def place() -> None:
    pass


@place.command("add", help=_("Add a place and print its code and address."))
@click.argument("survey")
@option("--label", required=True, help=_("What stands on the sheet, such as the window's name."))
@option("--subject", help=_("Key of what is rated there; a new key makes a new subject."))
@json_option
@pass_session
def add(session: Session, survey: str, label: str, subject: str | None, as_json: bool) -> None:
    made = session.services.placing.add(survey, label, subject, OPERATOR)
    if as_json:
        session.show_json(
            {
                "code": made.code,
                "url": made.url,
                "survey": made.survey_key,
                "label": made.label,
                "subject": made.subject_key,
            }
        )
    else:
        click.echo(f"{grouped(made.code)}\t{made.url}\t{made.label}")


@place.command("print", help=_("Write the sheets to print: a page of A4 for each place."))
@click.argument("survey")
@option("--out", required=True, type=NEW_FILE, help=_("The HTML file to write."))
@json_option
@pass_session
def print_(session: Session, survey: str, out: Path, as_json: bool) -> None:
    sheets = session.services.printing.place_sheets(survey)
    write_whole(out, sheets.html.encode())
    if as_json:
        session.show_json({"survey": survey, "file": str(out), "sheets": sheets.count})
    else:
        session.say(
            message(
                "%(n)s sheets are in %(file)s: open it in a browser and print it on A4.",
                n=sheets.count,
                file=out,
            )
        )


@place.command("revoke", help=_("Make a place code worthless; responses given there stay."))
@click.argument("code")
@json_option
@pass_session
def revoke(session: Session, code: str, as_json: bool) -> None:
    placing = session.services.placing
    placing.revoke(code, OPERATOR)
    revoked = placing.find(code)
    if as_json:
        session.show_json(
            {
                "code": revoked.code,
                "survey": revoked.survey_key,
                "label": revoked.label,
                "revoked": revoked.revoked,
            }
        )
    else:
        session.say(
            message(
                "The code %(code)s of “%(label)s” is revoked.",
                code=grouped(revoked.code),
                label=revoked.label,
            )
        )

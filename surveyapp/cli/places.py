"""Places: the codes that hang on walls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from surveyapp.cli.files import write_whole
from surveyapp.cli.program import Group, Refused, _, json_option, option
from surveyapp.cli.session import FILE, NEW_FILE, OPERATOR, Session, pass_session
from surveyapp.domain.codes import grouped
from surveyapp.domain.layouts import layout_named
from surveyapp.domain.messages import message
from surveyapp.domain.places import PlaceOrder, rates_named
from surveyapp.services.tables import InvalidTable


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
@option(
    "--layout",
    default="stand",
    show_default=True,
    help=_("stand (a page each), sheet (6 to cut out), sticker or sticker-large (labels)."),
)
@json_option
@pass_session
def print_(session: Session, survey: str, out: Path, layout: str, as_json: bool) -> None:
    sheets = session.services.printing.place_sheets(survey, layout=layout_named(layout))
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


@place.command(
    "import",
    help=_("Make a place for each row of a table (CSV, XLSX): all of them, or none."),
)
@click.argument("survey")
@click.argument("file", type=FILE)
@json_option
@pass_session
def import_(session: Session, survey: str, file: Path, as_json: bool) -> None:
    with refusing_rows(session, file):
        made = session.services.place_files.import_file(survey, file, OPERATOR)
    if as_json:
        rows = [{"code": one.code, "url": one.url, "label": one.label} for one in made]
        session.show_json({"survey": survey, "places": rows})
    else:
        session.say(message("%(n)s places are made.", n=len(made)))


@place.command(
    "roster",
    help=_(
        "Import who sat at which window when (CSV, XLSX). It takes the place of what stood there"
        " for these windows from the first shift in the file to the last."
    ),
)
@click.argument("survey")
@click.argument("file", type=FILE)
@json_option
@pass_session
def roster(session: Session, survey: str, file: Path, as_json: bool) -> None:
    with refusing_rows(session, file):
        plan = session.services.rostering.import_file(survey, file, OPERATOR)
    if as_json:
        session.show_json(
            {
                "survey": survey,
                "new": len(plan.new),
                "removed": len(plan.removed),
                "unchanged": plan.unchanged,
            }
        )
    else:
        session.say(
            message(
                "Shifts: %(new)s new, %(removed)s replaced, %(same)s unchanged.",
                new=len(plan.new),
                removed=len(plan.removed),
                same=plan.unchanged,
            )
        )


@place.command(
    "move",
    help=_("Say where a place stands and what is reviewed there, without printing again."),
)
@click.argument("code")
@option("--label", help=_("What stands on the sheet, such as the window's name."))
@option("--hall", help=_("The hall or platform; empty takes it away."))
@option("--window", help=_("The number of the window; empty takes it away."))
@option("--subject", help=_("Key of what is rated there; empty for the whole survey."))
@option("--rates", help=_("What is reviewed: case, item, person or hall; empty for nothing."))
@json_option
@pass_session
def move(session: Session, /, code: str, as_json: bool, **given: str | None) -> None:
    placing = session.services.placing
    now = placing.find(code)

    def wanted(name: str, before: str | None) -> str | None:
        text = given[name]
        return before if text is None else text or None

    rates = given["rates"]
    order = PlaceOrder(
        label=wanted("label", now.label) or "",
        subject_key=wanted("subject", now.subject_key),
        hall=wanted("hall", now.hall),
        window=wanted("window", now.window),
        rates=now.rates if rates is None else rates_named(rates),
    )
    moved = placing.change(code, order, OPERATOR)
    place = placing.find(code)
    if as_json:
        session.show_json(
            {
                "code": place.code,
                "label": place.label,
                "hall": place.hall,
                "window": place.window,
                "subject": place.subject_key,
                "rates": place.rates,
                "changed": moved.changed,
                "shifts_ended": moved.shifts_ended,
            }
        )
    else:
        session.say(
            message(
                "“%(label)s” stands for what you chose from now on; %(n)s shifts of its roster"
                " ended.",
                label=place.label,
                n=moved.shifts_ended,
            )
        )


@contextmanager
def refusing_rows(session: Session, file: Path) -> Iterator[None]:
    """Print every row that is refused with its line."""
    try:
        yield
    except InvalidTable as refusal:
        rows = [f"{file}:{one.line}: {session.in_words(one.message)}" for one in refusal.problems]
        raise Refused([session.in_words(refusal.message), *rows]) from refusal


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

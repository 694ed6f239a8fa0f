"""Surveys: import a definition, put it in use, end collection, list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from surveyapp.cli.program import Group, Refused, _, json_option, option
from surveyapp.cli.session import FILE, OPERATOR, Session, pass_session
from surveyapp.domain.errors import BadInput, InvalidDefinition, Problem
from surveyapp.domain.messages import Message, message

if TYPE_CHECKING:
    from surveyapp.services.authoring import SurveySummary

_STATUS = {
    "draft": message("draft"),
    "open": message("in use"),
    "closed": message("closed"),
}
_KIND = {
    "review": message("review"),
    "satisfaction": message("satisfaction survey"),
}


@click.group(cls=Group, help=_("Import surveys, put them in use, close them."))
def survey() -> None:
    pass


@survey.command(
    "import",
    help=_(
        "Import a definition as YAML or as an XLSForm workbook. A new key makes a new survey, a"
        " known one a draft of its next revision."
    ),
)
@click.argument("file", type=FILE)
@json_option
@pass_session
def import_(session: Session, file: Path, as_json: bool) -> None:
    from surveyapp.services.definition_files import read_definition

    services = session.services
    try:
        definition = read_definition(file.read_bytes(), file.name)
    except InvalidDefinition as error:
        raise Refused([_line(session, file, one) for one in error.problems]) from error
    summary = services.authoring.import_definition(definition, OPERATOR)
    _answer(
        session,
        summary,
        message("Imported “%(title)s” as %(key)s, version %(revision)s.", **_words(summary)),
        as_json=as_json,
    )


def _line(session: Session, file: Path, problem: Problem) -> str:
    place = ":".join(str(part) for part in (file, problem.line) if part is not None)
    where = f"{problem.path}: " if problem.path else ""
    return f"{place}: {where}{session.in_words(problem.message)}"


@survey.command("publish", help=_("Put a survey in use: from now on people can answer."))
@click.argument("key")
@option("--scrutineers", is_flag=True, help=_("Only for ballots: several people keep the key."))
@json_option
@pass_session
def publish(session: Session, key: str, scrutineers: bool, as_json: bool) -> None:
    services = session.services
    if scrutineers:
        _refuse_ballot_option(services.authoring.get(key).summary, "--scrutineers")
    summary = services.authoring.publish(key, OPERATOR)
    _answer(
        session,
        summary,
        message("“%(title)s” is in use (version %(revision)s).", **_words(summary)),
        as_json=as_json,
    )


@survey.command("close", help=_("End collection for good."))
@click.argument("key")
@option("--passphrase-file", type=FILE, help=_("Only for ballots: the scrutineers' passphrase."))
@json_option
@pass_session
def close(session: Session, key: str, passphrase_file: Path | None, as_json: bool) -> None:
    services = session.services
    if passphrase_file is not None:
        _refuse_ballot_option(services.authoring.get(key).summary, "--passphrase-file")
    summary = services.authoring.close(key, OPERATOR)
    _answer(
        session,
        summary,
        message("“%(title)s” is closed with %(responses)s responses.", **_words(summary)),
        as_json=as_json,
    )


def _refuse_ballot_option(summary: SurveySummary, name: str) -> None:
    raise BadInput(
        message(
            "%(option)s is only for ballots; “%(key)s” is a %(kind)s.",
            option=name,
            key=summary.key,
            kind=_KIND[summary.kind],
        )
    )


@survey.command("list", help=_("List all surveys, the last changed first."))
@json_option
@pass_session
def list_(session: Session, as_json: bool) -> None:
    summaries = session.services.authoring.summaries()
    if as_json:
        session.show_json({"surveys": [_as_json(summary) for summary in summaries]})
    elif not summaries:
        session.say(message("There is no survey yet."))
    for summary in () if as_json else summaries:
        click.echo(
            f"{summary.key}\t{session.in_words(_KIND[summary.kind])}"
            f"\t{session.in_words(_STATUS[summary.status])}"
            f"\t{summary.revision}\t{summary.responses}\t{session.in_words(summary.title)}"
        )


def _answer(session: Session, summary: SurveySummary, text: Message, *, as_json: bool) -> None:
    if as_json:
        session.show_json(_as_json(summary))
    else:
        session.say(text)


def _as_json(summary: SurveySummary) -> dict[str, Any]:
    return {
        "key": summary.key,
        "kind": str(summary.kind),
        "status": str(summary.status),
        "revision": summary.revision,
        "responses": summary.responses,
        "title": {"zh": summary.title.zh, "en": summary.title.en},
    }


def _words(summary: SurveySummary) -> dict[str, Any]:
    return {
        "title": summary.title,
        "key": summary.key,
        "revision": summary.revision,
        "responses": summary.responses,
    }

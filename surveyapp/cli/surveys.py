"""Surveys: import a definition, put it in use, end collection, list."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from surveyapp.cli.files import write_secret
from surveyapp.cli.program import Group, Refused, _, json_option, option
from surveyapp.cli.session import FILE, NEW_FILE, OPERATOR, Session, pass_session
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
    "ballot": message("ballot"),
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
@option(
    "--recovery-sheet",
    type=NEW_FILE,
    help=_("Only for ballots: write the sheet that replaces a lost key file."),
)
@json_option
@pass_session
def publish(
    session: Session, key: str, scrutineers: bool, recovery_sheet: Path | None, as_json: bool
) -> None:
    services = session.services
    kind = services.authoring.get(key).summary
    if kind.kind == "ballot":
        _publish_ballot(session, key, recovery_sheet, scrutineers=scrutineers, as_json=as_json)
        return
    for name, given in (("--scrutineers", scrutineers), ("--recovery-sheet", recovery_sheet)):
        if given:
            _refuse_ballot_option(kind, name)
    summary = services.authoring.publish(key, OPERATOR)
    _answer(
        session,
        summary,
        message("“%(title)s” is in use (version %(revision)s).", **_words(summary)),
        as_json=as_json,
    )


def _publish_ballot(
    session: Session, key: str, sheet: Path | None, *, scrutineers: bool, as_json: bool
) -> None:
    from surveyapp.services.ballots.printing import recovery_html

    services = session.services
    with nullcontext() if sheet is None else write_secret(sheet) as write:
        made = services.ballot_preparing.put_in_use(key, OPERATOR, scrutineers=scrutineers)
        if write is not None:
            write(recovery_html(made, str(services.settings.key_dir)).encode())
    if as_json:
        keys = {"key_dir": str(services.settings.key_dir), "passphrase": made.keys.passphrase}
        session.show_json(_as_json(made.summary) | keys)
        return
    words = _words(made.summary)
    session.say(message("“%(title)s” is in use (version %(revision)s).", **words))
    for place, half in enumerate(made.keys.halves, start=1):
        session.say(message("Scrutineer %(n)s writes down: %(half)s", n=place, half=half))
    session.say(
        message(
            "The key stands in %(folder)s, which no backup may hold. If it is lost before the"
            " closing and there is no recovery sheet, the vote has to be held again.",
            folder=services.settings.key_dir,
        )
    )


@survey.command("close", help=_("End collection for good."))
@click.argument("key")
@option("--passphrase-file", type=FILE, help=_("Only for ballots: the scrutineers' passphrase."))
@option("--recovery-file", type=FILE, help=_("Only for ballots: the key of the recovery sheet."))
@option(
    "--end-only",
    is_flag=True,
    help=_("Only for ballots: take no more of them, and leave the urn sealed; needs no key."),
)
@json_option
@pass_session
def close(
    session: Session,
    key: str,
    passphrase_file: Path | None,
    recovery_file: Path | None,
    end_only: bool,
    as_json: bool,
) -> None:
    services = session.services
    kind = services.authoring.get(key).summary
    if kind.kind == "ballot" and end_only:
        services.ballot_closing.end(key, OPERATOR)
        _answer(
            session,
            services.authoring.get(key).summary,
            message(
                "The vote “%(key)s” has ended. Its urn is sealed: it opens with `surveyapp survey"
                " close` where its key is.",
                key=key,
            ),
            as_json=as_json,
        )
        return
    if kind.kind == "ballot":
        closed = services.ballot_closing.close(
            key,
            OPERATOR,
            passphrase=_content(passphrase_file),
            recovery=_content(recovery_file),
        )
        if as_json:
            session.show_json(_as_json(services.authoring.get(key).summary) | asdict(closed))
        else:
            session.say(
                message(
                    "The urn of “%(key)s” is open: %(ballots)s ballots, %(unreadable)s unreadable."
                    " The root is %(root)s.",
                    **asdict(closed),
                )
            )
        return
    for name, given in (
        ("--passphrase-file", passphrase_file),
        ("--recovery-file", recovery_file),
        ("--end-only", end_only),
    ):
        if given:
            _refuse_ballot_option(kind, name)
    summary = services.authoring.close(key, OPERATOR)
    _answer(
        session,
        summary,
        message("“%(title)s” is closed with %(responses)s responses.", **_words(summary)),
        as_json=as_json,
    )


def _content(file: Path | None) -> str | None:
    return None if file is None else file.read_text("utf-8", errors="replace")


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

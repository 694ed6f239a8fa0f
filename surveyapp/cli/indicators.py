"""Indicators and snapshots: define, freeze, list, check."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich import box
from rich.console import Console
from rich.table import Table

from surveyapp.cli.program import Command, Group, Refused, _, json_option, option
from surveyapp.cli.session import FILE, OPERATOR, Session, pass_session
from surveyapp.domain.errors import InvalidDefinition, NotFound, Problem
from surveyapp.domain.messages import Message, message
from surveyapp.domain.periods import Period
from surveyapp.domain.survey import Kind

if TYPE_CHECKING:
    from surveyapp.domain.snapshot import Snapshot, SnapshotValue
    from surveyapp.services.indicators.checking import Checked

_WIDTH_OF_FILES = 140


@click.group(cls=Group, help=_("Define indicators over surveys."))
def indicator() -> None:
    pass


@indicator.command(
    "import",
    help=_("Import indicators from a YAML file; a changed one becomes a new version."),
)
@click.argument("file", type=FILE)
@json_option
@pass_session
def import_(session: Session, file: Path, as_json: bool) -> None:
    try:
        done = session.services.indicators.import_file(file.read_bytes(), file.name, OPERATOR)
    except InvalidDefinition as error:
        raise Refused([_line(session, file, one) for one in error.problems]) from error
    if as_json:
        session.show_json(
            {
                "new": list(done.new),
                "changed": list(done.changed),
                "unchanged": list(done.unchanged),
                "versions": done.versions,
            }
        )
    else:
        session.say(
            message(
                "%(new)s new, %(changed)s changed, %(unchanged)s unchanged.",
                new=len(done.new),
                changed=len(done.changed),
                unchanged=len(done.unchanged),
            )
        )


def _line(session: Session, file: Path, problem: Problem) -> str:
    place = ":".join(str(part) for part in (file, problem.line) if part is not None)
    where = f"{problem.path}: " if problem.path else ""
    return f"{place}: {where}{session.in_words(problem.message)}"


@indicator.command("list", help=_("List the indicators, each with the version that holds."))
@json_option
@pass_session
def list_(session: Session, as_json: bool) -> None:
    found = session.services.indicators.all()
    if as_json:
        session.show_json(
            {
                "indicators": [
                    {
                        "key": one.key,
                        "version": one.version,
                        "sha256": one.sha256,
                        "title": {"zh": one.indicator.title.zh, "en": one.indicator.title.en},
                        "surveys": list(one.indicator.surveys),
                        "created_by": one.created_by,
                        "created_at": one.created_at.isoformat(),
                    }
                    for one in found
                ]
            }
        )
        return
    if not found:
        session.say(message("There are no indicators yet."))
        return
    headings = (
        message("Key"),
        message("Title"),
        message("Version"),
        message("Surveys"),
        message("SHA-256"),
    )
    rows = [
        (
            one.key,
            session.in_words(one.indicator.title),
            str(one.version),
            ", ".join(one.indicator.surveys),
            one.sha256[:12],
        )
        for one in found
    ]
    _print(session, headings, rows)


@indicator.command(
    "load-example",
    help=_(
        "Fill the empty coefficients of relevance with an example that no rule lays down; it is"
        " marked as one and switches nothing on."
    ),
)
@click.argument("key")
@json_option
@pass_session
def load_example(session: Session, key: str, as_json: bool) -> None:
    made = session.services.indicators.load_example(key, OPERATOR)
    if as_json:
        session.show_json({"key": made.key, "version": made.version, "sha256": made.sha256})
    else:
        session.say(
            message(
                "%(key)s, version %(version)s: example coefficients, not laid down by the state."
                " Replace them by your own before you apply them.",
                key=made.key,
                version=made.version,
            )
        )


@click.command(
    cls=Command,
    help=_(
        "Freeze the figures of a survey, an indicator or an evaluation for a period, with"
        " everything they were computed from. What was frozen before stays."
    ),
)
@click.argument("key")
@option(
    "--period",
    required=True,
    help=_("A month (2026-03), a quarter (2026Q1), a half (2026H1) or a year (2026)."),
)
@json_option
@pass_session
def snapshot(session: Session, key: str, period: str, as_json: bool) -> None:
    made = session.services.snapshotting.make(key, Period.parse(period), OPERATOR)
    if as_json:
        session.show_json(_document(made, with_values=True))
        return
    headings = (
        message("Figure"),
        message("Unit"),
        message("n"),
        message("Value"),
        message("Interval (95%)"),
        message("Effective n"),
        message("Method"),
    )
    _print(session, headings, [_row(session, one) for one in made.values])
    for note in made.notes:
        click.echo(session.in_words(note))
    session.say(_made(made))


def _made(made: Snapshot) -> Message:
    if made.number == 1:
        return message(
            "%(key)s, %(period)s: frozen as no. 1, SHA-256 of the input %(sha256)s.",
            key=made.source_key,
            period=made.period.title,
            sha256=made.input_sha256,
        )
    return message(
        "%(key)s, %(period)s: frozen as no. %(number)s, which supersedes no. %(before)s; SHA-256 of"
        " the input %(sha256)s.",
        key=made.source_key,
        period=made.period.title,
        number=made.number,
        before=made.number - 1,
        sha256=made.input_sha256,
    )


def _row(session: Session, one: SnapshotValue) -> tuple[str, ...]:
    from surveyapp.services.indicators.words import METHODS

    interval = "–"
    if one.low is not None and one.high is not None:
        interval = f"{one.low:.2f} – {one.high:.2f}"
    return (
        f"{one.figure} {'' if one.label is None else session.in_words(one.label)}",
        one.subject or "",
        str(one.n),
        "–" if one.shown is None else one.shown + ("%" if one.unit == "percent" else ""),
        interval,
        f"{one.effective_n:.1f}",
        session.in_words(METHODS[one.method]),
    )


@click.command(cls=Command, help=_("List the snapshots, of one survey or indicator or of all."))
@click.argument("key", required=False)
@json_option
@pass_session
def snapshots(session: Session, key: str | None, as_json: bool) -> None:
    service = session.services.snapshots
    found = service.all() if key is None else service.of(key)
    if as_json:
        session.show_json({"snapshots": [_document(one, with_values=False) for one in found]})
        return
    headings = (
        message("Key"),
        message("Period"),
        message("No."),
        message("Made"),
        message("SHA-256 of the input"),
    )
    rows = [
        (
            one.source_key,
            session.in_words(one.period.title),
            str(one.number),
            f"{one.made_at.astimezone(session.settings.timezone):%Y-%m-%d %H:%M}",
            one.input_sha256[:16],
        )
        for one in found
    ]
    if rows:
        _print(session, headings, rows)
    else:
        session.say(message("There are no snapshots yet."))


def _document(one: Snapshot, *, with_values: bool) -> dict[str, Any]:
    from surveyapp.domain.snapshot import value_document

    written = {
        "id": str(one.id),
        "source": {"kind": one.source_kind, "key": one.source_key, "version": one.version},
        "title": {"zh": one.title.zh, "en": one.title.en},
        "period": str(one.period),
        "number": one.number,
        "supersedes": None if one.supersedes is None else str(one.supersedes),
        "made_by": one.made_by,
        "made_at": one.made_at.isoformat(),
        "seed": one.seed,
        "input_sha256": one.input_sha256,
        "values_sha256": one.values_sha256,
    }
    if with_values:
        written["values"] = [value_document(value) for value in one.values]
        written["notes"] = [{"zh": note.zh, "en": note.en} for note in one.notes]
    return written


def checked_documents(session: Session, checked: tuple[Checked, ...]) -> list[dict[str, Any]]:
    """Return what checking snapshots found as plain data."""
    return [
        {
            "id": str(one.snapshot.id),
            "period": str(one.snapshot.period),
            "number": one.snapshot.number,
            "ok": one.ok,
            "figures": one.recomputed,
            "input_sha256": one.snapshot.input_sha256,
            "problems": [session.in_words(problem) for problem in one.problems],
        }
        for one in checked
    ]


def verify_snapshots(session: Session, key: str, period: str | None) -> tuple[Checked, ...]:
    """Check the snapshots of a key, or those of one period; none where nothing was frozen."""
    wanted = None if period is None else Period.parse(period)
    return session.services.checking.verify(key, wanted)


def is_ballot(session: Session, key: str) -> bool:
    """Whether a key is that of a closed ballot."""
    try:
        return session.services.authoring.get(key).summary.kind == Kind.BALLOT
    except NotFound:
        return False


def answer_snapshots(session: Session, key: str, period: str | None, *, as_json: bool) -> None:
    """Check the snapshots of what is no ballot and say what was found.

    Raises
    ------
    NotFound
        Nothing was frozen under this key.
    Refused
        One does not agree.
    """
    checked = verify_snapshots(session, key, period)
    if not checked:
        raise NotFound(
            message(
                "“%(key)s” is no ballot, and there is no snapshot of it (for this period) yet:"
                " there is nothing to check.",
                key=key,
            )
        )
    if as_json:
        session.show_json(
            {
                "survey": key,
                "ok": all(one.ok for one in checked),
                "receipts": 0,
                "root": None,
                "snapshots": checked_documents(session, checked),
            }
        )
    say_checked(session, checked, quietly=as_json)


def say_checked(session: Session, checked: tuple[Checked, ...], *, quietly: bool) -> None:
    """Say what checking found, a line a snapshot; quietly only what does not agree.

    Raises
    ------
    Refused
        One does not agree.
    """
    wrong = [
        session.in_words(
            message(
                "%(key)s, %(period)s, no. %(number)s: %(problem)s",
                key=one.snapshot.source_key,
                period=one.snapshot.period.title,
                number=one.snapshot.number,
                problem=problem,
            )
        )
        for one in checked
        for problem in one.problems
    ]
    if wrong:
        raise Refused(wrong)
    for one in () if quietly else checked:
        session.say(
            message(
                "%(key)s, %(period)s, no. %(number)s: the input is the one that was hashed, and all"
                " %(n)s figures come out again.",
                key=one.snapshot.source_key,
                period=one.snapshot.period.title,
                number=one.snapshot.number,
                n=one.recomputed,
            )
        )


def _print(session: Session, headings: Sequence[Message], rows: Sequence[Sequence[str]]) -> None:
    table = Table(box=box.SIMPLE)
    for heading in headings:
        table.add_column(session.in_words(heading))
    for row in rows:
        table.add_row(*row)
    console = Console()
    console.print(table) if console.is_terminal else Console(width=_WIDTH_OF_FILES).print(table)

"""Evaluations (考核批次): one template, many meetings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from surveyapp.cli.ballots import say_where_they_lead
from surveyapp.cli.files import require_folder, write_secret, write_whole
from surveyapp.cli.program import Group, Refused, _, json_option, option, spoken_language
from surveyapp.cli.session import FILE, NEW_FILE, OPERATOR, Session, pass_session
from surveyapp.domain.errors import BadInput, InvalidDefinition
from surveyapp.domain.messages import message
from surveyapp.services.tables import InvalidTable

if TYPE_CHECKING:
    from surveyapp.services.ballots.evaluation_template import EvaluationTemplate
    from surveyapp.services.ballots.evaluations import EvaluationSummary, MeetingView
    from surveyapp.services.ballots.preparing import InUse

_STANDARD = "annual-evaluation"
_TEMPLATE = click.Path(dir_okay=False, path_type=Path)
"""A file, or the name of a ready-made template where no file is called so."""
_BALLOTS = ("-evaluation", "selection-review")
_NEW_FOLDER = click.Path(file_okay=False, path_type=Path)
_STAGES = {
    "draft": message("draft"),
    "open": message("in use"),
    "closed": message("closed, not opened"),
    "counted": message("votes counted"),
}
meeting_option = option(
    "--meeting",
    "numbers",
    multiple=True,
    type=click.IntRange(1, 999),
    help=_("Number of a meeting; repeat it for several, leave it out for all."),
)


@click.group(
    cls=Group, help=_("Evaluations with many meetings: one template, one workbook of meetings.")
)
def evaluation() -> None:
    pass


@evaluation.command(
    "import",
    help=_(
        "Make an evaluation from a template (the definition of a ballot) and a workbook with one"
        " row for each team or person. A second workbook adds meetings and corrects those that are"
        " not in use."
    ),
)
@click.argument("template", type=_TEMPLATE)
@click.argument("meetings", type=FILE)
@option("--key", help=_("Key of the evaluation, in place of the one in the template."))
@json_option
@pass_session
def import_(
    session: Session, template: Path, meetings: Path, key: str | None, as_json: bool
) -> None:
    read = _template(session, template, key)
    with _rows_of(session, meetings):
        done = session.services.evaluating.import_meetings(read, meetings, OPERATOR)
    counts = {
        "new": done.new,
        "changed": done.changed,
        "unchanged": done.unchanged,
        "missing": done.missing,
    }
    if as_json:
        session.show_json({"evaluation": done.key, "sha256": read.sha256} | counts)
        return
    session.say(
        message(
            "“%(key)s”: %(new)s meetings new, %(changed)s changed, %(unchanged)s unchanged;"
            " %(missing)s stored before are not in this workbook and stay.",
            key=done.key,
            **counts,
        )
    )


def _template(session: Session, file: Path, key: str | None = None) -> EvaluationTemplate:
    from surveyapp.content import template_bytes, template_names
    from surveyapp.services.ballots.evaluation_template import read_template

    ready_made = str(file) in template_names() and not file.exists()
    if not ready_made and not file.is_file():
        names = "、".join(one for one in template_names() if one.endswith(_BALLOTS))
        raise BadInput(
            message(
                "There is no file “%(file)s”, and no ready-made template is called so;"
                " these are there: %(names)s.",
                file=file,
                names=names,
            )
        )
    content = template_bytes(str(file)) if ready_made else file.read_bytes()
    try:
        return read_template(content, f"{file.name}.yaml" if ready_made else file.name, key=key)
    except InvalidDefinition as error:
        raise Refused(
            [
                f"{file}:{one.line or 1}: {one.path}: {session.in_words(one.message)}"
                for one in error.problems
            ]
        ) from error


@contextmanager
def _rows_of(session: Session, file: Path) -> Iterator[None]:
    """Turn bad rows into lines that name the file and the row."""
    try:
        yield
    except InvalidTable as error:
        raise Refused(
            [
                session.in_words(error.message),
                *(f"{file}:{one.line}: {session.in_words(one.message)}" for one in error.problems),
            ]
        ) from error


@evaluation.command("template", help=_("Write an empty workbook of meetings with an example."))
@click.argument("file", type=NEW_FILE)
@option(
    "--for",
    "template",
    type=_TEMPLATE,
    help=_("The template whose classes and groups it is for; the ready-made one if left out."),
)
@pass_session
def template_(session: Session, file: Path, template: Path | None) -> None:
    from surveyapp.content import template_bytes
    from surveyapp.services.ballots.evaluation_template import read_template
    from surveyapp.services.ballots.meeting_files import meetings_template

    if template is None:
        read = read_template(template_bytes(_STANDARD), f"{_STANDARD}.yaml")
    else:
        read = _template(session, template)
    write_whole(file, meetings_template(read.rules, spoken_language()))
    session.say(message("The workbook is in %(file)s.", file=file))


@evaluation.command("list", help=_("List the evaluations, the newest first."))
@json_option
@pass_session
def list_(session: Session, as_json: bool) -> None:
    found = session.services.evaluations.all()
    if as_json:
        session.show_json({"evaluations": [_summary(one) for one in found]})
        return
    if not found:
        session.say(message("There is no evaluation yet."))
    for one in found:
        stages = ", ".join(f"{session.in_words(_STAGES[key])} {n}" for key, n in one.stages.items())
        click.echo(f"{one.key}\t{session.in_words(one.title)}\t{one.meetings}\t{stages}")


@evaluation.command("show", help=_("List the meetings of an evaluation, and how far each one is."))
@click.argument("key")
@json_option
@pass_session
def show(session: Session, key: str, as_json: bool) -> None:
    found = session.services.evaluations.get(key)
    if as_json:
        session.show_json(
            _summary(found.summary) | {"list": [_meeting(one) for one in found.meetings]}
        )
        return
    for one in found.meetings:
        click.echo(
            f"{one.number}\t{one.key}\t{one.unit_name}\t{one.team or ''}"
            f"\t{session.in_words(_STAGES[one.stage])}\t{one.roll}\t{one.issued}\t{one.voted}"
        )


def _summary(one: EvaluationSummary) -> dict[str, Any]:
    return {
        "key": one.key,
        "title": {"zh": one.title.zh, "en": one.title.en},
        "sha256": one.sha256,
        "meetings": one.meetings,
        "stages": {str(stage): n for stage, n in one.stages.items()},
    }


def _meeting(one: MeetingView) -> dict[str, Any]:
    return {
        "number": one.number,
        "survey": one.key,
        "unit": one.unit_name,
        "unit_code": one.unit_code,
        "team": one.team,
        "takes_place_at": one.takes_place_at.isoformat() if one.takes_place_at else None,
        "place": one.place_name,
        "stage": str(one.stage),
        "rated": one.rated,
        "roll": one.roll,
        "issued": one.issued,
        "voted": one.voted,
    }


@evaluation.command(
    "publish",
    help=_("Put meetings in use: their definitions are frozen and the keys of their urns made."),
)
@click.argument("key")
@meeting_option
@option("--scrutineers", is_flag=True, help=_("Each urn opens with a passphrase in two halves."))
@option(
    "--recovery-folder",
    type=_NEW_FOLDER,
    help=_("Write for each meeting the sheet that replaces a lost key file; for you alone."),
)
@json_option
@pass_session
def publish(
    session: Session,
    key: str,
    numbers: Sequence[int],
    scrutineers: bool,
    recovery_folder: Path | None,
    as_json: bool,
) -> None:
    services = session.services
    chosen = services.evaluations.chosen(key, _stage("draft"), numbers)
    if recovery_folder is not None:
        _make(recovery_folder)
    done: list[dict[str, Any]] = []
    with session.progress(message("Meetings"), len(chosen)) as advance:
        for one in chosen:
            made = _put_in_use(session, one, recovery_folder, scrutineers=scrutineers)
            done.append({"survey": one.key, "passphrase": made.keys.passphrase})
            if not as_json:
                _say_in_use(session, one, made)
            advance(1)
    if as_json:
        session.show_json(
            {"evaluation": key, "key_dir": str(services.settings.key_dir), "meetings": done}
        )
        return
    session.say(
        message(
            "%(n)s meetings are in use. Their keys stand in %(folder)s, which no backup may hold.",
            n=len(done),
            folder=services.settings.key_dir,
        )
    )


def _make(folder: Path) -> None:
    """Make a folder for its owner alone, unless it is there."""
    require_folder(folder)
    folder.mkdir(mode=0o700, exist_ok=True)


def _put_in_use(
    session: Session, one: MeetingView, folder: Path | None, *, scrutineers: bool
) -> InUse:
    from surveyapp.services.ballots.printing import recovery_html

    services = session.services
    sheet = nullcontext() if folder is None else write_secret(folder / f"{one.key}-recovery.html")
    with sheet as write:
        made = services.ballot_preparing.put_in_use(one.key, OPERATOR, scrutineers=scrutineers)
        if write is not None:
            write(recovery_html(made, str(services.settings.key_dir)).encode())
    return made


def _say_in_use(session: Session, one: MeetingView, made: InUse) -> None:
    click.echo(f"{one.key}\t{one.unit_name}")
    for place, half in enumerate(made.keys.halves, start=1):
        session.say(message("Scrutineer %(n)s writes down: %(half)s", n=place, half=half))


@evaluation.command(
    "slips",
    help=_(
        "Write the slips of meetings in use, one file for each meeting: as many as its classes"
        " still lack."
    ),
)
@click.argument("key")
@meeting_option
@option("--out", required=True, type=_NEW_FOLDER, help=_("The folder to write to; for you alone."))
@json_option
@pass_session
def slips(session: Session, key: str, numbers: Sequence[int], out: Path, as_json: bool) -> None:
    services = session.services
    chosen = services.evaluations.chosen(key, _stage("open"), numbers)
    _make(out)
    done: list[dict[str, Any]] = []
    with session.progress(message("Meetings"), len(chosen)) as advance:
        for one in chosen:
            lacking = services.ballot_preparing.lacking(one.key)
            if lacking:
                file = out / f"{one.key}.html"
                _write_slips(session, one.key, lacking, file)
                done.append({"survey": one.key, "file": str(file), "classes": lacking})
            advance(1)
    if as_json:
        session.show_json({"evaluation": key, "meetings": done})
        return
    session.say(
        message(
            "The slips of %(n)s meetings are in %(folder)s. Print them, shuffle them class by"
            " class, and delete the files.",
            n=len(done),
            folder=out,
        )
    )
    if done:
        say_where_they_lead(session)


def _write_slips(session: Session, key: str, numbers: dict[str, int], file: Path) -> None:
    from surveyapp.services.ballots.printing import slips_html

    with write_secret(file) as write:
        session.services.ballot_preparing.issue(
            key, numbers, OPERATOR, deliver=lambda made: write(slips_html(made).encode())
        )


@evaluation.command(
    "export",
    help=_(
        "Write the joint tabulation of all counted meetings: ranks inside each group over all"
        " meetings, and which meetings are still missing."
    ),
)
@click.argument("key")
@option("--out", required=True, type=NEW_FILE, help=_("The XLSX file to write."))
@json_option
@pass_session
def export(session: Session, key: str, out: Path, as_json: bool) -> None:
    require_folder(out)
    found = session.services.evaluations.get(key).summary
    with session.progress(message("Meetings"), found.meetings) as advance:
        content = session.services.tabulating.joint(
            key, spoken_language(), OPERATOR, advance=advance
        )
    write_whole(out, content)
    counted = found.stages.get(_stage("counted"), 0)
    if as_json:
        session.show_json(
            {"evaluation": key, "file": str(out), "counted": counted, "meetings": found.meetings}
        )
        return
    session.say(
        message(
            "%(counted)s of %(all)s meetings are in %(file)s.",
            counted=counted,
            all=found.meetings,
            file=out,
        )
    )


def _stage(name: str) -> Any:
    from surveyapp.domain.evaluation import Stage

    return Stage(name)

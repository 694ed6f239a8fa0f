"""Feedback sheets of a closed ballot: a file for each team or person that was rated."""

from __future__ import annotations

from pathlib import Path

import click

from surveyapp.cli.ballots import ballot
from surveyapp.cli.files import require_folder, write_secret
from surveyapp.cli.program import _, json_option, option
from surveyapp.cli.session import OPERATOR, Session, pass_session
from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message

FOLDER = click.Path(file_okay=False, path_type=Path)


@ballot.command(
    "feedback",
    help=_(
        "Write a page to hand over for each team or person that was rated: own scores beside the"
        " group's, in general terms. The files are numbered as on the ballot, no name stands in"
        " their names."
    ),
)
@click.argument("survey")
@option("--out", required=True, type=FOLDER, help=_("The folder to write into; for you alone."))
@json_option
@pass_session
def feedback(session: Session, survey: str, out: Path, as_json: bool) -> None:
    from surveyapp.services.ballots.feedback_printing import feedback_html

    require_folder(out)
    if out.exists() and any(out.iterdir()):
        raise BadInput(message("The folder “%(folder)s” is not empty: name a new one.", folder=out))
    sheets = session.services.ballot_feedback.hand_out(survey, OPERATOR)
    out.mkdir(mode=0o700, exist_ok=True)
    files = []
    for one in sheets:
        path = out / f"feedback-{one.number:03d}.html"
        with write_secret(path) as write:
            write(feedback_html([one]).encode())
        files.append(str(path))
    if as_json:
        session.show_json({"survey": survey, "files": files})
        return
    session.say(message("%(n)s feedback sheets are in %(folder)s.", n=len(files), folder=out))

"""Archives of votes: made and sealed, and opened by those who may."""

from __future__ import annotations

from pathlib import Path

import click

from surveyapp.cli.ballots import ballot
from surveyapp.cli.files import write_secret
from surveyapp.cli.program import Command, _, json_option, option
from surveyapp.cli.session import FILE, NEW_FILE, OPERATOR, Session, pass_session
from surveyapp.domain.messages import message


@click.command(
    cls=Command,
    help=_(
        "Write the archive of a vote whose urn is open: definition, tabulation with exact scores,"
        " grades as shuffled cells, receipts, counts and hashes. It is sealed; the passphrase is"
        " printed once."
    ),
)
@click.argument("survey")
@option("--out", required=True, type=NEW_FILE, help=_("The file to write; for you alone."))
@option("--restricted", is_flag=True, help=_("With whole ballots, for the recount only."))
@json_option
@pass_session
def archive(session: Session, survey: str, out: Path, restricted: bool, as_json: bool) -> None:
    with write_secret(out) as write:
        made = session.services.ballot_archives.make(survey, OPERATOR, restricted=restricted)
        write(made.content)
    if as_json:
        session.show_json(
            {
                "survey": survey,
                "file": str(out),
                "restricted": restricted,
                "root": made.root,
                "passphrase": made.passphrase,
            }
        )
        return
    session.say(
        message("The archive is in %(file)s; its root is %(root)s.", file=out, root=made.root)
    )
    session.say(
        message(
            "It opens with this passphrase, which is shown now and never again: %(passphrase)s",
            passphrase=made.passphrase,
        )
    )


@ballot.command(
    "unseal", help=_("Write the ZIP file in a sealed archive, for those who may read it.")
)
@click.argument("file", type=FILE)
@option("--passphrase-file", required=True, type=FILE, help=_("Where its passphrase stands."))
@option("--out", required=True, type=NEW_FILE, help=_("The ZIP file to write; for you alone."))
@pass_session
def unseal(session: Session, file: Path, passphrase_file: Path, out: Path) -> None:
    from surveyapp.services.ballots.archive import opened_archive

    passphrase = passphrase_file.read_text("utf-8", errors="replace")
    with write_secret(out) as write:
        write(opened_archive(file.read_bytes(), passphrase))
    session.say(message("The archive stands open in %(file)s: delete it after reading.", file=out))

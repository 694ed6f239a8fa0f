"""The recount: of a closed vote, of its archive, and of snapshots."""

from __future__ import annotations

from pathlib import Path

import click

from surveyapp.cli.indicators import (
    answer_snapshots,
    checked_documents,
    is_ballot,
    say_checked,
    verify_snapshots,
)
from surveyapp.cli.program import Command, Refused, _, json_option, option
from surveyapp.cli.session import FILE, Session, pass_session
from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message


@click.command(
    cls=Command,
    help=_(
        "Count the ballots of a closed vote again and compare with the root that stands on the"
        " signed tabulation. Check every snapshot of a survey or an indicator from its own input."
    ),
)
@click.argument("survey", required=False)
@option("--root", help=_("The root as it is printed on paper."))
@option("--period", help=_("Check the snapshots of this period only."))
@option(
    "--archive",
    "file",
    type=FILE,
    help=_("An archive to compare with; a restricted one is verified without any database."),
)
@option("--passphrase-file", type=FILE, help=_("Where the archive's passphrase stands."))
@json_option
@pass_session
def verify(
    session: Session,
    survey: str | None,
    root: str | None,
    period: str | None,
    file: Path | None,
    passphrase_file: Path | None,
    as_json: bool,
) -> None:
    if passphrase_file is not None and file is None:
        raise BadInput(message("--passphrase-file belongs to --archive."))
    if file is not None:
        passphrase = None
        if passphrase_file is not None:
            passphrase = passphrase_file.read_text("utf-8", errors="replace")
        _verify_archive(session, survey, file, passphrase, root, as_json=as_json)
    elif survey is not None:
        _recount(session, survey, root, period, as_json=as_json)
    else:
        raise BadInput(message("Name a survey, an archive with --archive, or both."))


def _recount(
    session: Session, survey: str, root: str | None, period: str | None, *, as_json: bool
) -> None:
    if root is None and not is_ballot(session, survey):
        answer_snapshots(session, survey, period, as_json=as_json)
        return
    found = session.services.ballot_closing.verify(survey, root)
    snapshots = verify_snapshots(session, survey, period)
    if as_json:
        session.show_json(
            {
                "survey": survey,
                "ok": found.ok and all(one.ok for one in snapshots),
                "receipts": len(found.receipts),
                "root": found.root,
                "ballots": found.ballots,
                "unreadable": found.unreadable,
                "receipt_list": list(found.receipts),
                "snapshots": checked_documents(session, snapshots),
            }
        )
    if not found.ok:
        raise Refused.because(
            message(
                "The ballots do not give this root: something was added, left out or changed after"
                " the closing. The recount gives %(root)s.",
                root=found.root,
            )
        )
    if not as_json:
        session.say(
            message(
                "%(ballots)s ballots and %(receipts)s receipts give the root %(root)s: nothing was"
                " added, left out or changed.",
                ballots=found.ballots,
                receipts=len(found.receipts),
                root=found.root,
            )
        )
    say_checked(session, snapshots, quietly=as_json)


def _verify_archive(
    session: Session,
    survey: str | None,
    file: Path,
    passphrase: str | None,
    root: str | None,
    *,
    as_json: bool,
) -> None:
    """Verify an archive: with the database, or alone where no survey is named."""
    from surveyapp.services.ballots.archive import verified_alone

    data = file.read_bytes()
    if survey is None:
        found = verified_alone(data, passphrase=passphrase, root=root)
    else:
        archives = session.services.ballot_archives
        found = archives.verify(survey, data, passphrase=passphrase, root=root)
    if as_json:
        session.show_json(
            {
                "survey": found.survey,
                "ok": found.ok,
                "receipts": found.receipts,
                "root": found.root,
                "ballots": found.ballots,
                "restricted": found.restricted,
            }
        )
    if found.counted_otherwise:
        raise Refused.because(
            message(
                "Ballots, receipts and counts give the root %(root)s of the archive; its tabulation"
                " was counted by the rules of another version of the product. Compare with the"
                " signed paper, or verify with the version that wrote the archive.",
                root=found.root,
            )
        )
    if not found.ok:
        raise Refused.because(
            message(
                "The archive is not the one that was made of these ballots, or its root is not the"
                " one you named. The recount gives %(root)s.",
                root=found.root,
            )
        )
    if not as_json:
        session.say(
            message(
                "The archive was written anew bit for bit: %(ballots)s ballots and %(receipts)s"
                " receipts give the root %(root)s, and the tabulation follows from them.",
                ballots=found.ballots,
                receipts=found.receipts,
                root=found.root,
            )
        )

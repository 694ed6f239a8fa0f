"""Cases of bad reviews: what time does to them, called by cron or a timer."""

from __future__ import annotations

from datetime import datetime, time

import click

from surveyapp.cli.program import Group, _, json_option, option
from surveyapp.cli.session import Session, pass_session
from surveyapp.domain.messages import message
from surveyapp.domain.slips import COLOUR_NAMES, Colour


@click.group(cls=Group, help=_("Cases that bad reviews open, and their clocks."))
def cases() -> None:
    pass


@cases.command(
    "tick",
    help=_(
        "Do what time asks for: open cases, issue slips about cases and matters being put right,"
        " close anonymous cases, delete telephone numbers, send notices, flag conspicuous reviews,"
        " delete old traces. Running it again changes nothing more."
    ),
)
@option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help=_("Act as at the end of this day instead of now."),
)
@json_option
@pass_session
def tick(session: Session, as_of: datetime | None, as_json: bool) -> None:
    moment = None
    if as_of is not None:
        end = time(23, 59, 59)
        moment = datetime.combine(as_of.date(), end, session.settings.timezone)
    # Matters first: their notices leave with those of cases.
    matters = session.services.rectifying.tick(moment)
    done = session.services.casework.tick(moment)
    slips = {colour: done.slips.get(colour, 0) + matters.slips.get(colour, 0) for colour in Colour}
    looked = session.services.stuffing.tick(moment)
    if as_json:
        session.show_json(
            {
                "opened": done.opened,
                "slips": {str(colour): n for colour, n in slips.items()},
                "closed": done.closed,
                "recomputed": done.recomputed,
                "contacts_deleted": done.contacts_deleted,
                "notices": {
                    "queued": done.queued + matters.queued,
                    "sent": done.sent,
                    "failed": done.failed,
                },
                "reviews_flagged": looked.flagged,
                "traces_deleted": looked.traces_deleted,
            }
        )
        return
    session.say(
        message(
            "Cases opened: %(opened)s. Anonymous cases closed: %(closed)s. Deadlines recomputed:"
            " %(recomputed)s. Telephone numbers deleted: %(deleted)s.",
            opened=done.opened,
            closed=done.closed,
            recomputed=done.recomputed,
            deleted=done.contacts_deleted,
        )
    )
    for colour, n in slips.items():
        if n:
            session.say(
                message("Slips issued, %(colour)s: %(n)s.", colour=COLOUR_NAMES[colour], n=n)
            )
    if done.sent or done.failed:
        session.say(
            message(
                "Notices sent: %(sent)s; tried in vain, to be tried again: %(failed)s.",
                sent=done.sent,
                failed=done.failed,
            )
        )
    if looked.flagged or looked.traces_deleted:
        session.say(
            message(
                "Conspicuous reviews flagged: %(flagged)s. Old traces deleted: %(deleted)s.",
                flagged=looked.flagged,
                deleted=looked.traces_deleted,
            )
        )

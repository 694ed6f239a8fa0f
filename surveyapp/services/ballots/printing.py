"""Paper of a ballot: tear-off slips with QR and code, and the recovery sheet."""

from __future__ import annotations

from dataclasses import dataclass

from surveyapp.domain import codes
from surveyapp.domain.ballot import VotingClass
from surveyapp.services.ballots.preparing import InUse, Slips
from surveyapp.services.places.printing import print_templates, qr_svg, typable


@dataclass(frozen=True, slots=True)
class PrintedSlip:
    """What one slip shows."""

    voting_class: VotingClass
    qr: str
    address: str
    code: str


def slips_html(slips: Slips) -> str:
    """Make the page of tear-off slips: one file, which needs nothing else."""
    templates = print_templates()
    return templates.get_template("ballot_slips.html").render(
        definition=slips.definition,
        rehearsal=slips.rehearsal,
        style=templates.get_template("ballot_slips.css").render(),
        slips=[
            PrintedSlip(
                one.voting_class,
                qr_svg(one.url),
                typable(one.url.rpartition("/")[0]) + "/",
                codes.grouped(one.code),
            )
            for one in slips.slips
        ],
    )


def recovery_html(in_use: InUse, key_file: str) -> str:
    """Make the recovery sheet: the survey key, to be kept under seal until the vote is closed."""
    templates = print_templates()
    return templates.get_template("ballot_recovery.html").render(
        definition=in_use.definition,
        style=templates.get_template("ballot_slips.css").render(),
        recovery=codes.grouped(in_use.keys.recovery),
        has_passphrase=in_use.keys.passphrase is not None,
        key_file=key_file,
    )


def wall_html(door: str) -> str:
    """Make the page that leads phones in a room to the vote, for a wall or a projector."""
    templates = print_templates()
    return templates.get_template("ballot_wall.html").render(
        qr=qr_svg(door),
        address=typable(door.rstrip("/")) + "/",
        style=templates.get_template("ballot_wall.css").render(),
    )

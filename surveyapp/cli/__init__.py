"""The command line: one module a topic; no rules, no SQL."""

from __future__ import annotations

# These add commands to `ballot`.
from surveyapp.cli import ballot_carry, ballot_feedback, ballot_paper  # noqa: F401 they add commands
from surveyapp.cli.assessment import scheme, score
from surveyapp.cli.ballot_archive import archive
from surveyapp.cli.ballots import ballot, credentials
from surveyapp.cli.cases import cases
from surveyapp.cli.counting import tally
from surveyapp.cli.demo import demo
from surveyapp.cli.estimate import estimate
from surveyapp.cli.evaluations import evaluation
from surveyapp.cli.exchange import exchange
from surveyapp.cli.indicators import indicator, snapshot, snapshots
from surveyapp.cli.invitations import invitation
from surveyapp.cli.margins import margins
from surveyapp.cli.objectives import adjust, objective
from surveyapp.cli.organisation import staff, subject, unit
from surveyapp.cli.places import place
from surveyapp.cli.program import main
from surveyapp.cli.responses import responses
from surveyapp.cli.results import export, index
from surveyapp.cli.serving import serve
from surveyapp.cli.setup import init
from surveyapp.cli.surveys import survey
from surveyapp.cli.tokens import token
from surveyapp.cli.verifying import verify
from surveyapp.cli.volumes import volume

__all__ = ["main"]

for _command in (
    init,
    serve,
    demo,
    staff,
    unit,
    subject,
    survey,
    place,
    invitation,
    token,
    responses,
    volume,
    margins,
    tally,
    cases,
    scheme,
    score,
    index,
    estimate,
    export,
    exchange,
    credentials,
    ballot,
    verify,
    archive,
    evaluation,
    indicator,
    snapshot,
    snapshots,
    objective,
    adjust,
):
    main.add_command(_command)

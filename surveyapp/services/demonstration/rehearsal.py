"""The demo's rehearsal of a democratic evaluation: a packet of three sheets that can be tried."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Final

from surveyapp.content import template_bytes
from surveyapp.domain.definition import parse_definition
from surveyapp.domain.errors import NotFound
from surveyapp.domain.evaluation import Stage
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Definition
from surveyapp.services.assembly import Services
from surveyapp.services.ballots.preparing import Slips
from surveyapp.services.definition_files import read_definition

KEY: Final = "example-county-evaluation"
_TEMPLATE: Final = "annual-evaluation"
_DEMO: Final = Actor("demo")
_SLIPS_PER_CLASS: Final = 4


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Slips that reach no urn.

    Attributes
    ----------
    url : str
        Of one of them, ready to be opened.
    """

    key: str
    slips: Slips
    url: str


def import_rehearsal(services: Services) -> None:
    """Make the demo's evaluation where it is not there."""
    try:
        services.authoring.get(KEY)
    except NotFound:
        services.authoring.import_definition(demo_packet(KEY), _DEMO)


def prepare_rehearsal(services: Services) -> Rehearsal | None:
    """Make slips with which the demo's evaluation can be tried.

    Returns
    -------
    Rehearsal or None
        None once somebody has ended the vote: then there is nothing to rehearse.
    """
    import_rehearsal(services)
    vote = services.conducting.progress(KEY)
    if vote.stage not in (Stage.DRAFT, Stage.OPEN):
        return None
    numbers = {one.voting_class.key: _SLIPS_PER_CLASS for one in vote.classes}
    slips = services.ballot_preparing.issue(KEY, numbers, _DEMO, rehearsal=True)
    return Rehearsal(KEY, slips, slips.slips[0].url)


def demo_packet(key: str) -> Definition:
    """Return the ready-made packet under a key, for the demo's office."""
    template = read_definition(template_bytes(_TEMPLATE), f"{_TEMPLATE}.yaml")
    document = deepcopy(dict(template.document))
    document["key"] = key
    document["office"] = {"zh": "示例县考核办公室", "en": "Example County assessment office"}
    document.pop("adapt", None)
    return parse_definition(document)

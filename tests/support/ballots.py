"""A ballot in use, its slips, and voters who know what they voted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

from surveyapp.domain.definition import parse_definition
from surveyapp.domain.survey import Definition
from surveyapp.services.assembly import Services
from surveyapp.services.ballots.preparing import InUse
from tests.builders import CLERK, Clock, services_on

_BALLOT: dict[str, Any] = {
    "key": "cadres",
    "kind": "ballot",
    "title": {"zh": "2026年度民主测评", "en": "Evaluation of 2026"},
    "scale": "cadre4",
    "groups": [
        {"key": "chief", "title": {"zh": "正职", "en": "Chiefs"}},
        {"key": "deputy", "title": {"zh": "副职", "en": "Deputies"}},
    ],
    "subjects": [
        {"key": "c1", "title": "甲", "office": {"zh": "局长", "en": "Director"}, "group": "chief"},
        {"key": "d1", "title": "乙", "group": "deputy"},
        {"key": "d2", "title": "丙", "group": "deputy"},
        {"key": "d3", "title": "丁", "group": "deputy"},
        {"key": "d4", "title": "戊", "group": "deputy"},
    ],
    "criteria": [
        {"key": "de", "title": {"zh": "德", "en": "Integrity"}, "weight": 40},
        {"key": "neng", "title": {"zh": "能", "en": "Ability"}, "weight": 60},
    ],
    "classes": [
        {"key": "A", "title": {"zh": "A票", "en": "A"}, "weight": 40, "roll": 12},
        {"key": "B", "title": {"zh": "B票", "en": "B"}, "weight": 60, "roll": 200},
    ],
    "quota": {"share": 0.25, "rule": "hint"},
    "quorum": 0,
}

_SHEETS: list[dict[str, Any]] = [
    {
        "key": "team",
        "title": {"zh": "班子测评表", "en": "Team"},
        "scale": "team4",
        "people": False,
        "criteria": [
            {"key": "results", "title": {"zh": "工作实绩", "en": "Results"}, "weight": 100}
        ],
    },
    {
        "key": "cadres",
        "title": {"zh": "干部测评表", "en": "Cadres"},
        "scale": "cadre4",
        "criteria": _BALLOT["criteria"],
        "groups": _BALLOT["groups"],
        "quota": {"share": 0.25},
    },
    {
        "key": "promoted",
        "title": {"zh": "新提拔任用干部评议表", "en": "Promoted"},
        "scale": "approve3",
        "shares_only": True,
        "reason_for": "disapprove",
    },
]

GRADES = ("excellent", "competent", "basically_competent", "incompetent")


def ballot_document(**changes: Any) -> dict[str, Any]:
    """A definition of a ballot."""
    return deepcopy(_BALLOT) | changes


def a_ballot(**changes: Any) -> Definition:
    return parse_definition(ballot_document(**changes))


def packet_document(**changes: Any) -> dict[str, Any]:
    """A definition with three sheets: a team, the cadres of `ballot_document`, one promoted."""
    document = ballot_document(sheets=deepcopy(_SHEETS))
    for name in ("scale", "criteria", "groups", "quota"):
        del document[name]
    team = {"key": "t1", "title": {"zh": "班子", "en": "Team"}, "group": "team"}
    document["subjects"] = [
        team,
        *document["subjects"],
        {"key": "n1", "title": "己", "group": "promoted"},
        {"key": "n2", "title": "庚", "group": "promoted"},
    ]
    return document | changes


@contextmanager
def ballots_on(url: str, folder: Path, clock: Clock | None = None) -> Iterator[Services]:
    services = services_on(url, folder, clock)
    yield services
    services.database.dispose()


def put_in_use(services: Services, *, scrutineers: bool = False, **changes: Any) -> InUse:
    return put_definition_in_use(services, a_ballot(**changes), scrutineers=scrutineers)


def put_definition_in_use(
    services: Services, definition: Definition, *, scrutineers: bool = False
) -> InUse:
    """Put in use what was read from `ballot_document` or `packet_document`."""
    services.authoring.import_definition(definition, CLERK)
    return services.ballot_preparing.put_in_use("cadres", CLERK, scrutineers=scrutineers)


def issue(services: Services, **numbers: int) -> dict[str, list[str]]:
    return services.ballot_preparing.issue("cadres", numbers, CLERK).by_class


def cast(
    services: Services, code: str, fields: Mapping[str, Sequence[str]] | None = None
) -> str | None:
    """Vote as a browser would; return the receipt."""
    receipt = services.balloting.mint(code)
    return services.balloting.cast(code, fields or {}, receipt).receipt


def whole_cards(*grades: str) -> dict[str, list[str]]:
    """Fields that give each subject one grade for all criteria."""
    keys = ("c1", "d1", "d2", "d3", "d4")
    return {f"{key}._card": [grade] for key, grade in zip(keys, grades, strict=True)}


def pattern(number: int) -> dict[str, list[str]]:
    """A ballot that nobody else casts, for numbers below 4**5."""
    return whole_cards(*(GRADES[number // 4**place % 4] for place in range(5)))


def pattern_of(grades: Mapping[str, Mapping[str, str]]) -> int:
    """The number a ballot was made from."""
    keys = ("c1", "d1", "d2", "d3", "d4")
    return sum(GRADES.index(grades[key]["overall"]) * 4**place for place, key in enumerate(keys))

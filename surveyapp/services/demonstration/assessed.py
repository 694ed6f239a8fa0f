"""A made-up vote and a made-up month of assessment, so that every screen has something to show."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final

import yaml

from surveyapp.content import demo_path
from surveyapp.domain.ballot import BallotRules, BallotSubject, VotingClass
from surveyapp.domain.ballot_paper import field_name
from surveyapp.domain.errors import NotFound
from surveyapp.domain.periods import Length, Period
from surveyapp.domain.reporting import Person, ValueRow
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Status
from surveyapp.services.assembly import Services
from surveyapp.services.assessment.entries import Entry
from surveyapp.services.demonstration.rehearsal import demo_packet

VOTE: Final = "example-county-vote"
SCHEME: Final = "example-county-windows"

_OFFICE: Final = Actor("demo")
_SECOND: Final = Actor("demo second person")
_FILE: Final = "example-county-windows.yaml"
_SOURCE: Final = "模拟数据"
_TURNOUT: Final = 0.9
_VALUES: Final = {
    "on-time": (Decimal("98.6"), Decimal("96.2"), Decimal("99.1"), Decimal("93.4")),
    "errands": (Decimal("1.1"), Decimal("1.4"), Decimal("1.2"), Decimal("1.9")),
}
_CHANGES: Final = {"on-time": Decimal("-0.2"), "errands": Decimal("0.05")}
"""What each month further back differs by: things got better during the year."""
_MOODS: Final = {"A": 0.85, "B": 0.75, "C": 0.65}
"""How kindly each class grades: classes differ, as they do."""
_DONT_KNOW_SHARE: Final = 0.08
_MIDDLE: Final = timedelta(days=7)
"""How long ago the middle of the made-up answers is."""


def simulate_vote(services: Services, random: Random) -> None:
    """Hold a vote on a fictional office with made-up ballots, and close it."""
    try:
        status = services.authoring.get(VOTE).summary.status
    except NotFound:
        status = services.authoring.import_definition(demo_packet(VOTE), _OFFICE).status
    if status is Status.DRAFT:
        services.ballot_preparing.put_in_use(VOTE, _SECOND)
    if status is not Status.CLOSED:
        _vote(services, random)
        services.ballot_closing.close(VOTE, _SECOND)


def _vote(services: Services, random: Random) -> None:
    """Let most of those who have no slip yet have one, and use it."""
    rules = services.authoring.get(VOTE).definition.ballot
    left = {
        one.voting_class.key: one.voting_class.roll - one.issued
        for one in services.balloting.turnout(VOTE)
    }
    numbers = {key: n for key, n in left.items() if n}
    if rules is None or not numbers:
        return
    for slip in services.ballot_preparing.issue(VOTE, numbers, _OFFICE).slips:
        if random.random() < _TURNOUT:
            receipt = services.balloting.mint(slip.code)
            services.balloting.cast(slip.code, _ballot(rules, slip.voting_class, random), receipt)


def _ballot(
    rules: BallotRules, voting_class: VotingClass, random: Random
) -> Mapping[str, list[str]]:
    mood = _MOODS.get(voting_class.key, 0.7) + random.gauss(0, 0.12)
    fields: dict[str, list[str]] = {}
    for subject in rules.rated_by(voting_class):
        fields |= _card(rules, subject, mood, random)
    return fields


def _card(
    rules: BallotRules, subject: BallotSubject, mood: float, random: Random
) -> dict[str, list[str]]:
    sheet = rules.sheet_of(subject)
    if random.random() < _DONT_KNOW_SHARE:
        return {field_name(subject.key, one.key): ["dont_know"] for one in sheet.graded}
    own = mood + random.gauss(0, 0.15)
    worst = len(sheet.levels) - 1
    card = {}
    for criterion in sheet.graded:
        place = round((1 - own) * worst + random.gauss(0, 0.35))
        level = sheet.levels[max(0, min(worst, place))]
        card[field_name(subject.key, criterion.key)] = [level.key]
    return card


def simulate_assessment(services: Services, end: datetime) -> None:
    """Assess the windows for the month of most answers: values, a snapshot, released scores."""
    day = end.astimezone(services.settings.timezone) - _MIDDLE
    period = Period(day.year, Length.MONTH, day.month)
    content = yaml.safe_load(demo_path(_FILE).read_text("utf-8"))
    indicators = yaml.safe_dump({"indicators": content["indicators"]}, allow_unicode=True)
    services.indicators.import_file(indicators.encode(), _FILE, _OFFICE)
    (indicator,) = content["indicators"]
    if services.snapshots.latest(indicator["key"], period) is None:
        services.snapshotting.make(indicator["key"], period, _SECOND)
    _scheme(services, content["scheme"] | {"year": period.year})
    run = services.scores.run(SCHEME, period)
    if run is None:
        _report(services, period)
        run = services.scoring.score(SCHEME, period, _OFFICE, seed=period.year)
    if not run.is_released:
        services.scores.release(run.id, _SECOND)


def _scheme(services: Services, document: dict[str, Any]) -> None:
    made = services.schemes.import_document(deepcopy(document), _OFFICE)
    if made.is_draft:
        services.schemes.publish(SCHEME, _SECOND)


def _report(services: Services, period: Period) -> None:
    reporter = Person(_OFFICE, is_office=True, reports=True)
    verifier = Person(_SECOND, is_office=True, verifies=True)
    rows = [
        ValueRow(
            indicator,
            f"SL-ZWZX-{window:02}",
            str(month),
            str(value + _CHANGES[indicator] * (period.number - month.number)),
            _SOURCE,
        )
        for month in period.up_to(Length.MONTH)
        for indicator, values in _VALUES.items()
        for window, value in enumerate(values, start=1)
    ]
    services.objectives.report(SCHEME, list(enumerate(rows, start=1)), _SOURCE, reporter)
    services.verifying.verify_all(SCHEME, verifier)
    if not services.adjusting.lines(SCHEME, reporter):
        honour = Entry("honour", "SL-ZWZX-03", period, 1, "模拟数据：获评青年文明号", "模拟文件1号")
        services.adjusting.add(SCHEME, honour, reporter)
    services.adjusting.verify_all(SCHEME, verifier)

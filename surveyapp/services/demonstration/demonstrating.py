"""The demo: a fictional county waiting for visitors, and real published results beside it.

Everything goes the way it goes for every user: definitions are imported and put in use, data files
are imported, surveys are closed and released. Doing it again changes nothing, also after it was
interrupted half-way. Made-up answers exist only in a database that is marked as simulated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final, cast
from uuid import UUID

from surveyapp.content import demo_path, template_bytes
from surveyapp.domain.definition import parse_definition
from surveyapp.domain.errors import Conflict, NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.places import Place, PlaceOrder
from surveyapp.domain.review import ReviewRules
from surveyapp.domain.roles import Actor
from surveyapp.domain.survey import Definition, Status
from surveyapp.services.assembly import Services, assemble, utc_now
from surveyapp.services.definition_files import read_definition
from surveyapp.services.demonstration.assessed import simulate_assessment, simulate_vote
from surveyapp.services.demonstration.rehearsal import import_rehearsal
from surveyapp.services.demonstration.samples import add_roster, add_volumes, place_order
from surveyapp.services.demonstration.simulation import simulated_fields

DEMO: Final = Actor("demo")

REVIEW: Final = "example-county-review"
SERVICES: Final = "example-county-services"
PUBLISHED: Final = "yuxi-2007"
METHODS: Final = "kcmo-2021q3"
DRAFT: Final = "example-county-environment"
UNIT: Final = "SL-ZWZX"
"""The unit whose windows are reviewed."""

_DATA: Final = {PUBLISHED: "yuxi_2007.csv", METHODS: "kcmo_2021q3.csv"}
_MARGINS: Final = {METHODS: "kcmo_margins.csv"}
_MARGINS_SOURCE: Final = (
    "选区：法律规定各选区人口相等，各占六分之一；年龄、性别：取整的示意比例，不是普查表。"
    " / Districts: equal by law, one sixth each; age and gender: rounded illustrations, not a"
    " census table."
)
_UNITS: Final = "example-county-units.csv"
_TOWNSHIPS: Final = (
    "示例县城关镇 便民服务中心",
    "示例县东乡 便民服务中心",
    "示例县西乡 便民服务中心",
)

_REVIEWS: Final = 420
_SURVEYED: Final = 360
_LEVELS: Final = (0.86, 0.74, 0.62, 0.8)
"""How good the places are that answers are made up for, in turn."""
_DAYS: Final = 14
_OFFICE_HOURS: Final = (timedelta(hours=9), timedelta(hours=17))


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo holds.

    Attributes
    ----------
    surveys : tuple of str
        Keys of its surveys, in the order in which a visitor looks at them.
    places : tuple of Place
        Places that take answers, of the review first.
    change_minutes : int
        For how long the level of a review can be changed.
    """

    surveys: tuple[str, ...]
    places: tuple[Place, ...]
    change_minutes: int


def load_demo(services: Services, *, now: Callable[[], datetime] = utc_now) -> Demo:
    """Load the demo into an installation; what is there already stays as it is.

    Parameters
    ----------
    now : callable
        The day whose roster and service cases are there.

    Raises
    ------
    Conflict
        The database holds simulated answers.
    """
    if services.database.is_simulated():
        raise Conflict(
            message(
                "This database holds simulated answers, which never stand beside real ones:"
                " use another database."
            )
        )
    _import_units(services)
    _claim(services)
    import_rehearsal(services)
    # What was changed last stands first in the console: the county comes last.
    for key in (METHODS, PUBLISHED):
        _open(services, _demo_definition(key))
        _import_and_close(services, key)
    for key in (METHODS, PUBLISHED):
        _release(services, key)
    _open_county(services)
    add_roster(services, REVIEW, now(), DEMO)
    add_volumes(services, REVIEW, now(), DEMO)
    return _demo(services, (REVIEW, SERVICES, PUBLISHED, METHODS))


def simulate(services: Services, seed: int, *, now: Callable[[], datetime] = utc_now) -> Demo:
    """Fill an empty database with two weeks of made-up answers, and mark it so for ever.

    Parameters
    ----------
    seed : int
        The same seed gives the same answers.
    now : callable
        The end of the two weeks.

    Raises
    ------
    Conflict
        The database holds surveys that are not simulated.
    """
    if not services.database.is_simulated():
        if services.authoring.summaries():
            raise Conflict(
                message("This database has surveys of its own: simulate in another database.")
            )
        services.database.mark_simulated()
    if _status(services, SERVICES) is not Status.CLOSED:
        random = Random(seed)  # noqa: S311 (made-up answers are no secret)
        _simulate_weeks(services, random, now())
    return _demo(services, (REVIEW, SERVICES, DRAFT))


def _demo(services: Services, surveys: tuple[str, ...]) -> Demo:
    rules = cast(ReviewRules, services.authoring.get(REVIEW).definition.review)
    return Demo(surveys, _places_of(services), rules.change_minutes)


def _claim(services: Services) -> None:
    """Put the review there first, as a draft: by it the database is known as the demo's."""
    if _status(services, REVIEW) is None:
        services.authoring.import_definition(_demo_definition(REVIEW), DEMO)


def _import_units(services: Services) -> None:
    path = demo_path(_UNITS)
    known = {node.unit.code for node in services.organising.tree()}
    if not known:
        services.organising.import_units(path, DEMO)


def _open_county(services: Services) -> None:
    """Put both surveys of the county in use and give each window and township a place."""
    _open(services, _demo_definition(SERVICES))
    _add_places(services, SERVICES, [PlaceOrder(label) for label in _TOWNSHIPS])
    review = _demo_definition(REVIEW)
    _open(services, review)
    windows = [place_order(one.title.zh, one.key) for one in review.subjects]
    _add_places(services, REVIEW, windows)


def _demo_definition(key: str) -> Definition:
    name = f"{key}.yaml"
    return read_definition(demo_path(name).read_bytes(), name)


def _status(services: Services, key: str) -> Status | None:
    try:
        return services.authoring.get(key).summary.status
    except NotFound:
        return None


def _open(services: Services, definition: Definition) -> None:
    """Import a definition and put it in use, unless that was done before."""
    status = _status(services, definition.key)
    if status is None:
        services.authoring.import_definition(definition, DEMO)
    if status in (None, Status.DRAFT):
        services.authoring.publish(definition.key, DEMO)


def _add_places(services: Services, key: str, wanted: list[PlaceOrder]) -> None:
    there = {row.place.label for row in services.placing.of(key)}
    missing = [(order, None) for order in wanted if order.label not in there]
    services.placing.add_all(key, missing, DEMO)


def _places_of(services: Services) -> tuple[Place, ...]:
    return tuple(
        place
        for key in (REVIEW, SERVICES)
        for place in _by_label(services, key)
        if not place.revoked
    )


def _by_label(services: Services, key: str) -> list[Place]:
    return sorted((row.place for row in services.placing.of(key)), key=lambda place: place.label)


def _import_and_close(services: Services, key: str) -> None:
    summary = services.authoring.get(key).summary
    if summary.responses == 0:
        services.importing.import_file(key, demo_path(_DATA[key]), actor=DEMO)
        services.counting.fold(key)
    if key in _MARGINS and not services.weighting.history(key):
        file = demo_path(_MARGINS[key])
        services.weighting.set_file(key, file, DEMO, source=_MARGINS_SOURCE, wave="2021")
    if summary.status is Status.OPEN:
        services.authoring.close(key, DEMO)


class _Clock:
    """The time of the made-up answers."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def _simulate_weeks(services: Services, random: Random, end: datetime) -> None:
    """Live through two weeks: surveys are opened, answered day by day, one is closed."""
    today = end.astimezone(services.settings.timezone)
    midnight = today.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    clock = _Clock(midnight - timedelta(days=_DAYS))
    then = assemble(services.settings, now=clock)
    try:
        _import_units(then)
        _claim(then)
        _open_county(then)
        _draft(then)
        for moment, place, level in _visits(then, random, midnight):
            clock.now = moment
            _answer(then, place, random, level)
        clock.now = end
        for key in (REVIEW, SERVICES):
            then.counting.fold(key)
        _release(then, REVIEW)
        _release(then, SERVICES)
        simulate_vote(then, random)
        simulate_assessment(then, end)
        then.authoring.close(SERVICES, DEMO)
    finally:
        then.database.dispose()


def _draft(services: Services) -> None:
    """Leave one survey as a draft, made from a template."""
    if _status(services, DRAFT) is None:
        template = read_definition(template_bytes("eco-environment"), "eco-environment.yaml")
        office = {
            "zh": "示例县生态环境局（虚构）",
            "en": "Example County Environment Office (fictional)",
        }
        document = {**template.document, "key": DRAFT, "office": office}
        services.authoring.import_definition(parse_definition(document), DEMO)


def _visits(
    services: Services, random: Random, midnight: datetime
) -> list[tuple[datetime, Place, float]]:
    """Spread the respondents over the places and the office hours of two weeks."""
    opening, closing = _OFFICE_HOURS
    visits = []
    for key, number in ((REVIEW, _REVIEWS), (SERVICES, _SURVEYED)):
        places = _by_label(services, key)
        for turn in range(number):
            day = midnight - timedelta(days=random.randint(1, _DAYS))
            moment = day + opening + random.random() * (closing - opening)
            which = turn % len(places)
            visits.append((moment, places[which], _LEVELS[which]))
    return sorted(visits, key=lambda visit: visit[0])


def _answer(services: Services, place: Place, random: Random, level: float) -> None:
    form = services.collecting.open_form(place.code)
    fields = simulated_fields(form.definition, random, level=level)
    key = UUID(int=random.getrandbits(128), version=4)
    services.collecting.submit(place.code, key, form.revision_number, fields)


def _release(services: Services, key: str) -> None:
    if services.releasing.latest(key) is None:
        services.releasing.release(key, DEMO)

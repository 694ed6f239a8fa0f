"""How long a careful hand takes to grade 30 people on 6 items: what it does, and a model of it.

A touch screen of 360 by 740 pixels is driven through the real form in Chromium. Taps, swipes, the
way between taps, the size of what is tapped and the answers of the server are measured. What a
person needs for them is modelled with the keystroke-level model (Card, Moran and Newell,
Communications of the ACM 23(7), 1980, pp. 396-410). Its pointing was measured with a mouse; for a
finger on a phone stands Fitts' law with the throughput of MacKenzie (HCI International 2015, LNCS
9170, pp. 238-249).
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Locator, Page

from bench.servers import running
from surveyapp.config import Settings
from surveyapp.content import template_bytes
from surveyapp.domain.definition import parse_definition
from surveyapp.domain.roles import Actor
from surveyapp.services.assembly import assemble
from surveyapp.services.definition_files import read_definition
from surveyapp.storage.migrate import upgrade
from tests.support.chromium import running_chromium

PEOPLE: Final = 30
WIDTH, HEIGHT = 360, 740
COVERED: Final = 70
"""Pixels at the bottom that the bar with the counters covers."""
SWIPE: Final = HEIGHT * 0.6

POINT: Final = 1.1
"""Seconds to point with a mouse, on average."""
THROUGHPUT: Final = 6.95
"""Bits in a second of a finger on a phone."""
SLOW: Final = 2.0
"""How much slower than the adults of that experiment the slower hand is."""
PRESS: Final = 0.2
DECIDE: Final = 1.35
CHARACTERS: Final = 6.0
"""Chinese characters read in a second: 360 a minute, at the slow end of what adults do."""

ACTOR = Actor("benchmark")
FAMILY_NAMES: Final = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏"


Pointing = Callable[[float, float], float]


@dataclass(slots=True)
class Hand:
    """A hand that taps and swipes on a real page, and counts what it does.

    Attributes
    ----------
    ways : list of (float, float)
        For each tap the distance from the one before on the screen, and the smaller side of what
        is tapped, in pixels.
    decisions : int
        How often the person had to think.
    characters : int
        Read from beginning to end.
    answered : float
        Seconds the server and the browser took for new pages.
    """

    page: Page
    ways: list[tuple[float, float]] = field(default_factory=list)
    swipes: int = 0
    scrolled: float = 0.0
    decisions: int = 0
    characters: int = 0
    answered: float = 0.0
    _at: tuple[float, float] = (WIDTH / 2, HEIGHT * 0.7)

    def tap(self, target: Locator) -> None:
        """Bring something into sight and tap it."""
        x, y, size = self._sight(target)
        self.ways.append((math.dist(self._at, (x, y)), size))
        self._at = (x, y)
        self.page.touchscreen.tap(x, y)

    def leave(self, target: Locator, arrival: str) -> None:
        """Tap what leads to another page, and wait for it."""
        x, y, size = self._sight(target)
        self.ways.append((math.dist(self._at, (x, y)), size))
        began = time.monotonic()
        self.page.touchscreen.tap(x, y)
        self.page.locator(arrival).wait_for(state="attached")
        self.answered += time.monotonic() - began

    def _sight(self, target: Locator) -> tuple[float, float, float]:
        while True:
            box = target.bounding_box()
            if box is None:
                raise RuntimeError("what is tapped is not on the page")
            y = box["y"] + box["height"] / 2
            if box["y"] >= 0 and box["y"] + box["height"] <= HEIGHT - COVERED:
                return box["x"] + box["width"] / 2, y, min(box["width"], box["height"])
            self._swipe(SWIPE if y > 0 else -SWIPE)

    def _swipe(self, way: float) -> None:
        before = self.page.evaluate("scrollY")
        self.page.evaluate("way => scrollBy({top: way, behavior: 'instant'})", way)
        self.swipes += 1
        self.scrolled += abs(self.page.evaluate("scrollY") - before)

    def read(self, part: str) -> None:
        """Read a part of the page."""
        text = "".join(self.page.locator(part).all_inner_texts())
        self.characters += sum(not sign.isspace() for sign in text)

    def seconds(self, point: Pointing, *, decisions: int | None = None) -> float:
        """Return what the model gives for everything that was done.

        Parameters
        ----------
        point : callable
            Seconds to reach a target of a size at a distance.
        decisions : int, optional
            How often the person thinks; as counted by default.
        """
        return (
            sum(point(way, size) + PRESS for way, size in self.ways)
            + (point(SWIPE, SWIPE) + PRESS) * self.swipes
            + DECIDE * (self.decisions if decisions is None else decisions)
            + self.characters / CHARACTERS
            + self.answered
        )


def by_mouse(_way: float, _size: float) -> float:
    """Return the average of the keystroke-level model."""
    return POINT


def by_finger(way: float, size: float) -> float:
    """Return Fitts' index of difficulty over the throughput of a finger."""
    return math.log2(way / size + 1) / THROUGHPUT


def by_slow_finger(way: float, size: float) -> float:
    """Return the same for a hand that takes longer."""
    return SLOW * by_finger(way, size)


def _document() -> Mapping[str, Any]:
    document = dict(read_definition(template_bytes("cadre-evaluation"), "cadres").document)
    document["subjects"] = [
        {
            "key": f"p{n}",
            "group": "chief" if n == 0 else "deputy",
            "title": f"{FAMILY_NAMES[n]}建国",
            "office": "局长" if n == 0 else "副局长、党组成员",
        }
        for n in range(PEOPLE)
    ]
    return document


def _choose(hand: Hand, part: Locator, place: int) -> None:
    hand.tap(part.locator(".o").nth(place))


def _few_exceptions(hand: Hand, card: Locator, number: int) -> None:
    """Grade the card with one tap; for every third person one item differs."""
    hand.decisions += 1
    _choose(hand, card.locator(".grades"), number % 3 % 2)
    if number % 3 == 0:
        hand.decisions += 1
        hand.tap(card.locator("summary"))
        _choose(hand, card.locator(".item").nth(number % 5), 2)


def _two_exceptions(hand: Hand, card: Locator, number: int) -> None:
    """Grade the card with one tap; for everybody two items differ. The cards are unfolded."""
    hand.decisions += 3
    _choose(hand, card.locator(".grades"), number % 3 % 2)
    for item in (number % 3, 3 + number % 2):
        _choose(hand, card.locator(".item").nth(item), 2)


def _every_item(hand: Hand, card: Locator, number: int) -> None:
    """Grade each item by itself. The cards are unfolded."""
    hand.decisions += 1
    for item in range(6):
        _choose(hand, card.locator(".item").nth(item), (number + item) % 3)


Way = Callable[[Hand, Locator, int], None]
WAYS: Final[Mapping[str, tuple[Way, bool]]] = {
    "one tap a card, one item differs for every third": (_few_exceptions, False),
    "one tap a card, two items differ for everybody": (_two_exceptions, True),
    "each of the 180 items by hand": (_every_item, True),
}


def _vote(page: Page, address: str, way: Way, *, unfold: bool) -> Hand:
    """Fill in a whole ballot, look it over and submit it."""
    page.goto(address)
    hand = Hand(page)
    hand.read(".lead, .how")
    if unfold:
        hand.tap(page.locator(".unfold"))
    for number in range(PEOPLE):
        way(hand, page.locator(".person").nth(number), number)
    hand.leave(page.locator("button[name=_review]"), "#cast")
    hand.read(".lead")
    # Looking over the list: a thought for every screen on the way to the button.
    before = hand.swipes
    hand.leave(page.locator("#cast button:not([name])"), ".tick")
    hand.decisions += hand.swipes - before + 1
    return hand


def _report(name: str, hand: Hand) -> None:
    taps = len(hand.ways)
    mean_way = sum(way for way, _size in hand.ways) / taps
    print(f"  {name}")
    print(
        f"    measured: {taps} taps, {mean_way:.0f} pixels apart, on targets of at least"
        f" {min(size for _way, size in hand.ways):.0f} pixels; {hand.swipes} swipes over"
        f" {hand.scrolled:,.0f} pixels; {hand.characters} characters read;"
        f" {hand.answered:.1f} s for two pages"
    )
    print(
        f"    modelled: {hand.seconds(by_mouse) / 60:.1f} minutes with a mouse's 1.1 s,"
        f" {hand.seconds(by_finger) / 60:.1f} with a finger,"
        f" {hand.seconds(by_slow_finger) / 60:.1f} with one half as fast;"
        f" {hand.decisions} decisions"
    )


def run() -> None:
    """Vote in each of the ways and print minutes."""
    print(f"Ballot form: {PEOPLE} people, 6 items each, a phone of {WIDTH} x {HEIGHT} pixels")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environ = {
            "SURVEYAPP_DATABASE_URL": f"sqlite:///{folder / 'ballot.sqlite3'}",
            "SURVEYAPP_SECRET_KEY": "only for this benchmark",
            "SURVEYAPP_INSTANCE_DIR": str(folder),
        }
        settings = Settings.from_environ(environ)
        upgrade(settings.database_url)
        services = assemble(settings)
        definition = parse_definition(_document())
        services.authoring.import_definition(definition, ACTOR)
        services.ballot_preparing.put_in_use(definition.key, ACTOR)
        slips = services.ballot_preparing.issue(definition.key, {"B": len(WAYS)}, ACTOR)
        services.database.dispose()
        with running({"what": "product"}, environ) as server, running_chromium() as chromium:
            for (words, (way, unfold)), slip in zip(WAYS.items(), slips.slips, strict=True):
                context = chromium.new_context(
                    viewport={"width": WIDTH, "height": HEIGHT}, has_touch=True, locale="zh-CN"
                )
                page = context.new_page()
                address = f"http://127.0.0.1:{server.port}/b/{slip.code}"
                hand = _vote(page, address, way, unfold=unfold)
                _report(words, hand)
                if way is _every_item:
                    more = hand.decisions + 5 * PEOPLE
                    anew = [
                        f"{hand.seconds(point, decisions=more) / 60:.1f}"
                        for point in (by_mouse, by_finger, by_slow_finger)
                    ]
                    print(f"    with a decision for each of the 180: {', '.join(anew)} minutes")
                context.close()

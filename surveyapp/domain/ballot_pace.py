"""How fast a ballot was filled in: one of three levels, and nothing finer is ever kept."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

FAST_SECONDS: Final = 2.0
"""Below this many seconds a card nobody has read it: a name with an office and the grades are some
ten Chinese characters, and adults read three hundred to five hundred a minute."""

SLOW_SECONDS: Final = 30.0
"""Above this many seconds a card somebody has thought, asked, or put the phone aside."""


class Pace(StrEnum):
    """The level a packet carries; only the counts of each class come out of the urn."""

    FAST = "fast"
    USUAL = "usual"
    SLOW = "slow"


def pace_of(seconds: float, cards: int) -> Pace:
    """Return the level of a ballot.

    Parameters
    ----------
    seconds : float
        From when its page was made until it was cast.
    cards : int
        How many subjects it rates.
    """
    if seconds < FAST_SECONDS * cards:
        return Pace.FAST
    return Pace.SLOW if seconds > SLOW_SECONDS * cards else Pace.USUAL

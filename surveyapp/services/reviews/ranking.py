"""Ranks of units by the cautious end of their rate, in bands that chance cannot tell apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from surveyapp.domain.messages import Message, message
from surveyapp.domain.rates import RateKey
from surveyapp.services.reviews.groups import CONFIDENCE, Group, Rate
from surveyapp.stats.ranking import rank_shares

RANKED_BY = RateKey.ACTIVE_GOOD
"""Reviews entered by default are always good: they move no rank."""

TOO_FEW = message("Too few reviews: not ranked")


@dataclass(frozen=True, slots=True)
class Ranked:
    """A group and its rank.

    Attributes
    ----------
    rank : int or None
        1 is the best; equal ones share it (1, 1, 3); None below the minimum.
    bands : tuple of int
        Runs of neighbouring ranks (1 is the best) in which all intervals overlap.
    note : Message or None
        Why there is no rank.
    """

    group: Group
    rate: Rate
    rank: int | None = None
    bands: tuple[int, ...] = ()
    note: Message | None = None


@dataclass(frozen=True, slots=True)
class Peers:
    """Groups that are ranked among each other.

    Attributes
    ----------
    title : str
        The category of units (考核类别), empty where there is none.
    ranked : tuple of Ranked
        The best first, then those without a rank.
    """

    title: str
    ranked: tuple[Ranked, ...]

    @property
    def has_ranks(self) -> bool:
        """Whether at least two have a rank."""
        return sum(one.rank is not None for one in self.ranked) > 1


def rank(groups: Sequence[Group], minimum: int) -> tuple[Ranked, ...]:
    """Rank groups by the lower end of the interval of their rate of good reviews.

    Parameters
    ----------
    minimum : int
        Groups with fewer reviews get no rank.
    """
    rates = [group.rate(RANKED_BY) for group in groups]
    sizes = [group.n for group in groups]
    places = rank_shares(
        [one.value for one in rates],
        sizes,
        minimum=max(1, minimum),
        confidence=CONFIDENCE,
    )
    placed = [
        Ranked(group, rate, place.rank)
        for group, rate, place in zip(groups, rates, places, strict=True)
        if place is not None
    ]
    placed.sort(key=lambda one: (one.rank, -one.group.n))
    rest = [
        Ranked(group, rate, note=TOO_FEW)
        for group, rate, place in zip(groups, rates, places, strict=True)
        if place is None
    ]
    bands = _bands([one.rate for one in placed])
    in_bands = [
        Ranked(one.group, one.rate, one.rank, band) for one, band in zip(placed, bands, strict=True)
    ]
    return (*in_bands, *rest)


def peers_of(units: Sequence[Group], others: Sequence[Group], minimum: int) -> tuple[Peers, ...]:
    """Rank units inside their category, those of none on their level of the tree.

    Parameters
    ----------
    units : sequence of Group
        Rolled up the tree.
    others : sequence of Group
        What is ranked where there are no units.
    """
    if not units:
        return (Peers("", rank(others, minimum)),) if others else ()
    alike: dict[tuple[int, str], list[Group]] = {}
    for unit in units:
        place = (0, unit.category) if unit.category else (unit.depth, "")
        alike.setdefault(place, []).append(unit)
    return tuple(
        Peers(category, rank(members, minimum)) for (_, category), members in alike.items()
    )


def _bands(rates: Sequence[Rate]) -> list[tuple[int, ...]]:
    """Give a number to the longest runs of neighbours in which every two intervals overlap.

    Lower ends fall from rank to rank, so a run holds together as long as its highest lower end,
    the first, is not above any upper end in it.
    """
    bands: list[list[int]] = [[] for _ in rates]
    number, reached = 0, -1
    for first, rate in enumerate(rates):
        last = first
        while last + 1 < len(rates) and _overlap(rate, rates[last + 1]):
            last += 1
        if last > reached:
            number, reached = number + 1, last
            for member in range(first, last + 1):
                bands[member].append(number)
    return [tuple(band) for band in bands]


def _overlap(better: Rate, other: Rate) -> bool:
    return better.low is not None and other.high is not None and other.high >= better.low

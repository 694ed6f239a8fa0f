"""From counted reviews, cases and service cases to the numerators and denominators of the rates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from surveyapp.domain.messages import Message
from surveyapp.domain.rates import (
    NO_VOLUME,
    NOTHING_COUNTED,
    TOO_MANY_REVIEWS,
    Identity,
    Quantity,
    RateDefinition,
)
from surveyapp.domain.scales import Scale
from surveyapp.domain.survey import Standing

VALID = frozenset({Standing.COUNTED})
FIRST, SECOND = 1, 2


@dataclass(frozen=True, slots=True)
class Selection:
    """Which reviews are looked at; None leaves a condition out.

    Attributes
    ----------
    since, until : date or None
        First and last local day of the reviews, both inside.
    subjects : frozenset of str or None
        Keys of what is rated; the empty key stands for reviews of nothing in particular.
    item, window, staff, channel : str or None
        `staff` is the number of the person at the window (工号).
    is_imported : bool or None
        Recorded by another channel, or here.
    is_named : bool or None
    """

    since: date | None = None
    until: date | None = None
    subjects: frozenset[str] | None = None
    item: str | None = None
    window: str | None = None
    staff: str | None = None
    channel: str | None = None
    is_imported: bool | None = None
    is_named: bool | None = None

    @property
    def splits_volume(self) -> bool:
        """Whether it asks for a part that service cases are not counted by."""
        parts = (self.staff, self.channel, self.is_imported, self.is_named)
        return any(part is not None for part in parts)


@dataclass(frozen=True, slots=True)
class Where:
    """What a count is about; empty where nobody said."""

    subject: str = ""
    item: str = ""
    window: str = ""
    channel: str = ""
    is_imported: bool = False
    staff: str = ""


@dataclass(frozen=True, slots=True)
class ReviewCount:
    """How many reviews are alike; `day` only where they were counted by day."""

    where: Where
    day: date | None
    is_named: bool
    is_default: bool
    review_number: int
    standing: str
    level: str
    n: int


@dataclass(frozen=True, slots=True)
class CaseCount:
    """How many cases of first reviews are alike.

    Attributes
    ----------
    standing : str
        Of the review.
    replied : bool
        Whether the unit has answered.
    call_back : str or None
        satisfied, unsatisfied or unreachable.
    is_closed : bool
        Whether it was put right and closed (办结).
    in_time : bool or None
        Whether it was put right in time; None while the deadline has not decided.
    """

    where: Where
    is_named: bool
    standing: str
    replied: bool
    call_back: str | None
    is_closed: bool
    in_time: bool | None
    n: int


@dataclass(frozen=True, slots=True)
class Volume:
    """The number of service cases, or why it is not known."""

    n: int | None = None
    problem: Message = NO_VOLUME


@dataclass(frozen=True, slots=True)
class Counted:
    """Everything the rates of one group divide.

    Attributes
    ----------
    quantities : mapping of Quantity to number
    levels, defaults : mapping of str to int
        First reviews given, and entered by default, by level.
    squares : Fraction
        Sum of the squared points of the valid reviews, for the scatter of the mean.
    volume : Volume
    """

    quantities: Mapping[Quantity, Fraction | int]
    levels: Mapping[str, int]
    defaults: Mapping[str, int]
    squares: Fraction
    volume: Volume

    def parts(self, rate: RateDefinition) -> tuple[Fraction, Fraction] | Message:
        """Return numerator and denominator of a rate, or why it cannot be computed."""
        if rate.needs_volume:
            if self.volume.n is None:
                return self.volume.problem
            if self.quantities[Quantity.UNREVIEWED] < 0:
                return TOO_MANY_REVIEWS
        denominator = self.quantities[rate.denominator]
        if denominator == 0:
            return NOTHING_COUNTED
        return Fraction(self.quantities[rate.numerator]), Fraction(denominator)


@dataclass(slots=True)
class _Sums:
    given: Counter[str] = field(default_factory=Counter)
    by_default: Counter[str] = field(default_factory=Counter)
    again: Counter[str] = field(default_factory=Counter)
    own: Counter[str] = field(default_factory=Counter)


def count(
    scale: Scale,
    bad: Iterable[str],
    reviews: Iterable[ReviewCount],
    cases: Iterable[CaseCount],
    volume: Volume,
    *,
    standings: frozenset[Standing] = VALID,
    identity: Identity = Identity.ALL,
) -> Counted:
    """Add up what the rates of a group divide.

    Parameters
    ----------
    scale : Scale
        Of the rating; its unscored levels are in no rate.
    bad : iterable of str
        Levels that open a case.
    reviews, cases : iterable
        Those of the group.
    standings : frozenset of Standing
        Which reviews are valid: by default those that are neither flagged nor excluded.
    identity : Identity
        Whose reviews count.
    """
    sums = _Sums()
    for row in reviews:
        if row.standing in standings and _is_of(identity, row.is_named):
            if row.review_number == SECOND:
                sums.again[row.level] += row.n
            elif row.is_default:
                sums.by_default[row.level] += row.n
            else:
                sums.given[row.level] += row.n
            if row.review_number != SECOND and not row.where.is_imported:
                sums.own[row.level] += row.n
    scored = [level for level in scale.levels if not level.unscored]
    good = [level.key for level in scored if level.favourable]
    given = {level.key: sums.given[level.key] for level in scored}
    by_default = {level.key: sums.by_default[level.key] for level in scored}
    again = {level.key: sums.again[level.key] for level in scored}
    valid = {key: given[key] + by_default[key] for key in given}
    points = {level.key: level.points or Fraction(0) for level in scored}
    kept = [one for one in cases if one.standing in standings and _is_of(identity, one.is_named)]
    called = [one for one in kept if one.call_back in ("satisfied", "unsatisfied")]
    active, defaults = sum(given.values()), sum(by_default.values())
    quantities: dict[Quantity, Fraction | int] = {
        Quantity.VOLUME: volume.n or 0,
        Quantity.ACTIVE: active,
        Quantity.DEFAULTS: defaults,
        Quantity.UNREVIEWED: (volume.n or 0) - active - defaults,
        Quantity.VALID: active + defaults,
        Quantity.GOOD: sum(valid[key] for key in good),
        Quantity.ACTIVE_GOOD: sum(given[key] for key in good),
        Quantity.BAD: sum(valid[key] for key in set(bad) & set(valid)),
        Quantity.OWN_BAD: sum(sums.own[key] for key in set(bad) & set(valid)),
        Quantity.REPLIED: sum(one.n for one in kept if one.replied),
        Quantity.CALLED_BACK: sum(one.n for one in called),
        Quantity.RECTIFIED: sum(one.n for one in called if one.is_closed),
        Quantity.SATISFIED: sum(one.n for one in called if one.call_back == "satisfied"),
        Quantity.DUE: sum(one.n for one in kept if one.in_time is not None),
        Quantity.IN_TIME: sum(one.n for one in kept if one.in_time),
        Quantity.POINTS: sum((points[key] * n for key, n in valid.items()), Fraction(0)),
        Quantity.FOLLOW_UPS: sum(again.values()),
        Quantity.GOOD_FOLLOW_UPS: sum(again[key] for key in good),
    }
    squares = sum((points[key] ** 2 * n for key, n in valid.items()), Fraction(0))
    return Counted(quantities, given, by_default, squares, volume)


def _is_of(identity: Identity, is_named: bool) -> bool:
    return identity is Identity.ALL or is_named == (identity is Identity.NAMED)

"""Every rate of service reviews, defined once: what is divided by what, and what counts.

The names are those of GB/T 39734-2020 and of the papers around it; which cases stand in each
denominator its public text leaves open, and is fixed here. ``docs/rates.md`` is made from this
table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from surveyapp.domain.messages import Message, message
from surveyapp.domain.text import Language, Text


class Quantity(StrEnum):
    """What numerators and denominators are numbers of."""

    VOLUME = "volume"
    ACTIVE = "active"
    DEFAULTS = "defaults"
    UNREVIEWED = "unreviewed"
    VALID = "valid"
    GOOD = "good"
    ACTIVE_GOOD = "active_good"
    BAD = "bad"
    OWN_BAD = "own_bad"
    REPLIED = "replied"
    CALLED_BACK = "called_back"
    RECTIFIED = "rectified"
    SATISFIED = "satisfied"
    DUE = "due"
    IN_TIME = "in_time"
    POINTS = "points"
    FOLLOW_UPS = "follow_ups"
    GOOD_FOLLOW_UPS = "good_follow_ups"


QUANTITIES: Final[Mapping[Quantity, Text]] = {
    Quantity.VOLUME: Text("应评办件数（办件量）", "service cases that could be reviewed"),
    Quantity.ACTIVE: Text("主动评价数", "reviews given by citizens"),
    Quantity.DEFAULTS: Text("系统默认评价数", "reviews a platform entered by default"),
    Quantity.UNREVIEWED: Text("未评办件数", "service cases without a review"),
    Quantity.VALID: Text("有效评价数（主动＋默认）", "valid reviews (given and by default)"),
    Quantity.GOOD: Text("有效评价中的好评数", "good ones among the valid reviews"),
    Quantity.ACTIVE_GOOD: Text("主动评价中的好评数", "good ones among the reviews given"),
    Quantity.BAD: Text("有效差评数", "valid bad reviews"),
    Quantity.OWN_BAD: Text("本系统收到的有效差评数", "valid bad reviews given here"),
    Quantity.REPLIED: Text("已回复的有效差评数", "valid bad reviews that were answered"),
    Quantity.CALLED_BACK: Text("已回访的有效差评数", "valid bad reviews that were called back"),
    Quantity.RECTIFIED: Text(
        "已回访且已办结的有效差评数", "valid bad reviews called back and put right"
    ),
    Quantity.SATISFIED: Text("回访表示满意的有效差评数", "called back and satisfied with the fix"),
    Quantity.DUE: Text("到期应整改的有效差评数", "valid bad reviews whose deadline has decided"),
    Quantity.IN_TIME: Text("期限内完成整改的有效差评数", "valid bad reviews put right in time"),
    Quantity.POINTS: Text("各等级分值 × 件数之和", "sum of the points of all valid reviews"),
    Quantity.FOLLOW_UPS: Text("追加评价数（评价次数 2）", "second reviews of a case"),
    Quantity.GOOD_FOLLOW_UPS: Text("追加评价中的好评数", "good ones among the second reviews"),
}


class Identity(StrEnum):
    """Whose reviews stand in a denominator: rates of the two are never mixed."""

    ALL = "all"
    NAMED = "named"
    ANONYMOUS = "anonymous"


class RateKey(StrEnum):
    """The rates by key."""

    GOOD = "good"
    ACTIVE = "active"
    ACTIVE_GOOD = "active_good"
    DEFAULT = "default"
    UNREVIEWED = "unreviewed"
    BAD = "bad"
    REPLIED = "replied"
    CALLED_BACK = "called_back"
    RECTIFIED = "rectified"
    SATISFIED = "satisfied"
    IN_TIME = "in_time"
    MEAN = "mean"
    FOLLOW_UP_GOOD = "follow_up_good"


class Unit(StrEnum):
    """What a rate is counted in."""

    PERCENT = "percent"
    POINTS = "points"


@dataclass(frozen=True, slots=True)
class RateDefinition:
    """One rate.

    Attributes
    ----------
    counts : Text
        Which reviews count, in words.
    source : Text
        Where name and formula come from.
    by_identity : bool
        Whether there is one for named and one for anonymous reviews, and none for both together.
    """

    key: RateKey
    name: Text
    numerator: Quantity
    denominator: Quantity
    counts: Text
    source: Text
    unit: Unit = Unit.PERCENT
    by_identity: bool = False

    @property
    def needs_volume(self) -> bool:
        """Whether it divides by the number of service cases."""
        return self.denominator is Quantity.VOLUME

    @property
    def identities(self) -> tuple[Identity, ...]:
        """For whom it is computed."""
        return (Identity.NAMED, Identity.ANONYMOUS) if self.by_identity else (Identity.ALL,)


_NATIONAL = Text(
    "GB/T 39734-2020 有此名称；分母口径自定", "name: GB/T 39734-2020; denominator: ours"
)
_PRACTICE = Text("各地办法通用；分母口径自定", "common local practice; denominator: ours")
_FIRST = Text(
    "只计首次评价；剔除和存疑的另列", "first reviews only; excluded and flagged ones apart"
)
_GIVEN = Text("只计首次主动评价，不含系统默认", "first reviews given by citizens; no defaults")
_CASES = Text(
    "在本系统作出的首次评价；实名与匿名分开（其他渠道的差评由该渠道处置）",
    "first reviews given here; named and anonymous apart (other channels handle theirs)",
)

RATES: Final = (
    RateDefinition(
        RateKey.GOOD, Text("好评率", "Good rate"), Quantity.GOOD, Quantity.VALID, _FIRST, _NATIONAL
    ),
    RateDefinition(
        RateKey.ACTIVE,
        Text("主动评价率", "Rate of reviewing"),
        Quantity.ACTIVE,
        Quantity.VOLUME,
        _GIVEN,
        _NATIONAL,
    ),
    RateDefinition(
        RateKey.ACTIVE_GOOD,
        Text("主动好评率", "Good rate of reviews given"),
        Quantity.ACTIVE_GOOD,
        Quantity.ACTIVE,
        _GIVEN,
        _NATIONAL,
    ),
    RateDefinition(
        RateKey.DEFAULT,
        Text("默认评价率", "Rate of default reviews"),
        Quantity.DEFAULTS,
        Quantity.VOLUME,
        Text("只计首次系统默认评价", "first reviews entered by default"),
        Text("自定，与主动评价率、未评率合计为 1", "ours; with the two beside it it adds up to 1"),
    ),
    RateDefinition(
        RateKey.UNREVIEWED,
        Text("未评率", "Rate not reviewed"),
        Quantity.UNREVIEWED,
        Quantity.VOLUME,
        Text("办件量减去首次评价（主动和默认）", "service cases less first reviews of either kind"),
        _NATIONAL,
    ),
    RateDefinition(
        RateKey.BAD, Text("差评率", "Bad rate"), Quantity.BAD, Quantity.VALID, _FIRST, _PRACTICE
    ),
    RateDefinition(
        RateKey.REPLIED,
        Text("差评回复率", "Bad reviews answered"),
        Quantity.REPLIED,
        Quantity.OWN_BAD,
        _CASES,
        _NATIONAL,
        by_identity=True,
    ),
    RateDefinition(
        RateKey.CALLED_BACK,
        Text("回访率", "Called back"),
        Quantity.CALLED_BACK,
        Quantity.OWN_BAD,
        Text(
            "在本系统作出的首次评价；实名与匿名分开；无法回访的不算已回访",
            "first reviews given here; named and anonymous apart; out of reach is not called back",
        ),
        Text(
            "国办发〔2019〕51号：实名差评回访率应达到 100%",
            "paper 51 of 2019: named bad reviews are all called back",
        ),
        by_identity=True,
    ),
    RateDefinition(
        RateKey.RECTIFIED,
        Text("回访整改率", "Called back and put right"),
        Quantity.RECTIFIED,
        Quantity.OWN_BAD,
        _CASES,
        _NATIONAL,
        by_identity=True,
    ),
    RateDefinition(
        RateKey.SATISFIED,
        Text("回访整改满意率", "Satisfied with the fix"),
        Quantity.SATISFIED,
        Quantity.CALLED_BACK,
        _CASES,
        _NATIONAL,
        by_identity=True,
    ),
    RateDefinition(
        RateKey.IN_TIME,
        Text("按期整改率", "Put right in time"),
        Quantity.IN_TIME,
        Quantity.DUE,
        Text(
            "在本系统作出的首次评价；实名与匿名分开；逾期未完成的计入分母",
            "first reviews given here; named and anonymous apart; overdue ones count as late",
        ),
        _PRACTICE,
        by_identity=True,
    ),
    RateDefinition(
        RateKey.MEAN,
        Text("平均分", "Mean score"),
        Quantity.POINTS,
        Quantity.VALID,
        Text("只计首次评价；分值以问卷量表为准", "first reviews; points are those of the scale"),
        _PRACTICE,
        Unit.POINTS,
    ),
    RateDefinition(
        RateKey.FOLLOW_UP_GOOD,
        Text("追评好评率", "Good rate of second reviews"),
        Quantity.GOOD_FOLLOW_UPS,
        Quantity.FOLLOW_UPS,
        Text("只计第二次评价，不进入其他各率", "second reviews only; they are in no other rate"),
        Text("自定", "ours"),
    ),
)

BY_KEY: Final[Mapping[RateKey, RateDefinition]] = {rate.key: rate for rate in RATES}

NO_VOLUME: Final = message("No number of service cases: cannot be computed.")
NOTHING_COUNTED: Final = message("Nothing to divide by: cannot be computed.")
TOO_MANY_REVIEWS: Final = message(
    "More reviews than service cases: check the numbers of service cases; cannot be computed."
)
NOT_ALL_COUNTED: Final = message("Not every review is counted yet: reload the page.")
VOLUME_NOT_SPLIT: Final = message(
    "Service cases are not counted by channel, source or naming: cannot be computed."
)


def volume_is_incomplete(days: int) -> Message:
    """Say that reviews came in on days without a number of service cases."""
    return message("No number of service cases for %(n)s days: cannot be computed.", n=days)


_HEADINGS: Final[Mapping[Language, tuple[str, ...]]] = {
    "zh": ("指标", "分子", "分母", "哪些评价计入", "来源"),
    "en": ("Rate", "Numerator", "Denominator", "What counts", "Source"),
}


def as_markdown(language: Language) -> str:
    """Return the table of definitions as it stands in the documents."""
    lines = [_line(_HEADINGS[language]), _line("---" for _ in _HEADINGS[language])]
    lines += [
        _line(
            text.in_language(language)
            for text in (
                rate.name,
                QUANTITIES[rate.numerator],
                QUANTITIES[rate.denominator],
                rate.counts,
                rate.source,
            )
        )
        for rate in RATES
    ]
    return "\n".join(lines) + "\n"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"

"""The rules of a service review (好差评): which answer is the rating, and every clock around it.

All of it is part of the definition, so it is fixed, hashed and visible before the first answer.
Days are working days unless they say otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surveyapp.domain.messages import message
from surveyapp.domain.reading import Path, Reader
from surveyapp.domain.scales import Level, Scale

CHANGE_MINUTES = 10
"""For how long the page of a fresh review can change its level."""


@dataclass(frozen=True, slots=True)
class CaseDays:
    """The clocks of a case, in working days from the day after it began to run.

    Attributes
    ----------
    verify : int
        Until the facts are verified (核实).
    simple, complex, extension : int
        Until a matter is put right; a complex one may be extended once by `extension` days.
    call_back : int
        Until the citizen is called back (回访) after the answer.
    anonymous : int
        How long an answer stands on the receipt page before an anonymous case closes.
    red : int
        Days after expiry until a yellow warning becomes red supervision (红色督办).
    """

    verify: int = 1
    simple: int = 5
    complex: int = 15
    extension: int = 10
    call_back: int = 5
    anonymous: int = 10
    red: int = 5


@dataclass(frozen=True, slots=True)
class StuffingRules:
    """What makes a review worth a second look; nothing here removes one.

    Attributes
    ----------
    seconds : int
        A form sent in less than this many seconds is too fast.
    device_reviews : int
        More reviews than this from one device on one day are conspicuous.
    burst_minutes : int
        Length of the window in which arrivals at one place are scanned for bursts.
    burst_level : float
        Probability of a false alarm of the scan, over all places together.
    """

    seconds: int = 2
    device_reviews: int = 3
    burst_minutes: int = 20
    burst_level: float = 0.05


@dataclass(frozen=True, slots=True)
class ReviewRules:
    """How a survey of kind review works.

    Attributes
    ----------
    rating : str
        Key of the scale question that is the rating.
    bad : tuple of str
        Levels of the rating that open a case: those the scale does not mark as favourable.
    change_minutes : int
        For how long the citizen may change the level.
    contact_days : int
        Days (of the calendar) a telephone number is kept after its case is closed.
    minimum_ranked : int
        Fewer reviews than this are not ranked.
    anonymous_delay : int
        Days (of the calendar) after which the unit reviewed sees an anonymous case. Who sees one
        appear knows when the review was given, and so who stood at the window; 0 shows it at once.
    proof_of_work : bool
        Whether the browser must solve a small sum before it may submit.
    """

    rating: str
    bad: tuple[str, ...]
    change_minutes: int = CHANGE_MINUTES
    contact_days: int = 30
    minimum_ranked: int = 30
    anonymous_delay: int = 1
    proof_of_work: bool = False
    days: CaseDays = CaseDays()
    stuffing: StuffingRules = StuffingRules()

    def is_bad(self, level: str | None) -> bool:
        """Whether a level of the rating opens a case."""
        return level in self.bad


def read_review(reader: Reader, value: Any, scales: Mapping[str, Scale]) -> ReviewRules | None:
    """Read the section ``review``; None where nothing is rated.

    Parameters
    ----------
    scales : mapping of str to Scale
        The scale of each scale question, in the order of the questions: the first one is the
        rating unless the section names another.
    """
    path: Path = ("review",)
    known = {"rating", "change_minutes", "contact_days", "minimum_ranked", "proof_of_work"}
    known |= {"anonymous_delay", "days", "stuffing"}
    given = reader.mapping(path, value or {}, frozenset(known))
    rating = str(given.get("rating", next(iter(scales), "")))
    if rating not in scales:
        reader.refuse(
            (*path, "rating") if "rating" in given else path,
            message("A review needs a question of type scale as its rating."),
        )
        return None
    return ReviewRules(
        rating=rating,
        bad=tuple(level.key for level in scales[rating].levels if _is_bad(level)),
        change_minutes=_whole(reader, path, given, "change_minutes", CHANGE_MINUTES, most=60),
        contact_days=_whole(reader, path, given, "contact_days", 30, most=3650),
        minimum_ranked=_whole(reader, path, given, "minimum_ranked", 30, most=10_000),
        anonymous_delay=_whole(reader, path, given, "anonymous_delay", 1, least=0, most=31),
        proof_of_work=reader.flag(
            (*path, "proof_of_work"), given.get("proof_of_work"), default=False
        ),
        days=_case_days(reader, given.get("days")),
        stuffing=_stuffing(reader, given.get("stuffing")),
    )


def _is_bad(level: Level) -> bool:
    return not (level.favourable or level.unscored)


def _case_days(reader: Reader, value: Any) -> CaseDays:
    path: Path = ("review", "days")
    standard = CaseDays()
    given = reader.mapping(path, value or {}, frozenset(CaseDays.__slots__))
    return CaseDays(
        **{
            name: _whole(reader, path, given, name, getattr(standard, name), most=250)
            for name in CaseDays.__slots__
        }
    )


def _stuffing(reader: Reader, value: Any) -> StuffingRules:
    path: Path = ("review", "stuffing")
    standard = StuffingRules()
    given = reader.mapping(path, value or {}, frozenset(StuffingRules.__slots__))
    level = reader.number((*path, "burst_level"), given.get("burst_level"))
    if level is not None and not 0 < level < 1:
        reader.refuse((*path, "burst_level"), message("Expected a number between 0 and 1."))
    return StuffingRules(
        seconds=_whole(reader, path, given, "seconds", standard.seconds, least=0, most=600),
        device_reviews=_whole(
            reader, path, given, "device_reviews", standard.device_reviews, most=10_000
        ),
        burst_minutes=_whole(
            reader, path, given, "burst_minutes", standard.burst_minutes, most=24 * 60
        ),
        burst_level=standard.burst_level if level is None else float(level),
    )


def _whole(
    reader: Reader,
    path: Path,
    given: dict[str, Any],
    name: str,
    default: int,
    *,
    most: int,
    least: int = 1,
) -> int:
    value = reader.whole((*path, name), given.get(name), least=least, most=most)
    return default if value is None else value

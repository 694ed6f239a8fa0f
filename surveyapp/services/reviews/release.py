"""A release of service reviews: what its figures rest on, and the page as data.

Everything rests on first reviews given, the same ones for the whole, the months and what is rated,
so that the release rule (`surveyapp.domain.release`) knows every subtraction there is. System
defaults are nobody's answer and are not protected. Second reviews, the handling of bad reviews, and
reviews set aside are items of their own: each is shown where it rests on enough people, and moves
when enough of them are new.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from surveyapp.domain.messages import Message
from surveyapp.domain.rates import BY_KEY, Identity, Quantity, RateKey
from surveyapp.domain.release import (
    EMPTY,
    NO_GROUP,
    RESPONSES,
    Content,
    Entry,
    Item,
    Ledger,
)
from surveyapp.domain.review_counts import (
    SECOND,
    VALID,
    ReviewCount,
    Volume,
    count,
)
from surveyapp.domain.survey import Standing
from surveyapp.services.releases.figures import legal_head_json
from surveyapp.services.releases.publishing import Chosen
from surveyapp.services.results.report_json import both
from surveyapp.services.results.reporting import Results
from surveyapp.services.reviews.figures import ReviewSurvey
from surveyapp.services.reviews.groups import (
    Dimension,
    Group,
    Rate,
    ReviewCounts,
    rate_of,
)
from surveyapp.services.reviews.trend import LEAST_POINTS
from surveyapp.stats.control import share_chart

MONTH, SUBJECT = "month", "subject"
FOLLOW_UPS, SET_ASIDE = "follow_ups", "set_aside"
ASIDE = frozenset({Standing.FLAGGED, Standing.EXCLUDED})
_SHORT = 16
_WITHHELD = ("numerator", "denominator", "value", "low", "high", "n", "bad")
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReviewState:
    """The reviews of a survey at the moment of a release."""

    survey: ReviewSurvey
    counts: ReviewCounts
    by_day: Sequence[ReviewCount]

    @property
    def given(self) -> Iterator[ReviewCount]:
        """First reviews that citizens gave and that count."""
        return (row for row in self.counts.reviews if self._is_given(row, VALID))

    @property
    def set_aside(self) -> Iterator[ReviewCount]:
        """First reviews that citizens gave and that are flagged or excluded."""
        return (row for row in self.counts.reviews if self._is_given(row, ASIDE))

    @property
    def months(self) -> Mapping[str, list[ReviewCount]]:
        """First reviews that citizens gave and that count, by local month."""
        months: defaultdict[str, list[ReviewCount]] = defaultdict(list)
        for row in self.by_day:
            if row.day is not None and self._is_given(row, VALID):
                months[f"{row.day:%Y-%m}"].append(row)
        return dict(sorted(months.items()))

    @property
    def days(self) -> tuple[date, date] | None:
        """First and last day with such a review."""
        found = [row.day for row in self.by_day if row.day and self._is_given(row, VALID)]
        return (min(found), max(found)) if found else None

    def _is_given(self, row: ReviewCount, standings: Iterable[Standing]) -> bool:
        is_scored = row.level in {level.key for level in self.survey.rating.levels}
        is_first = row.review_number != SECOND and not row.is_default
        return is_scored and is_first and row.standing in set(standings)


def read_items(state: ReviewState) -> dict[str, Item]:
    """Return what all figures of a release rest on now."""
    subjects: defaultdict[str, list[ReviewCount]] = defaultdict(list)
    for row in state.given:
        subjects[row.where.subject or NO_GROUP].append(row)
    items = {
        RESPONSES: Item(
            _content(state.given),
            {
                MONTH: {month: _content(rows) for month, rows in state.months.items()},
                SUBJECT: {key: _content(rows) for key, rows in sorted(subjects.items())},
            },
        ),
        SET_ASIDE: Item(_content(state.set_aside), {}),
    }
    whole = state.counts.whole()
    return items | {
        name: Item(_rate_content(rate), {})
        for name, rate in ((item_of(rate), rate) for rate in whole.rates)
        if name != RESPONSES
    }


def item_of(rate: Rate) -> str:
    """Return the item that a rate of the whole rests on."""
    if rate.identity is not Identity.ALL:
        return f"{rate.definition.key}|{rate.identity}"
    if rate.definition.key is RateKey.FOLLOW_UP_GOOD:
        return FOLLOW_UPS
    return RESPONSES


def _content(rows: Iterable[ReviewCount]) -> Content:
    levels: Counter[str] = Counter()
    for row in rows:
        levels[row.level] += row.n
    return _digested(sum(levels.values()), sorted((k, n) for k, n in levels.items() if n))


def _rate_content(rate: Rate) -> Content:
    if rate.numerator is None or rate.denominator is None:
        return EMPTY
    return _digested(int(rate.denominator), [str(rate.numerator)])


def _digested(n: int, about: object) -> Content:
    if n == 0:
        return EMPTY
    return Content(n, hashlib.sha256(repr(about).encode()).hexdigest()[:_SHORT])


class ReviewPage:
    """Puts the public page of reviews together.

    Parameters
    ----------
    ledger : Ledger
        What the release may show of the present.
    previous : mapping
        The part on reviews of the release before, empty before the first one.
    number : int
        Of this release.
    """

    def __init__(
        self,
        state: ReviewState,
        chosen: Chosen,
        ledger: Ledger,
        previous: Mapping[str, Any],
        number: int,
    ) -> None:
        self._state = state
        self._chosen = chosen
        self._ledger = ledger
        self._previous = previous
        self._number = number
        self._minimum = state.survey.definition.minimum_group

    def document(self) -> Document:
        """Return what the page shows of reviews."""
        whole = self._state.counts.whole()
        labels = {level.key: both(level.label) for level in self._state.survey.rating.levels}
        rates = [self._whole_rate(rate) for rate in whole.rates]
        months = self._months()
        subjects = list(self._subjects())
        held = [row for row in (*rates, *months, *subjects) if row["suppressed"]]
        return {
            "rates": rates,
            "levels": [
                {"key": key, "label": labels[key], "n": n} for key, n in whole.levels.items()
            ],
            "n": whole.n,
            "defaults": whole.defaults,
            "set_aside": self._set_aside(),
            "months": _with_limits(months),
            "subjects": subjects,
            "cases": self._cases(),
            "comments": self._comments(),
            "suppressed": len(held),
        }

    # --- figures ---

    def _whole_rate(self, rate: Rate) -> Document:
        document = rate_json(rate)
        name = item_of(rate)
        if name == RESPONSES:
            return document | self._fresh()
        entry = self._ledger[name].whole
        return self._shown_or_not("rates", document, entry, ("key", "identity"))

    def _months(self) -> list[Document]:
        groups = self._ledger[RESPONSES].groups[MONTH]
        return [
            self._shown_or_not("months", self._good(month, rows), groups[month], ("key",))
            for month, rows in self._state.months.items()
        ]

    def _subjects(self) -> Iterator[Document]:
        groups = self._ledger[RESPONSES].groups[SUBJECT]
        found = {group.key: group for group in self._state.counts.by(Dimension.SUBJECT)}
        for subject in self._state.counts.subjects:
            group = found.get(subject.key)
            document = {
                "key": subject.key,
                "title": both(subject.title),
                "unit": subject.unit_code,
                **_good_of(group),
            }
            entry = groups.get(subject.key, Entry(EMPTY, shown=True))
            yield self._shown_or_not("subjects", document, entry, ("key",))

    def _good(self, key: str, rows: Sequence[ReviewCount]) -> Document:
        rating = self._state.survey.rating
        counted = count(rating.scale, rating.bad, rows, (), Volume())
        rate = rate_of(BY_KEY[RateKey.ACTIVE_GOOD], Identity.ALL, counted)
        return {
            "key": key,
            "n": int(counted.quantities[Quantity.ACTIVE]),
            "bad": int(counted.quantities[Quantity.BAD]),
            **_numbers(rate),
        }

    def _set_aside(self) -> Document:
        """Return the main rate with the reviews set aside, where that gives nobody away."""
        standings = Counter[str]()
        for row in self._state.set_aside:
            standings[row.standing] += row.n
        group = self._state.counts.whole("all")
        document = {
            "flagged": standings[Standing.FLAGGED],
            "excluded": standings[Standing.EXCLUDED],
            **_good_of(group),
        }
        entry = self._ledger[SET_ASIDE].whole
        if entry.content == EMPTY and entry.shown:
            return document | self._fresh()
        if entry.shown and entry.content.n >= self._minimum:
            return document | self._fresh()
        return document | dict.fromkeys(_WITHHELD) | self._fresh() | {"suppressed": True}

    # --- cases and comments ---

    def _cases(self) -> Document:
        return {
            "closed": sum(self._chosen.remedies.values()),
            "open": self._chosen.open_cases,
            "remedies": dict(self._chosen.remedies),
            "typical": [
                {
                    "about": both(case.about),
                    "answer": case.answer,
                    "remedy": case.remedy,
                    "month": f"{case.closed_on:%Y-%m}",
                }
                for case in self._chosen.cases
            ],
        }

    def _comments(self) -> Document:
        withheld = {str(reason): n for reason, n in self._chosen.withheld.items()}
        return {
            "shown": list(self._chosen.comments),
            "withheld": withheld,
            "undecided": self._chosen.undecided,
            "n": len(self._chosen.comments) + sum(withheld.values()) + self._chosen.undecided,
        }

    # --- what is held back ---

    def _fresh(self) -> Document:
        return {"suppressed": False, "release": self._number, "current": True}

    def _shown_or_not(
        self, section: str, document: Document, entry: Entry, names: Sequence[str]
    ) -> Document:
        """Return the figures; or those of the last release; or that there are too few reviews."""
        if entry.content == EMPTY and entry.shown:
            return document | self._fresh()
        if entry.shown and entry.content.n >= self._minimum:
            return document | self._fresh()
        for before in self._previous.get(section, ()):
            same = all(before[name] == document[name] for name in names)
            if same and not before["suppressed"]:
                return dict(before) | {"current": False}
        emptied = {name: None for name in _WITHHELD if name in document}
        return document | emptied | self._fresh() | {"suppressed": True}


def rate_json(rate: Rate) -> Document:
    """Return a rate with its definition as plain data."""
    return {
        "key": str(rate.definition.key),
        "identity": str(rate.identity),
        "name": both(rate.definition.name),
        "unit": str(rate.definition.unit),
        "counts": both(rate.definition.counts),
        "of": [str(rate.definition.numerator), str(rate.definition.denominator)],
        **_numbers(rate),
        "reason": _reason(rate.reason),
    }


def _reason(reason: Message | None) -> Document | None:
    return None if reason is None else dict(both(reason))


def _numbers(rate: Rate) -> Document:
    return {
        "numerator": None if rate.numerator is None else float(rate.numerator),
        "denominator": None if rate.denominator is None else float(rate.denominator),
        "value": rate.value,
        "low": rate.low,
        "high": rate.high,
    }


def _good_of(group: Group | None) -> Document:
    if group is None:
        return {"n": 0, "bad": 0} | dict.fromkeys(
            ("numerator", "denominator", "value", "low", "high")
        )
    bad = group.rate(RateKey.BAD).numerator
    return {"n": group.n, "bad": int(bad or 0), **_numbers(group.rate(RateKey.ACTIVE_GOOD))}


def _with_limits(months: Sequence[Document]) -> list[Document]:
    """Add control limits made from the months that are shown, and from nothing else."""
    shown = [row for row in months if not row["suppressed"]]
    signals: dict[str, Document] = {}
    if len(shown) >= LEAST_POINTS:
        chart = share_chart([row["numerator"] for row in shown], [row["n"] for row in shown])
        signals = {
            row["key"]: {
                "limit_low": point.low,
                "limit_high": point.high,
                "signal": None if point.signal is None else str(point.signal),
            }
            for row, point in zip(shown, chart.points, strict=True)
        }
    nothing = dict.fromkeys(("limit_low", "limit_high", "signal"))
    return [row | signals.get(row["key"], nothing) for row in months]


def review_document(
    results: Results,
    page: ReviewPage,
    state: ReviewState,
    *,
    number: int,
    released_on: date,
    simulated: bool,
) -> Document:
    """Return everything the public page of a review survey shows, and everything it may show."""
    definition, days, reviews = results.definition, state.days, page.document()
    return {
        "survey": results.survey.key,
        "number": number,
        "kind": str(results.survey.kind),
        "status": str(results.survey.status),
        "title": both(definition.title),
        **{
            name: None if text is None else both(text)
            for name, text in (
                ("office", definition.office),
                ("purpose", definition.purpose),
                ("contact", definition.contact),
                ("source", definition.source),
                ("notes", definition.notes),
            )
        },
        "legal_head": legal_head_json(definition.legal_head),
        "released_on": released_on.isoformat(),
        "first_day": days[0].isoformat() if days else None,
        "last_day": days[1].isoformat() if days else None,
        "n": reviews["n"],
        "standings": dict(results.standings),
        "minimum_group": definition.minimum_group,
        "simulated": simulated,
        "subjects": reviews.pop("subjects"),
        "attributes": [],
        "indices": [],
        "questions": [],
        "suppressed": reviews["suppressed"],
        "sentences": [],
        "method": {"weighting": "unweighted", "notes": []},
        "reviews": reviews,
    }

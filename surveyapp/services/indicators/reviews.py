"""Service reviews inside a snapshot: their counts, and the rates from them alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

from surveyapp.domain.errors import Conflict
from surveyapp.domain.indicator import FigureKind, FigureName, IndicatorPart
from surveyapp.domain.messages import message
from surveyapp.domain.organisation import Unit
from surveyapp.domain.rates import RATES, RateDefinition
from surveyapp.domain.rates import Unit as Measure
from surveyapp.domain.review_counts import CaseCount, ReviewCount, Selection, Where
from surveyapp.domain.survey import Subject
from surveyapp.domain.text import Text
from surveyapp.services.indicators.estimated import Estimated
from surveyapp.services.indicators.samples import SampleSource
from surveyapp.services.reviews.figures import rating_of
from surveyapp.services.reviews.groups import Dimension, Group, Rate, ReviewCounts
from surveyapp.storage.review_counts import ReviewedDay, VolumeCount

_COUNTS = "counts"
_IDENTITIES = {"named": Text("实名", "named"), "anonymous": Text("匿名", "anonymous")}
Row = TypeVar("Row", ReviewCount, CaseCount, VolumeCount, ReviewedDay)


def review_document(counts: ReviewCounts) -> dict[str, Any]:
    """Return counts of reviews as plain data."""
    return {
        "reviews": _documents(counts.reviews),
        "cases": _documents(counts.cases),
        "volumes": _documents(counts.volumes),
        "reviewed": _documents(counts.reviewed),
    }


def _documents(rows: Iterable[Any]) -> list[dict[str, Any]]:
    written = [
        {
            key: value.isoformat() if isinstance(value, date) else value
            for key, value in asdict(row).items()
        }
        for row in rows
    ]
    return sorted(written, key=repr)


@dataclass(frozen=True)
class ReviewSource:
    """A survey of reviews as a snapshot keeps it."""

    document: Mapping[str, Any]
    units: Mapping[str, Unit]

    @cached_property
    def survey(self) -> SampleSource:
        """What it has in common with every survey of opinion."""
        return SampleSource(self.document, self.units)

    @cached_property
    def counts(self) -> ReviewCounts:
        """The counts, as rates are made from them."""
        kept = self.document["counts"]
        return ReviewCounts(
            rating=rating_of(self.survey.definition),
            selection=Selection(),
            subjects=self.survey.subjects,
            units=self.units,
            reviews=[_review(one) for one in kept["reviews"]],
            cases=[CaseCount(**one | {"where": Where(**one["where"])}) for one in kept["cases"]],
            volumes=[
                VolumeCount(**one | {"day": date.fromisoformat(one["day"])})
                for one in kept["volumes"]
            ],
            reviewed=[
                ReviewedDay(**one | {"day": date.fromisoformat(one["day"])})
                for one in kept["reviewed"]
            ],
            item_names={},
        )

    @property
    def title(self) -> Text:
        """What the survey is called."""
        return self.survey.title

    def figure_title(self, name: FigureName) -> Text:
        """Return what people call a rate, and whose reviews stand in it."""
        title = rate_named(name).name
        if name.identity is None:
            return title
        whose = _IDENTITIES[name.identity]
        return Text(f"{whose.zh}{title.zh}", f"{title.en}, {whose.en}")

    def linked(self, part: IndicatorPart) -> frozenset[str]:
        """Return the units that subjects are linked to, not those above."""
        return self.survey.linked(part)

    def figures(self, part: IndicatorPart, *, by_unit: bool) -> dict[str | None, Estimated]:
        """Return one rate, of everything and of each unit; absent where it cannot be computed.

        Raises
        ------
        Conflict
            There is no such rate, or the part selects by what reviews are not counted by.
        """
        rate = rate_named(part.figure)
        if part.where or part.population:
            raise Conflict(
                message(
                    "Rates of reviews count all reviews of “%(survey)s”: leave out “where” and"
                    " “population”.",
                    survey=self.survey.definition.key,
                )
            )
        counts = self.counts
        if part.units:
            linked = [
                Subject(one.key, one.title, part.units.get(one.key, one.unit_code))
                for one in counts.subjects
            ]
            counts = replace(counts, subjects=tuple(linked))
        groups: list[tuple[str | None, Group]] = [(None, counts.whole())]
        if by_unit:
            groups += [(group.key, group) for group in counts.by(Dimension.UNIT)]
        found = {}
        minimum = self.survey.definition.minimum_group
        for code, group in groups:
            one = group.rate(rate.key, part.figure.identity)
            if one.value is not None:
                found[code] = _estimated(one, minimum)
        return found


def rate_names() -> tuple[FigureName, ...]:
    """Return the names of all rates of reviews, those of named and anonymous ones apart."""
    return tuple(
        FigureName(FigureKind.RATE, rate.key.value, identity.value if rate.by_identity else None)
        for rate in RATES
        for identity in rate.identities
    )


def rate_named(name: FigureName) -> RateDefinition:
    """Return the rate of reviews a figure names.

    Raises
    ------
    Conflict
    """
    for rate in RATES:
        if rate.key == name.key and (name.identity is None or rate.by_identity):
            return rate
    raise Conflict(
        message(
            "There is no rate “%(key)s” of reviews; there are: %(known)s.",
            key=str(name),
            known=", ".join(rate.key for rate in RATES),
        )
    )


def _review(document: Mapping[str, Any]) -> ReviewCount:
    return ReviewCount(**{**document, "where": Where(**document["where"])})


def _estimated(rate: Rate, minimum: int) -> Estimated:
    scale = 1 if rate.definition.unit is Measure.POINTS else 100

    def scaled(value: float | None) -> float | None:
        return None if value is None else scale * value

    n = int(rate.denominator or 0)
    return Estimated(
        value=scaled(rate.value),
        se=scaled(rate.se),
        low=scaled(rate.low),
        high=scaled(rate.high),
        n=n,
        effective_n=float(n),
        df=float(n - 1) if rate.definition.unit is Measure.POINTS and n > 1 else math.inf,
        method=_COUNTS,
        suppressed=n < minimum,
    )

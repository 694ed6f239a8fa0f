"""Reading the lines of a scheme: its indicators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from surveyapp.domain.messages import message
from surveyapp.domain.periods import Length
from surveyapp.domain.reading import Path, as_key, written
from surveyapp.domain.scheme import (
    Accumulation,
    Direction,
    Limit,
    Normalisation,
    SchemeGroup,
    SchemeIndicator,
    Source,
)
from surveyapp.domain.scheme_fields import SchemeFields

MAX_INDICATORS: Final = 300
MAX_BANDS: Final = 20

_INDICATOR = frozenset(
    {"key", "title", "group", "weight", "source", "indicator", "figure", "responsible", "unit"}
    | {"direction", "normalisation", "accumulation", "every", "best", "worst", "bands", "step"}
    | {"centre", "spread", "pace", "limit", "kind", "definition"}
)
_EVERY: Final = {
    "month": Length.MONTH,
    "quarter": Length.QUARTER,
    "half": Length.HALF,
    "year": Length.YEAR,
}
_NEEDED: Final[Mapping[Normalisation, tuple[str, ...]]] = {
    Normalisation.DIRECT: ("best",),
    Normalisation.OWN_BEST: (),
    Normalisation.MIN_MAX: (),
    Normalisation.RANK: ("step",),
    Normalisation.Z: ("centre", "spread"),
    Normalisation.TARGET: ("best",),
    Normalisation.BANDS: ("bands",),
}


def read_indicators(
    fields: SchemeFields, value: Any, groups: Sequence[SchemeGroup]
) -> tuple[SchemeIndicator, ...]:
    """Read the lines of a scheme."""
    reader = fields.reader
    indicators = []
    seen: set[str] = set()
    known = {group.key for group in groups}
    for path, entry in reader.items(("indicators",), value, least=1, most=MAX_INDICATORS):
        indicator = _indicator(fields, path, entry)
        reader.unique(seen, path, indicator.key)
        if indicator.group not in known:
            reason = message("There is no group “%(key)s”.", key=indicator.group)
            reader.refuse((*path, "group"), reason)
        _require_ends(fields, path, indicator)
        indicators.append(indicator)
    _look_at(fields, indicators)
    return tuple(indicators)


def _indicator(fields: SchemeFields, path: Path, entry: Any) -> SchemeIndicator:
    reader = fields.reader
    given = reader.mapping(path, entry, _INDICATOR)
    source = _source(fields, path, given)
    normalisation = _normalisation(fields, path, given)
    every = _every(fields, path, given.get("every", "year"))
    if source is Source.INDICATOR and "best" not in given:
        # Points and percent of surveys end at 100.
        given = given | ({"best": "100"} if normalisation is Normalisation.DIRECT else {})
    for key in _NEEDED[normalisation] if normalisation else ():
        if key not in given:
            fields.unfilled.append(written((*path, key)))
    return SchemeIndicator(
        key=reader.key((*path, "key"), given.get("key")),
        title=fields.title(path, given),
        group=as_key(given.get("group")),
        weight=fields.needed(path, given, "weight"),
        source=source,
        indicator=fields.name(path, given, "indicator"),
        figure=fields.name(path, given, "figure"),
        responsible=fields.name(path, given, "responsible"),
        unit=reader.text((*path, "unit"), given.get("unit")),
        direction=fields.choice((*path, "direction"), given.get("direction"), Direction.HIGHER),
        normalisation=normalisation,
        accumulation=fields.choice(
            (*path, "accumulation"), given.get("accumulation"), Accumulation.LATEST
        ),
        every=every,
        best=fields.number(path, given, "best"),
        worst=fields.number(path, given, "worst"),
        bands=_bands(fields, path, given),
        step=fields.share_in(path, given, "step"),
        centre=fields.share_in(path, given, "centre"),
        spread=fields.positive(path, given, "spread"),
        pace=_pace(fields, path, given, every),
        limit=_limit(fields, path, given),
        kind=reader.text((*path, "kind"), given.get("kind")),
        definition=reader.text((*path, "definition"), given.get("definition")),
    )


def _require_ends(fields: SchemeFields, path: Path, one: SchemeIndicator) -> None:
    """Refuse ends between which nothing can be measured."""
    match one.normalisation:
        case Normalisation.DIRECT if one.best is not None and one.best <= 0:
            fields.reader.refuse((*path, "best"), message("The full mark is more than 0."))
        case Normalisation.TARGET if one.best is not None:
            is_higher = one.direction is Direction.HIGHER
            worst = one.worst if one.worst is not None else Fraction(0)
            is_sound = worst < one.best if is_higher else one.worst is None or worst > one.best
            # Without a worst value a lower one is measured by target / value.
            if not is_sound or (one.worst is None and one.best <= 0):
                fields.reader.refuse(
                    (*path, "best"),
                    message("The target has to be better than the value that gets no points."),
                )
        case Normalisation.MIN_MAX if one.best is not None and one.worst is not None:
            is_higher = one.direction is Direction.HIGHER
            if one.best == one.worst or (one.best > one.worst) is not is_higher:
                fields.reader.refuse(
                    (*path, "best"), message("The best value has to be better than the worst.")
                )


def _source(fields: SchemeFields, path: Path, given: Mapping[str, Any]) -> Source:
    default = Source.INDICATOR if given.get("indicator") else Source.OBJECTIVE
    source = fields.choice((*path, "source"), given.get("source"), default)
    if source is Source.INDICATOR and given.get("indicator") is None:
        fields.unfilled.append(written((*path, "indicator")))
    if source is Source.OBJECTIVE and given.get("indicator") is not None:
        reason = message("A value that is reported names no indicator of a survey.")
        fields.reader.refuse((*path, "indicator"), reason)
    return source


def _normalisation(
    fields: SchemeFields, path: Path, given: Mapping[str, Any]
) -> Normalisation | None:
    place = (*path, "normalisation")
    if given.get("normalisation") is None:
        fields.unfilled.append(written(place))
        return None
    return fields.choice(place, given["normalisation"], Normalisation.DIRECT)


def _every(fields: SchemeFields, path: Path, value: Any) -> Length:
    length = _EVERY.get(as_key(value))
    if length is None:
        known = ", ".join(_EVERY)
        reason = message("Expected one of: %(known)s.", known=known)
        fields.reader.refuse((*path, "every"), reason)
    return length or Length.YEAR


def _bands(
    fields: SchemeFields, path: Path, given: Mapping[str, Any]
) -> tuple[tuple[Fraction, Fraction], ...]:
    place = (*path, "bands")
    if given.get("bands") is None:
        if "bands" in given:
            fields.unfilled.append(written(place))
        return ()
    bands = []
    for where, entry in fields.reader.items(place, given["bands"], least=1, most=MAX_BANDS):
        band = fields.reader.mapping(where, entry, frozenset({"from", "share"}))
        least = fields.number(where, band, "from")
        share = fields.share_in(where, band, "share")
        for key, number in (("from", least), ("share", share)):
            if number is None and key not in band:
                fields.unfilled.append(written((*where, key)))
        if least is not None and share is not None:
            bands.append((least, share))
    shares = [share for _least, share in bands]
    if shares != sorted(shares, reverse=True) or len({b[0] for b in bands}) != len(bands):
        fields.reader.refuse(place, message("The bands stand in order, the best first."))
    return tuple(bands)


def _pace(
    fields: SchemeFields, path: Path, given: Mapping[str, Any], every: Length
) -> tuple[Fraction, ...]:
    place = (*path, "pace")
    if given.get("pace") is None:
        return ()
    entries = list(fields.reader.items(place, given["pace"], least=1, most=12))
    pace = [fields.share(where, entry) for where, entry in entries]
    shares = [share for share in pace if share is not None]
    if shares != sorted(shares) or len(shares) != Length.YEAR // every or shares[-1] != 1:
        reason = message(
            "The pace has one share for each of the %(n)s parts of the year, rising to 100%%.",
            n=Length.YEAR // every,
        )
        fields.reader.refuse(place, reason)
    return tuple(shares)


def _limit(fields: SchemeFields, path: Path, given: Mapping[str, Any]) -> Limit | None:
    place = (*path, "limit")
    if given.get("limit") is None:
        return None
    entry = fields.reader.mapping(place, given["limit"], frozenset({"indicator", "from", "share"}))
    return Limit(
        as_key(entry.get("indicator")),
        fields.number(place, {"from": entry.get("from")}, "from"),
        fields.share_in(place, {"share": entry.get("share")}, "share"),
    )


def _look_at(fields: SchemeFields, indicators: Sequence[SchemeIndicator]) -> None:
    """Refuse limits that look at an indicator that is not there, or at their own."""
    known = {one.key for one in indicators}
    for position, one in enumerate(indicators):
        if one.limit and (one.limit.indicator not in known or one.limit.indicator == one.key):
            fields.reader.refuse(
                ("indicators", position, "limit", "indicator"),
                message("There is no other indicator “%(key)s”.", key=one.limit.indicator),
            )

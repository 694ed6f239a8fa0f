"""Figures of reviews as workbooks: every rate with numerator, denominator and interval."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from surveyapp.domain.messages import Message, message
from surveyapp.domain.rates import QUANTITIES, RATES, Identity, RateKey, Unit
from surveyapp.domain.text import Language, Text
from surveyapp.services.exports.files import Document, write_xlsx
from surveyapp.services.exports.tables import Column, Content, Sheet, Value, said
from surveyapp.services.reviews.bulletin import Bulletin, BulletinCase, Change
from surveyapp.services.reviews.figures import Overview
from surveyapp.services.reviews.groups import ANONYMOUS, EVERYTHING, NAMED, Dimension, Group, Rate

IDENTITIES = {Identity.ALL: EVERYTHING, Identity.NAMED: NAMED, Identity.ANONYMOUS: ANONYMOUS}
DIMENSIONS = {
    Dimension.UNIT: message("Unit"),
    Dimension.SUBJECT: message("What is rated"),
    Dimension.ITEM: message("Service item"),
    Dimension.WINDOW: message("Window"),
    Dimension.STAFF: message("Person at the window"),
    Dimension.CHANNEL: message("Channel"),
    Dimension.SOURCE: message("Where from"),
    Dimension.NAMING: message("Named or anonymous"),
}

BULLETIN_RATES = (
    (RateKey.ACTIVE, Identity.ALL),
    (RateKey.GOOD, Identity.ALL),
    (RateKey.IN_TIME, Identity.NAMED),
    (RateKey.IN_TIME, Identity.ANONYMOUS),
    (RateKey.CALLED_BACK, Identity.NAMED),
    (RateKey.SATISFIED, Identity.NAMED),
)


def write_overview(overview: Overview, path: Path, language: Language) -> None:
    """Write the figures of an overview: one sheet of all rates, and what each one means."""
    groups: list[tuple[Message, Group]] = [(EVERYTHING, overview.whole)]
    for dimension, parts in overview.parts.items():
        groups += [(DIMENSIONS[dimension], group) for group in parts]
    names = (
        message("Split by"),
        message("Group"),
        message("Key"),
        message("Rate"),
        message("Whose reviews"),
        message("Numerator"),
        message("Denominator"),
        message("Value"),
        message("Lower end (95%)"),
        message("Upper end (95%)"),
        message("Note"),
    )
    sheet = Sheet(
        said(message("Rates"), language),
        _columns(names, language, range(5, len(names) - 1)),
        (
            [said(split, language), said(group.label, language), group.key, *_cells(rate, language)]
            for split, group in groups
            for rate in group.rates
        ),
    )
    title = overview.survey.title.in_language(language)
    more = [_levels_sheet(overview, groups, language), _definitions_sheet(language)]
    write_xlsx(Document(title, sheet, [(message("Survey"), title)], language, more=more), path)


def _cells(rate: Rate, language: Language) -> list[Value]:
    scale = 100 if rate.definition.unit is Unit.PERCENT else 1
    return [
        rate.definition.name.in_language(language),
        said(IDENTITIES[rate.identity], language),
        None if rate.numerator is None else float(rate.numerator),
        None if rate.denominator is None else float(rate.denominator),
        *(
            None if one is None else round(scale * one, 4)
            for one in (rate.value, rate.low, rate.high)
        ),
        "" if rate.reason is None else said(rate.reason, language),
    ]


def _levels_sheet(
    overview: Overview, groups: Iterable[tuple[Message, Group]], language: Language
) -> Sheet:
    levels = overview.survey.rating.levels
    names: list[Message | Text] = [message("Split by"), message("Group"), message("Key")]
    names += [level.label for level in levels]
    names += [message("System defaults"), message("Second reviews"), message("Service cases")]
    return Sheet(
        said(message("Numbers"), language),
        _columns(names, language, range(3, len(names))),
        (
            [
                said(split, language),
                said(group.label, language),
                group.key,
                *group.levels.values(),
                group.defaults,
                group.follow_ups,
                group.volume.n,
            ]
            for split, group in groups
        ),
    )


def _definitions_sheet(language: Language) -> Sheet:
    names = (
        message("Rate"),
        message("Numerator"),
        message("Denominator"),
        message("What counts"),
        message("Source"),
    )
    return Sheet(
        said(message("Definitions"), language),
        _columns(names, language),
        (
            [
                text.in_language(language)
                for text in (
                    rate.name,
                    QUANTITIES[rate.numerator],
                    QUANTITIES[rate.denominator],
                    rate.counts,
                    rate.source,
                )
            ]
            for rate in RATES
        ),
    )


def write_bulletin(bulletin: Bulletin, path: Path, language: Language) -> None:
    """Write a monthly bulletin: the table, then the cases."""
    names: list[Message | Text] = [message("Category"), message("Rank"), message("Unit")]
    names += [message("Service cases"), message("Reviews")]
    names += [level.label for level in bulletin.survey.rating.levels]
    names += [message("Number of bad reviews")]
    names += [
        message("%(rate)s (%%)", rate=bulletin_heading(key, identity))
        for key, identity in BULLETIN_RATES
    ]
    names += [message("Against the month before (points)"), message("Note")]
    sheet = Sheet(
        said(message("Bulletin"), language),
        _columns(names, language, (1, *range(3, len(names) - 1))),
        _bulletin_rows(bulletin, language),
    )
    title = bulletin.survey.title.in_language(language)
    about = [
        (message("Survey"), title),
        (message("Days"), f"{bulletin.first.isoformat()} – {bulletin.last.isoformat()}"),
    ]
    more = [
        _case_sheet(message("Typical cases"), bulletin.typical, language),
        _case_sheet(message("Overdue items"), bulletin.overdue, language),
        _definitions_sheet(language),
    ]
    write_xlsx(Document(title, sheet, about, language, more=more), path)


def bulletin_heading(key: RateKey, identity: Identity) -> Message | Text:
    """Name a rate in the bulletin; case rates say whose they are."""
    name = next(one.name for one in RATES if one.key is key)
    if identity is Identity.ALL:
        return name
    return message("%(name)s, %(whose)s", name=name, whose=IDENTITIES[identity])


def _bulletin_rows(bulletin: Bulletin, language: Language) -> Iterator[list[Value]]:
    for section in bulletin.sections:
        for row in section.rows:
            note = [] if row.ranked.note is None else [said(row.ranked.note, language)]
            yield [
                section.title,
                row.ranked.rank,
                *_bulletin_cells(row.group, row.change, language, note),
            ]
    yield ["", None, *_bulletin_cells(bulletin.whole, bulletin.change, language, [])]


def _bulletin_cells(
    group: Group, change: Change | None, language: Language, notes: list[str]
) -> list[Value]:
    rates = [group.rate(key, identity) for key, identity in BULLETIN_RATES]
    reasons = dict.fromkeys(
        said(rate.reason, language)
        for rate in rates
        if rate.reason is not None and rate.definition.needs_volume
    )
    bad = group.rate(RateKey.BAD).numerator
    return [
        said(group.label, language),
        group.volume.n,
        group.n,
        *group.levels.values(),
        0 if bad is None else int(bad),
        *(None if rate.value is None else round(100 * rate.value, 2) for rate in rates),
        None if change is None else round(change.points, 2),
        " ".join([*notes, *reasons]),
    ]


def _case_sheet(title: Message, cases: Sequence[BulletinCase], language: Language) -> Sheet:
    names = (
        message("Case"),
        message("Unit"),
        message("What is rated"),
        message("Deadline"),
        message("Closed on"),
        message("Answer"),
    )
    return Sheet(
        said(title, language),
        _columns(names, language),
        (
            [
                one.number,
                said(one.unit, language),
                said(one.about, language),
                None if one.due_on is None else one.due_on.isoformat(),
                None if one.closed_on is None else one.closed_on.isoformat(),
                one.answer,
            ]
            for one in cases
        ),
    )


def _columns(
    names: Sequence[Message | Text], language: Language, numbers: Collection[int] = ()
) -> tuple[Column, ...]:
    """Make columns; `numbers` are the places of those that hold numbers."""
    return tuple(
        Column(
            said(name, language),
            said(name, language),
            Content.NUMBER if place in numbers else Content.TEXT,
        )
        for place, name in enumerate(names)
    )

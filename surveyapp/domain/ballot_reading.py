"""Reading what a definition of kind ballot says about subjects, criteria, classes and rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from surveyapp.domain.ballot import (
    BallotRules,
    BallotSubject,
    EmptyClass,
    Minimum,
    Sheet,
    VotingClass,
)
from surveyapp.domain.ballot_sheet_reading import (
    OF_A_SHEET,
    read_one_of,
    read_share,
    read_sheets,
    read_weight,
    require_hundred,
)
from surveyapp.domain.messages import message
from surveyapp.domain.reading import Path, Reader, as_key
from surveyapp.domain.scales import Scale
from surveyapp.domain.survey import Subject
from surveyapp.domain.text import Text

KEYS: Final = OF_A_SHEET | frozenset(
    {"sheets", "classes", "quorum", "validity", "empty_class", "trim", "minimum"}
    | {"count_unknown", "remarks", "receipts_page"}
)
"""Keys of a definition that only a ballot has."""

NOT_FOR_BALLOTS: Final = ("attributes", "questions", "relevance_weights", "indices", "weighting")

MAX_RATED = 300
MAX_CELLS = 1800
MAX_REASONS = 60
MAX_ROLL = 20_000
MAX_REMARK = 500


def read_ballot(
    reader: Reader,
    given: Mapping[str, Any],
    title: Text,
    subjects: tuple[Subject, ...],
    scales: Mapping[str, Scale],
) -> BallotRules:
    """Read the rules of a ballot; every problem is noted with the reader.

    Parameters
    ----------
    given : mapping
        The whole definition.
    title : Text
        Its title.
    subjects : tuple of Subject
        What it rates, as far as every survey says it.
    """
    for name in NOT_FOR_BALLOTS:
        if given.get(name) is not None:
            reader.refuse((name,), message("A ballot has no “%(name)s”.", name=name))
    sheets = read_sheets(reader, given, title, scales)
    keys = tuple(group.key for sheet in sheets for group in sheet.groups)
    rated = _subjects(reader, given.get("subjects"), subjects, keys)
    _require_room(reader, sheets, rated)
    return BallotRules(
        sheets=sheets,
        subjects=rated,
        classes=_classes(reader, given.get("classes"), keys),
        quorum=read_share(reader, ("quorum",), given.get("quorum", "2/3")),
        empty_class=EmptyClass(
            read_one_of(reader, ("empty_class",), given.get("empty_class", "block"), EmptyClass)
        ),
        trim=reader.flag(("trim",), given.get("trim"), default=False),
        minimum=_minimum(reader, given.get("minimum")),
        count_unknown=reader.flag(("count_unknown",), given.get("count_unknown"), default=False),
        remarks=reader.whole(("remarks",), given.get("remarks", 0), least=0, most=MAX_REMARK) or 0,
        receipts_page=reader.flag(("receipts_page",), given.get("receipts_page"), default=True),
    )


def _require_room(
    reader: Reader, sheets: tuple[Sheet, ...], rated: tuple[BallotSubject, ...]
) -> None:
    """Refuse a ballot with more fields than a form, or a box of the urn, can hold."""
    sheet_of = {group.key: sheet for sheet in sheets for group in sheet.groups}
    of_subjects = [sheet_of[one.group] for one in rated if one.group in sheet_of]
    if sum(len(sheet.graded) for sheet in of_subjects) > MAX_CELLS:
        reader.refuse(
            ("subjects",),
            message("One ballot has at most %(most)s grades: split it.", most=MAX_CELLS),
        )
    if sum(sheet.reason_for is not None for sheet in of_subjects) > MAX_REASONS:
        reader.refuse(
            ("subjects",),
            message(
                "Reasons can be written down for at most %(most)s subjects of a ballot.",
                most=MAX_REASONS,
            ),
        )


def refuse_ballot_keys(reader: Reader, given: Mapping[str, Any]) -> None:
    """Refuse in other surveys what only a ballot has."""
    for name in sorted(KEYS & given.keys()):
        reader.refuse((name,), message("Only a survey of kind “ballot” has “%(name)s”.", name=name))


def _subjects(
    reader: Reader, value: Any, subjects: tuple[Subject, ...], keys: tuple[str, ...]
) -> tuple[BallotSubject, ...]:
    if not 1 <= len(subjects) <= MAX_RATED:
        reader.refuse(
            ("subjects",),
            message("A ballot rates 1 to %(most)s subjects.", most=MAX_RATED),
        )
    rated = []
    for position, subject in enumerate(subjects):
        entry = value[position] if isinstance(value[position], Mapping) else {}
        path: Path = ("subjects", position)
        group = as_key(entry.get("group", keys[0] if len(keys) == 1 else ""))
        if group not in keys:
            reader.refuse(
                (*path, "group"), message("Name one of the groups: %(keys)s.", keys=", ".join(keys))
            )
        office = reader.text((*path, "office"), entry.get("office"))
        rated.append(BallotSubject(subject.key, subject.title, office, group))
    for key in keys if rated else ():
        if key not in {one.group for one in rated}:
            reader.refuse(("groups",), message("Nobody belongs to the group “%(key)s”.", key=key))
    return tuple(rated)


def _classes(reader: Reader, value: Any, keys: tuple[str, ...]) -> tuple[VotingClass, ...]:
    known = frozenset({"key", "title", "weight", "roll", "rates", "signed"})
    classes = []
    seen: set[str] = set()
    for path, entry in reader.items(("classes",), value, least=1, most=20):
        given = reader.mapping(path, entry, known)
        key = reader.key((*path, "key"), given.get("key"))
        reader.unique(seen, (*path, "key"), key)
        roll = reader.whole((*path, "roll"), given.get("roll"), least=1, most=MAX_ROLL)
        if given.get("roll") is None:
            reader.refuse(
                (*path, "roll"), message("How many people belong to this class is missing.")
            )
        classes.append(
            VotingClass(
                key,
                reader.title((*path, "title"), given.get("title")),
                read_weight(reader, (*path, "weight"), given.get("weight")),
                roll or 1,
                _rates(reader, (*path, "rates"), given.get("rates"), keys),
                reader.flag((*path, "signed"), given.get("signed"), default=False),
            )
        )
    require_hundred(reader, ("classes",), [one.weight for one in classes])
    _require_raters(reader, classes, keys)
    return tuple(classes)


def _rates(reader: Reader, path: Path, value: Any, keys: tuple[str, ...]) -> tuple[str, ...]:
    if value is None:
        return keys
    named = {as_key(entry) for _place, entry in reader.items(path, value, least=1, most=50)}
    if not named <= set(keys):
        reader.refuse(path, message("Name one of the groups: %(keys)s.", keys=", ".join(keys)))
    return tuple(key for key in keys if key in named)


def _require_raters(reader: Reader, classes: list[VotingClass], keys: tuple[str, ...]) -> None:
    """Refuse groups nobody rates, and classes that could not be merged without a trace.

    A class with too few ballots is pooled with one that rates the same groups. If there were only
    classes that rate other groups besides, its ballots would be known by what they leave out.
    """
    for key in keys:
        if not any(key in one.rates for one in classes):
            reader.refuse(("classes",), message("No class rates the group “%(key)s”.", key=key))
    secret = [one for one in classes if not one.signed]
    for one in secret:
        others = [other for other in secret if other is not one]
        overlap = any(set(other.rates) & set(one.rates) for other in others)
        if overlap and not any(other.rates == one.rates for other in others):
            reader.refuse(
                ("classes",),
                message(
                    "The class “%(key)s” shares a group with another class, but none rates the"
                    " same groups: if few of it vote, it could not be merged without a trace.",
                    key=one.key,
                ),
            )


def _minimum(reader: Reader, value: Any) -> Minimum:
    path: Path = ("minimum",)
    standard = Minimum()
    given = reader.mapping(path, value or {}, frozenset({"subject", "class"}))
    subject = reader.whole((*path, "subject"), given.get("subject"), least=2, most=100)
    voting_class = reader.whole((*path, "class"), given.get("class"), least=2, most=100)
    return Minimum(subject or standard.subject, voting_class or standard.voting_class)

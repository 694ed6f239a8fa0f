"""Reading what a definition of kind ballot says about subjects, criteria, classes and rules."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from surveyapp.domain.ballot import (
    ABSTAIN,
    DONT_KNOW,
    MYSELF,
    OVERALL,
    BallotRules,
    BallotSubject,
    Criterion,
    EmptyClass,
    Group,
    Minimum,
    Quota,
    QuotaRule,
    Treatment,
    Validity,
    VotingClass,
)
from surveyapp.domain.messages import message
from surveyapp.domain.reading import Path, Reader, as_key
from surveyapp.domain.scales import Level, Scale
from surveyapp.domain.survey import Subject
from surveyapp.domain.text import Text

KEYS: Final = frozenset(
    {"groups", "scale", "criteria", "overall", "classes", "quota", "quorum", "validity"}
    | {"empty_class", "trim", "minimum", "count_unknown", "remarks", "receipts_page"}
)
"""Keys of a definition that only a ballot has."""

NOT_FOR_BALLOTS: Final = ("attributes", "questions", "relevance_weights", "indices", "weighting")

MAX_RATED = 300
MAX_CRITERIA = 20
MAX_CELLS = 1800
MAX_ROLL = 20_000
MAX_REMARK = 500
_HUNDRED = Fraction(100)
_ALL = "all"


def read_ballot(
    reader: Reader,
    given: Mapping[str, Any],
    subjects: tuple[Subject, ...],
    scales: Mapping[str, Scale],
) -> BallotRules:
    """Read the rules of a ballot; every problem is noted with the reader.

    Parameters
    ----------
    given : mapping
        The whole definition.
    subjects : tuple of Subject
        What it rates, as far as every survey says it.
    """
    for name in NOT_FOR_BALLOTS:
        if given.get(name) is not None:
            reader.refuse((name,), message("A ballot has no “%(name)s”.", name=name))
    groups = _groups(reader, given.get("groups"))
    scale, levels = _levels(reader, given.get("scale"), scales)
    criteria = _criteria(reader, given.get("criteria"))
    overall = reader.flag(("overall",), given.get("overall"), default=True)
    if not criteria and not overall:
        reader.refuse(("criteria",), message("A ballot needs criteria, an overall grade, or both."))
    rated = _subjects(reader, given.get("subjects"), subjects, groups)
    if len(rated) * (len(criteria) + overall) > MAX_CELLS:
        reader.refuse(
            ("subjects",),
            message("One ballot has at most %(most)s grades: split it.", most=MAX_CELLS),
        )
    return BallotRules(
        groups=groups,
        subjects=rated,
        scale=scale,
        levels=levels,
        criteria=criteria,
        overall=overall,
        classes=_classes(reader, given.get("classes"), groups),
        quota=_quota(reader, given.get("quota"), overall=overall),
        quorum=_share(reader, ("quorum",), given.get("quorum", "2/3")),
        validity=_validity(reader, given.get("validity")),
        empty_class=EmptyClass(
            _one_of(reader, ("empty_class",), given.get("empty_class", "block"), EmptyClass)
        ),
        trim=reader.flag(("trim",), given.get("trim"), default=False),
        minimum=_minimum(reader, given.get("minimum")),
        count_unknown=reader.flag(("count_unknown",), given.get("count_unknown"), default=False),
        remarks=reader.whole(("remarks",), given.get("remarks", 0), least=0, most=MAX_REMARK) or 0,
        receipts_page=reader.flag(("receipts_page",), given.get("receipts_page"), default=True),
    )


def refuse_ballot_keys(reader: Reader, given: Mapping[str, Any]) -> None:
    """Refuse in other surveys what only a ballot has."""
    for name in sorted(KEYS & given.keys()):
        reader.refuse((name,), message("Only a survey of kind “ballot” has “%(name)s”.", name=name))


def _groups(reader: Reader, value: Any) -> tuple[Group, ...]:
    if value is None:
        return (Group(_ALL, Text("全部", "All")),)
    groups = []
    seen: set[str] = set()
    for path, entry in reader.items(("groups",), value, least=1, most=50):
        given = reader.mapping(path, entry, frozenset({"key", "title"}))
        key = reader.key((*path, "key"), given.get("key"))
        reader.unique(seen, (*path, "key"), key)
        groups.append(Group(key, reader.title((*path, "title"), given.get("title"))))
    return tuple(groups)


def _levels(
    reader: Reader, value: Any, scales: Mapping[str, Scale]
) -> tuple[str, tuple[Level, ...]]:
    """Return the grades: the scored levels of a scale. 弃权 and 不了解 every ballot has itself."""
    name = as_key(value)
    scale = scales.get(name)
    if scale is None:
        reader.refuse(
            ("scale",),
            message(
                "There is no scale “%(name)s”: define it under “scales” or use a preset.",
                name=name,
            ),
        )
        return name, ()
    if len(scale.scored) < 2 or any(
        level.points is None or level.key in (ABSTAIN, DONT_KNOW, MYSELF) for level in scale.scored
    ):
        reader.refuse(
            ("scale",),
            message("The grades of a ballot need points; “abstain” and “dont_know” are unscored."),
        )
    return name, scale.scored


def _criteria(reader: Reader, value: Any) -> tuple[Criterion, ...]:
    criteria = []
    seen = {OVERALL}
    for path, entry in reader.items(("criteria",), value or [], most=MAX_CRITERIA):
        given = reader.mapping(path, entry, frozenset({"key", "title", "weight"}))
        key = reader.key((*path, "key"), given.get("key"))
        reader.unique(seen, (*path, "key"), key)
        criteria.append(
            Criterion(
                key,
                reader.title((*path, "title"), given.get("title")),
                _weight(reader, (*path, "weight"), given.get("weight")),
            )
        )
    if criteria:
        _require_hundred(reader, ("criteria",), [one.weight for one in criteria])
    return tuple(criteria)


def _weight(reader: Reader, path: Path, value: Any) -> Fraction:
    weight = reader.number(path, value)
    if weight is None or not 0 < weight <= _HUNDRED:
        reader.refuse(path, message("A weight is a number above 0, at most 100."))
        return _HUNDRED
    return weight


def _require_hundred(reader: Reader, path: Path, weights: list[Fraction]) -> None:
    total = sum(weights, Fraction(0))
    if total != _HUNDRED:
        reader.refuse(
            path,
            message(
                "The weights must total 100; these total %(total)s.", total=f"{float(total):g}"
            ),
        )


def _subjects(
    reader: Reader, value: Any, subjects: tuple[Subject, ...], groups: tuple[Group, ...]
) -> tuple[BallotSubject, ...]:
    if not 1 <= len(subjects) <= MAX_RATED:
        reader.refuse(
            ("subjects",),
            message("A ballot rates 1 to %(most)s subjects.", most=MAX_RATED),
        )
    keys = [group.key for group in groups]
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


def _classes(reader: Reader, value: Any, groups: tuple[Group, ...]) -> tuple[VotingClass, ...]:
    known = frozenset({"key", "title", "weight", "roll", "rates", "signed"})
    keys = tuple(group.key for group in groups)
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
                _weight(reader, (*path, "weight"), given.get("weight")),
                roll or 1,
                _rates(reader, (*path, "rates"), given.get("rates"), keys),
                reader.flag((*path, "signed"), given.get("signed"), default=False),
            )
        )
    _require_hundred(reader, ("classes",), [one.weight for one in classes])
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


def _quota(reader: Reader, value: Any, *, overall: bool) -> Quota | None:
    if value is None:
        return None
    path: Path = ("quota",)
    given = reader.mapping(path, value, frozenset({"share", "rule"}))
    if not overall:
        reader.refuse(path, message("A quota limits overall grades, and this ballot has none."))
    return Quota(
        _share(reader, (*path, "share"), given.get("share")),
        QuotaRule(_one_of(reader, (*path, "rule"), given.get("rule", "hint"), QuotaRule)),
    )


def _share(reader: Reader, path: Path, value: Any) -> Fraction:
    share = reader.number(path, value)
    if share is None or not 0 <= share <= 1:
        reader.refuse(path, message("Expected a share from 0 to 1, such as 0.25 or 2/3."))
        return Fraction(1)
    return share


def _validity(reader: Reader, value: Any) -> Validity:
    path: Path = ("validity",)
    names = tuple(Validity.__dataclass_fields__)
    given = reader.mapping(path, value or {}, frozenset(names))
    standard = Validity()
    return Validity(
        **{
            name: Treatment(
                _one_of(reader, (*path, name), given.get(name, getattr(standard, name)), Treatment)
            )
            for name in names
        }
    )


def _minimum(reader: Reader, value: Any) -> Minimum:
    path: Path = ("minimum",)
    standard = Minimum()
    given = reader.mapping(path, value or {}, frozenset({"subject", "class"}))
    subject = reader.whole((*path, "subject"), given.get("subject"), least=2, most=100)
    voting_class = reader.whole((*path, "class"), given.get("class"), least=2, most=100)
    return Minimum(subject or standard.subject, voting_class or standard.voting_class)


def _one_of(reader: Reader, path: Path, value: Any, known: Any) -> str:
    """Return a value of an enumeration; its first one where the given one is unknown."""
    values = [str(one.value) for one in known]
    if as_key(value) in values:
        return as_key(value)
    reader.refuse(path, message("Expected one of: %(known)s.", known=", ".join(values)))
    return values[0]

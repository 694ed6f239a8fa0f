"""Reading the sheets of a ballot: grades, criteria, groups, quota, validity and remark lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

from surveyapp.domain.ballot import (
    ABSTAIN,
    DONT_KNOW,
    MYSELF,
    ONE_SHEET,
    OVERALL,
    Criterion,
    Group,
    Quota,
    QuotaRule,
    RemarkLine,
    Sheet,
    Treatment,
    Validity,
)
from surveyapp.domain.messages import message
from surveyapp.domain.reading import Path, Reader, as_key
from surveyapp.domain.scales import Level, Scale
from surveyapp.domain.text import Text

OF_A_SHEET: Final = frozenset(
    {"groups", "scale", "criteria", "overall", "quota", "shares_only", "reason_for"}
    | {"people", "remark_lines"}
)
"""What a sheet says, and a definition itself where it has no sheets."""

MAX_SHEETS = 12
MAX_CRITERIA = 20
MAX_REMARK_LINES = 10
_HUNDRED = Fraction(100)
_ALL = Group("all", Text("全部", "All"))


def read_sheets(
    reader: Reader, given: Mapping[str, Any], title: Text, scales: Mapping[str, Scale]
) -> tuple[Sheet, ...]:
    """Read the sheets of a definition, or the one that the definition itself is.

    Parameters
    ----------
    given : mapping
        The whole definition.
    title : Text
        Its title, which is that of its only sheet.
    """
    validity = read_validity(reader, ("validity",), given.get("validity"), Validity())
    seen: set[str] = set()
    if given.get("sheets") is None:
        one = _sheet(reader, (), given, Group(ONE_SHEET, title), scales, validity, seen)
        return (one if given.get("groups") is not None else replace(one, groups=(_ALL,)),)
    for name in sorted(OF_A_SHEET & given.keys()):
        reader.refuse(
            (name,), message("This ballot has sheets: each says its own “%(name)s”.", name=name)
        )
    sheets = []
    keys: set[str] = set()
    for path, entry in reader.items(("sheets",), given["sheets"], least=1, most=MAX_SHEETS):
        said = reader.mapping(path, entry, OF_A_SHEET | {"key", "title", "validity"})
        key = reader.key((*path, "key"), said.get("key"))
        reader.unique(keys, (*path, "key"), key)
        titled = Group(key, reader.title((*path, "title"), said.get("title")))
        own = read_validity(
            reader,
            (*path, "validity"),
            said.get("validity"),
            # Where votes are only counted, everybody's approval is nothing conspicuous.
            replace(validity, all_same=Treatment.ACCEPT, all_top=Treatment.ACCEPT)
            if said.get("shares_only") is True
            else validity,
        )
        sheets.append(_sheet(reader, path, said, titled, scales, own, seen))
    return tuple(sheets)


def _sheet(
    reader: Reader,
    path: Path,
    given: Mapping[str, Any],
    name: Group,
    scales: Mapping[str, Scale],
    validity: Validity,
    seen: set[str],
) -> Sheet:
    """Read one sheet; a sheet without groups is one group of its own name."""
    shares_only = reader.flag((*path, "shares_only"), given.get("shares_only"), default=False)
    scale, levels = _levels(reader, path, given.get("scale"), scales, shares_only=shares_only)
    criteria = _criteria(reader, (*path, "criteria"), given.get("criteria"))
    overall = reader.flag((*path, "overall"), given.get("overall"), default=True)
    if shares_only and (criteria or not overall):
        reader.refuse(
            (*path, "criteria"),
            message(
                "A sheet with “shares_only” has one grade for each subject and no criteria: make"
                " each item a subject."
            ),
        )
    elif not criteria and not overall:
        reader.refuse(
            (*path, "criteria"), message("A ballot needs criteria, an overall grade, or both.")
        )
    reason = given.get("reason_for")
    keys = tuple(level.key for level in levels)
    if reason is not None and (not overall or as_key(reason) not in keys):
        reader.refuse(
            (*path, "reason_for"),
            message("Name one of the grades: %(keys)s.", keys=", ".join(keys)),
        )
    return Sheet(
        key=name.key,
        title=name.title,
        scale=scale,
        levels=levels,
        criteria=criteria,
        overall=overall,
        quota=_quota(reader, (*path, "quota"), given.get("quota"), overall=overall),
        groups=_groups(reader, (*path, "groups"), given.get("groups"), name, seen),
        shares_only=shares_only,
        reason_for=None if reason is None else as_key(reason),
        people=reader.flag((*path, "people"), given.get("people"), default=True),
        validity=validity,
        remark_lines=_remark_lines(
            reader, (*path, "remark_lines"), given.get("remark_lines"), keys, overall=overall
        ),
    )


def _groups(
    reader: Reader, path: Path, value: Any, name: Group, seen: set[str]
) -> tuple[Group, ...]:
    if value is None:
        reader.unique(seen, path, name.key)
        return (name,)
    groups = []
    for place, entry in reader.items(path, value, least=1, most=50):
        given = reader.mapping(place, entry, frozenset({"key", "title"}))
        key = reader.key((*place, "key"), given.get("key"))
        reader.unique(seen, (*place, "key"), key)
        groups.append(Group(key, reader.title((*place, "title"), given.get("title"))))
    return tuple(groups)


def _levels(
    reader: Reader, path: Path, value: Any, scales: Mapping[str, Scale], *, shares_only: bool
) -> tuple[str, tuple[Level, ...]]:
    """Return the grades: the scored levels of a scale. 弃权 and 不了解 every ballot has itself."""
    name = as_key(value)
    scale = scales.get(name)
    if scale is None:
        reader.refuse(
            (*path, "scale"),
            message(
                "There is no scale “%(name)s”: define it under “scales” or use a preset.",
                name=name,
            ),
        )
        return name, ()
    if len(scale.scored) < 2 or any(
        (level.points is None and not shares_only) or level.key in (ABSTAIN, DONT_KNOW, MYSELF)
        for level in scale.scored
    ):
        reader.refuse(
            (*path, "scale"),
            message("The grades of a ballot need points; “abstain” and “dont_know” are unscored."),
        )
    return name, scale.scored


def _criteria(reader: Reader, path: Path, value: Any) -> tuple[Criterion, ...]:
    criteria = []
    seen = {OVERALL}
    for place, entry in reader.items(path, value or [], most=MAX_CRITERIA):
        given = reader.mapping(place, entry, frozenset({"key", "title", "weight"}))
        key = reader.key((*place, "key"), given.get("key"))
        reader.unique(seen, (*place, "key"), key)
        criteria.append(
            Criterion(
                key,
                reader.title((*place, "title"), given.get("title")),
                read_weight(reader, (*place, "weight"), given.get("weight")),
            )
        )
    if criteria:
        require_hundred(reader, path, [one.weight for one in criteria])
    return tuple(criteria)


def _quota(reader: Reader, path: Path, value: Any, *, overall: bool) -> Quota | None:
    if value is None:
        return None
    given = reader.mapping(path, value, frozenset({"share", "rule"}))
    if not overall:
        reader.refuse(path, message("A quota limits overall grades, and this ballot has none."))
    return Quota(
        read_share(reader, (*path, "share"), given.get("share")),
        QuotaRule(read_one_of(reader, (*path, "rule"), given.get("rule", "hint"), QuotaRule)),
    )


def _remark_lines(
    reader: Reader, path: Path, value: Any, keys: tuple[str, ...], *, overall: bool
) -> tuple[RemarkLine, ...]:
    """Read at which shares of votes the 汇总表 prints a remark; none is printed by default."""
    lines = []
    if value and not overall:
        reader.refuse(
            path, message("A remark line looks at overall grades, and this ballot has none.")
        )
    for place, entry in reader.items(path, value or [], most=MAX_REMARK_LINES):
        given = reader.mapping(place, entry, frozenset({"grades", "below", "above", "text"}))
        named = [
            as_key(one)
            for _place, one in reader.items(
                (*place, "grades"), given.get("grades"), least=1, most=len(keys) or 1
            )
        ]
        if not set(named) <= set(keys):
            reader.refuse(
                (*place, "grades"),
                message("Name one of the grades: %(keys)s.", keys=", ".join(keys)),
            )
        bounds = {
            name: read_share(reader, (*place, name), given[name])
            for name in ("below", "above")
            if given.get(name) is not None
        }
        if len(bounds) != 1:
            reader.refuse(
                place, message("A remark line says either “below” or “above”, with a share.")
            )
        lines.append(
            RemarkLine(
                tuple(named),
                bounds.get("below"),
                bounds.get("above"),
                reader.title((*place, "text"), given.get("text")),
            )
        )
    return tuple(lines)


def read_validity(reader: Reader, path: Path, value: Any, standard: Validity) -> Validity:
    """Read what becomes of conspicuous ballots; what is not said is as in `standard`."""
    names = tuple(Validity.__dataclass_fields__)
    given = reader.mapping(path, value or {}, frozenset(names))
    return Validity(
        **{
            name: Treatment(
                read_one_of(
                    reader, (*path, name), given.get(name, getattr(standard, name)), Treatment
                )
            )
            for name in names
        }
    )


def read_weight(reader: Reader, path: Path, value: Any) -> Fraction:
    """Read a weight in percent."""
    weight = reader.number(path, value)
    if weight is None or not 0 < weight <= _HUNDRED:
        reader.refuse(path, message("A weight is a number above 0, at most 100."))
        return _HUNDRED
    return weight


def require_hundred(reader: Reader, path: Path, weights: list[Fraction]) -> None:
    """Refuse weights that do not total 100."""
    total = sum(weights, Fraction(0))
    if total != _HUNDRED:
        reader.refuse(
            path,
            message(
                "The weights must total 100; these total %(total)s.", total=f"{float(total):g}"
            ),
        )


def read_share(reader: Reader, path: Path, value: Any) -> Fraction:
    """Read a share from 0 to 1."""
    share = reader.number(path, value)
    if share is None or not 0 <= share <= 1:
        reader.refuse(path, message("Expected a share from 0 to 1, such as 0.25 or 2/3."))
        return Fraction(1)
    return share


def read_one_of(reader: Reader, path: Path, value: Any, known: Any) -> str:
    """Return a value of an enumeration; its first one where the given one is unknown."""
    values = [str(one.value) for one in known]
    if as_key(value) in values:
        return as_key(value)
    reader.refuse(path, message("Expected one of: %(known)s.", known=", ".join(values)))
    return values[0]

"""Evaluations (考核批次): one frozen template, and the meetings (场次) that are made from it.

A template is the definition of a ballot without those who are rated and without the numbers of
voters. Each meeting adds these and is a vote of its own: own definition, slips, urn and 汇总表.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final

from surveyapp.domain.ballot import BallotRules, VotingClass
from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message
from surveyapp.domain.text import Text

MAX_MEETINGS: Final = 999
MAX_UNIT_NAME: Final = 100
MAX_KEY: Final = 60
"""Letters of the key of an evaluation: its meetings add a hyphen and three digits."""

_ROLL = re.compile(r"(\d{1,5})\s*(?:(并入|并到|into|[>→])\s*(\S+?)\s*票?|(署名|实名|signed))?")
_MOMENT = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?"
    r"(?:[T\s]*(\d{1,2})\s*[:：时点]\s*(?:(\d{1,2})\s*分?)?(?::\d{2}(?:\.0+)?)?)?"
)


class Stage(StrEnum):
    """How far a meeting is."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    COUNTED = "counted"


@dataclass(frozen=True, slots=True)
class Roll:
    """How many belong to a class at one meeting.

    Attributes
    ----------
    into : str or None
        Class it is merged into from the outset: numbers and weights add up.
    signed : bool
        Whether it signs its ballots (署名评价) at this meeting.
    """

    n: int
    into: str | None = None
    signed: bool = False


@dataclass(frozen=True, slots=True)
class RatedRow:
    """A team or person that is rated, and the line of the workbook that says so."""

    line: int
    group: str
    name: str
    office: str | None


@dataclass(frozen=True, slots=True)
class PlannedMeeting:
    """A meeting as the workbook says it.

    Attributes
    ----------
    line : int
        Where it begins.
    number : int
        Its place in the evaluation; the key of its survey ends with it.
    rolls : mapping of str to Roll
        By class of the template.
    """

    line: int
    number: int
    unit_name: str
    unit_code: str | None
    team: str | None
    takes_place_at: datetime | None
    place_name: str | None
    rolls: Mapping[str, Roll]
    rated: tuple[RatedRow, ...]


def meeting_key(evaluation: str, number: int) -> str:
    """Return the key of a meeting's survey; it names no unit and nobody."""
    return f"{evaluation}-{number:03d}"


def meeting_title(title: Text, unit_name: str) -> Text:
    """Return the title of a meeting's vote."""
    return Text(f"{unit_name}{title.zh}", f"{title.en}: {unit_name}")


def template_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a definition without those who are rated and without the numbers of voters.

    What is no list or mapping where one is expected stays: whoever reads it says so.
    """
    template = deepcopy(dict(document))
    template.pop("subjects", None)
    for one in _mappings(template.get("classes")):
        one.pop("roll", None)
    return template


def filled(template: Mapping[str, Any]) -> dict[str, Any]:
    """Return a template with somebody to rate in each group and enough voters, to check it."""
    document = deepcopy(dict(template))
    document["subjects"] = [
        {"key": f"p{number}", "title": key, "group": key}
        for number, key in enumerate(_group_keys(document), start=1)
    ]
    for one in _mappings(document.get("classes")):
        one["roll"] = 100
    return document


def _group_keys(document: Mapping[str, Any]) -> list[str]:
    """Return the keys of the groups of all sheets, as far as they can be read."""
    sheets = _mappings(document.get("sheets"))
    if not sheets:
        return [str(one.get("key")) for one in _mappings(document.get("groups"))] or ["all"]
    return [
        str(one.get("key")) for sheet in sheets for one in _mappings(sheet.get("groups")) or [sheet]
    ]


def _mappings(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def meeting_document(
    template: Mapping[str, Any], key: str, title: Text, planned: PlannedMeeting
) -> dict[str, Any]:
    """Return the definition of a meeting.

    Groups in which nobody is rated at this meeting are left out, and so are sheets without a group.

    Parameters
    ----------
    template : mapping
        Checked: its classes and groups are well formed.
    title : Text
        Of the template.
    """
    document = deepcopy(dict(template))
    titled = meeting_title(title, planned.unit_name)
    document["key"] = key
    document["title"] = {"zh": titled.zh, "en": titled.en}
    used = {one.group for one in planned.rated}
    if "groups" in document:
        document["groups"] = _used(document["groups"], used)
    if "sheets" in document:
        document["sheets"] = [
            sheet for sheet in (_pruned(one, used) for one in document["sheets"]) if sheet
        ]
    document["subjects"] = [_subject(number, one) for number, one in enumerate(planned.rated, 1)]
    document["classes"] = _classes(document["classes"], planned.rolls, used)
    return document


def _used(groups: Sequence[Mapping[str, Any]], used: set[str]) -> list[Mapping[str, Any]]:
    return [one for one in groups if one["key"] in used]


def _pruned(sheet: Mapping[str, Any], used: set[str]) -> dict[str, Any]:
    """Return a sheet with the groups that are used; empty where none is."""
    if sheet.get("groups") is None:
        return dict(sheet) if sheet["key"] in used else {}
    groups = _used(sheet["groups"], used)
    return {**sheet, "groups": groups} if groups else {}


def _subject(number: int, one: RatedRow) -> dict[str, Any]:
    subject = {"key": f"p{number}", "title": one.name, "group": one.group}
    return subject | ({"office": one.office} if one.office else {})


def _classes(
    classes: Sequence[Mapping[str, Any]], rolls: Mapping[str, Roll], used: set[str]
) -> list[dict[str, Any]]:
    """Return the classes of a meeting: with numbers, the merged ones in the one they join."""
    made = []
    for one in classes:
        roll = rolls[one["key"]]
        if roll.into is None:
            joined = [other for other in classes if rolls[other["key"]].into == one["key"]]
            made.append(_class(one, roll, joined, rolls, used))
    return made


def _class(
    one: Mapping[str, Any],
    roll: Roll,
    joined: Sequence[Mapping[str, Any]],
    rolls: Mapping[str, Roll],
    used: set[str],
) -> dict[str, Any]:
    made = dict(one) | {"roll": roll.n + sum(rolls[other["key"]].n for other in joined)}
    if roll.signed:
        made["signed"] = True
    if joined:
        parts = [one, *joined]
        weight = sum((Fraction(str(part["weight"])) for part in parts), Fraction(0))
        made["weight"] = str(weight)
        titles = [_both(part["title"]) for part in parts]
        made["title"] = {
            "zh": "、".join(text.zh for text in titles),
            "en": " and ".join(text.en for text in titles),
        }
    if "rates" in made:
        made["rates"] = [key for key in made["rates"] if key in used]
    return made


def _both(value: Any) -> Text:
    if isinstance(value, Mapping):
        return Text(str(value["zh"]), str(value.get("en", value["zh"])))
    return Text.same(str(value))


def read_roll(typed: str, known: Iterable[str]) -> Roll:
    """Read how many belong to a class: 12, 「3并入B」 or 「3署名」.

    Raises
    ------
    BadInput
        It is none of these, or the class it joins does not exist.
    """
    found = _ROLL.fullmatch(typed.strip())
    if found is None:
        raise BadInput(
            message(
                "“%(text)s” is no number of people: write 12, or 3并入B to merge a small class"
                " into another one, or 3署名 where it signs its ballots.",
                text=typed.strip()[:40],
            )
        )
    into = found[3]
    if into is not None and into not in set(known):
        raise BadInput(
            message("There is no class “%(key)s” to merge into.", key=into[:40]),
        )
    return Roll(int(found[1]), into, found[4] is not None)


def require_rolls(rules: BallotRules, rolls: Mapping[str, Roll], used: set[str]) -> None:
    """Refuse numbers of voters with which a class would not be secret, or would rate nobody.

    Parameters
    ----------
    rules : BallotRules
        Of the template.
    used : set of str
        Groups in which somebody is rated.

    Raises
    ------
    BadInput
    """
    for one in rules.classes:
        roll = rolls[one.key]
        if roll.into is not None:
            _require_joinable(rules, one, rolls[roll.into], rules.voting_class(roll.into))
            continue
        n = roll.n + sum(other.n for other in rolls.values() if other.into == one.key)
        if n < 1:
            raise BadInput(
                message(
                    "Nobody belongs to the class “%(key)s”: merge it into another one (0并入B).",
                    key=one.key,
                )
            )
        if not (one.signed or roll.signed) and n < rules.minimum.voting_class:
            raise BadInput(
                message(
                    "The class “%(key)s” has %(n)s people, and below %(least)s no vote is secret:"
                    " merge it into another class (%(n)s并入B) or let it sign (%(n)s署名).",
                    key=one.key,
                    n=n,
                    least=rules.minimum.voting_class,
                )
            )
        if not used & set(one.rates):
            raise BadInput(
                message(
                    "Nobody whom the class “%(key)s” rates stands in this meeting.", key=one.key
                )
            )


def _require_joinable(
    rules: BallotRules, one: VotingClass, target_roll: Roll, target: VotingClass
) -> None:
    if one.key == target.key or target_roll.into is not None:
        raise BadInput(
            message(
                "“%(key)s” cannot be merged into “%(target)s”, which is merged itself.",
                key=one.key,
                target=target.key,
            )
        )
    if one.rates != target.rates or one.signed or target.signed or target_roll.signed:
        raise BadInput(
            message(
                "“%(key)s” cannot be merged into “%(target)s”: the two rate other groups, or one of"
                " them signs its ballots.",
                key=one.key,
                target=target.key,
            )
        )


def read_moment(typed: str, timezone: tzinfo) -> datetime:
    """Read when a meeting takes place; a day alone is its midnight.

    Raises
    ------
    BadInput
    """
    found = _MOMENT.fullmatch(typed.strip())
    if found is not None:
        numbers = [int(part or 0) for part in found.groups()]
        try:
            year, month, day, hour, minute = numbers
            return datetime(year, month, day, hour, minute, tzinfo=timezone)
        except ValueError:
            pass
    raise BadInput(
        message(
            "“%(text)s” is no time: write it as 2026-12-05 14:30, or the day alone.",
            text=typed.strip()[:40],
        )
    )


def find_group(rules: BallotRules, typed: str) -> str:
    """Return the key of the group a cell names: by key or by title; the only one may stay empty.

    Raises
    ------
    BadInput
    """
    groups = rules.groups
    wanted = typed.strip().casefold()
    if not wanted and len(groups) == 1:
        return groups[0].key
    for one in groups:
        if wanted in (one.key.casefold(), one.title.zh.casefold(), one.title.en.casefold()):
            return one.key
    known = Text(
        "、".join(one.title.zh for one in groups), ", ".join(one.title.en for one in groups)
    )
    if not wanted:
        raise BadInput(message("The group is missing; the groups are: %(known)s.", known=known))
    raise BadInput(
        message(
            "There is no group “%(text)s”; the groups are: %(known)s.",
            text=typed.strip()[:80],
            known=known,
        )
    )

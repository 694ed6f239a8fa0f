"""What stands above and below the tables of a 汇总表: the meeting, the rules, the signatures."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from surveyapp.domain.ballot import Sheet
from surveyapp.domain.messages import Message, message
from surveyapp.domain.text import Text
from surveyapp.services.ballots.figures import BallotResult, shown
from surveyapp.services.ballots.tabulation_cells import Cell

_BLANK: Final = "＿＿＿＿＿＿"


@dataclass(frozen=True, slots=True)
class Head:
    """Which unit, when, where and by whom; what is not known is None."""

    unit: Text
    time: str | None
    place: str | None
    team: str | None
    closed: str | None


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and what stands behind it."""

    name: Text
    value: Cell


def head_facts(result: BallotResult, head: Head) -> tuple[Fact, ...]:
    """Return 考核单位, 测评时间, 地点, and the ballots of the whole vote."""
    roll, issued, spent = (
        sum(getattr(one, name) for one in result.classes) for name in ("roll", "issued", "spent")
    )
    valid, void = (sum(getattr(one, name) for one in result.classes) for name in ("valid", "void"))
    facts = [
        Fact(Text("考核单位", "Unit"), head.unit),
        Fact(Text("测评时间", "Time"), head.time or head.closed or _BLANK),
        Fact(Text("地点", "Place"), head.place or _BLANK),
    ]
    if head.team:
        facts.append(Fact(Text("考核组", "Team"), head.team))
    facts.append(
        Fact(
            Text("人数和票数", "People and ballots"),
            message(
                "%(roll)s entitled, %(voted)s took part, %(issued)s issued, %(voted)s returned,"
                " %(valid)s valid, %(void)s void",
                roll=roll,
                voted=spent,
                issued=issued,
                valid=valid,
                void=void,
            ),
        )
    )
    if result.unreadable or result.flagged:
        facts.append(
            Fact(
                Text("说明", "Note"),
                message(
                    "Flagged ballots: %(flagged)s (they count). Boxes that could not be read:"
                    " %(unreadable)s.",
                    flagged=result.flagged,
                    unreadable=result.unreadable,
                ),
            )
        )
    if not result.stands:
        facts.append(
            Fact(
                Text("注意", "Attention"),
                message(
                    "The quorum was not reached: the vote does not stand, and there are no scores."
                ),
            )
        )
    return tuple(facts)


def foot_of(result: BallotResult, sheet: Sheet) -> tuple[Fact, ...]:
    """Return 计分标准, 权重, 规则版本 and 校验码, and the lines to sign."""
    facts = []
    if not sheet.shares_only:
        facts.append(Fact(Text("计分标准", "Points"), _listed(_points(sheet))))
        if sheet.criteria:
            facts.append(
                Fact(
                    Text("各项权重", "Weights of the criteria"),
                    _listed([_weighed(one.title, one.weight) for one in sheet.criteria]),
                )
            )
        facts.append(
            Fact(
                Text("票种权重", "Weights of the classes"),
                _listed([_weighed(one.title, one.weight) for one in result.classes]),
            )
        )
    facts += [
        Fact(Text("得票率", "Shares of votes"), _base(result)),
        Fact(Text("规则版本", "Definition (SHA-256)"), result.definition_sha256),
        Fact(Text("校验码", "Root"), result.root),
        Fact(
            Text("签字", "Signatures"),
            message(
                "Scrutineers: %(blank)s Tellers: %(blank)s Head of the assessment group: %(blank)s"
                " Date: %(blank)s",
                blank=_BLANK,
            ),
        ),
    ]
    return tuple(facts)


def _base(result: BallotResult) -> Message:
    if result.rules.count_unknown:
        return message("of the valid ballots, with abstentions and with “Not familiar”")
    return message("of the valid ballots, with abstentions and without “Not familiar”")


def _points(sheet: Sheet) -> list[Text]:
    return [
        Text(
            f"{level.label.zh} {shown(level.points, 0)}",
            f"{level.label.en} {shown(level.points, 0)}",
        )
        for level in sheet.levels
    ]


def _weighed(title: Text, weight: Fraction) -> Text:
    part = shown(weight, 1).removesuffix(".0")
    return Text(f"{title.zh} {part}%", f"{title.en} {part}%")


def _listed(parts: list[Text]) -> Text:
    return Text("；".join(one.zh for one in parts), "; ".join(one.en for one in parts))

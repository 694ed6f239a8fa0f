"""Indicators that units propose by their duties (单位申报), and how the office settles them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from surveyapp.domain.case_fields import clean_text
from surveyapp.domain.messages import message
from surveyapp.domain.objective import read_number, write_number
from surveyapp.domain.periods import Length
from surveyapp.domain.scheme import Direction
from surveyapp.domain.text import Text

TITLE_LENGTH: Final = 100
KIND_LENGTH: Final = 20
MEASURE_LENGTH: Final = 20
LONG_LENGTH: Final = 1000
TARGET_LENGTH: Final = 200

KINDS: Final = ("季度指标", "年度指标", "标兵指标")
"""Kinds that one published practice has; others may be written."""

EVERY_KEYS: Mapping[Length, str] = {
    Length.MONTH: "month",
    Length.QUARTER: "quarter",
    Length.HALF: "half",
    Length.YEAR: "year",
}
"""How a scheme's document writes how often a value is due."""


class ProposalStatus(StrEnum):
    """How far a proposal has come."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


PROPOSAL_STATUS_NAMES: Mapping[ProposalStatus, Text] = {
    ProposalStatus.PROPOSED: Text("待审定", "To be settled"),
    ProposalStatus.ACCEPTED: Text("已采纳", "Accepted"),
    ProposalStatus.DECLINED: Text("未采纳", "Declined"),
    ProposalStatus.WITHDRAWN: Text("已撤回", "Withdrawn"),
}


@dataclass(frozen=True, slots=True)
class ProposedIndicator:
    """An indicator as a unit proposes it.

    Attributes
    ----------
    kind : str
        Such as 季度指标 or 标兵指标; may be empty.
    definition : str
        How it is counted and from which source.
    target : str
        What is to be reached, in words or numbers; may be empty.
    weight : str
        Points the unit suggests, as a decimal number; empty where it leaves them to the office.
    basis : str
        The duty or document it follows from.
    """

    title: str
    kind: str
    measure: str
    definition: str
    target: str
    direction: Direction
    every: Length
    weight: str
    basis: str

    def document(self) -> dict[str, Any]:
        """Return what is stored, checked and in its normal form.

        Raises
        ------
        BadInput
            Something is missing or cannot be.
        """
        weight = self.weight.strip()
        return {
            "title": clean_text(self.title, message("Give the indicator a title."), TITLE_LENGTH),
            "kind": clean_text(self.kind, None, KIND_LENGTH),
            "measure": clean_text(self.measure, None, MEASURE_LENGTH),
            "definition": clean_text(
                self.definition,
                message("Say how the indicator is counted and from which source."),
                LONG_LENGTH,
            ),
            "target": clean_text(self.target, None, TARGET_LENGTH),
            "direction": str(self.direction),
            "every": EVERY_KEYS[self.every],
            "weight": write_number(read_number(weight)) if weight else "",
            "basis": clean_text(
                self.basis, message("Name the duty or document it follows from."), LONG_LENGTH
            ),
        }


def proposed(document: Mapping[str, Any]) -> ProposedIndicator:
    """Read what is stored."""
    lengths = {key: length for length, key in EVERY_KEYS.items()}
    return ProposedIndicator(
        title=document["title"],
        kind=document["kind"],
        measure=document["measure"],
        definition=document["definition"],
        target=document["target"],
        direction=Direction(document["direction"]),
        every=lengths[document["every"]],
        weight=document["weight"],
        basis=document["basis"],
    )


def as_scheme_line(one: ProposedIndicator, key: str, group: str, unit: str) -> dict[str, Any]:
    """Return an accepted indicator as a line of a scheme's document.

    What nobody has decided stays empty: its weight, for which others have to give way, and how the
    value becomes points. The scheme cannot be put in use before the office has filled it in.
    """
    definition = one.definition
    if one.target:
        definition += f"（目标：{one.target}）"
    if one.weight:
        definition += f"（申报单位建议权重：{one.weight}）"
    line: dict[str, Any] = {
        "key": key,
        "title": one.title,
        "group": group,
        "weight": None,
        "source": "objective",
        "responsible": unit,
        "direction": str(one.direction),
        "every": EVERY_KEYS[one.every],
        "normalisation": None,
        "definition": definition,
    }
    if one.measure:
        line["unit"] = one.measure
    if one.kind:
        line["kind"] = one.kind
    return line

"""What lies in one box of the urn: a ballot, its receipt and its pace, all of one length."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from surveyapp.domain.ballot import (
    ABSTAIN,
    DONT_KNOW,
    BallotRules,
    BallotSubject,
    Sheet,
    VotingClass,
)
from surveyapp.domain.ballot_pace import Pace
from surveyapp.domain.ballot_paper import MAX_REASON, MAX_SIGNATURE, Grades, Paper
from surveyapp.domain.codes import RECEIPT_BITS

_MARKS: Final = {ABSTAIN: "0", DONT_KNOW: "1"}
_BLANK: Final = "_"
_FIRST_LEVEL: Final = ord("a")
_STEP: Final = 256
_LENGTH_BYTES: Final = 4
_ESCAPED: Final = 12
"""The most bytes a character takes in JSON: an escaped pair of surrogates."""
_QUOTES: Final = 3
"""What a text in a list takes besides its characters."""


@dataclass(frozen=True, slots=True)
class Packet:
    """What lies in one box of the urn.

    Attributes
    ----------
    pace : Pace or None
        How fast the page was filled in; None for a ballot on paper.
    """

    class_key: str
    paper: Paper
    receipt: str
    pace: Pace | None = None


def _with_reasons(rules: BallotRules, voting_class: VotingClass) -> list[BallotSubject]:
    """Return the subjects for whose grade a class may write down a reason."""
    return [
        subject
        for sheet in rules.sheets_of(voting_class)
        if sheet.reason_for is not None
        for subject in rules.rated_by(voting_class, sheet)
    ]


def _cells(rules: BallotRules, voting_class: VotingClass) -> Iterator[tuple[str, str, Sheet]]:
    """Yield (subject, criterion, sheet) for each cell of a ballot, in its order."""
    for sheet in rules.sheets_of(voting_class):
        for subject, criterion in rules.cells(voting_class, sheet):
            yield subject, criterion, sheet


def _letters(rules: BallotRules) -> dict[str, dict[str, str]]:
    """Return, for each sheet, the letter of each grade."""
    return {
        sheet.key: {level.key: chr(_FIRST_LEVEL + n) for n, level in enumerate(sheet.levels)}
        | _MARKS
        for sheet in rules.sheets
    }


def packet_bytes(rules: BallotRules) -> int:
    """Return the length of every packet of a survey: enough for the longest possible ballot."""
    cells = max(sum(1 for _cell in rules.cells(one)) for one in rules.classes)
    reasons = max(len(_with_reasons(rules, one)) for one in rules.classes)
    texts = (rules.remarks + MAX_SIGNATURE) * _ESCAPED
    texts += reasons * (MAX_REASON * _ESCAPED + _QUOTES)
    fixed = _LENGTH_BYTES + 64 + RECEIPT_BITS // 5 + 64
    return -(-(cells + texts + fixed) // _STEP) * _STEP


def packed(rules: BallotRules, packet: Packet) -> bytes:
    """Write a packet; all packets of a survey have the same length."""
    voting_class = rules.voting_class(packet.class_key)
    paper = packet.paper
    letters = _letters(rules)
    cells = "".join(
        letters[sheet.key][paper.grades[subject][criterion]]
        if criterion in paper.grades.get(subject, {})
        else _BLANK
        for subject, criterion, sheet in _cells(rules, voting_class)
    )
    reasons = [paper.reasons.get(one.key, "") for one in _with_reasons(rules, voting_class)]
    content = json.dumps(
        [
            packet.class_key,
            cells,
            packet.receipt,
            paper.remark,
            paper.signature,
            packet.pace,
            reasons,
        ],
        separators=(",", ":"),
    ).encode()
    size = packet_bytes(rules)
    return len(content).to_bytes(_LENGTH_BYTES, "big") + content.ljust(size - _LENGTH_BYTES, b"\0")


def unpacked(rules: BallotRules, data: bytes) -> Packet:
    """Read a packet.

    Raises
    ------
    ValueError
        It is not one that `packed` wrote for these rules.
    """
    size = int.from_bytes(data[:_LENGTH_BYTES], "big")
    try:
        class_key, cells, receipt, remark, signature, pace, reasons = json.loads(
            data[_LENGTH_BYTES : _LENGTH_BYTES + size]
        )
        voting_class = rules.voting_class(class_key)
        grades: Grades = {}
        keys = {
            sheet: {letter: key for key, letter in letters.items()}
            for sheet, letters in _letters(rules).items()
        }
        where = _cells(rules, voting_class)
        for (subject, criterion, sheet), letter in zip(where, cells, strict=True):
            if letter != _BLANK:
                grades.setdefault(subject, {})[criterion] = keys[sheet.key][letter]
        said = zip(_with_reasons(rules, voting_class), reasons, strict=True)
        paper = Paper(grades, remark, signature, {one.key: text for one, text in said if text})
        return Packet(class_key, paper, receipt, None if pace is None else Pace(pace))
    except (KeyError, TypeError) as error:
        raise ValueError("not a packet of this ballot") from error

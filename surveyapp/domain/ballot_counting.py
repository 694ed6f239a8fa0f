"""Printed ballots: how a clerk keys one, where two keyings differ, and whether the papers add up.

A clerk types one character for each item of a line: the place of the grade on the scale, or one of
`BLANK_SIGN`, `DONT_KNOW_SIGN` and `INVALID_SIGN`. Two clerks key every paper without seeing each
other's keying; what differs is settled with the paper in hand.
"""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from surveyapp.domain.answers import NOT_AN_OPTION
from surveyapp.domain.ballot import (
    DONT_KNOW,
    DONT_KNOW_LABEL,
    BallotRules,
    BallotSubject,
    Sheet,
    VotingClass,
)
from surveyapp.domain.ballot_paper import (
    MAX_REASON,
    MAX_SIGNATURE,
    REASON,
    REMARK,
    SIGNATURE,
    BallotFormReader,
    Grades,
    Paper,
    field_name,
)
from surveyapp.domain.errors import InvalidAnswers
from surveyapp.domain.messages import message
from surveyapp.domain.text import Text

INVALID: Final = "invalid"
"""More than one mark in an item (多选): it counts as left blank, and so as an abstention."""

BLANK: Final = "blank"
"""What a form says of an item without a mark; a keying leaves it out."""

BLANK_LABEL: Final = Text("未填", "Left blank")
INVALID_LABEL: Final = Text("多选无效", "Marked twice, void")

BLANK_SIGN: Final = "0"
DONT_KNOW_SIGN: Final = "8"
INVALID_SIGN: Final = "9"
_LEVEL_SIGNS: Final = "1234567" + string.ascii_lowercase

CLASS: Final = "_class"
VOID: Final = "_void"
MAX_NUMBER: Final = 99_999


@dataclass(frozen=True, slots=True)
class Keying:
    """One paper as one clerk keyed it.

    Attributes
    ----------
    number : int
        Stamped on the paper when its box was emptied.
    void : bool
        The whole paper is void (整张无效): torn, signed although it is secret, not the printed one.
    marks : dict
        By subject and criterion: the key of a grade, `DONT_KNOW` or `INVALID`.
    """

    number: int
    class_key: str
    void: bool = False
    marks: Grades = field(default_factory=dict)
    remark: str = ""
    signature: str = ""
    reasons: dict[str, str] = field(default_factory=dict)

    def paper(self) -> Paper:
        """Return the ballot it says; an item that is marked twice counts as left blank."""
        grades = {
            subject: {name: mark for name, mark in cells.items() if mark != INVALID}
            for subject, cells in self.marks.items()
        }
        kept = {subject: cells for subject, cells in grades.items() if cells}
        return Paper(kept, self.remark, self.signature, self.reasons)

    def mark(self, subject: str, criterion: str) -> str:
        """Return what stands in an item."""
        return self.marks.get(subject, {}).get(criterion, BLANK)

    def with_mark(self, subject: str, criterion: str, mark: str) -> Keying:
        """Return it with one item changed."""
        marks = {key: dict(cells) for key, cells in self.marks.items()}
        cells = marks.setdefault(subject, {})
        cells.pop(criterion, None)
        if mark != BLANK:
            cells[criterion] = mark
        return replace(self, marks={key: kept for key, kept in marks.items() if kept})


def signs_of(sheet: Sheet) -> dict[str, str]:
    """Return what may stand in an item of a sheet, by the character that is typed for it."""
    levels = {sign: level.key for sign, level in zip(_LEVEL_SIGNS, sheet.levels, strict=False)}
    return levels | {DONT_KNOW_SIGN: DONT_KNOW, BLANK_SIGN: BLANK, INVALID_SIGN: INVALID}


def labels_of(sheet: Sheet) -> dict[str, Text]:
    """Return the words for what may stand in an item of a sheet, in the order of `signs_of`."""
    return {level.key: level.label for level in sheet.levels} | {
        DONT_KNOW: DONT_KNOW_LABEL,
        BLANK: BLANK_LABEL,
        INVALID: INVALID_LABEL,
    }


def line_of(sheet: Sheet, keying: Keying, subject: str) -> str:
    """Write the line of a subject as it is typed; `BLANK_SIGN` alone where nothing is marked."""
    if subject not in keying.marks:
        return BLANK_SIGN
    sign = {mark: sign for sign, mark in signs_of(sheet).items()}
    return "".join(sign[keying.mark(subject, one.key)] for one in sheet.graded)


# --- reading ------------------------------------------------------------------------------------


def read_keying(
    rules: BallotRules,
    voting_class: VotingClass,
    number: int,
    fields: Mapping[str, Sequence[str]],
) -> Keying:
    """Read a keyed paper: the field of a subject holds one character for each of its items.

    `BLANK_SIGN` alone says that nothing is marked; an empty line is a line that was forgotten. Of a
    paper that is void as a whole nothing else is kept.

    Raises
    ------
    InvalidAnswers
        A line is missing, too long or too short, or holds a character that stands for nothing; a
        text is too long; a signed ballot has no name; the form has no such field (`forged`).
    """
    reader = _KeyingReader(rules, voting_class, fields)
    keying = reader.read(number)
    reader.require_sound()
    return keying


class _KeyingReader(BallotFormReader):
    def read(self, number: int) -> Keying:
        known = {REMARK, SIGNATURE, VOID}
        marks: Grades = {}
        reasons: dict[str, str] = {}
        for sheet in self.rules.sheets_of(self.voting_class):
            for subject in self.rules.rated_by(self.voting_class, sheet):
                reason_name = field_name(subject.key, REASON)
                known |= {subject.key} | ({reason_name} if sheet.reason_for else set())
                cells = self._line(sheet, subject.key)
                marks |= {subject.key: cells} if cells else {}
                reason = self.text(reason_name, MAX_REASON if sheet.reason_for else 0)
                reasons |= {subject.key: reason} if reason else {}
        for name in self.fields.keys() - known:
            self.forge(name)
        remark = self.text(REMARK, self.rules.remarks)
        signature = self.text(SIGNATURE, MAX_SIGNATURE if self.voting_class.signed else 0)
        if self.fields.get(VOID):
            if not self.forged:
                self.problems.clear()
            return Keying(number, self.voting_class.key, void=True)
        if self.voting_class.signed and not signature:
            self.problems.setdefault(
                SIGNATURE, message("This ballot is signed: write the name, or mark it as void.")
            )
        return Keying(number, self.voting_class.key, False, marks, remark, signature, reasons)

    def _value(self, name: str) -> str:
        values = self.fields.get(name, [])
        if len(values) > 1:
            self.forge(name)
        return values[0] if values else ""

    def _line(self, sheet: Sheet, name: str) -> dict[str, str]:
        # A Chinese keyboard may send digits in full width.
        typed = "".join(unicodedata.normalize("NFKC", self._value(name)).lower().split())
        signs = signs_of(sheet)
        if typed == BLANK_SIGN:
            return {}
        if not typed:
            self.problems[name] = message("Type this line; 0 alone if nothing is marked in it.")
            return {}
        if len(typed) != len(sheet.graded):
            self.problems[name] = message(
                "Type %(n)s characters, one for each item; here are %(typed)s.",
                n=len(sheet.graded),
                typed=len(typed),
            )
            return {}
        if not set(typed) <= set(signs):
            self.problems[name] = message(
                "“%(sign)s” stands for nothing here: use %(signs)s.",
                sign=next(sign for sign in typed if sign not in signs),
                signs=" ".join(sorted(signs)),
            )
            return {}
        found = {one.key: signs[sign] for one, sign in zip(sheet.graded, typed, strict=True)}
        return {name: mark for name, mark in found.items() if mark != BLANK}


# --- comparing ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that two clerks keyed differently.

    Attributes
    ----------
    name : str
        The field that settles it: that of an item, or `CLASS`, `VOID`, `REMARK`, `SIGNATURE`.
    subject : BallotSubject or None
        Whose line it stands in.
    criterion : str or None
        The item, where it is one.
    first, second : str
        A mark, or a text.
    """

    name: str
    first: str
    second: str
    subject: BallotSubject | None = None
    criterion: str | None = None

    @property
    def needs_keying(self) -> bool:
        """Whether the paper has to be keyed again because there is nothing to choose from."""
        return self.name in (CLASS, VOID)


def differences(rules: BallotRules, first: Keying, second: Keying) -> tuple[Difference, ...]:
    """Compare two keyings of a paper, item by item."""
    if first.class_key != second.class_key:
        return (Difference(CLASS, first.class_key, second.class_key),)
    if first.void != second.void:
        return (Difference(VOID, str(first.void), str(second.void)),)
    return tuple(one for one in _compared(rules, first, second) if one.first != one.second)


def _compared(rules: BallotRules, first: Keying, second: Keying) -> Iterator[Difference]:
    voting_class = rules.voting_class(first.class_key)
    for sheet in rules.sheets_of(voting_class):
        for subject in rules.rated_by(voting_class, sheet):
            for one in sheet.graded:
                yield Difference(
                    field_name(subject.key, one.key),
                    first.mark(subject.key, one.key),
                    second.mark(subject.key, one.key),
                    subject,
                    one.key,
                )
            yield Difference(
                field_name(subject.key, REASON),
                first.reasons.get(subject.key, ""),
                second.reasons.get(subject.key, ""),
                subject,
            )
    yield Difference(SIGNATURE, first.signature, second.signature)
    yield Difference(REMARK, first.remark, second.remark)


def settled(
    rules: BallotRules, mine: Keying, found: Sequence[Difference], chosen: Mapping[str, str]
) -> Keying:
    """Return a clerk's keying with what the paper says where two keyings differ.

    Parameters
    ----------
    mine : Keying
        The clerk's own.
    chosen : mapping
        By the name of a difference: a mark for an item, one of the two texts for a text. What is
        not chosen stays.

    Raises
    ------
    InvalidAnswers
        Something that the form does not offer.
    """
    problems = {}
    for one in found:
        value = chosen.get(one.name)
        if value is None:
            continue
        if one.subject is not None and one.criterion is not None:
            if value in labels_of(rules.sheet_of(one.subject)):
                mine = mine.with_mark(one.subject.key, one.criterion, value)
            else:
                problems[one.name] = NOT_AN_OPTION
        elif one.needs_keying or value not in (one.first, one.second):
            problems[one.name] = NOT_AN_OPTION
        elif one.subject is not None:
            kept = {key: text for key, text in mine.reasons.items() if key != one.subject.key}
            mine = replace(mine, reasons=kept | ({one.subject.key: value} if value else {}))
        elif one.name == SIGNATURE:
            mine = replace(mine, signature=value)
        else:
            mine = replace(mine, remark=value)
    if problems:
        raise InvalidAnswers(problems, forged=True)
    return mine


# --- adding up ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PaperCount:
    """The papers of one class: 发出 = 收回 + 未收回(注销), 收回 = 有效 + 整张无效.

    Attributes
    ----------
    issued, returned, void : int
        Printed; out of the boxes; of these void as a whole.
    """

    voting_class: VotingClass
    issued: int
    returned: int
    void: int

    @property
    def written_off(self) -> int:
        """Papers that did not come back (未收回,注销)."""
        return self.issued - self.returned

    @property
    def counted(self) -> int:
        """Papers whose grades join the ballots of the urn."""
        return self.returned - self.void


def sizes_for_merging(electronic: Mapping[str, int], paper: Mapping[str, int]) -> dict[str, int]:
    """Return how large each class is for the rule that pools small ones.

    Two clerks have read every paper. Of a class that voted on paper too they could subtract what
    they know: its electronic ballots have to be enough by themselves.

    Parameters
    ----------
    electronic, paper : mapping
        Ballots by class.
    """
    return {
        key: electronic.get(key, 0) or paper.get(key, 0) for key in electronic.keys() | paper.keys()
    }

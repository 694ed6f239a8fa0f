"""One ballot: read from its form, and judged by the declared rules."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from surveyapp.domain.answers import NOT_AN_OPTION, clean_text
from surveyapp.domain.ballot import (
    ABSTAIN,
    DONT_KNOW,
    MYSELF,
    OVERALL,
    BallotRules,
    QuotaRule,
    Sheet,
    Treatment,
    VotingClass,
)
from surveyapp.domain.errors import InvalidAnswers
from surveyapp.domain.messages import Message, message

Grades = dict[str, dict[str, str]]
"""By subject and criterion: the key of a grade, `ABSTAIN` or `DONT_KNOW`; what was left blank is
absent."""

REMARK: Final = "_remark"
SIGNATURE: Final = "_signature"
WHOLE_CARD: Final = "_card"
REASON: Final = "_reason"
QUOTA: Final = "_quota"
"""What a problem with the quota of a sheet is named by, before the key of the sheet."""
MAX_SIGNATURE: Final = 40
MAX_REASON: Final = 100


@dataclass(frozen=True, slots=True)
class Paper:
    """What a voter said.

    Attributes
    ----------
    grades : dict
        See `Grades`.
    remark : str
        Suggestions, where the ballot asks for them.
    signature : str
        The voter's name on a signed ballot (署名评价), else empty.
    reasons : dict of str to str
        By subject: why it got the grade for which its sheet takes a reason.
    """

    grades: Grades = field(default_factory=dict)
    remark: str = ""
    signature: str = ""
    reasons: dict[str, str] = field(default_factory=dict)

    def blanks(self, rules: BallotRules, voting_class: VotingClass) -> list[tuple[str, str]]:
        """Return the cells that were left blank, in the order of the ballot."""
        return [
            (subject, criterion)
            for subject, criterion in rules.cells(voting_class)
            if criterion not in self.grades.get(subject, {})
        ]

    def top_grades(self, rules: BallotRules, sheet: Sheet) -> int:
        """Return how many subjects of a sheet got its top grade as a whole."""
        top = sheet.levels[0].key
        return sum(
            self.grades.get(subject.key, {}).get(OVERALL) == top
            for subject in rules.of_sheet(sheet)
        )


def field_name(subject: str, criterion: str) -> str:
    """Return the name of a field of the form.

    `WHOLE_CARD` stands for all criteria of a card, `REASON` for the reason of its overall grade.
    """
    return f"{subject}.{criterion}"


def quota_of(rules: BallotRules, sheet: Sheet, voting_class: VotingClass) -> int | None:
    """Return how many top grades one ballot of a class may give on a sheet; None without a limit.

    So few people that the share comes to less than one of them leave a ballot without a limit:
    otherwise whoever finds one of three excellent would break a rule of a quarter.
    """
    if sheet.quota is None:
        return None
    places = sheet.quota.places(len(rules.rated_by(voting_class, sheet)))
    return places if places or not sheet.quota.share else None


def read_paper(
    rules: BallotRules, voting_class: VotingClass, fields: Mapping[str, Sequence[str]]
) -> Paper:
    """Read a posted ballot.

    A choice for the whole card fills the criteria of the card that were not graded one by one.

    Raises
    ------
    InvalidAnswers
        A field the form does not have or a choice it does not offer (`forged`); a card with grades
        for oneself; more top grades than a hard quota allows; no name on a signed ballot.
    """
    reader = _PaperReader(rules, voting_class, fields)
    paper = reader.read()
    reader.require_sound()
    return paper


class BallotFormReader:
    """Reads the fields of one ballot's form, and notes every problem by its field.

    Attributes
    ----------
    rules : BallotRules
    voting_class : VotingClass
    fields : dict of str to list of str
        Without what was left empty.
    problems : dict of str to Message
    forged : bool
        Whether something was sent that the form does not have.
    """

    def __init__(
        self, rules: BallotRules, voting_class: VotingClass, fields: Mapping[str, Sequence[str]]
    ) -> None:
        self.rules = rules
        self.voting_class = voting_class
        self.fields = {name: [v for v in values if v] for name, values in fields.items()}
        self.problems: dict[str, Message] = {}
        self.forged = False

    def forge(self, name: str) -> None:
        """Note a field that the form does not have, or does not have so."""
        self.forged = True
        self.problems[name] = NOT_AN_OPTION

    def text(self, name: str, most: int) -> str:
        """Return a text; where the form has none `most` is 0."""
        values = self.fields.get(name, [])
        text = clean_text(values[0]) if values else ""
        if len(values) > 1 or (text and not most):
            self.forge(name)
        elif len(text) > most:
            self.problems[name] = message("This text is longer than %(most)s.", most=most)
        return text

    def require_sound(self) -> None:
        """Refuse what was read if there were problems.

        Raises
        ------
        InvalidAnswers
        """
        if self.problems:
            raise InvalidAnswers(self.problems, forged=self.forged)


class _PaperReader(BallotFormReader):
    def read(self) -> Paper:
        grades: Grades = {}
        reasons: dict[str, str] = {}
        known = {REMARK, SIGNATURE}
        for sheet in self.rules.sheets_of(self.voting_class):
            names = [one.key for one in sheet.graded]
            more = (WHOLE_CARD, REASON) if sheet.reason_for else (WHOLE_CARD,)
            for subject in self.rules.rated_by(self.voting_class, sheet):
                known |= {field_name(subject.key, name) for name in (*names, *more)}
                cells = self._card(sheet, subject.key, names)
                if cells:
                    grades[subject.key] = cells
                # A reason for a grade that was taken back is none any more.
                if sheet.reason_for and cells.get(OVERALL) == sheet.reason_for:
                    reason = self.text(field_name(subject.key, REASON), MAX_REASON)
                    reasons |= {subject.key: reason} if reason else {}
        for name in self.fields.keys() - known:
            self.forge(name)
        paper = Paper(
            grades,
            self.text(REMARK, self.rules.remarks),
            self.text(SIGNATURE, MAX_SIGNATURE if self.voting_class.signed else 0),
            reasons,
        )
        self._judge(paper)
        return paper

    def _choice(self, name: str, offered: set[str]) -> str | None:
        values = self.fields.get(name, [])
        if len(values) > 1 or not set(values) <= offered:
            self.forge(name)
            return None
        return values[0] if values else None

    def _card(self, sheet: Sheet, subject: str, names: list[str]) -> dict[str, str]:
        """Read one card; one's own is kept as 不了解, because it would name the voter."""
        offered = {level.key for level in sheet.levels} | {ABSTAIN, DONT_KNOW}
        own = {MYSELF} if sheet.people else set()
        alone = own if len(names) == 1 else set()
        whole_name = field_name(subject, WHOLE_CARD)
        whole = self._choice(whole_name, offered | own)
        cells = {}
        for name in names:
            chosen = self._choice(field_name(subject, name), offered | alone)
            if chosen is not None:
                cells[name] = DONT_KNOW if chosen == MYSELF else chosen
        if whole == MYSELF and cells:
            self.problems[whole_name] = message(
                "This card says that it is your own, and grades it as well: please undo one."
            )
        filling = DONT_KNOW if whole == MYSELF else whole
        return cells if filling is None else dict.fromkeys(names, filling) | cells

    def _judge(self, paper: Paper) -> None:
        if self.voting_class.signed and not paper.signature:
            self.problems.setdefault(
                SIGNATURE, message("This ballot is signed: please write your name.")
            )
        for sheet in self.rules.sheets_of(self.voting_class):
            most = quota_of(self.rules, sheet, self.voting_class)
            given = paper.top_grades(self.rules, sheet)
            is_hard = sheet.quota is not None and sheet.quota.rule is QuotaRule.HARD
            if is_hard and most is not None and given > most:
                self.problems[f"{QUOTA}.{sheet.key}"] = message(
                    "“%(sheet)s”: at most %(most)s overall grades may be “%(top)s”; you gave"
                    " %(given)s. Please change some.",
                    sheet=sheet.title,
                    top=sheet.levels[0].label,
                    most=most,
                    given=given,
                )


# --- judging and proving ------------------------------------------------------------------------


def treatment_of(
    rules: BallotRules, sheet: Sheet, voting_class: VotingClass, grades: Grades
) -> Treatment:
    """Return what becomes of one sheet of a ballot by its declared rules; the strictest one holds.

    Parameters
    ----------
    grades : dict
        Of the whole ballot.
    """
    validity = sheet.validity
    mine = {one.key: grades[one.key] for one in rules.of_sheet(sheet) if one.key in grades}
    if not mine:
        return validity.blank
    keys = {level.key for level in sheet.levels}
    cards = [set(cells.values()) & keys for cells in mine.values()]
    given = set().union(*cards)
    found = []
    # One person alone may well be equally good at everything; what is conspicuous is that all are.
    if len(given) == 1 and sum(bool(card) for card in cards) > 1:
        found.append(validity.all_same)
        if given == {sheet.levels[0].key}:
            found.append(validity.all_top)
    most = quota_of(rules, sheet, voting_class)
    if most is not None and Paper(mine).top_grades(rules, sheet) > most:
        found.append(validity.over_quota)
    return next((one for one in (Treatment.VOID, Treatment.FLAG) if one in found), Treatment.ACCEPT)


def canonical_ballot(class_key: str, grades: Grades, signature: str | None = None) -> str:
    """Write a ballot in the one form in which the root covers it."""
    content: dict[str, object] = {"class": class_key, "grades": grades}
    if signature is not None:
        content["signed_by"] = signature
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def root_of(
    definition_sha256: str,
    ballots: Iterable[str],
    receipts: Iterable[str],
    classes: Iterable[Mapping[str, object]],
) -> str:
    """Return the hash that the signed 汇总表 carries.

    Parameters
    ----------
    ballots : iterable of str
        As `canonical_ballot` writes them, in any order.
    receipts : iterable of str
        In any order.
    classes : iterable of mapping
        The counts of each class, in declared order.

    Returns
    -------
    str
        SHA-256 in hexadecimal over definition hash, sorted ballots, sorted receipts and the counts.
    """
    content = {
        "definition": definition_sha256,
        "ballots": sorted(ballots),
        "receipts": sorted(receipts),
        "classes": [dict(one) for one in classes],
    }
    written = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def merged_classes(rules: BallotRules, voted: Mapping[str, int]) -> dict[str, str]:
    """Return into which class each class goes when its ballots are written.

    A secret class that has voted with fewer ballots than the minimum joins the one that rates the
    same groups and has the fewest ballots besides; an empty one has nothing to hide.

    Parameters
    ----------
    voted : mapping of str to int
        Opened ballots of each class.
    """
    parts = {one.key: [one.key] for one in rules.classes}
    secret = [one for one in rules.classes if not one.signed and voted.get(one.key, 0)]

    def size(key: str) -> int:
        return sum(voted.get(part, 0) for part in parts[key])

    for one in reversed(secret):
        partners = [
            other.key
            for other in secret
            if other.key in parts and other is not one and other.rates == one.rates
        ]
        if one.key in parts and size(one.key) < rules.minimum.voting_class and partners:
            target = min(partners, key=size)
            parts[target] += parts.pop(one.key)
    return {part: target for target, members in parts.items() for part in members}

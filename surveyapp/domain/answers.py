"""Reading answers: from the fields of a form and from the cells of an imported row.

Both end in the same `Reply`, kept by level key. The form is strict about what a browser can send
and drops what skip logic has taken off the path; a file is strict about what it claims.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from surveyapp.domain.errors import InvalidAnswers
from surveyapp.domain.messages import Message, message
from surveyapp.domain.scales import Level
from surveyapp.domain.survey import (
    UNKNOWN,
    Definition,
    MatrixQuestion,
    MultipleQuestion,
    NumberQuestion,
    Question,
    TagsQuestion,
    TextQuestion,
    choices_of,
)

ANSWER_MISSING = message("Please choose an answer.")
TEXT_MISSING = message("Please fill this in.")
NOT_AN_OPTION = message("Please choose one of the answers shown.")
NOTHING_ANSWERED = message("Please answer at least one question.")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,6})?")


@dataclass(frozen=True, slots=True)
class Reply:
    """What one respondent said.

    Attributes
    ----------
    answers : dict
        By question key; level keys, lists of them, ``{row: level}``, text, decimal text.
    attributes : dict of str to str
        Level keys; an unknown attribute is absent.
    """

    answers: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)

    def chosen(self, key: str) -> frozenset[str]:
        """Return the levels chosen at a question of type scale, single, multiple or tags."""
        value = self.answers.get(key)
        if isinstance(value, list):
            return frozenset(value)
        return frozenset({value}) if isinstance(value, str) else frozenset()

    def levels(self) -> dict[str, str]:
        """Return level keys by field, matrix rows as ``question.row``."""
        levels: dict[str, str] = {}
        for key, value in self.answers.items():
            if isinstance(value, str):
                levels[key] = value
            elif isinstance(value, dict):
                levels.update({f"{key}.{row}": level for row, level in value.items()})
        return levels


def on_path(question: Question, reply: Reply) -> bool:
    """Whether skip logic shows the question, given the answers before it."""
    return all(not reply.chosen(key).isdisjoint(levels) for key, levels in question.show_if.items())


def field_names(definition: Definition) -> frozenset[str]:
    """Return every field a form of this definition can send."""
    names = {attribute.key for attribute in definition.asked_attributes}
    for question in definition.questions:
        if isinstance(question, MatrixQuestion):
            names.update(name for name, _ in question.fields())
        else:
            names.add(question.key)
    return frozenset(names)


def is_off_level(question: Question, reply: Reply, tag: str) -> bool:
    """Whether a tag belongs to another level than the one chosen."""
    if not isinstance(question, TagsQuestion):
        return False
    offered = question.tags.get(next(iter(reply.chosen(question.depends_on)), ""), ())
    return tag not in {level.key for level in offered}


def clean_text(value: str) -> str:
    """Return text as it is stored and counted: NFC, line feeds, no outer white space."""
    return unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("\r", "\n").strip()


# --- forms -------------------------------------------------------------------------------------


class _FormReader:
    def __init__(self, definition: Definition, fields: Mapping[str, Sequence[str]]) -> None:
        self.definition = definition
        self.fields = fields
        self.problems: dict[str, Message] = {}
        self.forged = False
        self.reply = Reply()

    def read(self) -> Reply:
        for name in sorted(set(self.fields) - field_names(self.definition)):
            self._forge(name, message("This form has no such field."))
        for question in self.definition.questions:
            if on_path(question, self.reply):
                self._question(question)
        for attribute in self.definition.asked_attributes:
            given = self._one(attribute.key)
            if given and not (given == UNKNOWN and attribute.unknown_allowed):
                level = attribute.find(given)
                if level is None:
                    self._forge(attribute.key, NOT_AN_OPTION)
                else:
                    self.reply.attributes[attribute.key] = level.key
            elif not given and not attribute.unknown_allowed:
                self.problems.setdefault(attribute.key, ANSWER_MISSING)
        if not self.problems and not self.reply.answers:
            first = self.definition.questions[0]
            self.problems[next(_names(first))] = NOTHING_ANSWERED
        if self.problems:
            raise InvalidAnswers(self.problems, forged=self.forged)
        return self.reply

    def _forge(self, name: str, reason: Message) -> None:
        self.problems[name] = reason
        self.forged = True

    def _one(self, name: str) -> str:
        """Return the only value of a field, empty where there is none."""
        values = [value for value in self.fields.get(name, ()) if value.strip()]
        if len(values) > 1:
            self._forge(name, message("Please give one answer here."))
            return ""
        return values[0].strip() if values else ""

    def _question(self, question: Question) -> None:
        if isinstance(question, MatrixQuestion):
            rows = {row.key: self._level(name, question) for name, row in question.fields()}
            value: Any = {row: level for row, level in rows.items() if level is not None}
        elif isinstance(question, MultipleQuestion | TagsQuestion):
            value = self._several(question)
        elif isinstance(question, TextQuestion):
            value = self._text(question)
        elif isinstance(question, NumberQuestion):
            value = self._number(question)
        else:
            value = self._level(question.key, question)
        if value:
            self.reply.answers[question.key] = value
        elif question.required and not isinstance(question, MatrixQuestion):
            is_choice = bool(choices_of(question))
            self.problems.setdefault(question.key, ANSWER_MISSING if is_choice else TEXT_MISSING)

    def _level(self, name: str, question: Question) -> str | None:
        given = self._one(name)
        if given and given not in {level.key for level in choices_of(question)}:
            self._forge(name, NOT_AN_OPTION)
        elif not given and question.required:
            self.problems.setdefault(name, ANSWER_MISSING)
        return given or None

    def _several(self, question: MultipleQuestion | TagsQuestion) -> list[str]:
        given = [value for value in self.fields.get(question.key, ()) if value.strip()]
        options = [level.key for level in question.options]
        if len(set(given)) < len(given) or not set(given) <= set(options):
            self._forge(question.key, NOT_AN_OPTION)
            return given
        chosen = [
            key for key in options if key in given and not is_off_level(question, self.reply, key)
        ]
        most = question.max_choices if isinstance(question, MultipleQuestion) else None
        if most is not None and len(chosen) > most:
            self.problems[question.key] = message("Please choose at most %(most)s.", most=most)
        return chosen

    def _text(self, question: TextQuestion) -> str:
        values = self.fields.get(question.key, ())
        if len(values) > 1:
            self._forge(question.key, message("Please give one answer here."))
            return ""
        text = clean_text(values[0]) if values else ""
        problem = _text_problem(question, text)
        if problem is not None:
            self.problems[question.key] = problem
        return text

    def _number(self, question: NumberQuestion) -> str:
        given = self._one(question.key)
        if not given:
            return ""
        number = _number_or_problem(question, given)
        if isinstance(number, Message):
            self.problems[question.key] = number
            return given
        return number


def read_form(definition: Definition, fields: Mapping[str, Sequence[str]]) -> Reply:
    """Read what a browser posted.

    Parameters
    ----------
    fields : mapping of str to sequence of str
        All values by field name, without the form's own hidden fields.

    Raises
    ------
    InvalidAnswers
        By field; `forged` where a browser showing this form could not have sent it.
    """
    return _FormReader(definition, fields).read()


# --- imported rows -----------------------------------------------------------------------------


def column_names(definition: Definition) -> frozenset[str]:
    """Return the columns a data file may have beside id, mode, subject, observed_on, weight."""
    every = {attribute.key for attribute in definition.attributes}
    return field_names(definition) | every


def read_cells(definition: Definition, cells: Mapping[str, str]) -> tuple[Reply, list[Message]]:
    """Read one row of a data file.

    Parameters
    ----------
    cells : mapping of str to str
        By column; an empty cell is not answered. Levels by key or code.

    Returns
    -------
    tuple
        The reply, and everything wrong with the row (the row counts only if that is empty).
    """
    reply = Reply()
    problems: list[Message] = []
    for attribute in definition.attributes:
        given = cells.get(attribute.key, "")
        if given and given != UNKNOWN:
            _add_level(problems, reply.attributes, attribute.key, attribute.levels, given)
        elif not attribute.unknown_allowed:
            problems.append(
                message("Column “%(column)s”: a value is needed here.", column=attribute.key)
            )
    for question in definition.questions:
        _read_question_cells(reply, problems, question, cells)
    if not reply.answers and not problems:
        problems.append(message("The row has no answer."))
    return reply, problems


def _read_question_cells(
    reply: Reply, problems: list[Message], question: Question, cells: Mapping[str, str]
) -> None:
    answers: dict[str, Any] = {}
    key = question.key
    given = cells.get(key, "")
    if isinstance(question, MatrixQuestion):
        rows: dict[str, str] = {}
        for name, row in question.fields():
            if cells.get(name, ""):
                _add_level(problems, rows, name, question.scale.levels, cells[name], row.key)
        if rows:
            answers[key] = rows
    elif not given:
        return
    elif isinstance(question, MultipleQuestion | TagsQuestion):
        answers[key] = _several_cells(reply, problems, question, given)
    elif isinstance(question, TextQuestion):
        text = clean_text(given)
        _note(problems, key, _text_problem(question, text))
        answers[key] = text
    elif isinstance(question, NumberQuestion):
        number = _number_or_problem(question, given)
        _note(problems, key, number if isinstance(number, Message) else None)
        answers[key] = number
    else:
        _add_level(problems, answers, key, choices_of(question), given)
    if answers and not on_path(question, reply):
        _note(problems, key, message("answered, although skip logic leaves the question out"))
    reply.answers.update(answers)


def _several_cells(
    reply: Reply,
    problems: list[Message],
    question: MultipleQuestion | TagsQuestion,
    given: str,
) -> list[str]:
    chosen: dict[str, str] = {}
    parts = [part.strip() for part in given.split(";") if part.strip()]
    for part in parts:
        _add_level(problems, chosen, question.key, question.options, part, part)
    keys = set(chosen.values())
    if len(keys) < len(chosen) or len(set(parts)) < len(parts):
        _note(problems, question.key, message("an option is named twice"))
    most = question.max_choices if isinstance(question, MultipleQuestion) else None
    if most is not None and len(keys) > most:
        _note(problems, question.key, message("more than %(most)s options", most=most))
    if any(is_off_level(question, reply, key) for key in keys):
        _note(problems, question.key, message("a tag belongs to another level than the one given"))
    return [level.key for level in question.options if level.key in keys]


def _add_level(
    problems: list[Message],
    into: dict[str, str],
    column: str,
    levels: Sequence[Level],
    given: str,
    key: str | None = None,
) -> None:
    """Translate a cell; a cell that is one level's code and another level's key is refused."""
    matches = {level.key for level in levels if given in (level.key, level.code)}
    if len(matches) == 1:
        into[column if key is None else key] = matches.pop()
    elif matches:
        _note(problems, column, message("“%(given)s” names two different levels", given=given))
    else:
        _note(problems, column, message("“%(given)s” is not among the levels", given=given[:80]))


def _note(problems: list[Message], column: str, reason: Message | None) -> None:
    if reason is not None:
        problems.append(message("Column “%(column)s”: %(reason)s.", column=column, reason=reason))


# --- shared ------------------------------------------------------------------------------------


def _names(question: Question) -> Iterator[str]:
    if isinstance(question, MatrixQuestion):
        yield from (name for name, _ in question.fields())
    else:
        yield question.key


def _text_problem(question: TextQuestion, text: str) -> Message | None:
    if _CONTROL.search(text):
        return message("the text has characters that cannot be stored; please type it again")
    if len(text) > question.max_chars:
        return message(
            "the text has %(n)s characters; please shorten it to %(most)s",
            n=len(text),
            most=question.max_chars,
        )
    return None


def _number_or_problem(question: NumberQuestion, given: str) -> str | Message:
    """Return canonical decimal text, or what is wrong with it."""
    typed = unicodedata.normalize("NFKC", given).strip()
    if not _NUMBER.fullmatch(typed):
        return message("please write a number in digits")
    number = Decimal(typed)
    if -int(number.as_tuple().exponent) > question.decimals:
        return message("please give at most %(n)s decimals", n=question.decimals)
    if question.minimum is not None and Fraction(number) < question.minimum:
        return message("please give %(least)s or more", least=_plain(question.minimum))
    if question.maximum is not None and Fraction(number) > question.maximum:
        return message("please give %(most)s or less", most=_plain(question.maximum))
    return f"{number:.{question.decimals}f}"


def _plain(number: Fraction) -> str:
    return str(int(number)) if number.denominator == 1 else str(float(number))

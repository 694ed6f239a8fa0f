"""Responses and indices as tables: columns, rows of values, and the codebook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum
from typing import Literal, TypeAlias
from uuid import UUID

from surveyapp.domain.answers import Reply
from surveyapp.domain.masking import masked
from surveyapp.domain.messages import Message, message
from surveyapp.domain.scales import Level
from surveyapp.domain.survey import (
    Definition,
    MatrixQuestion,
    MultipleQuestion,
    NumberQuestion,
    Question,
    TagsQuestion,
    TextQuestion,
    choices_of,
)
from surveyapp.domain.text import Language, Text
from surveyapp.language import translate
from surveyapp.storage.records import ResponseRecord

Value: TypeAlias = str | int | float | list[str] | None
Levels = Literal["key", "code", "label"]


class Content(StrEnum):
    """What the cells of a column are."""

    WORD = "word"
    TEXT = "text"
    NUMBER = "number"
    WHOLE = "whole"
    CHOICE = "choice"
    CHOICES = "choices"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an exported table.

    Attributes
    ----------
    levels : tuple of Level
        What a cell of `Content.CHOICE` or `Content.CHOICES` may be.
    """

    name: str
    title: str
    content: Content
    levels: tuple[Level, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with its heading; rows are made as they are asked for, so memory stays small."""

    title: str
    columns: tuple[Column, ...]
    rows: Iterable[Sequence[Value]]


def said(text: Text | Message, language: Language) -> str:
    """Return a text in the language of the file."""
    return text.in_language(language) if isinstance(text, Text) else translate(text, language)


class ResponseTable:
    """Responses as rows: the columns of the import format, without anything that names a response.

    Neither id nor receipt nor time leaves the system, and the order of the rows is that of keyed
    ids, which says nothing about who came first. ``row`` numbers the rows of this one file.

    Parameters
    ----------
    definitions : mapping of UUID to Definition
        Every revision with responses, the current one last.
    levels : {"key", "code", "label"}
        How levels are written. A column in which a code is also another level's key is written in
        keys even if codes are asked for: such a cell could not be read back.
    """

    def __init__(
        self,
        definitions: Mapping[UUID, Definition],
        *,
        levels: Levels,
        language: Language,
        timezone: tzinfo,
    ) -> None:
        self._definitions = definitions
        self._levels: Levels = levels
        self._language = language
        self._timezone = timezone
        self._names: dict[tuple[UUID, str], dict[str, str]] = {}
        newest_first = list(definitions.values())[::-1]
        self._attributes = _unique(self._attribute_columns(newest_first))
        self._questions = _unique(self._question_columns(newest_first))

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns: what the import format has, ``row`` before it and ``standing`` after it."""
        special = [
            ("row", message("Number of the row"), Content.WHOLE),
            ("mode", message("Mode of collection"), Content.WORD),
            ("subject", message("What is rated"), Content.WORD),
            ("observed_on", message("Day"), Content.WORD),
            ("weight", message("Weight"), Content.NUMBER),
        ]
        before = [Column(name, self._say(title), content) for name, title, content in special]
        standing = Column("standing", self._say(message("Standing")), Content.WORD)
        return (*before, *self._attributes, *self._questions, standing)

    def rows(self, responses: Iterable[ResponseRecord]) -> Iterator[list[Value]]:
        """Yield one row a response."""
        for number, response in enumerate(responses, start=1):
            yield self._row(number, response)

    def codebook(self) -> Sheet:
        """Return every level of every column."""
        titles = {
            "column": message("Column"),
            "title": message("Title"),
            "key": message("Key"),
            "code": message("Code"),
            "label": message("Label"),
            "points": message("Points"),
            "favourable": message("Favourable"),
            "unscored": message("Not scored"),
        }
        columns = tuple(
            Column(name, self._say(title), Content.WORD) for name, title in titles.items()
        )
        return Sheet(self._say(message("Codebook")), columns, list(self._codebook_rows()))

    def _codebook_rows(self) -> Iterator[list[Value]]:
        for column in (*self._attributes, *self._questions):
            for level in column.levels:
                yield [
                    column.name,
                    column.title,
                    level.key,
                    level.code,
                    level.label.in_language(self._language),
                    None if level.points is None else float(level.points),
                    int(level.favourable),
                    int(level.unscored),
                ]

    def _say(self, text: Text | Message) -> str:
        return said(text, self._language)

    def _attribute_columns(self, definitions: Sequence[Definition]) -> Iterator[Column]:
        for definition in definitions:
            for attribute in definition.attributes:
                yield Column(
                    attribute.key, self._say(attribute.title), Content.CHOICE, attribute.levels
                )

    def _question_columns(self, definitions: Sequence[Definition]) -> Iterator[Column]:
        for definition in definitions:
            for question in definition.questions:
                yield from self._columns_of(question)

    def _columns_of(self, question: Question) -> Iterator[Column]:
        title = self._say(question.title)
        match question:
            case MatrixQuestion():
                for name, row in question.fields():
                    heading = f"{title}: {self._say(row.title)}"
                    yield Column(name, heading, Content.CHOICE, question.scale.levels)
            case MultipleQuestion() | TagsQuestion():
                yield Column(question.key, title, Content.CHOICES, question.options)
            case TextQuestion():
                yield Column(question.key, title, Content.TEXT)
            case NumberQuestion():
                yield Column(question.key, title, Content.NUMBER)
            case _:
                yield Column(question.key, title, Content.CHOICE, choices_of(question))

    def _row(self, number: int, response: ResponseRecord) -> list[Value]:
        reply = Reply(response.answers, response.attributes)
        fields = reply.levels()
        revision = response.revision_id
        day = response.observed_on or response.received_at.astimezone(self._timezone).date()
        row: list[Value] = [
            number,
            response.mode,
            response.subject_key,
            day.isoformat(),
            response.weight or "1",
        ]
        for column in self._attributes:
            row.append(self._name(revision, column, response.attributes.get(column.name)))
        for column in self._questions:
            row.append(self._answer(revision, column, reply, fields))
        row.append(response.standing)
        return row

    def _answer(
        self, revision: UUID, column: Column, reply: Reply, fields: Mapping[str, str]
    ) -> Value:
        if column.content is Content.CHOICES:
            chosen = reply.answers.get(column.name)
            if not isinstance(chosen, list):
                return None
            return [self._name(revision, column, key) or key for key in chosen]
        given = fields.get(column.name)
        if given is None or column.content is Content.NUMBER:
            return given
        if column.content is Content.TEXT:
            return masked(given)
        return self._name(revision, column, given)

    def _name(self, revision: UUID, column: Column, key: str | None) -> str | None:
        """Write a level as the file wants it, by the revision the response belongs to."""
        if key is None:
            return None
        known = self._names.get((revision, column.name))
        if known is None:
            known = self._level_names(self._definitions[revision], column)
            self._names[revision, column.name] = known
        return known.get(key, key)

    def _level_names(self, definition: Definition, column: Column) -> dict[str, str]:
        own = [
            *self._attribute_columns([definition]),
            *self._question_columns([definition]),
        ]
        levels = next((one.levels for one in own if one.name == column.name), column.levels)
        if self._levels == "label":
            return {level.key: level.label.in_language(self._language) for level in levels}
        if self._levels == "code" and not _is_ambiguous(levels):
            return {level.key: level.code for level in levels}
        return {}


def _is_ambiguous(levels: Sequence[Level]) -> bool:
    """Whether a code is another level's key, or the code of two."""
    keys = {level.key: level for level in levels}
    codes = [level.code for level in levels]
    return len(set(codes)) < len(codes) or any(
        level.code in keys and keys[level.code] is not level for level in levels
    )


def _unique(columns: Iterable[Column]) -> tuple[Column, ...]:
    """Keep the first column of each name: that of the newest revision."""
    found: dict[str, Column] = {}
    for column in columns:
        found.setdefault(column.name, column)
    return tuple(found.values())

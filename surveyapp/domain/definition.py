"""Reading a definition: a document in, a `Definition` out, or every problem at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from surveyapp.domain.ballot_reading import KEYS, read_ballot, refuse_ballot_keys
from surveyapp.domain.errors import InvalidDefinition
from surveyapp.domain.messages import message
from surveyapp.domain.questions import read_levels, read_question
from surveyapp.domain.reading import LineOf, Path, Reader, as_key, jsonable
from surveyapp.domain.review import ReviewRules, read_review
from surveyapp.domain.scales import PRESETS, Scale
from surveyapp.domain.scoring import read_index
from surveyapp.domain.survey import (
    UNKNOWN,
    Attribute,
    Definition,
    Kind,
    LegalHead,
    Question,
    ScaleQuestion,
    SingleQuestion,
    Subject,
)
from surveyapp.domain.text import Text
from surveyapp.domain.weighting import read_weighting

MAX_QUESTIONS = 400
MAX_SUBJECTS = 5000
MAX_SUBJECT_TITLE = 200
RESERVED = frozenset(
    {"id", "mode", "subject", "observed_on", "weight", "csrf_token", "submission_key", "revision"}
    | {"lang", "by", "row", "standing"}
)
_KNOWN = frozenset(
    [
        "key",
        "kind",
        "title",
        "office",
        "purpose",
        "retention",
        "contact",
        "minutes",
        "statistical_project",
        "legal_head",
        "window",
        "minimum_group",
        "source",
        "adapt",
        "notes",
        "method_sample",
        "scales",
        "attributes",
        "subjects",
        "questions",
        "relevance_weights",
        "indices",
        "review",
        "weighting",
        *KEYS,
    ]
)
_LEGAL = ("form_number", "issued_by", "document", "approved_by", "approval_number", "valid_until")


def no_lines(_path: Path) -> int | None:
    """Know no line: for documents that were never a file."""
    return None


def parse_definition(document: Mapping[str, Any], *, line_of: LineOf = no_lines) -> Definition:
    """Read a definition document.

    Parameters
    ----------
    document : mapping
        As YAML or JSON gives it.
    line_of : callable
        Finds the line of a path in the file, for the problems.

    Raises
    ------
    InvalidDefinition
        With all problems at once.
    """
    return _DefinitionReader(line_of).read(document)


def sha256_of(document: Mapping[str, Any]) -> str:
    """Return the hash of a document: of its canonical JSON in UTF-8."""
    canonical = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


class _DefinitionReader:
    def __init__(self, line_of: LineOf) -> None:
        self.reader = Reader(line_of)

    def read(self, document: Any) -> Definition:
        reader = self.reader
        given = reader.mapping((), document, _KNOWN)
        kind = self._kind(given.get("kind"))
        is_ballot = kind is Kind.BALLOT
        scales = self._scales(given.get("scales"))
        attributes = self._attributes(given.get("attributes"))
        questions = () if is_ballot else self._questions(given.get("questions"), scales, attributes)
        subjects = self._subjects(given.get("subjects"), is_ballot=is_ballot)
        if not is_ballot:
            refuse_ballot_keys(reader, given)
        self._require_relevance(questions)
        window = reader.mapping(
            ("window",), given.get("window") or {}, frozenset({"opens_at", "closes_at"})
        )
        opens_at = reader.moment(("window", "opens_at"), window.get("opens_at"))
        closes_at = reader.moment(("window", "closes_at"), window.get("closes_at"))
        relevance_weights = self._relevance_weights(given.get("relevance_weights"))
        indices = []
        seen: set[str] = set()
        for path, entry in reader.items(("indices",), given.get("indices") or [], most=200):
            index = read_index(reader, path, entry, questions, relevance_weights)
            reader.unique(seen, path, index.key)
            indices.append(index)
        title = reader.title(("title",), given.get("title"))
        definition = Definition(
            key=reader.key(("key",), given.get("key"), "survey"),
            kind=kind,
            title=title,
            office=reader.text(("office",), given.get("office")),
            purpose=reader.text(("purpose",), given.get("purpose")),
            retention=reader.text(("retention",), given.get("retention")),
            contact=reader.text(("contact",), given.get("contact")),
            minutes=reader.whole(("minutes",), given.get("minutes"), least=1, most=120),
            statistical_project=reader.flag(
                ("statistical_project",), given.get("statistical_project"), default=False
            ),
            legal_head=self._legal_head(given.get("legal_head")),
            opens_at=opens_at,
            closes_at=closes_at,
            minimum_group=reader.whole(
                ("minimum_group",), given.get("minimum_group", 5), least=1, most=1000
            )
            or 5,
            source=reader.text(("source",), given.get("source")),
            adapt=reader.text(("adapt",), given.get("adapt")),
            notes=reader.text(("notes",), given.get("notes")),
            method_sample=reader.flag(
                ("method_sample",), given.get("method_sample"), default=False
            ),
            attributes=attributes,
            subjects=subjects,
            questions=questions,
            relevance_weights=relevance_weights,
            indices=tuple(indices),
            weighting=read_weighting(reader, given.get("weighting")),
            review=self._review(kind, given.get("review"), questions),
            ballot=read_ballot(reader, given, title, subjects, scales) if is_ballot else None,
            document=jsonable(document) if isinstance(document, Mapping) else {},
        )
        if reader.problems:
            raise InvalidDefinition(tuple(sorted(reader.problems, key=lambda one: one.line or 0)))
        return definition

    def _kind(self, value: Any) -> Kind:
        if value in {kind.value for kind in Kind}:
            return Kind(value)
        self.reader.refuse(
            ("kind",), message("The kind of a survey is “review”, “satisfaction” or “ballot”.")
        )
        return Kind.SATISFACTION

    def _scales(self, value: Any) -> dict[str, Scale]:
        scales = dict(PRESETS)
        if not isinstance(value or {}, Mapping):
            self.reader.refuse(("scales",), message("Expected a mapping of names to values here."))
            return scales
        for name, entry in (value or {}).items():
            path: Path = ("scales", str(name))
            key = self.reader.key(path, name)
            if key in PRESETS:
                self.reader.refuse(
                    path, message("“%(key)s” is a preset scale; choose another name.", key=key)
                )
            scales[key] = Scale(key, read_levels(self.reader, path, entry, least=2, most=21))
        return scales

    def _attributes(self, value: Any) -> tuple[Attribute, ...]:
        reader = self.reader
        attributes = []
        seen = set(RESERVED)
        for path, entry in reader.items(("attributes",), value or [], most=30):
            given = reader.mapping(
                path, entry, frozenset({"key", "title", "name", "levels", "unknown", "ask"})
            )
            key = reader.key((*path, "key"), given.get("key"))
            reader.unique(seen, (*path, "key"), key)
            if given.get("unknown") not in (None, "allowed", "refused"):
                reader.refuse(
                    (*path, "unknown"), message("“unknown” is either “allowed” or “refused”.")
                )
            levels = read_levels(reader, (*path, "levels"), given.get("levels"), least=1, most=1000)
            if any(UNKNOWN in (level.key, level.code) for level in levels):
                reader.refuse(
                    (*path, "levels"),
                    message("“unknown” is no level: write “unknown: allowed” instead."),
                )
            attributes.append(
                Attribute(
                    key=key,
                    title=reader.text((*path, "title"), given.get("title")) or _as_title(key),
                    levels=levels,
                    unknown_allowed=given.get("unknown") == "allowed",
                    asked=reader.flag((*path, "ask"), given.get("ask"), default=False),
                    name=reader.text((*path, "name"), given.get("name")),
                )
            )
        return tuple(attributes)

    def _questions(
        self, value: Any, scales: Mapping[str, Scale], attributes: tuple[Attribute, ...]
    ) -> tuple[Question, ...]:
        questions: list[Question] = []
        seen = {attribute.key for attribute in attributes} | RESERVED
        for path, entry in self.reader.items(
            ("questions",), value or [], least=1, most=MAX_QUESTIONS
        ):
            question = read_question(self.reader, path, entry, scales, questions)
            if question is not None:
                self.reader.unique(seen, (*path, "key"), question.key)
                questions.append(question)
        return tuple(questions)

    def _require_relevance(self, questions: tuple[Question, ...]) -> None:
        """Relevance may be asked before or after the item it belongs to."""
        by_key = {question.key: question for question in questions}
        for position, question in enumerate(questions):
            if isinstance(question, ScaleQuestion) and question.relevance is not None:
                target = by_key.get(question.relevance)
                if not isinstance(target, SingleQuestion | ScaleQuestion):
                    self.reader.refuse(
                        ("questions", position, "relevance"),
                        message("“relevance” names a question of type single or scale."),
                    )

    def _subjects(self, value: Any, *, is_ballot: bool) -> tuple[Subject, ...]:
        reader = self.reader
        known = {"key", "title", "unit"} | ({"group", "office"} if is_ballot else set())
        subjects = []
        seen: set[str] = set()
        for path, entry in reader.items(("subjects",), value or [], most=MAX_SUBJECTS):
            given = reader.mapping(path, entry, frozenset(known))
            key = reader.level_key((*path, "key"), given.get("key"))
            reader.unique(seen, (*path, "key"), key)
            title = reader.text((*path, "title"), given.get("title")) or _as_title(key)
            if max(len(title.zh), len(title.en)) > MAX_SUBJECT_TITLE:
                reader.refuse(
                    (*path, "title"),
                    message("This text is longer than %(most)s.", most=MAX_SUBJECT_TITLE),
                )
            unit = given.get("unit")
            subjects.append(Subject(key, title, None if unit is None else as_key(unit)))
        return tuple(subjects)

    def _relevance_weights(self, value: Any) -> dict[str, Fraction]:
        if not isinstance(value or {}, Mapping):
            self.reader.refuse(
                ("relevance_weights",), message("Expected a mapping of names to values here.")
            )
            return {}
        weights = {}
        for key, entry in (value or {}).items():
            path: Path = ("relevance_weights", as_key(key))
            weight = self.reader.number(path, entry)
            if weight is not None and not 0 <= weight <= 1:
                self.reader.refuse(path, message("A relevance weight lies between 0 and 1."))
            weights[as_key(key)] = weight or Fraction(0)
        return weights

    def _review(
        self, kind: Kind, value: Any, questions: tuple[Question, ...]
    ) -> ReviewRules | None:
        if kind is Kind.REVIEW:
            scales = {one.key: one.scale for one in questions if isinstance(one, ScaleQuestion)}
            return read_review(self.reader, value, scales)
        if value is not None:
            self.reader.refuse(
                ("review",), message("Only a survey of kind “review” has rules for reviews.")
            )
        return None

    def _legal_head(self, value: Any) -> LegalHead | None:
        if value is None:
            return None
        reader = self.reader
        given = reader.mapping(("legal_head",), value, frozenset(_LEGAL))
        texts = {
            name: reader.line(("legal_head", name), given.get(name))
            for name in _LEGAL
            if name != "valid_until"
        }
        valid_until = reader.day(("legal_head", "valid_until"), given.get("valid_until"))
        return None if valid_until is None else LegalHead(**texts, valid_until=valid_until)


def _as_title(key: str) -> Text:
    return Text.same(key)

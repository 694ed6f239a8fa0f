"""A revision as a form: made once, kept, and shown in either language.

Flask-WTF carries the token, the names and what was typed; which answers are right is decided by
`surveyapp.domain.answers` alone. The blocks below are what the template walks through. Elements
are known by short ids (``q3``, ``q3-2``), because the keys of a definition may repeat.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    Field,
    HiddenField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from surveyapp.domain.scales import Level
from surveyapp.domain.survey import (
    UNKNOWN,
    Attribute,
    Definition,
    MatrixQuestion,
    MultipleQuestion,
    NumberQuestion,
    Question,
    ScaleQuestion,
    SingleQuestion,
    TagsQuestion,
    TextQuestion,
    choices_of,
)
from surveyapp.domain.text import Text

_KEPT = 64
# What a page cannot hold is not shown again; the answer itself was refused because of it.
_NOT_HTML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")

Condition = tuple[frozenset[str], ...]
"""Ids of choices: of each set one must be chosen. Empty = always."""


class AnswerForm(FlaskForm):
    """What every public form carries beside the answers."""

    submission_key = HiddenField()
    revision = HiddenField()


@dataclass(frozen=True, slots=True)
class Choice:
    """One radio button or check box.

    Attributes
    ----------
    apart : bool
        Don't know and the like: shown apart from the scale.
    """

    id: str
    value: str
    label: Text | None
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One field: a question, or a row of a matrix."""

    id: str
    name: str
    attribute: str
    title: Text
    choices: tuple[Choice, ...] = ()

    @property
    def target(self) -> str:
        """Id of the control an error message points to."""
        return self.choices[0].id if self.choices else f"{self.id}-i"

    @property
    def levels(self) -> tuple[Choice, ...]:
        """Choices that are levels."""
        return tuple(choice for choice in self.choices if not choice.apart)

    @property
    def others(self) -> tuple[Choice, ...]:
        """Choices that stand apart."""
        return tuple(choice for choice in self.choices if choice.apart)


@dataclass(frozen=True, slots=True)
class Group:
    """The reasons that belong to one level."""

    id: str
    level: Text
    condition: Condition
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a question is asked only of some, in words: for browsers that cannot hide it."""

    number: int
    labels: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """One question as the page shows it."""

    id: str
    kind: str
    number: int
    title: Text
    hint: Text | None
    required: bool
    lines: tuple[Line, ...]
    groups: tuple[Group, ...] = ()
    condition: Condition = ()
    reasons: tuple[Reason, ...] = ()
    most: int | None = None
    unit: Text | None = None
    decimals: int = 0

    @property
    def most_hint(self) -> bool:
        """Whether the page has to say how many choices may be made: the hint says it otherwise."""
        return self.kind == "multiple" and self.most is not None and self.hint is None

    @property
    def line(self) -> Line:
        """The field of a question that has just one."""
        return self.lines[0]


@dataclass(frozen=True, slots=True)
class FormPlan:
    """A revision, ready to be shown."""

    form_class: type[AnswerForm]
    blocks: tuple[Block, ...]
    attributes: tuple[Block, ...]

    @property
    def conditions(self) -> Iterator[tuple[str, Condition]]:
        """Every element that is shown only sometimes, with its condition."""
        for block in self.blocks:
            if block.condition:
                yield block.id, block.condition
            for group in block.groups:
                yield group.id, group.condition

    @property
    def asked_of_all(self) -> int:
        """Number of questions that do not depend on another."""
        return sum(not block.condition for block in self.all_blocks)

    @property
    def all_blocks(self) -> tuple[Block, ...]:
        """Questions first, then what is asked about the respondent."""
        return self.blocks + self.attributes


class Plans:
    """Form plans by revision; a revision never changes, so a plan never goes stale."""

    def __init__(self) -> None:
        self._plans: dict[UUID, FormPlan] = {}

    def of(self, revision_id: UUID, definition: Definition) -> FormPlan:
        """Return the plan of a revision, made on first use."""
        plan = self._plans.get(revision_id)
        if plan is None:
            plan = plan_of(definition)
            if len(self._plans) >= _KEPT:
                self._plans.pop(next(iter(self._plans)), None)
            self._plans[revision_id] = plan
        return plan


def plan_of(definition: Definition) -> FormPlan:
    """Make the form class and the blocks of a definition."""
    planner = _Planner()
    for question in definition.questions:
        planner.add(question)
    attributes = tuple(
        _attribute_block(number, attribute)
        for number, attribute in enumerate(
            definition.asked_attributes, start=len(planner.blocks) + 1
        )
    )
    blocks = tuple(planner.blocks.values())
    fields: dict[str, Any] = {}
    for block in blocks + attributes:
        fields.update((line.attribute, _field(block, line)) for line in block.lines)
    return FormPlan(type("RevisionForm", (AnswerForm,), fields), blocks, attributes)


def bind(
    plan: FormPlan, *, key: UUID | str, revision: int | str, typed: Mapping[str, Sequence[str]]
) -> AnswerForm:
    """Return a form that holds what was typed, under a submission key."""
    formdata = MultiDict(
        [(name, _NOT_HTML.sub("", value)) for name, values in typed.items() for value in values]
        + [("submission_key", str(key)), ("revision", str(revision))]
    )
    return plan.form_class(formdata=formdata)


def _field(block: Block, line: Line) -> Any:
    """Return the unbound WTForms field of a line.

    The attribute is a neutral one (``f3_1``): a question may be called ``data`` or ``errors``.
    """
    common: dict[str, Any] = {"label": line.title.zh, "name": line.name, "id": line.target}
    choices = [SelectChoice(choice.value, choice.value) for choice in _all_choices(block, line)]
    match block.kind:
        case "text":
            return TextAreaField(**common)
        case "number":
            return StringField(**common)
        case "multiple" | "tags":
            return SelectMultipleField(choices=choices, validate_choice=False, **common)
        case _:
            return RadioField(choices=choices, validate_choice=False, **common)


def _all_choices(block: Block, line: Line) -> tuple[Choice, ...]:
    return line.choices + tuple(choice for group in block.groups for choice in group.choices)


@dataclass
class _Planner:
    blocks: dict[str, Block] = field(default_factory=dict)

    def add(self, question: Question) -> None:
        number = len(self.blocks) + 1
        block = Block(
            id=f"q{number}",
            kind=_KINDS[type(question)],
            number=number,
            title=question.title,
            hint=question.hint,
            required=question.required,
            lines=tuple(_lines(number, question)),
            condition=self._condition(question.show_if),
            reasons=tuple(
                Reason(self.blocks[key].number, self._labels(key, levels))
                for key, levels in question.show_if.items()
            ),
        )
        match question:
            case MultipleQuestion():
                block = replace(block, most=question.max_choices)
            case TextQuestion():
                block = replace(block, most=question.max_chars)
            case NumberQuestion():
                block = replace(block, unit=question.unit, decimals=question.decimals)
            case TagsQuestion():
                block = self._with_groups(block, question)
        self.blocks[question.key] = block

    def _condition(self, show_if: Mapping[str, Sequence[str]]) -> Condition:
        """Return what must hold, together with what must hold for the questions named."""
        every: list[frozenset[str]] = []
        for key, levels in show_if.items():
            target = self.blocks[key]
            every.extend(target.condition)
            every.append(
                frozenset(choice.id for choice in target.line.choices if choice.value in levels)
            )
        return tuple(dict.fromkeys(every))

    def _labels(self, key: str, levels: Sequence[str]) -> tuple[Text, ...]:
        choices = self.blocks[key].line.choices
        return tuple(choice.label for choice in choices if choice.value in levels and choice.label)

    def _with_groups(self, block: Block, question: TagsQuestion) -> Block:
        target = self.blocks[question.depends_on]
        groups = []
        first = 1
        for number, choice in enumerate(target.line.choices, start=1):
            tags = question.tags.get(choice.value, ())
            if tags:
                groups.append(
                    Group(
                        f"{block.id}-g{number}",
                        choice.label or Text.same(choice.value),
                        (frozenset({choice.id}),),
                        tuple(_choices(block.id, tags, first)),
                    )
                )
                first += len(tags)
        with_tags = self._condition({question.depends_on: tuple(question.tags)})
        condition = tuple(dict.fromkeys(block.condition + with_tags))
        return replace(block, groups=tuple(groups), condition=condition)


_KINDS: dict[type[Question], str] = {
    ScaleQuestion: "scale",
    MatrixQuestion: "matrix",
    SingleQuestion: "single",
    MultipleQuestion: "multiple",
    TagsQuestion: "tags",
    TextQuestion: "text",
    NumberQuestion: "number",
}


def _lines(number: int, question: Question) -> Iterator[Line]:
    if isinstance(question, MatrixQuestion):
        for position, (name, row) in enumerate(question.fields(), start=1):
            ident = f"q{number}-r{position}"
            choices = tuple(_choices(ident, question.scale.levels))
            yield Line(ident, name, f"f{number}_{position}", row.title, choices)
        return
    ident = f"q{number}"
    levels = () if isinstance(question, TagsQuestion) else choices_of(question)
    yield Line(ident, question.key, f"f{number}", question.title, tuple(_choices(ident, levels)))


def _choices(ident: str, levels: Sequence[Level], first: int = 1) -> Iterator[Choice]:
    for position, level in enumerate(levels, start=first):
        yield Choice(f"{ident}-{position}", level.key, level.label, apart=level.unscored)


def _attribute_block(number: int, attribute: Attribute) -> Block:
    ident = f"q{number}"
    choices = list(_choices(ident, attribute.levels))
    if attribute.unknown_allowed:
        choices.append(Choice(f"{ident}-{len(choices) + 1}", UNKNOWN, None, apart=True))
    line = Line(ident, attribute.key, f"f{number}", attribute.title, tuple(choices))
    return Block(
        ident,
        "single",
        number,
        attribute.title,
        None,
        required=not attribute.unknown_allowed,
        lines=(line,),
    )


def typed_in(form: AnswerForm, line: Line) -> Any:
    """Return what a form holds for a line: text, a level key or None, or a list of keys."""
    bound: Field = form[line.attribute]
    return bound.data

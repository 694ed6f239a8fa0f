"""The template of an evaluation: reading it from a file, and from where it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surveyapp.domain.ballot import BallotRules
from surveyapp.domain.definition import parse_definition, sha256_of
from surveyapp.domain.errors import BadInput
from surveyapp.domain.evaluation import MAX_KEY, filled, template_of
from surveyapp.domain.messages import message
from surveyapp.domain.survey import Definition, Kind
from surveyapp.domain.text import Text
from surveyapp.services.ballots.desk import rules_of
from surveyapp.services.definition_files import read_definition


@dataclass(frozen=True, slots=True)
class EvaluationTemplate:
    """A template that was read.

    Attributes
    ----------
    document : mapping
        Without those who are rated and without numbers of voters; this is what is frozen.
    definition : Definition
        The same with somebody in each group: for its title and its rules.
    """

    document: Mapping[str, Any]
    definition: Definition
    sha256: str

    @property
    def key(self) -> str:
        """The key of the evaluation."""
        return self.definition.key

    @property
    def rules(self) -> BallotRules:
        """The rules all meetings have in common."""
        return rules_of(self.definition)


def read_template(
    data: bytes, name: str, *, key: str | None = None, title: Text | None = None
) -> EvaluationTemplate:
    """Read a template: a definition of a ballot; its subjects and rolls are left out.

    Parameters
    ----------
    key, title : optional
        Take the place of those in the file.

    Raises
    ------
    BadInput, InvalidDefinition
        As of `read_definition`; it is no ballot; its key is too long.
    """
    kept: list[dict[str, Any]] = []

    def adapt(content: Any) -> Any:
        if not isinstance(content, Mapping):
            return content
        if content.get("kind") != Kind.BALLOT:
            raise _no_ballot()
        given = {**content, **({} if key is None else {"key": key})}
        if title is not None:
            given["title"] = {"zh": title.zh, "en": title.en}
        kept.append(template_of(given))
        return filled(kept[0])

    definition = read_definition(data, name, adapt=adapt)
    if not kept:
        raise _no_ballot()
    return _template(kept[0], definition)


def _no_ballot() -> BadInput:
    return BadInput(message("The template of an evaluation is a definition of kind “ballot”."))


def stored_template(document: Mapping[str, Any]) -> EvaluationTemplate:
    """Return a template as it is stored, with its rules."""
    return _template(document, parse_definition(filled(document)))


def _template(document: Mapping[str, Any], definition: Definition) -> EvaluationTemplate:
    if len(definition.key) > MAX_KEY:
        raise BadInput(message("The key of an evaluation has at most %(n)s characters.", n=MAX_KEY))
    return EvaluationTemplate(document, definition, sha256_of(document))

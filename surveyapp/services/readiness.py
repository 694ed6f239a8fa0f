"""What a draft lacks before it is put in use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from surveyapp.domain.messages import Message, message
from surveyapp.domain.survey import Definition


@dataclass(frozen=True, slots=True)
class Lacking:
    """One thing a draft lacks; `blocks` where it cannot be put in use without."""

    message: Message
    blocks: bool


def lacking(definition: Definition, *, has_place: bool) -> tuple[Lacking, ...]:
    """Return everything a draft lacks, what blocks it first.

    Parameters
    ----------
    has_place : bool
        Whether there is a code that leads to the survey.
    """
    found = _lacking(definition, has_place)
    return tuple(sorted(found, key=lambda one: not one.blocks))


def _lacking(definition: Definition, has_place: bool) -> Iterator[Lacking]:
    if definition.statistical_project and definition.legal_head is None:
        yield Lacking(message("The legal head of the statistical survey project"), blocks=True)
    if definition.office is None:
        yield Lacking(message("The office that asks"), blocks=False)
    if definition.purpose is None:
        yield Lacking(message("What the survey is for"), blocks=False)
    if definition.retention is None:
        yield Lacking(message("How long answers are kept"), blocks=False)
    if definition.ballot is not None:
        for one in definition.ballot.too_small():
            yield Lacking(
                message("The class “%(key)s” is too small to be secret", key=one.key), blocks=True
            )
        return
    if definition.contact is None:
        yield Lacking(message("Whom citizens can ask"), blocks=False)
    if not definition.indices:
        yield Lacking(message("An index: without one there are shares but no score"), blocks=False)
    if not has_place:
        yield Lacking(message("A place: without a code nobody can answer"), blocks=False)

"""What would be different: other class weights, without flagged ballots, with the void ones.

The declared rules give the result; these are for whoever has to judge how firmly it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final

from surveyapp.domain.ballot import BallotSubject
from surveyapp.domain.messages import Message, message
from surveyapp.services.ballots.figures import (
    ClassScoreLine,
    CountedClass,
    GroupResult,
    shown,
)

SHIFT: Final = Fraction(5)
"""Points of weight by which each class is moved up and down."""


class Variation(StrEnum):
    """What is different."""

    WEIGHT = "weight"
    WITHOUT_FLAGGED = "without_flagged"
    WITH_VOID = "with_void"


@dataclass(frozen=True, slots=True)
class Move:
    """A subject whose rank would be another one; None where it would have none."""

    subject: BallotSubject
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Variant:
    """The group under one variation.

    Attributes
    ----------
    voting_class : CountedClass or None
        Whose weight is moved, in `Variation.WEIGHT`.
    weight : Fraction or None
        Its new weight in percent.
    scores : tuple of Fraction or None
        In the order of the subjects.
    moves : tuple of Move
        In the order of the declared ranks.
    largest : Fraction
        The largest change of a score, in points.
    """

    variation: Variation
    voting_class: CountedClass | None
    weight: Fraction | None
    scores: tuple[Fraction | None, ...]
    moves: tuple[Move, ...]
    largest: Fraction


def variants(classes: Sequence[CountedClass], group: GroupResult) -> tuple[Variant, ...]:
    """Compute a group anew under each variation that can change anything.

    Parameters
    ----------
    classes : sequence of CountedClass
        All of the ballot: the others give up or take over weight in proportion to theirs.

    Returns
    -------
    tuple of Variant
        First the weights, class by class, up then down; then flagged and void ballots, where there
        are any that make a difference.
    """
    if all(one.score is None for one in group.subjects):
        return ()
    scoring = {line.key for one in group.subjects for line in one.classes if line.value is not None}
    raters = [one for one in classes if one.key in scoring]
    found = []
    if len(raters) > 1:
        for one in raters:
            for weight in (one.weight + SHIFT, one.weight - SHIFT):
                if 0 < weight < 100:
                    scores = _reweighted(_shifted(classes, one, weight), group)
                    found.append(_variant(Variation.WEIGHT, group, scores, one, weight))
    for variation, other in (
        (Variation.WITHOUT_FLAGGED, [one.without_flagged for one in group.subjects]),
        (Variation.WITH_VOID, [one.with_void for one in group.subjects]),
    ):
        if other != [one.score for one in group.subjects]:
            found.append(_variant(variation, group, other, None, None))
    return tuple(found)


def _shifted(
    classes: Iterable[CountedClass], moved: CountedClass, weight: Fraction
) -> dict[str, Fraction]:
    """Give one class a weight and scale the others so that the total stays 100."""
    scale = (100 - weight) / (100 - moved.weight)
    return {one.key: weight if one.key == moved.key else one.weight * scale for one in classes}


def _reweighted(weights: Mapping[str, Fraction], group: GroupResult) -> list[Fraction | None]:
    return [None if one.score is None else _mean(weights, one.classes) for one in group.subjects]


def _mean(weights: Mapping[str, Fraction], lines: Sequence[ClassScoreLine]) -> Fraction:
    """Combine the classes that have a mean: all of them, unless the rules renormalise."""
    given = [(weights[one.key], one.value) for one in lines if one.value is not None]
    total = sum((weight for weight, _value in given), Fraction(0))
    return sum((weight * value for weight, value in given), Fraction(0)) / total


def _variant(
    variation: Variation,
    group: GroupResult,
    scores: Sequence[Fraction | None],
    voting_class: CountedClass | None,
    weight: Fraction | None,
) -> Variant:
    known = [score for score in scores if score is not None]
    moves = []
    largest = Fraction(0)
    for one, score in zip(group.subjects, scores, strict=True):
        rank = None if score is None else 1 + sum(other > score for other in known)
        if rank != one.rank:
            moves.append(Move(one.subject, one.rank, rank))
        if score is not None and one.score is not None:
            largest = max(largest, abs(score - one.score))
    moves.sort(key=lambda move: (move.before is None, move.before or 0))
    return Variant(variation, voting_class, weight, tuple(scores), tuple(moves), largest)


def variant_sentences(found: Sequence[Variant]) -> tuple[Message, ...]:
    """Say whether ranks depend on the weights of the classes or on conspicuous ballots."""
    if found and len(found[0].scores) < 2:
        return tuple(_of_one(found))
    return (*_of_weights(found), *_of_ballots(found))


def _of_one(found: Sequence[Variant]) -> Iterator[Message]:
    """Say how far the score of somebody moves who has no rank to lose."""
    weights = [one.largest for one in found if one.variation is Variation.WEIGHT]
    if weights:
        yield message(
            "Moving the weight of one class by %(shift)s points moves the score by %(largest)s"
            " points at most.",
            shift=f"{float(SHIFT):g}",
            largest=shown(max(weights), 1),
        )
    for one in found:
        if one.variation is Variation.WITHOUT_FLAGGED:
            yield message(
                "Without flagged ballots the score would move by %(largest)s points.",
                largest=shown(one.largest, 1),
            )
        elif one.variation is Variation.WITH_VOID:
            yield message(
                "If the void ballots counted, the score would move by %(largest)s points.",
                largest=shown(one.largest, 1),
            )


def _of_weights(found: Sequence[Variant]) -> Iterator[Message]:
    weights = [one for one in found if one.variation is Variation.WEIGHT]
    if not weights:
        return
    values = {
        "shift": f"{float(SHIFT):g}",
        "largest": shown(max(one.largest for one in weights), 1),
    }
    changing = sum(bool(one.moves) for one in weights)
    if changing:
        yield message(
            "Moving the weight of one class by %(shift)s points changes ranks in %(n)s of %(of)s"
            " cases: the order rests on the weights. Scores move by %(largest)s points at most.",
            n=changing,
            of=len(weights),
            **values,
        )
    else:
        yield message(
            "Moving the weight of one class by %(shift)s points changes no rank; scores move by"
            " %(largest)s points at most.",
            **values,
        )


def _of_ballots(found: Sequence[Variant]) -> Iterator[Message]:
    for one in found:
        largest = shown(one.largest, 1)
        n = len(one.moves)
        if one.variation is Variation.WITHOUT_FLAGGED and n:
            yield message(
                "Without flagged ballots %(n)s ranks would be others; scores would move by"
                " %(largest)s points at most.",
                n=n,
                largest=largest,
            )
        elif one.variation is Variation.WITHOUT_FLAGGED:
            yield message(
                "Without flagged ballots every rank would be the same; scores would move by"
                " %(largest)s points at most.",
                largest=largest,
            )
        elif one.variation is Variation.WITH_VOID and n:
            yield message(
                "If the void ballots counted, %(n)s ranks would be others; scores would move by"
                " %(largest)s points at most.",
                n=n,
                largest=largest,
            )
        elif one.variation is Variation.WITH_VOID:
            yield message(
                "If the void ballots counted, every rank would be the same; scores would move by"
                " %(largest)s points at most.",
                largest=largest,
            )


def variant_title(one: Variant) -> Message:
    """Name a variation."""
    if one.voting_class is not None:
        return message(
            "“%(name)s” with %(weight)s %% instead of %(declared)s %%",
            name=one.voting_class.title,
            weight=shown(one.weight, 1),
            declared=shown(one.voting_class.weight, 1),
        )
    if one.variation is Variation.WITHOUT_FLAGGED:
        return message("without flagged ballots")
    return message("with the void ballots")


def move_words(move: Move) -> Message:
    """Say how the rank of a subject changes."""
    if move.before is None:
        return message("%(name)s: no rank → %(after)s", name=move.subject.title, after=move.after)
    if move.after is None:
        return message(
            "%(name)s: %(before)s → no rank", name=move.subject.title, before=move.before
        )
    return message(
        "%(name)s: %(before)s → %(after)s",
        name=move.subject.title,
        before=move.before,
        after=move.after,
    )

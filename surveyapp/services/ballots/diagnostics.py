"""Diagnostics of an opened vote: against impression scoring and favour-balancing.

They lead to a look by people who know the case, never to a ballot that is struck out: nothing here
changes a result, and no figure is about one ballot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from surveyapp.domain.ballot import Sheet
from surveyapp.domain.messages import Message, message
from surveyapp.services.ballots.counting import CountedSheet, counted_vote
from surveyapp.services.ballots.diagnostic_figures import (
    GroupFigures,
    SheetSigns,
    Sign,
    group_figures,
    sheet_signs,
    sign_of,
)
from surveyapp.services.ballots.diagnostic_words import counted, group_sentences, sheet_sentences
from surveyapp.services.ballots.figures import (
    BallotResult,
    ClassCounts,
    CountedClass,
    GroupResult,
    OpenedBallots,
)
from surveyapp.services.ballots.results import BallotResults, result_of
from surveyapp.services.ballots.sensitivity import Variant, variant_sentences, variants


@dataclass(frozen=True, slots=True)
class GroupDiagnosis:
    """One group of subjects.

    Attributes
    ----------
    figures : GroupFigures or None
        None where too few valid ballots could rate the group, or the vote does not stand.
    variants : tuple of Variant
        What other weights, flagged and void ballots would change.
    sentences : tuple of Message
        What to know, the most important first.
    """

    result: GroupResult
    figures: GroupFigures | None
    variants: tuple[Variant, ...]
    sentences: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class SheetDiagnosis:
    """One sheet.

    Attributes
    ----------
    signs : SheetSigns or None
        None where too few ballots came.
    """

    sheet: Sheet
    classes: tuple[CountedClass, ...]
    signs: SheetSigns | None
    sentences: tuple[Message, ...]
    groups: tuple[GroupDiagnosis, ...]


@dataclass(frozen=True, slots=True)
class PaceLine:
    """How fast the ballots of a class were given, or of all classes where they are shown together.

    Attributes
    ----------
    voting_class : CountedClass or None
        None for all together.
    fast : Sign
        Ballots given faster than anybody reads.
    """

    voting_class: CountedClass | None
    fast: Sign


@dataclass(frozen=True, slots=True)
class BallotDiagnosis:
    """Everything the page of diagnostics says.

    Attributes
    ----------
    paces : tuple of PaceLine
        All together, then each class that is large enough; empty where no ballot was timed.
    pace_sentence : Message or None
        The same in words.
    """

    result: BallotResult
    sheets: tuple[SheetDiagnosis, ...]
    paces: tuple[PaceLine, ...]
    pace_sentence: Message | None


class BallotDiagnostics:
    """Use cases of whoever judges how a vote went."""

    def __init__(self, results: BallotResults) -> None:
        self._results = results

    def diagnosis(self, key: str) -> BallotDiagnosis:
        """Return the diagnostics of a vote whose urn is open.

        Raises
        ------
        NotFound, Conflict
            No such survey; it is no ballot; its urn is not open.
        """
        return diagnosis_of(self._results.opened(key))


def diagnosis_of(opened: OpenedBallots) -> BallotDiagnosis:
    """Compute the diagnostics of a vote."""
    vote = counted_vote(opened)
    result = result_of(opened)
    rules, least = vote.rules, vote.rules.minimum.voting_class
    sheets = []
    for one, sheet_result in zip(vote.sheets, result.sheets, strict=True):
        groups = tuple(_group(result, one, group) for group in sheet_result.groups)
        is_shown = any(group.figures is not None for group in groups)
        signs = sheet_signs(rules, one) if is_shown else None
        sheets.append(
            SheetDiagnosis(
                one.sheet,
                one.classes,
                signs,
                () if signs is None else sheet_sentences(signs, least),
                groups,
            )
        )
    paces = _paces(vote.classes, opened.classes, least)
    return BallotDiagnosis(result, tuple(sheets), paces, _pace_sentence(paces, least))


def _group(result: BallotResult, counted: CountedSheet, group: GroupResult) -> GroupDiagnosis:
    if all(one.withheld for one in group.subjects):
        return GroupDiagnosis(group, None, (), ())
    figures = group_figures(result.rules, counted, group.group)
    found = variants(result.classes, group)
    titles = {one.key: one.title for one in result.classes}
    return GroupDiagnosis(
        group,
        figures,
        found,
        (
            *group_sentences(figures, titles, is_scored=not counted.sheet.shares_only),
            *variant_sentences(found),
        ),
    )


def _paces(
    classes: Sequence[CountedClass], counts: Sequence[ClassCounts], least: int
) -> tuple[PaceLine, ...]:
    """Count fast ballots; by class where no class would tell about a few people."""
    timed = {one.key: one.paces for one in counts if sum(one.paces)}
    if not timed:
        return ()
    fast = {key: pace[0] for key, pace in timed.items()}
    size = {key: sum(pace) for key, pace in timed.items()}
    whole = PaceLine(None, sign_of(sum(fast.values()), sum(size.values()), least))
    lines = [
        PaceLine(one, sign_of(fast[one.key], size[one.key], least))
        for one in classes
        if one.key in timed
    ]
    # A class that is left out, or whose few are not said, is what the others leave of the whole.
    is_open = all(line.fast.n is not None and line.fast.of >= least for line in lines)
    return (whole, *lines) if is_open and len(lines) > 1 else (whole,)


def _pace_sentence(paces: Sequence[PaceLine], least: int) -> Message | None:
    if not paces:
        return None
    if paces[0].fast.n == 0:
        return message("No ballot was given faster than it can be read.")
    return message(
        "Given faster than it can be read: %(counted)s.", counted=counted(paces[0].fast, least)
    )

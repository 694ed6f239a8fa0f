"""What citizens said about a unit: comments the office released, and the reasons they ticked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Final

from surveyapp.domain.answers import Reply
from surveyapp.domain.masking import masked
from surveyapp.domain.periods import Period
from surveyapp.domain.survey import Definition, TagsQuestion, TextQuestion, choices_of
from surveyapp.domain.text import Text
from surveyapp.services.definitions import DefinitionCache
from surveyapp.storage.database import Work
from surveyapp.storage.surveys import SurveyRepository
from surveyapp.storage.voices import ReleasedReview, VoiceRepository

LEAST: Final = 5
"""Reviews from which on something is said of them, and ticks from which on a reason is."""

MOST_COMMENTS: Final = 4
MOST_REASONS: Final = 5


@dataclass(frozen=True, slots=True)
class Voices:
    """What citizens said.

    Attributes
    ----------
    n : int
        Released reviews in the period; nothing is said where they are too few.
    comments : tuple of str
        Chosen for the public by the office, numbers that name a person masked.
    reasons : tuple of (Text, int)
        Ticked often enough, the most frequent first.
    """

    n: int = 0
    comments: tuple[str, ...] = ()
    reasons: tuple[tuple[Text, int], ...] = ()


def voices_by_unit(
    work: Work,
    definitions: DefinitionCache,
    units: Mapping[str, frozenset[str]],
    period: Period,
    timezone: tzinfo,
) -> dict[str, Voices]:
    """Return what citizens said about each unit in a period.

    Parameters
    ----------
    units : mapping of str to frozenset of str
        Each unit with the codes of everything below it.
    """
    reader = _Reader(work, definitions)
    every = frozenset(code for below in units.values() for code in below)
    reviews = _reviews(work, every, period, timezone)
    return {
        unit: _voices([one for one in reviews if one.unit_code in below], reader)
        for unit, below in units.items()
    }


def _reviews(
    work: Work, codes: frozenset[str], period: Period, timezone: tzinfo
) -> Sequence[ReleasedReview]:
    first = datetime.combine(period.first_day, time.min, timezone)
    end = datetime.combine(period.last_day + timedelta(days=1), time.min, timezone)
    return VoiceRepository(work).of(codes, first, end)


class _Reader:
    """Reads reviews by the definition each was given under."""

    def __init__(self, work: Work, definitions: DefinitionCache) -> None:
        self._work = work
        self._definitions = definitions

    def definition(self, review: ReleasedReview) -> Definition:
        """Return the definition of a review."""
        known = self._definitions.find(review.revision_id)
        surveys = SurveyRepository(self._work)
        return known or self._definitions.read(surveys.revision(review.revision_id))

    def reasons(self, review: ReleasedReview) -> list[tuple[str, Text]]:
        """Return the reasons ticked, as (key, label)."""
        reply = Reply(review.answers, {})
        return [
            (choice.key, choice.label)
            for question in self.definition(review).questions
            if isinstance(question, TagsQuestion)
            for choice in choices_of(question)
            if choice.key in reply.chosen(question.key)
        ]

    def comment(self, review: ReleasedReview) -> str:
        """Return what was written, without numbers that name a person."""
        written = [
            str(review.answers.get(question.key, ""))
            for question in self.definition(review).questions
            if isinstance(question, TextQuestion)
        ]
        return masked(" ".join(" ".join(text.split()) for text in written if text))


def _voices(reviews: Sequence[ReleasedReview], reader: _Reader) -> Voices:
    if len(reviews) < LEAST:
        return Voices(len(reviews))
    labels: dict[str, Text] = {}
    ticks: Counter[str] = Counter()
    for review in reviews:
        for key, label in reader.reasons(review):
            labels[key] = label
            ticks[key] += 1
    often = sorted((-n, key) for key, n in ticks.items() if n >= LEAST)
    return Voices(
        n=len(reviews),
        comments=tuple(_comments(reviews, reader))[:MOST_COMMENTS],
        reasons=tuple((labels[key], -n) for n, key in often)[:MOST_REASONS],
    )


def _comments(reviews: Iterable[ReleasedReview], reader: _Reader) -> Iterable[str]:
    for review in reviews:
        text = reader.comment(review) if review.is_public else ""
        if text:
            yield text

"""The ranking of what a survey rates, by each index: places, how sure they are, and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from surveyapp.domain.letters import band_letter
from surveyapp.domain.messages import Message, message
from surveyapp.domain.survey import Subject
from surveyapp.domain.text import Text
from surveyapp.services.results.figures import Figure, IndexRow
from surveyapp.services.results.index_figures import PooledIndex
from surveyapp.services.results.portions import CONFIDENCE
from surveyapp.services.results.sample import Domain, Sample
from surveyapp.stats.arrays import Matrix
from surveyapp.stats.control import IMPLAUSIBLE
from surveyapp.stats.rank_probabilities import DRAWS
from surveyapp.stats.ranking import (
    LeftOut,
    Place,
    Ranking,
    cautious_se,
    rank_units,
    shared_ranks,
)

MOST_RANKED = 200
"""More subjects are not ranked: the work grows with the third power of their number."""

MOST_CORRELATED = 30
"""Up to so many subjects the covariances that calibrated weights bring are counted in: they are
small, and the work grows with the square of the subjects for every cell."""

SEED = 20_200_101
"""Of the draws: a page shows the same probabilities each time it is read."""

REASONS = {
    LeftOut.NO_VALUE: message("no valid response"),
    LeftOut.TOO_FEW: message("too few responses to be ranked"),
    LeftOut.NO_ERROR: message("no margin of error, not ranked"),
}


@dataclass(frozen=True, slots=True)
class RankedSubject:
    """One subject in the ranking of an index.

    Attributes
    ----------
    figure : Figure
        In index points.
    se : float or None
        The standard error the rank rests on: that of the figure or, where all answers are equal,
        a cautious one.
    is_bounded : bool
        Whether it is the cautious one.
    place : Place or None
        None where it has no rank.
    left_out : LeftOut or None
        Why it has none.
    alike : tuple of str
        Keys of the subjects it cannot be told apart from, best first.
    said : Message
        In words: whom it cannot be told apart from, or why it has no rank.
    share : Figure or None
        满意率, 0 to 1.
    share_rank : int or None
        Rank by the lower end of the interval of the share.
    """

    subject: Subject
    figure: Figure
    se: float | None
    is_bounded: bool
    place: Place | None
    left_out: LeftOut | None
    alike: tuple[str, ...]
    said: Message
    share: Figure | None
    share_rank: int | None

    @property
    def bands(self) -> str:
        """The bands as letters, A for the best."""
        return (
            "" if self.place is None else " ".join(band_letter(band) for band in self.place.bands)
        )


@dataclass(frozen=True, slots=True)
class IndexRanking:
    """The ranking of all subjects by one index.

    Attributes
    ----------
    revision : int or None
        As in `IndexRow`.
    subjects : tuple of RankedSubject
        Best first, then those without a rank; empty where there are too many.
    sentences : tuple of Message
        What may be said of the order, and what may not.
    draws : int or None
        Of the probabilities; None where they are computed without.
    """

    key: str
    title: Text
    revision: int | None
    subjects: tuple[RankedSubject, ...]
    sentences: tuple[Message, ...]
    draws: int | None = None
    confidence: float = CONFIDENCE

    @property
    def ranked(self) -> tuple[tuple[RankedSubject, Place], ...]:
        """Those with a rank, best first."""
        return tuple((one, one.place) for one in self.subjects if one.place is not None)

    @property
    def has_shares(self) -> bool:
        """Whether anybody has a rank by 满意率."""
        return any(one.share_rank is not None for one in self.subjects)

    @property
    def has_bounded(self) -> bool:
        """Whether a rank rests on a cautious standard error."""
        return any(one.is_bounded for one, _ in self.ranked)

    @property
    def comparisons(self) -> int:
        """Pairs that Holm's correction is for."""
        return len(self.ranked) * (len(self.ranked) - 1) // 2


def index_rankings(
    sample: Sample, indices: Sequence[PooledIndex], rows: Sequence[IndexRow], minimum_group: int
) -> tuple[IndexRanking, ...]:
    """Rank the subjects by each index.

    Parameters
    ----------
    sample : Sample
        What the rows were computed from.
    indices : sequence of PooledIndex
        As for the rows.
    rows : sequence of IndexRow
        All rows; those of a subject without a group are ranked.
    minimum_group : int
        Subjects with fewer respondents get no rank.

    Returns
    -------
    tuple of IndexRanking
        One for each index (and revision) with at least two subjects.
    """
    found = []
    for index in indices:
        rated = [
            (row.subject, row)
            for row in rows
            if (row.key, row.revision) == (index.definition.key, index.revision)
            and row.subject is not None
            and row.group is None
        ]
        if len(rated) > 1:
            found.append(_ranking(sample, index, rated, minimum_group))
    return tuple(found)


def _ranking(
    sample: Sample,
    index: PooledIndex,
    rated: Sequence[tuple[Subject, IndexRow]],
    minimum_group: int,
) -> IndexRanking:
    definition = index.definition
    if len(rated) > MOST_RANKED:
        too_many = message(
            "%(n)s are rated; at most %(most)s can be ranked.", n=len(rated), most=MOST_RANKED
        )
        return IndexRanking(definition.key, definition.title, index.revision, (), (too_many,))
    rows = [row for _, row in rated]
    errors = [_error(row) for row in rows]
    covariance = _covariance(sample, index, rated, errors)
    ranking = rank_units(
        [row.figure.value for row in rows],
        errors,
        covariance=covariance,
        rng=None if covariance is None else np.random.default_rng(SEED),
        n=[row.figure.n for row in rows],
        minimum=minimum_group,
        df=[max(1, row.figure.df) for row in rows],
        confidence=CONFIDENCE,
    )
    subjects = tuple(_subjects(rated, errors, ranking))
    return IndexRanking(
        key=definition.key,
        title=definition.title,
        revision=index.revision,
        subjects=subjects,
        sentences=(*_order(subjects), *_alerts(subjects)),
        draws=None if covariance is None else DRAWS,
    )


def _error(row: IndexRow) -> float | None:
    figure = row.figure
    if figure.value is None or not _is_flat(figure):
        return figure.se
    return cautious_se(figure.value, figure.effective_n, row.lowest, row.highest, figure.df)


def _is_flat(figure: Figure) -> bool:
    """Tell whether several answers came in and all are equal."""
    return figure.se == 0 and figure.df > 0


def _covariance(
    sample: Sample,
    index: PooledIndex,
    rated: Sequence[tuple[Subject, IndexRow]],
    errors: Sequence[float | None],
) -> Matrix | None:
    """Return how the means vary together; None where they do not, or hardly do."""
    if sample.weighting != "calibrated" or len(rated) > MOST_CORRELATED:
        return None
    known = [at for at, (_, row) in enumerate(rated) if row.figure.value is not None]
    moments = sample.index_moments(index.definition.key, index.units)
    domains = [Domain(rated[at][0].key) for at in known]
    covariance = np.zeros((len(rated), len(rated)))
    covariance[np.ix_(known, known)] = sample.covariance(moments, domains)
    np.fill_diagonal(covariance, [(error or 0.0) ** 2 for error in errors])
    return covariance


def _subjects(
    rated: Sequence[tuple[Subject, IndexRow]], errors: Sequence[float | None], ranking: Ranking
) -> Iterator[RankedSubject]:
    low = {
        at: share.figure.low
        for at in ranking.order
        if (share := rated[at][1].favourable) is not None
    }
    sure = {at: end for at, end in low.items() if end is not None}
    share_ranks = dict(zip(sure, shared_ranks(list(sure.values())), strict=True))
    ranks = {at: place.rank for at, place in ranking.places.items()}
    for at in (*ranking.order, *sorted(ranking.left_out)):
        subject, row = rated[at]
        place = ranking.places.get(at)
        yield RankedSubject(
            subject=subject,
            figure=row.figure,
            se=errors[at],
            is_bounded=_is_flat(row.figure),
            place=place,
            left_out=ranking.left_out.get(at),
            alike=() if place is None else tuple(rated[other][0].key for other in place.alike),
            said=REASONS[ranking.left_out[at]] if place is None else alike_words(place, ranks),
            share=None if row.favourable is None else row.favourable.figure,
            share_rank=share_ranks.get(at),
        )


def _order(subjects: Sequence[RankedSubject]) -> Iterator[Message]:
    """Say who is first and last, and whether that means anything."""
    ranked = [one for one in subjects if one.place is not None]
    if len(ranked) < 2:
        yield message("Fewer than two have enough valid responses to be ranked.")
    elif all(len(one.alike) == len(ranked) - 1 for one in ranked):
        yield message(
            "None of the %(n)s can be told apart from the others: the order may be chance.",
            n=len(ranked),
        )
    else:
        first, last = ranked[0], ranked[-1]
        yield message(
            "First is “%(name)s” (%(value)s points); it %(said)s.",
            name=first.subject.title,
            value=f"{first.figure.value:.1f}",
            said=first.said,
        )
        yield message(
            "Last is “%(name)s” (%(value)s points); it %(said)s.",
            name=last.subject.title,
            value=f"{last.figure.value:.1f}",
            said=last.said,
        )


def _alerts(subjects: Sequence[RankedSubject]) -> Iterator[Message]:
    """Name those whose satisfaction rate is too good to be believed."""
    for one in subjects:
        share = one.share
        if share is not None and share.low is not None and share.low > IMPLAUSIBLE:
            yield message(
                "“%(name)s”: %(percent)s %% of %(n)s answers are favourable, more than can be"
                " believed; look at how they were collected.",
                name=one.subject.title,
                percent=f"{share.value:.2%}".removesuffix("%"),
                n=share.n,
            )


def alike_words(place: Place, ranks: Mapping[int, int]) -> Message:
    """Say whom somebody cannot be told apart from.

    Parameters
    ----------
    place : Place
        Of somebody.
    ranks : mapping of int to int
        Of all who are ranked, by what `Place.alike` names them with.
    """
    if not place.alike:
        return message("differs from all others")
    if len(place.alike) == len(ranks) - 1:
        return message("cannot be told apart from any other")
    others = sorted({ranks[other] for other in place.alike} - {place.rank})
    if not others:
        return message("shares its place and differs from all others")
    if len(others) == 1:
        return message("cannot be told apart from place %(place)s", place=others[0])
    return message("cannot be told apart from places %(places)s", places=_listed(others))


def _listed(numbers: Sequence[int]) -> Text:
    """Write numbers in ascending order, three and more in a row as from–to."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [
        part
        for run in runs
        for part in ([f"{run[0]}–{run[-1]}"] if len(run) > 2 else [str(one) for one in run])
    ]
    *before, last = parts
    english = f"{', '.join(before)} and {last}" if before else last
    return Text("、".join(parts), english)

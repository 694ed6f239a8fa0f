"""What a report says: its figures, composition, method and plain sentences, all frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from surveyapp.domain.messages import Message
from surveyapp.domain.survey import Definition, Kind, Status, Subject
from surveyapp.domain.text import Text
from surveyapp.services.results.counting import FoldState
from surveyapp.services.results.figures import Figure, Group, IndexRow, QuestionFigures
from surveyapp.services.results.ranking import IndexRanking
from surveyapp.services.results.sample_weights import Calibrated


class Including(StrEnum):
    """Which responses a figure rests on beside the counted ones."""

    FLAGGED = "flagged"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Alternative:
    """The overall figure of an index had other responses counted too.

    Attributes
    ----------
    including : Including
        ``flagged``: the counted and the flagged ones; ``excluded``: the excluded ones as well.
    """

    key: str
    including: Including
    figure: Figure


@dataclass(frozen=True, slots=True)
class CompositionRow:
    """How many respondents a group has; `share` 0 to 1, unweighted, of all respondents."""

    group: Group
    n: int
    share: float


@dataclass(frozen=True, slots=True)
class DayCount:
    """Responses of one local day."""

    day: date
    n: int


@dataclass(frozen=True, slots=True)
class Method:
    """How the figures were made, for the technical appendix.

    Attributes
    ----------
    weighting : str
        ``equal``: every response counts the same. ``base``: by the weights that came with the data.
        ``calibrated``: by weights that meet the population margins.
    calibrated : Calibrated or None
        Margins, and what came out of meeting them; None without margins or where nobody wants them.
    effective_n : float
        Kish's effective number of all respondents.
    standing : tuple of str
        Standings of the responses counted.
    open_form : bool
        Whether answers came in through open forms, by people who chose themselves.
    """

    weighting: str
    confidence: float
    minimum_group: int
    effective_n: float
    standing: tuple[str, ...]
    open_form: bool
    simulated: bool
    notes: tuple[Message, ...]
    calibrated: Calibrated | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The results of one survey at one moment.

    Attributes
    ----------
    definition : Definition
        What is in use, or the draft of a survey that never was.
    n : int
        Counted responses behind the figures.
    standings : mapping of str to int
        Tallied responses by standing.
    indices : tuple of IndexRow
        For each index: overall, the groups of each breakdown, then the same for each subject.
    questions : tuple of QuestionFigures
        Of all subjects, or of `questions_of`.
    sentences : tuple of Message
        The results in plain words.
    rankings : tuple of IndexRanking
        The subjects in order, for each index.
    """

    key: str
    kind: Kind
    status: Status
    title: Text
    definition: Definition
    subjects: tuple[Subject, ...]
    questions_of: Subject | None
    fold: FoldState
    n: int
    standings: Mapping[str, int]
    indices: tuple[IndexRow, ...]
    alternatives: tuple[Alternative, ...]
    questions: tuple[QuestionFigures, ...]
    composition: tuple[CompositionRow, ...]
    days: tuple[DayCount, ...]
    sentences: tuple[Message, ...]
    method: Method
    rankings: tuple[IndexRanking, ...] = ()

    def rows_of(self, index_key: str) -> tuple[IndexRow, ...]:
        """Return all rows of one index."""
        return tuple(row for row in self.indices if row.key == index_key)

    @property
    def overall(self) -> tuple[IndexRow, ...]:
        """The rows of all subjects and all respondents, one per index (and revision)."""
        return tuple(row for row in self.indices if row.subject is None and row.group is None)

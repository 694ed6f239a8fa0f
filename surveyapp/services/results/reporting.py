"""Results of a survey, computed from its tallies alone: cost grows with cells, not responses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from surveyapp.domain.errors import BadInput, NotFound
from surveyapp.domain.messages import Message, message
from surveyapp.domain.survey import (
    OPEN_FORM_MODE,
    Definition,
    Kind,
    Standing,
    Status,
    Subject,
)
from surveyapp.domain.tallying import MODE
from surveyapp.services.authoring import refuse_ballot, unknown_survey
from surveyapp.services.definitions import DefinitionCache
from surveyapp.services.results.counting import Counting, FoldState
from surveyapp.services.results.index_figures import PooledIndex, index_rows, pooled_indices
from surveyapp.services.results.portions import CONFIDENCE
from surveyapp.services.results.question_figures import Revision, question_figures
from surveyapp.services.results.ranking import index_rankings
from surveyapp.services.results.report import (
    Alternative,
    CompositionRow,
    DayCount,
    Including,
    Method,
    Report,
)
from surveyapp.services.results.sample import Domain, Sample, groups_of
from surveyapp.services.results.sample_weights import MarginSet, Plan
from surveyapp.services.results.sentences import plain_sentences
from surveyapp.services.weights.weighting import current_margins
from surveyapp.services.weights.words import weighting_notes
from surveyapp.storage.database import Database, Work
from surveyapp.storage.records import SurveyRecord
from surveyapp.storage.surveys import SurveyRepository
from surveyapp.storage.tallies import TallyRepository, TallyRow

SIMULATED = message("Simulated data: not to be used for any assessment.")
Fold = Literal["some", "all", "none"]
_WITH = {
    Including.FLAGGED: (Standing.COUNTED, Standing.FLAGGED),
    Including.EXCLUDED: (Standing.COUNTED, Standing.FLAGGED, Standing.EXCLUDED),
}


@dataclass(frozen=True, slots=True)
class Results:
    """Everything the figures of a survey are computed from, read in one transaction."""

    survey: SurveyRecord
    definition: Definition
    revisions: dict[UUID, Revision]
    subjects: tuple[Subject, ...]
    rows: tuple[TallyRow, ...]
    days: tuple[DayCount, ...]
    margins: MarginSet | None = None

    def sample(
        self, standings: Sequence[Standing] = (Standing.COUNTED,), *, weighted: bool
    ) -> Sample:
        """Return the responses of some standings as a sample."""
        rows = [row for row in self.rows if row.standing in standings]
        plan = None if self.margins is None else Plan(self.definition, self.margins)
        return Sample(rows, weighted=weighted, plan=plan)

    @property
    def standings(self) -> dict[str, int]:
        """Tallied responses by standing."""
        numbers: Counter[str] = Counter()
        for row in self.rows:
            numbers[row.standing] += row.counts["n"]
        return dict(sorted(numbers.items()))

    @property
    def indices(self) -> tuple[PooledIndex, ...]:
        """The indices, each with the revisions in which it means the same."""
        return pooled_indices(self.definition, self.revisions)


def read_results(
    work: Work, definitions: DefinitionCache, key: str, *, lock: bool = False
) -> Results:
    """Read the tallies of a survey and what gives them their meaning.

    Parameters
    ----------
    lock : bool
        Whether to keep others from counting until the end of a writing transaction.

    Raises
    ------
    NotFound
    """
    surveys = SurveyRepository(work)
    survey = surveys.find(key)
    if survey is None:
        raise unknown_survey(key)
    refuse_ballot(survey)
    tallies = TallyRepository(work)
    if lock:
        tallies.lock(survey.id)
    rows = tuple(tallies.rows(survey.id))
    shown = surveys.shown(survey)
    ids = {shown.id} | {row.revision_id for row in rows}
    revisions = {
        record.id: Revision(record.number, definitions.read(record))
        for record in surveys.revisions(survey.id)
        if record.id in ids
    }
    days: Counter[date] = Counter()
    for key_of_day, n in tallies.days(survey.id).items():
        if key_of_day.standing == Standing.COUNTED:
            days[key_of_day.day] += n
    return Results(
        survey=survey,
        definition=definitions.read(shown),
        revisions=revisions,
        subjects=surveys.subjects(survey.id),
        rows=rows,
        days=tuple(DayCount(day, n) for day, n in sorted(days.items())),
        margins=current_margins(work, survey.id),
    )


class Reporting:
    """The use case of reading results."""

    def __init__(
        self, database: Database, definitions: DefinitionCache, counting: Counting
    ) -> None:
        self._database = database
        self._definitions = definitions
        self._counting = counting

    def report(
        self,
        survey_key: str,
        *,
        by: Sequence[str] | None = (),
        subject: str | None = None,
        weighted: bool = True,
        fold: Fold = "some",
    ) -> Report:
        """Return the live results of a survey.

        Parameters
        ----------
        by : sequence of str or None
            Attributes to break the indices down by, one after the other; ``mode`` is always one.
            None means all.
        subject : str, optional
            Show the figures of single questions for this subject only.
        weighted : bool
            Whether weights count: those that came with the data, calibrated to the population
            margins of the survey where it has some.
        fold : {"some", "all", "none"}
            How many waiting responses to count first: a moment's worth, all, or none.

        Raises
        ------
        NotFound
            No such survey, or it rates no such subject.
        BadInput
            The survey has no such attribute.
        """
        state = self._folded(survey_key, fold)
        with self._database.reading() as work:
            results = read_results(work, self._definitions, survey_key)
        return make_report(
            results,
            by=by,
            subject=subject,
            weighted=weighted,
            fold=state,
            simulated=self._database.is_simulated(),
        )

    def _folded(self, key: str, fold: Fold) -> FoldState:
        if fold == "some":
            return self._counting.fold_some(key)
        if fold == "all":
            self._counting.fold(key)
        return self._counting.state(key)


def make_report(
    results: Results,
    *,
    by: Sequence[str] | None,
    subject: str | None,
    weighted: bool,
    fold: FoldState,
    simulated: bool,
) -> Report:
    """Compute a report; the parameters and errors are those of `Reporting.report`."""
    definition = results.definition
    sample = results.sample(weighted=weighted)
    domains = _domains(results, sample, by)
    rows = tuple(index_rows(sample, results.indices, domains, definition.minimum_group))
    chosen = _subject(results.subjects, subject)
    questions = tuple(
        question_figures(sample, definition, results.revisions, Domain(subject=subject))
    )
    rankings = index_rankings(sample, results.indices, rows, definition.minimum_group)
    return Report(
        key=results.survey.key,
        kind=Kind(results.survey.kind),
        status=Status(results.survey.status),
        title=definition.title,
        definition=definition,
        subjects=results.subjects,
        questions_of=chosen,
        fold=fold,
        n=sample.n,
        standings=results.standings,
        indices=rows,
        alternatives=_alternatives(results, weighted=weighted),
        questions=questions,
        composition=_composition(definition, sample),
        days=results.days,
        sentences=plain_sentences(
            definition,
            rows,
            questions if chosen is None else (),
            calibrated=sample.weighting == "calibrated",
            rankings=rankings,
        ),
        method=_method(results, sample, simulated=simulated),
        rankings=rankings,
    )


def _subject(subjects: Sequence[Subject], key: str | None) -> Subject | None:
    if key is None:
        return None
    for subject in subjects:
        if subject.key == key:
            return subject
    raise NotFound(message("The survey rates no “%(key)s”.", key=key))


def _domains(
    results: Results, sample: Sample, by: Sequence[str] | None
) -> list[tuple[Subject | None, Domain]]:
    """Return overall and the groups of each breakdown, then the same for each subject."""
    known = [attribute.key for attribute in results.definition.attributes] + [MODE]
    for name in by or ():
        if name not in known:
            raise BadInput(
                message(
                    "The survey has no attribute “%(name)s”; it has: %(known)s.",
                    name=name,
                    known=", ".join(known),
                )
            )
    groups = [
        group
        for name in dict.fromkeys(known if by is None else by)
        for group in groups_of(results.definition, name, sample)
    ]
    return [
        (subject, Domain(subject.key if subject else None, group))
        for subject in (None, *results.subjects)
        for group in (None, *groups)
    ]


def _alternatives(results: Results, *, weighted: bool) -> tuple[Alternative, ...]:
    """Return the overall figures with flagged and excluded responses, where there are any."""
    found = []
    for including, standings in _WITH.items():
        if results.standings.get(including.value, 0):
            sample = results.sample(standings, weighted=weighted)
            for index in results.indices:
                moments = sample.index_moments(index.definition.key, index.units)
                found.append(Alternative(index.definition.key, including, sample.mean(moments)))
    return tuple(found)


def _composition(definition: Definition, sample: Sample) -> tuple[CompositionRow, ...]:
    keys = [attribute.key for attribute in definition.attributes] + [MODE]
    numbers = [
        (group, sample.n_of(Domain(group=group)))
        for key in keys
        for group in groups_of(definition, key, sample)
    ]
    return tuple(CompositionRow(group, n, n / max(1, sample.n)) for group, n in numbers)


def _method(results: Results, sample: Sample, *, simulated: bool) -> Method:
    is_open = OPEN_FORM_MODE in sample.levels_present(MODE)
    return Method(
        weighting=sample.weighting,
        confidence=CONFIDENCE,
        minimum_group=results.definition.minimum_group,
        effective_n=sample.effective_n,
        standing=(Standing.COUNTED,),
        open_form=is_open,
        simulated=simulated,
        notes=tuple(_notes(results, sample, is_open=is_open, simulated=simulated)),
        calibrated=sample.calibrated,
    )


def _notes(results: Results, sample: Sample, *, is_open: bool, simulated: bool) -> list[Message]:
    notes = []
    if simulated:
        notes.append(SIMULATED)
    if is_open:
        notes.append(
            message(
                "Answers came in through open forms, from people who chose to take part. The margin"
                " of error covers chance alone; it says nothing about those who stayed away."
            )
        )
    notes += weighting_notes(sample, results.definition.minimum_group)
    return notes

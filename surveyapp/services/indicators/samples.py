"""Surveys of opinion inside a snapshot: what is kept of them, and their figures from it alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from surveyapp.domain.definition import parse_definition
from surveyapp.domain.errors import Conflict
from surveyapp.domain.indicator import FigureKind, FigureName, IndicatorPart, Population
from surveyapp.domain.messages import Message, message
from surveyapp.domain.organisation import Unit
from surveyapp.domain.survey import OPEN_FORM_MODE, Definition, Standing, Subject
from surveyapp.domain.tallying import MODE
from surveyapp.domain.text import Text
from surveyapp.services.indicators.estimated import Estimated
from surveyapp.services.results.figures import Figure, IndexRow
from surveyapp.services.results.index_figures import PooledIndex, index_rows, pooled_indices
from surveyapp.services.results.question_figures import Revision
from surveyapp.services.results.sample import Domain, Sample
from surveyapp.services.results.sample_weights import MarginSet, Plan
from surveyapp.services.reviews.groups import subjects_below
from surveyapp.services.weights.weighting import margin_set_document, margin_set_of
from surveyapp.services.weights.words import weighting_notes
from surveyapp.storage.records import RevisionRecord
from surveyapp.storage.tallies import TallyRow

KEPT = (Standing.COUNTED, Standing.FLAGGED, Standing.EXCLUDED)
"""Standings whose counts a snapshot keeps; only the first one is in its figures."""


def tally_document(rows: Iterable[TallyRow]) -> list[dict[str, Any]]:
    """Return tally rows as plain data in an order that depends on nothing but their content."""
    written = [
        {
            "revision": str(row.revision_id),
            "subject": row.subject_key,
            "standing": row.standing,
            "cell": dict(row.cell),
            "counts": dict(row.counts),
        }
        for row in rows
        if row.standing in KEPT
    ]
    return sorted(written, key=_order)


def _order(row: Mapping[str, Any]) -> tuple[str, str, str, list[tuple[str, str]]]:
    return (row["revision"], row["subject"] or "", row["standing"], sorted(row["cell"].items()))


def revision_documents(revisions: Iterable[RevisionRecord]) -> list[dict[str, Any]]:
    """Return the definitions that give counts their meaning."""
    return [
        {
            "id": str(one.id),
            "number": one.number,
            "sha256": one.sha256,
            "definition": one.definition,
        }
        for one in sorted(revisions, key=lambda one: (one.number, str(one.id)))
    ]


def subject_documents(subjects: Iterable[Subject]) -> list[dict[str, Any]]:
    """Return what is rated."""
    return [
        {
            "key": one.key,
            "title": {"zh": one.title.zh, "en": one.title.en},
            "unit": one.unit_code,
        }
        for one in subjects
    ]


def subjects_of(documents: Iterable[Mapping[str, Any]]) -> tuple[Subject, ...]:
    """Read what is rated."""
    return tuple(
        Subject(one["key"], Text(one["title"]["zh"], one["title"]["en"]), one["unit"])
        for one in documents
    )


def margins_document(margins: MarginSet | None) -> dict[str, Any] | None:
    """Return population margins as plain data."""
    return None if margins is None else margin_set_document(margins)


@dataclass(frozen=True)
class SampleSource:
    """One survey as a snapshot keeps it.

    Parameters
    ----------
    document : mapping
        Of the survey, inside the input of a snapshot.
    units : mapping of str to Unit
        The organisation as it was.
    """

    document: Mapping[str, Any]
    units: Mapping[str, Unit]

    @cached_property
    def revisions(self) -> dict[UUID, Revision]:
        """The definitions by revision."""
        return {
            UUID(one["id"]): Revision(one["number"], parse_definition(one["definition"]))
            for one in self.document["revisions"]
        }

    @cached_property
    def definition(self) -> Definition:
        """The definition in use when the snapshot was made."""
        return self.revisions[UUID(self.document["shown"])].definition

    @property
    def title(self) -> Text:
        """What the survey is called."""
        return self.definition.title

    def figure_title(self, name: FigureName) -> Text:
        """Return what people call a figure."""
        title = self.index(name.key).definition.title
        if name.kind is FigureKind.INDEX:
            return title
        # 满意度 is counted in points, 满意率 in percent: two figures with two names.
        share = f"{title.zh.removesuffix('满意度')}满意率"
        return Text(share, f"{title.en}: share favourable")

    @cached_property
    def subjects(self) -> tuple[Subject, ...]:
        """What it rates."""
        return subjects_of(self.document["subjects"])

    @cached_property
    def rows(self) -> tuple[TallyRow, ...]:
        """Counts of the answers that count."""
        return tuple(
            TallyRow(
                UUID(one["revision"]), one["subject"], one["standing"], one["cell"], one["counts"]
            )
            for one in self.document["tally"]
            if one["standing"] == Standing.COUNTED
        )

    @cached_property
    def indices(self) -> tuple[PooledIndex, ...]:
        """Its indices as they are defined now, each once."""
        found: dict[str, PooledIndex] = {}
        for one in pooled_indices(self.definition, self.revisions):
            found.setdefault(one.definition.key, one)
        declared = {one.key for one in self.definition.indices}
        return tuple(one for key, one in found.items() if key in declared)

    def index(self, key: str) -> PooledIndex:
        """Return an index; without a key the only one.

        Raises
        ------
        Conflict
            There is none, or there are several and no key.
        """
        for one in self.indices:
            if one.definition.key == key or (not key and len(self.indices) == 1):
                return one
        raise Conflict(
            message(
                "“%(survey)s” has no index “%(key)s”; it has: %(known)s.",
                survey=self.definition.key,
                key=key,
                known=", ".join(one.definition.key for one in self.indices) or "–",
            )
        )

    @property
    def modes(self) -> frozenset[str]:
        """The modes of collection that occur."""
        return frozenset(row.cell[MODE] for row in self.rows)

    def modes_of(self, part: IndicatorPart) -> frozenset[str]:
        """Return the modes a part takes: each selection of them is a sample of its own."""
        modes = self.modes
        if part.population is Population.OPEN:
            modes &= {OPEN_FORM_MODE}
        elif part.population is Population.INVITED:
            modes -= {OPEN_FORM_MODE}
        if MODE in part.where:
            modes &= frozenset(part.where[MODE])
        return modes

    @property
    def mixes(self) -> bool:
        """Whether both a crowd and people who were asked have answered."""
        return OPEN_FORM_MODE in self.modes and len(self.modes) > 1

    def sample(self, modes: frozenset[str]) -> Sample:
        """Return the answers of some modes, weighted to the population as a sample of their own."""
        margins = self.document["margins"]
        plan = None if margins is None else Plan(self.definition, margin_set_of(margins))
        rows = [row for row in self.rows if row.cell[MODE] in modes]
        return Sample(rows, weighted=True, plan=plan)

    def unit_subjects(self, linked: Mapping[str, str]) -> dict[str, frozenset[str]]:
        """Return the subjects of each unit and everything below it.

        Parameters
        ----------
        linked : mapping of str to str
            Codes of units by subject that a part names itself.
        """
        subjects = [
            Subject(one.key, one.title, linked.get(one.key, one.unit_code)) for one in self.subjects
        ]
        return subjects_below(subjects, self.units)

    def linked(self, part: IndicatorPart) -> frozenset[str]:
        """Return the units that subjects are linked to, not those above."""
        codes = (part.units.get(one.key, one.unit_code) for one in self.subjects)
        return frozenset(code for code in codes if code is not None)

    def domains(self, part: IndicatorPart, *, by_unit: bool) -> dict[str | None, Domain]:
        """Return the part of the sample that is about everything, and about each unit."""
        where = tuple(
            (key, frozenset(levels)) for key, levels in sorted(part.where.items()) if key != MODE
        )
        found: dict[str | None, Domain] = {None: Domain(where=where)}
        if by_unit:
            for code, keys in sorted(self.unit_subjects(part.units).items()):
                found[code] = Domain(among=keys, where=where)
        return found

    def figures(self, part: IndicatorPart, *, by_unit: bool) -> dict[str | None, Estimated]:
        """Return the figures of a part; those without any answer are absent.

        Raises
        ------
        Conflict
            There is no such index, or it has no favourable share.
        """
        index = self.index(part.figure.key)
        if part.figure.kind is FigureKind.RATE and not index.definition.has_favourable:
            raise Conflict(
                message(
                    "The index “%(key)s” has no 满意率: its scale marks no level as favourable.",
                    key=index.definition.key,
                )
            )
        sample = self.sample(self.modes_of(part))
        if not sample.size:
            return {}
        domains = self.domains(part, by_unit=by_unit)
        rows = index_rows(
            sample,
            [index],
            [(None, domain) for domain in domains.values()],
            self.definition.minimum_group,
        )
        found = {}
        for subject, row in zip(domains, rows, strict=True):
            figure, plain = _figure(part.figure, row)
            if figure is not None and figure.value is not None:
                found[subject] = estimated(
                    figure,
                    None if sample.weighting == "equal" else plain,
                    sample.weighting,
                    percent=part.figure.kind is FigureKind.RATE,
                    minimum=self.definition.minimum_group,
                )
        return found

    def overlaps(self, part: IndicatorPart, other: SampleSource, second: IndicatorPart) -> bool:
        """Whether two parts may rest on the same respondents."""
        if self.definition.key != other.definition.key:
            return False
        return bool(self.modes_of(part) & other.modes_of(second))

    def notes(self, modes: frozenset[str]) -> Sequence[Message]:
        """Say what readers must know about the weights of some modes."""
        return list(weighting_notes(self.sample(modes), self.definition.minimum_group))


def _figure(name: FigureName, row: IndexRow) -> tuple[Figure | None, float | None]:
    """Return a figure, and its value with equal weights."""
    if name.kind is FigureKind.INDEX:
        return row.figure, row.unweighted
    share = row.favourable
    return (None, None) if share is None else (share.figure, share.unweighted)


def estimated(
    figure: Figure, unweighted: float | None, method: str, *, percent: bool, minimum: int
) -> Estimated:
    """Return a figure of a report in points or percent."""
    scale = 100 if percent else 1

    def scaled(value: float | None) -> float | None:
        return None if value is None else scale * value

    return Estimated(
        value=scaled(figure.value),
        se=scaled(figure.se),
        low=scaled(figure.low),
        high=scaled(figure.high),
        n=figure.n,
        effective_n=figure.effective_n,
        df=float(figure.df) if figure.df > 0 else math.inf,
        method=method,
        suppressed=figure.n < minimum,
        unweighted=scaled(unweighted),
    )

"""The public page of a release as data: everything shown, nothing of what is withheld."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from surveyapp.domain.release import RESPONSES, Entry, Ledger
from surveyapp.domain.survey import Definition, LegalHead, Question, Subject
from surveyapp.domain.text import Text
from surveyapp.services.releases.contents import (
    SUBJECT,
    answers_by_item,
    group_key,
    index_item,
    question_item,
    release_domains,
)
from surveyapp.services.releases.weights import Unweighted, public_weighting
from surveyapp.services.results.figures import IndexRow, QuestionFigures
from surveyapp.services.results.index_figures import index_rows
from surveyapp.services.results.report import Report
from surveyapp.services.results.report_json import both, index_json, method_json, question_json
from surveyapp.services.results.reporting import Results
from surveyapp.services.results.sample import ALL, Domain, Sample
from surveyapp.services.results.sentences import plain_sentences

_WITHHELD = (
    *("n", "value", "se", "low", "high", "effective_n", "deff", "unweighted", "gap", "favourable"),
)
_WITHHELD_OF_QUESTION = (
    *("asked", "answered", "not_answered", "mean", "favourable", "dont_know", "deviation"),
    *("unweighted_mean", "unweighted_favourable"),
)
_INSIDE = "concerned"
"""Figures by relevance stay inside: with those of everybody they would tell non-users apart."""
Document = dict[str, Any]


class PublicFigures:
    """Puts the figures of one release together.

    Parameters
    ----------
    ledger : Ledger
        What the release may show of the present.
    previous : mapping
        The figures of the release before, empty before the first one: what is held back stays as
        it was there.
    number : int
        Of this release.
    """

    def __init__(
        self,
        results: Results,
        report: Report,
        sample: Sample,
        ledger: Ledger,
        previous: Mapping[str, Any],
        number: int,
    ) -> None:
        self._results = results
        self._report = report
        self._sample = sample
        self._ledger = ledger
        self._previous = previous
        self._number = number
        self._unweighted = Unweighted(sample, results.definition.minimum_group)
        self._safe = self._safe_items(results, sample)
        self._domains = release_domains(results, sample)
        self._rows = list(self._index_rows())

    def document(self, released_on: date) -> Document:
        """Return the figures as they are published."""
        definition = self._results.definition
        indices = [self._row(item, breakdown, row) for item, breakdown, row in self._rows]
        days = self._results.days
        return {
            "survey": self._report.key,
            "number": self._number,
            "kind": str(self._report.kind),
            "status": str(self._report.status),
            "title": both(definition.title),
            "office": _both(definition.office),
            "purpose": _both(definition.purpose),
            "contact": _both(definition.contact),
            "source": _both(definition.source),
            "notes": _both(definition.notes),
            "legal_head": legal_head_json(definition.legal_head),
            "released_on": released_on.isoformat(),
            "first_day": days[0].day.isoformat() if days else None,
            "last_day": days[-1].day.isoformat() if days else None,
            "n": self._report.n,
            "standings": dict(self._report.standings),
            "minimum_group": definition.minimum_group,
            "simulated": self._report.method.simulated,
            "subjects": [self._subject(subject) for subject in self._results.subjects],
            "attributes": list(self._attributes(definition)),
            "indices": indices,
            "questions": [
                self._question(question_item(figures.field, question), figures)
                for question, figures in self._questions()
            ],
            "suppressed": sum(row["suppressed"] for row in indices),
            "sentences": [both(sentence) for sentence in self._sentences()],
            "method": self._method(),
        }

    def _method(self) -> Document:
        method, minimum = self._report.method, self._results.definition.minimum_group
        numbers = self._ledger[RESPONSES].groups
        return method_json(method) | public_weighting(method.calibrated, numbers, minimum)

    def _may_show_unweighted(self, item: str, breakdown: str | None = None) -> bool:
        """Whether an unweighted value gives nothing away: never for a part, if calibrated."""
        if not self._unweighted.is_calibrated:
            return True
        return breakdown is None and item in self._safe

    def _safe_items(self, results: Results, sample: Sample) -> frozenset[str]:
        """Return the items whose unweighted value over all respondents gives nothing away."""
        if not self._unweighted.is_calibrated:
            return frozenset()
        answers = answers_by_item(results, sample).items()
        return frozenset(
            item
            for item, answered in answers
            if self._unweighted.may_show(answered, self._ledger[item])
        )

    # --- indices ---

    def _index_rows(self) -> Iterator[tuple[str, str | None, IndexRow]]:
        """Yield (item, breakdown, row) of each index: overall, then its one-way breakdowns."""
        named: list[tuple[str | None, Domain]] = [(None, ALL)]
        for breakdown, domains in self._domains.items():
            named += [(breakdown, domain) for domain in domains]
        subjects = {subject.key: subject for subject in self._results.subjects}
        asked = [
            (None if domain.subject is None else subjects[domain.subject], domain)
            for _, domain in named
        ]
        indices = self._results.indices
        rows = list(
            index_rows(self._sample, indices, asked, self._results.definition.minimum_group)
        )
        items = [index_item(index) for index in indices for _ in named]
        breakdowns = [breakdown for breakdown, _ in named] * len(indices)
        yield from zip(items, breakdowns, rows, strict=True)

    def _row(self, item: str, breakdown: str | None, row: IndexRow) -> Document:
        document = index_json(self._as_public(item, breakdown, row)) | {"item": item}
        del document[_INSIDE]
        entry = self._entry(item, breakdown, row)
        return self._shown_or_not("indices", document, entry, ("item", "subject", "by"), _WITHHELD)

    def _as_public(self, item: str, breakdown: str | None, row: IndexRow) -> IndexRow:
        """Return a row without the unweighted values that must stay inside."""
        if self._may_show_unweighted(item, breakdown):
            return row
        share = row.favourable
        kept = None if share is None else replace(share, unweighted=None)
        return replace(row, unweighted=None, favourable=kept)

    def _entry(self, item: str, breakdown: str | None, row: IndexRow) -> Entry:
        entries = self._ledger[item]
        if breakdown is None:
            return entries.whole
        group = group_key(Domain(row.subject.key if row.subject else None, row.group))
        return entries.groups[breakdown][group]

    def _sentences(self) -> Iterator[Any]:
        """Say in words only what the figures show."""
        shown = [
            self._as_public(item, breakdown, row)
            for item, breakdown, row in self._rows
            if not row.suppressed and self._entry(item, breakdown, row).shown
        ]
        questions = [
            figures
            for question, figures in self._questions()
            if self._ledger[question_item(figures.field, question)].whole.shown
        ]
        yield from plain_sentences(
            self._results.definition,
            shown,
            questions,
            calibrated=self._unweighted.is_calibrated,
            public=True,
        )

    # --- questions ---

    def _questions(self) -> Iterator[tuple[Question, QuestionFigures]]:
        definition = self._results.definition
        for figures in self._report.questions:
            yield definition.question(figures.field.split(".")[0]), figures

    def _question(self, item: str, figures: QuestionFigures) -> Document:
        document = question_json(figures) | {"item": item}
        del document[_INSIDE]
        if not self._may_show_unweighted(item):
            document |= {"unweighted_mean": None, "unweighted_favourable": None}
            document["levels"] = [level | {"unweighted": None} for level in document["levels"]]
        entry = self._ledger[item].whole
        found = self._shown_or_not("questions", document, entry, ("item",), _WITHHELD_OF_QUESTION)
        if found["suppressed"]:
            levels = [
                level | {"count": None, "share": None, "unweighted": None}
                for level in document["levels"]
            ]
            found = found | {"levels": levels}
        return found

    # --- numbers of responses ---

    def _subject(self, subject: Subject) -> Document:
        document = {
            "key": subject.key,
            "title": both(subject.title),
            "unit": subject.unit_code,
            "n": None,
        }
        return self._number_of("subjects", document, SUBJECT, subject.key)

    def _attributes(self, definition: Definition) -> Iterator[Document]:
        for breakdown, domains in self._domains.items():
            groups = [domain.group for domain in domains if domain.group is not None]
            for group in groups:
                document = {
                    "attribute": breakdown,
                    "attribute_title": both(group.attribute_title),
                    "level": group.level,
                    "title": both(group.title),
                    "n": None,
                }
                yield self._number_of("attributes", document, breakdown, group.level)

    def _number_of(self, section: str, document: Document, breakdown: str, group: str) -> Document:
        entry = self._ledger[RESPONSES].groups[breakdown][group]
        document["n"] = entry.content.n
        names = ("key",) if section == "subjects" else ("attribute", "level")
        return self._shown_or_not(section, document, entry, names, ("n",))

    # --- what is held back ---

    def _shown_or_not(
        self,
        section: str,
        document: Document,
        entry: Entry,
        names: Sequence[str],
        withheld: Sequence[str],
    ) -> Document:
        """Return the figures; or those of the last release; or that there are too few responses.

        Parameters
        ----------
        names : sequence of str
            What identifies the same figures in the last release.
        withheld : sequence of str
            What is emptied where nothing may be shown.
        """
        fresh = {"suppressed": False, "release": self._number, "current": True}
        if entry.shown and entry.content.n >= self._results.definition.minimum_group:
            return document | fresh
        if not entry.shown:
            for before in self._previous.get(section, ()):
                same = all(before[name] == document[name] for name in names)
                if same and not before["suppressed"]:
                    return dict(before) | {"current": False}
        return document | dict.fromkeys(withheld) | fresh | {"suppressed": True}


def _both(text: Text | None) -> dict[str, str] | None:
    return None if text is None else both(text)


def legal_head_json(head: LegalHead | None) -> dict[str, str] | None:
    """Return the head of a government form as plain data."""
    if head is None:
        return None
    return {
        "form_number": head.form_number,
        "issued_by": head.issued_by,
        "document": head.document,
        "approved_by": head.approved_by,
        "approval_number": head.approval_number,
        "valid_until": head.valid_until.isoformat(),
    }

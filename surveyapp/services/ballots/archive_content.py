"""What an archive of a vote holds, and how it is written so that anybody gets the same bytes.

A ZIP file with stored entries in a fixed order, without times; JSON with sorted keys; scores as
exact fractions. Whole ballots are in a restricted archive only; every archive has the grades as
cells: for each subject, item and class how often each grade was given, which no longer says which
grades stood on one ballot.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from surveyapp.domain.ballot import BallotRules, Sheet, Treatment
from surveyapp.domain.ballot_counting import BLANK
from surveyapp.domain.ballot_paper import root_of
from surveyapp.services.ballots.counting import counted_vote
from surveyapp.services.ballots.figures import (
    BallotResult,
    ClassCounts,
    CountedClass,
    OpenedBallots,
    SheetResult,
    SubjectResult,
)
from surveyapp.services.ballots.results import result_of

FORMAT: Final = 1
COUNTING: Final = 1
"""The rules by which ballots are counted: rises when the same ballots give another result."""
MANIFEST: Final = "manifest.json"
DEFINITION: Final = "definition.json"
BALLOTS: Final = "ballots.json"
RECEIPTS: Final = "receipts.json"
COUNTS: Final = "counts.json"
RESULT: Final = "result.json"
CELLS: Final = "cells.json"
_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class ArchivedVote:
    """Everything an archive is made of.

    Attributes
    ----------
    ballots : tuple of str
        In the form in which the root covers them.
    counts : tuple of mapping
        As the root covers them: of each class, and of unreadable boxes.
    """

    document: Mapping[str, Any]
    opened: OpenedBallots
    ballots: tuple[str, ...]
    receipts: tuple[str, ...]
    counts: tuple[Mapping[str, Any], ...]

    @property
    def root(self) -> str:
        """Recomputed from all of it."""
        return root_of(self.opened.definition_sha256, self.ballots, self.receipts, self.counts)


def archive_bytes(vote: ArchivedVote, *, restricted: bool) -> bytes:
    """Write the archive of a vote.

    Parameters
    ----------
    restricted : bool
        Whether it holds whole ballots, for a recount without the database.
    """
    result = result_of(vote.opened)
    files: dict[str, Any] = {
        DEFINITION: vote.document,
        RESULT: result_document(result),
        CELLS: cells_document(vote.opened),
        RECEIPTS: sorted(vote.receipts),
        COUNTS: list(vote.counts),
    }
    if restricted:
        files[BALLOTS] = [json.loads(one) for one in sorted(vote.ballots)]
    written = {name: json_bytes(content) for name, content in files.items()}
    manifest = {
        "format": FORMAT,
        "counting": COUNTING,
        "survey": vote.opened.definition.key,
        "restricted": restricted,
        "definition_sha256": vote.opened.definition_sha256,
        "root": vote.root,
        "ballots": len(vote.ballots),
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in written.items()},
    }
    return _zipped({MANIFEST: json_bytes(manifest)} | written)


def json_bytes(content: object) -> bytes:
    """Write JSON in the one form the archive has it."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    return f"{text}\n".encode()


def _zipped(files: Mapping[str, bytes]) -> bytes:
    """Write a ZIP file: stored, since what a compressor makes differs from version to version."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.create_system = 3
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, data)
    return file.getvalue()


# --- the 汇总表 -----------------------------------------------------------------------------------


def result_document(result: BallotResult) -> dict[str, Any]:
    """Write the figures of the 汇总表, every score as an exact fraction."""
    return {
        "stands": result.stands,
        "unreadable": result.unreadable,
        "flagged": result.flagged,
        "classes": [_class_document(one) for one in result.classes],
        "sheets": [_sheet_document(one) for one in result.sheets],
    }


def _class_document(one: CountedClass) -> dict[str, Any]:
    return {
        "class": one.key,
        "parts": [part.key for part in one.parts],
        "weight": _exact(one.weight),
        "roll": one.roll,
        "issued": one.issued,
        "returned": one.spent,
        "valid": one.valid,
        "void": one.void,
        "paper": {
            "issued": one.paper_issued,
            "returned": one.paper_returned,
            "void": one.paper_void,
        },
    }


def _sheet_document(one: SheetResult) -> dict[str, Any]:
    return {
        "sheet": one.sheet.key,
        "scale": {level.key: _exact(level.points) for level in one.sheet.levels},
        "flagged": one.flagged,
        "classes": [_class_document(counted) for counted in one.classes],
        "groups": [
            {
                "group": group.group.key,
                "quota": group.quota,
                "subjects": [_subject_document(subject) for subject in group.subjects],
            }
            for group in one.groups
        ],
    }


def _subject_document(one: SubjectResult) -> dict[str, Any]:
    return {
        "subject": one.subject.key,
        "valid": one.n,
        "withheld": one.withheld,
        "votes": {count.key: [count.n, _exact(count.share)] for count in one.counts},
        "criteria": {key: _exact(score) for key, score in one.criteria},
        "classes": {line.key: [line.n, _exact(line.value)] for line in one.classes},
        "empty_classes": list(one.empty),
        "score": _exact(one.score),
        "without_flagged": _exact(one.without_flagged),
        "rank": one.rank,
    }


def _exact(value: Fraction | None) -> str | None:
    return None if value is None else str(value)


# --- grades as cells ------------------------------------------------------------------------------


def cells_document(opened: OpenedBallots) -> list[dict[str, Any]]:
    """Count, for each subject, item and stored class, the grades of the valid ballots."""
    counted = counted_vote(opened)
    return [
        cell
        for part in counted.sheets
        for one in part.classes
        for cell in _class_cells(
            counted.rules,
            part.sheet,
            one,
            [
                ballot.grades
                for ballot in part.ballots
                if ballot.class_key == one.key and ballot.treatment is not Treatment.VOID
            ],
        )
    ]


def _class_cells(
    rules: BallotRules,
    sheet: Sheet,
    counted: CountedClass,
    grades: Sequence[Mapping[str, Mapping[str, str]]],
) -> list[dict[str, Any]]:
    return [
        {
            "sheet": sheet.key,
            "subject": subject.key,
            "item": item.key,
            "class": counted.key,
            "grades": dict(
                Counter(cells.get(subject.key, {}).get(item.key, BLANK) for cells in grades)
            ),
        }
        for subject in rules.rated_by(counted.parts[0], sheet)
        for item in sheet.graded
    ]


def class_counts_of(counts: Sequence[Mapping[str, Any]]) -> tuple[tuple[ClassCounts, ...], int]:
    """Read the counts that a root covers; return them by class, and the unreadable boxes."""
    classes = []
    unreadable = 0
    for one in counts:
        if "class" in one:
            issued, returned, void = one.get("paper", (0, 0, 0))
            classes.append(
                ClassCounts(
                    one["class"],
                    one["roll"],
                    one["issued"],
                    one["spent"],
                    one["merged_into"],
                    issued,
                    returned,
                    void,
                )
            )
        else:
            unreadable = one["unreadable"]
    return tuple(classes), unreadable

"""What files of reviews have beyond other files: Chinese headings, and cases reviewed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from surveyapp.domain.answers import field_names
from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import Message, message
from surveyapp.domain.recorded_reviews import (
    BEST_LAST,
    COLUMNS,
    SATISFACTION,
    SATISFACTION_CODE,
    RecordedReview,
    column_aliases,
    read_level,
    read_recorded,
)
from surveyapp.domain.survey import Definition, TagsQuestion
from surveyapp.services.reviews.figures import rating_of
from surveyapp.services.tabular import Table
from surveyapp.storage.database import Work
from surveyapp.storage.recorded_reviews import CaseReview, RecordedReviewRepository

REVIEW_COLUMNS = frozenset(COLUMNS)
_SEPARATORS = str.maketrans(dict.fromkeys(",，、；", ";"))


def with_known_headings(table: Table, definition: Definition) -> Table:
    """Translate the headings of a file into column names.

    Raises
    ------
    BadInput
        Two headings mean the same column, or two columns give the rating.
    """
    aliases = column_aliases(definition)
    # A question's own key wins over a word that happens to be an alias.
    fields = field_names(definition)
    header = tuple(name if name in fields else aliases.get(name, name) for name in table.header)
    twice = sorted({name for name in header if header.count(name) > 1})
    rating = rules_rating(definition)
    if rating in header and {SATISFACTION, SATISFACTION_CODE} & set(header):
        twice.append(rating)
    if twice:
        raise BadInput(
            message("Line 1: two columns both give “%(column)s”: keep one.", column=twice[0])
        )
    return replace(table, header=header)


def rules_rating(definition: Definition) -> str:
    """Return the key of the question that is the rating."""
    return "" if definition.review is None else definition.review.rating


def require_direction(definition: Definition, best: str | None) -> None:
    """Refuse a direction that the scale of the rating has no digit for.

    Raises
    ------
    BadInput
    """
    levels = len(rating_of(definition).levels)
    if best == BEST_LAST and levels != int(BEST_LAST):
        raise BadInput(message("The rating has %(n)s levels, so 5 is not its best code.", n=levels))


def read_review_cells(
    definition: Definition, cells: Mapping[str, str], best: str | None
) -> tuple[dict[str, str], RecordedReview]:
    """Return the cells of the form's own fields, and what else the row says of the review."""
    rating = rating_of(definition)
    key = rules_rating(definition)
    review = read_recorded(cells, rating.scale, best)
    fields = {name: cell for name, cell in cells.items() if name not in REVIEW_COLUMNS}
    if review.level is not None:
        fields[key] = review.level
    elif best is not None and fields.get(key):
        level = read_level(fields[key], rating.scale, best)
        if isinstance(level, Message):
            review.problems.append(level)
        else:
            fields[key] = level
    for question in definition.questions:
        if isinstance(question, TagsQuestion) and fields.get(question.key):
            fields[question.key] = fields[question.key].translate(_SEPARATORS)
    return fields, review


class CaseNumbers:
    """Which service cases a file reviews, row by row; a review of a case comes once."""

    def __init__(self) -> None:
        self._rows: dict[CaseReview, tuple[int, UUID]] = {}

    def take(
        self, line: int, case_number: str | None, review_number: int, response_id: UUID
    ) -> Message | None:
        """Note a row; return what is wrong where the file has the review already."""
        if case_number is None:
            return None
        before = self._rows.setdefault((case_number, review_number), (line, response_id))
        if before[1] == response_id:
            return None
        return message(
            "Line %(line)s has review %(number)s of case “%(case)s” already.",
            line=before[0],
            number=review_number,
            case=case_number,
        )

    def problems(self, work: Work, survey_id: UUID) -> list[tuple[int, Message]]:
        """Return line and refusal of each review that is stored already under another id."""
        numbers = sorted({case_number for case_number, _ in self._rows})
        stored = RecordedReviewRepository(work).reviewed(survey_id, numbers)
        return [
            (
                self._rows[review][0],
                message(
                    "Case “%(case)s” has its review %(number)s already: recorded once only.",
                    case=review[0],
                    number=review[1],
                ),
            )
            for review, response_id in stored.items()
            if self._rows.get(review, (0, response_id))[1] != response_id
        ]

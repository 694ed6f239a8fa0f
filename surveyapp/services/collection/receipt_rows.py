"""From a receipt to the rows behind it.

A change of mind is a row of its own: its id comes from the receipt + "/c1", "/c2" …, the earlier
row becomes `replaced`. A further review (评价次数 2) has its id from the receipt + "/2". So each of
them meets the primary key when it is posted twice, and exactly one row of a review counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from surveyapp.domain import identity
from surveyapp.domain.review import ReviewRules
from surveyapp.domain.survey import Definition, Standing
from surveyapp.services.collection.intake import Intake, unknown_code
from surveyapp.storage.database import Work
from surveyapp.storage.records import ResponseRecord
from surveyapp.storage.responses import ReceiptRow, ResponseRepository

MOST_CHANGES = 20
"""So often the level of one review can be changed."""


@dataclass(frozen=True, slots=True)
class Review:
    """The row a receipt belongs to, and the row that stands for it now.

    Attributes
    ----------
    second : ResponseRecord or None
        The one further review.
    changes : int
        How often it was changed so far.
    definition : Definition
        Of the revision that was answered.
    """

    receipt: str
    key: bytes
    first: ReceiptRow
    current: ResponseRecord
    second: ResponseRecord | None
    changes: int
    definition: Definition
    rules: ReviewRules

    @property
    def level(self) -> str | None:
        """Key of the level as it stands."""
        return level_of(self.rules, self.current)

    @property
    def until(self) -> datetime:
        """End of the time for changes."""
        return self.first.received_at + timedelta(minutes=self.rules.change_minutes)

    @property
    def second_id(self) -> UUID:
        """Id of the one further review."""
        return _second_id(self.key, self.receipt)

    @property
    def next_id(self) -> UUID:
        """Id of the next change of mind."""
        return _change_id(self.key, self.receipt, self.changes + 1)

    @property
    def is_bound(self) -> bool:
        """Whether it came in through a link for one service case."""
        return self.current.case_number is not None


def level_of(rules: ReviewRules, response: ResponseRecord) -> str | None:
    """Return the key of the level a review gives."""
    level = response.answers.get(rules.rating)
    return level if isinstance(level, str) else None


@dataclass(frozen=True, slots=True)
class ReceiptRows:
    """Finds what a receipt stands for."""

    intake: Intake

    def find(self, work: Work, receipt: str) -> tuple[ReceiptRow, bytes]:
        """Return the row of a receipt and the key of its survey.

        Every survey's key is tried; newer surveys are asked for when none fits.

        Raises
        ------
        NotFound
        """
        responses = ResponseRepository(work)
        for keys in (self.intake.known_keys, self.intake.learn_keys):
            ids = {identity.id_of(key, receipt): key for key in keys(work)}
            found = responses.find_receipt(list(ids))
            if found is not None:
                return found, ids[found.id]
        raise unknown_code()

    def review(self, work: Work, receipt: str, first: ReceiptRow, key: bytes) -> Review | None:
        """Return the review behind a row, None where its survey is of another kind."""
        definition = self.intake.definition(work, first.answered_revision_id)
        if definition.review is None:
            return None
        second_id = _second_id(key, receipt)
        rows = {row.id: row for row in ResponseRepository(work).by_ids([first.id, second_id])}
        current, changes = _current(work, receipt, rows[first.id], key)
        second = rows.get(second_id)
        return Review(receipt, key, first, current, second, changes, definition, definition.review)

    def reviewed(self, work: Work, receipt: str) -> Review:
        """Return the review of a receipt.

        Raises
        ------
        NotFound
            Unknown, or the receipt of something else than a review.
        """
        review = self.review(work, receipt, *self.find(work, receipt))
        if review is None:
            raise unknown_code()
        return review


def _current(
    work: Work, receipt: str, first: ResponseRecord, key: bytes
) -> tuple[ResponseRecord, int]:
    """Return the row that stands for a review now, and the number of changes before it."""
    if first.standing != Standing.REPLACED:
        return first, 0
    numbers = {_change_id(key, receipt, n): n for n in range(1, MOST_CHANGES + 1)}
    rows = {numbers[row.id]: row for row in ResponseRepository(work).by_ids(list(numbers))}
    latest = max(rows, default=0)
    return rows.get(latest, first), latest


def _second_id(key: bytes, receipt: str) -> UUID:
    return identity.id_of(key, f"{receipt}/2")


def _change_id(key: bytes, receipt: str, number: int) -> UUID:
    return identity.id_of(key, f"{receipt}/c{number}")

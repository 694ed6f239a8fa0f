"""Counts of reviews by day and kind, kept while responses are folded into the tally.

Rates over a year and a million reviews are made from these rows: their number grows with the days,
windows and levels, not with the reviews.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from uuid import UUID

from sqlalchemy import delete, select

from surveyapp.domain.review_counts import FIRST
from surveyapp.storage.case_records import InvitationRecord
from surveyapp.storage.database import Work
from surveyapp.storage.duties import DutyRepository
from surveyapp.storage.records import (
    PlaceAssignmentRecord,
    ResponseRecord,
    ReviewTallyRecord,
)

NOTHING = ""
PLACE_CHANNEL = "qr"


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What a review is about beyond its subject; empty where nobody said."""

    item_code: str = NOTHING
    window: str = NOTHING
    staff_number: str = NOTHING


@dataclass(frozen=True, slots=True)
class ReviewCell:
    """What one row counts. Words that are not known are empty, so that keys compare."""

    day: date
    subject_key: str
    item_code: str
    window: str
    staff_number: str
    channel: str
    is_imported: bool
    is_named: bool
    is_default: bool
    review_number: int
    standing: str
    level: str

    @property
    def sha256(self) -> str:
        """Key of the row: a hash of its canonical JSON."""
        written = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False, default=str)
        return sha256(written.encode()).hexdigest()

    @classmethod
    def of(
        cls,
        response: ResponseRecord,
        where: Whereabouts,
        *,
        day: date,
        standing: str,
        level: str | None,
    ) -> ReviewCell:
        """Return the cell a response falls into."""
        is_imported = response.batch_id is not None
        unnamed_channel = NOTHING if is_imported else PLACE_CHANNEL
        return cls(
            day=day,
            subject_key=response.subject_key or NOTHING,
            item_code=where.item_code,
            window=where.window,
            staff_number=where.staff_number,
            channel=response.channel or unnamed_channel,
            is_imported=is_imported,
            is_named=response.is_named,
            is_default=response.is_default,
            review_number=response.review_number,
            standing=standing,
            level=level or NOTHING,
        )


@dataclass(frozen=True, slots=True)
class ReviewTallyRepository:
    """Counts of reviews in one transaction."""

    work: Work

    def whereabouts(self, responses: Iterable[ResponseRecord]) -> dict[UUID, Whereabouts]:
        """Return item, window and person of each response: its own, its invitation's, its place's.

        Who was on duty is asked for first reviews: a further one comes in days later.
        """
        given = list(responses)
        numbers = {one.case_number for one in given if one.case_number}
        invited = self._invited({one.survey_id for one in given}, numbers)
        windows = self._windows({one.place_id for one in given if one.place_id})
        on_duty = DutyRepository(self.work).among(
            (one.place_id, one.received_at)
            for one in given
            if one.place_id is not None and one.review_number == FIRST
        )
        found = {}
        for one in given:
            known = invited.get((one.survey_id, one.case_number), Whereabouts())
            at_place = windows.get(one.place_id, NOTHING)
            shift = on_duty.get((one.place_id, one.received_at)) if one.place_id else None
            found[one.id] = Whereabouts(
                one.item_code or known.item_code,
                one.window or known.window or at_place,
                known.staff_number or (shift.staff_number if shift else NOTHING),
            )
        return found

    def _invited(
        self, surveys: set[UUID], numbers: set[str]
    ) -> dict[tuple[UUID, str | None], Whereabouts]:
        if not numbers:
            return {}
        query = select(
            InvitationRecord.survey_id,
            InvitationRecord.case_number,
            InvitationRecord.item_code,
            InvitationRecord.window,
            InvitationRecord.staff_number,
        ).where(InvitationRecord.survey_id.in_(surveys), InvitationRecord.case_number.in_(numbers))
        return {
            (row.survey_id, row.case_number): Whereabouts(
                row.item_code or NOTHING, row.window or NOTHING, row.staff_number or NOTHING
            )
            for row in self.work.session.execute(query)
        }

    def _windows(self, places: set[UUID]) -> dict[UUID | None, str]:
        """Return the first window each place was said to stand at.

        A response keeps its own; this is for those given before any window was named.
        """
        if not places:
            return {}
        a = PlaceAssignmentRecord
        query = (
            select(a.place_id, a.window)
            .where(a.place_id.in_(places), a.window.is_not(None))
            .order_by(a.assigned_at.desc())
        )
        return {row.place_id: row.window for row in self.work.session.execute(query)}

    def add(self, survey_id: UUID, changes: Mapping[ReviewCell, int]) -> None:
        """Add counts, negative ones too; the caller holds the tally's lock. Zeros disappear."""
        if not changes:
            return
        rows = [
            {"survey_id": survey_id, "cell_sha256": cell.sha256, "n": n, **asdict(cell)}
            for cell, n in changes.items()
        ]
        insert = self.work.insert(ReviewTallyRecord)
        self.work.session.execute(
            insert.on_conflict_do_update(
                index_elements=["survey_id", "cell_sha256"],
                set_={"n": ReviewTallyRecord.n + insert.excluded.n},
            ),
            rows,
        )
        lessened = [row["cell_sha256"] for row in rows if row["n"] <= 0]
        if lessened:
            self.work.session.execute(
                delete(ReviewTallyRecord).where(
                    ReviewTallyRecord.survey_id == survey_id,
                    ReviewTallyRecord.cell_sha256.in_(lessened),
                    ReviewTallyRecord.n == 0,
                )
            )

    def clear(self, survey_id: UUID) -> None:
        """Forget all counts of a survey; the caller holds the lock and counts anew."""
        self.work.session.execute(
            delete(ReviewTallyRecord).where(ReviewTallyRecord.survey_id == survey_id)
        )

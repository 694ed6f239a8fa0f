"""Accounts, their roles and their sign-ins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from surveyapp.domain.roles import Grant, Role
from surveyapp.storage.database import Work
from surveyapp.storage.records import GrantRecord, StaffRecord, StaffSessionRecord


@dataclass(frozen=True, slots=True)
class StaffRepository:
    """Accounts in one transaction."""

    work: Work

    def find(self, name: str, *, for_update: bool = False) -> StaffRecord | None:
        """Return the account with a canonical name."""
        query = select(StaffRecord).where(StaffRecord.name == name)
        return self.work.session.scalar(query.with_for_update() if for_update else query)

    def get(self, staff_id: UUID, *, for_update: bool = False) -> StaffRecord:
        """Return an account by its id: accounts are disabled, never deleted."""
        query = select(StaffRecord).where(StaffRecord.id == staff_id)
        query = query.with_for_update() if for_update else query
        return self.work.session.scalars(query).one()

    def all(self) -> list[StaffRecord]:
        """Return every account, ordered by name."""
        return list(self.work.session.scalars(select(StaffRecord).order_by(StaffRecord.name)))

    def add(self, staff: StaffRecord) -> bool:
        """Store an account; False where the name was taken, also at this very moment."""
        try:
            with self.work.session.begin_nested():
                self.work.session.add(staff)
        except IntegrityError:
            return False
        return True

    def grants(self) -> dict[UUID, tuple[Grant, ...]]:
        """Return the roles of every account, in the order of the roles."""
        return _by_account(self.work.session.scalars(select(GrantRecord)))

    def grants_of(self, staff_id: UUID) -> tuple[Grant, ...]:
        """Return the roles of one account, in the order of the roles."""
        query = select(GrantRecord).where(GrantRecord.staff_id == staff_id)
        return _by_account(self.work.session.scalars(query)).get(staff_id, ())

    def put_grants(self, staff_id: UUID, grants: Iterable[Grant]) -> None:
        """Replace the roles of an account."""
        session = self.work.session
        session.execute(delete(GrantRecord).where(GrantRecord.staff_id == staff_id))
        session.add_all(
            GrantRecord(
                id=uuid4(),
                staff_id=staff_id,
                role=grant.role,
                unit_code=grant.unit_code,
                team=grant.team,
            )
            for grant in grants
        )
        session.flush()

    def lock_holders(self, role: Role) -> list[UUID]:
        """Return the accounts that hold a role and can sign in, locked in one order."""
        query = (
            select(StaffRecord.id)
            .join(GrantRecord, GrantRecord.staff_id == StaffRecord.id)
            .where(GrantRecord.role == role, StaffRecord.disabled_at.is_(None))
            .order_by(StaffRecord.id)
            .with_for_update(of=StaffRecord)
        )
        return list(self.work.session.scalars(query))


@dataclass(frozen=True, slots=True)
class SessionRepository:
    """Sign-ins in one transaction; the table holds digests, never tokens."""

    work: Work

    def add(self, session: StaffSessionRecord) -> None:
        """Store a sign-in."""
        self.work.session.add(session)

    def find(self, token_sha256: str) -> StaffSessionRecord | None:
        """Return the sign-in of a token."""
        return self.work.session.get(StaffSessionRecord, token_sha256)

    def touch(self, token_sha256: str, now: datetime) -> None:
        """Note the activity of a sign-in, if it has not ended this very moment."""
        self.work.session.execute(
            update(StaffSessionRecord)
            .where(StaffSessionRecord.token_sha256 == token_sha256)
            .values(seen_at=now)
        )

    def seen(self) -> dict[UUID, datetime]:
        """Return the last activity of every account that is signed in somewhere."""
        query = select(StaffSessionRecord.staff_id, func.max(StaffSessionRecord.seen_at)).group_by(
            StaffSessionRecord.staff_id
        )
        return dict(iter(self.work.session.execute(query)))

    def end(self, token_sha256: str) -> UUID | None:
        """Delete a sign-in; whose it was, or None."""
        query = (
            delete(StaffSessionRecord)
            .where(StaffSessionRecord.token_sha256 == token_sha256)
            .returning(StaffSessionRecord.staff_id)
        )
        return self.work.session.scalar(query)

    def end_all(self, staff_id: UUID, *, but: str = "") -> int:
        """Delete the sign-ins of an account except the one of a token digest; how many."""
        query = (
            delete(StaffSessionRecord)
            .where(StaffSessionRecord.staff_id == staff_id, StaffSessionRecord.token_sha256 != but)
            .returning(StaffSessionRecord.token_sha256)
        )
        return len(self.work.session.scalars(query).all())

    def end_stale(self, *, seen_before: datetime, created_before: datetime) -> None:
        """Delete every sign-in that has been idle or has lasted for too long."""
        self.work.session.execute(
            delete(StaffSessionRecord).where(
                (StaffSessionRecord.seen_at < seen_before)
                | (StaffSessionRecord.created_at < created_before)
            )
        )


def _by_account(records: Iterable[GrantRecord]) -> dict[UUID, tuple[Grant, ...]]:
    found: dict[UUID, list[Grant]] = defaultdict(list)
    for record in records:
        found[record.staff_id].append(Grant(Role(record.role), record.unit_code, record.team))
    order = list(Role)
    return {
        staff_id: tuple(sorted(grants, key=lambda grant: order.index(grant.role)))
        for staff_id, grants in found.items()
    }

"""Signing in, staying signed in and choosing a password."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from surveyapp.domain.accounts import (
    ONE_TIME_BITS,
    SignInRefused,
    StaffView,
    canonical_name,
    require_password,
)
from surveyapp.domain.codes import normalise
from surveyapp.domain.errors import BadInput, Conflict
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Actor, Grant, permissions_of
from surveyapp.services.auditing import record_event
from surveyapp.services.throttling import SignInLimits
from surveyapp.storage.database import Database, Work
from surveyapp.storage.records import StaffRecord, StaffSessionRecord
from surveyapp.storage.staff import SessionRepository, StaffRepository
from surveyapp.storage.units import UnitRepository

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
_IDLE_BOUNDS = (timedelta(minutes=30), timedelta(hours=8))
_SEEN_EVERY = timedelta(minutes=1)
_TOKEN_BYTES = 32
_UNKNOWN = Actor("unknown")


class SignIns:
    """Use cases of everybody who has an account.

    Parameters
    ----------
    database : Database
        Where accounts live.
    now : callable
        Returns aware UTC.
    limits : SignInLimits
        Counts wrong passwords.
    hasher : PasswordHasher
        An account hashed with other parameters is hashed anew at its next sign-in.
    random_bytes : callable
        Source of tokens.
    idle : timedelta
        After how long without a request a sign-in ends: 30 minutes to 8 hours. After `LONGEST`
        every sign-in ends.
    """

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime],
        limits: SignInLimits,
        *,
        hasher: PasswordHasher,
        random_bytes: Callable[[int], bytes],
        idle: timedelta = IDLE,
    ) -> None:
        if not _IDLE_BOUNDS[0] <= idle <= _IDLE_BOUNDS[1]:
            raise ValueError("a sign-in may be idle for 30 minutes to 8 hours")
        self._database = database
        self._now = now
        self._limits = limits
        self._hasher = hasher
        self._random_bytes = random_bytes
        self.idle = idle

    def begin(self, name: str, password: str, address: str) -> str:
        """Begin a sign-in and return its token, which the table does not hold.

        Passwords are checked outside of any transaction: hashing is slow on purpose.

        Raises
        ------
        SignInRefused
            Name or password is wrong, or the account is disabled.
        TooManyAttempts
            Too many wrong passwords in a short time.
        """
        record, password = self._checked(name, password, address)
        return self._begin_session(record, password)

    def confirm(self, name: str, password: str, address: str) -> Actor:
        """Check that a second person stands by; no sign-in begins.

        Raises
        ------
        SignInRefused, TooManyAttempts
            As of `begin`; also where the account still has its one-time password, which somebody
            else has seen.
        """
        record, _password = self._checked(name, password, address)
        if record.must_change_password:
            raise SignInRefused
        return Actor(record.name, record.id)

    def _checked(self, name: str, password: str, address: str) -> tuple[StaffRecord, str]:
        """Return the account that name and password belong to, and the password as it was read."""
        name = canonical_name(name)
        self._limits.begin(name, address)
        with self._database.reading() as work:
            record = StaffRepository(work).find(name)
        if record is not None and record.must_change_password:
            password = _code(password)
        right = record is not None and self._verifies(record.password_hash, password)
        if record is None or self._hasher.check_needs_rehash(record.password_hash):
            # A name without an account, or with a quickly hashed one-time password, takes as long
            # to refuse as any other.
            self._verifies(self._decoy, password)
        if record is None or record.disabled_at is not None or not right:
            self._limits.failed(address)
            self._note_failure(record)
            raise SignInRefused
        self._limits.succeeded(name, address)
        return record, password

    def who(self, token: str) -> StaffView | None:
        """Return who a token stands for; None when it is unknown, idle for too long or too old."""
        digest = _digest(token)
        now = self._now()
        with self._database.reading() as work:
            session = SessionRepository(work).find(digest)
            if session is None or not self._is_alive(session, now):
                return None
            staff = StaffRepository(work)
            record = staff.get(session.staff_id)
            if record.disabled_at is not None:
                return None
            view = staff_view(work, record, staff.grants_of(record.id))
            stale = now - session.seen_at >= _SEEN_EVERY
        if stale:
            with self._database.writing() as work:
                SessionRepository(work).touch(digest, now)
        return view

    def end(self, token: str) -> None:
        """End a sign-in; one that has ended already stays ended."""
        with self._database.writing() as work:
            staff_id = SessionRepository(work).end(_digest(token))
            if staff_id is not None:
                record = StaffRepository(work).get(staff_id)
                actor = Actor(record.name, record.id)
                record_event(work, actor, "session.end", record.name, now=self._now())

    def change_password(
        self, staff: StaffView, token: str, new: str, *, current: str | None = None
    ) -> None:
        """Set one's own password and end one's other sign-ins.

        Parameters
        ----------
        staff : StaffView
            Who asks.
        token : str
            Their sign-in, which goes on.
        new : str
            The new password.
        current : str, optional
            The present password; left out only at the first sign-in, where the one-time password
            was typed a moment ago.

        Raises
        ------
        BadInput
            The present password is wrong, or the new one cannot be used.
        TooManyAttempts
            The present password was wrong too often.
        """
        with self._database.reading() as work:
            record = StaffRepository(work).get(staff.id)
        if not record.must_change_password:
            self._limits.begin(staff.name, str(staff.id))
            if not self._verifies(record.password_hash, current or ""):
                raise BadInput(message("The current password is wrong."))
            self._limits.succeeded(staff.name, str(staff.id))
        require_password(new, record.name)
        old = _code(new) if record.must_change_password else new
        if self._verifies(record.password_hash, old):
            raise BadInput(message("The new password must differ from the current one."))
        hashed = self._hasher.hash(new)
        with self._database.writing() as work:
            stored = StaffRepository(work).get(staff.id, for_update=True)
            if stored.password_hash != record.password_hash:
                raise Conflict(message("The password was changed meanwhile: sign in again."))
            stored.password_hash = hashed
            stored.must_change_password = False
            ended = SessionRepository(work).end_all(record.id, but=_digest(token))
            detail = {"sessions_ended": ended}
            record_event(
                work, staff.actor, "account.password", record.name, detail, now=self._now()
            )

    def _begin_session(self, record: StaffRecord, password: str) -> str:
        rehashed = None
        is_chosen = not record.must_change_password
        if is_chosen and self._hasher.check_needs_rehash(record.password_hash):
            rehashed = self._hasher.hash(password)
        token = base64.urlsafe_b64encode(self._random_bytes(_TOKEN_BYTES)).decode().rstrip("=")
        now = self._now()
        with self._database.writing() as work:
            stored = StaffRepository(work).get(record.id, for_update=True)
            # The account may have been disabled, or its password reset, while we were hashing.
            if stored.disabled_at is not None or stored.password_hash != record.password_hash:
                raise SignInRefused
            if rehashed is not None:
                stored.password_hash = rehashed
            sessions = SessionRepository(work)
            sessions.end_stale(seen_before=now - self.idle, created_before=now - LONGEST)
            sessions.add(
                StaffSessionRecord(
                    token_sha256=_digest(token), staff_id=stored.id, created_at=now, seen_at=now
                )
            )
            actor = Actor(stored.name, stored.id)
            record_event(work, actor, "session.begin", stored.name, now=now)
        return token

    def _note_failure(self, record: StaffRecord | None) -> None:
        """Log a failure; never what was typed as a name: it may be the password."""
        actor = Actor(record.name, record.id) if record else _UNKNOWN
        with self._database.writing() as work:
            record_event(work, actor, "session.refuse", actor.name, now=self._now())

    def _is_alive(self, session: StaffSessionRecord, now: datetime) -> bool:
        return now - session.seen_at < self.idle and now - session.created_at < LONGEST

    def _verifies(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except VerifyMismatchError:
            return False

    @cached_property
    def _decoy(self) -> str:
        """A hash nobody knows the password of."""
        return self._hasher.hash(self._random_bytes(_TOKEN_BYTES))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _code(typed: str) -> str:
    """Read a one-time password as forgivingly as every printed code."""
    return normalise(typed, ONE_TIME_BITS) or typed


def staff_view(work: Work, record: StaffRecord, grants: tuple[Grant, ...]) -> StaffView:
    """Return what pages know about the owner of an account."""
    own = [grant.unit_code for grant in grants if grant.unit_code is not None]
    return StaffView(
        id=record.id,
        name=record.name,
        full_name=record.full_name,
        grants=grants,
        permissions=permissions_of(grants),
        unit_codes=UnitRepository(work).below(own) if own else frozenset(),
        must_change_password=record.must_change_password,
    )

"""Accounts of staff: making them, changing what they may do, ending them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from argon2 import PasswordHasher

from surveyapp.config import Settings
from surveyapp.domain.accounts import (
    ONE_TIME_BITS,
    Account,
    IssuedAccount,
    canonical_name,
    require_full_name,
    require_grants,
    require_name,
    require_other_person,
)
from surveyapp.domain.codes import encode
from surveyapp.domain.errors import BadInput, Conflict, NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Actor, Grant, Role
from surveyapp.services.auditing import record_event
from surveyapp.services.sign_ins import SignIns
from surveyapp.services.throttling import SignInLimits
from surveyapp.storage.database import Database, Work
from surveyapp.storage.records import StaffRecord
from surveyapp.storage.staff import SessionRepository, StaffRepository
from surveyapp.storage.units import UnitRepository

# Eighty random bits cannot be guessed however fast one tries: slowness would protect nothing, and a
# workbook of accounts would take minutes. Passwords that people choose are hashed in earnest.
_QUICK = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1)


@dataclass(frozen=True, slots=True)
class OneTimePassword:
    """A password as it is shown once, and what is kept of it."""

    printed: str
    hashed: str


class Staffing:
    """Use cases around accounts.

    Parameters
    ----------
    database : Database
        Where accounts live.
    now : callable
        Returns aware UTC.
    settings : Settings
        For the store that counts attempts.
    hasher : PasswordHasher, optional
        Argon2 with its own recommended parameters where none is given.
    random_bytes : callable, optional
        Source of tokens and one-time passwords.

    Attributes
    ----------
    sign_ins : SignIns
        What everybody with an account does for themselves.
    """

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime],
        settings: Settings,
        *,
        hasher: PasswordHasher | None = None,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._database = database
        self._now = now
        self._random_bytes = random_bytes
        self.sign_ins = SignIns(
            database,
            now,
            SignInLimits(settings.ratelimit_url, settings.secret_keys[-1]),
            hasher=hasher or PasswordHasher(),
            random_bytes=random_bytes,
        )

    def accounts(self) -> list[Account]:
        """Return every account, ordered by name."""
        with self._database.reading() as work:
            staff = StaffRepository(work)
            grants = staff.grants()
            seen = SessionRepository(work).seen()
            return [
                _account(record, grants.get(record.id, ()), seen.get(record.id))
                for record in staff.all()
            ]

    def find(self, name: str) -> Account:
        """Return one account.

        Raises
        ------
        NotFound
            No account has this name.
        """
        with self._database.reading() as work:
            record = _get(work, name)
            seen = SessionRepository(work).seen().get(record.id)
            return _account(record, StaffRepository(work).grants_of(record.id), seen)

    def add(self, name: str, grants: tuple[Grant, ...], full_name: str, actor: Actor) -> str:
        """Make an account and return its one-time password.

        The password is shown once and stored nowhere; at the first sign-in the person chooses
        their own.

        Raises
        ------
        BadInput
            Name, full name or roles cannot be used.
        Conflict
            The name is taken.
        """
        secret = self.one_time_passwords(1)[0]
        with self._database.writing() as work:
            self.add_within(work, name, grants, full_name, secret, actor)
        return secret.printed

    def one_time_passwords(self, n: int) -> list[OneTimePassword]:
        """Draw passwords and hash them: before a transaction begins, because hashing is slow."""
        codes = [encode(self._random_bytes(ONE_TIME_BITS // 8)) for _ in range(n)]
        return [OneTimePassword(_printed(code), _QUICK.hash(code)) for code in codes]

    def add_within(
        self,
        work: Work,
        name: str,
        grants: tuple[Grant, ...],
        full_name: str,
        secret: OneTimePassword,
        actor: Actor,
    ) -> IssuedAccount:
        """Make an account in the transaction of a larger change; see `add`."""
        name = require_name(name)
        full_name = require_full_name(full_name)
        grants = require_grants(grants)
        _require_units(work, grants)
        record = StaffRecord(
            id=uuid4(),
            name=name,
            full_name=full_name,
            password_hash=secret.hashed,
            must_change_password=True,
            created_at=self._now(),
        )
        if not StaffRepository(work).add(record):
            raise Conflict(message("There is an account named %(name)s already.", name=name))
        StaffRepository(work).put_grants(record.id, grants)
        record_event(work, actor, "account.add", name, _detail(grants), now=self._now())
        return IssuedAccount(name, full_name, secret.printed)

    def set_grants(self, name: str, grants: tuple[Grant, ...], actor: Actor) -> None:
        """Replace the roles of an account; they hold from its next request on.

        Raises
        ------
        BadInput
            The roles cannot be used together, or the unit is unknown.
        Conflict
            One's own account, or nobody would be left to administer accounts.
        NotFound
            No account has this name.
        """
        with self._database.writing() as work:
            record = _get(work, name)
            self.change_within(work, record.name, grants, record.full_name, actor)

    def change_within(
        self, work: Work, name: str, grants: tuple[Grant, ...], full_name: str, actor: Actor
    ) -> None:
        """Replace roles and full name in the transaction of a larger change; see `set_grants`."""
        grants = require_grants(grants)
        full_name = require_full_name(full_name)
        _require_units(work, grants)
        staff = StaffRepository(work)
        administrators = staff.lock_holders(Role.ADMIN)
        record = _get(work, name)
        before = staff.grants_of(record.id)
        if grants != before:
            require_other_person(actor, record.id)
            if all(grant.role is not Role.ADMIN for grant in grants) and administrators == [
                record.id
            ]:
                raise _last_administrator()
            staff.put_grants(record.id, grants)
        record.full_name = full_name
        detail = {"before": _detail(before)["roles"], "after": _detail(grants)["roles"]}
        record_event(work, actor, "account.change", record.name, detail, now=self._now())

    def disable(self, name: str, actor: Actor) -> None:
        """Keep anybody from using an account from this moment on; nothing of it is deleted.

        Raises
        ------
        Conflict
            One's own account, or nobody would be left to administer accounts.
        NotFound
            No account has this name.
        """
        with self._database.writing() as work:
            administrators = StaffRepository(work).lock_holders(Role.ADMIN)
            record = _get(work, name)
            require_other_person(actor, record.id)
            if administrators == [record.id]:
                raise _last_administrator()
            if record.disabled_at is None:
                record.disabled_at = self._now()
                SessionRepository(work).end_all(record.id)
                record_event(work, actor, "account.disable", record.name, now=self._now())

    def enable(self, name: str, actor: Actor) -> None:
        """Let a disabled account be used again.

        Raises
        ------
        NotFound
            No account has this name.
        """
        with self._database.writing() as work:
            record = _get(work, name)
            if record.disabled_at is not None:
                record.disabled_at = None
                record_event(work, actor, "account.enable", record.name, now=self._now())

    def reset_password(self, name: str, actor: Actor, *, lasting: bool = False) -> str:
        """Give an account a new one-time password, end its sign-ins, return the password.

        Parameters
        ----------
        lasting : bool
            It may be used more than once: only for accounts of the demo, whose passwords are
            printed anew at each start.

        Raises
        ------
        Conflict
            One's own account: there is a page for that.
        NotFound
            No account has this name.
        """
        secret = self.one_time_passwords(1)[0]
        hashed = _QUICK.hash(secret.printed) if lasting else secret.hashed
        with self._database.writing() as work:
            record = _get(work, name)
            require_other_person(actor, record.id)
            record.password_hash = hashed
            record.must_change_password = not lasting
            SessionRepository(work).end_all(record.id)
            record_event(work, actor, "account.reset_password", record.name, now=self._now())
        return secret.printed


def _printed(code: str) -> str:
    """Write a one-time password in groups, as it is read out and typed."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def _get(work: Work, name: str) -> StaffRecord:
    record = StaffRepository(work).find(canonical_name(name))
    if record is None:
        raise NotFound(message("There is no account with this name."))
    return record


def _last_administrator() -> Conflict:
    return Conflict(message("This is the last administrator: give somebody else the role first."))


def _require_units(work: Work, grants: tuple[Grant, ...]) -> None:
    units = UnitRepository(work)
    for grant in grants:
        if grant.unit_code is not None and units.find(grant.unit_code) is None:
            raise BadInput(message("No unit has the code %(code)s.", code=grant.unit_code))


def _detail(grants: tuple[Grant, ...]) -> dict[str, list[str]]:
    return {
        "roles": [
            ":".join(filter(None, (str(grant.role), grant.unit_code, grant.team)))
            for grant in grants
        ]
    }


def _account(record: StaffRecord, grants: tuple[Grant, ...], seen_at: datetime | None) -> Account:
    return Account(
        id=record.id,
        name=record.name,
        full_name=record.full_name,
        grants=grants,
        must_change_password=record.must_change_password,
        created_at=record.created_at,
        disabled_at=record.disabled_at,
        seen_at=seen_at,
    )

"""Tokens of programs: made, shown once, asked for at every request, revoked."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from surveyapp.domain import codes
from surveyapp.domain.errors import Conflict, NotAllowed, NotFound, Refusal
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Actor
from surveyapp.domain.tokens import (
    SCOPE_NAMES,
    IssuedToken,
    Scope,
    Token,
    require_days,
    require_token_name,
)
from surveyapp.services.auditing import record_event
from surveyapp.storage.api_tokens import TokenRepository
from surveyapp.storage.case_records import ApiTokenRecord
from surveyapp.storage.database import Database

PREFIX = "sva_"
"""What every token begins with, so that programs which look for lost secrets know it."""
_BYTES = 25
_LONGEST = 200


class UnknownToken(Refusal):
    """No token, a wrong one, one that has expired or was revoked: all alike."""

    def __init__(self) -> None:
        super().__init__(message("This needs a token that is valid: ask an administrator for one."))


class Tokens:
    """Use cases around tokens."""

    def __init__(
        self,
        database: Database,
        *,
        now: Callable[[], datetime],
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._database = database
        self._now = now
        self._random_bytes = random_bytes

    def add(self, name: str, scope: Scope, days: int, actor: Actor) -> IssuedToken:
        """Make a token; its text is in the answer and nowhere else.

        Raises
        ------
        BadInput
            No usable name, or no number of days that a token can be good for.
        Conflict
            There is, or was, a token of this name.
        """
        name, days = require_token_name(name), require_days(days)
        now = self._now()
        text = PREFIX + codes.encode(self._random_bytes(_BYTES))
        with self._database.writing() as work:
            tokens = TokenRepository(work)
            if tokens.named(name) is not None:
                raise Conflict(
                    message("There is or was a token “%(name)s”: choose another name.", name=name)
                )
            record = ApiTokenRecord(
                id=uuid4(),
                name=name,
                token_sha256=_digest(text),
                scope=scope,
                created_by=actor.name,
                created_at=now,
                expires_at=now + timedelta(days=days),
                revoked_at=None,
            )
            tokens.add(record)
            detail = {"scope": str(scope), "days": days}
            record_event(work, actor, "token.add", name, detail, now=now)
            return IssuedToken(_as_token(record), text)

    def all(self) -> Sequence[Token]:
        """Return every token by name, revoked and expired ones too."""
        with self._database.reading() as work:
            return [_as_token(record) for record in TokenRepository(work).all()]

    def revoke(self, name: str, actor: Actor) -> Token:
        """Make a token worthless at once; asked twice, nothing more happens.

        Raises
        ------
        NotFound
        """
        now = self._now()
        with self._database.writing() as work:
            record = TokenRepository(work).named(name)
            if record is None:
                raise NotFound(message("There is no token “%(name)s”.", name=name[:80]))
            if record.revoked_at is None:
                record.revoked_at = now
                record_event(work, actor, "token.revoke", name, now=now)
            return _as_token(record)

    def check(self, text: str) -> Token:
        """Return the token a program shows.

        The search goes by the digest: how long it takes tells nothing about any token.

        Raises
        ------
        UnknownToken
        """
        if not text.startswith(PREFIX) or len(text) > _LONGEST:
            raise UnknownToken
        digest = _digest(text)
        with self._database.reading() as work:
            record = TokenRepository(work).find(digest)
            if record is None or not hmac.compare_digest(record.token_sha256, digest):
                raise UnknownToken
            token = _as_token(record)
        if not token.is_valid(self._now()):
            raise UnknownToken
        return token


def require_scope(token: Token, scope: Scope) -> None:
    """Refuse a token that is for something else.

    Raises
    ------
    NotAllowed
    """
    if token.scope is not scope:
        raise NotAllowed(
            message(
                "This token is for “%(has)s”; this needs one for “%(needs)s”.",
                has=SCOPE_NAMES[token.scope],
                needs=SCOPE_NAMES[scope],
            )
        )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _as_token(record: ApiTokenRecord) -> Token:
    return Token(
        id=record.id,
        name=record.name,
        scope=Scope(record.scope),
        created_by=record.created_by,
        created_at=record.created_at,
        expires_at=record.expires_at,
        revoked_at=record.revoked_at,
    )

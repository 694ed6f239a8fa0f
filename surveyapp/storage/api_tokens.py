"""Tokens of programs: digests, never the tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from surveyapp.storage.case_records import ApiTokenRecord
from surveyapp.storage.database import Work


@dataclass(frozen=True, slots=True)
class TokenRepository:
    """Tokens in one transaction."""

    work: Work

    def all(self) -> Sequence[ApiTokenRecord]:
        """Return every token by name, revoked ones too."""
        return self.work.session.scalars(select(ApiTokenRecord).order_by(ApiTokenRecord.name)).all()

    def named(self, name: str) -> ApiTokenRecord | None:
        """Return the token of a name."""
        query = select(ApiTokenRecord).where(ApiTokenRecord.name == name)
        return self.work.session.scalars(query).one_or_none()

    def find(self, token_sha256: str) -> ApiTokenRecord | None:
        """Return the token with a digest."""
        query = select(ApiTokenRecord).where(ApiTokenRecord.token_sha256 == token_sha256)
        return self.work.session.scalars(query).one_or_none()

    def add(self, token: ApiTokenRecord) -> None:
        """Store a token."""
        self.work.session.add(token)

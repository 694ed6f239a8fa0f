"""Keys for programs: what a program may do, and until when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Actor
from surveyapp.domain.text import Text

MOST_DAYS = 731
MAX_NAME = 64


class Scope(StrEnum):
    """What a token is good for: one thing each, so that a lost one opens little."""

    INVITATIONS = "invitations"
    VOLUMES = "volumes"
    FIGURES = "figures"
    SNAPSHOTS = "snapshots"
    SCORES = "scores"
    VALUES = "values"


SCOPE_NAMES: Mapping[Scope, Text] = {
    Scope.INVITATIONS: Text("办件评价链接", "Links for service cases"),
    Scope.VOLUMES: Text("报送办件量", "Numbers of service cases"),
    Scope.FIGURES: Text("读取已发布结果", "Released figures"),
    Scope.SNAPSHOTS: Text("读取指标与结果快照", "Indicators and snapshots"),
    Scope.SCORES: Text("读取考核方案与得分", "Schemes and released scores"),
    Scope.VALUES: Text("报送考核数据", "Values of an assessment"),
}


@dataclass(frozen=True, slots=True)
class Token:
    """A token as administrators see it; the token itself is stored nowhere."""

    id: UUID
    name: str
    scope: Scope
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    def is_valid(self, now: datetime) -> bool:
        """Whether it opens anything at a moment."""
        return self.revoked_at is None and now < self.expires_at

    @property
    def actor(self) -> Actor:
        """The program as the one who asks for a change."""
        return Actor(f"token {self.name}")


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token with its text, which is shown once."""

    token: Token
    text: str


def scope_named(text: str) -> Scope:
    """Return the scope of a name.

    Raises
    ------
    BadInput
    """
    if text not in set(Scope):
        raise BadInput(
            message(
                "A token is for one of %(names)s, not “%(text)s”.",
                names=", ".join(Scope),
                text=text[:40],
            )
        )
    return Scope(text)


def require_token_name(typed: str) -> str:
    """Return the name of a token with white space put right.

    Raises
    ------
    BadInput
    """
    name = " ".join(typed.split())
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise BadInput(
            message("A token needs a name of at most %(most)s characters.", most=MAX_NAME)
        )
    return name


def require_days(days: int) -> int:
    """Return for how many days a token is good.

    Raises
    ------
    BadInput
    """
    if not 1 <= days <= MOST_DAYS:
        raise BadInput(message("A token is good for 1 to %(most)s days.", most=MOST_DAYS))
    return days

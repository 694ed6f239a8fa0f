"""Definitions by revision: read once a process, because a revision in use never changes."""

from __future__ import annotations

import threading
from uuid import UUID

from surveyapp.domain.definition import parse_definition
from surveyapp.domain.errors import Conflict
from surveyapp.domain.messages import message
from surveyapp.domain.survey import Definition
from surveyapp.storage.records import RevisionRecord

CAPACITY = 256


class DefinitionCache:
    """Definitions by revision id; a draft that is replaced gets a new id."""

    def __init__(self) -> None:
        self._known: dict[UUID, Definition] = {}
        self._lock = threading.Lock()

    def find(self, revision_id: UUID) -> Definition | None:
        """Return a definition that was read before, or None."""
        return self._known.get(revision_id)

    def read(self, revision: RevisionRecord) -> Definition:
        """Return the definition of a revision."""
        known = self._known.get(revision.id)
        if known is None:
            known = parse_definition(revision.definition)
            with self._lock:
                if len(self._known) >= CAPACITY:
                    self._known.pop(next(iter(self._known)))
                self._known[revision.id] = known
        return known


def require_seen(seen: str | None, sha256: str) -> None:
    """Refuse to put a draft in use that is not the one somebody looked at.

    Parameters
    ----------
    seen : str or None
        Hash of what was looked at; None where nobody was shown anything.

    Raises
    ------
    Conflict
    """
    if seen is not None and seen != sha256:
        raise Conflict(
            message("The draft was changed meanwhile. Look at it again, then put it in use.")
        )

"""Rows that are only ever added: the code that tries to change or delete one is a bug."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Mapper

from surveyapp.storage.records import Record


class Frozen(RuntimeError):
    """The code tried to change or delete what stays as it is for ever."""


def keep_frozen(*records: type[Record]) -> None:
    """Refuse every change and deletion of rows of some tables."""
    for record in records:
        event.listen(record, "before_update", _refuse)
        event.listen(record, "before_delete", _refuse)


def _refuse(_mapper: Mapper[Any], _connection: Any, target: Record) -> None:
    raise Frozen(f"rows of {target.__tablename__} are never changed")

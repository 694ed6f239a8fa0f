"""The tree of units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from surveyapp.storage.database import Work
from surveyapp.storage.records import UnitRecord


@dataclass(frozen=True, slots=True)
class UnitRepository:
    """Units in one transaction."""

    work: Work

    def all(self, *, for_update: bool = False) -> list[UnitRecord]:
        """Return every unit, ordered by code; locked against other changes where asked."""
        query = select(UnitRecord).order_by(UnitRecord.code)
        return list(self.work.session.scalars(query.with_for_update() if for_update else query))

    def find(self, code: str) -> UnitRecord | None:
        """Return one unit."""
        return self.work.session.get(UnitRecord, code)

    def add(self, unit: UnitRecord) -> bool:
        """Store a unit whose parent is stored already; False where its code is taken."""
        try:
            with self.work.session.begin_nested():
                self.work.session.add(unit)
        except IntegrityError:
            return False
        return True

    def below(self, codes: Iterable[str]) -> frozenset[str]:
        """Return these units and everything below them, however deep."""
        tree = (
            select(UnitRecord.code)
            .where(UnitRecord.code.in_(list(codes)))
            .cte("below", recursive=True)
        )
        children = select(UnitRecord.code).join(tree, UnitRecord.parent_code == tree.c.code)
        return frozenset(self.work.session.scalars(select(tree.union(children).c.code)))

"""What a workbook of the organisation would do: new, changed or unchanged, row by row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum

from surveyapp.domain.messages import message
from surveyapp.domain.organisation import AccountRow, RowProblem, Sheet, Unit, UnitRow
from surveyapp.domain.roles import Grant


class Kind(StrEnum):
    """What a row would do."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class UnitChange:
    """What one row would do to the tree."""

    kind: Kind
    after: Unit
    before: Unit | None


@dataclass(frozen=True, slots=True)
class AccountChange:
    """What one row would do to an account; `before` are its present name and roles."""

    kind: Kind
    after: AccountRow
    before_name: str | None
    before_grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a workbook would do."""

    units: tuple[UnitChange, ...]
    accounts: tuple[AccountChange, ...]

    @property
    def is_empty(self) -> bool:
        """Whether everything is as the workbook says already."""
        kinds = [change.kind for change in self.units]
        kinds += [change.kind for change in self.accounts]
        return all(kind is Kind.UNCHANGED for kind in kinds)

    @property
    def sha256(self) -> str:
        """Digest of what would happen: the same only while nobody changes anything meanwhile."""
        units = [
            [change.kind, *_written(change.after), *_written(change.before)]
            for change in self.units
        ]
        accounts = [
            [
                change.kind,
                change.after.name,
                change.after.full_name,
                [[grant.role, grant.unit_code, grant.team] for grant in change.after.grants],
                change.before_name,
                [[grant.role, grant.unit_code, grant.team] for grant in change.before_grants],
            ]
            for change in self.accounts
        ]
        return hashlib.sha256(json.dumps([units, accounts]).encode()).hexdigest()


def _written(unit: Unit | None) -> list[str | None]:
    return [] if unit is None else [unit.code, unit.name, unit.parent_code, unit.category]


def plan_units(rows: Sequence[UnitRow], existing: Mapping[str, Unit]) -> tuple[UnitChange, ...]:
    """Say what each row would do, in the order of the rows."""
    return tuple(
        UnitChange(_kind(before, row.unit), row.unit, before)
        for row, before in ((row, existing.get(row.unit.code)) for row in rows)
    )


def plan_accounts(
    rows: Sequence[AccountRow], existing: Mapping[str, tuple[str, tuple[Grant, ...]]]
) -> tuple[AccountChange, ...]:
    """Say what each row would do.

    Parameters
    ----------
    rows : sequence of AccountRow
        As the table gives them.
    existing : mapping of str to (str, tuple of Grant)
        Present full names and roles by sign-in name.
    """
    changes = []
    for row in rows:
        before = existing.get(row.name)
        kind = _kind(before, (row.full_name, row.grants))
        name, grants = before if before is not None else (None, ())
        changes.append(AccountChange(kind, row, name, grants))
    return tuple(changes)


def check_accounts(
    rows: Sequence[AccountRow],
    units: Set[str],
    existing: Mapping[str, tuple[str, tuple[Grant, ...]]],
    own_name: str,
) -> list[RowProblem]:
    """Find every row that cannot become an account.

    Parameters
    ----------
    rows : sequence of AccountRow
        As the table gives them.
    units : set of str
        Codes of the units there will be.
    existing : mapping of str to (str, tuple of Grant)
        Present full names and roles by sign-in name.
    own_name : str
        Sign-in name of whoever applies the table: nobody changes their own roles.
    """
    problems: list[RowProblem] = []
    first: dict[str, int] = {}
    for row in rows:
        before = first.setdefault(row.name, row.row)
        if before != row.row:
            text = message(
                "The sign-in name %(name)s stands in row %(row)s already.",
                name=row.name,
                row=before,
            )
            problems.append(RowProblem(Sheet.ACCOUNTS, row.row, text))
        wanted = {grant.unit_code for grant in row.grants if grant.unit_code}
        for code in sorted(wanted - units):
            text = message("No unit has the code %(code)s.", code=code)
            problems.append(RowProblem(Sheet.ACCOUNTS, row.row, text))
        if row.name == own_name and existing.get(row.name, ("", row.grants))[1] != row.grants:
            text = message("Nobody changes their own roles or access: ask another administrator.")
            problems.append(RowProblem(Sheet.ACCOUNTS, row.row, text))
    return problems


def _kind(before: object | None, after: object) -> Kind:
    if before is None:
        return Kind.NEW
    return Kind.UNCHANGED if before == after else Kind.CHANGED

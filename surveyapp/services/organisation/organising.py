"""The organisation: its units and windows, and workbooks that change many of them at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from surveyapp.domain.accounts import IssuedAccount
from surveyapp.domain.errors import BadInput, Conflict
from surveyapp.domain.messages import message
from surveyapp.domain.organisation import (
    AccountRow,
    InvalidOrganisation,
    Node,
    RowProblem,
    Sheet,
    Unit,
    UnitRow,
    as_tree,
    check_units,
    parents_first,
)
from surveyapp.domain.organisation_plan import (
    AccountChange,
    Kind,
    Plan,
    UnitChange,
    check_accounts,
    plan_accounts,
    plan_units,
)
from surveyapp.domain.roles import Actor
from surveyapp.domain.text import Language
from surveyapp.services.auditing import record_event
from surveyapp.services.organisation.files import OrganisationFile, read_units, read_workbook
from surveyapp.services.organisation.template import organisation_template
from surveyapp.services.staffing import OneTimePassword, Staffing
from surveyapp.storage.database import Database, Work
from surveyapp.storage.records import UnitRecord
from surveyapp.storage.staff import StaffRepository
from surveyapp.storage.units import UnitRepository

MAXIMUM_NEW_ACCOUNTS = 500


@dataclass(frozen=True, slots=True)
class OrganisationPreview:
    """What a workbook would do, or why it cannot be applied; nothing is stored yet."""

    file: OrganisationFile
    plan: Plan
    problems: tuple[RowProblem, ...]


@dataclass(frozen=True, slots=True)
class Applied:
    """What a workbook did; the one-time passwords are shown once and stored nowhere."""

    new_units: int
    changed_units: int
    changed_accounts: int
    issued: tuple[IssuedAccount, ...]


@dataclass(frozen=True, slots=True)
class UnitImport:
    """What a table of units did."""

    new: int
    changed: int
    unchanged: int


class Organising:
    """Use cases around the organisation."""

    def __init__(self, database: Database, now: Callable[[], datetime], staffing: Staffing) -> None:
        self._database = database
        self._now = now
        self._staffing = staffing

    def tree(self) -> list[Node]:
        """Return every unit in the order a tree is read."""
        with self._database.reading() as work:
            return as_tree(_units(work).values())

    def units(self) -> list[Unit]:
        """Return every unit, in the order a tree is read."""
        return [node.unit for node in self.tree()]

    def template(self, language: Language) -> bytes:
        """Return the workbook to fill in (XLSX)."""
        return organisation_template(language)

    def preview(self, data: bytes, actor: Actor) -> OrganisationPreview:
        """Say what a workbook would do, and everything that is wrong with it.

        Raises
        ------
        BadInput
            It cannot be read as a workbook at all.
        """
        file = read_workbook(data)
        with self._database.reading() as work:
            plan, problems = _plan(work, file.units, file.accounts, actor)
        if _count(plan.accounts, Kind.NEW) > MAXIMUM_NEW_ACCOUNTS:
            raise BadInput(
                message(
                    "At most %(n)s new accounts at once: divide the file and apply the parts.",
                    n=MAXIMUM_NEW_ACCOUNTS,
                )
            )
        return OrganisationPreview(file, plan, _in_order((*file.problems, *problems)))

    def apply(
        self,
        units: Sequence[UnitRow],
        accounts: Sequence[AccountRow],
        plan_sha256: str,
        actor: Actor,
        *,
        file_sha256: str,
    ) -> Applied:
        """Do what a preview announced, all of it or nothing.

        Parameters
        ----------
        units, accounts : sequences of rows
            Of the file that was previewed.
        plan_sha256 : str
            `Plan.sha256` of the preview.
        file_sha256 : str
            For the log.

        Raises
        ------
        Conflict
            Somebody changed the organisation since the preview, or the change is not allowed.
        InvalidOrganisation
            The rows no longer fit together.
        """
        secrets = self._staffing.one_time_passwords(self._count_new(accounts))
        with self._database.writing() as work:
            plan, problems = _plan(work, units, accounts, actor, for_update=True)
            if problems:
                raise InvalidOrganisation(problems)
            if plan.sha256 != plan_sha256:
                raise _overtaken()
            _store(work, plan.units)
            issued = self._store_accounts(work, plan.accounts, secrets, actor)
            applied = Applied(
                new_units=_count(plan.units, Kind.NEW),
                changed_units=_count(plan.units, Kind.CHANGED),
                changed_accounts=_count(plan.accounts, Kind.CHANGED),
                issued=issued,
            )
            detail = {
                "file_sha256": file_sha256,
                "new_units": applied.new_units,
                "changed_units": applied.changed_units,
                "new_accounts": len(issued),
                "changed_accounts": applied.changed_accounts,
            }
            record_event(work, actor, "organisation.apply", "", detail, now=self._now())
        return applied

    def import_units(self, path: Path, actor: Actor) -> UnitImport:
        """Apply a table of units: CSV or XLSX with the columns code, name, parent, category.

        Raises
        ------
        BadInput
            The file cannot be read.
        InvalidOrganisation
            Bad rows, all of them at once; nothing was changed.
        """
        rows, unreadable = read_units(path)
        with self._database.writing() as work:
            existing = _units(work, for_update=True)
            problems = (*unreadable, *check_units(rows, existing))
            if problems:
                raise InvalidOrganisation(_in_order(problems))
            changes = plan_units(rows, existing)
            _store(work, changes)
            done = UnitImport(*(_count(changes, kind) for kind in Kind))
            detail = {"new": done.new, "changed": done.changed}
            record_event(work, actor, "unit.import", path.name, detail, now=self._now())
        return done

    def _count_new(self, accounts: Sequence[AccountRow]) -> int:
        existing = {account.name for account in self._staffing.accounts()}
        return sum(row.name not in existing for row in accounts)

    def _store_accounts(
        self,
        work: Work,
        changes: Sequence[AccountChange],
        secrets: Sequence[OneTimePassword],
        actor: Actor,
    ) -> tuple[IssuedAccount, ...]:
        issued = []
        unused = iter(secrets)
        for change in changes:
            row = change.after
            if change.kind is Kind.NEW:
                issued.append(
                    self._staffing.add_within(
                        work, row.name, row.grants, row.full_name, next(unused), actor
                    )
                )
            elif change.kind is Kind.CHANGED:
                self._staffing.change_within(work, row.name, row.grants, row.full_name, actor)
        return tuple(issued)


def _units(work: Work, *, for_update: bool = False) -> dict[str, Unit]:
    return {
        record.code: Unit(record.code, record.name, record.parent_code, record.category)
        for record in UnitRepository(work).all(for_update=for_update)
    }


def _plan(
    work: Work,
    units: Sequence[UnitRow],
    accounts: Sequence[AccountRow],
    actor: Actor,
    *,
    for_update: bool = False,
) -> tuple[Plan, list[RowProblem]]:
    existing = _units(work, for_update=for_update)
    staff = StaffRepository(work)
    grants = staff.grants()
    present = {record.name: (record.full_name, grants.get(record.id, ())) for record in staff.all()}
    plan = Plan(plan_units(units, existing), plan_accounts(accounts, present))
    codes = existing.keys() | {row.unit.code for row in units}
    problems = check_units(units, existing)
    problems += check_accounts(accounts, codes, present, actor.name)
    return plan, problems


def _store(work: Work, changes: Sequence[UnitChange]) -> None:
    """Store new units, those above first, then what changed: it may hang below a new one."""
    units = UnitRepository(work)
    new = [change.after for change in changes if change.kind is Kind.NEW]
    for unit in parents_first(new):
        record = UnitRecord(
            code=unit.code, name=unit.name, parent_code=unit.parent_code, category=unit.category
        )
        if not units.add(record):
            raise _overtaken()
    for change in changes:
        stored = units.find(change.after.code) if change.kind is Kind.CHANGED else None
        if stored is not None:
            stored.name = change.after.name
            stored.parent_code = change.after.parent_code
            stored.category = change.after.category


def _overtaken() -> Conflict:
    return Conflict(
        message(
            "Somebody changed the organisation since the preview:"
            " upload the file again and look at what it would do now."
        )
    )


def _count(changes: Sequence[UnitChange] | Sequence[AccountChange], kind: Kind) -> int:
    return sum(change.kind is kind for change in changes)


def _in_order(problems: Sequence[RowProblem]) -> tuple[RowProblem, ...]:
    """Sort problems as the workbook is read."""
    sheets = list(Sheet)
    return tuple(
        sorted(
            problems,
            key=lambda problem: (
                sheets.index(problem.sheet) if problem.sheet else -1,
                problem.row,
            ),
        )
    )

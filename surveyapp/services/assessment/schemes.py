"""Schemes of assessment: import a draft, fill in its numbers, put it in use (启用)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from surveyapp.domain.definition import no_lines, sha256_of
from surveyapp.domain.errors import Conflict, NotAllowed, NotFound
from surveyapp.domain.messages import message
from surveyapp.domain.reading import LineOf, jsonable
from surveyapp.domain.roles import Actor
from surveyapp.domain.scheme import Scheme
from surveyapp.domain.scheme_reading import parse_scheme
from surveyapp.domain.text import Text
from surveyapp.services.assessment.filling import filled
from surveyapp.services.assessment.scheme_files import read_yaml
from surveyapp.services.auditing import record_event
from surveyapp.services.definitions import require_seen
from surveyapp.storage.database import Database, Work
from surveyapp.storage.scheme_records import SchemeRecord, SchemeVersionRecord
from surveyapp.storage.schemes import SchemeRepository
from surveyapp.storage.units import UnitRepository


@dataclass(frozen=True, slots=True)
class SchemeVersion:
    """One version of a scheme as it is stored.

    Attributes
    ----------
    created_by, published_by : str
        Names of accounts; `published_by` is None for a draft.
    """

    id: UUID
    number: int
    sha256: str
    created_by: str
    created_staff_id: UUID | None
    created_at: datetime
    published_by: str | None
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class SchemeDetail:
    """One scheme as staff see it.

    Attributes
    ----------
    scheme : Scheme
        The draft where there is one, else what is in use.
    document : mapping
        The same as the document it was read from.
    version : SchemeVersion
        Of `scheme`.
    in_use : SchemeVersion or None
        What scores are computed with.
    versions : tuple of SchemeVersion
        All, the first one first.
    """

    scheme: Scheme
    document: Mapping[str, Any]
    version: SchemeVersion
    in_use: SchemeVersion | None
    versions: tuple[SchemeVersion, ...]
    updated_at: datetime

    @property
    def is_draft(self) -> bool:
        """Whether `scheme` waits to be put in use."""
        return self.version.published_at is None


@dataclass(frozen=True, slots=True)
class SchemeSummary:
    """A line in the list of schemes.

    Attributes
    ----------
    version : int or None
        Number of the version in use.
    has_draft : bool
        Whether a draft waits to be put in use.
    unfilled : int
        Places of the draft that nobody has filled in yet.
    drafted_by : UUID or None
        Who made the newest version; None for the operator.
    """

    key: str
    year: int
    category: str
    title: Text
    version: int | None
    has_draft: bool
    unfilled: int
    updated_at: datetime
    drafted_by: UUID | None = None


class Schemes:
    """Use cases around schemes."""

    def __init__(self, database: Database, *, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def import_file(self, data: bytes, name: str, actor: Actor) -> SchemeDetail:
        """Make a scheme, or a draft of the next version of one, from a YAML file.

        Raises
        ------
        BadInput
            The file as a whole cannot be read.
        InvalidDefinition
            With all problems at once, each with its line.
        Conflict
            The year or the category of a known scheme differs.
        """
        document, line_of = read_yaml(data, name)
        return self.import_document(document, actor, line_of=line_of)

    def import_document(
        self, document: Any, actor: Actor, *, line_of: LineOf = no_lines
    ) -> SchemeDetail:
        """Make a scheme, or a draft of the next version of one; the same one twice is once.

        Raises
        ------
        InvalidDefinition, Conflict
            As `import_file`.
        """
        scheme = parse_scheme(document, line_of=line_of)
        now = self._now()
        with self._database.writing() as work:
            schemes = SchemeRepository(work)
            record = schemes.find(scheme.key, for_update=True)
            if record is None:
                record = SchemeRecord(
                    id=uuid4(),
                    key=scheme.key,
                    year=scheme.year,
                    category=scheme.category,
                    created_at=now,
                    updated_at=now,
                )
                schemes.add(record)
            elif (record.year, record.category) != (scheme.year, scheme.category):
                raise Conflict(
                    message(
                        "“%(key)s” is the scheme of %(category)s in %(year)s: give another year or"
                        " category a key of its own.",
                        key=scheme.key,
                        category=record.category,
                        year=record.year,
                    )
                )
            self.add_draft(work, record, jsonable(document), actor)
        return self.get(scheme.key)

    def add_draft(
        self, work: Work, record: SchemeRecord, document: Mapping[str, Any], actor: Actor
    ) -> None:
        """Store a draft in the transaction of a larger change; the same one twice is once."""
        schemes = SchemeRepository(work)
        versions = schemes.versions(record.id)
        sha256 = sha256_of(document)
        if versions and versions[-1].sha256 == sha256:
            return
        number = sum(one.published_at is not None for one in versions) + 1
        now = self._now()
        schemes.replace_draft(
            SchemeVersionRecord(
                id=uuid4(),
                scheme_id=record.id,
                number=number,
                document=dict(document),
                sha256=sha256,
                created_by=actor.name,
                created_staff_id=actor.staff_id,
                created_at=now,
            )
        )
        record.updated_at = now
        record_event(work, actor, "scheme.import", record.key, {"version": number}, now=now)

    def publish(self, key: str, actor: Actor, *, seen: str | None = None) -> SchemeDetail:
        """Put the draft in use (启用): from now on scores are computed with it.

        Parameters
        ----------
        seen : str, optional
            SHA-256 of the draft that was looked at: of no other one.

        Raises
        ------
        NotFound, Conflict
            No such scheme; no draft, or another one; a number is still open.
        NotAllowed
            The person who made the draft asks.
        """
        now = self._now()
        with self._database.writing() as work:
            schemes = SchemeRepository(work)
            record = _get(schemes, key, for_update=True)
            draft = schemes.versions(record.id)[-1]
            if draft.published_at is not None:
                raise Conflict(message("“%(key)s” has no draft to put in use.", key=key))
            if actor.staff_id is not None and actor.staff_id == draft.created_staff_id:
                raise NotAllowed(
                    message("Whoever made a draft cannot put it in use: ask a second person.")
                )
            require_seen(seen, draft.sha256)
            require_filled(parse_scheme(draft.document))
            draft.published_at = now
            draft.published_by = actor.name
            draft.published_staff_id = actor.staff_id
            record.current_version_id = draft.id
            record.updated_at = now
            record_event(work, actor, "scheme.publish", key, {"version": draft.number}, now=now)
        return self.get(key)

    def discard(self, key: str, actor: Actor) -> None:
        """Throw the draft of a scheme in use away.

        Raises
        ------
        NotFound, Conflict
            No such scheme; there is no draft, or nothing else.
        """
        now = self._now()
        with self._database.writing() as work:
            schemes = SchemeRepository(work)
            record = _get(schemes, key, for_update=True)
            versions = schemes.versions(record.id)
            if versions[-1].published_at is not None or len(versions) == 1:
                raise Conflict(message("“%(key)s” has no draft beside a version in use.", key=key))
            work.session.delete(versions[-1])
            record_event(
                work, actor, "scheme.discard", key, {"version": versions[-1].number}, now=now
            )

    def summaries(self) -> tuple[SchemeSummary, ...]:
        """Return every scheme, the latest year first."""
        with self._database.reading() as work:
            schemes = SchemeRepository(work)
            return tuple(_summary(record, schemes.versions(record.id)) for record in schemes.all())

    def get(self, key: str) -> SchemeDetail:
        """Return a scheme.

        Raises
        ------
        NotFound
        """
        with self._database.reading() as work:
            schemes = SchemeRepository(work)
            record = _get(schemes, key)
            return _detail(record, schemes.versions(record.id))

    def get_in_use(self, key: str) -> SchemeDetail:
        """Return the version of a scheme that is in use, as `get` would without a draft.

        Raises
        ------
        NotFound
            No such scheme, or it is still a draft.
        """
        with self._database.reading() as work:
            schemes = SchemeRepository(work)
            record = _get(schemes, key)
            used = [one for one in schemes.versions(record.id) if one.published_at is not None]
            if not used:
                raise _unknown(key)
            return _detail(record, used)

    def fill(self, key: str, answers: Mapping[str, str], actor: Actor) -> SchemeDetail:
        """Fill in open places of a draft.

        Parameters
        ----------
        answers : mapping of str to str
            By place, as typed; other places than the open ones are left alone.

        Raises
        ------
        NotFound, Conflict
            No such scheme; it has no draft.
        BadInput, InvalidDefinition
            What was typed does not fit.
        """
        detail = self.get(key)
        if not detail.is_draft:
            raise Conflict(message("“%(key)s” has no draft to fill in.", key=key))
        open_now = set(detail.scheme.unfilled)
        wanted = {place: text for place, text in answers.items() if place in open_now}
        return self.import_document(filled(detail.document, wanted), actor)

    def unit_names(self) -> dict[str, str]:
        """Return the names of all units by code."""
        with self._database.reading() as work:
            return {unit.code: unit.name for unit in UnitRepository(work).all()}

    def in_use(self, key: str) -> Scheme:
        """Return the scheme that is in use.

        Raises
        ------
        NotFound, Conflict
            No such scheme; it is still a draft.
        """
        with self._database.reading() as work:
            return scheme_in_use(work, key)[1]


def scheme_in_use(work: Work, key: str) -> tuple[SchemeVersionRecord, Scheme]:
    """Return the version of a scheme that is in use, stored and read.

    Raises
    ------
    NotFound, Conflict
        No such scheme; it is still a draft.
    """
    schemes = SchemeRepository(work)
    record = _get(schemes, key)
    if record.current_version_id is None:
        raise Conflict(message("The scheme “%(key)s” is not in use yet.", key=key))
    version = schemes.version(record.current_version_id)
    return version, parse_scheme(version.document)


def require_filled(scheme: Scheme) -> None:
    """Refuse a scheme in which something is still open.

    Raises
    ------
    Conflict
    """
    if scheme.unfilled:
        raise Conflict(
            message(
                "“%(key)s” cannot be put in use yet: %(n)s places are still empty, the first is"
                " %(place)s.",
                key=scheme.key,
                n=len(scheme.unfilled),
                place=scheme.unfilled[0],
            )
        )


def _get(schemes: SchemeRepository, key: str, *, for_update: bool = False) -> SchemeRecord:
    record = schemes.find(key, for_update=for_update)
    if record is None:
        raise _unknown(key)
    return record


def _unknown(key: str) -> NotFound:
    return NotFound(message("There is no scheme “%(key)s”.", key=key[:64]))


def _version(record: SchemeVersionRecord) -> SchemeVersion:
    return SchemeVersion(
        id=record.id,
        number=record.number,
        sha256=record.sha256,
        created_by=record.created_by,
        created_staff_id=record.created_staff_id,
        created_at=record.created_at,
        published_by=record.published_by,
        published_at=record.published_at,
    )


def _detail(record: SchemeRecord, versions: Any) -> SchemeDetail:
    newest = versions[-1]
    stored = tuple(_version(one) for one in versions)
    return SchemeDetail(
        scheme=parse_scheme(newest.document),
        document=newest.document,
        version=stored[-1],
        in_use=next((one for one in stored if one.id == record.current_version_id), None),
        versions=stored,
        updated_at=record.updated_at,
    )


def _summary(record: SchemeRecord, versions: Any) -> SchemeSummary:
    detail = _detail(record, versions)
    return SchemeSummary(
        key=record.key,
        year=record.year,
        category=record.category,
        title=detail.scheme.title,
        version=None if detail.in_use is None else detail.in_use.number,
        has_draft=detail.is_draft,
        unfilled=len(detail.scheme.unfilled) if detail.is_draft else 0,
        updated_at=record.updated_at,
        drafted_by=detail.version.created_staff_id,
    )

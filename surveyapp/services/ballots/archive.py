"""The archive package (存档) of a vote: made, sealed for few, and verified bit for bit.

It is sealed under a passphrase that the product draws and prints once, for 考核组 and 监票人 alone.
With whole ballots in it (restricted) it proves itself without any database: root and result are
recomputed from it and the package is written anew; without, it is compared with the database.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any, Final

from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id
from nacl.secret import SecretBox

from surveyapp.domain import codes
from surveyapp.domain.ballot_paper import canonical_ballot
from surveyapp.domain.definition import parse_definition, sha256_of
from surveyapp.domain.errors import BadInput, Conflict, InvalidDefinition
from surveyapp.domain.messages import message
from surveyapp.domain.roles import Actor
from surveyapp.services.auditing import record_event
from surveyapp.services.ballots.archive_content import (
    BALLOTS,
    COUNTING,
    COUNTS,
    DEFINITION,
    MANIFEST,
    RECEIPTS,
    ArchivedVote,
    archive_bytes,
    class_counts_of,
)
from surveyapp.services.ballots.desk import BallotDesk
from surveyapp.services.ballots.figures import OpenedBallots
from surveyapp.services.ballots.opening import canonical_ballots, covered_counts
from surveyapp.services.ballots.results import BallotResults
from surveyapp.storage.ballots import BallotRepository

PASSPHRASE_BITS: Final = 120
_MAGIC: Final = b"surveyapp sealed archive 1\n"
_ZIP: Final = b"PK"


@dataclass(frozen=True, slots=True)
class SealedArchive:
    """An archive that was made.

    Attributes
    ----------
    content : bytes
        To be written to a file.
    passphrase : str
        Opens it; shown once.
    """

    content: bytes
    passphrase: str
    root: str


@dataclass(frozen=True, slots=True)
class ArchiveCheck:
    """What verifying an archive has shown.

    Attributes
    ----------
    ok : bool
        Whether the package was written anew with the very same bytes, and gives the root that was
        named.
    root : str
        Recomputed.
    counted_otherwise : bool
        Whether ballots, receipts and counts are the ones of the package, which holds a result by
        the rules of another version of the product.
    """

    survey: str
    ok: bool
    root: str
    ballots: int
    receipts: int
    restricted: bool
    counted_otherwise: bool


class BallotArchives:
    """Use cases around archives of votes."""

    def __init__(self, desk: BallotDesk, results: BallotResults) -> None:
        self._desk = desk
        self._results = results

    def make(self, key: str, actor: Actor, *, restricted: bool = False) -> SealedArchive:
        """Make the archive of a vote whose urn is open.

        Parameters
        ----------
        restricted : bool
            With whole ballots, for the recount: for nothing else do they leave the database.

        Raises
        ------
        NotFound, Conflict
            As of `BallotResults.result`.
        """
        vote = self._vote(key)
        content = archive_bytes(vote, restricted=restricted)
        passphrase = codes.new_code(PASSPHRASE_BITS, self._desk.random_bytes)
        sealed = _sealed(content, passphrase, self._desk.random_bytes(argon2id.SALTBYTES))
        with self._desk.database.writing() as work:
            detail = {"restricted": restricted, "root": vote.root}
            record_event(work, actor, "ballot.archive", key, detail, now=self._desk.now())
        return SealedArchive(sealed, passphrase, vote.root)

    def verify(
        self, key: str, data: bytes, *, passphrase: str | None, root: str | None = None
    ) -> ArchiveCheck:
        """Write the archive anew from the database and compare it bit for bit.

        Raises
        ------
        NotFound, Conflict
            As of `make`; the archive is sealed and there is no passphrase.
        BadInput
            The passphrase is wrong, or the file is no archive.
        """
        content = opened_archive(data, passphrase)
        manifest = _read(content, MANIFEST)[MANIFEST]
        restricted = isinstance(manifest, dict) and manifest.get("restricted") is True
        vote = self._vote(key)
        return _checked(vote, content, restricted=restricted, root=root)

    def _vote(self, key: str) -> ArchivedVote:
        opened = self._results.opened(key)
        with self._desk.database.reading() as work:
            ballot = self._desk.survey(work, key)
            ballots = BallotRepository(work)
            survey_id = ballot.record.id
            return ArchivedVote(
                opened.definition.document,
                opened,
                tuple(canonical_ballots(work, survey_id)),
                tuple(ballots.receipts(survey_id)),
                tuple(covered_counts(work, survey_id, opened.unreadable)),
            )


def verified_alone(data: bytes, *, passphrase: str | None, root: str | None = None) -> ArchiveCheck:
    """Recompute root and result of a restricted archive, from nothing but the archive.

    Raises
    ------
    Conflict
        It is sealed and there is no passphrase; it holds no whole ballots.
    BadInput
        The passphrase is wrong, or the file is no archive.
    """
    content = opened_archive(data, passphrase)
    files = _read(content, DEFINITION, COUNTS, RECEIPTS, BALLOTS)
    if BALLOTS not in files:
        raise Conflict(
            message(
                "This archive holds no whole ballots: it is compared with the database. Name its"
                " survey."
            )
        )
    try:
        vote = _vote_of(files)
        return _checked(vote, content, restricted=True, root=root)
    except (InvalidDefinition, KeyError, TypeError, ValueError, AttributeError):
        raise _no_archive() from None


def _vote_of(files: dict[str, Any]) -> ArchivedVote:
    document = files[DEFINITION]
    definition = parse_definition(document)
    given = files[BALLOTS]
    classes, unreadable = class_counts_of(files[COUNTS])
    opened = OpenedBallots(
        definition=definition,
        definition_sha256=sha256_of(document),
        contents=tuple((one["class"], one["grades"]) for one in given),
        classes=classes,
        unreadable=unreadable,
        root="",
    )
    ballots = (canonical_ballot(one["class"], one["grades"], one.get("signed_by")) for one in given)
    return ArchivedVote(
        document, opened, tuple(ballots), tuple(files[RECEIPTS]), tuple(files[COUNTS])
    )


def _checked(
    vote: ArchivedVote, content: bytes, *, restricted: bool, root: str | None
) -> ArchiveCheck:
    counted = vote.root
    given = counted if root is None else "".join(root.split()).lower()
    manifest = _read(content, MANIFEST)[MANIFEST]
    told = manifest if isinstance(manifest, dict) else {}
    ok = archive_bytes(vote, restricted=restricted) == content and counted == given
    return ArchiveCheck(
        survey=vote.opened.definition.key,
        ok=ok,
        root=counted,
        counted_otherwise=told.get("counting") != COUNTING and told.get("root") == counted == given,
        ballots=len(vote.ballots),
        receipts=len(vote.receipts),
        restricted=restricted,
    )


# --- sealing --------------------------------------------------------------------------------------


def _sealed(content: bytes, passphrase: str, salt: bytes) -> bytes:
    return _MAGIC + salt + bytes(SecretBox(_key(passphrase, salt)).encrypt(content))


def opened_archive(data: bytes, passphrase: str | None) -> bytes:
    """Return the ZIP file in a sealed archive, or the one that is given.

    Raises
    ------
    Conflict
        It is sealed and there is no passphrase.
    BadInput
        The passphrase is wrong, or the file is no archive.
    """
    if data.startswith(_ZIP):
        return data
    if not data.startswith(_MAGIC):
        raise _no_archive()
    if passphrase is None:
        raise Conflict(
            message("This archive is sealed: give the file with its passphrase, --passphrase-file.")
        )
    sealed = data.removeprefix(_MAGIC)
    salt, box = sealed[: argon2id.SALTBYTES], sealed[argon2id.SALTBYTES :]
    code = codes.normalise("".join(passphrase.split()), PASSPHRASE_BITS)
    try:
        if code is not None:
            return SecretBox(_key(code, salt)).decrypt(box)
    except (CryptoError, ValueError):
        pass
    raise BadInput(
        message(
            "The passphrase is wrong, or the archive is damaged. Check it letter by letter and try"
            " again."
        )
    )


def _key(passphrase: str, salt: bytes) -> bytes:
    return argon2id.kdf(
        SecretBox.KEY_SIZE,
        passphrase.encode(),
        salt,
        opslimit=argon2id.OPSLIMIT_MODERATE,
        memlimit=argon2id.MEMLIMIT_INTERACTIVE,
    )


def _read(content: bytes, *names: str) -> dict[str, Any]:
    """Read entries of the ZIP file, as far as they are there and stored as they were written."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            stored = {
                entry.filename: entry
                for entry in archive.infolist()
                if entry.compress_type == zipfile.ZIP_STORED
            }
            if MANIFEST not in stored:
                raise _no_archive()
            return {
                name: json.loads(archive.read(stored[name])) for name in names if name in stored
            }
    # What zipfile raises for damaged, unknown and encrypted packing.
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, RuntimeError):
        raise _no_archive() from None


def _no_archive() -> BadInput:
    return BadInput(message("This file is no archive of a vote, or it is damaged."))

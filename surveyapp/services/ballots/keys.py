"""The keys of an urn: a key pair, and the survey key that stands in a file outside the database.

The public key seals. The private key lies in the database, encrypted under the survey key, with the
scrutineers' (监票人) passphrase mixed in where there is one. Deleting the file at opening is what
makes every box there ever was, also in a backup, impossible to open.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.pwhash import argon2id
from nacl.secret import SecretBox

from surveyapp.domain import codes
from surveyapp.domain.errors import BadInput, Conflict
from surveyapp.domain.messages import message
from surveyapp.storage.ballot_records import BallotBoxRecord

SURVEY_KEY_BYTES: Final = 32
PASSPHRASE_BITS: Final = 120
"""Two halves of twelve letters, one for each scrutineer."""
_CHECK_BYTES: Final = 3
_RECOVERY_BITS: Final = (SURVEY_KEY_BYTES + _CHECK_BYTES) * 8


@dataclass(frozen=True, slots=True)
class MadeKeys:
    """What putting a ballot in use hands to people, once.

    Attributes
    ----------
    recovery : str
        The survey key as it is printed on the recovery sheet.
    passphrase : str or None
        Of the scrutineers, where they keep one.
    """

    recovery: str
    passphrase: str | None

    @property
    def halves(self) -> tuple[str, ...]:
        """The passphrase as it is handed out: one half for each of two scrutineers."""
        if self.passphrase is None:
            return ()
        middle = len(self.passphrase) // 2
        return codes.grouped(self.passphrase[:middle]), codes.grouped(self.passphrase[middle:])


class KeyFiles:
    """The folder with one file for each ballot in use.

    Parameters
    ----------
    folder : Path
        ``SURVEYAPP_KEY_DIR``; made when the first key is.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, survey_id: UUID) -> Path:
        """Return where the key of a survey stands."""
        return self._folder / f"{survey_id}.key"

    def create(self, survey_id: UUID, key: bytes) -> None:
        """Write a new key; it is on the disk when this returns.

        Raises
        ------
        FileExistsError
            The survey has a key already.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(
            self.path(survey_id), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600
        )
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        self._sync_folder()

    def read(self, survey_id: UUID) -> bytes | None:
        """Return the key of a survey, None where there is no file."""
        path = self.path(survey_id)
        return path.read_bytes() if path.is_file() else None

    def destroy(self, survey_id: UUID) -> None:
        """Overwrite and remove a key; again if it was interrupted, and when it is gone already."""
        path = self.path(survey_id)
        if not path.exists():
            return
        with path.open("r+b") as file:
            file.write(bytes(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        self._sync_folder()

    def _sync_folder(self) -> None:
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class BallotKeys:
    """Makes and opens the keys of urns."""

    def __init__(self, folder: Path, random_bytes: Callable[[int], bytes]) -> None:
        self.files = KeyFiles(folder)
        self._random_bytes = random_bytes

    def make(self, survey_id: UUID, *, scrutineers: bool) -> tuple[BallotBoxRecord, MadeKeys]:
        """Make the keys of a survey and write its key file.

        Returns
        -------
        BallotBoxRecord
            To be stored in the transaction that puts the survey in use.
        MadeKeys
            To be handed out.
        """
        survey_key = self._random_bytes(SURVEY_KEY_BYTES)
        passphrase = codes.new_code(PASSPHRASE_BITS, self._random_bytes) if scrutineers else None
        salt = self._random_bytes(argon2id.SALTBYTES) if scrutineers else None
        pair = PrivateKey(self._random_bytes(PrivateKey.SIZE))
        wrapped = SecretBox(_wrapping_key(survey_key, passphrase, salt)).encrypt(bytes(pair))
        # A file without a row is what a broken attempt left behind: no ballot was sealed with it.
        self.files.destroy(survey_id)
        self.files.create(survey_id, survey_key)
        box = BallotBoxRecord(
            survey_id=survey_id,
            stage="sealed",
            public_key=bytes(pair.public_key),
            wrapped_private_key=bytes(wrapped),
            salt=salt,
            unreadable=0,
            root=None,
        )
        return box, MadeKeys(_as_recovery(survey_key), passphrase)

    def open(
        self, box: BallotBoxRecord, *, passphrase: str | None, recovery: str | None
    ) -> SealedBox[PrivateKey]:
        """Return what opens the boxes of a survey.

        Parameters
        ----------
        recovery : str or None
            From the recovery sheet, where the key file is lost.

        Raises
        ------
        Conflict
            There is neither a key file nor a recovery key; the ballot needs a passphrase.
        BadInput
            The passphrase or the recovery key is wrong. Nothing is lost by it.
        """
        survey_key = self._survey_key(box.survey_id, recovery)
        code = None
        if box.salt is not None:
            if passphrase is None:
                raise Conflict(
                    message(
                        "This urn opens with the scrutineers' passphrase: give the file it stands"
                        " in with --passphrase-file, both halves in it."
                    )
                )
            code = codes.normalise("".join(passphrase.split()), PASSPHRASE_BITS)
            if code is None:
                raise _wrong_key()
        try:
            private = SecretBox(_wrapping_key(survey_key, code, box.salt)).decrypt(
                box.wrapped_private_key or b""
            )
        except CryptoError:
            raise _wrong_key() from None
        return SealedBox(PrivateKey(private))

    def _survey_key(self, survey_id: UUID, recovery: str | None) -> bytes:
        if recovery is not None:
            return _from_recovery(recovery)
        survey_key = self.files.read(survey_id)
        if survey_key is None:
            raise Conflict(
                message(
                    "The key file %(file)s is missing, and without it no ballot can be opened. Put"
                    " it back, or give the key of the recovery sheet with --recovery-file.",
                    file=self.files.path(survey_id),
                )
            )
        return survey_key


def seal(public_key: bytes, packet: bytes) -> bytes:
    """Seal a packet so that only the urn's private key opens it."""
    return bytes(SealedBox(PublicKey(public_key)).encrypt(packet))


def _wrapping_key(survey_key: bytes, passphrase: str | None, salt: bytes | None) -> bytes:
    """Combine the key file and the passphrase: neither is enough where there are both."""
    stretched = b""
    if passphrase is not None and salt is not None:
        stretched = argon2id.kdf(
            SecretBox.KEY_SIZE,
            passphrase.encode(),
            salt,
            opslimit=argon2id.OPSLIMIT_INTERACTIVE,
            memlimit=argon2id.MEMLIMIT_INTERACTIVE,
        )
    return hashlib.blake2b(
        stretched, key=survey_key, digest_size=SecretBox.KEY_SIZE, person=b"surveyapp urn"
    ).digest()


def _as_recovery(survey_key: bytes) -> str:
    return codes.encode(survey_key + hashlib.sha256(survey_key).digest()[:_CHECK_BYTES])


def _from_recovery(typed: str) -> bytes:
    code = codes.normalise("".join(typed.split()), _RECOVERY_BITS)
    if code is None:
        raise _wrong_key()
    survey_key = codes.decode(code)[:SURVEY_KEY_BYTES]
    if _as_recovery(survey_key) != code:
        raise _wrong_key()
    return survey_key


def _wrong_key() -> BadInput:
    return BadInput(
        message(
            "The passphrase or the recovery key is wrong, or damaged. Nothing was changed; the"
            " ballots are safe. Check it letter by letter and try again."
        )
    )

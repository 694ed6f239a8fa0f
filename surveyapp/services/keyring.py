"""Keys of surveys, stored wrapped under the server's secret."""

from __future__ import annotations

import base64
import threading
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from surveyapp.config import ConfigurationError

KEY_BYTES = 32


class Keyring:
    """Wraps new keys with the newest secret and opens those of older ones."""

    def __init__(self, secret_keys: tuple[str, ...]) -> None:
        self._wrapper = MultiFernet([Fernet(_derived(secret)) for secret in secret_keys])
        self._opened: dict[UUID, bytes] = {}
        self._lock = threading.Lock()

    def wrap(self, key: bytes) -> bytes:
        """Return a key as it may be stored."""
        return self._wrapper.encrypt(key)

    def open(self, survey_id: UUID, wrapped: bytes) -> bytes:
        """Return a survey's key; opened once a process.

        Raises
        ------
        ConfigurationError
            None of the secrets opens it: ``SURVEYAPP_SECRET_KEY`` has lost the one it needs.
        """
        with self._lock:
            if survey_id not in self._opened:
                try:
                    self._opened[survey_id] = self._wrapper.decrypt(wrapped)
                except InvalidToken:
                    raise ConfigurationError(
                        "SURVEYAPP_SECRET_KEY does not open the keys in this database: add the"
                        " secret it was made with to the end of the list."
                    ) from None
            return self._opened[survey_id]


def _derived(secret: str) -> bytes:
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"surveyapp key wrapping")
    return base64.urlsafe_b64encode(derive.derive(secret.encode()))

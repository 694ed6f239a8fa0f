"""What makes a response one response: its slot, its receipt and its id.

The slot is the submission key of an open form, the line or id of an imported row. A receipt is 80
bits of a keyed hash of the slot; the id is a keyed hash of the receipt. So a replay meets the
primary key, a receipt finds its row directly, and neither a dump nor an export holds a receipt.
"""

from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

from surveyapp.domain import codes


def _keyed(response_key: bytes, purpose: str, text: str) -> bytes:
    return hmac.new(response_key, f"{purpose}{text}".encode(), hashlib.sha256).digest()


def receipt_of(response_key: bytes, slot: str) -> str:
    """Return the receipt (16 letters of base32, 80 bits) of a slot."""
    return codes.encode(_keyed(response_key, "receipt", slot)[: codes.RECEIPT_BITS // 8])


def id_of(response_key: bytes, receipt: str) -> UUID:
    """Return the primary key of the response a receipt belongs to."""
    return UUID(bytes=_keyed(response_key, "id", receipt)[:16], version=4)


def imported_id(response_key: bytes, *, row_id: str | None, file_sha256: str, line: int) -> UUID:
    """Return the primary key of an imported row.

    A row with an id of its own is known by it for ever; a row without one by the file and line.
    """
    slot = f"import-id:{row_id}" if row_id is not None else f"import-line:{file_sha256}:{line}"
    return id_of(response_key, receipt_of(response_key, slot))

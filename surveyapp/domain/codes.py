"""Codes people read, type and scan: Crockford base32, forgiving of case and of O, I and L.

Credentials carry at least 60 bits, places 40, receipts and invitations 80.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PLACE_BITS = 40
RECEIPT_BITS = 80
CREDENTIAL_BITS = 60

_MEANT = str.maketrans({"O": "0", "I": "1", "L": "1"})


def encode(data: bytes) -> str:
    """Write bytes as base32, most significant bit first.

    Parameters
    ----------
    data : bytes
        A multiple of five bytes, so that no padding is needed.
    """
    if len(data) % 5:
        raise ValueError("base32 codes are made from a multiple of five bytes")
    number = int.from_bytes(data, "big")
    return "".join(ALPHABET[number >> shift & 31] for shift in range(len(data) * 8 - 5, -1, -5))


def decode(code: str) -> bytes:
    """Return the bytes that `encode` wrote as `code`."""
    number = 0
    for letter in code:
        number = number << 5 | ALPHABET.index(letter)
    return number.to_bytes(len(code) * 5 // 8, "big")


def normalise(typed: str, bits: int) -> str | None:
    """Return the code a person meant, or None where it cannot be one.

    Spaces and hyphens are left out, case and full width do not matter, O is 0, I and L are 1.
    """
    plain = unicodedata.normalize("NFKC", typed)
    code = plain.replace("-", "").replace(" ", "").upper().translate(_MEANT)
    if len(code) != bits // 5 or not set(code) <= set(ALPHABET):
        return None
    return code


def new_code(bits: int, random_bytes: Callable[[int], bytes]) -> str:
    """Draw a code of `bits` bits (a multiple of 40) from a source of random bytes."""
    return encode(random_bytes(bits // 8))


def grouped(code: str) -> str:
    """Return a code in groups of four, as it is printed."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))

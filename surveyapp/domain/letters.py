"""Letters for things that stand in an order: bands of ranks."""

from __future__ import annotations


def band_letter(number: int) -> str:
    """Write 1, 2, ... as A, B, ..., Z, AA, ..."""
    word = ""
    while number:
        number, rest = divmod(number - 1, 26)
        word = chr(ord("A") + rest) + word
    return word

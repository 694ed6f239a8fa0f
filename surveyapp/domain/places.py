"""Places: where a QR code hangs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A code on a wall, and what it stands for now.

    Attributes
    ----------
    code : str
        Eight letters of base32 (40 bits).
    url : str
        What the QR code says.
    """

    code: str
    survey_key: str
    label: str
    subject_key: str | None
    revoked: bool
    url: str

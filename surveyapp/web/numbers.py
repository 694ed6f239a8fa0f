"""Numbers as people read them. What does not exist is a dash, never a zero."""

from __future__ import annotations

NOTHING = "–"


def thousands(n: int | None) -> str:
    """Write a count: 1,033."""
    return NOTHING if n is None else f"{n:,}"


def points(value: float | None, decimals: int = 1) -> str:
    """Write a value in its own unit."""
    return NOTHING if value is None else _without_minus_zero(f"{value:.{decimals}f}")


def percent(share: float | None) -> str:
    """Write a share between 0 and 1 as a percentage, without the sign."""
    return NOTHING if share is None else f"{100 * share:.1f}"


def _without_minus_zero(text: str) -> str:
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text

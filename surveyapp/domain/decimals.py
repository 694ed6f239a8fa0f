"""Writing exact numbers in decimals."""

from __future__ import annotations

from fractions import Fraction


def number_text(number: Fraction, places: int = 6) -> str:
    """Write a number in decimals as far as it has any, at most so many; half-up."""
    scale: int = 10**places
    scaled = abs(number) * scale
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    sign = "-" if number < 0 and whole else ""
    units, rest = divmod(whole, scale)
    decimals = f"{rest:0{places}d}".rstrip("0") if places else ""
    return f"{sign}{units}.{decimals}" if decimals else f"{sign}{units}"

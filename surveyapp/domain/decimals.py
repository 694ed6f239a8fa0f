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


def exact_text(number: Fraction) -> str:
    """Write a number so that it can be read back exactly: in decimals, else as a fraction."""
    left = number.denominator
    for prime in (2, 5):
        while left % prime == 0:
            left //= prime
    # A terminating decimal has no more places than its denominator has factors of 2 or 5.
    is_decimal = left == 1 and number.denominator.bit_length() <= 200
    return number_text(number, number.denominator.bit_length()) if is_decimal else str(number)


def fixed_text(number: Fraction, places: int = 2) -> str:
    """Write a number with just so many decimals, half-up, without a sign of zero."""
    text = number_text(number, places)
    if not places:
        return text
    units, _point, decimals = text.partition(".")
    return f"{units}.{decimals:0<{places}}"

"""What is wrong with a data file and where, and the numbers that it may hold."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import Message, message

LARGEST: Final = 1e60
"""Squares of products of such numbers still fit a float, and so do those of their inverses."""

_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_MOST_SHOWN: Final = 60


class UnusableNumber(ValueError):
    """A cell is no number to compute with.

    Attributes
    ----------
    problem : Message
        Why.
    """

    def __init__(self, problem: Message) -> None:
        self.problem = problem
        super().__init__(str(problem))


class Number(NamedTuple):
    """A number as it was written: ``numerator / denominator``, and the float nearest to it."""

    value: float
    numerator: int
    denominator: int


@lru_cache(maxsize=1 << 16)
def read_number(text: str) -> Number:
    """Read a decimal number exactly.

    Parameters
    ----------
    text : str
        Digits with an optional sign, decimal point and exponent.

    Raises
    ------
    UnusableNumber
        It is something else, or too far from 1 to be squared.
    """
    if not _NUMBER.fullmatch(text):
        raise UnusableNumber(message("“%(text)s” is not a number.", text=shown(text)))
    value = float(text)
    if value == 0 and not re.search(r"[1-9]", re.split("[eE]", text)[0]):
        return Number(0.0, 0, 1)
    if not 1 / LARGEST <= abs(value) <= LARGEST:
        raise UnusableNumber(
            message("%(text)s is too large or too small to compute with.", text=shown(text))
        )
    return Number(value, *Decimal(text).as_integer_ratio())


def level_order(labels: Iterable[str]) -> list[str]:
    """Sort levels as numbers if all of them are numbers, else by code point."""
    known = sorted(labels)
    try:
        return sorted(known, key=lambda label: read_number(label).value)
    except UnusableNumber:
        return known


def shown(text: str) -> str:
    """Return what a cell holds, short enough for a sentence and on one line."""
    line = " ".join(text.split())
    return line if len(line) <= _MOST_SHOWN else f"{line[:_MOST_SHOWN]}…"


def refused(
    file: str, problem: Message, *, line: int | None = None, column: str | None = None
) -> BadInput:
    """Make the refusal of a file, as near to the place as it is known."""
    if line is None:
        return BadInput(message("“%(file)s”: %(problem)s", file=file, problem=problem))
    if column is None:
        return BadInput(
            message("“%(file)s”, line %(line)s: %(problem)s", file=file, line=line, problem=problem)
        )
    return BadInput(
        message(
            "“%(file)s”, line %(line)s, column “%(column)s”: %(problem)s",
            file=file,
            line=line,
            column=column,
            problem=problem,
        )
    )

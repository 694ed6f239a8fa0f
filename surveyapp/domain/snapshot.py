"""Snapshots (指标快照): figures frozen with the hash of what they were computed from."""

from __future__ import annotations

import hashlib
import json
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from surveyapp.domain.periods import Period
from surveyapp.domain.text import Text

FORMAT: Final = "surveyapp-snapshot/1"
"""How an input is written; a later way gets another name, and this one stays readable."""

VALUE: Final = "value"
"""Name of the figure that an indicator is about; what stands beside it are its parts."""

DECIMALS: Final = 2
"""Places of a published figure, rounded half-up."""

_NOISE: Final = Decimal("1e-9")
"""What different machines may differ by; rounded away before the figure is rounded."""

MAX_INPUT: Final = 500_000_000
"""Bytes that an input may unpack to: a damaged one must not fill the memory."""


class Measure(StrEnum):
    """What a figure is counted in."""

    POINTS = "points"
    PERCENT = "percent"


@dataclass(frozen=True, slots=True)
class SnapshotValue:
    """One frozen figure.

    Attributes
    ----------
    figure : str
        ``value`` of an indicator, beside it ``value@relevance``, ``value@gap`` and ``part.N``; of a
        survey ``index.KEY``, ``rate.KEY``, ``ballot`` or ``ballot.WHOM``, with ``@invited`` or
        ``@open`` behind it where sample and crowd stand apart.
    subject : str or None
        Code of a unit; None for everything together.
    value, se, low, high : float or None
        In points or percent, with the 95 % interval; None where it cannot be computed.
    n : int
        Answers behind it.
    effective_n : float
        Kish's.
    method : str
        How it was made: such as ``calibrated`` or ``class means``.
    suppressed : bool
        Whether it rests on too few answers to be shown to units or published.
    label : Text or None
        What people call the figure.
    unweighted : float or None
        The same with every answer counting alike; None where no weights are in it.
    """

    figure: str
    subject: str | None
    value: float | None
    se: float | None
    low: float | None
    high: float | None
    n: int
    effective_n: float
    method: str
    unit: Measure
    suppressed: bool = False
    label: Text | None = None
    unweighted: float | None = None

    @property
    def shown(self) -> str | None:
        """The figure as it is published: two decimals, half-up; None where there is none."""
        return None if self.value is None else rounded(self.value)

    def withheld(self) -> SnapshotValue:
        """Return it without its numbers."""
        return replace(
            self,
            value=None,
            se=None,
            low=None,
            high=None,
            n=0,
            effective_n=0.0,
            suppressed=True,
            unweighted=None,
        )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Figures of a survey or an indicator for a period, frozen.

    Attributes
    ----------
    number : int
        From 1 on inside the period; the highest holds.
    supersedes : UUID or None
        The snapshot it replaces: its number less one.
    values_sha256, input_sha256 : str
        Of the canonical JSON of the figures, and of everything they were computed from.
    seed : int
        For what is simulated on top of it, recorded so that it can be done again.
    version : int or None
        Of the indicator.
    notes : tuple of Text
        What to know about it, in the words of the day it was made.
    minimum : int
        Answers that a figure has to rest on to be told outside the office.
    whole_waves : bool
        Whether it rests on all answers of a survey, so that snapshots of different periods share
        answers.
    """

    id: UUID
    source_kind: str
    source_key: str
    title: Text
    period: Period
    number: int
    supersedes: UUID | None
    made_by: str
    made_at: datetime
    values: tuple[SnapshotValue, ...]
    values_sha256: str
    input_sha256: str
    seed: int
    version: int | None
    notes: tuple[Text, ...] = ()
    minimum: int = 5
    whole_waves: bool = False

    def find(self, figure: str, subject: str | None = None) -> SnapshotValue | None:
        """Return one figure, or None."""
        for one in self.values:
            if (one.figure, one.subject) == (figure, subject):
                return one
        return None

    def of(self, subject: str | None) -> tuple[SnapshotValue, ...]:
        """Return all figures of one unit, or of everything together."""
        return tuple(one for one in self.values if one.subject == subject)


def canonical(content: Any) -> bytes:
    """Write content as canonical JSON: one content, one sequence of bytes."""
    return json.dumps(
        content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def sha256_of(content: bytes) -> str:
    """Return the SHA-256 of some bytes."""
    return hashlib.sha256(content).hexdigest()


def packed(content: bytes) -> bytes:
    """Compress an input."""
    return zlib.compress(content, level=9)


def unpacked(blob: bytes) -> bytes:
    """Give an input back.

    Raises
    ------
    ValueError
        It is damaged, or unpacks to more than `MAX_INPUT`.
    """
    machine = zlib.decompressobj()
    try:
        content = machine.decompress(blob, MAX_INPUT)
    except zlib.error as error:
        raise ValueError("the input is damaged") from error
    if not machine.eof or machine.unused_data:
        raise ValueError("the input is damaged")
    return content


def rounded(value: float) -> str:
    """Round half-up to the places of a published figure.

    What machines may differ by is rounded away first, so that 82.245 stored as 82.24499999999999
    is 82.25 everywhere.
    """
    exact = Decimal(repr(value)).quantize(_NOISE, ROUND_HALF_UP)
    written = exact.quantize(Decimal(1).scaleb(-DECIMALS), ROUND_HALF_UP)
    return str(abs(written) if written == 0 else written)


def same(first: float | None, second: float | None) -> bool:
    """Whether two numbers agree to 1e-9, absolutely and relatively."""
    if first is None or second is None:
        return first is second
    return math.isclose(first, second, rel_tol=1e-9, abs_tol=1e-9)


def value_document(value: SnapshotValue) -> dict[str, Any]:
    """Return a figure as plain data, its published rounding with it."""
    return {
        "figure": value.figure,
        "subject": value.subject,
        "value": value.value,
        "shown": value.shown,
        "se": value.se,
        "low": value.low,
        "high": value.high,
        "n": value.n,
        "effective_n": value.effective_n,
        "method": value.method,
        "unit": value.unit.value,
        "suppressed": value.suppressed,
        "label": None if value.label is None else {"zh": value.label.zh, "en": value.label.en},
        "unweighted": value.unweighted,
    }


def value_of(document: Mapping[str, Any]) -> SnapshotValue:
    """Read a figure back."""
    label = document["label"]
    return SnapshotValue(
        figure=document["figure"],
        subject=document["subject"],
        value=_float(document["value"]),
        se=_float(document["se"]),
        low=_float(document["low"]),
        high=_float(document["high"]),
        n=int(document["n"]),
        effective_n=float(document["effective_n"]),
        method=document["method"],
        unit=Measure(document["unit"]),
        suppressed=bool(document["suppressed"]),
        label=None if label is None else Text(label["zh"], label["en"]),
        # Snapshots are never rewritten: those made before it was kept say nothing of it.
        unweighted=_float(document.get("unweighted")),
    )


def _float(value: Any) -> float | None:
    return None if value is None else float(value)

"""The feedback sheet of a unit (反馈单): one page that says how it stands and what it has to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from surveyapp.domain.accounts import StaffView
from surveyapp.domain.errors import NotAllowed
from surveyapp.domain.feedback import (
    LEAST_UNITS,
    PEERS,
    WEAK,
    CommonProblem,
    SheetLine,
    common_problems,
    shares_by_indicator,
    sheet_lines,
    strengths,
    weaknesses,
)
from surveyapp.domain.messages import Message, message
from surveyapp.domain.periods import Period
from surveyapp.domain.roles import Permission
from surveyapp.domain.scheme import Scheme
from surveyapp.domain.text import Text
from surveyapp.services.assessment.deciding import Deciding, Decision
from surveyapp.services.assessment.explaining import grade_of, unit_sentences
from surveyapp.services.assessment.item_views import ItemLine
from surveyapp.services.assessment.rectifying import Rectifying
from surveyapp.services.assessment.scores import ScoreRun, Scores
from surveyapp.services.assessment.viewing import (
    require_visible,
    scope_of,
    visible_unit,
    visible_units,
)
from surveyapp.services.assessment.voices import Voices, voices_by_unit
from surveyapp.services.definitions import DefinitionCache
from surveyapp.storage.database import Database
from surveyapp.storage.units import UnitRepository

PRINTED: Final = 18
"""Indicators that a page of A4 has room for beside everything else."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A place of the ranking without its name; `is_own` marks the unit itself."""

    rank: int
    score: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """A feedback sheet.

    Attributes
    ----------
    unit : mapping
        Of the result of the run, see `surveyapp.domain.score_document`.
    suggested : Text or None
        The computed grade; `decision` is what a meeting decided.
    sentences : tuple of Message
        How sure the score is.
    peers : tuple of Peer
        The places of the category, without names; empty where there are too few of them.
    items : tuple of ItemLine
        What the unit puts right, the most urgent first.
    """

    run: ScoreRun
    scheme: Scheme
    unit: Mapping[str, Any]
    suggested: Text | None
    decision: Decision | None
    sentences: tuple[Message, ...]
    lines: tuple[SheetLine, ...]
    strengths: tuple[SheetLine, ...]
    weaknesses: tuple[SheetLine, ...]
    peers: tuple[Peer, ...]
    voices: Voices
    items: tuple[ItemLine, ...]
    made_on: date

    @property
    def printed_lines(self) -> tuple[SheetLine, ...]:
        """The indicators that one page has room for: those of the most weight, in their order."""
        if len(self.lines) <= PRINTED:
            return self.lines
        heaviest = sorted(self.lines, key=lambda one: -one.weight)[:PRINTED]
        return tuple(one for one in self.lines if one in heaviest)


@dataclass(frozen=True, slots=True)
class CommonReason:
    """A reason that citizens ticked often in several units, as (code, name, ticks)."""

    label: Text
    units: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class CommonProblems:
    """What is weak in several units at once (共性问题)."""

    run: ScoreRun
    scheme: Scheme
    indicators: tuple[CommonProblem, ...]
    reasons: tuple[CommonReason, ...]
    least: int


class Sheets:
    """Use cases around feedback sheets."""

    def __init__(
        self,
        database: Database,
        definitions: DefinitionCache,
        scores: Scores,
        deciding: Deciding,
        rectifying: Rectifying,
        *,
        timezone: tzinfo,
    ) -> None:
        self._database = database
        self._definitions = definitions
        self._scores = scores
        self._deciding = deciding
        self._rectifying = rectifying
        self._timezone = timezone

    def sheet(self, staff: StaffView, run_id: UUID, code: str) -> Sheet:
        """Return the sheet of a unit.

        Raises
        ------
        NotFound
            No such run or unit, or none that the asker may see: all look the same.
        """
        run = self._scores.get(run_id)
        return self._sheets(staff, run, [visible_unit(run, code, staff)])[0]

    def sheets(self, staff: StaffView, run_id: UUID) -> list[Sheet]:
        """Return the sheets of all units of a run that the asker may see, by rank.

        Raises
        ------
        NotFound
            No such run, or none the asker may see.
        """
        run = self._scores.get(run_id)
        require_visible(run, staff)
        return self._sheets(staff, run, visible_units(run, staff))

    def _sheets(
        self, staff: StaffView, run: ScoreRun, units: Sequence[Mapping[str, Any]]
    ) -> list[Sheet]:
        scheme = self._scores.scheme_of(run)
        shares = shares_by_indicator(run.units)
        decisions = self._deciding.of(run.scheme_key, run.period)
        voices = self._voices([unit["unit"] for unit in units], run.period)
        made_on = run.made_at.astimezone(self._timezone).date()
        found = []
        for unit in units:
            code = unit["unit"]
            lines = tuple(sheet_lines(scheme, unit, shares))
            found.append(
                Sheet(
                    run=run,
                    scheme=scheme,
                    unit=unit,
                    suggested=grade_of(run.result, unit["grade"]),
                    decision=decisions.get(code),
                    sentences=unit_sentences(run.result, unit),
                    lines=lines,
                    strengths=tuple(strengths(lines)),
                    weaknesses=tuple(weaknesses(lines)),
                    peers=_peers(run.units, code),
                    voices=voices[code],
                    items=self._items(staff, code),
                    made_on=made_on,
                )
            )
        return found

    def _voices(self, codes: Sequence[str], period: Period) -> dict[str, Voices]:
        with self._database.reading() as work:
            tree = UnitRepository(work)
            below = {code: tree.below([code]) for code in codes}
            return voices_by_unit(work, self._definitions, below, period, self._timezone)

    def _items(self, staff: StaffView, code: str) -> tuple[ItemLine, ...]:
        if not staff.may(Permission.SEE_CASES):
            return ()
        return self._rectifying.of_unit(staff, code)

    def common(
        self,
        staff: StaffView,
        run_id: UUID,
        least: int = LEAST_UNITS,
        weak: Fraction = WEAK,
    ) -> CommonProblems:
        """Return what is weak in at least so many units of a run.

        Raises
        ------
        NotFound
            No such run, or none the asker may see.
        NotAllowed
            A unit asks: the list names other units.
        """
        run = self._scores.get(run_id)
        require_visible(run, staff)
        if scope_of(staff) is not None:
            raise NotAllowed(message("This list names other units: the office alone sees it."))
        scheme = self._scores.scheme_of(run)
        return CommonProblems(
            run=run,
            scheme=scheme,
            indicators=tuple(common_problems(scheme, run.units, least, weak)),
            reasons=tuple(self._common_reasons(run.units, run.period, least)),
            least=least,
        )

    def _common_reasons(
        self, units: Sequence[Mapping[str, Any]], period: Period, least: int
    ) -> list[CommonReason]:
        names = {one["unit"]: one["name"] for one in units}
        found = self._voices(list(names), period)
        by_label: dict[Text, list[tuple[str, str, int]]] = {}
        for code, voices in found.items():
            for label, n in voices.reasons:
                by_label.setdefault(label, []).append((code, names[code], n))
        common = [
            CommonReason(label, tuple(sorted(hit, key=lambda one: -one[2])))
            for label, hit in by_label.items()
            if len(hit) >= least
        ]
        return sorted(common, key=lambda one: -len(one.units))


def _peers(units: Sequence[Mapping[str, Any]], code: str) -> tuple[Peer, ...]:
    """Return the ranking without names; of three units or fewer everybody would know who is who."""
    ranked = [one for one in units if one["rank"] is not None]
    if len(ranked) <= PEERS:
        return ()
    return tuple(Peer(one["rank"], one["score"], one["unit"] == code) for one in ranked)

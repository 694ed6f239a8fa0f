"""Weights of a sample: the base weights, calibrated to the margins of the survey where they fit.

Only counts by cell are needed. Whenever responses or margins change the weights are made anew; if
no weights can meet the margins, the figures use the base weights and say why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import numpy as np

from surveyapp.domain.margins import (
    Levels,
    PopulationMargin,
    PopulationMargins,
    title_of_levels,
    title_of_margin,
)
from surveyapp.domain.messages import Message, message
from surveyapp.domain.survey import Definition
from surveyapp.domain.text import Text
from surveyapp.domain.weighting import WeightingMethod, WeightingRule
from surveyapp.services.weights.calibrating import margin_of, meet, possible_bounds
from surveyapp.stats.arrays import Codes, Vector
from surveyapp.stats.cells import Cells
from surveyapp.stats.distances import Bounds
from surveyapp.stats.feasibility import BoundsTooTight, MarginsContradict
from surveyapp.stats.margins import CannotCalibrate, EmptyLevel, ForeignLevel, Margin
from surveyapp.stats.trimming import trim
from surveyapp.stats.weights import CalibrationReport, TrimmingReport, Weights

WeightKind = Literal["calibrated", "base", "equal"]

LARGE: Final = 5.0
"""A ratio of calibrated to base weight that a reader is told about."""


@dataclass(frozen=True, slots=True)
class MarginSet:
    """Population margins as they were set.

    Attributes
    ----------
    number : int
        The newest one holds.
    replaces : int or None
        The set before.
    """

    number: int
    wave: str | None
    source: str
    file_name: str
    file_sha256: str
    set_by: str
    set_at: datetime
    replaces: int | None
    margins: PopulationMargins


@dataclass(frozen=True, slots=True)
class Plan:
    """How a survey weights: its rule, its margins, and the words for them."""

    definition: Definition
    margins: MarginSet

    @property
    def rule(self) -> WeightingRule:
        """The rule of the definition."""
        return self.definition.weighting


@dataclass(frozen=True, slots=True)
class MarginLevel:
    """One level of a margin, in the population and in the sample.

    Attributes
    ----------
    levels : tuple of str or None
        Keys of the levels; None for the respondents of unknown level.
    n : int
        Respondents.
    population : float or None
        Share of the population, 0 to 1, as it was set; None for respondents of unknown level.
    target : float or None
        Share to be met: that of the population, less what respondents of unknown level keep.
    before, after : float
        Share by base weight and by final weight; equal while nothing is calibrated.
    """

    levels: Levels | None
    title: Text | Message
    n: int
    population: float | None
    target: float | None
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class MarginTable:
    """Population and sample by the levels of one margin."""

    variable: str
    title: Text
    levels: tuple[MarginLevel, ...]

    @property
    def unknown(self) -> int:
        """Respondents of unknown level."""
        return sum(level.n for level in self.levels if level.levels is None)


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What came out of meeting the margins of a survey.

    Attributes
    ----------
    weights : Weights or None
        None where the margins cannot be met with the responses so far.
    problem : Message or None
        Why not, and what to do.
    classes : int array, shape (C,)
        Cells of one class have one base weight and the same levels of all margins.
    incomplete : int
        Respondents whose level of at least one margin is unknown.
    cells, attributes : Cells, sequence of mapping, length C
        The sample, and what its cells are told apart by.
    """

    margins: MarginSet
    rule: WeightingRule
    weights: Weights | None
    problem: Message | None
    tables: tuple[MarginTable, ...]
    classes: Codes
    incomplete: int
    cells: Cells
    attributes: Sequence[Mapping[str, str]]

    @property
    def report(self) -> CalibrationReport | None:
        """How the calibration went."""
        return None if self.weights is None else self.weights.report

    @property
    def trimming(self) -> TrimmingReport | None:
        """What trimming did."""
        return None if self.weights is None else self.weights.trimming

    @property
    def unknown(self) -> dict[str, int]:
        """Respondents of unknown level by margin."""
        return {table.variable: table.unknown for table in self.tables}


def calibrated(cells: Cells, attributes: Sequence[Mapping[str, str]], plan: Plan) -> Calibrated:
    """Calibrate cells to the margins of a survey.

    Parameters
    ----------
    cells : Cells
        The sample, C cells with at least one respondent.
    attributes : sequence of mapping, length C
        Levels of each cell.
    """
    variables = plan.margins.margins.variables
    codes = [_codes(attributes, variable) for variable in variables]
    made = [_margin(cells, plan, one, code) for one, code in zip(variables, codes, strict=True)]
    weights, problem = None, None
    try:
        weights = _weights(cells, made, plan)
    except CannotCalibrate as error:
        problem = _why(cells, made, plan, error)
    tables = [
        _table(cells, plan, variable, margin, code, weights)
        for variable, margin, code in zip(variables, made, codes, strict=True)
    ]
    return Calibrated(
        margins=plan.margins,
        rule=plan.rule,
        weights=weights,
        problem=problem,
        tables=tuple(tables),
        classes=_classes(cells, codes),
        incomplete=int(cells.n[(np.stack(codes) < 0).any(axis=0)].sum()),
        cells=cells,
        attributes=attributes,
    )


def _codes(attributes: Sequence[Mapping[str, str]], variable: PopulationMargin) -> Codes:
    """Return the level of each cell in the order of the targets, -1 where it is unknown."""
    known = {levels: code for code, levels in enumerate(variable.targets)}
    found = [known.get(variable.levels_of(one), -1) for one in attributes]
    return np.array(found, dtype=np.int64)


def _classes(cells: Cells, codes: Sequence[Codes]) -> Codes:
    base = np.unique(cells.base_weight, return_inverse=True)[1].ravel()
    _, classes = np.unique(np.stack([base, *codes]), axis=1, return_inverse=True)
    return np.asarray(classes.ravel(), dtype=np.int64)


def _margin(cells: Cells, plan: Plan, variable: PopulationMargin, code: Codes) -> Margin | None:
    """Make a margin of the total of the base weights; None where nobody has a level it names."""
    if not cells.n[code >= 0].any():
        return None
    targets = {_name(levels): target for levels, target in variable.targets.items()}
    return margin_of(cells, variable.name, targets, code, scaled=True)


def _name(levels: Levels) -> str:
    """Name a level so that no two combinations share a name."""
    return "\t".join(levels)


def _weights(cells: Cells, margins: Sequence[Margin | None], plan: Plan) -> Weights:
    rule = plan.rule
    usable = [margin for margin in margins if margin is not None]
    if len(usable) < len(margins):
        raise NobodyKnown
    if rule.method is WeightingMethod.POSTSTRATIFY and len(usable) > 1:
        raise SeveralMargins
    bounds = Bounds() if rule.bounds is None else Bounds(*rule.bounds)
    weights = meet(rule.method.value, cells, usable, bounds)
    if rule.trim is None:
        return weights
    mean = float(cells.base_weight @ cells.n) / float(cells.n.sum())
    return trim(cells, weights, low=rule.trim[0] * mean, high=rule.trim[1] * mean)


class NobodyKnown(CannotCalibrate):
    """Nobody has a level that a margin names."""


class SeveralMargins(CannotCalibrate):
    """Post-stratification takes one margin."""


# --- why not, in words -------------------------------------------------------------------------


def _why(
    cells: Cells, margins: Sequence[Margin | None], plan: Plan, error: CannotCalibrate
) -> Message:
    """Say why the figures are not weighted, and what to do."""
    if isinstance(error, EmptyLevel):
        return _without_respondents(plan, error)
    if isinstance(error, ForeignLevel):
        return message(
            "%(n)s responses have the level “%(level)s” of “%(variable)s”, to which the population"
            " margins give nobody: correct the margins.",
            n=error.respondents,
            **_words(plan, error.margin, error.level),
        )
    if isinstance(error, BoundsTooTight):
        return _too_tight(cells, [one for one in margins if one is not None], plan, error)
    if isinstance(error, NobodyKnown):
        empty = [
            title_of_margin(plan.definition, variable)
            for variable, margin in zip(plan.margins.margins.variables, margins, strict=True)
            if margin is None
        ]
        return message(
            "No response has a level of “%(variable)s” that the population margins name.",
            variable=listed(empty),
        )
    if isinstance(error, SeveralMargins):
        return message(
            "Post-stratification takes the margins of one variable: set new margins, or choose"
            " rake in the definition."
        )
    if isinstance(error, MarginsContradict) and error.levels:
        near = [
            words["level"]
            for margin, level in error.levels
            if (words := _words(plan, margin, level))["level"] is not None
        ]
        return message(
            "No weights meet all population margins at once with the responses so far: merge levels"
            " near “%(levels)s” in the margins, or collect more responses there.",
            levels=listed(near),
        )
    return message(
        "The population margins can be met only by leaving some responses out: merge small levels"
        " in the margins, or collect more responses."
    )


def _without_respondents(plan: Plan, error: EmptyLevel) -> Message:
    words = _words(plan, error.margin, error.level)
    words["percent"] = f"{100 * error.share:.1f}"
    neighbour = None if error.neighbour is None else _words(plan, error.margin, error.neighbour)
    if neighbour is None or neighbour["level"] is None:
        return message(
            "No response has the level “%(level)s” of “%(variable)s”, %(percent)s %% of the"
            " population: collect responses there, or merge it with another level in the margins.",
            **words,
        )
    return message(
        "No response has the level “%(level)s” of “%(variable)s”, %(percent)s %% of the population:"
        " collect responses there, or merge it with “%(neighbour)s” in the margins.",
        neighbour=neighbour["level"],
        **words,
    )


def _too_tight(
    cells: Cells, margins: Sequence[Margin], plan: Plan, error: BoundsTooTight
) -> Message:
    try:
        low, high = possible_bounds(plan.rule.method.value, cells, margins, error)[0]
    except CannotCalibrate as deeper:
        return _why(cells, margins, plan, deeper)
    return message(
        "No weights between %(low)s and %(high)s times the base weights meet the population"
        " margins; %(least)s to %(most)s would do: widen the bounds in the definition, or merge"
        " small levels in the margins.",
        low=f"{error.bounds.low:g}",
        high=f"{error.bounds.high:g}",
        least=f"{low:g}",
        most=f"{high:g}",
    )


def _words(plan: Plan, margin: str, name: str) -> dict[str, Text | str | None]:
    """Return the titles of a margin and of one of its levels; no level where it is unknown."""
    variable = next(one for one in plan.margins.margins.variables if one.name == margin)
    levels = next((one for one in variable.targets if _name(one) == name), None)
    return {
        "variable": title_of_margin(plan.definition, variable),
        "level": None if levels is None else title_of_levels(plan.definition, variable, levels),
    }


def listed(texts: Sequence[Text | str | None]) -> Text:
    """Write several names in a row, as each language does."""
    both = [one if isinstance(one, Text) else Text.same(one or "") for one in texts]
    return Text("、".join(one.zh for one in both), ", ".join(one.en for one in both))


# --- population and sample side by side --------------------------------------------------------


def _table(
    cells: Cells,
    plan: Plan,
    variable: PopulationMargin,
    margin: Margin | None,
    code: Codes,
    weights: Weights | None,
) -> MarginTable:
    base = cells.base_weight * cells.n
    final = base if weights is None else weights.value * cells.n
    population = [target / variable.total for target in variable.targets.values()]
    targets = list(population)
    if margin is not None:
        targets = [float(target) for target in margin.targets / margin.total]

    def level(
        levels: Levels | None, title: Text | Message, target: float | None, which: int
    ) -> MarginLevel:
        inside = code == which
        return MarginLevel(
            levels=levels,
            title=title,
            n=int(cells.n[inside].sum()),
            population=None if levels is None else population[which],
            target=target,
            before=_share(base, inside),
            after=_share(final, inside),
        )

    found = [
        level(levels, title_of_levels(plan.definition, variable, levels), targets[place], place)
        for place, levels in enumerate(variable.targets)
    ]
    if cells.n[code < 0].any():
        found.append(
            level(None, message("Unknown level"), None if margin is None else targets[-1], -1)
        )
    return MarginTable(variable.name, title_of_margin(plan.definition, variable), tuple(found))


def _share(weight: Vector, inside: Codes) -> float:
    return float(weight[inside].sum() / weight.sum())

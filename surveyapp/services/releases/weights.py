"""What a release may say about weights: enough to check it, nothing that gives people away.

A weighted and an unweighted value of the same answers are two equations. Where few groups are
weighted, they can be solved for the groups; then the unweighted value stays inside.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from surveyapp.domain.release import Entry, ItemEntry
from surveyapp.domain.survey import UNKNOWN
from surveyapp.services.results.report_json import weighting_json
from surveyapp.services.results.sample import Sample
from surveyapp.services.results.sample_weights import Calibrated, MarginTable
from surveyapp.stats.arrays import Codes, Mask, Vector
from surveyapp.stats.determined import newly_determined

Document = dict[str, Any]
_COUNTED = ("n", "target", "before", "after")


class Unweighted:
    """Says which unweighted values may stand beside weighted ones in a release.

    Parameters
    ----------
    minimum : int
        Smallest number of respondents a published figure may rest on.
    """

    def __init__(self, sample: Sample, minimum: int) -> None:
        self._sample = sample
        self._minimum = minimum
        done = sample.calibrated
        self._done = done if done is not None and done.weights is not None else None

    @property
    def is_calibrated(self) -> bool:
        """Whether weighted and unweighted values differ by more than weights of the data."""
        return self._done is not None

    def may_show(self, answered: Vector, entry: ItemEntry) -> bool:
        """Whether the unweighted value of an item over all respondents may be published.

        It may if, with all weighted figures that are shown, it solves neither for a weighting class
        nor for a group that is held back.

        Parameters
        ----------
        answered : float array, shape (C,)
            Valid answers to the item by cell.
        entry : ItemEntry
            What the release shows of the item.
        """
        done = self._done
        if done is None or done.weights is None or not answered.any():
            return True
        used = np.flatnonzero(answered)
        classes, first = np.unique(done.classes[used], return_index=True)
        weight, cells = done.weights.value[used][first], used[first]
        known, asked = [weight], list(np.eye(classes.size))
        for attribute in _attributes(done):
            for level, one in entry.groups.get(attribute, {}).items():
                inside = self._inside(cells, attribute, level)
                if self._shows(one):
                    known.append(weight * inside)
                else:
                    asked += [inside.astype(np.float64), weight * inside]
        kept = [[row for row in rows if row.any()] for rows in (known, asked)]
        return not newly_determined(kept[0], np.ones(classes.size), kept[1]).any()

    def _shows(self, entry: Entry) -> bool:
        return entry.shown and entry.content.n >= self._minimum

    def _inside(self, cells: Codes, attribute: str, level: str) -> Mask:
        found = [self._sample.rows[cell].cell.get(attribute, UNKNOWN) for cell in cells]
        return np.array([one == level for one in found], dtype=np.bool_)


def _attributes(done: Calibrated) -> list[str]:
    variables = done.margins.margins.variables
    return list(dict.fromkeys(key for variable in variables for key in variable.attributes))


def public_weighting(
    done: Calibrated | None, numbers: Mapping[str, Mapping[str, Entry]], minimum: int
) -> Document:
    """Return how weights were made, without counts of groups that are too small.

    Parameters
    ----------
    numbers : mapping
        What the release shows of the numbers of responses, by breakdown and group.
    """
    document = weighting_json(done)
    if done is None or document["margins"] is None:
        return document
    shown = {table.variable: _is_shown(table, numbers, minimum) for table in done.tables}
    for variable in document["margins"]["variables"]:
        if not shown[variable["variable"]]:
            for level in variable["levels"]:
                level.update(dict.fromkeys(_COUNTED))
    calibration = document["calibration"]
    if calibration is None:
        # Why the margins cannot be met names the groups that are too small.
        return document | {"not_calibrated": None}
    calibration["unknown"] = {
        name: n if shown[name] else None for name, n in calibration["unknown"].items()
    }
    if 0 < done.incomplete < minimum:
        calibration["incomplete"] = None
    if not all(shown.values()):
        calibration |= {"g_min": None, "g_max": None}
    return document


def _is_shown(table: MarginTable, numbers: Mapping[str, Mapping[str, Entry]], minimum: int) -> bool:
    """Whether every number of a margin is published anyway, or is none."""
    groups = numbers.get(table.variable)
    if groups is None:
        return False
    entries = [entry for entry in groups.values() if entry.content.n]
    return all(entry.shown and entry.content.n >= minimum for entry in entries)

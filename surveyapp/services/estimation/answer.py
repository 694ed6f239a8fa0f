"""The answer to a request: figures in the order of their levels, and how they were made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from surveyapp.stats.estimates import Estimate
from surveyapp.stats.weights import CalibrationReport, TrimmingReport


@dataclass(frozen=True, slots=True)
class Figure:
    """One estimate of a group.

    Attributes
    ----------
    by : dict of str to str
        Level of each column that makes the group; empty for the whole.
    level : str or None
        For proportions: of which value.
    estimate : Estimate
        With its precision.
    """

    by: dict[str, str]
    level: str | None
    estimate: Estimate

    def as_json(self) -> dict[str, Any]:
        """Return what a program reads."""
        made = self.estimate
        level = {} if self.level is None else {"level": self.level}
        return (
            {"by": self.by}
            | level
            | {
                "n": made.n,
                "value": made.value,
                "se": made.se,
                "low": made.low,
                "high": made.high,
                "effective_n": made.effective_n,
                "deff": made.deff,
                "df": made.df,
            }
        )


@dataclass(frozen=True, slots=True)
class Method:
    """How the estimates of one request came about.

    Attributes
    ----------
    statistic, interval : str
        What was estimated, and the kind of its intervals.
    confidence : float
        Their coverage probability.
    level : float or None
        Which quantile.
    lonely : str or None
        Rule for strata with one sampled unit; None without strata.
    rows, ungrouped : int
        All rows, and those in no group because a cell of `--by` is empty.
    unknown : dict of str to int
        For each margin the rows of unknown level that were kept.
    calibrate : str or None
        Method of calibration as it was asked.
    calibration : CalibrationReport or None
        How it went.
    trimming : TrimmingReport or None
        What trimming did.
    """

    statistic: str
    interval: str
    confidence: float
    level: float | None
    lonely: str | None
    rows: int
    ungrouped: int
    unknown: dict[str, int]
    calibrate: str | None
    calibration: CalibrationReport | None
    trimming: TrimmingReport | None

    def as_json(self) -> dict[str, Any]:
        """Return what a program reads."""
        return {
            "statistic": self.statistic,
            "interval": self.interval,
            "confidence": self.confidence,
            "level": self.level,
            "lonely": self.lonely,
            "rows": self.rows,
            "rows_without_group": self.ungrouped,
            "calibration": self._calibration(),
            "trimming": self._trimming(),
        }

    def _calibration(self) -> dict[str, Any] | None:
        report = self.calibration
        if report is None:
            return None
        return {
            "method": self.calibrate,
            "iterations": report.iterations,
            "margin_error": report.margin_error,
            "g_min": report.g_min,
            "g_max": report.g_max,
            "effective_n_before": report.effective_n_before,
            "effective_n": report.effective_n,
            "unknown": self.unknown,
        }

    def _trimming(self) -> dict[str, Any] | None:
        report = self.trimming
        if report is None:
            return None
        return {
            "low": report.low if np.isfinite(report.low) else None,
            "high": report.high if np.isfinite(report.high) else None,
            "trimmed": report.trimmed,
            "effective_n_before": report.effective_n_before,
            "effective_n": report.effective_n,
        }


@dataclass(frozen=True, slots=True)
class Estimated:
    """The answer to a request: figures in the order of their levels, and how they were made."""

    figures: tuple[Figure, ...]
    method: Method

    def as_json(self) -> dict[str, Any]:
        """Return what a program reads."""
        return {
            "estimates": [figure.as_json() for figure in self.figures],
            "method": self.method.as_json(),
        }

"""What is asked of an estimate, and which questions contradict themselves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message
from surveyapp.stats.design import Lonely
from surveyapp.stats.distances import Bounds

Statistic: TypeAlias = Literal["mean", "total", "proportion", "quantile"]
Calibration: TypeAlias = Literal["poststratify", "rake", "linear", "logit"]
IntervalKind: TypeAlias = Literal["t", "wilson", "logit", "beta"]

STATISTICS: Final[tuple[Statistic, ...]] = ("mean", "total", "proportion", "quantile")
CALIBRATIONS: Final[tuple[Calibration, ...]] = ("poststratify", "rake", "linear", "logit")
INTERVALS: Final[tuple[IntervalKind, ...]] = ("t", "wilson", "logit", "beta")
MEDIAN: Final = 0.5
LONELY: Final[tuple[Lonely, ...]] = ("fail", "certainty", "adjust", "average")


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a data file.

    Parameters
    ----------
    file : Path
        CSV, XLSX or Parquet.
    value : str
        Column that is estimated.
    statistic : {"mean", "total", "proportion", "quantile"}
        What of it.
    level : float, optional
        Which quantile, in (0, 1); the median if left out.
    weight, strata, cluster, fpc : str, optional
        Columns of the design.
    by : tuple of str
        Columns whose combinations are the groups; none for one estimate of the whole.
    margins : Path, optional
        Table of the population margins.
    calibrate : {"poststratify", "rake", "linear", "logit"}, optional
        How weights meet them.
    bounds : tuple of float, optional
        Allowed ratio of calibrated to base weight, lower and upper.
    trim : tuple of float, optional
        Allowed final weight, lower and upper.
    keep_unknown : bool
        Whether rows of unknown margin level get a level of their own.
    interval : {"t", "wilson", "logit", "beta"}, optional
        Kind of interval; Wilson's for proportions and t for everything else if left out.
    lonely : {"fail", "certainty", "adjust", "average"}, optional
        Rule for strata with a single sampled unit; to refuse if left out.
    confidence : float
        Coverage probability in (0, 1).
    """

    file: Path
    value: str
    statistic: Statistic = "mean"
    level: float | None = None
    weight: str | None = None
    strata: str | None = None
    cluster: str | None = None
    fpc: str | None = None
    by: tuple[str, ...] = ()
    margins: Path | None = None
    calibrate: Calibration | None = None
    bounds: tuple[float, float] | None = None
    trim: tuple[float, float] | None = None
    keep_unknown: bool = False
    interval: IntervalKind | None = None
    lonely: Lonely | None = None
    confidence: float = 0.95

    @property
    def quantile(self) -> float:
        """Which quantile is asked for."""
        return MEDIAN if self.level is None else self.level

    @property
    def allowed(self) -> Bounds:
        """Bounds of the ratio of calibrated to base weight."""
        return Bounds() if self.bounds is None else Bounds(*self.bounds)

    def require_consistent(self) -> None:
        """Refuse options that contradict each other or would have no effect.

        Raises
        ------
        BadInput
        """
        self._require_consistent_figure()
        self._require_consistent_weights()
        if self.lonely is not None and self.strata is None:
            raise BadInput(message("--lonely is a rule for strata: name them with --strata."))

    def _require_consistent_figure(self) -> None:
        if self.level is not None and self.statistic != "quantile":
            raise BadInput(message("--level says which quantile: it needs --statistic quantile."))
        if self.interval not in {None, "t"} and self.statistic != "proportion":
            raise BadInput(
                message(
                    "--interval %(interval)s is for proportions; a %(statistic)s has t intervals.",
                    interval=self.interval,
                    statistic=self.statistic,
                )
            )

    def _require_consistent_weights(self) -> None:
        if self.calibrate is not None and self.margins is None:
            raise BadInput(message("--calibrate needs population margins: add --margins."))
        if self.margins is not None and self.calibrate is None:
            raise BadInput(message("--margins needs a method: add --calibrate."))
        if self.keep_unknown and self.margins is None:
            raise BadInput(message("--unknown is a rule for margins: add --margins."))
        if self.bounds is not None and self.calibrate is None:
            raise BadInput(message("--bounds limits a calibration: add --calibrate."))
        if self.trim is not None and not (self.weight or self.fpc or self.margins):
            raise BadInput(
                message(
                    "--trim limits weights, but all are equal: add --weight, --fpc or --margins."
                )
            )
        self._require_possible_bounds()

    def _require_possible_bounds(self) -> None:
        low, high = self.allowed.low, self.allowed.high
        if self.calibrate == "logit" and not float("-inf") < low < 1 < high < float("inf"):
            raise BadInput(
                message(
                    "--calibrate logit needs bounds on either side of 1, such as --bounds 0.5,2."
                )
            )
        if self.calibrate == "rake" and high <= 0:
            raise BadInput(message("Raked weights are positive: --bounds needs an upper one."))

"""Who takes part, and one measurement of one of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import ROOT
from bench.estimation.environments import Missing, python_of, rscript
from bench.measures import largest_difference

SAME = 1e-6
"""Largest relative difference of standard errors that count as the same."""

ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "POLARS_MAX_THREADS",
        "RAYON_NUM_THREADS",
    ),
    "1",
)


@dataclass(frozen=True, slots=True)
class Contender:
    """A way to solve the task.

    Attributes
    ----------
    name : str
        As printed.
    command : callable
        Returns the command up to the folder of the task; may raise `Missing`.
    after : tuple of str
        What follows the folder.
    """

    name: str
    command: Callable[[], list[str]]
    after: tuple[str, ...] = ()


def _ours(module: str) -> Callable[[], list[str]]:
    return lambda: [sys.executable, *_once(module)]


def _library(requirement: str) -> Callable[[], list[str]]:
    module = "with_" + requirement.partition("==")[0]
    return lambda: [str(python_of(requirement)), *_once(module)]


def _once(module: str) -> list[str]:
    return ["-m", "bench.estimation.once", f"bench.estimation.{module}"]


def _r() -> list[str]:
    return [str(rscript()), str(Path(__file__).with_name("with_survey.R"))]


CELLS = Contender("surveyapp, cells already tallied", _ours("with_surveyapp"))
TALLYING = Contender("surveyapp, with the tallying", _ours("with_surveyapp_tallying"))
OTHERS = (
    Contender("svy", _library("svy==0.35.0")),
    Contender("samplics", _library("samplics==0.6.1")),
    Contender("balance", _library("balance==0.23.0")),
    Contender("R survey, calibrate", _r, ("calibrate",)),
    Contender("R survey, rake", _r, ("rake",)),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """One run.

    Attributes
    ----------
    version : str
        Of the library and what it stands on.
    wall, weighting, estimation : float
        Seconds; the latter two of processor time, all threads.
    peak_mb : float
        Most memory of the process, interpreter and libraries included.
    margin_error : float
        Largest relative distance of a weighted level from its target.
    means, errors : list of float
        Estimates and their standard errors, by region.
    """

    version: str
    wall: float
    weighting: float
    estimation: float
    peak_mb: float
    margin_error: float
    means: list[float]
    errors: list[float]

    @property
    def cpu(self) -> float:
        """Processor seconds of the whole task."""
        return self.weighting + self.estimation

    def distances(self, reference: Measured) -> tuple[float, float]:
        """Return the largest relative differences of the means and of the standard errors."""
        return (
            largest_difference(self.means, reference.means),
            largest_difference(self.errors, reference.errors),
        )

    def agrees(self, reference: Measured) -> bool:
        """Whether means and standard errors are the same."""
        return max(self.distances(reference)) <= SAME


def measure(command: list[str], seconds: float) -> Measured:
    """Run a contender once, in a fresh process with one thread.

    Raises
    ------
    Missing
        It failed, or took longer than `seconds`.
    """
    try:
        done = subprocess.run(
            command,
            check=True,
            capture_output=True,
            text=True,
            timeout=seconds,
            cwd=ROOT,
            env=os.environ | ONE_THREAD,
        )
        answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    except subprocess.TimeoutExpired:
        raise Missing(f"stopped after {seconds:.0f} s") from None
    except subprocess.CalledProcessError as error:
        words = str(error.stderr).strip().splitlines()
        raise Missing(f"failed: {words[-1] if words else error.returncode}") from error
    except (ValueError, IndexError) as error:
        raise Missing("failed: it printed no result") from error
    return Measured(**answer)

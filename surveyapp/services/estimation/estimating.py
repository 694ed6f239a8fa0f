"""Survey estimates from any data file, with the standard errors of its design and weighting."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from surveyapp.domain.errors import BadInput
from surveyapp.domain.messages import message
from surveyapp.services.estimation.answer import Estimated, Method
from surveyapp.services.estimation.figures import make_figures
from surveyapp.services.estimation.margins import make_weights, require_one_variable
from surveyapp.services.estimation.problems import refused, shown
from surveyapp.services.estimation.request import Request
from surveyapp.services.estimation.rows import Progress, Sample, read_sample
from surveyapp.services.tabular import Table, open_table
from surveyapp.services.weights.margin_tables import read_margins
from surveyapp.stats.arrays import Vector
from surveyapp.stats.cells import Cells
from surveyapp.stats.design import Design, LonelyStratum
from surveyapp.stats.weights import Weights


def estimate(request: Request, progress: Progress) -> Estimated:
    """Answer one question to a data file.

    Parameters
    ----------
    progress : callable
        Is told every now and then how many more rows were read.

    Raises
    ------
    BadInput
        The request contradicts itself, a file cannot be used, or no weights can meet the margins.
    """
    request.require_consistent()
    table = open_table(request.file)
    request = replace(request, by=_group_columns(request, table))
    margins = None
    if request.margins is not None:
        margins = read_margins(open_table(request.margins), request.margins)
        margins.require_agreement()
        if request.calibrate == "poststratify":
            require_one_variable(margins)
    sample = read_sample(request, table, margins, progress)
    cells = _cells(request, sample)
    weights = make_weights(request, cells, margins, sample.levels)
    try:
        figures = tuple(make_figures(request, sample, cells, weights))
    except LonelyStratum as error:
        raise _lonely(request, sample, error) from error
    return Estimated(figures, _method(request, sample, weights))


def _group_columns(request: Request, table: Table) -> tuple[str, ...]:
    """Take column names apart at their commas, unless a column is called so."""
    names: list[str] = []
    for given in request.by:
        names += [given] if given in table.header else [part.strip() for part in given.split(",")]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise BadInput(message("--by names the column “%(column)s” twice.", column=shown(twice[0])))
    return tuple(names)


def _cells(request: Request, sample: Sample) -> Cells:
    """Make the sample with its design; the code of a stratum is its place among the sizes."""
    n = np.array(sample.n, dtype=np.float64)
    population = None
    if request.fpc is not None:
        sizes = np.array([sample.strata.sizes[code] for code in range(len(sample.strata.codes))])
        _require_fitting(request, sample, sizes)
        population = sizes[sample.stratum]
    design = Design(
        stratum=sample.stratum,
        cluster=None if request.cluster is None else sample.cluster,
        population=population,
        lonely=request.lonely or "fail",
    )
    weight = np.ones(n.size)
    if request.weight is not None:
        weight = np.array(list(sample.weights.codes))[sample.weight]
    elif population is not None:
        weight = population / _units(request, sample)[sample.stratum]
    return Cells(n, weight, design=design, grossing=True)


def _units(request: Request, sample: Sample) -> Vector:
    """Count what was drawn in each stratum: rows, or clusters."""
    strata = len(sample.strata.codes)
    if request.cluster is not None:
        homes = [home for home, _line in sample.clusters.homes.values()]
        return np.bincount(homes, minlength=strata).astype(np.float64)
    return np.bincount(sample.stratum, sample.n, strata).astype(np.float64)


def _require_fitting(request: Request, sample: Sample, sizes: Vector) -> None:
    """Refuse strata of which more was drawn than there is."""
    for code, drawn in enumerate(_units(request, sample)):
        if drawn > sizes[code] * (1 + 1e-9):
            problem = message(
                "%(drawn)s were drawn here, more than the population of %(size)s.",
                drawn=int(drawn),
                size=f"{sizes[code]:g}",
            )
            line = sample.strata.lines[code]
            raise refused(request.file.name, problem, line=line, column=request.fpc)


def _lonely(request: Request, sample: Sample, error: LonelyStratum) -> BadInput:
    code = error.strata[0]
    problem = message(
        "the stratum “%(stratum)s” has a single sampled unit, which shows no variance: merge it"
        " with another one, or choose a rule with --lonely.",
        stratum=shown(sample.strata.name(code)),
    )
    line = sample.strata.lines[code]
    return refused(request.file.name, problem, line=line, column=request.strata)


def _method(request: Request, sample: Sample, weights: Weights) -> Method:
    interval = {"proportion": request.interval or "wilson", "quantile": "woodruff"}
    return Method(
        statistic=request.statistic,
        interval=interval.get(request.statistic, "t"),
        confidence=request.confidence,
        level=request.quantile if request.statistic == "quantile" else None,
        lonely=(request.lonely or "fail") if request.strata is not None else None,
        rows=sample.rows,
        ungrouped=sample.ungrouped,
        unknown=sample.unknown if request.keep_unknown else {},
        calibrate=request.calibrate,
        calibration=weights.report,
        trimming=weights.trimming,
    )

"""What readers of a report must know about its weights."""

from __future__ import annotations

from collections.abc import Iterator

from surveyapp.domain.messages import Message, message
from surveyapp.services.results.report import Method
from surveyapp.services.results.sample import Sample
from surveyapp.services.results.sample_weights import LARGE, Calibrated, listed

BASE = message("The figures use the weights that came with the data.")


def weighting_notes(sample: Sample, minimum_group: int) -> Iterator[Message]:
    """Say what the figures are weighted by, or why they are not.

    Parameters
    ----------
    minimum_group : int
        Numbers of respondents below this are not told: the notes are published with a release.
    """
    done = sample.calibrated
    if done is not None and done.weights is not None:
        yield from _weighted(done, minimum_group)
    else:
        if done is not None and done.problem is not None:
            yield message(
                "The figures are not weighted to the population. %(problem)s", problem=done.problem
            )
        if sample.weighting == "base":
            yield BASE


def _weighted(done: Calibrated, minimum_group: int) -> Iterator[Message]:
    yield message(
        "The figures are weighted to the population by %(variables)s; source of the population"
        " figures: %(source)s.",
        variables=listed([table.title for table in done.tables]),
        # The sentence has a stop of its own.
        source=done.margins.source.rstrip("。. "),
    )
    unknown = listed([table.title for table in done.tables if table.unknown])
    if done.incomplete >= minimum_group:
        yield message(
            "%(n)s responses have no level of “%(variables)s” that the population figures name; as"
            " a group they keep the share they have in the sample.",
            n=done.incomplete,
            variables=unknown,
        )
    elif done.incomplete:
        yield message(
            "Fewer than %(n)s responses have no level of “%(variables)s” that the population"
            " figures name; as a group they keep the share they have in the sample.",
            n=minimum_group,
            variables=unknown,
        )
    report = done.report
    if report is not None and report.g_max > LARGE:
        yield message(
            "The largest weight is %(times)s times its base weight: few respondents carry much."
            " Small levels of the population figures can be merged.",
            times=f"{report.g_max:.1f}",
        )


def weighting_facts(method: Method) -> Iterator[tuple[Message, str]]:
    """Return how weights were made as (name, value) pairs, for those who recompute figures."""
    yield message("Weighting"), method.weighting
    done = method.calibrated
    if done is None:
        return
    margins = done.margins
    yield message("Population margins: number"), str(margins.number)
    yield message("Population margins: source"), margins.source
    if margins.wave is not None:
        yield message("Population margins: wave"), margins.wave
    yield message("Population margins: file (SHA-256)"), margins.file_sha256
    report, trimming = done.report, done.trimming
    if report is None:
        return
    yield message("Method of calibration"), done.rule.method.value
    yield message("Iterations"), str(report.iterations)
    yield message("Largest relative margin error"), f"{report.margin_error:.2g}"
    yield message("Weights as multiples of base weights"), f"{report.g_min!r}–{report.g_max!r}"
    yield (
        message("Effective n before and after"),
        (f"{report.effective_n_before!r}, {report.effective_n!r}"),
    )
    yield message("Responses of unknown level"), str(done.incomplete)
    if trimming is not None:
        yield message("Weights trimmed"), f"{trimming.trimmed} ({trimming.low!r}–{trimming.high!r})"

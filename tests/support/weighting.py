"""Surveys weighted to population margins, for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from surveyapp.domain.errors import BadInput
from surveyapp.language import translate
from surveyapp.services.assembly import Services
from surveyapp.services.results.report_json import weighting_json
from tests.builders import CLERK

TOWN_HALF = "variable,level,share\narea,town,0.5\narea,village,0.5\n"
GOOD, BAD = "5,town,,phone", "1,village,,phone"
DISTRICT = {"key": "district", "levels": ["1", "2"]}


def a_file(services: Services, content: str, name: str = "margins.csv") -> Path:
    path = Path(services.settings.instance_dir) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def set_margins(services: Services, key: str, content: str = TOWN_HALF, **more: Any) -> Any:
    services.counting.fold(key)
    path = a_file(services, content)
    return services.weighting.set_file(key, path, CLERK, **{"source": "census", **more})


def problem_of(services: Services, key: str, content: str) -> str:
    """Set margins that cannot be met; return why, once it is clear that nothing is weighted."""
    done = set_margins(services, key, content).calibrated
    assert done.weights is None
    assert (done.report, done.trimming) == (None, None)
    report = services.reporting.report(key, fold="all")
    assert report.method.weighting == "equal"
    assert report.method.calibrated is not None
    assert report.overall[0].figure.value == report.overall[0].unweighted
    assert report.method.calibrated.problem is not None
    said = translate(report.method.calibrated.problem, "en")
    assert said in translate(report.method.notes[-1], "en")
    assert weighting_json(report.method.calibrated)["not_calibrated"]["en"] == said
    return said


def refusal(services: Services, key: str, content: str) -> str:
    with pytest.raises(BadInput) as caught:
        set_margins(services, key, content)
    return translate(caught.value.message, "en")


def notes(services: Services, key: str) -> list[str]:
    report = services.reporting.report(key, fold="all")
    return [translate(note, "en") for note in report.method.notes]


def sentences(services: Services, key: str) -> list[str]:
    report = services.reporting.report(key, fold="all")
    return [translate(one, "en") for one in report.sentences]

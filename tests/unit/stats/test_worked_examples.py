"""The examples of docs/statistics.md, run as they are printed there."""

from __future__ import annotations

import doctest
from pathlib import Path

DOCUMENT = Path(__file__).parents[3] / "docs" / "statistics.md"


def test_every_worked_example_of_the_documentation_comes_out_as_printed() -> None:
    failures, examples = doctest.testfile(str(DOCUMENT), module_relative=False, encoding="utf-8")
    assert examples > 20
    assert failures == 0


def test_every_figure_has_a_section_of_its_own() -> None:
    headings = [
        line.removeprefix("## ")
        for line in DOCUMENT.read_text(encoding="utf-8").splitlines()
        if line.startswith("## ")
    ]
    for figure in ("满意度", "满意率", "Level distribution", "说不清", "effective n", "Interval"):
        assert any(figure in heading for heading in headings), figure
    for quality in ("Kendall's W", "(ICC)", "Krippendorff's", "Cronbach's", "Quality flags"):
        assert any(quality in heading for heading in headings), quality
    for figure in ("Net scores", "Composites", "知情度", "Voter classes", "Trimmed mean", "Rao"):
        assert any(figure in heading for heading in headings), figure
    for rule in ("不予列示", "Release rule"):
        assert any(rule in heading for heading in headings), rule

"""surveyapp ballot feedback: a file for each who was rated, for its owner alone."""

from __future__ import annotations

import stat

from tests.contract.conftest import Operator
from tests.contract.test_ballots import BALLOT, vote


def test_feedback_comes_as_numbered_files_for_the_owner_alone(sqlite_operator: Operator) -> None:
    operator = sqlite_operator
    operator.does("init")
    operator.does("survey", "import", operator.file("cadres.yaml", f"{BALLOT}quorum: 0\n"))
    folder = operator.folder / "feedback"
    feedback = ("ballot", "feedback", "cadres", "--out", folder)
    operator.gets("survey", "publish", "cadres")
    slips = operator.folder / "slips.html"
    codes = operator.gets(
        "credentials", "issue", "cadres", "--class", "A=8", "--class", "B=9", "--out", slips
    )["classes"]
    vote(operator, codes["A"] + codes["B"])
    assert "not open yet" in operator.is_refused(*feedback)
    assert not folder.exists()
    operator.does("survey", "close", "cadres")
    made = operator.gets(*feedback)
    assert len(made["files"]) == 5
    names = sorted(one.name for one in folder.iterdir())
    assert names == [f"feedback-00{number}.html" for number in (1, 2, 3, 4, 5)]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for one in folder.iterdir():
        assert stat.S_IMODE(one.stat().st_mode) == 0o600
    assert "甲" in (folder / names[0]).read_text()
    assert "甲" not in (folder / names[1]).read_text()
    assert "is not empty" in operator.is_refused(*feedback)
    other = operator.folder / "again"
    assert "5 feedback sheets are in" in operator.does(
        "ballot", "feedback", "cadres", "--out", other
    )


def test_where_nobody_has_a_result_the_refusal_says_why(sqlite_operator: Operator) -> None:
    operator = sqlite_operator
    operator.does("init")
    operator.does("survey", "import", operator.file("cadres.yaml", BALLOT))
    operator.gets("survey", "publish", "cadres")
    operator.does("survey", "close", "cadres")
    folder = operator.folder / "feedback"
    refusal = operator.is_refused("ballot", "feedback", "cadres", "--out", folder)
    assert "Nobody has a result here" in refusal
    assert not folder.exists()

"""What a step needs to be told: every missing or impossible field is one sentence."""

from __future__ import annotations

from datetime import date

import pytest

from surveyapp.domain import case_fields as given
from surveyapp.domain.case import CallResult, Finding, Ground, Remedy, Ruling
from surveyapp.domain.errors import BadInput

DAY = date(2026, 11, 9)
PDF = given.Evidence("证据.PDF", b"%PDF-1.7 ...")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (given.Forward(" ", "不是本单位"), "Choose the unit"),
        (given.Forward("511", ""), "Say why the case goes"),
        (given.Verify(Finding.TRUE, True, " \n"), "Write down what was found"),
        (given.Assign(Remedy.AT_ONCE, "", "李明", "改"), "Choose the responsible unit"),
        (given.Assign(Remedy.AT_ONCE, "511", "", "改"), "Name the responsible person"),
        (given.Assign(Remedy.AT_ONCE, "511", "李" * 129, "改"), "at most 128"),
        (given.Assign(Remedy.AT_ONCE, "511", "李明", ""), "Write down the goal"),
        (given.Extend(""), "Say why more time"),
        (given.Answer("", "已改", DAY), "Write down what was done"),
        (given.Answer("改了", "", DAY), "Write the answer"),
        (given.Answer("改了", "长" * 2001, DAY), "at most 2000"),
        (given.Call(CallResult.CONNECTED), "whether the citizen is satisfied"),
        (given.Call(CallResult.REFUSED, satisfied=True), "Only a call that was connected"),
        (given.SendBack(""), "what has to be put right"),
        (given.Appeal(""), "reason of the appeal"),
        (given.ProposeRuling(Ruling.EXCLUDED, Ground.NONE, "证据"), "given by mistake or as"),
        (given.ProposeRuling(Ruling.VALID, Ground.MISTAKEN, "证据"), "given by mistake or as"),
        (given.ProposeRuling(Ruling.EXCLUDED, Ground.MISTAKEN, ""), "evidence of the ruling"),
        (given.ConfirmRuling(agrees=False), "why you do not agree"),
    ],
)
def test_what_is_missing_is_said(fields: given.Fields, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        fields.detail()


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        (given.Forward(" 511 ", " 属\r\n实 "), {"unit": "511", "reason": "属\n实"}),
        (
            given.Verify(Finding.PARTLY, False, "查\0实"),
            {"finding": "partly", "reasonable": False, "text": "查实"},
        ),
        (
            given.Assign(Remedy.BY_DEADLINE, "511", "李明", "改好"),
            {"remedy": "by_deadline", "unit": "511", "person": "李明", "goal": "改好"},
        ),
        (given.Extend("材料复杂"), {"reason": "材料复杂"}),
        (
            given.Answer("改了", "已改", DAY),
            {"measures": "改了", "text": "已改", "done_on": "2026-11-09"},
        ),
        (
            given.Call(CallResult.CONNECTED, satisfied=False),
            {"result": "connected", "satisfied": False, "note": ""},
        ),
        (
            given.Call(CallResult.NO_ANSWER, note="三声无人接"),
            {"result": "no_answer", "satisfied": None, "note": "三声无人接"},
        ),
        (given.Unreachable(), {"note": ""}),
        (given.Approve("属实"), {"note": "属实"}),
        (given.SendBack("重改"), {"reason": "重改"}),
        (given.Close(), {"note": ""}),
        (given.Appeal("误评"), {"reason": "误评"}),
        (
            given.ProposeRuling(Ruling.VALID, Ground.NONE, "录像"),
            {"ruling": "valid", "ground": "none", "text": "录像"},
        ),
        (given.ConfirmRuling(agrees=True), {"agrees": True, "note": ""}),
    ],
)
def test_what_the_event_keeps(fields: given.Fields, kept: dict[str, object]) -> None:
    assert fields.detail() == kept


def test_evidence_goes_with_answers_appeals_and_rulings() -> None:
    assert given.Answer("改", "改", DAY, (PDF,)).files == (PDF,)
    assert given.Appeal("误评", (PDF,)).files == (PDF,)
    assert given.ProposeRuling(Ruling.VALID, Ground.NONE, "录像", (PDF,)).files == (PDF,)
    assert given.Close().files == ()


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.pdf", b"%PDF-1.4", "application/pdf"),
        ("a.JPG", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("a.jpeg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("a.png", b"\x89PNG\r\n\x1a\n...", "image/png"),
        (
            "a.docx",
            b"PK\x03\x04...",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
    ],
)
def test_the_type_of_a_file_is_read_from_it(name: str, content: bytes, media_type: str) -> None:
    file = given.Evidence(name, content)
    assert file.media_type == media_type
    assert len(file.sha256) == 64
    assert given.checked_files((file,)) == (file,)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"<html>"),
        ("a.html", b"<html>"),
        ("a.svg", b"<svg>"),
        ("a.pdf", b""),
        ("a.pdf", b"%PDF-" + b"0" * given.MAXIMUM_FILE_BYTES),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(BadInput, match="cannot be kept"):
        given.checked_files((given.Evidence(name, content),))


def test_too_many_files_are_refused() -> None:
    with pytest.raises(BadInput, match="At most 5"):
        given.checked_files((PDF,) * 6)
